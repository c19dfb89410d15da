"""Stop 2, the classes and ids by which mail programs mark a quote or a signature in HTML.

Which, is data (data/quotes.toml). Webmail writes something of its own before those of the mails it shows:
"x_" (Outlook), "ydp1a2b3c" and "yiv123" (Yahoo), "m_-123" and "gmail-" (Gmail), "ecx" (Hotmail).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_BEFORE = re.compile(r"(?:x_|ydp[0-9a-f]{2,16}-?|yiv\d{2,12}|m_-?\d{1,25}|ecx|v\d{1,2}|gmail-|aolmail_)+")
_LONGEST = 100  # characters of a name
_MOST = 20  # classes of one element
_ATTRIBUTES = ("type", "name", "data-marker", "data-smartmail")


class Zone(StrEnum):
    """What the client's marks say of a line."""

    NEW = "new"
    QUOTE = "quote"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class HtmlMarks:
    """Classes and ids by which clients mark a quote. A mark ending in "*" stands for its beginning."""

    quotes: frozenset[str] = frozenset()  # this element is quoted
    containers: frozenset[str] = frozenset()  # quoted, unless a blockquote inside says what is
    rests: frozenset[str] = frozenset()  # from this element on, all is quoted
    signatures: frozenset[str] = frozenset()  # this element is the signature

    def has(self, names: Iterable[str], *kinds: str) -> bool:
        """Whether one of these names is a mark of one of these kinds."""
        return any(_is_one_of(name, getattr(self, kind)) for name in names for kind in kinds)


NO_MARKS = HtmlMarks()


def names_of(attributes: dict[str, str | None]) -> list[str]:
    """What an element is called: "#" and its id, its classes, "name=..." and the like."""
    names = [f"#{attributes['id']}"] if attributes.get("id") else []
    names += (attributes.get("class") or "").split()[:_MOST]
    names += [f"{key}={attributes[key]}" for key in _ATTRIBUTES if attributes.get(key)]
    return [name for name in names if len(name) < _LONGEST]


@lru_cache(maxsize=8192)
def _is_one_of(name: str, marks: frozenset[str]) -> bool:
    bare = name.removeprefix("#")
    before = _BEFORE.match(bare)
    sharp = "#" if bare != name else ""
    writings = {name, sharp + bare[before.end() :]} if before else {name}
    return any(
        n in marks or f"#{n}" in marks or any(n.startswith(mark[:-1]) for mark in marks if mark.endswith("*"))
        for n in writings
    )
