"""Stop 3, the words by which a machine says that it is one: the gate's last and weakest evidence.

A certain beginning of a subject is enough. Anything softer needs company: an absence *and* a return
or somebody else to turn to; and it is let through where a person speaks of coming or not coming
("ik ben op vakantie, dus ik meld me af" is a cancellation).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mailflow.reading import bounce
from mailflow.reading.bounce import BounceWords
from mailflow.reading.model import Kind, Mail

_FIRST_LINES = 5  # lines with text in which a notice of absence says so: a signature stands further down
# "Urgent? Call ...": a notice asks so too.
_TURN_TO = re.compile(
    r"\b(?:dringend|spoed|haast|urgent|questions?|vragen|fragen|eilig|urgente?|urgence)\s*\?"
)
_OPENING = 12  # lines with text in which a notice names itself
_SHORT = 1_500  # characters; a longer text is not judged by a phrase in its middle
_TICKET = 900  # characters of the longest receipt
_SUBJECT = "the subject is that of an automatic reply"
_NAMES_ITSELF = "it says that it answers by itself"
CERTAIN = frozenset({_SUBJECT, _NAMES_ITSELF})  # reasons that no person's text gives
# Letters that no accent makes out of plain ones; the dotless i of Turkish.
_PLAIN = str.maketrans(
    {"æ": "ae", "ø": "o", "œ": "oe", "ı": "i", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss"}
)
_TAG = re.compile(r"\[([^\]]{0,60})\]|\(([^)]{0,60})\)\s*$")
_BEFORE_SUBJECT = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rif|betr|doorst)\s*(?:\[\d{1,3}\])?\s*:\s*|\[[^\]]{0,60}\]\s*)+"
)


@dataclass(frozen=True, slots=True)
class TriageWords:
    """The lists of data/triage.toml, folded: lower case, no accents, single spaces."""

    reports: BounceWords
    away_subjects: tuple[str, ...] = ()
    away_subjects_maybe: tuple[str, ...] = ()
    away_tags: tuple[str, ...] = ()
    away_prefixes: tuple[str, ...] = ()
    receipt_subjects: tuple[str, ...] = ()
    bounce_subjects: tuple[str, ...] = ()
    absence: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    numbered: tuple[str, ...] = ()
    answered_later: tuple[str, ...] = ()
    mine: tuple[str, ...] = ()
    our: tuple[str, ...] = ()
    certain_phrases: tuple[str, ...] = ()
    machine_phrases: tuple[str, ...] = ()
    bulk_phrases: tuple[str, ...] = ()
    spam: tuple[tuple[str, tuple[str, ...]], ...] = ()


def from_toml(text: str) -> TriageWords:
    """The lists out of the text of data/triage.toml. Raises tomllib.TOMLDecodeError, TypeError."""
    data = tomllib.loads(text)
    spam, reports = data.pop("spam", {}), bounce.from_data(data.pop("reports"))
    lists = {name: tuple(fold(word) for word in words) for name, words in data.items()}
    return TriageWords(
        spam=tuple((name, tuple(values)) for name, values in spam.items()), reports=reports, **lists
    )


def fold(text: str) -> str:
    """The text in the form in which words are compared; a word's trailing space is kept."""
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)) if plain is not text else plain
    plain = plain.casefold().translate(_PLAIN).replace("\u2019", "'").replace("\u2018", "'")
    return re.sub(r"\s+", " ", plain).lstrip()


def subject_of(mail: Mail) -> str:
    """The subject without "Re:", "Fwd:" and bracketed tags, folded."""
    return _BEFORE_SUBJECT.sub("", fold(mail.subject[:500])).strip()


