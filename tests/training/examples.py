"""The labelled texts (tests/corpus/texts, a file a hand) as what the model sees of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailflow import shipped
from mailflow.config import load_event
from mailflow.reading import language
from mailflow.reading.asked import REPLY
from mailflow.reading.by_cues import Conclusion, conclude
from mailflow.reading.concepts import TOPIC
from mailflow.reading.features import ROLES, Place, Setting, of_sentence
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Asked
from mailflow.reading.projects import Finder, Wishes, wishes
from mailflow.reading.roles import Signs, read_signs
from mailflow.reading.sentences import fold, split, squeeze

TEXTS = Path(__file__).parent.parent / "corpus" / "texts"
_NO_WEIGHTS = "1\tnone\n0\n"
TABLES = ("sentences.tsv", "mails.tsv", "statements.tsv")
_ALIKE = 0.7  # share of the shorter one's words that two sentences must have in common
_EVENT = load_event(shipped.event_file())
_PROJECTS = Finder.of(_EVENT)
_NO_PROJECTS = Finder({}, {}, frozenset(), ())
_MARKS = {",", ":", "?"}


@dataclass(slots=True)
class Example:
    """One text: its sentences with their cues, features and roles, and what it is labelled."""

    hand: str
    row: dict[str, Any]
    asked: Asked
    body: list[Signs]
    subject: list[Signs]
    by_cues: Conclusion
    roles: list[set[str]]
    wishes: Wishes
    features: list[set[str]] = field(default_factory=list)

    @property
    def intent(self) -> str:
        return str(self.row["intent"])


def lexicon_to_train() -> Lexicon:
    """The shipped word lists, without the weights that are about to be made."""
    sources = shipped.lexicon_sources()
    return Lexicon.from_files(sources | dict.fromkeys(TABLES, _NO_WEIGHTS))


def rows(folder: Path = TEXTS) -> list[tuple[str, dict[str, Any]]]:
    """Every labelled text, with the name of its hand."""
    return [
        (path.stem, json.loads(line))
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]


def examples(
    labelled: Sequence[tuple[str, dict[str, Any]]], lexicon: Lexicon, *, cues: bool = True
) -> list[Example]:
    """The texts as the reader takes them apart; without `cues` the word lists find nothing in them."""
    return [example(hand, row, lexicon, cues=cues) for hand, row in labelled]


def example(hand: str, row: dict[str, Any], lexicon: Lexicon, *, cues: bool = True) -> Example:
    """One text, read as `understand` reads a mail up to the decision."""
    asked = Asked(row["reply_to_ours"] or "")
    written = language.guess(row["text"], lexicon.languages)
    sentences = split(row["text"])
    body = read_signs(sentences, lexicon, written)
    above = REPLY.sub("", row["subject"])
    is_reply = above != row["subject"].strip()
    subject = [] if is_reply and sentences else read_signs(split(above.replace("\n", " ")), lexicon, written)
    by_cues = conclude(body, subject, asked)
    if not cues:
        body, subject = ([Signs(s.sentence) for s in part] for part in (body, subject))
    finder = _PROJECTS if row["event"] is None else _NO_PROJECTS
    wished = wishes([s.sentence for s in body], finder, lexicon)
    found = Example(hand, row, asked, body, subject, by_cues, _roles(row, body, subject), wished)
    described = (w for w in fold(row["event"] or "").split() if lexicon.decider.concepts.concept(w) is None)
    names = {word: TOPIC for word in described if word not in lexicon.names.common}
    setting = Setting(asked, names or lexicon.names_of(_EVENT))
    for in_subject, part in ((False, body), (True, subject)):
        for signs, place in zip(part, Place.all(len(part), setting, in_subject=in_subject), strict=True):
            found.features.append(of_sentence(signs, place, lexicon.decider.concepts))
    return found


def _roles(row: dict[str, Any], body: Sequence[Signs], subject: Sequence[Signs]) -> list[set[str]]:
    """The labelled roles of each sentence: those of every labelled span that is (in) it, or much like it;
    the stated involvement is such a span too."""
    spans = [(span, role) for span, role in row["sentences"] if role in ROLES]
    spans += [(row["involvement"], "involvement")] if row["involvement"] else []
    texts = [squeeze(s.sentence.text) for s in body]
    out: list[set[str]] = []
    for i, signs in enumerate((*body, *subject)):
        text = squeeze(signs.sentence.text)
        roles = set()
        for span, role in spans:
            span = squeeze(span)
            in_subject = i >= len(body)
            if not (in_subject and any(span in t or t in span for t in texts)) and _is(span, text):
                roles.add(role)
        out.append(roles)
    return out


def _is(span: str, text: str) -> bool:
    if span in text or (text in span and len(text) > 3):
        return True
    one, other = set(fold(span).split()) - _MARKS, set(fold(text).split()) - _MARKS
    shorter = min(len(one), len(other))
    return shorter >= 3 and len(one & other) / shorter >= _ALIKE
