"""The courier against real protocol servers: what each word of a server, or its silence, means for a mail."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme

from mailflow.adapters.courier import RECONNECTS, CourierSettings, SmtpCourier, for_smtp, with_crlf
from mailflow.core.envelope import Envelope
from mailflow.errors import (
    DeliveryDeferred,
    DeliveryRefused,
    LoginRefused,
    MailflowError,
    ServerUnreachable,
)
from tests.postfix import Postfix, running_postfix, why_not
from tests.smtp_servers import DROP, HANG, RawServer, SmtpServer, authority_file

JAN = "jan@participants.example"


def mail(
    number: int = 1,
    *,
    to: str = JAN,
    sender: str = "signup@event.example",
    body: bytes = b"Hallo\r\n",
    header: bytes = b"",
) -> Envelope:
    message_id = f"<{number}@event.example>"
    content = f"Message-ID: {message_id}\r\nSubject: {number}\r\n".encode() + header + b"\r\n" + body
    return Envelope(f"test:{number}", "confirmed", sender, to, message_id, content)


def settings_for(server: SmtpServer | RawServer, **changes: object) -> CourierSettings:
    quick: dict[str, object] = {
        "tls": "none", "connect_timeout": 5.0, "command_timeout": 5.0, "data_timeout": 5.0,
    }  # fmt: skip
    return CourierSettings("localhost", server.port, **(quick | changes))  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def courier(server: SmtpServer) -> Iterator[SmtpCourier]:
    with closing(SmtpCourier(settings_for(server))) as made:
        made.open()
        yield made


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


def trouble(settings: CourierSettings, kind: type[MailflowError] = ServerUnreachable) -> str:
    """The one line with which opening fails."""
    courier = SmtpCourier(settings)
    with closing(courier), pytest.raises(kind) as raised:
        courier.open()
    assert type(raised.value) is kind
    assert "\n" not in str(raised.value)
    return str(raised.value)


# -- mail that leaves ------------------------------------------------------------------------------


def test_a_mail_arrives_byte_for_byte_and_the_servers_word_comes_back(server, courier):
    body = b".\r\n..\r\n.dot first\r\n" + b"x" * 998 + b"\r\n\r\n.\r\nQUIT\r\nend\r\n"
    assert courier.send(mail(body=body)) == "250 2.0.0 taken"
    (arrived,) = server.arrived
    assert arrived.content == mail(body=body).content
    assert (arrived.sender, arrived.recipient) == ("signup@event.example", JAN)
    assert f"SIZE={len(arrived.content)}" in arrived.options


def test_an_empty_envelope_sender_is_the_null_return_path(server, courier):
    courier.send(mail(sender=""))
    assert any(c.startswith("MAIL FROM:<>") for c in server.commands)


def test_a_batch_leaves_over_one_connection(server, courier):
    for number in range(20):
        courier.open()
        courier.send(mail(number))
    assert server.lines == 1
    assert [a.content for a in server.arrived] == [mail(n).content for n in range(20)]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mail_leaves_through_tls_with_a_login(tls, authority, tmp_path):
    with SmtpServer(tls=tls, authority=authority, logins={"us": "pässwörd"}) as server:
        settings = settings_for(
            server, tls=tls, user="us", password="pässwörd", ca_file=authority_file(authority, tmp_path)
        )
        with closing(SmtpCourier(settings)) as courier:
            courier.open()
            courier.send(mail())
            courier.send(mail(2))
        assert len(server.arrived) == 2
        assert server.login_tries == 1


def test_a_server_that_knows_only_the_older_login_is_served_too(authority, tmp_path):
    with SmtpServer(logins={"us": "secret"}, mechanisms=("LOGIN",)) as server:
        with closing(SmtpCourier(settings_for(server, user="us", password="secret"))) as courier:
            courier.open()
            courier.send(mail())
        assert len(server.arrived) == 1


def test_8_bit_content_is_declared_and_arrives_unchanged(server, courier):
    body = "Tot ziens, café\r\n".encode()
    courier.send(mail(body=body))
    assert server.arrived[0].content.endswith(body)
    assert "BODY=8BITMIME" in server.arrived[0].options
    assert "SMTPUTF8" not in server.arrived[0].options


def test_bare_line_ends_cannot_smuggle_a_second_mail(server, courier):
    courier.send(mail(body=b"one\n.\nMAIL FROM:<evil@x.example>\r.\rtwo"))
    assert len(server.arrived) == 1
    assert server.arrived[0].content.endswith(b"one\r\n.\r\nMAIL FROM:<evil@x.example>\r\n.\r\ntwo\r\n")


# -- addresses -------------------------------------------------------------------------------------


def test_an_address_beyond_ascii_travels_as_smtputf8(server, courier):
    courier.send(mail(to="jørgen@participants.example"))
    assert server.arrived[0].recipient == "jørgen@participants.example"
    assert "SMTPUTF8" in server.arrived[0].options


def test_an_address_beyond_ascii_is_refused_clearly_where_the_server_cannot_carry_it():
    with SmtpServer(smtputf8=False) as server, closing(SmtpCourier(settings_for(server))) as courier:
        courier.open()
        with pytest.raises(DeliveryRefused, match="SMTPUTF8"):
            courier.send(mail(to="jørgen@participants.example"))
        courier.send(mail(2))
        assert [a.recipient for a in server.arrived] == [JAN]
        assert server.lines == 1


def test_a_domain_beyond_ascii_needs_no_smtputf8():
    with SmtpServer(smtputf8=False) as server, closing(SmtpCourier(settings_for(server))) as courier:
        courier.open()
        courier.send(mail(to="jan@Café.example"))
        assert server.arrived[0].recipient == "jan@xn--caf-dma.example"


def test_a_domain_with_an_eszett_is_not_turned_into_another_domain():
    assert for_smtp("a@straße.example") == "a@straße.example"  # strasse.example is somebody else's


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example> SIZE=1",
        "a@b.example\r\nRSET",
        "a b@c.example",
        "<a@b.example",
        "a@b.example\x00",
        "a@.é",
    ],
)
def test_an_address_that_would_break_out_of_its_command_is_refused(server, courier, address):
    with pytest.raises(DeliveryRefused):
        courier.send(mail(to=address))
    courier.send(mail(2))
    assert [a.recipient for a in server.arrived] == [JAN]


def test_a_quoted_local_part_with_a_space_travels(server, courier):
    courier.send(mail(to='"jan de vries"@participants.example'))
    assert 'RCPT TO:<"jan de vries"@participants.example>' in server.commands


def test_content_gets_the_line_ends_of_the_wire():
    assert with_crlf(b"a\nb\rc\r\nd") == b"a\r\nb\r\nc\r\nd\r\n"
    assert with_crlf(b"a\r\n\r\nb\r\n") == b"a\r\n\r\nb\r\n"


# -- a mail that is not taken ----------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("answer", "meaning"), [("451 4.2.0 busy", DeliveryDeferred), ("550 5.1.1 unknown", DeliveryRefused)]
)
def test_the_servers_no_concerns_this_mail_and_the_line_stands(server, courier, stage, answer, meaning):
    server.will(stage, answer, times=1)
    with pytest.raises(meaning) as raised:
        courier.send(mail(1))
    assert raised.value.answer == answer
    assert not getattr(raised.value, "in_doubt", False)
    assert courier.send(mail(2)) == "250 2.0.0 taken"
    assert server.lines == 1
    assert [a.content for a in server.arrived] == [mail(2).content]


def test_a_mail_too_large_is_refused_for_good():
    with SmtpServer(size_limit=2000) as server, closing(SmtpCourier(settings_for(server))) as courier:
        courier.open()
        with pytest.raises(DeliveryRefused, match="552"):
            courier.send(mail(body=b"x\r\n" * 1000))
        courier.send(mail(2))


def test_a_sender_the_server_dislikes_does_not_fail_the_whole_outbox_for_good(server, courier):
    server.will("MAIL", "550 5.7.1 listed by a blocklist", times=1)
    with pytest.raises(DeliveryDeferred, match=r"550 5\.7\.1"):
        courier.send(mail())
    courier.send(mail(2))


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_no_login_where_one_is_wanted_is_no_mails_fault(server, courier, stage):
    server.will(stage, f"530 5.7.0 Authentication required for <{JAN}>")
    with pytest.raises(LoginRefused, match=r"smtp\.user") as raised:
        courier.send(mail())
    assert JAN not in str(raised.value)  # it goes to a log


# -- a line that is lost ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [DROP, "421 4.3.2 going down"])
def test_a_line_lost_before_the_content_defers_the_mail_and_is_thrown_away(server, courier, stage, how):
    server.will(stage, how, times=1)
    with pytest.raises(DeliveryDeferred) as raised:
        courier.send(mail(1))
    assert not raised.value.in_doubt
    if how != DROP:
        assert raised.value.answer == how
    courier.open()
    courier.send(mail(2))
    assert server.lines == 2


def test_a_line_lost_between_the_dot_and_the_answer_leaves_the_mail_in_doubt(server, courier):
    server.will("DOT", DROP, times=1)
    with pytest.raises(DeliveryDeferred) as raised:
        courier.send(mail(1))
    assert raised.value.in_doubt
    assert len(server.arrived) == 1  # and indeed the server had it
    courier.open()
    courier.send(mail(2))
    assert server.lines == 2


def test_a_used_line_lost_after_the_dot_is_no_reason_to_send_again_at_once(server, courier):
    courier.send(mail(1))
    server.will("DOT", DROP, times=1)
    with pytest.raises(DeliveryDeferred) as raised:
        courier.send(mail(2))
    assert raised.value.in_doubt
    assert [a.content for a in server.arrived] == [mail(1).content, mail(2).content]
    assert server.lines == 1


def test_421_after_the_dot_is_a_clear_no(server, courier):
    server.will("DOT", "421 4.3.2 going down", times=1)
    with pytest.raises(DeliveryDeferred) as raised:
        courier.send(mail(1))
    assert not raised.value.in_doubt
    courier.open()
    courier.send(mail(2))
    assert server.lines == 2


@pytest.mark.parametrize(("stage", "in_doubt"), [("RCPT", False), ("DOT", True)])
def test_a_server_that_falls_silent_is_left_after_the_time_out(server, stage, in_doubt):
    server.will(stage, HANG, times=1)
    with closing(SmtpCourier(settings_for(server, command_timeout=0.2, data_timeout=0.3))) as courier:
        courier.open()
        with pytest.raises(DeliveryDeferred) as raised:
            courier.send(mail())
        assert raised.value.in_doubt is in_doubt
        courier.open()
        courier.send(mail(2))


def test_a_server_that_ends_a_used_line_costs_the_next_mail_nothing(server, courier):
    courier.send(mail(1))
    server.will("MAIL", "421 4.7.0 enough mails on this line", times=1)
    courier.send(mail(2))
    server.will("MAIL", DROP, times=1)
    courier.send(mail(3))
    assert [a.line for a in server.arrived] == [1, 2, 3]


def test_a_line_lost_after_a_refusal_leaves_the_refusal_standing(server, courier):
    server.will("RCPT", "550 5.1.1 unknown", times=1)
    server.will("RSET", DROP, times=1)
    with pytest.raises(DeliveryRefused):
        courier.send(mail(1))
    courier.open()
    courier.send(mail(2))


def test_a_server_that_drops_every_line_is_not_hammered(server, courier):
    server.will("RCPT", DROP)
    for number in range(RECONNECTS + 1):
        courier.open()
        with pytest.raises(DeliveryDeferred):
            courier.send(mail(number))
    with pytest.raises(ServerUnreachable, match="dropped the line 3 times"):
        courier.open()
    assert server.lines == RECONNECTS + 1
    courier.close()  # the next run asks again
    server.relents()
    courier.open()
    courier.send(mail(9))


def test_closing_never_fails_whatever_became_of_the_server(server, courier):
    server.will("MAIL", DROP)
    with pytest.raises(DeliveryDeferred):
        courier.send(mail())
    courier.close()
    courier.close()
    SmtpCourier(settings_for(server)).close()


# -- a server that cannot be reached ---------------------------------------------------------------


def test_a_host_that_does_not_exist_is_named_with_its_cure():
    said = trouble(CourierSettings("mail.invalid", 465))
    assert said.startswith("mail.invalid:465: no such host")
    assert "smtp.host" in said


def test_a_refused_connection_is_named_with_its_cure():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    said = trouble(CourierSettings("127.0.0.1", port))
    assert "refused" in said
    assert "check host and port" in said


def test_a_certificate_nobody_vouches_for_is_not_trusted(authority):
    for tls in ("implicit", "starttls"):
        with SmtpServer(tls=tls, authority=authority, logins={"us": "secret"}) as server:
            said = trouble(settings_for(server, tls=tls, user="us", password="secret"))
            assert "certificate" in said
            assert "ca_file" in said
            assert server.login_tries == 0


def test_a_certificate_for_another_name_is_not_trusted(authority, tmp_path):
    with SmtpServer(tls="implicit", authority=authority, certified_for="other.example") as server:
        said = trouble(settings_for(server, tls="implicit", ca_file=authority_file(authority, tmp_path)))
        assert "host name" in said


def test_a_ca_file_that_cannot_be_read_is_named(server):
    said = trouble(settings_for(server, tls="implicit", ca_file="/nowhere/authority.pem"))
    assert "smtp.ca_file: /nowhere/authority.pem" in said


def test_starttls_is_never_silently_gone_without():
    with SmtpServer(logins={"us": "secret"}) as server:
        said = trouble(settings_for(server, tls="starttls", user="us", password="secret"))
        assert "offers no STARTTLS" in said
        assert server.login_tries == 0


def test_tls_at_once_on_a_port_that_greets_in_the_clear_is_named(server):
    said = trouble(settings_for(server, tls="implicit"))
    assert "starttls" in said


def test_waiting_for_a_greeting_where_tls_comes_first_is_named(authority):
    with SmtpServer(tls="implicit", authority=authority) as server:
        said = trouble(settings_for(server, tls="starttls", connect_timeout=0.3))
        assert 'set tls = "implicit"' in said


def greeting(text: bytes) -> Callable[..., object]:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await reader.read(1000)

    return script


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"554 5.7.1 not you\r\n", "turns us away: 554 5.7.1 not you"),
        (b"421 4.3.2 too busy\r\n", "turns us away: 421 4.3.2 too busy"),
        (b"* OK IMAP4rev1 ready\r\n", "turns us away"),
        (b"220 hello\r\n", "lost at EHLO"),  # and closes after what we say
    ],
)
def test_a_server_that_turns_us_away_is_unreachable(first, expected):
    with RawServer(greeting(first)) as server:  # type: ignore[arg-type]
        assert expected in trouble(settings_for(server))


def test_a_server_that_drips_its_answer_does_not_hold_us_for_ever():
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while True:
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(0.05)

    began = time.monotonic()
    with RawServer(drip) as server:
        said = trouble(settings_for(server, open_limit=0.3))
    assert "not ready for mail within 0.3 s" in said
    assert time.monotonic() - began < 3


def test_a_server_that_never_ends_its_answer_to_the_content_leaves_the_mail_in_doubt():
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            await reader.readline()
            writer.write(answer)
        await reader.readuntil(b"\r\n.\r\n")
        while True:
            writer.write(b"250-still at it\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    with RawServer(endless) as server, closing(SmtpCourier(settings_for(server, send_limit=0.3))) as courier:
        courier.open()
        with pytest.raises(DeliveryDeferred) as raised:
            courier.send(mail())
        assert raised.value.in_doubt


def test_an_old_server_without_ehlo_still_takes_mail():
    got: list[bytes] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"502 what?\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                got.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 ok\r\n")
            else:
                got.append(line)
                writer.write(b"250 ok\r\n")

    with RawServer(old) as server, closing(SmtpCourier(settings_for(server))) as courier:
        courier.open()
        assert courier.send(mail()) == "250 ok"
    assert b"MAIL FROM:<signup@event.example>\r\n" in got  # no option it did not offer


# -- logins ----------------------------------------------------------------------------------------


def test_a_refused_login_is_tried_once_and_told_without_the_password(authority, tmp_path):
    ca_file = authority_file(authority, tmp_path)
    with SmtpServer(tls="starttls", authority=authority, logins={"us": "right"}) as server:
        settings = settings_for(server, tls="starttls", user="us", password="wr0ng-one", ca_file=ca_file)
        said = trouble(settings, LoginRefused)
        assert "535 5.7.8 wrong password" in said
        assert "smtp.password" in said
        assert "wr0ng-one" not in said + repr(settings)
        assert server.login_tries == 1


def test_a_server_that_cannot_check_logins_just_now_is_no_refusal():
    with SmtpServer(logins={"us": "x"}, login_answer="454 4.7.0 no database") as server:
        assert "454 4.7.0" in trouble(settings_for(server, user="us", password="x"))


def test_a_server_without_passwords_is_told_apart_from_a_wrong_one():
    with SmtpServer(mechanisms=()) as server:
        assert "login" in trouble(settings_for(server, user="us", password="x"))


def test_an_unknown_way_to_log_in_is_refused_before_anything_is_sent():
    with SmtpServer(logins={"us": "x"}) as server:
        assert "oauth2" in trouble(settings_for(server, user="us", auth="oauth2"), LoginRefused)
        assert server.login_tries == 0


# -- Postfix ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    reason = why_not()
    if reason and os.environ.get("MAILFLOW_REQUIRE_SERVERS") != "1":
        pytest.skip(reason)
    with running_postfix() as running:
        yield running


def test_postfix_takes_what_we_send_and_its_no_is_understood(postfix: Postfix, tmp_path: Path):
    settings = CourierSettings("localhost", postfix.port, "starttls", ca_file=postfix.authority_file)
    body = b".\r\n..dots\r\n" + b"x" * 998 + b"\r\n" + "café\r\n".encode()
    header = b"From: signup@event.example\r\nDate: Thu, 01 Nov 2018 10:00:00 +0100\r\n"
    with closing(SmtpCourier(settings)) as courier:
        courier.open()
        assert courier.send(mail(1, header=header, body=body)).startswith("250 2.0.0")
        with pytest.raises(DeliveryRefused, match=r"550 5\.1\.1"):
            courier.send(mail(2, to="nobody@participants.example"))
        with pytest.raises(DeliveryDeferred, match=r"451 4\.7\.1"):
            courier.send(mail(3, to="busy@participants.example"))
        with pytest.raises(DeliveryDeferred, match=r"421 4\.3\.2") as hung_up:
            courier.send(mail(4, to="closing@participants.example"))
        assert not hung_up.value.in_doubt
        courier.open()
        courier.send(mail(5, sender="", header=header, body=body))
    arrived = postfix.arrived(2)  # in the order in which Postfix got round to them
    for number in (1, 5):
        sent = mail(number, header=header, body=body).content.replace(b"\r\n", b"\n")
        (stored,) = [one for one in arrived if one.endswith(sent)]
        assert (b"Return-Path: <>" in stored) is (number == 5)
