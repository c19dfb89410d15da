"""The main job on a real mailbox: the `mailflow` command, Dovecot, SMTP, an event of its own.

A hundred seats and a hundred and twenty who want one; their mails lie in the mailbox in another order
than the one in which they arrived.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from imapclient import IMAPClient

from tests.command import ADDRESS, OPENED, ORGANISERS, PASSWORD, PEOPLE, Ran, Site, read, subjects, until
from tests.dovecot import Dovecot, need_dovecot
from tests.postfix import running_postfix, why_not
from tests.smtp_servers import SmtpServer, authority_file

NOT_COMING = (
    "Beste mensen,\n\nHelaas ben ik op 24 november verhinderd. Ik meld mij hierbij af.\n\nGroet,\nAnouk\n"
)
STATUS_KEYS = [
    "event", "now", "capacity", "held", "confirmed", "offered", "waitlisted", "cancelled", "review", "free",
    "over", "mails", "outbox", "last_good_poll", "healthy", "problems",
]  # fmt: skip
SEAT_KEYS = [
    "ref", "seat", "state", "name", "contact", "organisation", "involvement", "projects", "workshops",
    "language", "arrival", "position",
]  # fmt: skip


@contextmanager
def opened(folder: Path, **more: Any) -> Iterator[Site]:
    """A deployment on servers of its own."""
    need_dovecot()
    with Dovecot(user=ADDRESS, password=PASSWORD) as mailbox, SmtpServer() as smtp:
        yield Site(folder, mailbox, smtp, **more)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A deployment with a house of a hundred."""
    with opened(tmp_path) as one:
        yield one


@contextmanager
def another_client(mailbox: Dovecot) -> Iterator[IMAPClient]:
    """A person's mail program in the same INBOX."""
    with IMAPClient(mailbox.host, mailbox.port, ssl=False) as client:
        client.login(mailbox.user, mailbox.password)
        client.select_folder("INBOX")
        yield client


def ledger(site: Site) -> list[str]:
    """Everything in the database but when the mailbox was last read."""
    with closing(sqlite3.connect(site.database)) as conn:
        return [line for line in conn.iterdump() if not line.startswith('INSERT INTO "watermark"')]


# --- a hundred and twenty --------------------------------------------------------------------------


@dataclass(frozen=True)
class FullHouse:
    """The house after one poll, and what it said."""

    site: Site
    polled: Ran
    status: Ran
    seats: Ran
    told: dict[str, list[str]]
    uids_by_arrival: list[int]
    left: int
    handled: int


@pytest.fixture(scope="module")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullHouse]:
    """A hundred and twenty registrations, read in one poll."""
    with opened(tmp_path_factory.mktemp("house")) as site:
        order = list(range(120))
        random.Random(2018).shuffle(order)
        for place, number in enumerate(order):
            arrival = OPENED + timedelta(minutes=number)
            # Their own clocks are wrong: the Date field is no arrival.
            raw = PEOPLE[number].mail(date=OPENED - timedelta(hours=number))
            site.deliver(raw, arrival, name=f"{1_500_000_000 + place}.M{place}P1.test")
        with another_client(site.mailbox) as client:
            dates = client.fetch(client.search(), ["INTERNALDATE"])
            uids = sorted(dates, key=lambda uid: dates[uid][b"INTERNALDATE"])
        polled = site.mailflow("poll")
        yield FullHouse(
            site,
            polled,
            site.mailflow("status", "--json"),
            site.mailflow("list", "--json"),
            subjects(site.smtp),
            uids,
            site.left(),
            site.handled(),
        )


def test_a_hundred_are_seated_and_twenty_wait_in_order_of_arrival(full_house: FullHouse) -> None:
    assert full_house.polled.status == 0, full_house.polled.err
    assert full_house.polled.err == ""
    assert full_house.uids_by_arrival != sorted(full_house.uids_by_arrival), "UIDs in order of arrival"
    seats = full_house.seats.rows
    assert [row["name"] for row in seats] == [person.name for person in PEOPLE[:120]]
    assert [row["contact"] for row in seats] == [person.address for person in PEOPLE[:120]]
    assert [row["state"] for row in seats] == ["confirmed"] * 100 + ["waitlisted"] * 20
    assert [row["seat"] for row in seats] == [*range(1, 101), *[None] * 20]
    assert [row["position"] for row in seats] == [*[None] * 100, *range(1, 21)]
    assert {row["language"] for row in seats[::2]} == {"nl"}
    assert {row["language"] for row in seats[1::2]} == {"en"}


