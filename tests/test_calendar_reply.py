"""The calendar's own answer is read, however the calendar writes it."""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.core.requests import CalendarReply, Proof
from mailflow.core.thread import calendar_uid
from mailflow.reading.calendar_reply import read_reply
from mailflow.reading.model import Calendar, Ours, Reading
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.understand import read
from tests.reader import CORPUS, EVENT, LEXICON


def reply(*lines: str, method: str = "REPLY", end: str = "\r\n") -> str:
    return end.join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", f"METHOD:{method}", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    )  # fmt: skip


FULL = (
    "UID:1@dag.example",
    "SEQUENCE:2",
    "DTSTAMP:20190304T091200Z",
    'ATTENDEE;CN="Pot, Jan";PARTSTAT=DECLINED:mailto:Jan@Pot.example',
    "COMMENT:Ik ben ziek\\, helaas",
)


def test_a_reply_is_read_whole() -> None:
    assert read_reply(reply(*FULL)) == Calendar(
        partstat="DECLINED",
        attendee="jan@pot.example",
        attendee_name="Pot, Jan",
        uid="1@dag.example",
        sequence=2,
        stamped="2019-03-04T09:12:00+00:00",
        comment="Ik ben ziek, helaas",
    )


@pytest.mark.parametrize(
    ("file", "partstat", "attendee"),
    [
        ("053.eml", "ACCEPTED", "m.degroot@gemeente-hellevliet.example"),
        ("068.eml", "DECLINED", "r.tjonaloi@havensteder-zuid.example"),
        ("071.eml", "DECLINED", "joke.ravensbergen@gmail.example"),
    ],
)
def test_the_replies_of_the_example_mailbox_are_read(file: str, partstat: str, attendee: str) -> None:
    found = read_reply(parse((CORPUS / file).read_bytes()).calendar)
    assert found is not None
    assert (found.partstat, found.attendee) == (partstat, attendee)


@pytest.mark.parametrize(
    "text",
    [
        reply(*FULL, end="\n"),
        reply(*FULL, "DTSTART;TZID=W. Europe Standard Time:20190404T130000"),
        reply(*FULL, "DTSTART;TZID=Nowhere/Nothing:20190404T130000"),
        reply(*FULL, "DTSTART:nonsense"),
        reply(*FULL, "X-BROKEN;;;=:x", "no colon here"),
        reply("ORGANIZER:mailto:aanmelden@dag.example", *FULL),
        reply(*FULL).replace("mailto:Jan@", "mailto:\r\n Jan@"),
        reply(*FULL).replace("END:VEVENT\r\nEND:VCALENDAR\r\n", ""),
        reply(*FULL).replace("PARTSTAT=DECLINED", "partstat=declined"),
        reply(*FULL).replace("METHOD:REPLY", "METHOD:reply"),
        "\ufeff" + reply(*FULL),
    ],
    ids=["bare line ends", "windows zone", "unknown zone", "broken time", "broken lines", "organizer", "folded", "cut off",
         "small letters", "small method", "byte order mark"],
)  # fmt: skip
def test_a_calendars_own_ways_do_not_matter(text: str) -> None:
    found = read_reply(text)
    assert found is not None
    assert (found.partstat, found.attendee, found.uid, found.sequence) == (
        "DECLINED",
        "jan@pot.example",
        "1@dag.example",
        2,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hoi",
        "BEGIN:VCALENDAR",
        reply(*FULL, method="REQUEST"),
        reply(*FULL, method="CANCEL"),
        reply("UID:1"),
        reply("UID:1", "ATTENDEE:mailto:jan@pot.example"),
        reply("UID:1", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:jan@pot.example"),
    ],
)
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read_reply(text) is None


def test_another_time_that_is_proposed_is_neither_a_yes_nor_a_no() -> None:
    found = read_reply(reply(*FULL, method="COUNTER"))
    assert found is not None
    assert (found.partstat, found.attendee) == ("COUNTER", "jan@pot.example")


def test_an_address_that_is_written_as_a_uri_is_read_as_an_address() -> None:
    found = read_reply(reply("UID:1", "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:j%C3%B6rg%2Bdag@pot.example"))
    assert found is not None
    assert found.attendee == "jörg+dag@pot.example"


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 400), piece=st.text(max_size=12), gone=st.integers(0, 60))
def test_a_damaged_calendar_never_raises(at: int, piece: str, gone: int) -> None:
    text = reply(*FULL)
    read_reply(text[:at] + piece + text[at + gone :])


# Whole mails as the programs build them (corpus/calendar), answering an invitation of ours.

