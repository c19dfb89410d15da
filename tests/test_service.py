"""`mailflow run`, left alone: it answers, sleeps, is stopped, killed and cut off, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.command import (
    ADDRESS,
    OPENED,
    ORGANISERS,
    PASSWORD,
    PEOPLE,
    Site,
    message_ids,
    read,
    subjects,
    until,
)
from tests.dovecot import Dovecot, need_dovecot
from tests.relay import Relay
from tests.smtp_servers import SmtpServer

# What a process needs to load, on a machine that is busy with other tests, is no part of a promise.
BEFORE_DAWN = "2018-10-20T03:00:00+02:00"
LATER = "2018-10-20T04:00:00+02:00"


@contextmanager
def opened(folder: Path, **more: Any) -> Iterator[Site]:
    """A deployment on servers of its own."""
    need_dovecot()
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox, SmtpServer() as smtp:
        yield Site(folder, mailbox, smtp, **more)


def worker_settings(**values: object) -> str:
    """A [worker] table."""
    return "\n[worker]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def answered(site: Site, number: int) -> bool:
    """Whether that person has an answer."""
    return any(one.recipient == PEOPLE[number].address for one in list(site.smtp.arrived))


def arrives(site: Site, *numbers: int) -> None:
    """These people's registrations come in."""
    for number in numbers:
        site.deliver(PEOPLE[number].mail(), OPENED + timedelta(minutes=number))


def outbox(site: Site) -> Counter[str]:
    """Mails of ours by state, straight from the database."""
    with closing(sqlite3.connect(site.database)) as conn:
        return Counter(state for (state,) in conn.execute("SELECT state FROM outbox"))


def all_is_well(site: Site, people: int, now: str = LATER) -> None:
    """Everybody is seated in order of arrival, everything is accounted for, the proof finds nothing."""
    seats = site.seats(now=now)
    assert [row["contact"] for row in seats] == [person.address for person in PEOPLE[:people]]
    assert [row["seat"] or 0 for row in seats] == [
        number if number <= site.capacity else 0 for number in range(1, people + 1)
    ]
    status = site.status(now)
    assert status["mails"]["unaccounted"] == status["mails"]["set_aside"] == 0
    assert status["mails"]["handled"] == people
    assert status["outbox"]["queued"] == status["outbox"]["sending"] == status["outbox"]["failed"] == 0
    assert (site.left(), site.handled()) == (0, people)
    assert site.is_sound()


# --- left alone --------------------------------------------------------------------------------------


def test_a_new_mail_is_answered_at_once_by_idle(tmp_path: Path) -> None:
    with (
        opened(tmp_path, extra=worker_settings(poll_seconds=600)) as site,
        site.start("run", now=BEFORE_DAWN) as worker,
    ):
        arrives(site, 0)
        until(lambda: answered(site, 0), why=lambda: worker.log)
        for number in (1, 2):
            arrives(site, number)
            assert until(lambda n=number: answered(site, n), why=lambda: worker.log) < 3
        began = time.monotonic()
        assert worker.end() == 0
        assert time.monotonic() - began < 5
        with pytest.raises(ProcessLookupError):
            os.killpg(worker.process.pid, 0)  # it left nothing behind
        for person in PEOPLE[:3]:
            assert person.address not in worker.log
            assert person.name not in worker.log
        all_is_well(site, 3)


def test_without_idle_it_is_answered_by_the_next_poll(tmp_path: Path) -> None:
    with opened(tmp_path, extra=worker_settings(poll_seconds=2)) as site:
        site.environ["MAILFLOW_MAILBOX__IDLE"] = "false"
        with site.start("run", now=BEFORE_DAWN) as worker:
            arrives(site, 0)
            until(lambda: answered(site, 0), why=lambda: worker.log)
            arrives(site, 1)
            assert until(lambda: answered(site, 1), why=lambda: worker.log) < 4
            assert worker.end() == 0
        all_is_well(site, 2)


