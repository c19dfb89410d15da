"""What must hold at every step of every history: the promises of rules section 2 and of those after it.

Asked of what was decided, not of how: nothing here calls a rule of `mailflow.core` except to tell who
stands in which order and who fits, which has tests of its own.
"""

# ruff: noqa: PT018 - a promise is one sentence, and so is its check

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailflow.core.contact import contact_key
from mailflow.core.effects import Effect, Limits, Record, Reply
from mailflow.core.matters import Offer, OfferState
from mailflow.core.model import InvolvementPolicy, Promotion, Registration, Roster, Seat, SeatState
from mailflow.core.outcome import follow
from mailflow.core.requests import (
    Add,
    Amend,
    AskKnown,
    ByHand,
    CalendarReply,
    CallOff,
    Cancel,
    Chatter,
    Enquire,
    Proof,
    Reject,
    Replace,
    Request,
    Room,
    SetLimits,
    TimePassed,
    Unclear,
    Undeliverable,
)
from mailflow.core.waitlist import Party, may_be_seated, waitlist

HELD = (SeatState.CONFIRMED, SeatState.OFFERED, SeatState.RELEASE_PENDING)
FOR_GOOD = (SeatState.REMOVED, SeatState.SUBSTITUTED, SeatState.CLOSED)
TAKES_NOTHING = (SetLimits, Enquire, AskKnown, Unclear, Chatter)
Group = tuple[str, datetime, int]  # seats of one registration that were asked for by one mail


@dataclass
class Happened:
    """One step: what was asked, when, how the house stood before, what was done, how it stands now."""

    request: Request
    now: datetime
    before: Roster
    effects: list[Effect]
    after: Roster

    def __post_init__(self) -> None:
        self.replies = [e for e in self.effects if isinstance(e, Reply)]
        self.was = {r.ref: r for r in self.before.registrations}
        self.changed = [(old, r) for r in self.after.registrations if (old := self.was.get(r.ref)) is not r]

    @property
    def to_start(self) -> timedelta:
        return self.after.event.starts.astimezone(UTC) - self.now.astimezone(UTC)

    @property
    def said_at(self) -> datetime:
        """When the mail at hand arrived, by our clock at the latest."""
        return min(self.request.sender.arrival, self.now)  # type: ignore[union-attr]


