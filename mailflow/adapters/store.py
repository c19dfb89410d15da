"""Stop 6: record. Roster, answers (final bytes), ledger and journal, in one commit.

`SqlStore` is the one class that the journeys and commands are handed; its parts stand beside it:
the step (`step.py`), the message table (`ledger.py`), the outbox (`outbox.py`), looking (`look.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters import migrate, schema
from mailflow.adapters.database import Database
from mailflow.adapters.engine import parse_url, sqlite_file
from mailflow.adapters.ledger import LedgerTable
from mailflow.adapters.look import Looking, SentMail
from mailflow.adapters.migrate import NoDatabaseYet
from mailflow.adapters.outbox import OutboxTable
from mailflow.adapters.statements import insert_new
from mailflow.adapters.step import SqlStep
from mailflow.core.model import Event
from mailflow.errors import BadInput

__all__ = ["NoDatabaseYet", "SentMail", "SqlStore", "open_store"]

_event = schema.event.c


def open_store(url: str, *, migrate: bool = True, backup_dir: Path | None = None) -> SqlStore:
    """The store at that address, ready for use.

    `migrate`: make the database or bring it up to date (an SQLite file is copied first, into
    `backup_dir` or beside itself). Without it nothing is made or changed: raises NoDatabaseYet where
    there is none, ConfigError where it is older.

    Raises ConfigError (no address of a database, a newer mailflow made it), DatabaseUnreachable
    (PostgreSQL), TemporaryFailure (locked, not writable, disk full), BadInput (a file
    that is no database of ours).
    """
    return _open(url, migrating=migrate, backup_dir=backup_dir)


def _open(url: str, *, migrating: bool, backup_dir: Path | None) -> SqlStore:
    address = parse_url(url)
    copy = None
    if migrating:
        copy = migrate.upgrade(address, backup_dir)
    else:
        migrate.require_current(address)
    store = SqlStore(Database(address))
    store.kept_copy = copy
    return store


class SqlStore(LedgerTable, OutboxTable, Looking):
    """The database room: `Store` of receive.py, `Outbox` of deliver.py, and what commands look at.

    May be shared by the threads of a process; other processes open their own.
    """

    kept_copy: Path | None = None  # the copy made before this opening changed the database

    def __init__(self, database: Database) -> None:
        """Use `open_store`."""
        self.database = database
        self._events: dict[str, Event] = {}

    def know(self, event: Event) -> None:
        """Make an event's file known for reading, without writing anything."""
        self._events[event.id] = event

    def seed_event(self, event: Event, at: datetime) -> bytes:
        """Make the event's row if there is none, with the limits of its file; its secret (32 bytes).

        Where the row stands already, its limits and secret are left as they are.
        """
        self.know(event)
        values = {
            "id": event.id,
            "capacity": event.capacity,
            "held": event.held,
            "file_capacity": event.capacity,
            "file_held": event.held,
            "secret": os.urandom(32),
            "made_at": at,
        }
        with self.database.writing() as conn:
            conn.execute(insert_new(self.database.dialect, schema.event, ("id",), tuple(values)), values)
            secret = conn.execute(sa.select(_event.secret).where(_event.id == event.id)).scalar_one()
        return bytes(secret)

    @contextmanager
    def step(self, event_id: str) -> Iterator[SqlStep]:
        """One transaction on one event, its row locked before anything is read; commits at the end,
        rolls back if the block raises. Work on other events goes on meanwhile (on PostgreSQL).

        Raises BadInput for an event that was never seeded, InvariantBroken where a promise would break.
        """
        with self.database.writing() as conn:
            row = conn.execute(sa.select(schema.event).where(_event.id == event_id).with_for_update()).first()
            if row is None:
                raise BadInput(f"event {event_id}: the database does not know it yet")
            step = SqlStep(conn, self._events.get(event_id), row)
            yield step
            step.end()
        self.blanked = self.blanked or step.blanked

    def file_limits(self, event_id: str) -> tuple[int, int]:
        """Capacity and held seats as the event's file said when it was last read. Raises BadInput."""
        with self.database.reading() as conn:
            row = conn.execute(
                sa.select(_event.file_capacity, _event.file_held).where(_event.id == event_id)
            ).first()
        if row is None:
            raise BadInput(f"event {event_id}: the database does not know it yet")
        return row.file_capacity, row.file_held

    def backup(self, target: Path) -> None:
        """A consistent copy of the SQLite database, while it is in use.

        Raises TemporaryFailure where it cannot be written, BadInput where the target stands already
        or the database is PostgreSQL.
        """
        file = sqlite_file(self.database.url)
        if file is None:
            raise BadInput("this database is PostgreSQL: copy it with pg_dump")
        if target.exists():
            raise BadInput(f"{target} exists: name a file that does not")
        migrate.copy_sqlite(file, target)

    def rewrite(self) -> None:
        """What was erased goes from the file too, where somebody was forgotten: SQLite leaves the bytes of a
        row that was changed in free pages and in its write-ahead log. Raises TemporaryFailure (locked, full).
        PostgreSQL's own vacuum sees to it there."""
        if self.blanked:
            self.database.rewrite()
            self.blanked = False

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()
