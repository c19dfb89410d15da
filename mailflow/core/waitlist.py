"""Stop 5, the list: who stands where, which seat number is free, whose turn it is.

Two rules: no seat goes to a party while another that fits stands before it; a party is kept together.
The order is (late, passed, arrival, uid). Pure. All times are compared in UTC: an hour of the clock
that is put back or forward is no hour less or more to the start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mailflow.core.matters import OfferState
from mailflow.core.model import Event, InvolvementPolicy, Promotion, Registration, Roster, Seat, SeatState

AUTOMATIC_UNTIL = timedelta(hours=72)  # before the start; from then on people may have other plans: ask
NO_PROMOTION_BEFORE_START = timedelta(hours=3)  # after that a mail no longer reaches people in time


@dataclass(frozen=True, slots=True)
class Party:
    """Seats of one registration that arrived together, wait together and are seated together."""

    registration: Registration
    seats: tuple[Seat, ...]
    late: bool = False  # it arrived after the closing: an organiser admits it

    @property
    def size(self) -> int:
        """How many seats it needs."""
        return len(self.seats)

    @property
    def places(self) -> frozenset[int]:
        """The places of its seats in the registration."""
        return frozenset(s.place for s in self.seats)

    @property
    def rank(self) -> tuple[bool, int, datetime, int]:
        """What the order of the waitlist is made of."""
        return (self.late, self.registration.passed, self.seats[0].arrival, self.seats[0].uid)


class Way(StrEnum):
    """How a seat that is free reaches the waitlist."""

    GIVEN = "given"
    OFFERED = "offered"


def parties(registration: Registration, closes: datetime | None = None) -> list[Party]:
    """The waiting parties of one registration, in the order in which they arrived. Each is late by its
    own arrival: who was in time may ask for a late seat more."""
    groups: dict[tuple[datetime, int], list[Seat]] = {}
    for seat in registration.waiting:
        groups.setdefault((seat.arrival, seat.uid), []).append(seat)
    return [
        Party(
            registration, tuple(groups[key]), registration.late or (closes is not None and key[0] >= closes)
        )
        for key in sorted(groups)
    ]


def waitlist(roster: Roster) -> list[Party]:
    """Everybody who waits, in order. Those in review are not on the list: a person decides first."""
    waiting = [p for r in roster.registrations if not r.in_review for p in parties(r, roster.event.closes)]
    return sorted(waiting, key=lambda p: p.rank)


def may_be_seated(roster: Roster, party: Party) -> bool:
    """False for parties no machine seats: late, in review, owing their involvement under "require", or
    at an address that mail came back from."""
    registration = party.registration
    owes = roster.event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
    return not (party.late or registration.in_review or owes or registration.unreachable)


def fits(roster: Roster, size: int) -> bool:
    """True if so many seats are free."""
    return size <= roster.free


def somebody_ahead(roster: Roster, party: Party) -> bool:
    """True if a party that may be seated and fits stands before this one."""
    return any(
        p.rank < party.rank and fits(roster, p.size) and may_be_seated(roster, p)
        for p in waitlist(roster)
        if p.registration.ref != party.registration.ref
    )


def position(roster: Roster, ref: str) -> int | None:
    """The rank of that registration's first waiting party, from 1; None if it does not wait."""
    ranks = (n for n, p in enumerate(waitlist(roster), start=1) if p.registration.ref == ref)
    return next(ranks, None)


def free_numbers(roster: Roster, wanted: int) -> list[int]:
    """The lowest seat numbers up to the capacity that nobody holds, `wanted` of them."""
    used = {seat.number for _, seat in roster.seats() if seat.holds}
    return [n for n in range(1, roster.capacity + 1) if n not in used][:wanted]


def seat_party(roster: Roster, party: Party, now: datetime) -> Registration:
    """The party's registration with its seats confirmed and numbered. The caller has seen that it fits.

    Those of the same party that were offered meanwhile are theirs too: now all of them can come.
    """
    numbers = free_numbers(roster, party.size)
    given = tuple(
        seat.become(SeatState.CONFIRMED, now, number=number)
        for seat, number in zip(party.seats, numbers, strict=True)
    )
    registration = party.registration.with_seats(given)
    first, offer = party.seats[0], registration.offer
    if offer is None:
        return registration
    with_them = tuple(
        s.become(SeatState.CONFIRMED, now)
        for s in registration.offered
        if (s.arrival, s.uid) == (first.arrival, first.uid)
    )
    registration = registration.with_seats(with_them)
    still = tuple(s.place for s in registration.offered)
    if still:
        return registration.with_offer(replace(offer, places=still))
    return registration.with_offer(replace(offer, state=OfferState.ENDED))


def left(event: Event, now: datetime) -> timedelta:
    """The time to the start; below nought after it."""
    return event.starts.astimezone(UTC) - now.astimezone(UTC)


def way(event: Event, now: datetime) -> Way | None:
    """How a free seat reaches the waitlist at this moment; None: by nobody but an organiser."""
    time_left = left(event, now)
    if event.promotion is Promotion.MANUAL or time_left < NO_PROMOTION_BEFORE_START:
        return None
    if event.promotion is Promotion.OFFER:
        return Way.OFFERED
    early = event.promotion is Promotion.AUTO or time_left > AUTOMATIC_UNTIL
    return Way.GIVEN if early else Way.OFFERED


def next_promotion(roster: Roster, now: datetime) -> Party | None:
    """The party whose turn it is: the first in order that may be seated and fits; else None."""
    if way(roster.event, now) is None:
        return None
    return next((p for p in waitlist(roster) if may_be_seated(roster, p) and fits(roster, p.size)), None)


def head(roster: Roster) -> Party | None:
    """The first of the list that a machine may seat; None if there is none."""
    return next((p for p in waitlist(roster) if may_be_seated(roster, p)), None)


def may_be_split(roster: Roster, party: Party) -> bool:
    """True if some of its seats may be offered: fewer are free than it needs, and it was never asked."""
    asked = any(o.partial and party.places & set(o.places) for o in party.registration.offers)
    some = 0 < roster.free < party.size
    return some and not asked and not party.registration.together and party.registration.offer is None


@dataclass(frozen=True, slots=True)
class Idle:
    """Why seats are free and nobody was promoted. `reason`: manual, too_late, together, late, owes,
    unreachable."""

    reason: str
    free: int
    needs: int  # seats of the party that stands first
    ref: str  # that party


def why_waiting(roster: Roster, now: datetime) -> Idle | None:
    """Why somebody waits although seats are free; None where nobody does."""
    waiting = waitlist(roster)
    if roster.free == 0 or not waiting:
        return None
    if next_promotion(roster, now) is not None:
        return None  # the next poll seats it
    first = head(roster)
    if first is None:
        registration = waiting[0].registration
        reason = "late" if waiting[0].late else "unreachable" if registration.unreachable else "owes"
        return Idle(reason, roster.free, waiting[0].size, registration.ref)
    if way(roster.event, now) is None:
        reason = "manual" if roster.event.promotion is Promotion.MANUAL else "too_late"
    else:
        reason = "together"
    return Idle(reason, roster.free, first.size, first.registration.ref)


def taken_back(registration: Registration, places: frozenset[int], now: datetime) -> Registration:
    """That registration with those seats waiting again, where they waited before."""
    back = tuple(
        s.become(SeatState.WAITLISTED, now) for s in registration.seats if s.place in places and s.holds
    )
    return registration.with_seats(back)
