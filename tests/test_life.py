"""The whole life of a registration on real servers: IMAP in, SMTP out, a database, a clock that walks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

import icalendar
import pytest

from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office
from tests import desk
from tests.desk import OPENED, Hands, mail, states


class Life:
    """An event on embedded servers: mails come in, the clock walks, answers are read."""

    def __init__(self, folder: Path, servers: EmbeddedServers, capacity: int) -> None:
        self.folder, self.servers = folder, servers
        self.hands = Hands()
        self.office: Office = desk.office(folder, servers, self.hands, capacity)
        self.uid = 0

    def writes(self, who: str, text: str, *, below: Message | None = None, **more: Any) -> None:
        """`who` writes now (below a mail of ours), and a round is made."""
        self.hands.at += timedelta(minutes=1)
        headers = {} if below is None else {"Subject": f"Re: {make_header(decode_header(below['Subject']))}"}
        raw = mail(
            who,
            f"{text}\n\n{who}\n",
            at=self.hands.at,
            subject=headers.pop("Subject", "Repair Café Day"),
            reply_to=str(below["Message-ID"]) if below is not None else "",
            **more,
        )
        self.servers.deliver(raw, self.hands.at)
        self.poll()

    def calendar(self, who: str, below: Message, partstat: str, *, organizer: bool = True) -> None:
        """The calendar of `who` answers the invitation in that mail."""
        self.hands.at += timedelta(minutes=1)
        invitation = event_of(below)
        text = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//calendar//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
            f"UID:{invitation['UID']}\r\nSEQUENCE:{invitation['SEQUENCE']}\r\n"
            f"DTSTAMP:{self.hands.at:%Y%m%dT%H%M%SZ}\r\n"
            + ("ORGANIZER:mailto:join@repair.example\r\n" if organizer else "")
            + f"ATTENDEE;PARTSTAT={partstat};CN={who}:mailto:{desk.address(who)}\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        raw = (
            f"From: {who} <{desk.address(who)}>\r\nTo: join@repair.example\r\n"
            f"Subject: {partstat.title()}: Repair Cafe Day\r\n"
            f"Message-ID: <{partstat}.{self.hands.at:%H%M%S}@x.example>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REPLY; charset=UTF-8\r\n\r\n" + text
        )
        self.servers.deliver(raw.encode(), self.hands.at)
        self.poll()

    def poll(self) -> None:
        """One round."""
        made = self.office.round()
        assert made.trouble == ()

    def passes(self, **span: float) -> None:
        """So much time passes, and a round is made."""
        self.hands.at += timedelta(**span)
        self.poll()

    def is_before_start(self, **span: float) -> None:
        """Now it is so long before the event."""
        self.hands.at = self.office.desk.event.starts.astimezone(OPENED.tzinfo) - timedelta(**span)
        self.poll()

    def got(self, who: str) -> list[Message]:
        """The mails `who` has got, in order."""
        to = desk.address(who)
        return [message_from_bytes(content) for _, rcpt, content in self.servers.outgoing if rcpt == [to]]

    def last(self, who: str) -> Message:
        """The last of them."""
        return self.got(who)[-1]

    def kinds(self, who: str) -> list[str]:
        """Their kinds."""
        return [str(m["Message-ID"]).split(".")[1] for m in self.got(who)]

    def states(self, who: str) -> list[str]:
        """The states of that person's seats."""
        return states(self.office)[desk.address(who).split("@")[0]]


def event_of(message: Message) -> icalendar.Event:
    """The event in the calendar part of that mail."""
    parts = list(message.walk())
    assert parts[-1].get_content_type() == "text/calendar", "the calendar is the last alternative"
    calendar = icalendar.Calendar.from_ical(parts[-1].get_payload(decode=True))
    return calendar.walk("VEVENT")[0]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with desk.servers() as servers:
        yield Life(tmp_path, servers, 2)
    desk.close_all()


REGISTER = "Please register me for the Repair Café Day. I volunteer at the solder bench."


