"""Stop 4, a wish about what we keep of somebody: to know it, or to have it erased (rules: privacy).

By cues over sentences, not by the weights: the law gives the right in any words, and a mail that is taken
for such a wish by mistake would give up a seat. So a sentence that hangs on a condition, denies, speaks of
later, of a list or of the writer's own disclaimer is none, and neither is a quote or a signature.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailflow.reading.model import PrivacyWish
from mailflow.reading.patterns import compiled
from mailflow.reading.sentences import Sentence


@dataclass(frozen=True, slots=True)
class PrivacyWords:
    """The content of data/privacy.toml, compiled."""

    seen: frozenset[str]
    known: tuple[re.Pattern[str], ...]
    forget: tuple[re.Pattern[str], ...]
    vetoes: tuple[re.Pattern[str], ...]
    later: tuple[re.Pattern[str], ...]
    negations: frozenset[str]
    requests: frozenset[str]


def from_toml(text: str, numbers: Mapping[str, int]) -> PrivacyWords:
    """The words out of the text of data/privacy.toml. Raises tomllib.TOMLDecodeError, KeyError."""
    data = tomllib.loads(text)
    words = {name: tuple(line.split()) for name, line in data["words"].items()}

    def all_of(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(compiled(pattern, words, numbers) for pattern in patterns)

    return PrivacyWords(
        seen=frozenset(data["seen"]["words"].split()),
        known=all_of(data["known"]["patterns"]),
        forget=all_of(data["forget"]["patterns"]),
        vetoes=all_of(data["not"]["patterns"]),
        later=all_of(data["not"]["later"]),
        negations=frozenset(data["not"]["negations"].split()),
        requests=frozenset(data["not"]["requests"].split()),
    )


def wish(sentences: Iterable[Sentence], words: PrivacyWords) -> PrivacyWish:
    """What the new text asks about what we keep; to be forgotten where it asks for both."""
    found = {wish_of(sentence, words) for sentence in sentences}
    return next((w for w in (PrivacyWish.FORGET, PrivacyWish.KNOWN) if w in found), PrivacyWish.NONE)


def wish_of(sentence: Sentence, words: PrivacyWords) -> PrivacyWish:
    """What one sentence asks about it."""
    text = sentence.folded
    if words.seen.isdisjoint(sentence.words) or any(veto.search(text) for veto in words.vetoes):
        return PrivacyWish.NONE
    if any(_asked_for(found, sentence, words) for cue in words.forget if (found := cue.search(text))):
        return PrivacyWish.FORGET
    return PrivacyWish.KNOWN if any(cue.search(text) for cue in words.known) else PrivacyWish.NONE


def denies(sentence: Sentence, words: PrivacyWords) -> bool:
    """True where erasing what we keep is spoken of and not asked for: "u hoeft mijn gegevens niet te wissen".
    Whoever says so gives up no seat by it."""
    if words.seen.isdisjoint(sentence.words) or wish_of(sentence, words) is PrivacyWish.FORGET:
        return False
    return any(cue.search(sentence.folded) for cue in words.forget)


def _asked_for(found: re.Match[str], sentence: Sentence, words: PrivacyWords) -> bool:
    """To be done, now: not denied, no condition, no question about how it is done."""
    text = sentence.folded
    around = [*text[: found.start()].split()[-2:], *found.group().split(), *text[found.end() :].split()[:2]]
    if not words.negations.isdisjoint(around) or any(cue.search(text) for cue in words.later):
        return False
    return not sentence.asks or not words.requests.isdisjoint(sentence.words[:4])
