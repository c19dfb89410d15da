"""Stop 4, one for another: who comes and who leaves, where somebody is sent in another's place.

The roles are told by structure, not by order alone: what stands behind "instead of" leaves, whoever
"replaces" comes, "in his place" is the place of whom was named before. In doubt nothing is said, and
the core asks.
"""

# ruff: noqa: E501 - patterns, a line each

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading.lexicon import NameWords
from mailflow.reading.names import EMAIL, find, is_person
from mailflow.reading.sentences import Sentence
from mailflow.reading.writer import Writer

WRITER = -1  # stands for whoever writes
_CORRECTION = 0.75  # "Bakker" for "Baker" is the same person spelled right
_PUT = "\u27e6{}\u27e7"  # a name in the text that is looked at, by its number
_NAME = re.compile(r"\u27e6(\d+)\u27e7")
_SPACE = re.compile(r"\s+")

_TITLE = (
    r"(?:(?:de heer|mevrouw|mevr\.?|mw\.?|dhr\.?|mr\.?|mrs\.?|ms\.?|herrn?|frau|mme|m\.|monsieur|madame|mijn|m'n"
    r"|onze|my|our|meine?[nmr]?|unsere?[nmr]?|mon|ma|notre|[\w-]*(?:collega|colleague|kolleg(?:e|in|en)|collegue)"
    r"|buur(?:man|vrouw)|vriend(?:in)?|friend|partner|man|vrouw|husband|wife|zoon|dochter|son|daughter|dr\.?),? )*"
)
_NAMES = r"(?:\u27e6\d+\u27e7(?:,? (?:en|and|und|et|&) )?,? ?)+"
_ME = r"(?:mijzelf|mezelf|myself|mij|mich|mir|moi|me)\b"
_I = r"\b(?:ik|ikzelf|i|ich|je)\b"
_ONE = rf"{_TITLE}(?:{_NAMES}|{_ME})"
_INSTEAD = re.compile(
    r"(?:in (?:de )?plaats van|\bipv|\bi\.p\.v\.|instead of|in place of|in lieu of|rather than|an ?stelle von"
    rf"|anstatt|\bstatt|au lieu d[e']|a la place d[e']) ?(?:{_TITLE})({_NAMES}|{_ME}|{_I})"
)
_MY_PLACE = re.compile(
    r"\b(?:in|an|a) (?:mijn|m'n|my|meiner|ma) (?:plaats|place|stead|stelle)\b"
    r"|\b(?:neemt|nemen|take|takes|taking|geef|geven|give|giving|transfer|pass|hand|ubernimmt|ubernehmen|uberlasse"
    r"|ubertrage|gebe|cede|donne|transfer\w*|prend\w*|zet|zetten|overzetten|overdragen|afstaan)\b[^.;]{0,60}?"
    r"\b(?:mijn|m'n|my|meine?n?|ma|mon) (?:plaats|plek|stoel|kaartje|place|seat|spot|ticket|platz|registration"
    r"|aanmelding|anmeldung|inscription|booking)\b"
    r"|\b(?:mijn|m'n|my|meine?n?|ma|mon) (?:plaats|plek|stoel|place|seat|spot|platz|registration|aanmelding"
    r"|anmeldung|inscription|booking)\b[^.;]{0,60}?\b(?:over|aan|to|an|naar|a|innemen|inneemt|ubernehmen|ubernimmt)\b"
)
_IN_MY_PLACE = re.compile(
    r"\b(?:in|an|a) (?:mijn|m'n|my|meiner|ma) (?:plaats|place|stead|stelle)\b"
    r"|\b(?:geef|give|gebe|cede|transfer)\b[^.;]{0,30}\b(?:mijn|my|meinen|ma) (?:plaats|plek|place|seat|platz)\b"
    r"|\b(?:mijn|m'n|my|meine?n?|ma) (?:plaats|plek|stoel|place|seat|spot|platz)\b[^.;\u27e6]{0,40}"
    r"\b(?:naar|aan|voor|to|an|fur|a) [^.;\u27e6]{0,30}\u27e6"
)
_COMES_INSTEAD = re.compile(
    r"\b(?:ik|i|i'm|i'll|ich|je) (?:\w+ ){0,2}?(?:kom|come|coming|attend|attending|komme|viens|viendrai)\b[^.;]{0,30}"
    rf"{_INSTEAD.pattern}"
)
_THEIR_PLACE = re.compile(
    r"\b(?:in|an|a) (?:zijn|haar|hun|diens|his|her|their|seiner|ihrer|sa|leur) (?:plaats|place|stead|stelle)\b"
)
_VERB = (
    r"(?:vervangt|vervang|vervangen|replaces?|replacing|replace|vertritt|vertrete|vertreten|ersetzt|ersetze"
    r"|remplacera|remplace|takes? over from|neemt de plaats in van|neem de plaats in van|neemt het over van"
    r"|valt in voor|val in voor|steps? in for|springt? (?:ein )?fur|takes? the place of|prend la place de"
    r"|komt voor|come for)"
)
_REPLACES = re.compile(
    rf"(?P<in>{_NAMES}|{_I})(?: (?:zal|will|wird|werde|gaat|ga|kan|can|is|am|are))? ?{_VERB} (?P<out>{_ONE})(?! als\b| as\b)"
)
_TURNED = re.compile(rf"\b(?:vervang|vertrete|ersetze) (?:ik|ich) (?P<out>{_TITLE}{_NAMES})(?! als\b)")
_POSSESSIVE = re.compile(
    rf"(?P<in>{_NAMES}|{_I})(?: (?:will|wil|would like to|kan|can))? (?:takes?|taking|neemt|neem) (?P<out>{_NAMES})(?:'s?|s')? "
    r"(?:place|seat|spot|plek|plaats)"
)
# "vervangt Noor mij", "vertritt Noor Jan": the verb first, then who comes, then who leaves.
_VERB_FIRST = re.compile(
    rf"\b(?:vervangt|vertritt|ersetzt) (?P<in>{_TITLE}\u27e6\d+\u27e7) (?P<out>{_ONE})(?! als\b)"
)
# "replace X by Y", "swap X for Y", "vervang X door Y".
_X_BY_Y = re.compile(
    rf"\b(?:vervang\w*|replac\w*|exchange|swap|ersetz\w*|remplac\w*|wissel\w*|tausch\w*) (?P<out>{_TITLE}{_NAMES}) ?"
    rf"(?:door|by|with|for|voor|durch|gegen|par|in) (?P<in>{_TITLE}{_NAMES})"
)
# "the place of X ... in the name of Y", "X's seat goes to Y".
_PLACE_OF = re.compile(
    rf"(?:\b(?:plaats|plek|stoel|place|seat|spot|platz) (?:van|of|von|d[e']) ?(?P<out>{_TITLE}{_NAMES})|(?P<owner>{_NAMES})(?:'s?|s') (?:place|seat|spot|plaats|plek))"
    rf" ?[^.;\u27e6]{{0,40}}?\b(?:op naam van|naar|aan|to|for|auf|an|au nom de|a) (?:den namen |the name of )?(?P<in>{_TITLE}{_NAMES})"
)
_DOUBT = re.compile(
    r"\b(?:als|indien|mocht|wanneer|misschien|eventueel|wellicht|if|in case|may|might|maybe|perhaps|possibly|falls|sollte"
    r"|vielleicht|eventuell|si|s'il|peut-etre|eventuellement|zou kunnen)\b"
)
_BY = re.compile(
    rf"(?:vervangen (?:door|wordt door)|replaced by|vertreten (?:durch|von)|ersetzt durch|remplacee? par) "
    rf"(?:(?:haar|zijn|hun|her|his|their|ihre[nm]?|seine[nm]?) [a-z-]{{3,30}},? )?(?P<in>{_TITLE}{_NAMES})"
)
_TO_NAME = re.compile(
    r"(?:op (?:de )?naam van|in (?:de )?naam van|in(?:to)? the name of|auf den namen|auf|au nom de) "
    rf"(?P<in>{_TITLE}{_NAMES})"
)
_PUTS = re.compile(
    r"\b(?:zet|zetten|overzetten|overschrijven|wijzig\w*|put|change|transfer|andern|umschreib\w*|mettre)\b"
)
_RENAMED = re.compile(
    r"(?P<out>\u27e6\d+\u27e7)[^.;\u27e6]{0,40}?\b(?:wijzigen in|wijzig|veranderen in|vervangen door|naar|in|to|into|with|by"
    r"|durch|zu|par|en) (?:de naam |the name )?(?P<in>\u27e6\d+\u27e7)"
)
_RENAMES = re.compile(
    r"\b(?:na+m\w*|names?|nom|wijzig\w*|change|andern|verander\w*|replace|vervang\w*|wissel\w*|swap)\b"
)
_NOT_BUT = re.compile(
    rf"\b(?:niet|not|nicht|pas) (?:{_TITLE})(?P<out>{_NAMES}),? ?(?:maar|but|sondern|mais) (?:{_TITLE})(?P<in>{_NAMES})"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Who comes, and who leaves by name; `leaving` is empty where that is the writer."""

    coming: tuple[Person, ...]
    leaving: tuple[str, ...]
    plain: bool = False  # said by a structure that means nothing else, of people named in full
    comes: bool = False  # the writer is said to come, in somebody's place


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
    names: list[str] = []
    parts = [_masked(s.text, names, words, not_people) for s in sentences]
    # What may come to pass is no wish: "if I am ill, Tom may come in my place".
    masked = " ".join(part for part in parts if not (_NAME.search(part) and _DOUBT.search(part)))
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
        bool(_COMES_INSTEAD.search(masked)),
    )


def _is_plain(text: str) -> bool:
    """Whether it is said by "instead of", "in my place", "in his place", "replaces", "not X but Y"."""
    plain = (
        _INSTEAD,
        _THEIR_PLACE,
        _REPLACES,
        _POSSESSIVE,
        _BY,
        _NOT_BUT,
        _IN_MY_PLACE,
        _X_BY_Y,
        _VERB_FIRST,
        _PLACE_OF,
    )
    return any(pattern.search(text) for pattern in plain)


def _masked(text: str, names: list[str], words: NameWords, not_people: Sequence[str]) -> str:
    """The text in small letters without accents, each name in it a number."""
    parts, at = [], 0
    for found in find(text, words):
        single = len(found.text.split()) == 1
        if not is_person(found.text, words, not_people) or (single and _is_common(found.text, words)):
            continue
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
    return [int(n) for n in _NAME.findall(text)]


def _who(text: str) -> list[int]:
    """The names in that part, or the writer."""
    return _numbers(text) or [WRITER]


def _roles(text: str) -> tuple[list[int], list[int]] | None:
    """Who comes and who leaves, by the first structure that says so."""
    for pattern in (_X_BY_Y, _VERB_FIRST):
        if found := pattern.search(text):
            return _who(found["in"]), _who(found["out"])
    if found := _PLACE_OF.search(text):
        return _who(found["in"]), _who(found["out"] or found["owner"])
    if found := _INSTEAD.search(text):
        leaving = _who(found[1])
        rest = text[: found.start()] + " " + text[found.end() :]
        coming = [n for n in dict.fromkeys(_numbers(rest)) if n not in leaving]
        return (coming or ([WRITER] if leaving != [WRITER] and re.search(_I, rest) else [])), leaving
    if found := _THEIR_PLACE.search(text):
        return _in_their_place(text, found)
    for pattern in (_REPLACES, _POSSESSIVE):
        if found := pattern.search(text):
            return _who(found["in"]), _who(found["out"])
    if found := _TURNED.search(text):
        return [WRITER], _who(found["out"])
    if found := _BY.search(text):
        before = _numbers(text[: found.start()])[-1:]
        return _who(found["in"]), before or [WRITER]
    if found := _NOT_BUT.search(text):
        return _who(found["in"]), _who(found["out"])
    if _RENAMES.search(text) and (found := _RENAMED.search(text)):
        return _who(found["in"]), _who(found["out"])
    if found := _MY_PLACE.search(text):
        said = _numbers(_sentence_around(text, found)) or _numbers(text)
        return list(dict.fromkeys(said)), [WRITER]
    if (found := _TO_NAME.search(text)) and _PUTS.search(_sentence_around(text, found)):
        return _numbers(found["in"]), [WRITER]
    return None


def _sentence_around(text: str, found: re.Match[str]) -> str:
    """The sentence in which that stands."""
    start = max(text.rfind(mark, 0, found.start()) for mark in ".!?;") + 1
    ends = [at for mark in ".!?;" if (at := text.find(mark, found.end())) >= 0]
    return text[start : min(ends, default=len(text))]


def _in_their_place(text: str, found: re.Match[str]) -> tuple[list[int], list[int]] | None:
    """ "Jan cannot; Anna comes in his place", "Jan cannot, I come in his place", "In his place comes Anna"."""
    before = _numbers(text[: found.start()])
    behind = _numbers(text[found.end() :])
    clause = re.split(r"[.;,!]", text[: found.start()])[-1]
    if _numbers(clause) and len(dict.fromkeys(before)) > 1:
        return [before[-1]], [next(n for n in reversed(before) if n != before[-1])]
    if re.search(_I, clause) and before:
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
