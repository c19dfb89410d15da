"""Stop 2, bytes to characters: the charset ladder, header fields, and what no text of ours may hold.

Bytes stay bytes until a label is known; a label is a claim, not a fact. Nothing here raises, and
everything is linear in its input.
"""

from __future__ import annotations

import codecs
import re

from mailflow.reading import transfer

# Labels that say nothing, or that are honest only for the part of the text that is plain ASCII.
_SAYS_NOTHING = frozenset(
    [
        "ascii",
        "us-ascii",
        "ansi_x3.4-1968",
        "646",
        "utf-8",
        "utf8",
        "utf",
        "unknown",
        "unknown-8bit",
        "x-unknown",
        "8bit",
        "7bit",
        "binary",
        "none",
        "default",
        "charset",
        "default_charset",
        "x-user-defined",
        "unicode",
    ]
)

# Codec -> the labels that mean it: every real sender of such a label uses the superset named here.
_LABELS_OF = {
    "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 iso-ir-100 ansi"
    " iso-8859-1-windows-3.1-latin-1 windows1252 win-1252 x-ansi cp-1252 x-cp1252",
    "cp1254": "iso-8859-9",
    "cp874": "iso-8859-11 tis-620 windows-874",
    "iso8859-8": "iso-8859-8-i iso-8859-8-e",
    "iso8859-6": "iso-8859-6-i",
    "iso8859-15": "iso8859-15 latin9 latin-9",
    "gb18030": "gb2312 gbk cn-gb cp936 chinese gb_2312-80 gb2312-80 gb-18030 ms936",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601 ksc5601 korean",
    "cp950": "big5 big-5 cn-big5 big5-eten",
    "euc_jp": "euc cp51932 x-cp20932 cp20932",
    "koi8_r": "koi8r cp20866",
    "mac_roman": "macintosh x-mac-roman mac",
    "koi8_u": "koi8-ru",
    "utf-7": "unicode-1-1-utf-7 unicode-2-0-utf-7",
    "utf-16": "iso-10646-ucs-2 ucs-2",
    "utf-8": "x-utf-8 utf-8-sig unicode-1-1-utf-8 cp65001",
}
_MEANT = {label: codec for codec, labels in _LABELS_OF.items() for label in labels.split()}

# Python codecs that are no charset of mail (some run for ever on hostile input).
_NO_CHARSET = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_MULTI_BYTE = (
    "utf-16",
    "utf-32",
    "utf-7",
    "iso2022",
    "gb",
    "big5",
    "cp932",
    "cp949",
    "cp950",
    "euc",
    "shift",
    "hz",
    "johab",
)
_CODE_PAGE = re.compile(r"(?:cp|windows|win|ibm|ms)[-_]?(\d{3,5})")
_LABEL = re.compile(r"[a-z0-9][a-z0-9_:.+\-()]*")
_BROKEN = re.compile("[\udc80-\udcff]+")
_MULTI_BYTE_CHARACTER = re.compile("[\x80-\U0010ffff]")

# NUL and other controls, lone surrogates, bidirectional controls, invisible marks, non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]+"
)
_LINE_ENDS = re.compile("\r\n|\r|\x0b|\x0c|\x85|\u2028|\u2029")
_ODD_SPACES = re.compile("[\xa0\u2000-\u200a\u202f\u205f\u3000\ufffc]")
# A "?" inside, a charset with spaces or quotes, an end that was cut off: as mailers write them.
_ENCODED_WORD = re.compile(
    r"""=\?[ "']{0,3}([^?\s"']{1,75})[ "']{0,3}\? ?([bBqQ])\?((?:[^?]|\?(?!=)){0,8000}?)"""
    r"""(?:\?=|\?? ?(?=\Z|=\?[\w"' ]))"""
)
_FOLD = re.compile(r"[\r\n]+[ \t]*")  # no run of spaces before it: quadratic where no line ends


def codec_of(label: str | None) -> str:
    """The name of Python's codec for a declared charset; "" where the label says nothing usable."""
    found = _LABEL.search((label or "").strip().strip("\"'").casefold()[:80])
    name = found.group() if found else ""
    if not name or name in _SAYS_NOTHING:
        return ""
    known = _known(name)
    if not known:  # "x-euc-jp", "x-x-big5", "win-1251"
        bare = re.sub(r"^(?:x-)+", "", name)
        page = _CODE_PAGE.fullmatch(bare)
        known = _known(f"cp{page[1]}" if page else bare)
    if known == "iso8859-1":
        return "cp1252"
    return "" if known in _NO_CHARSET or known in ("utf-8", "ascii") else known


def _known(name: str) -> str:
    try:
        return codecs.lookup(_MEANT.get(name, name)).name
    except (LookupError, ValueError):
        return ""


