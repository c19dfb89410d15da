"""Stop 5, the organiser's hand on registrations: accept, waitlist, cancel, reject, substitute, add.

A person has decided, so the order of the list does not hold; what does hold is the limit, unless they
say to go past it, and that everybody concerned is told. All of it is journalled.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.contact import same_person
from mailflow.core.details import who_is
from mailflow.core.effects import Limits, ReplyKind, Settle
from mailflow.core.growing import offer_or_seat
from mailflow.core.leaving import give_up
from mailflow.core.matters import OfferState
from mailflow.core.model import Registration, Roster, Seat, SeatState
from mailflow.core.offers import close
from mailflow.core.outcome import Outcome, standing
from mailflow.core.registering import reference
from mailflow.core.requests import Accept, Add, ByHand, CallOff, PutOnList, Reject, Replace, Room
from mailflow.core.substitution import has_a_seat, replace_by_hand
from mailflow.core.waitlist import free_numbers


def by_hand(outcome: Outcome, order: ByHand) -> None:
    """Carry out that order; where `why_not` has something against it, only the journal shows it."""
    if against := why_not(outcome, order):
        outcome.note(f"an order was not carried out: {against}", getattr(order, "ref", ""))
        return
    if isinstance(order, Add):
        _add(outcome, order)
        return
    registration = outcome.roster.by_ref(order.ref)
    assert registration is not None, "why_not looked"  # noqa: S101 - for the type checker
    match order:
        case Accept():
            _accept(outcome, registration, order.room)
        case PutOnList():
            _put_on_list(outcome, registration)
        case CallOff():
            _call_off(outcome, registration, _called_off(registration, order.person))
        case Reject():
            _reject(outcome, registration)
        case Replace():
            outcome.note("somebody else comes on the same seat, by the organiser", registration.ref)
            replace_by_hand(outcome, registration, _leaving(registration, order)[0], order.coming)
    if isinstance(order, (Accept, PutOnList, CallOff, Reject)):
        outcome.effects.append(Settle(order.ref, "party"))


def why_not(outcome: Outcome, order: ByHand) -> str:
    """What stands against that order, and what would do instead; "" where nothing does."""
    roster = outcome.roster
    if outcome.now >= roster.event.ends:
        return "the event is over"
    if isinstance(order, Add):
        return _no_room(roster, 1, order.room)
    registration = roster.by_ref(order.ref)
    if registration is None or not registration.alive:
        return f"{order.ref} waits for nothing and holds nothing; `mailflow list` shows who does"
    held = [s for s in registration.held if s.state is not SeatState.OFFERED]
    match order:
        case Accept():
            if not registration.waiting and not registration.offered:
                return f"{order.ref} has all its seats already"
            return _no_room(roster, len(registration.waiting), order.room)
        case PutOnList():
            return "" if registration.in_review else f"{order.ref} is not in review; it stands as it is"
        case CallOff():
            found = _called_off(registration, order.person)
            return (
                "" if found else f"{order.ref} has not one person of that name; `mailflow show {order.ref}`"
            )
        case Reject():
            return f"{order.ref} holds seats; `mailflow cancel {order.ref}` takes them back" if held else ""
        case Replace():
            if len(_leaving(registration, order)) != 1:
                return f"whose seat of {order.ref}? say it with --leaving NAME"
            taken = has_a_seat(outcome, registration, order.coming)
            return "who is to come has a seat already, or speaks for a party of their own" if taken else ""


def _no_room(roster: Roster, wanted: int, room: Room) -> str:
    """Why so many seats cannot be given out of there."""
    if room is Room.HELD and wanted > roster.held:
        return f"{wanted} seats are needed and {roster.held} are held back"
    if room is Room.HELD and wanted and roster.over:
        return f"the house is over its limit by {roster.over}; --over goes further past it"
    if room is Room.FREE and wanted > roster.free:
        instead = "--held takes seats that are held back, --over goes past the limit"
        return f"{wanted} seats are needed and {roster.free} are free; {instead}"
    return ""


def _accept(outcome: Outcome, registration: Registration, room: Room) -> None:
    """All that is waited for and offered. Who waited is told like somebody promoted."""
    waited = not registration.in_review and not registration.late
    offered = tuple(s.become(SeatState.CONFIRMED, outcome.now) for s in registration.offered)
    given = _given(outcome, registration.waiting, room)
    after = close(registration.with_seats((*offered, *given)), OfferState.ENDED)
    after = replace(after, in_review=False, passed=0)
    outcome.record(after)
    outcome.note(f"accepted by the organiser, {len(given) + len(offered)} seat(s)" + _over(given), after.ref)
    kind = ReplyKind.PROMOTED if waited else ReplyKind.CONFIRMED
    _tell_gained(outcome, kind, after, (*offered, *given), "accept")


def _given(outcome: Outcome, seats: tuple[Seat, ...], room: Room) -> tuple[Seat, ...]:
    """These seats, confirmed and numbered; what is held back becomes less where they come out of it."""
    roster, wanted = outcome.roster, len(seats)
    if room is Room.HELD and wanted:
        outcome.limits(Limits(roster.capacity, roster.held - wanted))
        outcome.note(
            f"capacity {roster.capacity} -> {roster.capacity},"
            f" held {roster.held} -> {roster.held - wanted} by organiser"
        )
        roster = outcome.roster
    within = free_numbers(roster, min(wanted, roster.free))
    used = {seat.number for _, seat in roster.seats() if seat.holds}
    beyond = (
        n for n in range(roster.capacity + 1, roster.capacity + len(used) + wanted + 1) if n not in used
    )
    numbers = [*within, *(n for n, _ in zip(beyond, range(wanted - len(within)), strict=False))]
    return tuple(
        replace(
            seat.become(SeatState.CONFIRMED, outcome.now, number=number), override=number > roster.capacity
        )
        for seat, number in zip(seats, numbers, strict=True)
    )


def _over(given: tuple[Seat, ...]) -> str:
    beyond = sum(1 for s in given if s.override)
    return f", {beyond} of them past the limit" if beyond else ""


def _put_on_list(outcome: Outcome, registration: Registration) -> None:
    """Out of review; it may be its turn at once."""
    after = replace(registration, in_review=False)
    outcome.record(after)
    outcome.note("put on the waitlist by the organiser", after.ref)
    after = offer_or_seat(outcome, after)
    kind = standing(after)
    if kind is ReplyKind.CONFIRMED:
        _tell_gained(outcome, kind, after, after.held, "accept")
        return
    facts = replace(outcome.facts(after), waiting=after.waiting, offered=after.offered, by_hand="waitlist")
    outcome.tell(kind, after, facts)


def _call_off(outcome: Outcome, registration: Registration, lost: tuple[Seat, ...]) -> None:
    after = give_up(outcome, registration, lost)
    outcome.note(f"cancelled by the organiser, {len(lost)} seat(s)", after.ref)
    _tell_lost(outcome, after, lost, "cancel")


def _reject(outcome: Outcome, registration: Registration) -> None:
    """No seat and no place on the list; an offer that stood is withdrawn."""
    lost = registration.alive
    gone = tuple(s.become(SeatState.REMOVED, outcome.now) for s in lost)
    after = close(registration.with_seats(gone), OfferState.ENDED)
    outcome.record(replace(after, in_review=False, pending=None))
    outcome.note(f"rejected by the organiser, {len(lost)} seat(s)", registration.ref)
    _tell_lost(outcome, after, lost, "reject")


def _add(outcome: Outcome, order: Add) -> None:
    """A seat in that contact's party, or a new registration. Who is added is told by mail."""
    existing = outcome.roster.of_contact(order.contact)
    registration = existing or Registration(
        ref=reference(outcome.roster, order.contact, order.key),
        contact=order.contact,
        address=order.address,
        name=order.name,
        language=order.language,
        arrival=order.arrival,
        uid=0,
    )
    place = len(registration.seats) + 1
    seat = Seat(place, order.name, SeatState.WAITLISTED, order.arrival, 0)
    given = _given(outcome, (seat,), order.room)
    registration = registration.with_seats(given)
    outcome.record(registration)
    outcome.note("added by the organiser, 1 seat(s)" + _over(given), registration.ref)
    _tell_gained(outcome, ReplyKind.CONFIRMED, registration, given, "add")