@dataclass
class Promises:
    """The checks, and what they have to remember from step to step."""

    agreed: set[Group] = field(default_factory=set)  # parties that said yes to a part
    sequence: dict[str, int] = field(default_factory=dict)  # of each registration's calendar entry
    in_calendar: set[tuple[str, str]] = field(default_factory=set)  # (reference, whose calendar)
    asked_in_part: set[tuple[str, int]] = field(default_factory=set)

    def check(self, it: Happened) -> None:
        """Raises AssertionError, with the promise that is broken in words."""
        self._step_by_step(it)
        refs = {r.ref for r in it.after.registrations}
        assert it.was.keys() <= refs, "a registration is gone"
        assert len(refs) == len(it.after.registrations), "a reference is used twice"
        living = [r.contact for r in it.after.registrations if r.contact and r.alive]
        assert len(living) == len(set(living)), "a contact has two living registrations"
        for old, new in it.changed:
            _rows_stay(old, new)
            self._offers(it, old, new)
            self._kept_together(old, new)
            _passed(it, old, new)
            if old is not None:
                _nobody_loses_a_seat_for_nothing(it, old, new)
        _promotion_is_complete(it)
        _giving_up_is_never_refused(it)
        _after_the_start(it)
        _one_answer(it)
        _told(it)
        self._calendar(it)

    # --- I1, I2, I5: at every write inside one decision

    def _step_by_step(self, it: Happened) -> None:
        house = it.before
        for effect in it.effects:
            if not isinstance(effect, (Record, Limits)):
                continue
            after = follow(house, [effect])
            if isinstance(effect, Limits):
                by_hand = isinstance(it.request, ByHand) and after.capacity == house.capacity
                by_hand = by_hand and after.held < house.held
                assert by_hand or isinstance(it.request, SetLimits), "a mail changed the capacity"
            else:
                new = effect.registration
                old = house.by_ref(new.ref)
                if old is None or old.seats is not new.seats or old.offers is not new.offers:
                    hand = _of_the_hand(
                        it, new
                    )  # a person's order: out of turn, past the limit if it says so
                    over = hand and getattr(it.request, "room", None) is Room.OVER
                    assert over or after.over <= house.over, "I1: a seat was given in a full house"
                    _numbers(after)
                    if not hand:
                        _given_in_order(it, house, old, new)
            house = after
        assert house.registrations == it.after.registrations

    # --- offers (section 5)

    def _offers(self, it: Happened, old: Registration | None, new: Registration) -> None:
        open_now = [o for o in new.offers if o.state is OfferState.OPEN]
        assert len(open_now) <= 1, "two offers stand open for one party"
        offered = {s.place for s in new.seats if s.state is SeatState.OFFERED}
        covered = set(open_now[0].places) if open_now else set()
        assert offered <= covered, "a seat is offered and no open offer tells until when"
        assert not open_now or offered, "an offer stands open and nothing is offered"
        alive = {s.place for s in new.seats if s.alive}
        assert covered & alive == offered, "an offer covers a seat that is not offered"
        before = {o.number: o for o in old.offers} if old else {}
        for offer in new.offers:
            was = before.pop(offer.number, None)
            if was is not None and was.state is not OfferState.OPEN:
                assert offer == was, "an offer was used twice"
            elif offer.state is OfferState.OPEN and (was is None or was.until != offer.until):
                _deadline(it, offer)
            if offer.state is OfferState.OPEN and offer.partial and (was is None or not was.partial):
                fresh = {(new.ref, p) for p in offer.places if was is None or p not in was.places}
                assert not fresh & self.asked_in_part, "a party was asked twice to come in part"
                self.asked_in_part |= {(new.ref, p) for p in offer.places}
        assert not before, "an offer is gone"

    # --- parties (section 6)

    def _kept_together(self, old: Registration | None, new: Registration) -> None:
        was_open = {o.number for o in old.offers if o.state is OfferState.OPEN} if old else set()
        taken = [o for o in new.offers if o.state is OfferState.ACCEPTED and o.number in was_open]
        groups: dict[Group, set[SeatState]] = {}
        yes = {p for o in taken for p in o.places}
        for seat in new.seats:
            group = (new.ref, seat.arrival, seat.uid)
            if seat.place in yes:
                self.agreed.add(group)
            if seat.alive:
                groups.setdefault(group, set()).add(seat.state)
        partial = new.offer is not None and new.offer.partial
        for group, states in groups.items():
            seated = states & {SeatState.CONFIRMED, SeatState.RELEASE_PENDING}
            if group not in self.agreed:
                assert not (seated and len(states - seated)), "a party was split without a yes"
                assert partial or len(states - seated) < 2, "a party was offered a part, as if it were all"

    # --- calendars (section 10)

    def _calendar(self, it: Happened) -> None:
        for reply in it.replies:
            method, ref, to = reply.facts.calendar, reply.ref, contact_key(reply.to)
            if not method:
                continue
            assert it.after.event.calendar != "off", "an invitation, where the event wants none"
            last = self.sequence.get(ref, -1)
            assert reply.facts.sequence >= last, "the SEQUENCE of an entry fell"
            if (ref, to) in self.in_calendar:
                assert reply.facts.sequence > last, "a changed entry with the SEQUENCE of the last"
            self.sequence[ref] = reply.facts.sequence
            if method == "request":
                registration = reply.facts.registration
                assert registration is not None and registration.held, "a REQUEST to somebody without a seat"
                self.in_calendar.add((ref, to))
            else:
                assert (ref, to) in self.in_calendar, "a CANCEL of what was never in the calendar"
                self.in_calendar.discard((ref, to))
        for _, new in it.changed:
            here = (new.ref, new.contact) in self.in_calendar
            assert here or not new.invitation.live, "an entry that nobody was sent"
            last = self.sequence.get(new.ref, -1)
            assert new.invitation.sequence <= last, "a SEQUENCE that no mail carried"


