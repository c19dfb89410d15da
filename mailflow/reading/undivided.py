"""Stop 4, all or nothing: does a party want to come together or not at all?

Such a party is offered no part of its seats (rules: parties). It is a condition, and so is read by its
structure: "only if", "all or none", "do not split us". "Not only if", "it need not be all or nothing" and
a question say no such thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailflow.reading.by_cues import Conclusion
from mailflow.reading.grammar import Grammar
from mailflow.reading.model import Intent
from mailflow.reading.sentences import Sentence

_BEFORE = 4  # words before "only if we can all come" among which a denial turns it round
_NO_MATTER = frozenset({"hoeft", "hoeven", "need", "needn't", "must", "muss", "mussen", "besoin"})


def all_or_nothing(sentences: Sequence[Sentence], grammar: Grammar) -> bool:
    """Is it said, and not asked or denied?"""
    return any(_says(s, grammar) for s in sentences if not s.asks)


def as_a_wish(decision: Conclusion, sentences: Sequence[Sentence]) -> Conclusion:
    """Below a mail of ours: a wish about how to come, where nothing else was made of the mail."""
    if decision.intent not in {Intent.UNCLEAR, Intent.QUESTION} and decision.answers is None:
        return decision
    asks = decision.has_question and any(s.asks for s in sentences)
    return replace(decision, intent=Intent.CHANGE, answers=None, reason=None, has_question=asks)


def _says(sentence: Sentence, grammar: Grammar) -> bool:
    denials = grammar.sets.denies | _NO_MATTER
    for name, turned in (("undivided", denials), ("no_dividing", _NO_MATTER)):
        for pattern in grammar.patterns[name]:
            for match in pattern.finditer(sentence.folded):
                before = sentence.folded[: match.start()].rpartition(",")[2].split()[-_BEFORE:]
                if turned.isdisjoint(before):
                    return True
    return False
