"""Stop 6, forgetting: what the ledger keeps of a person in words is blanked; numbers and outcomes stay.

A mail that is still on its way goes out first: it is marked by its cause (`erasing:ID`), and blanked as
soon as it is settled (outbox.py). Nothing that must be unique is lost: a cause becomes `erased:ID`, a
Message-ID of somebody else's its hash, by which a copy of that mail is still known. SQLite overwrites
what it lets go (`secure_delete`, engine.py).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.column_types import UtcDateTime
from mailflow.adapters.engine import house_errors
from mailflow.core.contact import contact_key
from mailflow.core.ledger import Slot
from mailflow.core.model import Registration

PAGES = ("digest", "alarm", "doorlist")  # to organisers: their cause keeps a page from going out twice
PAGE_KEPT = timedelta(days=1)  # the copy of a page that was sent, with everybody's names in it
_AT_A_TIME = 500  # mails that are looked through
_SOFT_BREAK = b"=\r\n"  # of quoted-printable: it may stand inside an address
_LOOKED_BACK = timedelta(days=7)
_SETTLED = ("sent", "failed")
_UNREAD = {"subject": "", "reading": "{}"}
_HASHED = "sha256:"
# What the journal says of a change of details, "name: old -> new", and of what was not understood.
_VALUES = re.compile(
    r"\b(organisation|involvement|projects|workshops|name|contact|address|unclear): .*", re.DOTALL
)

_m, _o, _j, _r = schema.message.c, schema.outbox.c, schema.journal.c, schema.review.c
_Condition = sa.ColumnElement[bool]

MARKED: _Condition = _o.cause.like("erasing:%")
BLANK: dict[str, Any] = {
    "cause": "erased:" + sa.cast(_o.id, sa.Text), "recipient": "", "recipient_key": "", "content": b"",
    "answer": "",
}  # fmt: skip


def hidden(message_id: str) -> str:
    """What stands for a Message-ID that is erased: it may hold its writer's name. Twice is once."""
    if not message_id or message_id.startswith(_HASHED):
        return message_id
    return _HASHED + hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()


