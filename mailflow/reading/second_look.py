"""Stop 4, the second look: a mail that only words gave for a machine's is read all the same.

Words withhold an answer, never a record. Two witnesses are heard, the gate's words and the reader; where the
reader is sure that a person asks for something, the mail passes; where it is not, a person decides. A mail
that names itself a machine's never passes, and no doubtful leaving gives up a seat by itself.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.reading import machine_words
from mailflow.reading.lexicon import Lexicon, Role
from mailflow.reading.model import Intent, Kind, Reading, Verdict
from mailflow.reading.names import EMAIL
from mailflow.reading.roles import Signs, read_signs
from mailflow.reading.sentences import split

CLEAR = 0.6  # confidence from which a wish passes
CLEARER = 0.8  # where the words are a receipt's or a newsletter's, which speak of registering too
CLEAREST = 0.9  # for what costs a seat, and where a machine names itself
TORN = "it reads like an automatic answer, and like a person's"

_WISHES = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE})
_OF_A_WISH = (Role.REGISTER, Role.CANCEL, Role.CHANGE, Role.ADD, Role.REPLACE, Role.QUESTION, Role.DOUBT)
_OF_ABSENCE = frozenset({machine_words.BY_ABSENCE, machine_words.PERHAPS})


def by_words(verdict: Verdict) -> bool:
    """Whether words alone speak against an answer."""
    return verdict.reason in machine_words.SURE | machine_words.SOFT


def settled(person: Reading, verdict: Verdict, lexicon: Lexicon) -> Reading | None:
    """`person`, the mail as read for a person's: passed, or kept for one to decide. None: a machine's."""
    held = replace(person, may_auto_answer=False, reason=verdict.reason)
    own = _of_self(person, lexicon)
    if person.kind is not Kind.HUMAN:  # the second witness says the same
        wants = any(s.says_i and s[role] >= 1.0 for s in own or () for role in (Role.REGISTER, Role.CANCEL))
        return (
            replace(held, kind=Kind.HUMAN, intent=Intent.UNCLEAR)
            if wants and verdict.reason in _OF_ABSENCE
            else None
        )
    if verdict.reason == machine_words.BY_ABSENCE and _sends_all_away(person, own, lexicon):
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


def _sends_all_away(person: Reading, own: list[Signs] | None, lexicon: Lexicon) -> bool:
    """Whether a text of absence, in which no wish was found, gives the address of somebody else, and asks
    and says nothing of coming: a third witness for a notice. A person who is away writes for a reason."""
    if person.intent is not Intent.UNCLEAR or person.answers is not None:
        return False
    if own is None or machine_words.speaks(person.reply_text, lexicon.triage):
        return False
    return not any(s[role] >= 1.0 for s in own for role in _OF_A_WISH)


def _of_self(person: Reading, lexicon: Lexicon) -> list[Signs] | None:
    """The sentences that do not send the reader to an address; None where all are such or none is."""
    said = read_signs(split(person.reply_text), lexicon, person.language)
    own = [s for s in said if not EMAIL.search(s.sentence.text)]
    return own if 0 < len(own) < len(said) else None


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