def test_everybody_is_answered_once_and_told_the_truth(full_house: FullHouse) -> None:
    assert len(full_house.told) == 120
    for number, person in enumerate(PEOPLE[:120]):
        (subject,) = full_house.told[person.address]
        words = ("Confirmed:", "Waiting list:") if person.abroad else ("Bevestigd:", "Wachtlijst:")
        assert subject.startswith(words[number >= 100]), (number, subject)
        assert full_house.seats.rows[number]["ref"] in subject or number >= 100
    content = next(a.content for a in full_house.site.smtp.arrived if a.recipient == PEOPLE[119].address)
    body = read(content).get_body(("plain",))
    assert body is not None
    assert "20" in body.get_content(), "the last of the list is told their place on it"


def test_what_is_handled_is_moved_away(full_house: FullHouse) -> None:
    assert (full_house.left, full_house.handled) == (0, 120)


def test_status_and_list_speak_as_promised(full_house: FullHouse) -> None:
    for ran in (full_house.status, full_house.seats):
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.isascii()
        assert ran.out.endswith("}\n")
        assert "\r" not in ran.out
    (row,) = full_house.status.rows
    assert list(row) == STATUS_KEYS
    when = "2018-10-20T10:00:00+00:00"
    assert row == {
        "event": "open-werkplaats", "now": when, "capacity": 100, "held": 0, "confirmed": 100,
        "offered": 0, "waitlisted": 20, "cancelled": 0, "review": 0, "free": 0, "over": 0,
        "mails": {"seen": 120, "handled": 120, "ignored": 0, "review": 0, "set_aside": 0, "unaccounted": 0},
        "outbox": {"queued": 0, "sending": 0, "sent": 120, "failed": 0},
        "last_good_poll": when, "healthy": True, "problems": [],
    }  # fmt: skip
    assert len(full_house.seats.rows) == 120
    for number, row in enumerate(full_house.seats.rows):
        assert list(row) == SEAT_KEYS
        arrival = (OPENED + timedelta(minutes=number)).astimezone(UTC)
        assert (row["arrival"], row["organisation"], row["projects"]) == (arrival.isoformat(), None, [])


def test_another_poll_does_nothing(full_house: FullHouse) -> None:
    site = full_house.site
    before, sent, handled = ledger(site), len(site.smtp.arrived), site.handled()
    ran = site.mailflow("poll")
    assert (ran.status, ran.err) == (0, "")
    assert ledger(site) == before
    assert (len(site.smtp.arrived), site.left(), site.handled()) == (sent, 0, handled)


def test_who_gives_up_a_seat_gives_it_to_the_first_of_the_list(tmp_path: Path) -> None:
    with opened(tmp_path, capacity=3) as site:
        for number, person in enumerate(PEOPLE[:6]):
            site.deliver(person.mail(), OPENED + timedelta(minutes=number))
        assert site.mailflow("poll").status == 0
        ours = next(a.content for a in site.smtp.arrived if a.recipient == PEOPLE[0].address)
        reply = PEOPLE[0].mail(NOT_COMING, subject=f"Re: {read(ours)['Subject']}", answers=ours)
        site.deliver(reply, OPENED + timedelta(hours=5))
        ran = site.mailflow("poll")
        assert ran.status == 0, ran.err
        told = subjects(site.smtp)
        assert len(told[PEOPLE[0].address]) == 2
        assert told[PEOPLE[0].address][1].startswith("Afgemeld")
        assert told[PEOPLE[3].address][1].startswith("Confirmed after all")
        assert len(site.smtp.arrived) == 8, "nobody is told of a shift in position"
        rows = {row["contact"]: row for row in site.seats()}
        found = [
            (rows[p.address]["state"], rows[p.address]["seat"], rows[p.address]["position"])
            for p in PEOPLE[:6]
        ]
        assert found == [
            ("cancelled", None, None), ("confirmed", 2, None), ("confirmed", 3, None),
            ("confirmed", 1, None), ("waitlisted", None, 1), ("waitlisted", None, 2),
        ]  # fmt: skip
        assert site.is_sound()


