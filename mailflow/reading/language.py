"""Stop 4, which language the sender writes: frequent words first, stretches of letters where words are few.

Pure counting over data/languages.toml, handed in. None where there is nothing to go by, and for
languages that are not answered in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

ANSWERED = ("nl", "en", "de", "fr")

_MOST_WORDS = 150  # words that are looked at; more change nothing
_LONGEST = 20_000  # characters that are looked at
_ADDRESS_MARKS = ("@", "://", "www.")  # addresses are no running text
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SHARED = {1: 1.0, 2: 0.5, 3: 0.25}  # a word's weight by how many of the languages have it
_OTHERS = 0.8  # weight of a word of another language
_FRAGMENT = 0.035  # weight of a tenth of a logarithm
_FEW = 6  # words from which some must be known
_KNOWN = 0.12  # share of known words below which the letters must agree
_CLEAR = 6.0  # lead in words from which letters are not asked
_BY_LETTERS = 0.35  # score and lead that letters alone must reach


@dataclass(frozen=True, slots=True)
class Languages:
    """The content of data/languages.toml: words with their weight by language, fragments likewise."""

    words: Mapping[str, tuple[tuple[str, float], ...]]
    fragments: Mapping[str, tuple[float, ...]]  # in the order of ANSWERED


def from_toml(text: str) -> Languages:
    """The tables out of the text of data/languages.toml. Raises KeyError, ValueError (tomllib's is one)."""
    data = tomllib.loads(text)
    owners: dict[str, list[str]] = {}
    for group in (data["words"], data["others"]):
        for language, words in group.items():
            for word in dict.fromkeys(_fold(w) for w in words.split()):
                owners.setdefault(word, []).append(language)
    weighted = {}
    for word, languages in owners.items():
        answered = sum(1 for language in languages if language in ANSWERED)
        weighted[word] = tuple(
            (language, _SHARED.get(answered, 0.1))
            if language in ANSWERED
            else (language, _OTHERS * _SHARED.get(len(languages), 0.1))
            for language in languages
        )
    fragments = {}
    for entry in data["fragments"]["table"].replace("\n", " ; ").split(";"):
        if entry.strip():
            letters, *weights = entry.split()
            fragments[letters] = tuple(_FRAGMENT * int(w) for w in weights)
    return Languages(weighted, fragments)


def _fold(word: str) -> str:
    return word.casefold().replace("’", "'")


def guess(text: str, languages: Languages) -> str | None:
    """ "nl", "en", "de" or "fr"; None where there is no running text, or it is in none of these."""
    running = " ".join(w for w in text[:_LONGEST].split() if not any(mark in w for mark in _ADDRESS_MARKS))
    written = _WORD.findall(running)[:_MOST_WORDS]
    scores: dict[str, float] = dict.fromkeys(ANSWERED, 0.0)
    known: dict[str, int] = {}
    words = [_fold(word) for word in written]
    for word in words:
        for language, weight in languages.words.get(word, ()):
            scores[language] = scores.get(language, 0.0) + weight
            known[language] = known.get(language, 0) + 1
    first, second = sorted(scores.values(), reverse=True)[:2]
    if first - second < _CLEAR:  # letters cost more time, and only matter where words are few or mixed
        for word in words:
            if 1 < len(word) <= 40:
                _count_letters(f"_{word}_", languages.fragments, scores)
    ranked = sorted(scores, key=lambda language: -scores[language])
    best, score, lead = ranked[0], scores[ranked[0]], scores[ranked[0]] - scores[ranked[1]]
    if best not in ANSWERED:
        return None
    seen = known.get(best, 0)
    by_letters = score >= _BY_LETTERS and lead >= _BY_LETTERS
    if not seen and (not by_letters or all(word[0].isupper() for word in written)):
        return None  # a name, or noise
    if len(written) >= _FEW and seen < _KNOWN * len(written) and not by_letters:
        return None
    return best


def _count_letters(word: str, fragments: Mapping[str, tuple[float, ...]], scores: dict[str, float]) -> None:
    """Add what the stretches of this word say, a long word no more than a short one."""
    share = 1 / max(3, len(word) - 2)
    for length in (2, 3, 4):
        for at in range(len(word) - length + 1):
            weights = fragments.get(word[at : at + length])
            if weights is not None:
                for language, weight in zip(ANSWERED, weights, strict=True):
                    scores[language] += weight * share
