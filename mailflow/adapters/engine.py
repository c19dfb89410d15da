"""Stop 6, the connection: one engine for SQLite and PostgreSQL, and their errors in words of the house.

SQLite does not oversell only if the driver opens no transactions of its own and every writer starts
with BEGIN IMMEDIATE (measured: otherwise nine runs of ten oversold). Readers start DEFERRED.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import sqlalchemy as sa

from mailflow.errors import (
    BadInput,
    ConfigError,
    DatabaseUnreachable,
    InvariantBroken,
    MailflowError,
    TemporaryFailure,
)

BUSY_SECONDS = 30  # how long a writer waits for another one before it says "locked"

# What SQLite's primary error codes mean to the person who runs this.
_SQLITE_CURES = {
    sqlite3.SQLITE_BUSY: "is locked by another process: wait, or stop the other one",
    sqlite3.SQLITE_LOCKED: "is locked by another process: wait, or stop the other one",
    sqlite3.SQLITE_FULL: "cannot grow, the disk is full: make room",
    sqlite3.SQLITE_READONLY: "cannot be written: give this user the right to write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: see that its folder exists and this user may write there",
    sqlite3.SQLITE_PERM: "cannot be opened: give this user the right to read and write it",
    sqlite3.SQLITE_IOERR: "cannot be read or written, the disk reports an error: check the disk",
}
_SQLITE_NO_DATABASE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def parse_url(url: str) -> sa.URL:
    """The database's address. Raises ConfigError where it is none, or of a kind we do not serve."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as err:
        raise ConfigError(
            ["database.url: not an address of a database; write sqlite:///mailflow.db"]
        ) from err
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ConfigError(["database.url: needs the name of a file; write sqlite:///mailflow.db"])
        return parsed
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise ConfigError(
        [f"database.url: {parsed.drivername} is not served; write sqlite:///FILE or postgresql+psycopg://..."]
    )


def sqlite_file(url: sa.URL) -> Path | None:
    """The database's file, None on PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def make_engine(url: sa.URL, *, migrating: bool = False) -> sa.Engine:
    """An engine for that database; nothing is opened yet.

    `migrating`: foreign keys off (a table rebuilt under them would take its children along) and no pool.
    Raises ConfigError where the driver is not installed. `hide_parameters` everywhere: the library's own
    errors go into tracebacks, and would carry people's addresses and words.
    """
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, poolclass=sa.NullPool if migrating else None, hide_parameters=True)
        _tame_sqlite(engine, migrating=migrating)
        return engine
    arguments: dict[str, Any] = {
        # A host that vanished must not keep an event locked: TCP finds out within a minute.
        "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    }  # fmt: skip
    if "options" not in url.query:
        arguments["options"] = f"-c lock_timeout={BUSY_SECONDS}s"
    arguments = {k: v for k, v in arguments.items() if k not in url.query}
    try:
        if migrating:
            return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool, hide_parameters=True)
        return sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)
    except ModuleNotFoundError as err:
        raise ConfigError(
            ["database.url: PostgreSQL needs the driver psycopg; install mailflow[postgres]"]
        ) from err


def reading_side(engine: sa.Engine) -> sa.Engine:
    """The same engine for those who only look: takes no lock, and sees one moment throughout."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(sqlite_begin="DEFERRED")
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _tame_sqlite(engine: sa.Engine, *, migrating: bool) -> None:
    @sa.event.listens_for(engine, "connect")
    def _(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None  # the driver must not open transactions of its own
        dbapi.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        if not migrating:  # it may turn out to be another program's file: that one is left as it is
            _write_ahead(dbapi)
        dbapi.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten, not just let go
        dbapi.execute("PRAGMA synchronous=FULL")  # an answer rests on it: it must survive a power cut
        dbapi.execute(f"PRAGMA foreign_keys={'OFF' if migrating else 'ON'}")

    @sa.event.listens_for(engine, "begin")
    def _(conn: sa.Connection) -> None:
        conn.exec_driver_sql("BEGIN " + conn.get_execution_options().get("sqlite_begin", "IMMEDIATE"))


def _write_ahead(dbapi: sqlite3.Connection) -> None:
    """WAL, which stays with the file once set. Setting it needs the file alone, and SQLite does not
    wait for that by itself, whatever the busy timeout says: two workers may start at once."""
    for again in (0.05, 0.2, 0.5, 1.0, 2.0, None):
        if dbapi.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            return
        try:
            dbapi.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as err:
            if again is None or err.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            sleep(again)


@contextmanager
def house_errors(url: sa.URL) -> Iterator[None]:
    """What the database library raises inside comes out as one of `mailflow.errors`."""
    try:
        yield
    except sa.exc.SQLAlchemyError as err:
        raise translated(err, url) from err


def translated(err: sa.exc.SQLAlchemyError, url: sa.URL) -> MailflowError:
    """The error in one line with its cure. Holds no password and no value of any row."""
    where = url.render_as_string(hide_password=True)
    cause = getattr(err, "orig", None)
    if isinstance(err, sa.exc.IntegrityError):
        return InvariantBroken(
            f"the database refused a change: {_constraint(cause)}; run `mailflow db check`"
        )
    if isinstance(err, sa.exc.TimeoutError):
        return TemporaryFailure(f"database {where}: all connections are in use; try again")
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, url.database or "")
    if isinstance(err, sa.exc.DBAPIError):
        return _of_postgres(cause, err.connection_invalidated, where)
    if isinstance(err, sa.exc.StatementError):  # a value that the types of schema.py do not take
        return InvariantBroken(f"the database was given a value it cannot keep: {cause}")
    return InvariantBroken(f"database {where}: {type(err).__name__}; this is a fault of mailflow's own")


