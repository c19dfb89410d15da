"""The list for the door: who has which seat, who waits. As a mail, a workbook, a table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.core.envelope import Envelope
from mailflow.core.model import Event, Registration, Roster, Seat, SeatState
from mailflow.writing import dates, message
from mailflow.writing.digest_mail import XLSX, language_of, organisers_mail, titled, words
from mailflow.writing.spreadsheet import Cell, table_of, workbook
from mailflow.writing.templates import Templates
from mailflow.writing.view import Words, seat_name
from mailflow.writing.wording import one_line, scrub

ROWS = 150  # of the HTML page; Gmail clips a mail at 102 kB. The text and the workbook have them all
# At the start who waits is closed; at the door they stand there all the same.
_WAITED = frozenset({SeatState.WAITLISTED, SeatState.CLOSED})
_WIDTHS = (8, 10, 34, 34, 34, 30, 12, 11)


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One person who comes, or waits. `seat` is their number, `position` that on the waitlist."""

    seat: int | None
    position: int | None
    name: str
    organisation: str
    project: str
    note: str
    ref: str


@dataclass(frozen=True, slots=True)
class DoorList:
    """Everybody with a seat, by number; below them who waits, in order."""

    event: Event
    coming: tuple[DoorRow, ...]
    waiting: tuple[DoorRow, ...]
    capacity: int
    held: int
    free: int

    @property
    def hash(self) -> str:
        """The same for a list that says the same."""
        rows = [(r.seat or 0, r.name, r.organisation, r.project, r.note, r.ref) for r in self.coming]
        rows += [(0, r.name, r.organisation, r.project, "", r.ref) for r in self.waiting]
        said = repr((sorted(rows), self.capacity, self.held))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def door_list(roster: Roster, templates: Templates) -> DoorList:
    """The list as it stands, in the words of the event's language."""
    event = roster.event
    language = language_of(event, templates)
    w = words(templates, language)
    seats = [(r, s) for r in scrub(roster.registrations) for s in r.seats]
    coming = sorted(((r, s) for r, s in seats if s.holds), key=lambda p: p[1].number or 0)
    waited = [(r, s) for r, s in seats if s.state in _WAITED]
    waiting = sorted(waited, key=lambda p: _in_order(event, *p))
    parties = list(dict.fromkeys((r.ref, s.arrival, s.uid) for r, s in waiting))
    return DoorList(
        event,
        tuple(_row(event, r, s, None, w, language) for r, s in coming),
        tuple(
            _row(event, r, s, parties.index((r.ref, s.arrival, s.uid)) + 1, w, language) for r, s in waiting
        ),
        roster.capacity,
        roster.held,
        roster.free,
    )


def _in_order(
    event: Event, registration: Registration, seat: Seat
) -> tuple[bool, bool, int, datetime, int, int]:
    """The order of the waitlist; parties that wait for a person's decision last."""
    late = registration.late or (event.closes is not None and seat.arrival >= event.closes)
    return registration.in_review, late, registration.passed, seat.arrival, seat.uid, seat.place


def _row(
    event: Event, registration: Registration, seat: Seat, position: int | None, w: Words, language: str
) -> DoorRow:
    project = [p.name if (p := event.project(one)) else one for one in registration.projects]
    return DoorRow(
        seat.number if seat.holds else None,
        position,
        seat_name(seat, registration, w),
        registration.organisation or "",
        ", ".join(project),
        _note(event, registration, seat, w, language),
        registration.ref,
    )


def _note(event: Event, registration: Registration, seat: Seat, w: Words, language: str) -> str:
    """What somebody at the door should know of a seat that is not simply confirmed."""
    until = registration.offer.until if registration.offer else None
    if seat.state is SeatState.OFFERED and until is not None:
        return str(w["door_offered"](dates.brief(until, language, event.timezone)))
    if seat.state is SeatState.RELEASE_PENDING:
        return str(w["door_doubtful"])
    return str(w["door_override"]) if seat.override else ""


def door_columns(templates: Templates, event: Event) -> tuple[str, ...]:
    """The headings of the table, in the event's language."""
    labels: str = words(templates, language_of(event, templates))["door_columns"]
    return tuple(labels.split("|"))


def door_xlsx(door: DoorList, templates: Templates) -> bytes:
    """A workbook to print: a row for each seat, with a box to tick, then who waits, then the total."""
    w = words(templates, language_of(door.event, templates))
    total = (len(door.coming), None, str(w["door_total"]), None, None, None, None, None)
    rows = [*_cells(door.coming), total, *_cells(door.waiting)]
    return workbook(
        door.event.name, door_columns(templates, door.event), _WIDTHS, {str(w["door_title"]): rows}
    )


def door_csv(door: DoorList, templates: Templates) -> str:
    """The same rows as text, without the total."""
    return table_of(door_columns(templates, door.event), _cells((*door.coming, *door.waiting)))


def _cells(rows: Sequence[DoorRow]) -> list[tuple[Cell, ...]]:
    return [(r.seat, r.position, r.name, r.organisation, r.project, r.note, r.ref, None) for r in rows]


def door_mail(
    door: DoorList,
    templates: Templates,
    *,
    recipient: str,
    now: datetime,
    again: bool,
    secret: bytes,
    cause: str,
    sheet: bytes,
    envelope_from: str | None = None,
) -> Envelope:
    """The list for one organiser; `again`: an earlier one was sent, and something has changed since."""
    event = door.event
    language = language_of(event, templates)
    w = words(templates, language)
    context: dict[str, Any] = {
        "event": event,
        "language": language,
        "w": w,
        "tone": "info",
        "again": again,
        "starts": dates.at(event.starts, language, event.timezone),
        "made": dates.short(now, language, event.timezone),
        "coming": door.coming,
        "waiting": door.waiting,
        "shown": ROWS,
        "capacity": door.capacity,
        "held": door.held,
        "free": door.free,
    }
    name = f"{w['door_attachment']}-{message.one_token(event.id)}.xlsx"
    return organisers_mail(
        "doorlist",
        event,
        templates,
        titled("doorlist", templates, context),
        recipient=recipient,
        secret=secret,
        cause=cause,
        now=now,
        envelope_from=envelope_from,
        attachments=(message.Attachment(name, XLSX, sheet),),
    )


def door_total(door: DoorList) -> str:
    """The count in one line, for the person at the keyboard."""
    line = f"{len(door.coming)} seats taken of {door.capacity}, {door.free} free"
    line += f", {door.held} held back" if door.held else ""
    return one_line(f"{line}; {len(door.waiting)} wait")
