"""Stop 5, what stands open between us and a party: an offer, a question, an entry in a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OfferState(StrEnum):
    """What became of an offer. It is used once: nothing leads back to `open`."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"  # nobody answered in time
    ENDED = "ended"  # it could not be delivered, or its seats were given, or given up, another way


@dataclass(frozen=True, slots=True)
class Offer:
    """Seats that a party may take until a deadline. `partial`: fewer than it asked for."""

    number: int  # from 1 within the registration
    made_at: datetime
    until: datetime
    places: tuple[int, ...]
    partial: bool = False
    state: OfferState = OfferState.OPEN


@dataclass(frozen=True, slots=True)
class Pending:
    """Something asked in a registration's name that its holder has not said yes to (rules: identity)."""

    what: str  # cancel, refuse (a part that is offered), substitute, forget
    asked_at: datetime
    until: datetime
    places: tuple[int, ...] = ()  # the seats that would be given up, or change hands
    coming: str = ""  # substitute: the name of who comes
    coming_email: str | None = None
    by: str = ""  # the address that asked, as written


@dataclass(frozen=True, slots=True)
class Invitation:
    """The party's entry in its holder's calendar (RFC 5546): the last REQUEST and the last REPLY to it."""

    sequence: int = -1  # of the last REQUEST or CANCEL; -1: none was ever sent
    sent_at: datetime | None = None  # the last REQUEST
    live: bool = False  # it stands in the calendar: not cancelled
    replied_sequence: int = -1
    replied_at: datetime | None = None  # DTSTAMP of the last REPLY that was heeded


NEVER_INVITED = Invitation()
