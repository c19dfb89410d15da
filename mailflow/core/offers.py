"""Stop 5, offers: seats held for a party until a deadline, and what becomes of them.

An offer is used once. The arrival of the answer counts, not when it was read; and nothing lapses
before all mail that arrived until then has been read (`clock.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailflow.core.effects import ReplyKind
from mailflow.core.matters import Offer, OfferState
from mailflow.core.model import Event, Registration, Seat, SeatState
from mailflow.core.outcome import Outcome
from mailflow.core.requests import Sender
from mailflow.core.waitlist import (
    NO_PROMOTION_BEFORE_START,
    Party,
    fits,
    free_numbers,
    left,
    may_be_seated,
    may_be_split,
    parties,
    seat_party,
    somebody_ahead,
    taken_back,
)

# (time to the start is more than, so long the offer stands); below the last: an hour
_STANDS = (
    (timedelta(days=7), timedelta(hours=48)),
    (timedelta(days=3), timedelta(hours=24)),
    (timedelta(hours=24), timedelta(hours=12)),
    (timedelta(hours=6), timedelta(hours=3)),
)
_SHORTEST = timedelta(hours=1)
_QUIET_FROM, _QUIET_TO, _MORNING = 22, 8, 10  # o'clock, in the event's zone
_NO_NIGHT_WITHIN = timedelta(hours=12)  # of the start: then the night counts too
PASSED_OFF_THE_LIST = 2  # offers in a row that nobody answered


def deadline(event: Event, now: datetime) -> datetime:
    """Until when an offer made now stands, UTC: by the time to the start, and not in the night."""
    time_left = left(event, now)
    stands = next((span for over, span in _STANDS if time_left > over), _SHORTEST)
    until = now.astimezone(UTC) + stands
    local = until.astimezone(ZoneInfo(event.timezone))
    if _QUIET_TO <= local.hour < _QUIET_FROM or time_left < _NO_NIGHT_WITHIN:
        return until
    day = local.date() + timedelta(days=1 if local.hour >= _QUIET_FROM else 0)
    morning = datetime(day.year, day.month, day.day, _MORNING, tzinfo=local.tzinfo).astimezone(UTC)
    return morning if morning < event.starts.astimezone(UTC) else until


def make(outcome: Outcome, party: Party, *, partial: bool) -> Registration:
    """Hold seats for the party, all it needs or as many as are free. The caller has seen that it may be.

    An offer that stands already for others of the same registration grows, and stands as long. Where it
    was for a part and all can come now, another takes its place: that they were asked in part stays known.
    """
    roster, now = outcome.roster, outcome.now
    numbers = free_numbers(roster, min(party.size, roster.free))
    held = tuple(
        seat.become(SeatState.OFFERED, now, number=number)
        for seat, number in zip(party.seats, numbers, strict=False)
    )
    places = tuple(s.place for s in held)
    registration = party.registration.with_seats(held)
    until, standing = deadline(roster.event, now), registration.offer
    if standing is not None and standing.partial and not partial and not _waits_in_part(registration):
        registration = registration.with_offer(replace(standing, state=OfferState.ENDED))
        until, places = max(standing.until, until), (*standing.places, *places)
        standing = None
    if standing is None:
        offer = Offer(len(registration.offers) + 1, now, until, places, partial)
    else:
        offer = replace(
            standing,
            until=max(standing.until, until),
            places=(*standing.places, *places),
            partial=standing.partial or partial,
        )
    registration = registration.with_offer(offer)
    outcome.record(registration)
    outcome.note(f"{len(held)} seat(s) offered" + (f" of {party.size}" if partial else ""), registration.ref)
    return registration


def _waits_in_part(registration: Registration) -> bool:
    """True while somebody waits of a party of which others are offered a seat."""
    offered = {(s.arrival, s.uid) for s in registration.offered}
    return any((s.arrival, s.uid) in offered for s in registration.waiting)


def offer_part(outcome: Outcome, ref: str) -> None:
    """At registration: as many seats as are free, if that is fewer than the party needs, nobody who fits
    stands before it, and it was never asked."""
    roster = outcome.roster
    registration = roster.by_ref(ref)
    if registration is None or left(roster.event, outcome.now) < NO_PROMOTION_BEFORE_START:
        return
    for party in parties(registration, roster.event.closes):
        free_for_it = may_be_seated(roster, party) and may_be_split(roster, party)
        if free_for_it and not somebody_ahead(roster, party):
            make(outcome, party, partial=True)
            return


def in_time(registration: Registration, sender: Sender, now: datetime) -> bool:
    """True if an offer stands open and that mail arrived before its deadline."""
    offer = registration.offer
    return offer is not None and min(sender.arrival, now) <= offer.until


def accept(
    outcome: Outcome, registration: Registration, wanted: int | None = None
) -> tuple[Registration, tuple[Seat, ...]]:
    """The offered seats are taken, the first `wanted` of them (None: all); the rest wait again. The
    registration, and the seats gained."""
    offer = registration.offer
    assert offer is not None, "the caller looked"  # noqa: S101 - for the type checker
    offered = registration.offered
    won = tuple(s.become(SeatState.CONFIRMED, outcome.now) for s in offered[:wanted])
    back = frozenset(s.place for s in offered) - {s.place for s in won}
    registration = taken_back(registration.with_seats(won), back, outcome.now)
    registration = registration.with_offer(replace(offer, state=OfferState.ACCEPTED))
    registration = replace(registration, passed=0)
    outcome.record(registration)
    outcome.note(f"took {len(won)} offered seat(s)", registration.ref)
    return registration, won


def refuse(outcome: Outcome, registration: Registration) -> tuple[Registration, tuple[Seat, ...]]:
    """A part refused: the party waits on, together, where it stood. The whole refused: it is off the list.
    The registration, and the seats given up."""
    offer = registration.offer
    assert offer is not None, "the caller looked"  # noqa: S101 - for the type checker
    offered = registration.offered
    lost: tuple[Seat, ...] = ()
    if offer.partial:
        registration = taken_back(registration, frozenset(s.place for s in offered), outcome.now)
    else:
        lost = tuple(s.become(SeatState.CANCELLED, outcome.now) for s in offered)
        registration = registration.with_seats(lost)
    registration = registration.with_offer(replace(offer, state=OfferState.DECLINED))
    outcome.record(registration)
    outcome.note("refused the offer" + (" of a part" if offer.partial else ""), registration.ref)
    return registration, lost


def close(registration: Registration, state: OfferState) -> Registration:
    """The registration with its open offer ended so, if no seat is offered any more; else as it was."""
    offer = registration.offer
    if offer is None or registration.offered:
        return registration
    return registration.with_offer(replace(offer, state=state))


def end(outcome: Outcome, registration: Registration) -> Registration:
    """The offer could not reach them: it ends, and does not count as passed."""
    offer = registration.offer
    if offer is None:
        return registration
    places = frozenset(s.place for s in registration.offered)
    registration = taken_back(registration, places, outcome.now)
    registration = registration.with_offer(replace(offer, state=OfferState.ENDED))
    outcome.record(registration)
    outcome.note("the offer ended: it could not be delivered", registration.ref)
    return registration


def lapse(outcome: Outcome, registration: Registration) -> None:
    """Nobody answered in time. A whole offer counts as passed, the second time the party is off the list;
    a part of a party's seats was more than it asked for, and costs it nothing."""
    offer = registration.offer
    assert offer is not None, "the caller looked"  # noqa: S101 - for the type checker
    offered = registration.offered
    passed = registration.passed + (0 if offer.partial else 1)
    off = passed >= PASSED_OFF_THE_LIST
    state = SeatState.REMOVED if off else SeatState.WAITLISTED
    registration = registration.with_seats(tuple(s.become(state, outcome.now) for s in offered))
    registration = replace(registration, passed=passed)
    registration = registration.with_offer(replace(offer, state=OfferState.LAPSED))
    outcome.record(registration)
    outcome.note("the offer lapsed" + (", off the list" if off else ""), registration.ref)
    lost = tuple(s for s in registration.seats if s.place in offer.places and not s.alive)
    facts = replace(outcome.facts(registration), lost=lost, off_the_list=off, until=offer.until)
    outcome.tell(ReplyKind.LAPSED, registration, facts)


