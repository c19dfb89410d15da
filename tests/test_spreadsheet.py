"""The participants to take along: a row a seat, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from mailflow.writing.spreadsheet import participants_csv, participants_xlsx
from tests.writing_samples import CANCELLED, CONFIRMED, EVENT, WAITLISTED, ago, party, roster

HOUSE = roster(
    party(
        ("Jo van der Meer", CONFIRMED),
        ("", CONFIRMED),
        organisation="Waterschap",
        involvement="ik onderhoud de kade",
        projects=("veen",),
        workshops=((1, "kade"),),
    ),
    party(("Laat", WAITLISTED), ref="DD-LAAT", arrival=ago(hours=1)),
    party(("Weg", CANCELLED), ref="DD-WEG"),
)


def book(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_the_workbook_has_a_row_for_each_seat_and_those_given_up_apart() -> None:
    sheets = book(participants_xlsx(HOUSE))
    assert sheets.sheetnames == ["Deelnemers", "Afgemeld"]
    rows = list(sheets["Deelnemers"].iter_rows(values_only=True))
    head = ["Plaats", "Status", "Wachtlijst", "Naam", "Contact", "Organisatie", "Betrokkenheid", "Projecten"]
    assert list(rows[0]) == [*head, "Workshop 1", "Workshop 2", "Taal", "Aangemeld", "Kenmerk"]
    assert [row[3] for row in rows[1:]] == ["Jo van der Meer", "gast van Jo van der Meer", "Laat"]
    assert rows[1][:2] == (1, "bevestigd")
    assert rows[3][:3] == (None, "wachtlijst", 1)
    assert rows[1][5:10] == ("Waterschap", "ik onderhoud de kade", "Veen & Water", "De Kade", None)
    assert rows[1][11] == datetime(2031, 4, 20, 12, 30)  # noqa: DTZ001 - a cell holds local time
    assert [row[3] for row in sheets["Afgemeld"].iter_rows(min_row=2, values_only=True)] == ["Weg"]


def test_the_header_stays_in_sight_and_the_columns_are_wide_enough() -> None:
    sheet = book(participants_xlsx(HOUSE))["Deelnemers"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:M4"
    assert sheet.column_dimensions["D"].width > 20


def test_the_same_roster_is_the_same_bytes() -> None:
    assert participants_xlsx(HOUSE) == participants_xlsx(HOUSE)
    assert book(participants_xlsx(HOUSE)).properties.created.year == 2000, "not the moment of writing"
    assert participants_xlsx(HOUSE) != participants_xlsx(roster(party(("Ander", CONFIRMED))))


def test_an_empty_house_is_a_workbook_too() -> None:
    assert list(book(participants_xlsx(roster()))["Deelnemers"].iter_rows(min_row=2, values_only=True)) == []


def test_the_csv_opens_in_a_dutch_excel() -> None:
    text = participants_csv(HOUSE)
    assert text.startswith("\ufeffPlaats;Status;")
    assert text.count("\r\n") == 5
    assert "\n" not in text.replace("\r\n", "")
    assert rows_of(text)[1][11] == "2031-04-20 12:30"
    assert [row[3] for row in rows_of(text)[1:]] == [
        "Jo van der Meer",
        "gast van Jo van der Meer",
        "Laat",
        "Weg",
    ]


@pytest.mark.parametrize(
    "evil", ["=1+1", "+31 10 1234567", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝cmd", ' \u202e=HYPERLINK("x")']
)
def test_no_cell_is_taken_for_a_formula(evil: str) -> None:
    house = roster(party((evil, CONFIRMED), name=evil, organisation=evil, involvement=evil))
    for row in book(participants_xlsx(house))["Deelnemers"].iter_rows():
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    cells = rows_of(participants_csv(house))[1]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for cell in cells)
    assert cells[3].startswith("'")


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=40), words=st.text(max_size=60))
def test_every_name_comes_back_from_the_csv_on_one_line(name: str, words: str) -> None:
    house = roster(party((name, CONFIRMED), ("Sanne", CONFIRMED), name=name, organisation=words))
    rows = rows_of(participants_csv(house))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {13}
    participants_csv(house).encode("utf-8")


def test_an_event_in_another_language_gets_english_columns() -> None:
    for language, first in (("nl", "Plaats"), ("en", "Seat"), ("fr", "Seat")):
        house = replace(HOUSE, event=replace(EVENT, language=language))
        assert rows_of(participants_csv(house))[0][0] == first


def test_parties_in_review_stand_below_and_are_named_so() -> None:
    house = roster(
        party(("Groot", WAITLISTED), ref="DD-A", in_review=True),
        party(("Jo", CONFIRMED), ref="DD-B"),
        party(("Wacht", WAITLISTED), ref="DD-C"),
    )
    rows = rows_of(participants_csv(house))[1:]
    assert [(row[3], row[1]) for row in rows] == [
        ("Jo", "bevestigd"),
        ("Wacht", "wachtlijst"),
        ("Groot", "in behandeling"),
    ]
