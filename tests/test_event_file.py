"""One event file: the example that is shipped, and what an organiser may get wrong in one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow.config import load_event
from mailflow.core.model import Event, InvolvementPolicy, Promotion
from mailflow.errors import ConfigError

SHIPPED = Path(__file__).parent.parent / "config" / "events" / "leefbaarheid-2018.toml"
GOOD = {
    "id": '"buurtfeest"',
    "name": '"Buurtfeest"',
    "address": '"feest@buurt.example"',
    "organisers": '["els@buurt.example"]',
    "capacity": "20",
    "starts": "2026-11-19T13:00:00",
    "ends": "2026-11-19T18:00:00",
    "timezone": '"Europe/Amsterdam"',
}


def event_file(folder: Path, more: str = "", **changed: str | None) -> Path:
    keys = {**GOOD, **changed}
    path = folder / "feest.toml"
    path.write_text(
        "\n".join(f"{k} = {v}" for k, v in keys.items() if v is not None) + "\n" + more, encoding="utf-8"
    )
    return path


def read(folder: Path, more: str = "", **changed: str | None) -> Event:
    return load_event(event_file(folder, more, **changed))


def problems(folder: Path, more: str = "", **changed: str | None) -> list[str]:
    path = event_file(folder, more, **changed)
    with pytest.raises(ConfigError) as wrong:
        load_event(path)
    return [line.removeprefix(f"{path}:") for line in wrong.value.problems]


def test_the_shipped_event_is_the_knowledge_meeting() -> None:
    event = load_event(SHIPPED)
    assert (event.id, event.reference, event.capacity) == ("leefbaarheid-2018", "KLV", 100)
    assert event.starts == datetime(2018, 11, 22, 12, tzinfo=UTC)
    assert event.ends == datetime(2018, 11, 22, 17, tzinfo=UTC)
    assert str(event.starts.tzinfo) == "Europe/Amsterdam"
    assert [r.number for r in event.rounds] == [1, 2]
    assert {p.id for p in event.projects} == {
        "buurtpreventie-gorinchem-oost", "bart", "buurt-bestuurt", "mooi-mooier-middelland", "spaanse-polder",
        "wollefoppengroen", "oost-pact-door", "welzijn-afrikaanderwijk",
    }  # fmt: skip
    assert all(p.name and p.place and p.text for p in event.projects)
    assert [i.time for i in event.programme] == sorted(i.time for i in event.programme)


def test_the_values_shown_in_the_shipped_file_are_the_defaults(tmp_path: Path) -> None:
    shown, bare = load_event(SHIPPED), read(tmp_path)
    for key in (
        "held", "max_party", "opens", "closes", "language", "languages", "involvement", "promotion",
        "calendar", "substitution", "reconfirm_days", "release_silent", "retention_days", "purge_mailbox",
    ):  # fmt: skip
        assert getattr(shown, key) == getattr(bare, key), key
    assert (bare.involvement, bare.promotion) == (InvolvementPolicy.ASK, Promotion.BY_TIME)


def test_local_times_get_the_events_zone_and_others_are_brought_into_it(tmp_path: Path) -> None:
    event = read(
        tmp_path, starts="2026-07-01T13:00:00", ends="2026-07-01T16:00:00Z", opens='"2026-06-01T09:00"'
    )
    assert event.starts.isoformat() == "2026-07-01T13:00:00+02:00"
    assert event.ends.isoformat() == "2026-07-01T18:00:00+02:00"
    assert event.opens is not None
    assert event.opens.isoformat() == "2026-06-01T09:00:00+02:00"


def test_an_empty_opening_is_none(tmp_path: Path) -> None:
    event = read(tmp_path, opens='""', closes='""')
    assert (event.opens, event.closes) == (None, None)


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = event_file(tmp_path, name='"Café"')
    path.write_bytes(b"\xef\xbb\xbf" + path.read_text(encoding="utf-8").replace("\n", "\r\n").encode())
    assert load_event(path).name == "Café"
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("cp1252"))
    with pytest.raises(ConfigError, match=r"feest.toml:2: not UTF-8"):
        load_event(path)


def test_the_events_own_language_is_always_answered_in(tmp_path: Path) -> None:
    assert read(tmp_path, language='"de"').languages == ("nl", "en", "de")


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_required_key_that_is_missing_is_named(tmp_path: Path, key: str) -> None:
    (line,) = problems(tmp_path, **{key: None})
    assert line.startswith(f"{key}: is missing; ")


MISTAKES: list[tuple[dict[str, str], str, str]] = [
    ({"capacity": "0"}, "", "capacity: should be at least 1"),
    ({"capacity": '"100"'}, "", "capacity: should be a whole number without quotes"),
    ({"capacity": "99.5"}, "", "capacity: should be a whole number without quotes"),
    ({"held": "21"}, "", "held: 21 is more than the capacity of 20; keep back fewer"),
    ({"held": "-1"}, "", "held: should be at least 0"),
    ({"ends": "2026-11-19T12:00:00"}, "", "ends: is not after starts"),
    ({"ends": "2026-11-19T13:00:00"}, "", "ends: is not after starts"),
    ({"starts": "2026-11-19"}, "", "starts: is a date without a time; write it as 2026-11-19T13:00:00"),
    ({"starts": '"tomorrow"'}, "", "starts: is no date and time; write it as 2018-11-22T13:00:00"),
    ({"starts": "2026-03-29T02:30:00"}, "", "starts: 02:30 does not exist on 2026-03-29 in Europe/Amsterdam"),
    ({"starts": "2026-03-29T02:30:00"}, "", "write 2026-03-29T03:30:00"),
    (
        {"timezone": '"Europe/Amsterdm"'},
        "",
        'timezone: is no time zone that is known; did you mean "Europe/Amsterdam"',
    ),
    ({"timezone": '"../etc/passwd"'}, "", "timezone: is no time zone that is known"),
    ({"timezone": '""'}, "", "timezone: is empty; fill it in"),
    ({"address": '"feest"'}, "", "address: is no mail address"),
    ({"address": '"feest@buurt.example\\nBcc: x@y.example"'}, "", "address: holds a line break"),
    ({"organisers": "[]"}, "", "organisers: should name at least one"),
    ({"organisers": '["els@buurt.example", "els"]'}, "", "organisers[2]: is no mail address"),
    ({"organisers": '"els@buurt.example"'}, "", 'organisers: should be a list, such as ["one", "two"]'),
    ({"opens": "2026-11-02T00:00:00", "closes": "2026-11-01T00:00:00"}, "", "opens: is not before closes"),
    ({"opens": "2026-11-20T00:00:00"}, "", "opens: is not before starts"),
    ({"language": '"fy"'}, "", "language: is no language mailflow writes; choose from nl, en, de, fr"),
    ({"languages": '["nl", "xx"]'}, "", "languages[2]: is no language mailflow writes"),
    ({"involvement": '"maybe"'}, "", 'involvement: should be one of "ask", "require" or "off"'),
    ({"reference": '"K-V"'}, "", "reference: may hold letters and digits only"),
    ({"id": '"buurt feest"'}, "", "id: may hold letters, digits and dashes only"),
    ({"capcity": "3"}, "", 'capcity: is no key that mailflow knows; did you mean "capacity"?'),
    ({"max-party": "3"}, "", 'max-party: is no key that mailflow knows; did you mean "max_party"?'),
    (
        {},
        '[[project]]\nid = "a"\nname = "A"\n[[project]]\nid = "a"\nname = "B"\n',
        'two projects have the id "a"',
    ),
    (
        {},
        '[[project]]\nid = "a"\nname = "Groen!"\n[[project]]\nid = "b"\nname = "B"\naliases = ["groen"]\n',
        '"groen" is a name or alias of both "a" and "b"',
    ),
    ({}, '[[project]]\nid = "a"\n', "project[1].name: is missing"),
    (
        {},
        '[[project]]\nid = "a"\nname = "A"\nleader = "x"\n',
        "project[1].leader: is no key that mailflow knows; did",
    ),
    ({}, "[[round]]\nnumber = 1\n[[round]]\nnumber = 1\n", "round: two rounds have the number 1"),
    ({}, '[[programe]]\ntext = "x"\n', 'programe: is no key that mailflow knows; did you mean "programme"?'),
    ({}, '[mailbox]\nhots = "x"\n', 'mailbox.hots: is no key that mailflow knows; did you mean "host"?'),
    ({}, '[smtp]\nhost = "mx.buurt.example"\ntls = "none"\n', 'smtp.tls: "none" sends password'),
    ({"name": "“Buurtfeest”"}, "", "2: not valid TOML"),
]


@pytest.mark.parametrize(
    ("changed", "more", "said"), MISTAKES, ids=[f"{n}-{m[2][:30]}" for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_named_with_its_cure(
    tmp_path: Path, changed: dict[str, str], more: str, said: str
) -> None:
    found = problems(tmp_path, more, **changed)
    assert any(said in line for line in found), found
    assert len(found) == 1, found


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        '[[project]]\nid = "a"\nnaam = "A"\n'
        '[[project]]\nid = "b"\nname = "B"\n[[project]]\nid = "b"\nname = "C"\n',
        id=None, capacity='"x"', held="-1", ends="2026-11-19T12:00:00", timezone='"Mars"', language='"xx"',
    )  # fmt: skip
    starts = ("id: is missing", "capacity: ", "held: ", "timezone: ", "language: ",
              "project[1].name: is missing", "project[1].naam: ",
              "project: two projects have the id")  # fmt: skip
    for start in starts:
        assert any(line.startswith(start) for line in found), (start, found)


def test_the_same_alias_twice_in_one_project_is_no_mistake(tmp_path: Path) -> None:
    more = '[[project]]\nid = "bart"\nname = "BART!"\naliases = ["BART", "bart"]\n'
    assert read(tmp_path, more).projects[0].aliases == ("BART", "bart")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nosuch.toml: there is no such file"):
        load_event(tmp_path / "nosuch.toml")
