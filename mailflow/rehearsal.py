"""`--dry-run` and previews: offices at work on a copy of the ledger, so that nothing is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailflow.clock import Clock
from mailflow.errors import BadInput

if TYPE_CHECKING:
    from mailflow.config import Deployment
    from mailflow.office import Office


@contextmanager
def offices(deployment: Deployment, clock: Clock, event_id: str | None) -> Iterator[list[Office]]:
    """Offices that may do what they like: they have the ledger as it is now, on a copy that is thrown away.

    Where there is no ledger yet they have an empty one. A PostgreSQL ledger cannot be copied so: there the
    rehearsal stays inside a transaction that is undone.
    """
    from mailflow.office import open_offices

    with tempfile.TemporaryDirectory(prefix="mailflow-rehearsal-") as folder:
        copy = Path(folder) / "mailflow.db"
        file = _sqlite_file(deployment.database_url)
        if file is None:
            opened = _on_postgres(deployment, clock, event_id, copy)
        else:
            if file.exists() and file.stat().st_size:
                from mailflow.adapters.migrate import copy_sqlite

                copy_sqlite(file, copy)
            opened = open_offices(replace(deployment, database_url=f"sqlite:///{copy}"), clock, event_id)
        try:
            yield opened
        finally:
            for office in opened:
                office.store.close()


def _sqlite_file(url: str) -> Path | None:
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _on_postgres(deployment: Deployment, clock: Clock, event_id: str | None, empty: Path) -> list[Office]:
    """Offices on the ledger itself, opened without a write; on an empty one for events it does not know."""
    from mailflow.adapters.store import NoDatabaseYet, open_store
    from mailflow.office import open_offices

    spare = replace(deployment, database_url=f"sqlite:///{empty}")
    opened = open_offices(spare, clock, event_id)
    try:
        store = open_store(deployment.database_url, migrate=False)
    except NoDatabaseYet:
        return opened
    for office in opened:
        store.know(office.setup.event)
        try:
            store.file_limits(office.event_id)
        except BadInput:  # never polled: the empty ledger is the true one
            continue
        office.desk = replace(office.desk, secret=store.roster(office.event_id).secret)
        office.store = store
    return opened
