"""Stops 1 and 6, the words: what is found, how it ended, what the digest counts.

Every message ends in exactly one bucket, and the buckets add up to the mailbox (rules I12).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Bucket(StrEnum):
    """Where a message ended."""

    HANDLED = "handled"  # acted on or answered
    IGNORED = "ignored"  # machine mail, thanks, chatter, copies: counted with its reason
    REVIEW = "review"  # recorded and answered, and a person must look
    SET_ASIDE = "set_aside"  # failed three times or cannot be read: a person must look


@dataclass(frozen=True, slots=True)
class Found:
    """A message as a listing shows it. `arrival`: INTERNALDATE (RFC 9051 section 2.3.3), aware."""

    uid: int
    arrival: datetime
    size: int  # octets, RFC822.SIZE


@dataclass(frozen=True, slots=True)
class Slot:
    """The place a message stands in: the ledger's key (rules I7)."""

    mailbox: str  # "user@host/INBOX", or "ingest"
    uidvalidity: int
    uid: int

    @property
    def key(self) -> str:
        """The key in one string, as causes and journal carry it."""
        return f"{self.mailbox}:{self.uidvalidity}:{self.uid}"

    @classmethod
    def of(cls, key: str) -> Slot | None:
        """The slot of that key; None for the key of something else (the clock, a command)."""
        mailbox, _, rest = key.rpartition(":")
        mailbox, _, validity = mailbox.rpartition(":")
        if not (mailbox and validity.isdecimal() and rest.isdecimal()):
            return None
        return cls(mailbox, int(validity), int(rest))


@dataclass(frozen=True, slots=True)
class Handled:
    """The final row of a message."""

    slot: Slot
    arrival: datetime
    bucket: Bucket
    reason: str  # one of a few fixed words where the bucket needs one: "auto_reply", "duplicate" ...
    message_id: str = ""
    content_hash: str = ""
    sender: str = ""  # address as a key
    subject: str = ""
    reading: str = "{}"  # what was understood, as JSON
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a mailbox has been read. Times of the last good poll, UTC."""

    mailbox: str
    uidvalidity: int
    last_uid: int
    began_at: datetime | None = None
    ended_at: datetime | None = None
    unaccounted: int = 0  # counted at the end of that poll


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Something a person must look at. `id` is its number in digest and commands."""

    id: int
    made_at: datetime
    reason: str
    ref: str = ""
    words: str = ""
    sender: str = ""
    slot: str = ""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the append-only journal."""

    at: datetime
    who: str  # participant, organiser, clock, mailflow
    what: str
    ref: str = ""
    because: str = ""  # key of the message that caused it
    words: str = ""


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many mails stand in each state of the outbox."""

    queued: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class FailedMail:
    """A mail that was refused for good, for the digest."""

    recipient: str
    kind: str
    ref: str
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LedgerCounts:
    """What came of the mail seen, in one moment's counts."""

    buckets: dict[Bucket, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)  # of the ignored
    open_review: int = 0  # review items not yet settled
    pending: int = 0  # ledger rows without a bucket
    outbox: OutboxCounts = OutboxCounts()

    @property
    def seen(self) -> int:
        """All messages in the ledger."""
        return sum(self.buckets.values()) + self.pending
