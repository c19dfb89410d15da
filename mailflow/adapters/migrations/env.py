"""Run by Alembic: it brings the database of the connection it is handed to the newest shape.

The connection comes from `migrate.py`, inside a transaction that holds the lock: a migration is
done whole or not at all, also on SQLite.
"""

from __future__ import annotations

from alembic import context

from mailflow.adapters.schema import VERSION_TABLE, metadata


def run() -> None:
    """Migrate the connection in the configuration's attributes."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        render_as_batch=True,  # SQLite alters a table by building a new one
        transactional_ddl=True,  # true of SQLite too, as our engine drives it
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name Alembic gives it; imported by anything else, it does nothing
    run()
