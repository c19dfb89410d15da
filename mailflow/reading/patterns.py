"""Stop 4, the notation of the word lists: a pattern of words becomes a regular expression.

The notation stands at the top of data/nl.toml. Gaps are bounded, so that the time is linear in the
length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

GAPS = {"..": "(?:[^ ,:?]+ ){0,4}", "...": "(?:[^ ]+ ){0,9}"}
NUMBER = r"\d{1,3}"

Words = Mapping[str, tuple[str, ...]]


def compiled(
    source: str, words: Words, numbers: Mapping[str, int], *, capture: bool = False
) -> re.Pattern[str]:
    """The pattern over folded text (one space around each word). With `capture` each # is a group.

    `words` are the sets that <name> stands for. Raises KeyError where one is not defined.
    """
    number = "|".join([NUMBER, *(re.escape(n) for n in numbers)])
    number = f"({number})" if capture else number
    out = "(?<= )"
    for item in source.split():
        if item in GAPS:
            out += GAPS[item]
        elif item == "^":
            out = r"\A "
        elif item == "$":
            out += r"(?:[?,:] )?\Z"
        else:
            one = f"(?:{'|'.join(_one(a, number) for a in _alternatives(item, words))}) "
            out += f"(?:{one})?" if item.startswith("?") else one
    return re.compile(out)


def any_of(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """One of these phrases in folded text, with the space before and behind it; None where there are none."""
    return re.compile(f" (?:{'|'.join(map(re.escape, phrases))}) ") if phrases else None


def needs(source: str, words: Words) -> tuple[frozenset[str], ...]:
    """For each item made of whole words, those of which one must stand in the text; the fewest first."""
    found = []
    for item in source.split():
        if item in GAPS or item in "^$" or item.startswith("?"):
            continue
        options = _alternatives(item, words)
        if not any(o == "#" or o.endswith("*") for o in options):
            found.append(frozenset(o.split("_")[0] for o in options))
    return tuple(sorted(found, key=lambda options: (len(options), -max(map(len, options)))))


def _alternatives(item: str, words: Words) -> list[str]:
    out: list[str] = []
    for part in item.removeprefix("?").split("|"):
        if part.startswith("<") and part.endswith(">"):
            out.extend(words[part[1:-1]])
        elif part:
            out.append(part)
    return out


def _one(word: str, number: str) -> str:
    if word == "#":
        return number
    if word.endswith("*"):
        return re.escape(word[:-1]) + "[^ ]*"
    return re.escape(word.replace("_", " "))
