"""Stop 6, the shape of the database: made, brought up to date with a copy kept, or refused."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mailflow.adapters.engine import house_errors, make_engine, sqlite_file
from mailflow.adapters.schema import VERSION, VERSION_TABLE
from mailflow.errors import BadInput, ConfigError, TemporaryFailure

if TYPE_CHECKING:
    from alembic.config import Config

_ADVISORY_LOCK = 0x6D61696C  # any fixed number: of all who start at once on PostgreSQL, one migrates


class NoDatabaseYet(BadInput):
    """There is no database of mailflow at that address, and the caller did not want one made."""


def require_current(url: sa.URL) -> None:
    """Raises NoDatabaseYet where there is none, ConfigError where it is older or newer than this mailflow.

    Makes and changes nothing.
    """
    where = url.render_as_string(hide_password=True)
    file = sqlite_file(url)
    if file is not None and (not file.exists() or file.stat().st_size == 0):
        raise NoDatabaseYet(
            f"there is no database yet at {file}: `mailflow db upgrade` or the first poll makes it"
        )
    version = _version_of(url)
    if version is None:
        raise NoDatabaseYet(
            f"there is no database of mailflow yet at {where}: `mailflow db upgrade` makes it"
        )
    _refuse_newer(version, where)
    if version != VERSION:
        raise ConfigError([f"database {where} is of an older mailflow: run `mailflow db upgrade`"])


def upgrade(url: sa.URL, backup_dir: Path | None = None) -> Path | None:
    """Make the database, or bring it to the newest shape; the copy that was kept, or None.

    An SQLite file that is changed is copied first, beside itself or into `backup_dir`. The whole
    change is one transaction under the writers' lock. Raises house errors, as `engine.translated` says.
    """
    where = url.render_as_string(hide_password=True)
    file = sqlite_file(url)
    if file is not None and not file.parent.is_dir():
        raise TemporaryFailure(f"the folder {file.parent} of the database does not exist: make it")
    version = None if file is not None and not file.exists() else _version_of(url)
    if version == VERSION:
        return None  # the everyday case costs no Alembic
    _refuse_newer(version, where)
    with house_errors(url):
        engine = make_engine(url, migrating=True)
        try:
            with engine.begin() as conn:
                return _upgrade(conn, url, backup_dir)
        finally:
            engine.dispose()


def _upgrade(conn: sa.Connection, url: sa.URL, backup_dir: Path | None) -> Path | None:
    """Under the lock: look again, copy, migrate, check that no row lost its parent."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
    version = _read_version(conn)
    if version == VERSION:
        return None  # another process was first
    _refuse_newer(version, url.render_as_string(hide_password=True))
    copy = None
    file = sqlite_file(url)
    if file is not None:
        if version is None and sa.inspect(conn).get_table_names():
            raise BadInput(f"{file} is a database of another program: name another file in database.url")
        if version is not None:
            copy = _free_name((backup_dir or file.parent) / f"{file.name}.before-{VERSION}")
            copy_sqlite(file, copy)
    _run_alembic(conn)
    if file is not None and (lost := conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        tables = ", ".join(sorted({str(row[0]) for row in lost}))
        raise ConfigError([f"database {file}: rows without their parent in {tables}; nothing was changed"])
    return copy


def _run_alembic(conn: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    try:
        command.upgrade(alembic_config(Config(), conn), "head")
    except CommandError as err:
        raise ConfigError([f"the database cannot be brought up to date: {err}; nothing was changed"]) from err


def alembic_config(config: Config, conn: sa.Connection) -> Config:
    """That Alembic configuration, pointed at our migrations and this connection; no file is read."""
    folder = str(Path(__file__).with_name("migrations")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config


def _version_of(url: sa.URL) -> str | None:
    with house_errors(url):
        engine = make_engine(url, migrating=True)
        try:
            with engine.execution_options(sqlite_begin="DEFERRED").connect() as conn:
                return _read_version(conn)
        finally:
            engine.dispose()


def _read_version(conn: sa.Connection) -> str | None:
    if not sa.inspect(conn).has_table(VERSION_TABLE):
        return None
    return conn.execute(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).scalar()


def _refuse_newer(version: str | None, where: str) -> None:
    if version is not None and version > VERSION:
        raise ConfigError(
            [f"database {where} is of a newer mailflow ({version}, not {VERSION}): update mailflow"]
        )


def _free_name(wanted: Path) -> Path:
    """That name, or the first numbered one that is free: a copy never overwrites another."""
    name, count = wanted, 1
    while name.exists():
        count += 1
        name = wanted.with_name(f"{wanted.name}-{count}")
    return name


def copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy of a database in use, on disk before this returns.

    Raises TemporaryFailure where it cannot be written. It is there whole or not at all.
    """
    partial = target.with_name(target.name + ".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(partial)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it
        with partial.open("rb+") as done:
            os.fsync(done.fileno())
        partial.replace(target)
    except (OSError, sqlite3.Error) as err:
        partial.unlink(missing_ok=True)
        raise TemporaryFailure(f"the database could not be copied to {target}: {err}") from err
