"""Answers no well-kept IMAP server gives, by a scripted one."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mailflow.adapters.mailbox import ImapMailbox, MailboxSettings
from mailflow.core.ledger import Bucket
from mailflow.errors import ServerUnreachable
from tests.mailbox_servers import (
    NOON,
)
from tests.odd_imap import OddImap


def odd_fetch(uid: int, items: bytes) -> bytes:
    return b"* 1 FETCH (UID %d %s)\r\n" % (uid, items)


def literal(data: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(data), data)


@contextmanager
def odd(answers: dict[bytes, Any], **changes: Any) -> Iterator[ImapMailbox]:
    with OddImap(answers) as server:
        mailbox = ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none", **changes))
        mailbox.open()
        try:
            yield mailbox
        finally:
            mailbox.close()


@pytest.mark.parametrize("date", [b"", b'INTERNALDATE "yesterday" ', b"INTERNALDATE NIL "])
def test_a_missing_internaldate_is_taken_from_the_servers_own_received_field(date: bytes) -> None:
    received = (
        b"Received: from a by b;\r\n Thu, 01 Nov 2018 13:00:00 +0100\r\n"
        b"Received: from x by y; Thu, 01 Nov 2018 03:00:00 +0000\r\n\r\n"
    )
    answers: dict[bytes, Any] = {
        rb"UID SEARCH .*": b"* SEARCH 1\r\n",
        rb"UID FETCH 1 .*INTERNALDATE.*": odd_fetch(1, date + b"RFC822.SIZE 10"),
        rb"UID FETCH 1 .*RECEIVED.*": odd_fetch(1, b"BODY[HEADER.FIELDS (RECEIVED)] " + literal(received)),
    }
    with odd(answers) as mailbox:
        assert [one.arrival for one in mailbox.newer_than(0)] == [NOON]


def test_without_any_date_a_mail_stands_beside_its_neighbour() -> None:
    dated = b'INTERNALDATE "01-Nov-2018 13:00:00 +0100" RFC822.SIZE 10'
    answers: dict[bytes, Any] = {
        rb"UID SEARCH .*": b"* SEARCH 4 5\r\n",
        rb"UID FETCH .*INTERNALDATE.*": odd_fetch(4, dated) + odd_fetch(5, b"RFC822.SIZE 10"),
        rb"UID FETCH 5 .*": odd_fetch(5, b"BODY[HEADER.FIELDS (RECEIVED)] " + literal(b"\r\n")),
    }
    with odd(answers) as mailbox:
        assert {one.uid: one.arrival for one in mailbox.newer_than(0)} == {4: NOON, 5: NOON}


def listing(*sizes: int) -> bytes:
    return b"".join(
        odd_fetch(uid, b'INTERNALDATE "01-Nov-2018 12:00:00 +0000" RFC822.SIZE %d' % size)
        for uid, size in enumerate(sizes, start=1)
    )


def test_one_broken_mail_does_not_keep_the_others_back() -> None:
    answers: dict[bytes, Any] = {
        rb"UID SEARCH UID 2": b"* SEARCH 2\r\n",
        rb"UID SEARCH .*": b"* SEARCH 1 2 3\r\n",
        rb"UID FETCH .*INTERNALDATE.*": listing(10, 10, 10),
        rb"UID FETCH (1|3) .*BODY.PEEK\[\].*": lambda m, _: odd_fetch(
            int(m[1]), b"BODY[] " + literal(b"A: b\r\n\r\n")
        ),
        rb"UID FETCH .*BODY.PEEK\[.*": b"NO [SERVERBUG] internal error",
    }
    with odd(answers) as mailbox:
        found = mailbox.newer_than(0)
        assert set(mailbox.fetch([one.uid for one in found])) == {1, 3}
        assert set(mailbox.unfetched) == {2}
        assert {one.uid for one in mailbox.found([1, 2, 3])} == {1, 2, 3}


@pytest.mark.parametrize(
    "told",
    [
        b'BODYSTRUCTURE ("TEXT")',
        b"BODYSTRUCTURE NIL",
        b"BODYSTRUCTURE (((",
        b'BODYSTRUCTURE (NIL "MIXED")',
        b"FLAGS ()",
    ],
)
def test_a_structure_that_cannot_be_followed_makes_the_mail_come_whole(told: bytes) -> None:
    raw = b"Subject: hello\r\n\r\nhallo\r\n"
    answers: dict[bytes, Any] = {
        rb"UID SEARCH .*": b"* SEARCH 1\r\n",
        rb"UID FETCH .*INTERNALDATE.*": listing(70_000),
        rb"UID FETCH .*BODYSTRUCTURE.*": odd_fetch(1, told),
        rb"UID FETCH .*BODY.PEEK\[\].*": odd_fetch(1, b"BODY[] " + literal(raw)),
        rb"UID FETCH .*BODY.PEEK\[HEADER\].*": odd_fetch(1, b"BODY[HEADER]<0> " + literal(raw[:18])),
    }
    with odd(answers) as mailbox:
        mailbox.newer_than(0)
        assert mailbox.fetch([1]) == {1: raw}
    with odd(answers, max_message_bytes=65_000) as mailbox:
        mailbox.newer_than(0)
        assert mailbox.fetch([1]) == {1: b"Subject: hello\r\n\r\n"}


CANNOT_MOVE = b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS\r\n"


@pytest.mark.parametrize("refused", [rb"UID COPY .*", rb'LIST "" "?Mailflow.*', rb"CREATE .*"])
def test_what_may_not_be_moved_is_named_and_the_line_lives_on(refused: bytes) -> None:
    answers: dict[bytes, Any] = {
        refused: b"NO [NOPERM] not yours",
        rb"CAPABILITY": CANNOT_MOVE,
        rb"UID SEARCH .*": b"* SEARCH 1 2\r\n",
        rb"(CREATE|SUBSCRIBE|UID COPY) .*": b"",
    }
    with odd(answers) as mailbox:
        left = mailbox.mark([1, 2], Bucket.HANDLED)
        assert set(left) == {1, 2}
        assert "[NOPERM] not yours" in left[1]
        assert mailbox.uids_newer_than(0) == {1, 2}


@pytest.mark.parametrize("refused", [rb"UID STORE .*", rb"UID EXPUNGE .*"])
def test_what_was_copied_and_may_not_be_removed_is_not_copied_again(refused: bytes) -> None:
    answers: dict[bytes, Any] = {
        refused: b"NO [NOPERM] not yours",
        rb"CAPABILITY": CANNOT_MOVE,
        rb"UID SEARCH .*": b"* SEARCH 1\r\n",
        rb"(CREATE|SUBSCRIBE|UID COPY|UID STORE) .*": b"",
    }
    greeting = b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] here\r\n"
    with OddImap(answers, greeting) as server:
        mailbox = ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none"))
        mailbox.open()
        assert mailbox.mark([1], Bucket.HANDLED) == {}
        mailbox.close()
        assert sum(one.startswith(b"UID COPY") for one in server.heard) == 1


def test_a_line_lost_while_moving_is_no_refusal() -> None:
    def lost(_match: object, line: socket.socket) -> None:
        line.shutdown(socket.SHUT_RDWR)

    answers: dict[bytes, Any] = {rb"UID MOVE .*": lost, rb"(CREATE|SUBSCRIBE) .*": b""}
    gone = pytest.raises(ServerUnreachable, match="connection lost while moving")
    with odd(answers) as mailbox, gone:
        mailbox.mark([1], Bucket.HANDLED)


def test_a_line_without_end_loses_the_connection_not_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imaplib._MAXLINE", 1_000)
    monkeypatch.setattr("mailflow.adapters.imap_session.LONGEST_LINE", 1_000)
    with odd({rb"UID SEARCH .*": b"* SEARCH" + b" 1" * 1_000 + b"\r\n"}) as mailbox:
        with pytest.raises(ServerUnreachable, match="beyond all limits"):
            mailbox.newer_than(0)
        with pytest.raises(ServerUnreachable, match="no connection"):
            mailbox.newer_than(0)


def test_what_the_server_sent_stays_out_of_the_error(caplog: pytest.LogCaptureFixture) -> None:
    answers: dict[bytes, Any] = {
        rb"UID SEARCH .*": b"* SEARCH 1\r\n",
        rb"UID FETCH .*INTERNALDATE.*": listing(10),
        rb"UID FETCH .*BODY.*": b"mijn woorden\r\n",
    }
    with odd(answers) as mailbox:
        mailbox.newer_than(0)
        with pytest.raises(ServerUnreachable) as caught:
            mailbox.fetch([1])
    logging.getLogger("test").error("failed", exc_info=caught.value)
    assert "mijn woorden" not in caplog.text
