"""Stop 4, involvement: the sender's own words that say how they have to do with the event's theme.

Kept verbatim: a part of the text with its white space reduced to single spaces. A job title that
stands only in a signature, a question and a choice of workshop are no statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.reading.grammar import labelled
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.roles import Signs

ENOUGH = 1.0
_A_NAME = re.compile(r"\w[ ,](?:[^\W\d_]\w* )?[A-Z]\w+")  # a capital that does not begin the sentence
_BREAK = re.compile(r",\s*(?:dus|en daarom|vandaar|so|therefore|daher)\b|[;]\s+|\s+[-–]\s+")


def stated(
    body: Sequence[Signs], wished: frozenset[int], naming: frozenset[int], words: NameWords, *, asked: bool
) -> tuple[str | None, frozenset[int]]:
    """The statement, and the indexes of the sentences it stands in; None where there is none.

    `wished`: sentences that choose a workshop; `naming`: those that name a project. `asked`: the mail
    answers our question for it, so that less is enough.
    """
    best: tuple[float, int] | None = None
    for index, s in enumerate(body):
        if found := labelled(s.sentence.text, words.grammar.phrases.involvement_labels):
            return found, frozenset({index})
        score = _score(s, index in wished, words) + (0.5 if index in naming - wished else 0.0)
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


def _score(s: Signs, wished: bool, words: NameWords) -> float:
    """How much a sentence says about involvement."""
    count = len(s.sentence.words)
    if s.sentence.asks or wished or count < 3:
        return 0.0
    tokens = set(s.sentence.words)
    score = s[Role.INVOLVEMENT] + min(count, 20) / 50
    score += 0.25 * (s.says_i or s.says_mine) + 0.2 * bool(_A_NAME.search(s.sentence.text))
    score -= 0.5 * min(1.0, s[Role.REGISTER]) + 0.5 * min(1.0, s[Role.CANCEL])
    score -= 0.2 * min(1.0, s[Role.EARLIER]) + 0.4 * min(1.0, s[Role.DOUBT]) + 0.3 * min(1.0, s[Role.THANKS])
    return score - 0.5 * bool(tokens & words.practical)


def _span(s: Signs) -> str:
    """The sentence, or the part of it that is left once the request or the lead-in is taken off."""
    text = s.sentence.text.strip()
    lead, colon, rest = text.partition(": ")
    if colon and len(lead.split()) <= 12 and len(rest.split()) >= 5:
        text = rest
    if s[Role.REGISTER] >= 1.0:
        pieces = [p for p in _BREAK.split(text) if len(p.split()) >= 4]
        if len(pieces) > 1:
            text = max(pieces, key=len)
    return text.strip(" -*•")
