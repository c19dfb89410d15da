"""Stop 4, what the model looks at: a sentence, and a mail, as features with names a person can read.

The same functions make the features when the weights are trained (tests/training) and when a mail is
read, so the two cannot drift apart. In small letters: words ("kom", "kom niet", "<afme" a beginning,
"den>" an end); in capitals: concepts ("ME NEG ATTEND"); "cue ..." what the word lists found.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from mailflow.reading.by_cues import Conclusion
from mailflow.reading.concepts import Concepts
from mailflow.reading.model import Asked
from mailflow.reading.roles import Seen, Signs
from mailflow.reading.weights import likely

ROLES = (
    "register",
    "cancel",
    "change",
    "question",
    "yes",
    "no",
    "involvement",
    "people",
    "logistics",
    "chat",
)
INTENTS = ("register", "cancel", "change", "question", "other", "auto_reply", "yes", "no")
MOST_TOKENS = 60  # of one sentence that are looked at: who asks for a seat has done so by then
_MOST_PAIRED = 14  # different concepts of a sentence of which each pair counts
_TELLING = ROLES[:6]  # roles that can decide


@dataclass(frozen=True, slots=True)
class Setting:
    """What a mail stands in: which of our mails it answers, and the words of the event's own names."""

    asked: Asked
    names: Mapping[str, str] = field(default_factory=dict)  # folded word -> TOPIC or PROJECT


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands."""

    in_subject: bool
    first: bool
    last: bool
    only: bool
    setting: Setting

    @classmethod
    def all(cls, count: int, setting: Setting, *, in_subject: bool) -> Iterator[Place]:
        """The places of the sentences of a body, or of a subject, in order."""
        return (cls(in_subject, i == 0, i == count - 1, count == 1, setting) for i in range(count))


def of_sentence(signs: Signs, place: Place, concepts: Concepts) -> Seen:
    """The features of one sentence; each counts 1 / sqrt(their number)."""
    names = place.setting.names
    words = [names.get(w, w) for w in signs.sentence.folded.split()[:MOST_TOKENS]]
    meant = ["^", *(c for w in words if (c := w if w.isupper() else concepts.concept(w))), "$"]
    short = {*words, "^", "$", *meant, *_pairs(["^", *words, "$"]), *_pairs(meant)}
    for word in words:
        if len(word) > 5 and not word.isupper():
            short.update(("<" + word[:4], "<" + word[:5], word[-4:] + ">"))
            if len(word) > 8:
                short.update(("<" + word[:7], word[-6:] + ">"))
    if place.in_subject:
        short.update("S " + word for word in words)
    if place.setting.asked:
        short.update(f"{place.setting.asked} {c}" for c in meant[1:4])
    short.update(_of_place(signs, place, len(words)))
    short.update(_of_cues(signs))
    long = {*_threes(["^", *words, "$"]), *_threes(meant)}
    long.update(map(" ".join, zip(meant, meant[1:], meant[2:], meant[3:], strict=False)))
    kinds = sorted({c for c in meant if c.isupper()})
    if len(kinds) <= _MOST_PAIRED:
        long.update(f"{a}+{b}" for i, a in enumerate(kinds) for b in kinds[i + 1 :])
    return Seen(frozenset(short | long), frozenset(short))


def _pairs(items: Sequence[str]) -> Iterator[str]:
    return map(" ".join, pairwise(items))


def _threes(items: Sequence[str]) -> Iterator[str]:
    """Three in a row, and two with a third between them."""
    for a, b, c in zip(items, items[1:], items[2:], strict=False):
        yield f"{a} {b} {c}"
        yield f"{a} _ {c}"


def _of_place(signs: Signs, place: Place, words: int) -> Iterator[str]:
    yield "subject" if place.in_subject else "body"
    yield f"asked {place.setting.asked}"
    yield f"len {min(words // 4, 6)}"
    if signs.sentence.asks:
        yield "asks"
    if place.first:
        yield "first"
    if place.last:
        yield "last"
    if place.only:
        yield "only"


def _of_cues(signs: Signs) -> Iterator[str]:
    strong = sorted(str(role) for role, strength in signs.roles.items() if strength >= 1.0)
    for role, strength in signs.roles.items():
        yield f"cue {role}{'!' if strength >= 1.0 else ''}"
    for i, one in enumerate(strong):
        for other in strong[i + 1 :]:
            yield f"cue {one}+{other}"
    if signs.says_i:
        yield "says i"
    if signs.says_mine:
        yield "says mine"
    if signs.says_we:
        yield "says we"
    if signs.open_question:
        yield "open question"


def of_whole(sentences: Iterable[Signs]) -> frozenset[str]:
    """The features of all sentences together; each counts 1 / sqrt(their number)."""
    return frozenset().union(*(s.seen.short for s in sentences)) or frozenset({"no text"})


def of_mail(
    body: Sequence[Signs],
    subject: Sequence[Signs],
    asked: Asked,
    by_cues: Conclusion,
    odds: Mapping[str, float],
) -> dict[str, float]:
    """The features of a mail, each with its value: what its sentences are likely to be, taken together,
    what the text as a whole looks like (`odds` of each intent), what the word lists conclude, and which of
    our mails it answers."""
    words = sum(len(s.sentence.words) for s in body)
    body = list({s.sentence.folded: s for s in body}.values())  # said again is not said more
    length = min(int(math.log2(words + 1)), 8)
    found: dict[str, float] = {
        f"length {length}": 1.0,
        f"length {length} {asked}": 1.0,
        f"asked {asked}": 1.0,
        "no text": float(not body),
        "asks": float(any(s.sentence.asks for s in (*body, *subject))),
    }
    at_most = _of_roles(body, subject, asked, found)
    _of_intents(body, subject, found)
    _of_cue_roles(body, subject, asked, found)
    for intent, score in odds.items():
        found[f"whole {intent}"] = score / 3
        found[f"whole {intent} likely"] = likely(score)
    found[f"says {by_cues.intent}"] = 1.0
    found[f"says {by_cues.intent}, {by_cues.reason}"] = 1.0
    found[f"says {by_cues.intent} {asked}"] = 0.5
    found[f"says {by_cues.answers}"] = 1.0
    found["says surely"] = by_cues.confidence
    for role in _TELLING:
        found[f"says {by_cues.intent} {role}"] = at_most[role]
    return found


def _of_roles(
    body: Sequence[Signs], subject: Sequence[Signs], asked: Asked, found: dict[str, float]
) -> Mapping[str, float]:
    """How likely each role is anywhere in the mail; the highest of each is returned."""
    at_most: dict[str, float] = {}
    for role in ROLES:
        chances = sorted((s.likely(role) for s in body), reverse=True)
        most = chances[0] if chances else 0.0
        above = max((s.likely(role) for s in subject), default=0.0)
        at_most[role] = anywhere = max(most, above)
        found[f"{role} most"] = most
        found[f"{role} odds"] = math.log((most + 0.02) / (1.02 - most)) / 2
        found[f"{role} sum"] = min(sum(chances), 3.0)
        found[f"{role} subject"] = above
        found[f"{role} anywhere"] = anywhere
        found[f"{role} {'asked' if asked else 'unasked'}"] = most
        found[f"{role} {asked}"] = most
        if chances:
            found[f"{role} first"] = body[0].likely(role)
            found[f"{role} last"] = body[-1].likely(role)
        if len(chances) > 1:
            found[f"{role} second"] = chances[1]
    for i, one in enumerate(_TELLING):
        for other in ROLES[i + 1 :]:
            found[f"{one} and {other}"] = at_most[one] * at_most[other]
            found[f"{one} over {other}"] = max(0.0, at_most[one] - at_most[other])
            found[f"{other} over {one}"] = max(0.0, at_most[other] - at_most[one])
    return at_most


def _of_intents(body: Sequence[Signs], subject: Sequence[Signs], found: dict[str, float]) -> None:
    """Which sort of mail each sentence looks taken from."""
    for intent in INTENTS:
        chances = [s.likely(f"in {intent}") for s in (*body, *subject)]
        if not chances:
            continue
        odds = [math.log((c + 0.02) / (1.02 - c)) for c in chances]
        found[f"in {intent} mean"] = sum(odds) / len(odds) / 2
        found[f"in {intent} most"] = max(chances)
        found[f"in {intent} least"] = min(chances)
        found[f"in {intent} sum"] = min(sum(o for o in odds if o > 0), 6.0) / 2
        if body:
            found[f"in {intent} first"] = chances[0]


def _of_cue_roles(
    body: Sequence[Signs], subject: Sequence[Signs], asked: Asked, found: dict[str, float]
) -> None:
    """The strongest cue of each role, and which strong ones meet in one mail."""
    best: dict[str, float] = {}
    for name, signs in (("", body), ("subject ", subject)):
        for s in signs:
            for role, strength in s.roles.items():
                best[name + role] = max(best.get(name + role, 0.0), strength)
    for cue, strength in best.items():
        found[f"cue {cue}"] = strength
        found[f"cue {cue} {asked}"] = strength
    strong = sorted(
        role for role, strength in best.items() if strength >= 1.0 and not role.startswith("subject")
    )
    for i, one in enumerate(strong):
        for other in strong[i + 1 :]:
            found[f"cues {one}+{other}"] = 0.5