def _of_the_hand(it: Happened, registration: Registration) -> bool:
    """Is that the registration that an organiser's order is about?"""
    order = it.request
    if isinstance(order, Add):
        return registration.contact == order.contact
    return isinstance(order, ByHand) and order.ref == registration.ref


def _numbers(house: Roster) -> None:
    """Each seat number is held once, and only while its seat is."""
    taken: set[int] = set()
    for registration in house.registrations:
        for seat in registration.seats:
            if seat.state in HELD:
                assert seat.number is not None, "a seat is held without a number"
                assert seat.number not in taken, "a seat number is held twice"
                taken.add(seat.number)
            else:
                assert seat.number is None, "a number is kept by a seat that is not held"


def _granted(old: Registration | None, new: Registration) -> list[Seat]:
    """Seats of this registration that are given or offered by this write, none passed from hand to hand."""
    before = {s.place: s for s in old.seats} if old else {}
    passed_on = {
        before[s.place].number
        for s in new.seats
        if s.state is SeatState.SUBSTITUTED and s.place in before and before[s.place].holds
    }
    found = []
    for seat in new.seats:
        was = before.get(seat.place)
        anew = was is not None and seat.state is SeatState.OFFERED and was.since != seat.since
        if seat.holds and (was is None or not was.holds or anew) and seat.number not in passed_on:
            found.append(seat)
    return found


def _given_in_order(it: Happened, house: Roster, old: Registration | None, new: Registration) -> None:
    granted = _granted(old, new)
    if not granted:
        return
    event = it.after.event
    assert it.to_start > timedelta(0), "a seat was given after the start"
    assert not new.in_review, "a seat was given that a person had to decide about"
    assert not new.unreachable, "a seat was given to an address that mail comes back from"
    owes = event.involvement is InvolvementPolicy.REQUIRE and not new.involvement
    assert not owes, "a seat was given to a party that owes its involvement"
    of_clock = not hasattr(it.request, "sender")
    if of_clock:
        assert event.promotion is not Promotion.MANUAL, "promoted, where an organiser does it by hand"
        assert it.to_start >= timedelta(hours=3), "promoted when no mail reaches people in time"
    places = {s.place for s in granted}
    stays = {s.place for s in (old.held if old else ())} & {s.place for s in new.held} - places
    others = sum(len(r.held) for r in house.registrations if r.ref != new.ref)
    free = house.capacity - house.held - others - len(stays)
    assert len(granted) <= free, "I1: more seats were given than were free"
    assert all(s.number is not None and s.number <= house.capacity for s in granted), (
        "a seat was given that is not in the house"
    )
    for seat in granted:
        late = new.late or (event.closes is not None and seat.arrival >= event.closes)
        assert not late, "a late party was seated by a machine"
    ranks = [(new.late, new.passed, s.arrival, s.uid) for s in granted]
    last = max(ranks)
    for party in waitlist(house):
        if party.registration.ref != new.ref and party.rank < last and may_be_seated(house, party):
            left = free - sum(1 for rank in ranks if rank < party.rank)
            assert party.size > left, f"I2: {party.registration.ref} fits, and was overtaken by {new.ref}"


