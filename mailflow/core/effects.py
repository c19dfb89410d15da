"""Stop 5, what is wanted done: a few kinds of effect, carried out by the journeys in one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailflow.core.model import Registration, Seat


class ReplyKind(StrEnum):
    """The outcome a mail tells. Each has a template in every language."""

    CONFIRMED = "confirmed"  # the seats are given
    WAITLISTED = "waitlisted"  # on the list, position told
    PROMOTED = "promoted"  # a seat came free and is given
    CANCELLED = "cancelled"  # seats given up, what is left is said
    CHANGED = "changed"  # details or seats changed: old -> new
    STATUS = "status"  # nothing new: how the registration stands
    INCOMPLETE = "incomplete"  # "require": on the list until the involvement is stated
    PARTY = "party"  # a party above max_party: a person decides
    QUESTION = "question"  # a holding answer with the event's facts
    UNCLEAR = "unclear"  # one question back; nothing was changed
    NOT_FOUND = "not_found"  # a cancellation or change without a registration: nothing was changed
    EARLY = "early"  # before `opens`
    OVER = "over"  # the event is under way or over
    OFFERED = "offered"  # seats may be taken until a deadline; some of a party's, or all
    LAPSED = "lapsed"  # nobody answered the offer: back on the list, or off it
    RELEASING = "releasing"  # the calendar said no: the seat is given up in two hours unless a word keeps it
    DECLINE_DOUBTED = "decline_doubted"  # the calendar said no so soon that nobody can have meant it
    KEPT = "kept"  # it stays: kept by a word, or reconfirmed
    VERIFY = "verify"  # did you ask for this? nothing changes until the holder says yes
    HOLDER_ASKED = "holder_asked"  # to whoever asked in another's name: the holder is asked first
    TAKEN_OVER = "taken_over"  # to a substitute: you come in another's place
    HANDED_OVER = "handed_over"  # to the one replaced
    INVOLVEMENT = "involvement"  # the one reminder of the involvement that is missing
    RECONFIRM = "reconfirm"  # do you still come?
    REMINDER = "reminder"  # the day before
    STILL_WAITING = "still_waiting"  # signing up has closed, the list stands
    KNOWN = "known"  # what we know of you
    ERASED = "erased"  # what we knew of you is erased


@dataclass(frozen=True, slots=True)
class Change:
    """One detail, old -> new. `what`: organisation, involvement, projects, workshops, name, seats."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a template may say. `registration` is as it stands after the change."""

    registration: Registration | None = None
    position: int | None = None  # rank of the party on the waitlist from 1
    gained: tuple[Seat, ...] = ()  # confirmed by what caused this mail
    waiting: tuple[Seat, ...] = ()  # put on the waitlist by it
    lost: tuple[Seat, ...] = ()  # given up by it
    changes: tuple[Change, ...] = ()
    asks_involvement: bool = False  # this mail also asks how they are involved
    asks_who: bool = False  # a partial cancellation whose person is unclear, or "do the others still come?"
    question_passed_on: bool = False  # the mail also asked something; it went to the organisers
    first_answer: bool = False  # first mail to this address: says what is kept and for how long
    offered: tuple[Seat, ...] = ()  # offered by it, or standing offered
    kept: tuple[Seat, ...] = ()  # what stays with them
    until: datetime | None = None  # the deadline of the offer, the release or the question
    calendar: str = ""  # "request" or "cancel": the calendar part that goes along
    sequence: int = 0  # of that part (RFC 5546 section 2.1.4)
    wish: str = ""  # what the holder is asked about: cancel, refuse, substitute, forget
    coming: str = ""  # the person who comes in another's place
    leaving: str = ""  # the person whose place that was
    off_the_list: bool = False  # lapsed for the second time
    again: bool = False  # it was asked before
    asked: int = 0  # seats more that were asked for and not given, because a person decides
    free: int = 0  # seats free now
    by_hand: str = ""  # the organiser's order that this mail tells of: accept, waitlist, cancel, reject ...
    understood: str = ""  # what was understood, in the sender's words; cut at 300 characters

    @property
    def tells_of_a_seat(self) -> bool:
        """True for a first answer to seats asked for, and for seats gained or lost: such a mail is never
        held back by a cap (rules I11)."""
        handed_over = bool(self.coming and self.leaving)  # one's loss and the other's gain
        return handed_over or bool(self.gained or self.waiting or self.lost or self.offered or self.kept)


@dataclass(frozen=True, slots=True)
class Record:
    """This registration now stands so: all its columns and all its seats."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class Limits:
    """Capacity and held seats now in force."""

    capacity: int
    held: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell somebody. Rendered to its final bytes in the same transaction (rules I6)."""

    kind: ReplyKind
    to: str  # address as written
    name: str
    language: str
    facts: Facts = field(default_factory=Facts)
    ref: str = ""  # the registration's reference, if there is one
    in_reply_to: bool = (
        True  # answers the message at hand; else a mail of our own accord, on `facts.registration.thread`
    )


@dataclass(frozen=True, slots=True)
class Review:
    """A person must look. `reason` is one of a few fixed words, `words` the sender's own."""

    reason: str  # question, unclear, party, not_found, same_name, undeliverable, other_address, limit
    ref: str = ""
    words: str = ""
    about: str = ""  # the address it is about, where that is not the writer's


@dataclass(frozen=True, slots=True)
class Note:
    """One line of the journal: what happened to which registration."""

    what: str
    ref: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Erase:
    """Everything the ledger keeps of that contact goes, words and mails; of everybody, where it is "".
    Numbers stay. The registrations' own rows are erased by their `Record`."""

    contact: str


@dataclass(frozen=True, slots=True)
class Settle:
    """What waited for a person about that registration for that reason has been decided."""

    ref: str
    reason: str


Effect = Record | Limits | Reply | Review | Note | Erase | Settle
