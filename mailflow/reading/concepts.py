"""Stop 4, concepts: what a word means, whatever the language (data/concepts.toml).

"je ne pourrai pas venir", "ich kann nicht kommen" and "ik kan er niet bij zijn" are one row of
concepts: ME CAN NEG ATTEND. A word that is in none of the lists has no concept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailflow.core.model import Event
from mailflow.reading.sentences import fold

NUMBER = "#"
_MARKS = {",": ",", ":": ":", "?": "?"}
TOPIC, PROJECT = "TOPIC", "PROJECT"  # a word of the event's name, of one of its projects
_SHORT = 3  # letters up to which a word of a name is a small word like any other
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


def names_of(event: Event, concepts: Concepts, common: frozenset[str]) -> Mapping[str, str]:
    """The words that only this event's file makes meaningful: of its name, of its projects.

    In a sentence they count as what they are (TOPIC, PROJECT), never as themselves: what is learned with
    one event's mails holds for the next one's.
    """
    own: dict[str, str] = {}
    for project in event.projects:
        for name in (project.name, *project.aliases):
            own |= dict.fromkeys(fold(name).split(), PROJECT)
    own = {word: kind for word, kind in own.items() if word not in common}
    own |= dict.fromkeys(fold(event.name).split(), TOPIC)
    return {w: kind for w, kind in own.items() if len(w) > _SHORT and concepts.concept(w) is None}
