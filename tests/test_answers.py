"""What each answer says, and how it says it: nothing that could be misread as a seat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailflow.core.effects import Change, Facts, ReplyKind
from mailflow.core.model import Event, InvolvementPolicy, Promotion
from tests.writing_samples import (
    CANCELLED,
    CONFIRMED,
    EVENT,
    JO,
    NOW,
    WAITLISTED,
    ZONE,
    html,
    party,
    plain,
    read,
    reply,
    sent,
)


def test_a_confirmation_says_who_when_where_and_what_was_understood() -> None:
    registration = party(
        ("Jo van der Meer", CONFIRMED),
        ("", CONFIRMED),
        organisation="Waterschap Westerdijk",
        involvement="ik onderhoud de kade",
        projects=("veen",),
        workshops=((1, "kade"),),
    )
    facts = Facts(registration, gained=registration.seats, first_answer=True, question_passed_on=True)
    envelope = sent(reply(ReplyKind.CONFIRMED, facts), in_reply_to="<m1@westerdijk.example>")
    message = read(envelope)
    assert message["subject"] == "Bevestigd: Dijkendag [DD-7F3Q]"
    for shown in (plain(message), html(message)):
        for said in (
            "Uw 2 plaatsen zijn bevestigd.",
            "donderdag 5 juni 2031, 13:00–17:30 uur",
            "Gemaal De Hoop, Westerdijk",
            "Jo van der Meer",
            "gast van Jo van der Meer",
            "Waterschap Westerdijk",
            "“ik onderhoud de kade”",
            "De Kade (14:00)",
            "nog niet ingedeeld",
            "Wandeling over de dijk",
            "doorgegeven aan de organisatie",
            "tot zaterdag 5 juli 2031",
            "Beantwoord dan deze e-mail",
            "DD-7F3Q",
        ):
            assert said in shown, said
    assert "Veen & Water" in plain(message)
    assert "Veen &amp; Water" in html(message)
    assert (envelope.kind, envelope.recipient, envelope.ref) == ("confirmed", JO, "DD-7F3Q")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_waitlist_mail_cannot_be_taken_for_a_confirmation(language: str) -> None:
    registration = party(("Jo van der Meer", WAITLISTED))
    facts = Facts(registration, 3, waiting=registration.seats)
    message = read(sent(reply(ReplyKind.WAITLISTED, facts, language=language)))
    word = {"nl": "Wachtlijst", "en": "Waiting list"}[language]
    confirmed = {"nl": "bevestigd", "en": "confirmed"}[language]
    assert message["subject"].startswith(f"{word}: ")
    first = plain(message).split("\n")[0]
    assert word.casefold() in first
    assert confirmed not in first
    assert "3" in plain(message)
    assert "Wandeling over de dijk" not in plain(message), "a programme reads like a seat"
    assert word in html(message)


def test_one_seat_is_singular_and_two_are_plural() -> None:
    one, two = party(("Jo", WAITLISTED)), party(("Jo", WAITLISTED), ("", WAITLISTED))
    for registration, dutch, english in ((one, "1 plaats ", "1 seat "), (two, "2 plaatsen ", "2 seats ")):
        facts = Facts(registration, 1, waiting=registration.seats)
        assert dutch in plain(read(sent(reply(ReplyKind.WAITLISTED, facts))))
        assert english in plain(read(sent(reply(ReplyKind.WAITLISTED, facts, language="en"))))


def test_seats_partly_confirmed_and_partly_waiting_say_both_and_whose() -> None:
    registration = party(("Jo van der Meer", CONFIRMED), ("Sanne de Wit", WAITLISTED))
    message = read(sent(reply(ReplyKind.WAITLISTED, Facts(registration, 2, waiting=registration.waiting))))
    assert message["subject"].startswith("Deels wachtlijst: ")
    assert "uw plaats van eerder blijft bevestigd" in plain(message)
    assert "Jo van der Meer (bevestigd)" in plain(message)
    assert "Sanne de Wit (wachtlijst)" in plain(message)
    both = read(sent(reply(ReplyKind.CONFIRMED, Facts(registration, 2, gained=registration.held))))
    assert both["subject"].startswith("Deels bevestigd, deels wachtlijst: ")


def test_a_missing_involvement_is_asked_in_one_question_that_says_the_seat_is_safe() -> None:
    registration = party(("Jo", CONFIRMED))
    text = plain(read(sent(reply(ReplyKind.CONFIRMED, Facts(registration, asks_involvement=True)))))
    assert text.count("?") == text.count("hoe bent u betrokken") + text.count("kunt u toch niet komen?") == 2
    assert "Uw plaats staat al vast." in text


def test_the_privacy_line_stands_in_the_first_answer_only() -> None:
    registration = party(("Jo", CONFIRMED))
    for first in (True, False):
        text = plain(read(sent(reply(ReplyKind.CONFIRMED, Facts(registration, first_answer=first)))))
        assert ("Wij bewaren uw naam" in text) is first


def test_a_cancellation_says_what_is_given_up_and_what_remains() -> None:
    all_gone = party(("Jo van der Meer", CANCELLED))
    message = read(sent(reply(ReplyKind.CANCELLED, Facts(all_gone, lost=all_gone.seats))))
    assert message["subject"].startswith("Afgemeld: ")
    assert "Er staat nu niets meer op uw naam." in plain(message)
    some = party(("Jo van der Meer", CANCELLED), ("Sanne de Wit", CONFIRMED))
    facts = Facts(some, lost=some.seats[:1], asks_who=True)
    message = read(sent(reply(ReplyKind.CANCELLED, facts)))
    assert message["subject"].startswith("Deels afgemeld: ")
    assert "Afgemeld: Jo van der Meer." in plain(message)
    assert "U houdt 1 plaats." in plain(message)
    assert "Komt de ander nog wel?" in plain(message)


def test_a_change_is_told_from_old_to_new() -> None:
    changes = (
        Change("organisation", "", "Waterschap"),
        Change("name", "Sanne Wit", "Sanne de Wit"),
        Change("workshops", "", "1: De Kade; 2: Veen & Water"),
    )
    facts = Facts(party(("Jo", WAITLISTED)), 4, changes=changes)
    message = read(sent(reply(ReplyKind.CHANGED, facts)))
    assert message["subject"].startswith("Gewijzigd (wachtlijst): "), "a change gives no seat"
    assert "- Organisatie: Waterschap" in plain(message)
    assert "- Naam: Sanne Wit → Sanne de Wit" in plain(message)
    assert "- Workshopwensen: ronde 1: De Kade; ronde 2: Veen & Water" in plain(message)


@pytest.mark.parametrize(
    ("registration", "subject"),
    [
        (party(("Jo", CONFIRMED)), "Bevestigd: "),
        (party(("Jo", WAITLISTED)), "Wachtlijst: "),
        (party(("Jo", CONFIRMED), ("", WAITLISTED)), "Deels bevestigd, deels wachtlijst: "),
        (party(("Jo", WAITLISTED), in_review=True), "In behandeling: "),
        (party(("Jo", CANCELLED)), "Uw aanmelding: "),
    ],
)
def test_a_status_mail_is_named_after_how_it_stands(registration: object, subject: str) -> None:
    facts = Facts(registration)  # type: ignore[arg-type]
    assert read(sent(reply(ReplyKind.STATUS, facts)))["subject"].startswith(subject)


@pytest.mark.parametrize("kind", [ReplyKind.UNCLEAR, ReplyKind.NOT_FOUND])
def test_what_changed_nothing_says_so_in_its_first_line(kind: ReplyKind) -> None:
    for language, words in (("nl", "niets gewijzigd"), ("en", "nothing has been changed")):
        text = plain(read(sent(reply(kind, Facts(understood="tja"), language=language))))
        assert words in text.split("\n")[0]
        assert "“tja”" in text


@pytest.mark.parametrize(
    ("now", "free", "words"),
    [
        (EVENT.opens, 3, "nog 3 plaatsen vrij"),
        (EVENT.opens, 1, "nog 1 plaats vrij"),
        (EVENT.opens, 0, "Alle plaatsen zijn op dit moment bezet"),
        (datetime(2031, 4, 1, tzinfo=ZONE), 3, "Aanmelden kan vanaf maandag 7 april 2031 om 09:00 uur"),
        (EVENT.starts, 3, "al begonnen"),
        (EVENT.ends, 3, "voorbij"),
    ],
)
def test_a_question_gets_the_events_facts_at_that_moment(now: datetime, free: int, words: str) -> None:
    text = plain(read(sent(reply(ReplyKind.QUESTION, Facts(free=free)), now=now)))
    assert words in text
    assert "nog niet aangemeld" in text
    assert "Gemaal De Hoop" in text


def test_an_event_that_never_asks_for_involvement_does_not_mention_it() -> None:
    event = replace(EVENT, involvement=InvolvementPolicy.OFF)
    assert "betrokken" in plain(read(sent(reply(ReplyKind.QUESTION, Facts(free=2)))))
    assert "betrokken" not in plain(read(sent(reply(ReplyKind.QUESTION, Facts(free=2)), event)))


def test_too_early_names_the_day_and_says_nothing_was_noted() -> None:
    text = plain(read(sent(reply(ReplyKind.EARLY))))
    assert "opent op maandag 7 april 2031 om 09:00 uur" in text
    assert "nog niet als aanmelding genoteerd" in text


def test_the_answer_is_in_the_writers_language_where_the_event_offers_it() -> None:
    facts = Facts(party(("Jo", CONFIRMED)))
    english = read(sent(reply(ReplyKind.CONFIRMED, facts, language="en-GB")))
    assert english["subject"] == "Confirmed: Dijkendag [DD-7F3Q]"
    assert english["content-language"] == "en"
    assert "Thursday 5 June 2031, 13:00–17:30" in plain(english)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("de", "Auf Deutsch in Kürze: Ihr Platz ist bestätigt."),
        ("fr", "En bref, en français : votre place"),
        ("pl", "In short, in English: your seat is confirmed."),
    ],
)
def test_another_language_gets_one_line_on_top_of_the_events_own(language: str, line: str) -> None:
    facts = Facts(party(("Jo", CONFIRMED)))
    message = read(sent(reply(ReplyKind.CONFIRMED, facts, language=language)))
    assert message["content-language"] == "nl"
    assert plain(message).startswith(line)
    assert "Uw plaats is bevestigd." in plain(message)
    assert line in html(message)


def test_times_are_those_of_the_events_zone_on_both_sides_of_summer_time() -> None:
    winter = replace(
        EVENT, starts=datetime(2031, 11, 5, 12, 0, tzinfo=ZONE), ends=datetime(2031, 11, 6, 1, 0, tzinfo=ZONE)
    )
    text = plain(read(sent(reply(ReplyKind.QUESTION), winter, now=NOW)))
    assert "woensdag 5 november 2031 om 12:00 uur – donderdag 6 november 2031 om 01:00 uur" in text


def said(kind: ReplyKind, facts: Facts, event: Event = EVENT) -> tuple[str, str]:
    """The answer in Dutch and in English, each as text; the page says the same first words."""
    texts = []
    for language in ("nl", "en"):
        message = read(sent(reply(kind, facts, language=language), event))
        texts.append(plain(message))
        assert plain(message).split("\n")[0] in html(message)
    return texts[0], texts[1]


def test_who_has_seats_and_asks_for_too_many_more_keeps_them_and_is_told_what_is_asked() -> None:
    held = party(("Jo", CONFIRMED), ("Sanne", CONFIRMED), ("Bo", CONFIRMED))
    dutch, english = said(ReplyKind.PARTY, Facts(held, asked=2))
    assert dutch.startswith("Uw vraag om 2 plaatsen erbij is in behandeling.")
    assert "Aan wat u had verandert niets: 3 plaatsen, bevestigd." in dutch
    assert "nog niets bevestigd" not in dutch
    assert english.startswith("Your request for 2 more seats is under review.")
    assert "What you had does not change: 3 seats, confirmed." in english
    assert "nothing is confirmed" not in english
    part = party(("Jo", CONFIRMED), ("Sanne", WAITLISTED))
    assert "1 plaats bevestigd, 1 plaats op de wachtlijst." in said(ReplyKind.PARTY, Facts(part, asked=3))[0]
    german = plain(read(sent(reply(ReplyKind.PARTY, Facts(held, asked=2), language="de"))))
    assert "Ihre bisherige Bestätigung bleibt bestehen" in german
    assert "noch nichts bestätigt" not in german


def test_what_a_person_decides_about_stands_on_no_waiting_list() -> None:
    big = party(*[("", WAITLISTED)] * 5, in_review=True)
    for kind, facts in (
        (ReplyKind.PARTY, Facts(big, waiting=big.seats)),
        (ReplyKind.PARTY, Facts(big, asked=2)),
        (ReplyKind.CANCELLED, Facts(big, lost=party(("Jo", CANCELLED)).seats)),
        (ReplyKind.STATUS, Facts(big)),
        (ReplyKind.CHANGED, Facts(big)),
    ):
        dutch, english = said(kind, facts)
        assert "wachtlijst" not in dutch, kind
        assert "waiting list" not in english, kind
        assert "(in behandeling)" in dutch, kind
        assert "(under review)" in english, kind


REQUIRE, MANUAL = InvolvementPolicy.REQUIRE, Promotion.MANUAL


@pytest.mark.parametrize(
    ("free", "registration", "event", "dutch", "english"),
    [
        (0, {}, {}, "is er op dit moment geen ruimte.", "no room for 2 seats at the moment."),
        (1, {}, {}, "er is nog 1 plaats vrij, en wij houden", "1 seat is left, and we keep"),
        (5, {}, {}, "anderen staan vóór u op de wachtlijst", "others stand before you"),
        (5, {}, {"promotion": MANUAL}, "de organisatie beslist zelf wie", "the organisers themselves decide"),
        (5, {}, {"involvement": REQUIRE}, "pas als wij weten hoe u", "only once we know how you"),
        (5, {"late": True}, {}, "de organisatie beslist of er nog plaats is", "decide whether there is room"),
        (5, {"late": True}, {"involvement": REQUIRE}, "is gesloten", "has closed"),
        (0, {}, {"closes": NOW - timedelta(hours=1)}, "geen ruimte", "no room"),  # read late, written in time
        (0, {}, {"closes": NOW - timedelta(days=30)}, "is gesloten", "has closed"),
    ],
)
@pytest.mark.parametrize("partly", [False, True])
def test_why_a_seat_waits_is_said_as_it_is(
    free: int,
    registration: dict[str, object],
    event: dict[str, object],
    dutch: str,
    english: str,
    *,
    partly: bool,
) -> None:
    held = (("Jo", CONFIRMED),) if partly else ()
    waits = party(*held, ("Sanne", WAITLISTED), ("Bo", WAITLISTED), **registration)
    facts = Facts(waits, 4, gained=waits.held, waiting=waits.waiting, free=free)
    kind = ReplyKind.CONFIRMED if partly else ReplyKind.WAITLISTED
    texts = said(kind, facts, replace(EVENT, **event))  # type: ignore[arg-type]
    for text, words, no_room in zip(texts, (dutch, english), ("geen ruimte", "no room"), strict=True):
        assert words in text
        assert (no_room in text) == (free < 2 and "closed" not in english)
        assert "4" in text


def test_nobody_is_promised_what_a_reference_does_not_do() -> None:
    for language in ("nl", "en", "de", "fr"):
        facts = Facts(question_passed_on=True)
        text = plain(read(sent(reply(ReplyKind.NOT_FOUND, facts, language=language)))).casefold()
        for word in ("kenmerk", "reference", "kennzeichen", "référence"):
            assert word not in text, language
        assert "iemand van de organisatie kijkt naar" in text or "one of the organisers will look at" in text
