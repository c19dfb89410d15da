"""Stop 2, parse: the bytes of a message -> Mail. Never raises, whatever the bytes are.

mail-parser tells structure and headers; where it raises, or a message is larger than it is made
for, the standard library's parser does. The body is decoded by our own charset ladder.
"""

from __future__ import annotations

import email
import hashlib
import logging
import re
from email.message import Message
from functools import lru_cache
from typing import Any

from mailflow.reading import body, decode
from mailflow.reading.addresses import addresses
from mailflow.reading.model import Address, Mail

LARGEST = 26_214_400  # bytes; what lies beyond is not read
_ORDINARY = 512_000  # bytes up to which mail-parser sees a message: it decodes every attachment
_LONGEST_HEADER = 262_144  # bytes of header fields that are read
_MOST_BOUNDARIES = 400  # "boundary=" in a message
_FEW_BOUNDARIES = 50  # up to here the number of lines does not matter
_MOST_COMPARISONS = 4_000_000  # boundaries times lines: the parsers compare each line with each open boundary
_LONG_FIELD = 4_000  # characters of a field that has parameters; the parsers are quadratic in it
_LONGEST_SUBJECT = 2_000  # characters
_FIELD_WITH_PARAMETERS = re.compile(rb"(?im)^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_NOT_PLAIN = re.compile(r"[^\t\r\n -~]")
_NO_FIELD = re.compile(rb"(?m)^(?![!-9;-~]{1,200}[ \t]{0,9}:)[^\s:][^\n]*")
_SPACED_NAME = re.compile(rb"(?m)^([!-9;-~]{1,200})[ \t]{1,9}:")
_KNOWN_FIELD = re.compile(
    rb"(?i)(?:from|subject|to|cc|date|message-id|received|mime-version|content-type|reply-to|in-reply-to"
    rb"|references|return-path|content-transfer-encoding)[ \t]{0,9}:"
)
_MOST_JUNK = 5  # lines among the header fields
_MESSAGE_ID = re.compile(r"<[^<>]{1,500}>")


def parse(raw: bytes) -> Mail:
    """Everything mailflow wants to know of a message. `Mail.error` says what could not be read."""
    problems: list[str] = []
    message = _message(raw, problems)
    try:
        return _mail(message, problems)
    except Exception as err:  # noqa: BLE001 - the promise of this stop: no bytes ever stop the rest
        problems.append(f"the message could not be taken apart ({type(err).__name__})")
        return _salvage(raw, problems)


def _message(raw: bytes, problems: list[str]) -> Message:
    """The tree of parts, from as much of the message as can be read in good time."""
    raw = raw.lstrip(b"\r\n\x00 ") if raw[:1] in b"\r\n\x00 " else raw
    if raw.startswith((b"From ", b">From ")):  # an mbox line before the headers
        raw = raw.partition(b"\n")[2]
    if not raw.strip():
        problems.append("the message is empty")
    if len(raw) > LARGEST:
        problems.append(f"the message is larger than {LARGEST // 1_048_576} MB; the beginning was read")
        raw = raw[:LARGEST]
    raw = _without_junk(raw)
    end = _END_OF_HEADERS.search(raw)
    header_length = end.start() if end else len(raw)
    if header_length > _LONGEST_HEADER:
        problems.append("the header fields are too long; the beginning was read")
        raw = raw[:_LONGEST_HEADER].rpartition(b"\n")[0] + (raw[header_length:] if end else b"")
    boundaries = raw.lower().count(b"boundary")
    comparisons = boundaries * raw.count(b"\n") if boundaries > _FEW_BOUNDARIES else 0
    if boundaries > _MOST_BOUNDARIES or comparisons > _MOST_COMPARISONS:
        problems.append("the message has too many nested parts; only its header fields were read")
        raw = raw[:header_length]
        raw = _FIELD_WITH_PARAMETERS.sub(b"Content-Type: text/plain", raw)
    elif len(raw) > _LONG_FIELD or b"\x00" in raw:
        # A charset with a NUL in it is refused by the parser, with the whole message.
        raw = _FIELD_WITH_PARAMETERS.sub(lambda m: m.group()[:_LONG_FIELD].replace(b"\x00", b""), raw)
    if len(raw) <= _ORDINARY and header_length <= 65_536:
        try:
            found = _parser().from_bytes(raw).message
            if isinstance(found, Message):
                return found
        except Exception:  # noqa: BLE001, S110 - it raises on some real mails; the standard library then reads them
            pass
    try:
        return email.message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError, AssertionError):
        problems.append("the message is nested too deeply; only its header fields were read")
        return email.message_from_bytes(
            _FIELD_WITH_PARAMETERS.sub(b"X-Content: left out", raw[:header_length])
        )


