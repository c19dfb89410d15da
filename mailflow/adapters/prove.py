"""Stop 6, the proof: what the rules promise, asked of a database as it stands (`mailflow db check`).

It trusts no code above the tables: where it can, it counts the rows themselves. A promise that only
the moment of a change could show (who stood where then) is checked as far as the rows still tell it,
and never reported on a guess.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import prove_matters, schema
from mailflow.adapters.store import SqlStore
from mailflow.core.model import Roster
from mailflow.core.waitlist import Party, may_be_seated, next_promotion, waitlist

_ATTEMPTS = 6  # deaths of the worker with it in hand, after which a message is set aside (rules I8)


def prove(store: SqlStore, event_id: str, now: datetime | None = None) -> list[str]:
    """One line for each broken promise, with where to look; an empty list is the proof.

    `now` (aware) adds what hangs on the time: whether somebody on the list should have a seat.
    Changes nothing. Raises BadInput where the event's file is not known to the store, and house errors.
    """
    roster = store.roster(event_id)
    with store.database.reading() as conn:
        look = _Look(conn, event_id)
        return [
            *_file(conn),
            *_seats(look, roster),
            *_waiting(look, roster, now),
            *_messages(look),
            *_mails(look, roster),
            *prove_matters.offers(look.rows, roster),
            *prove_matters.releases(look.rows, roster, now),
            *prove_matters.questions(roster),
            *prove_matters.people(roster),
            *prove_matters.causes(look.rows),
            *prove_matters.erased(look.rows, roster, now),
            *prove_matters.items(look.rows),
        ]


class _Look:
    """The rows of one event, read as asked."""

    def __init__(self, conn: sa.Connection, event_id: str) -> None:
        self._conn = conn
        self._event_id = event_id

    def rows(self, table: sa.Table, *columns: str, where: str = "1 = 1") -> list[sa.Row[Any]]:
        chosen = [table.c[name] for name in columns]
        query = sa.select(*chosen).where(table.c.event_id == self._event_id, sa.text(where))
        return list(self._conn.execute(query))

    def limits(self) -> tuple[int, int]:
        events = schema.event.c
        found = self._conn.execute(
            sa.select(events.capacity, events.held).where(events.id == self._event_id)
        ).first()
        return (found.capacity, found.held) if found else (0, 0)


def _file(conn: sa.Connection) -> Iterator[str]:
    """SQLite: the file is sound and every row has its parent. PostgreSQL looks after that itself."""
    if conn.dialect.name != "sqlite":
        return
    for answer in conn.exec_driver_sql("PRAGMA integrity_check").scalars():
        if answer != "ok":
            yield f"the database file is damaged ({answer}): restore a backup"
    for row in conn.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"table {row[0]}, row {row[1]}: its {row[2]} is gone"


def _seats(look: _Look, roster: Roster) -> Iterator[str]:
    """I1: no more seats than there are, each number held once, granted within the limit of its day."""
    capacity, held_back = look.limits()
    columns = ("registration_id", "place", "state", "number", "override", "granted_limit", "granted_held")
    seats = look.rows(schema.seat, *columns)
    refs = {row.id: row.ref for row in look.rows(schema.registration, "id", "ref")}
    held = [s for s in seats if s.state in ("confirmed", "offered", "release_pending")]
    over = len(held) + held_back - capacity
    # Excused: what the organiser gave beyond the limit, and what was given while there was more room.
    overrides = sum(1 for s in held if s.override)
    more_room = max(
        (s.granted_limit - s.granted_held for s in held if s.granted_limit is not None), default=0
    )
    excused = overrides + max(0, more_room - (capacity - held_back))
    if over > excused:
        yield (
            f"I1: {len(held)} seats are taken and {held_back} held back of {capacity}: {over} too many,"
            f" {excused} of these by an organiser's order: `mailflow list --state confirmed`"
        )
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for s in held:
        where = f"registration {refs.get(s.registration_id, '?')}, place {s.place}"
        if s.number is None or s.number < 1:
            yield f"{where}: {s.state} without a seat number"
            continue
        holders[s.number].append(where)
        if not s.override and (s.granted_limit is None or s.number > s.granted_limit):
            yield f"{where}: seat {s.number} lies above the limit it was given under, and is no override"
    yield from (
        f"seat {n} is held twice: {'; '.join(who)}" for n, who in sorted(holders.items()) if len(who) > 1
    )
    for s in seats:
        if s.number is not None and s not in held:
            yield f"registration {refs.get(s.registration_id, '?')}, place {s.place}: {s.state} with a number"
    if roster.taken != len(held):
        yield f"the roster counts {roster.taken} seats taken, the table {len(held)}"


def _waiting(look: _Look, roster: Roster, now: datetime | None) -> Iterator[str]:
    """I2: nobody got a seat past a party that fits, and nobody waits while a seat stands free for them."""
    if now is not None and (due := next_promotion(roster, now)) is not None:
        yield (
            f"I2: {roster.free} seats are free and {due.registration.ref} needs {due.size}: `mailflow poll`"
            " promotes it, or says why not"
        )
    by_hand = {r.ref for r in look.rows(schema.journal, "ref", where="who = 'organiser'")}
    by_hand |= {r.ref for r in look.rows(schema.review, "ref")}
    recorded = {row.ref: row.id for row in look.rows(schema.registration, "id", "ref")}
    given = _given_at_once(roster)
    for party in waitlist(roster):
        if not _stood_untouched(roster, party, by_hand):
            continue
        for ref, arrival, size in given:
            later = recorded[ref] > recorded[party.registration.ref] and arrival > party.rank[2:]
            if later and size >= party.size and ref not in by_hand:
                yield f"I2: {ref} got {size} seats past {party.registration.ref}, which needs {party.size}"


def _given_at_once(roster: Roster) -> list[tuple[str, tuple[datetime, int], int]]:
    """Seats held that arrived together, and so were given together: reference, arrival, how many."""
    groups: Counter[tuple[str, datetime, int]] = Counter(
        (r.ref, s.arrival, s.uid) for r, s in roster.seats() if s.holds and not s.override
    )
    return [(ref, (arrival, uid), size) for (ref, arrival, uid), size in groups.items()]


def _stood_untouched(roster: Roster, party: Party, by_hand: set[str]) -> bool:
    """Waits since it was recorded, and could have been seated all the while as far as the rows tell: it
    offered nothing back, owed nothing, no person had a hand in it, and it asked for nothing later."""
    registration = party.registration
    return (
        may_be_seated(roster, party)
        and roster.event.involvement != "require"
        and registration.passed == 0
        and registration.ref not in by_hand
        and len(registration.seats) == party.size
    )


def _messages(look: _Look) -> Iterator[str]:
    """I8, I12: every message ends in one bucket, and none is tried for ever."""
    columns = ("mailbox", "uidvalidity", "uid", "attempts", "bucket", "finished_at")
    rows = look.rows(schema.message, *columns)
    yield from _twice("I7: message", Counter(f"{m.mailbox}:{m.uidvalidity}:{m.uid}" for m in rows))
    for m in rows:
        where = f"message {m.mailbox}:{m.uidvalidity}:{m.uid}"
        if m.bucket is None and m.attempts > _ATTEMPTS:
            yield f"I8: {where} was tried {m.attempts} times and is not set aside"
        if (m.bucket is None) != (m.finished_at is None):
            yield f"I12: {where} has no clear end (bucket {m.bucket}, finished at {m.finished_at})"


def _mails(look: _Look, roster: Roster) -> Iterator[str]:
    """I6, I11: every change was told, every mail of a person was answered once, nothing is sent twice."""
    columns = ("id", "cause", "kind", "recipient_key", "ref", "message_id", "because")
    mails = look.rows(schema.outbox, *columns)
    yield from _twice("I11: outbox, cause", Counter(m.cause for m in mails))
    yield from _twice("I6: outbox, Message-ID", Counter(m.message_id for m in mails))
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for m in mails:
        if m.kind != "promoted" and m.recipient_key:  # "": erased, and no telling one from another
            answers[m.because][m.recipient_key] += 1
    withheld = look.rows(schema.journal, "ref", "because", where="what LIKE 'answer % withheld%'")
    causes, told = {m.because for m in mails}, {m.ref for m in mails}
    excused, excused_refs = {n.because for n in withheld}, {n.ref for n in withheld}
    ended = ("mailbox", "uidvalidity", "uid", "bucket", "reading", "ref")
    for m in look.rows(schema.message, *ended, where="bucket IN ('handled', 'review')"):
        key = f"{m.mailbox}:{m.uidvalidity}:{m.uid}"
        yield from (f"I11: message {key} got {n} answers, not one" for n in answers[key].values() if n > 1)
        if key not in causes and key not in excused and _wants_an_answer(m.reading):
            yield f"I11: message {key} is {m.bucket} and was not answered: `mailflow show {m.ref or '...'}`"
    for r in roster.registrations:
        if r.held and r.ref not in told and r.ref not in excused_refs:
            yield f"I6: registration {r.ref} holds seats and was never told: `mailflow show {r.ref}`"


def _wants_an_answer(reading: str) -> bool:
    """A person's mail that wants something, as it was read."""
    try:
        read = json.loads(reading)
    except ValueError:
        return False
    wants = ("register", "cancel", "change", "question", "unclear")
    return (
        isinstance(read, dict)
        and read.get("kind") == "human"
        and bool(read.get("may_auto_answer", True))  # held back by the gate: a person answers it
        and read.get("intent") in wants
    )


def _twice(what: str, counts: Counter[str]) -> Iterator[str]:
    yield from (f"{what} {key} stands {n} times" for key, n in counts.items() if n > 1)
