"""What a registration lives through: offers, questions to its holder, its calendar entry, the clock's mails.

The table of offers stood unused until now, and is made anew.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _id() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time(name: str, *, required: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _no(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def upgrade() -> None:
    """From 0001 to 0002."""
    for column in (_time("heard_at"), _no("unreachable"), _no("together")):
        op.add_column("registration", column)
    for name in ("pending", "invitation", "told"):
        op.add_column("registration", sa.Column(name, sa.JSON))
    op.add_column("seat", _time("since"))
    op.add_column("seat", sa.Column("was", sa.Text))
    op.add_column("seat", _time("until"))
    op.drop_table("offer")
    op.create_table(
        "offer",
        sa.Column("registration_id", _id(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        _time("made_at", required=True),
        _time("until", required=True),
        sa.Column("places", sa.JSON, nullable=False),
        sa.Column("partial", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "number", name="offer_pk"),
        sa.ForeignKeyConstraint(["registration_id"], ["registration.id"], name="offer_registration_id_fk"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="offer_event_id_fk"),
        sa.CheckConstraint(
            "state IN ('accepted', 'declined', 'ended', 'lapsed', 'open')", name="offer_state"
        ),
    )
    still_open = sa.text("state = 'open'")
    op.create_index(
        "offer_open_once",
        "offer",
        ["registration_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
