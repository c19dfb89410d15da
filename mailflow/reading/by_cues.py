"""Stop 4, third step: what a mail wants by its word lists alone.

That follows from the cues of all its sentences and from which of our mails it answers. Where nothing
decides, or two things contradict each other, it is `unclear`. It is one voice, and readable; the model
(intent.py) hears it among others and has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.reading.lexicon import Role
from mailflow.reading.model import Asked, Intent
from mailflow.reading.roles import WEAK, Signs
from mailflow.reading.together import (
    SHORT,
    asks,
    asks_openly,
    is_doubt,
    is_nothing_else,
    is_of_others,
    is_of_the_writer,
    only_thanks,
    speaks_of_self,
)

FEW = 4  # sentences of a short mail
OF_OTHERS = "speaks of signing up, not of the writer"


REGISTERED = frozenset(
    {Asked.CONFIRMATION, Asked.WAITLIST, Asked.OFFER, Asked.INVOLVEMENT, Asked.NUMBER, Asked.REMINDER}
)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the mail wants, how sure that is, why (for a person), and the words that decided."""

    intent: Intent
    confidence: float
    reason: str | None = None
    words: str = ""
    answers: str | None = None
    has_question: bool = False
    replaces: bool = False
    adds: bool = False
    question: str = ""  # what a person has to answer, where the mail also wants something else


def _best(all_signs: list[Signs], role: Role) -> float:
    return max((s[role] for s in all_signs), default=0.0)


def _total(all_signs: list[Signs], role: Role) -> float:
    return sum(s[role] for s in all_signs)


def _words_of(all_signs: list[Signs], *roles: Role) -> str:
    strong = [s.sentence.text for s in all_signs if any(s[r] >= 1.0 for r in roles)]
    weak = [s.sentence.text for s in all_signs if any(s[r] > 0 for r in roles)]
    return " … ".join((strong or weak)[:2])[:300]


def conclude(
    body: list[Signs], subject: list[Signs], asked: Asked, *, only_attachment: bool = False
) -> Conclusion:
    """What the mail wants, from the roles of its sentences and the mail it answers."""
    followed = [*body[1:], None]
    questions = [
        s.sentence.text
        for s, after in zip(body, followed, strict=False)
        if asks(s) and not (after and after[Role.NO_QUESTION] >= 1.0 and len(after.sentence.words) <= 4)
    ]
    decision = _decide(body, subject, asked, bool(questions), only_attachment)
    return Conclusion(
        intent=decision.intent,
        confidence=decision.confidence,
        reason=decision.reason,
        words=decision.words,
        question=" … ".join(questions[:2])[:300],
        answers=decision.answers,
        has_question=decision.intent is Intent.QUESTION or (bool(questions) and decision.intent in _SEATED),
        replaces=decision.replaces,
        adds=decision.adds,
    )


_SEATED = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE})


def _decide(
    body: list[Signs], subject: list[Signs], asked: Asked, questions: bool, only_attachment: bool
) -> Conclusion:
    if not body:
        return _from_subject(subject, only_attachment)
    auto, other = _total(body, Role.AUTO), _total(body, Role.OTHER)
    register, cancel = _best(body, Role.REGISTER), _best(body, Role.CANCEL)
    doubt = _best(body, Role.DOUBT)
    words = sum(len(s.sentence.words) for s in body)
    # A machine's words decide only where nothing in the text is a person's wish.
    if auto >= 2.0 or (auto >= 1.0 and register < 1.0 and cancel < 1.0 and not questions):
        return Conclusion(
            Intent.AUTO_REPLY, 0.8, "reads like an automatic answer", _words_of(body, Role.AUTO)
        )
    if (asked in REGISTERED or asked is Asked.INVITATION) and (bare := _bare_answer(body, asked, words)):
        return bare
    earlier = asked in REGISTERED or _best(body, Role.EARLIER) >= 1.0
    if other >= 2.0 and not speaks_of_self(body, Role.REGISTER, Role.CANCEL, Role.CHANGE):
        return Conclusion(Intent.OTHER, 0.7, None, _words_of(body, Role.OTHER))
    if wish := _wish(body, asked, earlier, questions):
        return wish
    if other >= 1.0 and register < 1.0 and cancel < 1.0 and not questions:
        return Conclusion(Intent.OTHER, 0.7, None, _words_of(body, Role.OTHER))
    if doubt >= 1.0 or questions:
        return Conclusion(Intent.QUESTION, 0.75, None, _words_of(body, Role.DOUBT, Role.QUESTION))
    if asked is Asked.INVOLVEMENT and only_thanks(body, words):
        return Conclusion(Intent.OTHER, 0.7, None, _words_of(body, Role.THANKS))
    if asked is Asked.INVOLVEMENT:
        return Conclusion(Intent.CHANGE, 0.8, None, _words_of(body, Role.INVOLVEMENT))
    if (
        asked in REGISTERED
        and not _best(body, Role.THANKS)
        and any(s[Role.INVOLVEMENT] >= 1.0 and (words > SHORT or s.says_i) for s in body)
    ):
        return Conclusion(Intent.CHANGE, 0.5, None, _words_of(body, Role.INVOLVEMENT))
    if asked is Asked.NUMBER:
        return Conclusion(Intent.CHANGE, 0.6, None, body[0].sentence.text[:300])
    by_subject = _from_subject(subject, only_attachment=False)
    if by_subject.intent in _SEATED and (not earlier or by_subject.intent is not Intent.REGISTER):
        return by_subject
    if _best(body, Role.THANKS) >= 1.0 and words < 60 and register < WEAK * 2:
        return Conclusion(Intent.OTHER, 0.6, None, _words_of(body, Role.THANKS))
    return Conclusion(Intent.UNCLEAR, 0.3, "no sentence says what is wanted", body[0].sentence.text[:300])


