"""Stop 5, coming in: a registration, more people for one, details supplied or corrected."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from mailflow.core.contact import fold_name, same_person
from mailflow.core.details import apply_details, name_guest
from mailflow.core.effects import Change, Facts, ReplyKind
from mailflow.core.model import InvolvementPolicy, Person, Registration, Roster, Seat, SeatState
from mailflow.core.outcome import Outcome, standing
from mailflow.core.requests import Amend, Register, Sender
from mailflow.core.waitlist import (
    Party,
    fits,
    may_be_seated,
    parties,
    seat_party,
    somebody_ahead,
)

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: references are read aloud


def holder(roster: Roster, sender: Sender) -> Registration | None:
    """The living registration the sender speaks for: that of the contact address, else the one
    below whose mail (with our token) or under whose seats the address stands; else None."""
    own = roster.of_contact(sender.contact)
    if own is not None:
        return own
    if sender.thread is not None:
        answered = roster.by_ref(sender.thread.ref)
        if answered is not None and answered.alive:
            return answered
    return next(
        (
            r
            for r in roster.registrations
            for s in r.alive
            if s.email and s.email.casefold() == sender.contact
        ),
        None,
    )


def register(outcome: Outcome, request: Register, now: datetime) -> None:
    """Wants seats: a new registration, or more of one that stands."""
    event, sender = outcome.roster.event, request.sender
    # Opening and closing are judged by the arrival; a server's clock that runs ahead of ours counts as now.
    arrived = min(sender.arrival, now)
    existing = outcome.roster.of_contact(sender.contact)
    if now >= event.starts:
        outcome.note("wrote after the start", words=sender.words)
        outcome.answer(ReplyKind.OVER, sender, Facts(registration=existing, understood=sender.words))
    elif existing is not None:
        _again(outcome, request, existing, now)
    elif event.opens is not None and arrived < event.opens:
        outcome.note("wrote before the opening", words=sender.words)
        outcome.answer(ReplyKind.EARLY, sender, Facts(understood=sender.words))
    else:
        _newcomer(outcome, request, now, late=event.closes is not None and arrived >= event.closes)


def _newcomer(outcome: Outcome, request: Register, now: datetime, *, late: bool) -> None:
    event, sender = outcome.roster.event, request.sender
    people = list(request.people) or [Person(sender.name)]
    size = max(request.seats, len(people), 1)
    registration = Registration(
        ref=_reference(outcome.roster, sender),
        contact=sender.contact,
        address=sender.address,
        name=sender.name or people[0].name,
        language=sender.language or event.language,
        arrival=sender.arrival,
        uid=sender.uid,
        seats=_seats(people, size, sender, first_place=1),
        organisation=request.organisation,
        involvement=request.involvement,
        projects=request.projects,
        workshops=request.workshops,
        late=late,
        in_review=size > event.max_party,
        thread=sender.message_id,
    )
    outcome.record(registration)
    outcome.note(f"registered, {size} seat(s)" + (", late" if late else ""), registration.ref, sender.words)
    _flag_same_name(outcome, registration, sender)
    registration = _seat_what_fits(outcome, registration)
    if outcome.asks_involvement(registration):
        registration = replace(registration, involvement_asked_at=now)
        outcome.record(registration)
    if registration.in_review:
        outcome.review("party", sender, registration.ref)
    owes = event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
    kind = ReplyKind.INCOMPLETE if owes and not registration.in_review else standing(registration)
    _answer(outcome, kind, request, registration, new=registration.seats)


def _again(outcome: Outcome, request: Register, existing: Registration, now: datetime) -> None:
    """The same contact writes again: never a second registration, never a lost place."""
    if existing.in_review:
        registration, changes = apply_details(outcome.roster.event, existing, request)
        if changes:
            outcome.record(registration)
        outcome.review("party", request.sender, existing.ref)
        _answer(outcome, ReplyKind.PARTY, request, registration, changes=changes)
        return
    known = [s for s in existing.alive if s.name]
    new = [p for p in request.people if p.name and not any(same_person(p.name, s.name) for s in known)]
    if not request.people and request.seats <= len(existing.alive) and not request.total:
        new = []
    guests = sum(1 for s in existing.alive if not s.name)
    unnamed = (
        max(0, request.seats - max(len(request.people), 1)) if request.people or request.seats > 1 else 0
    )
    growth = len(new) + max(0, unnamed - guests)
    if request.total:
        growth = max(0, request.seats - len(existing.alive))
        named = new[:growth]
        if request.seats < len(existing.alive):
            _shrink(outcome, request, existing, now)
            return
        new = named
    _grow(outcome, request, existing, new, growth, now)


def _shrink(outcome: Outcome, request: Register, existing: Registration, now: datetime) -> None:
    """A smaller total: freed at once. Who leaves: those not named now, the unnamed, the last."""
    stays = [p.name for p in request.people if p.name]
    alive = sorted(
        existing.alive,
        key=lambda s: (not any(same_person(s.name, n) for n in stays), not s.name, s.place != 1, s.place),
    )
    lost = tuple(replace(s, state=SeatState.CANCELLED, number=None) for s in alive[request.seats :])
    registration, changes = apply_details(outcome.roster.event, existing.with_seats(lost), request)
    outcome.record(registration)
    outcome.note(f"fewer seats: {len(existing.alive)} -> {request.seats}", existing.ref, request.sender.words)
    seats = Change("seats", str(len(existing.alive)), str(request.seats))
    asks_who = any(s.name for s in lost) and not stays
    _answer(
        outcome,
        ReplyKind.CHANGED,
        request,
        registration,
        lost=lost,
        changes=(seats, *changes),
        asks_who=asks_who,
    )


def amend(outcome: Outcome, request: Amend, now: datetime) -> None:
    """More people for a registration, or its details."""
    existing = holder(outcome.roster, request.sender)
    if existing is None:
        outcome.note("wanted to change a registration that is not there", words=request.sender.words)
        outcome.review("not_found", request.sender)
        facts = Facts(question_passed_on=True, free=outcome.roster.free, understood=request.sender.words)
        outcome.answer(ReplyKind.NOT_FOUND, request.sender, facts)
        return
    new = [
        p for p in request.people if p.name and not any(same_person(p.name, s.name) for s in existing.alive)
    ]
    _grow(outcome, request, existing, new[: request.seats], request.seats, now)


def _grow(
    outcome: Outcome,
    request: Register | Amend,
    existing: Registration,
    new: list[Person],
    growth: int,
    now: datetime,
) -> None:
    """Adds `growth` seats, the first for the people of `new`; what is held already is never at risk."""
    event, sender = outcome.roster.event, request.sender
    registration, changes = apply_details(event, existing, request)
    if growth == 0:
        registration, renamed = name_guest(registration, request.people)
        changes = (*changes, *renamed)
    if growth and now >= event.starts:
        outcome.answer(ReplyKind.OVER, sender, Facts(registration=existing, understood=sender.words))
        return
    if len(existing.alive) + growth > event.max_party:
        outcome.record(registration)
        outcome.note(f"asked for {growth} more, above the largest party", existing.ref, sender.words)
        outcome.review("party", sender, existing.ref)
        _answer(outcome, ReplyKind.PARTY, request, registration, changes=changes)
        return
    added = _seats(new, growth, sender, first_place=len(existing.seats) + 1) if growth else ()
    registration = registration.with_seats(added)
    if registration != existing:
        outcome.record(registration)
        what = [f"{growth} seat(s) more"] if growth else []
        what += [
            f"{c.what}: {c.old or '-'} -> {c.new}" for c in changes if c.what not in ("involvement", "name")
        ]
        what += [f"{c.what} supplied" for c in changes if c.what in ("involvement", "name")]
        outcome.note("; ".join(what), existing.ref, sender.words)
    before = {s.place for s in registration.held}
    registration = _seat_what_fits(outcome, registration)
    gained = [s for s in registration.held if s.place not in before]
    if gained and not added:  # the involvement that was owed has come: the party may be seated now
        kind = ReplyKind.CONFIRMED
    elif added:
        kind = ReplyKind.CONFIRMED if any(s.place >= added[0].place for s in gained) else ReplyKind.WAITLISTED
    else:
        kind = ReplyKind.CHANGED if changes else ReplyKind.STATUS
    new_seats = tuple(s for s in registration.seats if s in gained or (added and s.place >= added[0].place))
    _answer(outcome, kind, request, registration, new=new_seats, changes=changes)


def _seat_what_fits(outcome: Outcome, registration: Registration) -> Registration:
    """Seats the registration's waiting parties that fit, if nobody who fits stands before them."""
    for party in parties(registration):
        current = Party(outcome.roster.by_ref(registration.ref) or registration, party.seats)
        if not may_be_seated(outcome.roster, registration) or not fits(outcome.roster, party.size):
            continue
        if somebody_ahead(outcome.roster, current):
            continue
        registration = seat_party(outcome.roster, current)
        outcome.record(registration)
    return registration


