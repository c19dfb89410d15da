"""How a roster, a registration and a status look to people, and as rows for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from mailflow import output
from mailflow.core.ledger import Handled, JournalLine
from mailflow.core.model import Event, Registration, Roster, Seat, SeatState
from mailflow.core.waitlist import waitlist

if TYPE_CHECKING:
    from mailflow.adapters.store import SentMail

Row = dict[str, Any]
# First those who have a seat, then those who wait, then those who do not come.
_ORDER = ("confirmed", "release_pending", "offered", "waitlisted", "review")


def seat_rows(roster: Roster) -> list[Row]:
    """A row for each seat, as `list --json` gives it."""
    positions: dict[str, int] = {}
    for rank, party in enumerate(waitlist(roster), start=1):
        positions.setdefault(party.registration.ref, rank)
    rows = [_seat_row(registration, seat, positions) for registration, seat in roster.seats()]
    return sorted(rows, key=_in_order)


def _seat_row(registration: Registration, seat: Seat, positions: dict[str, int]) -> Row:
    waits = seat.state is SeatState.WAITLISTED
    return {
        "ref": registration.ref,
        "seat": seat.number if seat.holds else None,
        "state": "review" if waits and registration.in_review else seat.state.value,
        "name": _name(registration, seat),
        "contact": registration.contact,
        "organisation": registration.organisation,
        "involvement": registration.involvement,
        "projects": list(registration.projects),
        "workshops": {str(number): project for number, project in registration.workshops},
        "language": registration.language,
        "arrival": seat.arrival.isoformat(),
        "position": positions.get(registration.ref) if waits and not registration.in_review else None,
    }


def _name(registration: Registration, seat: Seat) -> str:
    """The person, or whose guest it is; "" where that was erased."""
    contact = registration.name or registration.address
    return seat.name or (f"guest of {contact}" if contact else "")


def _in_order(row: Row) -> tuple[int, int, str]:
    state = row["state"]
    group = _ORDER.index(state) if state in _ORDER else len(_ORDER)
    return (0 if row["seat"] else group + 1, row["seat"] or row["position"] or 0, row["arrival"])


def seats(event: Event, rows: Sequence[Row]) -> None:
    """The roster as a table."""
    zone = ZoneInfo(event.timezone)
    output.table(
        ("ref", "seat", "state", "name", "contact", "organisation", "projects", "arrival", "position"),
        (
            (
                row["ref"], row["seat"], row["state"], row["name"], row["contact"], row["organisation"],
                ", ".join(row["projects"]), local(datetime.fromisoformat(row["arrival"]), zone),
                row["position"],
            )
            for row in rows
        ),
        title=event.name,
        whole=("ref", "seat", "state", "arrival", "position"),
        spare=("organisation", "projects", "arrival"),
    )  # fmt: skip


def registration(
    event: Event,
    party: Registration,
    journal: Iterable[JournalLine],
    messages: Iterable[Handled],
    mails: Iterable[SentMail],
) -> None:
    """All that is known of one registration: how it stands, what came in, what went out, what changed."""
    zone = ZoneInfo(event.timezone)
    who = f"{party.name or party.address} <{party.address}>" if party.address else "erased"
    output.say(f"{party.ref}  {who}")
    for label, value in _facts(party, zone).items():
        if value:
            output.say(f"  {label:<13} {output.cell(value)}")
    output.say()
    output.table(
        ("seat", "state", "name", "asked", "since", "until"),
        (
            (
                s.number if s.holds else None, s.state, s.name or "guest", local(s.arrival, zone),
                local(s.since, zone) if s.since else None, local(s.until, zone) if s.until else None,
            )
            for s in party.seats
        ),
        title="Seats",
    )  # fmt: skip
    if party.offers:
        output.say()
        output.table(
            ("offer", "seats", "made", "until", "came of it"),
            (
                (
                    o.number, f"{len(o.places)}{', a part' if o.partial else ''}", local(o.made_at, zone),
                    local(o.until, zone), o.state,
                )
                for o in party.offers
            ),
            title="Offers",
        )  # fmt: skip
    output.say()
    lines: list[tuple[datetime, str, str, str]] = []
    lines += [(m.arrival, "mail in", f"{m.bucket} {m.reason}".strip(), m.subject) for m in messages]
    lines += [(j.at, j.who, j.what, j.words) for j in journal]
    lines += [(m.queued_at, "mail out", f"{m.kind}: {m.state}", m.answer) for m in mails]
    output.table(
        ("when", "who", "what", "words"),
        (
            (local(at, zone), who, what, words)
            for at, who, what, words in sorted(lines, key=lambda line: line[0])
        ),
        title="History",
        whole=("when",),
    )


def _facts(party: Registration, zone: ZoneInfo) -> dict[str, str | None]:
    """What stands of a party besides its seats: only what is so is said."""
    pending = party.pending
    asked = ""
    if pending is not None:
        asked = f"{pending.what}, {len(pending.places)} seat(s)"
        asked += f": {pending.coming} comes" if pending.coming else ""
        asked += f", asked by {pending.by}, until {local(pending.until, zone)}"
    return {
        "arrival": local(party.arrival, zone),
        "language": party.language,
        "organisation": party.organisation,
        "involvement": party.involvement,
        "projects": ", ".join(party.projects),
        "workshops": ", ".join(f"round {number}: {project}" for number, project in party.workshops),
        "late": "yes, an organiser admits" if party.late else None,
        "review": "waits for a person" if party.in_review else None,
        "together": "all or none" if party.together else None,
        "passed": f"{party.passed} offer(s) not answered" if party.passed else None,
        "unreachable": "mail to this address came back" if party.unreachable else None,
        "heard of": local(party.heard_at, zone) if party.heard_at else None,
        "pending": asked,
        "calendar": _calendar(party, zone),
        "told": ", ".join(f"{kind} {local(at, zone)}" for kind, at in party.told),
    }


def _calendar(party: Registration, zone: ZoneInfo) -> str | None:
    """The entry in the holder's calendar, and their last word on it."""
    entry = party.invitation
    if entry.sequence < 0:
        return None
    said = f"{'stands' if entry.live else 'cancelled'}, version {entry.sequence}"
    said += f", sent {local(entry.sent_at, zone)}" if entry.sent_at else ""
    replied = entry.replied_at
    return said + (f", answered {local(replied, zone)} (to {entry.replied_sequence})" if replied else "")


