"""Offers: seats that may be taken until a deadline, by the time to the start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailflow.core.effects import Note
from mailflow.core.model import Promotion
from mailflow.core.offers import deadline
from mailflow.core.requests import (
    Affirm,
    Cancel,
    Enquire,
    Negate,
    Register,
    SetLimits,
    Undeliverable,
)
from tests.house import EVENT, Story, roster


def waiting(*sizes: int, taken: int = 1, capacity: int | None = None, **event: object) -> Story:
    """A full house of `taken` single parties t0, t1 ...; behind it w0, w1 ... wait, of those sizes."""
    story = Story(roster(capacity or taken, **event))
    for n in range(taken):
        story.registers(f"t{n}")
    for n, size in enumerate(sizes):
        story.registers(f"w{n}", size, *[f"W{n} {k}" for k in "abcdef"[:size]])
    return story


def test_more_than_72_hours_before_the_start_the_seat_is_given():
    story = waiting(1)
    story.is_before_start(hours=74)
    story.happens(Cancel(story.sender("t0"), 1))
    assert story.states("w0") == ["confirmed"]
    assert [r.kind for r in story.replies] == ["cancelled", "promoted"]


def test_from_72_hours_to_3_it_is_offered_with_a_deadline():
    story = waiting(1)
    story.is_before_start(hours=72)
    story.happens(Cancel(story.sender("t0"), 1))
    assert story.states("w0") == ["offered"]
    (mail,) = story.told("offered")
    assert mail.facts.until == story.of("w0").offer.until
    assert story.roster.free == 0


def test_under_three_hours_nobody_is_promoted():
    story = waiting(1)
    story.is_before_start(hours=3)
    story.happens(Cancel(story.sender("t0"), 1))
    assert story.states("w0") == ["waitlisted"]


@pytest.mark.parametrize(
    ("promotion", "state"),
    [(Promotion.AUTO, "confirmed"), (Promotion.OFFER, "offered"), (Promotion.MANUAL, "waitlisted")],
)
@pytest.mark.parametrize("hours", [200, 10])
def test_the_event_can_choose_one_way_for_all_times(promotion, state, hours):
    story = waiting(1, promotion=promotion)
    story.is_before_start(hours=hours)
    story.happens(Cancel(story.sender("t0"), 1))
    assert story.states("w0") == [state]


@pytest.mark.parametrize(
    ("before_start", "stands"),
    [
        ({"days": 8}, timedelta(hours=48)),
        ({"days": 5}, timedelta(hours=24)),
        ({"hours": 48}, timedelta(hours=12)),
        ({"hours": 20}, timedelta(hours=3)),
        ({"hours": 5}, timedelta(hours=1)),
    ],
)
def test_the_deadline_hangs_on_the_time_to_the_start(before_start, stands):
    start = datetime(2030, 6, 1, 9, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
    now = start.astimezone(UTC) - timedelta(**before_start)
    assert deadline(replace(EVENT, starts=start), now) == now + stands


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2030-05-28T11:30+02:00", "2030-05-29T10:00+02:00"),  # 23:30 would be in the night: next morning
        ("2030-05-28T15:00+02:00", "2030-05-29T10:00+02:00"),  # 03:00: that morning
        ("2030-05-28T20:00+02:00", "2030-05-29T08:00+02:00"),  # 08:00 is no night
        ("2030-05-28T09:59+02:00", "2030-05-28T21:59+02:00"),
    ],
)
def test_no_deadline_falls_in_the_night(now, until):
    event = replace(EVENT, starts=datetime.fromisoformat("2030-05-31T09:00+02:00"))
    assert deadline(event, datetime.fromisoformat(now)) == datetime.fromisoformat(until)


def test_close_to_the_start_the_night_counts_too():
    event = replace(EVENT, starts=datetime.fromisoformat("2030-06-01T06:00+02:00"))
    now = datetime.fromisoformat("2030-05-31T20:00+02:00")
    assert deadline(event, now) == now + timedelta(hours=3)


def test_a_deadline_moved_to_the_morning_never_passes_the_start():
    event = replace(EVENT, starts=datetime.fromisoformat("2030-06-01T09:00+02:00"))
    now = datetime.fromisoformat("2030-05-31T20:00+02:00")
    assert deadline(event, now) == now + timedelta(hours=3)


def test_a_deadline_across_the_change_to_winter_time_is_so_many_real_hours():
    zone = ZoneInfo("Europe/Amsterdam")
    event = replace(EVENT, starts=datetime(2018, 10, 31, 13, tzinfo=zone))
    now = datetime(2018, 10, 27, 12, tzinfo=zone)  # the clock goes back in the following night
    assert deadline(event, now) - now.astimezone(UTC) == timedelta(hours=24)
    assert deadline(event, now).astimezone(zone).hour == 11


def test_promotion_counts_real_hours_across_the_change_to_winter_time():
    zone = ZoneInfo("Europe/Amsterdam")
    starts = datetime(2030, 10, 29, 13, tzinfo=zone)
    for before_start, state in (("12:20", "confirmed"), ("13:05", "offered")):
        story = waiting(1, starts=starts)
        hour, minute = before_start.split(":")
        story.now = datetime(2030, 10, 26, int(hour), int(minute), tzinfo=zone)
        story.happens(Cancel(story.sender("t0"), 1))  # an hour later: 72 h 40 min before, or 71 h 55 min
        assert story.states("w0") == [state]


def offered(*sizes: int, taken: int = 1, hours: float = 60, **event: object) -> Story:
    """w0 has been offered what t0 gave up, so long before the start."""
    story = waiting(*sizes, taken=taken, **event)
    story.is_before_start(hours=hours)
    story.happens(Cancel(story.sender("t0"), 1))
    return story


def test_a_yes_in_time_takes_the_seat_and_the_offer_is_used():
    story = offered(1)
    number = story.of("w0").seats[0].number
    story.answers("w0", Affirm, "offered")
    assert story.states("w0") == ["confirmed"]
    assert story.of("w0").seats[0].number == number
    assert story.kinds == [("confirmed", "w0")]
    assert story.of("w0").offer is None
    story.happens(Cancel(story.sender("w0"), 1))
    story.answers("w0", Affirm, "offered")
    assert not story.of("w0").held


def test_a_new_mail_that_wants_to_come_takes_it_too():
    story = offered(1)
    story.registers("w0")
    assert story.states("w0") == ["confirmed"]
    assert story.kinds == [("confirmed", "w0")]
    assert len(story.of("w0").seats) == 1


def test_a_no_gives_the_seat_to_the_next():
    story = offered(1, 1)
    story.answers("w0", Negate, "offered")
    assert (story.states("w0"), story.states("w1")) == (["cancelled"], ["offered"])
    assert [r.kind for r in story.replies] == ["cancelled", "offered"]


def test_a_forged_no_takes_no_offer_away():
    from mailflow.core.requests import Proof

    story = offered(1, 1)
    story.happens(Negate(story.sender("w0", proof=Proof.NONE)))
    assert story.states("w0") == ["offered"]
    assert story.kinds == [("verify", "w0")]


def test_a_question_holds_the_offer_and_the_answer_can_say_until_when():
    story = offered(1)
    story.happens(Enquire(story.sender("w0")))
    assert story.states("w0") == ["offered"]
    assert story.replies[0].facts.registration.offer is not None


def test_nobody_answers_and_it_lapses_back_on_the_list_behind_the_others():
    story = offered(1, 1)
    story.passes(hours=13)
    assert story.states("w0") == ["waitlisted"]
    assert story.of("w0").passed == 1
    assert story.states("w1") == ["offered"]
    assert {r.kind for r in story.replies} == {"lapsed", "offered"}


def test_the_second_time_the_party_is_off_the_list():
    story = offered(1, hours=71, promotion=Promotion.OFFER)
    story.passes(hours=24)
    assert story.states("w0") == ["offered"]  # nobody else waits: offered again, once
    assert story.kinds == [("offered", "w0")]
    story.passes(hours=24)
    assert story.states("w0") == ["removed"]
    assert story.told("lapsed")[0].facts.off_the_list
    assert story.roster.free == 1


def test_who_was_taken_off_comes_back_as_a_new_arrival():
    story = offered(1, hours=71)
    story.passes(hours=24)
    story.passes(hours=24)
    first = story.of("w0")
    story.answers("w0", Affirm, "lapsed")
    back = story.of("w0")
    assert back.ref != first.ref
    assert back.arrival > first.arrival
    assert [str(s.state) for s in back.seats] == ["confirmed"]


def test_nothing_expires_while_the_mailbox_is_unread():
    story = offered(1, 1)
    story.passes(hours=40, read=False)
    assert story.states("w0") == ["offered"]


def test_the_arrival_of_a_yes_counts_and_not_when_it_is_read():
    story = offered(1, 1)
    until = story.of("w0").offer.until
    sender = replace(story.token("w0", "offered"), arrival=until - timedelta(minutes=1))
    story.now = until + timedelta(hours=9)
    story.happens(Affirm(sender))
    assert story.states("w0") == ["confirmed"]
    assert not any("after the deadline" in e.what for e in story.effects if isinstance(e, Note))


def test_a_late_yes_takes_a_seat_that_is_free():
    story = offered(1)
    story.passes(hours=1)
    story.roster = story.roster.with_registration(replace(story.of("w0")))
    until = story.of("w0").offer.until
    story.now = until + timedelta(minutes=5)
    story.happens(Affirm(replace(story.token("w0", "offered"), arrival=story.now)))
    assert story.states("w0") == ["confirmed"]


@pytest.mark.parametrize("kind", ["offered", "lapsed"])
def test_a_late_yes_where_the_seat_is_gone_gets_the_original_place_back(kind):
    story = offered(1, 1, 1)
    story.passes(hours=13)  # w1 has it now
    story.answers("w0", Affirm, kind)
    assert story.states("w0") == ["waitlisted"]
    assert story.of("w0").passed == 0
    assert story.told("waitlisted")[0].facts.position == 1


def test_an_offer_that_bounces_ends_at_once_and_is_not_counted_as_passed():
    story = offered(1, 1)
    thread = story.token("w0", "offered").thread
    story.happens(
        Undeliverable(story.sender("mailer", thread=thread), "w0@home.example", "<x>", permanent=True)
    )
    assert story.states("w0") == ["waitlisted"]
    assert story.of("w0").passed == 0
    assert story.of("w0").unreachable
    assert story.states("w1") == ["offered"]


def test_who_writes_again_after_a_bounce_is_offered_seats_again():
    story = offered(1)
    thread = story.token("w0", "offered").thread
    story.happens(
        Undeliverable(story.sender("mailer", thread=thread), "w0@home.example", "<x>", permanent=True)
    )
    assert story.states("w0") == ["waitlisted"]
    story.happens(Enquire(story.sender("w0")))
    assert story.states("w0") == ["offered"]


# --- a part of a party


def test_of_a_party_that_does_not_fit_as_many_as_are_free_are_offered():
    story = Story(roster(2))
    story.registers("ann", 3, "Ann", "Bea", "Cas")
    assert story.states("ann") == ["offered", "offered", "waitlisted"]
    assert story.of("ann").offer.partial
    story.answers("ann", Affirm, "offered", 2)
    assert story.states("ann") == ["confirmed", "confirmed", "waitlisted"]
    assert story.told("confirmed")[0].facts.position == 1


def test_a_bare_yes_to_a_part_takes_the_part():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.answers("ann", Affirm, "offered")
    assert story.states("ann") == ["confirmed", "confirmed", "waitlisted"]


def test_one_of_two_offered_may_be_taken():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.answers("ann", Affirm, "offered", 1)
    assert story.states("ann") == ["confirmed", "waitlisted", "waitlisted"]


def test_the_party_that_waits_for_all_keeps_its_place_and_is_not_asked_again():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.answers("ann", Negate, "offered")
    assert story.states("ann") == ["waitlisted"] * 3
    assert story.told("waitlisted")[0].facts.position == 1
    story.registers("dirk")
    assert story.states("dirk") == ["confirmed"]
    story.happens(Cancel(story.sender("dirk"), 1))
    assert story.states("ann") == ["waitlisted"] * 3
    story.happens(SetLimits("k", capacity=3))
    assert story.states("ann") == ["confirmed"] * 3


def test_a_part_that_lapses_costs_the_party_no_place():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.passes(hours=60)
    assert story.states("ann") == ["waitlisted"] * 3
    assert story.of("ann").passed == 0


def test_asking_for_all_of_them_is_no_yes_to_a_part():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(Register(story.token("ann", "offered"), 3, total=True))
    assert story.states("ann") == ["offered", "offered", "waitlisted"]
    assert story.kinds == [("offered", "ann")]


def test_a_party_that_comes_to_head_the_list_is_asked_once():
    story = waiting(3, 2, taken=3)
    story.happens(Cancel(story.sender("t0"), 1))
    assert story.states("w0") == ["offered", "waitlisted", "waitlisted"]
    assert story.states("w1") == ["waitlisted", "waitlisted"]


def test_the_whole_party_can_leave_while_a_part_is_offered():
    story = Story(roster(2))
    story.registers("ann", 3)
    story.happens(Cancel(story.sender("ann"), None))
    assert story.states("ann") == ["cancelled"] * 3
    assert story.of("ann").offer is None
    assert story.roster.free == 2
