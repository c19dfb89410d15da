"""SMTP servers that misbehave on cue: aiosmtpd speaks the protocol, a script says what goes wrong when."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

DROP = "DROP"  # the line is cut without a word
HANG = "HANG"  # no answer, ever

PATIENCE = 20.0


@dataclass(frozen=True)
class Arrived:
    """One mail as it stood on the wire, dots unstuffed. `line` counts the connections from 1."""

    line: int
    sender: str
    recipient: str
    options: tuple[str, ...]
    content: bytes


class Loop:
    """An event loop in a thread of its own, and the servers on it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    def end(self) -> None:
        self.run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _cancel_all(self) -> None:
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class SmtpServer:
    """A mail server on a free loopback port, for a `with` block; `arrived` is what it took.

    `logins`: name -> password; where given, a login is demanded before MAIL. `mechanisms`: those
    it offers. `will(stage, answer, ...)` scripts the stages MAIL, RCPT, DATA (the command),
    DOT (after the content) and RSET.
    """

    tls: str = "none"  # none, starttls, implicit
    authority: trustme.CA | None = None
    certified_for: str = "localhost"
    logins: dict[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ("LOGIN", "PLAIN")
    smtputf8: bool = True
    size_limit: int | None = 33554432
    login_answer: str | None = None  # instead of judging the password
    arrived: list[Arrived] = field(default_factory=list)
    lines: int = 0  # connections so far
    login_tries: int = 0
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._script: list[tuple[str, str, str | None, list[int]]] = []

    def will(self, stage: str, answer: str, *, to: str | None = None, times: int = 1_000_000) -> None:
        """At that stage (for that recipient only) give that answer, DROP or HANG, so many times."""
        self._script.append((stage, answer, to, [times]))

    def relents(self) -> None:
        """From now on everything is taken."""
        self._script.clear()

    def scripted(self, stage: str, recipient: str) -> str | None:
        for at, answer, to, left in self._script:
            if at == stage and to in (None, recipient) and left[0] > 0:
                left[0] -= 1
                return answer
        return None

    def of(self, message_id: str) -> list[Arrived]:
        """Every arrival of that mail."""
        return [a for a in self.arrived if f"Message-ID: {message_id}".encode() in a.content]

    def __enter__(self) -> Self:
        self._loop = Loop()
        context = None
        if self.tls != "none":
            assert self.authority is not None
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.authority.issue_cert(self.certified_for).configure_cert(context)
        self._server = self._loop.run(self._start(context))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run(self._stop())
        self._loop.end()

    async def _start(self, context: ssl.SSLContext | None) -> asyncio.Server:
        def talk() -> SMTP:
            self.lines += 1
            return _Talk(
                self,
                enable_SMTPUTF8=self.smtputf8,
                data_size_limit=self.size_limit,
                hostname="mx.example",
                tls_context=context if self.tls == "starttls" else None,
                auth_require_tls=self.tls == "starttls",
                auth_exclude_mechanism={"LOGIN", "PLAIN"} - set(self.mechanisms),
                authenticator=self._judge,
                timeout=60,
            )

        loop = asyncio.get_running_loop()
        return await loop.create_server(
            talk, "127.0.0.1", self.port, ssl=context if self.tls == "implicit" else None
        )

    async def _stop(self) -> None:
        self._server.close()

    def _judge(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.login_tries += 1
        if self.login_answer:
            return AuthResult(success=False, handled=False, message=self.login_answer)
        assert isinstance(data, LoginPassword)
        right = self.logins.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=right, handled=right, message=None if right else "535 5.7.8 wrong password")


class _Talk(SMTP):
    """One connection: each stage asks the script first."""

    def __init__(self, house: SmtpServer, **settings: Any) -> None:
        self._house = house
        self._line = house.lines
        super().__init__(_Taker(house, self._line), **settings)

    async def _answers(self, stage: str, arg: str | None = None) -> bool:
        self._house.commands.append(f"{stage} {arg or ''}".strip())
        recipient = (arg or "").partition("<")[2].partition(">")[0] if stage == "RCPT" else ""
        if not recipient and self.envelope is not None and self.envelope.rcpt_tos:
            recipient = self.envelope.rcpt_tos[0]
        answer = self._house.scripted(stage, recipient)
        if answer is None and stage == "MAIL" and self._house.logins and not self.session.authenticated:
            answer = "530 5.7.0 Authentication required"
        if answer is None:
            return False
        if answer == HANG:
            await asyncio.sleep(600)
        if answer == DROP:
            self.transport.abort()
            return True
        await self.push(answer)
        if answer.startswith("421"):
            self.transport.close()
        return True

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's names
        if not await self._answers("MAIL", arg):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self._answers("RCPT", arg):
            await super().smtp_RCPT(arg)

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        if not await self._answers("RSET", arg):
            await super().smtp_RSET(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._answers("DATA", arg):
            await super().smtp_DATA(arg)


class _Taker:
    """aiosmtpd's handler: what comes after the final dot."""

    def __init__(self, house: SmtpServer, line: int) -> None:
        self._house = house
        self._line = line

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self._house.scripted("DOT", envelope.rcpt_tos[0])
        # As many a server does: the mail is in its queue before its answer is on the way.
        if answer is None or answer in (DROP, HANG):
            self._house.arrived.append(
                Arrived(
                    self._line,
                    envelope.mail_from,
                    envelope.rcpt_tos[0],
                    tuple(envelope.mail_options),
                    bytes(envelope.original_content),
                )
            )
        if answer == HANG:
            await asyncio.sleep(600)
        if answer == DROP:
            server.transport.abort()
        return answer or "250 2.0.0 taken"


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """A server of a few lines of our own, for what no library would ever say. For a `with` block."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.port = 0

    def __enter__(self) -> Self:
        self._loop = Loop()
        self._server = self._loop.run(self._start())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run(self._stop())  # in its own thread: a connection may be ending there just now
        self._loop.end()

    async def _stop(self) -> None:
        self._server.close()

    async def _start(self) -> asyncio.Server:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._script(reader, writer)
            except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
                pass  # the client left, or the test is over
            finally:
                writer.close()

        return await asyncio.start_server(talk, "127.0.0.1", 0)


def authority_file(authority: trustme.CA, folder: Path) -> str:
    """The authority's certificate as a PEM file."""
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)