def _deadline(it: Happened, offer: Offer) -> None:
    event = it.after.event
    starts = event.starts.astimezone(UTC)
    assert it.to_start >= timedelta(hours=3), "an offer that reaches nobody in time"
    assert it.now < offer.until < starts, "an offer until after the start"
    local = offer.until.astimezone(ZoneInfo(event.timezone))
    if 8 <= local.hour < 22 or it.to_start < timedelta(hours=12):
        return
    morning = local.replace(hour=10, minute=0, second=0) + timedelta(days=1 if local.hour >= 22 else 0)
    assert morning.astimezone(UTC) >= starts, "a deadline in the night"


def _rows_stay(old: Registration | None, new: Registration) -> None:
    """No seat's row is lost, its arrival never changes, and what has ended for good stays ended."""
    if old is None:
        return
    assert len(new.seats) >= len(old.seats), "a seat's row is gone"
    assert (old.arrival, old.uid, old.late) == (new.arrival, new.uid, new.late), "an arrival changed"
    for was, seat in zip(old.seats, new.seats, strict=False):
        assert (was.place, was.arrival, was.uid) == (seat.place, seat.arrival, seat.uid), "an arrival changed"
        assert was.state not in FOR_GOOD or seat.state is was.state, f"{was.state} and back"


def _passed(it: Happened, old: Registration | None, new: Registration) -> None:
    before = old.passed if old else 0
    lapsed = [
        o
        for o in new.offers
        if o.state is OfferState.LAPSED and old and not o.partial and o in _closed_now(old, new)
    ]
    if isinstance(it.request, TimePassed):
        assert new.passed == before + len(lapsed), "an offer that lapsed was not counted, or counted twice"
        for offer in lapsed:
            states = {s.state for s in new.seats if s.place in offer.places}
            if new.passed >= 2:
                assert not states & {SeatState.WAITLISTED, *HELD}, "on the list after two offers let pass"
            else:
                assert SeatState.REMOVED not in states, "off the list after one offer let pass"
    elif isinstance(it.request, (SetLimits, Undeliverable, Enquire, Unclear, Chatter, AskKnown)):
        assert new.passed == before, "passed by, though no offer lapsed"
    else:
        assert new.passed <= before, "passed by, though somebody answered"


def _closed_now(old: Registration, new: Registration) -> list[Offer]:
    were_open = {o.number for o in old.offers if o.state is OfferState.OPEN}
    return [o for o in new.offers if o.number in were_open and o.state is not OfferState.OPEN]


def _speaks_for(it: Happened, registration: Registration) -> bool:
    """Section 11: one of its people writes, and the token or the trusted server's word shows it."""
    sender = it.request.sender  # type: ignore[union-attr]
    people = {registration.contact} | {contact_key(s.email) for s in registration.alive if s.email}
    known = sender.contact in people
    if isinstance(it.request, CalendarReply) and it.request.ref == registration.ref:
        known = known or it.request.attendee in people or " " in it.request.attendee_name
        return known and (sender.proof is Proof.TOKEN)
    if not known or sender.proof is Proof.NONE:
        return False
    if sender.proof is Proof.AUTHENTICATED:
        return True
    answered = it.was.get(sender.thread.ref) if sender.thread else None
    return answered is not None and (
        answered.ref == registration.ref or answered.contact == registration.contact
    )


def _nobody_loses_a_seat_for_nothing(it: Happened, old: Registration, new: Registration) -> None:
    """I3, I10 and section 11: each seat that is given up, or its place on the list, has its cause."""
    dropped = old.pending and not new.pending and old.alive == new.alive
    if isinstance(it.request, TimePassed) and dropped and new.contact:
        read = it.request.read_until
        assert read is not None and old.pending and old.pending.until < read, (
            "a question was dropped before its time"
        )
    for was, seat in zip(old.seats, new.seats, strict=False):
        anew = seat.state is SeatState.OFFERED and was.state is SeatState.OFFERED and was.since != seat.since
        lost = (was.holds and not seat.holds) or (was.alive and not seat.alive) or anew
        if was.state is SeatState.CONFIRMED and seat.state is SeatState.RELEASE_PENDING:
            assert isinstance(it.request, CalendarReply), "a seat is about to be given up for nothing"
            assert it.request.partstat == "DECLINED"
            assert _speaks_for(it, old), "a stranger's calendar gives a seat up"
        if lost:
            _has_its_cause(it, old, new, was, seat)


