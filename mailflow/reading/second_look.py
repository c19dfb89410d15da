"""Stop 4, the second look: a mail that only words gave for a machine's is read all the same.

Words withhold an answer, never a record. Two witnesses are heard, the gate's words and the reader; where the
reader is sure that a person asks for something, the mail passes; where it is not, a person decides. A mail
that names itself a machine's never passes, and no doubtful leaving gives up a seat by itself.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.reading import machine_words
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Intent, Kind, Reading, Verdict

CLEAR = 0.6  # confidence from which a wish passes
CLEARER = 0.85  # where the words are a receipt's or a newsletter's, which speak of registering too
CLEAREST = 0.9  # for what costs a seat, and where a machine names itself
TORN = "it reads like an automatic answer, and like a person's"

_WISHES = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE})
_OF_ABSENCE = frozenset({machine_words.BY_ABSENCE, machine_words.PERHAPS})


def by_words(verdict: Verdict) -> bool:
    """Whether words alone speak against an answer."""
    return verdict.reason in machine_words.SURE | machine_words.SOFT


def settled(person: Reading, verdict: Verdict, lexicon: Lexicon) -> Reading | None:
    """`person`, the mail as read for a person's: passed, or kept for one to decide. None: a machine's."""
    held = replace(person, may_auto_answer=False, reason=verdict.reason)
    if person.kind is not Kind.HUMAN:  # the second witness says the same
        return None
    if _passes(person, verdict) and not _points_elsewhere(person, lexicon):
        return person
    wishes = person.intent in _WISHES
    if verdict.reason in _OF_ABSENCE:
        asks = person.intent is Intent.QUESTION and person.confidence >= CLEAR / 2
        unclear = person.intent is Intent.UNCLEAR and person.language is not None
        return held if wishes or asks or unclear or verdict.kind is Kind.HUMAN else None
    return held if wishes and person.confidence >= CLEAREST else None


def _passes(person: Reading, verdict: Verdict) -> bool:
    if verdict.reason in machine_words.SURE:
        return False
    if person.intent is Intent.REGISTER:
        return person.confidence >= (CLEAR if verdict.reason in _OF_ABSENCE else CLEARER)
    if verdict.reason not in _OF_ABSENCE:
        return False
    if person.intent is Intent.CANCEL:
        return person.confidence >= CLEAREST
    if person.intent in {Intent.CHANGE, Intent.QUESTION}:
        return person.confidence >= CLEAR
    return person.answers is not None


def _points_elsewhere(person: Reading, lexicon: Lexicon) -> bool:
    """Whether the question is everybody's ("Need help?"), or the deciding words send the reader to somebody
    else ("to register, contact Ann"); for a leaving, whether any words do: no seat is given up for that."""
    if person.intent is Intent.QUESTION:
        return not machine_words.of_self(person.words, lexicon.triage)
    said = person.reply_text if person.intent is Intent.CANCEL else person.words
    return machine_words.turns_away(said, lexicon.triage)


def torn(person: Reading, lexicon: Lexicon) -> Reading:
    """The mail as read where the gate saw nothing: what the reader alone takes for a notice, though somebody
    speaks of coming in it, is for a person to decide."""
    if person.kind is not Kind.AUTO_REPLY or not machine_words.speaks(person.reply_text, lexicon.triage):
        return person
    return replace(person, kind=Kind.HUMAN, intent=Intent.UNCLEAR, may_auto_answer=False, reason=TORN)


def undecided(reading: Reading) -> bool:
    """Whether it is for a person to decide whether a person wrote this."""
    of_words = reading.reason == TORN or reading.reason in machine_words.SOFT
    return reading.kind is Kind.HUMAN and reading.intent is Intent.UNCLEAR and of_words
