"""Every reply kind has its words in every language; a template that fails is named before it is needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailflow.core.effects import Facts, ReplyKind
from mailflow.writing import specimen
from mailflow.writing.templates import TemplateFaultError, Templates
from tests.writing_samples import (
    CONFIRMED,
    EVENT,
    NOW,
    SECRET,
    html,
    party,
    plain,
    read,
    reply,
    sent,
    shipped,
)

FOLDER = Path(__file__).parent.parent / "templates"


def sources() -> dict[str, str]:
    return {p.relative_to(FOLDER).as_posix(): p.read_text("utf-8") for p in FOLDER.rglob("*.j2")}


def test_every_kind_of_reply_has_its_templates_in_dutch_and_english() -> None:
    assert shipped().missing(("nl", "en")) == []
    for kind in ReplyKind:
        for name in (f"nl/{kind}.txt.j2", f"nl/{kind}.html.j2", f"en/{kind}.txt.j2", f"en/{kind}.html.j2"):
            assert name in sources()


def test_every_mail_of_every_kind_and_language_can_be_written() -> None:
    assert specimen.problems(shipped(), EVENT) == []
    bare = replace(EVENT, programme=(), rounds=(), projects=(), location="", opens=None, languages=("en",))
    assert specimen.problems(shipped(), bare) == []


def test_the_specimens_leave_out_no_kind() -> None:
    assert {one.kind for one in specimen.replies(EVENT, "nl")} == set(ReplyKind)


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_each_language_has_a_line_for_every_kind(language: str) -> None:
    event = replace(EVENT, language="nl" if language != "nl" else "en", languages=())
    for one in specimen.replies(event, language):
        text = plain(read(sent(one, event)))
        line, rule, _ = text.split("\n\n", 2)
        assert rule == "---"
        assert "\n" not in line
        assert len(line) > 30


def test_a_missing_template_is_named() -> None:
    without = sources()
    del without["en/unclear.html.j2"], without["nl/digest.txt.j2"]
    assert specimen.problems(Templates(without), EVENT)[:2] == [
        "nl/digest: a template is missing",
        "en/unclear: a template is missing",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "nl/confirmed.txt.j2",
            "{% block subject %}{{ nosuchthing }}{% endblock %}",
            "'nosuchthing' is undefined",
        ),
        ("nl/confirmed.txt.j2", "{% block subject %}x{% endblock %}", "says nothing in its block headline"),
        ("en/status.html.j2", "{% extends 'gone.html.j2' %}", "gone.html.j2"),
        ("nl/party.html.j2", "{% if %}", "Expected an expression"),
        ("de/line.txt.j2", "{% block confirmed %}ja{% endblock %}", "has no block waitlisted"),
        ("nl/alarm.txt.j2", "{% block subject %}{% endblock %}", "says nothing in its block subject"),
        ("nl/early.txt.j2", "{% block subject %}{{ ''.__class__.__mro__ }}{% endblock %}", "unsafe"),
    ],
)
def test_a_template_that_fails_is_named_with_the_reason(name: str, text: str, said: str) -> None:
    found = specimen.problems(Templates({**sources(), name: text}), EVENT)
    assert any(line.startswith(name) and said in line for line in found), found


def test_a_failing_template_stops_the_mail_instead_of_sending_a_hole() -> None:
    from mailflow.writing.compose import compose

    broken = Templates({**sources(), "nl/unclear.txt.j2": "{{ oops }}"})
    with pytest.raises(TemplateFaultError):
        compose(reply(ReplyKind.UNCLEAR), EVENT, broken, secret=SECRET, cause="c", now=NOW)


def test_an_event_in_a_language_of_its_own_needs_templates_for_it() -> None:
    event = replace(EVENT, language="de", languages=("de",))
    assert "de/confirmed: a template is missing" in specimen.problems(shipped(), event)


def test_the_text_and_the_html_say_the_same_words() -> None:
    registration = party(("Jo", CONFIRMED))
    for kind in ReplyKind:
        message = read(
            sent(reply(kind, Facts(registration, lost=registration.seats, gained=registration.seats)))
        )
        for part in plain(message).split("\n\n")[:3]:
            assert part.replace("'", "&#39;") in html(message)


def test_small_words_never_let_markup_through() -> None:
    w = shipped().words("nl")
    assert type(w["greeting"]("<b>")) is str
    assert "<b>" not in html(read(sent(reply(ReplyKind.UNCLEAR, name="<b>Jo</b>"))))


def test_no_template_holds_a_link_an_image_or_a_script() -> None:
    for name, text in sources().items():
        for tag in ("<a ", "<img", "<script", "http:", "https:", "url("):
            assert tag not in text, (name, tag)


def test_both_languages_have_the_same_small_words() -> None:
    for of in ("words", "digest_words"):
        dutch, english = shipped().words("nl", of), shipped().words("en", of)
        assert set(dutch) == set(english)
        for name, words in dutch.items():
            if isinstance(words, dict):
                assert set(words) == set(english[name]), name
