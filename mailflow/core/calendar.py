"""Stop 5, the calendar's answers (RFC 5546 section 3.2.3): the table of the rules, section 10.

A Decline button is the shortest way to free a seat, and the easiest to press by accident, by a
calendar's own rule, or by whoever the invitation was forwarded to. So it is slow, and asks back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailflow.core.contact import contact_key, same_person
from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.identity import belongs, is_certain, verify
from mailflow.core.model import Registration, Roster, Seat, SeatState
from mailflow.core.offers import accept, in_time, refuse
from mailflow.core.outcome import Outcome
from mailflow.core.requests import CalendarReply, Proof, Sender

BY_ITSELF = timedelta(minutes=15)  # nobody declines so soon what they have just asked for; calendars do
RELEASED_AFTER = timedelta(hours=2)


def calendar_reply(outcome: Outcome, reply: CalendarReply) -> None:
    """What follows from the answer a calendar sent."""
    registration = _whose(outcome.roster, reply)
    if registration is None:
        _stranger(outcome, reply)
        return
    invitation = registration.invitation
    if _is_stale(registration, reply):
        outcome.note("a calendar reply to an older invitation: nothing changed", registration.ref)
        outcome.answer(ReplyKind.STATUS, reply.sender, outcome.facts(registration, reply.sender))
        return
    sent_at = max(filter(None, (reply.invited_at, invitation.sent_at)), default=None)
    registration = replace(
        registration,
        invitation=replace(
            invitation, replied_sequence=reply.sequence, replied_at=reply.stamped_at or invitation.replied_at
        ),
    )
    outcome.record(registration)
    sender = replace(reply.sender, words=reply.comment or reply.sender.words)
    if reply.partstat == "ACCEPTED":
        _accepted(outcome, registration, sender)
    elif reply.partstat == "DECLINED":
        soon = sent_at is not None and min(sender.arrival, outcome.now) - sent_at < BY_ITSELF
        _declined(outcome, registration, reply, sender, soon=soon)
    else:
        outcome.note(f"calendar reply {reply.partstat.lower()}: nothing changed", registration.ref)
        outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))


def _whose(roster: Roster, reply: CalendarReply) -> Registration | None:
    """The living registration whose entry it answers: that of the UID, if it is its holder or one of its
    people who answers (under that address, or an alias that writes or is named as they do); without our
    UID that of the sender."""
    if not reply.ref:
        return roster.of_contact(reply.sender.contact)
    registration = roster.by_ref(reply.ref)
    if registration is None or not registration.alive:
        return None
    people = {registration.contact} | {contact_key(s.email) for s in registration.alive if s.email}
    name = reply.attendee_name or reply.sender.name
    alias = _is_name(name) and any(same_person(s.name, name) for s in registration.alive if _is_name(s.name))
    known = reply.attendee in people or reply.sender.contact in people or alias
    return registration if known else None


def _is_name(text: str) -> bool:
    """Two words at least: a first name alone tells nobody apart."""
    return len(text.split()) > 1


def _is_stale(registration: Registration, reply: CalendarReply) -> bool:
    """True for an answer to an older invitation, or an older answer to this one."""
    invitation = registration.invitation
    if reply.ref and reply.sequence < invitation.sequence:
        return True
    older = (
        reply.sequence == invitation.replied_sequence
        and reply.stamped_at is not None
        and invitation.replied_at is not None
        and reply.stamped_at < invitation.replied_at
    )
    return reply.sequence < invitation.replied_sequence or older


def _stranger(outcome: Outcome, reply: CalendarReply) -> None:
    """A stranger's ACCEPTED gives no seat: one answer tells how to register. Their DECLINED is nothing."""
    word = reply.partstat.lower()
    outcome.note(f"a calendar reply ({word}) from somebody without that registration: nothing changed")
    if reply.partstat == "ACCEPTED":
        facts = Facts(free=outcome.roster.free, understood=reply.sender.words)
        outcome.answer(ReplyKind.NOT_FOUND, reply.sender, facts)


