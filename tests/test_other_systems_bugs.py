"""What went wrong in other systems, one test each: known bugs of registration and mail software."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.core.effects import Record
from mailflow.core.model import Person
from mailflow.core.requests import Affirm, Amend, CalendarReply, Cancel, Proof, Register, SetLimits
from tests import desk
from tests.desk import mail, sent, states
from tests.house import Story, roster
from tests.test_life import REGISTER, Life


def house(*who: str, capacity: int, **event: object) -> Story:
    story = Story(roster(capacity, **event))
    for name in who:
        story.registers(name)
    return story


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with desk.servers() as servers:
        yield Life(tmp_path, servers, 2)
    desk.close_all()


# --- seats and the list


def test_a_newcomer_does_not_overtake_the_waiter_when_a_seat_frees_in_the_same_poll(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown"):
        life.writes(who, REGISTER)
    at = life.hands.at + timedelta(minutes=5)
    first = life.got("Ann Smith")[0]
    for raw in (
        mail("Ann Smith", "I cannot come, sorry.", at=at, reply_to=str(first["Message-ID"])),
        mail("Dee White", REGISTER, at=at + timedelta(seconds=1)),
    ):
        life.servers.deliver(raw, at)
    life.hands.at = at + timedelta(minutes=1)
    life.poll()
    assert life.states("Cas Brown") == ["confirmed"]
    assert life.states("Dee White") == ["waitlisted"]


def test_leaving_the_waitlist_promotes_nobody():
    story = house("ann", "bea", "cas", capacity=1)
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.states("cas") == ["waitlisted"]
    assert story.kinds == [("cancelled", "bea")]


def test_one_freed_seat_promotes_one():
    story = house("ann", "bea", "cas", "dirk", capacity=1)
    story.happens(Cancel(story.sender("ann"), 1))
    assert [story.states(w) for w in ("bea", "cas", "dirk")] == [
        ["confirmed"],
        ["waitlisted"],
        ["waitlisted"],
    ]


def test_more_seats_free_than_people_waiting_seats_them_and_stops():
    story = house("ann", "bea", "cas", capacity=1)
    story.happens(SetLimits("k", capacity=6))
    assert [story.states(w) for w in ("bea", "cas")] == [["confirmed"], ["confirmed"]]
    assert story.roster.free == 3


def test_raising_the_limit_promotes():
    story = house("ann", "bea", "cas", capacity=1)
    story.happens(SetLimits("k", capacity=2))
    assert story.states("bea") == ["confirmed"]
    assert story.kinds == [("promoted", "bea")]


def test_lowering_the_limit_removes_nobody_and_promotes_nobody_until_below_it():
    story = house("ann", "bea", "cas", capacity=2)
    story.happens(SetLimits("k", capacity=1))
    assert story.states("ann") + story.states("bea") == ["confirmed", "confirmed"]
    assert (story.roster.over, story.roster.free) == (1, 0)
    story.happens(Cancel(story.sender("ann"), 1))
    assert story.states("cas") == ["waitlisted"]


def test_a_full_event_takes_a_cancellation_fewer_people_and_a_decline():
    story = Story(roster(4))
    story.registers("ann", 2, "Ann", "Ans")
    story.registers("bea")
    story.registers("cas")
    story.registers("dirk")
    assert story.roster.free == 0
    story.happens(Register(story.sender("ann"), 1, (Person("Ann"),), total=True))
    assert story.states("ann") == ["confirmed", "cancelled"]
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.states("bea") == ["cancelled"]
    sender = story.sender("cas")
    uid = {"sequence": story.of("cas").invitation.sequence, "ref": story.of("cas").ref}
    story.happens(CalendarReply(sender, "DECLINED", sender.contact, **uid))
    assert story.states("cas") == ["release_pending"]


def test_cancelling_and_promoting_in_one_go_never_counts_one_too_many():
    story = house(*(f"p{n}" for n in range(5)), "late", capacity=5)
    story.happens(Cancel(story.sender("p2"), 1))
    state = story.roster
    assert state.taken == 5
    taken = []
    for effect in story.effects:
        if isinstance(effect, Record):
            state = state.with_registration(effect.registration)
            taken.append(state.taken)
    assert max(taken) <= 5


def test_an_accepted_then_cancelled_offer_goes_to_the_next_and_not_back():
    story = house("ann", "bea", "cas", capacity=1)
    story.is_before_start(hours=50)
    story.happens(Cancel(story.sender("ann"), 1))
    story.answers("bea", Affirm, "offered")
    story.happens(Cancel(story.sender("bea"), 1))
    assert story.states("bea") == ["cancelled"]
    assert story.states("cas") == ["offered"]


def test_joining_again_after_a_lapsed_offer_is_heard():
    story = house("ann", "bea", capacity=1)
    story.is_before_start(hours=71)
    story.happens(Cancel(story.sender("ann"), 1))
    story.passes(hours=24)
    story.passes(hours=24)
    assert story.states("bea") == ["removed"]
    story.registers("bea")
    assert story.states("bea") == ["confirmed"]
    assert story.kinds == [("confirmed", "bea")]


def test_a_party_of_three_is_not_split_over_two_seats_unasked():
    story = Story(roster(2))
    story.registers("ann", 3)
    assert "confirmed" not in story.states("ann")
    assert story.kinds == [("offered", "ann")]


def test_adding_one_does_not_throw_the_party_onto_the_list():
    story = Story(roster(2))
    story.registers("ann", 2, "Ann", "Bea")
    story.happens(Amend(story.sender("ann"), 1, (Person("Cas"),)))
    assert story.states("ann") == ["confirmed", "confirmed", "waitlisted"]


def test_a_waiting_party_keeps_its_size():
    story = Story(roster(1))
    story.registers("ann")
    story.registers("bea", 3, "Bea", "Ben")
    story.happens(Amend(story.sender("bea"), involvement="we repareren"))
    assert story.states("bea") == ["waitlisted"] * 3


def test_two_persons_on_one_address_stay_two():
    story = Story(roster(3))
    story.registers("family@home.example", 1, "Ann Aal")
    story.happens(Amend(story.sender("family@home.example", name="Ann Aal"), 1, (Person("Bob Aal"),)))
    assert [s.name for s in story.of("family@home.example").seats] == ["Ann Aal", "Bob Aal"]


# --- mail


def test_the_same_mail_twice_is_one_registration_and_one_answer_though_killed_in_between(life: Life) -> None:
    raw = mail("Ann Smith", REGISTER)
    life.servers.deliver(raw, life.hands.at)
    mailbox = life.office.mailbox()
    life.office.receive(mailbox)
    mailbox.close()
    claimed = life.office.store.claim(
        life.office.event_id, life.hands.at
    )  # sent, and killed before it is noted
    assert claimed is not None
    life.servers.deliver(raw, life.hands.at)
    life.passes(minutes=11)
    assert states(life.office) == {"ann.smith": ["confirmed"]}
    assert len({message_id for _, _, message_id in sent(life.servers)}) == 1


def test_the_worker_was_down_across_the_deadline_and_the_yes_that_came_in_time_counts():
    story = house("ann", "bea", "cas", capacity=1)
    story.is_before_start(hours=50)
    story.happens(Cancel(story.sender("ann"), 1))
    until = story.of("bea").offer.until
    yes = replace(story.token("bea", "offered"), arrival=until - timedelta(minutes=1))
    story.now = until + timedelta(days=1)
    story.happens(Affirm(yes))
    assert story.states("bea") == ["confirmed"]


def test_an_out_of_office_accepts_no_offer(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown"):
        life.writes(who, REGISTER)
    life.is_before_start(hours=50)
    life.writes("Ann Smith", "Sorry, I cannot come.", below=life.got("Ann Smith")[0])
    before = life.office.store.roster(life.office.event_id)
    offer = life.last("Cas Brown")
    life.writes(
        "Cas Brown",
        "Yes, thank you for your message! I am out of the office until Monday. For urgent matters call Tom.",
        below=offer,
        headers={"Auto-Submitted": "auto-replied"},
    )
    after = life.office.store.roster(life.office.event_id)
    assert life.states("Cas Brown") == ["offered"]
    assert [r.offer for r in after.registrations] == [r.offer for r in before.registrations]
    notes = [line.what for line in life.office.store.journal(life.office.event_id)]
    assert "an absence notice came while an offer stands" in notes


def test_a_decline_20_seconds_after_the_invitation_cancels_nothing(life: Life) -> None:
    life.writes("Ann Smith", REGISTER)
    life.hands.at -= timedelta(seconds=40)
    life.calendar("Ann Smith", life.last("Ann Smith"), "DECLINED")
    assert life.states("Ann Smith") == ["confirmed"]


def test_all_mail_carries_the_groups_own_list_id_and_people_are_people(life: Life) -> None:
    life.office.desk = replace(
        life.office.desk, ours=replace(life.office.desk.ours, own_list_id="team.repair.example")
    )
    life.writes("Ann Smith", REGISTER, headers={"List-Id": "<team.repair.example>", "Precedence": "list"})
    assert life.states("Ann Smith") == ["confirmed"]
    assert life.kinds("Ann Smith") == ["confirmed"]


def test_one_unparsable_mail_among_ten_stops_none(life: Life) -> None:
    life.office.desk = replace(life.office.desk, max_message_bytes=50_000)
    for n in range(9):
        life.servers.deliver(mail(f"Ann Smith{n}", REGISTER), life.hands.at)
    life.servers.deliver(mail("Bad Mail", REGISTER) + b"\x00\xff" * 40_000, life.hands.at)
    for _ in range(3):
        life.poll()
    roster_now = life.office.store.roster(life.office.event_id)
    assert len(roster_now.registrations) == 9
    assert life.office.store.counts(life.office.event_id).buckets["set_aside"] == 1


@pytest.mark.parametrize("missing", ["From", "To", "Message-ID", "Date"])
def test_a_mail_without_that_field_is_recorded_and_stops_nothing(life: Life, missing: str) -> None:
    lines = mail("Ann Smith", REGISTER).split(b"\r\n")
    raw = b"\r\n".join(line for line in lines if not line.startswith(f"{missing}:".encode()))
    life.servers.deliver(raw, life.hands.at)
    life.poll()
    counts = life.office.store.counts(life.office.event_id)
    assert counts.seen == 1
    assert counts.pending == 0
    if missing != "From":
        assert life.states("Ann Smith") == ["confirmed"]
    else:
        assert {b: n for b, n in counts.buckets.items() if n} == {"review": 1}


def test_an_outlook_reply_without_organizer_is_heeded(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones"):
        life.writes(who, REGISTER)
    life.passes(hours=1)
    invitation = life.got("Ann Smith")[0]
    life.calendar("Ann Smith", invitation, "DECLINED", organizer=False)
    assert life.states("Ann Smith") == ["release_pending"]


def test_a_strangers_accepted_gets_no_seat(life: Life) -> None:
    life.writes("Ann Smith", REGISTER)
    life.passes(hours=1)
    life.calendar("Zoe Sand", life.last("Ann Smith"), "ACCEPTED")
    assert list(states(life.office)) == ["ann.smith"]
    assert life.kinds("Zoe Sand") == ["not_found"]


# --- what is said


def test_a_waitlist_mail_cannot_be_taken_for_a_confirmation(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown"):
        life.writes(who, REGISTER)
    waiting, seated = life.last("Cas Brown"), life.last("Ann Smith")
    text = waiting.get_payload(0).get_payload(decode=True).decode()
    assert str(waiting["Subject"]) != str(seated["Subject"])
    assert "onfirmed" not in text.strip().split("\n")[0].replace("not confirmed", "")
    assert all(p.get_content_type() != "text/calendar" for p in waiting.walk())


def test_the_answer_is_in_the_writers_language_and_no_placeholder_is_left(life: Life) -> None:
    life.writes(
        "Daan Bakker",
        "Graag meld ik me aan voor de Repair Café Day. Ik ben vrijwilliger aan de soldeertafel.",
    )
    answer = life.last("Daan Bakker")
    text = answer.get_payload(0).get_payload(decode=True).decode()
    assert answer["Content-Language"] == "nl"
    assert "Uw plaats is bevestigd" in text
    assert "{{" not in text
    assert "None" not in text


def test_promotion_across_the_change_to_winter_time_counts_real_hours():
    zone = ZoneInfo("Europe/Amsterdam")
    story = house("ann", "bea", capacity=1, starts=datetime(2030, 10, 29, 13, tzinfo=zone))
    story.now = datetime(
        2030, 10, 26, 9, 59, tzinfo=UTC
    )  # an hour later: 73 h before, 72 on the clock's face
    story.happens(Cancel(story.sender("ann", proof=Proof.AUTHENTICATED), 1))
    assert story.states("bea") == ["confirmed"]
