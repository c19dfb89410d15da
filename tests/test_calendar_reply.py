"""The calendar's own answer is read, however the calendar writes it."""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.reading.calendar_reply import read_reply
from mailflow.reading.model import Calendar
from mailflow.reading.parse import parse

CORPUS = Path(__file__).parent / "corpus"


def reply(*lines: str, method: str = "REPLY", end: str = "\r\n") -> str:
    return end.join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )  # fmt: skip


FULL = (
    "UID:1@dag.example",
    "SEQUENCE:2",
    "DTSTAMP:20190304T091200Z",
    'ATTENDEE;CN="Pot, Jan";PARTSTAT=DECLINED:mailto:Jan@Pot.example',
    "COMMENT:Ik ben ziek\\, helaas",
)


def test_a_reply_is_read_whole() -> None:
    assert read_reply(reply(*FULL)) == Calendar(
        partstat="DECLINED",
        attendee="jan@pot.example",
        attendee_name="Pot, Jan",
        uid="1@dag.example",
        sequence=2,
        stamped="2019-03-04T09:12:00+00:00",
        comment="Ik ben ziek, helaas",
    )


@pytest.mark.parametrize(
    ("file", "partstat", "attendee"),
    [
        ("053.eml", "ACCEPTED", "m.degroot@gemeente-hellevliet.example"),
        ("068.eml", "DECLINED", "r.tjonaloi@havensteder-zuid.example"),
        ("071.eml", "DECLINED", "joke.ravensbergen@gmail.example"),
    ],
)
def test_the_replies_of_the_example_mailbox_are_read(file: str, partstat: str, attendee: str) -> None:
    found = read_reply(parse((CORPUS / file).read_bytes()).calendar)
    assert found is not None
    assert (found.partstat, found.attendee) == (partstat, attendee)


@pytest.mark.parametrize(
    "text",
    [
        reply(*FULL, end="\n"),
        reply(*FULL, "DTSTART;TZID=W. Europe Standard Time:20190404T130000"),
        reply(*FULL, "DTSTART;TZID=Nowhere/Nothing:20190404T130000"),
        reply(*FULL, "DTSTART:nonsense"),
        reply(*FULL, "X-BROKEN;;;=:x", "no colon here"),
        reply("ORGANIZER:mailto:aanmelden@dag.example", *FULL),
        reply(*FULL).replace("mailto:Jan@", "mailto:\r\n Jan@"),
        reply(*FULL).replace("END:VEVENT\r\nEND:VCALENDAR\r\n", ""),
        reply(*FULL).replace("PARTSTAT=DECLINED", "partstat=declined"),
        reply(*FULL).replace("METHOD:REPLY", "METHOD:reply"),
        "\ufeff" + reply(*FULL),
    ],
    ids=["bare line ends", "windows zone", "unknown zone", "broken time", "broken lines", "organizer", "folded", "cut off",
         "small letters", "small method", "byte order mark"],
)  # fmt: skip
def test_a_calendars_own_ways_do_not_matter(text: str) -> None:
    found = read_reply(text)
    assert found is not None
    assert (found.partstat, found.attendee, found.uid, found.sequence) == (
        "DECLINED",
        "jan@pot.example",
        "1@dag.example",
        2,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hoi",
        "BEGIN:VCALENDAR",
        reply(*FULL, method="REQUEST"),
        reply(*FULL, method="CANCEL"),
        reply(*FULL, method="COUNTER"),
        reply("UID:1"),
        reply("UID:1", "ATTENDEE:mailto:jan@pot.example"),
        reply("UID:1", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:jan@pot.example"),
    ],
)
def test_what_is_no_reply_is_none(text: str) -> None:
    assert read_reply(text) is None


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 400), piece=st.text(max_size=12), gone=st.integers(0, 60))
def test_a_damaged_calendar_never_raises(at: int, piece: str, gone: int) -> None:
    text = reply(*FULL)
    read_reply(text[:at] + piece + text[at + gone :])
