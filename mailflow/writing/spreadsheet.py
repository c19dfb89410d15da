"""The participants to take along: a workbook for the digest, a CSV file for whoever wants one.

Names and words come from strangers: no cell of either may be taken for a formula or a link.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailflow.core.model import Event, Registration, Roster, Seat, SeatState
from mailflow.core.waitlist import waitlist
from mailflow.writing.wording import one_line, scrub

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # Excel reads the wide ones, too
_CELL = 1000  # characters of a cell; Excel's own limit is 32,767

_SHEETS = {"nl": ("Deelnemers", "Afgemeld"), "en": ("Participants", "Cancelled")}
_COLUMNS = {
    "nl": "Plaats|Status|Wachtlijst|Naam|Contact|Organisatie|Betrokkenheid|Projecten|Workshop|Taal|"
    "Aangemeld|Kenmerk",
    "en": "Seat|State|Waiting list|Name|Contact|Organisation|Involvement|Projects|Workshop|Language|"
    "Registered|Reference",
}
_STATES = {
    "nl": {
        SeatState.CONFIRMED: "bevestigd",
        SeatState.WAITLISTED: "wachtlijst",
        SeatState.OFFERED: "aangeboden",
        SeatState.RELEASE_PENDING: "bevestigd",
        SeatState.CANCELLED: "afgemeld",
        SeatState.REMOVED: "verwijderd",
        SeatState.SUBSTITUTED: "vervangen",
        SeatState.CLOSED: "gesloten",
    },
    "en": {state: state.value.replace("_", " ") for state in SeatState},
}
_REVIEW = {"nl": "in behandeling", "en": "under review"}
_GUEST = {"nl": "gast van", "en": "guest of"}
_WIDTHS = (8, 14, 10, 28, 34, 26, 48, 34)  # characters, of the columns before the workshops
_LAST_WIDTHS = (7, 17, 12)

Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The table: its columns and, for seats alive and seats given up, its rows."""

    columns: tuple[str, ...]
    present: tuple[tuple[Cell, ...], ...]
    gone: tuple[tuple[Cell, ...], ...]


def participants_xlsx(roster: Roster) -> bytes:
    """A workbook with a row for each seat: those present, by seat number and then the waitlist in its
    order, and on a second sheet those given up. The same roster is the same bytes. Times are local to
    the event."""
    sheet = _sheet(roster)
    between = (26,) * (len(sheet.columns) - len(_WIDTHS) - len(_LAST_WIDTHS))
    here, gone = _SHEETS[_language(roster.event)]
    pages = {here: sheet.present, gone: sheet.gone}
    return workbook(roster.event.name, sheet.columns, _WIDTHS + between + _LAST_WIDTHS, pages)


def workbook(
    title: str, columns: Sequence[str], widths: Sequence[int], pages: Mapping[str, Sequence[Sequence[Cell]]]
) -> bytes:
    """A workbook with these columns on each of its sheets (name -> rows), ready to print and to filter."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    buffer = io.BytesIO()
    # in_memory: no temporary files; strings stay strings, whatever they begin with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, {**options, "strings_to_numbers": False}) as book:
        # Without this the moment of writing would stand in the file, and no two would be alike.
        book.set_properties({"title": one_line(title), "created": datetime(2000, 1, 1)})  # noqa: DTZ001
        head = book.add_format({"bold": True, "bg_color": "#E3E6E9", "bottom": 1, "valign": "top"})
        cell = book.add_format({"text_wrap": True, "valign": "top"})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"})
        for name, rows in pages.items():
            page = book.add_worksheet(name)
            page.freeze_panes(1, 0)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(0)
            for column, width in enumerate(widths):
                page.set_column(column, column, width)
            for column, label in enumerate(columns):
                page.write_string(0, column, label, head)
            page.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)
            for number, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    if isinstance(value, datetime):
                        page.write_datetime(number, column, value, time)
                    elif isinstance(value, int):
                        page.write_number(number, column, value, cell)
                    elif value:
                        page.write_string(number, column, value, cell)
    return buffer.getvalue()


def participants_csv(roster: Roster) -> str:
    """The same rows as one table of text, those given up at the end: a BOM and semicolons, as a Dutch
    Excel opens it, and CRLF line ends (RFC 4180). A cell that could be a formula begins with '."""
    sheet = _sheet(roster)
    return table_of(sheet.columns, (*sheet.present, *sheet.gone))


def table_of(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as a CSV file that every spreadsheet opens and in which no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return "\ufeff" + out.getvalue()


def _text(value: Cell) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def _sheet(roster: Roster) -> _Sheet:
    event = roster.event
    names = _COLUMNS[_language(event)].split("|")
    rounds = tuple(f"{names[8]} {r.number}" for r in event.rounds)
    ranks: dict[str, int] = {}
    for party in waitlist(roster):
        ranks.setdefault(party.registration.ref, len(ranks) + 1)
    clean: tuple[Registration, ...] = tuple(scrub(r) for r in roster.registrations)
    seats = [(r, s) for r in clean for s in r.seats]
    present = sorted((p for p in seats if p[1].alive), key=lambda p: _order(p[0], p[1], ranks))
    gone = sorted((p for p in seats if not p[1].alive), key=lambda p: (p[1].arrival, p[0].ref, p[1].place))
    return _Sheet(
        (*names[:8], *rounds, *names[9:]),
        tuple(tuple(_row(event, r, s, ranks)) for r, s in present),
        tuple(tuple(_row(event, r, s, ranks)) for r, s in gone),
    )


def _order(
    registration: Registration, seat: Seat, ranks: dict[str, int]
) -> tuple[int, int, datetime, str, int]:
    """Held seats by number, then the waitlist in its order, then those in review."""
    group = 0 if seat.holds else 2 if registration.in_review else 1
    rank = (seat.number or 0) if seat.holds else ranks.get(registration.ref, 0)
    return group, rank, seat.arrival, registration.ref, seat.place


def _row(event: Event, registration: Registration, seat: Seat, ranks: dict[str, int]) -> Iterator[Cell]:
    language = _language(event)
    waits = seat.state is SeatState.WAITLISTED
    wishes = dict(registration.workshops)
    contact = registration.name or registration.address
    guest = contact if seat.place == 1 else f"{_GUEST[language]} {contact}"
    yield seat.number
    yield _REVIEW[language] if waits and registration.in_review else _STATES[language][seat.state]
    yield ranks.get(registration.ref) if waits else None
    yield seat.name or guest
    yield seat.email or registration.address
    yield registration.organisation
    yield one_line(registration.involvement or "", _CELL)
    yield ", ".join(_project(event, p) for p in registration.projects)
    for one in event.rounds:
        yield _project(event, wishes[one.number]) if one.number in wishes else None
    yield registration.language
    yield seat.arrival.astimezone(ZoneInfo(event.timezone)).replace(tzinfo=None)
    yield registration.ref


def _project(event: Event, project_id: str) -> str:
    project = event.project(project_id)
    return project.name if project else project_id


def _language(event: Event) -> str:
    return event.language if event.language in _SHEETS else "en"
