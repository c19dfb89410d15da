"""The promises of the rules over random histories, in houses of 1 to 6 seats (random_histories.py), and the
same shortened by hypothesis where one breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from mailflow.core.effects import ReplyKind
from mailflow.core.requests import Cancel, Register
from mailflow.core.waitlist import fits, waitlist
from tests.house import EVENT, Story, roster
from tests.random_histories import ACTS, STEPS, History, one, run

HISTORIES, PARTS = 10_000, 4


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_breaks_a_promise(part: int) -> None:
    tally = run(HISTORIES // PARTS, seed=part)
    assert tally.broken == []
    # They come to everything that can be asked, and to everything that can be told.
    assert tally.steps > HISTORIES // PARTS * STEPS / 2
    orders = 6  # under one heading, "an organiser acts"
    assert len(tally.asked) == len(ACTS) - 1 + orders
    rare = {"handed_over"}  # not in every part of so many histories
    assert {str(kind) for kind in ReplyKind} - set(tally.told) <= rare


@pytest.mark.parametrize("number", range(3))
def test_a_history_of_every_sort_breaks_no_promise(number: int) -> None:
    """The same, fewer of them: what the mutation table runs where no shorter test says it."""
    assert run(150, seed=1000 + number).broken == []


def test_the_same_seed_gives_the_same_history_wherever_it_runs() -> None:
    assert one("1:5").told == one("1:5").told
    assert one("1:5").told != one("1:6").told


def _rule(act: str) -> Any:
    @rule(data=st.data())
    def it_happens(self: AnyHistory, data: st.DataObject) -> None:
        self.happens(act, data)

    return it_happens


class AnyHistory(RuleBasedStateMachine):
    """The same acts, picked by hypothesis, which makes what fails as short as it can be."""

    history: History

    @initialize(data=st.data())
    def the_event_opens(self, data: st.DataObject) -> None:
        self.history = History(_picks(data))
        for _ in range(3):
            self.happens("registers", data)

    def happens(self, act: str, data: st.DataObject) -> None:
        self.history.step(act, _picks(data))


for _act in ACTS:
    setattr(AnyHistory, _act.replace(" ", "_"), _rule(_act))


def _picks(data: st.DataObject) -> Any:
    def pick(options: Sequence[Any]) -> Any:
        return options[data.draw(st.integers(0, len(options) - 1))] if len(options) > 1 else options[0]

    return pick


def test_no_history_that_hypothesis_finds_breaks_a_promise() -> None:
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=60,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    capacity=st.integers(1, 6),
    sizes=st.lists(st.integers(1, 3), min_size=4, max_size=12),
    leave=st.integers(0, 11),
)
def test_giving_up_a_seat_is_never_refused_and_the_room_is_used_again(
    capacity: int, sizes: list[int], leave: int
) -> None:
    story = Story(roster(capacity))
    for n, size in enumerate(sizes):
        story.registers(f"w{n}@home.example", size, *[f"Naam {n} {k}" for k in range(size)])
    who = f"w{leave % len(sizes)}@home.example"
    story.happens(Cancel(story.sender(who, name=""), None))
    assert not story.of(who).alive
    assert story.replies[0].to == who
    assert not any(fits(story.roster, p.size) for p in waitlist(story.roster))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_first_to_arrive_is_seated_first_in_whatever_order_mails_are_numbered(
    order: tuple[int, ...],
) -> None:
    story = Story(roster(2))
    senders = [replace(story.sender(f"w{n}"), uid=100 - order[n]) for n in range(4)]
    for sender in senders:
        story.happens(Register(sender, 1))
    assert [story.states(f"w{n}")[0] for n in range(4)] == [
        "confirmed",
        "confirmed",
        "waitlisted",
        "waitlisted",
    ]
    assert EVENT.capacity == 3
