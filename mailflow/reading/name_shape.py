"""Stop 4, what looks like a name at the end of a letter. A guess by shape, never proof of a person."""

from __future__ import annotations

import re

from mailflow.reading.machine_words import fold

_MOST_WORDS = 6
_LONGEST = 60  # characters
_WORD = re.compile(r"[^\W\d_][\w.'’-]*")
_WORDS = re.compile(r"[^\W\d_]+")
_EDGES = " ,.!*_~-–—\t"
_JOINERS = (
    "van de den der het 't ten ter te von zu zum du la le el al bin ben en and und et & of dos da do op in"
    " mw. mr. dr. ir. drs. dhr. mevr. o'"
)
_SMALL = frozenset(_JOINERS.split())


def is_name(line: str) -> bool:
    """Whether a line may be a name: one to six words of letters, no sentence."""
    line = line.strip(_EDGES)
    if not line or len(line) > _LONGEST:
        return False
    words = re.sub(r"[,()]", " ", line.replace("&", "en")).split()
    return 0 < len(words) <= _MOST_WORDS and all(_WORD.fullmatch(w) for w in words)


def is_person(line: str) -> bool:
    """Whether a line looks like a name by its capitals too."""
    if not is_name(line) or line.rstrip().endswith(("!", "?", ":")):
        return False
    big = [w for w in line.strip(_EDGES).split() if fold(w) not in _SMALL]
    return bool(big) and all(w[0].isupper() or w[0] in "'’(" for w in big)


def shares(line: str, sender: str) -> bool:
    """Whether the line shares a word of three letters or more with the sender's display name."""
    mine = {w for w in _WORDS.findall(fold(sender)) if len(w) > 2 and w not in _SMALL}
    return bool(mine & set(_WORDS.findall(fold(line))))
