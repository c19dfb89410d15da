"""`mailflow parse`: what is understood of these mails. Needs no configuration, database or network."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from mailflow import output
from mailflow.call import Call
from mailflow.reading.model import Reading

Understand = Callable[[bytes], Reading]


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True)
)
@click.option("--json", "as_lines", is_flag=True, help="One object a file.")
@click.option("--event", "event_file", metavar="FILE", help="Read for another event than the one shipped.")
@click.pass_obj
def parse(call: Call, files: tuple[Path, ...], as_lines: bool, event_file: str | None) -> None:
    """Show what is understood of mail FILEs (- is standard input)."""
    from mailflow.reading.understand import as_json

    call.begin_log()
    understand = _reader(event_file or call.event)
    for number, path in enumerate(files):
        reading = _read(understand, path)
        if as_lines:
            output.say_json(as_json(reading, str(path)))
        else:
            if number:
                output.say()
            _show(reading, str(path))


def _reader(event_file: str | None) -> Understand:
    """How mail is read for that event. Raises ConfigError for an event file that is wrong."""
    from mailflow import shipped
    from mailflow.config import load_event
    from mailflow.reading.lexicon import Lexicon
    from mailflow.reading.model import Ours
    from mailflow.reading.understand import read_bytes

    event = load_event(Path(event_file) if event_file else shipped.event_file())
    lexicon = Lexicon.from_files(shipped.lexicon_sources())
    ours = Ours(event.address)
    return lambda raw: read_bytes(raw, event, lexicon, ours)


def _read(understand: Understand, path: Path) -> Reading:
    """What is understood; a file that cannot be read says so in `error`. Never raises."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as err:
        return Reading(error=f"cannot be read: {err.strerror}", reason="the file cannot be read")
    try:
        return understand(raw)
    except Exception as err:  # noqa: BLE001 - a script over a mailbox must get its line for every file
        return Reading(error=f"could not be understood: {type(err).__name__}", reason="a fault of ours")


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
        "text": reading.reply_text,
    }
    for label, value in rows.items():
        if value:
            output.say(f"  {label:<13} {output.cell(value)}")
