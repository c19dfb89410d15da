"""Stop 5: decide(roster, request, now) -> effects.

One rule for this file and its neighbours: no clock, no database, no mailbox. What they want done is
in what they return; the same roster, request and moment always give the same effects.
The minimum-certain rule: do at once what is certain, change nothing that is doubtful, ask one question.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from mailflow.core.effects import Effect, Facts, Limits, ReplyKind
from mailflow.core.leaving import cancel, decline, substitute
from mailflow.core.model import Roster
from mailflow.core.outcome import Outcome
from mailflow.core.registering import amend, holder, register
from mailflow.core.requests import (
    Affirm,
    Amend,
    CalendarReply,
    Cancel,
    Chatter,
    Enquire,
    Negate,
    Register,
    Request,
    Sender,
    SetLimits,
    Substitute,
    TimePassed,
    Unclear,
    Undeliverable,
)
from mailflow.core.unreachable import undeliverable
from mailflow.core.waitlist import next_promotion, seat_party


def decide(roster: Roster, request: Request, now: datetime) -> list[Effect]:
    """What must be done about `request`, given how the event stands and what time it is (aware)."""
    outcome = Outcome(roster)
    match request:
        case Register():
            register(outcome, request, now)
        case Amend():
            amend(outcome, request, now)
        case Cancel():
            cancel(outcome, request, now)
        case Substitute():
            substitute(outcome, request, now)
        case CalendarReply():
            _calendar_reply(outcome, request, now)
        case Affirm():
            _affirm(outcome, request.sender)
        case Negate():
            _unclear(outcome, request.sender, "a bare no")
        case Enquire():
            _enquire(outcome, request.sender, now)
        case Unclear():
            _unclear(outcome, request.sender, request.reason)
        case Chatter():
            registration = holder(roster, request.sender)
            outcome.note("wrote without asking anything", registration.ref if registration else "")
        case Undeliverable():
            undeliverable(outcome, request, now)
        case TimePassed():
            pass
        case SetLimits():
            _set_limits(outcome, request)
        case _:
            assert_never(request)
    _promote(outcome, now)
    return outcome.effects


def _promote(outcome: Outcome, now: datetime) -> None:
    """First the release, then promotion, counting again after each promoted party (rules I5).

    It runs after every request, also one that freed nothing, so that a missed trigger heals itself.
    """
    gained: dict[str, set[int]] = {}
    while party := next_promotion(outcome.roster, now):
        outcome.record(seat_party(outcome.roster, party))
        gained.setdefault(party.registration.ref, set()).update(seat.place for seat in party.seats)
    for ref, places in gained.items():  # one mail a party, also where two groups of it were seated
        registration = outcome.roster.by_ref(ref)
        assert registration is not None, "a promoted party is on the roster"  # noqa: S101 - for the type checker
        outcome.note("promoted from the waitlist", ref)
        outcome.tell(
            ReplyKind.PROMOTED,
            registration,
            Facts(
                registration=registration,
                position=outcome.rank(registration),
                gained=tuple(s for s in registration.seats if s.place in places),
                asks_involvement=outcome.asks_involvement(registration),
                free=outcome.roster.free,
            ),
        )


def _facts(outcome: Outcome, sender: Sender, *, passed_on: bool = False) -> Facts:
    registration = holder(outcome.roster, sender)
    return Facts(
        registration=registration,
        position=outcome.rank(registration) if registration else None,
        free=outcome.roster.free,
        question_passed_on=passed_on,
        understood=sender.words,
    )


def _enquire(outcome: Outcome, sender: Sender, now: datetime) -> None:
    facts = _facts(outcome, sender, passed_on=True)
    outcome.review("question", sender, facts.registration.ref if facts.registration else "")
    over = now >= outcome.roster.event.starts and facts.registration is None
    outcome.answer(ReplyKind.OVER if over else ReplyKind.QUESTION, sender, facts)


def _unclear(outcome: Outcome, sender: Sender, why: str) -> None:
    facts = _facts(outcome, sender)
    ref = facts.registration.ref if facts.registration else ""
    outcome.note(f"unclear: {why}" if why else "unclear", ref, sender.words)
    outcome.review("unclear", sender, ref)
    outcome.answer(ReplyKind.UNCLEAR, sender, facts)


def _affirm(outcome: Outcome, sender: Sender) -> None:
    """A yes changes nothing while nothing is offered: who is on the list is told how it stands."""
    facts = _facts(outcome, sender)
    if facts.registration is None:
        _unclear(outcome, sender, "a bare yes, and nothing was asked")
    else:
        outcome.note("said yes; nothing changed", facts.registration.ref)
        outcome.answer(ReplyKind.STATUS, sender, facts)


def _calendar_reply(outcome: Outcome, reply: CalendarReply, now: datetime) -> None:
    registration = holder(outcome.roster, reply.sender)
    if reply.partstat == "DECLINED" and registration is not None:
        decline(outcome, reply, registration, now)
    elif reply.partstat == "ACCEPTED" and registration is None:
        # A stranger's ACCEPTED gives no seat; one answer tells how to register (rules: calendar).
        outcome.note("a calendar acceptance from somebody without a registration")
        outcome.answer(ReplyKind.NOT_FOUND, reply.sender, _facts(outcome, reply.sender))
    else:
        ref = registration.ref if registration else ""
        outcome.note(f"calendar reply {reply.partstat.lower()}: nothing changed", ref)


def _set_limits(outcome: Outcome, order: SetLimits) -> None:
    """Capacity or held seats change. Nobody confirmed is removed by a machine."""
    roster = outcome.roster
    capacity = roster.capacity if order.capacity is None else order.capacity
    held = roster.held if order.held is None else order.held
    if (capacity, held) == (roster.capacity, roster.held):
        return
    outcome.note(f"capacity {roster.capacity} -> {capacity}, held {roster.held} -> {held} by {order.by}")
    outcome.limits(Limits(capacity, held))
