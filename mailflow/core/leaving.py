"""Stop 5, going out: seats given up. Giving up a seat is never refused (rules I4)."""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.contact import contact_key, same_person
from mailflow.core.details import who_is
from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.identity import belongs, holder, is_certain, named, verify
from mailflow.core.matters import OfferState
from mailflow.core.model import Registration, Seat, SeatState
from mailflow.core.offers import close
from mailflow.core.outcome import Outcome
from mailflow.core.requests import Cancel, Sender


def cancel(outcome: Outcome, request: Cancel) -> None:
    """Gives up seats: those of the people named, the writer's own, or all of them."""
    sender = request.sender
    registration = holder(outcome.roster, sender) or named(outcome.roster, request.people)
    if registration is None:
        not_found(outcome, sender, "wanted to cancel a registration that is not there")
        return
    lost = _who_leaves(registration, request)
    if lost is not None and _speaks_of_strangers(registration, request, lost):
        lost = None
    if lost is None:
        outcome.note("a cancellation of which the person is not clear", registration.ref, sender.words)
        outcome.review("unclear", sender, registration.ref)
        known = belongs(registration, sender)
        facts = outcome.facts(registration, sender) if known else Facts(understood=sender.words)
        outcome.answer(ReplyKind.UNCLEAR, sender, replace(facts, asks_who=known))
        return
    if not is_certain(outcome.roster, registration, sender):
        places = tuple(s.place for s in lost)
        verify(outcome, registration, sender, "cancel", places, question=request.has_question)
        return
    own_alone = len(lost) < len(registration.alive) and _speaks_of_self(request)
    release(outcome, registration, lost, sender, asks_who=own_alone, question=request.has_question)


def give_up(outcome: Outcome, registration: Registration, lost: tuple[Seat, ...]) -> Registration:
    """Those seats are cancelled, and what hangs on them ends: an offer, a question, a review for size."""
    gone = tuple(s.become(SeatState.CANCELLED, outcome.now) for s in lost)
    after = close(registration.with_seats(gone), OfferState.DECLINED)
    after = replace(after, pending=None)
    if len(after.alive) <= outcome.roster.event.max_party:
        after = replace(after, in_review=False)  # a party that is small enough needs nobody's decision
    outcome.record(after)
    return after


def release(
    outcome: Outcome,
    registration: Registration,
    lost: tuple[Seat, ...],
    sender: Sender,
    *,
    asks_who: bool = False,
    question: bool = False,
) -> None:
    """Those seats are given up, and the answer says so."""
    after = give_up(outcome, registration, lost)
    outcome.note(f"cancelled, {len(lost)} seat(s)", registration.ref, sender.words)
    if question:
        outcome.review("question", sender, registration.ref)
    places = {s.place for s in lost}
    facts = replace(
        outcome.facts(after, sender),
        lost=tuple(s for s in after.seats if s.place in places),
        asks_who=asks_who,
        question_passed_on=question,
    )
    outcome.answer(ReplyKind.CANCELLED, sender, facts)


def not_found(outcome: Outcome, sender: Sender, what: str) -> None:
    """Speaks of a registration that is not there: nothing changes, a person looks."""
    outcome.note(what, words=sender.words)
    outcome.review("not_found", sender)
    facts = Facts(question_passed_on=True, free=outcome.roster.free, understood=sender.words)
    outcome.answer(ReplyKind.NOT_FOUND, sender, facts)


def _speaks_of_self(request: Cancel) -> bool:
    """True if nobody else than the writer is named."""
    return all(same_person(p.name, request.sender.name) for p in request.people if p.name)


def _speaks_of_strangers(registration: Registration, request: Cancel, lost: tuple[Seat, ...]) -> bool:
    """True if somebody is said to come all the same who has no seat here or would lose it: "I can't, Tom
    can". Perhaps in the writer's place: a question is cheaper than a seat."""
    stay = tuple(s for s in registration.alive if s not in lost)
    return any(not who_is(name, stay) and not any(not s.name for s in stay) for name in request.stays)


def _who_leaves(registration: Registration, request: Cancel) -> tuple[Seat, ...] | None:
    """The seats given up, or None where it is not certain whose they are."""
    alive, wanted = registration.alive, request.seats
    names = [p.name for p in request.people if p.name]
    of_self = _speaks_of_self(request)
    if wanted is None and of_self and not any(not p.name for p in request.people):
        return _all_of(registration, request.sender)  # "we cannot come"
    found = [who_is(name, alive) for name in names]
    matched = tuple(dict.fromkeys(seats[0] for seats in found if len(seats) == 1))
    if names and len(matched) == len(names) and (wanted is None or wanted <= len(matched)):
        return matched
    if any(len(seats) > 1 for seats in found):  # "J. de Vries" where Jan and Janneke have a seat
        return None
    somebody = any(not p.name for p in request.people)  # "one of us", "Tom does not, I do": which one?
    if len(alive) == 1:
        return alive if (of_self and not somebody) or matched else None
    if wanted is not None and wanted >= len(alive):
        return alive
    if wanted == 1 and of_self and not somebody:
        own = who_is(request.sender.name or registration.name, alive)
        if len(own) == 1:
            return tuple(own)
    guests = tuple(s for s in alive if not s.name)
    if not names and wanted is not None and len(guests) >= wanted:  # unnamed guests are all alike
        return guests[-wanted:]
    return None


def _all_of(registration: Registration, sender: Sender) -> tuple[Seat, ...]:
    """The whole party; of a guest who writes from an address of their own, that guest."""
    if sender.contact != registration.contact:
        theirs = tuple(s for s in registration.alive if s.email and contact_key(s.email) == sender.contact)
        if theirs:
            return theirs
    return registration.alive
