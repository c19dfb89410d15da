"""What is erased when somebody asks, or when the days of keeping are over (rules: privacy).

Words, names and addresses go; keys, states, numbers and times stay, so that what was counted still adds
up and a mail that comes once more is still known as a copy. SQLite overwrites what it lets go
(`secure_delete`, engine.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.engine import house_errors
from mailflow.core.contact import contact_key
from mailflow.core.effects import ReplyKind

_m, _o, _j, _r = schema.message.c, schema.outbox.c, schema.journal.c, schema.review.c

ANSWER_THAT_IT_IS_DONE = ReplyKind.ERASED.value  # it still has to leave; it is blanked once it has
TO_ORGANISERS = ("digest", "doorlist")  # they tell of everybody
BLANK_MAIL = {"recipient": "", "recipient_key": "", "content": b"", "answer": ""}
_DETAIL = re.compile(r"\b(organisation|projects|workshops): [^;]*")
_HIDDEN = "erased:"


def hidden(key: str) -> str:
    """What stands for a key that may name somebody: the same for the same key, so that a copy is still
    known, and of no use to find the person."""
    if not key or key.startswith(_HIDDEN):
        return key
    return _HIDDEN + hashlib.sha256(key.encode()).hexdigest()[:24]


class Erasing:
    """The part of a step that erases."""

    _conn: sa.Connection
    _event_id: str

    def erase(self, contact: str, at: datetime) -> None:
        """Blank what is kept of that address in words; of everybody, where it is ""."""
        with house_errors(self._conn.engine.url):
            mails = self._mails_to(contact)
            refs, keys = self._about(contact, mails)
            self._blank_messages(contact)
            self._blank_outbox(mails, at, everybody=not contact)
            self._blank_journal(contact, refs, keys)
            about = sa.true() if not contact else sa.or_(_r.sender == contact, _r.ref.in_(refs))
            self._conn.execute(
                sa.update(schema.review)
                .where(_r.event_id == self._event_id, about)
                .values(words="", sender="", settled_at=sa.func.coalesce(_r.settled_at, at))
            )

    def _mails_to(self, contact: str) -> Sequence[Any]:
        """The mails of ours that went there, or must."""
        asked = sa.select(_o.id, _o.cause, _o.kind, _o.ref, _o.state, _o.recipient_key).where(
            _o.event_id == self._event_id
        )
        rows = self._conn.execute(asked).all()
        return [r for r in rows if not contact or contact_key(r.recipient_key) == contact]

    def _about(self, contact: str, mails: Sequence[Any]) -> tuple[set[str], set[str]]:
        """The references and the messages that are that contact's."""
        asked = sa.select(_m.mailbox, _m.uidvalidity, _m.uid, _m.ref).where(
            _m.event_id == self._event_id, _m.sender == contact if contact else sa.true()
        )
        rows = self._conn.execute(asked).all()
        refs = {r.ref for r in mails if r.kind not in TO_ORGANISERS} | {r.ref for r in rows}
        return refs - {""}, {f"{r.mailbox}:{r.uidvalidity}:{r.uid}" for r in rows}

    def _blank_messages(self, contact: str) -> None:
        whose = _m.sender == contact if contact else sa.true()
        asked = sa.select(_m.id, _m.message_id).where(_m.event_id == self._event_id, whose)
        for row in self._conn.execute(asked).all():
            self._conn.execute(
                sa.update(schema.message)
                .where(_m.id == row.id)
                .values(sender="", subject="", reading="{}", message_id=hidden(row.message_id))
            )

    def _blank_outbox(self, mails: Sequence[Any], at: datetime, *, everybody: bool) -> None:
        for row in mails:
            if row.kind == ANSWER_THAT_IT_IS_DONE and row.state in ("queued", "sending") and not everybody:
                continue
            values: dict[str, Any] = {**BLANK_MAIL, "cause": hidden(row.cause)}
            if row.state in ("queued", "sending"):  # nobody is there any more to read it
                values |= {"state": "failed", "settled_at": at}
            self._conn.execute(sa.update(schema.outbox).where(_o.id == row.id).values(**values))
        self._conn.execute(
            sa.update(schema.outbox)
            .where(_o.event_id == self._event_id, _o.kind.in_(TO_ORGANISERS), _o.settled_at.is_not(None))
            .values(content=b"")
        )

    def _blank_journal(self, contact: str, refs: Collection[str], keys: Collection[str]) -> None:
        asked = sa.select(_j.id, _j.what, _j.ref, _j.because, _j.words).where(_j.event_id == self._event_id)
        for row in self._conn.execute(asked).all():
            theirs = row.ref in refs or row.because in keys or (contact and contact_key(row.words) == contact)
            if contact and not theirs:
                continue
            what = _DETAIL.sub(r"\1 changed", row.what)
            if row.words or what != row.what:
                self._conn.execute(
                    sa.update(schema.journal).where(_j.id == row.id).values(words="", what=what)
                )
