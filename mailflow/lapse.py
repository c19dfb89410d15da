"""The clock's journey: what falls due without a mail, and what an edited file of the event orders.

Each is safe to ask for twice: what was done is not due any more.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from mailflow.core.decide import decide
from mailflow.core.requests import SetLimits, TimePassed
from mailflow.ports import Step, Store
from mailflow.record import Cause, Desk, carry_out


class OpeningStep(Step, Protocol):
    """A step at the opening of an office, when the event's file has been read."""

    def file_limits(self, capacity: int, held: int) -> None:
        """Remember what the file says now."""
        ...


class Archive(Store, Protocol):
    """The ledger, as it is met at the opening of an office (adapters/store.py)."""

    def step(self, event_id: str) -> AbstractContextManager[OpeningStep]:
        """One transaction on the event, that holds its lock."""
        ...

    def file_limits(self, event_id: str) -> tuple[int, int]:
        """Capacity and held as the event's file said when it was last read."""
        ...


def lapse(desk: Desk, store: Store, now: datetime, read_until: datetime | None = None) -> int:
    """What is due by the clock: what lapses, what is asked, promotion that was missed. How many mails
    follow. `read_until`: all mail that arrived before it has been handled; None: that is not known."""
    key = f"clock:{desk.event.id}:{now:%Y%m%dT%H%M%S}"
    with store.step(desk.event.id) as step:
        effects = decide(step.roster(), TimePassed(key, read_until), now)
        step.erase_pages(now)
        return len(carry_out(desk, step, effects, Cause(key, "clock"), now))


def adopt_limits(desk: Desk, store: Archive, now: datetime) -> bool:
    """A capacity or held seats edited in the event's file since it was last read are the organiser's
    order (rules: capacity). True if there was one.

    The order and what the file said are written in one step: a death between the two would give the same
    order again at the next start, over whatever a person ordered meanwhile.
    """
    event = desk.event
    if store.file_limits(event.id) == (event.capacity, event.held):
        return False
    was_capacity, was_held = store.file_limits(event.id)
    key = f"file:{event.id}:{now:%Y%m%dT%H%M%S}"
    order = SetLimits(
        key,
        capacity=event.capacity if event.capacity != was_capacity else None,
        held=event.held if event.held != was_held else None,
        by="the event's file",
    )
    with store.step(event.id) as step:
        carry_out(desk, step, decide(step.roster(), order, now), Cause(key, "organiser"), now)
        step.file_limits(event.capacity, event.held)
    return True
