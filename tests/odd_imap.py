"""An IMAP server that says what it is told to say: for answers no well-kept server gives.

It speaks the real protocol over a real socket. `answers` maps a regular expression over a command
(without its tag) to what is sent before the tagged OK; an answer that begins with "NO " or "BAD " is
the tagged one itself; a function gets the match and the connection and returns such text, or None
for silence. IDLE's tagged OK follows DONE; its answer, a function, sends what comes before.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from typing import Self

Answer = bytes | Callable[["re.Match[bytes]", socket.socket], bytes | None]

GREETING = b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] here\r\n"
SELECTED = (
    b"* 1 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n"
    b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 2] ok\r\n"
)
USUAL: dict[bytes, Answer] = {
    rb"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n",
    rb"LOGIN .*": b"",
    rb'LIST "" ""': b'* LIST (\\Noselect) "/" ""\r\n',
    rb"LIST .*": b'* LIST () "/" "INBOX"\r\n',
    rb"SELECT .*": SELECTED,
    rb"EXAMINE .*": SELECTED,
    rb"NOOP": b"",
    rb"LOGOUT": b"* BYE\r\n",
}


class OddImap:
    """The server. `heard`: the commands it got; `greeting` None: it accepts and says nothing."""

    def __init__(self, answers: dict[bytes, Answer] | None = None, greeting: bytes | None = GREETING) -> None:
        self._answers = {**(answers or {}), **{k: v for k, v in USUAL.items() if k not in (answers or {})}}
        self._greeting = greeting
        self.heard: list[bytes] = []
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._spawn(self._accept)
        return self

    def __exit__(self, *_raised: object) -> None:
        for one in (self._door, *self._lines):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in (self._door, *self._lines):
            one.close()

    def _spawn(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._door.accept()
                self._lines.append(line)
                self._spawn(self._talk, line)

    def _talk(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line.makefile("rb") as said:
            if self._greeting is not None:
                line.sendall(self._greeting)
            idling = b""
            for raw in said:
                tag, _, command = raw.strip().partition(b" ")
                if tag.upper() == b"DONE":
                    line.sendall(idling + b" OK done\r\n")
                    continue
                if command.upper() == b"IDLE":
                    idling = tag
                self.heard.append(command)
                for pattern, answer in self._answers.items():
                    if match := re.fullmatch(pattern, command, re.IGNORECASE | re.DOTALL):
                        text = answer(match, line) if callable(answer) else answer
                        if text is None:
                            break
                        if text.startswith((b"NO ", b"BAD ")):
                            line.sendall(tag + b" " + text + b"\r\n")
                        else:
                            line.sendall(text + tag + b" OK done\r\n")
                        break
                else:
                    line.sendall(tag + b" BAD unknown\r\n")
