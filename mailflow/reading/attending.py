"""Stop 4, attending: which of the people that a mail names it is about, and whether the writer is one.

A name stands in a mail for many reasons: who comes, who cannot, who told the writer of it, whom the
street is called after. So each name is weighed by what stands around it and by what its sentence is
likely to do (a small table of weights); what the rules of people.py conclude is one voice among these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading.concepts import Concepts
from mailflow.reading.lexicon import Name, NameWords, Role
from mailflow.reading.model import Asked
from mailflow.reading.names import find, fold_word, fullest, is_organisation, is_person, same
from mailflow.reading.naming import email_after
from mailflow.reading.party import Party
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import fold
from mailflow.reading.weights import Weights, likely
from mailflow.reading.writer import Writer

ENOUGH = 0.5  # chance from which the mail is about somebody ...
ENOUGH_ALONE = 0.65  # ... and where the rules see nothing of it
MOST = 100  # people of one mail
_MOST_MENTIONS = 4  # of one name that are weighed
_BESIDE = 8  # letters between two names that stand in a row
_JOINING = frozenset({"en", "and", "und", "et", "&", "+", ",", "plus", "with", "met", "mit", "avec", "ook"})
_TELLING = ("register", "cancel", "change", "question", "involvement", "people", "chat", "yes", "no")
_CUES = (Role.STAYS_AWAY, Role.FOR_OTHERS, Role.AND_ME, Role.RELATIVE, Role.ADD, Role.REPLACE, Role.CANCEL)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a mail before its people are."""

    intent: str
    asked: Asked
    body: Sequence[Signs]
    subject: Sequence[Signs]
    writer: Writer
    by_rules: Party
    listed: Sequence[Person]  # in a list, a table, behind a label
    not_people: Sequence[str]
    names: Mapping[str, str] = field(default_factory=dict)  # words of the event's own names, see Setting


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody the mail may be about: one mention, with its features."""

    person: Person
    is_writer: bool
    features: dict[str, float]
    certain: bool = False  # one of several in a list or table of those who register


def attending(case: Case, words: NameWords, concepts: Concepts, table: Weights) -> tuple[Person, ...]:
    """The people the mail is about: the writer first, then in order of mention."""
    chosen: list[Person] = []
    others = [p for p in case.by_rules.people if not case.writer.is_called(p.name)]
    stays_away = others == list(case.by_rules.people) != [] and any(
        s[Role.STAYS_AWAY] >= 1.0 for s in case.body if case.intent == "register"
    )
    stays_away = stays_away or _lists_others(case)
    if others and case.intent == "cancel":  # "Jan cannot; I still come"
        stays_away = stays_away or any(s[Role.STAYS] >= 1.0 and s.says_i for s in case.body)
    for candidate in candidates(case, words, concepts):
        alone = not candidate.is_writer and not candidate.features["by rules"]
        enough = ENOUGH_ALONE if alone else ENOUGH
        if candidate.is_writer and stays_away:
            continue
        if not candidate.certain and likely(table.weighted(candidate.features)[0]) < enough:
            continue
        person = candidate.person
        twin = next((i for i, p in enumerate(chosen) if same(p.name, person.name)), None)
        if twin is not None:
            known = chosen[twin]
            chosen[twin] = Person(fullest([known.name, person.name]), known.email or person.email)
        elif len(chosen) < MOST:
            chosen.append(person)
    return tuple(chosen)


def _lists_others(case: Case) -> bool:
    """Does an office send a list of those who come, without a word of the one who writes?"""
    named = any(case.writer.is_called(p.name) for p in case.listed)
    too = any(s[Role.AND_ME] >= 1.0 for s in case.body)
    return case.intent == "register" and case.writer.office and len(case.listed) > 1 and not (named or too)


def candidates(case: Case, words: NameWords, concepts: Concepts) -> Iterator[Candidate]:
    """The writer (all of a joint signature), then every name in list, subject and text."""
    mentions = list(_mentions(case, words, concepts))
    for name in case.writer.joint or ((case.writer.name,) if case.writer.name else ()):
        listed = case.intent == "register" and any(same(p.name, name) for p in case.listed)
        yield Candidate(Person(name), True, _of_writer(case, name, mentions, concepts), listed)
    everyone = len(mentions)
    for person, features in mentions:
        if not any(same(person.name, n) for n in (case.writer.name, *case.writer.joint) if n):
            features["several named"] = float(everyone > 1)
            certain = case.intent == "register" and len(case.listed) > 1 and person in case.listed
            yield Candidate(person, False, features, certain and features["by rules"] > 0)


def _mentions(case: Case, words: NameWords, concepts: Concepts) -> Iterator[tuple[Person, dict[str, float]]]:
    for person in case.listed:
        long = f"in a list of {min(len(case.listed), 3)} {case.intent}"
        yield (
            person,
            _shared(case, person, words) | {"in a list": 1.0, f"in a list {case.intent}": 1.0, long: 1.0},
        )
    count = 0
    seen: dict[str, int] = {}
    for in_subject, part in ((True, case.subject), (False, case.body)):
        for index, signs in enumerate(part):
            found = _with_surnames(signs.sentence.text, find(signs.sentence.text, words))
            for name in found:
                count += 1
                if count > MOST:
                    return
                seen[name.text] = seen.get(name.text, 0) + 1
                if len(name.text.split()) == 1 and fold_word(name.text) in words.common:
                    continue
                before = fold(signs.sentence.text[: name.start]).split()
                greeted = {" ".join(before[-n:]) for n in (2, 3)} & words.grammar.phrases.greeted
                if seen[name.text] > _MOST_MENTIONS or greeted:
                    continue
                person = Person(name.text, email_after(signs.sentence.text, name.end))
                features = _shared(case, person, words)
                features |= _around(signs, name.start, name.end, case, concepts)
                features |= _of_sentence(signs, case.intent)
                features["in a row of a table"] = float(signs.sentence.row)
                features["in the subject"] = float(in_subject)
                features["in the last sentence"] = float(not in_subject and index == len(part) - 1)
                features["others beside"] = float(min(len(found) - 1, 4))
                features |= _in_a_row(signs.sentence.text, name, found)
                features |= _of_words(name.text, words, concepts)
                features["organisation"] = float(is_organisation(name.text, words))
                features["relation inside"] = float(
                    any(fold_word(w) in words.relations | words.not_names for w in name.text.split())
                )
                yield person, features


def _with_surnames(text: str, found: Sequence[Name]) -> list[Name]:
    """ "Jos, Elly en Mirthe van Tongeren": a surname that is said once is that of all."""
    out: list[Name] = []
    for name in reversed(found):
        last = out[-1] if out else None
        if last is not None and len(name.text.split()) == 1 < len(last.text.split()):
            between = text[name.end : last.start]
            joined = bool(between.strip()) and len(between) <= _BESIDE and _joins(between)
            if joined and "." not in last.text.split()[0]:
                surname = last.text.split(" ", 1)[1]
                name = Name(f"{name.text} {surname}", name.start, name.end)
        out.append(name)
    return out[::-1]


def _in_a_row(text: str, name: Name, found: Sequence[Name]) -> dict[str, float]:
    """Does the next name stand right beside it ("Miep, Cor en Riek")?"""
    before = any(0 <= name.start - n.end <= _BESIDE and _joins(text[n.end : name.start]) for n in found)
    behind = any(0 <= n.start - name.end <= _BESIDE and _joins(text[name.end : n.start]) for n in found)
    alone = len(name.text.split()) == 1
    return {
        "in a row": float(before or behind),
        f"in a row {before} {behind} {alone}": 1.0,
    }


def _joins(between: str) -> bool:
    return all(w in _JOINING for w in fold(between).split())


def _of_words(name: str, words: NameWords, concepts: Concepts) -> dict[str, float]:
    """What the words of a name are besides: a noun, a town's suffix, a title."""
    parts = [fold_word(w) for w in name.split()]
    found = {f"word is {kind}": 1.0 for w in parts if (kind := concepts.concept(w))}
    found["common words"] = sum(w in words.common for w in parts) / len(parts)
    found["common first"] = float(parts[0] in words.common)
    found["common last"] = float(parts[-1] in words.common)
    return found


