"""Every reply kind has its words in every language; a template that fails is named before it is needed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.core.effects import ReplyKind
from mailflow.writing import specimen
from mailflow.writing.templates import TemplateFaultError, Templates
from tests.writing_samples import (
    CONFIRMED,
    EVENT,
    NOW,
    SECRET,
    WAITLISTED,
    html,
    plain,
    read,
    reply,
    sent,
    shipped,
    visible,
    words_of,
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


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_text_and_the_html_say_the_same_words(language: str) -> None:
    for one in specimen.replies(EVENT, language):
        message = read(sent(one, EVENT, EVENT.starts - timedelta(days=1)))
        page = visible(html(message))
        for line in plain(message).splitlines():
            assert words_of(line) in page, (one.kind, line)


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_no_mail_shows_a_hole_or_a_placeholder(language: str) -> None:
    lone = ",." if language == "fr" else ",.;:"  # French sets a space before the others
    hole = re.compile(
        rf"{{{{|{{%|\bNone\b|Undefined|(?<!\S)[{lone}](?!\S)|\(\)|  |\b0 (plaats|seat|place|Pl)|\.\."
    )
    for one in specimen.replies(EVENT, language):
        message = read(sent(one))
        for shown in (message["subject"], plain(message)):
            for line in shown.splitlines():
                assert not hole.search(re.sub(r"^\d\d:\d\d  ", "", line)), (one.kind, line)


def test_no_subject_is_longer_than_120_characters_and_the_reference_stays_at_its_end() -> None:
    long = replace(EVENT, name="Dijkendag voor iedereen die van het water en de polder houdt " * 4)
    for event in (EVENT, long):
        for language in ("nl", "en"):
            for one in specimen.replies(event, language):
                subject = read(sent(one, event))["subject"]
                assert len(subject) <= 120, subject
                assert not one.ref or subject.endswith(f"[{one.ref}]")


CONFIRMS = re.compile(r"(alsnog |deels )?bevestigd|(partly )?confirmed", re.I)
WAITS = re.compile(r"(deels |nog op de )?wachtlijst|(partly |still on the )?waiting list", re.I)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_mail_that_gives_no_seat_cannot_be_taken_for_a_confirmation_nor_the_other_way_round(
    language: str,
) -> None:
    for one in specimen.replies(EVENT, language):
        party = one.facts.registration
        states = {s.state for s in party.alive} if party else set()
        message = read(sent(one))
        # The event's name is the organiser's; what is said stands before it.
        subject, first = message["subject"].partition("Dijkendag")[0], plain(message).partition("\n")[0]
        if CONFIRMED not in states:
            assert not CONFIRMS.match(subject), (one.kind, subject)
            assert not re.search(
                r"(plaats|plaatsen|seat|seats) (is|zijn|are) (bevestigd|confirmed)", first
            ), (one.kind, first)
        if WAITLISTED not in states:
            assert not WAITS.search(subject), (one.kind, subject)
        if states == {CONFIRMED} and one.kind in (ReplyKind.CONFIRMED, ReplyKind.PROMOTED, ReplyKind.STATUS):
            assert CONFIRMS.match(subject), (one.kind, subject)
        if states == {WAITLISTED} and one.kind is ReplyKind.WAITLISTED:
            assert WAITS.match(subject), subject
            assert "wachtlijst" in first or "waiting list" in first


def test_what_people_are_called_stays_text_in_every_mail() -> None:
    name = "<b>{{7*7}}</b>"
    for one in specimen.replies(EVENT, "nl"):
        party = one.facts.registration
        if party is not None:
            seats = tuple(replace(s, name=name) for s in party.seats)
            party = replace(party, name=name, organisation=name, involvement=name, seats=seats)
        facts = replace(one.facts, registration=party, coming=name, leaving=name, understood=name)
        message = read(sent(replace(one, name=name, facts=facts)))
        assert name in plain(message), one.kind
        assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in html(message), one.kind
        assert "<b>" not in html(message), one.kind


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
