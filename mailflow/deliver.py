"""The journey out, stop 7: claim, send, settle.

One ordering carries the promise: the claim is committed before the mail is sent, the result is
committed right after the server's word. What is found `sending` later is in doubt and is sent
again with the same Message-ID.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from mailflow.core.envelope import Claimed, Envelope


class Courier(Protocol):
    """The SMTP connection, as this journey needs it (adapters/courier.py)."""

    def open(self) -> None:
        """Connect, secure, log in. Raises ServerUnreachable, LoginRefused."""
        ...

    def send(self, envelope: Envelope) -> str:
        """Hand over one mail; the server's last word. Raises DeliveryDeferred, DeliveryRefused."""
        ...

    def close(self) -> None:
        """Say QUIT; never raises."""
        ...


class Outbox(Protocol):
    """The outbox table, as this journey needs it (adapters/store.py). Each call is its own commit."""

    def claim(self, event_id: str, now: datetime) -> Claimed | None:
        """The oldest queued mail that is due: now in state `sending`, its attempt counted; None if none."""
        ...

    def settle_sent(self, mail_id: int, answer: str, at: datetime) -> None:
        """The server said 250."""
        ...

    def settle_deferred(self, mail_id: int, answer: str, not_before: datetime) -> None:
        """Again, not before then: back to `queued`."""
        ...

    def settle_failed(self, mail_id: int, answer: str, at: datetime) -> None:
        """Never again: `failed`, told in the digest."""
        ...

    def unclaim(self, mail_id: int) -> None:
        """It was not tried after all (no connection): back to `queued`, the attempt taken back."""
        ...

    def requeue_in_doubt(self, event_id: str, claimed_before: datetime) -> int:
        """What stands `sending` since then or longer goes back to `queued`, marked in doubt; how many."""
        ...

    def sent_since(self, event_id: str, since: datetime) -> int:
        """How many mails left since then."""
        ...
