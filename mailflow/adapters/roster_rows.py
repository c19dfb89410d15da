"""Stop 6, the roster: a registration and its seats as rows, and back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.core.model import Event, Registration, Roster, Seat, SeatState

_r, _s = schema.registration.c, schema.seat.c

_REGISTRATIONS = sa.select(schema.registration).where(_r.event_id == sa.bindparam("event")).order_by(_r.id)
_SEATS = (
    sa.select(schema.seat).where(_s.event_id == sa.bindparam("event")).order_by(_s.registration_id, _s.place)
)


def load_roster(conn: sa.Connection, event: Event, row: sa.Row[Any] | None) -> Roster:
    """The whole event; `row` is its row, None before the first poll (then: empty, limits as the file says).

    Registrations come in the order in which they were first recorded.
    """
    if row is None:
        return Roster(event, event.capacity, event.held, b"")
    seats: defaultdict[int, list[Seat]] = defaultdict(list)
    for found in conn.execute(_SEATS, {"event": event.id}):
        seats[found.registration_id].append(_seat(found))
    registrations = tuple(
        _registration(found, tuple(seats[found.id]))
        for found in conn.execute(_REGISTRATIONS, {"event": event.id})
    )
    return Roster(event, row.capacity, row.held, row.secret, registrations)


def _seat(row: sa.Row[Any]) -> Seat:
    return Seat(
        place=row.place,
        name=row.name,
        state=SeatState(row.state),
        arrival=row.arrival,
        uid=row.uid,
        email=row.email,
        number=row.number,
        override=row.override,
    )


def _registration(row: sa.Row[Any], seats: tuple[Seat, ...]) -> Registration:
    return Registration(
        ref=row.ref,
        contact=row.contact,
        address=row.address,
        name=row.name,
        language=row.language,
        arrival=row.arrival,
        uid=row.uid,
        seats=seats,
        organisation=row.organisation,
        involvement=row.involvement,
        projects=tuple(row.projects),
        workshops=tuple((number, project) for number, project in row.workshops),
        late=row.late,
        passed=row.passed,
        in_review=row.in_review,
        thread=row.thread,
        involvement_asked_at=row.involvement_asked_at,
        status_sent_at=row.status_sent_at,
    )


def registration_values(event_id: str, registration: Registration) -> dict[str, Any]:
    """The columns of that registration, its seats apart."""
    return {
        "event_id": event_id,
        "ref": registration.ref,
        "contact": registration.contact,
        "address": registration.address,
        "name": registration.name,
        "language": registration.language,
        "arrival": registration.arrival,
        "uid": registration.uid,
        "organisation": registration.organisation,
        "involvement": registration.involvement,
        "projects": list(registration.projects),
        "workshops": [list(wish) for wish in registration.workshops],
        "late": registration.late,
        "passed": registration.passed,
        "in_review": registration.in_review,
        "thread": registration.thread,
        "involvement_asked_at": registration.involvement_asked_at,
        "status_sent_at": registration.status_sent_at,
    }


def seat_values(
    event_id: str, registration_id: int, seat: Seat, granted: tuple[int | None, int | None]
) -> dict[str, Any]:
    """The columns of that seat; `granted`: capacity and held seats in force when its number was given."""
    return {
        "registration_id": registration_id,
        "place": seat.place,
        "event_id": event_id,
        "name": seat.name,
        "email": seat.email,
        "state": seat.state.value,
        "arrival": seat.arrival,
        "uid": seat.uid,
        "number": seat.number,
        "override": seat.override,
        "granted_limit": granted[0],
        "granted_held": granted[1],
    }