def _accepted(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    if registration.offer is not None and in_time(registration, sender, outcome.now):
        registration, won = accept(outcome, registration)
        facts = replace(
            outcome.facts(registration, sender),
            gained=won,
            asks_involvement=outcome.asks_involvement(registration),
        )
        outcome.answer(ReplyKind.CONFIRMED, sender, facts)
        return
    if any(s.state is SeatState.RELEASE_PENDING for s in registration.seats):
        stay(outcome, registration, sender)
        return
    outcome.note("reconfirmed in the calendar", registration.ref)
    outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))


def stay(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """A word keeps the seat that was about to be given up; the calendar gets its entry back."""
    back = tuple(
        s.become(SeatState.CONFIRMED, outcome.now)
        for s in registration.seats
        if s.state is SeatState.RELEASE_PENDING
    )
    registration = registration.with_seats(back)
    outcome.record(registration)
    outcome.note("stays after all", registration.ref, sender.words)
    facts = replace(outcome.facts(registration, sender), kept=back)
    outcome.answer(ReplyKind.KEPT, sender, facts)


def _declined(
    outcome: Outcome, registration: Registration, reply: CalendarReply, sender: Sender, *, soon: bool
) -> None:
    seat = _seat_of(registration, reply)
    offered = registration.offer is not None and (seat is None or seat.state is SeatState.OFFERED)
    if seat is None and not offered:
        outcome.note("a calendar decline for somebody without a seat: nothing changed", registration.ref)
        return
    if soon:
        outcome.note("a calendar declined within minutes: taken for the calendar's own", registration.ref)
        outcome.review("decline_doubted", sender, registration.ref)
        facts = replace(outcome.facts(registration, sender), kept=(seat,) if seat else registration.offered)
        outcome.answer(ReplyKind.DECLINE_DOUBTED, sender, replace(facts, calendar=""))
        return
    known = belongs(registration, sender)
    proven = reply.sender.proof is Proof.TOKEN and bool(reply.ref) and (known or not offered)
    if not (proven or is_certain(outcome.roster, registration, sender)):
        places = tuple(s.place for s in registration.offered) if offered or seat is None else (seat.place,)
        partial = offered and registration.offer is not None and registration.offer.partial
        verify(outcome, registration, sender, "refuse" if partial else "cancel", places)
        return
    if offered:
        registration, lost = refuse(outcome, registration)
        lost_or_waiting = replace(
            outcome.facts(registration, sender),
            lost=lost,
            waiting=() if lost else registration.waiting,
        )
        kind = ReplyKind.CANCELLED if lost else ReplyKind.WAITLISTED
        outcome.answer(kind, sender, lost_or_waiting)
        return
    assert seat is not None, "looked at above"  # noqa: S101 - for the type checker
    if seat.state is not SeatState.CONFIRMED:
        outcome.note("a calendar decline of what is not confirmed: nothing changed", registration.ref)
        outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))
        return
    until = outcome.now + RELEASED_AFTER
    pending = seat.become(SeatState.RELEASE_PENDING, outcome.now, until=until)
    registration = registration.with_seats((pending,))
    outcome.record(registration)
    outcome.note("declined in the calendar: released in two hours", registration.ref, sender.words)
    facts = replace(outcome.facts(registration, sender), lost=(pending,), until=until)
    outcome.answer(ReplyKind.RELEASING, sender, facts)
    if not known:
        # From an alias, or whoever else has our invitation: only a holder who hears it can say no.
        outcome.tell(ReplyKind.RELEASING, registration, replace(facts, understood=""))


def _seat_of(registration: Registration, reply: CalendarReply) -> Seat | None:
    """The seat of the attendee: by the address, by the name; else the contact's own, or the first."""
    alive = registration.alive
    by_address = [s for s in alive if s.email and contact_key(s.email) == reply.attendee]
    if by_address:
        return by_address[0]
    name = reply.attendee_name
    by_name = [s for s in alive if _is_name(name) and _is_name(s.name) and same_person(s.name, name)]
    if len(by_name) == 1:
        return by_name[0]
    own = [s for s in alive if s.name and same_person(s.name, registration.name)]
    return own[0] if own else next(iter(alive), None)
