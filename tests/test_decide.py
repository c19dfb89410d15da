"""The rules, a sentence each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.core.decide import decide
from mailflow.core.effects import Note, Record, Review
from mailflow.core.model import InvolvementPolicy, Person, Promotion
from mailflow.core.requests import (
    Affirm,
    Amend,
    CalendarReply,
    Cancel,
    Chatter,
    Enquire,
    Negate,
    Register,
    SetLimits,
    Substitute,
    TimePassed,
    Unclear,
    Undeliverable,
)
from mailflow.core.thread import Thread
from mailflow.core.unreachable import likely_meant
from tests.house import EVENT, Story, roster


def full(*names: str, capacity: int | None = None, **event: object) -> Story:
    """A house in which each of `names` has registered, in that order."""
    story = Story(roster(capacity if capacity is not None else len(names), **event))
    for name in names:
        story.registers(name)
    return story


# --- registering


def test_a_newcomer_gets_the_lowest_free_seat_and_is_told():
    story = full("ann", capacity=2)
    story.registers("bea")
    assert story.states("bea") == ["confirmed"]
    assert [s.number for s in story.of("bea").seats] == [2]
    assert story.kinds == [("confirmed", "bea")]


def test_in_a_full_house_a_newcomer_waits_and_hears_the_position():
    story = full("ann", "bea")
    story.registers("cas")
    story.registers("dirk")
    assert story.states("dirk") == ["waitlisted"]
    assert story.kinds == [("waitlisted", "dirk")]
    assert story.replies[0].facts.position == 2


def test_a_party_is_kept_together_and_asked_before_it_is_split():
    story = full("ann", capacity=2)
    story.registers("bea", 2, "Bea", "Ben")
    assert story.states("bea") == ["offered", "waitlisted"]
    assert story.kinds == [("offered", "bea")]
    assert story.roster.free == 0


def test_a_smaller_party_that_fits_may_pass_one_that_does_not_want_to_be_split():
    story = full("ann", capacity=2)
    story.registers("bea", 2)
    story.answers("bea", Negate, "offered")
    assert story.states("bea") == ["waitlisted", "waitlisted"]
    story.registers("cas")
    assert story.states("cas") == ["confirmed"]
    assert story.states("bea") == ["waitlisted", "waitlisted"]


def test_a_newcomer_never_overtakes_a_waiting_party_that_fits():
    story = full("ann", "bea", promotion=Promotion.MANUAL)
    story.registers("cas")
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.roster.free == 1
    story.registers("dirk")
    assert story.states("dirk") == ["waitlisted"]


def test_guests_without_a_name_are_counted():
    story = Story(roster(4))
    story.registers("ann", 3, "Ann", "Bea")
    assert [s.name for s in story.of("ann").seats] == ["Ann", "Bea", ""]


def test_a_party_above_the_limit_goes_to_a_person_and_takes_no_seat():
    story = Story(roster(10))
    story.registers("ann", 5)
    assert story.of("ann").in_review
    assert story.roster.taken == 0
    assert story.kinds == [("party", "ann")]
    assert any(isinstance(e, Review) and e.reason == "party" for e in story.effects)


def test_a_party_in_review_stands_in_nobodys_way():
    story = Story(roster(5))
    story.registers("ann", 5)
    story.registers("bea")
    assert story.states("bea") == ["confirmed"]
    assert story.replies[0].facts.position is None


def test_held_seats_are_not_given_away():
    story = Story(roster(3, held=2))
    story.registers("ann")
    story.registers("bea")
    assert (story.states("ann"), story.states("bea")) == (["confirmed"], ["waitlisted"])


def test_without_involvement_the_seat_is_given_and_the_same_answer_asks():
    story = Story(roster(3))
    story.registers("ann", involvement=None)
    assert story.states("ann") == ["confirmed"]
    assert story.replies[0].facts.asks_involvement
    assert len(story.replies) == 1
    assert story.of("ann").involvement_asked_at == story.now


def test_under_require_a_seat_is_given_only_once_the_involvement_is_stated():
    story = Story(roster(1, involvement=InvolvementPolicy.REQUIRE))
    story.registers("ann", involvement=None)
    assert story.kinds == [("incomplete", "ann")]
    assert story.states("ann") == ["waitlisted"]
    story.happens(Amend(story.sender("ann"), involvement="ik soldeer"))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("confirmed", "ann")]


def test_when_involvement_is_off_it_is_never_asked():
    story = Story(roster(3, involvement=InvolvementPolicy.OFF))
    story.registers("ann", involvement=None)
    assert not story.replies[0].facts.asks_involvement


def test_a_registration_with_a_question_gives_the_seat_and_passes_the_question_on():
    story = Story(roster(3))
    story.registers("ann", has_question=True)
    assert story.states("ann") == ["confirmed"]
    assert story.replies[0].facts.question_passed_on
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["question"]


def test_before_the_opening_nobody_is_queued():
    story = Story(roster(3, opens=EVENT.starts - timedelta(days=1)))
    story.registers("ann")
    assert story.kinds == [("early", "ann")]
    assert story.roster.registrations == ()


def test_the_opening_is_judged_by_the_arrival_not_by_the_time_of_processing():
    story = Story(roster(3))
    sender = story.sender("ann")
    opens = sender.arrival + timedelta(minutes=5)
    story.roster = roster(3, opens=opens)
    story.now = opens + timedelta(hours=3)
    story.happens(Register(sender, 1))
    assert story.kinds == [("early", "ann")]


def test_after_closing_a_newcomer_waits_as_late_behind_those_in_time_even_when_seats_are_free():
    story = Story(roster(3))
    story.registers("ann")
    story.roster = replace(story.roster, event=replace(EVENT, closes=story.now + timedelta(minutes=1)))
    story.registers("bea")
    assert story.states("bea") == ["waitlisted"]
    assert story.of("bea").late
    story.happens(TimePassed("tick"))
    assert story.states("bea") == ["waitlisted"]


def test_after_the_start_a_registration_hears_that_the_event_is_over():
    story = Story(roster(3))
    story.now = EVENT.starts
    story.registers("ann")
    assert story.kinds == [("over", "ann")]
    assert story.roster.registrations == ()


# --- duplicates


def test_the_same_contact_gets_no_second_seat_but_the_status():
    story = full("ann", capacity=3)
    story.registers("ann")
    assert len(story.roster.registrations) == 1
    assert story.roster.taken == 1
    assert story.kinds == [("status", "ann")]


def test_who_waits_and_writes_again_keeps_the_place():
    story = full("ann")
    story.registers("bea")
    story.registers("cas")
    first = story.of("bea").arrival
    story.registers("bea")
    assert story.of("bea").arrival == first
    assert story.replies[0].facts.position == 1


def test_another_person_from_the_same_address_is_added_as_a_person():
    story = full("ann", capacity=3)
    story.registers("ann", 1, "Mother Jansen")
    assert [s.name for s in story.of("ann").seats] == ["Ann", "Mother Jansen"]
    assert story.states("ann") == ["confirmed", "confirmed"]


def test_a_person_added_in_a_full_house_waits_with_an_arrival_of_its_own_and_the_first_seat_is_safe():
    story = full("ann", "bea")
    story.registers("cas")
    story.registers("ann", 1, "Mother Jansen")
    assert story.states("ann") == ["confirmed", "waitlisted"]
    assert story.replies[0].facts.position == 2
    assert story.kinds == [("waitlisted", "ann")]


def test_a_total_grows_the_party_by_the_difference():
    story = full("ann", capacity=4)
    story.registers("ann", 3, "Ann", total=True)
    assert len(story.of("ann").alive) == 3


def test_a_smaller_total_frees_seats_at_once_and_promotes():
    story = Story(roster(2))
    story.registers("ann", 2, "Ann", "Bob")
    story.registers("cas")
    story.registers("ann", 1, "Ann", total=True)
    assert story.states("ann") == ["confirmed", "cancelled"]
    assert story.states("cas") == ["confirmed"]
    assert story.kinds == [("changed", "ann"), ("promoted", "cas")]


def test_a_guest_mentioned_twice_is_one_guest():
    story = Story(roster(4))
    story.registers("ann", 2, "Ann")
    story.registers("ann", 2, "Ann")
    assert len(story.of("ann").alive) == 2
    assert story.kinds == [("status", "ann")]


def test_another_address_with_the_same_name_stands_and_is_flagged():
    story = Story(roster(4))
    story.registers("ann", 1, "Ann de Vries")
    story.registers("work", 1, "Ann de Vries")
    assert story.roster.taken == 2
    assert any(isinstance(e, Review) and e.reason == "same_name" for e in story.effects)


def test_who_cancelled_and_comes_back_is_a_new_arrival():
    story = full("ann", "bea")
    story.happens(Cancel(story.sender("ann"), 1))
    story.registers("cas")
    story.registers("ann")
    assert story.states("ann") == ["waitlisted"]
    assert len([r for r in story.roster.registrations if r.contact == "ann@home.example"]) == 2


def test_a_bare_number_from_somebody_who_has_seats_is_asked_about():
    story = Story(roster(9))
    story.registers("ann", 3, "Ann", "Bob", "Cor")
    story.happens(Register(story.sender("ann"), 2))
    assert len(story.of("ann").alive) == 3
    assert story.kinds == [("unclear", "ann")]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["unclear"]


def test_names_given_later_are_those_of_the_guests_already_counted():
    story = Story(roster(9))
    story.registers("ann", 2, "Ann")
    story.registers("ann", 2, "Ann", "Bob Smit")
    assert [s.name for s in story.of("ann").alive] == ["Ann", "Bob Smit"]


def test_jan_is_not_janneke():
    story = Story(roster(9))
    story.registers("jan", 1, "Jan de Vries")
    story.registers("jan", 1, "Janneke de Vries")
    assert [s.name for s in story.of("jan").alive] == ["Jan de Vries", "Janneke de Vries"]
    story.happens(Cancel(story.sender("jan", name="Jan de Vries"), 1, (Person("Janneke de Vries"),)))
    assert [s.name for s in story.of("jan").alive] == ["Jan de Vries"]
    story.happens(Cancel(story.sender("jan", name="Jan de Vries"), 1, (Person("Janneke de Vries"),)))
    assert [s.name for s in story.of("jan").alive] == ["Jan de Vries"]


def test_an_initial_that_may_be_two_people_takes_nobodys_seat():
    story = Story(roster(9))
    story.registers("jan", 2, "Jan de Vries", "Janneke de Vries")
    story.happens(Cancel(story.sender("jan", name="Jan de Vries"), 1, (Person("J. de Vries"),)))
    assert story.states("jan") == ["confirmed", "confirmed"]
    assert story.kinds == [("unclear", "jan")]


def test_a_signature_with_an_initial_does_not_shorten_the_name():
    story = Story(roster(9))
    story.registers("piet", 1, "Piet Hoekstra")
    story.registers("piet", 1, "P. Hoekstra")
    assert [s.name for s in story.of("piet").alive] == ["Piet Hoekstra"]
    assert story.kinds == [("status", "piet")]


def test_a_change_of_which_nothing_could_be_told_is_asked_about():
    story = full("ann", capacity=3)
    story.happens(Amend(story.sender("ann")))
    assert story.kinds == [("unclear", "ann")]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["unclear"]


def test_a_total_that_names_somebody_new_without_growing_is_asked_about():
    story = Story(roster(9))
    story.registers("ann", 2, "Ann", "Bob")
    story.registers("ann", 2, "Ann", "Dirk", total=True)
    assert [s.name for s in story.of("ann").alive] == ["Ann", "Bob"]
    assert story.kinds == [("unclear", "ann")]


def test_a_party_in_review_that_becomes_small_enough_is_seated_by_its_arrival():
    story = Story(roster(9))
    story.registers("ann", 8)
    arrival = story.of("ann").arrival
    story.registers("ann", 3, "Ann")
    assert not story.of("ann").in_review
    assert [str(s.state) for s in story.of("ann").alive] == ["confirmed"] * 3
    assert {s.arrival for s in story.of("ann").alive} == {arrival}
    assert story.kinds == [("confirmed", "ann")]


def test_a_party_in_review_that_only_writes_again_keeps_its_size():
    story = Story(roster(9))
    story.registers("ann", 8)
    story.registers("ann", 1, "Ann")
    assert len(story.of("ann").alive) == 8
    assert story.of("ann").in_review


def test_unnamed_guests_are_all_alike_when_some_of_them_stay_away():
    story = Story(roster(9))
    story.registers("ann", 8, "Ann")
    story.happens(Cancel(story.sender("ann"), 5))
    assert len(story.of("ann").alive) == 3
    assert not story.of("ann").in_review


def test_a_seat_asked_for_after_closing_is_late_also_for_who_was_in_time():
    story = full("ann", capacity=5)
    story.roster = replace(story.roster, event=replace(EVENT, closes=story.now + timedelta(minutes=1)))
    story.registers("bea")
    story.registers("ann", 1, "Mother Jansen")
    assert story.states("ann") == ["confirmed", "waitlisted"]
    story.happens(TimePassed("tick"))
    assert story.states("ann") == ["confirmed", "waitlisted"]
    assert story.states("bea") == ["waitlisted"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_question_in_a_mail_that_is_too_early_or_too_late_reaches_the_organisers(when):
    story = Story(roster(3, opens=EVENT.starts - timedelta(days=1)))
    if when == "after":
        story.now = EVENT.starts
    story.registers("ann", has_question=True)
    assert story.kinds == [("early" if when == "before" else "over", "ann")]
    assert story.replies[0].facts.question_passed_on
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["question"]


# --- more people, details


def test_a_bare_addition_adds_a_seat():
    story = full("ann", capacity=3)
    story.happens(Amend(story.sender("ann"), seats=1))
    assert story.states("ann") == ["confirmed", "confirmed"]
    assert story.kinds == [("confirmed", "ann")]


def test_an_addition_above_the_largest_party_goes_to_a_person():
    story = Story(roster(9))
    story.registers("ann", 4)
    story.happens(Amend(story.sender("ann"), seats=1))
    assert len(story.of("ann").alive) == 4
    assert story.kinds == [("party", "ann")]


def test_the_answer_to_the_question_for_the_involvement_is_recorded_with_old_and_new():
    story = Story(roster(3))
    story.registers("ann", involvement=None)
    story.happens(Amend(story.sender("ann"), involvement="ik geef naailes"))
    assert story.of("ann").involvement == "ik geef naailes"
    assert story.kinds == [("changed", "ann")]
    assert [(c.what, c.old, c.new) for c in story.replies[0].facts.changes] == [
        ("involvement", "", "ik geef naailes")
    ]
    assert not story.replies[0].facts.asks_involvement


def test_a_name_supplied_later_goes_to_the_unnamed_guest():
    story = Story(roster(3))
    story.registers("ann", 2, "Ann")
    story.happens(Amend(story.sender("ann"), people=(Person("Bob Smit"),)))
    assert [s.name for s in story.of("ann").alive] == ["Ann", "Bob Smit"]


def test_a_misspelt_name_is_corrected():
    story = Story(roster(3))
    story.registers("dj", 1, "Jamila Bouzit")
    story.happens(Amend(story.sender("dj"), people=(Person("Djamila Bouzid"),)))
    assert [s.name for s in story.of("dj").alive] == ["Djamila Bouzid"]


def test_workshop_wishes_are_noted_per_round():
    story = full("ann", capacity=2)
    story.happens(Amend(story.sender("ann"), workshops=((2, "sew"),)))
    story.happens(Amend(story.sender("ann"), workshops=((1, "solder"),)))
    assert story.of("ann").workshops == ((1, "solder"), (2, "sew"))


def test_a_change_without_a_registration_changes_nothing_and_a_person_looks():
    story = full("ann", capacity=2)
    story.happens(Amend(story.sender("bea"), organisation="De Bus"))
    assert story.kinds == [("not_found", "bea")]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["not_found"]
    assert not any(isinstance(e, Record) for e in story.effects)


def test_a_reply_below_our_mail_from_another_address_is_known_by_its_token():
    story = full("ann", capacity=3)
    thread = Thread("confirmed", story.of("ann").ref, "<x@repair.example>")
    story.happens(Amend(story.sender("annhome", thread=thread), organisation="De Bus"))
    assert story.of("ann").organisation == "De Bus"


# --- leaving


def test_a_cancelled_seat_goes_to_the_head_of_the_waitlist():
    story = full("ann", "bea")
    story.registers("cas")
    story.registers("dirk")
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("cas") == ["confirmed"]
    assert story.states("dirk") == ["waitlisted"]
    assert story.kinds == [("cancelled", "ann"), ("promoted", "cas")]
    assert [s.number for s in story.of("cas").seats] == [1]


def test_leaving_the_waitlist_promotes_nobody():
    story = full("ann")
    story.registers("bea")
    story.registers("cas")
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.states("bea") == ["cancelled"]
    assert story.states("cas") == ["waitlisted"]
    assert story.kinds == [("cancelled", "bea")]


def test_one_freed_seat_promotes_one():
    story = full("ann")
    for name in ("bea", "cas", "dirk"):
        story.registers(name)
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.roster.taken == 1


def test_five_free_and_two_waiting_promotes_two():
    story = full("ann", "bea", capacity=2)
    story.registers("cas")
    story.registers("dirk")
    story.happens(SetLimits("k", capacity=7))
    assert story.roster.taken == 4
    assert sorted(story.kinds) == [("promoted", "cas"), ("promoted", "dirk")]


def test_the_writer_of_a_party_gives_up_one_seat_and_is_asked_about_the_others():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bob", "Cor")
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("ann") == ["cancelled", "confirmed", "confirmed"]
    assert story.replies[0].facts.asks_who


def test_the_writer_who_is_named_and_leaves_alone_is_asked_about_the_others():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bob", "Cor")
    story.happens(Cancel(story.sender("ann"), 1, (Person("Ann"),)))
    assert story.states("ann") == ["cancelled", "confirmed", "confirmed"]
    assert story.replies[0].facts.asks_who


def test_who_has_a_seat_cannot_take_anothers_too():
    story = Story(roster(3))
    story.registers("ann", 2, "Ann", "Bob Two")
    story.happens(Substitute(story.sender("ann"), (Person("Bob Two"),), ("Ann",)))
    assert story.states("ann") == ["confirmed", "confirmed"]
    assert story.kinds == [("unclear", "ann")]


def test_we_cannot_come_releases_all():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bob", "Cor")
    story.happens(Cancel(story.sender("ann"), None))
    assert story.roster.taken == 0


def test_one_named_person_leaves_and_the_others_stay():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bob Smit", "Cor")
    story.happens(Cancel(story.sender("ann"), 1, (Person("B. Smit"),)))
    assert story.states("ann") == ["confirmed", "cancelled", "confirmed"]


def test_a_cancellation_for_somebody_unknown_changes_nothing_and_asks():
    story = full("ann", capacity=2)
    story.happens(Cancel(story.sender("ann"), 1, (Person("Zeger Zand"),)))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("unclear", "ann")]


def test_a_cancellation_without_a_registration_is_answered_honestly():
    story = full("ann", capacity=2)
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.kinds == [("not_found", "bea")]
    assert story.states("ann") == ["confirmed"]


def test_a_cancellation_from_another_address_takes_no_seat_away():
    story = full("ann", capacity=2)
    thread = Thread("confirmed", story.of("ann").ref, "<x@repair.example>")
    story.happens(Cancel(story.sender("mallory", thread=thread), 1))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("verify", "ann"), ("holder_asked", "mallory")]


def test_cancelling_after_the_start_is_still_taken_and_promotes_nobody():
    story = full("ann")
    story.registers("bea")
    story.now = EVENT.starts
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("ann") == ["cancelled"]
    assert story.states("bea") == ["waitlisted"]


def test_a_replacement_keeps_the_seat_and_changes_the_person():
    story = full("ann", "bea")
    number = story.of("ann").seats[0].number
    story.happens(Substitute(story.sender("ann"), (Person("Zeger Zand"),)))
    assert story.states("ann") == ["substituted", "confirmed"]
    assert [(s.name, s.number) for s in story.of("ann").held] == [("Zeger Zand", number)]
    assert story.kinds == [("changed", "ann")]


def test_a_replacement_in_a_party_needs_to_know_who_leaves():
    story = Story(roster(3))
    story.registers("ann", 2, "Bob", "Cor")
    story.happens(Substitute(story.sender("ann"), (Person("Zeger Zand"),)))
    assert story.states("ann") == ["confirmed", "confirmed"]
    assert story.kinds == [("unclear", "ann")]
    story.happens(Substitute(story.sender("ann"), (Person("Zeger Zand"),), ("Cor",)))
    assert sorted(s.name for s in story.of("ann").held) == ["Bob", "Zeger Zand"]


# --- calendar, questions, the rest


def test_a_strangers_accepted_gives_no_seat_and_one_answer():
    story = full("ann", capacity=2)
    story.happens(CalendarReply(story.sender("bea"), "ACCEPTED", "bea@home.example"))
    assert len(story.roster.registrations) == 1
    assert story.kinds == [("not_found", "bea")]


def test_a_strangers_declined_changes_nothing():
    story = full("ann", capacity=2)
    story.happens(CalendarReply(story.sender("bea"), "DECLINED", "bea@home.example"))
    assert story.states("ann") == ["confirmed"]


def test_a_question_gets_a_holding_answer_and_no_seat():
    story = full("ann", capacity=2)
    story.happens(Enquire(story.sender("bea")))
    assert story.kinds == [("question", "bea")]
    assert len(story.roster.registrations) == 1
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["question"]


def test_an_unclear_mail_changes_nothing_and_asks_one_question():
    story = full("ann", capacity=2)
    story.happens(Unclear(story.sender("ann"), "two wishes at once"))
    assert story.kinds == [("unclear", "ann")]
    assert story.states("ann") == ["confirmed"]


def test_a_bare_yes_of_a_participant_is_told_how_things_stand():
    story = full("ann", capacity=2)
    story.happens(Affirm(story.sender("ann")))
    assert story.kinds == [("status", "ann")]


@pytest.mark.parametrize("request_type", [Affirm, Negate])
def test_a_bare_word_of_a_stranger_is_asked_about(request_type):
    story = full("ann", capacity=2)
    story.happens(request_type(story.sender("bea")))
    assert story.kinds == [("unclear", "bea")]


def test_a_bare_no_of_a_participant_takes_no_seat_away():
    story = full("ann", capacity=2)
    story.happens(Negate(story.sender("ann")))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("unclear", "ann")]


def test_thanks_are_counted_and_not_answered():
    story = full("ann", capacity=2)
    story.happens(Chatter(story.sender("ann")))
    assert story.replies == []
    assert [type(e) for e in story.effects if not isinstance(e, Record)] == [Note]


def test_a_hard_bounce_is_put_before_a_person():
    story = full("ann", capacity=2)
    thread = Thread("confirmed", story.of("ann").ref, "<x@repair.example>")
    story.happens(Undeliverable(story.sender("robot", thread=thread), "ann@home.example", "<x>", True))
    assert [(e.reason, e.ref) for e in story.effects if isinstance(e, Review)] == [
        ("undeliverable", story.of("ann").ref)
    ]


@pytest.mark.parametrize(("hours", "given_up"), [(0, False), (46, False), (47, True), (200, True)])
def test_what_fails_for_now_is_given_up_after_two_days(hours, given_up):
    story = full("ann", capacity=2)
    since = story.now - timedelta(hours=hours) if hours else None  # the report comes an hour from now
    story.happens(Undeliverable(story.sender("robot"), "ann@home.example", "<x>", False, since))
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["undeliverable"] * given_up
    assert story.states("ann") == ["confirmed"]


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ann@gmial.com", "ann@gmail.com"),
        ("ann@gmail.co", "ann@gmail.com"),
        ("ann@hotmial.com", "ann@hotmail.com"),
        ("ann@zigo.nl", "ann@ziggo.nl"),
        ("ann@homme.example", "ann@home.example"),
        ("ann@gmail.com", ""),
        ("ann@elsewhere.example", ""),
        ("", ""),
    ],
)
def test_a_slip_in_an_address_is_guessed(address, meant):
    assert likely_meant(address, ["home.example"]) == meant


# --- capacity and clock


def test_raising_the_capacity_promotes_in_order():
    story = full("ann")
    story.registers("bea")
    story.registers("cas")
    story.happens(SetLimits("k", capacity=2))
    assert story.states("bea") == ["confirmed"]
    assert story.states("cas") == ["waitlisted"]


def test_lowering_the_capacity_removes_nobody_and_nothing_is_promoted_until_below_it():
    story = full("ann", "bea", "cas")
    story.registers("dirk")
    story.happens(SetLimits("k", capacity=1))
    assert story.roster.taken == 3
    assert story.roster.over == 2
    story.happens(Cancel(story.sender("ann"), 1))
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.states("dirk") == ["waitlisted"]
    story.happens(Cancel(story.sender("cas"), 1))
    assert story.states("dirk") == ["confirmed"]


def test_giving_back_held_seats_promotes():
    story = Story(roster(2, held=1))
    story.registers("ann")
    story.registers("bea")
    story.happens(SetLimits("k", held=0))
    assert story.states("bea") == ["confirmed"]


def test_the_clock_heals_a_missed_promotion():
    story = full("ann")
    story.registers("bea")
    story.roster = replace(story.roster, capacity=2)
    story.happens(TimePassed("tick"))
    assert story.states("bea") == ["confirmed"]


def test_under_three_hours_before_the_start_nobody_is_promoted_by_mail():
    story = full("ann")
    story.registers("bea")
    sender = story.sender("ann")
    story.now = EVENT.starts - timedelta(hours=2)
    story.happens(Cancel(sender, 1))
    assert story.states("bea") == ["waitlisted"]


def test_a_party_with_two_waiting_groups_promoted_at_once_gets_one_mail():
    story = full("ann")
    story.registers("bea")
    story.registers("bea", 1, "Mother Bea")
    story.happens(SetLimits("k", capacity=3))
    assert story.replies[0].facts.gained == story.of("bea").held
    assert story.kinds == [("promoted", "bea")]


def test_the_same_mail_decided_twice_gives_the_same_effects():
    story = Story(roster(3))
    request = Register(story.sender("ann"), 2, (Person("Ann"),))
    assert decide(story.roster, request, story.now) == decide(story.roster, request, story.now)


def test_somebody_without_a_name_who_leaves_is_not_the_one_person_of_a_registration():
    story = full("ann")
    story.answers("ann", Cancel, "confirmed", 1, (Person(),))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("unclear", "ann")]
