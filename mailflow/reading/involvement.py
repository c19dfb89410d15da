"""Stop 4, involvement: the sender's own words that say how they have to do with the event's theme.

Kept verbatim: a part of the text with its white space reduced to single spaces. A job title that
stands only in a signature, a question and a choice of workshop are no statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.reading.roles import Signs
from mailflow.reading.lexicon import Role

ENOUGH = 1.2
_LABEL = re.compile(
    r"^(?:(?:mijn|onze|my|our)\s+)?(?:betrokkenheid|involvement|relatie met het onderwerp|rol|link met het thema|"
    r"achtergrond|motivatie|bezug|beteiligung|engagement)[^:]{0,40}:\s*(.{5,})$",
    re.IGNORECASE,
)
_BREAK = re.compile(r",\s*(?:dus|en daarom|vandaar|so|therefore|daher)\b|[;]\s+|\s+[-–]\s+")


def stated(
    body: Sequence[Signs], wished: frozenset[int], *, asked: bool
) -> tuple[str | None, frozenset[int]]:
    """The statement, and the indexes of the sentences it stands in; None where there is none.

    `wished`: sentences that choose a workshop. `asked`: the mail answers our question for it, so that
    less is enough.
    """
    best: tuple[float, int] | None = None
    for index, s in enumerate(body):
        if found := _LABEL.match(s.sentence.text):
            return found[1].strip(), frozenset({index})
        score = _score(s, index in wished)
        if score and (best is None or score > best[0]):
            best = (score, index)
    if best is None or best[0] < (0.4 if asked else ENOUGH):
        if asked:
            longest = max(
                (i for i, s in enumerate(body) if not s[Role.THANKS] and not s.sentence.asks),
                key=lambda i: len(body[i].sentence.text),
                default=None,
            )
            if longest is not None and len(body[longest].sentence.words) >= 4:
                return body[longest].sentence.text.rstrip(), frozenset({longest})
        return None, frozenset()
    return _span(body[best[1]]), frozenset({best[1]})


def _score(s: Signs, wished: bool) -> float:
    """How much a sentence says about involvement."""
    words = len(s.sentence.words)
    if s[Role.INVOLVEMENT] <= 0 or s.sentence.asks or wished or words < 4:
        return 0.0
    score = s[Role.INVOLVEMENT] + min(words, 24) / 60
    score -= 0.5 * min(1.0, s[Role.REGISTER]) + 0.5 * min(1.0, s[Role.CANCEL])
    score -= 0.3 * min(1.0, s[Role.EARLIER]) + 0.4 * min(1.0, s[Role.DOUBT]) + 0.3 * min(1.0, s[Role.THANKS])
    return score


def _span(s: Signs) -> str:
    """The sentence, or the part of it that is left once the request is taken off."""
    text = s.sentence.text.strip()
    if s[Role.REGISTER] >= 1.0:
        pieces = [p for p in _BREAK.split(text) if len(p.split()) >= 4]
        if len(pieces) > 1:
            text = max(pieces, key=len)
    return text.strip(" -*•").rstrip()