class Erasing:
    """The part of a step that forgets. What is to be forgotten is blanked when the savepoint, or the step,
    ends: the message that asks for it and the answer to it are written by then."""

    _conn: sa.Connection
    _event_id: str
    _forgotten: tuple[tuple[str, datetime], ...] = ()
    _owned: tuple[tuple[str, str], ...] = ()  # (contact, ref): registrations that were erased in this step
    blanked = False  # something was: the file is to be rewritten

    def erase(self, contact: str, at: datetime) -> None:
        """Blank what the ledger keeps of that address in words: messages, mails that are sent, journal,
        reviews; of everybody, where it is "". Mails on their way are blanked once they are sent."""
        self._forgotten = (*self._forgotten, (contact, at))

    def erase_pages(self, at: datetime) -> int:
        """Blank the copies of the pages that organisers have had for a day; how many. They tell of everybody,
        and of one who was forgotten while they were on their way."""
        pages = (
            _o.kind.in_(PAGES), _o.state.in_(_SETTLED), _o.settled_at < at - PAGE_KEPT,
            _o.settled_at >= at - PAGE_KEPT - _LOOKED_BACK, sa.func.length(_o.content) > 0,
        )  # fmt: skip
        return self._change(schema.outbox, pages, {"content": b""})

    def _was_owned(self, before: Registration | None, after: Registration) -> None:
        """A registration that loses its contact was that contact's: its mails are found by its reference."""
        if before is not None and before.contact and not after.contact:
            self._owned = (*self._owned, (before.contact, after.ref))

    def _forget(self) -> None:
        """Blank what is to be forgotten. The time for it is when all else is written."""
        for contact, at in dict(self._forgotten).items():
            changed = self._forget_one(contact, at) if contact else self._forget_all(at)
            self.blanked = self.blanked or changed > 0
        self._forgotten = self._owned = ()

    def _forget_all(self, at: datetime) -> int:
        ended = _m.bucket.is_not(None)
        lettered = sa.or_(_m.sender != "", _m.subject != "", _m.reading != "{}")
        mails = (_o.kind.not_in(PAGES), _o.cause.not_like("erased:%"), ~MARKED)
        return sum(
            (
                self._hide_ids(ended),
                self._change(schema.message, (ended, lettered), {"sender": ""} | _UNREAD),
                self._mark(mails),
                self._blank_sent(),
                self._blank_pages(),
                self._blank_journal(sa.true()),
                self._blank_reviews(sa.true(), at),
            )
        )

    def _forget_one(self, contact: str, at: datetime) -> int:
        own = [ref for who, ref in self._owned if who == contact]
        addresses = self._addresses(contact)
        theirs = sa.or_(_m.sender.in_(addresses), _m.ref.in_(own))
        written = sa.or_(_o.recipient_key.in_(addresses), _o.ref.in_(own))
        # Where they appear without being the holder: a place taken over, a guest's own mail.
        touched = sorted({*own, *self._values(_m.ref, theirs), *self._values(_o.ref, written)} - {""})
        slots = self._rows(sa.select(_m.mailbox, _m.uidvalidity, _m.uid).where(self._here(_m), theirs))
        keys = [Slot(*tuple(row)).key for row in slots]
        named = sa.or_(_names(_m.subject, contact), _names(_m.reading, contact))
        spoken_of = sa.or_(theirs, _m.ref.in_(touched), named)
        reviews = sa.or_(_r.sender.in_(addresses), _r.because.in_(keys), _r.ref.in_(own))
        unmarked = (written, _o.kind.not_in(PAGES), _o.cause.not_like("erased:%"), ~MARKED)
        told = (_o.ref.in_(touched), _o.state.in_(_SETTLED), _o.kind.not_in(PAGES))
        return sum(
            (
                self._hide_ids(theirs),
                self._change(schema.message, (spoken_of,), _UNREAD),
                self._change(schema.message, (theirs,), {"sender": ""}),
                self._mark(unmarked),
                self._blank_sent(),
                self._change(schema.outbox, told, {"content": b"", "answer": ""}),
                self._blank_about(contact),
                self._blank_pages(),
                self._blank_journal(
                    sa.or_(_j.ref.in_(touched), _j.because.in_(keys), _names(_j.words, contact))
                ),
                self._change(
                    schema.review, (sa.or_(_r.ref.in_(touched), _names(_r.words, contact)),), {"words": ""}
                ),
                self._blank_reviews(reviews, at),
            )
        )

    def _addresses(self, contact: str) -> list[str]:
        """Every way in which the ledger writes that contact's address."""
        known = {*self._values(_o.recipient_key), *self._values(_m.sender), *self._values(_r.sender)}
        return [contact, *(k for k in known if k and k != contact and contact_key(k) == contact)]

    def _mark(self, wanted: tuple[_Condition, ...]) -> int:
        """These mails are nobody's any more: their cause, which holds an address, goes now."""
        return self._change(schema.outbox, wanted, {"cause": "erasing:" + sa.cast(_o.id, sa.Text)})

    def _blank_sent(self) -> int:
        return self._change(schema.outbox, (MARKED, _o.state.in_(_SETTLED)), BLANK)

    def _blank_pages(self) -> int:
        wanted = (_o.kind.in_(PAGES), _o.state.in_(_SETTLED), sa.func.length(_o.content) > 0)
        return self._change(schema.outbox, wanted, {"content": b""})

    def _blank_about(self, contact: str) -> int:
        """Mails to others that name the address: an answer repeats what was understood."""
        wanted = (_o.state.in_(_SETTLED), _o.kind.not_in(PAGES), sa.func.length(_o.content) > 0)
        found, last = 0, 0
        while rows := self._rows(
            sa.select(_o.id, _o.content)
            .where(self._here(_o), *wanted, _o.id > last)
            .order_by(_o.id)
            .limit(_AT_A_TIME)
        ):
            last = rows[-1].id
            about = [r.id for r in rows if contact.encode() in r.content.replace(_SOFT_BREAK, b"").lower()]
            found += self._change(schema.outbox, (_o.id.in_(about),), {"content": b"", "answer": ""})
        return found

    def _blank_journal(self, wanted: _Condition) -> int:
        blanked = self._change(schema.journal, (wanted, _j.words != ""), {"words": ""})
        rows = self._rows(sa.select(_j.id, _j.what).where(self._here(_j), wanted, _j.what.contains(": ")))
        said = {row.id: _VALUES.sub(r"\1: erased", row.what) for row in rows}
        changed = [(row.id, said[row.id]) for row in rows if said[row.id] != row.what]
        for line, what in changed:
            self._change(schema.journal, (_j.id == line,), {"what": what})
        return blanked + len(changed)

    def _blank_reviews(self, wanted: _Condition, at: datetime) -> int:
        """Nobody is left to be written to: these items are settled."""
        left = sa.or_(_r.sender != "", _r.words != "", _r.settled_at.is_(None))
        settled = sa.func.coalesce(_r.settled_at, sa.literal(at, UtcDateTime))
        return self._change(schema.review, (wanted, left), {"sender": "", "words": "", "settled_at": settled})

    def _hide_ids(self, wanted: _Condition) -> int:
        open_ids = (_m.message_id != "", _m.message_id.not_like(f"{_HASHED}%"))
        rows = self._rows(sa.select(_m.id, _m.message_id).where(self._here(_m), wanted, *open_ids))
        for row in rows:
            self._change(schema.message, (_m.id == row.id,), {"message_id": hidden(row.message_id)})
        return len(rows)

    def _here(self, columns: Any) -> _Condition:
        condition: _Condition = columns.event_id == self._event_id
        return condition

    def _change(self, table: sa.Table, wanted: tuple[_Condition, ...], values: dict[str, Any]) -> int:
        with house_errors(self._conn.engine.url):
            return self._conn.execute(
                sa.update(table).where(self._here(table.c), *wanted).values(**values)
            ).rowcount

    def _values(self, column: sa.Column[Any], *wanted: _Condition) -> list[str]:
        query = sa.select(column).where(column.table.c.event_id == self._event_id, *wanted).distinct()
        return [str(row[0]) for row in self._rows(query)]

    def _rows(self, query: Any) -> list[sa.Row[Any]]:
        with house_errors(self._conn.engine.url):
            return list(self._conn.execute(query))


def _names(column: sa.Column[Any], address: str) -> _Condition:
    """True where that text has the address in it, however it is spelled."""
    return sa.func.lower(column).contains(address, autoescape=True)