def held(mail: Mail, words: TriageWords, *, robot_like: bool) -> Iterator[tuple[Kind, str]]:
    """What the words say against an answer; `robot_like`: the address is no person's either."""
    subject = subject_of(mail)
    text = fold(mail.text) if len(mail.text) <= _SHORT else ""
    speaks = _speaks(text or " ".join(_first_lines(mail)), words)
    if _is_away_subject(mail, words):
        yield Kind.AUTO_REPLY, _SUBJECT
    named = any(line.startswith(words.certain_phrases) for line in _opening_lines(mail))
    if named and not _any(words.person, " ".join(_opening_lines(mail))):
        yield Kind.AUTO_REPLY, _NAMES_ITSELF
    if sounds_away(mail, words):
        yield Kind.AUTO_REPLY, "the first lines tell of an absence"
    if subject.startswith(words.away_subjects_maybe) and not speaks:
        yield Kind.HUMAN, "the subject may be that of an automatic reply"
    # A person's footer may say such things too ("do not reply to this address to cancel a repair").
    mechanical = _any(words.machine_phrases, text) and not speaks and not _says(words.mine, text)
    if subject.startswith(words.bounce_subjects) and (robot_like or mechanical):
        yield Kind.BOUNCE, "the subject is that of a delivery report"
    signs = [_any(list_of, text) for list_of in (words.received, words.numbered, words.answered_later)]
    signs += [mechanical, robot_like, subject.startswith(words.receipt_subjects)]
    if any(signs[:4]) and sum(signs) > 1 and len(text) <= _TICKET and not speaks:
        yield Kind.AUTO_REPLY, "it reads like a receipt"
    if mechanical:
        yield Kind.OTHER_MACHINE, "it says that a machine wrote it"
    if _any(words.bulk_phrases, text) and not speaks and not _says(words.mine + words.our, text):
        yield Kind.LIST, "it says how to unsubscribe"


def _is_away_subject(mail: Mail, words: TriageWords) -> bool:
    """Whether the subject, a tag in it or a word behind it is that of an automatic reply. A question about
    one ("Autoreply?") is not, nor a longer word that begins so ("automatische reactiedeuren")."""
    subject = subject_of(mail)
    for beginning in words.away_subjects:
        if subject.startswith(beginning):
            behind = subject[len(beginning) :]
            if not behind[:1].isalpha() or not beginning[-1:].isalpha() or not beginning.isascii():
                return not behind.lstrip().startswith("?")
    tags = [fold(a or b) for a, b in _TAG.findall(mail.subject[:500])]
    if any(tag.startswith(words.away_subjects + words.away_tags) for tag in tags):
        return True
    return fold(mail.subject[:40]).startswith(words.away_prefixes)


def sounds_away(mail: Mail, words: TriageWords) -> bool:
    """Whether the first lines tell of an absence the way a notice does."""
    if len(mail.text) > _SHORT:
        return False
    beginning = " ".join(_first_lines(mail))[:_TICKET]
    if _speaks(_TURN_TO.sub(" ", beginning), words):
        return False
    subject = subject_of(mail)
    away = _any(words.absence, beginning)
    until = _any(words.until, beginning)
    instead = _any(words.instead, beginning)
    answered = bool(mail.in_reply_to) or _BEFORE_SUBJECT.match(mail.subject[:100].casefold()) is not None
    announced = subject.startswith(words.away_subjects_maybe) or _any(words.absence, subject)
    return away and ((until and instead) or ((until or instead) and (answered or announced)))


def _speaks(text: str, words: TriageWords) -> bool:
    """Whether a person asks something, or speaks of coming: no notice does."""
    return "?" in text or _any(words.person, text)


def _says(words: tuple[str, ...], text: str) -> bool:
    """Whether one of the words stands in the text as a word of its own."""
    return not set(words).isdisjoint(re.findall(r"[^\W\d_]+", text))


def _any(phrases: tuple[str, ...], text: str) -> bool:
    return any(phrase in text for phrase in phrases)


def _opening_lines(mail: Mail) -> list[str]:
    """The lines of the beginning, without "Note:" and brackets before them."""
    lines = [fold(line) for line in mail.text[:4000].split("\n") if line.strip() and line[0] != ">"][
        :_OPENING
    ]
    return [re.sub(r"^(?:[\W_]+|note:|let op:|hinweis:|nb:?|n\.b\.)+", "", line).strip() for line in lines]


def _first_lines(mail: Mail) -> list[str]:
    return [fold(line) for line in mail.text[:4000].split("\n") if line.strip()][:_FIRST_LINES]
