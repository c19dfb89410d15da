"""Stop 6, how a party stands, in the words of the templates: its state, why it waits, what stands open
with it and until when.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mailflow.core.effects import Reply, ReplyKind
from mailflow.core.matters import OfferState
from mailflow.core.model import Event, InvolvementPolicy, Promotion, Registration, Seat, SeatState


def standing(registration: Registration | None, held: int, offered: int, waiting: int) -> str:
    """none, review, held, waiting, offered (nothing is confirmed yet), or both (one is, another is not)."""
    if registration is None:
        return "none"
    if held:
        return "both" if offered or waiting else "held"
    if offered:
        return "offered"
    if registration.in_review:
        return "review"
    return "waiting" if waiting else "none"


def state(seat: Seat, registration: Registration) -> str:
    """The seat's state as its people know it: what a person decides about waits on no list."""
    waits = seat.state is SeatState.WAITLISTED
    return "review" if registration.in_review and waits else seat.state.value


def fresh(reply: Reply) -> tuple[Seat, ...]:
    """The seats that this mail put on the waitlist; where it put none there, those that wait."""
    facts = reply.facts
    return facts.waiting or (facts.registration.waiting if facts.registration else ())


def why_waiting(reply: Reply, event: Event) -> str:
    """Why those seats wait: late, owes (its involvement), by_hand or ahead (seats are free), together
    (some are, not enough), full."""
    registration, free, wanted = reply.facts.registration, reply.facts.free, fresh(reply)
    if registration is None:
        return ""
    # By the arrival of the mail, as the list is made: who was in time and was read later is not late.
    if registration.late or (event.closes and any(s.arrival >= event.closes for s in wanted)):
        return "late"
    if event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement:
        return "owes"
    if free >= len(wanted):
        return "by_hand" if event.promotion is Promotion.MANUAL else "ahead"
    return "together" if free else "full"


def deadline(reply: Reply) -> datetime | None:
    """Until when this mail's own question stands, or (an offer that lapsed) stood; None where it asks
    nothing that ends."""
    registration, until = reply.facts.registration, reply.facts.until
    if until is not None or registration is None:
        return until
    match reply.kind:
        case ReplyKind.OFFERED:
            return registration.offer.until if registration.offer else None
        case ReplyKind.RELEASING:
            return release_until(registration.seats)
        case ReplyKind.VERIFY:
            return registration.pending.until if registration.pending else None
        case ReplyKind.LAPSED:
            lapsed = [o.until for o in registration.offers if o.state is OfferState.LAPSED]
            return lapsed[-1] if lapsed else None
        case _:
            return None


def offer_until(reply: Reply, alive: Sequence[Seat]) -> datetime | None:
    """Until when the offer stands that the party has open; None if it has none."""
    registration = reply.facts.registration
    if registration is None or not any(s.state is SeatState.OFFERED for s in alive):
        return None
    if registration.offer is not None:
        return registration.offer.until
    return reply.facts.until if reply.kind is ReplyKind.OFFERED else None


def release_until(seats: Sequence[Seat]) -> datetime | None:
    """When the first of the seats goes that a calendar gave up; None if none does."""
    return min((s.until for s in seats if s.state is SeatState.RELEASE_PENDING and s.until), default=None)
