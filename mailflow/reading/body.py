"""Stop 2, the body: which of a message's parts is what the sender wrote, and what else is in it.

Parts are looked at by structure (RFC 2046), never inside a message/rfc822: what somebody else
wrote below is not the sender's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from mailflow.reading import decode, html_text, transfer, wrapped
from mailflow.reading.alternatives import Piece, says_more, text_of, without_endless_lines

_DEEPEST = 50  # levels of multiparts that are read
_MOST_PARTS = 500  # parts that are read
_LONGEST_TEXT = 1_000_000  # characters of body text that are kept
_PARAMETER = re.compile(r';\s*([\w*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.){0,1000})"|([^;\s]{0,1000}))')
_METHODS = ("reply", "counter")
_BEGIN = re.compile(r"(?i)BEGIN:VCALENDAR[ \t]*")
_METHOD = re.compile(r"(?im)^METHOD[;:]")
_METHOD_REPLY = re.compile(r"(?im)^METHOD(?:;[^:\n]{0,200})?:\s*(?:REPLY|COUNTER)\s*$")
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
    "application/pgp-keys"}
)  # fmt: skip
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_WINMAIL = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_ANYTHING = frozenset({"application/octet-stream", "application/x-unknown", "application/binary"})
# Servers that do not know a wrapper's type leave only its name.
_KIND_OF_FILE = {"smime.p7m": "application/pkcs7-mime", "winmail.dat": "application/ms-tnef"}
_META_CHARSET = re.compile(rb"""(?i)<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""")
_ENCRYPTED = "the mail is encrypted; what it says could not be read"


@dataclass(slots=True)
class Content:
    """What was found in the parts; the names are those of Mail."""

    text: str = ""
    html: str = ""
    from_html: bool = False
    content_type: str = "text/plain"
    part_types: tuple[str, ...] = ()
    report_type: str = ""
    attachments: int = 0
    calendar: str = ""
    delivery_status: str = ""
    returned: str = ""
    problems: list[str] = field(default_factory=list)


def read(message: Message) -> Content:
    """Everything that the parts hold of interest."""
    return _Reader().read(message)


def content_type(part: Message) -> tuple[str, dict[str, str]]:
    """Type and parameters of a part: lower case, type "text/plain" where the field is no type."""
    value = decode.raw_header(dict_first(part, "content-type"))[:8000]
    kind, _, _ = value.partition(";")
    kind = "".join(kind.split()).casefold()
    parameters: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value):
        parameters.setdefault(name.casefold(), quoted or bare)
    if kind.count("/") != 1 or not all(kind.split("/")):
        kind = "text/html" if kind == "html" else "text/plain"
    return kind, parameters


def dict_first(part: Message, name: str) -> str:
    """The first field of that name as the parser holds it, "" if there is none."""
    return next((str(value) for key, value in part.raw_items() if key.casefold() == name), "")


class _Reader:
    def __init__(self) -> None:
        self.found = Content()
        self.types: list[str] = []
        self.parts = 0
        self.inline = Piece()  # a text shown under a file's name, for a mail that has no other
        self.winmail = ""  # the text of a winmail.dat, for a mail that has no other

    def read(self, message: Message) -> Content:
        found = self.found
        found.content_type, parameters = content_type(message)
        if found.content_type == "multipart/report":
            found.report_type = parameters.get("report-type", "").casefold()
        pieces = self.pieces(message, 0, in_report=found.content_type == "multipart/report")
        found.part_types = tuple(self.types)
        if not any(p.plain.strip() or p.html for p in pieces) and (self.inline.plain or self.inline.html):
            pieces = [self.inline]
            found.attachments -= 1
        self.choose(pieces)
        return found

    def pieces(
        self, part: Message, depth: int, *, in_report: bool = False, related: bool = False
    ) -> list[Piece]:
        """The body's pieces below this part, in order; what is no body is noted on the way."""
        self.parts += 1
        if depth > _DEEPEST or self.parts > _MOST_PARTS:
            problem = "the message has too many parts; the first were read"
            if problem not in self.found.problems:
                self.found.problems.append(problem)
            return []
        kind, parameters = content_type(part)
        self.types.append(kind)
        payload = part.get_payload()
        name = _file_name(part, parameters)
        if kind in _ANYTHING and isinstance(payload, str):
            kind = "application/ics" if name.endswith(".ics") else _KIND_OF_FILE.get(name, kind)
        if kind == "multipart/encrypted":
            self.found.problems.append(_ENCRYPTED)
        if kind in _ENVELOPES and isinstance(payload, str):
            return self.envelope(part, depth)
        if kind in _WINMAIL and isinstance(payload, str):
            self.winmail = self.winmail or wrapped.winmail_text(_bytes_of(part))
        if kind.startswith("multipart/") and isinstance(payload, list):
            return self.below(kind, payload, depth, in_report or kind == "multipart/report")
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            self.found.delivery_status = self.found.delivery_status or self.fields(part)
            return []
        if kind.startswith("message/") or kind in ("text/rfc822-headers", "text/rfc822"):
            self.message_part(part, kind, in_report)
            return []
        if kind == "text/calendar" or kind in ("application/ics", "application/calendar"):
            return self.calendar(part, parameters, kind)
        disposition = dict_first(part, "content-disposition").partition(";")[0].strip().casefold()
        if kind.startswith("multipart/"):  # a multipart without parts: its boundary is missing or wrong
            return [Piece(plain=self.characters(part, parameters))]
        # A lone text part is the body even where a mailer gave it a name; so is one shown among the others.
        if kind in ("text/plain", "text/html") and disposition != "attachment":
            if name and depth:
                return self.named(part, parameters, kind, disposition)
            return [self.piece(part, parameters, kind)]
        if kind == "text/enriched" and disposition != "attachment":  # RFC 1896
            return [Piece(plain=wrapped.without_enrichment(self.characters(part, parameters)))]
        if depth == 0 and kind.startswith("text/"):  # text/x-anything: better than nothing
            return [Piece(plain=self.characters(part, parameters))]
        inline_image = kind.startswith("image/") and related and disposition != "attachment"
        if kind not in _SIGNATURES and not inline_image and not in_report:
            self.found.attachments += 1
        return []

    def piece(self, part: Message, parameters: dict[str, str], kind: str) -> Piece:
        """A text part as a stretch of body."""
        if kind == "text/html":
            return Piece(html=self.characters(part, parameters, html=True))
        return Piece(plain=self.characters(part, parameters))

    def named(self, part: Message, parameters: dict[str, str], kind: str, disposition: str) -> list[Piece]:
        """A text part with a file's name: an attachment, but the body of a mail that has no other."""
        self.found.attachments += 1
        if disposition == "inline" and not self.inline.html and not self.inline.plain:
            self.inline = self.piece(part, parameters, kind)
        return []

    def envelope(self, part: Message, depth: int) -> list[Piece]:
        """What lies in an S/MIME envelope that is only signed; an encrypted one stays shut."""
        inside = wrapped.signed_content(_bytes_of(part))
        if not inside:
            self.found.problems.append(_ENCRYPTED)
            return []
        return self.pieces(message_from_bytes(inside), depth + 1)

    def below(self, kind: str, parts: Sequence[object], depth: int, in_report: bool) -> list[Piece]:
        """The pieces of a multipart, by its kind."""
        children = [p for p in parts if isinstance(p, Message)]
        found = [
            self.pieces(p, depth + 1, in_report=in_report, related=kind == "multipart/related")
            for p in children
        ]
        if kind == "multipart/alternative":
            flat = [piece for group in found for piece in group]
            plain = next((p.plain for p in flat if p.plain.strip()), "")
            # The parts come from plain to rich; the rich one may itself be several pieces.
            html = next((p.html for p in flat if p.html.strip()), "")
            return [Piece(plain, html)] if plain or html else []
        if kind == "multipart/report":
            return next((group for group in found if group), [])
        return [piece for group in found for piece in group]

    def choose(self, pieces: list[Piece]) -> None:
        """One clean text out of the pieces."""
        found = self.found
        found.html = "\n".join(p.html for p in pieces if p.html)[: html_text.LONGEST]
        lone_plain = [p for p in pieces if p.plain.strip() and not p.html]
        lone_html = [p for p in pieces if p.html and not p.plain.strip()]
        if (
            lone_html
            and lone_plain
            and says_more(html_text.to_text(found.html), "\n".join(p.plain for p in lone_plain))
        ):
            # HTML with, say, a list's plain footer below: each is a part of the text.
            texts = [html_text.to_text(p.html) if p.html else p.plain for p in pieces]
            found.from_html = True
        elif lone_html and lone_plain:  # alternatives, wrongly packed
            texts = [p.plain for p in lone_plain]
        else:
            texts = []
            for piece in pieces:
                text, from_html = text_of(piece)
                texts.append(text)
                found.from_html = found.from_html or from_html
        if found.from_html and sum(len(p.html) for p in pieces) > html_text.LONGEST:
            found.problems.append("the HTML is too long; the beginning was read")
        text = "\n".join(t.strip("\n") for t in texts if t.strip()) or self.winmail
        if len(text) > _LONGEST_TEXT:
            found.problems.append("the text is too long; the beginning was read")
            text = text[:_LONGEST_TEXT]
        found.text = without_endless_lines(text)

    def characters(self, part: Message, parameters: dict[str, str], *, html: bool = False) -> str:
        """The decoded text of a part."""
        raw = _bytes_of(part)
        charset = parameters.get("charset")
        if html and not decode.codec_of(charset) and (meta := _META_CHARSET.search(raw[:4000])):
            charset = meta[1].decode("ascii", "replace")
        text = decode.clean(decode.text_of(raw, charset))
        if parameters.get("format", "").casefold() == "flowed":
            text = decode.unflowed(text, parameters.get("delsp", "").casefold() == "yes")
        if wrapped.is_encrypted(text) and _ENCRYPTED not in self.found.problems:
            self.found.problems.append(_ENCRYPTED)
        text, files = wrapped.without_uuencoded(wrapped.without_armour(text))
        self.found.attachments += files
        return text

    def calendar(self, part: Message, parameters: dict[str, str], kind: str) -> list[Piece]:
        """Keep an iTIP REPLY or COUNTER; any other calendar file is an attachment."""
        text = self.characters(part, {**parameters, "format": ""})
        method = parameters.get("method", "").casefold()
        text = text[:100_000]
        if method in _METHODS and not _METHOD.search(text):  # said outside only, where RFC 6047 asks for both
            text = _BEGIN.sub(rf"\g<0>\nMETHOD:{method.upper()}", text, count=1)
        if not self.found.calendar and (method in _METHODS or _METHOD_REPLY.search(text)):
            self.found.calendar = text
        elif kind != "text/calendar" and not self.found.calendar:
            self.found.attachments += 1
        return []

    def message_part(self, part: Message, kind: str, in_report: bool) -> None:
        """A message inside: its header fields tell which mail a report is about."""
        if kind == "message/disposition-notification" or kind == "message/feedback-report":
            return
        if not self.found.returned:
            self.found.returned = self.fields(part)
        if not in_report:
            self.found.attachments += 1

    def fields(self, part: Message) -> str:
        """The header fields below a part that holds some, a block a paragraph."""
        payload = part.get_payload()
        if isinstance(payload, list):
            blocks = [
                "\n".join(f"{name}: {decode.header_text(value)}" for name, value in block.raw_items())
                for block in payload[:200]
                if isinstance(block, Message)
            ]
            encoding = transfer.name_of(dict_first(part, "content-transfer-encoding"))
            if any(blocks) or encoding not in ("base64", "quoted-printable"):
                return "\n\n".join(b for b in blocks if b)[:100_000]
            # The parser takes the encoded text for header fields: put it together again.
            encoded = "\n".join(str(block.get_payload()) for block in payload if isinstance(block, Message))
            raw = transfer.payload_bytes(encoded.encode("utf-8", "surrogateescape"), encoding)
            return decode.clean(decode.text_of(raw))[:100_000]
        return decode.clean(decode.text_of(_bytes_of(part)))[:100_000]


def _bytes_of(part: Message) -> bytes:
    """The bytes of a part that has no parts, its transfer encoding undone."""
    encoding = transfer.name_of(dict_first(part, "content-transfer-encoding"))
    payload = vars(part).get("_payload")  # get_payload() makes "\ufffd" of raw bytes
    if encoding and isinstance(payload, str):
        return transfer.payload_bytes(payload.encode("utf-8", "surrogateescape"), encoding)
    # Without decode=True the parser guesses a charset for raw 8-bit text, and spoils it.
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _file_name(part: Message, parameters: dict[str, str]) -> str:
    """The file name that a part was given, small; "" if none."""
    name = parameters.get("name") or ""
    for key, quoted, bare in _PARAMETER.findall(dict_first(part, "content-disposition")[:4000]):
        if key.casefold().startswith("filename"):
            name = name or quoted or bare
    return name.strip().casefold()
