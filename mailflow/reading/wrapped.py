"""Stop 2, wrappers: the text inside a signed envelope, a winmail.dat, PGP armour; uuencoded files taken out.

No signature is checked: whoever writes is told by the mail, and proven elsewhere (rules: identity).
Nothing here raises; what is not understood gives an empty text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from mailflow.reading import decode, html_text

LARGEST = 5_000_000  # bytes of a wrapper that are looked at
_DEEPEST = 12  # levels of ASN.1
_MOST = 20_000  # ASN.1 values that are looked at
_OCTETS, _OCTETS_IN_PIECES, _CONTENT = 0x04, 0x24, 0xA0  # ASN.1 tags
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2, RFC 5652 section 5.1
_DATA = bytes.fromhex("06092a864886f70d010701")  # 1.2.840.113549.1.7.1, section 4
_CLEARTEXT = re.compile(
    r"(?m)^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]{1,30}:[^\n]*\n)*[ \t]*\n", re.ASCII
)
_PGP_SIGNATURE = re.compile(r"(?m)^-----BEGIN PGP SIGNATURE-----[ \t]*$")
_PGP_END = re.compile(r"(?m)^-----END PGP SIGNATURE-----[ \t]*$")
_UUENCODED = re.compile(r"(?m)^begin [0-7]{3,4} \S[^\n]{0,200}\n")
_YENC = re.compile(r"(?ms)^=ybegin [^\n]{0,300}\n.*?^=yend[^\n]*(?:\n|\Z)")
_UU_LINE = re.compile(r"[ -`]{1,90}[ \t]*$")


def signed_content(der: bytes) -> bytes:
    """The MIME entity inside a CMS SignedData (application/pkcs7-mime, RFC 8551 section 3.5); b"" if none."""
    if _SIGNED_DATA not in der[:200] or len(der) > LARGEST:
        return b""
    start = der.find(_DATA, der.index(_SIGNED_DATA) + len(_SIGNED_DATA))
    if start < 0:
        return b""
    at = start + len(_DATA)
    return b"".join(_octets(der, at, len(der)))


def _octets(der: bytes, at: int, end: int) -> Iterator[bytes]:
    """The octet strings inside the explicit [0] that begins here, in order: BER may cut them in pieces."""
    waiting = [(at, end, 0)]
    seen = 0
    while waiting:
        at, end, depth = waiting.pop()
        while at < end and seen < _MOST:
            seen += 1
            header = _header(der, at, end)
            if header is None:
                return
            tag, body, stop = header
            if tag == 0 and stop == body:  # the end of a value of indefinite length
                break
            if tag == _OCTETS:
                yield der[body:stop]
            elif depth < _DEEPEST and tag in (_CONTENT, _OCTETS_IN_PIECES):
                if depth:
                    waiting.append((stop, end, depth))
                waiting.append((body, stop, depth + 1))
                break
            else:
                return
            at = stop
            if not depth:
                return


def _header(der: bytes, at: int, end: int) -> tuple[int, int, int] | None:
    """Tag, and where the content begins and ends; an indefinite one ends with what holds it."""
    if at + 2 > end:
        return None
    tag, length, at = der[at], der[at + 1], at + 2
    if length == 0x80:
        return tag, at, end
    if length > 0x80:
        size = length & 0x7F
        if size > 8 or at + size > end:
            return None
        length, at = int.from_bytes(der[at : at + size], "big"), at + size
    return tag, at, min(end, at + length)


def winmail_text(payload: bytes) -> str:
    """The text of a winmail.dat (MS-OXTNEF): plain, else its HTML, else its RTF; "" if there is none."""
    if len(payload) > LARGEST:
        return ""
    from striprtf.striprtf import rtf_to_text
    from tnefparse import TNEF  # type: ignore[import-untyped]

    logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)  # it logs what it reads
    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        found = TNEF(payload, do_checksum=False)
        for body, read in (
            (found.body, str),
            (found.htmlbody, html_text.to_text),
            (found.rtfbody, rtf_to_text),
        ):
            text = decode.text_of(body) if isinstance(body, bytes) else body or ""
            if text := decode.clean(read(text)).strip("\n\x00 \u200b"):
                return text
    except Exception:  # noqa: BLE001 - a wrapper that cannot be opened is an attachment
        return ""
    return ""


def without_armour(text: str) -> str:
    """A text signed in the clear without its armour (RFC 9580 section 7)."""
    begin = _CLEARTEXT.search(text)
    end = _PGP_SIGNATURE.search(text, begin.end()) if begin else None
    if not begin or not end:
        return text
    inside = re.sub(r"(?m)^- ", "", text[begin.end() : end.start()])
    close = _PGP_END.search(text, end.end())
    return text[: begin.start()] + inside + (text[close.end() :] if close else "")


def without_uuencoded(text: str) -> tuple[str, int]:
    """The text without the files that stand in it uuencoded, and how many they were."""
    text, encoded = _YENC.subn("", text) if "=ybegin " in text else (text, 0)
    begin = _UUENCODED.search(text)
    if not begin:
        return text, encoded
    kept: list[str] = []
    files = 0
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        if _UUENCODED.match(lines[at] + "\n"):
            end = at + 1
            while end < len(lines) and lines[end].strip() != "end" and _UU_LINE.match(lines[end]):
                end += 1
            if end < len(lines) and lines[end].strip() == "end":
                files += 1
                at = end + 1
                continue
        kept.append(lines[at])
        at += 1
    return "\n".join(kept), files + encoded


_PGP_MESSAGE = re.compile(r"(?m)^-----BEGIN PGP MESSAGE-----[ \t]*$")
_ENRICHED = re.compile(r"<(?:/?[A-Za-z][A-Za-z0-9-]{0,59})>")
_PARAM = re.compile(r"<param>[^<]{0,200}</param>", re.IGNORECASE)


def is_encrypted(text: str) -> bool:
    """Whether the text is, or holds, a message that only its receiver's key opens (RFC 9580 section 6.2)."""
    return "-----BEGIN PGP MESSAGE-----" in text and _PGP_MESSAGE.search(text) is not None


def without_enrichment(text: str) -> str:
    """text/enriched (RFC 1896) as plain text: a line break alone is a space, "<<" is "<"."""
    pieces = [_ENRICHED.sub("", _PARAM.sub("", piece)) for piece in text.split("<<")]
    return re.sub(r"\n(\n*)", lambda m: m[1] or " ", "<".join(pieces)).strip()
