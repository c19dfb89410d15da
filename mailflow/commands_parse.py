"""`mailflow parse`: what is understood of these mails. Needs no configuration, database or network."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailflow import output
from mailflow.call import Call
from mailflow.reading.model import Kind, Reading

if TYPE_CHECKING:
    from mailflow.reading.explain import Explained


@dataclass(frozen=True, slots=True)
class Reader:
    """How mail is read for one event: what is understood of its bytes, and why."""

    understand: Callable[[bytes], Reading]
    explain: Callable[[bytes], Explained]


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True)
)
@click.option("--json", "as_lines", is_flag=True, help="One object a file.")
@click.option("--event", "event_file", metavar="FILE", help="Read for another event than the one shipped.")
@click.pass_obj
def parse(call: Call, files: tuple[Path, ...], as_lines: bool, event_file: str | None) -> None:
    """Show what is understood of mail FILEs (- is standard input)."""
    from mailflow.reading.as_json import as_json

    call.begin_log()
    reader = _reader(event_file or call.event)
    for number, path in enumerate(files):
        raw, reading = _read(reader.understand, path)
        if as_lines:
            output.say_json(as_json(reading, str(path)))
        else:
            if number:
                output.say()
            _show(reading, str(path))
            if reading.kind is Kind.HUMAN and reading.reply_text and not reading.error:
                _show_why(reader.explain(raw))


def _reader(event_file: str | None) -> Reader:
    """How mail is read for that event. Raises ConfigError for an event file that is wrong."""
    from mailflow import shipped
    from mailflow.config import load_event
    from mailflow.reading.explain import explain
    from mailflow.reading.lexicon import Lexicon
    from mailflow.reading.model import Ours
    from mailflow.reading.parse import parse as parsed
    from mailflow.reading.understand import read_bytes

    event = load_event(Path(event_file) if event_file else shipped.event_file())
    lexicon = Lexicon.from_files(shipped.lexicon_sources())
    ours = Ours(event.address)
    return Reader(
        lambda raw: read_bytes(raw, event, lexicon, ours),
        lambda raw: explain(parsed(raw), event, lexicon, ours),
    )


def _read(understand: Callable[[bytes], Reading], path: Path) -> tuple[bytes, Reading]:
    """The bytes and what is understood; a file that cannot be read says so in `error`. Never raises."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as err:
        return b"", Reading(error=f"cannot be read: {err.strerror}", reason="the file cannot be read")
    try:
        return raw, understand(raw)
    except Exception as err:  # noqa: BLE001 - a script over a mailbox must get its line for every file
        return raw, Reading(error=f"could not be understood: {type(err).__name__}", reason="a fault of ours")


def _show(reading: Reading, name: str) -> None:
    """For people: the outcome first, then what it rests on."""
    output.say(name)
    outcome = f"{reading.intent} ({reading.confidence:.0%})"
    if reading.seats:
        outcome += f", {reading.seats} seat{'s' if reading.seats > 1 else ''}"
    rows = {
        "intent": outcome,
        "written by": str(reading.kind) + ("" if reading.may_auto_answer else ", not answered"),
        "because": reading.reason,
        "language": reading.language,
        "people": ", ".join(f"{p.name} <{p.email}>" if p.email else p.name for p in reading.people),
        "organisation": reading.organisation,
        "involvement": reading.involvement,
        "projects": ", ".join(reading.projects),
        "workshops": ", ".join(f"round {n}: {p}" for n, p in reading.workshops.items() if p),
        "asks": "something a person must answer" if reading.has_question else None,
        "answers": reading.answers,
        "error": reading.error,
    }
    for label, value in rows.items():
        if value:
            output.say(f"  {label:<13} {output.cell(value)}")


def _show_why(why: Explained) -> None:
    """The mail, each sentence with what it is taken for and what speaks for that."""
    if why.asked:
        output.say(f"  {'below ours':<13} {why.asked.replace('_', ' ')}")
    likeliest = ", ".join(f"{intent} {chance:.0%}" for intent, chance in why.chances[:3] if chance >= 0.005)
    if likeliest:
        output.say(f"  {'weighed':<13} {likeliest}; the word lists alone: {why.by_cues}")
    for s in why.sentences:
        mark = f"{s.role} {s.chance:.0%}" if s.role else ""
        output.say(f"  {mark:<17} | {'Subject: ' if s.in_subject else ''}{output.cell(s.text)}")
        if s.because:
            output.say(f"  {'':<17} |   {output.cell('; '.join(s.because))}")
