"""Stops 1 and 7, the other end: an IMAP and an SMTP server inside this process.

pymap keeps the mailbox in memory, aiosmtpd takes mail in; both speak the real protocols on free
loopback ports, in one daemon thread with one event loop. For `mailflow demo` and the tests: nothing
is stored, nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import uuid4

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session
    from pymap.backend.dict import DictBackend

# How long the servers may take to start or to take a mail; they need milliseconds.
PATIENCE = 30.0

# Mails above this size are refused by the SMTP side (RFC 1870).
AUTHSERV_ID = "mail.demo.example"  # how it signs its Authentication-Results (RFC 8601 section 2.5)
MAX_MESSAGE_BYTES = 100 * 1024 * 1024

Result = TypeVar("Result")
OutgoingMail = tuple[str, list[str], bytes]  # MAIL FROM ("": none), RCPT TO, the message


class EmbeddedServers:
    """A mailbox and a mail server, for as long as the `with` block lasts.

    What is sent over SMTP to `user` lands in that INBOX with `now()` as its INTERNALDATE;
    everything else is kept in `outgoing`, in order. `now` may be set at any time; it must return
    an aware datetime. `idle=False` makes an IMAP server without IDLE.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        user: str = "aanmelden@kennisbijeenkomst.example",
        password: str = "demo",  # noqa: S107 - of a server that lives in this process
        *,
        now: Callable[[], datetime] | None = None,
        idle: bool = True,
    ) -> None:
        self.user = user
        self.password = password
        self.now: Callable[[], datetime] = now or (lambda: datetime.now(UTC))
        self.outgoing: list[OutgoingMail] = []
        self.imap_port = 0
        self.smtp_port = 0
        self._idle = idle
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._backend: DictBackend | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="mailflow-servers", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(PATIENCE):
            raise TimeoutError("the embedded servers did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def deliver(self, raw: bytes, arrival: datetime) -> None:
        """Put a mail into the INBOX. `arrival`, aware, becomes its INTERNALDATE (whole seconds)."""
        self._do(self._append(raw, arrival))

    def drop_connections(self) -> None:
        """Cut every open IMAP connection, as a restart of the server does; the mailbox stays."""
        self._do(self._cut())

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        if self._loop is None:
            work.close()
            raise RuntimeError("the embedded servers are not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as err:  # noqa: BLE001 - carried over to the thread that waits for the start
            self._failure = err
        finally:
            self._loop = None
            self._ready.set()

    async def _append(self, raw: bytes, arrival: datetime) -> None:
        from pymap.parsing.message import AppendMessage

        assert self._backend is not None  # noqa: S101 - set before any port is open
        login = self._backend.login
        identity = await login.authorize(login.demo_user_identity, self.user)
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(raw, arrival, frozenset())])

    async def _cut(self) -> None:
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _serve(self) -> None:
        from aiosmtpd.smtp import SMTP
        from proxyprotocol.sock import SocketInfoLocal
        from pymap.imap import IMAPServer

        loop = self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._backend = await _backend(self.user, self.password, idle=self._idle)
        imap = IMAPServer(self._backend.login, self._backend.config)

        # A callback of our own: pymap's keeps no reference to the connection's task, which Python
        # 3.13 then collects in the middle of an IDLE.
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine always runs in one
            self._talks.add(task)
            try:
                await imap(reader, writer, SocketInfoLocal(writer, unique_id=uuid4().bytes))
            except (asyncio.CancelledError, ConnectionError, EOFError):
                pass  # the client went away, or the servers are being stopped
            finally:
                self._talks.discard(task)
                writer.close()

        def reception() -> SMTP:
            handler = _Reception(self)
            return SMTP(
                handler,
                enable_SMTPUTF8=True,
                hostname="localhost",
                data_size_limit=MAX_MESSAGE_BYTES,
                loop=loop,
            )

        async with AsyncExitStack() as stack:
            await self._backend.start(stack)
            imap_server = await asyncio.start_server(talk, self.host, 0)
            smtp_server = await loop.create_server(reception, self.host, 0)
            self.imap_port = imap_server.sockets[0].getsockname()[1]
            self.smtp_port = smtp_server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            imap_server.close()
            smtp_server.close()
            await self._cut()


class _Reception:
    """What the SMTP side does with a mail, once DATA is complete (aiosmtpd's handler)."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._servers = servers

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Into the INBOX what is meant for it, into `outgoing` the rest; then, and only then, 250."""
        raw = envelope.original_content or b""
        ours = self._servers.user.casefold()
        elsewhere = [address for address in envelope.rcpt_tos if address.casefold() != ours]
        if len(elsewhere) < len(envelope.rcpt_tos):
            # As a real server notes what it found of the sender; this one plays that all is well.
            found = f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass\r\n".encode()
            await self._servers._append(found + raw, self._servers.now())
        if elsewhere:
            # The null return path (RFC 5321 section 4.5.5) is "" here, as smtplib has it.
            sender = "" if envelope.mail_from in (None, "<>") else envelope.mail_from or ""
            self._servers.outgoing.append((sender, elsewhere, raw))
        return "250 2.0.0 taken"


async def _backend(user: str, password: str, *, idle: bool) -> DictBackend:
    from pymap.backend.dict import Config, DictBackend, Login
    from pymap.backend.dict.mailbox import MailboxData
    from pymap.config import BackendCapability
    from pymap.parsing.specials.flag import Recent, Wildcard, get_system_flags
    from pymap.user import Passwords, UserMetadata
    from pysasl.hashing import BuiltinHash

    class QuietConfig(Config):
        """pymap's greeting asks the name servers for this machine's name, at each connection."""

        @property
        def greeting(self) -> bytes:
            return b"mailflow demo"

        @property
        def backend_capability(self) -> BackendCapability:
            return BackendCapability(idle=idle, object_id=True, multi_append=True)

    # Without the wildcard pymap says OK to a keyword and forgets it.
    kept = frozenset((get_system_flags() - {Recent}) | {Wildcard})
    MailboxData.permanent_flags = property(lambda _data: kept)  # type: ignore[method-assign,assignment]

    args = Namespace(
        host=None, port=0, debug=False, cert=None, key=None, tls=False, proxy_protocol=None,
        inherited_sockets=None, passlib_cfg=None, demo_data=False, demo_user=user, demo_password=password,
    )  # fmt: skip
    # The default of 500,000 rounds costs 0.2 s at each login, to guard a password that is no secret.
    config = QuietConfig.from_args(args, hash_context=BuiltinHash(rounds=1))
    config.apply_context()
    login = Login(config)
    hashed = await Passwords(config).hash_password(password)
    await login.demo_user_identity.set(UserMetadata(config, user, password=hashed))
    return DictBackend(login, config)
