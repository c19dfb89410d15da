"""Stop 4, people: whom the mail is about, and how many seats that is.

A name counts where it stands: in a sentence that asks for or gives up a seat, in a list or a table, in
a joint signature. The writer counts only where the text says so or nobody else is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading import listing, seats
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.model import Intent
from mailflow.reading.names import EMAIL, find, fold_word, fullest, is_person, same
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence, fold
from mailflow.reading.writer import Writer

_AND_ME = re.compile(
    r" (?:en|and|und|et|plus|&|,) (?:ook )?(?:ik|ikzelf|ik zelf|mijzelf|mezelf|mij|ikke|ondergetekende|i|me|myself|the undersigned|"
    r"ich|mich|moi) | (?:ik|ikzelf|mijzelf|mezelf|mij|i|me|myself|ich|mich|moi|ondergetekende) (?:\S+ ){0,4}(?:en|and|und|et|met|with|mit|avec) |"
    r" (?:wij|we|ons|onszelf|wir|uns|nous|us) | voor mij | for me | (?:ik|i|ich) (?:kom|ben|neem|breng|schuif|bring|come|am|will come|wil komen|komme) "
)
_FOR_OTHERS = re.compile(
    r" (?:ik|wij|i|we|ich|wir|hierbij|bij deze|bij dezen) (?:\S+ ){0,6}(?:aanmelden|opgeven|inschrijven|aan te melden|in te schrijven|register|sign up|anmelden) |"
    r" (?:meld|meldt|geef|schrijf|melden|geven|melde|register|noteer|reserveer) (?:ik|wij|we|u|i|ich) | on behalf of | namens (?!mij|ons|mijzelf)"
)
_STAYS_AWAY = re.compile(
    r" (?:zelf (?:kom|ga|ben|doe|zal|kan|blijf|moet|heb)[^,]{0,40} (?:niet|thuis|weg|naar)|zelf niet|ik zelf niet|ikzelf niet|"
    r"kom zelf niet|ben er zelf niet|ik (?:kom|ga|ben|doe) (?:er )?zelf [^,]{0,20}niet|(?:not|won't) be (?:attending|joining|coming|there)|"
    r"not attending|not (?:coming|come) myself|selbst (?:komme|nehme)[^,]{0,20} nicht|niet ik maar|niet voor (?:mijzelf|mezelf|mij)|"
    r"ik ben alleen het doorgeefluik|ik breng (?:haar|hem) alleen|ik rijd (?:haar|hem)|her assistant|his assistant|i handle) "
)
_PLURAL = frozenset("wij we ons onszelf us ourselves wir uns nous allebei beiden both samen together".split())
_SELF = frozenset(
    "ik mij me mijn ikzelf mezelf mijzelf wij we ons ondergetekende i myself us my ich mich wir uns je nous moi".split()
)
_PLACES = frozenset("in te uit naar at from op".split())
_GREETINGS = frozenset("beste dear dag hallo lieve lieber liebe geachte hoi hi hello bonjour t.a.v".split())


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a mail is about and how many seats. `total`: the number is that of the whole party."""

    people: tuple[Person, ...] = ()
    seats: int | None = 1
    total: bool = False


def party(
    intent: Intent, body: Sequence[Signs], text: str, writer: Writer, words: NameWords, *, not_people: Sequence[str],
    adds: bool = False, replaces: bool = False,
) -> Party:  # fmt: skip
    """Whom it is about. `not_people`: names of projects, places and organisations found in the text."""
    if intent is Intent.REGISTER:
        return _registering(body, text, writer, words, not_people)
    if intent is Intent.CANCEL:
        return _cancelling(body, writer, words, not_people)
    if intent is Intent.CHANGE:
        return _changing(body, text, writer, words, not_people, adds, replaces)
    return Party((), 0)


