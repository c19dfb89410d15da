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
_OPENING = 12  # lines with text in which a notice names itself
_SHORT = 1_500  # characters; a longer text is not judged by a phrase in its middle
_TICKET = 900  # characters of the longest receipt
_BEFORE_SUBJECT = re.compile(
    r"^(?:\s*(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rif|betr|doorst)\s*(?:\[\d{1,3}\])?\s*:\s*|\[[^\]]{0,60}\]\s*)+"
)
_TAG = re.compile(r"^[\s:]*(?:(?:re|aw|antw|sv|vs)\s*:\s*)*[\[(]([^\])]{1,40})[\])]")
_QUESTION = re.compile(r"[^.!?;\n]{1,300}(?=\?)")
# Letters that no normal form takes apart, and the curly apostrophes.
_LETTERS = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u0131": "i", "\u00e6": "ae", "\u00f8": "o", "\u0142": "l", "\u0111": "d"}
)

# The reasons that rest on words alone; those of a machine that names itself by them are SURE.
BY_SUBJECT = "the subject is that of an automatic reply"
BY_NAME = "it says that it answers by itself"
BY_ABSENCE = "the first lines tell of an absence"
PERHAPS = "the subject may be that of an automatic reply"
BY_REPORT = "the subject is that of a delivery report"
A_REPORT = "the subject is that of a mail system's report"
A_RECEIPT = "it reads like a receipt"
A_CHALLENGE = "it asks the sender to prove himself"
A_MACHINE = "it says that a machine wrote it"
BULK = "it says how to unsubscribe"
SURE = frozenset({BY_SUBJECT, BY_NAME, BY_REPORT, A_REPORT, A_CHALLENGE})
SOFT = frozenset({BY_ABSENCE, PERHAPS, A_RECEIPT, A_MACHINE, BULK})


@dataclass(frozen=True, slots=True)
class TriageWords:
    """The lists of data/triage.toml, folded: lower case, no accents, single spaces."""

    reports: BounceWords
    away_subjects: tuple[str, ...] = ()
    away_subjects_maybe: tuple[str, ...] = ()
    receipt_subjects: tuple[str, ...] = ()
    bounce_subjects: tuple[str, ...] = ()
    absence: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    away_tags: tuple[str, ...] = ()
    spoken_of: tuple[str, ...] = ()
    read_subjects: tuple[str, ...] = ()
    read_back: tuple[str, ...] = ()
    report_subjects: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    thanks: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()
    turn_to: tuple[str, ...] = ()
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
    plain = plain.casefold().translate(_LETTERS)
    return re.sub(r"\s+", " ", plain).lstrip()


def subject_of(mail: Mail) -> str:
    """The subject without "Re:", "Fwd:" and bracketed tags, folded."""
    return _BEFORE_SUBJECT.sub("", fold(mail.subject[:500])).strip()


