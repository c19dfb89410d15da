"""The organisers' page and the event's file: what is told, once, and what an edited file orders."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailflow.core.digest import Digest
from mailflow.core.model import InvolvementPolicy
from mailflow.daily import gather_digest, queue_digest
from mailflow.demo.servers import EmbeddedServers
from mailflow.errors import MailflowError
from mailflow.lapse import adopt_limits
from mailflow.office import SMTP_TROUBLE, Office, open_offices
from mailflow.service import Shift
from tests.desk import OPENED, Hands, close_all, configure, deployment, mail, office, registers, servers

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNING = OPENED.replace(hour=5, minute=30)  # 07:30 in the event's zone


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


def page(desk: Office) -> Digest:
    now = desk.clock()
    return gather_digest(desk.store, desk.event_id, now.date(), now, desk.health())


def send_digest(desk: Office, day: date) -> int:
    return queue_digest(desk.desk, desk.store, day, desk.clock(), desk.health())


def digests(desk: Office) -> int:
    return sum(kind == "digest" for kind, *_ in desk.store.outbox_contents(desk.event_id))


def test_a_mail_that_came_before_the_page_and_was_read_after_it_is_new_on_the_next(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    clock = Hands(MORNING)
    desk = office(tmp_path, running, clock)
    running.deliver(registers("Ann Lee"), MORNING - timedelta(seconds=10))
    assert send_digest(desk, MORNING.date()) == 1
    clock.at = MORNING + timedelta(seconds=10)
    desk.round()
    clock.at = MORNING + DAY
    assert [r.name for r in page(desk).new] == ["Ann Lee"]
    send_digest(desk, clock.at.date())
    clock.at += DAY
    assert page(desk).new == (), "told once"


def test_a_page_of_yesterday_sent_by_hand_does_not_hush_todays(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    clock = Hands(MORNING - HOUR)
    desk = office(tmp_path, running, clock)
    shift = Shift(desk, deployment(tmp_path / "config", running.password), threading.Event())
    assert send_digest(desk, MORNING.date() - DAY) == 1
    shift.digest()
    assert digests(desk) == 1, "not before its hour"
    clock.at = MORNING
    for _ in range(2):
        shift.digest()
    assert digests(desk) == 2
    assert send_digest(desk, MORNING.date()) == 0


def test_who_was_never_asked_for_an_involvement_owes_none(running: EmbeddedServers, tmp_path: Path) -> None:
    desk = office(tmp_path, running, Hands(OPENED))
    running.deliver(mail("Ann Lee", "Please register me.\n\nAnn Lee\n"), OPENED)
    desk.round()
    assert [r.name for r in page(desk).missing_involvement] == ["Ann Lee"]
    desk.store.know(replace(desk.desk.event, involvement=InvolvementPolicy.OFF))
    assert page(desk).missing_involvement == ()


def test_the_page_tells_of_mail_in_doubt_and_of_what_does_not_work(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    clock = Hands(OPENED)
    desk = office(tmp_path, running, clock)
    running.deliver(registers("Ann Lee"), OPENED)
    with closing(desk.mailbox()) as mailbox:
        desk.receive(mailbox)
    assert desk.store.claim(desk.event_id, OPENED) is not None  # and then the machine died
    clock.at += HOUR
    desk.store.requeue_in_doubt(desk.event_id, clock.at)
    desk.store.set_trouble(desk.event_id, SMTP_TROUBLE, "smtp.example: connection refused", clock.at)
    (doubtful,) = page(desk).in_doubt
    assert (doubtful.recipient, doubtful.kind, doubtful.at) == ("ann.lee@home.example", "confirmed", OPENED)
    assert doubtful.ref.startswith("RCD-")
    (trouble,) = page(desk).troubles
    assert (trouble.what, trouble.since) == (SMTP_TROUBLE, clock.at)


def edited(folder: Path, running: EmbeddedServers, clock: Hands, capacity: int) -> Office:
    """The office as it is opened after the file was edited."""
    config = configure(folder, running.imap_port, running.smtp_port, capacity)
    return open_offices(deployment(config, running.password), clock)[0]


def test_an_edited_file_is_an_order_once(running: EmbeddedServers, tmp_path: Path) -> None:
    clock = Hands(OPENED)
    office(tmp_path, running, clock, capacity=3)
    desk = edited(tmp_path, running, clock, 5)
    with closing(desk.store):
        assert desk.store.roster(desk.event_id).capacity == 5
        with desk.store.step(desk.event_id) as step:
            step.limits(8, 0)  # a person's order, later
        assert not adopt_limits(desk.desk, desk.store, OPENED + HOUR)
    clock.at += DAY
    with closing(edited(tmp_path, running, clock, 5).store) as store:
        assert store.roster("repair-2030").capacity == 8, "the file says what it said before"


def test_the_files_order_and_what_the_file_said_are_written_together(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands(OPENED), capacity=3)
    with closing(sqlite3.connect(desk.store.database.url.database or "")) as db, db:
        db.execute(
            "create trigger full before update of file_capacity on event "
            "begin select raise(abort, 'the disk is full'); end"
        )
    later = replace(desk.desk, event=replace(desk.desk.event, capacity=9))
    with pytest.raises(MailflowError):
        adopt_limits(later, desk.store, OPENED + HOUR)
    assert desk.store.roster(desk.event_id).capacity == 3
    assert desk.store.file_limits(desk.event_id) == (3, 0)
