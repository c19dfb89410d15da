"""The house as first built: roster, ledger, outbox, journal.

Written out by hand, not taken from schema.py: this file never changes, schema.py does.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

HOLDS = "state IN ('confirmed', 'offered', 'release_pending')"


def _id() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time(name: str, *, required: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _text(name: str, default: str = "") -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def _event() -> sa.Column[Any]:
    return sa.Column("event_id", sa.Text, nullable=False)


def _belongs(table: str, column: str = "event_id", to: str = "event.id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"{table}_{column}_fk")


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    clause = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=clause, postgresql_where=clause)


def upgrade() -> None:
    """From nothing to version 0001."""
    _roster()
    _ledger()
    _outbox()
    _record()


def _roster() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("file_capacity", sa.Integer, nullable=False),
        sa.Column("file_held", sa.Integer, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        _time("made_at", required=True),
        sa.PrimaryKeyConstraint("id", name="event_pk"),
        sa.CheckConstraint("capacity >= 0 AND held >= 0", name="event_limits"),
    )
    op.create_table(
        "registration",
        sa.Column("id", _id(), nullable=False),
        _event(),
        sa.Column("ref", sa.Text, nullable=False),
        _text("contact"),
        _text("address"),
        _text("name"),
        _text("language"),
        _time("arrival", required=True),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("organisation", sa.Text),
        sa.Column("involvement", sa.Text),
        sa.Column("projects", sa.JSON, nullable=False),
        sa.Column("workshops", sa.JSON, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("in_review", sa.Boolean, nullable=False),
        _text("thread"),
        _time("involvement_asked_at"),
        _time("status_sent_at"),
        sa.PrimaryKeyConstraint("id", name="registration_pk"),
        _belongs("registration"),
        sa.UniqueConstraint("event_id", "ref", name="registration_event_id_ref_key"),
    )
    op.create_index("registration_event_id_contact", "registration", ["event_id", "contact"])
    op.create_table(
        "seat",
        sa.Column("registration_id", _id(), nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer, nullable=False, autoincrement=False),
        _event(),
        _text("name"),
        sa.Column("email", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        _time("arrival", required=True),
        sa.Column("uid", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("override", sa.Boolean, nullable=False),
        sa.Column("granted_limit", sa.Integer),
        sa.Column("granted_held", sa.Integer),
        sa.PrimaryKeyConstraint("registration_id", "place", name="seat_pk"),
        _belongs("seat", "registration_id", "registration.id"),
        _belongs("seat"),
        sa.CheckConstraint(
            "state IN ('cancelled', 'closed', 'confirmed', 'offered', 'release_pending', 'removed',"
            " 'substituted', 'waitlisted')",
            name="seat_state",
        ),
        sa.CheckConstraint("number >= 1", name="seat_number_from_one"),
        sa.CheckConstraint(f"({HOLDS}) = (number IS NOT NULL)", name="seat_number_while_held"),
        sa.CheckConstraint(
            "number IS NULL OR (granted_limit IS NOT NULL AND granted_held IS NOT NULL"
            " AND (override OR number <= granted_limit))",
            name="seat_number_within_limit",
        ),
    )
    _partial_index("seat_number_held_once", "seat", ["event_id", "number"], HOLDS, unique=True)
    op.create_table(
        "offer",
        sa.Column("id", _id(), nullable=False),
        _event(),
        sa.Column("registration_id", _id(), nullable=False),
        _time("made_at", required=True),
        _time("until", required=True),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="offer_pk"),
        _belongs("offer"),
        _belongs("offer", "registration_id", "registration.id"),
        sa.CheckConstraint("state IN ('accepted', 'declined', 'lapsed', 'open')", name="offer_state"),
        sa.CheckConstraint("seats >= 1", name="offer_seats"),
    )


def _ledger() -> None:
    op.create_table(
        "message",
        sa.Column("id", _id(), nullable=False),
        _event(),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("uid", sa.BigInteger, nullable=False),
        _time("arrival", required=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        _time("tried_at"),
        sa.Column("bucket", sa.Text),
        _text("reason"),
        _text("message_id"),
        _text("content_hash"),
        _text("sender"),
        _text("subject"),
        _text("reading", "{}"),
        _text("ref"),
        _time("finished_at"),
        _time("marked_at"),
        sa.PrimaryKeyConstraint("id", name="message_pk"),
        _belongs("message"),
        sa.UniqueConstraint(
            "event_id", "mailbox", "uidvalidity", "uid", name="message_event_id_mailbox_uidvalidity_uid_key"
        ),
        sa.CheckConstraint("bucket IN ('handled', 'ignored', 'review', 'set_aside')", name="message_bucket"),
        sa.CheckConstraint("(bucket IS NULL) = (finished_at IS NULL)", name="message_finished"),
    )
    for column in ("message_id", "content_hash", "ref"):
        op.create_index(f"message_event_id_{column}", "message", ["event_id", column])
    _partial_index("message_pending", "message", ["event_id", "uid"], "bucket IS NULL")
    _partial_index(
        "message_unmarked", "message", ["event_id", "uid"], "bucket IS NOT NULL AND marked_at IS NULL"
    )
    op.create_table(
        "watermark",
        _event(),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("uidvalidity", sa.BigInteger, nullable=False),
        sa.Column("last_uid", sa.BigInteger, nullable=False),
        _time("began_at"),
        _time("ended_at"),
        sa.Column("unaccounted", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "mailbox", name="watermark_pk"),
        _belongs("watermark"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _id(), nullable=False),
        _event(),
        *(_text(c) for c in ("cause", "kind", "sender", "recipient", "recipient_key", "ref", "message_id")),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _text("because"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("in_doubt", sa.Boolean, nullable=False, server_default=sa.false()),
        _time("queued_at", required=True),
        _time("not_before"),
        _time("first_tried_at"),
        _time("claimed_at"),
        _time("settled_at"),
        _text("answer"),
        sa.PrimaryKeyConstraint("id", name="outbox_pk"),
        _belongs("outbox"),
        sa.UniqueConstraint("event_id", "cause", name="outbox_event_id_cause_key"),
        sa.UniqueConstraint("message_id", name="outbox_message_id_key"),
        sa.CheckConstraint("state IN ('failed', 'queued', 'sending', 'sent')", name="outbox_state"),
        sa.CheckConstraint("(state IN ('failed', 'sent')) = (settled_at IS NOT NULL)", name="outbox_settled"),
    )
    op.create_index(
        "outbox_event_id_recipient_key_queued_at", "outbox", ["event_id", "recipient_key", "queued_at"]
    )
    op.create_index("outbox_event_id_ref", "outbox", ["event_id", "ref"])
    op.create_index("outbox_event_id_settled_at", "outbox", ["event_id", "settled_at"])
    _partial_index("outbox_queued", "outbox", ["event_id", "id"], "state = 'queued'")
    _partial_index("outbox_sending", "outbox", ["event_id", "id"], "state = 'sending'")


def _record() -> None:
    op.create_table(
        "journal",
        sa.Column("id", _id(), nullable=False),
        _event(),
        _time("at", required=True),
        *(_text(c) for c in ("who", "what", "ref", "because", "words")),
        sa.PrimaryKeyConstraint("id", name="journal_pk"),
        _belongs("journal"),
    )
    op.create_index("journal_event_id_at", "journal", ["event_id", "at"])
    op.create_index("journal_event_id_ref", "journal", ["event_id", "ref"])
    op.create_table(
        "review",
        sa.Column("id", _id(), nullable=False),
        _event(),
        _time("made_at", required=True),
        *(_text(c) for c in ("reason", "ref", "words", "sender", "because")),
        _time("settled_at"),
        sa.PrimaryKeyConstraint("id", name="review_pk"),
        _belongs("review"),
    )
    op.create_index("review_event_id_settled_at", "review", ["event_id", "settled_at"])
    op.create_table(
        "trouble",
        _event(),
        sa.Column("what", sa.Text, nullable=False),
        _text("text"),
        _time("since", required=True),
        sa.PrimaryKeyConstraint("event_id", "what", name="trouble_pk"),
        _belongs("trouble"),
    )