def _registering(
    body: Sequence[Signs], text: str, writer: Writer, words: NameWords, not_people: Sequence[str]
) -> Party:
    asking = [s for s in body if s[Role.REGISTER] >= 1.0 or s[Role.ADD] >= 1.0] or list(body[:4])
    listed = listing.people_in(text, words, not_people)
    inline = [p for s in asking for p in named_in(s.sentence, words, not_people)]
    if not inline and not listed.people:
        inline = _enumerated(body, words, not_people)
    named = _distinct([*listed.people, *inline])
    others = [p for p in named if not writer.is_called(p.name)]
    attends = _writer_attends(body, asking, listed, named, others, writer)
    people: list[Person] = []
    if attends:
        if len(writer.joint) > 1 and not others:
            people.extend(Person(n) for n in writer.joint)
        elif writer.name:
            people.append(Person(writer.name))
    people.extend(others)
    people = _completed(people, writer)
    unnamed = seats.guests(asking, words)
    least = len(people) + (1 if attends and not writer.name else 0)
    number, total = seats.first_said([s.sentence for s in asking], words)
    if number is None and not listed.people:
        number, total = seats.first_said([s.sentence for s in body if s[Role.REGISTER] > 0], words)
    count = max(1, least + unnamed)
    if number is not None and number >= max(1, least):
        count = number
    return Party(tuple(people), count, total)


def _writer_attends(
    body: Sequence[Signs], asking: Sequence[Signs], listed: listing.Listed, named: Sequence[Person],
    others: Sequence[Person], writer: Writer,
) -> bool:  # fmt: skip
    """Does the writer come along, or only write for others?"""
    if listed.myself or len(others) < len(named) or not others:
        return True
    if any(_STAYS_AWAY.search(s.sentence.folded) for s in body):
        return False
    if listed.people:
        return any(
            _AND_ME.search(s.sentence.folded) and not _FOR_OTHERS.search(s.sentence.folded) for s in asking
        ) and not any(w in _PLURAL for s in asking for w in s.sentence.words)
    return any(_AND_ME.search(s.sentence.folded) and not _only_writes(s.sentence, others) for s in asking)


def _only_writes(sentence: Sentence, others: Sequence[Person]) -> bool:
    """ "Hierbij meld ik mevrouw X aan": the writer writes, and is not one of those."""
    if not _FOR_OTHERS.search(sentence.folded):
        return False
    return not re.search(
        r" (?:mij|mijzelf|mezelf|ikzelf|ons|onszelf|ondergetekende|myself|me|us|mich|uns|moi|nous) ",
        sentence.folded,
    )


