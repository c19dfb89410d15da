"""A scripted IMAP folder with mail in it, for rounds in which the server or one mail misbehaves."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import timedelta

from tests.desk import OPENED
from tests.odd_imap import Answer, OddImap


def _nothing() -> None:
    return None


class OddFolder(OddImap):
    """`mails`: what is in the folder, by UID. The line is lost where one of `breaking` is fetched, or any
    where `broken`. `moving`: the word to a MOVE; where that is "" the mails go. `before` runs before a
    message is given."""

    def __init__(self, *raws: bytes) -> None:
        self.mails = dict(enumerate(raws, start=1))
        self._given = len(raws)  # no number is given twice
        self.breaking: set[int] = set()
        self.broken = False
        self.moving = b""
        self.before: Callable[[], None] = _nothing
        answers: dict[bytes, Answer] = {
            rb"UID SEARCH UID (\S+)": self._search,
            rb"UID FETCH (\S+) \(INTERNALDATE.*": self._listing,
            rb"UID FETCH (\S+) \(BODY.PEEK\[\]\)": self._bodies,
            rb"UID MOVE (\S+) .*": self._move,
            rb"CREATE .*": b"",
            rb"SUBSCRIBE .*": b"",
        }
        super().__init__(answers)

    def arrives(self, raw: bytes) -> int:
        """One more mail; its UID."""
        self._given += 1
        self.mails[self._given] = raw
        return self._given

    def _named(self, match: re.Match[bytes]) -> list[int]:
        named: set[int] = set()
        for part in match[1].decode().split(","):
            first, _, last = part.partition(":")
            end = 10**6 if last == "*" else int(last or first)
            named |= {uid for uid in self.mails if int(first) <= uid <= end}
        return sorted(named)

    def _search(self, match: re.Match[bytes], _line: socket.socket) -> bytes:
        return b"* SEARCH" + b"".join(b" %d" % uid for uid in self._named(match)) + b"\r\n"

    def _listing(self, match: re.Match[bytes], _line: socket.socket) -> bytes:
        told = b""
        for uid in self._named(match):
            at = (OPENED + timedelta(seconds=uid)).strftime("%d-%b-%Y %H:%M:%S +0000").encode()
            size = len(self.mails[uid])
            told += b'* %d FETCH (UID %d INTERNALDATE "%s" RFC822.SIZE %d)\r\n' % (uid, uid, at, size)
        return told

    def _bodies(self, match: re.Match[bytes], line: socket.socket) -> bytes | None:
        uids = self._named(match)
        self.before()
        if self.broken or self.breaking & set(uids):
            line.shutdown(socket.SHUT_RDWR)
            return None
        return b"".join(
            b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(self.mails[uid]), self.mails[uid])
            for uid in uids
        )

    def _move(self, match: re.Match[bytes], _line: socket.socket) -> bytes:
        if not self.moving:
            for uid in self._named(match):
                del self.mails[uid]
        return self.moving
