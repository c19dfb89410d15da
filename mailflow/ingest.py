"""`mailflow ingest`: mail that did not come by IMAP, as messages for the same journey.

Arrival is what the mail server said as far as the file tells: the mbox From_ line (RFC 4155), else the
topmost Received field (RFC 5321 section 4.4: the last server adds it on top), else the file's time.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from pathlib import Path

from mailflow.clock import Clock
from mailflow.core.ledger import Slot
from mailflow.errors import BadInput
from mailflow.take import Incoming

# "From " begins a message only where a date ends the line; other such lines are somebody's words.
_FROM_LINE = re.compile(rb"^From \S.*\d\d:\d\d(?::\d\d)?.*\d{4}\b.*$")
_HIDDEN_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_RECEIVED = re.compile(rb"^received:((?:.*\r?\n)(?:[ \t].*\r?\n)*)", re.IGNORECASE | re.MULTILINE)


def messages(source: Path, arrival: datetime | None, clock: Clock) -> list[Incoming]:
    """Every message of a file, an mbox, a Maildir or folder of files, or standard input ("-"), in order.

    `arrival` (aware) holds for all where it is given. Raises BadInput where there is nothing to read.
    """
    found = list(_found(source, clock))
    if not found:
        raise BadInput(f"{source}: holds no mail; name a mail file, an mbox or a Maildir")
    incoming: list[Incoming] = []
    last: datetime | None = None
    for raw, told in found:
        at = arrival or told
        # Of several mails of the same second the order of the file is kept.
        if last is not None and at <= last < at + timedelta(seconds=1):
            at = last + timedelta(microseconds=1)
        last = at
        incoming.append(Incoming(slot_of(raw), at, raw))
    return list({message.slot.key: message for message in reversed(incoming)}.values())[::-1]


def slot_of(raw: bytes) -> Slot:
    """The ledger's key of a message without a UID: made of its content, whatever its line ends."""
    content = raw.replace(b"\r\n", b"\n").rstrip(b"\n")
    return Slot("ingest", 0, int.from_bytes(hashlib.sha256(content).digest()[:7]))


def _found(source: Path, clock: Clock) -> Iterator[tuple[bytes, datetime]]:
    if str(source) == "-":
        yield from _split(sys.stdin.buffer.read(), clock())
        return
    try:
        for path in _files(source):
            yield from _split(path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC))
    except OSError as err:
        raise BadInput(
            f"{err.filename or source}: cannot be read ({err.strerror}); check the path and its rights"
        ) from err


def _files(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    # A Maildir keeps what it has delivered in new/ and cur/; tmp/ holds what is only half there.
    folders = [f for f in (source / "cur", source / "new") if f.is_dir()] or [source]
    return sorted(p for f in folders for p in f.iterdir() if p.is_file() and not p.name.startswith("."))


def _split(data: bytes, otherwise: datetime) -> Iterator[tuple[bytes, datetime]]:
    """The messages of an mbox, or the one message the file is; each with its arrival."""
    if not data.strip():
        return
    if not _FROM_LINE.match(data.split(b"\n", 1)[0].rstrip(b"\r")):
        yield data, _received(data) or otherwise
        return
    lines = data.splitlines(keepends=True)
    starts = [
        n
        for n, line in enumerate(lines)
        if (n == 0 or not lines[n - 1].strip()) and _FROM_LINE.match(line.rstrip())
    ]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        raw = b"".join(lines[start + 1 : end])
        if end < len(lines) and raw.endswith(b"\n"):
            raw = re.sub(rb"\r?\n\Z", b"", raw)  # the empty line before the next From_ is not the mail's
        _, _, told = lines[start][5:].strip().partition(b" ")
        raw = _HIDDEN_FROM.sub(rb"\1", raw)
        yield raw, _date(told.decode("ascii", "replace")) or _received(raw) or otherwise


def _received(raw: bytes) -> datetime | None:
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0] + b"\n"
    top = _RECEIVED.search(head)
    return _date(top[1].rsplit(b";", 1)[-1].decode("ascii", "replace")) if top else None


def _date(text: str) -> datetime | None:
    """A date of RFC 5322 or of asctime (which is UTC in an mbox); None where it is neither."""
    try:
        told = parsedate_tz(" ".join(text.split()))
        return datetime(*told[:6], tzinfo=UTC) - timedelta(seconds=told[9] or 0) if told else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
