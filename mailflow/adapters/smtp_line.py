"""Stop 7, the line: one SMTP connection, from the name of a host to a login that stands (RFC 5321).

What goes wrong before any mail is on it becomes ServerUnreachable or LoginRefused, one line with
cause and cure; a line that dies later becomes LineLost, which courier.py turns into the fate of
a mail.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from mailflow.adapters.tls import client_context, tls_failure
from mailflow.errors import ConfigError, LoginRefused, ServerUnreachable, TemporaryFailure


@dataclass(frozen=True, slots=True)
class CourierSettings:
    """Where mail leaves, and how long we wait. All times in seconds.

    No `user` means no login. `tls`: "implicit" from the first octet (port 465), "starttls" (587)
    demanded and never silently gone without, "none" for a relay on this machine. The time-outs
    hold for one read; the limits for all that follows the greeting and for one whole mail, also
    against a server that drips its answer octet by octet. Together they stay below
    `outbox.in_doubt_minutes`, or a mail could leave again while its first try still waits.
    """

    host: str
    port: int = 465
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = "password"
    ca_file: str = ""
    connect_timeout: float = 30.0
    command_timeout: float = 60.0
    # RFC 5321 section 4.5.3.2.6 grants a server ten minutes to say what became of a mail, because
    # giving up here makes duplicates. Five is what fits below in_doubt_minutes.
    data_timeout: float = 300.0
    open_limit: float = 90.0
    send_limit: float = 360.0
    local_hostname: str = ""  # what EHLO says; "": this machine's name if it has a dot, else its address


class LineLost(TemporaryFailure):
    """The line is dead or out of step (end of file, time-out, 421, no reply code): throw it away.

    `data_begun`: content of the mail at hand has left. `in_doubt`: all of it, and no word came.
    """

    def __init__(self, word: str, *, data_begun: bool = False, in_doubt: bool = False) -> None:
        super().__init__(word)
        self.data_begun = data_begun or in_doubt
        self.in_doubt = in_doubt


class SmtpLine:
    """A connection that has greeted, is secured as demanded and logged in.

    Raises LoginRefused, and ServerUnreachable for all else, from its constructor.
    """

    def __init__(self, settings: CourierSettings) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._cut_short = False
        self._smtp = self._connect()
        try:
            with self.no_longer_than(settings.open_limit):
                self._greet()
                if settings.tls == "starttls":
                    self._start_tls()
                if settings.user:
                    self._log_in()
            if self._cut_short:  # smtplib takes what came before the cut for a whole answer
                raise LineLost(f"not ready for mail within {settings.open_limit:g} s")
        except LineLost as lost:
            self.drop()
            raise self._trouble(str(lost), "try again later; if it stays so, look at its log") from lost
        except BaseException:
            self.drop()
            raise

    def offers(self, extension: str) -> bool:
        """Whether the server's EHLO named that extension."""
        return self._smtp.has_extn(extension)

    def ask(self, command: str, *, verb: str = "") -> tuple[int, str]:
        """One command and its answer: the code, and the whole word in one line. Raises LineLost.

        `verb` names the command in errors where its own first word must not stand there.
        """
        try:
            self._smtp.putcmd(command)
            code, text = self._smtp.getreply()
        except OSError as err:  # those of smtplib are OSErrors too
            raise LineLost(f"the line was lost at {verb or command.split()[0]}") from err
        if code < 200 or code == 421:  # no code at all, or "closing transmission channel"
            raise LineLost(word(code, text))
        return code, word(code, text)

    def hand_over(self, content: bytes) -> tuple[int, str]:
        """After the 354: content with CRLF line ends, the dot; the server's word on it. Raises LineLost."""
        stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]  # RFC 5321 section 4.5.2
        self._wait_for(self._settings.data_timeout)
        try:
            self._smtp.send(stuffed + b".\r\n")
        except OSError as err:  # not all of it has left, so the dot, its very end, has not
            raise LineLost("the line was lost within DATA", data_begun=True) from err
        try:
            code, text = self._smtp.getreply()
        except OSError as err:
            raise LineLost("the line was lost after DATA: no word came", in_doubt=True) from err
        if code == 421:
            raise LineLost(word(code, text), data_begun=True)
        if code < 200:
            raise LineLost(f"no code in the answer to DATA: {word(code, text)}", in_doubt=True)
        self._wait_for(self._settings.command_timeout)
        return code, word(code, text)

    def quit(self) -> None:
        """Say QUIT and close; never raises."""
        with suppress(OSError), self.no_longer_than(5.0):
            self._wait_for(5.0)
            self._smtp.quit()
        self.drop()

    def drop(self) -> None:
        """Close without a word; never raises."""
        with suppress(OSError):
            self._smtp.close()

    @contextmanager
    def no_longer_than(self, seconds: float) -> Iterator[None]:
        """Shut the socket after that time: a time-out of the socket starts anew with every octet."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._cut_short = True
        sock = self._smtp.sock
        if sock is not None:
            with suppress(OSError):  # SSLSocket.shutdown would take the TLS object from under the reader
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _wait_for(self, seconds: float) -> None:
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    # -- setting it up -------------------------------------------------------------------------

    def _connect(self) -> smtplib.SMTP:
        """The connection up to the server's greeting, inside TLS where that comes first."""
        wanted, timeout = self._settings, self._settings.connect_timeout
        name = (
            wanted.local_hostname or socket.gethostname()
        )  # never None: smtplib would ask the DNS, and wait
        address = (wanted.host, wanted.port, name)
        try:
            smtp: smtplib.SMTP
            if wanted.tls == "implicit":
                smtp = smtplib.SMTP_SSL(*address, timeout=timeout, context=client_context(wanted.ca_file))
            else:
                smtp = smtplib.SMTP(*address, timeout=timeout)
        except ConfigError as err:
            raise ServerUnreachable(f"smtp.{err}") from err
        except ssl.SSLError as err:
            raise tls_failure(wanted.host, wanted.port, err) from err
        except smtplib.SMTPConnectError as err:
            said = word(err.smtp_code, err.smtp_error)
            raise self._trouble(
                f"turns us away: {said}", "try again later, or ask its administrator"
            ) from err
        except smtplib.SMTPException as err:
            cure = 'where TLS comes first on this port set tls = "implicit", else correct the port'
            raise self._trouble("the line opens, but no SMTP greeting comes", cure) from err
        except socket.gaierror as err:
            raise self._trouble(f"no such host ({err.strerror})", "correct smtp.host") from err
        except TimeoutError as err:
            raise self._trouble(f"no answer in {timeout:g} s", "check host, port, tls and firewall") from err
        except (OSError, UnicodeError) as err:
            why = getattr(err, "strerror", None) or "not a host name"
            raise self._trouble(why.lower(), "check host and port, and that the server runs") from err
        if smtp.sock is not None:
            smtp.sock.settimeout(wanted.command_timeout)
            if "." not in name:  # RFC 5321 section 4.1.3: who has no full name says its address
                host = smtp.sock.getsockname()[0]
                smtp.local_hostname = f"[IPv6:{host}]" if ":" in host else f"[{host}]"
        smtp.command_encoding = "utf-8"  # for SMTPUTF8; all other commands of ours are ASCII
        return smtp

    def _greet(self) -> None:
        try:
            self._smtp.ehlo_or_helo_if_needed()
        except smtplib.SMTPHeloError as err:
            said = word(err.smtp_code, err.smtp_error)
            raise self._trouble(
                f"refuses our EHLO: {said}", "set smtp.local_hostname to a name it takes"
            ) from err
        except OSError as err:
            raise LineLost("the line was lost at EHLO") from err

    def _start_tls(self) -> None:
        if not self.offers("starttls"):
            raise self._trouble(
                "offers no STARTTLS", 'set tls = "implicit" and its port (465), or correct the port'
            )
        try:
            self._smtp.starttls(context=client_context(self._settings.ca_file))
        except ConfigError as err:
            raise ServerUnreachable(f"smtp.{err}") from err
        except ssl.SSLError as err:
            raise tls_failure(self._settings.host, self._settings.port, err) from err
        except smtplib.SMTPResponseException as err:
            said = word(err.smtp_code, err.smtp_error)
            raise self._trouble(f"refuses STARTTLS: {said}", "try again later") from err
        except OSError as err:
            raise LineLost("the line was lost at STARTTLS") from err
        self._greet()  # what was offered before TLS counts no more (RFC 3207 section 4.2)

    def _log_in(self) -> None:
        """One try with one mechanism: smtplib's own `login` would offer a wrong password three times."""
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if not offered:
            raise self._trouble("offers no login on this line", 'check tls and port, or set user = ""')
        mechanism, responses = self._proof(offered)
        code, said = self.ask(f"AUTH {mechanism}")
        for response in responses:
            if code == 334:
                code, said = self.ask(b64encode(response.encode()).decode(), verb="AUTH")
        if code // 100 == 5 and code != 503:  # 503: known already
            raise LoginRefused(f"{self._where}: refuses the login: {said}; check smtp.user and smtp.password")
        if code // 100 not in (2, 5):
            raise self._trouble(f"cannot check the login now: {said}", "try again later")

    def _proof(self, offered: list[str]) -> tuple[str, list[str]]:
        """The mechanism, and the answers to its challenges in turn. Another `auth` gets its case here."""
        user, password = self._settings.user, self._settings.password
        if self._settings.auth != "password":
            raise LoginRefused(f'smtp.auth = "{self._settings.auth}" is not known here; use "password"')
        if "PLAIN" in offered:
            return "PLAIN", [f"\0{user}\0{password}"]  # RFC 4616
        if "LOGIN" in offered:
            return "LOGIN", [user, password]
        raise self._trouble(f"takes no password, only {' '.join(offered)}", "allow password logins there")

    def _trouble(self, cause: str, cure: str) -> ServerUnreachable:
        return ServerUnreachable(f"{self._where}: {cause}; {cure}")


def word(code: int, text: bytes | str) -> str:
    """An answer of the server as one line of at most 500 characters, its code first."""
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    plain = "".join(c if c.isprintable() else " " for c in said)
    return " ".join(f"{code if code > 0 else ''} {plain}".split())[:500]
