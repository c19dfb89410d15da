"""Stop 4, seats: how many places a sentence speaks of, and company without a name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence

MOST = 60  # a larger number in a text is a capacity, a house number, a year
_PLUS = re.compile(r" \+ ?(\d{1,2}) ")
_TIMES = re.compile(r"(?:^|\s)(\d{1,2}) ?[x×](?:\s|$)|(?:^|\s)[x×] ?(\d{1,2})(?:\s|$)")


def said(sentence: Sentence, words: NameWords) -> int | None:
    """The number of seats or people a sentence says, or None."""
    grammar = words.grammar
    if found := _TIMES.search(sentence.text.casefold()):
        return _possible(grammar.value(found[1] or found[2]))
    for values in grammar.numbers_in("group", sentence.folded):
        if value := _possible(values[0]):
            return value
    tokens = sentence.folded.split()
    for i, token in enumerate(tokens[:-1]):
        value = _possible(grammar.value(token))
        if value is None or (i and tokens[i - 1] in grammar.sets.numbered):
            continue
        for following in tokens[i + 1 : i + 4]:
            if following in words.seats:
                return value
            if following in {",", ":", "?"} or grammar.value(following):
                break
    return next((v for n in grammar.numbers_in("alone", sentence.folded) if (v := _possible(n[0]))), None)


def _possible(value: int | None) -> int | None:
    return value if value is not None and value <= MOST else None


def first_said(sentences: Iterable[Sentence], words: NameWords) -> tuple[int | None, bool]:
    """The first number said, and whether it is said to be a total."""
    for sentence in sentences:
        if value := said(sentence, words):
            return value, is_total(sentence, words)
    return None, False


def is_total(sentence: Sentence, words: NameWords) -> bool:
    """Is the number that of the whole party ("in totaal", "that makes three of us")?"""
    return words.grammar.holds("total", sentence.folded)


def difference(sentences: Iterable[Sentence], words: NameWords) -> int | None:
    """ "niet met z'n vieren maar met z'n drieën" -> -1; None where no such thing is said."""
    for sentence in sentences:
        for values in words.grammar.numbers_in("difference", sentence.folded):
            if len(values) == 2 and values[0] != values[1]:
                return values[1] - values[0]
        for values in words.grammar.numbers_in("instead", sentence.folded):
            if len(values) == 2 and values[0] != values[1]:
                return values[0] - values[1]
    return None


def besides(sentences: Iterable[Sentence], words: NameWords) -> tuple[int, str] | None:
    """Company that is counted and not named: how many come besides those named before, and the folded
    text that stands before it ("ik en twee collega's" -> 2, " ik "); None where there is none."""
    for sentence in sentences:
        if found := _PLUS.search(sentence.folded):
            return int(found[1]), sentence.folded[: found.start()]
        for match in (m for p in words.grammar.patterns["besides_me"] for m in p.finditer(sentence.folded)):
            if value := _possible(words.grammar.value(match[1])):
                return value, f" {match[0].split()[0]} "  # "ik en twee manschappen"
        for pattern in words.grammar.patterns["besides"]:
            for match in pattern.finditer(sentence.folded):
                value = _possible(words.grammar.value(match[1]))
                before = sentence.folded[: match.start()]
                joined = match[0].split()[0] in words.grammar.sets.joining
                of_all = not joined and words.grammar.sets.singular.isdisjoint(before.split())
                if value and not of_all:
                    return value, before
    return None


def guests(signs: Iterable[Signs], words: NameWords) -> int:
    """Company without a name: "mijn buurvrouw en ik" (not "mijn buurvrouw Ans en ik")."""
    count = 0
    for s in signs:
        if s[Role.REGISTER] <= 0 and s[Role.ADD] <= 0:
            continue
        tokens = s.sentence.folded.split()
        for i, own in enumerate(tokens[:-1]):
            if own not in words.own or tokens[i + 1] not in words.relations:
                continue
            relation = re.escape(tokens[i + 1])
            named = re.search(rf"\b{relation}\b[ ,:(]{{1,3}}([^\W\d_]\w+)", s.sentence.text, re.IGNORECASE)
            if named and named[1][:1].isupper():
                continue
            pair = rf"{re.escape(own)} {relation}"
            comes_along = s[Role.ADD] >= 1.0 or re.search(
                rf" (?:en|and|und|et|met|with|plus|mit|avec|samen met|ook) {pair} |"
                rf" {pair} (?:\S+ )?(?:en|and|und|et) (?:ik|i|ikzelf|ich|me|mij|moi|mezelf|ikke) |"
                rf" {pair} (?:komt|gaat|comes|is coming) (?:ook )?mee ",
                s.sentence.folded,
            )
            count += bool(comes_along)
    return count