def _from_subject(subject: list[Signs], only_attachment: bool) -> Conclusion:
    """A mail without a text of its own, or whose text does not decide."""
    for role, intent in (
        (Role.CANCEL, Intent.CANCEL),
        (Role.CHANGE, Intent.CHANGE),
        (Role.REGISTER, Intent.REGISTER),
    ):
        if _best(subject, role) >= (1.0 if role is not Role.REGISTER else WEAK):
            if any(asks(s) or s[Role.DOUBT] >= 1.0 for s in subject):
                return Conclusion(Intent.QUESTION, 0.6, None, _words_of(subject, role))
            return Conclusion(intent, 0.6, None, _words_of(subject, role))
    if any(asks(s) for s in subject) or only_attachment:
        return Conclusion(Intent.QUESTION, 0.6, None, _words_of(subject, Role.QUESTION))
    return Conclusion(Intent.UNCLEAR, 0.2, "there is no text that says what is wanted")


def _bare_answer(body: list[Signs], asked: Asked, words: int) -> Conclusion | None:
    """A yes or no that means nothing without our question, or None."""
    first = next((s for s in body[:2] if s[Role.YES] or s[Role.NO]), body[0])
    rest = [s for s in body if s[Role.REGISTER] >= 1.0 or s[Role.CANCEL] >= 1.0 or s[Role.ADD] >= 1.0]
    said = first[Role.YES] - first[Role.NO]
    if said > 0 and asked in REGISTERED and asked is not Asked.NUMBER and is_nothing_else(body, words):
        # Whatever else our mail asked: a bare yes may accept the seat it offered.
        reason = "a yes whose meaning hangs on our question"
        return Conclusion(Intent.UNCLEAR, 0.5, reason, first.sentence.text[:300], "yes")
    if asked in {Asked.INVOLVEMENT, Asked.NUMBER}:
        return None
    if words > 30 or not said or (first[Role.YES] and first[Role.NO]):
        return None
    if said > 0 and not any(s[Role.CANCEL] >= 1.0 for s in body) and not any(asks(s) for s in body):
        if asked is Asked.INVITATION:
            return Conclusion(Intent.REGISTER, 0.85, None, first.sentence.text[:300], answers="yes")
        if asked is Asked.CONFIRMATION:
            if rest or any(s[Role.CHANGE] >= 1.0 or s[Role.INVOLVEMENT] >= 1.0 for s in body):
                return None
            if any(s[Role.THANKS] >= 1.0 for s in body):
                return Conclusion(Intent.OTHER, 0.75, None, _words_of(body, Role.THANKS))
            if len(first.sentence.words) > SHORT:
                return None
        return Conclusion(
            Intent.UNCLEAR, 0.5, "a yes whose meaning hangs on our question", first.sentence.text[:300], "yes"
        )
    if first[Role.CANCEL] >= 1.0 and asked is not Asked.OFFER:
        return None  # says in full what it gives up
    if said < 0 and first[Role.CHANGE] >= 1.0 and first[Role.CANCEL] < WEAK * 2:
        return None  # "sorry, het moet 3 personen zijn"
    if said < 0 and not any(s[Role.REGISTER] >= 1.0 or s[Role.CHANGE] >= 1.0 for s in body[1:]):
        if asked is Asked.CONFIRMATION:
            if words > SHORT:
                return None
            return Conclusion(
                Intent.UNCLEAR,
                0.5,
                "a no whose meaning hangs on our question",
                first.sentence.text[:300],
                "no",
            )
        if asked is Asked.OFFER or (words <= SHORT * 2):
            return Conclusion(Intent.CANCEL, 0.7, None, first.sentence.text[:300], "no")
    return None