def _answer(
    outcome: Outcome,
    kind: ReplyKind,
    request: Register | Amend,
    registration: Registration,
    *,
    new: tuple[Seat, ...] = (),
    lost: tuple[Seat, ...] = (),
    changes: tuple[Change, ...] = (),
    asks_who: bool = False,
) -> None:
    """The one answer; a question in the same mail goes to the organisers."""
    if request.has_question:
        outcome.review("question", request.sender, registration.ref)
    facts = Facts(
        registration=registration,
        position=outcome.rank(registration),
        gained=tuple(s for s in new if s.holds),
        waiting=tuple(s for s in new if s.state is SeatState.WAITLISTED),
        lost=lost,
        changes=changes,
        asks_involvement=outcome.asks_involvement(registration),
        asks_who=asks_who,
        question_passed_on=request.has_question,
        free=outcome.roster.free,
        understood=request.sender.words,
    )
    outcome.answer(kind, request.sender, facts)


def _seats(people: list[Person], size: int, sender: Sender, *, first_place: int) -> tuple[Seat, ...]:
    """`size` waiting seats for `people`, the rest for unnamed guests."""
    padded = [*people, *[Person()] * size][:size]
    return tuple(
        Seat(
            place=first_place + n,
            name=person.name,
            email=person.email,
            state=SeatState.WAITLISTED,
            arrival=sender.arrival,
            uid=sender.uid,
        )
        for n, person in enumerate(padded)
    )


def _reference(roster: Roster, sender: Sender) -> str:
    """A short reference, unique in the event and the same each time this mail is decided upon."""
    taken = {r.ref for r in roster.registrations}
    for attempt in range(1000):
        seed = roster.secret + f"{sender.contact}\x1f{sender.key}\x1f{attempt}".encode()
        digest = hashlib.sha256(seed).digest()
        length = 4 + attempt // 20  # a full house of references grows longer ones
        ref = f"{roster.event.reference}-" + "".join(_ALPHABET[b % len(_ALPHABET)] for b in digest[:length])
        if ref not in taken:
            return ref
    raise AssertionError("a thousand references were taken")  # 32**50 of them: cannot happen


def _flag_same_name(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """Another address, the same name: both stand, and a person looks (rules: duplicates)."""
    names = {fold_name(s.name) for s in registration.seats} - {""}
    for other, seat in outcome.roster.seats():
        if other.ref != registration.ref and seat.alive and fold_name(seat.name) in names:
            outcome.note(f"same name as {other.ref}", registration.ref)
            outcome.review("same_name", sender, registration.ref)
            return
