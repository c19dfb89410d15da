"""What is written comes back as it was, on SQLite and PostgreSQL, and what breaks a promise is refused."""

# ruff: noqa: F811 - a fixture imported by name is also the argument's name
# ruff: noqa: PT012 - a step is a block: what it does before it fails is the point

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.adapters.engine import translated
from mailflow.adapters.prove import prove
from mailflow.adapters.store import SqlStore, open_store
from mailflow.core.effects import Review
from mailflow.core.ledger import Bucket, FailedMail, JournalLine, OutboxCounts, Watermark
from mailflow.core.model import SeatState
from mailflow.errors import BadInput, InvariantBroken, MailflowError, TemporaryFailure
from tests.databases import database_url, sqlite_url  # noqa: F401
from tests.seats import EVENT, NOW, ended, mail, party, seat, slot

MAILBOX = slot(1).mailbox
HOUR = timedelta(hours=1)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    opened = open_store(database_url)
    opened.seed_event(EVENT, NOW)
    yield opened
    opened.close()


# -- the roster ---------------------------------------------------------------------------------------


def test_a_party_comes_back_with_every_word_and_every_seat(store: SqlStore) -> None:
    early = datetime(2031, 3, 1, 9, 30, 5, 123456, tzinfo=timezone(HOUR))
    written = party(
        "TLD-1",
        seat(1, 2, email="ann@home.example", arrival=early, uid=2**32 - 1),
        seat(2, 1, SeatState.RELEASE_PENDING),
        seat(3, None),
        seat(4, None, SeatState.CANCELLED),
        seat(5, 9, SeatState.OFFERED, override=True),
        organisation="Wijkhuis De Brug",
        involvement="ik help — élke week ✂️",
        projects=("saws", "drills"),
        workshops=((1, "saws"), (2, "drills")),
        late=True,
        passed=2,
        in_review=True,
        thread="<first@home.example>",
        involvement_asked_at=NOW,
        status_sent_at=NOW + HOUR,
    )  # fmt: skip
    with store.step(EVENT.id) as step:
        step.limits(9, 1)
        step.limits(9, 0)
        step.record(written)
    read = store.roster(EVENT.id)
    assert read.registrations == (written,)
    assert read.registrations[0].seats[0].arrival.utcoffset() == timedelta(0)
    assert (read.capacity, read.held, read.taken) == (9, 0, 3)
    with store.step(EVENT.id) as step:
        assert step.roster() == read


def test_a_time_without_a_zone_is_refused(store: SqlStore) -> None:
    naive = datetime(2031, 3, 3, 12, 0)  # noqa: DTZ001 - the fault that is tried here
    with pytest.raises(InvariantBroken, match="without a zone"), store.step(EVENT.id) as step:
        step.record(party("TLD-1", arrival=naive))
    assert store.roster(EVENT.id).registrations == ()


