"""A small event, parties and mails in few words, for tests of the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.core.envelope import Envelope
from mailflow.core.ledger import Bucket, Handled, Slot
from mailflow.core.model import Event, Registration, Seat, SeatState

NOW = datetime(2031, 3, 3, 12, 0, tzinfo=UTC)

EVENT = Event(
    id="tools-2031",
    name="Tool Library Day",
    reference="TLD",
    address="join@tools.example",
    organisers=("team@tools.example",),
    capacity=3,
    starts=NOW + timedelta(days=40),
    ends=NOW + timedelta(days=40, hours=5),
    timezone="Europe/Amsterdam",
)


def seat(place: int, number: int | None, state: SeatState | None = None, **more: object) -> Seat:
    """A seat of that number, confirmed; without a number it waits."""
    chosen = state or (SeatState.CONFIRMED if number else SeatState.WAITLISTED)
    values: dict[str, object] = {"name": f"Guest {place}", "arrival": NOW, "uid": 1, **more}
    return Seat(place=place, number=number, state=chosen, **values)  # type: ignore[arg-type]


def party(ref: str, *seats: Seat, arrival: datetime = NOW, uid: int = 1, **more: object) -> Registration:
    """A party whose contact is its reference."""
    contact = f"{ref.casefold()}@home.example"
    known = Registration(ref, contact, contact.title(), ref.title(), "nl", arrival, uid, seats)
    return replace(known, **more)  # type: ignore[arg-type]


def slot(uid: int) -> Slot:
    """A place in the sign-up mailbox."""
    return Slot("join@mail.example/INBOX", 77, uid)


def ended(uid: int, bucket: Bucket = Bucket.HANDLED, reason: str = "", **more: object) -> Handled:
    """A message that ended in that bucket."""
    return Handled(slot(uid), NOW, bucket, reason, **more)  # type: ignore[arg-type]


def mail(cause: str, to: str = "Ann@Home.example", kind: str = "confirmed", ref: str = "") -> Envelope:
    """A mail of ours with that cause."""
    return Envelope(
        cause, kind, EVENT.address, to, f"<{cause}@tools.example>", b"Subject: x\r\n\r\ny\r\n", ref
    )
