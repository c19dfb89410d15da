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
    TimePassed,
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


# --- one for another


def test_who_is_named_as_coming_keeps_the_place_of_a_namesake_on_the_list():
    story = house("ann", "bea", capacity=1)
    story.happens(Substitute(story.sender("ann"), (Person("Bea"),), ("Ann",)))
    assert story.states("bea") == ["waitlisted"]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["same_name"]


def test_who_speaks_for_a_party_of_their_own_gets_no_second_registration_by_taking_a_seat_over():
    story = Story(roster(1))
    story.registers("ann")
    story.registers("bea", 2, "Bea", "Cas")
    story.happens(Substitute(story.sender("ann"), (Person("Bea", "bea@home.example"),), ("Ann",)))
    assert [r.contact for r in story.roster.registrations if r.alive].count("bea@home.example") == 1
    assert story.states("ann") == ["confirmed"]
    assert any(isinstance(e, Review) for e in story.effects)


def test_who_got_a_seat_while_the_holder_was_asked_takes_no_second_one():
    story = house("ann")
    bea = Person("Bea", "bea@home.example")
    story.happens(Substitute(story.sender("bea", name="Bea"), (bea,), ("Ann",)))
    story.registers("bea")
    story.answers("ann", Affirm, "verify")
    assert (story.states("ann"), story.states("bea")) == (["confirmed"], ["confirmed"])


# --- the watermark


def test_the_silent_are_not_released_while_the_mailbox_is_unread():
    story = house("ann", "bea", capacity=1, release_silent=True)
    for days in (6, 2.5):
        story.now = (EVENT.starts - timedelta(days=days)).replace(hour=10)
        story.passes(minutes=0)
    story.passes(days=1, read=False)
    assert story.states("ann") == ["confirmed"]
    story.passes(minutes=1)
    assert story.states("ann") == ["cancelled"]


def test_the_silent_have_a_day_after_the_second_question():
    story = house("ann", "bea", capacity=1, release_silent=True)
    for days in (6, 1.5):  # nothing ran in between
        story.now = (EVENT.starts - timedelta(days=days)).replace(hour=10)
        story.passes(minutes=0)
    assert story.told("reconfirm")[0].facts.again
    story.passes(hours=2)
    assert story.states("ann") == ["confirmed"]


def test_the_holders_yes_in_time_counts_though_it_is_read_late():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    until = story.of("ann").pending.until
    story.passes(hours=60, read=False)
    story.happens(Affirm(replace(story.token("ann", "verify"), arrival=until - timedelta(hours=1))))
    assert story.states("ann") == ["cancelled"]


# --- after the start, and after everything was erased


def test_after_the_start_no_seat_is_given_for_an_involvement_that_was_owed():
    story = Story(roster(1, involvement=InvolvementPolicy.REQUIRE))
    story.registers("ann", involvement=None)
    story.now = EVENT.starts
    story.happens(Amend(story.sender("ann"), involvement="ik repareer"))
    assert story.states("ann") == ["waitlisted"]


def test_nothing_is_written_into_a_registration_that_was_erased():
    story = house("ann")
    thread = story.token("ann").thread
    story.now = EVENT.ends + timedelta(days=31)
    story.passes(minutes=1)
    erased = story.roster.registrations
    for request in (
        Forget(story.sender("ann", thread=thread, proof=Proof.TOKEN)),
        Cancel(story.sender("ann", thread=thread, proof=Proof.TOKEN)),
        Amend(story.sender("ann", thread=thread, proof=Proof.TOKEN), involvement="ik repareer"),
    ):
        story.happens(request)
        assert story.roster.registrations == erased


def test_an_offer_that_outlived_the_mailbox_ends_with_the_event_also_when_it_was_erased():
    story = house("ann", "bea", capacity=1)
    story.is_before_start(hours=60)
    story.happens(Cancel(story.sender("ann"), 1))
    story.now = EVENT.ends + timedelta(days=31)
    story.passes(minutes=1, read=False)
    story.passes(minutes=1)
    assert [str(s.state) for _, s in story.roster.seats()] == ["cancelled", "closed"]


def test_who_was_offered_a_part_and_then_all_is_not_asked_in_part_a_second_time():
    story = Story(roster(2))
    story.is_before_start(hours=60)
    story.registers("ann", 3)
    story.happens(SetLimits("k", capacity=3))
    story.happens(SetLimits("k", capacity=2))
    story.passes(hours=30)  # it lapses: three wait again, two seats are free
    assert story.states("ann") == ["waitlisted"] * 3
    assert story.of("ann").passed == 1


def test_the_silent_are_released_when_the_mail_until_then_is_read():
    story = house("ann", "bea", capacity=1, release_silent=True)
    for days in (6, 2.5):
        story.now = (EVENT.starts - timedelta(days=days)).replace(hour=10)
        story.passes(minutes=0)
    read_until = story.now + timedelta(hours=23)
    story.now += timedelta(hours=30)
    story.happens(TimePassed("tick", read_until))
    assert story.states("ann") == ["confirmed"]


# --- who holds a registration hears of it


def test_a_guest_who_sends_another_in_their_place_does_so_openly_and_the_holders_entry_is_withdrawn():
    """Finn registered Dirk alone; Dirk, known by his address, sends Gast. Finn's calendar had the entry."""
    story = Story(roster(2))
    story.happens(Register(story.sender("finn"), 1, (Person("Dirk Dam", "dirk@home.example"),)))
    coming = (Person("Gast Drie", "gast@away.example"),)
    story.happens(Substitute(replace(story.sender("dirk"), proof=Proof.AUTHENTICATED), coming))
    told = {(r.kind.value, r.to.split("@")[0]): (r.facts.calendar, r.facts.sequence) for r in story.replies}
    assert told[("handed_over", "finn")] == ("cancel", 1)
    assert told[("changed", "dirk")][0] == ""
    assert told[("taken_over", "gast")] == ("request", 2)
