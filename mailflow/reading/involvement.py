"""Stop 4, involvement: the sender's own words that say how they have to do with the event's theme.

Kept verbatim: a part of the text with its white space reduced to single spaces. Which sentence states it
is weighed (a third, small table of weights): by what each sentence is likely to do, by how it stands
among the others, and by what was asked. A job title that stands only in a signature, a question and a
choice of workshop are no statement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from mailflow.reading.features import INTENTS, ROLES
from mailflow.reading.grammar import labelled
from mailflow.reading.lexicon import NameWords
from mailflow.reading.model import Asked, Intent
from mailflow.reading.projects import Wishes
from mailflow.reading.roles import Signs
from mailflow.reading.weights import Weights, likely

ENOUGH = 0.45  # chance from which a sentence is the statement
ENOUGH_IF_ASKED = 0.2  # where the mail answers our question for it
_GOES_ON = 0.6  # chance from which a neighbour belongs to the statement too
_TELLING = ("WORK", "JOB", "INVOLVED", "ROUND", "LOGISTICS")  # see data/concepts.toml
_PRACTICAL = 0.1  # chance from which a sentence may be about food and trains
_NONE = -4.0  # odds of a neighbour that is not there
_A_NAME = re.compile(r"\w[ ,](?:[^\W\d_]\w* )?[A-Z]\w+")  # a capital that does not begin the sentence
_BREAK = re.compile(r",\s*(?:dus|en daarom|vandaar|so|therefore|daher|donc)\b|[;]\s+|\s+[-–]\s+")


def stated(
    body: Sequence[Signs],
    wishes: Wishes,
    intent: Intent,
    asked: Asked,
    words: NameWords,
    table: Weights,
) -> tuple[str | None, frozenset[int]]:
    """The statement, and the indexes of the sentences it stands in; None where there is none."""
    for index, s in enumerate(body):
        if found := labelled(s.sentence.text, words.grammar.phrases.involvement_labels):
            return found, frozenset({index})
    if not body:
        return None, frozenset()
    chances = [
        0.0
        if s.sentence.asks or s.sentence.row or _is_practical(s)
        else chance(body, i, wishes, intent, asked, table)
        for i, s in enumerate(body)
    ]
    best = max(range(len(body)), key=lambda i: chances[i])
    if chances[best] < (ENOUGH_IF_ASKED if asked is Asked.INVOLVEMENT else ENOUGH):
        return None, frozenset()
    chosen = [best]
    while chosen[-1] + 1 < len(body) and chances[chosen[-1] + 1] >= _GOES_ON:
        chosen.append(chosen[-1] + 1)
    while chosen[0] > 0 and chances[chosen[0] - 1] >= _GOES_ON:
        chosen.insert(0, chosen[0] - 1)
    return " ".join(_span(body[i]) for i in chosen), frozenset(chosen)


def _is_practical(s: Signs) -> bool:
    """ "Ik eet vegetarisch en kom met de trein." """
    return s.likely("logistics") >= max(_PRACTICAL, s.likely("involvement"))


def chance(
    body: Sequence[Signs], at: int, wishes: Wishes, intent: Intent, asked: Asked, table: Weights
) -> float:
    """How likely a sentence is the statement."""
    return likely(table.weighted(of_statement(body, at, wishes, intent, asked))[0])


def of_statement(
    body: Sequence[Signs], at: int, wishes: Wishes, intent: str, asked: Asked
) -> dict[str, float]:
    """The features of a sentence among the others, each with its value."""
    s = body[at]
    own = s.likely("involvement")
    others = [o.likely("involvement") for i, o in enumerate(body) if i != at]
    words = len(s.sentence.words)
    found = {
        f"length {min(words // 3, 8)}": 1.0,
        f"asked {asked}": 1.0,
        f"intent {intent}": 1.0,
        f"asked {asked} {intent}": _odds(own),
        "asks": float(s.sentence.asks),
        "chooses a workshop": float(at in wishes.sentences),
        "names a project": float(at in wishes.naming),
        "says i": float(s.says_i),
        "says mine": float(s.says_mine),
        "says we": float(s.says_we),
        "names something": float(bool(_A_NAME.search(s.sentence.text))),
        "commas": float(s.sentence.text.count(",")),
        "colon": float(":" in s.sentence.text),
        "first": float(at == 0),
        "last": float(at == len(body) - 1),
        "only": float(len(body) == 1),
        "most": float(own >= max(others, default=0.0)),
        "rank": float(sum(o > own for o in others)),
        "over others": _odds(own) - _odds(max(others)) if others else -_NONE,
        "before": _odds(body[at - 1].likely("involvement")) if at else _NONE,
        "after": _odds(body[at + 1].likely("involvement")) if at + 1 < len(body) else _NONE,
    }
    found |= {role: _odds(s.likely(role)) for role in ROLES}
    found |= {f"in {i}": _odds(s.likely(f"in {i}")) for i in INTENTS}
    found |= {f"cue {role}": strength for role, strength in s.roles.items()}
    found |= {f"means {concept}": float(concept in s.seen.all) for concept in _TELLING}
    return found


def _odds(chance_: float) -> float:
    return math.log((chance_ + 0.01) / (1.01 - chance_))


def _span(s: Signs) -> str:
    """The sentence, or the part of it that is left once the request or the lead-in is taken off."""
    text = s.sentence.text.strip()
    lead, colon, rest = text.partition(": ")
    if colon and len(lead.split()) <= 12 and len(rest.split()) >= 5:
        text = rest
    if s.likely("register") >= 0.5:
        pieces = [p for p in _BREAK.split(text) if len(p.split()) >= 4]
        if len(pieces) > 1:
            text = max(pieces, key=len)
    return text.strip(" -*•")
