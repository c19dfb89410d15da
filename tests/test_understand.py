"""From the bytes of a mail to the request that the rules understand."""

# ruff: noqa: E501 - mails and their meaning as tables, one a line

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from mailflow.core import thread
from mailflow.core.requests import (
    Affirm,
    Amend,
    CalendarReply,
    Cancel,
    Chatter,
    Enquire,
    FromMail,
    Negate,
    Proof,
    Register,
    Substitute,
    Unclear,
    Undeliverable,
)
from mailflow.reading.as_json import as_json
from mailflow.reading.model import Intent, Kind
from mailflow.reading.parse import parse
from mailflow.reading.understand import read, read_bytes, request
from tests.reader import CORPUS, EVENT, LEXICON, OURS, below, bytes_of, reading_of

SECRET = b"s" * 32
ARRIVAL = datetime(2018, 11, 1, 12, tzinfo=UTC)
OURS_ID = thread.message_id(SECRET, OURS.domain, "confirmed", "KLV-7F3Q", "cause")
KEYS = {
    "file", "kind", "intent", "confidence", "language", "seats", "people", "organisation", "involvement", "projects",
    "workshops", "has_question", "may_auto_answer", "reason", "answers", "reply_text", "decoded", "error",
}  # fmt: skip


def asked_by(raw: bytes) -> FromMail | None:
    mail = parse(raw)
    reading = read(mail, EVENT, LEXICON, OURS)
    return request(reading, mail, key="imap:INBOX:1:2", arrival=ARRIVAL, uid=2, secret=SECRET, ours=OURS)


def asked(text: str, **fields: str) -> FromMail | None:
    return asked_by(bytes_of(text, **fields))


def sample(name: str) -> bytes:
    return (CORPUS / f"{name}.eml").read_bytes()


# --- the object of `mailflow parse --json` ------------------------------------------------------------


def test_the_json_object_has_exactly_the_promised_keys() -> None:
    assert set(as_json(reading_of("Ik kom graag."), "1.eml")) == KEYS


def test_rounds_are_strings_and_null_where_nothing_is_asked() -> None:
    assert as_json(reading_of("Ik kom graag."), "1.eml")["workshops"] == {"1": None, "2": None}


def test_the_json_of_every_sample_mail_is_one_line_of_ascii() -> None:
    for path in CORPUS.glob("*.eml"):
        line = json.dumps(as_json(read_bytes(path.read_bytes(), EVENT, LEXICON, OURS), path.name))
        assert line.isascii()
        assert "\n" not in line


def test_decoded_holds_from_subject_and_the_whole_body() -> None:
    reading = reading_of("Ik kom graag.", sender="Zoë Çelik <zoe@celik.example>", subject="Één plaats")
    assert all(part in reading.decoded for part in ("Zoë Çelik", "Één plaats", "Ik kom graag."))


# --- nothing raises -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"\n\n", b"From: \n\n", b"Content-Type: multipart/mixed\n\n--", b"\xff\xfe" * 99, b"a" * 9999]
)  # fmt: skip
def test_no_bytes_stop_the_reader(raw: bytes) -> None:
    assert as_json(read_bytes(raw, EVENT, LEXICON, OURS), "x")["intent"] in set(Intent)


def test_no_damaged_sample_stops_the_reader() -> None:
    chance = random.Random(7)
    for name in ("006", "016", "036", "043", "068"):
        raw = bytearray(sample(name))
        for _ in range(12):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
            cut = bytes(raw[: chance.randrange(len(raw))])
            assert read_bytes(cut, EVENT, LEXICON, OURS).decoded is not None


def test_an_error_of_the_reader_is_told_and_answers_nobody() -> None:
    broken = None
    reading = read_bytes(sample("001"), EVENT, broken, OURS)  # type: ignore[arg-type]
    assert reading.error
    assert (reading.intent, reading.may_auto_answer) == (Intent.UNCLEAR, False)
    assert "Hoekstra" in reading.decoded


