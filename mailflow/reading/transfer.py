"""Stop 2, the transfer encodings of RFC 2045 section 6, as they come. Nothing here raises; all is linear."""

from __future__ import annotations

import base64
import binascii
import quopri
import re

_NAMES = {"base64": "base64", "quotedprintable": "quoted-printable"}
_UU = frozenset({"xuuencode", "uuencode", "uue", "xuue"})
_FULL_LINE = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SOFT_BREAK = re.compile(rb"=[ \t]{1,20}(?=\r?\n|\Z)|=\Z")


def name_of(field: str) -> str:
    """The encoding that a Content-Transfer-Encoding field means: quotes, comments, spaces do not count."""
    name = re.sub(r"[^a-z0-9]", "", re.split(r"[;(]", field.casefold()[:200])[0])
    return "uuencode" if name in _UU else _NAMES.get(name, "")


def payload_bytes(encoded: bytes, encoding: str) -> bytes:
    """The bytes below a Content-Transfer-Encoding; unknown ones pass unchanged."""
    encoding = name_of(encoding)
    if encoding == "base64":
        return encoded if _is_plain(encoded) else from_base64(_without_footer(encoded))
    if encoding == "quoted-printable":
        return from_quoted_printable(encoded)
    return _from_uuencode(encoded) if encoding else encoded


def _is_plain(encoded: bytes, spaces: int = 3) -> bool:
    """Whether what is called base64 is text as it stands: with `spaces`, and most lines no base64."""
    lines = [line.strip() for line in encoded[:20_000].splitlines()]
    lines = [line for line in lines if line]
    odd = sum(1 for line in lines if b" " in line or _NO_BASE64.search(line))
    whole = sum(1 for line in lines if len(line) % 4 == 0 and _FULL_LINE.fullmatch(line))
    words = sum(line.count(b" ") for line in lines)
    return bool(lines) and odd > whole and words >= spaces


def _without_footer(encoded: bytes) -> bytes:
    """Base64 up to the plain lines that a mailing list put below it."""
    lines = encoded.splitlines()
    for at, line in enumerate(lines[:-1]):
        if line.strip().endswith(b"=") or (at and len(line.strip()) < len(lines[0].strip())):
            below = b"\n".join(lines[at + 1 :])
            return b"\n".join(lines[: at + 1]) if b"=" not in below and _is_plain(below, 1) else encoded
    return encoded


def from_quoted_printable(encoded: bytes) -> bytes:
    """Quoted-printable; a soft break may have spaces behind it."""
    return quopri.decodestring(_SOFT_BREAK.sub(b"=", encoded) if b"= " in encoded else encoded)


def from_base64(encoded: bytes) -> bytes:
    """Whatever can be saved of base64 text: junk characters dropped, missing padding made up."""
    # Concatenated base64 texts each end in padding: decode piece by piece.
    pieces = re.findall(rb"[A-Za-z0-9+/]+", re.sub(rb"[^A-Za-z0-9+/=]+", b"", encoded))
    out = []
    for piece in pieces:
        spare = len(piece) % 4
        try:
            out.append(base64.b64decode(piece[:-1] if spare == 1 else piece + b"=" * (-spare % 4)))
        except (binascii.Error, ValueError):
            continue
    return b"".join(out)


def _from_uuencode(encoded: bytes) -> bytes:
    out = []
    for line in encoded.splitlines():
        if line.startswith((b"begin ", b"end")) or not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(out)
