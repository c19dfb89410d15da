"""Is all well? What `mailflow status` says of one event, from the roster and the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mailflow.core.digest import seat_counts
from mailflow.core.ledger import Bucket, LedgerCounts, Watermark
from mailflow.core.model import Roster

if TYPE_CHECKING:
    from mailflow.adapters.store import SqlStore
    from mailflow.config import EventSetup


def status_of(
    setup: EventSetup, roster: Roster, store: SqlStore | None, now: datetime, *, alarm_minutes: int
) -> dict[str, object]:
    """The row of `status --json`. `store` None: there is no ledger yet. `now` is aware."""
    event_id = setup.event.id
    counts = store.counts(event_id) if store else LedgerCounts()
    mark = store.watermark(event_id, setup.mailbox_name) if store else None
    # What the last poll found in the folder without a final row, and what was begun since: the greater,
    # because a message that failed is in both.
    unaccounted = max(mark.unaccounted if mark else 0, counts.pending)
    problems = [*_poll_problems(mark, now, alarm_minutes)]
    problems += [f"{t.what}: {t.text}" for t in (store.troubles(event_id) if store else ())]
    if unaccounted:
        problems.append(f"{unaccounted} mails without an end; the next poll tries them again")
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
