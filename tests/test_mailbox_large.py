"""Large mail comes without its attachments' content, and whole in shape."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest

from tests.dovecot import Dovecot, dovecot
from tests.mailbox_servers import (
    NOON,
    Server,
    mail,
    opened,
    server,
    with_attachment,
)
from tests.relay import Relay

__all__ = ["dovecot", "server"]


def shape(message: Message) -> list[tuple[str, str | None, str | None]]:
    """Type, disposition and file name of every part, not looking into forwarded mail."""
    own = [(message.get_content_type(), message.get_content_disposition(), message.get_filename())]
    if message.is_multipart() and message.get_content_type() != "message/rfc822":
        for part in message.get_payload():
            own += shape(part)  # type: ignore[arg-type]
    return own


def test_a_mail_of_30_mb_costs_a_few_kilobytes(dovecot: Dovecot) -> None:
    dovecot.deliver(with_attachment(30_000_000), NOON)
    with Relay(dovecot.port) as relay, opened(dovecot, port=relay.port) as mailbox:
        (found,) = mailbox.newer_than(0)
        before = relay.received
        raw = mailbox.fetch([found.uid])[found.uid]
    assert found.size > 29_000_000
    assert relay.received - before < 8_000
    assert b"Graag twee plaatsen" in raw


def test_a_large_mail_keeps_its_shape_and_its_texts(server: Server) -> None:
    whole = with_attachment(100_000)
    server.deliver(whole, NOON)
    with opened(server) as mailbox:
        (found,) = mailbox.newer_than(0)
        raw = mailbox.fetch([found.uid])[found.uid]
    original, reduced = message_from_bytes(whole), message_from_bytes(raw)
    assert shape(reduced) == shape(original)
    assert raw.partition(b"\r\n\r\n")[0] == whole.partition(b"\r\n\r\n")[0]
    assert not [part.defects for part in reduced.walk() if part.defects]
    texts: dict[str, Any] = {}
    for part in reduced.walk():
        texts.setdefault(part.get_content_type(), part.get_payload(decode=True))
    assert b"Graag twee plaatsen voor caf\xc3\xa9 De Zon." in texts["text/plain"]
    assert b"METHOD:REPLY" in texts["text/calendar"]
    assert texts["application/pdf"] == b""
    assert b"secret log" not in raw
    assert b"Subject: forwarded" in raw
    assert b"old text" not in raw


def test_a_large_mail_of_one_part_is_cut_at_the_end_of_a_line(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(body="Graag een plaats, zegt deze regel.\r\n" * 20_000), NOON)
    dovecot.deliver(b"Content-Type: application/pdf\r\nSubject: scan\r\n\r\n" + b"QUJD\r\n" * 20_000, NOON)
    with opened(dovecot) as mailbox:
        raw = mailbox.fetch([one.uid for one in mailbox.newer_than(0)])
    text, scan = sorted(raw.values(), key=len, reverse=True)
    assert 250_000 < len(text) < 270_000
    assert text.endswith(b"zegt deze regel.\r\n")
    assert scan == b"Content-Type: application/pdf\r\nSubject: scan\r\n\r\n"


def test_a_bounce_with_a_large_returned_mail_keeps_what_the_bounce_says(server: Server) -> None:
    returned = (
        b"Message-ID: <ours@kennisbijeenkomst.example>\r\nSubject: Bevestigd\r\n\r\n" + b"tekst\r\n" * 20_000
    )
    server.deliver(
        b"From: MAILER-DAEMON@example.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n"
        b"--x\r\n\r\nNot delivered.\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.example\r\n\r\n"
        b"Final-Recipient: rfc822; jo@example.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--x\r\nContent-Type: message/rfc822\r\n\r\n" + returned + b"\r\n--x--\r\n",
        NOON,
    )
    with opened(server) as mailbox:
        (raw,) = mailbox.fetch([one.uid for one in mailbox.newer_than(0)]).values()
    assert len(raw) < 2_000
    for said in (b"Not delivered.", b"Action: failed", b"Status: 5.1.1", b"<ours@kennisbijeenkomst.example>"):
        assert said in raw


@pytest.mark.parametrize("parts", [300, 2_000])
def test_a_mail_of_very_many_parts_is_still_read(dovecot: Dovecot, parts: int) -> None:
    many = b"--x\r\nContent-Type: image/png\r\nContent-Disposition: inline\r\n\r\n" + b"A" * 300 + b"\r\n"
    dovecot.deliver(
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nGraag een plaats.\r\n"
        + many * parts
        + b"--x--\r\n",
        NOON,
    )
    with opened(dovecot) as mailbox:
        (raw,) = mailbox.fetch([one.uid for one in mailbox.newer_than(0)]).values()
    assert b"Graag een plaats." in raw


def test_a_mail_nested_deeper_than_any_server_follows_is_still_read(dovecot: Dovecot) -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(400)
    )
    dovecot.deliver(
        b"Subject: deep\r\n" + deep + b"Content-Type: text/plain\r\n\r\n" + b"x\r\n" * 30_000, NOON
    )
    with opened(dovecot) as mailbox:
        (raw,) = mailbox.fetch([one.uid for one in mailbox.newer_than(0)]).values()
    assert raw.startswith(b"Subject: deep\r\n")


def test_hundreds_of_long_texts_in_one_mail_are_not_all_carried_home(dovecot: Dovecot) -> None:
    text = b"--x\r\nContent-Type: text/plain\r\n\r\n" + b"Graag een plaats, alstublieft.\r\n" * 6_000
    dovecot.deliver(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + text * 60 + b"--x--\r\n", NOON)
    with opened(dovecot) as mailbox:
        (found,) = mailbox.newer_than(0)
        raw = mailbox.fetch([found.uid])[found.uid]
    assert found.size > 11_000_000
    assert len(raw) < 2_500_000
    assert len(message_from_bytes(raw).get_payload()) == 60