# --- check -----------------------------------------------------------------------------------------


def test_check_finds_all_well_by_tls_and_the_folders_once_they_are_there(tmp_path: Path) -> None:
    need_dovecot()
    authority = trustme.CA()
    smtp = SmtpServer(
        tls="starttls", authority=authority, certified_for="127.0.0.1", logins={"poster": "s3cret"}
    )
    with Dovecot(user=ADDRESS, password=PASSWORD, tls=True) as mailbox, smtp:
        site = Site(tmp_path, mailbox, smtp)
        # All of it by the environment and secrets by file, over what the file says.
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "smtp").write_text("s3cret\n")
        site.environ |= {
            "MAILFLOW_MAILBOX__TLS": "implicit",
            "MAILFLOW_MAILBOX__PORT": str(mailbox.tls_port),
            "MAILFLOW_MAILBOX__CA_FILE": mailbox.ca_file,
            "MAILFLOW_SMTP__TLS": "starttls",
            "MAILFLOW_SMTP__USER": "poster",
            "MAILFLOW_SMTP__PASSWORD_FILE": "secrets/smtp",
            "MAILFLOW_SMTP__CA_FILE": authority_file(authority, tmp_path),
        }
        ran = site.mailflow("check")
        assert ran.status == 0, ran.out
        assert all(line.startswith("ok ") for line in ran.out.splitlines()), ran.out
        assert ran.out.count("will be created") == 3, "the database and both folders"
        assert not site.database.exists()
        site.deliver(PEOPLE[0].mail())
        assert site.mailflow("poll").status == 0
        assert subjects(smtp)[PEOPLE[0].address][0].startswith("Bevestigd")
        # The mailbox by STARTTLS on its other port; all is there now but the folder nothing went to.
        site.environ |= {"MAILFLOW_MAILBOX__TLS": "starttls", "MAILFLOW_MAILBOX__PORT": str(mailbox.port)}
        ran = site.mailflow("check")
        assert ran.status == 0, ran.out
        assert ran.out.count("will be created") == 1
        assert "Mailflow/Review: will be created" in ran.out
        assert "login poster" in ran.out


def test_answers_leave_through_a_real_postfix(site: Site) -> None:
    reason = why_not()
    if reason and os.environ.get("MAILFLOW_REQUIRE_SERVERS") != "1":
        pytest.skip(reason)
    with running_postfix() as postfix:
        site.environ |= {
            "MAILFLOW_SMTP__HOST": "localhost",
            "MAILFLOW_SMTP__PORT": str(postfix.port),
            "MAILFLOW_SMTP__TLS": "starttls",
            "MAILFLOW_SMTP__CA_FILE": postfix.authority_file,
        }
        raw = PEOPLE[0].mail().replace(PEOPLE[0].address.encode(), b"jan@participants.example")
        site.deliver(raw)
        ran = site.mailflow("poll")
        assert ran.status == 0, ran.err
        (stored,) = postfix.arrived(1)
        message = read(stored)
        assert str(message["Subject"]).startswith("Bevestigd: Open Werkplaats Spoorzone")
        assert message["Auto-Submitted"] == "auto-replied"
        assert message["Return-Path"] == f"<{ADDRESS}>"
        assert not message.defects


# --- others at the same mailbox ----------------------------------------------------------------------


def test_two_polls_at_once_do_everything_once(tmp_path: Path) -> None:
    with opened(tmp_path, capacity=40, extra="[worker]\nbatch = 7\n") as site:
        for number, person in enumerate(PEOPLE[:60]):
            site.deliver(person.mail(), OPENED + timedelta(minutes=number))
        # There is no database yet: both want to make it, too.
        with site.start("poll") as one, site.start("poll") as other:
            for worker in (one, other):
                assert worker.process.wait(60) == 0, worker.log
                assert "Traceback" not in worker.log
        assert Counter(len(all_of) for all_of in subjects(site.smtp).values()) == {1: 60}
        status = site.status()
        assert (status["confirmed"], status["waitlisted"]) == (40, 20)
        assert status["mails"] == {
            "seen": 60, "handled": 60, "ignored": 0, "review": 0, "set_aside": 0, "unaccounted": 0
        }  # fmt: skip
        assert (site.left(), site.handled()) == (0, 60)
        assert site.is_sound()


