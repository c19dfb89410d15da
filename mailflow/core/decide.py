"""Stop 5: decide(roster, request, now) -> effects.

One rule for this file and its neighbours: no clock, no database, no mailbox. What they want done is
in what they return; the same roster, request and moment always give the same effects.
The minimum-certain rule: do at once what is certain, change nothing that is doubtful, ask one question.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from mailflow.core.by_hand import by_hand
from mailflow.core.calendar import calendar_reply
from mailflow.core.clock import time_passed
from mailflow.core.effects import Effect, Limits, ReplyKind
from mailflow.core.identity import belongs, holder
from mailflow.core.leaving import cancel
from mailflow.core.model import Roster
from mailflow.core.outcome import Outcome
from mailflow.core.privacy import ask_known, forget
from mailflow.core.promotion import promote
from mailflow.core.registering import amend, register
from mailflow.core.requests import (
    Accept,
    Add,
    Affirm,
    Amend,
    AskKnown,
    CalendarReply,
    CallOff,
    Cancel,
    Chatter,
    Enquire,
    Forget,
    FromMail,
    Negate,
    PutOnList,
    Register,
    Reject,
    Replace,
    Request,
    Sender,
    SetLimits,
    Substitute,
    TimePassed,
    Unclear,
    Undeliverable,
)
from mailflow.core.substitution import substitute
from mailflow.core.unreachable import undeliverable
from mailflow.core.yes_no import affirm, negate, unclear


def decide(roster: Roster, request: Request, now: datetime) -> list[Effect]:
    """What must be done about `request`, given how the event stands and what time it is (aware)."""
    outcome = Outcome(roster, now)
    if isinstance(request, FromMail) and not isinstance(request, Undeliverable):
        _heard(outcome, request.sender)
    match request:
        case Register():
            register(outcome, request, now)
        case Amend():
            amend(outcome, request, now)
        case Cancel():
            cancel(outcome, request)
        case Substitute():
            substitute(outcome, request)
        case CalendarReply():
            calendar_reply(outcome, request)
        case Affirm():
            affirm(outcome, request)
        case Negate():
            negate(outcome, request)
        case Enquire():
            _enquire(outcome, request.sender, now)
        case AskKnown():
            ask_known(outcome, request)
        case Forget():
            forget(outcome, request)
        case Unclear():
            unclear(outcome, request.sender, request.reason)
        case Chatter():
            registration = holder(roster, request.sender)
            outcome.note("wrote without asking anything", registration.ref if registration else "")
        case Undeliverable():
            undeliverable(outcome, request, now)
        case TimePassed():
            time_passed(outcome, request.read_until)
        case SetLimits():
            _set_limits(outcome, request)
        case Accept() | PutOnList() | CallOff() | Reject() | Replace() | Add():
            by_hand(outcome, request)
        case _:
            assert_never(request)
    promote(outcome)  # after every request: also one that freed nothing heals a trigger that was missed
    return outcome.effects


def _heard(outcome: Outcome, sender: Sender) -> None:
    """One of the party's people wrote: they are there, and so is their address."""
    registration = holder(outcome.roster, sender)
    if registration is not None and belongs(registration, sender):
        unreachable = registration.unreachable and sender.contact != registration.contact
        outcome.record(
            replace(registration, heard_at=min(sender.arrival, outcome.now), unreachable=unreachable)
        )


def _enquire(outcome: Outcome, sender: Sender, now: datetime) -> None:
    registration = holder(outcome.roster, sender)
    known = registration if registration and belongs(registration, sender) else None
    facts = replace(outcome.facts(known, sender), question_passed_on=True)
    outcome.review("question", sender, registration.ref if registration else "")
    over = now >= outcome.roster.event.starts and registration is None
    outcome.answer(ReplyKind.OVER if over else ReplyKind.QUESTION, sender, facts)


def _set_limits(outcome: Outcome, order: SetLimits) -> None:
    """Capacity or held seats change. Nobody confirmed is removed by a machine."""
    roster = outcome.roster
    capacity = roster.capacity if order.capacity is None else order.capacity
    held = roster.held if order.held is None else order.held
    if (capacity, held) == (roster.capacity, roster.held):
        return
    outcome.note(f"capacity {roster.capacity} -> {capacity}, held {roster.held} -> {held} by {order.by}")
    outcome.limits(Limits(capacity, held))
