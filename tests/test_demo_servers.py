"""The embedded servers: what `mailflow demo` and many tests stand on."""

from __future__ import annotations

import smtplib
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from imapclient import IMAPClient

from mailflow.demo.servers import EmbeddedServers

NOON = datetime(2018, 11, 1, 12, 0, tzinfo=UTC)
RAW = b"From: jo@example.example\r\nSubject: caf\xe9\r\n\r\n.een punt\r\n"


def connect(servers: EmbeddedServers) -> IMAPClient:
    client = IMAPClient(servers.host, servers.imap_port, ssl=False)
    client.normalise_times = False
    client.login(servers.user, servers.password)
    client.select_folder("INBOX")
    return client


def test_mail_to_the_address_lands_in_the_inbox_at_the_hour_of_the_servers_clock() -> None:
    with EmbeddedServers(now=lambda: NOON) as servers, smtplib.SMTP(servers.host, servers.smtp_port) as smtp:
        smtp.sendmail("jo@example.example", [servers.user.upper()], RAW)
        servers.now = lambda: NOON + timedelta(days=1)
        smtp.sendmail("jo@example.example", [servers.user], RAW)
        with connect(servers) as client:
            got = client.fetch(client.search(), ["INTERNALDATE", "BODY.PEEK[]"])
    assert [one[b"INTERNALDATE"] for one in got.values()] == [NOON, NOON + timedelta(days=1)]
    assert all(one[b"BODY[]"].endswith(RAW) for one in got.values()), (
        "as it came, below what the server noted"
    )
    assert servers.outgoing == []


def test_mail_to_anybody_else_is_kept_as_it_was_sent() -> None:
    with EmbeddedServers() as servers, smtplib.SMTP(servers.host, servers.smtp_port) as smtp:
        smtp.sendmail("", ["jo@example.example"], RAW)
        smtp.sendmail("a@example.example", ["jo@example.example", servers.user], RAW)
        with connect(servers) as client:
            assert len(client.search()) == 1
    assert servers.outgoing == [
        ("", ["jo@example.example"], RAW),
        ("a@example.example", ["jo@example.example"], RAW),
    ]


def test_a_delivered_mail_keeps_its_arrival_and_wakes_who_waits() -> None:
    with EmbeddedServers() as servers, connect(servers) as client:
        client.idle()
        threading.Timer(0.1, servers.deliver, (RAW, NOON)).start()
        assert any(one[1] == b"EXISTS" for one in client.idle_check(timeout=10))
        client.idle_done()
        (got,) = client.fetch(client.search(), ["INTERNALDATE"]).values()
    assert got[b"INTERNALDATE"] == NOON


def test_keywords_are_kept() -> None:
    with EmbeddedServers() as servers:
        servers.deliver(RAW, NOON)
        with connect(servers) as client:
            client.add_flags(client.search(), [b"$MailflowHandled"])
        with connect(servers) as again:
            assert b"$MailflowHandled" in again.get_flags([101])[101]


def test_idle_can_be_left_out() -> None:
    with EmbeddedServers(idle=False) as servers, connect(servers) as client:
        assert not client.has_capability("IDLE")


def test_dropped_connections_leave_the_mail() -> None:
    with EmbeddedServers() as servers:
        servers.deliver(RAW, NOON)
        client = connect(servers)
        servers.drop_connections()
        with pytest.raises((IMAPClient.Error, OSError)):
            client.noop()
        client.shutdown()
        with connect(servers) as again:
            assert len(again.search()) == 1


def test_a_wrong_password_is_refused() -> None:
    with (
        EmbeddedServers() as servers,
        IMAPClient(servers.host, servers.imap_port, ssl=False) as client,
        pytest.raises(IMAPClient.Error),
    ):
        client.login(servers.user, "fout")


def test_two_run_side_by_side_and_one_after_the_other() -> None:
    with EmbeddedServers() as one, EmbeddedServers() as other:
        one.deliver(RAW, NOON)
        with connect(one) as client, connect(other) as elsewhere:
            assert len(client.search()) == 1
            assert elsewhere.search() == []
    with EmbeddedServers() as third, connect(third) as client:
        assert client.search() == []


def test_the_end_leaves_no_thread_and_no_open_port() -> None:
    with EmbeddedServers() as servers:
        client = connect(servers)
        client.idle()
    assert "mailflow-servers" not in [thread.name for thread in threading.enumerate()]
    with pytest.raises(ConnectionRefusedError):
        IMAPClient(servers.host, servers.imap_port, ssl=False)
    client.shutdown()


def test_many_mails_are_taken_in_fast() -> None:
    with EmbeddedServers() as servers:
        began = time.monotonic()
        for _ in range(300):
            servers.deliver(RAW, NOON)
        assert time.monotonic() - began < 5
        with connect(servers) as client:
            assert len(client.search()) == 300
