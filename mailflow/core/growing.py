"""Stop 5, a party that changes: again, more, fewer, by details; and how the answer is put together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailflow.core.contact import same_person
from mailflow.core.details import apply_details, correct_names, fill_guests
from mailflow.core.effects import Change, Facts, ReplyKind
from mailflow.core.identity import is_certain, verify
from mailflow.core.matters import OfferState
from mailflow.core.model import Person, Registration, Seat, SeatState
from mailflow.core.offers import close as close_offer
from mailflow.core.offers import offer_part
from mailflow.core.outcome import Outcome, standing
from mailflow.core.requests import Amend, Register, Sender
from mailflow.core.waitlist import fits, may_be_seated, parties, seat_party, somebody_ahead


def again(
    outcome: Outcome,
    request: Register,
    existing: Registration,
    now: datetime,
    won: tuple[Seat, ...] = (),
) -> None:
    """The same contact writes again: never a second registration, never a lost place. `won`: seats that
    the same mail has gained already, by taking an offer."""
    registration, named, new = fill_guests(existing, request.people)
    standing_now = len(existing.alive)
    known = len(new) < sum(1 for p in request.people if p.name)  # it names somebody who is seated already
    if request.total or (existing.in_review and request.seats > 1):
        # What is said now is the whole party; in review nothing is promised yet, so any number said is.
        if request.seats < standing_now and not new:
            _fewer(outcome, request, registration, named)
            return
        if len(new) > max(0, request.seats - standing_now):
            ask(outcome, request, existing, "names somebody new in a party that does not grow")
            return
        growth = max(0, request.seats - standing_now)
    elif request.more:
        growth = max(request.more, len(new))
    elif request.seats <= max(1, len(request.people)):
        growth = len(new)  # everybody asked for has a name, or it is the same mail once more
    elif known and request.seats >= standing_now + len(new):
        growth = request.seats - standing_now  # the party is said anew, and it has grown
    elif request.seats == standing_now and not new:
        growth = 0
    else:
        # A bare number from somebody who has seats: a total or an addition? (rules: duplicates)
        ask(outcome, request, existing, "a number that may be a total or an addition")
        return
    grow(outcome, request, registration, new, growth, now, named=named, won=won)


def _fewer(outcome: Outcome, request: Register, existing: Registration, named: tuple[Change, ...]) -> None:
    """A smaller total: freed at once if it is certain who asks. Who leaves: those not named now, the
    unnamed, the last."""
    stays = [p.name for p in request.people if p.name]
    alive = sorted(
        existing.alive,
        key=lambda s: (not any(same_person(s.name, n) for n in stays), not s.name, s.place != 1, s.place),
    )
    leaving = tuple(alive[max(1, request.seats) :])
    registration, changes = apply_details(outcome.roster.event, existing, request)
    if not is_certain(outcome.roster, existing, request.sender):
        places = tuple(s.place for s in leaving)
        verify(outcome, registration, request.sender, "cancel", places, question=request.has_question)
        return
    lost = tuple(s.become(SeatState.CANCELLED, outcome.now) for s in leaving)
    registration = close_offer(registration.with_seats(lost), OfferState.DECLINED)
    size = len(registration.alive)
    registration = replace(
        registration, in_review=existing.in_review and size > outcome.roster.event.max_party
    )
    outcome.record(registration)
    outcome.note(f"fewer seats: {len(existing.alive)} -> {size}", existing.ref, request.sender.words)
    left_review = existing.in_review and not registration.in_review
    if left_review:
        registration = offer_or_seat(outcome, registration)
    elif registration.in_review:
        outcome.review("party", request.sender, registration.ref)
    seats = Change("seats", str(len(existing.alive)), str(size))
    answer(
        outcome,
        standing(registration) if existing.in_review else ReplyKind.CHANGED,
        request,
        registration,
        new=registration.alive if left_review else (),
        lost=() if existing.in_review else lost,
        changes=(seats, *named, *changes),
        asks_who=any(s.name for s in lost) and not stays,
    )


def grow(
    outcome: Outcome,
    request: Register | Amend,
    existing: Registration,
    new: list[Person],
    growth: int,
    now: datetime,
    *,
    named: tuple[Change, ...],
    won: tuple[Seat, ...] = (),
) -> None:
    """Adds `growth` seats, the first for the people of `new`; what is held already is never at risk.

    `existing` has the names of `named` already.
    """
    event, sender = outcome.roster.event, request.sender
    registration, changes = apply_details(event, existing, request)
    changes = (*named, *changes)
    if not growth:
        registration, renamed, unplaced = correct_names(registration, new)
        changes = (*changes, *renamed)
        idle = isinstance(request, Amend) and not changes and not request.has_question and not won
        if idle or unplaced:
            if changes:
                outcome.record(registration)
            ask(outcome, request, registration, "a change of which nothing could be told")
            return
    started = now >= event.starts
    if growth and (started or len(existing.alive) + growth > event.max_party):
        if changes:
            outcome.record(registration)
        if started:
            closed(outcome, ReplyKind.OVER, request, registration)
            return
        outcome.note(f"asked for {growth} more, above the largest party", existing.ref, sender.words)
        outcome.review("party", sender, existing.ref)
        answer(outcome, ReplyKind.PARTY, request, registration, changes=changes, asked=growth)
        return
    added = seats_for(new, growth, sender, first_place=len(existing.seats) + 1) if growth else ()
    registration = registration.with_seats(added)
    if added or changes:
        outcome.record(registration)
        outcome.note(_told(growth, changes), existing.ref, sender.words)
    before = {s.place for s in registration.held} - {s.place for s in won}
    registration = offer_or_seat(outcome, registration)
    gained = [s for s in registration.held if s.place not in before]
    if registration.in_review:
        outcome.review("party", sender, registration.ref)
        kind = ReplyKind.PARTY
    elif added:
        theirs = {s.state for s in gained if s.place >= added[0].place}
        kind = ReplyKind.WAITLISTED
        if theirs:
            kind = ReplyKind.CONFIRMED if SeatState.CONFIRMED in theirs else ReplyKind.OFFERED
    elif any(s.state is SeatState.OFFERED for s in gained):
        kind = ReplyKind.OFFERED
    elif gained:  # the involvement that was owed has come: the party may be seated now
        kind = ReplyKind.CONFIRMED
    else:
        kind = ReplyKind.CHANGED if changes else ReplyKind.STATUS
    new_seats = tuple(s for s in registration.seats if s in gained or (added and s.place >= added[0].place))
    answer(outcome, kind, request, registration, new=new_seats, changes=changes)


def _told(growth: int, changes: tuple[Change, ...]) -> str:
    """The journal's line: what changed, without people's names and words."""
    what = [f"{growth} seat(s) more"] if growth else []
    what += [
        f"{c.what}: {c.old or '-'} -> {c.new}"
        for c in changes
        if c.what not in ("involvement", "name", "together")
    ]
    what += [f"{c.what} supplied" for c in changes if c.what in ("involvement", "name")]
    what += ["comes together or not at all" for c in changes if c.what == "together"]
    return "; ".join(what)


def ask(outcome: Outcome, request: Register | Amend, existing: Registration, why: str) -> None:
    """Change nothing that is doubtful, ask one question, and let a person see it."""
    outcome.note(f"unclear: {why}", existing.ref, request.sender.words)
    outcome.review("unclear", request.sender, existing.ref)
    facts = replace(outcome.facts(existing, request.sender), question_passed_on=request.has_question)
    outcome.answer(ReplyKind.UNCLEAR, request.sender, facts)


def closed(
    outcome: Outcome, kind: ReplyKind, request: Register | Amend, existing: Registration | None
) -> None:
    """Nothing can be asked for now; a question in the mail still reaches the organisers."""
    if request.has_question:
        outcome.review("question", request.sender, existing.ref if existing else "")
    facts = Facts(
        registration=existing, question_passed_on=request.has_question, understood=request.sender.words
    )
    outcome.answer(kind, request.sender, facts)


def seat_what_fits(outcome: Outcome, registration: Registration) -> Registration:
    """Seats the registration's waiting parties that fit, if nobody who fits stands before them. From the
    start on nobody is seated: who stands at the door is."""
    if outcome.now >= outcome.roster.event.starts:
        return registration
    for party in parties(registration, outcome.roster.event.closes):
        current = replace(party, registration=outcome.roster.by_ref(registration.ref) or registration)
        if not may_be_seated(outcome.roster, current) or not fits(outcome.roster, party.size):
            continue
        if somebody_ahead(outcome.roster, current):
            continue
        registration = seat_party(outcome.roster, current, outcome.now)
        outcome.record(registration)
    return registration


def offer_or_seat(outcome: Outcome, registration: Registration) -> Registration:
    """Seats what fits; of a party that needs more than is free, as many seats as are free are offered."""
    registration = seat_what_fits(outcome, registration)
    offer_part(outcome, registration.ref)
    return outcome.roster.by_ref(registration.ref) or registration


def answer(
    outcome: Outcome,
    kind: ReplyKind,
    request: Register | Amend,
    registration: Registration,
    *,
    new: tuple[Seat, ...] = (),
    lost: tuple[Seat, ...] = (),
    changes: tuple[Change, ...] = (),
    asks_who: bool = False,
    asked: int = 0,
) -> None:
    """The one answer; a question in the same mail goes to the organisers."""
    if request.has_question:
        outcome.review("question", request.sender, registration.ref)
    facts = replace(
        outcome.facts(registration, request.sender),
        gained=tuple(s for s in new if s.holds and s.state is not SeatState.OFFERED),
        offered=tuple(s for s in new if s.state is SeatState.OFFERED),
        waiting=tuple(s for s in new if s.state is SeatState.WAITLISTED),
        lost=lost,
        changes=changes,
        asks_involvement=outcome.asks_involvement(registration),
        asks_who=asks_who,
        asked=asked,
        question_passed_on=request.has_question,
    )
    outcome.answer(kind, request.sender, facts)


def seats_for(people: list[Person], size: int, sender: Sender, *, first_place: int) -> tuple[Seat, ...]:
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
