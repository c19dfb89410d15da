"""What was answered to whom: what the caps against a talk of two machines count (rules: loops)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.engine import house_errors
from mailflow.adapters.reviews import settle
from mailflow.core.contact import contact_key
from mailflow.core.envelope import Envelope, words_of
from mailflow.core.ledger import Slot
from mailflow.core.outcome import INVITES
from mailflow.core.unreachable import FAILED_FOR_NOW, GAVE_UP

_m, _o, _j, _r = schema.message.c, schema.outbox.c, schema.journal.c, schema.review.c


class Answered:
    """The part of a step that looks into the outbox."""

    _conn: sa.Connection
    _event_id: str

    def answered(self, recipient: str, since: datetime) -> int:
        """How many answers were queued for that mailbox since then: any case, whatever tag stands behind a
        "+". What the clock or an organiser's hand sent answers nobody and is not counted."""
        return len(self._answers(since, self._same_mailbox(recipient)))

    def answered_domain(self, domain: str, since: datetime) -> int:
        """How many answers were queued for addresses of that domain (any case) since then."""
        at = _o.recipient_key.endswith(f"@{domain.casefold()}", autoescape=True)
        return len(self._answers(since, at))

    def answered_so(self, recipient: str, kind: str, ref: str, since: datetime) -> int:
        """How many answers of that kind about that registration were queued for that mailbox since then."""
        same = (self._same_mailbox(recipient), _o.kind == kind, _o.ref == ref)
        return len(self._answers(since, *same))

    def answered_with(self, recipient: str, kinds: Sequence[str], since: datetime) -> int:
        """How many answers of these kinds were queued for that mailbox since then."""
        return len(self._answers(since, self._same_mailbox(recipient), _o.kind.in_(kinds)))

    def _answers(self, since: datetime, *where: sa.ColumnElement[bool]) -> list[str]:
        """The causes of the mails queued since then because of a message that came in."""
        asked = sa.select(_o.because).where(_o.event_id == self._event_id, _o.queued_at >= since, *where)
        with house_errors(self._conn.engine.url):
            causes = self._conn.execute(asked).scalars().all()
        return [cause for cause in causes if Slot.of(cause) is not None]

    def _same_mailbox(self, address: str) -> sa.ColumnElement[bool]:
        key = address.strip().casefold()
        local, _, domain = key.rpartition("@")
        bare = local.partition("+")[0]
        if not bare:
            return _o.recipient_key == key
        tagged = sa.and_(
            _o.recipient_key.startswith(f"{bare}+", autoescape=True),
            _o.recipient_key.endswith(f"@{domain}", autoescape=True),
        )
        return sa.or_(_o.recipient_key == f"{bare}@{domain}", tagged)

    def said_before(self, envelope: Envelope, since: datetime) -> bool:
        """Whether a mail with the very same words was queued for the same address since then."""
        asked = sa.select(_o.content).where(
            _o.event_id == self._event_id,
            self._same_mailbox(envelope.recipient),
            _o.kind == envelope.kind,
            _o.queued_at >= since,
        )
        with house_errors(self._conn.engine.url):
            earlier = self._conn.execute(asked).scalars().all()
        return bool(earlier) and words_of(envelope.content) in {words_of(content) for content in earlier}

    def status_mails(self, ref: str, since: datetime) -> int:
        """How many mails of kind `status` were queued for that registration since then."""
        return self._count(
            sa.select(sa.func.count()).where(
                _o.event_id == self._event_id, _o.ref == ref, _o.kind == "status", _o.queued_at >= since
            )
        )

    def invited_at(self, ref: str, now: datetime) -> datetime | None:
        """When the last mail left that can have carried an invitation of that registration: `now` where it
        has not left yet, None where there is none."""
        asked = (
            sa.select(_o.settled_at)
            .where(_o.event_id == self._event_id, _o.ref == ref, _o.kind.in_(sorted(INVITES)))
            .order_by(_o.id.desc())
            .limit(1)
        )
        with house_errors(self._conn.engine.url):
            found = self._conn.execute(asked).first()
        return (found.settled_at or now) if found else None

    def recipient_of(self, message_id: str) -> str:
        """To whom the mail of ours with that Message-ID went, "" if none has it."""
        asked = sa.select(_o.recipient).where(_o.event_id == self._event_id, _o.message_id == message_id)
        with house_errors(self._conn.engine.url):
            return str(self._conn.execute(asked).scalar_one_or_none() or "")

    def failing_since(self, recipient: str, since: datetime) -> datetime | None:
        """When the first report came that mail to that address failed for now. Those before `since` or before
        the last mail from there count no more."""
        contact = contact_key(recipient)
        wrote = sa.select(sa.func.max(_m.finished_at)).where(
            _m.event_id == self._event_id, _m.sender == contact, _m.finished_at >= since
        )
        with house_errors(self._conn.engine.url):
            last = self._conn.execute(wrote).scalar_one_or_none()
            asked = sa.select(sa.func.min(_j.at)).where(
                _j.event_id == self._event_id,
                _j.at >= max(since, last or since),
                _j.what == FAILED_FOR_NOW,
                _j.words == contact,
            )
            found = self._conn.execute(asked).scalar_one_or_none()
        return found if isinstance(found, datetime) else None

    def given_up(self, recipient: str) -> bool:
        """Whether mail to that address came back for good, and it has not written since."""
        return bool(self._count(sa.select(sa.func.count()).where(*self._open_on(recipient))))

    def writes_again(self, contact: str, at: datetime) -> None:
        """That address exists after all: settle the items that gave it up."""
        with house_errors(self._conn.engine.url):
            items = self._conn.execute(sa.select(_r.id).where(*self._open_on(contact))).scalars().all()
            for item in items:
                settle(self._conn, self._event_id, item, at)

    def _open_on(self, address: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            _r.event_id == self._event_id,
            _r.settled_at.is_(None),
            _r.reason == GAVE_UP,
            _r.sender == contact_key(address),
        )

    def _count(self, statement: sa.Select[Any]) -> int:
        with house_errors(self._conn.engine.url):
            return int(self._conn.execute(statement).scalar_one())
