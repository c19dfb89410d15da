"""Stops 1 and 6, the message table: what was tried, what is finished, what is acknowledged on IMAP."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.adapters.database import Database
from mailflow.adapters.erase import hidden
from mailflow.adapters.statements import count_attempt, upsert
from mailflow.adapters.turn import turn
from mailflow.core.ledger import Bucket, Slot, Watermark

_m = schema.message.c
_CHUNK = 500  # UIDs in one statement: far below any database's limit on parameters


def chunks(uids: Iterable[int]) -> list[list[int]]:
    """These UIDs, sorted, each once, in lists short enough for one statement."""
    ordered = sorted(set(uids))
    return [ordered[i : i + _CHUNK] for i in range(0, len(ordered), _CHUNK)]


def _in(event_id: str, mailbox: str, uidvalidity: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (_m.event_id == event_id, _m.mailbox == mailbox, _m.uidvalidity == uidvalidity)


class LedgerTable:
    """The part of `Store` (receive.py) outside the step."""

    database: Database

    def turn(self, event_id: str) -> AbstractContextManager[bool]:
        """True inside while nobody else reads that event's mailbox; False where somebody does. No wait."""
        return turn(self.database.url, event_id)

    def watermark(self, event_id: str, mailbox: str) -> Watermark | None:
        """How far that mailbox has been read; None before the first poll."""
        w = schema.watermark.c
        with self.database.reading() as conn:
            row = conn.execute(
                sa.select(schema.watermark).where(w.event_id == event_id, w.mailbox == mailbox)
            ).first()
        if row is None:
            return None
        return Watermark(
            row.mailbox, row.uidvalidity, row.last_uid, row.began_at, row.ended_at, row.unaccounted
        )

    def attempt(self, event_id: str, slots: Sequence[tuple[Slot, datetime]], at: datetime) -> dict[int, int]:
        """Count an attempt on each message, in a small commit of its own, before the work: uid -> attempts.

        A message that has its final row is not counted again.
        """
        if not slots:
            return {}
        # In one order everywhere: two processes that count the same messages must not wait for each other.
        ordered = sorted(slots, key=lambda one: (one[0].mailbox, one[0].uidvalidity, one[0].uid))
        rows = [_first_try(event_id, slot, arrival, at) for slot, arrival in ordered]
        statement = count_attempt(self.database.dialect, tuple(rows[0]))
        counted: dict[int, int] = {}
        with self.database.writing() as conn:
            conn.execute(statement, rows)
            for mailbox, validity in {(slot.mailbox, slot.uidvalidity) for slot, _ in slots}:
                for some in chunks(slot.uid for slot, _ in slots):
                    found = conn.execute(
                        sa.select(_m.uid, _m.attempts).where(
                            *_in(event_id, mailbox, validity), _m.uid.in_(some)
                        )
                    )
                    counted |= {row.uid: row.attempts for row in found}
        return counted

    def take_back_attempt(self, event_id: str, slots: Sequence[Slot]) -> None:
        """The last attempt on these did not fail by their fault: it does not count."""
        with self.database.writing() as conn:
            for slot in sorted(slots, key=lambda one: (one.mailbox, one.uidvalidity, one.uid)):
                conn.execute(
                    sa.update(schema.message)
                    .where(
                        *_in(event_id, slot.mailbox, slot.uidvalidity),
                        _m.uid == slot.uid,
                        _m.bucket.is_(None),
                        _m.attempts > 0,
                    )
                    .values(attempts=_m.attempts - 1)
                )

    def pending(self, event_id: str, mailbox: str, uidvalidity: int) -> dict[int, int]:
        """Messages tried and not finished: uid -> attempts."""
        with self.database.reading() as conn:
            found = conn.execute(
                sa.select(_m.uid, _m.attempts)
                .where(*_in(event_id, mailbox, uidvalidity), _m.bucket.is_(None))
                .order_by(_m.uid)
            )
            return {row.uid: row.attempts for row in found}

    def finished(self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int]) -> set[int]:
        """Which of these UIDs have a final row."""
        done: set[int] = set()
        with self.database.reading() as conn:
            for some in chunks(uids):
                done |= set(
                    conn.execute(
                        sa.select(_m.uid).where(
                            *_in(event_id, mailbox, uidvalidity), _m.uid.in_(some), _m.bucket.is_not(None)
                        )
                    ).scalars()
                )
        return done

    def unmarked(self, event_id: str, mailbox: str, uidvalidity: int) -> dict[int, Bucket]:
        """Finished messages that are not yet acknowledged on IMAP: uid -> bucket."""
        with self.database.reading() as conn:
            found = conn.execute(
                sa.select(_m.uid, _m.bucket)
                .where(*_in(event_id, mailbox, uidvalidity), _m.bucket.is_not(None), _m.marked_at.is_(None))
                .order_by(_m.uid)
            )
            return {row.uid: Bucket(row.bucket) for row in found}

    def known_mails(self, event_id: str, mailbox: str) -> set[tuple[str, str]]:
        """Every message of that mailbox that has ended and was read: its Message-ID as `hidden` gives it,
        erased or not, and the hash of its content."""
        with self.database.reading() as conn:
            found = conn.execute(
                sa.select(_m.message_id, _m.content_hash).where(
                    _m.event_id == event_id,
                    _m.mailbox == mailbox,
                    _m.bucket.is_not(None),
                    _m.content_hash != "",
                )
            )
            return {(hidden(row.message_id), row.content_hash) for row in found}

    def marked(
        self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int], at: datetime
    ) -> None:
        """These are acknowledged."""
        self._set(event_id, mailbox, uidvalidity, uids, _m.bucket.is_not(None), {"marked_at": at})

    def vanished(
        self, event_id: str, mailbox: str, uidvalidity: int, uids: Iterable[int], at: datetime
    ) -> None:
        """These pending messages are gone from the folder before they could be read: bucket
        `ignored`, reason `vanished`. Nothing is left to acknowledge."""
        self._set(event_id, mailbox, uidvalidity, uids, _m.bucket.is_(None), _vanished(at))

    def renumbered(self, event_id: str, mailbox: str, uidvalidity: int, at: datetime) -> None:
        """That mailbox gives UIDs of this validity now: what is pending below another one can never be
        found again by its number. It is `vanished`; where it is still there it is read as a new message."""
        with self.database.writing() as conn:
            conn.execute(
                sa.update(schema.message)
                .where(
                    _m.event_id == event_id,
                    _m.mailbox == mailbox,
                    _m.uidvalidity != uidvalidity,
                    _m.bucket.is_(None),
                )
                .values(**_vanished(at))
            )

    def poll_ended(self, event_id: str, watermark: Watermark) -> None:
        """A poll succeeded: this is how far the mailbox is read."""
        values = {
            "event_id": event_id,
            "mailbox": watermark.mailbox,
            "uidvalidity": watermark.uidvalidity,
            "last_uid": watermark.last_uid,
            "began_at": watermark.began_at,
            "ended_at": watermark.ended_at,
            "unaccounted": watermark.unaccounted,
        }
        with self.database.writing() as conn:
            conn.execute(
                upsert(self.database.dialect, schema.watermark, ("event_id", "mailbox"), tuple(values)),
                values,
            )

    def _set(
        self,
        event_id: str,
        mailbox: str,
        uidvalidity: int,
        uids: Iterable[int],
        which: sa.ColumnElement[bool],
        values: dict[str, Any],
    ) -> None:
        lists = chunks(uids)
        if not lists:
            return
        with self.database.writing() as conn:
            for some in lists:
                conn.execute(
                    sa.update(schema.message)
                    .where(*_in(event_id, mailbox, uidvalidity), _m.uid.in_(some), which)
                    .values(**values)
                )


def _vanished(at: datetime) -> dict[str, Any]:
    return {"bucket": Bucket.IGNORED.value, "reason": "vanished", "finished_at": at, "marked_at": at}


def _first_try(event_id: str, slot: Slot, arrival: datetime, at: datetime) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "mailbox": slot.mailbox,
        "uidvalidity": slot.uidvalidity,
        "uid": slot.uid,
        "arrival": arrival,
        "attempts": 1,
        "tried_at": at,
    }