def test_text_that_no_database_takes_is_kept_as_far_as_it_can_be(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.finish(ended(1, Bucket.SET_ASIDE, subject="a\x00b\udc80c"), NOW)
        step.record(party("TLD-1", name="x\ud800"))
    assert store.final_rows(EVENT.id, MAILBOX, 77) == {1: Bucket.SET_ASIDE}
    assert store.roster(EVENT.id).registrations[0].name == "x\ufffd"


def test_a_step_that_fails_leaves_nothing_and_a_savepoint_only_its_own(store: SqlStore) -> None:
    with pytest.raises(RuntimeError, match="on purpose"), store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        raise RuntimeError("on purpose")
    assert store.roster(EVENT.id).registrations == ()
    with store.step(EVENT.id) as step:
        with step.savepoint():
            step.record(party("TLD-1", seat(1, 1)))
        with pytest.raises(RuntimeError), step.savepoint():
            step.record(party("TLD-2", seat(1, 2)))
            step.limits(50, 5)
            assert step.roster().taken == 2
            raise RuntimeError("on purpose")
        assert step.roster().taken == 1
        assert step.roster().capacity == EVENT.capacity
        with step.savepoint():
            step.record(party("TLD-3", seat(1, 2)))
    assert [r.ref for r in store.roster(EVENT.id).registrations] == ["TLD-1", "TLD-3"]
    assert store.roster(EVENT.id).capacity == EVENT.capacity


def test_a_seat_number_is_never_held_twice(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        with pytest.raises(InvariantBroken) as caught, step.savepoint():
            step.record(party("TLD-2", seat(1, 1)))
        assert "@" not in str(caught.value), "an error says which promise, not whose address"
        with step.savepoint():  # once the first one leaves, the number is free
            step.record(party("TLD-1", seat(1, None, SeatState.CANCELLED)))
            step.record(party("TLD-2", seat(1, 1)))
    assert [r.ref for r in store.roster(EVENT.id).registrations if r.held] == ["TLD-2"]


@pytest.mark.parametrize(
    "wrong",
    [
        seat(1, 4),  # above the limit, and no override
        seat(1, 0, SeatState.CONFIRMED),
        seat(1, None, SeatState.CONFIRMED),  # holds a seat without a number
        seat(1, 2, SeatState.WAITLISTED),  # has a number and holds no seat
        seat(1, None, "asleep"),  # type: ignore[arg-type]
    ],
)
def test_a_seat_that_cannot_be_is_refused(store: SqlStore, wrong: object) -> None:
    if wrong.state == "asleep":  # type: ignore[attr-defined]
        wrong = replace(wrong, state=type("Word", (), {"value": "asleep"})())  # type: ignore[type-var]
    with pytest.raises(InvariantBroken), store.step(EVENT.id) as step:
        step.record(party("TLD-1", wrong))  # type: ignore[arg-type]
    assert store.roster(EVENT.id).registrations == ()


def test_seats_held_back_are_not_given_away_though_a_number_is_free(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.limits(3, 2)
        with step.savepoint():
            step.record(party("TLD-1", seat(1, 1)))
        with pytest.raises(InvariantBroken, match="full house"), step.savepoint():
            step.record(party("TLD-2", seat(1, 2)))
        with step.savepoint():  # by the organiser's hand it is
            step.record(party("TLD-2", seat(1, 4, override=True)))
    with pytest.raises(InvariantBroken, match="full house"), store.step(EVENT.id) as step:
        step.record(party("TLD-3", seat(1, 3)))
    assert store.roster(EVENT.id).taken == 2


def test_a_lowered_capacity_takes_nobodys_seat_and_a_number_may_pass_within_a_party(store: SqlStore) -> None:
    both = party("TLD-1", seat(1, 2), seat(2, 3))
    with store.step(EVENT.id) as step:
        step.record(both)
        step.limits(1, 0)
    with store.step(EVENT.id) as step:  # the person changes, the seat stays; and details may be changed
        step.record(both.with_seats((seat(2, None, SeatState.SUBSTITUTED), seat(3, 3, name="Newcomer"))))
        step.record(replace(step.roster().registrations[0], organisation="De Brug"))
    with store.step(EVENT.id) as step:  # two of a party change places
        step.record(step.roster().registrations[0].with_seats((seat(1, 3), seat(3, 2))))
    roster = store.roster(EVENT.id)
    assert {(s.place, s.number) for _, s in roster.seats() if s.holds} == {(1, 3), (3, 2)}
    assert roster.over == 1
    assert [line for line in prove(store, EVENT.id) if "I1" in line] == []


def test_an_event_that_is_not_known_is_said_so(store: SqlStore) -> None:
    with pytest.raises(BadInput, match="elsewhere"), store.step("elsewhere"):
        pass
    with pytest.raises(BadInput):
        store.roster("elsewhere")
    with pytest.raises(BadInput):
        store.file_limits("elsewhere")


def test_an_event_before_its_first_poll_is_an_empty_house(store: SqlStore) -> None:
    store.know(replace(EVENT, id="later", capacity=40, held=4))
    roster = store.roster("later")
    assert (roster.free, roster.registrations) == (36, ())


def test_the_limits_of_the_file_are_remembered_apart_from_those_in_force(store: SqlStore) -> None:
    assert store.file_limits(EVENT.id) == (3, 0)
    with store.step(EVENT.id) as step:
        step.limits(5, 1)
    store.seed_event(replace(EVENT, capacity=9), NOW)  # the file was edited: the row is left as it is
    assert store.file_limits(EVENT.id) == (3, 0)
    assert store.roster(EVENT.id).capacity == 5
    with store.step(EVENT.id) as step:
        step.file_limits(9, 0)
    assert store.file_limits(EVENT.id) == (9, 0)


# -- the ledger ---------------------------------------------------------------------------------------


def test_attempts_are_counted_before_the_work_and_not_after_the_end(store: SqlStore) -> None:
    two = [(slot(5), NOW), (slot(4), NOW)]
    assert store.attempt(EVENT.id, two, NOW) == {4: 1, 5: 1}
    assert store.attempt(EVENT.id, two[:1], NOW) == {5: 2}
    assert store.pending(EVENT.id, MAILBOX, 77) == {4: 1, 5: 2}
    assert store.attempt(EVENT.id, [], NOW) == {}
    with store.step(EVENT.id) as step:
        step.finish(ended(5), NOW)
    assert store.attempt(EVENT.id, two, NOW) == {4: 2, 5: 2}
    assert store.pending(EVENT.id, MAILBOX, 77) == {4: 2}
    store.take_back_attempt(EVENT.id, [slot(5), slot(4)])
    assert store.pending(EVENT.id, MAILBOX, 77) == {4: 1}, "what failed by no fault of the mail is no strike"
    assert store.pending(EVENT.id, MAILBOX, 78) == {}, "another UIDVALIDITY is another mailbox"
    assert store.finished(EVENT.id, MAILBOX, 77, [4, 5, 6]) == {5}


def test_a_message_is_finished_once(store: SqlStore) -> None:
    store.attempt(EVENT.id, [(slot(1), NOW)], NOW)
    with store.step(EVENT.id) as step:
        assert not step.is_final(slot(1)), "tried is not finished"
        step.finish(ended(1), NOW)
        assert step.is_final(slot(1))
    with pytest.raises(InvariantBroken, match="handled already"), store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        step.finish(ended(1, Bucket.IGNORED), NOW)
    assert store.final_rows(EVENT.id, MAILBOX, 77) == {1: Bucket.HANDLED}
    assert store.roster(EVENT.id).taken == 0, "what was done for it a second time is undone"


def test_what_is_finished_is_unmarked_until_it_is_acknowledged(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        for uid in range(1, 1203):
            step.finish(ended(uid, Bucket.REVIEW if uid == 7 else Bucket.HANDLED), NOW)
    assert store.unmarked(EVENT.id, MAILBOX, 77)[7] is Bucket.REVIEW
    store.marked(EVENT.id, MAILBOX, 77, range(1, 1202), NOW)
    assert store.unmarked(EVENT.id, MAILBOX, 77) == {1202: Bucket.HANDLED}
    assert len(store.finished(EVENT.id, MAILBOX, 77, range(1, 5000))) == 1202


def test_a_message_that_vanished_is_counted_and_one_that_was_finished_stays(store: SqlStore) -> None:
    store.attempt(EVENT.id, [(slot(1), NOW), (slot(2), NOW)], NOW)
    with store.step(EVENT.id) as step:
        step.finish(ended(2), NOW)
    store.vanished(EVENT.id, MAILBOX, 77, [1, 2, 3], NOW)
    counts = store.counts(EVENT.id)
    assert (counts.buckets[Bucket.IGNORED], counts.buckets[Bucket.HANDLED], counts.pending) == (1, 1, 0)
    assert counts.reasons == {"vanished": 1}
    assert set(store.unmarked(EVENT.id, MAILBOX, 77)) == {2}


@pytest.mark.parametrize(
    ("message_id", "content", "seen"),
    [
        ("<a@x.example>", "hash-a", True),
        ("<a@x.example>", "hash-b", False),  # the same Message-ID with another content is a new message
        ("<b@x.example>", "hash-a", False),
        ("", "hash-a", True),  # without one the content decides
        ("", "hash-b", False),
        ("", "", False),
    ],
)
def test_the_same_message_is_recognised_by_its_message_id_and_content(
    store: SqlStore, message_id: str, content: str, seen: bool
) -> None:
    store.attempt(EVENT.id, [(slot(1), NOW)], NOW)
    with store.step(EVENT.id) as step:
        assert step.seen_before("<a@x.example>", "hash-a") is None, "tried is not yet finished"
        step.finish(ended(1, message_id="<a@x.example>", content_hash="hash-a"), NOW)
        found = step.seen_before(message_id, content)
    assert found == (slot(1).key if seen else None)


def test_the_watermark_is_how_far_a_mailbox_is_read(store: SqlStore) -> None:
    assert store.watermark(EVENT.id, MAILBOX) is None
    for mark in (Watermark(MAILBOX, 77, 9), Watermark(MAILBOX, 78, 2**32 - 1, NOW, NOW + HOUR, 3)):
        store.poll_ended(EVENT.id, mark)
        assert store.watermark(EVENT.id, MAILBOX) == mark


def test_journal_and_reviews_are_told_in_order(store: SqlStore) -> None:
    lines = [
        JournalLine(NOW + n * HOUR, "participant", f"did {n}", f"TLD-{n}", slot(n).key, "the words")
        for n in range(3)
    ]
    with store.step(EVENT.id) as step:
        for line in lines:
            step.note(line)
        step.review(Review("question", "TLD-1", "is there parking?"), "ann@home.example", slot(1).key, NOW)
        step.review(Review("unclear"), "bob@home.example", slot(2).key, NOW)
    assert store.journal(EVENT.id) == lines
    assert store.journal(EVENT.id, since=NOW + HOUR) == lines[1:]
    assert store.journal(EVENT.id, ref="TLD-2") == lines[2:]
    first, second = store.reviews(EVENT.id)
    assert (first.reason, first.words, first.slot) == ("question", "is there parking?", slot(1).key)
    with store.step(EVENT.id) as step:
        assert step.settle_review(first.id, NOW)
        assert not step.settle_review(first.id, NOW)
    assert store.reviews(EVENT.id) == [second]
    assert store.counts(EVENT.id).open_review == 1


def test_two_events_in_one_database_know_nothing_of_each_other(store: SqlStore) -> None:
    other = replace(EVENT, id="other", reference="OTH")
    assert store.seed_event(other, NOW) != store.seed_event(EVENT, NOW)
    with store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        step.queue(mail("tick:reminder:ann"), "tick", NOW)
        step.finish(ended(1, content_hash="h"), NOW)
    with store.step("other") as step:
        step.record(party("TLD-1", seat(1, 1)))
        assert step.queue(replace(mail("tick:reminder:ann"), message_id="<other@x.example>"), "tick", NOW)
        assert step.seen_before("", "h") is None
        step.finish(ended(1), NOW)
    assert store.roster("other").taken == 1
    assert store.claim("nobody", NOW) is None


# -- the outbox ---------------------------------------------------------------------------------------


def test_a_mail_asked_for_twice_is_queued_once_and_the_step_goes_on(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        assert step.queue(mail("m1:confirmed:ann"), "m1", NOW)
        assert not step.queue(replace(mail("m1:confirmed:ann"), message_id="<other@x.example>"), "m1", NOW)
        with pytest.raises(InvariantBroken), step.savepoint():  # another mail under the same Message-ID
            step.queue(
                replace(mail("m2:confirmed:ann"), message_id="<m1:confirmed:ann@tools.example>"), "m2", NOW
            )
        assert step.queue(mail("m3:confirmed:ann"), "m3", NOW)
    assert store.counts(EVENT.id).outbox == OutboxCounts(queued=2)
    assert [row[0:4] for row in store.outbox_contents(EVENT.id)] == [
        ("confirmed", "Ann@Home.example", f"<m{n}:confirmed:ann@tools.example>", "queued") for n in (1, 3)
    ]


def test_what_was_queued_is_counted_by_address_and_by_registration(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.queue(mail("a", "Ann@Home.example", "status", "TLD-1"), "join/INBOX:7:1", NOW)
        step.queue(mail("b", "ann@home.EXAMPLE", "changed", "TLD-1"), "join/INBOX:7:2", NOW + HOUR)
        assert step.answered("ANN@home.example", NOW) == 2
        assert step.answered("ann@home.example", NOW + HOUR) == 1
        assert step.answered("bob@home.example", NOW) == 0
        assert step.status_mails("TLD-1", NOW) == 1
        assert step.status_mails("TLD-1", NOW + HOUR) == 0
    assert [(m.kind, m.recipient, m.state) for m in store.mails_of("TLD-1")] == [
        ("status", "Ann@Home.example", "queued"),
        ("changed", "ann@home.EXAMPLE", "queued"),
    ]


def test_a_mail_is_claimed_once_in_order_and_when_it_is_due(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        for cause in "abc":
            step.queue(mail(cause, ref="TLD-1"), "m1", NOW)
    first = store.claim(EVENT.id, NOW)
    assert first is not None
    assert (first.envelope, first.attempts, first.first_tried_at) == (mail("a", ref="TLD-1"), 1, None)
    store.settle_deferred(first.id, "451 later", NOW + HOUR)
    second, third = store.claim(EVENT.id, NOW), store.claim(EVENT.id, NOW)
    assert second is not None
    assert third is not None
    assert (second.envelope.cause, third.envelope.cause) == ("b", "c")
    assert store.claim(EVENT.id, NOW + HOUR - timedelta(seconds=1)) is None
    again = store.claim(EVENT.id, NOW + HOUR)
    assert again is not None
    assert (again.envelope, again.attempts, again.first_tried_at) == (first.envelope, 2, NOW)
    store.settle_sent(again.id, "250 ok", NOW + HOUR)
    store.settle_failed(second.id, "550 no such user", NOW + 2 * HOUR)
    store.unclaim(third.id)
    assert store.counts(EVENT.id).outbox == OutboxCounts(queued=1, sent=1, failed=1)
    untried = store.claim(EVENT.id, NOW + 3 * HOUR)
    assert untried is not None
    assert (untried.id, untried.attempts, untried.first_tried_at) == (third.id, 1, None)
    assert store.sent_since(EVENT.id, NOW + HOUR) == 1
    assert store.sent_since(EVENT.id, NOW + 2 * HOUR) == 0
    failed = FailedMail("Ann@Home.example", "confirmed", "TLD-1", "550 no such user", NOW + 2 * HOUR)
    assert store.failed_mails(EVENT.id) == [failed]
    assert store.failed_mails(EVENT.id, NOW + 3 * HOUR) == []
    assert store.requeue_failed(EVENT.id, second.id)
    assert not store.requeue_failed(EVENT.id, again.id), "what was sent is not sent again"


def test_what_is_found_in_sending_goes_again_as_the_same_mail_and_is_said(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.queue(mail("a", ref="TLD-1"), "m1", NOW)
    claimed = store.claim(EVENT.id, NOW)
    assert claimed is not None
    assert store.requeue_in_doubt(EVENT.id, NOW - timedelta(seconds=1)) == 0
    assert store.requeue_in_doubt(EVENT.id, NOW) == 1
    assert store.requeue_in_doubt(EVENT.id, NOW) == 0
    (doubtful,) = store.in_doubt_mails(EVENT.id, NOW + HOUR)  # it stands, however long ago it was in hand
    assert (doubtful.kind, doubtful.ref, doubtful.at) == ("confirmed", "TLD-1", NOW)
    again = store.claim(EVENT.id, NOW)
    assert again is not None
    assert (again.envelope, again.attempts) == (claimed.envelope, 2)
    store.settle_sent(again.id, "250 ok", NOW)
    assert len(store.in_doubt_mails(EVENT.id, NOW)) == 1
    assert store.in_doubt_mails(EVENT.id, NOW + HOUR) == [], "told once it is over, in one digest"
    store.settle_deferred(claimed.id, "late word of the process that hung", NOW)
    assert store.counts(EVENT.id).outbox == OutboxCounts(sent=1), "that it arrived is never taken back"
    with pytest.raises(InvariantBroken):
        store.settle_sent(4711, "250 ok", NOW)


def test_no_error_of_the_database_library_carries_a_value(store: SqlStore) -> None:
    with pytest.raises(MailflowError) as raised, store.database.writing() as conn:
        conn.execute(sa.text("insert into nowhere values (:who)"), {"who": "ann@home.example"})
    assert "ann@" not in str(raised.value.__cause__)


def test_the_last_digest_is_remembered(store: SqlStore) -> None:
    assert store.last_digest_at(EVENT.id) is None
    with store.step(EVENT.id) as step:
        step.queue(mail("digest:1", kind="digest"), "clock", NOW)
        step.queue(mail("digest:2", kind="digest"), "clock", NOW + HOUR)
    assert store.last_digest_at(EVENT.id) == NOW + HOUR


def test_a_standing_trouble_keeps_its_first_moment_until_it_is_gone(store: SqlStore) -> None:
    store.set_trouble(EVENT.id, "smtp login", "535 refused", NOW)
    store.set_trouble(EVENT.id, "smtp login", "535 still refused", NOW + HOUR)
    trouble = store.login_trouble(EVENT.id)
    assert trouble is not None
    assert (trouble.text, trouble.since) == ("535 still refused", NOW)
    assert store.clear_trouble(EVENT.id, "smtp login")
    assert store.troubles(EVENT.id) == []
    assert not store.clear_trouble(EVENT.id, "smtp login")


def test_what_was_about_a_registration_is_found_by_its_reference(store: SqlStore) -> None:
    message = ended(3, ref="TLD-1", subject="Ik kom", reading='{"kind": "human"}', sender="ann@home.example")
    with store.step(EVENT.id) as step:
        step.finish(message, NOW)
        step.finish(ended(4), NOW)
    assert store.messages_of("TLD-1") == [message]
    assert store.messages_of("TLD-1", "other") == []


# -- errors -------------------------------------------------------------------------------------------


def test_a_writer_that_waits_too_long_says_locked_and_readers_never_wait(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailflow.adapters.engine.BUSY_SECONDS", 0.05)
    store, other = open_store(sqlite_url), open_store(sqlite_url)
    store.seed_event(EVENT, NOW)
    other.know(EVENT)
    with store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        with pytest.raises(TemporaryFailure, match="locked by another process"), other.step(EVENT.id):
            pass
        assert other.roster(EVENT.id).taken == 0
    assert other.roster(EVENT.id).taken == 1
    store.close()
    other.close()


def test_a_full_disk_is_a_temporary_failure_with_its_cure(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store.seed_event(EVENT, NOW)
    with pytest.raises(TemporaryFailure, match="disk is full: make room"), store.step(EVENT.id) as step:
        step._conn.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite reports it as it does a full disk
        step.queue(replace(mail("a"), content=b"x" * 500_000), "m1", NOW)
    assert store.counts(EVENT.id).outbox == OutboxCounts()
    store.close()


def test_an_error_nobody_foresaw_is_told_as_our_own_fault() -> None:
    url = sa.make_url("sqlite:///x.db")
    assert isinstance(translated(sa.exc.InvalidRequestError("?"), url), InvariantBroken)
    odd = sa.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("odd"))
    assert isinstance(translated(odd, url), InvariantBroken)


def test_times_are_utc_whatever_the_server_thinks(store: SqlStore) -> None:
    with store.step(EVENT.id) as step:
        step.note(JournalLine(datetime(2031, 7, 1, 2, 30, tzinfo=timezone(2 * HOUR)), "clock", "x"))
    (line,) = store.journal(EVENT.id)
    assert line.at == datetime(2031, 7, 1, 0, 30, tzinfo=UTC)
    assert line.at.tzinfo is UTC
