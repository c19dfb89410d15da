"""Stop 5, what is kept of somebody: told and erased on request (rules: privacy)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.core.contact import contact_key
from mailflow.core.effects import Erase, Facts, ReplyKind
from mailflow.core.identity import holder, is_certain, verify
from mailflow.core.leaving import give_up
from mailflow.core.matters import NEVER_INVITED
from mailflow.core.model import Event, Registration, Seat
from mailflow.core.outcome import Outcome
from mailflow.core.requests import AskKnown, Forget, Sender


def ask_known(outcome: Outcome, request: AskKnown) -> None:
    """What is kept of the address that the answer goes to, and of nobody else."""
    sender = request.sender
    own = outcome.roster.of_contact(sender.contact) or _last_of(outcome, sender)
    outcome.note("asked what is kept", own.ref if own else "")
    outcome.answer(ReplyKind.KNOWN, sender, outcome.facts(own, sender))


def forget(outcome: Outcome, request: Forget) -> None:
    """Everything of that address is erased, and its seats given up; where it holds seats, once it is
    certain that its holder asks."""
    sender = request.sender
    registration = holder(outcome.roster, sender) or _last_of(outcome, sender)
    if registration is None:
        outcome.effects.append(Erase(sender.contact))
        outcome.note("asked to be forgotten")
        outcome.answer(ReplyKind.ERASED, sender, Facts())
    elif registration.alive and not is_certain(outcome.roster, registration, sender):
        verify(outcome, registration, sender, "forget", tuple(s.place for s in registration.alive))
    elif registration.contact != sender.contact:
        # A guest of somebody else's party: an organiser takes out what is theirs and keeps the rest.
        outcome.note("a guest asked to be forgotten", registration.ref)
        outcome.review("forget", sender, registration.ref)
        outcome.answer(ReplyKind.UNCLEAR, sender, Facts(question_passed_on=True))
    else:
        erase(outcome, registration, sender)


def erase(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """Give up its seats, say so, and erase every registration of that contact."""
    contact = registration.contact
    after = give_up(outcome, registration, registration.alive)
    outcome.note("erased on request", registration.ref)
    lost = _same(after, registration.alive)
    outcome.answer(ReplyKind.ERASED, sender, Facts(registration=after, lost=lost))
    for each in outcome.roster.registrations:
        if each.contact == contact:
            outcome.record(erased(each))
    outcome.effects.append(Erase(contact))


def forget_by_hand(outcome: Outcome, contact: str) -> None:
    """An organiser's hand: every registration of that contact gives up its seats and is erased, and so is
    what stands in that address's name in the parties of others. Who gave up a seat is told."""
    for registration in outcome.roster.registrations:
        if registration.contact == contact:
            after = give_up(outcome, registration, registration.alive)
            outcome.note("erased by hand", registration.ref)
            if lost := _same(after, registration.alive):
                outcome.tell(ReplyKind.ERASED, after, Facts(registration=after, lost=lost))
            outcome.record(erased(outcome.roster.by_ref(registration.ref) or after))
        else:
            _forget_guest(outcome, registration, contact)
    outcome.effects.append(Erase(contact))


def _forget_guest(outcome: Outcome, registration: Registration, contact: str) -> None:
    """The seats under that address in somebody else's party: given up, and nobody's."""
    theirs = tuple(s for s in registration.seats if s.email and contact_key(s.email) == contact)
    if not theirs:
        return
    after = registration
    if leaving := tuple(s for s in theirs if s.alive):
        after = give_up(outcome, registration, leaving)
    after = after.with_seats(tuple(replace(s, name="", email=None) for s in _same(after, theirs)))
    outcome.record(after)
    outcome.note(f"a guest erased by hand, {len(leaving)} seat(s) given up", registration.ref)
    if lost := _same(after, leaving):
        outcome.tell(ReplyKind.CANCELLED, after, replace(outcome.facts(after), lost=lost))


def _same(registration: Registration, seats: tuple[Seat, ...]) -> tuple[Seat, ...]:
    """These seats as they stand in that registration now."""
    places = {s.place for s in seats}
    return tuple(s for s in registration.seats if s.place in places)


def erased(registration: Registration) -> Registration:
    """That registration without anything that tells whose it is; its seats are counted still."""
    seats = tuple(replace(s, name="", email=None) for s in registration.seats)
    return replace(
        registration,
        contact="",
        address="",
        name="",
        organisation=None,
        involvement=None,
        thread="",
        pending=None,
        invitation=NEVER_INVITED,
        seats=seats,
    )


def kept_until(event: Event) -> datetime:
    """From when on nothing is kept that tells who took part, UTC."""
    return event.ends.astimezone(UTC) + timedelta(days=event.retention_days)


def is_erased(registration: Registration) -> bool:
    """True once it tells nobody's name."""
    return not registration.contact and not registration.address


def _last_of(outcome: Outcome, sender: Sender) -> Registration | None:
    """The last registration of that contact that has ended."""
    own = [r for r in outcome.roster.registrations if r.contact == sender.contact]
    return own[-1] if own else None
