"""The journey out, on a real outbox and real SMTP: claim, send, settle, and every way it can be cut short."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mailflow.adapters.courier import CourierSettings, SmtpCourier
from mailflow.adapters.store import SqlStore, open_store
from mailflow.core.envelope import Claimed, Envelope
from mailflow.deliver import Delivered, DeliverSettings, deliver, next_try
from tests.house import EVENT, NOON
from tests.smtp_servers import DROP, SmtpServer

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GOOD = "250 2.0.0 taken"


def envelope(number: int, to: str | None = None) -> Envelope:
    message_id = f"<mf.{number}@repair.example>"
    content = f"Message-ID: {message_id}\r\nSubject: {number}\r\n\r\nmail {number}\r\n.\r\n".encode()
    recipient = to or f"p{number}@home.example"
    return Envelope(
        f"imap:1:{number}:confirmed:{recipient}", "confirmed", EVENT.address, recipient, message_id, content
    )


@dataclass(frozen=True)
class Row:
    """How a mail stands in the outbox."""

    state: str
    attempts: int
    in_doubt: bool
    answer: str


class Post:
    """An outbox, the server it leaves by, and a clock that is set by hand."""

    def __init__(self, folder: Path, server: SmtpServer) -> None:
        self.file = folder / "mailflow.db"
        self.url = f"sqlite:///{self.file}"
        self.store: SqlStore = open_store(self.url)
        self.store.seed_event(EVENT, NOON)
        self.server = server
        self.now = NOON
        self.slept: list[float] = []

    def queue(self, *envelopes: Envelope) -> None:
        with self.store.step(EVENT.id) as step:
            for one in envelopes:
                assert step.queue(one, "test", self.now)

    def deliver(
        self,
        settings: DeliverSettings | None = None,
        *,
        port: int | None = None,
        stop: Callable[[], bool] = lambda: False,
        **courier: Any,
    ) -> Delivered:
        outlet = CourierSettings("127.0.0.1", port or self.server.port, "none", **courier)
        return deliver(
            self.store,
            SmtpCourier(outlet),
            EVENT.id,
            now=lambda: self.now,
            settings=settings or DeliverSettings(),
            jitter=lambda: 0.0,
            sleep=self.slept.append,
            stop=stop,
        )

    def rows(self) -> list[Row]:
        with sqlite3.connect(self.file) as db:
            found = db.execute("select state, attempts, in_doubt, answer from outbox order by id").fetchall()
        db.close()
        return [Row(state, attempts, bool(doubt), answer) for state, attempts, doubt, answer in found]

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def post(tmp_path: Path, server: SmtpServer) -> Iterator[Post]:
    made = Post(tmp_path, server)
    yield made
    made.store.close()


# -- all is well -----------------------------------------------------------------------------------


def test_the_outbox_leaves_in_order_over_one_connection_and_only_once(post):
    post.queue(*map(envelope, range(1, 11)))
    assert post.deliver() == Delivered(sent=10)
    assert [a.content for a in post.server.arrived] == [envelope(n).content for n in range(1, 11)]
    assert post.rows() == [Row("sent", 1, False, GOOD)] * 10
    assert post.deliver() == Delivered()
    assert len(post.server.arrived) == 10
    assert post.server.lines == 1


def test_an_empty_outbox_does_not_bother_the_server(post):
    assert post.deliver() == Delivered()
    assert post.server.lines == 0


def test_two_workers_on_one_outbox_send_every_mail_once(post):
    post.queue(*map(envelope, range(1, 41)))
    done: list[Delivered] = []
    workers = [threading.Thread(target=lambda: done.append(post.deliver())) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(d.sent for d in done) == 40
    assert sorted(a.content for a in post.server.arrived) == sorted(envelope(n).content for n in range(1, 41))


# -- a server that cannot be reached ---------------------------------------------------------------


def test_a_server_that_is_down_penalises_no_mail_and_the_next_run_sends_at_once(post):
    post.queue(envelope(1), envelope(2))
    for _ in range(5):
        done = post.deliver(port=1)
        assert (done.sent, done.deferred, done.failed, done.login_refused) == (0, 0, 0, False)
        assert "127.0.0.1:1" in (done.trouble or "")
        assert post.rows() == [Row("queued", 0, False, "")] * 2
        post.now += 24 * HOUR
    assert post.deliver() == Delivered(sent=2)


def test_a_refused_login_is_tried_once_a_run_and_no_mail_pays_for_it(post):
    post.server.logins["us"] = "right"
    post.queue(envelope(1), envelope(2))
    done = post.deliver(user="us", password="wrong")
    assert done.login_refused
    assert "535" in (done.trouble or "")
    assert post.server.login_tries == 1
    assert post.rows() == [Row("queued", 0, False, "")] * 2
    assert post.deliver(user="us", password="right") == Delivered(sent=2)


def test_a_server_that_wants_a_login_we_do_not_have_stops_the_run(post):
    post.server.logins["us"] = "right"
    post.queue(envelope(1), envelope(2))
    done = post.deliver()
    assert done.login_refused
    assert post.states() == ["queued", "queued"]


# -- a mail that is not taken ----------------------------------------------------------------------


def test_a_mail_refused_for_good_fails_at_once_and_the_rest_leaves(post):
    post.server.will("RCPT", "550 5.1.1 unknown", to="p2@home.example")
    post.queue(envelope(1), envelope(2), envelope(3))
    assert post.deliver() == Delivered(sent=2, failed=1)
    assert post.rows()[1] == Row("failed", 1, False, "550 5.1.1 unknown")
    post.now += 100 * HOUR
    assert post.deliver() == Delivered()


def test_a_deferred_mail_comes_again_after_a_minute_doubling_to_four_hours_until_three_days(post):
    post.server.will("RCPT", "451 4.2.0 mailbox busy")
    post.queue(envelope(1))
    tried: list[datetime] = []
    while post.now < NOON + 80 * HOUR:
        done = post.deliver()
        if done.deferred or done.failed:
            tried.append(post.now)
        # by the minute through the first hours, where the waits are short
        post.now += MINUTE if post.now < NOON + 5 * HOUR else 5 * MINUTE
    waits = [(b - a) / MINUTE for a, b in pairwise(tried)]
    assert waits[:8] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert set(waits[8:-1]) == {240}
    assert tried[-1] == NOON + 72 * HOUR
    assert post.rows() == [Row("failed", len(tried), False, "given up: 451 4.2.0 mailbox busy")]
    assert post.server.arrived == []


def test_a_deferred_mail_arrives_unchanged_when_the_server_relents(post):
    post.server.will("DOT", "452 4.3.1 disk full", times=1)
    post.queue(envelope(1), envelope(2))
    assert post.deliver() == Delivered(sent=1, deferred=1)
    assert post.deliver() == Delivered()  # not before its minute
    post.now += MINUTE
    assert post.deliver() == Delivered(sent=1)
    assert [a.content for a in post.server.arrived] == [envelope(2).content, envelope(1).content]


def test_mails_deferred_together_do_not_come_back_together():
    mail = Claimed(1, envelope(1), 3, NOON)
    settings = DeliverSettings()
    assert next_try(mail, NOON, 0.0, settings) == NOON + 4 * MINUTE
    assert next_try(mail, NOON, 1.0, settings) == NOON + 5 * MINUTE
    assert next_try(replace(mail, attempts=10_000), NOON, 0.0, settings) == NOON + 4 * HOUR


def test_when_nothing_at_all_is_taken_the_run_says_so_without_naming_anybody(post):
    post.server.will("MAIL", "550 5.7.1 <join@repair.example>: sender rejected")
    post.queue(*map(envelope, range(1, 5)))
    done = post.deliver()
    assert done.deferred == 4
    assert "none taken" in (done.trouble or "")
    assert "@" not in (done.trouble or "")


# -- a line that is lost ---------------------------------------------------------------------------


def test_a_mail_in_doubt_goes_again_after_ten_minutes_the_very_same_and_is_marked(post):
    post.server.will("DOT", DROP, times=1)
    post.queue(envelope(1), envelope(2))
    assert post.deliver() == Delivered(sent=1, in_doubt=1)
    assert post.rows()[0] == Row("sending", 1, False, "")
    post.now += 9 * MINUTE
    assert post.deliver() == Delivered()
    post.now += MINUTE
    assert post.deliver() == Delivered(sent=1, requeued=1)
    assert post.rows()[0] == Row("sent", 2, True, GOOD)
    assert [a.content for a in post.server.of("<mf.1@repair.example>")] == [envelope(1).content] * 2
    assert len(post.server.of("<mf.2@repair.example>")) == 1


def test_a_server_that_swallows_a_mail_and_never_says_so_does_not_get_it_for_ever(post):
    post.server.will("DOT", DROP)
    post.queue(envelope(1))
    while post.now < NOON + 80 * HOUR:
        post.deliver()
        post.now += 5 * MINUTE
    assert post.rows()[0].state == "failed"
    assert post.rows()[0].in_doubt
    assert 4 < len(post.server.arrived) < 30  # every ten minutes would be 432


def test_a_line_lost_before_the_content_defers_that_mail_and_the_rest_leaves_over_a_new_line(post):
    post.server.will("RCPT", DROP, to="p1@home.example")
    post.queue(envelope(1), envelope(2), envelope(3))
    assert post.deliver() == Delivered(sent=2, deferred=1)
    assert post.states() == ["queued", "sent", "sent"]
    assert post.server.lines == 2


def test_a_server_that_drops_every_line_ends_the_run_and_spares_the_mails_behind(post):
    post.server.will("RCPT", DROP)
    post.queue(*map(envelope, range(1, 11)))
    done = post.deliver()
    assert (done.sent, done.deferred) == (0, 3)
    assert "dropped the line 3 times" in (done.trouble or "")
    assert post.server.lines == 3
    assert post.rows()[3:] == [Row("queued", 0, False, "")] * 7
    post.server.relents()
    post.now += MINUTE
    assert post.deliver() == Delivered(sent=10)


def test_a_server_that_takes_a_few_mails_a_line_takes_them_all_in_one_run(post):
    post.queue(*map(envelope, range(1, 13)))
    for number in (4, 7, 10):
        post.server.will("RCPT", "421 4.7.0 three a line", to=f"p{number}@home.example", times=1)
    assert post.deliver() == Delivered(sent=12)
    assert post.server.lines == 4
    assert {row.attempts for row in post.rows()} == {1}


# -- limits and stopping ---------------------------------------------------------------------------


def test_the_hourly_limit_delays_and_never_drops(post):
    post.queue(*map(envelope, range(1, 8)))
    settings = DeliverSettings(answers_per_hour=3)
    done = post.deliver(settings)
    assert done.sent == 3
    assert "3 mails left within the hour" in (done.trouble or "")
    assert post.deliver(settings).sent == 0
    post.now += HOUR + MINUTE
    assert post.deliver(settings).sent == 3
    post.now += HOUR + MINUTE
    assert post.deliver(settings) == Delivered(sent=1)
    assert post.states() == ["sent"] * 7


def test_mails_are_paced_where_the_server_bears_only_so_many_a_minute(post):
    post.queue(*map(envelope, range(1, 4)))
    assert post.deliver(DeliverSettings(per_minute=30)).sent == 3
    assert post.slept == [2.0, 2.0, 2.0]


def test_a_stop_is_heeded_between_two_mails_and_leaves_nothing_half_done(post):
    post.queue(*map(envelope, range(1, 6)))
    done = post.deliver(stop=lambda: len(post.server.arrived) == 2)
    assert done == Delivered(sent=2)
    assert post.states() == ["sent", "sent", "queued", "queued", "queued"]
    assert post.deliver() == Delivered(sent=3)


# -- death at every seam ---------------------------------------------------------------------------


class Mortal:
    """The other process: it delivers, and dies where it is told."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.deliver_and_die"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def deliver(self, post: Post, die_at: int | None = None) -> list[str] | None:
        """The seams of the run, or None if it died as told."""
        seams = post.file.with_name("seams.json")
        order = {
            "url": post.url, "port": post.server.port, "event": EVENT.id, "now": post.now.isoformat(),
            "die_at": die_at, "seams": str(seams),
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        if die_at is not None and ended == -signal.SIGKILL:
            return None
        assert ended == 0
        return list(json.loads(seams.read_text()))

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    process = Mortal()
    yield process
    process.end()


def test_killed_at_any_seam_no_mail_is_lost_and_only_one_in_doubt_arrives_twice(post, mortal):
    mails = [envelope(1), envelope(2, "unknown@home.example"), envelope(3, "busy@home.example")]
    post.queue(*mails)
    post.store.close()
    untouched = post.file.with_name("untouched.db")
    shutil.copy(post.file, untouched)

    def from_the_start(die_at: int | None) -> list[str] | None:
        for leftover in ("-wal", "-shm"):
            Path(f"{post.file}{leftover}").unlink(missing_ok=True)
        shutil.copy(untouched, post.file)
        post.now = NOON
        post.server.arrived.clear()
        post.server.relents()
        post.server.will("RCPT", "550 5.1.1 unknown", to="unknown@home.example")
        post.server.will("RCPT", "451 4.2.0 busy", to="busy@home.example", times=1)
        return mortal.deliver(post, die_at)

    seams = from_the_start(None)
    assert seams is not None
    for call in ("claim", "open", "send", "settle_sent", "settle_failed", "settle_deferred"):
        assert {f"before {call}", f"after {call}"} <= set(seams)
    doubled = 0
    for die_at in range(1, len(seams) + 1):
        at = f"killed {seams[die_at - 1]} (seam {die_at})"
        assert from_the_start(die_at) is None, at
        sending = [row.state == "sending" for row in post.rows()]
        assert sum(sending) <= 1, at

        post.now += 11 * MINUTE
        mortal.deliver(post)

        if post.states()[2] == "queued":  # its one 451 came after the restart
            post.now += 5 * MINUTE
            mortal.deliver(post)
        assert post.states() == ["sent", "failed", "sent"], at
        for mail, was_sending, row in zip(mails, sending, post.rows(), strict=True):
            arrived = post.server.of(mail.message_id)
            assert all(a.content == mail.content for a in arrived), at
            assert row.in_doubt is was_sending, at
            if row.state == "failed":
                assert arrived == [], at
            else:
                assert 1 <= len(arrived) <= (2 if was_sending else 1), at
            doubled += len(arrived) == 2
    assert doubled > 0  # the price, and proof that the seams between the dot and the settling were met
