"""Stop 4, whom the mail is about: the writer, the others, their organisation, and how many seats that is.

First by rules (people.py), then each name is weighed (attending.py), and the seats follow the people
unless a number was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.core.model import Event
from mailflow.reading import listing, names, organisation, people, seats, writer
from mailflow.reading.attending import Case, attending
from mailflow.reading.by_cues import Conclusion
from mailflow.reading.lexicon import Decider, Lexicon, NameWords
from mailflow.reading.listing import with_table
from mailflow.reading.model import Asked, Intent, Mail, Parts
from mailflow.reading.party import Party
from mailflow.reading.roles import Signs
from mailflow.reading.sentences import Sentence, fold
from mailflow.reading.writer import Writer

_SIGNED = 3  # lines of a signature in which the office stands


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and for which organisation."""

    writer: Writer
    organisation: str | None


def sender_of(mail: Mail, parts: Parts, sentences: Sequence[Sentence], lexicon: Lexicon) -> Sender:
    """By header, signature and text."""
    words, device = lexicon.names, lexicon.quotes.endings.devices
    signature = [line for line in parts.signature.split("\n") if line.strip() and not device.match(line)]
    shown, address = (mail.sender.name, mail.sender.email) if mail.sender else ("", "")
    display = names.display_name(shown, address, words) if mail.sender else ""
    author = writer.writer_of(display, signature, tuple(sentences), words, address)
    said = fold(" ".join([shown, *signature[:_SIGNED]])).split()
    author = replace(author, office=not words.grammar.sets.office.isdisjoint(said))
    where = (
        organisation.from_sentences(sentences, words)
        or organisation.from_signature(signature, words)
        or (organisation.from_display_name(shown, words) if mail.sender else None)
        or organisation.of_the_domain(signature, address)
        or organisation.at_the_end(parts.new, author.name, words)
        or organisation.named_below(signature, author.name, words)
        or organisation.belonging(sentences, words)
        or organisation.anywhere(sentences, words)
    )
    return Sender(author, where)


def case_of(
    sender: Sender,
    decision: Conclusion,
    asked: Asked,
    body: Sequence[Signs],
    subject: Sequence[Signs],
    parts: Parts,
    event: Event,
    lexicon: Lexicon,
) -> Case:
    """What is known before the people are weighed."""
    words = lexicon.names
    not_people = [n for p in event.projects for n in (p.name, p.place) if n]
    not_people += [n for n in (event.name, sender.organisation) if n]
    settled = [s.settled() for s in body or subject]
    text = with_table(parts)
    by_rules = people.party(
        decision.intent, settled, text, sender.writer, words,
        not_people=not_people, adds=decision.adds, replaces=decision.replaces,
    )  # fmt: skip
    listed = listing.people_in(text, words, not_people).people
    return Case(
        decision.intent, asked, settled, subject, sender.writer, by_rules, listed, not_people,
        lexicon.names_of(event),
    )  # fmt: skip


def party_of(case: Case, words: NameWords, decider: Decider) -> Party:
    """Whom it is about and how many seats that is; nobody where nothing is asked for."""
    if case.intent not in {Intent.REGISTER, Intent.CANCEL, Intent.CHANGE}:
        return Party((), 0)
    by_rules = case.by_rules
    if by_rules.people and not any(p.name for p in by_rules.people):
        return by_rules  # so many leave, and nobody is named
    chosen = attending(case, words, decider.concepts, decider.people)
    count = by_rules.seats
    if count is None or (case.intent == Intent.CHANGE and not count):
        return Party(chosen, count, by_rules.total)
    if count == len(by_rules.people):  # nobody without a name, and no number that was said
        number, _ = seats.first_said([s.sentence for s in case.body], words)
        count = len(chosen) if number != count else count
    least = len(chosen) if case.intent == Intent.REGISTER else 0
    return Party(chosen, max(1, count, least), by_rules.total)
