"""The organiser's hand on the command line: limits, and what is erased on request or in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailflow.cli import execute
from tests.desk import OPENED, cancels, configure, mail, registers

NOW = OPENED.isoformat()


class House:
    """An event of one seat by its commands, fed by files; no server is reached."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        configure(folder, 9, 9, capacity=1)

    def __call__(self, *arguments: object, now: str = NOW) -> str:
        """The command's words; it must end well."""
        status, out, err = self.ends(*arguments, now=now)
        assert status == 0, err
        return out

    def ends(self, *arguments: object, now: str = NOW) -> tuple[int, str, str]:
        self.capsys.readouterr()
        status = execute(["--config", str(self.folder / "config"), "--now", now, *map(str, arguments)])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def takes_in(self, raw: bytes, at: datetime = OPENED) -> None:
        file = self.folder / f"{len(list(self.folder.glob('*.eml')))}.eml"
        file.write_bytes(raw)
        self("ingest", "--arrival", at.isoformat(), file, now=at.isoformat())

    def seats(self, now: str = NOW) -> dict[str, list[str]]:
        """Contact -> the states of its seats."""
        found: dict[str, list[str]] = {}
        for line in self("list", "--json", now=now).splitlines():
            row: dict[str, Any] = json.loads(line)
            found.setdefault(row["contact"].split("@")[0], []).append(row["state"])
        return found


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    made = House(tmp_path, capsys)
    for number, who in enumerate(("Ann Lee", "Ben Oak", "Cy Fir")):
        at = OPENED + timedelta(minutes=number)
        made.takes_in(registers(who, at=at), at)
    return made


def test_more_seats_go_to_the_first_of_the_list_at_once(house: House) -> None:
    assert house.seats() == {"ann.lee": ["confirmed"], "ben.oak": ["waitlisted"], "cy.fir": ["waitlisted"]}
    said = house("capacity", 2)
    assert "before: capacity 1, 0 held back, 1 confirmed, 0 offered, 0 free, 2 on the waitlist" in said
    assert "now:    capacity 2, 0 held back, 2 confirmed, 0 offered, 0 free, 1 on the waitlist" in said
    assert "1 mails follow" in said
    assert house.seats() == {"ann.lee": ["confirmed"], "ben.oak": ["confirmed"], "cy.fir": ["waitlisted"]}


def test_a_command_wins_over_the_file_until_the_file_is_edited(house: House) -> None:
    house("capacity", 3)
    house("list")  # the next opening reads the file again
    assert [s for _, (s,) in sorted(house.seats().items())] == ["confirmed"] * 3
    assert "capacity 3" in house("capacity", 3)


def test_fewer_seats_take_nobodys(house: House) -> None:
    house("capacity", 3)
    said = house("capacity", 1)
    assert "3 confirmed, 0 offered, 0 free, 0 on the waitlist, OVER BY 2" in said
    assert "mails follow" not in said
    assert [s for _, (s,) in sorted(house.seats().items())] == ["confirmed"] * 3


def test_seats_kept_back_are_given_when_they_are_given_back(house: House) -> None:
    house("hold", 1)
    said = house("capacity", 2)
    assert "over" in said.casefold() or "0 free" in said
    assert house.seats()["ben.oak"] == ["waitlisted"]
    house("hold", 0)
    assert house.seats()["ben.oak"] == ["confirmed"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("capacity", "0"), 64),
        (("capacity", "many"), 64),
        (("hold", "2"), 65),
        (("forget", "nobody"), 65),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    house: House, arguments: tuple[str, ...], status: int
) -> None:
    before = house.seats()
    ended, _, err = house.ends(*arguments)
    assert ended == status
    assert err
    assert house.seats() == before


def test_the_order_stands_in_the_days_page(house: House) -> None:
    house("capacity", 2)
    page = house("digest")
    assert "seats 1 → 2" in page


