"""Stop 6, the proof of what stands open: offers, releases, questions, invitations, and what was erased.

Part of `mailflow db check` (prove.py), by the same rule: it counts the rows themselves, and reports nothing
on a guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.reviews import ONCE
from mailflow.core.contact import contact_key
from mailflow.core.ledger import Slot
from mailflow.core.model import Registration, Roster
from mailflow.core.privacy import is_erased, kept_until

Rows = Callable[..., Sequence[sa.Row[Any]]]

_A_POLL = timedelta(days=1)  # what the clock does is done at a poll; a day without any is told elsewhere
_LIVING = ("confirmed", "offered", "release_pending", "waitlisted")


def _refs(rows: Rows) -> dict[int, str]:
    return {row.id: row.ref for row in rows(schema.registration, "id", "ref")}


def offers(rows: Rows, roster: Roster) -> Iterator[str]:
    """An offered seat has its open offer, an open offer its seats, one at a time, until before the start."""
    refs, starts = _refs(rows), roster.event.starts.astimezone(UTC)
    offered: defaultdict[int, set[int]] = defaultdict(set)
    alive: defaultdict[int, set[int]] = defaultdict(set)
    for seat in rows(schema.seat, "registration_id", "place", "state"):
        if seat.state == "offered":
            offered[seat.registration_id].add(seat.place)
        if seat.state in _LIVING:
            alive[seat.registration_id].add(seat.place)
    columns = ("registration_id", "number", "made_at", "until", "places")
    open_ones = rows(schema.offer, *columns, where="state = 'open'")
    standing = Counter(o.registration_id for o in open_ones)
    yield from (
        f"registration {refs.get(i, '?')}: {n} offers stand open" for i, n in standing.items() if n > 1
    )
    for o in open_ones:
        where = f"registration {refs.get(o.registration_id, '?')}, offer {o.number}"
        if set(o.places) & alive[o.registration_id] != offered[o.registration_id] & set(o.places):
            yield f"{where}: stands open for seats that are not offered"
        elif not offered[o.registration_id] & set(o.places):
            yield f"{where}: stands open, and nothing is offered"
        if not o.made_at < o.until < starts:
            at = f"{o.until:%Y-%m-%d %H:%M} UTC"
            yield f"{where}: until {at}, which is not between its making and the start"
    for row_id, places in offered.items():
        covered = {p for o in open_ones if o.registration_id == row_id for p in o.places}
        for place in sorted(places - covered):
            whose = f"registration {refs.get(row_id, '?')}, place {place}"
            yield f"{whose}: offered, and no open offer says until when"


def releases(rows: Rows, roster: Roster, now: datetime | None) -> Iterator[str]:
    """A seat about to be released says until when a word keeps it; after the start nobody waits."""
    refs = _refs(rows)
    for seat in rows(schema.seat, "registration_id", "place", "state", "until"):
        where = f"registration {refs.get(seat.registration_id, '?')}, place {seat.place}"
        if (seat.state == "release_pending") != (seat.until is not None):
            yield f"{where}: {seat.state}" + (
                ", until no known time" if seat.until is None else " with a deadline"
            )
        if seat.state == "waitlisted" and now is not None and now > roster.event.starts + _A_POLL:
            yield f"{where}: waits still, after the start: `mailflow poll` closes the list"


def questions(roster: Roster) -> Iterator[str]:
    """What the holder is asked about is there, and stands open for some time; so are invitations."""
    for r in roster.registrations:
        asked, places = r.pending, {s.place for s in r.seats}
        if asked is not None and (asked.until <= asked.asked_at or not places.issuperset(asked.places)):
            yield f"registration {r.ref}: a question to its holder ({asked.what}) that cannot be answered"
        invited = r.invitation
        if invited.live and (invited.sequence < 0 or invited.sent_at is None):
            yield f"registration {r.ref}: in the holder's calendar, and no invitation was ever sent"
        if invited.live and roster.event.calendar == "off":
            yield f"registration {r.ref}: in the holder's calendar, though the event wants none"
        if r.passed < 0:
            yield f"registration {r.ref}: passed over {r.passed} times"


def people(roster: Roster) -> Iterator[str]:
    """One contact has one living registration (rules: duplicates)."""
    living = Counter(contact_key(r.contact) for r in roster.registrations if r.contact and r.alive)
    for contact, times in living.items():
        if times > 1:
            refs = ", ".join(
                r.ref for r in roster.registrations if contact_key(r.contact) == contact and r.alive
            )
            yield f"one contact has {times} living registrations: {refs}"


def causes(rows: Rows) -> Iterator[str]:
    """I3, I5: whatever happened to a seat, the journal has a line about its party of that very moment; and
    in one moment the releases stand before the promotions."""
    refs = _refs(rows)
    lines = rows(schema.journal, "id", "at", "ref", "what", "because")
    told = {(line.ref, line.at) for line in lines}
    for seat in rows(schema.seat, "registration_id", "place", "state", "since"):
        ref = refs.get(seat.registration_id, "?")
        if seat.since is not None and (ref, seat.since) not in told:
            yield f"I3: registration {ref}, place {seat.place}: {seat.state}, and the journal tells no cause"
    first_promoted: dict[str, int] = {}
    for line in sorted(lines, key=lambda one: one.id):
        if line.what.startswith("promoted") and line.because:
            first_promoted.setdefault(line.because, line.id)
        elif line.what.startswith(("cancelled, ", "released ")) and line.because in first_promoted:
            yield f"I5: {line.ref} was released after a promotion of the same step ({line.because})"


def erased(rows: Rows, roster: Roster, now: datetime | None) -> Iterator[str]:
    """Section 12: who is erased is named nowhere; after the time of keeping nobody is."""
    gone = [r for r in roster.registrations if is_erased(r)]
    yield from (f"registration {r.ref} is erased, and tells {what}" for r in gone for what in _tells(r))
    refs = {r.ref for r in gone}
    for line in rows(schema.journal, "ref", "words", where="words <> ''"):
        if line.ref in refs:
            yield f"registration {line.ref} is erased, and the journal keeps its words"
    for item in rows(schema.review, "id", "ref", "words", "sender", where="words <> '' OR sender <> ''"):
        if item.ref in refs:
            yield f"registration {item.ref} is erased, and review item {item.id} keeps its words"
    if now is None or now < kept_until(roster.event) + _A_POLL:
        return
    kept = sum(1 for r in roster.registrations if not is_erased(r))
    if kept:
        yield f"the days of keeping are over, and {kept} registrations tell whose they are: `mailflow poll`"
    until = kept_until(roster.event)
    for m in rows(schema.message, "mailbox", "uidvalidity", "uid", "sender", "finished_at"):
        if m.sender and m.finished_at is not None and m.finished_at < until:
            key = f"{m.mailbox}:{m.uidvalidity}:{m.uid}"
            yield f"the days of keeping are over, and message {key} tells its sender"


def _tells(registration: Registration) -> Iterator[str]:
    """What an erased registration knows still."""
    for what in ("name", "organisation", "involvement", "thread", "pending"):
        if getattr(registration, what):
            yield f"its {what}"
    if any(s.name or s.email for s in registration.seats):
        yield "the names on its seats"


def items(rows: Rows) -> Iterator[str]:
    """I12: what waits for a person has an item that says so; mails speak of parties that are there."""
    waiting = {item.because for item in rows(schema.review, "because", where="settled_at IS NULL")}
    kept = "bucket = 'review' AND sender <> ''"  # what was erased is nobody's to look at any more
    for m in rows(schema.message, "mailbox", "uidvalidity", "uid", "reason", where=kept):
        key = Slot(m.mailbox, m.uidvalidity, m.uid).key
        if key not in waiting and m.reason not in ONCE:
            yield f"I12: message {key} waits for a person ({m.reason}), and no open item says so"
    known = set(_refs(rows).values()) | {""}
    for mail in rows(schema.outbox, "id", "kind", "ref"):
        if mail.ref not in known:
            yield f"outbox {mail.id} ({mail.kind}) speaks of registration {mail.ref}, which is not there"
