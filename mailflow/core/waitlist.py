"""Stop 5, the list: who stands where, which seat number is free, who is promoted.

Two rules: no seat goes to a party while another that fits stands before it; a party is kept together.
The order is (late, passed, arrival, uid). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailflow.core.model import InvolvementPolicy, Promotion, Registration, Roster, Seat, SeatState

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
    def rank(self) -> tuple[bool, int, datetime, int]:
        """What the order of the waitlist is made of."""
        return (self.late, self.registration.passed, self.seats[0].arrival, self.seats[0].uid)


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
    """False for parties no machine seats: late, in review, owing their involvement under "require"."""
    registration = party.registration
    owes = roster.event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
    return not (party.late or registration.in_review or owes)


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


def seat_party(roster: Roster, party: Party) -> Registration:
    """The party's registration with its seats confirmed and numbered. The caller has seen that it fits."""
    numbers = free_numbers(roster, party.size)
    given = tuple(
        replace(seat, state=SeatState.CONFIRMED, number=number)
        for seat, number in zip(party.seats, numbers, strict=True)
    )
    return party.registration.with_seats(given)


def promotes_now(roster: Roster, now: datetime) -> bool:
    """True if a freed seat goes to the waitlist by itself at this moment."""
    if roster.event.promotion is Promotion.MANUAL:
        return False
    return now < roster.event.starts - NO_PROMOTION_BEFORE_START


def next_promotion(roster: Roster, now: datetime) -> Party | None:
    """The party that is seated next: the first in order that may be seated and fits; else None."""
    if not promotes_now(roster, now):
        return None
    return next((p for p in waitlist(roster) if may_be_seated(roster, p) and fits(roster, p.size)), None)


def why_waiting(roster: Roster, now: datetime) -> tuple[int, int] | None:
    """Where seats are free and the head of the list does not fit: (free seats, seats it needs); else None."""
    head = next((p for p in waitlist(roster) if may_be_seated(roster, p)), None)
    if head is None or roster.free == 0 or fits(roster, head.size) or not promotes_now(roster, now):
        return None
    return roster.free, head.size
