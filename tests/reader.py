"""For the tests of reading: the shipped word lists and event, mails as people send them, one reading."""

from __future__ import annotations

from pathlib import Path

from mailflow import shipped
from mailflow.config import load_event
from mailflow.core.model import Event
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Mail, Ours, Reading
from mailflow.reading.parse import parse
from mailflow.reading.understand import read

ROOT = Path(__file__).parent.parent
CORPUS = Path(__file__).parent / "corpus"
LEXICON = Lexicon.from_files(shipped.lexicon_sources())
EVENT: Event = load_event(ROOT / "config" / "events" / "leefbaarheid-2018.toml")
OURS = Ours(address=EVENT.address)


def bytes_of(
    text: str, *, sender: str = "Sanne Meier <sanne@meier.example>", subject: str = "", extra: str = ""
) -> bytes:
    """A plain mail of a person; `extra` are header fields, each ended by a line end."""
    head = f"From: {sender}\nTo: {EVENT.address}\nSubject: {subject}\nMessage-ID: <1@meier.example>\n{extra}"
    kind = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
    return f"{head}{kind}\n{text}\n".encode()


def mail_of(text: str, **fields: str) -> Mail:
    """The same, parsed."""
    return parse(bytes_of(text, **fields))


def reading_of(text: str, *, event: Event = EVENT, **fields: str) -> Reading:
    """What is understood of it."""
    return read(mail_of(text, **fields), event, LEXICON, OURS)


def below(ours: str, said: str, subject: str = "Re: Kennisbijeenkomst") -> dict[str, str]:
    """Text and subject of an answer typed above a mail of ours that says `ours`."""
    quoted = "\n".join(f"> {line}" for line in ours.split("\n"))
    text = f"{said}\n\nOp do 18 okt. 2018 om 15:32 schreef Kennisbijeenkomst <{EVENT.address}>:\n\n{quoted}\n"
    return {"text": text, "subject": subject}