def text_of(payload: bytes, label: str | None = None) -> str:
    """The characters of these bytes, by the ladder; the label is the charset that was declared."""
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if payload.startswith(mark):
            return payload.decode(codec, "replace").lstrip("\ufeff")
    codec = codec_of(label)
    if codec.startswith(_MULTI_BYTE):
        try:
            return payload.decode(codec)
        except (UnicodeError, ValueError):
            # A text that is UTF-8 after all beats one full of holes.
            try:
                return payload.decode("utf-8")
            except UnicodeDecodeError:
                return _declared(payload, codec)
    if payload.isascii():
        if b"\x1b$" in payload or b"\x1b(" in payload:  # unlabelled ISO-2022-JP
            try:
                return payload.decode("iso2022_jp")
            except UnicodeDecodeError:
                pass
        return payload.decode("ascii")
    try:
        # Valid UTF-8 beyond ASCII is never an accident in running text, whatever the label says.
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return _declared(payload, codec) if codec else _mostly_utf8(payload)


def _declared(payload: bytes, codec: str) -> str:
    try:
        return payload.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return payload.decode("cp1252", "replace")


def _mostly_utf8(payload: bytes) -> str:
    """UTF-8 with a few foreign bytes, or windows-1252: whichever explains more of the bytes."""
    text = payload.decode("utf-8", "surrogateescape")
    broken = sum(len(run) for run in _BROKEN.findall(text))
    sound = len(_MULTI_BYTE_CHARACTER.findall(text)) - broken
    if sound <= broken:
        return payload.decode("cp1252", "replace")

    def repaired(run: re.Match[str]) -> str:
        # One stray byte is a letter of another charset; several are the ruins of one character.
        stray = run.group()
        if len(stray) == 1:
            return stray.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return "\ufffd"

    return _BROKEN.sub(repaired, text)


def clean(text: str) -> str:
    """The text with \\n as its only line end, plain spaces, and without what may not be stored or shown."""
    if "\r" in text or not text.isascii() or "\x0b" in text or "\x0c" in text:
        text = _LINE_ENDS.sub("\n", text)
        text = _ODD_SPACES.sub(" ", text)
    return _FORBIDDEN.sub("", text)


def clean_line(text: str) -> str:
    """The same for what must stay on one line: names, subjects."""
    return " ".join(clean(text).split())


def header_text(value: object) -> str:
    """A header field's value: unfolded, raw 8-bit bytes by the ladder, encoded words (RFC 2047) decoded."""
    text = _FOLD.sub(" ", raw_header(value))
    return clean_line(decoded_words(text)) if "=?" in text else clean_line(text)


def raw_header(value: object) -> str:
    """A header field's value as characters, encoded words untouched; never raises."""
    text = value if isinstance(value, str) else str(value)
    if text.isascii():
        return text_of(text.encode()) if "\x1b" in text else text
    try:
        return text_of(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # surrogates that no byte stands behind
        return text.encode("utf-8", "replace").decode("utf-8")


def decoded_words(text: str) -> str:
    """The text with its encoded words decoded; neighbours of one charset are joined before decoding,
    as some mailers cut a character in two."""
    out: list[str] = []
    waiting = b""
    charset = ""
    end = 0

    def flush() -> None:
        nonlocal waiting
        if waiting:
            out.append(text_of(waiting, charset))
            waiting = b""

    for word in _ENCODED_WORD.finditer(text):
        between = text[end : word.start()]
        label = word.group(1).split("*", 1)[0].casefold()
        if not end or between.strip() or label != charset:
            flush()
        if not end or between.strip():
            out.append(between)
        charset = label
        waiting += _word_bytes(word.group(2), word.group(3))
        end = word.end()
    flush()
    out.append(text[end:])
    return "".join(out)


def _word_bytes(kind: str, content: str) -> bytes:
    data = content.encode("utf-8", "replace")
    if kind in "bB":
        return transfer.from_base64(data)
    # "=" and a space: the field was folded in the middle of the word
    return transfer.from_quoted_printable(data.replace(b"= ", b"").replace(b"_", b" "))


def unflowed(text: str, delete_space: bool = False) -> str:
    """format=flowed text (RFC 3676) with its soft line breaks joined; quote depth is kept as "> "."""
    lines: list[list[str]] = []
    open_depth = -1  # quote depth of a line that goes on, -1: none
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        soft = content.endswith(" ") and content != "-- "
        body = content[:-1] if soft and delete_space else content
        if depth == open_depth and content != "-- ":
            lines[-1].append(body)
        else:
            lines.append([">" * depth + (" " if depth else ""), body])
        open_depth = depth if soft else -1
    return "\n".join("".join(pieces) for pieces in lines)