def _has_its_cause(it: Happened, old: Registration, new: Registration, was: Seat, seat: Seat) -> None:
    request = it.request
    assert not isinstance(request, TAKES_NOTHING), "I3: a seat came free though nobody left"
    if isinstance(request, ByHand):
        named = isinstance(request, (CallOff, Reject, Replace)) and request.ref == old.ref
        assert named or _comes_in_anothers_place(it, old, was), "an order took somebody else's seat"
        return
    if isinstance(request, TimePassed):
        _is_due(it, request, old, was, seat)
        return
    if isinstance(request, Undeliverable):
        assert was.state is SeatState.OFFERED, "I10: a machine's mail took a seat"
        assert old.contact == request.recipient, "I10: a report ended somebody else's offer"
        return
    if isinstance(request, CalendarReply):
        assert request.partstat in ("DECLINED", "ACCEPTED"), "a maybe in the calendar took a seat"
        assert was.state is SeatState.OFFERED, "a calendar's decline took a seat at once"
    if was.state is SeatState.OFFERED and seat.state is not SeatState.CANCELLED:
        offer = old.offer
        assert offer is not None
        if it.said_at > offer.until:
            return  # its time was over
    if was.state is SeatState.WAITLISTED and _comes_in_anothers_place(it, old, was):
        return
    if isinstance(request, Amend):
        assert was.state is SeatState.OFFERED, "I3: more people, and a seat came free"
    assert _speaks_for(it, old), "section 11: a seat was lost by a mail that nobody vouched for"


def _comes_in_anothers_place(it: Happened, old: Registration, was: Seat) -> bool:
    """Who waited has a seat now that another gave them by name and address."""
    mine = {old.contact} | ({contact_key(was.email)} if was.email else set())
    for before, registration in it.changed:
        if before is None or before.seats == registration.seats:
            continue
        known = {s.place for s in before.seats}
        new = [s for s in registration.seats if s.place not in known and s.alive and s.email]
        if any(contact_key(s.email or "") in mine for s in new):
            return True
    return False


def _is_due(it: Happened, request: TimePassed, old: Registration, was: Seat, seat: Seat) -> None:
    """The watermark: what a mail could still prevent is not done before that mail has been read."""
    event, read = it.after.event, request.read_until
    started = it.to_start <= timedelta(0)
    if was.state is SeatState.WAITLISTED:
        assert seat.state is SeatState.CLOSED and started, "off the list by the clock"
        return
    assert read is not None, "something expired while the mailbox was unread"
    assert read <= it.now
    if was.state is SeatState.OFFERED:
        assert old.offer is not None
        over = old.offer.until < read or (started and read > event.starts.astimezone(UTC))
        assert over, "an offer ended before its time"
    elif was.state is SeatState.RELEASE_PENDING:
        assert was.until is not None and was.until < read, "released before its time"
    else:
        assert event.release_silent, "a confirmed seat was taken by the clock"
        assert it.to_start <= timedelta(days=2), "the silent were released early"
        asked = old.told_at("reconfirm")
        assert asked and old.told_at("reconfirm_again"), "released without being asked twice"
        assert (old.heard_at or old.arrival) < asked, "released though they wrote"


def _promotion_is_complete(it: Happened) -> None:
    """No fitting party waits while seats are free, promotion is on and there is time."""
    house = it.after
    free = house.capacity - house.held - sum(len(r.held) for r in house.registrations)
    if free <= 0 or house.event.promotion is Promotion.MANUAL or it.to_start < timedelta(hours=3):
        return
    for party in waitlist(house):
        assert not (may_be_seated(house, party) and party.size <= free), (
            f"{free} seats are free and {party.registration.ref} waits, which needs {party.size}"
        )
    first = next((p for p in waitlist(house) if may_be_seated(house, p)), None)
    if first is not None and not first.registration.together and first.registration.offer is None:
        assert _was_asked(first), "the head of the list was never asked whether it comes in part"


