"""Stop 6, the envelope's inside: header fields and bodies -> the bytes that leave.

Built by hand, because the same through `EmailMessage` costs several times the rendering, folds an
In-Reply-To beyond 78 characters into an encoded word, and draws random boundaries. Here the same
mail is the same bytes at every attempt. `test_compose.py` reads each result back with `email`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from mailflow.errors import BadInput
from mailflow.writing.wording import one_line

LINE = 78  # RFC 5322 section 2.1.1
SUBJECT = 200  # characters; longer ones are cut by most mail programs anyway
THREAD = 20  # Message-IDs kept in References: the first and the newest ones
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_DOMAIN = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Za-z:.]+\]")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,400}>")


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """The text/calendar part of a mail: its iTIP method, in capitals, and its text with CRLF line ends."""

    method: str
    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str  # ASCII
    media_type: str
    content: bytes


def address(text: str) -> str:
    """An addr-spec (RFC 5322 section 3.4.1) fit for a header and for RCPT TO.

    The domain comes out in ASCII (A-labels); a local part that is not ASCII stays as it is and needs
    SMTPUTF8 (RFC 6531). Raises BadInput for what is no address at all.
    """
    if one_line(text, 1000) != text.strip() or len(text) > 320:
        raise BadInput("an address to write to holds characters that no address has")
    local, at, domain = text.strip().rpartition("@")
    if not (local and at and domain):
        raise BadInput("an address to write to is not an address")
    if not domain.isascii():
        domain = _ascii_domain(domain)
    if not _DOMAIN.fullmatch(domain) or ".." in domain:
        raise BadInput("an address to write to has no usable domain")
    if not _DOT_ATOM.fullmatch(local) and not _QUOTED.fullmatch(local):
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(f"x@{domain}", check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as err:
        raise BadInput("an address to write to has no usable domain") from err
    return checked.ascii_domain


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs in a header value as it came in, each once; anything else is left out."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(text)))


def references(*values: str) -> str:
    """A References value (RFC 5322 section 3.6.4) out of others, in order: the thread's first and its
    newest Message-IDs."""
    ids = list(dict.fromkeys(i for value in values for i in message_ids(value)))
    return " ".join(ids if len(ids) <= THREAD else [ids[0], *ids[1 - THREAD :]])


def words(name: str, text: str) -> str:
    """A header field of free text, encoded (RFC 2047) and folded."""
    text = one_line(text, SUBJECT)
    # ASCII that looks like an encoded word would be decoded by the reader: encode it, too.
    charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
    return f"{name}: {Header(text, charset, maxlinelen=LINE - 2, header_name=name).encode(linesep=chr(10))}"


def mailbox(name: str, display: str, spec: str) -> str:
    """A header field with one mailbox: a display name and an address."""
    display = one_line(display, SUBJECT)
    if display.isascii() and "=?" not in display:
        shown = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        shown = Header(display, "utf-8", maxlinelen=LINE - 2, header_name=name).encode(linesep="\n")
    fits = len(name) + 2 + len(shown) + len(spec) + 3 <= LINE
    return f"{name}: {shown}{' ' if fits else chr(10) + ' '}<{spec}>"


def one_token(text: str) -> str:
    """ASCII letters, digits, dots and dashes of `text`: an event's id as a header value."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", text)[:80] or "event"


def ids(name: str, value: str) -> str:
    """A header field of Message-IDs, one a line where they do not fit on one."""
    joined = value if len(name) + 2 + len(value) <= LINE else value.replace(" ", "\n ")
    return f"{name}: {joined}"


def date(moment: datetime, timezone: str) -> str:
    """The Date field in that zone (RFC 5322 section 3.3). `moment` is aware."""
    return f"Date: {format_datetime(moment.astimezone(ZoneInfo(timezone)))}"


def build(
    fields: Iterable[str],
    text: str,
    html: str,
    *,
    seed: str,
    calendar: CalendarPart | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The complete message with CRLF line ends: text/plain, text/html, the calendar, and what is attached.

    `fields` are whole header fields, folded with LF + space. `seed` (the Message-ID) makes the
    boundaries: the same mail is the same bytes. Raises ValueError if a field could smuggle in another.
    """
    head = list(fields)
    for field in head:
        if re.search(r"\r|\n(?![ \t]\S)", field) or "\0" in field:
            raise ValueError(f"header {field.partition(':')[0]} holds a line end")
    mark = hashlib.sha256(seed.encode()).hexdigest()[:24]
    alternatives = [_text("plain", text), _text("html", html)]
    if calendar is not None:
        # The last is the best one that a reader understands (RFC 2046 section 5.1.4): who has a calendar gets
        # buttons. It is not attached as a file too: Gmail and Apple would then show the entry twice.
        alternatives.append(_calendar(calendar))
    body = _multipart("alternative", f"=_a{mark}", alternatives)
    if attachments:
        body = _multipart("mixed", f"=_m{mark}", [body, *(_attached(a) for a in attachments)])
    head.append("MIME-Version: 1.0")
    return ("\n".join(head) + "\n" + body).replace("\n", "\r\n").encode()


def _multipart(subtype: str, boundary: str, parts: list[str]) -> str:
    # "=_" stands in no quoted-printable line (RFC 2045 section 6.7) and "_" in no base64: no boundary can
    # be met inside a part.
    inner = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n{inner}--{boundary}--\n'


def _text(subtype: str, text: str) -> str:
    coded = binascii.b2a_qp(text.encode(), istext=True).decode("ascii")
    coding = "Content-Transfer-Encoding: quoted-printable"
    return f'Content-Type: text/{subtype}; charset="utf-8"\n{coding}\n\n{coded}'


def _calendar(part: CalendarPart) -> str:
    # RFC 6047 section 2.4: method and charset are required. In base64 as Exchange does it: no relay rewraps
    # a line that is folded by octets.
    coded = base64.encodebytes(part.text.encode()).decode("ascii")
    return (
        f"Content-Type: text/calendar; charset=utf-8; method={part.method}\n"
        f"Content-Transfer-Encoding: base64\n\n{coded}"
    )


def _attached(attachment: Attachment) -> str:
    coded = base64.encodebytes(attachment.content).decode("ascii")
    return (
        f"Content-Type: {attachment.media_type}\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{attachment.name}"\n\n{coded}'
    )