def _wish(body: list[Signs], asked: Asked, earlier: bool, questions: bool) -> Conclusion | None:
    """Registers, cancels or changes, where the sentences say so without contradiction."""
    known = earlier or asked in REGISTERED
    registers = [s for s in body if _requests(s, Role.REGISTER, known)]
    cancels = [s for s in body if _requests(s, Role.CANCEL, known)]
    both = [s for s in body if s[Role.CANCEL] >= 1.0 and s[Role.REGISTER] >= 1.0]
    changes = [s for s in body if s[Role.CHANGE] >= 1.0]
    replaces = [s for s in body if s[Role.REPLACE] >= 1.0 and not asks_openly(s)]
    adds = [s for s in body if s[Role.ADD] >= 1.0 and not asks_openly(s)]
    doubts = [s for s in body if is_doubt(s)]
    if replaces and (known or cancels or both or not registers):
        return Conclusion(Intent.CHANGE, 0.85, None, _words_of(replaces, Role.REPLACE), replaces=True)
    # "Mijn man komt niet" is no contradiction; "ik kom niet" is one, unless a letter tells a long story.
    gives_up_own = cancels and registers and not known and any(is_of_the_writer(s) for s in cancels)
    if gives_up_own and (len(body) <= FEW or not any(is_of_the_writer(s) for s in registers)):
        words = _words_of([*registers, *cancels], Role.REGISTER, Role.CANCEL)
        return Conclusion(Intent.UNCLEAR, 0.4, "takes a seat and gives one up", words)
    elsewhere = any(s[Role.ELSEWHERE] > 0 for s in body)
    if cancels and elsewhere and asked not in REGISTERED:
        words = _words_of(cancels, Role.CANCEL)
        return Conclusion(Intent.UNCLEAR, 0.4, "gives up something, perhaps not a seat", words)
    if cancels and (known or not registers):
        if not known and (doubts or questions):
            return Conclusion(
                Intent.UNCLEAR, 0.4, "gives up a seat, or only may", _words_of(cancels, Role.CANCEL)
            )
        return Conclusion(Intent.CANCEL, 0.85 if known else 0.7, None, _words_of(cancels, Role.CANCEL))
    if asked is Asked.INVOLVEMENT and not only_thanks(body, sum(len(s.sentence.words) for s in body)):
        if questions and not any(s[Role.INVOLVEMENT] >= 1.0 for s in body):
            return None
        return Conclusion(Intent.CHANGE, 0.85, None, _words_of(body, Role.INVOLVEMENT, Role.CHANGE))
    if known and (adds or changes):
        return Conclusion(Intent.CHANGE, 0.8, None, _words_of(body, Role.ADD, Role.CHANGE), adds=bool(adds))
    if both and not registers:
        return Conclusion(
            Intent.UNCLEAR, 0.4, "one sentence both takes and gives up a seat", _words_of(both, Role.CANCEL)
        )
    if registers:
        if not known and is_of_others(body, registers):
            return Conclusion(Intent.UNCLEAR, 0.4, OF_OTHERS, _words_of(registers, Role.REGISTER))
        if doubts and not known and (questions or len(doubts) >= len(registers)):
            return Conclusion(Intent.QUESTION, 0.7, None, _words_of(doubts, Role.DOUBT))
        if asked in {Asked.WAITLIST, Asked.OFFER, Asked.REMINDER}:
            reason = "a yes whose meaning hangs on our question"
            return Conclusion(Intent.UNCLEAR, 0.5, reason, _words_of(registers, Role.REGISTER), answers="yes")
        if asked in REGISTERED:
            return Conclusion(Intent.CHANGE, 0.5, None, _words_of(registers, Role.REGISTER))
        return Conclusion(
            Intent.REGISTER, 0.6 if earlier else 0.85, None, _words_of(registers, Role.REGISTER)
        )
    if changes and not questions:
        return Conclusion(Intent.CHANGE, 0.6, None, _words_of(changes, Role.CHANGE))
    return None


def _requests(s: Signs, role: Role, known: bool) -> bool:
    """Does this sentence take (or give up) a seat: now, without a condition, not as an open question?"""
    if s[role] < 1.0 or is_doubt(s) or asks_openly(s):
        return False
    if s[Role.OTHER] >= 1.0:
        return False
    if role is Role.REGISTER:
        return s[Role.CANCEL] < 1.0 and s[Role.EARLIER] < 1.0
    return s[Role.REGISTER] < 1.0 or known
