"""Stop 4, concepts: what a word means, whatever the language (data/concepts.toml).

"je ne pourrai pas venir", "ich kann nicht kommen" and "ik kan er niet bij zijn" are one row of
concepts: ME CAN NEG ATTEND. A word that is in none of the lists has no concept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

NUMBER = "#"
_MARKS = {",": ",", ":": ":", "?": "?"}
_MOST_KEPT = 20_000  # words remembered; a mailbox of many years holds more, and they are rare


@dataclass(frozen=True, slots=True)
class Concepts:
    """Folded word -> concept."""

    whole: Mapping[str, str]
    beginnings: Mapping[str, str]  # of words, without the star
    longest: int  # letters of the longest beginning
    kept: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Concepts:
        """Out of the text of data/concepts.toml; the first list that holds a word has it."""
        whole: dict[str, str] = {}
        beginnings: dict[str, str] = {}
        for concept, words in tomllib.loads(text).items():
            for word in words.split():
                if word.endswith("*"):
                    beginnings.setdefault(word[:-1], concept)
                else:
                    whole.setdefault(word, concept)
        return cls(whole, beginnings, max(map(len, beginnings), default=0))

    def concept(self, word: str) -> str | None:
        """The concept of a folded word, # of a number, a mark as it is; None where there is none."""
        try:
            return self.kept[word]
        except KeyError:
            found = self._look_up(word)
            if len(self.kept) < _MOST_KEPT:
                self.kept[word] = found
            return found

    def _look_up(self, word: str) -> str | None:
        if found := self.whole.get(word) or _MARKS.get(word):
            return found
        if word.isdigit():
            return NUMBER
        for length in range(min(len(word), self.longest), 2, -1):
            if found := self.beginnings.get(word[:length]):
                return found
        return None
