"""The journey in, stops 1 to 6: gather, decide, apply; then acknowledge on IMAP.

One ordering carries the promise: record, then acknowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from mailflow.core.ledger import Bucket, Found


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

    def mark(self, uids: Iterable[int], bucket: Bucket) -> None:
        """Acknowledge: move to the handled folder (review folder for REVIEW and SET_ASIDE)."""
        ...

    def wait(self, seconds: float) -> bool:
        """IDLE: True as soon as something may have arrived, False after `seconds`. A hint only."""
        ...

    def close(self) -> None:
        """Log out; never raises."""
        ...
