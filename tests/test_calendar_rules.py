"""What a calendar's answer does: the table of the rules, with its 15 minutes and 2 hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.core.effects import Review
from mailflow.core.model import Person, Promotion
from mailflow.core.requests import Affirm, CalendarReply, Cancel, Negate, Proof, Register
from mailflow.core.thread import Thread
from tests.house import Story, roster


def house(*who: str, capacity: int = 2, **event: object) -> Story:
    story = Story(roster(capacity, **event))
    for name in who:
        story.registers(name)
    return story


def reply(story: Story, who: str, partstat: str, **more: object) -> CalendarReply:
    """The calendar of `who` answers our invitation, an hour after the last thing that happened."""
    registration = story.of(who)
    sender = replace(story.sender(who), proof=Proof.TOKEN)
    fields: dict[str, object] = {
        "attendee": sender.contact,
        "sequence": registration.invitation.sequence,
        "stamped_at": story.now,
        "ref": registration.ref,
        **more,
    }
    return CalendarReply(sender, partstat, **fields)  # type: ignore[arg-type]


def soon(story: Story, answer: CalendarReply, **after: float) -> CalendarReply:
    """The same, so long after the invitation."""
    sent_at = story.of(answer.sender.address.split("@")[0]).invitation.sent_at
    story.now = sent_at + timedelta(**after)
    return replace(answer, sender=replace(answer.sender, arrival=story.now), stamped_at=story.now)


def test_a_confirmation_invites_its_holder_and_a_place_on_the_list_does_not():
    story = house("ann", capacity=1)
    assert (story.replies[0].facts.calendar, story.replies[0].facts.sequence) == ("request", 0)
    story.registers("bea")
    assert story.replies[0].facts.calendar == ""


def test_without_calendars_there_is_no_invitation():
    story = house("ann", calendar="off")
    assert story.replies[0].facts.calendar == ""


def test_a_cancellation_takes_it_out_of_the_calendar_in_the_same_mail():
    story = house("ann")
    story.happens(Cancel(story.sender("ann"), 1))
    assert (story.replies[0].facts.calendar, story.replies[0].facts.sequence) == ("cancel", 1)


def test_accepted_on_a_seat_reconfirms_and_changes_nothing():
    story = house("ann")
    story.happens(reply(story, "ann", "ACCEPTED"))
    assert story.states("ann") == ["confirmed"]
    assert story.of("ann").heard_at == story.now


def test_accepted_on_an_offer_takes_the_seat():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(reply(story, "ann", "ACCEPTED"))
    assert story.states("ann") == ["confirmed", "confirmed", "waitlisted"]
    assert story.kinds == [("confirmed", "ann")]


def test_declined_within_15_minutes_is_the_calendars_own_doing():
    story = house("ann")
    story.happens(soon(story, reply(story, "ann", "DECLINED"), seconds=20))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("decline_doubted", "ann")]
    assert [e.reason for e in story.effects if isinstance(e, Review)] == ["decline_doubted"]


def test_the_15_minutes_count_from_when_the_invitation_left():
    story = house("ann")
    answer = reply(story, "ann", "DECLINED")
    story.happens(replace(answer, invited_at=story.now - timedelta(seconds=20)))
    assert story.states("ann") == ["confirmed"]


def test_declined_later_gives_the_seat_up_after_two_hours():
    story = house("ann", "bea", capacity=1)
    story.happens(reply(story, "ann", "DECLINED"))
    assert story.states("ann") == ["release_pending"]
    assert story.kinds == [("releasing", "ann")]
    assert story.replies[0].facts.until == story.now + timedelta(hours=2)
    assert story.states("bea") == ["waitlisted"]
    story.passes(hours=1)
    assert story.states("ann") == ["release_pending"]
    story.passes(hours=2)
    assert (story.states("ann"), story.states("bea")) == (["cancelled"], ["confirmed"])
    assert [r.facts.calendar for r in story.told("cancelled")] == ["cancel"]


def test_nothing_is_released_while_the_mailbox_is_unread():
    story = house("ann", "bea", capacity=1)
    story.happens(reply(story, "ann", "DECLINED"))
    story.passes(hours=30, read=False)
    assert story.states("ann") == ["release_pending"]


@pytest.mark.parametrize("word", [Affirm, Register])
def test_a_word_within_two_hours_keeps_it_and_puts_it_back_in_the_calendar(word):
    story = house("ann", "bea", capacity=1)
    story.happens(reply(story, "ann", "DECLINED"))
    story.happens(word(story.token("ann", "releasing"), *([1] if word is Register else [])))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("kept", "ann")]
    assert (story.replies[0].facts.calendar, story.replies[0].facts.sequence) == ("request", 1)
    story.passes(hours=5)
    assert story.states("ann") == ["confirmed"]


def test_accepted_within_two_hours_keeps_it_too():
    story = house("ann")
    story.happens(reply(story, "ann", "DECLINED"))
    story.happens(reply(story, "ann", "ACCEPTED"))
    assert story.states("ann") == ["confirmed"]


def test_a_no_to_that_mail_gives_it_up_at_once():
    story = house("ann")
    story.happens(reply(story, "ann", "DECLINED"))
    story.answers("ann", Negate, "releasing")
    assert story.states("ann") == ["cancelled"]


def test_a_declined_offer_goes_to_the_next_at_once():
    story = house("ann", "bea", "cas", capacity=1)
    story.is_before_start(hours=50)
    story.happens(Cancel(story.sender("ann"), 1))
    story.happens(reply(story, "bea", "DECLINED"))
    assert (story.states("bea"), story.states("cas")) == (["cancelled"], ["offered"])


@pytest.mark.parametrize("partstat", ["TENTATIVE", "COUNTER", "DELEGATED"])
def test_a_maybe_changes_nothing(partstat):
    story = house("ann")
    story.happens(reply(story, "ann", partstat))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("status", "ann")]


def test_a_strangers_accepted_gets_no_seat_but_one_answer():
    story = house("ann")
    forwarded = reply(story, "ann", "ACCEPTED", attendee="zoe@away.example", attendee_name="Zoe Zand")
    forwarded = replace(
        forwarded, sender=replace(forwarded.sender, contact="zoe@away.example", address="zoe@away.example")
    )
    story.happens(forwarded)
    assert [r.kind for r in story.replies] == ["not_found"]
    assert story.roster.taken == 1


def test_a_strangers_declined_changes_nothing():
    story = house("ann")
    forwarded = reply(story, "ann", "DECLINED", attendee="zoe@away.example", attendee_name="Zoe Zand")
    forwarded = replace(
        forwarded, sender=replace(forwarded.sender, contact="zoe@away.example", name="Zoe Zand")
    )
    story.happens(forwarded)
    assert story.states("ann") == ["confirmed"]
    assert story.replies == []


def test_an_alias_of_the_holder_is_the_holder():
    story = Story(roster(2))
    story.registers("ann", 1, "Ann Aalbers")
    answer = reply(story, "ann", "DECLINED", attendee="a.aalbers@home.example", attendee_name="Ann Aalbers")
    story.happens(replace(answer, sender=replace(answer.sender, contact="a.aalbers@home.example")))
    assert story.states("ann") == ["release_pending"]


def from_elsewhere(answer: CalendarReply, address: str) -> CalendarReply:
    """The same in a mail from another address."""
    return replace(answer, sender=replace(answer.sender, contact=address, address=address))


def test_what_another_address_declines_is_told_to_the_holder_too():
    story = house("ann")
    story.happens(from_elsewhere(reply(story, "ann", "DECLINED"), "zoe@away.example"))
    assert story.kinds == [("releasing", "zoe"), ("releasing", "ann")]
    story.answers("ann", Affirm, "releasing")
    assert story.states("ann") == ["confirmed"]


def test_an_alias_that_was_told_of_the_release_can_keep_the_seat():
    story = house("ann")
    story.happens(from_elsewhere(reply(story, "ann", "DECLINED"), "aalbers@work.example"))
    thread = Thread("releasing", story.of("ann").ref, "<releasing@repair.example>")
    story.happens(Affirm(story.sender("aalbers@work.example", thread=thread, proof=Proof.TOKEN)))
    assert story.states("ann") == ["confirmed"]


def test_an_offer_that_another_address_declines_is_the_holders_to_refuse():
    story = house("ann", "bea", capacity=1, promotion=Promotion.OFFER)
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("bea") == ["offered"]
    story.happens(from_elsewhere(reply(story, "bea", "DECLINED"), "zoe@away.example"))
    assert story.states("bea") == ["offered"]
    assert ("verify", "bea") in story.kinds


def test_an_answer_to_an_older_invitation_changes_nothing():
    story = house("ann")
    old = story.of("ann").invitation.sequence
    story.happens(reply(story, "ann", "DECLINED"))
    story.answers("ann", Affirm, "releasing")
    story.happens(reply(story, "ann", "DECLINED", sequence=old))
    assert story.states("ann") == ["confirmed"]


def test_an_older_answer_that_comes_later_changes_nothing():
    story = house("ann")
    stamp = story.now - timedelta(minutes=50)
    story.happens(reply(story, "ann", "ACCEPTED"))
    story.happens(reply(story, "ann", "DECLINED", stamped_at=stamp))
    assert story.states("ann") == ["confirmed"]


def test_a_decline_without_our_uid_from_a_bare_address_is_asked_about():
    story = house("ann")
    answer = reply(story, "ann", "DECLINED", ref="", uid="foreign")
    story.happens(replace(answer, sender=replace(answer.sender, proof=Proof.NONE)))
    assert story.states("ann") == ["confirmed"]
    assert story.kinds == [("verify", "ann")]


def test_of_a_party_only_the_attendees_seat_is_released():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bea", "Cas")
    story.happens(reply(story, "ann", "DECLINED"))
    assert story.states("ann") == ["release_pending", "confirmed", "confirmed"]


def test_of_a_party_that_shrinks_the_entry_tells_the_new_number():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bea", "Cas")
    story.happens(Cancel(story.sender("ann"), 1, (Person("Bea"),)))
    facts = story.replies[0].facts
    assert (story.kinds, facts.calendar, facts.sequence) == ([("cancelled", "ann")], "request", 1)


def test_a_holder_who_leaves_a_party_is_not_invited_again():
    story = Story(roster(3))
    story.registers("ann", 3, "Ann", "Bea", "Cas")
    story.happens(Cancel(story.sender("ann"), 1, (Person("Ann"),)))
    assert story.replies[0].facts.calendar == ""