SECRET = b"0123456789abcdef0123456789abcdef"
DAY = Ours("aanmelden@dijkendag.example")
UID = calendar_uid(SECRET, "dijkendag.example", "DD-7F3Q")
# The UID as Exchange 2007 wraps what is none of its own ([MS-OXOCAL] section 2.2.1.27).
INSIDE = b"vCal-Uid\x01\0\0\0" + UID.encode() + b"\0"
WRAPPED = (b"\x04\0\0\0\x82\0\xe0\0\x74\xc5\xb7\x10\x1a\x82\xe0\x08" + bytes(20)).hex().upper() + (
    len(INSIDE).to_bytes(4, "little") + INSIDE
).hex().upper()
JO, NAME = "jo@gemeente-westerdijk.example", "Jo van der Meer"
STAMP = datetime(2031, 5, 2, 7, 14, 4, tzinfo=UTC)
PLACE = re.compile(rb"(?<=Content-Transfer-Encoding: base64\n)((?:[^\n]+\n)*\n)((?:[A-Za-z0-9+/=]{1,76}\n)+)")


def whole(file: str, uid: str = UID) -> bytes:
    """A mail of the folder with a real UID in its place, also inside base64."""

    def filled(found: re.Match[bytes]) -> bytes:
        inside = base64.b64decode(found.group(2))
        put = inside.replace(b"@UID@", uid.encode()).replace(b"@HEX@", WRAPPED.encode())
        return found.group(1) + (base64.encodebytes(put) if put != inside else found.group(2))

    raw = (CORPUS / "calendar" / f"{file}.eml").read_bytes()
    return PLACE.sub(filled, raw).replace(b"@UID@", uid.encode())


def asked_of(raw: bytes, ours: Ours = DAY, secret: bytes = SECRET) -> tuple[CalendarReply, Reading]:
    mail = parse(raw)
    reading = read(mail, EVENT, LEXICON, ours)
    found = request(reading, mail, key="k", arrival=STAMP, uid=1, secret=secret, ours=ours)
    assert isinstance(found, CalendarReply)
    return found, reading


PROGRAMS = {
    "outlook-365-accepted-nl": ("ACCEPTED", JO, NAME, 0, ""),
    "outlook-web-tentative-en": ("TENTATIVE", JO, "Meer, Jo van der", 0, "I may be late, train from Groningen"),
    "outlook-ios-declined-fr": ("DECLINED", JO, NAME, 2, "Désolé, je suis malade.\n\nEnvoyé de Outlook pour iOS"),
    "outlook-desktop-smtp-declined-de": ("DECLINED", JO, NAME, 1, "Ich kann leider nicht, viele Grüße"),
    "exchange-alias-declined-de": ("DECLINED", JO, NAME, 0, "Bin leider im Urlaub"),
    "exchange-alias-attendee-accepted": ("ACCEPTED", "jo.vandermeer@westerdijk.example", NAME, 0, ""),
    "exchange-2007-vcal-uid-accepted": ("ACCEPTED", JO, NAME, 4, ""),
    "exchange-automatically-declined": ("DECLINED", JO, NAME, 0, "Your request was declined because there are conflicts."),
    "outlook-365-counter-en": ("COUNTER", JO, NAME, 1, "Could it be an hour later?"),
    "outlook-365-stranger-accepted": ("ACCEPTED", "piet@vreemd.example", "Piet Vreemd", 0, ""),
    "gmail-accepted-en": ("ACCEPTED", JO, NAME, 0, ""),
    "gmail-declined-note-nl": ("DECLINED", JO, NAME, 0, "Ik moet die dag werken"),
    "gmail-counter-en": ("COUNTER", JO, NAME, 0, ""),
    "apple-mail-accepted-en": ("ACCEPTED", JO, NAME, 1, ""),
    "icloud-declined-nl": ("DECLINED", JO, NAME, 3, "Verhinderd"),
    "thunderbird-accepted-nl": ("ACCEPTED", JO, NAME, 5, ""),
    "thunderbird-older-sequence-nl": ("DECLINED", JO, NAME, 0, ""),
    "zimbra-delegated-en": ("DELEGATED", JO, NAME, 1, "Sanne will come for me."),
    "nextcloud-accepted-de": ("ACCEPTED", JO, NAME, 2, ""),
    "notes-declined-en": ("DECLINED", JO, "Jo van der Meer/WD", 0, "Sorry, no time"),
}  # fmt: skip


def test_every_mail_of_the_folder_stands_in_the_table() -> None:
    assert {p.stem for p in (CORPUS / "calendar").glob("*.eml")} == PROGRAMS.keys()


