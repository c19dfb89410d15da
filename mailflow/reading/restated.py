"""Stop 4, a party that is seated, said anew: who of it stays and who leaves, how many they are now, what
the guests are called.

It is read in answers to mails of ours only: there "we come with four" is the whole party, and who "comes
all the same" keeps a seat. Each clause says one thing of those it names; where two clauses say contrary
things of the same person, or something hangs on an if, nothing is concluded here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading import seats
from mailflow.reading.by_cues import REGISTERED, Conclusion
from mailflow.reading.grammar import Sets
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.model import Asked, Intent
from mailflow.reading.names import find, fold_word, is_person, same
from mailflow.reading.naming import full_names
from mailflow.reading.party import Party
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence, fold
from mailflow.reading.writer import Writer

_CLAUSE = re.compile(
    r"[,;:()]+|\s[–—-]\s|\s(?=(?:maar|but|aber|mais|terwijl|while|whereas|doch|however|sondern)\s)",
    re.IGNORECASE,
)
_BOTH = re.compile(r" both of us | we(?:'ll)? both | allebei | wir beide | tous les deux ")
_AND = re.compile(r"\s(?:en|and|und|et)\s", re.IGNORECASE)
_ELLIPSIS = 6  # words of a clause that denies without saying what: "ik helaas niet"
_SELF = frozenset({"ik", "'k", "ikzelf", "i", "i'm", "i'll", "i've", "ich", "je", "j'ai", "myself"})
_MAY_PART = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE, Intent.UNCLEAR})
_SEATED_BY = frozenset({Asked.CONFIRMATION, Asked.WAITLIST, Asked.INVOLVEMENT, Asked.NUMBER})
_MAY_COUNT = frozenset({Intent.REGISTER, Intent.CHANGE, Intent.UNCLEAR})
_THEY = frozenset({"hij", "zij", "ze", "he", "she", "er", "sie", "il", "elle"})
_US = frozenset({"wij", "we", "we'll", "we're", "wir", "nous"})


class _Says(Enum):
    STAYS = "stays"
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True)
class Parting:
    """Some of a party leave. `stays`: those named who do not; `others_stay`: it is said that some do;
    `by_name`: whoever leaves is named, and the writer is not one of them."""

    leaves: tuple[Person, ...]
    stays: tuple[str, ...] = ()
    others_stay: bool = False
    by_name: bool = False


def parting(
    body: Sequence[Signs], writer: Writer, words: NameWords, not_people: Sequence[str]
) -> Parting | None:
    """Who is said to leave, and who to stay; None where nobody is, or not for certain."""
    sets = words.grammar.sets
    leaves: list[Person] = []
    stays: list[str] = []
    somebody_stays, unnamed, last = False, False, ""
    for signs in body:
        for text, says in _clauses(signs.sentence.text, sets):
            named = [n.text for n in find(text, words) if _is_one(n.text, words, not_people)]
            said = frozenset(fold(text).split())
            if sets.perhaps & said or (says and signs.sentence.asks and named):
                return None
            if says is _Says.STAYS:
                of_self = bool(said & (_SELF | _US))
                stays += [*named, *([writer.name] if of_self and writer.name else [])]
                somebody_stays = somebody_stays or bool(named or of_self or said & sets.rest)
            elif says is _Says.LEAVES:
                if said & _US:
                    return None
                leaves += [Person(n) for n in named]
                if said & _SELF or (not named and "zelf" in said):
                    leaves.append(Person(writer.name))
                elif not named and words.grammar.holds("my_kin", fold(text)):
                    leaves.append(Person())
                elif not named and last and said & _THEY:
                    leaves.append(Person(last))
                else:
                    unnamed = unnamed or not named
            last = named[-1] if named else last
    known = full_names(body, words, not_people)
    full = (Person(next((k for k in known if same(k, p.name)), p.name)) if p.name else p for p in leaves)
    leaves = _once(full, writer)
    both = any(p.name and any(same(p.name, n) for n in stays) for p in leaves)
    if both or not leaves:
        return None
    by_name = not unnamed and all(p.name and not writer.is_called(p.name) for p in leaves)
    return Parting(tuple(leaves), tuple(stays), somebody_stays, by_name)


def nobody_leaves(body: Sequence[Signs], words: NameWords) -> bool:
    """Is it said that somebody comes all the same, and of nobody that they do not?"""
    sets = words.grammar.sets
    of_people = sets.able | sets.gone | _SELF | _US | _THEY  # "no problem" is of nobody
    said = [(fold(text).split(), says) for s in body for text, says in _clauses(s.sentence.text, sets)]
    leaves = any(says is _Says.LEAVES and not of_people.isdisjoint(clause) for clause, says in said)
    comes = any(says is _Says.STAYS for _, says in said)
    return comes and not leaves and any(s[Role.STAYS] >= 1.0 for s in body)


def _is_one(name: str, words: NameWords, not_people: Sequence[str]) -> bool:
    common = len(name.split()) == 1 and fold_word(name) in words.common | words.titles | words.not_names
    return not common and is_person(name, words, not_people)


def _once(people: Iterable[Person], writer: Writer) -> list[Person]:
    out: list[Person] = []
    for person in people:
        if person.name and writer.name and writer.is_called(person.name):
            person = Person(writer.name)
        if not any(p.name == person.name or (p.name and same(p.name, person.name)) for p in out):
            out.append(person)
    return out


def _clauses(text: str, sets: Sets) -> list[tuple[str, _Says | None]]:
    """The clauses of a sentence with what each says; one that says nothing goes with the next that does
    ("Gijs, Puck en ik komen"), at the end with the one before ("een valt af: Puck")."""
    pieces = [half for piece in _CLAUSE.split(text) for half in _halves(piece, sets) if half.strip()]
    out: list[tuple[str, _Says | None]] = []
    waiting = ""
    for piece in pieces:
        says = _says(piece, sets)
        if says is None:
            waiting = f"{waiting} {piece} ,"
            continue
        out.append((f"{waiting} {piece}".strip(), says))
        waiting = ""
    if waiting and out:
        out[-1] = (f"{out[-1][0]} , {waiting}", out[-1][1])
    return out or [(text, None)]


def _halves(piece: str, sets: Sets) -> list[str]:
    """ "Gijs komt niet en Puck en ik wel": two clauses, where an "and" stands between contrary ones."""
    for found in _AND.finditer(piece):
        before, behind = piece[: found.start()], piece[found.end() :]
        one, other = _says(before, sets), _says(behind, sets)
        if one and other and one is not other:
            return [before, behind]
    return [piece]


def _says(clause: str, sets: Sets) -> _Says | None:
    said = fold(clause).split()
    if not sets.denies.isdisjoint(said):
        about_coming = not sets.able.isdisjoint(said) or not sets.gone.isdisjoint(said)
        return _Says.LEAVES if about_coming or len(said) <= _ELLIPSIS else None
    if not sets.gone.isdisjoint(said):
        return _Says.LEAVES
    return None if sets.comes.isdisjoint(said) else _Says.STAYS


def said_anew(
    decision: Conclusion,
    about: Party,
    asked: Asked,
    body: Sequence[Signs],
    writer: Writer,
    words: NameWords,
    not_people: Sequence[str],
) -> tuple[Conclusion, Party]:
    """What the mail wants and whom it is about, once it is seen that it says a seated party anew."""
    number = whole(body, words)
    sentences = [s.sentence for s in body]
    me = (Person(writer.name),) if writer.name else ()
    comes = replace(decision, intent=Intent.REGISTER, answers=None, reason=None, adds=False)
    if asked not in REGISTERED and decision.intent is not Intent.CANCEL:
        if number is not None and decision.intent is Intent.CHANGE and decision.adds:
            return comes, Party(about.people, number, True)  # "we are four, my sister comes too"
        same_number = decision.intent is Intent.REGISTER and number == about.seats
        return decision, replace(about, total=about.total or same_number)
    gives_up = replace(decision, intent=Intent.CANCEL, answers=None, reason=None, adds=False)
    parted = parting(body, writer, words, not_people) if decision.intent in _MAY_PART else None
    gives = decision.intent is Intent.CANCEL or decision.answers == "no"
    if parted and (parted.others_stay or (parted.by_name and gives)):
        if asked is Asked.OFFER:  # neither a yes nor a no to it
            why = "some of the party come and some do not"
            return replace(gives_up, intent=Intent.UNCLEAR, confidence=0.5, reason=why), Party((), 0)
        others = tuple(n for n in parted.stays if not writer.is_called(n))
        return gives_up, Party(parted.leaves, len(parted.leaves), stays=others)
    if decision.intent in _MAY_PART and (some := _some_of_them(sentences, writer, words, not_people)):
        return gives_up, Party(some, len(some))
    if decision.answers == "no" or seats.difference(sentences, words):
        return decision, about  # "with four, not with three" says more than the number alone
    says_yes = decision.answers == "yes" and asked is Asked.REMINDER
    if number is not None and (decision.intent in _MAY_COUNT or says_yes):
        return comes, Party(about.people or me, number, True)
    nothing_yet = decision.intent is Intent.CHANGE and not about.seats and not decision.replaces
    too = _also(sentences, writer, words, not_people) if nothing_yet or decision.answers == "yes" else ()
    if too and asked in _SEATED_BY:
        adds = replace(decision, intent=Intent.CHANGE, answers=None, reason=None, adds=True)
        return adds, Party(too, len(too))
    if nothing_yet and (company := seats.guests(body, words)):
        return comes, Party(about.people or me, len(about.people or me) + company)  # "I come with my wife"
    return decision, about


def _also(
    sentences: Sequence[Sentence], writer: Writer, words: NameWords, not_people: Sequence[str]
) -> tuple[Person, ...]:
    """Whom "please also register X" names besides the writer."""
    sets = words.grammar.sets
    saying = [s for s in sentences if not sets.also.isdisjoint(s.words) and sets.denies.isdisjoint(s.words)]
    saying = [
        s for s in saying if sets.perhaps.isdisjoint(s.words) and not sets.signing_up.isdisjoint(s.words)
    ]
    found = [
        Person(n.text) for s in saying for n in find(s.text, words) if _is_one(n.text, words, not_people)
    ]
    return tuple(p for p in _once(found, writer) if not writer.is_called(p.name))


def _some_of_them(
    sentences: Sequence[Sentence], writer: Writer, words: NameWords, not_people: Sequence[str]
) -> tuple[Person, ...]:
    """ "One of us drops out: Puck", "we come with one fewer": so many leave, by name where that is told."""
    for sentence in sentences:
        fewer = next(words.grammar.numbers_in("fewer", sentence.folded), (0,))[0]
        leaves = _says(sentence.text, words.grammar.sets) is _Says.LEAVES
        some = next(words.grammar.numbers_in("some_of_us", sentence.folded), (0,))[0]
        some = some or int(words.grammar.holds("one_of_us", sentence.folded))
        number = fewer or (some if leaves else 0)
        if number and not sentence.asks:
            named = [n.text for n in find(sentence.text, words) if _is_one(n.text, words, not_people)]
            named = [n for n in named if not writer.is_called(n)]
            return tuple(map(Person, named)) if len(named) == number else (Person(),) * number
    return ()


def whole(body: Sequence[Signs], words: NameWords) -> int | None:
    """How many the party is said to be now; None where nobody says so, or only asks or supposes."""
    grammar = words.grammar
    for signs in body:
        said = set(signs.sentence.words)
        idle = signs[Role.EARLIER] >= 1.0 or not said.isdisjoint(grammar.sets.perhaps | grammar.sets.denies)
        if signs.sentence.asks or idle or not said.isdisjoint(grammar.sets.gone):
            continue
        if _BOTH.search(signs.sentence.folded) and not said.isdisjoint(grammar.sets.comes):
            return 2
        for pattern in grammar.patterns["whole"]:
            for match in pattern.finditer(signs.sentence.folded):
                behind = signs.sentence.folded[match.end() :].split()[:1]
                number = grammar.value(match[1])
                if number and number <= seats.MOST and grammar.sets.heads.issuperset(behind):
                    return number
    return None


def guests_named(
    sentences: Sequence[Sentence], writer: Writer, words: NameWords, not_people: Sequence[str]
) -> tuple[Person, ...]:
    """Those to whom an answer gives the names that were missing ("my guests are ..."); empty if none."""
    at = next((i for i, s in enumerate(sentences) if words.grammar.holds("names_them", s.folded)), None)
    if at is None:
        return ()
    label = {
        word
        for pattern in words.grammar.patterns["names_them"]
        for match in pattern.finditer(sentences[at].folded)
        for word in match[0].split()
    }
    found = [
        Person(name)
        for s in sentences[at:]
        for n in find(s.text, words)
        for name in _AND.split(n.text)
        if _is_one(name, words, not_people) and not writer.is_called(name) and fold_name(name) not in label
    ]
    return tuple(_once(found, writer))
