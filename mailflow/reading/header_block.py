"""Stop 4, the header fields of a quoted mail ("Van: ... Verzonden: ... Aan: ...").

A person's own form begins so too ("Van: afdeling Wonen / Aan: de organisatie / Datum: 22 november"): it is
one of a mail only by what no form has. In doubt the text is the sender's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailflow.reading.machine_words import fold

_MOST_LINES = 10  # of a block
_LABEL = re.compile(r"[\s|>*_]{0,6}([^\W\d_][\w.'’ -]{0,20}?)[\s*_]{0,4}[:：]")
_RULE = re.compile(r"\s*(?:[_=*~-]{4,}|-{3,}[^-]{1,60}-{3,})\s*$")
_TIME, _AT = re.compile(r"\d[:.h]\d\d"), re.compile(r"\S@\S")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{4}年")
_ANSWER = re.compile(
    r"[:：][\s*]{0,4}(?:re|fwd?|aw|wg|antw|doorst|tr|rv|sv|vs|odp|r|i)\s?[:：]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class HeaderWords:
    """The labels of header fields in data/quotes.toml, folded."""

    labels: frozenset[str]
    starts: frozenset[str]  # that begin a block
    senders: frozenset[str]
    sent: frozenset[str]  # that no form has


def from_data(data: Mapping[str, list[str]]) -> HeaderWords:
    """The words out of the parsed data/quotes.toml."""

    def words(key: str) -> frozenset[str]:
        return frozenset(map(fold, data[key]))

    return HeaderWords(
        words("header_labels"), words("header_starts"), words("header_senders"), words("header_sent")
    )


def begins(lines: Sequence[str], at: int, words: HeaderWords) -> bool:
    """Whether the header fields of a quoted mail begin on this line."""
    first = label(lines[at][:60])
    if first not in words.starts:
        return False
    found = {first: lines[at]}
    block = True  # nothing but header fields, up to an empty line
    foreign = at > 0 and _is_foreign(lines[at - 1], words)
    for line in lines[at + 1 : at + _MOST_LINES]:
        key = label(line[:60])
        if key in words.labels:
            found.setdefault(key, line)
        elif line.strip() and len(found) < 3:
            block = False
        elif not line.strip() and len(found) > 1:
            break
        foreign = foreign or bool(key and key not in words.labels)
    return _is_of_mail(found, words, block=block, foreign=foreign, ruled=_stands_below_rule(lines, at))


def _is_of_mail(
    found: Mapping[str, str], words: HeaderWords, *, block: bool, foreign: bool, ruled: bool
) -> bool:
    said = "\n".join(found.values())
    sent = found.keys() & words.sent
    dated, timed, addressed = _DATED.search(said), _TIME.search(said), _AT.search(said)
    if not found.keys() & words.senders or len(found) < 2:
        return block and len(found) >= 2 and bool(timed and dated and addressed)
    if len(found) == 2:
        return bool((ruled and sent and addressed) or (block and timed and dated and addressed))
    if sent or ruled or (timed and dated and addressed):
        return True
    if foreign:
        return False
    return bool(addressed or _ANSWER.search(said) or (dated and (timed or len(found) > 3)))


def _is_foreign(line: str, words: HeaderWords) -> bool:
    """Whether the line is a field of a form: "Naam: ...", "Aantal personen: 3"."""
    key = label(line[:60])
    return bool(key) and key not in words.labels


def _stands_below_rule(lines: Sequence[str], at: int) -> bool:
    above = next((line for line in reversed(lines[max(0, at - 3) : at]) if line.strip()), "")
    return _RULE.match(above) is not None


@lru_cache(maxsize=4096)
def label(line: str) -> str:
    """The word before the colon, folded; "" if there is none."""
    found = _LABEL.match(line[:60])
    return fold(found.group(1)).strip() if found else ""
