"""Before stop 6's pen: other people's words made safe to repeat.

What a stranger wrote is shown in mails, pages and spreadsheets. Control characters, bidirectional
overrides (which make text read backwards) and lone surrogates never leave this house.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from mailflow.core.model import Event

QUOTED = 300  # characters of a sender's own words that we repeat at most
NAMED = 80  # a longer "name" is a message: we do not greet anybody with it

# C0 and C1 but tab and line feed, bidi marks, overrides and isolates, zero-width space, line and paragraph
# separators, invisible operators, surrogates, interlinear marks, non-characters, tags. The joiners U+200C and
# U+200D stay: Persian and Indic names, and emoji, are spelled with them.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_SPACE = re.compile(r"\s+")
_LINK = re.compile(r"://|www\.|@|\.\w{2,}/", re.I)
T = TypeVar("T")


def one_line(text: str, limit: int = QUOTED) -> str:
    """The text on one line, without what may not be shown, cut at `limit` characters with an ellipsis."""
    # A forbidden character becomes a space where it separated words (CR, line separator), else nothing.
    text = re.sub("[\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]", " ", text)
    text = _SPACE.sub(" ", FORBIDDEN.sub("", text)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def shown(text: str) -> str:
    """Text of several lines without what may not be shown."""
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def scrub(value: T) -> T:
    """The same value with every string in it passed through `one_line`; an `Event` is the organiser's
    own text and stays as it is."""
    return _scrub(value)  # type: ignore[no-any-return]


def _scrub(value: Any) -> Any:
    if isinstance(value, (Enum, Event, datetime, bytes, int, float)) or value is None:
        return value
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(_scrub(v) for v in value)
    if isinstance(value, dict):
        return {_scrub(k): _scrub(v) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _scrub(getattr(value, f.name)) for f in fields(value) if f.init})
    return value


def greeted(name: str) -> str:
    """The name to greet somebody with, or "" where it is no name: too long, or a link that we would
    otherwise mail on to whoever's address was forged."""
    name = one_line(name, NAMED + 1)
    return "" if len(name) > NAMED or _LINK.search(name) else name
