"""The entry that an answer puts into a calendar, as calendars read it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.core.effects import Facts, Reply, ReplyKind
from mailflow.core.matters import Offer
from mailflow.core.model import Event, SeatState
from mailflow.core.thread import calendar_uid, code, find, ref_of_uid
from mailflow.writing.compose import compose
from mailflow.writing.invitation import folded, invitation
from mailflow.writing.templates import Templates
from mailflow.writing.wording import one_line, scrub
from tests.writing_samples import (
    CANCELLED,
    CONFIRMED,
    EVENT,
    JO,
    NOW,
    SECRET,
    party,
    read,
    reply,
    sent,
    shipped,
)

DOMAIN = "dijkendag.example"
TWO = party(("Jo van der Meer", CONFIRMED), ("", CONFIRMED))
UNTIL = datetime(2031, 6, 3, 13, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
OFFERED = replace(
    party(("Jo van der Meer", SeatState.OFFERED), ("", SeatState.OFFERED)),
    offers=(Offer(1, NOW, UNTIL, (1, 2)),),
)


def confirmed(**also: Any) -> Reply:
    facts = Facts(TWO, gained=TWO.seats, calendar="request", sequence=3)
    return reply(ReplyKind.CONFIRMED, facts, **also)


def cancelled() -> Reply:
    gone = party(("Jo van der Meer", CANCELLED))
    return reply(ReplyKind.CANCELLED, Facts(gone, lost=gone.seats, calendar="cancel", sequence=4))


def text_of(one: Reply, event: Event = EVENT, language: str = "nl") -> str:
    part = invitation(one, event, secret=SECRET, domain=DOMAIN, language=language, now=NOW)
    assert part is not None
    return part.text


def entry(one: Reply, event: Event = EVENT, language: str = "nl") -> tuple[str, Any]:
    """The method and the one VEVENT, as a calendar reads them."""
    calendar: Any = icalendar.Calendar.from_ical(text_of(one, event, language))
    (found,) = calendar.walk("VEVENT")
    assert found.errors == []
    return str(calendar["METHOD"]), found


def test_a_confirmed_party_is_invited_by_name_to_the_day_itself() -> None:
    method, found = entry(confirmed())
    assert method == "REQUEST"
    assert str(found["UID"]) == calendar_uid(SECRET, DOMAIN, "DD-7F3Q")
    assert ref_of_uid(SECRET, DOMAIN, str(found["UID"])) == "DD-7F3Q"
    assert found["SEQUENCE"] == 3
    assert found["DTSTAMP"].dt == NOW
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (EVENT.starts, EVENT.ends)
    assert str(found["SUMMARY"]) == "Dijkendag"
    assert str(found["LOCATION"]) == EVENT.location
    assert (str(found["STATUS"]), str(found["TRANSP"])) == ("CONFIRMED", "OPAQUE")
    assert str(found["ORGANIZER"]) == f"mailto:{EVENT.address}"
    assert found["ORGANIZER"].params["CN"] == "Dijkendag"


def test_one_guest_stands_on_it_and_is_asked_for_an_answer() -> None:
    _, found = entry(confirmed())
    guest = found["ATTENDEE"]  # a list where there are several
    assert str(guest) == f"mailto:{JO}"
    assert dict(guest.params) == {
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "CN": "Jo van der Meer",
    }


def test_its_words_say_how_many_seats_how_to_give_them_up_and_the_reference() -> None:
    described = str(entry(confirmed())[1]["DESCRIPTION"]).split("\n")
    assert described == [
        "Bevestigd: 2 plaatsen.",
        "Kunt u niet komen? Beantwoord onze e-mail, of wijs deze uitnodiging af.",
        "Kenmerk: DD-7F3Q",
    ]


def test_a_seat_given_up_is_taken_out_of_the_calendar_again() -> None:
    method, found = entry(cancelled())
    assert method == "CANCEL"
    assert str(found["STATUS"]) == "CANCELLED"
    assert found["SEQUENCE"] == 4
    assert str(found["UID"]) == str(entry(confirmed())[1]["UID"])
    assert "RSVP" not in found["ATTENDEE"].params
    assert str(found["ATTENDEE"]) == f"mailto:{JO}"


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("nl", "Aanbod tot dinsdag 3 juni 2031 om 13:00 uur: Dijkendag"),
        ("en", "Offer until Tuesday 3 June 2031 at 13:00: Dijkendag"),
        ("de", "Angebot bis Dienstag, 3. Juni 2031 um 13:00 Uhr: Dijkendag"),
        ("fr", "Proposition jusqu’au mardi 3 juin 2031 à 13 h 00 : Dijkendag"),
    ],
)
def test_an_offer_is_titled_as_one_with_its_deadline(language: str, title: str) -> None:
    facts = Facts(OFFERED, offered=OFFERED.seats, until=UNTIL, calendar="request")
    method, found = entry(reply(ReplyKind.OFFERED, facts), language=language)
    assert method == "REQUEST"
    assert str(found["SUMMARY"]) == title
    assert str(found["STATUS"]) == "TENTATIVE"
    assert str(found["DESCRIPTION"]).count("\n") == 3


def test_who_has_a_seat_and_is_offered_another_keeps_a_certain_one() -> None:
    both = replace(
        party(("Jo van der Meer", CONFIRMED), ("", SeatState.OFFERED)), offers=(Offer(1, NOW, UNTIL, (2,)),)
    )
    _, found = entry(reply(ReplyKind.OFFERED, Facts(both, offered=both.offered, calendar="request")))
    assert str(found["STATUS"]) == "CONFIRMED"
    assert str(found["SUMMARY"]).startswith("Aanbod tot dinsdag 3 juni")
    assert "Bevestigd: 1 plaats." in str(found["DESCRIPTION"])


def test_an_event_that_publishes_asks_nobody_for_an_answer() -> None:
    event = replace(EVENT, calendar="publish")
    method, found = entry(confirmed(), event)
    assert method == "PUBLISH"
    assert "ATTENDEE" not in found
    assert "afwijzen" not in str(found["DESCRIPTION"])
    assert "wijs deze" not in str(found["DESCRIPTION"])
    method, found = entry(cancelled(), event)
    assert (method, "ATTENDEE" in found) == ("CANCEL", False)


@pytest.mark.parametrize(
    ("one", "event"),
    [
        (confirmed(), replace(EVENT, calendar="off")),
        (cancelled(), replace(EVENT, calendar="off")),
        (reply(ReplyKind.STATUS, Facts(TWO)), EVENT),
        (reply(ReplyKind.CONFIRMED, Facts(calendar="request")), EVENT),
    ],
    ids=["off", "off, cancelled", "not asked for", "without a registration"],
)
def test_no_calendar_goes_along_where_none_is_wanted(one: Reply, event: Event) -> None:
    parts = [p.get_content_type() for p in read(sent(one, event)).walk()]
    assert "text/calendar" not in parts
    assert parts[0] == "multipart/alternative"


def test_the_calendar_is_the_last_alternative_and_nothing_is_attached() -> None:
    message = read(sent(confirmed()))
    assert [p.get_content_type() for p in message.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    *_, part = message.iter_parts()
    assert part["content-type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert list(message.iter_attachments()) == []
    assert part.get_payload(decode=True).decode() == text_of(confirmed())
    assert message.defects == part.defects == []


def test_the_method_of_the_part_is_that_of_the_calendar() -> None:
    for one, event in ((cancelled(), EVENT), (confirmed(), replace(EVENT, calendar="publish"))):
        *_, part = read(sent(one, event)).iter_parts()
        method = part["content-type"].params["method"]
        assert f"METHOD:{method}\r\n".encode() in part.get_payload(decode=True)


def test_the_same_answer_is_the_same_bytes_at_every_attempt() -> None:
    assert sent(confirmed()).content == sent(confirmed()).content


@pytest.mark.parametrize("month", [1, 3, 6, 10, 12])
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "UTC"])
def test_the_hour_is_right_in_summer_and_winter_in_any_zone(month: int, zone: str) -> None:
    starts = datetime(2031, month, 30, 19, 30, tzinfo=ZoneInfo(zone))
    event = replace(EVENT, starts=starts, ends=starts + timedelta(hours=7), timezone=zone)
    _, found = entry(confirmed(), event)
    assert found["DTSTART"].dt.astimezone(ZoneInfo(zone)) == starts
    assert found["DTSTART"].dt.utcoffset() == timedelta(0)
    assert found["DTEND"].dt.astimezone(UTC) - found["DTSTART"].dt == timedelta(hours=7)


HARD = [
    'Jo "de dijk" van; der, Meer\\',
    "a\r\nATTENDEE:mailto:evil@x.example",
    "x\x00y\u2028z\u202e",
    "Zoë Wünsche-d’Ärc " * 4,
    "李小龍 👩‍🌾 " * 20,
    "BEGIN:VEVENT",
    "",
    "nl\\n,;:\\\\",
]


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(HARD) | st.text(max_size=90),
    title=(st.sampled_from(HARD) | st.text(max_size=200)),
    place=st.sampled_from(HARD) | st.text(max_size=200),
)
def test_no_name_breaks_out_of_its_line_and_none_is_lost(name: str, title: str, place: str) -> None:
    event = replace(EVENT, name=title, location=place)
    one = scrub(confirmed(name=name))
    text = text_of(one, event)
    assert text.count("\r\n") == text.count("\n") == text.count("\r")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    unfolded = text.replace("\r\n ", "").split("\r\n")
    assert [line for line in unfolded if line.startswith("BEGIN:")] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]
    assert sum(line.startswith("ATTENDEE") for line in unfolded) == 1
    _, found = entry(one, event)
    assert str(found["SUMMARY"]) == one_line(title)
    assert str(found.get("LOCATION", "")) == one_line(place)
    assert str(found["ATTENDEE"]) == f"mailto:{JO}"


@given(st.text(alphabet="aé李👩", max_size=300))
def test_a_fold_never_cuts_a_character_in_two(line: str) -> None:
    found = folded(line)
    assert found.replace("\r\n ", "") == line
    assert all(len(piece.encode()) <= 75 for piece in found.split("\r\n"))


@pytest.mark.parametrize(
    ("to", "uri"),
    [
        ("jo+dag@x.example", "mailto:jo+dag@x.example"),
        ('"o d?d"@x.example', "mailto:%22o%20d%3Fd%22@x.example"),
        ("jörg@bücher.example", "mailto:j%C3%B6rg@xn--bcher-kva.example"),
    ],
)
def test_an_odd_address_is_a_sound_uri(to: str, uri: str) -> None:
    registration = replace(TWO, contact=to, address=to)
    facts = Facts(registration, gained=TWO.seats, calendar="request")
    *_, part = read(sent(reply(ReplyKind.CONFIRMED, facts, to=to))).iter_parts()
    calendar: Any = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    assert str(calendar.walk("VEVENT")[0]["ATTENDEE"]) == uri


def test_a_name_that_is_a_message_stands_in_no_calendar() -> None:
    _, found = entry(confirmed(name="Win www.prijs.example"))
    assert found["ATTENDEE"].params["CN"] == JO


# Who holds a token of a registration may speak for it (rules: identity).


def test_no_stranger_ever_holds_a_token_of_somebody_elses_registration() -> None:
    for kind in (ReplyKind.STATUS, ReplyKind.CANCELLED, ReplyKind.UNCLEAR):
        envelope = sent(reply(kind, Facts(TWO), to="nieuwsgierig@elders.example"))
        thread = find(SECRET, DOMAIN, envelope.message_id)
        assert thread is not None
        assert (thread.kind, thread.ref) == (kind.value, "")
        assert code(SECRET, kind.value, "DD-7F3Q").encode() not in envelope.content


def with_the_code() -> Templates:
    """The shipped templates with a last line that says the code."""
    sources = dict(shipped()._sources)
    sources["layout.txt.j2"] += "{% if code %}\ncode: {{ code }}\n{% endif %}"
    return Templates(sources)


def test_a_mail_to_a_partys_own_people_says_the_code_and_no_other_does() -> None:
    guest = replace(TWO, seats=(TWO.seats[0], replace(TWO.seats[1], email="Sanne@kantoor.example")))
    said = {}
    for to in (JO, "sanne@kantoor.example", "ander@elders.example"):
        one = reply(ReplyKind.STATUS, Facts(guest), to=to)
        envelope = compose(one, EVENT, with_the_code(), secret=SECRET, cause="c", now=NOW)
        text = read(envelope).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        said[to] = sorted(set(re.findall(r"code: *(\S+)", text)))
    ours = code(SECRET, "status", "DD-7F3Q")
    assert said == {JO: [ours], "sanne@kantoor.example": [ours], "ander@elders.example": []}
