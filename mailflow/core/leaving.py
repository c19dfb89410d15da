"""Stop 5, going out: seats given up, a person replaced. Giving up a seat is never refused (rules I4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailflow.core.contact import same_person
from mailflow.core.details import who_is
from mailflow.core.effects import Change, Facts, ReplyKind
from mailflow.core.model import Registration, Seat, SeatState
from mailflow.core.outcome import Outcome
from mailflow.core.registering import holder
from mailflow.core.requests import CalendarReply, Cancel, Sender, Substitute


def cancel(outcome: Outcome, request: Cancel, now: datetime) -> None:
    """Gives up seats: those of the people named, the writer's own, or all of them."""
    sender = request.sender
    registration = holder(outcome.roster, sender)
    if registration is None:
        _not_found(outcome, sender, "wanted to cancel a registration that is not there")
        return
    if not _speaks_for(registration, sender):
        outcome.note("a cancellation from another address: a person decides", registration.ref, sender.words)
        outcome.review("other_address", sender, registration.ref)
        facts = Facts(registration=registration, question_passed_on=True, understood=sender.words)
        outcome.answer(ReplyKind.UNCLEAR, sender, facts)
        return
    lost = _who_leaves(registration, request)
    if lost is None:
        outcome.note("a cancellation of which the person is not clear", registration.ref, sender.words)
        outcome.review("unclear", sender, registration.ref)
        facts = Facts(registration=registration, position=outcome.rank(registration), asks_who=True)
        outcome.answer(ReplyKind.UNCLEAR, sender, replace(facts, understood=sender.words))
        return
    own_alone = len(lost) < len(registration.alive) and _speaks_of_self(request)
    _release(outcome, registration, lost, sender, asks_who=own_alone, question=request.has_question)


def decline(outcome: Outcome, reply: CalendarReply, registration: Registration, now: datetime) -> None:
    """An iTIP DECLINED stands for its one attendee: that person's seat is given up."""
    attendee = reply.attendee or reply.sender.contact
    seats = [s for s in registration.alive if s.email and s.email.casefold() == attendee]
    if not seats and attendee == registration.contact:
        own = [s for s in registration.alive if same_person(s.name, registration.name)]
        seats = own or list(registration.alive[:1])
    if not seats:
        outcome.note("a calendar decline for somebody without a seat", registration.ref)
        return
    sender = replace(reply.sender, words=reply.comment or reply.sender.words)
    rest = len(seats) < len(registration.alive)
    _release(outcome, registration, tuple(seats[:1]), sender, asks_who=rest, question=False)


def substitute(outcome: Outcome, request: Substitute, now: datetime) -> None:
    """The seat stays, the person changes; nothing is released, and the old row becomes `substituted`."""
    sender = request.sender
    registration = holder(outcome.roster, sender)
    if registration is None:
        _not_found(outcome, sender, "wanted to replace somebody in a registration that is not there")
        return
    leaving = _leaving(registration, request)
    # Who has a seat already cannot take another's too.
    fresh = len(request.coming) == 1 and not who_is(request.coming[0].name, registration.alive)
    certain = leaving is not None and fresh and _speaks_for(registration, sender)
    if leaving is None or not certain or outcome.roster.event.substitution != "free":
        outcome.note("a replacement that a person must look at", registration.ref, sender.words)
        outcome.review("unclear", sender, registration.ref)
        facts = Facts(registration=registration, position=outcome.rank(registration), question_passed_on=True)
        outcome.answer(ReplyKind.UNCLEAR, sender, replace(facts, understood=sender.words))
        return
    coming = request.coming[0]
    place = max(s.place for s in registration.seats) + 1
    gone = replace(leaving, state=SeatState.SUBSTITUTED, number=None)
    newcomer = replace(leaving, place=place, name=coming.name, email=coming.email)
    changes = [Change("name", leaving.name, coming.name)]
    after = registration.with_seats((gone, newcomer))
    if request.organisation and request.organisation != registration.organisation:
        changes.append(Change("organisation", registration.organisation or "", request.organisation))
        after = replace(after, organisation=request.organisation)
    if request.involvement and request.involvement != registration.involvement:
        changes.append(Change("involvement", registration.involvement or "", request.involvement))
        after = replace(after, involvement=request.involvement)
    outcome.record(after)
    outcome.note("somebody else comes on the same seat", registration.ref, sender.words)
    if request.has_question:
        outcome.review("question", sender, registration.ref)
    facts = Facts(
        registration=after,
        position=outcome.rank(after),
        changes=tuple(changes),
        asks_involvement=outcome.asks_involvement(after),
        question_passed_on=request.has_question,
        free=outcome.roster.free,
        understood=sender.words,
    )
    outcome.answer(ReplyKind.CHANGED, sender, facts)


