"""Stop 4, seats: how many places a sentence speaks of, and company without a name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence

MOST = 60  # a larger number in a text is a capacity, a house number, a year
_GROUP = re.compile(r" (?:met z'n|met zijn|met zn|met ons|met onze|met hun|z'n|zu|a|mit|ons) (\S+) ")
_WITH = re.compile(
    r" (?:kom|komt|komen|zijn|waren|come|worden|wordt|graag|ben|reken op|zouden|doen|sind|kommen) (?:\S+ ){0,3}"
    r"(?:met|with|mit|zu|a) (\S+)(?: man| personen| mensen| stuks| volwassenen)? "
)
_ALONE = re.compile(
    r" (?:komen|komt|come|are|zijn|dus|just|only|aantal|number|plaatsen|personen|personnes|we are) (?:er )?:? ?(\S+) (?:$|[,:]|naar|man|of us|people)"
)
_TIMES = re.compile(r"(?:^|\s)(\d{1,2}) ?[x×](?:\s|$)|(?:^|\s)[x×] ?(\d{1,2})(?:\s|$)")
_DIFFERENCE = re.compile(
    r" (?:niet|not|nicht) (?:meer )?(?:met )?(?:z'n |zijn |zn |ons |with |mit |zu )?(\S+) (?:maar|but|sondern) "
    r"(?:met |with |mit )?(?:z'n |zijn |zn |ons |zu )?(\S+) | (?:van|from|von|de) (\S+) (?:naar|to|auf|a) (\S+) "
)
_TOTAL = re.compile(
    r" (?:in totaal|totaal|in total|altogether|insgesamt|au total|samen met|(?:us|me|them) to|that makes|dat maakt|"
    r"worden met|wordt dus|worden we|of us in|worden dan) "
)
_BEFORE_NO_SEATS = frozenset(
    "nummer nr no tafel kamer ronde round runde kraam tuin plot perk blok rij row".split()
)


def said(sentence: Sentence, words: NameWords) -> int | None:
    """The number of seats or people a sentence says, or None."""
    if found := _TIMES.search(sentence.text.casefold()):
        return _value(found[1] or found[2], words)
    for pattern in (_GROUP, _WITH):
        for match in pattern.finditer(sentence.folded):
            if value := _value(match[1], words):
                return value
    tokens = sentence.folded.split()
    for i, token in enumerate(tokens[:-1]):
        value = _value(token, words)
        if value is None or (i and tokens[i - 1] in _BEFORE_NO_SEATS):
            continue
        for following in tokens[i + 1 : i + 4]:
            if following in words.seats:
                return value
            if following in {",", ":", "?"} or _value(following, words):
                break
    for match in _ALONE.finditer(sentence.folded):
        if value := _value(match[1], words):
            return value
    return None


def first_said(sentences: Iterable[Sentence], words: NameWords) -> tuple[int | None, bool]:
    """The first number said, and whether it is said to be a total."""
    for sentence in sentences:
        if value := said(sentence, words):
            return value, is_total(sentence)
    return None, False


def is_total(sentence: Sentence) -> bool:
    """Is the number that of the whole party ("in totaal", "that makes three of us")?"""
    return bool(_TOTAL.search(sentence.folded))


def difference(sentences: Iterable[Sentence], words: NameWords) -> int | None:
    """ "niet met z'n vieren maar met z'n drieën" -> -1; None where no such thing is said."""
    for sentence in sentences:
        for match in _DIFFERENCE.finditer(sentence.folded):
            before, after = _value(match[1] or match[3], words), _value(match[2] or match[4], words)
            if before and after and before != after:
                return after - before
    return None


def _value(token: str, words: NameWords) -> int | None:
    if token.isdigit() and token.isascii():
        return int(token) if len(token) < 4 and 0 < int(token) <= MOST else None
    return words.numbers.get(token)


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
