"""Stop 4, looked at from outside: why a mail was read as it was, sentence by sentence.

For `mailflow parse` and for whoever works on the reader. Nothing here decides anything: it runs the
same steps again and tells what weighed most in them.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.core.model import Event
from mailflow.reading import language, quotes
from mailflow.reading.asked import which_asked
from mailflow.reading.by_cues import conclude
from mailflow.reading.features import ROLES, Setting
from mailflow.reading.intent import chances_of
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Mail, Ours
from mailflow.reading.roles import Signs
from mailflow.reading.understand import read_of, sentences_of

SEEN_FROM = 0.3  # a role less likely than this is not named
_MOST_REASONS = 4
_MOST_CUES = 3
_HIDDEN = ("len ", "in ", "body", "subject", "first", "last", "only", "asked ", "says ", "cue ")


@dataclass(frozen=True, slots=True)
class Marked:
    """One sentence: what it most likely does, how likely, and what speaks for it."""

    text: str
    in_subject: bool
    role: str  # "" where nothing is likely
    chance: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A mail with its reasons."""

    asked: str  # which of our mails it answers, "" for none
    by_cues: str  # what the word lists alone conclude
    chances: tuple[tuple[str, float], ...]  # of each intent, likeliest first
    sentences: tuple[Marked, ...]


def explain(mail: Mail, event: Event, lexicon: Lexicon, ours: Ours) -> Explained:
    """Why a person's mail is read as it is."""
    parts = read_of(mail, quotes.of_mail(mail, lexicon.quotes), lexicon)
    asked = which_asked(mail, parts, lexicon, ours, event)
    written = language.guess(parts.new, lexicon.languages)
    setting = Setting(asked, lexicon.names_of(event))
    body, subject = sentences_of(mail, parts, setting, lexicon, written)
    if not body and not subject:
        return Explained(str(asked), "", (), ())
    by_cues = conclude(body, subject, asked)
    chances = chances_of(body, subject, asked, by_cues, lexicon.decider)
    ranked = sorted(chances.items(), key=lambda pair: -pair[1])
    return Explained(
        asked=str(asked),
        by_cues=str(by_cues.intent),
        chances=tuple(ranked),
        sentences=tuple(
            _marked(s, lexicon, written, in_subject=in_subject)
            for in_subject, part in ((True, subject), (False, body))
            for s in part
        ),
    )


def _marked(signs: Signs, lexicon: Lexicon, written: str | None, *, in_subject: bool) -> Marked:
    role = max(ROLES, key=signs.likely)
    chance = signs.likely(role)
    if chance < SEEN_FROM:
        return Marked(signs.sentence.text, in_subject, "", chance, ())
    table = lexicon.decider.sentences
    weighed = sorted(((table.weight(f, role), f) for f in signs.seen.all), reverse=True)
    words = [f for weight, f in weighed if weight > 0 and not f.startswith(_HIDDEN)]
    cues = [f"{role}: {text}" for role, text in cues_in(signs, lexicon, written)]
    return Marked(signs.sentence.text, in_subject, role, chance, (*cues, *words[:_MOST_REASONS]))


def cues_in(signs: Signs, lexicon: Lexicon, written: str | None) -> list[tuple[str, str]]:
    """The strong cues that count in a sentence, as role and the words they were found in: those of the
    mail's language, or else of another."""
    folded = signs.sentence.folded
    in_order = sorted(lexicon.cues.values(), key=lambda cues: cues.language != written)
    for cues in in_order:
        hits = [h for h in cues.find(folded) if h.cue.strong and signs[h.cue.role] >= 1.0]
        if hits:
            found = dict.fromkeys((str(h.cue.role), folded[h.start : h.end].strip()) for h in hits)
            return list(found)[:_MOST_CUES]
    return []
