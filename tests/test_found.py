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


# --- whose word counts, also for a seat that is only offered


def test_a_forged_no_takes_no_part_of_an_offer_away_and_the_holder_is_asked():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(Negate(story.sender("ann", proof=Proof.NONE)))
    assert story.states("ann") == ["offered", "offered", "waitlisted"]
    assert story.kinds == [("verify", "ann")]
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["waitlisted"] * 3


def test_a_yes_to_whether_a_part_was_refused_does_nothing_once_it_was_taken():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(Negate(story.sender("ann", proof=Proof.NONE)))
    story.answers("ann", Affirm, "offered")
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["confirmed", "confirmed", "waitlisted"]


@pytest.mark.parametrize("request_of", [lambda s: Affirm(s, 1), lambda s: Register(s, 1, total=True)])
def test_a_forged_number_gives_back_no_seat_that_was_offered(request_of):
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(request_of(story.sender("ann", proof=Proof.NONE)))
    assert story.states("ann") == ["offered", "offered", "waitlisted"]
    assert story.kinds == [("unclear", "ann")]


def test_a_no_below_somebody_elses_mail_releases_no_seat_that_a_word_could_still_keep():
    from tests.test_calendar_rules import reply

    story = house("ann", "mallory")
    story.happens(reply(story, "ann", "DECLINED"))
    thread = Thread("releasing", story.of("mallory").ref, "<x@repair.example>")
    story.happens(Negate(story.sender("ann", thread=thread, proof=Proof.TOKEN)))
    assert story.states("ann") == ["release_pending"]
    assert story.kinds == [("verify", "ann")]
