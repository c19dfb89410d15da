"""What goes wrong at the start is one line with its cure; the check tells it; no log tells private words."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from imapclient import IMAPClient

from mailflow.adapters.mailbox import ImapMailbox, MailboxSettings
from mailflow.core.ledger import Bucket
from mailflow.errors import ConfigError, FolderMissing, LoginRefused, ServerUnreachable
from tests.dovecot import Dovecot, dovecot, need_dovecot
from tests.mailbox_servers import (
    NOON,
    Server,
    folder_of,
    mail,
    opened,
    server,
)
from tests.odd_imap import OddImap

__all__ = ["dovecot", "server"]


def message_of(settings: MailboxSettings, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        ImapMailbox(settings).open()
    text = str(caught.value)
    assert "\n" not in text
    assert "geheim" not in text
    return text


def test_every_wrong_beginning_is_one_line_with_its_cure() -> None:
    need_dovecot()
    with Dovecot(tls=True) as server:
        refused = message_of(server.settings(password="fout"), LoginRefused)
        assert "login refused" in refused
        assert "check user and password" in refused
        nowhere = message_of(server.settings(host="no-such-host.invalid"), ServerUnreachable)
        assert nowhere.startswith("no-such-host.invalid:")
        assert "host name not known" in nowhere
        odd_name = message_of(server.settings(host="imap..example"), ServerUnreachable)
        assert "host name" in odd_name
        closed = message_of(server.settings(port=1), ServerUnreachable)
        assert "connection refused" in closed
        stranger = message_of(server.settings(port=server.tls_port, tls="implicit"), ServerUnreachable)
        assert "certificate is not accepted" in stranger
        assert "set ca_file" in stranger
        missing = message_of(server.settings(folder="Aanmeldingen"), FolderMissing)
        assert missing.endswith("no folder Aanmeldingen; there are: INBOX")
        no_tls = message_of(server.settings(tls="implicit", ca_file=server.ca_file), ServerUnreachable)
        assert 'set tls = "starttls"' in no_tls
        no_file = message_of(server.settings(tls="implicit", ca_file="/nowhere.pem"), ConfigError)
        assert "/nowhere.pem cannot be used" in no_file
        silent = server.settings(port=server.tls_port, tls="none", connect_timeout=0.5)
        assert "while connecting without TLS" in message_of(silent, ServerUnreachable)
        for tls, port in (("implicit", server.tls_port), ("starttls", server.port)):
            mailbox = ImapMailbox(
                server.settings(port=port, tls=tls, ca_file=server.ca_file, host="localhost")
            )
            assert mailbox.open() > 0
            mailbox.close()


def test_a_certificate_for_another_name_is_refused() -> None:
    need_dovecot()
    with Dovecot(tls=True, names=("mail.example",)) as server:
        for tls, port in (("implicit", server.tls_port), ("starttls", server.port)):
            text = message_of(server.settings(tls=tls, port=port, ca_file=server.ca_file), ServerUnreachable)
            assert "use the host name that stands in the certificate" in text


def test_starttls_that_is_not_offered_never_falls_back_to_plain(dovecot: Dovecot) -> None:
    assert "STARTTLS is not offered" in message_of(dovecot.settings(tls="starttls"), ServerUnreachable)


def test_a_login_refused_for_now_is_no_word_on_the_password() -> None:
    down: dict[bytes, Any] = {rb"LOGIN .*": b"NO [UNAVAILABLE] the user database is down"}
    with OddImap(down) as server, pytest.raises(ServerUnreachable) as caught:
        ImapMailbox(MailboxSettings("127.0.0.1", server.port, "none", "u", "geheim")).open()
    assert not isinstance(caught.value, LoginRefused)


def test_another_way_to_log_in_takes_the_place_of_the_password(dovecot: Dovecot) -> None:
    seen: list[str] = []

    def by_plain(client: IMAPClient, settings: MailboxSettings) -> None:
        seen.append(settings.auth)
        client.plain_login(settings.user, settings.password)

    mailbox = ImapMailbox(dovecot.settings(auth="oauth2"), by_plain)
    mailbox.open()
    mailbox.close()
    assert seen == ["oauth2"]


def test_a_password_outside_ascii_logs_in() -> None:
    need_dovecot()
    with Dovecot(password="gehéim") as server, opened(server):
        pass


def test_the_check_tells_what_the_server_can(server: Server) -> None:
    server.deliver(mail(), NOON)
    lines = ImapMailbox(server.settings()).check()
    assert all(ok for _, ok, _ in lines)
    texts = {what: text for what, _, text in lines}
    assert texts["folder"] == "INBOX, 1 messages"
    assert texts["handled folder"] == "Mailflow/Handled: will be created"
    assert texts["MOVE"] == texts["UIDPLUS"] == texts["IDLE"] == "offered"
    assert texts["keywords"] == "kept"
    assert folder_of(server, "Mailflow/Handled") == []


def test_the_check_tells_a_problem_instead_of_raising(dovecot: Dovecot) -> None:
    (line,) = ImapMailbox(dovecot.settings(password="fout")).check()
    assert line[:2] == ("login", False)
    assert "login refused" in line[2]
    lines = ImapMailbox(dovecot.settings(folder="Nergens")).check()
    assert [ok for _, ok, _ in lines] == [False]
    assert "no folder Nergens" in lines[0][2]


def test_no_log_at_any_level_carries_mail_or_password(
    server: Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server.deliver(mail("geheimzinnig", "mijn woorden\r\n"), NOON)
    with opened(server) as mailbox:
        mailbox.fetch([one.uid for one in mailbox.newer_than(0)])
        mailbox.mark(mailbox.uids_newer_than(0), Bucket.HANDLED)
    ours = " ".join(r.getMessage() for r in caplog.records if not r.name.startswith(("pymap", "asyncio")))
    everything = ours + "".join(capfd.readouterr())
    for private in ("mijn woorden", "geheimzinnig", server.password, "jo@example"):
        assert private not in everything
