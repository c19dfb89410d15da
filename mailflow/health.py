"""Is all well? What `mailflow status` says of one event, from the roster and the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mailflow.adapters.mailbox import ImapMailbox
from mailflow.core.digest import seat_counts
from mailflow.core.ledger import Bucket, LedgerCounts, Watermark
from mailflow.core.model import Roster
from mailflow.errors import MailflowError
from mailflow.office import MAILBOX_TROUBLE, mailbox_settings

if TYPE_CHECKING:
    from mailflow.adapters.store import SqlStore
    from mailflow.config import EventSetup


# `status` is a look, not a worker: a mailbox that does not answer by then is told of, not waited for.
PATIENCE_SECONDS = 10.0
REFUSED = ": login refused: "  # what the mailbox adapter says of a password that the server did not take


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in the folder at this moment and has no final row in the ledger.

    `overdue` are those among them that a good poll has passed by or that have failed before; the
    others have come since. `trouble`: why the folder could not be asked; then the last poll's count holds.
    """

    unaccounted: int
    overdue: int
    trouble: str = ""


def ask_folder(setup: EventSetup, store: SqlStore | None) -> Folder:
    """Counted, not assumed: the UIDs now in the folder against the ledger. Never raises for a server."""
    event_id = setup.event.id
    mark = store.watermark(event_id, setup.mailbox_name) if store else None
    pending = store.counts(event_id).pending if store else 0
    known = max(mark.unaccounted if mark else 0, pending)
    hold = _hold_back(setup, store)
    if hold:
        return Folder(known, known, hold)
    settings = replace(
        mailbox_settings(setup, max_message_bytes=0),
        connect_timeout=PATIENCE_SECONDS,
        command_timeout=PATIENCE_SECONDS,
        poll_deadline=3 * PATIENCE_SECONDS,
    )
    mailbox = ImapMailbox(settings)
    try:
        validity = mailbox.open(read_only=True)
        present = mailbox.uids_newer_than(0)
    except MailflowError as err:
        return Folder(known, known, str(err))
    finally:
        mailbox.close()
    if store is None:
        return Folder(len(present), 0)
    begun = store.pending(event_id, setup.mailbox_name, validity)
    missing = present - store.finished(event_id, setup.mailbox_name, validity, present)
    passed = {uid for uid in missing if mark and mark.uidvalidity == validity and uid <= mark.last_uid}
    # Begun and gone from the folder, or begun elsewhere (`ingest`): rows without a bucket all the same.
    elsewhere = pending - len(set(begun) & missing)
    return Folder(len(missing) + elsewhere, len(passed | (set(begun) & missing)) + elsewhere)


def _hold_back(setup: EventSetup, store: SqlStore | None) -> str:
    """Why the mailbox is not asked at all, or "". A monitor looks every minute, and so many refused logins
    lock the account: none is tried without a password, nor while the worker's own stands refused."""
    if setup.mailbox.user and not setup.mailbox.password.get_secret_value():
        return "not asked, for there is no password (MAILFLOW_MAILBOX__PASSWORD): counted at the last poll"
    troubles = store.troubles(setup.event.id) if store else []
    return next((t.text for t in troubles if t.what == MAILBOX_TROUBLE and REFUSED in t.text), "")


def status_of(
    setup: EventSetup, roster: Roster, store: SqlStore | None, now: datetime, *, alarm_minutes: int
) -> dict[str, object]:
    """The row of `status --json`. `store` None: there is no ledger yet. `now` is aware."""
    event_id = setup.event.id
    counts = store.counts(event_id) if store else LedgerCounts()
    mark = store.watermark(event_id, setup.mailbox_name) if store else None
    folder = ask_folder(setup, store)
    unaccounted = folder.unaccounted
    troubles = [f"{t.what}: {t.text}" for t in (store.troubles(event_id) if store else ())]
    problems = [*_poll_problems(mark, now, alarm_minutes), *troubles]
    if folder.trouble and not any(folder.trouble in line for line in troubles):
        problems.append(f"mailbox: {folder.trouble}")
    if folder.overdue:
        problems.append(f"{folder.overdue} mails without an end; the next poll tries them again")
    buckets = {bucket: counts.buckets.get(bucket, 0) for bucket in Bucket}
    polled = mark.ended_at if mark else None
    return {
        "event": event_id,
        "now": now.isoformat(),
        "capacity": roster.capacity,
        "held": roster.held,
        **seat_counts(roster),
        "free": roster.free,
        "over": roster.over,
        "mails": {
            "seen": sum(buckets.values()) + unaccounted,
            **{bucket.value: count for bucket, count in buckets.items()},
            "unaccounted": unaccounted,
        },
        "outbox": {
            "queued": counts.outbox.queued,
            "sending": counts.outbox.sending,
            "sent": counts.outbox.sent,
            "failed": counts.outbox.failed,
        },
        "last_good_poll": polled.isoformat() if polled else None,
        "healthy": not problems,
        "problems": problems,
    }


def _poll_problems(mark: Watermark | None, now: datetime, alarm_minutes: int) -> list[str]:
    if mark is None or mark.ended_at is None:
        return ["never polled: `mailflow poll` or `mailflow run` reads the mailbox"]
    late = now - mark.ended_at
    if late > timedelta(minutes=alarm_minutes):
        minutes = int(late.total_seconds() // 60)
        return [f"the last good poll was {minutes} minutes ago (alarm.mailbox_minutes = {alarm_minutes})"]
    return []
