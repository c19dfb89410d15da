"""Stop 6: record. One transaction on one event: its row is locked, then the roster is read.

Whatever is refused comes out as a house error at once, so that the journey can undo one message
(`savepoint`) and go on with the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.answered import Answered
from mailflow.adapters.engine import house_errors
from mailflow.adapters.erase import Erasing, hidden
from mailflow.adapters.reviews import ONCE, numbers_about, open_items, settle
from mailflow.adapters.roster_rows import (
    load_roster,
    offer_values,
    registration_values,
    seat_values,
)
from mailflow.adapters.statements import finish_message, insert_new, upsert
from mailflow.core.effects import Review
from mailflow.core.envelope import Envelope
from mailflow.core.ledger import Handled, JournalLine, Slot
from mailflow.core.model import Event, Registration, Roster, Seat
from mailflow.errors import InvariantBroken

_m, _o = schema.message.c, schema.outbox.c


class SqlStep(Answered, Erasing):
    """The `Step` of receive.py on an open transaction whose event row is locked."""

    def __init__(self, conn: sa.Connection, event: Event | None, row: sa.Row[Any]) -> None:
        """`row`: the event's row as read under the lock. `event`: None where its file is not known here."""
        self._conn = conn
        self._dialect = conn.dialect.name
        self._event = event
        self._row = row
        self._event_id: str = row.id
        self._limits = (int(row.capacity), int(row.held))
        self._roster: Roster | None = None
        self._changed = False
        self._granted = False
        self._past_limit = 0  # seats given past the limit, by an organiser's order

    def roster(self) -> Roster:
        """The whole event as it stands in this transaction; read once, kept along with what is written."""
        if self._roster is None:
            if self._event is None:
                raise InvariantBroken(f"event {self._event_id}: its file was not made known to the store")
            with house_errors(self._conn.engine.url):
                self._roster = load_roster(self._conn, self._event, self._row)
            capacity, held = self._limits
            self._roster = replace(self._roster, capacity=capacity, held=held)
        return self._roster

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is written inside is undone alone if the block raises. Raises InvariantBroken, and undoes
        it, where it gave away more seats than there are."""
        before = (self._roster, self._limits, self._changed, self._granted, self._past_limit)
        self._granted, self._past_limit = False, 0
        forgotten = (self._forgotten, self._owned)
        try:
            with house_errors(self._conn.engine.url), self._conn.begin_nested():
                yield
                self._forget()
                self.check_house()
        except BaseException:
            self._roster, self._limits, self._changed, self._granted, self._past_limit = before
            self._forgotten, self._owned = forgotten
            raise
        self._granted, self._past_limit = before[3:]

    def check_house(self) -> None:
        """The last line of I1: where a seat was given, the house is not over its limit, but for what an
        organiser gave past it in the same step."""
        if not self._granted:
            return
        seats = schema.seat.c
        count = sa.select(sa.func.count()).where(seats.event_id == self._event_id, sa.text(schema.HOLDS))
        taken = self._scalar(count)
        capacity, held = self._limits
        if taken + held - self._past_limit > capacity:
            raise InvariantBroken(
                f"event {self._event_id}: a seat was given in a full house"
                f" ({taken} taken, {held} held back, {capacity} in all); it was not recorded"
            )

    def end(self) -> None:
        """Before the commit: whoever is to be forgotten is, the house is checked, a change of the roster is
        counted."""
        self._forget()
        self.check_house()
        if self._changed:
            events = schema.event
            self._run(
                sa.update(events).where(events.c.id == self._event_id).values(version=events.c.version + 1)
            )

    def seen_before(self, message_id: str, content_hash: str) -> str | None:
        """The key of an earlier finished message with the same Message-ID and content, or None (rules I7).

        Another content below the same Message-ID is a new message; without a Message-ID the content decides.
        """
        if not message_id and not content_hash:
            return None
        wanted = [_m.event_id == self._event_id, _m.content_hash == content_hash, _m.bucket.is_not(None)]
        if message_id:
            wanted.append(_m.message_id.in_((message_id, hidden(message_id))))
        found = self._run(
            sa.select(_m.mailbox, _m.uidvalidity, _m.uid).where(*wanted).order_by(_m.id).limit(1)
        ).first()
        return Slot(*tuple(found)).key if found else None

    def record(self, registration: Registration) -> None:
        """Write this registration and those of its seats that changed. What leaves is written before what
        comes, so that a number may pass from one person to the next within the party."""
        before = self.roster().by_ref(registration.ref)
        self._was_owned(before, registration)
        values = registration_values(self._event_id, registration)
        known = upsert(self._dialect, schema.registration, ("event_id", "ref"), tuple(values), returning="id")
        row_id = self._scalar(known, values)
        changed = tuple(s for s in registration.seats if before is None or s not in before.seats)
        if changed:
            self._write_seats(row_id, before.held if before else (), changed)
        offers = tuple(o for o in registration.offers if before is None or o not in before.offers)
        if offers:  # in order: the one that ends before the one that opens
            rows = [offer_values(self._event_id, row_id, o) for o in offers]
            for row in rows:
                key = ("registration_id", "number")
                self._run(upsert(self._dialect, schema.offer, key, tuple(row)), row)
        self._roster = self.roster().with_registration(registration)
        self._changed = True

    def _write_seats(self, row_id: int, held: tuple[Seat, ...], changed: tuple[Seat, ...]) -> None:
        """Write these seats. A number the party held already keeps the limit it was granted under: a
        capacity lowered since takes nobody's seat."""
        granted: dict[int | None, tuple[int | None, int | None]] = {None: (None, None)}
        if held:
            rows = self._run(
                sa.select(
                    schema.seat.c.number, schema.seat.c.granted_limit, schema.seat.c.granted_held
                ).where(schema.seat.c.registration_id == row_id, schema.seat.c.number.is_not(None))
            )
            granted |= {row.number: (row.granted_limit, row.granted_held) for row in rows}
            self._vacate(row_id, held, changed)
        for seat in changed:
            if seat.number is not None and seat.number not in granted:
                self._granted = self._granted or not seat.override
                self._past_limit += seat.override
        values = [
            seat_values(self._event_id, row_id, s, granted.get(s.number, self._limits))
            for s in sorted(changed, key=lambda s: s.holds)
        ]
        key = ("registration_id", "place")
        self._run(upsert(self._dialect, schema.seat, key, tuple(values[0])), values)

    def _vacate(self, row_id: int, held: tuple[Seat, ...], changed: tuple[Seat, ...]) -> None:
        """Seats that keep a number but another one than before let go of the old one first."""
        numbers = {s.place: s.number for s in held}
        moved = [s.place for s in changed if s.holds and numbers.get(s.place, s.number) != s.number]
        if moved:
            seats = schema.seat
            self._run(
                sa.update(seats)
                .where(seats.c.registration_id == row_id, seats.c.place.in_(moved))
                .values(state="waitlisted", number=None, granted_limit=None, granted_held=None)
            )

    def limits(self, capacity: int, held: int) -> None:
        """Set what is in force. What was given before is judged by what was in force then."""
        self.check_house()
        self._granted = False
        self._run(
            sa.update(schema.event)
            .where(schema.event.c.id == self._event_id)
            .values(capacity=capacity, held=held)
        )
        self._limits = (capacity, held)
        if self._roster is not None:
            self._roster = replace(self._roster, capacity=capacity, held=held)
        self._changed = True

    def file_limits(self, capacity: int, held: int) -> None:
        """Remember what the event's file says now, so that a later edit of it is told from an order."""
        self._run(
            sa.update(schema.event)
            .where(schema.event.c.id == self._event_id)
            .values(file_capacity=capacity, file_held=held)
        )

    def queue(self, envelope: Envelope, because: str, at: datetime) -> bool:
        """Put a mail in the outbox; False, and nothing else, if one of that cause is there already."""
        values = {
            "event_id": self._event_id,
            "cause": envelope.cause,
            "kind": envelope.kind,
            "sender": envelope.sender,
            "recipient": envelope.recipient,
            "recipient_key": envelope.recipient.strip().casefold(),
            "ref": envelope.ref,
            "message_id": envelope.message_id,
            "content": envelope.content,
            "because": because,
            "state": "queued",
            "queued_at": at,
        }
        statement = insert_new(self._dialect, schema.outbox, ("event_id", "cause"), tuple(values))
        done = self._run(statement, values)
        return done.first() is not None

    def review(self, item: Review, sender: str, because: str, at: datetime) -> None:
        """Put an item before the organisers. What stands open already for the same party and of a reason
        that a repeat adds nothing to is not put there twice."""
        if item.reason in ONCE and self._scalar(open_items(self._event_id, item.reason, item.ref, sender)):
            return
        values = {"reason": item.reason, "ref": item.ref, "words": item.words}
        self._add(schema.review, values | {"sender": sender, "because": because, "made_at": at})

    def settle_review(self, item_id: int, at: datetime) -> bool:
        """The organisers have dealt with that item; False where it was not open."""
        with house_errors(self._conn.engine.url):
            return settle(self._conn, self._event_id, item_id, at)

    def settle_about(self, ref: str, reason: str, at: datetime) -> None:
        """What stands before the organisers of that reason about that registration is dealt with."""
        with house_errors(self._conn.engine.url):
            for item_id in numbers_about(self._conn, self._event_id, ref, reason):
                settle(self._conn, self._event_id, item_id, at)

    def note(self, line: JournalLine) -> None:
        """Append to the journal, which is never changed but to forget somebody."""
        values = {"at": line.at, "who": line.who, "what": line.what, "ref": line.ref}
        self._add(schema.journal, values | {"because": line.because, "words": line.words})

    def is_final(self, slot: Slot) -> bool:
        """True if that message has its final row already."""
        return bool(
            self._scalar(
                sa.select(sa.func.count()).where(
                    _m.event_id == self._event_id,
                    _m.mailbox == slot.mailbox,
                    _m.uidvalidity == slot.uidvalidity,
                    _m.uid == slot.uid,
                    _m.bucket.is_not(None),
                )
            )
        )

    def finish(self, message: Handled, at: datetime) -> None:
        """The final row of a message. Raises InvariantBroken where it has one already: another process
        was faster, and all that was written for it here must be undone (rules I7)."""
        values = {
            "event_id": self._event_id,
            "mailbox": message.slot.mailbox,
            "uidvalidity": message.slot.uidvalidity,
            "uid": message.slot.uid,
            "arrival": message.arrival,
            "attempts": 1,
            "bucket": message.bucket.value,
            "reason": message.reason,
            "message_id": message.message_id,
            "content_hash": message.content_hash,
            "sender": message.sender,
            "subject": message.subject,
            "reading": message.reading,
            "ref": message.ref,
            "finished_at": at,
        }
        if self._run(finish_message(self._dialect, tuple(values)), values).first() is None:
            raise InvariantBroken(
                f"message {message.slot.key} has been handled already; nothing was done twice"
            )

    def _add(self, table: sa.Table, values: dict[str, Any]) -> None:
        self._run(sa.insert(table), {"event_id": self._event_id} | values)

    def _run(self, statement: Any, values: Any = None) -> sa.CursorResult[Any]:
        with house_errors(self._conn.engine.url):
            return self._conn.execute(statement, values)

    def _scalar(self, statement: Any, values: Any = None) -> int:
        with house_errors(self._conn.engine.url):
            return int(self._conn.execute(statement, values).scalar_one())