def _shared(case: Case, person: Person, words: NameWords) -> dict[str, float]:
    """What is known of a name wherever it stands."""
    by_rules = any(same(p.name, person.name) for p in case.by_rules.people)
    return {
        f"name {case.intent}": 1.0,
        "by rules": float(by_rules),
        f"by rules {case.intent}": float(by_rules),
        f"name of {min(len(person.name.split()), 4)}": 1.0,
        "initials": float("." in person.name),
        "address": float(person.email is not None),
        "not a person": float(not is_person(person.name, words, case.not_people)),
        "shouted": float(person.name.isupper() and len(person.name) > 3),
        "writer unknown": float(not case.writer.name),
    }


def _around(signs: Signs, start: int, end: int, case: Case, concepts: Concepts) -> dict[str, float]:
    """The words before and behind a name."""
    before = ["^", "^", *(case.names.get(w, w) for w in fold(signs.sentence.text[:start]).split())]
    after = [*(case.names.get(w, w) for w in fold(signs.sentence.text[end:]).split()), "$", "$"]
    found = {
        f"before {before[-1]}": 1.0,
        f"before {before[-2]} {before[-1]}": 1.0,
        f"behind {after[0]}": 1.0,
        f"behind {after[0]} {after[1]}": 1.0,
        f"between {before[-1]} {after[0]}": 1.0,
        "bracket": float(signs.sentence.text[max(0, start - 1) : start] == "("),
    }
    for place, words in (("before", before[-4:]), ("behind", after[:4])):
        for word in words:
            if kind := concepts.concept(word):
                found[f"{place} {kind}"] = 1.0
                found[f"{place} {kind} {case.intent}"] = 1.0
    return found


