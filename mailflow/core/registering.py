"""Stop 5, coming in: a registration, more people for one, details supplied or corrected."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from mailflow.core.contact import fold_name
from mailflow.core.details import fill_guests
from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.growing import again, answer, closed, grow, seat_what_fits, seats_for
from mailflow.core.model import InvolvementPolicy, Person, Registration, Roster
from mailflow.core.outcome import Outcome, standing
from mailflow.core.requests import Amend, Register, Sender

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
        closed(outcome, ReplyKind.OVER, request, existing)
    elif existing is not None:
        again(outcome, request, existing, now)
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
        ref=_reference(outcome.roster, sender),
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
    )
    outcome.record(registration)
    outcome.note(f"registered, {size} seat(s)" + (", late" if late else ""), registration.ref, sender.words)
    _flag_same_name(outcome, registration, sender)
    registration = seat_what_fits(outcome, registration)
    if outcome.asks_involvement(registration):
        registration = replace(registration, involvement_asked_at=now)
        outcome.record(registration)
    if registration.in_review:
        outcome.review("party", sender, registration.ref)
    owes = event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
    kind = ReplyKind.INCOMPLETE if owes and not registration.in_review else standing(registration)
    answer(outcome, kind, request, registration, new=registration.seats)


def amend(outcome: Outcome, request: Amend, now: datetime) -> None:
    """More people for a registration, or its details."""
    existing = holder(outcome.roster, request.sender)
    if existing is None:
        outcome.note("wanted to change a registration that is not there", words=request.sender.words)
        outcome.review("not_found", request.sender)
        facts = Facts(question_passed_on=True, free=outcome.roster.free, understood=request.sender.words)
        outcome.answer(ReplyKind.NOT_FOUND, request.sender, facts)
        return
    registration, named, new = fill_guests(existing, request.people)
    grow(outcome, request, registration, new, request.seats, now, named=named)


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
