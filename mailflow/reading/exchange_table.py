"""Stop 4, one for another in columns or lines: "Was | Wordt", "Oud: ... / Nieuw: ...", "Out ... In ...".

Who stands under (or behind) the old word leaves, who stands under the new one comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.reading.lexicon import NameWords
from mailflow.reading.names import find, is_person
from mailflow.reading.sentences import fold

_CELL = re.compile(r"\t|\s*\|\s*|\s*;\s+|\s{3,}")
_LABEL = re.compile(r"^\s*(?P<label>[^\W\d_][^:=>|\t]{1,30}?)\s*(?::|=>|->|=|\t|\|)\s*(?P<rest>\S.*)$")


def exchanged(text: str, words: NameWords) -> list[tuple[str, str]]:
    """Pairs of who leaves and who comes; empty where the text has no such table or lines."""
    lines = text.split("\n")
    return list(_in_columns(lines, words)) or list(_in_lines(lines, words))


def _side(head: str, words: NameWords) -> str | None:
    """Whether that head of a column, or label of a line, is of who leaves ("out") or of who comes ("in")."""
    folded = fold(head).strip(" .:,")
    if folded in words.grammar.phrases.leaving_heads:
        return "out"
    return "in" if folded in words.grammar.phrases.coming_heads else None


def _in_columns(lines: list[str], words: NameWords) -> Iterator[tuple[str, str]]:
    sides: dict[str, int] = {}
    for line in lines:
        cells = [c.strip() for c in _CELL.split(line.strip(" |"))]
        heads = {side: at for at, cell in enumerate(cells) if (side := _side(cell, words))}
        if len(heads) == 2:
            sides = heads
        elif sides and len(cells) > max(sides.values()):
            leaving, coming = (_person(cells[sides[s]], words) for s in ("out", "in"))
            if leaving and coming:
                yield leaving, coming


def _in_lines(lines: list[str], words: NameWords) -> Iterator[tuple[str, str]]:
    known: dict[str, str] = {}
    for line in lines:
        label = _LABEL.match(line)
        side = _side(label["label"], words) if label else None
        if label is None or side is None or not (name := _person(label["rest"], words)):
            continue
        known[side] = name
        if len(known) == 2:
            yield known["out"], known["in"]
            known = {}


def _person(cell: str, words: NameWords) -> str | None:
    """The person named at the beginning of a cell."""
    found = find(cell, words, is_name=True)[:1]
    return next((n.text for n in found if n.start <= 20 and is_person(n.text, words, ())), None)
