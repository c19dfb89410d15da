"""Stop 5, the clock: what falls due without a mail. Each is asked for once a poll, and done once.

The watermark: nothing that a mail could still prevent expires before all mail that arrived until then
has been read. A mailbox that cannot be reached costs nobody a seat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailflow.core.effects import Erase, ReplyKind
from mailflow.core.leaving import give_up
from mailflow.core.model import Event, InvolvementPolicy, Registration, SeatState
from mailflow.core.offers import lapse
from mailflow.core.outcome import Outcome
from mailflow.core.privacy import erased, is_erased
from mailflow.core.waitlist import left, waitlist

REMIND_INVOLVEMENT_AFTER = timedelta(days=3)
RECONFIRM_AGAIN = timedelta(days=3)  # before the start
RELEASE_SILENT = timedelta(days=2)  # before the start, and a day after the repeat
_AWAKE = (time(8), time(22))  # local; nobody gets a mail of the clock's accord in the night
_REMINDER_FROM = time(9)  # on the day before
DAY = timedelta(days=1)


def time_passed(outcome: Outcome, read_until: datetime | None) -> None:
    """Everything that is due now."""
    event, now = outcome.roster.event, outcome.now
    if read_until is not None:
        _expire(outcome, read_until)
        _drop_questions(outcome, read_until)
    if now >= event.starts:
        _close_the_list(outcome, read_until)
        if now >= event.ends.astimezone(UTC) + timedelta(days=event.retention_days):
            _erase_all(outcome)
        return
    if event.closes is not None and now >= event.closes:
        _tell_still_waiting(outcome)
    if _awake(event, now):
        _remind_of_involvement(outcome)
        _reconfirm(outcome, read_until)
        _remind_of_the_day(outcome)


def _all(outcome: Outcome) -> list[Registration]:
    return list(outcome.roster.registrations)


def _expire(outcome: Outcome, read_until: datetime) -> None:
    """Offers nobody answered, and seats declined in the calendar that no word has kept."""
    for registration in _all(outcome):
        offer = registration.offer
        if offer is not None and offer.until < read_until:
            lapse(outcome, registration)
    for registration in _all(outcome):
        due = tuple(
            s
            for s in registration.seats
            if s.state is SeatState.RELEASE_PENDING and s.until is not None and s.until < read_until
        )
        if due:
            after = give_up(outcome, registration, due)
            outcome.note(f"released after the calendar's decline, {len(due)} seat(s)", registration.ref)
            places = {s.place for s in due}
            lost = tuple(s for s in after.seats if s.place in places)
            outcome.tell(ReplyKind.CANCELLED, after, replace(outcome.facts(after), lost=lost))


def _drop_questions(outcome: Outcome, read_until: datetime) -> None:
    for registration in _all(outcome):
        pending = registration.pending
        if pending is not None and pending.until < read_until:
            outcome.record(replace(registration, pending=None))
            outcome.note(f"no word from the holder: {pending.what} dropped", registration.ref)


def _close_the_list(outcome: Outcome, read_until: datetime | None) -> None:
    """At the start nobody waits any more; an offer ends once the mail that could have taken it is read."""
    starts = outcome.roster.event.starts
    for registration in _all(outcome):
        over = registration.offer is not None and read_until is not None and read_until > starts
        gone = registration.waiting + (registration.offered if over else ())
        if not gone:
            continue
        after = registration.with_seats(tuple(s.become(SeatState.CLOSED, outcome.now) for s in gone))
        outcome.record(replace(after, in_review=False))
        outcome.note(f"the list is closed, {len(gone)} seat(s)", registration.ref)


def _erase_all(outcome: Outcome) -> None:
    """The time for which data are kept is over: all of it goes, the counts stay."""
    for registration in _all(outcome):
        if not is_erased(registration):
            outcome.record(erased(registration))
    outcome.effects.append(Erase(""))


def _tell_still_waiting(outcome: Outcome) -> None:
    kind = ReplyKind.STILL_WAITING
    for ref in dict.fromkeys(p.registration.ref for p in waitlist(outcome.roster)):
        registration = outcome.roster.by_ref(ref)
        if registration is None or registration.told_at(kind) or registration.late:
            continue
        registration = registration.tell(kind, outcome.now)
        outcome.record(registration)
        outcome.tell(kind, registration, outcome.facts(registration))


def _awake(event: Event, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(event.timezone)).time()
    return _AWAKE[0] <= local < _AWAKE[1]


def _remind_of_involvement(outcome: Outcome) -> None:
    """Once, three days after it was first asked for."""
    if outcome.roster.event.involvement is InvolvementPolicy.OFF:
        return
    kind = ReplyKind.INVOLVEMENT
    for registration in _all(outcome):
        asked_at = registration.involvement_asked_at
        if (
            registration.alive
            and not registration.involvement
            and not registration.in_review
            and not registration.unreachable
            and asked_at is not None
            and outcome.now - asked_at >= REMIND_INVOLVEMENT_AFTER
            and registration.told_at(kind) is None
        ):
            registration = registration.tell(kind, outcome.now)
            outcome.record(registration)
            outcome.note("reminded of the involvement", registration.ref)
            facts = replace(outcome.facts(registration), asks_involvement=True)
            outcome.tell(kind, registration, facts)


def _reconfirm(outcome: Outcome, read_until: datetime | None) -> None:
    """Of an event with a waitlist, confirmed parties that have not been heard of are asked whether they still
    come, and again; the silent are at risk, and released only where the event wills it, a day after the
    repeat, when all mail that arrived until then has been read. Once the reminder of the day before is due
    nobody is asked any more: it says the same, also where the worker was away for days."""
    event, now = outcome.roster.event, outcome.now
    time_left, days = left(event, now), timedelta(days=event.reconfirm_days)
    if not event.reconfirm_days or time_left > days or not waitlist(outcome.roster):
        return
    kind, again, may_ask = ReplyKind.RECONFIRM, "reconfirm_again", now < reminder_due(event)
    for registration in _all(outcome):
        if not any(s.state is SeatState.CONFIRMED for s in registration.seats) or registration.unreachable:
            continue
        asked_at, repeated_at = registration.told_at(kind), registration.told_at(again)
        heard_at = registration.heard_at or registration.arrival
        if asked_at is None:
            if not may_ask or now - heard_at < days or _just_seated(registration, now):
                continue
            registration = registration.tell(kind, now)
            repeat = False
        elif heard_at >= asked_at:
            continue
        elif repeated_at is None and may_ask and time_left <= RECONFIRM_AGAIN and now - asked_at >= DAY:
            registration = registration.tell(again, now)
            repeat = True
        elif event.release_silent and repeated_at is not None and read_until is not None:
            due = max(event.starts.astimezone(UTC) - RELEASE_SILENT, repeated_at + DAY)
            if read_until >= due:
                _release_silent(outcome, registration)
            continue
        else:
            continue
        outcome.record(registration)
        outcome.note("asked whether they still come" + (", again" if repeat else ""), registration.ref)
        outcome.tell(kind, registration, replace(outcome.facts(registration), again=repeat))


def _just_seated(registration: Registration, now: datetime) -> bool:
    """True where a seat was given within a day: they have just been told how to give it up."""
    return any(s.since is not None and now - s.since < DAY for s in registration.held)


def _release_silent(outcome: Outcome, registration: Registration) -> None:
    lost = tuple(s for s in registration.seats if s.state is SeatState.CONFIRMED)
    after = give_up(outcome, registration, lost)
    outcome.note(f"released: silent when asked twice, {len(lost)} seat(s)", registration.ref)
    places = {s.place for s in lost}
    gone = tuple(s for s in after.seats if s.place in places)
    outcome.tell(ReplyKind.CANCELLED, after, replace(outcome.facts(after), lost=gone))


def is_at_risk(registration: Registration, now: datetime) -> bool:
    """True for a confirmed party that was asked twice whether it still comes, and said nothing for a day."""
    repeated_at = registration.told_at("reconfirm_again")
    if repeated_at is None or not any(s.state is SeatState.CONFIRMED for s in registration.seats):
        return False
    asked_at = registration.told_at(ReplyKind.RECONFIRM) or repeated_at
    return (registration.heard_at or registration.arrival) < asked_at


def reminder_due(event: Event) -> datetime:
    """When the practical reminder goes: the morning of the day before, UTC."""
    zone = ZoneInfo(event.timezone)
    day = event.starts.astimezone(zone).date() - DAY
    return datetime.combine(day, _REMINDER_FROM, zone).astimezone(UTC)


def _remind_of_the_day(outcome: Outcome) -> None:
    """Once, to everybody confirmed; who got the seat after that has just been told it all."""
    kind, due = ReplyKind.REMINDER, reminder_due(outcome.roster.event)
    if outcome.now < due:
        return
    for registration in _all(outcome):
        confirmed = [s for s in registration.seats if s.state is SeatState.CONFIRMED]
        if not confirmed or registration.told_at(kind) or registration.unreachable:
            continue
        registration = registration.tell(kind, outcome.now)
        outcome.record(registration)
        if any((s.since or registration.arrival) < due for s in confirmed):
            outcome.note("reminded of the day", registration.ref)
            outcome.tell(kind, registration, outcome.facts(registration))
