"""Stop 5, a bare yes or no: what it says yes or no to is known by the mail of ours that it answers, and
by what stands open."""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.calendar import stay
from mailflow.core.effects import ReplyKind
from mailflow.core.identity import belongs, holder, is_certain, verify
from mailflow.core.leaving import release
from mailflow.core.matters import Pending
from mailflow.core.model import Person, Registration, SeatState
from mailflow.core.offers import accept, answer_late, answers_a_lapsed_one, in_time, refuse
from mailflow.core.outcome import Outcome
from mailflow.core.privacy import erase
from mailflow.core.registering import come_back, register
from mailflow.core.requests import Affirm, Negate, Register, Sender
from mailflow.core.substitution import exchange

_ASKS_WHETHER_THEY_COME = frozenset({ReplyKind.RECONFIRM, ReplyKind.REMINDER})


def affirm(outcome: Outcome, request: Affirm) -> None:
    """A yes."""
    sender = request.sender
    kind = sender.thread.kind if sender.thread else ""
    registration = holder(outcome.roster, sender)
    if registration is None:
        lapsed = _off_the_list(outcome, sender)
        if lapsed is not None:
            come_back(outcome, lapsed, sender)
        else:
            unclear(outcome, sender, "a bare yes, and nothing was asked")
        return
    if not belongs(registration, sender):
        if kind == ReplyKind.RELEASING and _pending_release(registration):
            stay(outcome, registration, sender)  # an alias was told of it; who keeps a seat takes nobody's
            return
        unclear(outcome, sender, "a bare yes from another address")
        return
    if kind == ReplyKind.VERIFY:
        _yes_it_was_me(outcome, registration, sender)
    elif _pending_release(registration):
        stay(outcome, registration, sender)
    elif kind in _ASKS_WHETHER_THEY_COME and request.seats not in (None, len(registration.alive)):
        register(outcome, Register(sender, request.seats or 1, total=True), outcome.now)
    elif kind in _ASKS_WHETHER_THEY_COME and registration.held:
        _comes(outcome, registration, sender)
    elif in_time(registration, sender, outcome.now):
        _takes(outcome, registration, request)
    elif answers_a_lapsed_one(registration, sender):
        answer_late(outcome, registration, sender)
    else:
        outcome.note("said yes; nothing changed", registration.ref)
        outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))


def negate(outcome: Outcome, request: Negate) -> None:
    """A no."""
    sender = request.sender
    kind = sender.thread.kind if sender.thread else ""
    registration = holder(outcome.roster, sender)
    if registration is None or not belongs(registration, sender):
        unclear(outcome, sender, "a bare no")
    elif kind == ReplyKind.VERIFY:
        _no_it_was_not_me(outcome, registration, sender)
    elif kind in _ASKS_WHETHER_THEY_COME and registration.held:
        _comes_not(outcome, registration, sender)
    elif registration.offer is not None and request.together and not registration.offer.partial:
        unclear(outcome, sender, "a condition that is met: all of them are offered a seat")
    elif registration.offer is not None:
        if request.together:
            registration = replace(registration, together=True)
        _refuses(outcome, registration, sender)
    elif kind == ReplyKind.RELEASING and _pending_release(registration):
        lost = tuple(s for s in registration.seats if s.state is SeatState.RELEASE_PENDING)
        if is_certain(outcome.roster, registration, sender):
            release(outcome, registration, lost, sender)
        else:
            verify(outcome, registration, sender, "cancel", tuple(s.place for s in lost))
    else:
        unclear(outcome, sender, "a bare no")


def unclear(outcome: Outcome, sender: Sender, why: str) -> None:
    """Nothing is changed; one question goes back, and a person sees it."""
    registration = holder(outcome.roster, sender)
    known = registration if registration and belongs(registration, sender) else None
    ref = registration.ref if registration else ""
    outcome.note(f"unclear: {why}" if why else "unclear", ref, sender.words)
    outcome.review("unclear", sender, ref)
    outcome.answer(ReplyKind.UNCLEAR, sender, outcome.facts(known, sender))


