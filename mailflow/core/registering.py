"""Stop 5, coming in: a registration, more people for one, details supplied or corrected."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.core.calendar import stay
from mailflow.core.contact import fold_name, same_person
from mailflow.core.details import apply_details, fill_guests
from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.growing import again, answer, ask, closed, grow, offer_or_seat, seats_for
from mailflow.core.identity import belongs, holder, is_certain
from mailflow.core.model import InvolvementPolicy, Person, Registration, Roster, Seat, SeatState
from mailflow.core.offers import accept, answer_late, answers_a_lapsed_one, in_time, refuse
from mailflow.core.outcome import Outcome, standing
from mailflow.core.requests import Amend, Register, Sender
from mailflow.core.waitlist import Party, fits, somebody_ahead

SECOND_THOUGHT = timedelta(hours=2)

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, 1/I: references are read aloud


def register(outcome: Outcome, request: Register, now: datetime) -> None:
    """Wants seats: a new registration, or more of one that stands."""
    event, sender = outcome.roster.event, request.sender
    # Opening and closing are judged by the arrival; a server's clock that runs ahead of ours counts as now.
    arrived = min(sender.arrival, now)
    existing = outcome.roster.of_contact(sender.contact)
    if now >= event.starts:
        outcome.note("wrote after the start", words=sender.words)
        closed(outcome, ReplyKind.OVER, request, existing)
    elif existing is not None and in_time(existing, sender, now):
        _takes_the_offer(outcome, request, existing)
    elif existing is not None and answers_a_lapsed_one(existing, sender):
        answer_late(outcome, existing, sender)
    elif existing is not None and any(s.state is SeatState.RELEASE_PENDING for s in existing.seats):
        stay(outcome, existing, sender)
    elif existing is not None:
        again(outcome, request, existing, now)
    elif (left := _just_left(outcome, sender, arrived)) is not None:
        _comes_back_to_it(outcome, request, left)
    elif event.opens is not None and arrived < event.opens:
        outcome.note("wrote before the opening", words=sender.words)
        closed(outcome, ReplyKind.EARLY, request, None)
    else:
        _newcomer(outcome, request, now, late=event.closes is not None and arrived >= event.closes)


def _newcomer(outcome: Outcome, request: Register, now: datetime, *, late: bool) -> None:
    event, sender = outcome.roster.event, request.sender
    people = list(request.people) or [Person(sender.name)]
    size = max(request.seats, len(people), 1)
    registration = Registration(
        ref=reference(outcome.roster, sender.contact, sender.key),
        contact=sender.contact,
        address=sender.address,
        name=sender.name or people[0].name,
        language=sender.language or event.language,
        arrival=sender.arrival,
        uid=sender.uid,
        seats=seats_for(people, size, sender, first_place=1),
        organisation=request.organisation,
        involvement=request.involvement,
        projects=request.projects,
        workshops=request.workshops,
        late=late,
        in_review=size > event.max_party,
        thread=sender.message_id,
        together=request.together,
    )
    outcome.record(registration)
    outcome.note(f"registered, {size} seat(s)" + (", late" if late else ""), registration.ref, sender.words)
    _flag_same_name(outcome, registration, sender)
    registration = offer_or_seat(outcome, registration)
    if outcome.asks_involvement(registration):
        registration = replace(registration, involvement_asked_at=now)
        outcome.record(registration)
    if registration.in_review:
        outcome.review("party", sender, registration.ref)
    owes = event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
    kind = ReplyKind.INCOMPLETE if owes and not registration.in_review else standing(registration)
    answer(outcome, kind, request, registration, new=registration.seats)


def _takes_the_offer(outcome: Outcome, request: Register, existing: Registration) -> None:
    """A mail that wants to come, while seats are offered: it takes them. Another number than was offered
    is an answer only where it is the party's own (they all still want to come: then nothing is certain)."""
    offer, offered = existing.offer, len(existing.offered)
    assert offer is not None, "the caller looked"  # noqa: S101 - for the type checker
    if offer.partial and request.together:
        registration, _ = refuse(outcome, apply_details(outcome.roster.event, existing, request)[0])
        again(outcome, replace(request, seats=1, total=False), registration, outcome.now)
        return
    everybody = request.total or request.seats > 1
    if offer.partial and everybody and request.seats > offered:
        outcome.note(
            "wants more seats than are offered; the offer stands", existing.ref, request.sender.words
        )
        facts = outcome.facts(existing, request.sender)
        outcome.answer(ReplyKind.OFFERED, request.sender, replace(facts, offered=existing.offered))
        return
    wanted = max(1, request.seats) if everybody and request.seats < offered else None
    if wanted and wanted < offered and not is_certain(outcome.roster, existing, request.sender):
        ask(outcome, request, existing, "fewer than was offered, and it is not certain who says so")
        return
    registration, won = accept(outcome, existing, wanted)
    plain = replace(request, seats=1, total=False) if offer.partial or wanted else request
    again(outcome, plain, registration, outcome.now, won)


