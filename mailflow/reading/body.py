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

from mailflow.reading import decode, html_text, wrapped

_DEEPEST = 50  # levels of multiparts that are read
_MOST_PARTS = 500  # parts that are read
_LONGEST_TEXT = 1_000_000  # characters of body text that are kept
_LONGEST_LINE = 20_000  # characters of one line; longer ones are cut in two
_SHELL = 400  # characters of a plain part below which the HTML is asked whether it says more
_PARAMETER = re.compile(r';\s*([\w*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.){0,1000})"|([^;\s]{0,1000}))')
_WORD = re.compile(r"\w+")
_METHOD_REPLY = re.compile(r"(?im)^METHOD(?:;[^:\n]{0,200})?:\s*(?:REPLY|COUNTER)\s*$")
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature",
    "application/pgp-keys"}
)  # fmt: skip
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_WINMAIL = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of body: plain text, HTML, or both as alternatives."""

    plain: str = ""
    html: str = ""


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
        self.winmail = ""  # the text of a winmail.dat, for a mail that has no other

    def read(self, message: Message) -> Content:
        found = self.found
        found.content_type, parameters = content_type(message)
        if found.content_type == "multipart/report":
            found.report_type = parameters.get("report-type", "").casefold()
        pieces = self.pieces(message, 0, in_report=found.content_type == "multipart/report")
        found.part_types = tuple(self.types)
        self.choose(pieces)
        return found

    def pieces(
        self, part: Message, depth: int, *, in_report: bool = False, related: bool = False
    ) -> list[_Piece]:
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
        named = (
            bool(parameters.get("name")) or "filename" in dict_first(part, "content-disposition").casefold()
        )
        disposition = dict_first(part, "content-disposition").partition(";")[0].strip().casefold()
        if kind.startswith("multipart/"):  # a multipart without parts: its boundary is missing or wrong
            return [_Piece(plain=self.characters(part, parameters))]
        # A lone text part is the body even where a mailer gave it a name.
        if kind in ("text/plain", "text/html") and disposition != "attachment" and (not named or not depth):
            text = self.characters(part, parameters)
            return [_Piece(html=text)] if kind == "text/html" else [_Piece(plain=text)]
        if depth == 0 and kind.startswith("text/"):  # text/enriched, text/x-anything: better than nothing
            return [_Piece(plain=self.characters(part, parameters))]
        inline_image = kind.startswith("image/") and related and disposition != "attachment"
        if kind not in _SIGNATURES and not inline_image and not in_report:
            self.found.attachments += 1
        return []

    def envelope(self, part: Message, depth: int) -> list[_Piece]:
        """What lies in an S/MIME envelope that is only signed; an encrypted one stays shut."""
        inside = wrapped.signed_content(_bytes_of(part))
        if not inside:
            self.found.problems.append(_ENCRYPTED)
            return []
        return self.pieces(message_from_bytes(inside), depth + 1)

    def below(self, kind: str, parts: Sequence[object], depth: int, in_report: bool) -> list[_Piece]:
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
            return [_Piece(plain, html)] if plain or html else []
        if kind == "multipart/report":
            return next((group for group in found if group), [])
        return [piece for group in found for piece in group]

    def choose(self, pieces: list[_Piece]) -> None:
        """One clean text out of the pieces."""
        found = self.found
        found.html = "\n".join(p.html for p in pieces if p.html)[: html_text.LONGEST]
        lone_plain = [p for p in pieces if p.plain.strip() and not p.html]
        lone_html = [p for p in pieces if p.html and not p.plain.strip()]
        if (
            lone_html
            and lone_plain
            and _says_more(html_text.to_text(found.html), "\n".join(p.plain for p in lone_plain))
        ):
            # HTML with, say, a list's plain footer below: each is a part of the text.
            texts = [html_text.to_text(p.html) if p.html else p.plain for p in pieces]
            found.from_html = True
        elif lone_html and lone_plain:  # alternatives, wrongly packed
            texts = [p.plain for p in lone_plain]
        else:
            texts = []
            for piece in pieces:
                text, from_html = _text_of(piece)
                texts.append(text)
                found.from_html = found.from_html or from_html
        if found.from_html and sum(len(p.html) for p in pieces) > html_text.LONGEST:
            found.problems.append("the HTML is too long; the beginning was read")
        text = "\n".join(t.strip("\n") for t in texts if t.strip()) or self.winmail
        if len(text) > _LONGEST_TEXT:
            found.problems.append("the text is too long; the beginning was read")
            text = text[:_LONGEST_TEXT]
        found.text = _without_endless_lines(text)

    def characters(self, part: Message, parameters: dict[str, str]) -> str:
        """The decoded text of a part."""
        text = decode.clean(decode.text_of(_bytes_of(part), parameters.get("charset")))
        if parameters.get("format", "").casefold() == "flowed":
            text = decode.unflowed(text, parameters.get("delsp", "").casefold() == "yes")
        text, files = wrapped.without_uuencoded(wrapped.without_armour(text))
        self.found.attachments += files
        return text

    def calendar(self, part: Message, parameters: dict[str, str], kind: str) -> list[_Piece]:
        """Keep an iTIP REPLY or COUNTER; any other calendar file is an attachment."""
        text = self.characters(part, {**parameters, "format": ""})
        method = parameters.get("method", "").casefold()
        if not self.found.calendar and (
            method in ("reply", "counter") or _METHOD_REPLY.search(text[:100_000])
        ):
            self.found.calendar = text[:100_000]
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
            encoding = dict_first(part, "content-transfer-encoding").strip().casefold()
            if any(blocks) or encoding not in ("base64", "quoted-printable"):
                return "\n\n".join(b for b in blocks if b)[:100_000]
            # The parser takes the encoded text for header fields: put it together again.
            encoded = "\n".join(str(block.get_payload()) for block in payload if isinstance(block, Message))
            raw = decode.payload_bytes(encoded.encode("utf-8", "surrogateescape"), encoding)
            return decode.clean(decode.text_of(raw))[:100_000]
        return decode.clean(decode.text_of(_bytes_of(part)))[:100_000]


def _bytes_of(part: Message) -> bytes:
    """The bytes of a part that has no parts, its transfer encoding undone."""
    encoding = dict_first(part, "content-transfer-encoding").strip().casefold()
    if encoding in ("base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"):
        payload = part.get_payload()
        if isinstance(payload, str):
            return decode.payload_bytes(payload.encode("utf-8", "surrogateescape"), encoding)
    # Without decode=True the parser guesses a charset for raw 8-bit text, and spoils it.
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text_of(piece: _Piece) -> tuple[str, bool]:
    """The plain text; the HTML where there is none, or where the plain part is an empty shell."""
    if not piece.html:
        return piece.plain, False
    if not piece.plain.strip():
        return html_text.to_text(piece.html), True
    if len(piece.plain) < _SHELL:
        from_html = html_text.to_text(piece.html)
        if _says_more(from_html, piece.plain):
            return from_html, True
    return piece.plain, False


def _says_more(html: str, plain: str) -> bool:
    """Whether most of what the HTML says is missing from the plain text ("your program shows no HTML")."""
    rich = {w.casefold() for w in _WORD.findall(html)}
    poor = {w.casefold() for w in _WORD.findall(plain)}
    return len(rich) >= 3 and len(rich & poor) < 0.5 * len(rich)


def _without_endless_lines(text: str) -> str:
    if len(text) <= _LONGEST_LINE:
        return text
    return "\n".join(
        line[i : i + _LONGEST_LINE]
        for line in text.split("\n")
        for i in range(0, len(line) or 1, _LONGEST_LINE)
    )
