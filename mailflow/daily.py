"""The organisers' journey: the page of the day, and the alarm when something does not work.

Each is safe to ask for twice: a digest's cause is unique, and so is an alarm's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from mailflow.core.digest import (
    Digest,
    DoubtfulMail,
    StandingTrouble,
    bars_by_project,
    bars_by_workshop,
    seat_counts,
)
from mailflow.core.envelope import Envelope
from mailflow.core.ledger import FailedMail, JournalLine, LedgerCounts, ReviewItem, Watermark
from mailflow.core.model import Event, InvolvementPolicy, Roster
from mailflow.core.privacy import kept_until
from mailflow.core.waitlist import waitlist, why_waiting
from mailflow.ports import Store
from mailflow.record import Desk
from mailflow.writing.digest_mail import alarm_mail, digest_mail
from mailflow.writing.spreadsheet import participants_xlsx


class Archive(Store, Protocol):
    """The ledger, as far as the organisers' page looks into it (adapters/store.py)."""

    def roster(self, event_id: str) -> Roster:
        """The whole event, read without a lock."""
        ...

    def counts(self, event_id: str) -> LedgerCounts:
        """What came of the mail seen."""
        ...

    def journal(
        self, event_id: str, since: datetime | None = None, ref: str | None = None
    ) -> list[JournalLine]:
        """Its lines since then, oldest first."""
        ...

    def reviews(self, event_id: str) -> list[ReviewItem]:
        """What waits for a person."""
        ...

    def failed_mails(self, event_id: str, since: datetime | None = None) -> list[FailedMail]:
        """Mails refused for good since then."""
        ...

    def last_digest_at(self, event_id: str) -> datetime | None:
        """When the last digest was queued."""
        ...

    def queued_causes(self, event_id: str, causes: Sequence[str]) -> set[str]:
        """Which of these causes have a mail in the outbox."""
        ...

    def in_doubt_mails(self, event_id: str, since: datetime | None = None) -> list[DoubtfulMail]:
        """Mails that go, or went since then, a second time."""
        ...

    def troubles(self, event_id: str) -> list[StandingTrouble]:
        """What stands in the way at this moment."""
        ...


@dataclass(frozen=True, slots=True)
class Health:
    """What only floor 4 knows of the mailbox at this moment."""

    unaccounted: int = 0
    watermark: Watermark | None = None


def gather_digest(store: Archive, event_id: str, day: date, now: datetime, health: Health) -> Digest:
    """All that the organisers' page of that day says."""
    since = store.last_digest_at(event_id)
    journal = tuple(store.journal(event_id, since=since))
    # By when it was recorded, not when it arrived: a mail that came before the last page and was read
    # after it stood on neither.
    registered = {line.ref for line in journal if line.what.startswith("registered")}
    roster = store.roster(event_id)
    policy = roster.event.involvement
    counts = seat_counts(roster)
    waiting = list(dict.fromkeys(party.registration.ref for party in waitlist(roster)))
    mark = health.watermark
    return Digest(
        day=day,
        now=now,
        since=since,
        roster=roster,
        confirmed=counts["confirmed"],
        offered=counts["offered"],
        waitlisted=counts["waitlisted"],
        cancelled=counts["cancelled"],
        new=tuple(r for r in roster.registrations if since is None or r.ref in registered),
        journal=journal,
        waitlist=tuple(r for ref in waiting if (r := roster.by_ref(ref))),
        review=tuple(store.reviews(event_id)),
        missing_involvement=tuple(
            r
            for r in roster.registrations
            if r.alive and not r.involvement and policy is not InvolvementPolicy.OFF
        ),
        failed=tuple(store.failed_mails(event_id, since=since)),
        counts=store.counts(event_id),
        unaccounted=health.unaccounted,
        last_good_poll=mark.ended_at if mark else None,
        by_project=bars_by_project(roster),
        by_workshop=bars_by_workshop(roster),
        why_waiting=why_waiting(roster, now),
        in_doubt=tuple(store.in_doubt_mails(event_id, since=since)),
        troubles=tuple(store.troubles(event_id)),
    )


def is_kept(event: Event, now: datetime) -> bool:
    """False once everything that a page could tell has been erased: then there are no pages any more."""
    return now < kept_until(event)


def digest_is_queued(event: Event, store: Archive, day: date) -> bool:
    """True if that day's digest is in the outbox for every organiser, or has left. Another day's, sent by
    hand today, is none."""
    causes = [_digest_cause(event, day, organiser) for organiser in event.organisers]
    return store.queued_causes(event.id, causes) >= set(causes)


def _digest_cause(event: Event, day: date, organiser: str) -> str:
    return f"digest:{event.id}:{day.isoformat()}:{organiser.casefold()}"


def queue_digest(desk: Desk, store: Archive, day: date, now: datetime, health: Health) -> int:
    """Put that day's digest in the outbox, one mail an organiser; how many were not there already.

    The cause is digest:EVENT:DATE:RECIPIENT, unique: asked for twice, by two processes, or after a
    restart, it is sent once.
    """
    event = desk.event
    digest = gather_digest(store, event.id, day, now, health)
    sheet = participants_xlsx(digest.roster)
    return _queue_once(
        desk,
        store,
        now,
        [
            digest_mail(
                digest,
                desk.templates,
                recipient=organiser,
                secret=desk.secret,
                cause=_digest_cause(event, day, organiser),
                envelope_from=desk.envelope_from,
                attachments=sheet,
            )
            for organiser in event.organisers
        ],
        "digest",
    )


def queue_alarm(desk: Desk, store: Store, what: str, since: datetime, now: datetime) -> int:
    """Tell the organisers, once a day for each trouble, that something has not worked since then."""
    event = desk.event
    mails = [
        alarm_mail(
            event,
            desk.templates,
            recipient=organiser,
            what=what,
            since=since,
            now=now,
            secret=desk.secret,
            cause=f"alarm:{event.id}:{what}:{now.date().isoformat()}:{organiser.casefold()}",
            envelope_from=desk.envelope_from,
        )
        for organiser in event.organisers
    ]
    return _queue_once(desk, store, now, mails, "alarm")


def _queue_once(desk: Desk, store: Store, now: datetime, mails: Iterable[Envelope], what: str) -> int:
    queued = 0
    with store.step(desk.event.id) as step:
        for envelope in mails:
            if step.queue(envelope, envelope.cause, now):
                step.note(JournalLine(now, "mailflow", f"{what} queued", because=envelope.cause))
                queued += 1
    return queued
