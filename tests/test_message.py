"""Headers and addresses: what a mail server and a mail program make of what we send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.model import ProgrammeItem
from mailflow.errors import BadInput
from mailflow.writing import dates, message
from mailflow.writing.wording import one_line
from tests.writing_samples import CONFIRMED, EVENT, html, party, plain, read, reply, sent, shipped


def test_long_threads_are_never_folded_into_encoded_words() -> None:
    ids = " ".join(f"<{n}.{'x' * 90}@mail.example>" for n in range(60))
    content = sent(
        reply(ReplyKind.QUESTION), in_reply_to=f"<{'y' * 200}@mail.example>", references=ids
    ).content
    head = content.partition(b"\r\n\r\n")[0]
    assert b"=?" not in head
    message = read(sent(reply(ReplyKind.QUESTION), in_reply_to="<last@mail.example>", references=ids))
    kept = message["references"].split()
    assert len(kept) == 20
    assert (kept[0][:3], kept[-1]) == ("<0.", "<last@mail.example>")


@pytest.mark.parametrize("name", ["Win www.prijs.example", "http://x.example/", "a@b.example", "x" * 81])
def test_a_name_that_is_a_message_greets_nobody(name: str) -> None:
    """Else anybody could mail a link to a stranger in our name, by forging a From."""
    text = plain(read(sent(reply(ReplyKind.UNCLEAR, name=name))))
    assert "Goedendag," in text
    assert name not in text


@pytest.mark.parametrize(
    ("written", "header"),
    [
        ("jo@bücher.example", "jo@xn--bcher-kva.example"),
        ("a..b@x.example", '"a..b"@x.example'),
        ("x@[192.0.2.1]", "x@[192.0.2.1]"),
    ],
)
def test_odd_addresses_come_out_in_a_form_that_servers_take(written: str, header: str) -> None:
    envelope = sent(reply(ReplyKind.UNCLEAR, to=written))
    assert envelope.recipient == header
    assert f"To: {header}\r\n".encode() in envelope.content


def test_an_address_beyond_ascii_stays_what_it_is() -> None:
    envelope = sent(reply(ReplyKind.UNCLEAR, to="jörg@bücher.example"))
    assert envelope.recipient == "jörg@xn--bcher-kva.example"
    assert "To: jörg@xn--bcher-kva.example\r\n".encode() in envelope.content


@pytest.mark.parametrize(
    "to", ["", "jo", "jo@", "@x.example", "jo@x.example\r\nBcc: a@b.example", "jo@a b.example"]
)
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(BadInput):
        sent(reply(ReplyKind.UNCLEAR, to=to))


def test_the_envelope_sender_is_the_events_address_another_or_none() -> None:
    one = reply(ReplyKind.UNCLEAR)
    assert sent(one).sender == EVENT.address
    assert sent(one, envelope_from="bounces@dijkendag.example").sender == "bounces@dijkendag.example"
    assert sent(one, envelope_from="").sender == ""


def test_an_events_own_words_are_escaped_too() -> None:
    event = replace(
        EVENT,
        name="Ü & <Wij>\r\nBcc: x@y.example",
        location="Zaal <1>",
        programme=(ProgrammeItem("9:00", "<i>Inloop</i>"),),
    )
    message = read(sent(reply(ReplyKind.QUESTION), event))
    assert "bcc" not in {k.lower() for k in message.keys()}  # noqa: SIM118 - a message is no dict
    assert "<i>" not in html(message)
    assert "<Wij>" not in html(message)
    assert message["from"].addresses[0].addr_spec == EVENT.address


def test_templates_are_compiled_once_and_an_answer_costs_little() -> None:
    shipped()
    registration = party(("Jo", CONFIRMED))
    one = reply(ReplyKind.CONFIRMED, Facts(registration, gained=registration.seats))
    sent(one)
    from time import process_time

    began = process_time()
    for _ in range(50):
        sent(one)
    assert (process_time() - began) / 50 < 0.01


@pytest.mark.parametrize(
    "field", ["Subject: a\r\nBcc: x@y.example", "Subject: a\nBcc: b", "Subject: a\n\nb", "X: a\n "]
)
def test_a_header_that_holds_a_line_end_is_never_built(field: str) -> None:
    with pytest.raises(ValueError, match="holds a line end"):
        message.build([field], "text", "html", seed="<a@b.example>")


def test_a_subject_that_looks_encoded_is_shown_as_it_is() -> None:
    event = replace(EVENT, name="=?utf-8?q?Gratis?= reis")
    mail = read(sent(reply(ReplyKind.UNCLEAR), event))
    assert mail["subject"] == "Nog één vraag: =?utf-8?q?Gratis?= reis"
    english = read(sent(reply(ReplyKind.UNCLEAR, language="en"), event))
    assert english["subject"] == "One question: =?utf-8?q?Gratis?= reis"
    assert english["from"].addresses[0].display_name == "=?utf-8?q?Gratis?= reis"


def test_what_parts_words_becomes_a_space_and_what_hides_in_them_goes() -> None:
    assert one_line("a\rb\u2028c\td\n\ne") == "a b c d e"
    assert one_line("moc.\u202elive\u202c\u200b!\x00") == "moc.live!"
    assert one_line("x" * 400) == "x" * 299 + "…"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "vrijdag 1 maart 2030 om 00:30 uur"),
        ("en", "Friday 1 March 2030 at 00:30"),
        ("de", "Freitag, 1. März 2030 um 00:30 Uhr"),
        ("fr", "vendredi 1er mars 2030 à 00 h 30"),
        ("pl", "Friday 1 March 2030 at 00:30"),
    ],
)
def test_a_moment_is_told_in_the_events_zone_and_the_readers_language(language: str, said: str) -> None:
    late = datetime(2030, 2, 28, 23, 30, tzinfo=UTC)
    assert dates.at(late, language, "Europe/Amsterdam") == said
    assert dates.short(late, "nl", "Europe/Amsterdam") == "1 mrt 00:30"


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (timedelta(days=2, hours=23), "2 dagen"),
        (timedelta(hours=26), "1 dag"),
        (timedelta(minutes=61), "1 uur"),
        (timedelta(seconds=59), "0 minuten"),
        (timedelta(seconds=-5), "0 minuten"),
    ],
)
def test_a_duration_is_told_in_its_largest_whole_unit(duration: timedelta, said: str) -> None:
    assert dates.lasting(duration, "nl") == said