def _was_asked(party: Party) -> bool:
    return any(o.partial and party.places & set(o.places) for o in party.registration.offers)


def _giving_up_is_never_refused(it: Happened) -> None:
    """I4."""
    request = it.request
    if isinstance(request, Cancel) and request.seats is None and not request.people:
        own = it.before.of_contact(request.sender.contact)
        if own is not None and _speaks_for(it, own):
            after = it.after.by_ref(own.ref)
            assert after is not None and not after.alive, "I4: giving up a seat was refused"


def _after_the_start(it: Happened) -> None:
    if isinstance(it.request, TimePassed) and it.to_start <= timedelta(0):
        for registration in it.after.registrations:
            assert not registration.waiting, "somebody waits after the start"


def _one_answer(it: Happened) -> None:
    """I11: a mail of a person gets one answer, nothing else does."""
    request = it.request
    answers = [r for r in it.replies if r.in_reply_to]
    if isinstance(request, (TimePassed, SetLimits, Undeliverable, Chatter, ByHand)):
        assert answers == [], "I11: what asks nothing was answered"
    elif isinstance(request, CalendarReply):
        assert len(answers) <= 1, "I11: two answers"
    else:
        assert len(answers) == 1, "I11: not exactly one answer"
    for answer in answers:
        assert answer.to == request.sender.address, "I11: somebody else was answered"  # type: ignore[union-attr]
    causes = [(r.kind, r.to.casefold()) for r in it.replies]
    assert len(causes) == len(set(causes)), "two mails of one cause: one would be dropped"


def _told(it: Happened) -> None:
    """I6: who gains or loses a seat is told in the same step; nobody erased is written to, and nobody is
    told of a party that is not theirs."""
    refs = {r.ref for r in it.replies}
    for old, new in it.changed:
        if not new.contact:
            _knows_nothing(it, new)
            continue
        before, after = {s.place for s in old.held} if old else set(), {s.place for s in new.held}
        closed = all(s.state is SeatState.CLOSED for s in new.seats if s.place in before - after)
        if before != after and not new.unreachable and not (before > after and closed):
            assert new.ref in refs, f"I6: the seats of {new.ref} changed and no mail tells it"
    for reply in it.replies:
        assert reply.to, "a mail to nobody"
        registration = reply.facts.registration
        if registration is None or isinstance(it.request, CalendarReply):
            continue
        people = set()
        sender = getattr(it.request, "sender", None)
        if (
            sender
            and sender.proof is Proof.TOKEN
            and sender.thread.ref == registration.ref
            and reply.in_reply_to
        ):
            people.add(sender.contact)  # has read our mail to that party
        for house in (it.before, it.after):
            if (known := house.by_ref(registration.ref)) is not None:
                people |= {known.contact} | {contact_key(s.email) for s in known.seats if s.email}
        assert contact_key(reply.to) in people, "somebody was told of a party that is not theirs"


def _knows_nothing(it: Happened, erased: Registration) -> None:
    """Section 12: what is erased tells nobody's name; on request its seats are given up, too."""
    said = (erased.address, erased.name, erased.organisation, erased.involvement, erased.thread)
    assert not any(said), "erased, and something is known still"
    assert not any(s.name or s.email for s in erased.seats), "erased, and a name is known still"
    assert erased.pending is None, "erased, and a question stands open"
    if not isinstance(it.request, TimePassed):
        assert not erased.alive, "erased, and it holds a seat"
    else:
        event = it.after.event
        over = event.ends.astimezone(UTC) + timedelta(days=event.retention_days)
        assert it.now.astimezone(UTC) >= over, "erased before its time"
