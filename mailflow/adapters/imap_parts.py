"""Stop 1, large mail: which parts to fetch, and a whole message built of them again.

A mail above the limit comes without the content of its attachments. What is rebuilt is a proper
RFC 5322 message: the original header fields, the original boundaries, the MIME header of every
part, the texts; an attachment is there, and empty. So the next stop needs no second way to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import MessageError
from email.parser import BytesHeaderParser
from typing import Any

# Of one text; nobody types more, and what is cut off is the oldest end of a quote.
TEXT_LIMIT = 256 * 1024
# Of all texts of one mail: nobody's answer needs more, and a hostile mail can hold hundreds.
TEXTS_LIMIT = 2 * 1024 * 1024
# Of one block of header fields.
HEADER_LIMIT = 256 * 1024
# Parts beyond are dropped: a person's mail has a handful.
MOST_PARTS = 200
DEEPEST = 50

# Read by later stops even where they are marked as attachments: calendar replies and reports.
ALWAYS_READ = frozenset(
    {
        "text/calendar",
        "application/ics",
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/global-headers",
    }
)
WHOLE_MAILS = frozenset({"message/rfc822", "message/global"})


class StructureError(ValueError):
    """The server's BODYSTRUCTURE cannot be followed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `section`: its number in FETCH (RFC 9051 section 6.4.5), "" for the message itself."""

    section: str
    kind: str  # lower case, "text/plain"
    attached: bool = False  # Content-Disposition says attachment
    size: int = 1  # octets, encoded
    boundary: str = ""  # as the server tells it
    children: tuple[Part, ...] = ()

    @property
    def header(self) -> str:
        """The section of its MIME header."""
        return f"{self.section}.MIME" if self.section else "HEADER"

    @property
    def content(self) -> tuple[str, int] | None:
        """The section and limit of what is read of its content; None for nothing."""
        number = self.section or "1"
        if self.kind in WHOLE_MAILS:
            return f"{number}.HEADER", HEADER_LIMIT
        wanted = self.kind in ALWAYS_READ or (self.kind.startswith("text/") and not self.attached)
        if not wanted or self.size == 0 or self.children:
            return None
        return (self.section or "TEXT"), TEXT_LIMIT


def structure(told: Any, section: str = "", depth: int = 0) -> Part:
    """The tree of parts in a BODYSTRUCTURE as imapclient parses it. Raises StructureError."""
    if depth > DEEPEST or not isinstance(told, tuple) or len(told) < 2:
        raise StructureError(f"part {section or 'TOP'}")
    if isinstance(told[0], (list, tuple)):
        children = (
            list(told[0]) if isinstance(told[0], list) else [one for one in told if isinstance(one, tuple)]
        )
        rest = told[1:] if isinstance(told[0], list) else told[len(children) :]
        if not children:
            raise StructureError(f"part {section or 'TOP'}: no parts")
        return Part(
            section,
            "multipart/" + _word(rest[0] if rest else b"mixed"),
            boundary=_parameter(rest[1] if len(rest) > 1 else None, "boundary"),
            children=tuple(
                structure(child, f"{section}.{n}" if section else str(n), depth + 1)
                for n, child in enumerate(children[:MOST_PARTS], start=1)
            ),
        )
    if len(told) < 7 or not isinstance(told[0], bytes) or not isinstance(told[1], bytes):
        raise StructureError(f"part {section or 'TOP'}")
    kind = f"{_word(told[0])}/{_word(told[1])}"
    # The disposition stands after the MD5, which stands after what a text or a mail has more.
    more = 3 if kind in WHOLE_MAILS else 1 if kind.startswith("text/") else 0
    disposition = told[8 + more] if len(told) > 8 + more else None
    # A list (RFC 9051 section 7.5.2); some servers send the field's text instead.
    named = disposition[0] if isinstance(disposition, tuple) and disposition else disposition
    attached = _word(named).startswith("attachment")
    size = told[6] if isinstance(told[6], int) else TEXT_LIMIT
    return Part(section, kind, attached=attached, size=size)


def sections(top: Part) -> list[str]:
    """What to FETCH of it, the message's own header apart: "BODY.PEEK[1.MIME]", "BODY.PEEK[1]<0.262144>"."""
    wanted: list[str] = []
    room = TEXTS_LIMIT
    for part in _kept(top):
        if part.section:
            wanted.append(f"BODY.PEEK[{part.header}]")
        if (content := part.content) is not None and room > 0:
            room -= min(part.size, content[1])
            wanted.append(f"BODY.PEEK[{content[0]}]<0.{content[1]}>")
    return wanted


def rebuild(top: Part, header: bytes, got: Mapping[bytes, Any]) -> bytes:
    """The message of these sections, as FETCH returned them. Raises StructureError where a
    multipart's boundary is not to be found."""
    kept = {part.section for part in _kept(top)}
    return _block(header) + _body(top, _block(header), got, kept)


def without_body(header: bytes) -> bytes:
    """The header alone, as a message."""
    return _block(header)


def _body(part: Part, header: bytes, got: Mapping[bytes, Any], kept: set[str]) -> bytes:
    if part.children:
        fence = b"--" + _boundary(part, header)
        pieces: list[bytes] = []
        for child in part.children:
            if child.section in kept:
                own = _block(_bytes(got, child.header))
                pieces += (fence, b"\r\n", own, _body(child, own, got, kept), b"\r\n")
        return b"".join((*pieces, fence, b"--\r\n"))
    if (content := part.content) is None:
        return b""
    data = _bytes(got, content[0])
    if len(data) >= content[1]:  # cut: at the end of a line, so that no encoded group is halved
        data = data[: data.rfind(b"\n") + 1] or data
    return _block(data) if part.kind in WHOLE_MAILS else data


def _boundary(part: Part, header: bytes) -> bytes:
    """As the parser of the next stop will see it, else as the server tells it."""
    try:
        found = BytesHeaderParser().parsebytes(header).get_boundary()
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        found = None  # an odd Content-Type; the server may have understood it
    boundary = str(found or part.boundary)
    if not boundary or "\n" in boundary or "\r" in boundary:
        raise StructureError(f"part {part.section or 'TOP'}: no boundary")
    return boundary.encode("utf-8", "surrogateescape")


def _kept(top: Part) -> list[Part]:
    return [part for _, part in zip(range(MOST_PARTS), _walk(top), strict=False)]


def _walk(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _walk(child)


def _block(header: bytes) -> bytes:
    """Header fields, ended by exactly one empty line."""
    fields = header.rstrip(b"\r\n")
    return fields + b"\r\n\r\n" if fields else b"\r\n"


def _bytes(got: Mapping[bytes, Any], section: str) -> bytes:
    name = f"BODY[{section}]".encode("ascii")
    value = got.get(name, got.get(name + b"<0>"))
    return value if isinstance(value, bytes) else b""


def _word(value: object) -> str:
    return value.decode("ascii", "replace").lower() if isinstance(value, bytes) else ""


def _parameter(told: object, name: str) -> str:
    if isinstance(told, tuple):
        for key, value in zip(told[::2], told[1::2], strict=False):
            if _word(key) == name and isinstance(value, bytes):
                return value.decode("utf-8", "surrogateescape")
    return ""
