"""Stop 7, the outbox table: claim, send, settle; each call is its own commit.

The claim is committed before the mail is sent, the result right after the server's word. What is
found `sending` later may have left: it goes again with the same Message-ID, and the digest says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.column_types import UtcDateTime
from mailflow.adapters.database import Database
from mailflow.adapters.erase import BLANK, MARKED
from mailflow.core.envelope import Claimed, Envelope
from mailflow.errors import InvariantBroken

_o = schema.outbox.c

# Several processes may claim at once: each takes the oldest that no other has in hand.
_NEXT = (
    sa.select(schema.outbox)
    .where(
        _o.event_id == sa.bindparam("event"),
        _o.state == sa.literal_column("'queued'"),  # literal, so that the partial index serves
        sa.or_(_o.not_before.is_(None), _o.not_before <= sa.bindparam("now", type_=UtcDateTime)),
    )
    .order_by(_o.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class OutboxTable:
    """The `Outbox` of deliver.py."""

    database: Database
    blanked = False  # somebody was forgotten since the file was last rewritten

    def claim(self, event_id: str, now: datetime) -> Claimed | None:
        """The oldest queued mail that is due: now in state `sending`, its attempt counted; None if none."""
        with self.database.writing() as conn:
            row = conn.execute(_NEXT, {"event": event_id, "now": now}).first()
            if row is None:
                return None
            conn.execute(
                sa.update(schema.outbox)
                .where(_o.id == row.id)
                .values(
                    state="sending",
                    attempts=_o.attempts + 1,
                    claimed_at=now,
                    first_tried_at=sa.func.coalesce(_o.first_tried_at, sa.literal(now, UtcDateTime)),
                )
            )
        envelope = Envelope(
            cause=row.cause,
            kind=row.kind,
            sender=row.sender,
            recipient=row.recipient,
            message_id=row.message_id,
            content=bytes(row.content),
            ref=row.ref,
        )
        return Claimed(row.id, envelope, row.attempts + 1, row.first_tried_at)

    def settle_sent(self, mail_id: int, answer: str, at: datetime) -> None:
        """The server said 250."""
        self._settle(mail_id, state="sent", answer=answer, settled_at=at)

    def settle_deferred(self, mail_id: int, answer: str, not_before: datetime) -> None:
        """Again, not before then: back to `queued`."""
        self._settle(mail_id, state="queued", answer=answer, not_before=not_before)

    def settle_failed(self, mail_id: int, answer: str, at: datetime) -> None:
        """Never again: `failed`, told in the digest."""
        self._settle(mail_id, state="failed", answer=answer, settled_at=at)

    def unclaim(self, mail_id: int) -> None:
        """It was not tried after all (no connection): back to `queued`, the attempt taken back."""
        first_was_this = sa.case((_o.attempts <= 1, sa.null()), else_=_o.first_tried_at)
        self._settle(mail_id, state="queued", attempts=_o.attempts - 1, first_tried_at=first_was_this)

    def requeue_in_doubt(self, event_id: str, claimed_before: datetime) -> int:
        """What stands `sending` since then or longer goes back to `queued`, marked in doubt; how many."""
        with self.database.writing() as conn:
            return conn.execute(
                sa.update(schema.outbox)
                .where(
                    _o.event_id == event_id,
                    _o.state == sa.literal_column("'sending'"),
                    _o.claimed_at <= claimed_before,
                )
                .values(state="queued", in_doubt=True, not_before=None)
            ).rowcount

    def requeue_failed(self, event_id: str, mail_id: int) -> bool:
        """A mail that had failed is tried again, by a person's wish; False where it had not failed."""
        with self.database.writing() as conn:
            return bool(
                conn.execute(
                    sa.update(schema.outbox)
                    .where(
                        _o.event_id == event_id,
                        _o.id == mail_id,
                        _o.state == "failed",
                        sa.func.length(_o.content) > 0,  # erased: there is nothing left to send
                    )
                    .values(state="queued", settled_at=None, not_before=None, attempts=0, first_tried_at=None)
                ).rowcount
            )

    def sent_since(self, event_id: str, since: datetime) -> int:
        """How many mails left since then."""
        with self.database.reading() as conn:
            return conn.execute(
                sa.select(sa.func.count()).where(
                    _o.event_id == event_id, _o.settled_at >= since, _o.state == "sent"
                )
            ).scalar_one()

    def _settle(self, mail_id: int, **values: Any) -> None:
        """A mail in hand gets its result. One settled meanwhile as sent (it was in doubt, and another
        process sent it again) stays sent: the word that it arrived is never taken back."""
        with self.database.writing() as conn:
            settled = sa.update(schema.outbox).where(_o.id == mail_id, _o.state == "sending").values(**values)
            if not conn.execute(settled).rowcount:
                row = conn.execute(sa.select(_o.state).where(_o.id == mail_id)).first()
                if row is None:
                    raise InvariantBroken(f"outbox: there is no mail {mail_id} to settle")
                if values["state"] != "sent" or row.state == "sent":
                    return
                conn.execute(sa.update(schema.outbox).where(_o.id == mail_id).values(**values))
            if "settled_at" in values:  # the last word to somebody who was forgotten meanwhile
                gone = sa.update(schema.outbox).where(_o.id == mail_id, MARKED).values(**BLANK)
                self.blanked = bool(conn.execute(gone).rowcount) or self.blanked
