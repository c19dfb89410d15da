"""A round of reading beside a server that fails, a mail that breaks it, and other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.store import SqlStore, open_store
from mailflow.commands_work import _round
from mailflow.core.ledger import Bucket
from mailflow.core.model import Event
from mailflow.errors import ServerUnreachable, TemporaryFailure
from mailflow.office import FILING_TROUBLE, MAILBOX_TROUBLE, Office, open_offices
from mailflow.receive import Received
from tests.databases import database_url, postgres_url
from tests.desk import OPENED, Hands, configure, deployment, office, registers, servers, states
from tests.odd_folder import OddFolder

__all__ = ["database_url", "postgres_url"]

MINUTE = timedelta(minutes=1)


class At:
    """Where an office finds its servers."""

    def __init__(self, imap_port: int, smtp_port: int) -> None:
        self.imap_port, self.smtp_port, self.password = imap_port, smtp_port, "demo"


@contextmanager
def reading(folder: Path, *who: str) -> Iterator[tuple[OddFolder, Office]]:
    """An office on a scripted folder with these people's registrations. Nobody sends: no SMTP server."""
    with OddFolder(*(registers(one) for one in who)) as server:
        yield server, office(folder, At(server.port, 1), Hands(OPENED + MINUTE), capacity=20)  # type: ignore[arg-type]


def one_round(desk: Office) -> Received:
    box = desk.mailbox()
    try:
        return desk.receive(box)
    finally:
        box.close()


def begun(desk: Office) -> dict[int, int]:
    return desk.store.pending(desk.event_id, desk.setup.mailbox_name, 7)


def test_a_server_that_loses_the_line_at_each_fetch_sets_no_mail_aside(tmp_path: Path) -> None:
    with reading(tmp_path, "Ann Berg", "Bob Carr") as (server, desk):
        server.broken = True
        for _ in range(5):
            with pytest.raises(ServerUnreachable, match="connection lost"):
                one_round(desk)
            assert set(begun(desk).values()) == {0}
        server.broken = False
        assert one_round(desk).buckets == {Bucket.HANDLED: 2}
        assert states(desk) == {"ann.berg": ["confirmed"], "bob.carr": ["confirmed"]}
        assert desk.store.reviews(desk.event_id) == []


def test_a_line_lost_once_costs_nobody_a_strike_or_a_place(tmp_path: Path) -> None:
    with reading(tmp_path, "Ann Berg", "Bob Carr") as (server, desk):
        lost = iter([True])

        def once() -> None:
            server.broken = next(lost, False)

        server.before = once
        done = one_round(desk)
        assert (done.buckets, done.failed) == ({Bucket.HANDLED: 2}, 0)
        assert list(states(desk)) == ["ann.berg", "bob.carr"]


def test_one_mail_that_breaks_the_line_keeps_no_other_back_and_is_set_aside(tmp_path: Path) -> None:
    with reading(tmp_path, "Ann Berg", "Bob Carr", "Cas Dow") as (server, desk):
        server.breaking = {2}
        done = one_round(desk)
        assert (done.buckets, done.failed, done.unaccounted) == ({Bucket.HANDLED: 2}, 1, 1)
        with pytest.raises(ServerUnreachable):  # alone, nothing shows that it is not the server's fault
            one_round(desk)
        assert begun(desk) == {2: 1}
        for name in ("Dee Ems", "Eve Fox"):
            server.arrives(registers(name))
            done = one_round(desk)
        assert done.buckets == {Bucket.HANDLED: 1, Bucket.SET_ASIDE: 1}
        assert [r.words for r in desk.store.reviews(desk.event_id)] == ["it could not be fetched"]
        assert done.unaccounted == 0
        assert server.mails == {}
        assert sorted(states(desk)) == ["ann.berg", "cas.dow", "dee.ems", "eve.fox"]


def test_mails_that_break_the_line_one_after_the_other_do_not_hide_those_behind_them(tmp_path: Path) -> None:
    with reading(tmp_path, "Ann Berg", "Bob Carr", "Cas Dow", "Dee Ems") as (server, desk):
        server.breaking = {1, 2, 3, 4}
        with pytest.raises(ServerUnreachable):
            one_round(desk)
        server.breaking = {1, 2, 3}
        assert one_round(desk).buckets == {Bucket.HANDLED: 1}
        assert begun(desk) == {1: 1, 2: 1, 3: 1}


def test_a_full_mailbox_that_moves_nothing_is_a_trouble_and_not_the_end_of_reading(tmp_path: Path) -> None:
    with reading(tmp_path, "Ann Berg") as (server, desk):
        server.moving = b"NO [OVERQUOTA] mailbox is full"
        assert one_round(desk).buckets == {Bucket.HANDLED: 1}
        server.arrives(registers("Bob Carr"))
        done = one_round(desk)
        assert done.buckets == {Bucket.HANDLED: 1}
        assert done.complete
        assert "mailbox is full" in done.refused
        assert sorted(states(desk)) == ["ann.berg", "bob.carr"]
        (trouble,) = desk.store.troubles(desk.event_id)
        assert trouble.what == FILING_TROUBLE
        assert "[OVERQUOTA] mailbox is full" in trouble.text
        mark = desk.store.watermark(desk.event_id, desk.setup.mailbox_name)
        assert mark is not None
        assert mark.ended_at is not None
        server.moving = b""
        assert one_round(desk).total == 0
        assert server.mails == {}, "what stayed is moved as soon as the server does it"
        assert desk.store.troubles(desk.event_id) == []


