"""After the days of keeping: the mailbox is rid of what was handled, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailflow.adapters.mailbox import ImapMailbox
from mailflow.adapters.store import SqlStore, open_store
from mailflow.core.ledger import Bucket, Handled, Slot
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office
from mailflow.purge import purge
from mailflow.reading.parse import parse
from tests.databases import sqlite_url
from tests.desk import OPENED, Hands, close_all, mail, office, registers, servers
from tests.mailbox_servers import NOON, Server, folder_of, opened, server
from tests.mailbox_servers import mail as letter
from tests.seats import EVENT, NOW

__all__ = ["server", "sqlite_url"]  # the fixtures
DAY = timedelta(days=1)


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


@pytest.fixture
def store(sqlite_url: str) -> Iterator[SqlStore]:
    with closing(open_store(sqlite_url)) as opening:
        opening.seed_event(EVENT, NOW)
        yield opening


def handles(store: SqlStore, mailbox: ImapMailbox, bucket: Bucket, *, moves: bool = True) -> None:
    """What is in the folder ends in that bucket, recorded and then acknowledged."""
    validity = mailbox.open()
    fetched = mailbox.fetch(sorted(mailbox.uids_newer_than(0)))
    with store.step(EVENT.id) as step:
        for uid, raw in fetched.items():
            read = parse(raw)
            slot = Slot(mailbox.name, validity, uid)
            step.finish(
                Handled(slot, NOW, bucket, "", message_id=read.message_id, content_hash=read.content_hash),
                NOW,
            )
    if moves:
        mailbox.mark(fetched, bucket)


def test_what_was_handled_is_deleted_and_what_was_not_stays(server: Server, store: SqlStore) -> None:
    with opened(server) as mailbox:
        settings = mailbox.settings
        for name, bucket in (("seat", Bucket.HANDLED), ("ask", Bucket.REVIEW)):
            server.deliver(letter(name), NOON)
            handles(store, mailbox, bucket)
        server.deliver(letter("stuck"), NOON)
        handles(store, mailbox, Bucket.IGNORED, moves=False)
        server.deliver(letter("new"), NOON)
        # By hand: another mail, and one that only has the Message-ID of one that was handled.
        by_hand = [letter("hand"), letter("seat", "Something else.\r\n")]
        for raw in by_hand:
            mailbox._session.client.append(mailbox._folders.native(settings.handled_folder), raw)
        native = [mailbox._folders.native(f) for f in (settings.handled_folder, settings.review_folder)]
        with store.step(EVENT.id) as step:
            step.erase("", NOW)  # it is found though no Message-ID is kept
        done = purge(store, mailbox, EVENT.id, NOW)
        assert (done.deleted, done.expunged) == (3, True)
        assert purge(store, mailbox, EVENT.id, NOW).deleted == 0
    assert folder_of(server, native[0]) == sorted(by_hand)
    assert folder_of(server, native[1]) == []
    assert folder_of(server, "INBOX") == [letter("new")]
    (line,) = store.journal(EVENT.id)
    assert line.what == "3 mails deleted from the mailbox: the days of keeping are over"


def ended(folder: Path, running: EmbeddedServers, *, wanted: bool) -> tuple[Office, Hands]:
    """A day before the days of keeping are over, one mail handled."""
    clock = Hands(OPENED)
    desk = office(folder, running, clock)
    desk.desk = replace(desk.desk, event=replace(desk.desk.event, purge_mailbox=wanted))
    desk.store.know(desk.desk.event)
    running.deliver(registers("Ann Lee"), OPENED)
    desk.round()
    over: datetime = desk.desk.event.ends + timedelta(days=desk.desk.event.retention_days)
    clock.at = over - DAY
    return desk, clock


def left(desk: Office) -> int:
    with closing(desk.mailbox()) as mailbox:
        mailbox.open()
        total = 0
        for folder in ("INBOX", "Mailflow/Handled", "Mailflow/Review"):
            if mailbox._folders.exists(mailbox._folders.native(folder)):
                mailbox._folders.select(folder, read_only=True)
                total += len(mailbox._session.client.search("ALL"))
        return total


def test_the_mailbox_is_purged_by_a_round_once_the_days_are_over_and_daily_from_then_on(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = ended(tmp_path, running, wanted=True)
    desk.round()
    assert left(desk) == 1, "kept until the last day"
    clock.at += DAY + timedelta(minutes=1)
    desk.round()
    assert left(desk) == 0
    running.deliver(mail("Bo Marsh", "Can I still come?\n\nBo\n"), clock.at)
    desk.round()
    assert left(desk) == 1
    clock.at += DAY
    desk.round()
    assert left(desk) == 0


def test_an_event_that_does_not_want_it_keeps_its_mailbox(running: EmbeddedServers, tmp_path: Path) -> None:
    desk, clock = ended(tmp_path, running, wanted=False)
    clock.at += 10 * DAY
    desk.round()
    assert left(desk) == 1
