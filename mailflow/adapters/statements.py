"""Stop 6, the writing statements that know what stands already; each is built once and kept.

SQLite and PostgreSQL say ON CONFLICT alike. What came of it is asked by RETURNING, never by the row
count: PostgreSQL's driver does not tell that of an INSERT.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema

MESSAGE_KEY = ("event_id", "mailbox", "uidvalidity", "uid")
_m, _o = schema.message.c, schema.outbox.c


def _insert(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> Any:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).values({name: sa.bindparam(name) for name in columns})
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).values({name: sa.bindparam(name) for name in columns})


@cache
def upsert(
    dialect: str,
    table: sa.Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    kept: tuple[str, ...] = (),
    returning: str = "",
) -> Any:
    """INSERT, or where a row of that key stands UPDATE all but what is `kept`."""
    statement = _insert(dialect, table, columns)
    changed = {name: statement.excluded[name] for name in columns if name not in (*key, *kept)}
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=changed)
    return statement.returning(table.c[returning]) if returning else statement


@cache
def insert_new(dialect: str, table: sa.Table, key: tuple[str, ...], columns: tuple[str, ...]) -> Any:
    """INSERT; where a row of that key stands, nothing, and no row comes back. The transaction goes on."""
    statement = _insert(dialect, table, columns).on_conflict_do_nothing(index_elements=list(key))
    return statement.returning(table.c[key[0]])


@cache
def count_attempt(dialect: str, columns: tuple[str, ...]) -> Any:
    """A message's first attempt, or one more; nothing where it has its final row."""
    statement = _insert(dialect, schema.message, columns)
    return statement.on_conflict_do_update(
        index_elements=list(MESSAGE_KEY),
        set_={"attempts": _m.attempts + 1, "tried_at": statement.excluded.tried_at},
        where=_m.bucket.is_(None),
    )


@cache
def finish_message(dialect: str, columns: tuple[str, ...]) -> Any:
    """A message's final row; no row comes back where it has one already. Attempts stay as counted."""
    statement = _insert(dialect, schema.message, columns)
    kept = (*MESSAGE_KEY, "attempts")
    return statement.on_conflict_do_update(
        index_elements=list(MESSAGE_KEY),
        set_={name: statement.excluded[name] for name in columns if name not in kept},
        where=_m.bucket.is_(None),
    ).returning(_m.id)
