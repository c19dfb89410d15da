"""Stop 6, what waits for a person: an item is settled, and with its last item the message too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.core.ledger import Bucket, Slot

_m = schema.message.c
_r = schema.review.c

# Reasons about a party or an address as such: a second open item would say nothing new.
ONCE = frozenset({"party", "same_name", "answers_capped", "undeliverable"})


def open_items(event_id: str, reason: str, ref: str, sender: str) -> sa.Select[Any]:
    """Counts the open items of that reason for that registration, or for that sender where there is none."""
    about = _r.ref == ref if ref else _r.sender == sender
    return sa.select(sa.func.count()).where(
        _r.event_id == event_id, _r.settled_at.is_(None), _r.reason == reason, about
    )


def numbers_about(conn: sa.Connection, event_id: str, ref: str, reason: str) -> list[int]:
    """The open items of that reason for that registration, by their numbers."""
    about = (_r.event_id == event_id, _r.settled_at.is_(None), _r.ref == ref, _r.reason == reason)
    return list(conn.execute(sa.select(_r.id).where(*about)).scalars())


def settle(conn: sa.Connection, event_id: str, item_id: int, at: datetime) -> bool:
    """Take the item off the list; False where it was not on it. The last item of a message settles the
    message: it waits for nobody any more and counts as handled."""
    open_items = (_r.event_id == event_id, _r.settled_at.is_(None))
    item = sa.update(schema.review).where(*open_items, _r.id == item_id).values(settled_at=at)
    done = conn.execute(item.returning(_r.because)).first()
    if done is None:
        return False
    slot = Slot.of(done.because)
    others = sa.select(sa.func.count()).where(*open_items, _r.because == done.because)
    if slot is not None and not conn.execute(others).scalar_one():
        conn.execute(
            sa.update(schema.message)
            .where(
                _m.event_id == event_id,
                _m.mailbox == slot.mailbox,
                _m.uidvalidity == slot.uidvalidity,
                _m.uid == slot.uid,
                _m.bucket == Bucket.REVIEW.value,
            )
            .values(bucket=Bucket.HANDLED.value)
        )
    return True