def named_in(sentence: Sentence, words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """The people a sentence names; a single word counts after a relation, a title or "en"."""
    out: list[Person] = []
    for found in find(sentence.text, words):
        if not is_person(found.text, words, not_people):
            continue
        before = fold(sentence.text[: found.start]).split()
        last = before[-1] if before else ""
        if last in _GREETINGS:
            continue
        if len(found.text.split()) == 1:
            after = fold(sentence.text[found.end :]).split()[:1]
            joined = (
                last in {"en", "and", "und", "et", ",", ":", "met", "with", "mit", "avec"}
                or last in words.relations
            )
            joined = joined or last.rstrip(".") in words.titles or after in (["en"], ["and"], ["und"], ["et"])
            if last in _PLACES or not joined or fold_word(found.text) in words.common:
                continue
        elif last in {"in", "te", "at"}:
            continue
        out.append(Person(found.text, _email_after(sentence.text, found.end)))
    return out


def _email_after(text: str, end: int) -> str | None:
    """The address that stands right behind a name: "(x@y)", "<x@y>", ", x@y"."""
    found = EMAIL.search(text[end : end + 90])
    between = text[end : end + found.start()] if found else ""
    return found.group() if found and not re.search(r"[^\W_]{3}|;", between.replace("mail", "")) else None


def _enumerated(body: Sequence[Signs], words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """Two or more full names in one sentence, where no sentence that asks names anybody."""
    for s in body:
        found = [p for p in named_in(s.sentence, words, not_people) if len(p.name.split()) > 1]
        if len(found) >= 2 and s[Role.INVOLVEMENT] < 1.0:
            return found
    return []


def _distinct(people: Sequence[Person]) -> list[Person]:
    out: list[Person] = []
    for person in people:
        twin = next((i for i, p in enumerate(out) if same(p.name, person.name)), None)
        if twin is None:
            out.append(person)
        else:
            out[twin] = Person(fullest([out[twin].name, person.name]), out[twin].email or person.email)
    return out


def _completed(people: Sequence[Person], writer: Writer) -> list[Person]:
    """First names completed by a joint signature: "Gerrit" -> "Gerrit van Dooren"."""
    out: list[Person] = []
    for person in people:
        full = next((n for n in writer.joint if same(n, person.name)), person.name)
        person = replace(person, name=fullest([person.name, full]))
        if not any(fold_name(p.name) == fold_name(person.name) for p in out):
            out.append(person)
    return out


def _fuller(
    people: Sequence[Person], body: Sequence[Signs], words: NameWords, not_people: Sequence[str]
) -> list[Person]:
    """A first name said in full elsewhere in the text: "Sem ... Sem de Haan heet hij"."""
    everywhere = [
        n.text for s in body for n in find(s.sentence.text, words) if is_person(n.text, words, not_people)
    ]
    return [
        replace(p, name=fullest([p.name, *(n for n in everywhere if same(n, p.name))]))
        if len(p.name.split()) == 1
        else p
        for p in people
    ]


def _cancelling(body: Sequence[Signs], writer: Writer, words: NameWords, not_people: Sequence[str]) -> Party:
    giving = (
        [s for s in body if s[Role.CANCEL] >= 1.0]
        or [s for s in body if s[Role.CANCEL] > 0]
        or list(body[:2])
    )
    sentences = [s.sentence for s in giving]
    named = _fuller(
        _distinct([p for s in sentences for p in named_in(s, words, not_people)]), body, words, not_people
    )
    others = [p for p in named if not writer.is_called(p.name)]
    plural = any(w in _PLURAL for s in sentences for w in s.words)
    with_me = any(
        _AND_ME.search(s.folded) and " en " in s.folded + " and " for s in sentences
    ) and not _leaves(sentences)
    people: list[Person] = []
    if plural and len(writer.joint) > 1 and not others:
        people = [Person(n) for n in writer.joint]
    elif writer.name and (not others or (with_me and _me_too(sentences))):
        people = [Person(writer.name)]
    people.extend(others)
    people = _completed(people, writer)
    less = seats.difference(sentences, words)
    if less is not None and less < 0:
        return Party(tuple(others) if others else (), -less)
    number, _ = seats.first_said(sentences, words)
    unnamed = (
        sum(len(re.findall(r" (?:en|and) (?:mijn|m'n|mn|my) \S+ ", s.folded)) for s in sentences)
        if not others
        else 0
    )
    if number is not None and number >= max(1, len(people)):
        return Party(tuple(people), number)
    if plural and len(people) < 2 and not unnamed:
        return Party((), None) if not others else Party(tuple(people), len(people))
    return Party(tuple(people), max(1, len(people) + unnamed))


def _me_too(sentences: Sequence[Sentence]) -> bool:
    return any(
        re.search(
            r" (?:en|and|und|et) (?:ik|mij|ikzelf|i|me|ich|mich|moi|ondergetekende|myself|mijzelf) | (?:ik|i) en | (?:mij|me) en ",
            s.folded,
        )
        for s in sentences
    )


def _leaves(sentences: Sequence[Sentence]) -> bool:
    """ "Ik kom wel": the writer stays."""
    return any(
        re.search(r" (?:ik|i) (?:kom|come|blijf) (?:\S+ )?(?:wel|still|gewoon) ", s.folded) for s in sentences
    )


def _changing(
    body: Sequence[Signs], text: str, writer: Writer, words: NameWords, not_people: Sequence[str], adds: bool, replaces: bool
) -> Party:  # fmt: skip
    coming = [s for s in body if s[Role.ADD] >= 1.0 or s[Role.REPLACE] >= 1.0 or s[Role.CHANGE] >= 1.0]
    sentences = [s.sentence for s in coming]
    listed = listing.people_in(text, words, not_people) if adds or replaces else listing.Listed()
    named = _distinct([*listed.people, *(p for s in sentences for p in named_in(s, words, not_people))])
    others = [p for p in _fuller(named, body, words, not_people) if not writer.is_called(p.name)]
    me = (Person(writer.name),) if writer.name else ()
    if replaces:
        return Party(tuple(others[:1]) or me, 0)
    if adds:
        if not others:
            others = [p for p in _enumerated_near(body, words, not_people) if not writer.is_called(p.name)]
        more = seats.difference(sentences, words)
        if more is not None and more > 0:
            return Party(tuple(others) or me, more)
        number, total = seats.first_said(sentences, words)
        everyone = any(seats.is_total(s.sentence) for s in body)
        if number is not None and (total or everyone) and number > len(others):
            number = max(len(others), number - 1)
        count = max(len(others) + seats.guests(coming, words), number or 0)
        return Party(tuple(others) or me, count)
    return Party(me, 0)


def _enumerated_near(body: Sequence[Signs], words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """Full names in any sentence of the text: "Could you squeeze in one more? It's Caspar Lund"."""
    return [p for s in body for p in named_in(s.sentence, words, not_people) if len(p.name.split()) > 1][:4]
