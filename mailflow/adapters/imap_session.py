"""Stop 1, the line: one IMAP connection, its time limits, and its errors in the words of the house.

A connection is thrown away after its first failure: where the server's answer was cut off, nothing
says what the next bytes belong to.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]
from imapclient.exceptions import CapabilityError, LoginError  # type: ignore[import-untyped]

from mailflow.adapters.imap_wire import Client, Watchdog
from mailflow.adapters.tls import client_context, tls_failure
from mailflow.errors import LoginRefused, MailflowError, ServerUnreachable

# Longest line of an answer. The library's 1 MB is one SEARCH over some 150,000 mails.
LONGEST_LINE = 20_000_000

# RFC 5530: codes by which a server says "not now" to a login, which is no word on the password.
NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[OVERQUOTA]")

# What the library's parser raises on answers it did not expect.
NOT_UNDERSTOOD = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    NameError,
    AssertionError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Where the mailbox is and how to speak to it. Times in seconds, sizes in octets.

    `tls`: "implicit", "starttls" or "none". `auth`: "password"; another needs `authenticate`, see
    ImapMailbox. In folder names "/" stands for the server's own delimiter.
    """

    host: str
    port: int = 993
    tls: str = "implicit"
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = "password"
    folder: str = "INBOX"
    handled_folder: str = "Mailflow/Handled"
    review_folder: str = "Mailflow/Review"
    ca_file: str = ""
    idle: bool = True
    max_message_bytes: int = 26_214_400
    connect_timeout: float = 20.0
    command_timeout: float = 60.0  # for each wait on the socket, not for a whole command
    poll_deadline: float = 900.0  # for all from `open` to the next `wait` or `close`


Authenticate = Callable[[IMAPClient, MailboxSettings], None]


class ConnectionLost(ServerUnreachable):
    """The connection ended, or was given up, in the middle of work."""


class Session:
    """At most one connection: made by `connect`, gone after any failure or `hang_up`."""

    def __init__(self, settings: MailboxSettings, authenticate: Authenticate | None = None) -> None:
        self.settings = settings
        self.where = f"{settings.host}:{settings.port}"
        self.watch = Watchdog()
        self._authenticate = authenticate or log_in
        self._client: IMAPClient | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as anybody noticed."""
        return self._client is not None

    @property
    def client(self) -> IMAPClient:
        """The connection. Raises ServerUnreachable where there is none (any more)."""
        if self._client is None:
            raise ServerUnreachable(f"{self.where}: no connection; it was lost or never opened")
        return self._client

    def connect(self) -> None:
        """Connect, secure, log in. Raises ServerUnreachable, LoginRefused, ConfigError (ca_file)."""
        settings = self.settings
        # The library's own logger tells user names and commands.
        logging.getLogger("imapclient").setLevel(logging.WARNING)
        imaplib._MAXLINE = max(imaplib._MAXLINE, LONGEST_LINE)  # type: ignore[attr-defined]
        context = client_context(settings.ca_file) if settings.tls != "none" else None
        # A server that waits for TLS keeps silent: "no answer" then says what we did not speak.
        with self.speaking("connecting" if settings.tls == "implicit" else "connecting without TLS"):
            self._client = Client(
                settings.host,
                settings.port,
                context if settings.tls == "implicit" else None,
                SocketTimeout(settings.connect_timeout, settings.command_timeout),
                self.watch,
            )
        if settings.tls == "starttls":
            with self.speaking("starting TLS"):
                try:
                    self.client.starttls(context)
                except CapabilityError:
                    self.drop()
                    raise ServerUnreachable(
                        f'{self.where}: STARTTLS is not offered; set tls = "implicit" (port 993)'
                    ) from None
        try:
            with self.speaking("logging in"):
                self._authenticate(self.client, settings)
        except MailflowError:
            self.drop()
            raise

    @contextlib.contextmanager
    def speaking(self, doing: str) -> Iterator[None]:
        """Translate what goes wrong inside. `doing` completes "... while".

        What the library raises may quote the server's line, thus mail: it is not chained.
        """
        try:
            yield
        except IMAPClient.ReadOnlyError:
            self.drop()
            raise ServerUnreachable(
                f"{self.where}: the folder may only be read; give mailbox.user the right to write"
            ) from None
        except IMAPClient.AbortError:
            raise self._lost(doing, "connection lost") from None
        except LoginError as err:
            raise self._refused(err) from None
        except IMAPClient.Error as err:
            if out_of_step(err):
                raise self._lost(doing, "an answer beyond all limits") from None
            raise ServerUnreachable(f"{self.where}: refused while {doing}: {said(err)}") from None
        except ssl.SSLError as err:
            overdue = self.watch.fired
            self.drop()
            raise (self._lost(doing, "") if overdue else tls_failure(*self._peer, err)) from err
        except OSError as err:
            raise self._lost(doing, _cause(err)) from err
        except UnicodeError:
            raise self._lost(doing, "host name not valid (check mailbox.host)") from None
        except NOT_UNDERSTOOD as err:
            raise self._lost(doing, f"an answer not understood ({type(err).__name__})") from None

    def drop(self) -> None:
        """Throw the connection away without a word. Never raises."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(IMAPClient.Error, OSError, *NOT_UNDERSTOOD):
                client.shutdown()
        self.watch.release()

    def hang_up(self) -> None:
        """Log out politely, but do not wait long for the answer. Never raises."""
        client = self._client
        if client is not None:
            with contextlib.suppress(IMAPClient.Error, OSError, *NOT_UNDERSTOOD):
                client.socket().settimeout(min(5.0, self.settings.command_timeout))
                client.logout()
        self.watch.disarm()
        self.drop()

    @property
    def _peer(self) -> tuple[str, int]:
        return self.settings.host, self.settings.port

    def _lost(self, doing: str, cause: str) -> ConnectionLost:
        if self.watch.fired:
            cause = f"not done within {self.watch.seconds:g} s, given up"
        self.drop()
        return ConnectionLost(f"{self.where}: {cause} while {doing}")

    def _refused(self, err: Exception) -> ServerUnreachable:
        # The library wraps a lost connection into its LoginError, too.
        if isinstance(err.__context__, IMAPClient.AbortError):
            return self._lost("logging in", "connection lost")
        answer = said(err)
        self.drop()
        if any(code in answer.upper() for code in NOT_NOW):
            return ServerUnreachable(f"{self.where}: no login for now: {answer}")
        return LoginRefused(f"{self.where}: login refused: {answer}; check user and password of the mailbox")


