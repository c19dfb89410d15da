"""Stop 5, its words: the event, the registration, the seat, the roster. All frozen.

The definitions are those of the glossary in the README. Every time is aware; a database gives
UTC, the event's own times carry its zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mailflow.core.matters import NEVER_INVITED, Invitation, Offer, OfferState, Pending


class SeatState(StrEnum):
    """What a seat is at this moment."""

    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    RELEASE_PENDING = "release_pending"  # counts as confirmed until it is released
    CANCELLED = "cancelled"
    REMOVED = "removed"
    SUBSTITUTED = "substituted"
    CLOSED = "closed"


HOLDS_A_SEAT = frozenset({SeatState.CONFIRMED, SeatState.OFFERED, SeatState.RELEASE_PENDING})
ALIVE = HOLDS_A_SEAT | {SeatState.WAITLISTED}


class InvolvementPolicy(StrEnum):
    """What happens to a registration that does not state its involvement."""

    ASK = "ask"  # the seat is given, the same answer asks for it
    REQUIRE = "require"  # waitlisted until it is stated, arrival kept
    OFF = "off"  # never asked


class Promotion(StrEnum):
    """How a freed seat reaches the waitlist."""

    BY_TIME = "by_time"
    AUTO = "auto"
    OFFER = "offer"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Project:
    """One of the event's example projects, matched by name, alias, place or leader."""

    id: str
    name: str
    place: str = ""
    leaders: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One workshop round. Wishes are noted per round, not allocated."""

    number: int
    time: str = ""


@dataclass(frozen=True, slots=True)
class ProgrammeItem:
    """One line of the programme, as printed in the confirmation."""

    time: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """One meeting, as its file describes it. `capacity` and `held` are the file's; those in force
    stand in the `Roster`."""

    id: str
    name: str
    reference: str  # prefix of every registration's reference: KLV-7F3Q
    address: str
    organisers: tuple[str, ...]
    capacity: int
    starts: datetime
    ends: datetime
    timezone: str
    held: int = 0
    max_party: int = 4
    opens: datetime | None = None
    closes: datetime | None = None
    location: str = ""
    language: str = "nl"
    languages: tuple[str, ...] = ("nl", "en")
    involvement: InvolvementPolicy = InvolvementPolicy.ASK
    promotion: Promotion = Promotion.BY_TIME
    calendar: str = "request"
    substitution: str = "free"
    reconfirm_days: int = 7
    release_silent: bool = False
    retention_days: int = 30
    purge_mailbox: bool = False
    programme: tuple[ProgrammeItem, ...] = ()
    rounds: tuple[Round, ...] = ()
    projects: tuple[Project, ...] = ()

    def project(self, project_id: str) -> Project | None:
        """The example project of that id, or None."""
        return next((p for p in self.projects if p.id == project_id), None)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a mail speaks of. An empty name is an unnamed guest."""

    name: str = ""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in a registration, with a state of its own.

    `place` numbers the seats of one registration from 1 and never changes. `number` is the seat
    in the room (1..capacity, above it only by a recorded override), held only while `state`
    holds a seat. `arrival` and `uid` are those of the mail that asked for this seat.
    """

    place: int
    name: str
    state: SeatState
    arrival: datetime
    uid: int
    email: str | None = None
    number: int | None = None
    override: bool = False
    since: datetime | None = None  # when it came to this state
    was: SeatState | None = None  # the state before that
    until: datetime | None = None  # release pending: until when a word keeps it

    @property
    def holds(self) -> bool:
        """True while this seat takes room in the house."""
        return self.state in HOLDS_A_SEAT

    @property
    def alive(self) -> bool:
        """True while this seat is held or waited for."""
        return self.state in ALIVE

    def become(
        self, state: SeatState, at: datetime, *, number: int | None = None, until: datetime | None = None
    ) -> Seat:
        """This seat in that state since then. A state that holds room keeps the number it has."""
        kept = (number or self.number) if state in HOLDS_A_SEAT else None
        return replace(self, state=state, since=at, was=self.state, number=kept, until=until)


@dataclass(frozen=True, slots=True)
class Registration:
    """One party: a contact address, its seats, its language, its arrival, its stated involvement."""

    ref: str
    contact: str  # the address as a key: lower-cased, provider tags dropped
    address: str  # the address we answer to, as written
    name: str
    language: str
    arrival: datetime
    uid: int
    seats: tuple[Seat, ...] = ()
    organisation: str | None = None
    involvement: str | None = None
    projects: tuple[str, ...] = ()
    workshops: tuple[tuple[int, str], ...] = ()  # (round, project id), in order of round
    late: bool = False
    passed: int = 0
    in_review: bool = False
    thread: str = ""  # Message-ID of the party's first mail, for References
    involvement_asked_at: datetime | None = None
    status_sent_at: datetime | None = None
    heard_at: datetime | None = None  # the last mail or calendar reply of a person of the party
    unreachable: bool = False  # mail to its address came back for good, and it has not written since
    together: bool = False  # said to come all or not at all
    offers: tuple[Offer, ...] = ()
    pending: Pending | None = None
    invitation: Invitation = NEVER_INVITED
    told: tuple[tuple[str, datetime], ...] = ()  # mails of the clock's accord: kind, when

    @property
    def offer(self) -> Offer | None:
        """The offer that stands open; None if none does."""
        return next((o for o in self.offers if o.state is OfferState.OPEN), None)

    @property
    def offered(self) -> tuple[Seat, ...]:
        """The seats that are offered now."""
        return tuple(s for s in self.seats if s.state is SeatState.OFFERED)

    def told_at(self, kind: str) -> datetime | None:
        """When the clock last had that kind of mail sent to the party; None if never."""
        return dict(self.told).get(kind)

    def tell(self, kind: str, at: datetime) -> Registration:
        """This registration, told of that kind at that time."""
        return replace(self, told=tuple(sorted((dict(self.told) | {kind: at}).items())))

    def with_offer(self, changed: Offer) -> Registration:
        """This registration with that offer in the place of the one of its number, or added."""
        by_number = {o.number: o for o in self.offers} | {changed.number: changed}
        return replace(self, offers=tuple(by_number[n] for n in sorted(by_number)))

    @property
    def alive(self) -> tuple[Seat, ...]:
        """The seats held or waited for."""
        return tuple(s for s in self.seats if s.alive)

    @property
    def held(self) -> tuple[Seat, ...]:
        """The seats that take room in the house."""
        return tuple(s for s in self.seats if s.holds)

    @property
    def waiting(self) -> tuple[Seat, ...]:
        """The seats on the waitlist."""
        return tuple(s for s in self.seats if s.state is SeatState.WAITLISTED)

    def with_seats(self, changed: tuple[Seat, ...]) -> Registration:
        """This registration with each seat of `changed` in the place of the one it replaces, or added."""
        by_place = {s.place: s for s in self.seats} | {s.place: s for s in changed}
        return replace(self, seats=tuple(by_place[p] for p in sorted(by_place)))


@dataclass(frozen=True, slots=True)
class Roster:
    """The whole event at one moment. `capacity` and `held` are those in force."""

    event: Event
    capacity: int
    held: int
    secret: bytes = field(repr=False)
    registrations: tuple[Registration, ...] = ()

    def seats(self) -> Iterator[tuple[Registration, Seat]]:
        """Every seat with its registration."""
        for registration in self.registrations:
            for seat in registration.seats:
                yield registration, seat

    @property
    def taken(self) -> int:
        """Seats confirmed (release pending included) or offered."""
        return sum(1 for _, seat in self.seats() if seat.holds)

    @property
    def free(self) -> int:
        """Seats that can be given away now; never below nought."""
        return max(0, self.capacity - self.held - self.taken)

    @property
    def over(self) -> int:
        """By how many seats the house is over its limit (a lowered capacity, an override)."""
        return max(0, self.taken + self.held - self.capacity)

    def by_ref(self, ref: str) -> Registration | None:
        """The registration with that reference, or None."""
        return next((r for r in self.registrations if r.ref == ref), None)

    def of_contact(self, contact: str) -> Registration | None:
        """The living registration of that contact: held, waiting or in review; else None."""
        return next((r for r in self.registrations if r.contact == contact and r.alive), None)

    def with_registration(self, changed: Registration) -> Roster:
        """This roster with `changed` in the place of the one of its reference, or added at the end."""
        if self.by_ref(changed.ref) is None:
            return replace(self, registrations=(*self.registrations, changed))
        return replace(
            self, registrations=tuple(changed if r.ref == changed.ref else r for r in self.registrations)
        )
