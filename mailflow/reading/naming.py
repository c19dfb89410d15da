"""Stop 4, naming: the people whom the sentences of a text name.

A name of two words counts; a single word counts after a relation, a title or "en", or where it is
the first name of somebody named in full elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.names import EMAIL, find, fold_word, fullest, is_person, same
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence, fold
from mailflow.reading.writer import Writer

MOST_PEOPLE = 100  # named in one mail; each is compared with each


def full_names(body: Sequence[Signs], words: NameWords, not_people: Sequence[str]) -> list[str]:
    """Every name of two words or more in the text."""
    everything = [n.text for s in body for n in find(s.sentence.text, words)]
    return [n for n in everything if len(n.split()) > 1 and is_person(n, words, not_people)]


def called_so(body: Sequence[Signs], words: NameWords) -> list[Person]:
    """ "Zijn naam is Cor Verhagen", "Sem de Haan heet hij"."""
    before = tuple(f" {p} " for p in words.grammar.phrases.called)
    behind = tuple(f" {p} " for p in words.grammar.phrases.called_behind)
    return [
        Person(n.text)
        for s in body
        for n in find(s.sentence.text, words)
        if fold(s.sentence.text[: n.start]).endswith(before)
        or fold(s.sentence.text[n.end :]).startswith(behind)
    ]


def named_in(
    sentence: Sentence, words: NameWords, not_people: Sequence[str], known: Sequence[str] = ()
) -> list[Person]:
    """The people a sentence names; a single word counts after a relation, a title or "en", or where it is
    the first name of one of `known`."""
    sets = words.grammar.sets
    out: list[Person] = []
    for found in find(sentence.text, words):
        if not is_person(found.text, words, not_people):
            continue
        before = fold(sentence.text[: found.start]).split()
        last = before[-1] if before else ""
        if last in sets.greetings:
            continue
        if len(found.text.split()) == 1:
            follows = (fold(sentence.text[found.end :]).split() or [""])[0]
            joined = last in sets.with_ or last in words.relations or last.rstrip(".") in words.titles
            joined = joined or (last in {"", ",", ":"} and follows in sets.with_ | {","})
            full = [n for n in known if same(n, found.text)]
            if full:
                out.append(Person(full[0]))
                continue
            if last in sets.places or not joined or fold_word(found.text) in words.common:
                continue
        elif last in {"in", "te", "at"}:
            continue
        out.append(Person(found.text, email_after(sentence.text, found.end)))
    return out


def email_after(text: str, end: int) -> str | None:
    """The address that stands right behind a name: "(x@y)", "<x@y>", ", x@y"."""
    found = EMAIL.search(text[end : end + 90])
    between = text[end : end + found.start()] if found else ""
    return found.group() if found and not re.search(r"[^\W_]{3}|;", between.replace("mail", "")) else None


def enumerated(body: Sequence[Signs], words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """Two or more full names in one sentence, where no sentence that asks names anybody."""
    for s in body:
        found = [p for p in named_in(s.sentence, words, not_people) if len(p.name.split()) > 1]
        if len(found) >= 2 and s[Role.INVOLVEMENT] < 1.0:
            return found
    return []


def anywhere(body: Sequence[Signs], words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """Full names in any sentence of the text: "Could you squeeze in one more? It's Caspar Lund"."""
    return [p for s in body for p in named_in(s.sentence, words, not_people) if len(p.name.split()) > 1][:4]


def distinct(people: Sequence[Person]) -> list[Person]:
    out: list[Person] = []
    for person in people:
        twin = next((i for i, p in enumerate(out) if same(p.name, person.name)), None)
        if twin is None and len(out) < MOST_PEOPLE:
            out.append(person)
        elif twin is None:
            break
        else:
            out[twin] = Person(fullest([out[twin].name, person.name]), out[twin].email or person.email)
    return out


def completed(people: Sequence[Person], writer: Writer) -> list[Person]:
    """First names completed by a joint signature: "Gerrit" -> "Gerrit van Dooren"."""
    out: list[Person] = []
    for person in people:
        full = next((n for n in writer.joint if same(n, person.name)), person.name)
        person = replace(person, name=fullest([person.name, full]))
        if not any(fold_name(p.name) == fold_name(person.name) for p in out):
            out.append(person)
    return out