def _without_junk(raw: bytes) -> bytes:
    """The message without lines among its header fields that are none: the parsers take what stands below
    such a line for the body, with From and Subject in it."""
    end = _END_OF_HEADERS.search(raw)
    head = raw[: min(end.start() if end else 0, _LONGEST_HEADER)]
    if not _NO_FIELD.search(head) and not _SPACED_NAME.search(head):
        return raw
    lines = head.splitlines(keepends=True)
    last = max((i for i, line in enumerate(lines) if _KNOWN_FIELD.match(line)), default=-1)
    junk = {i for i in range(last) if _NO_FIELD.match(lines[i])}
    if len(junk) > _MOST_JUNK:
        return raw  # a body without an empty line above it
    kept = b"".join(line for i, line in enumerate(lines) if i not in junk)
    return _SPACED_NAME.sub(rb"\1:", kept) + raw[len(head) :]


@lru_cache(maxsize=1)
def _parser() -> Any:
    """mail-parser, for the tree of parts and its guard against hostile nesting. What it would make of every
    attachment and address at once, and nobody asks of it here, is left out: half of a mail's time."""
    import mailparser  # type: ignore[import-untyped]

    # It writes header fields into the log; logs carry no names, addresses or text (rules: privacy).
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)

    class Tree(mailparser.MailParser):  # type: ignore[misc]
        def parse(self) -> Tree:
            return self

    return Tree


def _mail(message: Message, problems: list[str]) -> Mail:
    headers = tuple(_field(name, value) for name, value in message.raw_items())
    raw_fields: dict[str, list[object]] = {}
    for name, value in message.raw_items():
        raw_fields.setdefault(name.casefold().strip(), []).append(value)

    def people(*names: str) -> tuple[Address, ...]:
        return tuple(a for n in names for value in raw_fields.get(n, [])[:50] for a in addresses(value))

    def first(name: str) -> str:
        return next((value for key, value in headers if key == name), "")

    senders = people("from")
    distinct = {a.email.casefold() for a in senders}
    content = body.read(message)
    problems.extend(content.problems)
    subject = first("subject")[:_LONGEST_SUBJECT]
    return Mail(
        headers=headers,
        sender=senders[0] if len(distinct) == 1 else None,
        from_addresses=senders,
        reply_to=people("reply-to"),
        recipients=people("to", "cc"),
        subject=subject,
        message_id=_message_id(first("message-id")),
        in_reply_to=first("in-reply-to"),
        references=first("references"),
        text=content.text,
        html=content.html,
        from_html=content.from_html,
        content_type=content.content_type,
        part_types=content.part_types,
        report_type=content.report_type,
        attachments=content.attachments,
        calendar=content.calendar,
        delivery_status=content.delivery_status,
        returned=content.returned,
        content_hash=content_hash(first("from"), first("date"), subject, content.text),
        error="; ".join(problems) or None,
    )


def _field(name: str, value: object) -> tuple[str, str]:
    """A header field, its name in small letters and its value decoded.

    What a mail server found (RFC 8601) repeats the sender's own words, in comments and local parts: decoded,
    an encoded word could end its comment and speak for the server. And a character that is left out could
    make one domain another. So that field stays as it is, and what is not ASCII in it becomes a "?".
    """
    name = name.casefold().strip()
    if name == "authentication-results":
        return name, " ".join(_NOT_PLAIN.sub("?", decode.raw_header(value)).split())
    return name, decode.header_text(value)


def _salvage(raw: bytes, problems: list[str]) -> Mail:
    """The little that can always be had: the header's lines and what follows, as text."""
    head, _, rest = raw[:1_000_000].replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = re.findall(
        rb"(?m)^([!-9;-~]{1,100}):[ \t]*([^\n]{0,4000}(?:\n[ \t][^\n]{0,4000}){0,50})", head[:_LONGEST_HEADER]
    )
    headers = tuple(_field(decode.clean_line(decode.text_of(n)), decode.text_of(v)) for n, v in fields)
    senders = tuple(a for name, value in headers if name == "from" for a in addresses(value))
    by_name = dict(reversed(headers))
    text = decode.clean(decode.text_of(rest))
    return Mail(
        headers=headers,
        sender=senders[0] if len(senders) == 1 else None,
        from_addresses=senders,
        subject=by_name.get("subject", "")[:_LONGEST_SUBJECT],
        message_id=_message_id(by_name.get("message-id", "")),
        text=text,
        content_hash=content_hash(
            by_name.get("from", ""), by_name.get("date", ""), by_name.get("subject", ""), text
        ),
        error="; ".join(problems),
    )


def _message_id(value: str) -> str:
    """The Message-ID with its angle brackets, put on where a mailer forgot them; "" if there is none."""
    found = _MESSAGE_ID.search(value)
    if found:
        return "".join(found.group().split())
    bare = "".join(value.strip("<> ").split())[:500]
    return f"<{bare}>" if bare else ""


def content_hash(sender: str, date: str, subject: str, text: str) -> str:
    """What makes two copies one message (rules I7): From, Date, Subject and the words of the body.

    White space does not count: servers rewrap and re-encode on the way. Attachments do not count:
    large mails are read without them.
    """
    words = "\x1f".join(" ".join(piece.split()) for piece in (sender, date, subject, text))
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()
