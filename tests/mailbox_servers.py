"""Both kinds of IMAP server behind one face, and the mails that are put into them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from imapclient import IMAPClient

from mailflow.adapters.mailbox import ImapMailbox, MailboxSettings
from mailflow.demo.servers import EmbeddedServers
from tests.dovecot import Dovecot, need_dovecot

NOON = datetime(2018, 11, 1, 12, 0, tzinfo=UTC)


class Server(Protocol):
    """What both kinds of server offer to a test."""

    user: str
    password: str

    def deliver(self, raw: bytes, arrival: datetime) -> object: ...
    def settings(self, **changes: Any) -> MailboxSettings: ...


class Pymap(EmbeddedServers):
    """The embedded servers, told where they are."""

    def settings(self, **changes: Any) -> MailboxSettings:
        """How to reach it."""
        known: dict[str, Any] = {
            "host": self.host,
            "port": self.imap_port,
            "tls": "none",
            "user": self.user,
            "password": self.password,
            "command_timeout": 10.0,
        }
        return MailboxSettings(**(known | changes))


@pytest.fixture(params=["dovecot", "pymap"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each test that asks for it runs on both."""
    if request.param == "dovecot":
        need_dovecot()
        with Dovecot() as real:
            yield real
    else:
        with Pymap() as embedded:
            yield embedded


@contextmanager
def opened(server: Server, **changes: Any) -> Iterator[ImapMailbox]:
    """A mailbox of ours on that server, open."""
    mailbox = ImapMailbox(server.settings(**changes))
    mailbox.open()
    try:
        yield mailbox
    finally:
        mailbox.close()


@contextmanager
def somebody_else(server: Server) -> Iterator[IMAPClient]:
    """Another mail program in the same INBOX."""
    settings = server.settings()
    with IMAPClient(settings.host, settings.port, ssl=False) as client:
        client.login(settings.user, settings.password)
        client.select_folder("INBOX")
        yield client


@contextmanager
def took_less_than(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@contextmanager
def soon(work: Callable[[], object], seconds: float = 0.2) -> Iterator[None]:
    """Do that in another thread in a moment."""
    timer = threading.Timer(seconds, work)
    timer.start()
    yield
    timer.join()


def mail(subject: str = "aanmelding", body: str = "Graag een plaats.\r\n") -> bytes:
    return (
        f"From: Jo <jo@example.example>\r\nTo: aanmelden@kennisbijeenkomst.example\r\n"
        f"Subject: {subject}\r\nMessage-ID: <{subject}@example.example>\r\n\r\n{body}"
    ).encode()


def with_attachment(size: int, boundary: str = "=_a b'c") -> bytes:
    """A mail as people send them: two texts, an invitation answered, a forwarded mail, and a big file."""
    line = b"QUJD" * 19 + b"\r\n"
    blob = line * (size // len(line))
    head = (
        "From: Jo <jo@example.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n"
        "X-Odd: \xe9\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/mixed;\r\n boundary="{boundary}"\r\n\r\npreamble\r\n'
    ).encode("latin-1")
    fence = f"--{boundary}\r\n".encode()
    return b"".join(
        (
            head,
            fence,
            b"Content-Type: multipart/alternative; boundary=inner\r\n\r\n"
            b"--inner\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: quoted-printable\r\n"
            b"\r\nGraag twee plaatsen voor caf=C3=A9 De Zon.\r\n"
            b"--inner\r\nContent-Type: text/html\r\n\r\n<p>Graag twee plaatsen.</p>\r\n--inner--\r\n",
            fence,
            b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n"
            b"Content-Disposition: attachment; filename=plan.pdf\r\n\r\n" + blob,
            fence,
            b"Content-Type: text/calendar; method=REPLY\r\nContent-Disposition: attachment\r\n\r\n"
            b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
            fence,
            b"Content-Type: text/x-log\r\nContent-Disposition: attachment; filename=a.log\r\n\r\n"
            b"secret log\r\n",
            fence,
            b"Content-Type: message/rfc822\r\n\r\nSubject: forwarded\r\n"
            b"Message-ID: <old@example.example>\r\n\r\nold text\r\n",
            fence[:-2] + b"--\r\n",
        )
    )


def folder_of(server: Server, name: str) -> list[bytes]:
    with somebody_else(server) as client:
        if not client.folder_exists(name):
            return []
        client.select_folder(name, readonly=True)
        uids = client.search()
        return sorted(item[b"BODY[]"] for item in client.fetch(uids, ["BODY.PEEK[]"]).values())
