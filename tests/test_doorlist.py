"""The list for the door: to every organiser the evening before, and again when it says something else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from mailflow.core.model import Seat, SeatState
from mailflow.demo.servers import EmbeddedServers
from mailflow.doorlist import is_due
from mailflow.office import Office
from mailflow.writing.doorlist import ROWS, DoorList, door_csv, door_list, door_mail, door_xlsx
from tests.desk import Hands, cancels, close_all, office, registers, servers
from tests.writing_samples import CONFIRMED, EVENT, NOW, SECRET, party, roster, shipped

ZONE = ZoneInfo("Europe/Amsterdam")
EVENING = datetime(2030, 5, 31, 18, tzinfo=ZONE)
STARTS = datetime(2030, 6, 1, 9, tzinfo=ZONE)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


@pytest.fixture
def clock() -> Hands:
    return Hands(datetime(2030, 5, 1, 8, tzinfo=ZONE))


@pytest.fixture
def desk(running: EmbeddedServers, tmp_path: Path, clock: Hands) -> Office:
    """A house of three in which three have a seat and one waits."""
    opened = office(tmp_path, running, clock)
    for number, who in enumerate(("Ann Lee", "Ben Oak", "Cy Fir", "Dee Elm")):
        running.deliver(registers(who), clock.at + number * MINUTE)
    clock.at += HOUR
    opened.round()
    return opened


def lists(running: EmbeddedServers) -> list[EmailMessage]:
    """The door lists that left."""
    read = [message_from_bytes(content, policy=policy.default) for _, _, content in running.outgoing]
    return [m for m in read if "door list" in m["Subject"].casefold()]


def text(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_it_comes_the_evening_before_and_not_sooner(
    desk: Office, running: EmbeddedServers, clock: Hands
) -> None:
    clock.at = EVENING - MINUTE
    desk.round()
    assert lists(running) == []
    clock.at = EVENING
    for _ in range(3):
        desk.round()
        clock.at += 2 * HOUR
    (mail,) = lists(running)
    assert mail["To"] == "team@repair.example"
    said = text(mail)
    assert "3 of 3 seats taken, 0 free" in said
    assert [said.index(who) for who in ("Ann Lee", "Ben Oak", "Cy Fir", "Dee Elm")] == sorted(
        said.index(who) for who in ("Ann Lee", "Ben Oak", "Cy Fir", "Dee Elm")
    )
    assert said.index("WAITING LIST") < said.index("Dee Elm")
    assert "Dee Elm" in text(mail, "html")
    (book,) = mail.iter_attachments()
    assert book.get_filename() == "door-list-repair-2030.xlsx"


def test_it_comes_again_when_it_changes_but_not_within_the_hour(
    desk: Office, running: EmbeddedServers, clock: Hands
) -> None:
    clock.at = EVENING
    desk.round()
    running.deliver(cancels("Ben Oak"), clock.at + MINUTE)
    clock.at += 30 * MINUTE
    desk.round()
    assert len(lists(running)) == 1
    clock.at = EVENING + HOUR
    desk.round()
    first, second = lists(running)
    assert "Ben Oak" in text(first)
    assert "Ben Oak" not in text(second)
    assert second["Subject"].startswith("New door list")


def test_the_beginning_closes_the_list_and_changes_nothing_at_the_door(
    desk: Office, running: EmbeddedServers, clock: Hands
) -> None:
    clock.at = EVENING
    desk.round()
    clock.at = STARTS + HOUR
    desk.round()
    seats = [s.state for _, s in desk.store.roster(desk.event_id).seats()]
    assert SeatState.CLOSED in seats
    assert len(lists(running)) == 1


def test_it_ends_with_the_event() -> None:
    event = replace(EVENT, timezone="Europe/Amsterdam")
    assert is_due(event, event.ends - MINUTE)
    assert not is_due(event, event.ends)


def test_a_list_that_is_again_as_it_was_is_sent_again(
    desk: Office, running: EmbeddedServers, clock: Hands
) -> None:
    """Else the one in hand, with somebody more, would be believed."""
    clock.at = EVENING
    desk.round()
    for capacity in (5, 3, 5):
        with desk.store.step(desk.event_id) as step:
            step.limits(capacity, 0)
        clock.at += HOUR
        assert desk.doorlist() == 1
        assert desk.doorlist() == 0


def test_who_organises_with_others_gets_one_each(
    running: EmbeddedServers, tmp_path: Path, clock: Hands
) -> None:
    opened = office(tmp_path, running, clock)
    pair = ("team@repair.example", "Crew@repair.example")
    opened.desk = replace(opened.desk, event=replace(opened.desk.event, organisers=pair))
    clock.at = EVENING
    assert opened.doorlist() == 2
    assert opened.doorlist() == 0


def long_list(people: int) -> DoorList:
    base = party(("Ann Lee", CONFIRMED))
    seat = base.seats[0]
    seats = tuple(replace(seat, place=n, number=n, name=f"Guest Number{n}") for n in range(1, people + 1))
    return door_list(roster(replace(base, seats=seats), capacity=people), shipped())


def sent(door: DoorList) -> EmailMessage:
    envelope = door_mail(
        door,
        shipped(),
        recipient="team@repair.example",
        now=NOW,
        again=False,
        secret=SECRET,
        cause="doorlist:x:y:z",
        sheet=door_xlsx(door, shipped()),
    )
    return message_from_bytes(envelope.content, policy=policy.default)


def test_a_long_list_is_whole_in_the_text_and_the_workbook_and_says_so_in_the_page() -> None:
    mail = sent(long_list(ROWS + 7))
    assert f"Guest Number{ROWS + 7}" in text(mail)
    page = text(mail, "html")
    assert f"Guest Number{ROWS + 7}" not in page
    assert "7" in page.split(f"Guest Number{ROWS}")[1]
    assert len(page.encode()) < 102_000


def test_the_workbook_has_a_row_for_each_seat_then_the_total_then_who_waits() -> None:
    base = party(("Ann Lee", CONFIRMED))
    wait = replace(
        base,
        ref="KLV-WAIT",
        seats=(Seat(1, "=cmd()", SeatState.WAITLISTED, NOW, 9), Seat(2, "", SeatState.WAITLISTED, NOW, 9)),
    )
    door = door_list(roster(base, wait), shipped())
    page = load_workbook(io.BytesIO(door_xlsx(door, shipped()))).worksheets[0]
    rows = list(page.iter_rows(values_only=True))
    held = len(base.seats)
    assert [r[0] for r in rows[1 : held + 1]] == [s.number for s in base.seats]
    assert rows[held + 1][0] == held, "the total"
    assert [r[1] for r in rows[held + 2 :]] == [1, 1], "one party, one place on the list"
    cell = page.cell(held + 3, 3)
    assert (cell.value, cell.data_type) == ("=cmd()", "s")
    table = list(csv.reader(io.StringIO(door_csv(door, shipped()).lstrip("\ufeff")), delimiter=";"))
    assert [r[2] for r in table][held + 1] == "'=cmd()"