def _release(
    outcome: Outcome,
    registration: Registration,
    lost: tuple[Seat, ...],
    sender: Sender,
    *,
    asks_who: bool,
    question: bool,
) -> None:
    gone = tuple(replace(s, state=SeatState.CANCELLED, number=None) for s in lost)
    after = registration.with_seats(gone)
    if len(after.alive) <= outcome.roster.event.max_party:
        after = replace(after, in_review=False)  # a party that is small enough needs nobody's decision
    outcome.record(after)
    outcome.note(f"cancelled, {len(gone)} seat(s)", registration.ref, sender.words)
    if question:
        outcome.review("question", sender, registration.ref)
    facts = Facts(
        registration=after,
        position=outcome.rank(after),
        lost=gone,
        asks_who=asks_who,
        question_passed_on=question,
        free=outcome.roster.free,
        understood=sender.words,
    )
    outcome.answer(ReplyKind.CANCELLED, sender, facts)


def _speaks_of_self(request: Cancel) -> bool:
    """True if nobody else than the writer is named."""
    return all(same_person(p.name, request.sender.name) for p in request.people if p.name)


def _who_leaves(registration: Registration, request: Cancel) -> tuple[Seat, ...] | None:
    """The seats given up, or None where it is not certain whose they are."""
    alive = registration.alive
    named = [p.name for p in request.people if p.name]
    found = [who_is(name, alive) for name in named]
    wanted = request.seats
    matched = tuple(dict.fromkeys(seats[0] for seats in found if len(seats) == 1))
    if named and len(matched) == len(named) and (wanted is None or wanted <= len(matched)):
        return matched
    if any(len(seats) > 1 for seats in found):  # "J. de Vries" where Jan and Janneke have a seat
        return None
    of_self = _speaks_of_self(request)
    if len(alive) == 1:
        return alive if of_self or matched else None
    if wanted is None or wanted >= len(alive):
        return alive if of_self or wanted is not None else None
    if wanted == 1 and of_self:
        own = who_is(request.sender.name or registration.name, alive)
        if len(own) == 1:
            return tuple(own)
    guests = tuple(s for s in alive if not s.name)
    if not named and len(guests) >= wanted:  # unnamed guests are all alike
        return guests[-wanted:]
    return None


def _leaving(registration: Registration, request: Substitute) -> Seat | None:
    alive = registration.alive
    if request.leaving:
        named = [s for s in alive if any(same_person(s.name, n) for n in request.leaving)]
        return named[0] if len(named) == 1 else None
    if len(alive) == 1:
        return alive[0]
    own = [s for s in alive if same_person(s.name, request.sender.name)]
    return own[0] if len(own) == 1 else None


def _speaks_for(registration: Registration, sender: Sender) -> bool:
    """True if the mail comes from the contact or from a person of that registration."""
    people = {s.email.casefold() for s in registration.alive if s.email}
    return sender.contact == registration.contact or sender.contact in people


def _not_found(outcome: Outcome, sender: Sender, what: str) -> None:
    outcome.note(what, words=sender.words)
    outcome.review("not_found", sender)
    facts = Facts(question_passed_on=True, free=outcome.roster.free, understood=sender.words)
    outcome.answer(ReplyKind.NOT_FOUND, sender, facts)
