"""The seams of floor 3: what the journeys ask of mailbox and ledger, as small Protocols.

The adapters arrive as arguments; no journey imports one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from mailflow.core.effects import Review
from mailflow.core.envelope import Envelope
from mailflow.core.ledger import Bucket, Found, Handled, JournalLine, Slot, Watermark
from mailflow.core.model import Registration, Roster


class Mailbox(Protocol):
    """The IMAP folder, as this journey needs it (adapters/mailbox.py)."""

    name: str  # "user@host/INBOX": first part of the ledger's key

    def open(self, *, read_only: bool = False) -> int:
        """Connect, log in, select the folder; its UIDVALIDITY. Raises ServerUnreachable and its kin."""
        ...

    def newer_than(self, uid: int) -> list[Found]:
        """Every message with a UID above `uid`, with arrival and size, in any order."""
        ...

    def found(self, uids: Sequence[int]) -> list[Found]:
        """The same for these UIDs; those that are gone are missing."""
        ...

    def uids_newer_than(self, uid: int) -> set[int]:
        """The UIDs above `uid` that are in the folder now (one SEARCH, no fetch)."""
        ...

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The raw messages; a large one without its attachments' content. Those gone are missing."""
        ...

    def mark(self, uids: Iterable[int], bucket: Bucket) -> dict[int, str]:
        """Acknowledge: move to the handled folder (review folder for REVIEW and SET_ASIDE).

        Those the server refuses to move (quota, rights), and why: they stay where they are. A lost line
        raises ServerUnreachable."""
        ...

    def wait(self, seconds: float) -> bool:
        """IDLE: True as soon as something may have arrived, False after `seconds`. A hint only."""
        ...

    def close(self) -> None:
        """Log out; never raises."""
        ...


class Step(Protocol):
    """One transaction on one event: its row is locked first, then the roster is read (adapters/store.py)."""

    def roster(self) -> Roster:
        """The whole event as it stands in this transaction."""
        ...

    def savepoint(self) -> AbstractContextManager[object]:
        """What is written inside is undone alone if the block raises; the rest of the step stands."""
        ...

    def seen_before(self, message_id: str, content_hash: str) -> str | None:
        """The key of an earlier message with the same Message-ID and content (no Message-ID: the
        same content), or None."""
        ...

    def record(self, registration: Registration) -> None:
        """Write this registration and all its seats as they now stand."""
        ...

    def limits(self, capacity: int, held: int) -> None:
        """Set what is in force."""
        ...

    def queue(self, envelope: Envelope, because: str, at: datetime) -> bool:
        """Put a mail in the outbox; False if one of that cause is there already."""
        ...

    def review(self, item: Review, sender: str, because: str, at: datetime) -> None:
        """Put an item before the organisers."""
        ...

    def settle_about(self, ref: str, reason: str, at: datetime) -> None:
        """What stands before the organisers of that reason about that registration is dealt with."""
        ...

    def erase(self, contact: str, at: datetime) -> None:
        """Blank what the ledger keeps of that address in words: messages, mails that are sent, journal,
        reviews; of everybody, where it is "". Numbers and outcomes stay. A mail that is still on its way
        goes out first."""
        ...

    def erase_pages(self, at: datetime) -> int:
        """Blank the copies of pages that organisers have had for a day; how many."""
        ...

    def note(self, line: JournalLine) -> None:
        """Append to the journal."""
        ...

    def is_final(self, slot: Slot) -> bool:
        """True if that message has its final row already."""
        ...

    def finish(self, message: Handled, at: datetime) -> None:
        """The final row of a message: it will not be read again."""
        ...

    def answered(self, recipient: str, since: datetime) -> int:
        """How many mails were queued for that address (any case) since then."""
        ...

    def answered_domain(self, domain: str, since: datetime) -> int:
        """How many mails were queued for addresses of that domain (any case) since then."""
        ...

    def answered_so(self, recipient: str, kind: str, ref: str, since: datetime) -> int:
        """How many mails of that kind about that registration were queued for that address since then."""
        ...

    def answered_with(self, recipient: str, kinds: Sequence[str], since: datetime) -> int:
        """How many answers of these kinds were queued for that mailbox since then."""
        ...

    def said_before(self, envelope: Envelope, since: datetime) -> bool:
        """Whether a mail with the very same words was queued for the same address since then."""
        ...

    def invited_at(self, ref: str, now: datetime) -> datetime | None:
        """When our last invitation of that registration left; `now` if it has not yet, None if there is
        none."""
        ...

    def recipient_of(self, message_id: str) -> str:
        """To whom the mail of ours with that Message-ID went, "" if none has it."""
        ...

    def failing_since(self, recipient: str, since: datetime) -> datetime | None:
        """When the first report came, not before `since`, that mail to that address failed for now."""
        ...

    def given_up(self, recipient: str) -> bool:
        """Whether mail to that address came back for good, and it has not written since."""
        ...

    def writes_again(self, contact: str, at: datetime) -> None:
        """That address exists after all: settle the items that gave it up."""
        ...

    def status_mails(self, ref: str, since: datetime) -> int:
        """How many mails of kind `status` were queued for that registration since then."""
        ...


class Store(Protocol):
    """The ledger, as this journey needs it (adapters/store.py)."""

    def step(self, event_id: str) -> AbstractContextManager[Step]:
        """BEGIN IMMEDIATE, or SELECT ... FOR UPDATE on the event's row; commits at the end, rolls
        back if the block raises."""
        ...

    def turn(self, event_id: str) -> AbstractContextManager[bool]:
        """True inside while nobody else reads that event's mailbox; False where somebody does. No wait."""
        ...

    def watermark(self, event_id: str, mailbox: str) -> Watermark | None:
        """How far that mailbox has been read; None before the first poll."""
        ...

    def attempt(self, event_id: str, slots: Sequence[tuple[Slot, datetime]], at: datetime) -> dict[int, int]:
        """Count an attempt on each message, in a small commit of its own, before the work; uid -> all so
        far."""
        ...

    def take_back_attempt(self, event_id: str, slots: Sequence[Slot]) -> None:
        """The last attempt on these did not fail by their fault: it does not count."""
        ...

    def pending(self, event_id: str, mailbox: str, uidvalidity: int) -> dict[int, int]:
        """Messages tried and not finished: uid -> attempts."""
        ...

    def finished(self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """Which of these UIDs have a final row."""
        ...

    def unmarked(self, event_id: str, mailbox: str, uidvalidity: int) -> dict[int, Bucket]:
        """Finished messages that are not yet acknowledged on IMAP: uid -> bucket."""
        ...

    def marked(
        self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int], at: datetime
    ) -> None:
        """These are acknowledged."""
        ...

    def vanished(
        self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int], at: datetime
    ) -> None:
        """These pending messages are gone from the folder before they could be read: bucket
        `ignored`, reason `vanished`."""
        ...

    def renumbered(self, event_id: str, mailbox: str, uidvalidity: int, at: datetime) -> None:
        """That mailbox gives UIDs of this validity now: what is pending below another one is `vanished`."""
        ...

    def poll_ended(self, event_id: str, watermark: Watermark) -> None:
        """A poll succeeded: this is how far the mailbox is read."""
        ...