def _just_left(outcome: Outcome, sender: Sender, arrived: datetime) -> Registration | None:
    """The registration that contact cancelled so short a time ago that it is taken for a second thought,
    if the seats are still there."""
    own = [r for r in outcome.roster.registrations if r.contact == sender.contact]
    seats = _second_thought(own[-1], arrived) if own else ()
    if not seats:
        return None
    held = [s for s in seats if s.was is not SeatState.WAITLISTED]
    if not held:
        return own[-1]
    waiting = replace(own[-1].with_seats(_waiting_again(seats, outcome.now)))
    party = Party(waiting, tuple(waiting.waiting))
    given_away = not fits(outcome.roster, len(held)) or somebody_ahead(outcome.roster, party)
    return None if given_away else own[-1]


def _second_thought(registration: Registration, arrived: datetime) -> tuple[Seat, ...]:
    """The seats that were cancelled within two hours before that mail."""
    return tuple(
        s
        for s in registration.seats
        if s.state is SeatState.CANCELLED and s.since is not None and arrived - s.since <= SECOND_THOUGHT
    )


def _waiting_again(seats: tuple[Seat, ...], now: datetime) -> tuple[Seat, ...]:
    return tuple(s.become(SeatState.WAITLISTED, now) for s in seats)


def _comes_back_to_it(outcome: Outcome, request: Register, registration: Registration) -> None:
    """Cancelled and back within two hours: the old seats, under the old reference and the old arrival."""
    sender = request.sender
    seats = _second_thought(registration, min(sender.arrival, outcome.now))
    named = {fold_name(p.name) for p in request.people} - {""}
    seats = tuple(sorted(seats, key=lambda s: (fold_name(s.name) not in named, s.place)))
    wanted = max(1, request.seats) if request.total or request.seats > 1 else len(named) or 1
    back = _waiting_again(seats[: min(wanted, len(seats))], outcome.now)
    registration, changes = apply_details(outcome.roster.event, registration.with_seats(back), request)
    outcome.record(registration)
    outcome.note(f"came back, {len(back)} seat(s) restored", registration.ref, sender.words)
    registration = offer_or_seat(outcome, registration)
    places = {s.place for s in back}
    new = tuple(s for s in registration.seats if s.place in places)
    answer(outcome, standing(registration), request, registration, new=new, changes=changes)


def come_back(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """Off the list after two offers that nobody answered, and back by a yes: a new arrival."""
    gone = [s for s in registration.seats if s.state is SeatState.REMOVED]
    people = tuple(Person(s.name, s.email) for s in gone)
    register(
        outcome,
        Register(
            sender,
            len(gone),
            people,
            organisation=registration.organisation,
            involvement=registration.involvement,
            projects=registration.projects,
            workshops=registration.workshops,
        ),
        outcome.now,
    )


def amend(outcome: Outcome, request: Amend, now: datetime) -> None:
    """More people for a registration, or its details."""
    existing = holder(outcome.roster, request.sender)
    sender = request.sender
    if _is_bare(request, existing):  # "I would like to come after all": of what stands open
        arrived = min(sender.arrival, now)
        if existing is None and (left := _just_left(outcome, sender, arrived)) is not None:
            _comes_back_to_it(outcome, Register(sender, 1, has_question=request.has_question), left)
            return
    if existing is None and _was_here(outcome, sender) and (request.seats or _is_bare(request, existing)):
        # Below our mail that all was cancelled, whoever wants to come comes anew.
        size = max(request.seats, len(request.people), 1)
        wants = Register(
            sender, size, request.people, False, request.organisation, request.involvement,
            request.projects, request.workshops, request.has_question, request.together,
        )  # fmt: skip
        register(outcome, wants, now)
        return
    if _is_bare(request, existing):
        open_now = existing is not None and (
            existing.offer is not None or any(s.state is SeatState.RELEASE_PENDING for s in existing.seats)
        )
        if open_now and now < outcome.roster.event.starts:
            register(outcome, Register(sender, 1, has_question=request.has_question), now)
            return
    if existing is None:
        outcome.note("wanted to change a registration that is not there", words=request.sender.words)
        outcome.review("not_found", request.sender)
        facts = Facts(question_passed_on=True, free=outcome.roster.free, understood=request.sender.words)
        outcome.answer(ReplyKind.NOT_FOUND, request.sender, facts)
        return
    registration, named, new = fill_guests(existing, request.people)
    grow(outcome, request, registration, new, request.seats, now, named=named)


def _was_here(outcome: Outcome, sender: Sender) -> bool:
    """True if that contact had a registration of which nothing is left."""
    return any(r.contact == sender.contact for r in outcome.roster.registrations)


def _is_bare(request: Amend, existing: Registration | None) -> bool:
    """True if it names no number, no detail and nobody but the writer, who speaks for the party."""
    others = [p for p in request.people if p.name and not same_person(p.name, request.sender.name)]
    details = (
        request.organisation, request.involvement, request.projects, request.workshops, request.together,
    )  # fmt: skip
    ours = existing is None or belongs(existing, request.sender)
    return ours and not request.seats and not others and not any(details)


def reference(roster: Roster, contact: str, key: str) -> str:
    """A short reference, unique in the event and the same each time this mail, or order, is decided upon."""
    taken = {r.ref for r in roster.registrations}
    for attempt in range(1000):
        seed = roster.secret + f"{contact}\x1f{key}\x1f{attempt}".encode()
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
