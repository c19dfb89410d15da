"""Stop 4, people: whom the mail is about, and how many seats that is.

A name counts where it stands: in a sentence that asks for or gives up a seat, in a list or a table, in
a joint signature. The writer counts only where the text says so or nobody else is named.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading import listing, seats
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.model import Intent
from mailflow.reading.names import same
from mailflow.reading.naming import called_so, completed, distinct, enumerated, full_names, named_in
from mailflow.reading.party import Party
from mailflow.reading.regrouping import changing, leaving
from mailflow.reading.roles import Signs
from mailflow.reading.writer import Writer

__all__ = ["Party", "party"]


def party(
    intent: Intent, body: Sequence[Signs], text: str, writer: Writer, words: NameWords, *,
    not_people: Sequence[str], adds: bool = False, replaces: bool = False,
) -> Party:  # fmt: skip
    """Whom it is about. `not_people`: names of projects, places and organisations found in the text."""
    match intent:
        case Intent.REGISTER:
            return registering(body, text, writer, words, not_people)
        case Intent.CANCEL:
            return leaving(body, writer, words, not_people)
        case Intent.CHANGE:
            return changing(body, text, writer, words, not_people, adds=adds, replaces=replaces)
        case _:
            return Party((), 0)


def registering(
    body: Sequence[Signs], text: str, writer: Writer, words: NameWords, not_people: Sequence[str]
) -> Party:
    """Those to be seated, the writer first if coming along; company without a name counts as a seat."""
    asking = [s for s in body if s[Role.REGISTER] >= 1.0 or s[Role.ADD] >= 1.0] or list(body[:4])
    known = full_names(body, words, not_people)
    listed = listing.people_in(text, words, not_people)
    inline = [p for s in asking for p in named_in(s.sentence, words, not_people, known)]
    inline += called_so(body, words)
    if not inline and not listed.people:
        inline = enumerated(body, words, not_people)
    named = distinct([*listed.people, *inline])
    others = [p for p in named if not writer.is_called(p.name)]
    attends = (
        listed.myself or len(others) < len(named) or writer_attends(body, asking, bool(listed.people), others)
    )
    people: list[Person] = []
    if attends and len(writer.joint) > 1 and not others:
        people.extend(Person(n) for n in writer.joint)
    elif attends and writer.name:
        people.append(Person(writer.name))
    people = completed([*people, *others], writer)
    least = len(people) + (1 if attends and not writer.name else 0)
    number, total = seats.first_said([s.sentence for s in asking], words)
    if number is None and not listed.people:
        wider = [s.sentence for s in body if s[Role.REGISTER] > 0 and s[Role.INVOLVEMENT] < 1.0]
        number, total = seats.first_said(wider, words)
    # "Mijn man en ik" signed by both: he has a name already; so has who is called so in the next sentence.
    guests = max(0, seats.guests(asking, words) - len(called_so(body, words)))
    if attends and len(writer.joint) > 1 and all(any(same(p.name, n) for n in writer.joint) for p in others):
        guests = max(0, guests - len(writer.joint) + 1)
    count = max(1, least + guests)
    company = None if total else seats.besides([s.sentence for s in asking], words)
    if company is not None:
        more, before = company
        named_before = sum(fold_name(p.name).split()[0] in before.split() for p in others if p.name)
        base = int(attends) + (named_before if attends else max(1, named_before))
        count = max(least, base + more + guests)
    elif number is not None and number >= max(1, least):
        count = number
    return Party(tuple(people), count, total)


def writer_attends(
    body: Sequence[Signs], asking: Sequence[Signs], in_a_list: bool, others: Sequence[Person]
) -> bool:
    """Does the writer come along, or only write for others?"""
    away = any(s[Role.STAYS_AWAY] >= 1.0 for s in body)
    named_too = any(s[Role.AND_ME] >= 1.0 for s in asking)  # "en ik", "voor mij en ..."
    speaks = any(s[Role.AND_ME] > 0 and s[Role.FOR_OTHERS] < 1.0 for s in asking)  # "ik kom", "wij"
    if not others:
        relative = any(s[Role.RELATIVE] >= 1.0 for s in asking if s[Role.REGISTER] >= 1.0)
        return not (relative and (away or not (named_too or speaks)))
    if away:
        return False
    if in_a_list and not named_too:
        return speaks and not any(s.says_we for s in asking)
    return named_too or speaks
