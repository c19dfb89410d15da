"""What random histories found (random_histories.py): each fault once, in a sentence, as short as it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.core.effects import Review
from mailflow.core.model import InvolvementPolicy, Person
from mailflow.core.requests import (
    Affirm,
    Amend,
    Cancel,
    Forget,
    Negate,
    Proof,
    Register,
    SetLimits,
    Substitute,
)
from mailflow.core.thread import Thread
from tests.house import EVENT, Story, roster


def house(*who: str, capacity: int = 4, **event: object) -> Story:
    story = Story(roster(capacity, **event))
    for name in who:
        story.registers(name)
    return story


# --- a party that is offered a part is one party still


def test_a_party_that_was_offered_a_part_gets_all_its_seats_when_the_rest_comes_free():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(SetLimits("k", capacity=3))
    assert story.states("ann") == ["confirmed"] * 3
    assert story.of("ann").offer is None
    assert len(story.told("promoted")[0].facts.gained) == 3


def test_near_the_start_its_offer_becomes_one_of_all_its_seats():
    story = Story(roster(2))
    story.is_before_start(hours=60)
    story.registers("ann", 3)
    assert story.of("ann").offer.partial
    story.happens(SetLimits("k", capacity=3))
    assert story.states("ann") == ["offered"] * 3
    assert not story.of("ann").offer.partial
    story.answers("ann", Affirm, "offered")
    assert story.states("ann") == ["confirmed"] * 3
