"""Which language the sender writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailflow.reading import language, quotes
from mailflow.reading.parse import parse

CORPUS = Path(__file__).parent / "corpus"
DATA = Path(language.__file__).parent / "data"
LANGUAGES = language.from_toml((DATA / "languages.toml").read_text(encoding="utf-8"))
MARKS = quotes.from_toml((DATA / "quotes.toml").read_text(encoding="utf-8"))


def test_the_example_mailbox_is_told_apart() -> None:
    wrong = []
    for line in (CORPUS / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if label["language"] is None:
            continue  # delivery reports, calendar replies and empty mails: told by their kind
        mail = parse((CORPUS / label["file"]).read_bytes())
        found = language.guess(quotes.of_mail(mail, MARKS).new, LANGUAGES)
        if found != label["language"]:
            wrong.append((label["file"], label["language"], found))
    assert len(wrong) <= 1, wrong  # 055 has no text of its own, only a telephone's line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ik neem een vriendin mee naar de lezing.", "nl"),
        ("Wij zijn er morgen met z'n drieën", "nl"),
        ("ja graag", "nl"),
        ("helaas verhinderd", "nl"),
        ("Could we still get two chairs?", "en"),
        ("yes please", "en"),
        ("count me in", "en"),
        ("Wir kommen zu zweit.", "de"),
        ("ja gerne", "de"),
        ("bitte streichen Sie mich von der Liste", "de"),
        ("Nous viendrons à deux.", "fr"),
        ("oui, volontiers", "fr"),
        ("je ne peux pas venir", "fr"),
        ("Ik kom graag, sounds like a great meeting!", "nl"),
    ],
)
def test_a_few_words_are_enough(text: str, expected: str) -> None:
    assert language.guess(text, LANGUAGES) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "42",
        "👍",
        "Piet Hoekstra",
        "https://www.example.org/the/and/of",
        "jan@pot.example",
        "!!!",
    ],
)
def test_where_there_is_no_running_text_there_is_no_language(text: str) -> None:
    assert language.guess(text, LANGUAGES) is None


@pytest.mark.parametrize(
    "text",
    [
        "Buenos días, quisiera asistir a la reunión con dos personas, muchas gracias y saludos.",
        "Buongiorno, vorrei partecipare alla riunione con due persone, grazie e cordiali saluti.",
        "Dzień dobry, chciałabym zapisać się na spotkanie, bardzo proszę o miejsce dla mnie.",
        "Merhaba, toplantıya iki kişi olarak katılmak istiyorum, teşekkürler.",
    ],
)
def test_a_language_that_is_not_answered_in_is_not_taken_for_one_that_is(text: str) -> None:
    assert language.guess(text, LANGUAGES) is None
