"""Whose word counts: what gives a seat away is done for its own people, known by token or trusted server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailflow.core.effects import Review
from mailflow.core.model import Person
from mailflow.core.requests import Affirm, Amend, Cancel, Negate, Proof, Register, Substitute
from mailflow.core.thread import Thread
from tests.house import Story, roster


def house(*who: str, capacity: int = 4) -> Story:
    story = Story(roster(capacity))
    for name in who:
        story.registers(name)
    return story


def test_a_bare_from_takes_no_seat_away_and_the_holder_is_asked():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("verify", "ann")]
    assert story.replies[0].facts.until == story.now + timedelta(hours=48)


@pytest.mark.parametrize("proof", [Proof.TOKEN, Proof.AUTHENTICATED])
def test_the_token_or_the_trusted_server_is_enough(proof):
    story = house("ann")
    if proof is Proof.TOKEN:
        story.answers("ann", Cancel, "confirmed", 1)
    else:
        story.happens(Cancel(story.sender("ann", proof=proof), 1))
    assert story.states("ann") == ["cancelled"]
    assert story.kinds == [("cancelled", "ann")]


def test_another_registrations_token_proves_nothing_here():
    story = house("ann", "mallory")
    thread = Thread("confirmed", story.of("mallory").ref, "<x@repair.example>")
    story.happens(Cancel(story.sender("ann", thread=thread, proof=Proof.TOKEN), 1))
    assert story.states("ann") == ["confirmed"]


def test_the_holders_yes_does_what_was_asked():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["cancelled"]
    assert story.kinds == [("cancelled", "ann")]


def test_a_yes_without_the_token_does_nothing():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    story.happens(Affirm(story.sender("ann", proof=Proof.NONE)))
    assert story.states("ann") == ["confirmed"]


def test_the_holders_no_or_silence_leaves_everything_as_it_is():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    story.answers("ann", Negate, "verify")
    assert story.kinds == [("kept", "ann")]
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["confirmed"]
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    story.passes(hours=49)
    assert story.of("ann").pending is None
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["confirmed"]


def test_who_asks_in_anothers_name_hears_that_the_holder_is_asked():
    story = house("ann")
    thread = Thread("confirmed", story.of("ann").ref, "<x@repair.example>")
    story.happens(Cancel(story.sender("mallory", thread=thread, proof=Proof.TOKEN), 1))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("verify", "ann"), ("holder_asked", "mallory")]
    assert story.replies[1].facts.registration is None


def test_fewer_people_is_asked_about_too():
    story = Story(roster(4))
    story.registers("ann", 3, "Ann", "Bea", "Cas")
    story.happens(Register(story.sender("ann", proof=Proof.NONE), 2, (), total=True))
    assert story.states("ann") == ["confirmed"] * 3
    story.answers("ann", Affirm, "verify")
    assert sorted(story.states("ann")) == ["cancelled", "confirmed", "confirmed"]


def test_details_and_more_people_need_no_proof():
    story = house("ann")
    story.happens(
        Register(story.sender("ann", proof=Proof.NONE), 2, (Person("Ann"), Person("Bea")), total=True)
    )
    assert story.states("ann") == ["confirmed", "confirmed"]


# --- one for another


def test_the_seat_stays_and_the_person_changes():
    story = house("ann")
    number = story.of("ann").seats[0].number
    story.happens(Substitute(story.sender("ann"), (Person("Bea Blom"),), ("Ann",)))
    assert story.states("ann") == ["substituted", "confirmed"]
    assert story.of("ann").seats[1].number == number
    change = story.replies[0].facts.changes[0]
    assert (change.old, change.new) == ("Ann", "Bea Blom")


def test_a_newcomer_with_an_address_holds_the_registration_with_an_invitation_of_their_own():
    story = house("ann")
    ref = story.of("ann").ref
    story.happens(Substitute(story.sender("ann"), (Person("Bea Blom", "bea@home.example"),), ("Ann",)))
    assert story.of("bea").ref == ref
    (to_ann,), (to_bea,) = story.told("handed_over"), story.told("taken_over")
    assert (to_ann.to, to_ann.facts.calendar) == ("ann@home.example", "cancel")
    assert (to_bea.to, to_bea.facts.calendar) == ("bea@home.example", "request")
    assert to_bea.facts.sequence >= to_ann.facts.sequence
    assert story.roster.of_contact("ann@home.example") is None


def test_a_substitute_who_asks_has_the_holder_asked_first():
    story = house("ann")
    newcomer = Person("Bea Blom", "bea@home.example")
    story.happens(Substitute(story.sender("bea", name="Bea Blom"), (newcomer,), ("Ann",)))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("verify", "ann"), ("holder_asked", "bea")]
    story.answers("ann", Affirm, "verify")
    assert story.of("bea").seats[-1].name == "Bea Blom"
    assert ("taken_over", "bea") in story.kinds


def test_a_substitute_who_waits_leaves_the_list_and_has_one_seat():
    story = house("ann", "bea", capacity=1)
    story.happens(Substitute(story.sender("ann"), (Person("Bea", "bea@home.example"),), ("Ann",)))
    living = [s for r, s in story.roster.seats() if s.alive]
    assert [(s.name, str(s.state)) for s in living] == [("Bea", "confirmed")]


def test_a_substitute_with_a_seat_of_their_own_takes_no_second_one():
    story = house("ann", "bea")
    story.happens(Substitute(story.sender("ann"), (Person("Bea", "bea@home.example"),), ("Ann",)))
    assert story.kinds == [("unclear", "ann")]
    assert any(isinstance(e, Review) for e in story.effects)
    assert story.states("ann") == ["confirmed"]


def test_by_the_waitlist_the_seat_is_given_up_and_the_newcomer_queues():
    story = Story(roster(1, substitution="via_waitlist"))
    story.registers("ann")
    story.registers("cas")
    story.happens(Substitute(story.sender("ann"), (Person("Bea"),), ("Ann",)))
    assert story.states("cas") == ["confirmed"]
    assert story.states("ann") == ["cancelled", "waitlisted"]


def test_where_an_organiser_decides_a_person_looks():
    story = Story(roster(1, substitution="organiser"))
    story.registers("ann")
    story.happens(Substitute(story.sender("ann"), (Person("Bea"),), ("Ann",)))
    assert story.states("ann") == ["confirmed"]
    assert any(isinstance(e, Review) for e in story.effects)


# --- a second thought


def test_cancelled_and_back_within_two_hours_the_seat_is_restored():
    story = house("ann")
    before = story.of("ann")
    story.happens(Cancel(story.sender("ann"), 1))
    story.registers("ann")
    assert story.of("ann").ref == before.ref
    assert story.states("ann") == ["confirmed"]
    assert story.of("ann").seats[0].arrival == before.seats[0].arrival


def test_i_would_like_to_come_after_all_names_nothing_and_is_understood_by_what_stands_open():
    story = house("ann")
    story.happens(Cancel(story.sender("ann"), 1))
    story.happens(Amend(story.sender("ann")))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("confirmed", "ann")]


def test_where_the_seat_was_given_away_it_is_a_new_arrival():
    story = house("ann", "bea", capacity=1)
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("bea") == ["confirmed"]
    first = [r.ref for r in story.roster.registrations if r.contact == "ann@home.example"]
    story.registers("ann")
    assert story.of("ann").ref not in first
    assert story.states("ann") == ["waitlisted"]


def test_after_two_hours_it_is_a_new_arrival():
    story = house("ann")
    first = story.of("ann").ref
    story.happens(Cancel(story.sender("ann"), 1))
    story.passes(hours=2)
    story.registers("ann")
    assert story.of("ann").ref != first


def test_who_left_the_list_and_is_back_at_once_stands_where_they_stood():
    story = house("ann", "bea", "cas", capacity=1)
    story.happens(Cancel(story.sender("bea"), 1))
    story.registers("bea")
    assert story.replies[0].facts.position == 1


def test_a_yes_to_one_question_never_does_what_a_second_mail_has_asked_since():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    forged = story.sender("ann", proof=Proof.NONE)
    story.happens(Substitute(forged, (Person("Max Molen", "max@away.example"),), ()))
    assert story.kinds == [("unclear", "ann")]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["unclear"]
    story.answers("ann", Affirm, "verify")
    assert story.states("ann") == ["cancelled"]
    assert story.of("ann").contact == "ann@home.example"


def test_who_is_not_asked_a_second_question_is_not_stuck():
    story = house("ann")
    forged = story.sender("ann", proof=Proof.NONE)
    story.happens(Substitute(forged, (Person("Max Molen", "max@away.example"),), ()))
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    assert story.kinds == [("unclear", "ann")]
    story.answers("ann", Cancel, "unclear", 1)
    assert story.states("ann") == ["cancelled"]


def test_the_same_question_again_is_asked_again_and_a_later_one_once_the_first_is_over():
    story = house("ann")
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    story.happens(Cancel(story.sender("ann", proof=Proof.NONE), 1))
    assert story.kinds == [("verify", "ann")]
    story.now += timedelta(hours=49)
    forged = story.sender("ann", proof=Proof.NONE)
    story.happens(Substitute(forged, (Person("Max Molen", "max@away.example"),), ()))
    assert story.kinds == [("verify", "ann")]


def test_who_signs_off_somebody_named_from_elsewhere_has_their_holder_asked():
    """A daughter writes for her mother, or the mother from another address: nothing changes before a yes."""
    story = Story(roster(2))
    story.happens(Register(story.sender("tess"), 1, (Person("Tess Kuip"),)))
    story.happens(Cancel(story.sender("dochter"), 1, (Person("Tess Kuip"),)))
    assert sorted(story.kinds) == [("holder_asked", "dochter"), ("verify", "tess")]
    assert story.states("tess") == ["confirmed"]
    story.answers("tess", Affirm, "verify")
    assert story.states("tess") == ["cancelled"]


def test_a_name_that_stands_twice_or_is_not_a_full_one_is_asked_back():
    story = Story(roster(4))
    for who in ("tess", "other"):
        story.happens(Register(story.sender(who), 1, (Person("Tess Kuip"),)))
    for name in ("Tess Kuip", "Tess"):
        story.happens(Cancel(story.sender("dochter"), 1, (Person(name),)))
        assert story.kinds == [("not_found", "dochter")]