def test_the_service_manager_is_told_of_start_life_and_end(tmp_path: Path) -> None:
    with opened(tmp_path) as site, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        address = str(tmp_path / "notify")
        manager.bind(address)
        manager.settimeout(30)
        with site.start("run", now=BEFORE_DAWN, NOTIFY_SOCKET=address, WATCHDOG_USEC="400000") as worker:
            assert manager.recv(100) == b"READY=1"
            began = time.monotonic()
            assert [manager.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
            assert time.monotonic() - began < 3 * 0.4 + 1, "each within WATCHDOG_USEC"
            assert worker.end() == 0
        told = [manager.recv(100)]
        while told[-1] != b"STOPPING=1":
            told.append(manager.recv(100))
        assert set(told[:-1]) <= {b"WATCHDOG=1"}


# --- stopped -----------------------------------------------------------------------------------------


def test_asked_to_end_at_work_it_ends_soon_and_loses_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, capacity=150, extra=worker_settings(batch=10)) as site:
        arrives(site, *range(200))
        with site.start("run", now=BEFORE_DAWN) as worker:
            until(lambda: len(site.smtp.arrived) >= 5, why=lambda: worker.log)
            began = time.monotonic()
            assert worker.end() == 0
            assert time.monotonic() - began < 5
        sent = len(site.smtp.arrived)
        assert sent < 200, "it was not at work any more"
        assert outbox(site)["sent"] == sent
        assert outbox(site)["sending"] == 0, "the mail at hand was not finished"
        assert site.left() + site.handled() == 200
        with site.start("run", now=LATER) as worker:
            until(lambda: len(site.smtp.arrived) >= 200, why=lambda: worker.log)
            until(lambda: not site.left(), why=lambda: worker.log)
            until(lambda: outbox(site)["sent"] == 200)
            assert worker.end(signal.SIGINT) == 0
        assert Counter(len(all_of) for all_of in subjects(site.smtp).values()) == {1: 200}
        all_is_well(site, 200)


def test_killed_again_and_again_it_loses_nothing_and_doubles_only_what_is_in_doubt(tmp_path: Path) -> None:
    moments = random.Random(60)
    killed_at_work = 0
    with opened(tmp_path, capacity=45, extra=worker_settings(batch=4)) as site:
        for rounds in range(4):
            arrives(site, *range(rounds * 15, rounds * 15 + 15))
            sent = len(site.smtp.arrived)
            with site.start("run", now=BEFORE_DAWN) as worker:
                worker.says("running:")
                # In the middle of reading, or of sending: some mails after the first sign of life.
                wanted = sent + moments.randrange(6)
                until(lambda n=wanted: len(site.smtp.arrived) > n or not site.left())
                time.sleep(moments.random() * 0.1)
                worker.kill()
            killed_at_work += site.left() > 0 or outbox(site)["queued"] + outbox(site)["sending"] > 0
        assert killed_at_work, "no kill fell into the work"
        # In doubt for ten minutes, by the clock that `--now` shows.
        with site.start("run", now=LATER) as worker:
            until(
                lambda: not site.left() and set(outbox(site)) == {"sent"} and outbox(site)["sent"] == 60,
                why=lambda: (worker.log, outbox(site)),
            )
            assert worker.end() == 0
        all_is_well(site, 60)
        for person in PEOPLE[:60]:
            assert len(message_ids(site.smtp, person.address)) == 1, "another mail, not the same again"
        assert sum(len(all_of) - 1 for all_of in subjects(site.smtp).values()) <= 4


def test_a_server_that_has_fallen_silent_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with opened(tmp_path) as site, Relay(site.mailbox.port, stall_after=1500) as wire:
        site.environ["MAILFLOW_MAILBOX__PORT"] = str(wire.port)
        arrives(site, *range(3))
        with site.start("run", now=BEFORE_DAWN) as worker:
            until(lambda: wire.received > 1500, why=lambda: worker.log)
            assert worker.end(seconds=30) == 0
        assert "does not answer" in worker.log
        wire.stall_after = None
        assert site.mailflow("poll", now=LATER).status == 0
        assert Counter(len(all_of) for all_of in subjects(site.smtp).values()) == {1: 3}
        all_is_well(site, 3)


# --- cut off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_mailbox_server_that_was_away_is_found_again(tmp_path: Path, how: str) -> None:
    with opened(tmp_path, extra=worker_settings(poll_seconds=4)) as site:
        with site.start("run", now=BEFORE_DAWN) as worker:
            arrives(site, 0)
            until(lambda: answered(site, 0), why=lambda: worker.log)
            getattr(site.mailbox, how)()
            worker.says("connection refused")
            assert site.look("status", now=BEFORE_DAWN).status == 69
            arrives(site, 1)
            site.mailbox.start()
            until(lambda: answered(site, 1), 15, why=lambda: worker.log)
            # And it hears of mail at once again.
            arrives(site, 2)
            assert until(lambda: answered(site, 2), why=lambda: worker.log) < 10
            assert worker.end() == 0
        all_is_well(site, 3, now=BEFORE_DAWN)
        assert site.status(now=BEFORE_DAWN)["healthy"], site.status()["problems"]


