"""The organiser's hand: limits, registrations, what is erased. Decided, recorded and told like a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailflow.core.by_hand import why_not
from mailflow.core.contact import contact_key
from mailflow.core.decide import decide
from mailflow.core.effects import Effect
from mailflow.core.model import Roster
from mailflow.core.outcome import Outcome
from mailflow.core.privacy import forget_by_hand
from mailflow.core.promotion import promote
from mailflow.core.requests import ByHand, SetLimits, TimePassed
from mailflow.errors import BadInput
from mailflow.ports import Step, Store
from mailflow.record import Cause, Desk, carry_out


@dataclass(frozen=True, slots=True)
class Done:
    """How the event stood before and stands after, and how many mails follow."""

    before: Roster
    after: Roster
    mails: int


def set_limits(
    desk: Desk, store: Store, now: datetime, *, capacity: int | None = None, held: int | None = None
) -> Done:
    """A new capacity, or number of seats held back; None: as it was. Promotion follows at once.

    Raises BadInput where more would be held back than there are seats."""
    with store.step(desk.event.id) as step:
        roster = step.roster()
        seats = roster.capacity if capacity is None else capacity
        kept = roster.held if held is None else held
        if kept > seats:
            raise BadInput(f"{kept} seats held back are more than the capacity of {seats}; keep back fewer")
        key = f"order:{desk.event.id}:{now:%Y%m%dT%H%M%S.%f}:{seats}-{kept}"
        effects = decide(roster, SetLimits(key, capacity, held), now)
        return _done(desk, step, effects, key, now)


def carry(desk: Desk, store: Store, order: ByHand, now: datetime) -> Done:
    """An order about one registration, or for a new one. Raises BadInput with what stands against it."""
    with store.step(desk.event.id) as step:
        roster = step.roster()
        if against := why_not(Outcome(roster, now), order):
            raise BadInput(f"{against}. Nothing was changed")
        return _done(desk, step, decide(roster, order, now), order.key, now)


def forget(desk: Desk, store: Store, address: str, now: datetime) -> Done:
    """Give up every seat of that address, and erase what is kept of it; promotion follows at once."""
    key = f"forget:{desk.event.id}:{now:%Y%m%dT%H%M%S.%f}"  # not whom: the key stays in the journal
    with store.step(desk.event.id) as step:
        outcome = Outcome(step.roster(), now)
        forget_by_hand(outcome, contact_key(address))
        promote(outcome)
        return _done(desk, step, outcome.effects, key, now)


def purge(desk: Desk, store: Store, now: datetime) -> Done:
    """What is due by the clock: once the days of keeping are over, everything that tells who took part."""
    key = f"clock:{desk.event.id}:{now:%Y%m%dT%H%M%S}"
    with store.step(desk.event.id) as step:
        return _done(desk, step, decide(step.roster(), TimePassed(key), now), key, now, who="clock")


def _done(
    desk: Desk, step: Step, effects: list[Effect], key: str, now: datetime, who: str = "organiser"
) -> Done:
    before = step.roster()
    mails = carry_out(desk, step, effects, Cause(key, who), now)
    return Done(before, step.roster(), len(mails))
