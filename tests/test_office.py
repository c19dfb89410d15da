"""Unattended: servers that go away and come back, a login that is refused, a wait that is cut short."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.courier import SmtpCourier
from mailflow.adapters.smtp_line import CourierSettings
from mailflow.demo.servers import EmbeddedServers
from mailflow.errors import DatabaseUnreachable, LoginRefused, ServerUnreachable
from mailflow.health import ask_folder
from mailflow.office import SMTP_TROUBLE, Office, open_offices
from mailflow.service import Shift
from tests import databases
from tests.databases import postgres_url
from tests.desk import OPENED, Hands, close_all, configure, deployment, office, registers, servers
from tests.smtp_servers import SmtpServer

__all__ = ["postgres_url"]  # the fixture

MINUTE = timedelta(minutes=1)


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


def until(true: Callable[[], object], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def reads(desk: Office) -> None:
    with closing(desk.mailbox()) as mailbox:
        desk.receive(mailbox)


@contextmanager
def at_work(desk: Office, folder: Path, running: EmbeddedServers) -> Iterator[Shift]:
    stop = threading.Event()
    shift = Shift(desk, deployment(folder / "config", running.password), stop)
    shift.start()
    try:
        yield shift
    finally:
        stop.set()
        shift.interrupt()
        for thread in shift.threads:
            thread.join(10)


def test_a_database_that_restarts_is_waited_for(
    running: EmbeddedServers, tmp_path: Path, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = sa.make_url(postgres_url)

    def as_owner(statement: str) -> None:
        databases._as_owner(databases.postgres(), statement)

    extra = f'\n[database]\nurl = "{postgres_url}"\n[alarm]\nmailbox_minutes = 1\n'
    config = configure(tmp_path, running.imap_port, running.smtp_port, extra=extra)
    clock = Hands(OPENED)
    (desk,) = open_offices(deployment(config, running.password), clock)
    with at_work(desk, tmp_path, running) as shift:
        until(lambda: desk.health().watermark)
        clock.at += 60 * MINUTE  # late enough for an alarm, which has nowhere to stand either
        as_owner(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS false")
        as_owner(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")  # noqa: S608
        with pytest.raises(DatabaseUnreachable) as away:
            desk.lapse()
        assert not isinstance(away.value, ServerUnreachable), "that would be noted as the mailbox's trouble"
        running.deliver(registers("Ann Lee"), OPENED)
        shift.mail.ring()
        until(lambda: caplog.text.count("cannot be reached") + caplog.text.count("not currently accept") >= 2)
        assert shift.lives()
        assert not shift.stop.is_set()
        as_owner(f"ALTER DATABASE {url.database} WITH ALLOW_CONNECTIONS true")
        until(lambda: running.outgoing)
        assert shift.lives()
        assert [t.what for t in desk.store.troubles(desk.event_id)] == [], "the mailbox was well all the time"
    desk.store.close()


def test_an_alarm_that_cannot_be_noted_does_not_end_the_service(
    running: EmbeddedServers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Hands(OPENED)
    desk = office(tmp_path, running, clock)
    with closing(sqlite3.connect(desk.store.database.url.database or "")) as db, db:
        db.execute(
            "create trigger full before insert on outbox when new.kind = 'alarm' "
            "begin select raise(abort, 'the disk is full'); end"
        )
    desk.setup = replace(desk.setup, mailbox=desk.setup.mailbox.model_copy(update={"port": 1}))
    with at_work(desk, tmp_path, running) as shift:
        until(lambda: desk.store.troubles(desk.event_id))
        clock.at += 60 * MINUTE
        until(lambda: "alarm: " in caplog.text)
        time.sleep(0.1)
        assert shift.lives()
        assert not shift.stop.is_set()


def test_paced_mail_does_not_keep_the_worker_from_ending(running: EmbeddedServers, tmp_path: Path) -> None:
    desk = office(tmp_path, running, Hands(OPENED))
    desk.sending = replace(desk.sending, per_minute=1)
    for n, who in enumerate(("Ann Lee", "Bo Marsh")):
        running.deliver(registers(who), OPENED + n * MINUTE)
    with at_work(desk, tmp_path, running) as shift:
        until(lambda: running.outgoing)
        time.sleep(0.2)  # now it waits out its minute
        shift.stop.set()
        shift.interrupt()
        began = time.monotonic()
        for thread in shift.threads:
            thread.join(10)
        assert time.monotonic() - began < 5
        assert not any(thread.is_alive() for thread in shift.threads)
    assert len(running.outgoing) == 1


@pytest.mark.parametrize("answer", ["550 5.1.1 unknown", "451 4.2.0 busy"])
def test_a_server_that_is_there_again_is_no_trouble_whatever_it_says_to_a_mail(
    running: EmbeddedServers, tmp_path: Path, answer: str
) -> None:
    desk = office(tmp_path, running, Hands(OPENED))
    running.deliver(registers("Ann Lee"), OPENED)
    reads(desk)
    assert desk.deliver(SmtpCourier(CourierSettings("127.0.0.1", 1, "none"))).trouble
    assert [t.what for t in desk.store.troubles(desk.event_id)] == [SMTP_TROUBLE]
    with SmtpServer() as server:
        server.will("RCPT", answer)
        desk.deliver(SmtpCourier(CourierSettings("127.0.0.1", server.port, "none")))
    assert desk.store.troubles(desk.event_id) == []


@contextmanager
def callers() -> Iterator[tuple[int, list[object]]]:
    """A port, and who called there."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            while True:
                try:
                    line, caller = door.accept()
                except OSError:
                    return
                came.append(caller)
                line.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield door.getsockname()[1], came
        door.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_look_tries_no_login_without_a_password(running: EmbeddedServers, tmp_path: Path) -> None:
    desk = office(tmp_path, running, Hands(OPENED))
    with callers() as (port, came):
        box = desk.setup.mailbox.model_copy(update={"port": port})
        assert ask_folder(replace(desk.setup, mailbox=box), desk.store).trouble
        assert len(came) == 1
        bare = deployment(tmp_path / "config", "").of().mailbox.model_copy(update={"port": port})
        assert "password" in ask_folder(replace(desk.setup, mailbox=bare), desk.store).trouble
        assert len(came) == 1


def test_a_look_tries_no_login_while_the_workers_own_stands_refused(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands(OPENED))
    setup = desk.setup
    desk.setup = deployment(tmp_path / "config", "wrong").of()
    with pytest.raises(LoginRefused):
        reads(desk)
    with callers() as (port, came):
        moved = replace(setup, mailbox=setup.mailbox.model_copy(update={"port": port}))
        assert "login refused" in ask_folder(moved, desk.store).trouble
        assert came == []
        desk.setup = setup
        reads(desk)  # the password is mended: the next poll says so, and looks ask again
        ask_folder(moved, desk.store)
        assert len(came) == 1
