"""Stop 2, address fields (RFC 5322 section 3.4), as they really come: never raises, linear.

Words are told apart first and encoded words decoded last, so that a decoded comma or bracket is
part of a name and never makes a second address.
"""

from __future__ import annotations

import re

from mailflow.reading.decode import clean_line, decoded_words, raw_header
from mailflow.reading.model import Address

_LONGEST = 32_768  # characters of one field that are looked at
_LONGEST_ADDRESS = 320  # characters (RFC 3696 erratum 1690 says 254 of use)
_LONGEST_NAME = 2_000  # characters of it in which an address without brackets is looked for
_MOST_WORDS = 100  # words of one name; what is longer is no name, and its beginning is dropped
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|<([^<>]*)>|([,;])|(\()|([^"<(,;]+)|(.)', re.DOTALL)
# After a quote that nothing closes no other can be one: it is looked for once, not from each mark on.
_UNQUOTED = re.compile(r'(?!)()|<([^<>]*)>|([,;])|(\()|([^"<(,;]+)|(.)', re.DOTALL)
_GROUP = re.compile(r"^[^@<>\"]{0,200}?:(?!//)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DOMAIN = re.compile(r"\w(?:[\w.-]*\w)?\.?|\[[0-9A-Za-z:.]+\]")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_BARE = re.compile(r"[^\s<>()\"',;:\[\]]{1,128}@[^\s<>()\"',;:\[\]@]{1,255}")


def addresses(value: object) -> tuple[Address, ...]:
    """Every address of a field, in order; fragments without an @ belong to the name that follows."""
    text = _FOLD.sub(" ", raw_header(value)[:_LONGEST])
    found: list[Address] = []
    names: list[str] = []
    comments: list[str] = []
    angle: str | None = None
    at = 0
    words = _WORD

    def finish(separator: str) -> None:
        nonlocal angle
        address = _address("".join(names), angle, comments)
        if address is not None:
            found.append(address)
        elif separator == "," and "".join(names).strip() and angle is None:
            del names[:-_MOST_WORDS]
            names.append(", ")  # "Jansen, Piet <piet@...>" without quotes: the comma is part of the name
            return
        names.clear()
        comments.clear()
        angle = None

    words = _WORD
    while at < len(text):
        word = words.match(text, at)
        if word is None:
            break
        at = word.end()
        quoted, inside, separator, opens, plain, stray = word.groups()
        if quoted is not None:
            names.append(_ESCAPED.sub(r"\1", quoted))
        elif inside is not None:
            angle = inside if angle is None or "@" not in angle else angle
        elif separator:
            finish(separator)
        elif opens:
            comment, at = _comment(text, at)
            comments.append(comment)
        elif plain is not None:
            names.append(_GROUP.sub("", plain) if not names and angle is None else plain)
        elif stray == '"':
            words = _UNQUOTED
        elif stray != "<":
            names.append(stray)
    finish("")
    return tuple(found)


def _comment(text: str, at: int) -> tuple[str, int]:
    """The comment that opened just before `at`, and where it ends; an unclosed one ends the field."""
    depth, start = 1, at
    while at < len(text):
        c = text[at]
        if c == "\\":
            at += 1
        elif c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if not depth:
                return text[start:at], at + 1
        at += 1
    return text[start:], len(text)


def _address(name: str, angle: str | None, comments: list[str]) -> Address | None:
    if angle is not None:
        email = "".join(angle.split()).removeprefix("mailto:")
        if email.startswith("@") and ":" in email:  # a source route (RFC 5322 section 4.4)
            email = email.partition(":")[2]
        shown = name
    else:
        name = name[-_LONGEST_NAME:]
        bare = _BARE.search(name) if "@" in name else None
        if bare is None:
            return None
        email = bare.group()
        shown = name[: bare.start()] + " " + name[bare.end() :]
    email = clean_line(email).strip("'\" ")
    local = email.rpartition("@")[0]
    if not is_usable(email) or ("@" in local and not local.startswith('"')):
        return None  # nobody can be answered there: a second address, or a person, must do
    shown = _shown(shown) or _shown(" ".join(comments))
    return Address("" if shown.casefold() == email.casefold() else shown, email.rstrip("."))


def is_usable(email: str) -> bool:
    """True if a mail can be addressed to it: what a text or a header names may be no address at all."""
    local, at, domain = email.strip().rpartition("@")
    return bool(local and at and len(email) <= _LONGEST_ADDRESS and _is_domain(domain))


def _is_domain(text: str) -> bool:
    """True if mail can be sent there: "home..example" and a name without an ASCII form are none."""
    text = text.rstrip(".")
    if ".." in text or not _DOMAIN.fullmatch(text):
        return False
    return text.isascii() or _has_ascii_form(text)


def _has_ascii_form(domain: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:  # as the mail that is sent there will be addressed
        checked = validate_email(f"x@{domain}", check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return False
    return _DOMAIN.fullmatch(checked.ascii_domain) is not None


def _shown(name: str) -> str:
    name = clean_line(decoded_words(name) if "=?" in name else name)
    return name.strip(" ,;").strip("'\"").strip()