def test_a_seat_is_offered_taken_and_stands_in_the_calendar(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown", "Dee White"):
        life.writes(who, REGISTER)
    assert event_of(life.last("Ann Smith"))["STATUS"] == "CONFIRMED"
    assert [p.get_content_type() for p in life.last("Cas Brown").walk()][-1] != "text/calendar"
    life.is_before_start(hours=50)
    life.writes("Ann Smith", "Unfortunately I cannot come.", below=life.got("Ann Smith")[0])
    assert life.states("Ann Smith") == ["cancelled"]
    assert life.states("Cas Brown") == ["offered"]
    offer = life.last("Cas Brown")
    assert life.kinds("Cas Brown")[-1] == "offered"
    life.writes("Cas Brown", "Yes please!", below=offer)
    assert life.states("Cas Brown") == ["confirmed"]
    assert event_of(life.last("Cas Brown"))["SEQUENCE"] > event_of(offer)["SEQUENCE"]


def test_an_offer_nobody_answers_goes_to_the_next_but_not_while_the_mailbox_is_unread(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown", "Dee White"):
        life.writes(who, REGISTER)
    life.is_before_start(hours=50)
    life.writes("Ann Smith", "Unfortunately I cannot come.", below=life.got("Ann Smith")[0])
    life.hands.at += timedelta(hours=20)
    life.office.lapse()  # the clock without a poll
    assert life.states("Cas Brown") == ["offered"]
    life.poll()
    assert life.states("Cas Brown") == ["waitlisted"]
    assert life.states("Dee White") == ["offered"]
    assert life.kinds("Cas Brown")[-1] == "lapsed"


def test_a_yes_that_arrived_in_time_counts_though_the_worker_was_down(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown", "Dee White"):
        life.writes(who, REGISTER)
    life.is_before_start(hours=50)
    life.writes("Ann Smith", "Unfortunately I cannot come.", below=life.got("Ann Smith")[0])
    offer = life.last("Cas Brown")
    arrived = life.hands.at + timedelta(hours=2)
    raw = mail("Cas Brown", "Yes, I would love to.", at=arrived, reply_to=str(offer["Message-ID"]))
    life.servers.deliver(raw, arrived)
    life.hands.at += timedelta(hours=30)
    life.poll()
    assert life.states("Cas Brown") == ["confirmed"]


def test_a_decline_in_the_calendar_frees_the_seat_after_two_hours(life: Life) -> None:
    for who in ("Ann Smith", "Bob Jones", "Cas Brown"):
        life.writes(who, REGISTER)
    invitation = life.got("Ann Smith")[0]
    life.calendar("Ann Smith", invitation, "DECLINED")
    assert life.states("Ann Smith") == ["confirmed"]
    assert life.kinds("Ann Smith")[-1] == "decline_doubted"
    life.passes(hours=3)
    life.calendar("Ann Smith", invitation, "DECLINED")
    assert life.states("Ann Smith") == ["release_pending"]
    life.passes(hours=3)
    assert life.states("Ann Smith") == ["cancelled"]
    assert life.states("Cas Brown") == ["confirmed"]
    assert event_of(life.last("Ann Smith"))["STATUS"] == "CANCELLED"


def test_a_forged_cancellation_takes_nothing_and_the_holders_yes_does(life: Life) -> None:
    life.writes("Ann Smith", REGISTER)
    bare = mail("Ann Smith", "I cannot come, please cancel my registration.\n\nAnn Smith", at=life.hands.at)
    forged = bare.replace(b"Authentication-Results: mx.repair.example; dmarc=pass\r\n", b"")
    assert forged != bare
    life.servers.deliver(forged, life.hands.at)
    life.poll()
    assert life.states("Ann Smith") == ["confirmed"]
    assert life.kinds("Ann Smith")[-1] == "verify"
    life.writes("Ann Smith", "YES", below=life.last("Ann Smith"))
    assert life.states("Ann Smith") == ["cancelled"]


def test_after_the_days_of_keeping_no_word_of_anybody_is_in_the_file(life: Life) -> None:
    life.writes("Annabel Smithers", REGISTER)
    life.writes("Bob Jones", "Please delete my data.")
    life.writes("Annabel Smithers", "We are from the Lockpick Guild, please note that.")
    life.is_before_start(hours=-40 * 24)
    life.poll()
    life.office.store.close()
    kept = b"".join(p.read_bytes() for p in life.folder.glob("mailflow.db*"))
    assert b"event" in kept
    for word in (b"Smithers", b"smithers", b"annabel", b"Jones", b"bob.jones", b"solder bench", b"Lockpick"):
        at = kept.find(word)
        assert at < 0, kept[max(0, at - 60) : at + 60]