def log_in(client: IMAPClient, settings: MailboxSettings) -> None:
    """Log in by user and password. Raises LoginRefused, or what the library raises."""
    user, password = settings.user, settings.password
    if re.search(r"[\r\n\0]", user + password):
        raise LoginRefused(f"{settings.host}: a line break in user or password of the mailbox; remove it")
    plain = client.has_capability("AUTH=PLAIN")
    # LOGIN carries ASCII only (RFC 3501 section 6.2.3); SASL PLAIN is UTF-8 (RFC 4616).
    if plain and (client.has_capability("LOGINDISABLED") or not (user + password).isascii()):
        client.plain_login(user, password)
        return
    if client.has_capability("LOGINDISABLED"):
        raise LoginRefused(f'{settings.host}: no login by password on this line; set tls = "starttls"')
    if not (user + password).isascii():
        raise LoginRefused(f"{settings.host}: this server takes plain ASCII in user and password only")
    client.login(user, password)


def out_of_step(err: Exception) -> bool:
    """Whether the library gave up in the middle of an answer: the connection cannot be used again."""
    return isinstance(err, IMAPClient.AbortError) or "got more than" in str(err)


def said(err: Exception) -> str:
    """The server's word in an error of the library, on one line, at most 160 characters."""
    text = re.sub(r"^\w+ (command )?(error|failed): ", "", str(err))
    text = re.sub(r"""^(?:BAD \[)?b(['"])(.*)\1\]?$""", r"\2", text)  # the library shows its bytes
    return re.sub(r"[\s\0-\x1f]+", " ", text).strip().rstrip(".")[:160] or "no reason given"


def _cause(err: OSError) -> str:
    match err:
        case socket.gaierror():
            return "host name not known (check mailbox.host)"
        case ConnectionRefusedError():
            return "connection refused (check mailbox.host and mailbox.port)"
        case TimeoutError():
            return "no answer in time"
        case _:
            return f"connection lost ({err.strerror or type(err).__name__})"