def _of_sentence(signs: Signs, intent: str) -> dict[str, float]:
    found = {}
    for role in _TELLING:
        odds = _odds(signs.likely(role))
        found[f"sentence {role}"] = odds
        found[f"sentence {role} {intent}"] = odds
    for cue in _CUES:
        found[f"cue {cue} {intent}"] = signs[cue]
    found["says i"] = float(signs.says_i)
    found["says mine"] = float(signs.says_mine)
    found["says we"] = float(signs.says_we)
    return found


def _of_writer(
    case: Case, name: str, mentions: Sequence[tuple[Person, dict[str, float]]], concepts: Concepts
) -> dict[str, float]:
    """What speaks for and against the writer being one of them."""
    signs = [*case.body, *case.subject]
    others = {fold_name(p.name) for p, _ in mentions if not same(p.name, name)}
    by_rules = any(same(p.name, name) for p in case.by_rules.people)
    found = {
        f"writer {case.intent}": 1.0,
        f"writer {case.asked} {case.intent}": 1.0,
        f"writer by rules {case.intent}": float(by_rules),
        f"writer by rules {by_rules} others {min(len(others), 2)} {case.intent}": 1.0,
        f"writer alone {case.intent}": float(not others),
        f"writer named {case.intent}": float(any(same(p.name, name) for p, _ in mentions)),
        f"writer joint {case.intent}": float(len(case.writer.joint) > 1),
        f"writer lists {case.intent}": float(bool(case.listed)),
        "writer others by rules": float(min(sum(not same(p.name, name) for p in case.by_rules.people), 4)),
        "writer replaces": float(any(s[Role.REPLACE] >= 1.0 for s in signs)),
    }
    for s in signs if others else ():
        said = [case.names.get(w, w) for w in s.sentence.words[:60]]
        meant = [c for c in map(concepts.concept, said) if c]
        for name_ in {*said, *map(" ".join, pairwise(said)), *meant, *map(" ".join, pairwise(meant))}:
            found[f"writer of others {name_}"] = 1.0
    for cue in _CUES:
        most = max((s[cue] for s in signs), default=0.0)
        found[f"writer cue {cue} {case.intent}"] = most
        found[f"writer cue {cue} {case.intent} {bool(others)}"] = most
    for role in _TELLING:
        of_self = [s.likely(role) for s in signs if s.says_i]
        of_us = [s.likely(role) for s in signs if s.says_we]
        found[f"writer i {role} {case.intent}"] = max(of_self, default=0.0)
        found[f"writer i {role} {case.intent} {bool(others)}"] = max(of_self, default=0.0)
        found[f"writer we {role} {case.intent} {bool(others)}"] = max(of_us, default=0.0)
    return found


def _odds(chance: float) -> float:
    return math.log((chance + 0.02) / (1.02 - chance)) / 2
