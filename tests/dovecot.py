"""A private Dovecot: a real IMAP server of an ordinary user, in a temporary folder, on free ports.

    with Dovecot() as server:
        server.deliver(raw, arrival)
        ImapMailbox(server.settings()).open()

Delivering is writing into the Maildir; the file's time becomes INTERNALDATE. As root it runs under
the first of a few ordinary accounts that exist anyway. Settings of Dovecot 2.3, and of 2.4, which
renamed many.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest

from mailflow.adapters.mailbox import MailboxSettings
from tests.dovecot_config import configuration

CAPABILITIES = """
    IMAP4rev1 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS MOVE LIST-EXTENDED CHILDREN UNSELECT ESEARCH
"""
ACCOUNTS = ("nobody", "mail", "daemon")
READY_WITHIN = 15.0

_numbers = itertools.count(1)


class Dovecot:
    """One server with one user. `without`: capabilities it shall not announce."""

    def __init__(
        self,
        *,
        user: str = "aanmelden@kennisbijeenkomst.example",
        password: str = "geheim",  # noqa: S107
        without: tuple[str, ...] = (),
        separator: str = "/",
        prefix: str = "",
        tls: bool = False,
        names: tuple[str, ...] = ("localhost", "127.0.0.1"),
    ) -> None:
        self.user, self.password = user, password
        self.host = "127.0.0.1"
        self._without, self._separator, self._prefix, self._tls = without, separator, prefix, tls
        self._names = names
        self.port, self.tls_port = _free_port(), _free_port() if tls else 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # Short: a socket's path may have 107 characters.
        self.home = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
        self.maildir = self.home / "mail" / self.user
        try:
            for folder in ("new", "cur", "tmp"):
                (self.maildir / folder).mkdir(parents=True)
            (self.home / "users").write_text(f"{self.user}:{{PLAIN}}{self.password}::::::\n")
            if self._tls:
                self._certificate()
            (self.home / "dovecot.conf").write_text(
                configuration(
                    self.home,
                    self._account,
                    port=self.port,
                    tls_port=self.tls_port,
                    capabilities=[one for one in CAPABILITIES.split() if one not in self._without],
                    separator=self._separator,
                    prefix=self._prefix,
                )
            )
            self._own(self.home)
            self.start()
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_raised: object) -> None:
        self.kill()  # a polite end takes it a second
        shutil.rmtree(self.home, ignore_errors=True)

    def settings(self, **changes: Any) -> MailboxSettings:
        """How to reach it, with those changes."""
        known: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "tls": "none",
            "user": self.user,
            "password": self.password,
            "command_timeout": 10.0,
            "connect_timeout": 5.0,
            "poll_deadline": 30.0,
        }
        return MailboxSettings(**(known | changes))

    @property
    def ca_file(self) -> str:
        """The authority of its certificate, PEM."""
        return str(self.home / "ca.pem")

    def start(self) -> None:
        """Start, and wait until it greets."""
        ordinary: dict[str, Any] = {}
        if os.geteuid() == 0:
            ordinary = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", str(self.home / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **ordinary,
        )
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 1) as line:
                if line.recv(100).startswith(b"* OK"):
                    return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"dovecot did not start:\n{self.log()}")

    def stop(self) -> None:
        """End it as a system does at shutdown; its connections get a BYE."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all its processes as a power cut does."""
        self._end(signal.SIGKILL)

    def log(self) -> str:
        """What it logged."""
        path = self.home / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else "(no log)"

    def deliver(self, raw: bytes, arrival: datetime, *, name: str = "") -> Path:
        """Put a mail into the INBOX with that INTERNALDATE; its file."""
        file = name or f"{int(time.time())}.M{next(_numbers):06}P{os.getpid()}.test"
        written = self.maildir / "tmp" / file
        written.write_bytes(raw)
        os.utime(written, (arrival.timestamp(), arrival.timestamp()))
        self._own(written)
        return written.rename(self.maildir / "new" / file)

    def forget_uids(self) -> None:
        """Lose the index, as a restored or migrated mailbox does: UIDs and UIDVALIDITY are given anew."""
        self.stop()
        for path in self.maildir.glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # UIDVALIDITY is the time in seconds
        self.start()

    def folder(self, name: str) -> list[bytes]:
        """The raw mails in the Maildir folder of that name ("Mailflow.Handled"; "" for INBOX)."""
        root = self.maildir / f".{name}" if name else self.maildir
        return [path.read_bytes() for sub in ("cur", "new") for path in sorted((root / sub).glob("*"))]

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    @property
    def _account(self) -> pwd.struct_passwd:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        for name in ACCOUNTS:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise RuntimeError(f"none of the accounts {', '.join(ACCOUNTS)} exists here")

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            account = self._account
            for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
                os.chown(one, account.pw_uid, account.pw_gid)

    def _certificate(self) -> None:
        import trustme

        authority = trustme.CA()
        certificate = authority.issue_cert(*self._names)
        authority.cert_pem.write_to_path(self.home / "ca.pem")
        certificate.private_key_pem.write_to_path(self.home / "key.pem")
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(self.home / "crt.pem", append=number > 0)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def need_dovecot() -> None:
    """Skip the test where Dovecot is not installed; fail where servers are required (CI)."""
    if shutil.which("dovecot") is None:
        if os.environ.get("MAILFLOW_REQUIRE_SERVERS") == "1":
            pytest.fail("MAILFLOW_REQUIRE_SERVERS=1, and dovecot is not installed (apt: dovecot-imapd)")
        pytest.skip("dovecot is not installed (apt: dovecot-imapd)")


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A private Dovecot with an empty INBOX."""
    need_dovecot()
    with Dovecot() as server:
        yield server
