"""Stop 4, third step: what the mail wants, and how sure that is.

First every sentence is weighed: what it is likely to do (register, cancel, ask ...), by its words, by
what they mean and by what the word lists found in it. Then the mail: what its sentences come to, what
the word lists conclude, which of our mails it answers. Both weighings are sums (weights.py), so every
decision can be shown with its reasons.

The last word has the price of being wrong: to drop a wish in silence, to give up a seat that nobody gave
up, to seat somebody who did not ask is far worse than one question back. So of all that could be said
the mail is taken for what is cheapest to be wrong about, and `unclear` is one of those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mailflow.reading import features
from mailflow.reading.by_cues import OF_OTHERS, REGISTERED, Conclusion, conclude
from mailflow.reading.features import INTENTS, ROLES, Place, Setting
from mailflow.reading.lexicon import Decider, Role
from mailflow.reading.model import Asked, Intent
from mailflow.reading.roles import Signs
from mailflow.reading.together import asks_openly
from mailflow.reading.weights import likely, shares

ASK_BACK = "unclear"
_ASKING_COSTS = 1.5
# Chance from which a question in a mail that wants something else needs a person. Who registers asks for it
# plainly; a change is often asked for politely, and that is no question.
_A_QUESTION = 0.5
_A_QUESTION_BESIDES = 0.15
_ASKS = 0.3  # chance of a sentence's role below which nobody asks for a seat
_PLAINLY = 0.7  # ... and from which somebody does without a doubt
_SURE_OF_NOTHING = 0.88  # chance of no wish from which the word lists' contrary word counts no more
_HALF = 0.5
_WITNESSED = 0.65  # chance from which what both the model and the word lists say is taken for that
_WRONG_COSTS = 2.0  # a wrong answer that the writer sees and corrects
# What it costs to take a mail that is (first) for what it is not (second), where that is more or less.
_PRICES: Mapping[str, Mapping[str, float]] = {
    "register": {"cancel": 8, "other": 8, "auto_reply": 8, "no": 8, "yes": 1},
    "cancel": {"register": 6, "other": 8, "auto_reply": 8, "yes": 6, "no": 0.5, "question": 3},
    "change": {"cancel": 7, "other": 8, "auto_reply": 8, "no": 6},
    "question": {"register": 6, "cancel": 7, "other": 8, "auto_reply": 8, "no": 6, "yes": 3},
    "other": {"register": 6, "cancel": 6, "no": 5, "yes": 3, "question": 1.2, "auto_reply": 0.3},
    "auto_reply": {"register": 6, "cancel": 6, "no": 5, "yes": 5, "other": 0.3},
    "yes": {"cancel": 8, "no": 8, "other": 4, "auto_reply": 6, "register": 1.5},
    "no": {"register": 8, "yes": 8, "cancel": 0.5, "other": 4, "auto_reply": 6},
}  # fmt: skip


def weigh(part: Sequence[Signs], setting: Setting, decider: Decider, *, in_subject: bool) -> list[Signs]:
    """The sentences of the body, or of the subject, with what the model holds of each."""
    places = Place.all(len(part), setting, in_subject=in_subject)
    return [_weighed(s, place, decider) for s, place in zip(part, places, strict=True)]


def _weighed(signs: Signs, place: Place, decider: Decider) -> Signs:
    found = features.of_sentence(signs, place, decider.concepts)
    sums = decider.sentences.sums(found.all, len(found.all) ** -0.5)
    chances = {name: likely(s) for name, s in zip(decider.sentences.outputs, sums, strict=True)}
    return replace(signs, chances=chances, seen=found)


def decide(
    body: Sequence[Signs],
    subject: Sequence[Signs],
    asked: Asked,
    decider: Decider,
    *,
    only_attachment: bool = False,
) -> Conclusion:
    """What the mail wants, from its weighed sentences and the mail it answers."""
    by_cues = conclude(list(body), list(subject), asked, only_attachment=only_attachment)
    if not body and not subject:
        return by_cues
    chances = chances_of(body, subject, asked, by_cues, decider)
    taken_for = cheapest(chances)
    if taken_for == ASK_BACK and _takes_a_seat(chances, [*body, *subject], by_cues):
        taken_for = Intent.REGISTER.value
    if _contradicts(taken_for, chances.get(taken_for, 0.0), by_cues) or (
        taken_for == Intent.REGISTER
        and by_cues.intent is not Intent.REGISTER
        and asked is Asked.NOTHING
        and not _asks([*body, *subject])
    ):
        taken_for = ASK_BACK
    if taken_for == Intent.CANCEL and not _gives_up([*body, *subject], said=by_cues.intent is Intent.CANCEL):
        taken_for = ASK_BACK
    return _concluded(taken_for, chances, body, subject, asked, by_cues)


def stays(found: Conclusion, body: Sequence[Signs]) -> Conclusion:
    """The decision where the writer says that nothing changes: nothing is asked, unless a sentence seems
    to take a seat, or to give one up, all the same."""
    if found.answers is not None or found.question:
        return found
    gives = any(s.likely("cancel") >= _HALF and s[Role.STAYS] < 1.0 for s in body)
    if gives or any(s.likely("register") >= _HALF for s in body):
        reason = "gives up a seat, and keeps it"
        return replace(found, intent=Intent.UNCLEAR, confidence=min(found.confidence, 0.4), reason=reason)
    return replace(found, intent=Intent.OTHER, confidence=0.6, reason=None)


def chances_of(
    body: Sequence[Signs], subject: Sequence[Signs], asked: Asked, by_cues: Conclusion, decider: Decider
) -> dict[str, float]:
    """How likely each intent is; they add up to 1."""
    whole = features.of_whole([*body, *subject])
    odds = dict(zip(INTENTS, decider.texts.sums(whole, len(whole) ** -0.5), strict=True))
    sums = decider.mails.weighted(features.of_mail(body, subject, asked, by_cues, odds))
    return dict(zip(decider.mails.outputs, shares(sums), strict=True))


def price(is_: str, taken_for: str) -> float:
    """What it costs to take a mail that is one thing for another."""
    if is_ == taken_for:
        return 0.0
    if taken_for == ASK_BACK:
        return _ASKING_COSTS
    return _PRICES[is_].get(taken_for, _WRONG_COSTS)


def cheapest(chances: Mapping[str, float], dearer: float = 1.0) -> str:
    """The intent, or `unclear`, that costs least on average; `dearer` multiplies the price of being wrong."""

    def cost(taken_for: str) -> float:
        factor = 1.0 if taken_for == ASK_BACK else dearer
        return factor * sum(chance * price(is_, taken_for) for is_, chance in chances.items())

    return min((*INTENTS, ASK_BACK), key=cost)


_SILENT = frozenset({Intent.OTHER, Intent.AUTO_REPLY})
_WISHES = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE})


def _contradicts(taken_for: str, chance: float, by_cues: Conclusion) -> bool:
    """Do the word lists see what the model would pass over: a wish where it would be silent, a letter to
    others where it would seat the writer? Two witnesses that disagree on that are asked back."""
    if taken_for in {Intent.OTHER, Intent.AUTO_REPLY}:
        return by_cues.intent in _WISHES and chance < _SURE_OF_NOTHING
    return taken_for == Intent.REGISTER and by_cues.reason == OF_OTHERS


def _asks(sentences: Sequence[Signs]) -> bool:
    """Does any sentence ask for a seat, as far as can be seen? A text in which nothing is understood looks
    most like the commonest mail; it takes no seat for that."""
    return max((s.likely("register") for s in sentences), default=0.0) >= _ASKS


def _gives_up(sentences: Sequence[Signs], *, said: bool) -> bool:
    """Does any sentence give a seat up, as far as can be seen (or the word lists say so), and none ask for
    one more plainly ("I never signed off, put me back")? A text of something else gives none up."""
    gives = max((s.likely("cancel") for s in sentences), default=0.0)
    takes = max((s.likely("register") for s in sentences if s.says_i), default=0.0)
    return (said or gives >= _ASKS) and not (takes >= _PLAINLY and takes > gives)


def _takes_a_seat(chances: Mapping[str, float], sentences: Sequence[Signs], by_cues: Conclusion) -> bool:
    """Do the model and the word lists both say that a seat is asked for, does a sentence ask for it, and does
    none give one up? Then what is left of doubt has nothing to stand on. (A leaving needs more.)"""
    if by_cues.intent is not Intent.REGISTER or chances.get(Intent.REGISTER, 0.0) < _WITNESSED:
        return False
    asks, leaves = (max((s.likely(role) for s in sentences), default=0.0) for role in ("register", "cancel"))
    return asks >= _HALF and leaves < _ASKS


def _concluded(
    taken_for: str,
    chances: Mapping[str, float],
    body: Sequence[Signs],
    subject: Sequence[Signs],
    asked: Asked,
    by_cues: Conclusion,
) -> Conclusion:
    """The decision with all that follows from it."""
    most = max(chances, key=lambda intent: chances[intent])
    words = deciding_words([*body, *subject], most)
    enough = _A_QUESTION_BESIDES if taken_for == Intent.REGISTER else _A_QUESTION
    question = by_cues.question if any(s.likely("question") >= enough for s in body) else ""
    found = Conclusion(Intent.UNCLEAR, chances[most], _why_unclear(chances, asked), words, question=question)
    if taken_for == ASK_BACK:
        return replace(found, answers=most if most in {"yes", "no"} else None)
    found = replace(found, confidence=chances[taken_for], reason=None)
    asks = bool(found.question)
    if taken_for in {"yes", "no"}:
        return _answer(replace(found, answers=taken_for), asked, by_cues)
    intent = Intent(taken_for)
    changes = intent is Intent.CHANGE
    return replace(
        found,
        intent=intent,
        reason="reads like an automatic answer" if intent is Intent.AUTO_REPLY else None,
        answers="yes" if intent is Intent.REGISTER and by_cues.answers == "yes" else None,
        has_question=intent is Intent.QUESTION or (asks and intent not in _SILENT),
        replaces=changes and any(s[Role.REPLACE] >= 1.0 and not asks_openly(s) for s in body),
        adds=changes and any(s[Role.ADD] >= 1.0 and not asks_openly(s) for s in body),
    )


def _answer(found: Conclusion, asked: Asked, by_cues: Conclusion) -> Conclusion:
    """A bare yes or no: what it comes to as far as the mail alone tells; the roster tells the rest."""
    asks = bool(found.question)
    if found.answers == "yes" and asked in {Asked.INVITATION, Asked.OFFER}:
        return replace(found, intent=Intent.REGISTER, has_question=asks)
    if found.answers == "yes" and asked is Asked.REMINDER:
        return replace(found, intent=Intent.OTHER)  # "do you still come?" yes: nothing changes
    if found.answers == "no" and by_cues.intent is Intent.CANCEL and not by_cues.answers:
        return replace(found, intent=Intent.CANCEL, answers=None, has_question=asks)  # says it in full
    if found.answers == "no" and asked and asked is not Asked.CONFIRMATION:
        return replace(found, intent=Intent.CANCEL, has_question=asks)
    return replace(found, reason=f"a {found.answers} whose meaning hangs on our question")


def deciding_words(signs: Sequence[Signs], intent: str) -> str:
    """The one or two sentences that speak most for an intent, as typed, at most 300 characters."""
    role = intent if intent in ROLES else f"in {intent}"
    ranked = sorted(range(len(signs)), key=lambda i: -signs[i].likely(role))[:2]
    kept = [i for i in ranked if signs[i].likely(role) >= 0.3] or ranked[:1]
    return " … ".join(signs[i].sentence.text for i in sorted(kept))[:300]


_SAYS = {
    "register": "asks for a seat", "cancel": "gives up a seat", "change": "changes a registration",
    "question": "asks something", "other": "wants nothing of us", "auto_reply": "was written by a machine",
    "yes": "says yes", "no": "says no",
}  # fmt: skip


def _why_unclear(chances: Mapping[str, float], asked: Asked) -> str:
    """The reason a person reads: what it may be, in order."""
    ranked = sorted(chances, key=lambda intent: -chances[intent])
    first, second = ranked[:2]
    if first in {"yes", "no"} and asked in REGISTERED and chances[first] > 0.5:
        return f"a {first} whose meaning hangs on our question"
    one, other = (f"perhaps it {_SAYS[i]} ({chances[i]:.0%})" for i in (first, second))
    return f"{one}, {other}"
