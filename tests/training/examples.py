"""The labelled texts (tests/corpus/texts, a file a hand) as what the model sees of them."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mailflow import shipped
from mailflow.config import load_event
from mailflow.core.model import Event
from mailflow.reading import language, quotes
from mailflow.reading.about import Sender, sender_of
from mailflow.reading.asked import REPLY
from mailflow.reading.by_cues import Conclusion, conclude
from mailflow.reading.concepts import Concepts
from mailflow.reading.features import ROLES, Place, Setting, of_sentence
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Asked, Parts
from mailflow.reading.parse import parse
from mailflow.reading.projects import Finder, Wishes, wishes
from mailflow.reading.roles import Signs, read_signs
from mailflow.reading.sentences import fold, split, squeeze
from mailflow.reading.understand import read_of, without_greeting

TEXTS = Path(__file__).parent.parent / "corpus" / "texts"
_NO_WEIGHTS = "1\tnone\n0\n"
TABLES = ("sentences.tsv", "texts.tsv", "mails.tsv", "statements.tsv", "people.tsv")
_ALIKE = 0.7  # share of the shorter one's words that two sentences must have in common
_EVENT = load_event(shipped.event_file())
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
    parts: Parts
    sender: Sender
    event: Event
    odds: dict[str, float] = field(default_factory=dict)  # of each intent, by the text as a whole

    @property
    def intent(self) -> str:
        return str(self.row["intent"])

    @property
    def features(self) -> list[Set[str]]:
        """Of each sentence, the subject's last."""
        return [s.seen.all for s in (*self.body, *self.subject)]


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
    mail = parse(raw(row))
    parts = read_of(mail, quotes.of_mail(mail, lexicon.quotes), lexicon)
    written = language.guess(parts.new, lexicon.languages)
    sentences = split(without_greeting(parts.new, lexicon))
    body = read_signs(sentences, lexicon, written)
    above = REPLY.sub("", mail.subject)
    is_reply = above != mail.subject.strip()
    subject = [] if is_reply and sentences else read_signs(split(above), lexicon, written)
    by_cues = conclude(body, subject, asked)
    if not cues:
        body, subject = ([Signs(s.sentence) for s in part] for part in (body, subject))
    event = replace(_EVENT, name=row["event"], projects=()) if row["event"] else _EVENT
    wished = wishes([s.sentence for s in body], Finder.of(event), lexicon)
    sender = sender_of(mail, parts, sentences, lexicon)
    roles = _roles(row, body, subject)
    setting = Setting(asked, lexicon.names_of(event))
    concepts = lexicon.decider.concepts
    body, subject = (_seen(body, setting, concepts), _seen(subject, setting, concepts, in_subject=True))
    return Example(hand, row, asked, body, subject, by_cues, roles, wished, parts, sender, event)


def _seen(
    part: list[Signs], setting: Setting, concepts: Concepts, *, in_subject: bool = False
) -> list[Signs]:
    places = Place.all(len(part), setting, in_subject=in_subject)
    return [replace(s, seen=of_sentence(s, p, concepts)) for s, p in zip(part, places, strict=True)]


def raw(row: dict[str, Any]) -> bytes:
    """The text as a mail."""
    name = str(row["from_name"]).replace("\\", " ").replace('"', "'")
    sender = f'"{name}" <{row["from_email"]}>' if name else row["from_email"]
    subject = " ".join(row["subject"].split())
    head = f"From: {sender}\nTo: {_EVENT.address}\nSubject: {subject}\nMIME-Version: 1.0\n"
    kind = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    return f"{head}{kind}\n{row['text']}\n".encode()


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
