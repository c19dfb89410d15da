"""Stop 6, the roster: a registration and its seats as rows, and back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from mailflow.adapters import schema
from mailflow.core.matters import NEVER_INVITED, Invitation, Offer, OfferState, Pending
from mailflow.core.model import Event, Registration, Roster, Seat, SeatState

_r, _s, _o = schema.registration.c, schema.seat.c, schema.offer.c

_REGISTRATIONS = sa.select(schema.registration).where(_r.event_id == sa.bindparam("event")).order_by(_r.id)
_SEATS = (
    sa.select(schema.seat).where(_s.event_id == sa.bindparam("event")).order_by(_s.registration_id, _s.place)
)
_OFFERS = (
    sa.select(schema.offer)
    .where(_o.event_id == sa.bindparam("event"))
    .order_by(_o.registration_id, _o.number)
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
    offers: defaultdict[int, list[Offer]] = defaultdict(list)
    for found in conn.execute(_OFFERS, {"event": event.id}):
        offers[found.registration_id].append(_offer(found))
    registrations = tuple(
        _registration(found, tuple(seats[found.id]), tuple(offers[found.id]))
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
        since=row.since,
        was=SeatState(row.was) if row.was else None,
        until=row.until,
    )


def _offer(row: sa.Row[Any]) -> Offer:
    return Offer(row.number, row.made_at, row.until, tuple(row.places), row.partial, OfferState(row.state))


def _registration(row: sa.Row[Any], seats: tuple[Seat, ...], offers: tuple[Offer, ...]) -> Registration:
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
        heard_at=row.heard_at,
        unreachable=row.unreachable,
        together=row.together,
        offers=offers,
        pending=_pending(row.pending),
        invitation=_invitation(row.invitation),
        told=tuple((kind, _time(at)) for kind, at in row.told or ()),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _pending(kept: dict[str, Any] | None) -> Pending | None:
    if not kept:
        return None
    times = {name: _time(kept[name]) for name in ("asked_at", "until")}
    return Pending(**kept | times | {"places": tuple(kept["places"])})


def _invitation(kept: dict[str, Any] | None) -> Invitation:
    if not kept:
        return NEVER_INVITED
    times = {name: _time(kept[name]) if kept[name] else None for name in ("sent_at", "replied_at")}
    return Invitation(**kept | times)


def _kept(matter: Pending | Invitation | None) -> dict[str, Any] | None:
    """As JSON keeps it: times as ISO 8601, UTC. An invitation that was never sent is nothing."""
    if matter is None or matter == NEVER_INVITED:
        return None
    return {
        field.name: _text(value) if isinstance(value := getattr(matter, field.name), datetime) else value
        for field in fields(matter)
    }


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
        "heard_at": registration.heard_at,
        "unreachable": registration.unreachable,
        "together": registration.together,
        "pending": _kept(registration.pending),
        "invitation": _kept(registration.invitation),
        "told": [[kind, _text(at)] for kind, at in registration.told] or None,
    }


def offer_values(event_id: str, registration_id: int, offer: Offer) -> dict[str, Any]:
    """The columns of that offer."""
    return {
        "registration_id": registration_id,
        "number": offer.number,
        "event_id": event_id,
        "made_at": offer.made_at,
        "until": offer.until,
        "places": list(offer.places),
        "partial": offer.partial,
        "state": offer.state.value,
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
        "since": seat.since,
        "was": seat.was.value if seat.was else None,
        "until": seat.until,
        "granted_limit": granted[0],
        "granted_held": granted[1],
    }
