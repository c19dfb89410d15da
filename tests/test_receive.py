"""The journey in, on a real IMAP server and a real database."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from mailflow.core.ledger import Bucket, Slot
from mailflow.receive import Incoming, receive, take_in
from mailflow.rehearsal import rehearse
from tests.desk import OPENED, Hands, address, cancels, mail, office, registers, sent, servers, states

MINUTE = timedelta(minutes=1)


@pytest.fixture
def running():
    with servers() as up:
        yield up


def test_the_first_to_arrive_is_seated_first_whatever_the_order_in_the_mailbox(running, tmp_path):
    desk = office(tmp_path, running, Hands(OPENED + timedelta(days=1)), capacity=20)
    order = list(range(30))
    random.Random(7).shuffle(order)
    for n in order:
        running.deliver(registers(f"Writer N{n:02}"), OPENED + n * MINUTE)
    first = desk.round()
    assert first.received.buckets == {Bucket.HANDLED: 30}
    held = states(desk)
    assert [n for n in range(30) if held[f"writer.n{n:02}"] == ["confirmed"]] == list(range(20))
    answers = sent(running)
    assert sorted(to for to, _, _ in answers) == sorted(address(f"Writer N{n:02}") for n in range(30))
    assert sum(kind == "waitlisted" for _, kind, _ in answers) == 10
    again = desk.round()
    assert (again.received.total, again.delivered.sent, again.received.unaccounted) == (0, 0, 0)
    running.deliver(cancels("Writer N05"), OPENED + timedelta(days=2))
    desk.clock.at = OPENED + timedelta(days=2)
    desk.round()
    assert states(desk)["writer.n20"] == ["confirmed"]
    assert [(to, kind) for to, kind, _ in sent(running)[30:]] == [
        (address("Writer N05"), "cancelled"),
        (address("Writer N20"), "promoted"),
    ]


def test_the_same_message_twice_is_one_registration_and_one_answer(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    raw = registers("Ann Smith")
    running.deliver(raw, OPENED)
    desk.round()
    running.deliver(raw, OPENED + MINUTE)
    result = desk.round()
    assert result.received.buckets == {Bucket.IGNORED: 1}
    assert states(desk) == {"ann.smith": ["confirmed"]}
    assert len(sent(running)) == 1


def test_machine_mail_is_counted_with_its_reason_and_not_answered(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    away = mail("Ann Smith", "I am away until Monday.", headers={"Auto-Submitted": "auto-replied"})
    running.deliver(away, OPENED)
    result = desk.round()
    assert result.received.buckets == {Bucket.IGNORED: 1}
    assert sent(running) == []
    assert sum(desk.store.counts("repair-2030").reasons.values()) == 1


def test_a_mail_that_cannot_be_recorded_stops_none_of_the_others_and_is_set_aside_after_three_tries(
    running, tmp_path
):
    desk = office(tmp_path, running, Hands(), capacity=20, max_message_bytes=3000)
    for n in range(10):
        text = "Please register me for the day. " + "x " * 2000 if n == 4 else None
        raw = mail(f"Writer N{n}", text) if text else registers(f"Writer N{n}")
        running.deliver(raw, OPENED + n * MINUTE)
    first = desk.round().received
    assert (first.buckets, first.failed, first.unaccounted) == ({Bucket.HANDLED: 9}, 1, 1)
    assert desk.round().received.failed == 1
    third = desk.round().received
    assert third.buckets == {Bucket.SET_ASIDE: 1}
    assert third.unaccounted == 0
    assert [r.reason for r in desk.store.reviews("repair-2030")] == ["set_aside"]
    assert desk.round().received.total == 0


@pytest.mark.parametrize(("deaths", "end"), [(5, Bucket.HANDLED), (6, Bucket.SET_ASIDE)])
def test_a_message_that_kills_the_worker_again_and_again_is_not_read_any_more(running, tmp_path, deaths, end):
    desk = office(tmp_path, running, Hands())
    running.deliver(registers("Ann Smith"), OPENED)
    box = desk.mailbox()
    validity = box.open()
    uid = box.newer_than(0)[0].uid
    for _ in range(deaths):  # so many workers that died before they could record
        desk.store.attempt("repair-2030", [(Slot(box.name, validity, uid), OPENED)], OPENED)
    box.close()
    assert desk.round().received.buckets == {end: 1}
    assert len(states(desk)) == (end is Bucket.HANDLED)


def test_a_mail_that_failed_before_goes_alone(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=9)
    for n in range(3):
        running.deliver(registers(f"Writer N{n}"), OPENED + n * MINUTE)
    box = desk.mailbox()
    validity = box.open()
    slots = [(Slot(box.name, validity, f.uid), f.arrival) for f in box.newer_than(0)]
    desk.store.attempt("repair-2030", slots, OPENED)
    box.close()
    assert desk.round().received.buckets == {Bucket.HANDLED: 3}


def test_what_another_client_took_away_before_it_could_be_read_is_counted_as_vanished(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    running.deliver(registers("Ann Smith"), OPENED)
    box = desk.mailbox()
    validity = box.open()
    uid = box.newer_than(0)[0].uid
    desk.store.attempt("repair-2030", [(Slot(box.name, validity, uid), OPENED)], OPENED)
    box.mark([uid], Bucket.HANDLED)  # somebody drags it into another folder
    box.close()
    result = desk.round().received
    assert result.unaccounted == 0
    assert desk.store.counts("repair-2030").reasons == {"vanished": 1}


def test_a_rehearsal_says_what_would_happen_and_changes_nothing(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=1)
    for n in range(3):
        running.deliver(registers(f"Writer N{n}"), OPENED + n * MINUTE)
    box = desk.mailbox()
    said, failed = rehearse(desk.desk, desk.store, box, desk.clock)
    assert failed == []
    assert [str(one.queued[0].kind) for one in said] == ["confirmed", "waitlisted", "waitlisted"]
    box.close()
    assert states(desk) == {}
    assert desk.store.counts("repair-2030").seen == 0
    assert desk.round().received.buckets == {Bucket.HANDLED: 3}
    assert states(desk)["writer.n0"] == ["confirmed"]


def test_fed_mail_takes_the_same_way_and_is_known_when_it_comes_again(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    one = Incoming(Slot("ingest", 0, 77), OPENED, registers("Ann Smith"))
    assert take_in(desk.desk, desk.store, [one], desk.clock).buckets == {Bucket.HANDLED: 1}
    assert take_in(desk.desk, desk.store, [one], desk.clock).total == 0
    running.deliver(registers("Ann Smith"), OPENED)
    assert desk.round().received.buckets == {Bucket.IGNORED: 1}
    assert len(sent(running)) == 1


def test_a_backlog_answered_by_hand_is_recorded_in_silence(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    one = Incoming(Slot("ingest", 0, 77), OPENED, registers("Ann Smith"))
    take_in(desk.desk, desk.store, [one], desk.clock, silent=True)
    desk.round()
    assert states(desk) == {"ann.smith": ["confirmed"]}
    assert sent(running) == []


def test_the_gate_and_the_cap_end_a_talk_between_two_machines(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    for n in range(12):
        raw = mail("Help Desk", f"What is the weather like at number {n}?", subject="a question")
        running.deliver(raw, OPENED + n * MINUTE)
    desk.round()
    assert len(sent(running)) == 3
    assert "answers_capped" in {r.reason for r in desk.store.reviews("repair-2030")}


@pytest.mark.parametrize(
    "says",
    ["Thank you. Somebody will look at it.", "How may we help you? Case {n}.", "Bedankt! U hoort van ons."],
)
def test_an_auto_responder_without_a_sign_is_answered_three_times_at_most(running, tmp_path, says):
    """It answers each of our mails by return, with no header that says so; every word is repeated or new."""
    desk = office(tmp_path, running, Hands())
    running.deliver(mail("Help Desk", says.format(n=0), subject="Re: your mail"), OPENED)
    answered = 0
    for n in range(1, 40):
        desk.round()
        ours = sent(running)
        if len(ours) == answered:
            break
        answered = len(ours)
        subject = f"Re: {ours[-1][1]}"
        running.deliver(mail("Help Desk", says.format(n=n), subject=subject), OPENED + n * MINUTE)
    assert answered <= 3
    desk.round()
    assert len(sent(running)) == answered
    assert bool(answered) == bool(desk.store.reviews("repair-2030"))


def report(of: str, to: str) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {of}\n\n--b--\n"
    ).encode()


def test_an_address_that_mail_came_back_from_gets_none_until_it_writes_again(running, tmp_path):
    clock = Hands()
    desk = office(tmp_path, running, clock, capacity=1)
    running.deliver(registers("Ann Smith"), OPENED)
    running.deliver(registers("Bea Jones"), OPENED + MINUTE)
    desk.round()
    told = {to: of for to, _, of in sent(running)}
    # The report names another address: the one that we wrote to is given up, nobody else's.
    running.deliver(report(told[address("Bea Jones")], "carl@home.example"), OPENED + 2 * MINUTE)
    desk.round()
    item = next(r for r in desk.store.reviews(desk.event_id) if r.reason == "undeliverable")
    assert item.sender == address("Bea Jones")
    running.deliver(cancels("Ann Smith"), OPENED + 3 * MINUTE)
    desk.round()
    assert states(desk)["bea.jones"] == ["waitlisted"]  # no seat goes to whom no mail can tell of it
    assert [(to, kind) for to, kind, _ in sent(running)[2:]] == [(address("Ann Smith"), "cancelled")]
    running.deliver(mail("Bea Jones", "Am I still on the list?", subject="my seat"), OPENED + 4 * MINUTE)
    desk.round()
    assert states(desk)["bea.jones"] == ["confirmed"]
    assert {to for to, _, _ in sent(running)[3:]} == {address("Bea Jones")}
    assert "undeliverable" not in {r.reason for r in desk.store.reviews(desk.event_id)}


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("relayed", "2.0.0"),
        ("delivered", "2.1.5"),
        ("failed", "5.2.2"),
        ("failed", "5.7.1"),
        ("delayed", "4.4.1"),
    ],
)
def test_what_arrived_or_waits_gives_no_address_up(running, tmp_path, action, status):
    desk = office(tmp_path, running, Hands(), capacity=2)
    running.deliver(registers("Ann Smith"), OPENED)
    desk.round()
    of = sent(running)[0][2]
    for n in (1, 2):
        raw = (
            report(of, address("Ann Smith"))
            .replace(b"failed", action.encode())
            .replace(b"5.1.1", status.encode())
        )
        running.deliver(raw + b"\n" * n, OPENED + n * MINUTE)
        desk.round()
    assert "undeliverable" not in {r.reason for r in desk.store.reviews(desk.event_id)}


def test_four_questions_are_not_one(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=2)
    for n, asks in enumerate(("When does it start?", "Is there parking?", "May my dog come?")):
        running.deliver(mail("Ann Smith", asks, subject="a question"), OPENED + n * MINUTE)
    desk.round()
    assert len(sent(running)) == 3


def test_a_report_on_a_mail_that_was_never_sent_changes_nothing(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=2)
    running.deliver(registers("Ann Smith"), OPENED)
    desk.round()
    running.deliver(
        report("<mf.confirmed.RCD-1.00.00@repair.example>", address("Ann Smith")), OPENED + MINUTE
    )
    desk.round()
    assert desk.store.reviews(desk.event_id) == []
    assert states(desk) == {"ann.smith": ["confirmed"]}


def test_a_round_stopped_half_way_is_taken_up_by_the_next(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=9, batch=2)
    for n in range(6):
        running.deliver(registers(f"Writer N{n}"), OPENED + n * MINUTE)
    box = desk.mailbox()
    asked = iter([False, True])
    stopped = receive(desk.desk, desk.store, box, desk.clock, stop=lambda: next(asked))
    box.close()
    assert (stopped.total, stopped.complete) == (2, False)
    assert desk.round().received.total == 4
    assert len(states(desk)) == 6


def test_the_smtp_server_being_down_loses_no_registration_and_no_answer(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    live, dead = running.smtp_port, 1
    desk.setup = office_with_port(desk, dead)
    running.deliver(registers("Ann Smith"), OPENED)
    result = desk.round()
    assert states(desk) == {"ann.smith": ["confirmed"]}
    assert result.trouble
    assert desk.store.counts("repair-2030").outbox.queued == 1
    desk.setup = office_with_port(desk, live)
    assert desk.round().delivered.sent == 1
    assert [to for to, _, _ in sent(running)] == [address("Ann Smith")]


def office_with_port(desk, port):
    from dataclasses import replace

    return replace(desk.setup, smtp=desk.setup.smtp.model_copy(update={"port": port}))


def test_a_person_whom_the_gate_holds_back_is_put_before_a_person_and_not_answered(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    text = "Please register me for the Repair Café Day.\n\nI volunteer at the solder bench.\n\nAnn Smith\n"
    crowd = ", ".join(f"friend{n}@home.example" for n in range(25))
    running.deliver(mail("Ann Smith", text, headers={"Cc": crowd}), OPENED)
    spam = mail("Bob Jones", text, headers={"X-Spam-Flag": "YES"})
    running.deliver(spam, OPENED + MINUTE)
    result = desk.round()
    assert result.received.buckets == {Bucket.REVIEW: 1, Bucket.IGNORED: 1}
    assert [(r.reason, r.sender) for r in desk.store.reviews("repair-2030")] == [
        ("held_back", address("Ann Smith"))
    ]
    assert sent(running) == []
    assert states(desk) == {}


def test_an_item_that_is_dealt_with_leaves_the_list_and_its_mail_waits_for_nobody(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    running.deliver(mail("Ann Smith", "What time does it start?", subject="a question"), OPENED)
    desk.round()
    store = desk.store
    assert store.counts(desk.event_id).buckets[Bucket.REVIEW] == 1
    (item,) = store.reviews(desk.event_id)
    with store.step(desk.event_id) as step:
        assert step.settle_review(item.id, OPENED)
    assert store.reviews(desk.event_id) == []
    buckets = store.counts(desk.event_id).buckets
    assert (buckets[Bucket.REVIEW], buckets[Bucket.HANDLED]) == (0, 1)


def test_a_silent_backlog_still_tells_somebody_else_who_gets_a_seat(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=1)
    for n in range(2):
        running.deliver(registers(f"Writer N{n}"), OPENED + n * MINUTE)
    desk.round()
    one = Incoming(Slot("ingest", 0, 77), OPENED + timedelta(days=1), cancels("Writer N0"))
    take_in(desk.desk, desk.store, [one], desk.clock, silent=True)
    desk.round()
    assert [(to, kind) for to, kind, _ in sent(running)[2:]] == [(address("Writer N1"), "promoted")]


def test_a_repeated_request_of_a_large_party_is_one_item_and_is_not_answered_without_end(running, tmp_path):
    desk = office(tmp_path, running, Hands(), capacity=20)
    for n in range(12):
        text = f"Please register 8 people for the Repair Café Day. We volunteer at the solder bench. ({n})"
        running.deliver(mail("Ann Smith", text), OPENED + n * MINUTE)
    desk.round()
    assert [r.reason for r in desk.store.reviews(desk.event_id)].count("party") == 1
    assert 1 <= len(sent(running)) <= 3


def test_a_question_below_a_repeat_is_answered_though_the_same_status_went_out_today(running, tmp_path):
    desk = office(tmp_path, running, Hands())
    running.deliver(registers("Ann Smith"), OPENED)
    running.deliver(
        mail("Ann Smith", "Please register me for the Repair Café Day. Ann Smith"), OPENED + MINUTE
    )
    text = "Please register me for the Repair Café Day. What time does it start? Ann Smith"
    running.deliver(mail("Ann Smith", text), OPENED + 2 * MINUTE)
    desk.round()
    assert [kind for _, kind, _ in sent(running)] == ["confirmed", "status", "status"]
    assert [r.reason for r in desk.store.reviews(desk.event_id)] == ["question"]