def _tell_gained(
    outcome: Outcome, kind: ReplyKind, registration: Registration, gained: tuple[Seat, ...], order: str
) -> None:
    asks = outcome.asks_involvement(registration)
    if asks and registration.involvement_asked_at is None:
        registration = replace(registration, involvement_asked_at=outcome.now)
        outcome.record(registration)
    facts = outcome.facts(registration)
    facts = replace(facts, gained=gained, asks_involvement=asks, by_hand=order)
    outcome.tell(kind, registration, facts)


def _tell_lost(outcome: Outcome, registration: Registration, lost: tuple[Seat, ...], order: str) -> None:
    places = {s.place for s in lost}
    facts = outcome.facts(registration)
    assert facts.registration is not None, "it was recorded"  # noqa: S101 - for the type checker
    gone = tuple(s for s in facts.registration.seats if s.place in places)
    outcome.tell(ReplyKind.CANCELLED, registration, replace(facts, lost=gone, by_hand=order))


def _called_off(registration: Registration, person: str) -> tuple[Seat, ...]:
    """The seats that go: everybody's, or the one person's of that name; none where that is not one."""
    if not person:
        return registration.alive
    found = tuple(who_is(person, registration.alive))
    return found if len(found) == 1 else ()


def _leaving(registration: Registration, order: Replace) -> tuple[Seat, ...]:
    """The seat whose person changes, where it is certain."""
    if order.leaving:
        return tuple(s for s in registration.alive if same_person(s.name, order.leaving))
    return registration.alive
