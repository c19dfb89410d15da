"""Stop 4, small words: who speaks, what joins two names, what labels a line, how numbers are said.

The content of data/grammar.toml; the words of all languages together, for they do not contradict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from mailflow.reading.patterns import compiled
from mailflow.reading.sentences import fold

LABEL_WORDS = 5  # of the longest label
_BEFORE = 200  # characters before a colon among which the label is looked for


@dataclass(frozen=True, slots=True)
class Sets:
    """Words by what they are; the names are those of data/grammar.toml."""

    i: frozenset[str]
    mine: frozenset[str]
    we: frozenset[str]
    with_: frozenset[str]
    joining: frozenset[str]
    places: frozenset[str]
    belonging: frozenset[str]
    articles: frozenset[str]
    others: frozenset[str]
    greetings: frozenset[str]
    prepositions: frozenset[str]
    family: frozenset[str]
    office: frozenset[str]
    departments: frozenset[str]
    inside_names: frozenset[str]
    numbered: frozenset[str]
    company: frozenset[str]
    singular: frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of several words, folded."""

    name_labels: frozenset[str]
    organisation_labels: frozenset[str]
    involvement_labels: frozenset[str]
    introductions: frozenset[str]
    called: frozenset[str]
    called_behind: frozenset[str]
    first_names: frozenset[str]  # heads of a table's columns
    surnames: frozenset[str]
    particles: frozenset[str]
    leaving_heads: frozenset[str]  # over, or before, who leaves where one comes for another
    coming_heads: frozenset[str]
    greeted: frozenset[str]  # before somebody who is only greeted
    absent: frozenset[str]  # in a cell beside a name: does not come


@dataclass(frozen=True, slots=True)
class Days:
    """Words of the calendar: Monday is 0, January 1."""

    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    not_to_come: frozenset[str]  # before a day on which nobody is to come


@dataclass(frozen=True, slots=True)
class Grammar:
    """All small words; `patterns` by name, their groups being the numbers."""

    sets: Sets
    phrases: Phrases
    patterns: Mapping[str, tuple[re.Pattern[str], ...]]
    numbers: Mapping[str, int]
    days: Days

    @classmethod
    def of(cls, table: dict[str, Any], numbers: Mapping[str, int]) -> Grammar:
        """Out of the parsed data/grammar.toml. Raises KeyError where something is missing."""
        sets = {name: tuple(line.split()) for name, line in table["sets"].items()}
        return cls(
            sets=Sets(**{f.name: frozenset(table["sets"][f.name.rstrip("_")].split()) for f in fields(Sets)}),
            phrases=Phrases(**{f.name: frozenset(table["phrases"][f.name]) for f in fields(Phrases)}),
            patterns={
                name: tuple(compiled(source, sets, numbers, capture=True) for source in sources)
                for name, sources in table["patterns"].items()
            },
            numbers=numbers,
            days=Days(
                weekdays={w: n for n, line in enumerate(table["days"]["weekdays"]) for w in line.split()},
                months={w: n for n, line in enumerate(table["days"]["months"], 1) for w in line.split()},
                not_to_come=frozenset(table["days"]["not_to_come"].split()),
            ),
        )

    def holds(self, pattern: str, folded: str) -> bool:
        """Does one of the patterns of that name match?"""
        return any(p.search(folded) for p in self.patterns[pattern])

    def count(self, pattern: str, folded: str) -> int:
        """How often the patterns of that name match."""
        return sum(len(p.findall(folded)) for p in self.patterns[pattern])

    def numbers_in(self, pattern: str, folded: str) -> Iterator[tuple[int, ...]]:
        """The numbers of each match of the patterns of that name."""
        for p in self.patterns[pattern]:
            for match in p.finditer(folded):
                values = [self.value(group) for group in match.groups() if group]
                if values and all(values):
                    yield tuple(v for v in values if v)

    def value(self, word: str) -> int | None:
        """The number a word is, in digits or letters; None if none, nought, or of four digits."""
        if word.isdigit() and word.isascii():
            return int(word) or None if len(word) < 4 else None
        return self.numbers.get(word)


def labelled(text: str, labels: Iterable[str], *, inside: bool = False) -> str | None:
    """What stands behind "Label:", or None. With `inside` the label may stand in the middle of the text."""
    at = text.find(":")
    while at >= 0:
        head = fold(re.sub(r"\([^)]{0,9}\)", "", text[max(0, at - _BEFORE) : at])).split()
        found = any(
            " ".join(head[-n:]) in labels for n in range(1, LABEL_WORDS + 1) if inside or n == len(head)
        )
        if found and text[at + 1 :].strip():
            return text[at + 1 :].strip()
        at = text.find(":", at + 1) if inside else -1
    return None
