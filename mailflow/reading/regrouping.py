"""Stop 4, people of a registration that exists: who leaves it, who joins it, whose details change."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from mailflow.core.model import Person
from mailflow.reading import listing, seats
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.names import fold_word, fullest
from mailflow.reading.naming import anywhere, called_so, completed, distinct, full_names, named_in
from mailflow.reading.party import Party
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence
from mailflow.reading.writer import Writer


def leaving(body: Sequence[Signs], writer: Writer, words: NameWords, not_people: Sequence[str]) -> Party:
    """Those who give up their seats; `seats` is None where "wij" leaves open how many."""
    giving = [s for s in body if s[Role.CANCEL] >= 1.0] or [s for s in body if s[Role.CANCEL] > 0]
    giving = giving or list(body[:2])
    sentences = [s.sentence for s in giving]
    known = full_names(body, words, not_people)
    named = distinct([p for s in sentences for p in named_in(s, words, not_people, known)])
    if not named and not any(s.says_i or s.says_mine for s in giving):
        weaker = [s.sentence for s in body if s[Role.CANCEL] > 0]
        named = distinct([p for s in weaker for p in named_in(s, words, not_people, known)])
    others = [p for p in named if not writer.is_called(p.name) and not stays(p.name, body, words)]
    too = len(others) < len(named) and any(writer.is_called(p.name) for p in named)
    plural = any(s.says_we for s in giving)
    if plural and not others:
        before = [
            s.sentence
            for s in body
            if s[Role.EARLIER] >= 1.0 and words.grammar.holds("me_too", s.sentence.folded)
        ]
        both = distinct([p for s in before for p in named_in(s, words, not_people, known)])
        others = [p for p in both if not writer.is_called(p.name)]
        sentences = [*sentences, *before] if others else sentences
    people: list[Person] = []
    if plural and len(writer.joint) > 1 and not others:
        people = [Person(n) for n in writer.joint]
    elif not others and (writer_stays(body, words) or _only_a_relation(giving, words)):
        return Party((Person(),), 1)  # somebody else's, and the writer comes: whose?
    elif writer.name and (
        not others or ((too or _writer_too(sentences, words)) and not writer_stays(body, words))
    ):
        people = [Person(writer.name)]
    people = completed([*people, *others], writer)
    less = seats.difference(sentences, words)
    if less is not None and less < 0:
        return Party(tuple(others) or (Person(),), -less)
    if not others and any(words.grammar.holds("one_of_us", s.folded) for s in sentences):
        return Party((Person(),), 1)  # one, and nobody says which
    number = _leave(giving, bool(others), words)
    unnamed = sum(words.grammar.count("my_somebody", s.folded) for s in sentences) if not others else 0
    if number is not None and number >= max(1, len(people)):
        return Party(tuple(people), number)
    if plural and len(people) < 2 and not unnamed:
        return Party((), None) if not others else Party(tuple(people), len(people))
    return Party(tuple(people), max(1, len(people) + unnamed))


def _leave(giving: Sequence[Signs], named: bool, words: NameWords) -> int | None:
    """How many seats are said to be given up. Where names are told, "our registration of three"
    is history."""
    told = [s.sentence for s in giving if not (named and s[Role.EARLIER] > 0)]
    number, _ = seats.first_said(told, words)
    everyone = (n for s in told for n in words.grammar.numbers_in("everyone", s.folded))
    return number or next((n[0] for n in everyone if n[0] <= seats.MOST), None)


def _writer_too(sentences: Sequence[Sentence], words: NameWords) -> bool:
    """ "Anna en ik": the writer leaves too."""
    return any(words.grammar.holds("me_too", s.folded) for s in sentences)


def _only_a_relation(giving: Sequence[Signs], words: NameWords) -> bool:
    """ "Mijn dochter is ziek": somebody of the writer's is spoken of, and nowhere the writer."""
    sets, said = words.grammar.sets, [w for s in giving for w in s.sentence.words]
    relation = any(a in sets.mine and b in words.relations for a, b in pairwise(said))
    return relation and not any(w in sets.i and w not in sets.mine for w in said)


def speaks_of_the_writer(body: Sequence[Signs], named: Sequence[Person], words: NameWords) -> bool:
    """Does a clause that gives up a seat speak of the writer, and of nobody who is named?"""
    firsts = {fold_word(p.name.split()[0]) for p in named if p.name}
    apart = words.grammar.sets.turns | words.grammar.sets.joining
    clauses = (c for s in body if s[Role.CANCEL] > 0 for c in _clauses(s.sentence.folded, apart))
    return any(
        said & words.grammar.sets.i and not said & firsts for said in map(set, map(str.split, clauses))
    )


def writer_stays(body: Sequence[Signs], words: NameWords) -> bool:
    """ "Anna kan niet. Ik kom wel": is it said of the writer that nothing changes?"""
    return any(words.grammar.holds("stays", s.sentence.folded) for s in body)


def stays(name: str, body: Sequence[Signs], words: NameWords) -> bool:
    """ "Anna kan niet, maar Tom komt wel": is it said of whoever is called so that nothing changes?"""
    first = fold_word(name.split()[0]) if name else ""
    for signs in body:
        if first in signs.sentence.words:
            for clause in _clauses(signs.sentence.folded, words.grammar.sets.turns):
                said = set(clause.split())
                if (
                    first in said
                    and not said & words.grammar.sets.nots
                    and words.grammar.holds("comes", clause)
                ):
                    return True
    return False


def _clauses(folded: str, apart: frozenset[str]) -> list[str]:
    """What a sentence says one after the other: what stands between commas and these words."""
    clauses: list[list[str]] = [[]]
    for word in folded.split():
        if word == "," or word in apart:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return [f" {' '.join(clause)} " for clause in clauses]


def changing(
    body: Sequence[Signs], text: str, writer: Writer, words: NameWords, not_people: Sequence[str], *,
    adds: bool, replaces: bool,
) -> Party:  # fmt: skip
    """The newcomers, with the seats that come on top; else the person whose details change, with none."""
    coming = [s for s in body if s[Role.ADD] >= 1.0 or s[Role.REPLACE] >= 1.0 or s[Role.CHANGE] >= 1.0]
    sentences = [s.sentence for s in coming]
    known = full_names(body, words, not_people)
    own = [n for n in known if writer.is_called(n)]
    me = (Person(fullest([writer.name, *own])),) if writer.name else ()
    everyone = any(seats.is_total(s.sentence, words) for s in body)
    adds = (adds or everyone) and not replaces
    if not adds and not replaces:
        return Party(me, 0)
    listed = listing.people_in(text, words, not_people)
    inline = [p for s in sentences for p in named_in(s, words, not_people, known)]
    named = distinct([*listed.people, *inline, *called_so(body, words)])
    others = [p for p in named if not writer.is_called(p.name)]
    if replaces:
        return Party(tuple(others[:1]) or me, 0)
    if not others:
        others = [p for p in anywhere(body, words, not_people) if not writer.is_called(p.name)]
    more = seats.difference(sentences, words)
    if more is not None and more > 0:
        return Party(tuple(others) or me, more)
    number, total = seats.first_said(sentences, words)
    if number is not None and (total or everyone) and number > len(others):
        number = max(len(others), number - 1)
    guests = max(0, seats.guests(coming, words) - len(called_so(body, words)))
    count = max(len(others) + guests, number or 0)
    return Party(tuple(others) or me, count)
