"""The clock's journey: what falls due without a mail, and the organisers' page.

Each is safe to ask for twice: promotion finds nothing more to do, and a digest's cause is unique.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from mailflow.core.decide import decide
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
from mailflow.core.requests import SetLimits, TimePassed
from mailflow.core.waitlist import waitlist, why_waiting
from mailflow.ports import Step, Store
from mailflow.record import Cause, Desk, carry_out
from mailflow.writing.digest_mail import alarm_mail, digest_mail
from mailflow.writing.spreadsheet import participants_xlsx


class OpeningStep(Step, Protocol):
    """A step at the opening of an office, when the event's file has been read."""

    def file_limits(self, capacity: int, held: int) -> None:
        """Remember what the file says now."""
        ...


class Archive(Store, Protocol):
    """The ledger, as far as the organisers' page looks into it (adapters/store.py)."""

    def step(self, event_id: str) -> AbstractContextManager[OpeningStep]:
        """One transaction on the event, that holds its lock."""
        ...

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

    def file_limits(self, event_id: str) -> tuple[int, int]:
        """Capacity and held as the event's file said when it was last read."""
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


def lapse(desk: Desk, store: Store, now: datetime, read_until: datetime | None = None) -> int:
    """What is due by the clock: what lapses, what is asked, promotion that was missed. How many mails
    follow. `read_until`: all mail that arrived before it has been handled; None: that is not known."""
    key = f"clock:{desk.event.id}:{now:%Y%m%dT%H%M%S}"
    with store.step(desk.event.id) as step:
        effects = decide(step.roster(), TimePassed(key, read_until), now)
        step.erase_pages(now)
        return len(carry_out(desk, step, effects, Cause(key, "clock"), now))


def adopt_limits(desk: Desk, store: Archive, now: datetime) -> bool:
    """A capacity or held seats edited in the event's file since it was last read are the organiser's
    order (rules: capacity). True if there was one.

    The order and what the file said are written in one step: a death between the two would give the same
    order again at the next start, over whatever a person ordered meanwhile.
    """
    event = desk.event
    if store.file_limits(event.id) == (event.capacity, event.held):
        return False
    was_capacity, was_held = store.file_limits(event.id)
    key = f"file:{event.id}:{now:%Y%m%dT%H%M%S}"
    order = SetLimits(
        key,
        capacity=event.capacity if event.capacity != was_capacity else None,
        held=event.held if event.held != was_held else None,
        by="the event's file",
    )
    with store.step(event.id) as step:
        carry_out(desk, step, decide(step.roster(), order, now), Cause(key, "organiser"), now)
        step.file_limits(event.capacity, event.held)
    return True


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
    why = why_waiting(roster, now)
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
        why_waiting=f"{why.free}:{why.needs}" if why and why.reason == "together" else "",
        in_doubt=tuple(store.in_doubt_mails(event_id, since=since)),
        troubles=tuple(store.troubles(event_id)),
    )


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
