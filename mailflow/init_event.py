"""`mailflow init DIR`: a new event's folder, made from the files that are shipped.

What only the organiser can know is left empty, so that `mailflow check` names it, line by line.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from mailflow import shipped
from mailflow.errors import BadInput

_EMPTIED = {
    "name": '""',
    "address": '""',
    "organisers": "[]",
    "capacity": "0",
    "starts": '""',
    "ends": '""',
    "location": '""',
}
_SERVER_EMPTIED = {"host": '""', "user": '""'}
# One block of each kind, as a remark to fill in and uncomment.
_EXAMPLES = {
    "[[programme]]": ('time = "13:00"', 'text = "Welcome"'),
    "[[round]]": ("number = 1", 'time = "13:30-14:30"'),
    "[[project]]": (
        'id = "green-square"',
        'name = "The Green Square"',
        'place = "Eastside"',
        'leaders = ["Els Duin"]',
        'aliases = ["the square"]',
        'text = "Neighbours made a garden of an empty lot."',
    ),
}
_UNIT_HOME, _UNIT_PROGRAM = "/srv/mailflow", "/usr/local/bin/mailflow"


def init(folder: Path) -> list[str]:
    """Write the folder; the next three steps. Raises BadInput where something would be overwritten."""
    event_id = _slug(folder.resolve().name)
    home = folder.resolve()
    files: dict[Path, bytes] = {
        Path("config/mailflow.toml"): _deployment().encode(),
        Path(f"config/events/{event_id}.toml"): _event(event_id).encode(),
    }
    for path in sorted((shipped.config_dir() / "systemd").iterdir()):
        files[Path("systemd") / path.name] = _unit(path.read_text(encoding="utf-8"), home).encode()
    templates = shipped.templates_dir()
    for path in sorted(templates.rglob("*.j2")):
        files[Path("templates") / path.relative_to(templates)] = path.read_bytes()
    _write(folder, files)
    config = folder / "config"
    return [
        f"1. Fill in {config / 'events' / (event_id + '.toml')} and {config / 'mailflow.toml'}: every line "
        "marked (required).",
        f"2. Run `mailflow check --config {config}` until every line says ok.",
        f"3. Run `mailflow run --config {config}`, or let the system do it: "
        f"{folder / 'systemd' / 'mailflow.service'} says how.",
    ]


def _write(folder: Path, files: dict[Path, bytes]) -> None:
    standing = [str(folder / name) for name in files if (folder / name).exists()]
    if folder.exists() and not folder.is_dir():
        standing = [str(folder)]
    if standing:
        raise BadInput(f"{standing[0]} is there already and is not overwritten; name another folder")
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("xb") as file:  # never over what came between the look and the write
                file.write(content)
    except OSError as err:
        raise BadInput(
            f"{err.filename or folder}: cannot be written ({err.strerror}); name another folder"
        ) from err


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:64] or "event"


def _deployment() -> str:
    text = (shipped.config_dir() / "mailflow.toml").read_text(encoding="utf-8")
    lines, table = [], ""
    for line in text.splitlines():
        table = line if line.startswith("[") else table
        # The name to log in with to SMTP is empty as it is: no login.
        lines.append(_emptied(line, _SERVER_EMPTIED) if table in ("[mailbox]", "[smtp]") else line)
    return "\n".join(lines) + "\n"


def _event(event_id: str) -> str:
    """The shipped event without what is its own; of its blocks one of each kind stays, as a remark."""
    text, examples = shipped.event_file().read_text(encoding="utf-8"), dict(_EXAMPLES)
    values = {**_EMPTIED, "id": f'"{event_id}"', "reference": f'"{_reference(event_id)}"'}
    lines: list[str] = []
    in_block = False
    for line in text.splitlines():
        if line.startswith("[["):
            if line in examples:
                lines += [f"# {row}" for row in (line, *examples.pop(line))] + [""]
            in_block = True
        elif line.startswith("#"):
            in_block = False
        if not in_block:
            lines.append(_emptied(line, values))
    return "\n".join(lines).replace("Ruud Smeding", "Els Duin") + "\n"


def _reference(event_id: str) -> str:
    letters = "".join(c for c in event_id if c.isalpha())[:3].upper()
    return letters or "REF"


def _emptied(line: str, values: dict[str, str]) -> str:
    key, is_key, _ = line.partition(" = ")
    return f"{key} = {values[key]}" if is_key and key in values else line


def _unit(text: str, home: Path) -> str:
    program = shutil.which(sys.argv[0]) or shutil.which("mailflow") or _UNIT_PROGRAM
    return text.replace(_UNIT_HOME, str(home)).replace(_UNIT_PROGRAM, str(Path(program).resolve()))