def test_a_poll_on_a_full_mailbox_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with reading(tmp_path, "Ann Berg") as (server, desk):
        server.moving = b"NO [OVERQUOTA] mailbox is full"
        assert _round(desk) == 69
        said = capsys.readouterr()
        assert "repair-2030: 1 read (1 handled)" in said.out
        assert "refused while moving: [OVERQUOTA] mailbox is full" in said.err


def test_a_database_that_is_held_while_a_mail_is_recorded_counts_no_strike(
    tmp_path: Path, postgres_url: str
) -> None:
    with OddFolder(registers("Ann Berg")) as server:
        patience = f"{postgres_url}&options=-c%20lock_timeout%3D100ms"
        patience = patience if "?" in postgres_url else patience.replace("&options", "?options")
        config = configure(tmp_path, server.port, 1, extra=f'\n[database]\nurl = "{patience}"\n')
        (desk,) = open_offices(deployment(config, "demo"), Hands(OPENED + MINUTE))
        other = sa.create_engine(postgres_url, poolclass=sa.NullPool)
        with other.connect() as held:

            def hold() -> None:
                held.exec_driver_sql("SELECT 1 FROM event FOR NO KEY UPDATE")

            server.before = hold
            with pytest.raises(TemporaryFailure, match="holds the event"):
                one_round(desk)
        server.before = lambda: None
        assert begun(desk) == {1: 0}
        assert one_round(desk).buckets == {Bucket.HANDLED: 1}
        desk.store.close()
        other.dispose()


EVENT = Event(
    id="turn-2030", name="Turn", reference="TRN", address="t@turn.example", organisers=("o@turn.example",),
    capacity=3, starts=OPENED, ends=OPENED, timezone="Europe/Amsterdam",
)  # fmt: skip

# Takes the turn, says so, and works until it is killed.
AT_WORK = """
import sys, time
from mailflow.adapters.store import open_store
with open_store(sys.argv[1]).turn("turn-2030") as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


@contextmanager
def ledger(url: str) -> Iterator[SqlStore]:
    store = open_store(url)
    yield store
    store.close()


def test_one_process_reads_at_a_time_and_a_killed_one_gives_the_turn_back(database_url: str) -> None:
    with ledger(database_url) as store:
        with subprocess.Popen(
            [sys.executable, "-c", AT_WORK, database_url], stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "True\n"
            with store.turn("turn-2030") as mine:
                assert not mine
            with store.turn("another-2030") as mine:
                assert mine, "each event has a turn of its own"
            os.kill(other.pid, signal.SIGKILL)
        until_mine = threading.Event()
        for _ in range(100):  # the system tells the server that the session is gone
            with store.turn("turn-2030") as mine:
                if mine:
                    break
            until_mine.wait(0.05)
        assert mine


def test_two_threads_have_no_turn_at_once_and_a_failed_round_gives_it_back(database_url: str) -> None:
    with ledger(database_url) as store:
        with suppress(ServerUnreachable), store.turn("turn-2030") as first:
            assert first
            with store.turn("turn-2030") as second:
                assert not second
            with store.turn("turn-2030") as third:
                assert not third, "leaving without it does not give it away"
            raise ServerUnreachable("away")
        with store.turn("turn-2030") as again:
            assert again


def test_a_database_that_is_away_says_so_instead_of_a_turn(postgres_url: str) -> None:
    away = sa.make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    with ledger(postgres_url) as store:
        store.database.url = sa.make_url(away).set(drivername="postgresql+psycopg")
        with pytest.raises(TemporaryFailure, match="no such database"), store.turn("turn-2030"):
            pytest.fail("there is no turn to be had")


def test_a_turn_that_cannot_be_taken_says_where_and_why(tmp_path: Path) -> None:
    file = tmp_path / "mailflow.db"
    with ledger(f"sqlite:///{file}") as store:
        (tmp_path / "mailflow.db.turn-2030.turn").mkdir()
        with (
            pytest.raises(TemporaryFailure, match=r"turn-2030\.turn cannot be locked"),
            store.turn("turn-2030"),
        ):
            pytest.fail("there is no turn to be had")


def test_a_poll_beside_a_worker_ends_quietly_and_touches_no_mail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with servers() as up:
        up.deliver(registers("Ann Berg"), OPENED)
        desk = office(tmp_path, up, Hands(OPENED + MINUTE))
        desk.store.set_trouble(desk.event_id, MAILBOX_TROUBLE, "away, says who reads it", OPENED)
        with desk.store.turn(desk.event_id):
            for _ in range(5):
                assert _round(desk) == 0
            assert "another process is reading this mailbox" in capsys.readouterr().out
            assert desk.store.pending(desk.event_id, desk.setup.mailbox_name, 7) == {}
            assert [one.what for one in desk.store.troubles(desk.event_id)] == [MAILBOX_TROUBLE]
        assert _round(desk) == 0
        assert "1 read (1 handled)" in capsys.readouterr().out
        assert states(desk) == {"ann.berg": ["confirmed"]}
