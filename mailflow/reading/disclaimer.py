"""Stop 4, what a mail server puts below a mail: is this line the beginning of a disclaimer?"""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.reading.machine_words import fold

_MOST = 600  # characters of a line in which the words are looked for


def is_disclaimer(
    line: str, beginnings: tuple[str, ...], astray: Sequence[str], legal: Sequence[str]
) -> bool:
    """By its first words, or because it speaks of a mail gone astray as nobody but a lawyer does."""
    if fold(line[:60].lstrip("*_ #-")).startswith(beginnings):
        return True
    folded = fold(line[:_MOST])
    return any(w in folded for w in astray) and sum(w in folded for w in legal) > 1