def _off_the_list(outcome: Outcome, sender: Sender) -> Registration | None:
    """The registration whose offers lapsed twice, where their mail about that is answered with a yes."""
    thread = sender.thread
    registration = outcome.roster.by_ref(thread.ref) if thread else None
    about = thread is not None and thread.kind in (ReplyKind.LAPSED, ReplyKind.OFFERED)
    if registration is None or not about or registration.contact != sender.contact:
        return None
    return registration if any(s.state is SeatState.REMOVED for s in registration.seats) else None


def _takes(outcome: Outcome, registration: Registration, request: Affirm) -> None:
    sender, offered = request.sender, len(registration.offered)
    if request.seats is not None and not 1 <= request.seats <= offered:
        unclear(outcome, sender, "another number than was offered")
        return
    fewer = request.seats is not None and request.seats < offered
    if fewer and not is_certain(outcome.roster, registration, sender):
        unclear(outcome, sender, "fewer than was offered, and it is not certain who says so")
        return
    registration, won = accept(outcome, registration, request.seats)
    facts = replace(
        outcome.facts(registration, sender),
        gained=won,
        waiting=registration.waiting,
        asks_involvement=outcome.asks_involvement(registration),
    )
    outcome.answer(ReplyKind.CONFIRMED, sender, facts)


def _refuses(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    offer = registration.offer
    if offer is not None and not is_certain(outcome.roster, registration, sender):
        what = "refuse" if offer.partial else "cancel"
        verify(outcome, registration, sender, what, tuple(s.place for s in registration.offered))
        return
    registration, lost = refuse(outcome, registration)
    waiting = () if lost else registration.waiting
    facts = replace(outcome.facts(registration, sender), lost=lost, waiting=waiting)
    outcome.answer(ReplyKind.CANCELLED if lost else ReplyKind.WAITLISTED, sender, facts)


def _comes(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    outcome.note("reconfirmed", registration.ref, sender.words)
    facts = replace(outcome.facts(registration, sender), kept=registration.held, calendar="")
    outcome.answer(ReplyKind.KEPT, sender, facts)


def _comes_not(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """A no to "do you still come?": of one person it is a cancellation; of a party it is asked whose."""
    if len(registration.alive) > 1:
        outcome.note("will not come; of several, who?", registration.ref, sender.words)
        outcome.review("unclear", sender, registration.ref)
        facts = replace(outcome.facts(registration, sender), asks_who=True)
        outcome.answer(ReplyKind.UNCLEAR, sender, facts)
    elif is_certain(outcome.roster, registration, sender):
        release(outcome, registration, registration.alive, sender)
    else:
        verify(outcome, registration, sender, "cancel", tuple(s.place for s in registration.alive))


def _pending_release(registration: Registration) -> bool:
    return any(s.state is SeatState.RELEASE_PENDING for s in registration.seats)


def _open_question(outcome: Outcome, registration: Registration, sender: Sender) -> Pending | None:
    pending = registration.pending
    if pending is None or min(sender.arrival, outcome.now) > pending.until:
        return None
    return pending


def _yes_it_was_me(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    """The holder says yes: what was asked in their name is done now."""
    pending = _open_question(outcome, registration, sender)
    if pending is None or not is_certain(outcome.roster, registration, sender):
        outcome.note("said yes to a question that is closed; nothing changed", registration.ref)
        outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))
        return
    registration = replace(registration, pending=None)
    outcome.record(registration)
    seats = tuple(s for s in registration.alive if s.place in pending.places)
    match pending.what:
        case "forget":
            erase(outcome, registration, sender)
        case "refuse" if pending.places == tuple(s.place for s in registration.offered):
            _refuses(outcome, registration, sender)
        case "refuse":  # what was offered then is not what is offered now
            outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))
        case "substitute" if seats:
            coming = Person(pending.coming, pending.coming_email)
            exchange(outcome, registration, seats[0], coming, sender)
        case _ if seats:
            release(outcome, registration, seats, sender)
        case _:
            outcome.answer(ReplyKind.STATUS, sender, outcome.facts(registration, sender))


def _no_it_was_not_me(outcome: Outcome, registration: Registration, sender: Sender) -> None:
    registration = replace(registration, pending=None)
    outcome.record(registration)
    outcome.note("the holder did not ask for it; nothing changed", registration.ref, sender.words)
    facts = replace(outcome.facts(registration, sender), kept=registration.held, calendar="")
    outcome.answer(ReplyKind.KEPT, sender, facts)
