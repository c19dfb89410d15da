"""Odd mail: hostile sizes, things that only look like a wish, other people's events."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailflow import shipped
from mailflow.reading.addresses import addresses
from mailflow.reading.model import Intent, Reading
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.understand import read_bytes
from tests.reader import CORPUS, EVENT, LEXICON, OURS, below, bytes_of, reading_of

ODD = sorted((CORPUS / "odd").glob("*.eml"))
NOW = datetime(2018, 11, 1, tzinfo=UTC)
SIZE = 200_000  # bytes
MOST_SECONDS = 3.0  # of CPU; a quadratic step takes ten times that, a busy machine some more


def _filled(unit: str) -> str:
    return unit * (SIZE // len(unit))


def _many_names(separator: str) -> str:
    drawn = random.Random(3)
    letters = string.ascii_lowercase

    def word() -> str:
        return "".join(drawn.choice(letters) for _ in range(6)).capitalize()

    return separator.join(f"{word()} {word()}" for _ in range(SIZE // (13 + len(separator))))


def _html(content: str) -> bytes:
    return bytes_of(content).replace(b"text/plain", b"text/html")


HOSTILE: dict[str, Callable[[], bytes]] = {
    "colons": lambda: bytes_of(_filled("a: ")),
    "names on one line": lambda: bytes_of(_many_names(", ")),
    "names on lines": lambda: bytes_of(_many_names("\n- ")),
    "names that begin like projects": lambda: bytes_of(_filled("Jan van de ")),
    "spaces in a display name": lambda: bytes_of("ik kom", sender=f'"a{" " * SIZE}b" <a@b.example>'),
    "spaces in a subject": lambda: bytes_of("ik kom", subject=f"a{' ' * SIZE}b"),
    "elements never closed": lambda: _html(_filled("<div hidden>")),
    "ends without a beginning": lambda: _html(_filled("<b></p>")),
    "quotes in quotes": lambda: _html(_filled("<blockquote>")),
    "deep and well closed": lambda: _html(f"{'<i>' * 28_000}ik kom{'</i>' * 28_000}"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_mail_of_ordinary_size_keeps_the_reader_busy(kind: str) -> None:
    raw = HOSTILE[kind]()
    begun = time.process_time()
    reading = read_bytes(raw, EVENT, LEXICON, OURS)
    assert time.process_time() - begun < MOST_SECONDS
    assert not (reading.error or "").endswith("Error)")


def test_the_wish_above_a_very_long_text_is_read() -> None:
    text = "Graag wil ik mij aanmelden voor de bijeenkomst.\n\n" + "Nog een gedachte over de wijk. " * 4000
    reading = reading_of(text)
    assert (reading.intent, reading.seats) == (Intent.REGISTER, 1)


@pytest.mark.parametrize(
    "text",
    [
        "Ik kan niet wachten om te komen! Zet mij maar op de lijst.",
        "Ik wil mij aanmelden. Mocht ik onverhoopt ziek worden, dan zeg ik het af.",
        "Wilt u mij inschrijven? Als ik niet kan komen, meld ik mij af.",
        "Vorig jaar moest ik mij afmelden, maar dit jaar kom ik graag.",
        "Please register me. I cannot wait to be there!",
        "Please register me. If I cannot make it I will cancel in time.",
        "Hiermit melde ich mich an. Falls ich krank werde, sage ich ab.",
    ],
)
def test_a_leaving_that_is_only_imagined_long_ago_or_a_figure_of_speech_costs_no_seat(text: str) -> None:
    reading = reading_of(f"{text}\n\nSanne Meier")
    assert reading.intent in {Intent.REGISTER, Intent.QUESTION}, reading.words


@pytest.mark.parametrize("said", ["Ik meld me niet af!", "Nee, ik zeg niet af.", "I am not cancelling."])
def test_who_says_not_to_cancel_does_not_cancel(said: str) -> None:
    assert reading_of(**below("Uw aanmelding is bevestigd.", said)).intent is not Intent.CANCEL


@pytest.mark.parametrize(
    "said",
    ["Kan ik mij kosteloos afmelden?", "Can I cancel later if I register now?", "Muss ich mich abmelden?"],
)
def test_asking_how_to_leave_is_not_leaving(said: str) -> None:
    assert reading_of(said).intent in {Intent.QUESTION, Intent.UNCLEAR}


@pytest.mark.parametrize(
    "text",
    [
        "Ik wil me graag afmelden voor deze nieuwsbrief.",
        "Graag ontvang ik de nieuwsbrief niet meer. Wilt u mij uitschrijven?",
        "Please take me off the newsletter, I want to cancel.",
        "To cancel your subscription, click here.",
        "Uw inschrijving annuleren kan via onze website.",
    ],
)
def test_leaving_a_newsletter_gives_up_no_seat(text: str) -> None:
    assert reading_of(text).intent not in {Intent.CANCEL, Intent.REGISTER}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Ik kom graag zaterdag!", Intent.UNCLEAR),  # the event is on a Thursday
        ("Count me in on Friday, please.", Intent.UNCLEAR),
        ("Wij komen graag op 3 december.", Intent.UNCLEAR),
        ("Ik kan dinsdag helaas niet komen.", Intent.UNCLEAR),
        ("Ik kom graag donderdag!", Intent.REGISTER),
        ("Wij komen graag op 22 november.", Intent.REGISTER),
        ("I would like to attend on November 22nd, please register me.", Intent.REGISTER),
        ("Naar aanleiding van uw mail van 3 oktober meld ik mij graag aan.", Intent.REGISTER),
        ("Graag meld ik mij aan voor de kennisbijeenkomst van 21 november.", Intent.REGISTER),
    ],
)
def test_a_wish_for_another_day_than_the_events_is_asked_about(text: str, intent: Intent) -> None:
    assert reading_of(f"{text}\n\nSanne Meier").intent is intent


def test_a_letter_that_tells_others_to_sign_up_takes_no_seat() -> None:
    text = "\n\n".join(
        [
            "Beste wijkbewoner,",
            "In het voorjaar beginnen wij met een cursus kleding herstellen in het buurthuis aan de haven.",
            "Er zijn nog twaalf plaatsen. De docent komt uit de stad en neemt alle naaimachines mee.",
            *["De lessen gaan over zomen, ritsen, knopen en alles wat verder stuk kan gaan aan een jas."] * 6,
            "Inschrijven kan bij de balie. Het team van het buurthuis",
        ]
    )
    assert reading_of(text).intent is not Intent.REGISTER


@pytest.mark.parametrize(
    ("ours", "said", "intent", "answers"),
    [
        ("U staat op de wachtlijst. Nog één vraag: hoe bent u betrokken?", "Ja graag", Intent.UNCLEAR, "yes"),
        ("Uw plaats is bevestigd.", "Ja graag", Intent.UNCLEAR, "yes"),
        ("Uw plaats is bevestigd.", "Ik ben wijkagent in Spangen.", Intent.CHANGE, None),
        ("Uw plaats is bevestigd.", "Nee, ik kom toch niet", Intent.CANCEL, None),
    ],
)
def test_a_few_words_below_a_mail_of_ours_mean_what_they_say(
    ours: str, said: str, intent: Intent, answers: str | None
) -> None:
    reading = reading_of(**below(ours, said))
    assert (reading.intent, reading.answers, reading.reply_text) == (intent, answers, said)


@pytest.mark.parametrize(
    "address", [f"{'a' * 320}@home.example", "ann@home.example:25", "a@x.example Bcc:z@x.example", "ann@"]
)
def test_an_address_that_nobody_can_write_to_is_none(address: str) -> None:
    assert addresses(f"Ann <{address}>") == ()


def test_a_useless_reply_to_leaves_the_answer_to_the_sender() -> None:
    for useless in ("junk", EVENT.address, "=?utf-8?q?a@x.example=0D=0ABcc:z@x.example?="):
        raw = bytes_of("Graag meld ik mij aan.", extra=f"Reply-To: {useless}\n")
        reading = read_bytes(raw, EVENT, LEXICON, OURS)
        asked = request(reading, parse(raw), key="k", arrival=NOW, uid=1, secret=b"s", ours=OURS)
        assert asked is not None
        assert asked.sender.address == "sanne@meier.example"


@pytest.mark.parametrize("path", ODD, ids=lambda p: p.stem)
def test_no_odd_mail_stops_the_reader_or_loses_the_wish(path: Path) -> None:
    reading: Reading = read_bytes(path.read_bytes(), EVENT, LEXICON, OURS)
    assert not (reading.error or "").endswith("Error)")
    assert reading.intent in {Intent.REGISTER, Intent.UNCLEAR, Intent.QUESTION}


def test_the_demonstration_delivers_only_the_numbered_samples() -> None:
    assert [p.stem for p in shipped.sample_mails()] == [f"{n:03}" for n in range(1, 81)]