def late_yes(outcome: Outcome, registration: Registration) -> tuple[Registration, tuple[Seat, ...]]:
    """A yes after the deadline: a seat that is free and promised to nobody, else the original place.

    The registration, and the seats gained; none where it waits where it stood before."""
    offer = registration.offer
    if offer is not None:  # no poll has told so yet, but its time is over
        places = frozenset(s.place for s in registration.offered)
        registration = taken_back(registration, places, outcome.now)
        registration = registration.with_offer(replace(offer, state=OfferState.LAPSED))
    elif registration.offers and not registration.offers[-1].partial:
        registration = replace(registration, passed=max(0, registration.passed - 1))
    outcome.record(registration)
    won: list[Seat] = []
    for party in parties(registration, outcome.roster.event.closes):
        current = replace(party, registration=outcome.roster.by_ref(registration.ref) or registration)
        before_the_start = outcome.now < outcome.roster.event.starts
        free_for_it = may_be_seated(outcome.roster, current) and fits(outcome.roster, party.size)
        if before_the_start and free_for_it and not somebody_ahead(outcome.roster, current):
            registration = seat_party(outcome.roster, current, outcome.now)
            outcome.record(registration)
            won += [s for s in registration.seats if s.place in party.places]
    return registration, tuple(won)


def answer_late(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """The answer to a yes after the deadline."""
    registration, won = late_yes(outcome, registration)
    outcome.note("a yes after the deadline: " + ("seated" if won else "waits as before"), registration.ref)
    facts = replace(
        outcome.facts(registration, sender),
        gained=won,
        waiting=registration.waiting,
        asks_involvement=outcome.asks_involvement(registration),
    )
    outcome.answer(ReplyKind.CONFIRMED if won else ReplyKind.WAITLISTED, sender, facts)


def answers_a_lapsed_one(registration: Registration, sender: Sender) -> bool:
    """True if that mail answers an offer of which the time is over, told or not."""
    kinds = (ReplyKind.OFFERED, ReplyKind.LAPSED)
    answered = sender.thread is not None and sender.thread.kind in kinds
    return registration.offer is not None or (answered and bool(registration.waiting))
