"""What the README tells is what the program has: its words, states, reasons, statuses and fields."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mailflow import __version__
from mailflow.cli import COMMANDS, STATUSES, global_options
from mailflow.core.effects import ReplyKind
from mailflow.core.ledger import Bucket
from mailflow.core.model import SeatState
from mailflow.reading.as_json import as_json
from mailflow.reading.model import Intent, Kind, Reading
from mailflow.settings import EventFile, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below that heading, up to the next one of any rank."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {title!r}"
    return found[1]


def coded(text: str) -> set[str]:
    """Everything that stands between backquotes."""
    return set(re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Seat states", [*SeatState, "review"]),
        ("Message buckets", list(Bucket)),
        ("Outbox states", ["queued", "sending", "sent", "failed"]),
        ("What people get", list(ReplyKind)),
        ("JSON", [*Intent, *Kind]),
    ],
)
def test_every_word_a_person_meets_is_explained(title: str, words: list[str]) -> None:
    assert {str(word) for word in words} - coded(section(title)) == set()


def test_every_reason_why_a_person_must_look_is_explained() -> None:
    """The reasons are written where they arise; each is searched for in the code."""
    given: set[str] = set()
    for path in (ROOT / "mailflow").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        given.update(re.findall(r"(?:\.review|Review)\(\s*\"([a-z_]+)\"", text))
        given.update(re.findall(r"Bucket\.REVIEW, \"([a-z_]+)\"", text))
    assert {"question", "party", "held_back", "set_aside"} <= given, "the search finds nothing any more"
    assert given - coded(section("Review reasons")) == set()


def test_every_exit_status_is_explained() -> None:
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", section("Commands"), re.MULTILINE)}
    assert told == {0} | {status for _, status in STATUSES}


def test_every_field_of_parse_is_explained() -> None:
    assert set(as_json(Reading(), "001.eml")) - coded(section("JSON")) == set()


def test_every_global_option_is_named() -> None:
    text = section("Commands")
    assert [o.opts[0] for o in global_options() if f"`{o.opts[0]}" not in text] == []


def test_no_command_is_told_of_that_does_not_exist() -> None:
    told = set(re.findall(r"(?<!run )`mailflow ([a-z]+)", README))
    assert told - set(COMMANDS) == set()


def test_the_defaults_of_numbers_are_those_of_the_program() -> None:
    """`| `key` | 60 |`: each such line, of whichever file, is a default that holds."""
    told = re.findall(r"^\| (?:\*\*`\[\w+\]`\*\* )?`([a-z_]+)` \| (\d+) \|", README, re.MULTILINE)
    assert len(told) > 8
    models = [EventFile, *(f.annotation for f in Settings.model_fields.values())]
    for key, number in told:
        defaults = [m.model_fields[key].default for m in models if key in m.model_fields]  # type: ignore[union-attr]
        assert int(number) in defaults, f"{key} is said to be {number}, and is {defaults}"


def test_every_link_within_the_page_leads_somewhere() -> None:
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) - anchors == set()


def test_the_version_stands_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