def status(row: Row, zone: ZoneInfo) -> None:
    """The state of an event in a dozen lines, its times in that zone."""
    mails, outbox = row["mails"], row["outbox"]
    polled = row["last_good_poll"]
    taken = row["confirmed"] + row["offered"]
    output.say(f"{row['event']}: {_meter(taken, row['held'], row['capacity'])}")
    lines = {
        "seats": f"{row['confirmed']} confirmed, {row['offered']} offered, {row['held']} held back, "
        f"{row['free']} free of {row['capacity']}" + (f", OVER BY {row['over']}" if row["over"] else ""),
        "waiting": f"{row['waitlisted']} on the list, {row['review']} wait for a person",
        "given up": f"{row['cancelled']}",
        "mails": f"{mails['seen']} seen: {mails['handled']} handled, {mails['ignored']} ignored, "
        f"{mails['review']} for a person, {mails['set_aside']} set aside, {mails['unaccounted']} unaccounted",
        "outbox": f"{outbox['queued']} queued, {outbox['sending']} being sent, {outbox['sent']} sent, "
        f"{outbox['failed']} failed",
        "last poll": local(datetime.fromisoformat(polled), zone) if polled else "never",
        "healthy": "yes" if row["healthy"] else "no",
    }
    for label, value in lines.items():
        output.say(f"  {label:<10} {value}")
    for problem in row["problems"]:
        output.say(f"  {'problem':<10} {output.cell(problem)}")


def _meter(taken: int, held: int, capacity: int, width: int = 40) -> str:
    """ "[######....] 60/100": taken, held back (-), free."""
    full = min(width, round(width * taken / capacity))
    kept = min(width - full, round(width * held / capacity))
    return f"[{'#' * full}{'-' * kept}{'.' * (width - full - kept)}] {taken}/{capacity}"


def local(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the event's own time, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