def test_who_is_forgotten_gives_up_the_seat_and_the_next_gets_it(house: House) -> None:
    said = house("forget", "Ann.Lee@Home.example")
    assert "erased: 1 registrations, 1 seats given up" in said
    assert "2 mails follow" in said, "one to her, one to who moves up"
    assert house.seats() == {"": ["cancelled"], "ben.oak": ["confirmed"], "cy.fir": ["waitlisted"]}
    data = (house.folder / "mailflow.db").read_bytes()
    assert b"I volunteer" in data, "what the others wrote stands"
    assert house("list").count("Ann Lee") == 0


def test_a_second_time_there_is_nothing_to_forget(house: House) -> None:
    house("forget", "ann.lee@home.example")
    said = house("forget", "ann.lee@home.example")
    assert "erased: 0 registrations, 0 seats" in said
    assert "follow" not in said


def test_a_guest_is_forgotten_without_the_party(house: House) -> None:
    house("capacity", 5)
    at = OPENED + timedelta(hours=1)
    text = (
        "Please register two people: myself, Dee Elm, and Fay Ash (fay@ash.example).\n\n"
        "I volunteer at the solder bench.\n\nDee Elm\n"
    )
    house.takes_in(mail("Dee Elm", text, at=at), at)
    assert house.seats()["dee.elm"] == ["confirmed", "confirmed"]
    said = house("forget", "fay@ash.example")
    assert "erased: 0 registrations, 1 seats given up" in said
    assert house.seats()["dee.elm"] == ["confirmed", "cancelled"]
    assert "Fay Ash" not in house("list")


def test_everybody_is_erased_when_the_days_of_keeping_are_over(house: House) -> None:
    assert "nothing is erased before 2030-07-01 17:00 (30 days after the event)" in house("purge")
    house.takes_in(cancels("Ben Oak"), OPENED + timedelta(days=1))
    after = "2030-07-01T17:01:00+02:00"
    assert "erased: 3 registrations" in house("purge", now=after)
    states = [state for states in house.seats(after).values() for state in states]
    assert sorted(states) == ["cancelled", "closed", "confirmed"], "the counts stay"
    assert "erased: 0 registrations" in house("purge", now=after)


def test_who_was_erased_is_nobodys_guest(house: House) -> None:
    house("forget", "ann.lee@home.example")
    rows = [json.loads(line) for line in house("list", "--json").splitlines()]
    (gone,) = [row for row in rows if row["state"] == "cancelled"]
    assert (gone["name"], gone["contact"]) == ("", "")
    said = house("show", gone["ref"])
    assert said.startswith(f"{gone['ref']}  erased")
    assert "erased by hand" in said


def test_show_tells_of_the_offer_its_deadline_and_what_came_of_it(house: House) -> None:
    """Two days before the start a seat that comes free is offered; then nobody answers."""
    at = datetime(2030, 5, 30, 10, tzinfo=OPENED.tzinfo)
    house.takes_in(cancels("Ann Lee", at=at), at)
    (ref,) = [r["ref"] for r in map(json.loads, house("list", "--json", "--state", "offered").splitlines())]
    said = house("show", ref, now=at.isoformat()).splitlines()
    assert "1\t1\t2030-05-30 12:00\t2030-05-31 10:00\topen" in said
    (calendar,) = [line for line in said if line.startswith("  calendar")]
    assert "stands, version 0, sent 2030-05-30 12:00" in calendar
    assert any("offered: queued" in line for line in said)


def test_what_counts_as_what_in_status(house: House) -> None:
    at = datetime(2030, 5, 30, 10, tzinfo=OPENED.tzinfo)
    house.takes_in(cancels("Ann Lee", at=at), at)
    _, out, _ = house.ends("status", "--json", now=at.isoformat())
    row = json.loads(out)
    wanted = {"capacity": 1, "held": 0, "confirmed": 0, "offered": 1, "waitlisted": 1, "cancelled": 1}
    assert {key: row[key] for key in wanted} == wanted
    assert (row["free"], row["over"], row["review"]) == (0, 0, 0)
