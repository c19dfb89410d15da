"""Stop 6, the doors: a writer's transaction and a reader's, with errors in words of the house."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from mailflow.adapters.engine import house_errors, make_engine, reading_side


class Database:
    """One database, shared by the threads of a process. Nothing is connected before the first use."""

    def __init__(self, url: sa.URL) -> None:
        """Raises ConfigError where the driver is not installed."""
        self.url = url
        self._engine = make_engine(url)
        self._reading = reading_side(self._engine)

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that commits at the end and rolls back if the block raises. On SQLite it holds
        the file's only write lock from its first moment. Raises house errors."""
        with house_errors(self.url), self._engine.begin() as conn:
            yield conn

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A look at one moment of the database; takes no lock and hinders nobody. Raises house errors."""
        with house_errors(self.url), self._reading.begin() as conn:
            yield conn

    def rewrite(self) -> None:
        """SQLite: the file anew without its free pages, and an empty write-ahead log; else nothing."""
        if self.dialect != "sqlite":
            return
        with house_errors(self.url), self._reading.connect() as conn:
            raw = conn.connection.dbapi_connection
            assert raw is not None, "connected"  # noqa: S101 - for the type checker
            cursor = raw.cursor()
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                try:
                    cursor.execute(statement)
                    cursor.fetchall()
                except sqlite3.Error as err:
                    raise sa.exc.OperationalError(statement, None, err) from err

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