def settled(status: dict[str, Any]) -> bool:
    """Nothing is on its way any more."""
    return status["outbox"]["queued"] == status["outbox"]["sending"] == status["mails"]["unaccounted"] == 0


def test_another_mail_program_at_work_in_the_folder_loses_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, extra="[worker]\nbatch = 3\npoll_seconds = 1\n") as site:
        for number, person in enumerate(PEOPLE[:60]):
            site.deliver(person.mail(), OPENED + timedelta(minutes=number))
        with another_client(site.mailbox) as client, site.start("run") as worker:
            client.create_folder("Elders")
            client.add_flags(client.search(), [b"\\Seen"], silent=True)
            until(lambda: site.smtp.arrived, why=lambda: worker.log)
            there = client.search()
            # The last two to be handled: they stand at the end of both orders.
            client.copy(there[-1:], "Elders")
            client.delete_messages(there[-2:])
            client.expunge()
            client.noop()
            # What was taken away while it was in hand is known to be gone by the next round.
            until(lambda: not site.left() and settled(site.status()), why=lambda: worker.log)
            status = site.status()
            assert worker.end() == 0
        # The two that were taken away: read before that or not, they are accounted for.
        gone = 60 - status["mails"]["handled"]
        assert gone <= 2
        assert status["mails"]["ignored"] <= gone
        assert status["mails"]["review"] == status["mails"]["set_aside"] == 0
        assert (status["mails"]["unaccounted"], status["healthy"]) == (0, True)
        told = {to: got for to, got in subjects(site.smtp).items() if to not in ORGANISERS}
        assert Counter(len(all_of) for all_of in told.values()) == {1: 60 - gone}
        assert {person.address for person in PEOPLE[:58]} <= set(told)
        assert site.is_sound()


def test_a_mailbox_that_numbers_its_mail_anew_is_read_again_and_nobody_answered_twice(tmp_path: Path) -> None:
    need_dovecot()
    # Without MOVE and UIDPLUS handled mail stays in the folder: all of it is found again.
    bare = Dovecot(user=ADDRESS, password=PASSWORD, without=("MOVE", "UIDPLUS"))
    with bare as mailbox, SmtpServer() as smtp:
        site = Site(tmp_path, mailbox, smtp, capacity=5)
        for number, person in enumerate(PEOPLE[:8]):
            site.deliver(person.mail(), OPENED + timedelta(minutes=number))
        assert site.mailflow("poll").status == 0
        before = site.seats()
        for number, person in enumerate(PEOPLE[8:11]):
            site.deliver(person.mail(), OPENED + timedelta(hours=1, minutes=number))
        # One of them was begun by a worker that died at it: tried, not finished, and now numbered anew.
        with closing(sqlite3.connect(site.database)) as conn, conn:
            row = conn.execute("SELECT event_id, mailbox, uidvalidity, arrival FROM message").fetchone()
            conn.execute(
                "INSERT INTO message (event_id, mailbox, uidvalidity, uid, arrival, attempts, tried_at)"
                " VALUES (?, ?, ?, 9, ?, 1, ?)",
                (*row, row[3]),
            )
        assert site.status()["mails"]["unaccounted"] == 3
        mailbox.forget_uids()
        ran = site.mailflow("poll")
        assert ran.status == 0, ran.err
        assert site.seats()[:8] == before
        assert [row["position"] for row in site.seats("waitlisted")] == [1, 2, 3, 4, 5, 6]
        assert Counter(len(all_of) for all_of in subjects(smtp).values()) == {1: 11}
        status = site.status()
        assert (status["healthy"], status["mails"]["unaccounted"]) == (True, 0)
        assert (status["mails"]["handled"], status["mails"]["ignored"]) == (11, 9)
        assert site.is_sound()
