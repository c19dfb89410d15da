"""Stop 4, one for another: who comes and who leaves, where somebody is sent in another's place.

The roles are told by structure, not by order alone: what stands behind "instead of" leaves, whoever
"replaces" comes, "in his place" is the place of whom was named before. In doubt nothing is said, and
the core asks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading import exchange_table
from mailflow.reading import exchange_words as said
from mailflow.reading.lexicon import NameWords
from mailflow.reading.names import EMAIL, find, is_person
from mailflow.reading.sentences import Sentence
from mailflow.reading.writer import Writer

WRITER = -1  # stands for whoever writes
_CORRECTION = 0.75  # "Bakker" for "Baker" is the same person spelled right
_PUT = "\u27e6{}\u27e7"  # a name in the text that is looked at, by its number
_ACTS = re.compile(  # what somebody does who is named by the first word of a sentence
    r"(?:'s|s')? ?(?:komt|neemt|kan|mag|gaat|wil|zal|is|wordt|vervangt|springt|valt|will|can|takes?|comes"
    r"|kommt|kann|wird|nimmt|ubernimmt|vertritt|viendra|vient|prend|remplace|en|and|und|et|,)\b"
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """Who comes, and who leaves by name; `leaving` is empty where that is the writer."""

    coming: tuple[Person, ...]
    leaving: tuple[str, ...]
    plain: bool = False  # said by a structure that means nothing else, of people named in full
    of_office: bool = False  # perhaps what somebody does for another all year: "I replace X on the council"


def exchange(
    sentences: Sequence[Sentence],
    text: str,
    writer: Writer,
    address: str,
    words: NameWords,
    not_people: Sequence[str],
) -> Exchange | None:
    """The exchange these sentences speak of; None where they speak of none, or leave open who is who.

    `text`: all of what was typed, for the newcomer's address; `address`: the writer's."""
    if pairs := exchange_table.exchanged(text, words):
        return _of_pairs(pairs, text, writer, address)
    names: list[str] = []
    parts = [_masked(s.text, names, words, not_people) for s in sentences]
    # What may come to pass is no wish: "if I am ill, Tom may come in my place".
    masked = " ".join(
        _ended(part) for part in parts if not (said.NAME.search(part) and said.DOUBT.search(part))
    )
    roles = _roles(masked)
    if roles is None:
        return None
    coming, leaving = roles
    plain = _is_plain(masked) and all(len(names[n].split()) > 1 for n in (*coming, *leaving) if n != WRITER)
    coming = [n for n in coming if n not in leaving]
    if not coming or not leaving or set(coming) & set(leaving):
        return None
    if len(coming) != len(leaving):
        return None
    if any(_is_correction(names, c, g) for c, g in zip(coming, leaving, strict=True)):
        return None
    return Exchange(
        tuple(_person(n, names, text, writer, address) for n in coming),
        tuple(names[n] for n in leaving if n != WRITER and not writer.is_called(names[n])),
        plain,
        not said.INSTEAD.search(masked) and any(p.search(masked) for p in said.OF_OFFICE),
    )


def _of_pairs(pairs: Sequence[tuple[str, str]], text: str, writer: Writer, address: str) -> Exchange:
    """The exchange that a table says in full."""
    names = [coming for _, coming in pairs]
    people = (
        _person(WRITER if writer.is_called(name) else i, names, text, writer, address)
        for i, name in enumerate(names)
    )
    leaving = tuple(name for name, _ in pairs if not writer.is_called(name))
    return Exchange(tuple(people), leaving, plain=True)


def _ended(part: str) -> str:
    """A sentence with a mark at its end, where a name took it."""
    return part if part.rstrip().endswith((".", "!", "?", ";", ":", ",")) else f"{part.rstrip()}."


def _is_plain(text: str) -> bool:
    """Whether it is said by a structure that means nothing else."""
    return any(pattern.search(text) for pattern in said.PLAIN)


def _masked(text: str, names: list[str], words: NameWords, not_people: Sequence[str]) -> str:
    """The text in small letters without accents, each name in it a number."""
    parts, at = [], 0
    for found in find(text, words):
        single = len(found.text.split()) == 1
        if not is_person(found.text, words, not_people) or (single and _is_common(found.text, words)):
            continue
        if single and not text[: found.start].strip() and not _ACTS.match(_plain(text[found.end :])):
            continue  # a capital that begins a sentence: "Feel free to give my seat away"
        known = next((i for i, n in enumerate(names) if fold_name(n) == fold_name(found.text)), None)
        if known is None and single:  # "Jan" of "Jan Bakker" before
            known = next(
                (i for i, n in enumerate(names) if fold_name(n).startswith(fold_name(found.text) + " ")), None
            )
        if known is None:
            known = len(names)
            names.append(found.text)
        parts += [_plain(text[at : found.start]), _PUT.format(known)]
        at = found.end
    return _SPACE.sub(" ", "".join([*parts, _plain(text[at:])]))


def _is_common(word: str, words: NameWords) -> bool:
    plain = _plain(word).strip()
    return plain in words.common or plain in words.titles


def _plain(text: str) -> str:
    text = EMAIL.sub(" ", text)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return bare.casefold().replace("\u2019", "'").replace("(", " ").replace(")", " ")


def _numbers(text: str) -> list[int]:
    return [int(n) for n in said.NAME.findall(text)]


def _who(text: str) -> list[int]:
    """The names in that part, or the writer."""
    return _numbers(text) or [WRITER]


def _roles(text: str) -> tuple[list[int], list[int]] | None:
    """Who comes and who leaves, by the first structure that says so."""
    for pattern in (said.X_BY_Y, said.VERB_FIRST):
        if found := pattern.search(text):
            return _who(found["in"]), _who(found["out"])
    if found := said.PLACE_TAKEN.search(text):
        return _numbers(found["in"]), _whose(text, found)
    if found := said.PLACE_OF.search(text):
        return _who(found["in"]), _who(found["out"] or found["owner"])
    if found := said.INSTEAD.search(text):
        leaving = _who(found[1])
        if said.LISTED.fullmatch(found[1]) and not _numbers(text[: found.start()] + text[found.end() :]):
            return leaving[1:], leaving[:1]  # "Instead of Jan, Anna will come"
        rest = text[: found.start()] + " " + text[found.end() :]
        coming = [n for n in dict.fromkeys(_numbers(rest)) if n not in leaving]
        return (coming or ([WRITER] if leaving != [WRITER] and re.search(said.SELF, rest) else [])), leaving
    if found := said.THEIR_PLACE.search(text):
        return _in_their_place(text, found)
    for pattern in (said.REPLACES, said.POSSESSIVE, said.STANDS_IN, said.STANDS_IN_TURNED):
        if found := pattern.search(text):
            return _who(found["in"]), _who(found["out"])
    if found := said.REPLACES_PRONOUN.search(text):
        return _numbers(found["in"]), _whose(text, found)
    if found := said.TURNED.search(text):
        return [WRITER], _who(found["out"])
    if found := said.BY.search(text) or said.BY_TURNED.search(text):
        before = _numbers(text[: found.start()])[-1:]
        return _who(found["in"]), before or [WRITER]
    for pattern in (said.NOT_BUT, said.COMES_NOT_BUT):
        if found := pattern.search(text):
            return _who(_part(found, "in")), _who(_part(found, "out"))
    if said.RENAMES.search(text) and (found := said.RENAMED.search(text)):
        return _who(found["in"]), _who(found["out"])
    if found := said.MY_PLACE.search(text):
        sentence = _sentence_around(text, found)
        named = _numbers(sentence) or ([] if said.ANYBODY.search(sentence) else _numbers(text))
        return list(dict.fromkeys(named)), [WRITER]
    if (found := said.TO_NAME.search(text)) and said.PUTS.search(_sentence_around(text, found)):
        return _numbers(found["in"]), [WRITER]
    if found := said.SUBSTITUTE_IS.search(text):
        return _numbers(_part(found, "in")), _whose(text, found)
    if said.I_CANNOT.search(text) and (found := said.SENDS.search(text)):
        return _numbers(found["in"]), [WRITER]
    return None


def _part(found: re.Match[str], kind: str) -> str:
    """What the pattern's groups of that kind ("in", "out", "whose") hold."""
    return next((t for name, t in found.groupdict().items() if t and name.rstrip("23") == kind), "")


