"""The database is made, brought up to date with a copy kept, or refused: on SQLite and PostgreSQL."""

# ruff: noqa: F811 - a fixture imported by name is also the argument's name
# ruff: noqa: S608 - the tables' names are ours

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters import migrate, schema
from mailflow.adapters.engine import make_engine, parse_url
from mailflow.adapters.store import NoDatabaseYet, open_store
from mailflow.errors import (
    BadInput,
    ConfigError,
    DatabaseUnreachable,
    MailflowError,
    TemporaryFailure,
)
from tests.databases import database_url, empty_database_url, postgres_url, sqlite_url  # noqa: F401
from tests.seats import EVENT, NOW


def test_an_empty_database_is_made_and_opening_it_again_changes_nothing(empty_database_url: str) -> None:
    first = open_store(empty_database_url)
    secret = first.seed_event(EVENT, NOW)
    first.close()
    again = open_store(empty_database_url)
    assert again.seed_event(EVENT, NOW) == secret
    assert again.kept_copy is None
    again.close()


def test_the_migrated_database_is_the_one_that_the_code_describes(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = make_engine(parse_url(database_url), migrating=True)
    with engine.connect() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "version_table": schema.VERSION_TABLE}
        )
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_the_migrated_constraints_are_those_that_the_code_describes(
    database_url: str, tmp_path: Path
) -> None:
    """Alembic compares no CHECK, no default and no WHERE of an index: the databases themselves are asked."""
    engine = make_engine(parse_url(database_url), migrating=True)
    with engine.begin() as conn:
        migrated = _described(conn)
        conn.execute(sa.text(f"DROP TABLE {schema.VERSION_TABLE}"))
        schema.metadata.drop_all(conn)
        schema.metadata.create_all(conn)
        assert migrated == _described(conn)
    engine.dispose()


def _described(conn: sa.Connection) -> set[str]:
    if conn.dialect.name == "sqlite":
        rows = conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").scalars()
        parts = {
            part
            for sql in rows
            if schema.VERSION_TABLE not in sql
            for part in re.split(r"\n\t|,\s*\n|,\s(?=[a-z_]+ [A-Z]{4})", sql.replace('"', ""))
        }
        return {" ".join(p.split()).rstrip(",) ") for p in parts} - {""}
    constraints = conn.exec_driver_sql(
        "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
    ).scalars()
    indexes = conn.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'").scalars()
    return {text for text in [*constraints, *indexes] if schema.VERSION_TABLE not in text}


def test_the_version_in_the_code_is_that_of_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path(migrate.__file__).with_name("migrations")
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.VERSION]


def test_an_old_database_is_copied_before_it_is_changed(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "mailflow.db"
    with closing(sqlite3.connect(file)) as old:  # as an older mailflow would have left it
        for (name,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if name != schema.VERSION_TABLE:
                old.execute(f"DROP TABLE {name}")
        old.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0000'")
        old.execute("CREATE TABLE kept (word)")
        old.execute("INSERT INTO kept VALUES ('here')")
        old.commit()
    with pytest.raises(ConfigError, match="older mailflow"):
        open_store(sqlite_url, migrate=False)
    with pytest.raises(ConfigError, match="nothing was changed"):
        open_store(sqlite_url, backup_dir=tmp_path / "copies")  # no migration starts from 0000
    copy = tmp_path / "copies" / f"mailflow.db.before-{schema.VERSION}"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT word FROM kept").fetchone() == ("here",)
        assert kept.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchone() == ("0000",)


def test_a_backup_is_whole_while_the_database_is_in_use(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    secret = store.seed_event(EVENT, NOW)
    with store.step(EVENT.id) as step:
        step.limits(7, 0)
        store.backup(tmp_path / "copy.db")  # the step is not committed: the copy is from before it
    with pytest.raises(BadInput, match="exists"):
        store.backup(tmp_path / "copy.db")
    store.close()
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}", migrate=False)
    assert copy.seed_event(EVENT, NOW) == secret
    assert copy.roster(EVENT.id).capacity == EVENT.capacity
    copy.close()
    assert not list(tmp_path.glob("*.partial"))


def test_processes_that_start_at_once_make_the_database_once(empty_database_url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            open_store(empty_database_url).close()
        except Exception as err:  # noqa: BLE001 - shown below
            failures.append(err)

    workers = [threading.Thread(target=start) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    open_store(empty_database_url, migrate=False).close()


def test_a_missing_database_is_not_made_by_those_who_only_look(
    empty_database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(NoDatabaseYet):
        open_store(empty_database_url, migrate=False)
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_a_newer_mailflow_is_left_alone(database_url: str) -> None:
    engine = make_engine(parse_url(database_url))
    with engine.begin() as conn:
        conn.execute(sa.text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    engine.dispose()
    for migrating in (True, False):
        with pytest.raises(ConfigError, match="newer mailflow"):
            open_store(database_url, migrate=migrating)


def test_a_file_that_is_no_database_of_ours_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_bytes(b"Dear organisers, " * 100)
    with pytest.raises(BadInput, match=r"letter\.db is not a database"):
        open_store(f"sqlite:///{letter}")
    assert letter.read_bytes() == b"Dear organisers, " * 100
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as theirs:
        theirs.execute("CREATE TABLE theirs (word)")
    before = other.read_bytes()
    with pytest.raises(BadInput, match="another program"):
        open_store(f"sqlite:///{other}")
    assert other.read_bytes() == before


def test_a_folder_that_is_missing_or_a_name_that_is_a_folder_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(TemporaryFailure, match="does not exist: make it"):
        open_store(f"sqlite:///{tmp_path}/nowhere/mailflow.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(TemporaryFailure, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}/folder.db")


@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("postgresql+psycopg://u:hush@127.0.0.1:1/x", DatabaseUnreachable, "cannot be reached"),
        ("postgresql://u:hush@127.0.0.1:1/x", DatabaseUnreachable, "cannot be reached"),
        ("mysql://u:hush@127.0.0.1/x", ConfigError, "not served"),
        ("sqlite://", ConfigError, "name of a file"),
        ("mailflow.db", ConfigError, "not an address"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_line_without_the_password(
    url: str, error: type[MailflowError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        open_store(url)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_postgresql_without_that_database_or_that_user_says_so(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    with pytest.raises(DatabaseUnreachable, match="no such database"):
        open_store(url.set(database="nowhere").render_as_string())
    with pytest.raises(DatabaseUnreachable, match="refused"):
        open_store(url.set(username="nobody_of_that_name").render_as_string())
