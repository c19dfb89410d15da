"""What falls due without a mail: reminders, reconfirmation, the closing of the list, erasing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailflow.core.clock import is_at_risk
from mailflow.core.effects import Erase, ReplyKind
from mailflow.core.model import InvolvementPolicy
from mailflow.core.requests import Affirm, AskKnown, Cancel, Chatter, Forget, Negate, Proof
from tests.house import EVENT, Story, roster


def house(*who: str, capacity: int = 2, **event: object) -> Story:
    story = Story(roster(capacity, **event))
    for name in who:
        story.registers(name)
    return story


def kinds_of(story: Story) -> list[str]:
    return [str(r.kind) for r in story.replies]


# --- involvement


def test_a_missing_involvement_is_reminded_of_once_after_three_days():
    story = Story(roster(2))
    story.registers("ann", involvement=None)
    story.passes(days=2, hours=23)
    assert kinds_of(story) == []
    story.passes(hours=2)
    assert story.kinds == [("involvement", "ann")]
    story.passes(days=4)
    assert kinds_of(story) == []


def test_who_has_stated_it_is_not_reminded():
    story = house("ann")
    story.passes(days=5)
    assert kinds_of(story) == []


def test_where_it_is_never_asked_for_nobody_is_reminded():
    story = Story(roster(2, involvement=InvolvementPolicy.OFF))
    story.registers("ann", involvement=None)
    story.passes(days=5)
    assert kinds_of(story) == []


def test_no_mail_of_the_clocks_accord_goes_in_the_night():
    story = Story(roster(2))
    story.registers("ann", involvement=None)
    story.now = datetime(2030, 5, 20, 1, 0, tzinfo=UTC)  # three in the morning in Amsterdam
    story.passes(minutes=1)
    assert kinds_of(story) == []
    story.passes(hours=6)
    assert kinds_of(story) == ["involvement"]


# --- do you still come?


def at_days(story: Story, days: float) -> None:
    story.now = (EVENT.starts - timedelta(days=days)).replace(hour=10)
    story.passes(minutes=0)


def test_confirmed_parties_are_asked_a_week_before_if_others_wait():
    story = house("ann", "bea", "cas")
    at_days(story, 8)
    assert kinds_of(story) == []
    at_days(story, 6)
    assert story.kinds == [("reconfirm", "ann"), ("reconfirm", "bea")]


def test_without_a_waitlist_nobody_is_asked():
    story = house("ann", "bea")
    at_days(story, 6)
    assert kinds_of(story) == []


def test_who_wrote_in_the_last_seven_days_is_not_asked():
    story = house("ann", "bea", "cas")
    story.now = EVENT.starts - timedelta(days=9)
    story.happens(Chatter(story.sender("ann")))
    at_days(story, 6)
    assert story.kinds == [("reconfirm", "bea")]


def test_who_has_just_got_a_seat_is_not_asked_at_once_whether_they_still_come():
    story = house("ann", "bea", "cas", capacity=1)
    at_days(story, 6)
    story.answers("ann", Negate, "reconfirm")
    assert story.states("bea") == ["confirmed"]
    story.passes(minutes=5)
    assert story.told("reconfirm") == []
    story.passes(hours=25)
    assert [r.to for r in story.told("reconfirm")] == ["bea@home.example"]


def test_a_worker_that_comes_back_the_day_before_reminds_and_does_not_ask_as_well():
    story = house("ann", "bea", "cas")
    story.now = EVENT.starts - timedelta(hours=25)
    story.passes(minutes=0)
    kinds = [kind for kind, who in story.kinds if who == "ann"]
    assert "reminder" in kinds
    assert "reconfirm" not in kinds
    story.passes(hours=22)
    assert story.told("reconfirm") == []


def test_the_silent_are_asked_again_and_are_at_risk_and_keep_their_seat():
    story = house("ann", "bea", "cas")
    at_days(story, 6)
    story.answers("ann", Affirm, "reconfirm")
    assert story.kinds == [("kept", "ann")]
    at_days(story, 2.5)
    assert [(r.kind, r.to.split("@")[0], r.facts.again) for r in story.replies] == [
        ("reconfirm", "bea", True)
    ]
    assert not is_at_risk(story.of("ann"), story.now)
    assert is_at_risk(story.of("bea"), story.now)
    at_days(story, 1.5)
    assert story.states("bea") == ["confirmed"]


def test_the_silent_are_released_only_where_the_event_wills_it():
    story = house("ann", "bea", "cas", release_silent=True)
    at_days(story, 6)
    story.answers("ann", Affirm, "reconfirm")
    at_days(story, 2.5)
    at_days(story, 1.4)
    assert (story.states("ann"), story.states("bea")) == (["confirmed"], ["cancelled"])
    assert story.states("cas") == ["offered"]


def test_a_no_to_that_question_gives_the_seat_to_the_next():
    story = house("ann", "bea", "cas")
    at_days(story, 6)
    story.answers("ann", Negate, "reconfirm")
    assert (story.states("ann"), story.states("cas")) == (["cancelled"], ["confirmed"])


def test_a_party_that_says_no_is_asked_who():
    story = Story(roster(2))
    story.registers("ann", 2, "Ann", "Bea")
    story.registers("cas")
    at_days(story, 6)
    story.answers("ann", Negate, "reconfirm")
    assert story.states("ann") == ["confirmed"] * 2
    assert story.kinds == [("unclear", "ann")]


# --- the day before, the closing, the start


def test_everybody_confirmed_is_reminded_once_the_day_before():
    story = house("ann", "bea", "cas")
    story.now = datetime(2030, 5, 31, 6, 30, tzinfo=UTC)
    story.passes(minutes=0)
    assert "reminder" not in kinds_of(story)
    story.passes(hours=1)
    assert [r.to for r in story.told("reminder")] == ["ann@home.example", "bea@home.example"]
    story.passes(hours=1)
    assert story.told("reminder") == []


def test_who_got_the_seat_after_that_has_just_been_told():
    story = house("ann", capacity=3)
    story.now = datetime(2030, 5, 31, 8, 0, tzinfo=UTC)
    story.registers("bea")
    story.passes(minutes=5)
    assert [r.to for r in story.told("reminder")] == ["ann@home.example"]
    story.passes(minutes=5)
    assert story.told("reminder") == []


def test_at_the_closing_everybody_still_waiting_hears_once_that_the_list_stands():
    story = house("ann", "bea", capacity=1)
    event = replace(story.roster.event, closes=story.now + timedelta(days=1))
    story.roster = replace(story.roster, event=event)
    story.passes(hours=23)
    assert kinds_of(story) == []
    story.passes(hours=2)
    assert [(r.kind, r.facts.position) for r in story.replies] == [("still_waiting", 1)]
    story.passes(hours=2)
    assert kinds_of(story) == []
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("bea") == ["confirmed"]  # the closing ends signing up, not promotion


def test_at_the_start_the_waiting_become_closed():
    story = house("ann", "bea", capacity=1)
    story.now = EVENT.starts
    story.passes(minutes=1)
    assert (story.states("ann"), story.states("bea")) == (["confirmed"], ["closed"])


# --- privacy


def test_after_the_retention_days_all_is_erased_and_the_counts_stay():
    story = house("ann", "bea", "cas")
    story.now = EVENT.ends + timedelta(days=29)
    story.passes(minutes=1)
    assert story.of("ann").name
    story.passes(days=1)
    assert Erase("") in story.effects
    assert [s.state for _, s in story.roster.seats()] == ["confirmed", "confirmed", "closed"]
    for registration in story.roster.registrations:
        assert not registration.contact
        assert not registration.name
        assert not registration.involvement
        assert not any(s.name or s.email for s in registration.seats)


def test_who_asks_is_told_what_is_kept():
    story = house("ann")
    story.happens(AskKnown(story.sender("ann", proof=Proof.NONE)))
    assert story.kinds == [("known", "ann")]
    assert story.replies[0].facts.registration.ref == story.of("ann").ref
    story.happens(AskKnown(story.sender("zoe")))
    assert story.replies[0].facts.registration is None


def test_who_asks_to_be_forgotten_is_once_it_is_certain():
    story = house("ann", "bea", capacity=1)
    story.happens(Forget(story.sender("ann", proof=Proof.NONE)))
    assert story.kinds == [("verify", "ann")]
    story.answers("ann", Affirm, "verify")
    assert Erase("ann@home.example") in story.effects
    assert story.kinds[0] == ("erased", "ann")
    assert story.states("bea") == ["confirmed"]
    assert all(r.contact != "ann@home.example" for r in story.roster.registrations)


def test_forgetting_somebody_unknown_erases_their_mails():
    story = house("ann")
    story.happens(Forget(story.sender("zoe")))
    assert Erase("zoe@home.example") in story.effects
    assert story.kinds == [("erased", "zoe")]


@pytest.mark.parametrize("kind", [ReplyKind.RECONFIRM, ReplyKind.REMINDER])
def test_nothing_is_asked_after_the_start(kind):
    story = house("ann", "bea", "cas")
    story.now = EVENT.starts + timedelta(hours=1)
    story.passes(minutes=0)
    assert story.told(kind) == []