def test_while_no_mail_can_leave_seats_are_kept_and_answered_later(tmp_path: Path) -> None:
    need_dovecot()
    smtp = SmtpServer()
    with smtp:
        pass  # it has been there: its port is known, and closed
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox:
        site = Site(tmp_path, mailbox, smtp, extra=worker_settings(poll_seconds=2))
        with site.start("run", now=BEFORE_DAWN) as worker:
            arrives(site, *range(5))
            until(lambda: site.handled() == 5, why=lambda: worker.log)
            worker.says("connection refused")
            assert [row["state"] for row in site.seats()] == ["confirmed"] * 5
            assert outbox(site) == {"queued": 5}
            row = site.status(now=BEFORE_DAWN)
            assert not row["healthy"]
            assert f"127.0.0.1:{smtp.port}" in " ".join(row["problems"])
            with smtp:
                until(lambda: len(smtp.arrived) == 5, why=lambda: worker.log)
                until(lambda: outbox(site) == {"sent": 5})
                assert worker.end() == 0
        assert Counter(len(all_of) for all_of in subjects(smtp).values()) == {1: 5}
        all_is_well(site, 5, now=BEFORE_DAWN)
        assert site.status(now=BEFORE_DAWN)["healthy"]


def test_the_organisers_are_told_once_of_a_mailbox_that_stays_away(tmp_path: Path) -> None:
    with opened(tmp_path) as site:
        assert site.mailflow("poll", now=BEFORE_DAWN).status == 0
        site.mailbox.stop()
        for _ in range(2):
            with site.start("run", now=LATER) as worker:  # an hour later; alarm.mailbox_minutes is 30
                worker.says("connection refused")
                until(lambda: set(outbox(site)) == {"sent"}, why=lambda: worker.log)
                assert worker.end() == 0
        assert sorted(one.recipient for one in site.smtp.arrived) == sorted(ORGANISERS)
        assert site.look("status", now=LATER).status == 69


# --- the organisers' page ----------------------------------------------------------------------------


def digests(site: Site) -> list[tuple[str, str]]:
    """Recipient and subject of every digest that was taken."""
    return [
        (one.recipient, str(read(one.content)["Subject"]))
        for one in list(site.smtp.arrived)
        if one.recipient in ORGANISERS
    ]


def runs(site: Site, *, now: str, number: int, digest: bool) -> None:
    """It runs from then on until a mail that came is answered, and until the digest left, if one is due."""
    before = len(digests(site))
    with site.start("run", now=now) as worker:
        arrives(site, number)
        until(lambda: answered(site, number), why=lambda: worker.log)
        if digest:
            until(lambda: len(digests(site)) == before + 2, why=lambda: worker.log)
        until(lambda: set(outbox(site)) == {"sent"})
        assert worker.end() == 0
    assert len(digests(site)) == before + 2 * digest


def test_the_digest_leaves_at_its_hour_once_for_each_organiser(tmp_path: Path) -> None:
    with opened(tmp_path) as site:
        # It is started before the hour, and the hour comes while it runs.
        with site.start("run", now="2018-10-20T07:29:57+02:00") as worker:
            arrives(site, 0)
            until(lambda: len(digests(site)) == 2, 30, why=lambda: worker.log)
            until(lambda: set(outbox(site)) == {"sent"})
            assert worker.end() == 0
        runs(site, now="2018-10-20T07:31:00+02:00", number=1, digest=False)
        runs(site, now="2018-10-20T23:59:00+02:00", number=2, digest=False)
        assert sorted(to for to, _ in digests(site)) == sorted(ORGANISERS)
        content = next(one.content for one in site.smtp.arrived if one.recipient == ORGANISERS[0])
        body = read(content).get_body(("plain",))
        assert body is not None
        assert "Open Werkplaats Spoorzone" in body.get_content()


def test_on_the_night_of_two_half_past_twos_there_is_one_digest(tmp_path: Path) -> None:
    with opened(tmp_path, extra='\n[digest]\nat = "02:30"\n') as site:
        due = [
            ("2018-10-27T02:30:01+02:00", True),
            ("2018-10-28T02:30:01+02:00", True),
            ("2018-10-28T02:10:00+01:00", False),  # the clock was put back
            ("2018-10-28T02:30:01+01:00", False),
            ("2018-10-29T02:30:01+01:00", True),
        ]
        for number, (now, digest) in enumerate(due):
            runs(site, now=now, number=number, digest=digest)
        assert Counter(to for to, _ in digests(site)) == dict.fromkeys(ORGANISERS, 3)
