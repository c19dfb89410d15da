"""Stop 6, the tables' own types: times that are always aware, text that any database takes."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware time in, an aware UTC time out, on every database. Naive times are refused.

    SQLite keeps it as text of fixed width, so that it sorts and compares as a time.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC; raises ValueError for a naive time."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To an aware UTC time; SQLite hands back naive ones."""
        if value is None or value.tzinfo is not None:
            return None if value is None else value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Words(sa.types.TypeDecorator[str]):
    """Text that any database takes: no NUL (PostgreSQL), no lone surrogates (both drivers).

    The readers remove them; should one slip through, a replacement character in a subject is better
    than a message that can never be recorded, not even as set aside.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """The same text without NUL and lone surrogates."""
        if value is None:
            return None
        if "\x00" in value:
            value = value.replace("\x00", "\ufffd")
        try:
            value.encode()
        except UnicodeEncodeError:
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
