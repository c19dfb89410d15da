"""The door list's journey: to every organiser the evening before, and again when it changes.

The ledger tells what was sent, so that it may be asked for all the time, by any process, after a restart.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from mailflow.core.ledger import JournalLine
from mailflow.core.model import Event, Roster
from mailflow.ports import Store
from mailflow.record import Desk
from mailflow.writing.doorlist import DoorList, door_list, door_mail, door_xlsx

KIND = "doorlist"
EVENING = time(18)  # the day before, in the event's zone
NOT_WITHIN = timedelta(hours=1)  # of the last one: a list that changes all the time is read by nobody


class Archive(Store, Protocol):
    """The ledger, as far as this journey looks into it (adapters/store.py)."""

    def roster(self, event_id: str) -> Roster:
        """The whole event, read without a lock."""
        ...

    def causes_of(self, event_id: str, kind: str) -> list[tuple[str, datetime]]:
        """Cause and moment of every mail of that kind, in the order in which they were queued."""
        ...


def is_due(event: Event, now: datetime) -> bool:
    """True from the evening before until the event ends."""
    zone = ZoneInfo(event.timezone)
    eve = event.starts.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(eve, EVENING, zone).astimezone(UTC) <= now < event.ends.astimezone(UTC)


def queue_doorlist(desk: Desk, store: Archive, now: datetime) -> int:
    """Put the door list in the outbox for each organiser who has none that says the same; how many.

    The cause is doorlist:EVENT:HASH:RECIPIENT, unique: two processes that see the same change send it once.
    """
    event = desk.event
    if not is_due(event, now):
        return 0
    door = door_list(store.roster(event.id), desk.templates)
    sent = store.causes_of(event.id, KIND)
    due = {
        organiser: cause
        for organiser in event.organisers
        if (cause := _cause(door, organiser, sent, now)) is not None
    }
    if not due:
        return 0
    sheet = door_xlsx(door, desk.templates)
    queued = 0
    with store.step(event.id) as step:
        for organiser, cause in due.items():
            envelope = door_mail(
                door,
                desk.templates,
                recipient=organiser,
                now=now,
                again=bool(_to(organiser, sent)),
                secret=desk.secret,
                cause=cause,
                sheet=sheet,
                envelope_from=desk.envelope_from,
            )
            if step.queue(envelope, cause, now):
                step.note(JournalLine(now, "mailflow", "door list queued", because=cause))
                queued += 1
    return queued


def _to(organiser: str, sent: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    return [(cause, at) for cause, at in sent if cause.endswith(f":{organiser.casefold()}")]


def _cause(door: DoorList, organiser: str, sent: list[tuple[str, datetime]], now: datetime) -> str | None:
    """Under which cause it goes to that organiser; None if it does not go now."""
    theirs = _to(organiser, sent)
    start, same = f"{KIND}:{door.event.id}:", door.hash
    hashes = [cause.removeprefix(start).partition(":")[0].partition(".")[0] for cause, _ in theirs]
    if theirs and (hashes[-1] == same or now - theirs[-1][1] < NOT_WITHIN):
        return None
    # A list that says again what one before the last said is news all the same.
    times = f".{hashes.count(same) + 1}" if same in hashes else ""
    return f"{start}{same}{times}:{organiser.casefold()}"
