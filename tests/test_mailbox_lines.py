"""Lines that break, servers that hang, and the bell that IDLE is."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mailflow.adapters.mailbox import ImapMailbox, MailboxSettings
from mailflow.core.ledger import Bucket
from mailflow.errors import ServerUnreachable
from tests.dovecot import Dovecot, dovecot
from tests.mailbox_servers import (
    NOON,
    Server,
    mail,
    opened,
    server,
    soon,
    took_less_than,
)
from tests.odd_imap import OddImap
from tests.relay import Relay

__all__ = ["dovecot", "server"]


def test_a_restart_of_the_server_during_work_is_told_and_survived(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(), NOON)
    with opened(dovecot) as mailbox:
        uids = mailbox.uids_newer_than(0)
        dovecot.kill()
        with pytest.raises(ServerUnreachable):
            mailbox.fetch(sorted(uids))
        with pytest.raises(ServerUnreachable):
            mailbox.mark(uids, Bucket.HANDLED)
        with pytest.raises(ServerUnreachable, match="refused"):
            mailbox.open()
        dovecot.start()
        mailbox.open()
        mailbox.mark(uids, Bucket.HANDLED)
    assert dovecot.folder("Mailflow.Handled") == [mail()]


def test_a_connection_that_died_while_idle_is_replaced_by_open(server: Server) -> None:
    with Relay(server.settings().port) as relay, opened(server, port=relay.port) as mailbox:
        relay.cut()
        server.deliver(mail(), NOON)
        mailbox.open()
        assert len(mailbox.newer_than(0)) == 1
        assert relay.connections == 2


def test_an_open_connection_is_used_again(server: Server) -> None:
    with Relay(server.settings().port) as relay, opened(server, port=relay.port) as mailbox:
        server.deliver(mail(), NOON)
        mailbox.open()
        assert len(mailbox.newer_than(0)) == 1
        assert relay.connections == 1


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    with OddImap(greeting=None) as server, took_less_than(2):
        mailbox = ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none", connect_timeout=0.3))
        with pytest.raises(ServerUnreachable, match="no answer in time"):
            mailbox.open()


def test_a_server_that_drips_meets_the_deadline_of_the_poll() -> None:
    def drip(_match: object, line: Any) -> None:
        for _ in range(100):
            line.sendall(b"* OK still searching\r\n")
            time.sleep(0.05)

    with OddImap({rb"UID SEARCH .*": drip}) as server, took_less_than(3):  # type: ignore[dict-item]
        mailbox = ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none", poll_deadline=0.5))
        mailbox.open()
        with pytest.raises(ServerUnreachable, match=r"not done within 0\.5 s"):
            mailbox.newer_than(0)
        mailbox.close()


def test_a_server_that_stops_in_the_middle_of_a_fetch_is_given_up(dovecot: Dovecot) -> None:
    for number in range(40):
        dovecot.deliver(mail(str(number), "woord " * 8_000), NOON)
    with Relay(dovecot.port, stall_after=400_000) as relay, took_less_than(4):
        mailbox = ImapMailbox(dovecot.settings(port=relay.port, command_timeout=60.0, poll_deadline=1.0))
        mailbox.open()
        uids = sorted(mailbox.uids_newer_than(0))
        with pytest.raises(ServerUnreachable, match="not done within 1 s"):
            mailbox.fetch(uids)
        with pytest.raises(ServerUnreachable, match="no connection"):
            mailbox.found(uids)
        mailbox.close()


def test_new_mail_rings_within_three_seconds(server: Server) -> None:
    with opened(server) as mailbox, took_less_than(3):
        mailbox.newer_than(0)
        with soon(lambda: server.deliver(mail(), NOON)):
            assert mailbox.wait(20)
        assert len(mailbox.newer_than(0)) == 1


@pytest.mark.parametrize("told", [True, False])
def test_mail_that_came_between_listing_and_waiting_rings_at_once(server: Server, told: bool) -> None:
    with opened(server) as mailbox:
        mailbox.newer_than(0)
        server.deliver(mail(), NOON)
        if told:
            mailbox.found([1])  # the server tells of it in passing
        with took_less_than(1):
            assert mailbox.wait(20)
        mailbox.newer_than(0)
        assert not mailbox.wait(0.3)


@pytest.mark.parametrize("idle", [True, False])
def test_silence_ends_when_the_time_is_over(server: Server, idle: bool) -> None:
    with opened(server, idle=idle) as mailbox, took_less_than(2):
        assert not mailbox.wait(0.3)


@pytest.mark.parametrize("idle", [True, False])
def test_a_stop_ends_the_waiting_at_once_and_only_once(server: Server, idle: bool) -> None:
    with opened(server, idle=idle) as mailbox:
        with soon(mailbox.interrupt), took_less_than(2):
            assert not mailbox.wait(20)
        mailbox.interrupt()
        with took_less_than(1):
            assert not mailbox.wait(20)
        began = time.monotonic()
        mailbox.wait(0.3)
        assert time.monotonic() - began > 0.25
        assert mailbox.newer_than(0) == []


def test_the_renewal_of_idle_hears_on(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.adapters.imap_idle.RENEW", 0.1)
    with opened(dovecot) as mailbox, soon(lambda: dovecot.deliver(mail(), NOON), 0.5), took_less_than(3):
        assert mailbox.wait(20)


def test_a_line_that_dies_while_waiting_is_noticed(server: Server) -> None:
    with Relay(server.settings().port) as relay, opened(server, port=relay.port) as mailbox, soon(relay.cut):
        with took_less_than(3), pytest.raises(ServerUnreachable, match="connection lost"):
            mailbox.wait(20)
        mailbox.open()


def test_a_server_that_says_goodbye_while_we_wait_is_noticed(dovecot: Dovecot) -> None:
    with opened(dovecot) as mailbox, soon(dovecot.stop), took_less_than(5), pytest.raises(ServerUnreachable):
        mailbox.wait(20)


@pytest.mark.parametrize(
    "said",
    [
        b"* 2 EXISTS\r\n+ idling\r\n",
        b"+ idling\r\n* 2 EXISTS\r\n",
        b"+ idling\r\n* OK still here\r\n* 2 EXISTS\r\n",
    ],
)
def test_news_told_in_one_breath_with_the_start_of_idle_is_heard(said: bytes) -> None:
    def start(_match: object, line: Any) -> None:
        line.sendall(said)

    answers: dict[bytes, Any] = {rb"UID SEARCH .*": b"* SEARCH\r\n", rb"IDLE": start}
    with OddImap(answers) as server, took_less_than(2):
        mailbox = ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none"))
        mailbox.open()
        assert mailbox.wait(20)
        mailbox.close()


def test_who_only_waits_is_told_of_each_mail_once_even_across_a_dead_line(server: Server) -> None:
    with Relay(server.settings().port) as relay, opened(server, port=relay.port) as mailbox:
        server.deliver(mail("a"), NOON)
        assert mailbox.wait(20)
        mailbox.open(read_only=True)
        assert not mailbox.wait(0.2)
        server.deliver(mail("b"), NOON)
        mailbox.open(read_only=True)  # what the SELECT shows is not told by IDLE
        with took_less_than(1):
            assert mailbox.wait(20)
        relay.cut()
        server.deliver(mail("c"), NOON)
        mailbox.open(read_only=True)
        with took_less_than(1):
            assert mailbox.wait(20)
        assert not mailbox.wait(0.2)
