"""Stop 6, looking: what commands and the digest read. Readers take no lock and see one moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.column_types import UtcDateTime
from mailflow.adapters.database import Database
from mailflow.adapters.roster_rows import load_roster
from mailflow.adapters.statements import upsert
from mailflow.core.digest import DoubtfulMail, StandingTrouble
from mailflow.core.ledger import (
    Bucket,
    FailedMail,
    Handled,
    JournalLine,
    LedgerCounts,
    OutboxCounts,
    ReviewItem,
    Slot,
)
from mailflow.core.model import Event, Roster
from mailflow.errors import BadInput

_j, _m, _o, _t = schema.journal.c, schema.message.c, schema.outbox.c, schema.trouble.c


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail of ours as `show` tells it. `settled_at`: when it was sent, or failed for good."""

    id: int
    kind: str
    recipient: str
    state: str  # queued, sending, sent, failed
    queued_at: datetime
    settled_at: datetime | None
    message_id: str
    attempts: int
    in_doubt: bool
    answer: str  # the server's last word


class Looking:
    """What stands in the database, without changing it (standing troubles apart)."""

    database: Database
    _events: dict[str, Event]

    def roster(self, event_id: str) -> Roster:
        """The whole event as it stands. Before the first poll: empty, with the limits of the event's file.

        Raises BadInput where the event's file was not made known (`know`, `seed_event`).
        """
        event = self._events.get(event_id)
        if event is None:
            raise BadInput(f"event {event_id}: there is no file of that event in the configuration")
        with self.database.reading() as conn:
            row = conn.execute(sa.select(schema.event).where(schema.event.c.id == event_id)).first()
            return load_roster(conn, event, row)

    def counts(self, event_id: str) -> LedgerCounts:
        """What came of the mail seen, in one moment's counts."""
        reviews = schema.review.c
        with self.database.reading() as conn:
            rows = conn.execute(
                sa.select(_m.bucket, _m.reason, sa.func.count())
                .where(_m.event_id == event_id)
                .group_by(_m.bucket, _m.reason)
            ).all()
            found = conn.execute(
                sa.select(_o.state, sa.func.count().label("mails"))
                .where(_o.event_id == event_id)
                .group_by(_o.state)
            )
            mails = {row.state: row.mails for row in found}
            open_review = conn.execute(
                sa.select(sa.func.count()).where(reviews.event_id == event_id, reviews.settled_at.is_(None))
            ).scalar_one()
        buckets = dict.fromkeys(Bucket, 0)
        reasons: dict[str, int] = {}
        for bucket, reason, count in rows:
            if bucket is not None:
                buckets[Bucket(bucket)] += count
            if bucket == Bucket.IGNORED:
                reasons[reason] = count
        pending = sum(count for bucket, _, count in rows if bucket is None)
        return LedgerCounts(buckets, reasons, open_review, pending, OutboxCounts(**mails))

    def journal(
        self, event_id: str, since: datetime | None = None, ref: str | None = None
    ) -> list[JournalLine]:
        """The journal in order, from that moment on (included), of that registration."""
        wanted = [_j.event_id == event_id]
        if since is not None:
            wanted.append(_j.at >= since)
        if ref is not None:
            wanted.append(_j.ref == ref)
        rows = self._rows(sa.select(schema.journal).where(*wanted).order_by(_j.id))
        return [JournalLine(r.at, r.who, r.what, r.ref, r.because, r.words) for r in rows]

    def reviews(self, event_id: str) -> list[ReviewItem]:
        """What waits for a person, oldest first."""
        c = schema.review.c
        rows = self._rows(
            sa.select(schema.review).where(c.event_id == event_id, c.settled_at.is_(None)).order_by(c.id)
        )
        return [ReviewItem(r.id, r.made_at, r.reason, r.ref, r.words, r.sender, r.because) for r in rows]

    def failed_mails(self, event_id: str, since: datetime | None = None) -> list[FailedMail]:
        """Mails refused for good since then (included), in the order in which they failed."""
        wanted = [_o.event_id == event_id, _o.state == "failed", _o.recipient != ""]  # "": erased
        if since is not None:
            wanted.append(_o.settled_at >= since)
        columns = (_o.recipient, _o.kind, _o.ref, _o.answer, _o.settled_at)
        rows = self._rows(sa.select(*columns).where(*wanted).order_by(_o.settled_at, _o.id))
        return [FailedMail(*tuple(row)) for row in rows]

    def in_doubt_mails(self, event_id: str, since: datetime | None = None) -> list[DoubtfulMail]:
        """Mails that go, or went since then, a second time: the first time was in doubt. By the time they
        were last in hand, not queued: a mail queued yesterday may have come into doubt today."""
        wanted: list[sa.ColumnElement[bool]] = [_o.event_id == event_id, _o.in_doubt]
        if since is not None:
            wanted.append(sa.or_(_o.claimed_at >= since, _o.state.in_(("queued", "sending"))))
        at = sa.func.coalesce(_o.claimed_at, _o.queued_at, type_=UtcDateTime)
        rows = self._rows(sa.select(_o.recipient, _o.kind, _o.ref, at).where(*wanted).order_by(_o.id))
        return [DoubtfulMail(*tuple(row)) for row in rows]

    def mails_of(self, ref: str, event_id: str | None = None) -> list[SentMail]:
        """What was written to that registration, oldest first."""
        return self._mails(_o.ref == ref, *([_o.event_id == event_id] if event_id else []))

    def messages_of(self, ref: str, event_id: str | None = None) -> list[Handled]:
        """The finished messages that were about that registration, in order of arrival."""
        wanted = [_m.ref == ref, _m.bucket.is_not(None), *([_m.event_id == event_id] if event_id else [])]
        rows = self._rows(sa.select(schema.message).where(*wanted).order_by(_m.arrival, _m.uid))
        return [
            Handled(
                Slot(r.mailbox, r.uidvalidity, r.uid), r.arrival, Bucket(r.bucket), r.reason, r.message_id,
                r.content_hash, r.sender, r.subject, r.reading, r.ref,
            )
            for r in rows
        ]  # fmt: skip

    def final_rows(self, event_id: str, mailbox: str, uidvalidity: int) -> dict[int, Bucket]:
        """Every message of that mailbox that has ended: uid -> bucket."""
        rows = self._rows(
            sa.select(_m.uid, _m.bucket).where(
                _m.event_id == event_id,
                _m.mailbox == mailbox,
                _m.uidvalidity == uidvalidity,
                _m.bucket.is_not(None),
            )
        )
        return {r.uid: Bucket(r.bucket) for r in rows}

    def last_digest_at(self, event_id: str) -> datetime | None:
        """When the last digest was made; None before the first."""
        newest = sa.select(_o.queued_at).where(_o.event_id == event_id, _o.kind == "digest")
        rows = self._rows(newest.order_by(_o.queued_at.desc()).limit(1))
        return rows[0].queued_at if rows else None

    def queued_causes(self, event_id: str, causes: Sequence[str]) -> set[str]:
        """Which of these causes have a mail in the outbox, whatever came of it."""
        rows = self._rows(sa.select(_o.cause).where(_o.event_id == event_id, _o.cause.in_(causes)))
        return {r.cause for r in rows}

    def causes_of(self, event_id: str, kind: str) -> list[tuple[str, datetime]]:
        """Cause and moment of every mail of that kind, in the order in which they were queued."""
        wanted = sa.select(_o.cause, _o.queued_at).where(_o.event_id == event_id, _o.kind == kind)
        return [(row.cause, row.queued_at) for row in self._rows(wanted.order_by(_o.id))]

    def outbox_contents(self, event_id: str) -> Iterator[tuple[str, str, str, str, bytes]]:
        """Every mail of ours in the order in which it was queued: kind, recipient, Message-ID, state, bytes.

        Read a hundred at a time, each in a look of its own, so that a slow reader holds nothing open.
        """
        last = 0
        columns = (_o.id, _o.kind, _o.recipient, _o.message_id, _o.state, _o.content)
        query = sa.select(*columns).where(_o.event_id == event_id).order_by(_o.id).limit(100)
        while rows := self._rows(query.where(_o.id > last)):
            for row in rows:
                yield row.kind, row.recipient, row.message_id, row.state, bytes(row.content)
            last = rows[-1].id

    def troubles(self, event_id: str) -> list[StandingTrouble]:
        """The standing problems, by name."""
        rows = self._rows(sa.select(schema.trouble).where(_t.event_id == event_id).order_by(_t.what))
        return [StandingTrouble(r.what, r.text, r.since) for r in rows]

    def login_trouble(self, event_id: str) -> StandingTrouble | None:
        """The first standing problem that is about a login, or None."""
        return next((t for t in self.troubles(event_id) if "login" in t.what), None)

    def set_trouble(self, event_id: str, what: str, text: str, at: datetime) -> None:
        """This problem stands; where it stood before, its first moment is kept."""
        values: dict[str, Any] = {"event_id": event_id, "what": what, "text": text, "since": at}
        statement = upsert(
            self.database.dialect, schema.trouble, ("event_id", "what"), tuple(values), kept=("since",)
        )
        with self.database.writing() as conn:
            conn.execute(statement, values)

    def clear_trouble(self, event_id: str, what: str) -> bool:
        """This problem is gone; False where it did not stand."""
        with self.database.writing() as conn:
            gone = conn.execute(sa.delete(schema.trouble).where(_t.event_id == event_id, _t.what == what))
            return bool(gone.rowcount)

    def _mails(self, *wanted: Any) -> list[SentMail]:
        columns = (
            _o.id, _o.kind, _o.recipient, _o.state, _o.queued_at, _o.settled_at, _o.message_id, _o.attempts,
            _o.in_doubt, _o.answer,
        )  # fmt: skip
        return [
            SentMail(*tuple(row)) for row in self._rows(sa.select(*columns).where(*wanted).order_by(_o.id))
        ]

    def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self.database.reading() as conn:
            return list(conn.execute(query))
