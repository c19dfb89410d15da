"""What the daily digest says, gathered from roster and ledger; its layout is writing/digest_mail.py."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from mailflow.core.ledger import FailedMail, JournalLine, LedgerCounts, ReviewItem
from mailflow.core.model import InvolvementPolicy, Registration, Roster, Seat, SeatState
from mailflow.core.waitlist import Idle, waitlist


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a bar chart made of table cells."""

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class DoubtfulMail:
    """A mail sent, perhaps: the server's word was lost. It goes, or went, a second time."""

    recipient: str
    kind: str
    ref: str
    at: datetime  # when it was last in hand


@dataclass(frozen=True, slots=True)
class StandingTrouble:
    """What did not work when the page was made. `what`: "mailbox", "smtp" ...; `text`: the cause, for the
    administrator."""

    what: str
    text: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything on the organiser's page for one day."""

    day: date
    now: datetime
    since: datetime | None  # when the last digest was made; None: this is the first
    roster: Roster
    confirmed: int
    offered: int
    waitlisted: int
    cancelled: int
    new: tuple[Registration, ...]  # recorded since then, whenever they arrived
    journal: tuple[JournalLine, ...]  # changes since then
    waitlist: tuple[Registration, ...]  # in the order of the list
    review: tuple[ReviewItem, ...]
    missing_involvement: tuple[Registration, ...]
    failed: tuple[FailedMail, ...]
    counts: LedgerCounts
    unaccounted: int
    last_good_poll: datetime | None
    by_project: tuple[Bar, ...]
    by_workshop: tuple[tuple[int, tuple[Bar, ...]], ...]  # per round
    why_waiting: Idle | None = None  # why nobody was promoted though seats are free
    in_doubt: tuple[DoubtfulMail, ...] = ()
    troubles: tuple[StandingTrouble, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A party that waits on while somebody behind it was given or offered a seat. `reason`: size, owes,
    unreachable."""

    ref: str
    needs: int
    reason: str


def passed_over(roster: Roster, since: datetime | None) -> tuple[PassedOver, ...]:
    """Who on the waitlist was passed over since then (None: ever), in the order of the list."""
    given = [(r.ref, _rank(r, s)) for r, s in roster.seats() if _newly_given(s, since)]
    found: dict[str, PassedOver] = {}
    for party in waitlist(roster):
        registration = party.registration
        rank = (registration.passed, party.seats[0].arrival, party.seats[0].uid)
        if not party.late and any(one > rank and ref != registration.ref for ref, one in given):
            owes = roster.event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement
            reason = "unreachable" if registration.unreachable else "owes" if owes else "size"
            found.setdefault(registration.ref, PassedOver(registration.ref, party.size, reason))
    return tuple(found.values())


def _rank(registration: Registration, seat: Seat) -> tuple[int, datetime, int]:
    return registration.passed, seat.arrival, seat.uid


def _newly_given(seat: Seat, since: datetime | None) -> bool:
    """A seat given or offered since then; not one that was kept, nor one given by an organiser's hand."""
    new = since is None or (seat.since or seat.arrival) >= since
    given = seat.state in (SeatState.CONFIRMED, SeatState.OFFERED) and not seat.override
    return given and new and seat.was is not SeatState.RELEASE_PENDING


def bars_by_project(roster: Roster) -> tuple[Bar, ...]:
    """Confirmed seats by the project their party is involved with; parties without one last, as ""."""
    counts: Counter[str] = Counter()
    for registration in roster.registrations:
        for project in registration.projects or ("",):
            counts[project] += len(registration.held)
    named = [Bar(p.id, counts[p.id]) for p in roster.event.projects]
    return (*named, Bar("", counts[""])) if counts[""] else tuple(named)


def bars_by_workshop(roster: Roster) -> tuple[tuple[int, tuple[Bar, ...]], ...]:
    """Confirmed seats by workshop wish, per round, in the order of the event's projects."""
    counts: Counter[tuple[int, str]] = Counter()
    for registration in roster.registrations:
        for number, project in registration.workshops:
            counts[number, project] += len(registration.held)
    return tuple(
        (r.number, tuple(Bar(p.id, counts[r.number, p.id]) for p in roster.event.projects))
        for r in roster.event.rounds
    )


def seat_counts(roster: Roster) -> dict[str, int]:
    """Seats by what they count as: confirmed, offered, waitlisted, cancelled, review."""
    counts = dict.fromkeys(("confirmed", "offered", "waitlisted", "cancelled", "review"), 0)
    for registration, seat in roster.seats():
        if seat.state in (SeatState.CONFIRMED, SeatState.RELEASE_PENDING):
            counts["confirmed"] += 1
        elif seat.state is SeatState.OFFERED:
            counts["offered"] += 1
        elif seat.state is SeatState.WAITLISTED:
            counts["review" if registration.in_review else "waitlisted"] += 1
        else:
            counts["cancelled"] += 1
    return counts