def held(mail: Mail, words: TriageWords, *, robot_like: bool) -> Iterator[tuple[Kind, str]]:
    """What the words say against an answer; `robot_like`: the address is no person's either."""
    subject = subject_of(mail)
    text = fold(mail.text) if len(mail.text) <= _SHORT else ""
    speaks = _speaks(text or " ".join(_first_lines(mail)), words)
    if _names_a_notice(mail, subject, words):
        yield Kind.AUTO_REPLY, BY_SUBJECT
    if subject.startswith(words.report_subjects):
        yield Kind.OTHER_MACHINE, A_REPORT
    named = any(line.startswith(words.certain_phrases) for line in _opening_lines(mail))
    if named and not _any(words.person, " ".join(_opening_lines(mail))):
        yield Kind.AUTO_REPLY, BY_NAME
    if sounds_away(mail, words):
        yield Kind.AUTO_REPLY, BY_ABSENCE
    told_of = _any(words.spoken_of, subject)
    if subject.startswith(words.away_subjects_maybe) and not speaks and not told_of:
        yield Kind.HUMAN, PERHAPS
    # A person's footer may say such things too ("do not reply to this address to cancel a repair").
    mechanical = _any(words.machine_phrases, text) and not speaks and not _says(words.mine, text)
    if subject.startswith(words.bounce_subjects) and (robot_like or mechanical):
        yield Kind.BOUNCE, BY_REPORT
    if subject.startswith(words.read_subjects) and len(text) <= _TICKET and _any(words.read_back, text):
        yield Kind.AUTO_REPLY, A_RECEIPT
    signs = [_any(list_of, text) for list_of in (words.received, words.numbered, words.answered_later)]
    signs += [mechanical, robot_like, subject.startswith(words.receipt_subjects)]
    if any(signs[:4]) and sum(signs) > 1 and len(text) <= _TICKET and not speaks:
        yield Kind.AUTO_REPLY, A_RECEIPT
    if _any(words.challenges, text) and not speaks:
        yield Kind.OTHER_MACHINE, A_CHALLENGE
    if mechanical:
        yield Kind.OTHER_MACHINE, A_MACHINE
    ways_out = sum(phrase in text for phrase in words.bulk_phrases)
    if ways_out and not speaks and (ways_out > 1 or not _says(words.mine + words.our, text)):
        yield Kind.LIST, BULK


def _names_a_notice(mail: Mail, subject: str, words: TriageWords) -> bool:
    """Whether the subject is a notice's own, and not a person's who tells of one ("... received?")."""
    tag = _TAG.match(fold(mail.subject[:200]))
    if tag and tag[1].strip() in words.away_tags:
        return True
    begun = max((len(p) for p in words.away_subjects if subject.startswith(p)), default=0)
    if not begun:
        return False
    rest = subject[begun:].lstrip()
    own = not rest or subject[begun - 1] == ":" or not (rest[0].isalpha() or rest[0] == "?")
    return own or not ("?" in rest or _any(words.spoken_of, f" {rest} "))


def sounds_away(mail: Mail, words: TriageWords) -> bool:
    """Whether the first lines tell of an absence the way a notice does."""
    if len(mail.text) > _SHORT:
        return False
    beginning = " ".join(_first_lines(mail))[:_TICKET]
    if _speaks(beginning, words):
        return False
    subject = subject_of(mail)
    until = _any(words.until, beginning)
    instead = _any(words.instead, beginning)
    if not _any(words.absence, beginning):
        return until and beginning.startswith(words.thanks) and _any(words.urgent, beginning)
    answered = bool(mail.in_reply_to) or _BEFORE_SUBJECT.match(mail.subject[:100].casefold()) is not None
    announced = subject.startswith(words.away_subjects_maybe) or _any(words.absence, subject)
    announced = announced and not _any(words.spoken_of, subject)
    return (until and instead) or ((until or instead) and (answered or announced))


def speaks(text: str, words: TriageWords) -> bool:
    """Whether in this text, as it was written, somebody asks for himself or speaks of coming or not."""
    return _speaks(fold(text[:_SHORT]), words)


def of_self(text: str, words: TriageWords) -> bool:
    """Whether this text, as it was written, says "I" or "we"."""
    return _says(words.mine + words.our, fold(text[:_SHORT]))


def turns_away(text: str, words: TriageWords) -> bool:
    """Whether this text, as it was written, names somebody else to turn to."""
    return _any(words.turn_to, fold(text[:_SHORT]))


def _speaks(text: str, words: TriageWords) -> bool:
    """Whether a person asks something, or speaks of coming: no notice does."""
    return _any(words.person, text) or _asks(text, words)


def _asks(text: str, words: TriageWords) -> bool:
    """Whether somebody asks for himself: "Urgent? Call ..." is a notice's question."""
    return any(
        _says(words.mine + words.our, asked) and not _any(words.instead, asked)
        for asked in _QUESTION.findall(text)
    )


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