# --- requests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"text": "Ik meld mij graag aan."}, Register),
        ({"text": "Tot wanneer kan men zich aanmelden?"}, Enquire),
        (below("Uw aanmelding is bevestigd.", "Helaas kan ik niet komen."), Cancel),
        (below("Uw aanmelding is bevestigd.", "Mijn collega Anna Vos komt ook mee."), Amend),
        (below("Uw aanmelding is bevestigd.", "In mijn plaats komt Anna Vos."), Substitute),
        (below("Uw aanmelding is bevestigd.", "Hartelijk dank, tot dan!"), Chatter),
        (below("Er is een plaats vrij. Wilt u hem hebben?", "Ja graag!"), Affirm),
        (below("Er is een plaats vrij. Wilt u hem hebben?", "Nee, dank u."), Negate),
        ({"text": "Ik kom graag zaterdag!"}, Unclear),
    ],
)
def test_what_is_understood_becomes_a_request(fields: dict[str, str], kind: type[FromMail]) -> None:
    assert isinstance(asked(**fields), kind)


def test_a_request_says_who_wrote_and_when() -> None:
    found = asked("Ik meld mij graag aan.", sender="Sanne Meier <Sanne+dag@Gmail.com>")
    assert isinstance(found, Register)
    assert found.sender.contact == "sanne@gmail.com"
    assert (found.sender.name, found.sender.arrival, found.sender.uid) == ("Sanne Meier", ARRIVAL, 2)
    assert found.sender.words == "Ik meld mij graag aan."
    assert found.sender.proof is Proof.NONE


def test_the_reply_to_is_the_contact() -> None:
    found = asked("Ik meld mij graag aan.", extra="Reply-To: thuis@meier.example\n")
    assert isinstance(found, Register)
    assert found.sender.contact == "thuis@meier.example"


def test_an_answer_below_our_mail_carries_its_token() -> None:
    found = asked(
        "Ik kan helaas niet komen.", subject="Re: Bevestigd", extra=f"References: <a@b.example> {OURS_ID}\n"
    )
    assert isinstance(found, Cancel)
    assert found.sender.proof is Proof.TOKEN
    assert found.sender.thread is not None
    assert (found.sender.thread.kind, found.sender.thread.ref) == ("confirmed", "KLV-7F3Q")


def test_a_forged_token_proves_nothing() -> None:
    forged = OURS_ID.replace("7F3Q", "7F3R")
    found = asked("Ik kan helaas niet komen.", extra=f"In-Reply-To: {forged}\n")
    assert found is not None
    assert (found.sender.proof, found.sender.thread) == (Proof.NONE, None)


@pytest.mark.parametrize("name", ["031", "035", "041", "050", "054", "065", "072", "075", "079"])
def test_a_machines_mail_asks_nothing(name: str) -> None:
    assert asked_by(sample(name)) is None


def test_a_mail_through_a_list_asks_nothing_and_the_reading_says_why() -> None:
    raw = bytes_of("Ik meld mij graag aan.", extra="List-Id: <buurt.lijst.example>\n")
    assert asked_by(raw) is None
    reading = read_bytes(raw, EVENT, LEXICON, OURS)
    assert reading.kind is Kind.LIST
    assert reading.reason


def test_a_bounce_of_a_stranger_mail_asks_nothing() -> None:
    assert asked_by(sample("028")) is None


def test_a_bounce_of_our_own_mail_tells_whom_it_did_not_reach() -> None:
    raw = (
        "From: MAILER-DAEMON@mx.example\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNot delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; sanne@meier.example\nAction: failed\nStatus: 5.1.1\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {OURS_ID}\nSubject: Bevestigd\n\n--b--\n"
    )
    found = asked_by(raw.encode())
    assert isinstance(found, Undeliverable)
    assert (found.recipient, found.message_id, found.permanent) == ("sanne@meier.example", OURS_ID, True)


def test_a_calendar_reply_is_handed_on_as_one() -> None:
    found = asked_by(sample("068"))
    assert isinstance(found, CalendarReply)
    assert found.partstat == "DECLINED"
    assert read_bytes(sample("068"), EVENT, LEXICON, OURS).intent is Intent.CANCEL


def test_an_accepting_calendar_reply_seats_nobody() -> None:
    reading = read_bytes(sample("053"), EVENT, LEXICON, OURS)
    assert (reading.intent, reading.seats) == (Intent.OTHER, 0)


def test_the_deciding_words_are_kept_short() -> None:
    assert len(reading_of("Ik kom graag " + "met veel plezier " * 200).words) <= 300
