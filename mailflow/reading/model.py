"""Stops 2 to 4, their words: Mail (what was sent), Verdict (may it be answered), Reading (what it says)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from mailflow.core.model import Person


class Kind(StrEnum):
    """Who wrote: a person, or which sort of machine."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"  # out-of-office, vacation
    BOUNCE = "bounce"  # every delivery status mail: failed, delayed or delivered
    LIST = "list"  # through a list or newsletter
    OTHER_MACHINE = "other_machine"  # MDN, ARF, DMARC and TLS reports, notifications


class Intent(StrEnum):
    """What the mail wants."""

    REGISTER = "register"
    CANCEL = "cancel"
    CHANGE = "change"
    QUESTION = "question"
    AUTO_REPLY = "auto_reply"  # also read receipts, ticket receipts, challenge-response
    BOUNCE = "bounce"
    OTHER = "other"
    UNCLEAR = "unclear"


class Asked(StrEnum):
    """Which of our mails is answered, as far as the mail itself shows."""

    NOTHING = ""
    INVITATION = "invitation"
    CONFIRMATION = "confirmation"
    WAITLIST = "waitlist"
    OFFER = "offer"
    INVOLVEMENT = "ask_involvement"
    NUMBER = "ask_number"
    REMINDER = "reminder"


class PrivacyWish(StrEnum):
    """What is asked about what we keep of the writer."""

    NONE = ""
    KNOWN = "known"  # what it is
    FORGET = "forget"  # to have it erased


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A text that is nothing but one: yes, no, wait, stay, cancel or number. What it means is known by the
    mail of ours that it answers."""

    says: str
    seats: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a header. `name` decoded, "" if there is none; `email` as written."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One message, decoded. Nothing in it holds NUL, surrogates, bidi or control characters.

    `headers` holds every field in order, names case-folded, values unfolded and decoded.
    """

    headers: tuple[tuple[str, str], ...] = ()
    sender: Address | None = None  # From; None if missing, several or unparsable
    from_addresses: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    recipients: tuple[Address, ...] = ()  # To and Cc together
    subject: str = ""
    message_id: str = ""  # with angle brackets, "" if missing
    in_reply_to: str = ""
    references: str = ""
    text: str = ""  # the whole body text chosen: text/plain, else HTML as text; lines ended by \n
    html: str = ""  # the HTML part where there is one, decoded
    from_html: bool = False  # `text` was made from HTML
    content_type: str = "text/plain"  # of the whole message, lower case, without parameters
    part_types: tuple[str, ...] = ()  # of every part, in order, lower case
    report_type: str = ""  # of multipart/report
    attachments: int = 0
    calendar: str = ""  # text of the text/calendar part with method=REPLY
    delivery_status: str = ""  # text of the message/delivery-status part
    returned: str = ""  # header fields of the returned message (message/rfc822 or text/rfc822-headers)
    content_hash: str = ""  # SHA-256 over From, Date, Subject and body text, hexadecimal
    error: str | None = None  # what was wrong with it, for a person

    def all(self, name: str) -> list[str]:
        """The values of every field of that name (any case)."""
        wanted = name.casefold()
        return [value for key, value in self.headers if key == wanted]

    def first(self, name: str) -> str:
        """The value of the first field of that name, or ""."""
        return next(iter(self.all(name)), "")

    def answer_to(self) -> Address | None:
        """Whom an answer goes to: the Reply-To where usable, else the From."""
        return next((a for a in self.reply_to if "@" in a.email), self.sender)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's word, from the mail alone. `reason`: why it is not answered, None where it may be."""

    kind: Kind
    may_auto_answer: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ours:
    """What the gate knows of ourselves: to recognise own mail, own list, trusted headers."""

    address: str = ""
    own_list_id: str = ""
    trusted_authserv_id: str = ""

    @property
    def domain(self) -> str:
        """The domain of our address: that of our Message-IDs too."""
        return self.address.rpartition("@")[2].casefold()


@dataclass(frozen=True, slots=True)
class Parts:
    """A body taken apart. `new` is what the sender typed, without quote and signature."""

    new: str
    quoted: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iTIP REPLY's content (RFC 5546 section 3.2.3)."""

    partstat: str  # in capitals
    attendee: str = ""  # address, as a key
    attendee_name: str = ""
    uid: str = ""
    sequence: int = 0
    stamped: str = ""  # DTSTAMP, ISO 8601 UTC
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of one mail; `mailflow parse --json` prints it."""

    kind: Kind = Kind.HUMAN
    intent: Intent = Intent.UNCLEAR
    confidence: float = 0.0  # 0..1
    language: str | None = None  # nl, en, de, fr or None
    seats: int | None = 0
    more: int = 0  # so many are said to come on top of those who came already
    together: bool = False  # all of the party or none of it
    total: bool = False  # `seats` is said to be the total of the party
    people: tuple[Person, ...] = ()
    stays: tuple[str, ...] = ()  # where others leave: who is said to come all the same
    replaces: tuple[str, ...] | None = None  # a substitution: who leaves (empty: not named); None: none
    organisation: str | None = None
    involvement: str | None = None
    projects: tuple[str, ...] = ()
    workshops: dict[int, str | None] = field(default_factory=dict)
    has_question: bool = False
    may_auto_answer: bool = False
    reason: str | None = None  # why it is not answered, or why unclear
    answers: str | None = None  # "yes", "no" or None
    asked: Asked = Asked.NOTHING  # which of our mails it answers
    short: ShortAnswer | None = None
    privacy: PrivacyWish = PrivacyWish.NONE
    words: str = ""  # the deciding words, at most 300 characters
    question: str = ""  # the words a person has to answer, at most 300 characters
    writer: str = ""  # the writer's name, first name first, from header, signature and text
    reply_text: str = ""
    decoded: str = ""
    error: str | None = None
    calendar: Calendar | None = None
    failed_recipient: str = ""  # of a bounce
    failed_message_id: str = ""
    failed_permanently: bool = False
    arrived: frozenset[str] = frozenset()  # addresses that a report says our mail reached
