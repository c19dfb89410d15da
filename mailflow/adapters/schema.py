"""Stop 6, the tables: what the ledger keeps, and the constraints that stand behind the rules.

The constraints are the backstop: an oversold seat, a mail asked for twice, a message handled twice
are refused by the database itself, whatever the code above it does. A change here needs a new file
in `migrations/versions/` and a new `VERSION`; a test compares the two.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mailflow.adapters.column_types import UtcDateTime, Words
from mailflow.core.ledger import Bucket
from mailflow.core.matters import OfferState
from mailflow.core.model import HOLDS_A_SEAT, SeatState

VERSION = "0002"  # the newest migration; versions sort as text
VERSION_TABLE = "mailflow_version"  # a name of our own: the database may be shared with other software


def _one_of(column: str, words: Any) -> str:
    return f"{column} IN ({', '.join(repr(str(w)) for w in sorted(words))})"


HOLDS = _one_of("state", HOLDS_A_SEAT)
OUTBOX_STATES = ("queued", "sending", "sent", "failed")

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s",
    }
)

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # only INTEGER PRIMARY KEY counts by itself there


def _event() -> sa.Column[str]:
    return sa.Column("event_id", sa.Text, sa.ForeignKey("event.id"), nullable=False)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, Words, nullable=False, server_default=default)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    rows = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


event = sa.Table(
    "event",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("capacity", sa.Integer, nullable=False),  # in force; commands and orders change it
    sa.Column("held", sa.Integer, nullable=False),
    sa.Column("file_capacity", sa.Integer, nullable=False),  # as last read from the event's file
    sa.Column("file_held", sa.Integer, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False),  # key of our HMACs; never printed
    sa.Column(
        "version", sa.BigInteger, nullable=False, server_default="0"
    ),  # +1 at every change of the roster
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("capacity >= 0 AND held >= 0", name="event_limits"),
)

registration = sa.Table(
    "registration",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _event(),
    sa.Column("ref", sa.Text, nullable=False),
    _text("contact"),
    _text("address"),
    _text("name"),
    _text("language"),
    sa.Column("arrival", UtcDateTime, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("organisation", Words),
    sa.Column("involvement", Words),
    sa.Column("projects", sa.JSON, nullable=False),
    sa.Column("workshops", sa.JSON, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("passed", sa.Integer, nullable=False),
    sa.Column("in_review", sa.Boolean, nullable=False),
    _text("thread"),
    sa.Column("involvement_asked_at", UtcDateTime),
    sa.Column("status_sent_at", UtcDateTime),
    sa.Column("heard_at", UtcDateTime),
    sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("together", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("pending", sa.JSON(none_as_null=True)),
    sa.Column("invitation", sa.JSON(none_as_null=True)),
    sa.Column("told", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("event_id", "ref"),
    sa.Index(None, "event_id", "contact"),
)

seat = sa.Table(
    "seat",
    metadata,
    sa.Column(
        "registration_id", _Id, sa.ForeignKey("registration.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    _event(),
    _text("name"),
    sa.Column("email", Words),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("arrival", UtcDateTime, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("number", sa.Integer),
    sa.Column("override", sa.Boolean, nullable=False),
    sa.Column("since", UtcDateTime),  # in this state
    sa.Column("was", sa.Text),  # the state before
    sa.Column("until", UtcDateTime),  # release pending: until when a word keeps it
    # What was in force when this number was granted: a capacity lowered later takes nobody's seat.
    sa.Column("granted_limit", sa.Integer),
    sa.Column("granted_held", sa.Integer),
    sa.CheckConstraint(_one_of("state", SeatState), name="seat_state"),
    sa.CheckConstraint("number >= 1", name="seat_number_from_one"),
    sa.CheckConstraint(f"({HOLDS}) = (number IS NOT NULL)", name="seat_number_while_held"),
    sa.CheckConstraint(
        "number IS NULL OR (granted_limit IS NOT NULL AND granted_held IS NOT NULL"
        " AND (override OR number <= granted_limit))",
        name="seat_number_within_limit",
    ),
    # No seat is sold twice.
    _partial("seat_number_held_once", "event_id", "number", where=HOLDS, unique=True),
)

offer = sa.Table(
    "offer",
    metadata,
    sa.Column(
        "registration_id", _Id, sa.ForeignKey("registration.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _event(),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("places", sa.JSON, nullable=False),  # of the seats it is about
    sa.Column("partial", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.CheckConstraint(_one_of("state", OfferState), name="offer_state"),
    # One at a time: a second one could promise the same person two things.
    _partial("offer_open_once", "registration_id", where="state = 'open'", unique=True),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _event(),
    sa.Column("mailbox", sa.Text, nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("arrival", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tried_at", UtcDateTime),  # the last attempt
    sa.Column("bucket", sa.Text),  # NULL: tried and not finished
    _text("reason"),
    _text("message_id"),
    _text("content_hash"),
    _text("sender"),
    _text("subject"),
    _text("reading", "{}"),
    _text("ref"),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("marked_at", UtcDateTime),  # acknowledged on IMAP
    sa.UniqueConstraint("event_id", "mailbox", "uidvalidity", "uid"),
    sa.CheckConstraint(_one_of("bucket", Bucket), name="message_bucket"),
    sa.CheckConstraint("(bucket IS NULL) = (finished_at IS NULL)", name="message_finished"),
    sa.Index(None, "event_id", "message_id"),
    sa.Index(None, "event_id", "content_hash"),
    sa.Index(None, "event_id", "ref"),
    # Small however large the ledger grows: what is asked at every poll.
    _partial("message_pending", "event_id", "uid", where="bucket IS NULL"),
    _partial("message_unmarked", "event_id", "uid", where="bucket IS NOT NULL AND marked_at IS NULL"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _event(),
    _text("cause"),
    _text("kind"),
    _text("sender"),
    _text("recipient"),
    _text("recipient_key"),  # case-folded: what caps count by
    _text("ref"),
    _text("message_id"),
    sa.Column("content", sa.LargeBinary, nullable=False),
    _text("because"),  # key of the message or tick that caused it
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("in_doubt", sa.Boolean, nullable=False, server_default=sa.false()),  # may have been sent before
    sa.Column("queued_at", UtcDateTime, nullable=False),
    sa.Column("not_before", UtcDateTime),
    sa.Column("first_tried_at", UtcDateTime),
    sa.Column("claimed_at", UtcDateTime),
    sa.Column("settled_at", UtcDateTime),  # sent, or failed for good
    _text("answer"),  # the server's last word
    sa.UniqueConstraint("event_id", "cause"),
    sa.UniqueConstraint("message_id"),
    sa.CheckConstraint(_one_of("state", OUTBOX_STATES), name="outbox_state"),
    sa.CheckConstraint("(state IN ('failed', 'sent')) = (settled_at IS NOT NULL)", name="outbox_settled"),
    sa.Index(None, "event_id", "recipient_key", "queued_at"),
    sa.Index(None, "event_id", "ref"),
    sa.Index(None, "event_id", "settled_at"),
    _partial("outbox_queued", "event_id", "id", where="state = 'queued'"),
    _partial("outbox_sending", "event_id", "id", where="state = 'sending'"),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _event(),
    sa.Column("at", UtcDateTime, nullable=False),
    _text("who"),
    _text("what"),
    _text("ref"),
    _text("because"),
    _text("words"),
    sa.Index(None, "event_id", "at"),
    sa.Index(None, "event_id", "ref"),
)

watermark = sa.Table(
    "watermark",
    metadata,
    sa.Column("event_id", sa.Text, sa.ForeignKey("event.id"), primary_key=True),
    sa.Column("mailbox", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("began_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("unaccounted", sa.Integer, nullable=False),
)

review = sa.Table(
    "review",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _event(),
    sa.Column("made_at", UtcDateTime, nullable=False),
    _text("reason"),
    _text("ref"),
    _text("words"),
    _text("sender"),
    _text("because"),
    sa.Column("settled_at", UtcDateTime),  # NULL: still open
    sa.Index(None, "event_id", "settled_at"),
)

trouble = sa.Table(
    "trouble",
    metadata,
    sa.Column("event_id", sa.Text, sa.ForeignKey("event.id"), primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),  # "smtp login", "imap login" ...
    _text("text"),
    sa.Column("since", UtcDateTime, nullable=False),
)