@pytest.mark.parametrize("file", PROGRAMS)
def test_what_a_program_sends_is_read_whole_and_leads_to_its_registration(file: str) -> None:
    partstat, attendee, name, sequence, comment = PROGRAMS[file]
    found, _ = asked_of(whole(file))
    assert (found.partstat, found.attendee, found.attendee_name) == (partstat, attendee, name)
    assert (found.sequence, found.comment) == (sequence, comment)
    assert found.stamped_at == (STAMP if "older" not in file else datetime(2031, 4, 20, 7, 14, 4, tzinfo=UTC))
    assert (found.uid, found.ref) == (UID, "DD-7F3Q")
    assert found.sender.proof is Proof.TOKEN
    assert found.sender.thread is not None
    assert found.sender.thread.ref == "DD-7F3Q"


@pytest.mark.parametrize(
    ("file", "contact"),
    [
        ("nextcloud-accepted-de", JO),  # sent by a machine in their name
        ("gmail-accepted-en", JO),
        ("exchange-alias-declined-de", "jo.vandermeer@westerdijk.example"),
        ("outlook-365-stranger-accepted", "piet@vreemd.example"),
    ],
)
def test_it_is_told_who_sent_it_apart_from_who_is_invited(file: str, contact: str) -> None:
    assert asked_of(whole(file))[0].sender.contact == contact


@pytest.mark.parametrize(
    "file", ["exchange-automatically-declined", "gmail-accepted-en", "nextcloud-accepted-de"]
)
def test_an_automatic_reply_of_a_calendar_is_acted_on_and_gets_no_answer(file: str) -> None:
    found, reading = asked_of(whole(file))
    assert found.ref == "DD-7F3Q"
    assert not reading.may_auto_answer


@pytest.mark.parametrize(
    "file", ["outlook-365-accepted-nl", "apple-mail-accepted-en", "thunderbird-accepted-nl"]
)
def test_a_reply_that_a_person_sent_may_be_answered(file: str) -> None:
    assert asked_of(whole(file))[1].may_auto_answer


@pytest.mark.parametrize(
    "uid",
    [UID.upper(), UID.lower(), f"{UID}_R20310605T110000", f"<{UID}>", f"{UID}/20310605", f"  {UID} ", f"{UID}@google.example"],
)  # fmt: skip
def test_a_uid_that_a_program_changed_in_case_or_added_to_is_still_ours(uid: str) -> None:
    assert asked_of(whole("thunderbird-accepted-nl", uid))[0].ref == "DD-7F3Q"


@pytest.mark.parametrize(
    "uid",
    [
        UID.replace("7F3Q", "7F3R"),
        UID[:11] + "0" * 20 + UID[31:],
        UID.replace("dijkendag", "elders"),
        "040000008200E00074C5B7101A82E008" + "00" * 40,
        "abc@google.example",
        "",
    ],
)
def test_a_uid_that_nobody_could_have_from_us_proves_nothing(uid: str) -> None:
    found, _ = asked_of(whole("thunderbird-accepted-nl", uid))
    assert (found.ref, found.sender.proof, found.sender.thread) == ("", Proof.NONE, None)
    assert asked_of(whole("thunderbird-accepted-nl"), secret=b"another secret")[0].ref == ""


def mail_with(part: str, content: str) -> bytes:
    """A mail with an empty text and that part, in base64."""
    encoded = base64.encodebytes(content.encode()).decode()
    return (
        "From: Jan Pot <jan@pot.example>\nTo: dag@dag.example\nSubject: Geweigerd: dag\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\n\n'
        f"--x\n{part}\nContent-Transfer-Encoding: base64\n\n{encoded}--x--\n"
    ).encode()


@pytest.mark.parametrize("method", ["REPLY", "reply", '"Reply"'])
def test_the_method_may_stand_in_the_content_type_alone(method: str) -> None:
    content = reply(*FULL).replace("METHOD:REPLY\r\n", "")
    mail = parse(mail_with(f"Content-Type: text/calendar; charset=utf-8; method={method}", content))
    found = read_reply(mail.calendar)
    assert found is not None
    assert (found.partstat, found.uid) == ("DECLINED", "1@dag.example")


def test_without_a_method_anywhere_it_is_somebodys_calendar_and_no_answer() -> None:
    content = reply(*FULL).replace("METHOD:REPLY\r\n", "")
    assert parse(mail_with("Content-Type: text/calendar; charset=utf-8", content)).calendar == ""


@pytest.mark.parametrize(
    "part",
    [
        'Content-Type: application/octet-stream; name="invite.ics"',
        'Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="Antwoord.ICS"',
        'Content-Type: application/ics; name="reply.ics"',
    ],
)
def test_a_calendar_file_of_no_stated_type_is_known_by_its_name(part: str) -> None:
    found = read_reply(parse(mail_with(part, reply(*FULL))).calendar)
    assert found is not None
    assert found.partstat == "DECLINED"
