"""Stop 5, what is asked: a closed union, matched in `decide` and closed by `assert_never`.

A request says what the mail says. Meaning that hangs on the roster ("ja graag" accepts only if
something is open) is given by `decide`, not here and not by the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailflow.core.model import Person
from mailflow.core.thread import Thread


class Proof(StrEnum):
    """What shows that the sender is who the From says (rules: identity)."""

    TOKEN = "token"  # noqa: S105 - a name: our HMAC came back in In-Reply-To or References
    AUTHENTICATED = "authenticated"  # the trusted server's Authentication-Results say so
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, when it arrived, and below which of our mails."""

    key: str  # the message's key in the ledger, unique: "imap:INBOX:uidvalidity:uid" or "ingest:hash"
    contact: str  # the address as a key
    address: str  # the address to answer to
    name: str  # from the display name or the signature; may be empty
    language: str | None  # what the mail is written in
    arrival: datetime
    uid: int
    words: str = ""  # the deciding words, at most 300 characters, for journal and digest
    question: str = ""  # the words a person has to answer, likewise
    message_id: str = ""
    thread: Thread | None = None
    proof: Proof = Proof.NONE


@dataclass(frozen=True, slots=True)
class Register:
    """Wants `seats` seats. `total`: the number is said to be the total of the party; `more`: so many are
    said to come on top of those who have a seat."""

    sender: Sender
    seats: int
    people: tuple[Person, ...] = ()
    total: bool = False
    organisation: str | None = None
    involvement: str | None = None
    projects: tuple[str, ...] = ()
    workshops: tuple[tuple[int, str], ...] = ()
    has_question: bool = False
    together: bool = False  # all of the party or none
    more: int = 0


@dataclass(frozen=True, slots=True)
class Amend:
    """Touches a registration without ending it: `seats` more seats (0 if none), or details."""

    sender: Sender
    seats: int = 0
    people: tuple[Person, ...] = ()
    organisation: str | None = None
    involvement: str | None = None
    projects: tuple[str, ...] = ()
    workshops: tuple[tuple[int, str], ...] = ()
    has_question: bool = False
    together: bool = False  # all of the party or none


@dataclass(frozen=True, slots=True)
class Cancel:
    """Gives up `seats` seats (None: no number said), those of `people` if named; `stays` still come."""

    sender: Sender
    seats: int | None = None
    people: tuple[Person, ...] = ()
    has_question: bool = False
    stays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Substitute:
    """`coming` takes the place of `leaving` (empty: not named)."""

    sender: Sender
    coming: tuple[Person, ...]
    leaving: tuple[str, ...] = ()
    organisation: str | None = None
    involvement: str | None = None
    has_question: bool = False


@dataclass(frozen=True, slots=True)
class Affirm:
    """A bare yes, or a number: of the seats offered, or of those who still come. What it says yes to is
    known by roster and thread."""

    sender: Sender
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class Negate:
    """A bare no. `together`: to a part, for all of the party or none are to come."""

    sender: Sender
    together: bool = False


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """An iTIP REPLY (RFC 5546 section 3.2.3). `partstat` in capitals: ACCEPTED, DECLINED, TENTATIVE ..."""

    sender: Sender
    partstat: str
    attendee: str = ""
    uid: str = ""
    sequence: int = 0
    stamped_at: datetime | None = None
    comment: str = ""
    attendee_name: str = ""
    ref: str = ""  # the registration whose UID of ours it carries, "" if it carries none
    invited_at: datetime | None = None  # when our last invitation left, as far as the ledger knows


@dataclass(frozen=True, slots=True)
class Enquire:
    """Asks something that a person has to answer, and takes no seat."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Unclear:
    """Written by a person, but what it wants could not be told. `reason`: why, for a person to read."""

    sender: Sender
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskKnown:
    """Wants to know what is kept of them (rules: privacy)."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Forget:
    """Wants what is kept of them erased, and so gives up every seat."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Chatter:
    """Thanks and the like: asks nothing of the registration. Counted, not answered."""

    sender: Sender


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """A delivery report says that our mail of that Message-ID did not reach `recipient`."""

    sender: Sender
    recipient: str  # a key; once looked up, the address that we wrote to
    message_id: str
    permanent: bool
    failing_since: datetime | None = None  # the first report that it failed for now
    arrived: frozenset[str] = frozenset()  # where the report says that it was delivered all the same


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The clock asks: is anything due? `key` names the tick and makes the answers' causes unique.

    `read_until`: all mail that arrived before it has been read and handled. No deadline passes beyond it
    (rules: the watermark); None: nobody knows, and nothing expires.
    """

    key: str
    read_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetLimits:
    """The organiser's hand: a new capacity or number of held seats (None: as it was)."""

    key: str
    capacity: int | None = None
    held: int | None = None
    by: str = "organiser"


class Room(StrEnum):
    """Where the seats come from that an organiser gives."""

    FREE = "free"  # what is free; where that is not enough, the order is not carried out
    HELD = "held"  # out of the seats that are kept back
    OVER = "over"  # what is free, and past the limit for the rest


@dataclass(frozen=True, slots=True)
class Accept:
    """The organiser's hand: all that this party waits for, was offered or is in review for is given to it,
    past the order of the list."""

    key: str
    ref: str
    room: Room = Room.FREE


@dataclass(frozen=True, slots=True)
class PutOnList:
    """The organiser's hand: a party in review goes on the waitlist, where its arrival puts it."""

    key: str
    ref: str


@dataclass(frozen=True, slots=True)
class CallOff:
    """The organiser's hand: a party, or one person of it, gives up what it has."""

    key: str
    ref: str
    person: str = ""  # "": everybody


@dataclass(frozen=True, slots=True)
class Reject:
    """The organiser's hand: a party that holds nothing gets no seat, and waits no more."""

    key: str
    ref: str


@dataclass(frozen=True, slots=True)
class Replace:
    """The organiser's hand: `coming` on the seat of `leaving` ("": the only one)."""

    key: str
    ref: str
    coming: Person
    leaving: str = ""


@dataclass(frozen=True, slots=True)
class Add:
    """The organiser's hand: a seat for somebody who did not write."""

    key: str
    address: str
    contact: str  # the same as a key
    name: str
    language: str
    arrival: datetime
    room: Room = Room.FREE


ByHand = Accept | PutOnList | CallOff | Reject | Replace | Add
FromMail = (
    Register | Amend | Cancel | Substitute | Affirm | Negate | CalendarReply | Enquire | Unclear
    | Chatter | Undeliverable | AskKnown | Forget
)  # fmt: skip
Request = FromMail | TimePassed | SetLimits | ByHand
