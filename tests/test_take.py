"""A message at hand: what the gate holds back, what the log says of a failure, what a rehearsal shows."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mailflow.commands_work import _rehearse
from mailflow.core.ledger import Bucket, Slot
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office
from mailflow.receive import take_in
from mailflow.take import Incoming
from tests.desk import OPENED, Hands, address, mail, office, registers, sent, servers, states


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up


def accepts(who: str, **headers: str) -> bytes:
    """A calendar's own "I come"."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{who} <{address(who)}>"
    message["To"] = "join@repair.example"
    message["Subject"] = "Accepted: Repair Café Day"
    message["Message-ID"] = f"<{address(who)}.accepted>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Accepted.\n")
    lines = (
        "BEGIN:VCALENDAR", "METHOD:REPLY", "BEGIN:VEVENT", "UID:1@day.example", "SEQUENCE:0",
        "DTSTAMP:20300501T080000Z", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{address(who)}", "END:VEVENT",
        "END:VCALENDAR", "",
    )  # fmt: skip
    message.add_attachment("\r\n".join(lines), subtype="calendar", params={"method": "REPLY"})
    return message.as_bytes()


def journal(desk: Office) -> str:
    return "\n".join(line.what for line in desk.store.journal(desk.event_id))


def test_a_machine_that_accepts_for_a_stranger_is_not_answered_and_a_person_is(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands())
    running.deliver(accepts("Ann Berg"), OPENED)
    running.deliver(accepts("Bob Carr", Auto_Submitted="auto-generated"), OPENED)
    desk.round()
    assert [(to, kind) for to, kind, _ in sent(running)] == [(address("Ann Berg"), "not_found")]
    assert "answer not_found withheld: not for an automatic answer" in journal(desk)


def refuse_registrations(desk: Office) -> None:
    """The database refuses each new registration, as a broken promise would be."""
    with closing(sqlite3.connect(desk.store.database.url.database or "")) as conn:
        conn.execute(
            "CREATE TRIGGER house_is_shut BEFORE INSERT ON registration "
            "BEGIN SELECT RAISE(ABORT, 'house is shut'); END"
        )


def test_the_log_names_the_line_where_the_database_refused_and_its_word_but_nobody(
    running: EmbeddedServers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="mailflow")
    desk = office(tmp_path, running, Hands())
    refuse_registrations(desk)
    running.deliver(registers("Ann Berg"), OPENED)
    received = desk.round().received
    assert received is not None
    assert received.failed == 1
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "InvariantBroken: the database refused a change" in line
    assert "house is shut" in line
    assert "raised in mailflow.adapters." in line
    assert "mailflow.adapters.engine" not in line
    deeper = [
        r.getMessage() for r in caplog.records if r.levelno == logging.DEBUG and r.name == "mailflow.faults"
    ]
    assert any("carry_out" in one for one in deeper), "the way there, at DEBUG"
    assert "ann" not in caplog.text.casefold().replace("cannot", "")


def test_a_rehearsal_shows_the_mail_that_would_fail_and_the_one_that_would_be_set_aside(
    running: EmbeddedServers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = office(tmp_path, running, Hands(), max_message_bytes=3000)
    running.deliver(registers("Ann Berg"), OPENED)
    for who in ("Bob Carr", "Cas Dow"):
        running.deliver(mail(who, "x " * 3000), OPENED)
    box = desk.mailbox()
    validity = box.open()
    last = max(box.newer_than(0), key=lambda found: found.uid)
    for _ in range(2):
        desk.store.attempt(desk.event_id, [(Slot(box.name, validity, last.uid), OPENED)], OPENED)
    box.close()
    _rehearse(desk)
    said = capsys.readouterr()
    assert [row.split("\t")[3] for row in said.out.splitlines()[1:]] == [
        "handled",
        "would fail, to be tried again: larger than 3000 octets",
        "set_aside larger than 3000 octets",
    ]
    assert "3 mails; nothing was sent, written or moved" in said.err
    assert states(desk) == {}
    assert desk.store.pending(desk.event_id, box.name, validity) == {last.uid: 2}


def test_a_fault_of_the_reading_is_told_without_the_mails_words(
    running: EmbeddedServers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="mailflow")
    desk = office(tmp_path, running, Hands(), lexicon=None)  # as a fault of our own would show
    one = Incoming(Slot("ingest", 0, 77), OPENED, registers("Ann Berg"))
    received = take_in(desk.desk, desk.store, [one], desk.clock)
    assert (received.failed, received.buckets) == (1, {})
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "could not be read: AttributeError; raised in mailflow.reading." in line
    assert "Ann" not in caplog.text
    take_in(desk.desk, desk.store, [one], desk.clock)
    assert take_in(desk.desk, desk.store, [one], desk.clock).buckets == {Bucket.SET_ASIDE: 1}


def test_a_mail_whose_words_leave_open_who_wrote_it_is_shown_to_a_person_and_not_answered(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands())
    text = "I am on leave until 4 June. Your repair day would be something for me, who knows."
    running.deliver(mail("Ann Berg", text, subject="On leave until 4 June"), OPENED)
    notice = "I am out of the office until Monday. For urgent matters please contact my colleague."
    running.deliver(mail("Bob Carr", notice, subject="Out of office"), OPENED)
    desk.round()
    assert sent(running) == []
    assert states(desk) == {}
    assert [(r.reason, r.sender) for r in desk.store.reviews(desk.event_id)] == [
        ("held_back", address("Ann Berg"))
    ]
