"""Which of our mails is answered: a Message-ID that carries kind, reference and an HMAC.

`<mf.KIND.REF.NONCE.MAC@domain>`, and where the thread is lost the last line of our mail, quoted
("code: KIND.REF.MAC"); for calendars the UID. Only the holder of the event's secret can make one, so
its return shows that the writer has read our mail (rules: identity). The short reference in the
subject proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

_SHAPE = re.compile(
    r"<?mf\.([a-z_]{1,20})\.([A-Za-z0-9-]{1,40})\.([0-9a-f]{16})\.([0-9a-f]{20})@([^<>\s@]+)>?"
)


@dataclass(frozen=True, slots=True)
class Thread:
    """A mail of ours that was answered: its kind, the registration's reference ("" if none)."""

    kind: str
    ref: str
    message_id: str


def _mac(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:20]


def message_id(secret: bytes, domain: str, kind: str, ref: str, cause: str) -> str:
    """The Message-ID (RFC 5322 section 3.6.4, with angle brackets) of the mail with that cause.

    The same cause always gives the same Message-ID, so that a mail sent twice is one mail.
    """
    ref = ref or "0"
    nonce = hashlib.sha256(cause.encode()).hexdigest()[:16]
    return f"<mf.{kind}.{ref}.{nonce}.{_mac(secret, kind, ref, nonce, domain)}@{domain}>"


def find(secret: bytes, domain: str, text: str) -> Thread | None:
    """The last of our own Message-IDs in `text` (a References or In-Reply-To field) whose HMAC is right."""
    for kind, ref, nonce, mac, at in reversed(_SHAPE.findall(text)):
        if at.casefold() == domain.casefold() and hmac.compare_digest(
            mac, _mac(secret, kind, ref, nonce, domain)
        ):
            return Thread(kind, "" if ref == "0" else ref, f"<mf.{kind}.{ref}.{nonce}.{mac}@{at}>")
    return None


# Read aloud and typed by hand at worst: lower case, without 0/o, 1/l/i.
_CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE = re.compile(
    r"\bcode:[\s\u00a0]*([a-z_]{1,20})\.([A-Za-z0-9-]{1,40})\.([2-9a-z]{16})(?![2-9a-z])", re.I
)
_UID = re.compile(r"mf-([A-Za-z0-9-]{1,40})-([0-9a-f]{20})@([^\s@]+)")


def code(secret: bytes, kind: str, ref: str) -> str:
    """What the last line of our mail says behind "code:" (16 of 31 letters: 79 bits)."""
    number = int.from_bytes(hmac.new(secret, f"code\x1f{kind}\x1f{ref}".encode(), hashlib.sha256).digest())
    letters = []
    for _ in range(16):
        number, rest = divmod(number, len(_CODE_LETTERS))
        letters.append(_CODE_LETTERS[rest])
    return f"{kind}.{ref}.{''.join(letters)}"


def find_code(secret: bytes, text: str) -> Thread | None:
    """The first of our own codes in `text` (the quoted part of an answer) whose HMAC is right: programs
    quote the newest mail on top."""
    for kind, ref, letters in _CODE.findall(text):
        ours = code(secret, kind.lower(), ref)
        if hmac.compare_digest(ours.rpartition(".")[2], letters.lower()):
            return Thread(kind.lower(), ref, "")
    return None


def calendar_uid(secret: bytes, domain: str, ref: str) -> str:
    """The UID (RFC 5545 section 3.8.4.7) of a party's entry in its holder's calendar, the same for life."""
    return f"mf-{ref}-{_mac(secret, 'calendar', ref, domain)}@{domain}"


def ref_of_uid(secret: bytes, domain: str, uid: str) -> str:
    """The reference that a UID of ours carries; "" where it is none, or its HMAC is wrong."""
    found = _UID.fullmatch(uid.strip())
    if found is None:
        return ""
    ref, mac, at = found.groups()
    right = hmac.compare_digest(mac, _mac(secret, "calendar", ref, domain))
    return ref if right and at.casefold() == domain.casefold() else ""
