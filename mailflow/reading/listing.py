"""Stop 4, lists: the people in a numbered list, a table, a "Naam:" line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.core.model import Person
from mailflow.reading.grammar import labelled
from mailflow.reading.lexicon import NameWords
from mailflow.reading.model import Parts
from mailflow.reading.names import EMAIL, find, fold_word, is_person, shared_surname
from mailflow.reading.sentences import fold

_ITEM = re.compile(r"^\s*(?:[-*•·–+]|\d{1,2}[.):]|[a-e]\))\s*(\S.*)$")
_CELL = re.compile(r"\t|\s*\|\s*|\s*;\s+|\s{3,}")

_NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+\S")


@dataclass(frozen=True, slots=True)
class Listed:
    """The people of a list in its order; `myself`: the writer is one of them ("ondergetekende")."""

    people: tuple[Person, ...] = ()
    myself: bool = False


def people_in(text: str, words: NameWords, not_people: Sequence[str]) -> Listed:
    """The people whom lists, tables and labelled lines of the text name."""
    lines = text.split("\n")
    tabular = {i for i, line in enumerate(lines) if len(_CELL.findall(line.strip())) >= 1}
    rows = {i for i in tabular if i - 1 in tabular or i + 1 in tabular}
    bare = _bare_names(lines, words, not_people)
    people: list[Person] = []
    myself = False
    columns: tuple[int, ...] | None = None  # in which the first name and the surname stand
    for i, line in enumerate(lines):
        label, item = labelled(line, words.grammar.phrases.name_labels, inside=True), _ITEM.match(line)
        if not (label or item or i in rows or i in bare):
            continue
        content = label or (item[1] if item else line)
        cells = [c.strip() for c in _CELL.split(content.strip(" |;")) if c.strip()]
        columns = _columns(cells, words) or columns if i in rows else None
        if columns and len(cells) > max(columns):
            cells = [" ".join(cells[c] for c in columns), *cells]
        if cells and len(cells) > 1 and re.fullmatch(r"\d{1,3}\.?", cells[0]):
            cells = cells[1:]
        if not cells or is_absent(line, words):
            continue
        folded = fold(cells[0]).strip()
        if any(folded == u or folded.startswith((f"{u} ,", f"{u} :")) for u in words.undersigned):
            myself = True
            continue
        email = EMAIL.search(line)
        for name in _names_of(cells[0], words, bool(label)):
            if (
                is_person(name, words, not_people)
                and (len(name.split()) > 1 or label)
                and not (len(name.split()) == 1 and fold_word(name) in words.common)
            ):
                people.append(Person(name, email.group() if email else None))
    return Listed(tuple(people), myself)


def is_absent(line: str, words: NameWords) -> bool:
    """Does a cell of this row say that who stands in the first does not come ("Ellen Boon | nee")?"""
    cells = [fold(c).strip(" ,") for c in _CELL.split(line.strip(" |;"))]
    return any(c in words.grammar.phrases.absent for c in cells[1:])


def without_absent(parts: Parts, words: NameWords) -> Parts:
    """The text without the rows of those who do not come, where a table says so of some and not of others."""
    lines = parts.new.split("\n")
    rows = [line for line in lines if len(_CELL.findall(line.strip())) >= 1]
    gone = {line for line in rows if is_absent(line, words)}
    if not gone or len(rows) - len(gone) < 2:
        return parts
    return replace(parts, new="\n".join(line for line in lines if line not in gone))


def _columns(cells: Sequence[str], words: NameWords) -> tuple[int, ...] | None:
    """The columns of first name and surname, where this row is the head of a table that has both."""
    heads = [fold(c).strip() for c in cells]
    first = next((i for i, h in enumerate(heads) if h in words.grammar.phrases.first_names), None)
    last = next((i for i, h in enumerate(heads) if h in words.grammar.phrases.surnames), None)
    between = next((i for i, h in enumerate(heads) if h in words.grammar.phrases.particles), None)
    if first is None or last is None:
        return None
    return (first, last) if between is None else (first, between, last)


def _names_of(head: str, words: NameWords, labelled: bool) -> list[str]:
    if labelled and (several := shared_surname(head, words)):
        return several
    surname, comma, first = head.partition(",")
    if comma and not labelled and 1 <= len(first.split()) <= 3 and len(surname.split()) <= 4:
        turned = find(f"{first.strip()} {surname.strip()}", words, is_name=True)
        if len(turned) == 1 and len(turned[0].text.split()) > 1:
            return [turned[0].text]  # "Verhulst, Nadine" in a cell of its own
    found = [n for n in find(head, words, is_name=True) if n.start <= 12]
    return [n.text for n in (found if labelled else found[:1])]


def _bare_names(lines: Sequence[str], words: NameWords, not_people: Sequence[str]) -> set[int]:
    """Lines below one another of which each begins with a full name and says little more."""
    starts = set()
    for i, line in enumerate(lines):
        if (
            not line.strip()
            or len(line) > 90
            or len(line.split()) > 10
            or line.rstrip().endswith((".", "?", "!"))
        ):
            continue
        found = find(line, words, is_name=True)
        if found and found[0].start <= 6 and len(found[0].text.split()) > 1:
            rest = line[found[0].end :].strip()
            if is_person(found[0].text, words, not_people) and (not rest or not rest[0].isalpha()):
                starts.add(i)
    return {i for i in starts if i - 1 in starts or i + 1 in starts}


def with_table(parts: Parts) -> str:
    """The new text, and below it the rows of a table that look like the lines of a signature."""
    rows = [line for line in parts.signature.split("\n") if "\t" in line.strip() or _NUMBERED.match(line)]
    return "\n".join([parts.new, "", *rows]) if len(rows) >= 2 else parts.new
