"""Floor 4: `--dry-run` and previews, by the very steps of a round, on a copy of the ledger or undone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailflow.clock import Clock
from mailflow.core.ledger import Slot
from mailflow.errors import BadInput
from mailflow.ports import Mailbox, Store
from mailflow.record import Desk
from mailflow.take import DEATHS, Failed, Incoming, Taken, take, understand

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


def rehearse(desk: Desk, store: Store, mailbox: Mailbox, clock: Clock) -> tuple[list[Taken], list[Failed]]:
    """What a poll would do to each new mail, by the very same steps, all undone: nothing is sent,
    written or moved. The mailbox is opened read-only, and no attempt is counted.

    What would come of the mails, and those that would fail and be tried again."""
    event_id = desk.event.id
    validity = mailbox.open(read_only=True)
    mark = store.watermark(event_id, mailbox.name)
    last_uid = mark.last_uid if mark is not None and mark.uidvalidity == validity else 0
    new = {f.uid: f for f in mailbox.newer_than(last_uid)}
    attempts = store.pending(event_id, mailbox.name, validity)
    again = sorted(set(attempts) - set(new))
    new |= {f.uid: f for f in mailbox.found(again)} if again else {}
    finished = store.finished(event_id, mailbox.name, validity, new)
    listed = sorted((f for f in new.values() if f.uid not in finished), key=lambda f: (f.arrival, f.uid))
    understood = []
    for start in range(0, len(listed), desk.batch):
        batch = listed[start : start + desk.batch]
        tries = {f.uid: attempts.get(f.uid, 0) + 1 for f in batch}
        raws = mailbox.fetch([uid for uid, tried in tries.items() if tried <= DEATHS])
        slots = [(Slot(mailbox.name, validity, f.uid), f.arrival) for f in batch]
        understood += [understand(desk, Incoming(s, at, raws.get(s.uid), tries[s.uid])) for s, at in slots]
    done: list[Taken] = []
    failed: list[Failed] = []
    with suppress(_Undone), store.step(event_id) as step:
        done, failed = take(desk, step, understood, clock())
        raise _Undone
    final = {taken.handled.slot for taken in done}
    return done, [one for one in failed if one.message.slot not in final]


class _Undone(Exception):
    """No error: the way out of a transaction that was only rehearsed."""
