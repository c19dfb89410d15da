"""The journey out, stop 7: claim, send, settle.

One ordering carries the promise: the claim is committed before the mail is sent, the result is
committed right after the server's word. What is found `sending` later is in doubt and is sent
again with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mailflow.core.envelope import Claimed, Envelope
from mailflow.errors import DeliveryDeferred, DeliveryRefused, LoginRefused, ServerUnreachable

FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=4)
# A server that swallows a mail and never says so would get it every `in_doubt_minutes`, for ever,
# and so would the participant. After so many attempts it goes by the schedule of deferred mail.
DOUBTS = 3
# So many mails in a run deferred and none taken: that is the server, not the mails.
NOTHING_TAKEN = 3


class Courier(Protocol):
    """The SMTP connection, as this journey needs it (adapters/courier.py)."""

    def open(self) -> None:
        """Connect, secure, log in; nothing while the connection stands. Raises ServerUnreachable,
        LoginRefused; the former also when the line was lost too often in a row."""
        ...

    def send(self, envelope: Envelope) -> str:
        """Hand over one mail; the server's last word. Raises DeliveryDeferred, DeliveryRefused, and
        ServerUnreachable or LoginRefused where it will take no mail at all."""
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


@dataclass(frozen=True, slots=True)
class DeliverSettings:
    """`outbox.*`, `limits.answers_per_hour`, `smtp.per_minute` of the configuration; a limit of 0 is none."""

    in_doubt_minutes: int = 10
    give_up_hours: int = 72
    answers_per_hour: int = 600
    per_minute: int = 0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did. `trouble`: one line for a person where it could not go on, without personal data."""

    sent: int = 0
    deferred: int = 0  # again later
    failed: int = 0  # never again; the digest tells
    in_doubt: int = 0  # sent, and the server's word was lost: again with the same Message-ID
    requeued: int = 0  # found in doubt from an earlier run or crash, put back at the start of this one
    trouble: str | None = None
    login_refused: bool = False  # stop and alarm; asking again may lock the account

    @property
    def reached(self) -> bool:
        """True if the server was there: it was offered a mail, whatever it said to it."""
        return bool(self.sent or self.deferred or self.failed or self.in_doubt)


def deliver(
    outbox: Outbox,
    courier: Courier,
    event_id: str,
    *,
    now: Callable[[], datetime],
    settings: DeliverSettings,
    jitter: Callable[[], float],
    sleep: Callable[[float], object],
    stop: Callable[[], bool] = lambda: False,
) -> Delivered:
    """Send what is due of that event's outbox; stops early between two mails once `stop()`.

    `now` gives aware UTC times, `jitter` numbers from 0 to 1. `sleep` takes seconds and paces
    the mails (`per_minute`); it may come back sooner where the work is to end. A server
    that cannot be reached is no error here: it stands in `trouble`, nothing is penalised by it,
    and the next run tries at once.
    """
    sent = deferred = failed = in_doubt = 0
    trouble: str | None = None
    login_refused = False

    requeued = outbox.requeue_in_doubt(event_id, now() - timedelta(minutes=settings.in_doubt_minutes))
    try:
        while not stop():
            limit = settings.answers_per_hour
            if limit and outbox.sent_since(event_id, now() - timedelta(hours=1)) >= limit:
                trouble = f"{limit} mails left within the hour (limits.answers_per_hour): the rest waits"
                break

            # Claim. Committed before a byte leaves: whatever happens from here on, a crash too,
            # the mail is found `sending` and is known to be in doubt.
            mail = outbox.claim(event_id, now())
            if mail is None:
                break

            # Send, no transaction open meanwhile. Settle right after the server's word: the
            # shorter that moment, the fewer mails a crash sends twice.
            try:
                courier.open()  # nothing while the line stands: one connection carries the batch
                answer = courier.send(mail.envelope)
            except ServerUnreachable as down:  # it never got to this mail, so this mail pays nothing
                outbox.unclaim(mail.id)
                trouble, login_refused = str(down), isinstance(down, LoginRefused)
                break
            except DeliveryRefused as no:
                outbox.settle_failed(mail.id, no.answer, now())
                failed += 1
            except DeliveryDeferred as no:
                if no.in_doubt and mail.attempts <= DOUBTS:
                    # Not settled, on purpose: it stays `sending`, which says what is known of it.
                    # requeue_in_doubt takes it up in a later run and marks it for the digest.
                    in_doubt += 1
                elif (again_at := next_try(mail, now(), jitter(), settings, in_doubt=no.in_doubt)) is None:
                    outbox.settle_failed(mail.id, f"given up: {no.answer}", now())
                    failed += 1
                else:
                    outbox.settle_deferred(mail.id, no.answer, again_at)
                    deferred += 1
            else:
                outbox.settle_sent(mail.id, answer, now())
                sent += 1

            if settings.per_minute:  # after the mail, not before: no claim is ever held waiting
                sleep(60 / settings.per_minute)
    finally:
        courier.close()
    if trouble is None and not sent and deferred >= NOTHING_TAKEN:
        trouble = f"{deferred} mails offered, none taken; the server's last words stand in the outbox"
    return Delivered(sent, deferred, failed, in_doubt, requeued, trouble, login_refused)


def next_try(
    mail: Claimed, now: datetime, jitter: float, settings: DeliverSettings, *, in_doubt: bool = False
) -> datetime | None:
    """When a deferred mail is due again, or None to give up: 1 min after the first attempt,
    doubling to 4 h, the last one `give_up_hours` after the first.

    Up to a quarter is added by `jitter` (0..1), so that mails deferred together do not come back
    together, into the same limit of the same server.
    """
    give_up_at = (mail.first_tried_at or now) + timedelta(hours=settings.give_up_hours)
    if now >= give_up_at:
        return None
    delay = min(FIRST_DELAY * (1 << min(mail.attempts - 1, 20)), LONGEST_DELAY)
    if in_doubt:
        delay = max(delay, timedelta(minutes=settings.in_doubt_minutes))
    return min(now + delay * (1 + jitter / 4), give_up_at)