def _constraint(cause: BaseException | None) -> str:
    """Which promise was broken, without the values (PostgreSQL would print addresses)."""
    named = getattr(getattr(cause, "diag", None), "constraint_name", None)
    return str(named) if named else str(cause)


def _of_sqlite(cause: sqlite3.Error, file: str) -> MailflowError:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the primary code below the extended one
    if code in _SQLITE_NO_DATABASE:
        return BadInput(
            f"{file} is not a database of mailflow, or is damaged: restore a backup, or name another"
        )
    if code in _SQLITE_CURES:
        return TemporaryFailure(f"the database {file} {_SQLITE_CURES[code]}")
    if "no such table" in str(cause) or "no such column" in str(cause):
        return ConfigError([f"the database {file} lacks tables of mailflow: run `mailflow db upgrade`"])
    return InvariantBroken(f"the database {file} answered: {cause}")


def _of_postgres(cause: BaseException | None, dropped: bool, where: str) -> MailflowError:
    state = getattr(cause, "sqlstate", None) or ""
    text = str(cause).strip().splitlines()[0] if cause is not None and str(cause).strip() else "no answer"
    refused = ("authentication failed", "no password supplied", 'FATAL:  role "', "no pg_hba.conf entry")
    if state.startswith("28") or any(words in text for words in refused):
        return DatabaseUnreachable(f"database {where}: name or password refused: check database.url")
    if state == "3D000" or ('database "' in text and "does not exist" in text):
        return DatabaseUnreachable(f"database {where}: there is no such database: create it with createdb")
    if state in ("55P03", "40P01", "40001"):
        return TemporaryFailure(f"database {where}: another process holds the event for long; try again")
    if state.startswith("53"):
        return TemporaryFailure(f"database {where}: the server is out of disk or connections: make room")
    if state in ("42P01", "42703", "3F000"):
        return ConfigError([f"database {where} lacks tables of mailflow: run `mailflow db upgrade`"])
    if state == "42501":
        return ConfigError(
            [f"database {where}: this user may not use its tables: grant them, or use the owner"]
        )
    if dropped or not state or state.startswith(("08", "57")):
        return DatabaseUnreachable(
            f"database {where} cannot be reached: start it, or correct database.url ({text})"
        )
    return InvariantBroken(f"database {where} answered with error {state}")