def _whose(text: str, found: re.Match[str]) -> list[int]:
    """Whose place that is: the writer's ("mijn", "me"), or that of the last who was named before ("haar")."""
    if _part(found, "whose").strip() not in said.THIRD:
        return [WRITER]
    coming = _numbers(_part(found, "in"))
    return [n for n in _numbers(text[: found.end()]) if n not in coming][-1:]


def _sentence_around(text: str, found: re.Match[str]) -> str:
    """The sentence in which that stands."""
    start = max(text.rfind(mark, 0, found.start()) for mark in ".!?;") + 1
    ends = [at for mark in ".!?;" if (at := text.find(mark, found.end())) >= 0]
    return text[start : min(ends, default=len(text))]


def _in_their_place(text: str, found: re.Match[str]) -> tuple[list[int], list[int]] | None:
    """ "Jan cannot; Anna comes in his place", "Jan cannot, I come ...", "In his place comes Anna"."""
    before = _numbers(text[: found.start()])
    behind = _numbers(text[found.end() :])
    clause = re.split(r"[.;,!]", text[: found.start()])[-1]
    if _numbers(clause) and len(dict.fromkeys(before)) > 1:
        return [before[-1]], [next(n for n in reversed(before) if n != before[-1])]
    if re.search(said.SELF, clause) and before:
        return [WRITER], [before[-1]]
    if behind and before:
        return [behind[0]], [before[-1]]
    return None


def _is_correction(names: Sequence[str], coming: int, leaving: int) -> bool:
    if WRITER in (coming, leaving):
        return False
    one, other = fold_name(names[coming]), fold_name(names[leaving])
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _CORRECTION


def _person(number: int, names: Sequence[str], text: str, writer: Writer, address: str) -> Person:
    if number == WRITER:
        return Person(writer.name, address or None)
    name = names[number]
    addresses = [a for a in dict.fromkeys(EMAIL.findall(text)) if a.casefold() != address.casefold()]
    first = fold_name(name).split()[0]
    theirs = [a for a in addresses if first in fold_name(a.partition("@")[0].replace(".", " ")).split()]
    email = theirs[0] if theirs else addresses[0] if len(addresses) == 1 else None
    return Person(name, email)
