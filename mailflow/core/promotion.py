"""Stop 5, promotion: a seat that is free goes to the waitlist, in order, by the time to the start.

First the release, then promotion, counting again after each promoted party (rules I5).
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.core import offers
from mailflow.core.effects import Effect, Reply, ReplyKind
from mailflow.core.model import SeatState
from mailflow.core.outcome import Outcome
from mailflow.core.waitlist import Way, head, may_be_split, next_promotion, seat_party, way


def promote(outcome: Outcome) -> None:
    """Seats are given, or offered, to the first of the list that fit; to the head of the list, where it is
    too large, as many as are free are offered once."""
    how = way(outcome.roster.event, outcome.now)
    if how is None:
        return
    gained: dict[str, set[int]] = {}
    while True:
        party, first = next_promotion(outcome.roster, outcome.now), head(outcome.roster)
        too_large = first is not None and (party is None or party.rank > first.rank)
        if first is not None and too_large and may_be_split(outcome.roster, first):
            party = first
            registration = offers.make(outcome, party, partial=True)
        elif party is None:
            break
        elif how is Way.GIVEN:
            registration = seat_party(outcome.roster, party, outcome.now)
            outcome.record(registration)
            outcome.note("promoted from the waitlist", registration.ref)
        else:
            registration = offers.make(outcome, party, partial=False)
        changed = {s.place for s in registration.seats if s not in party.registration.seats}
        gained.setdefault(registration.ref, set()).update(changed)
    _tell(outcome, gained)


def _tell(outcome: Outcome, gained: dict[str, set[int]]) -> None:
    """One mail a party, also where two groups of it were seated."""
    for ref, places in gained.items():
        registration = outcome.roster.by_ref(ref)
        assert registration is not None, "a promoted party is on the roster"  # noqa: S101 - for the type checker
        won = tuple(s for s in registration.seats if s.place in places and s.state is SeatState.CONFIRMED)
        offered = tuple(s for s in registration.seats if s.place in places and s.state is SeatState.OFFERED)
        # Offered anew at the moment it lapsed, for want of others: one mail says both.
        outcome.effects[:] = [e for e in outcome.effects if not _tells_that_it_lapsed(e, ref)]
        facts = replace(
            outcome.facts(registration),
            gained=won,
            offered=offered,
            asks_involvement=outcome.asks_involvement(registration),
        )
        outcome.tell(ReplyKind.OFFERED if offered else ReplyKind.PROMOTED, registration, facts)


def _tells_that_it_lapsed(effect: Effect, ref: str) -> bool:
    return isinstance(effect, Reply) and effect.kind is ReplyKind.LAPSED and effect.ref == ref
