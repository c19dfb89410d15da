"""How people say that they are involved; projects and workshops, of this event and of any other."""

# ruff: noqa: E501 - mails and their meaning as tables, one a line

from __future__ import annotations

from dataclasses import replace

import pytest

from mailflow.core.model import Project, Round
from tests.reader import EVENT, below, reading_of

GARDEN = replace(
    EVENT,
    id="tuindag",
    name="Tuindag",
    projects=(
        Project("kas", "Kas op Noord", leaders=("Henk Visser",)),
        Project("kop", "Kop op Noord"),
        Project("bij", "De Bijenvloer", aliases=("bijenhotel",)),
    ),
    rounds=(Round(1, "10:00-11:00"), Round(2, "11:30-12:30"), Round(3, "14:00-15:00")),
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ik meld mij aan. Ik ben vrijwilliger bij het buurthuis.", "Ik ben vrijwilliger bij het buurthuis."),
        ("Graag een plaats.\nBetrokkenheid: wijkagent in Zuid", "wijkagent in Zuid"),
        ("Please register me. I run a youth club in the north of the city.", "I run a youth club in the north of the city."),
    ],
)  # fmt: skip
def test_the_statement_is_kept_in_the_senders_words(text: str, words: str) -> None:
    assert reading_of(text).involvement == words


@pytest.mark.parametrize(
    "text", ["Ik meld mij aan.", "Ik kom graag. Ik eet vegetarisch en kom met de trein."]
)
def test_no_statement_is_made_up(text: str) -> None:
    assert reading_of(text).involvement is None


def test_a_job_title_in_a_signature_is_no_statement() -> None:
    text = (
        "Graag meld ik mij aan.\n\nMet vriendelijke groet,\nSanne Meier\nwijkregisseur | Gemeente Vlaardingen"
    )
    reading = reading_of(text)
    assert reading.involvement is None
    assert reading.organisation == "Gemeente Vlaardingen"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("Ik werk bij Stichting De Brug. Graag een plaats.", "Stichting De Brug"),
        ("Naam: Sanne Meier\nOrganisatie: Bureau Noord\nIk kom graag.", "Bureau Noord"),
        ("Ik bel vaak met de gemeente. Graag een plaats.", None),
    ],
)
def test_the_organisation_is_what_they_say_they_belong_to(text: str, where: str | None) -> None:
    assert reading_of(text).organisation == where


def test_a_project_taken_part_in_is_involvement() -> None:
    reading = reading_of("Ik meld mij aan. Ik doe vanaf het begin mee met Mooi Mooier Midelland.")  # sic
    assert reading.projects == ("mooi-mooier-middelland",)


def test_a_workshop_that_is_wanted_is_no_involvement() -> None:
    reading = reading_of("Ik meld mij aan. In ronde 1 graag Buurt Bestuurt, in ronde 2 BART!")
    assert reading.projects == ()
    assert reading.workshops == {1: "buurt-bestuurt", 2: "bart"}


@pytest.mark.parametrize(
    ("text", "rounds"),
    [
        (
            "Ik kom graag. Eerst Buurt Bestuurt, daarna Spaanse Polder.",
            {1: "buurt-bestuurt", 2: "spaanse-polder"},
        ),
        ("I'd like to attend. After the break BART! please.", {1: None, 2: "bart"}),
        ("Ik kom graag, met voorkeur voor de workshop over Wollefoppengroen.", {1: None, 2: None}),
        (
            "Ik kom graag.\nRonde 1: Oost Pact Door\nRonde 2: Buurt Bestuurt",
            {1: "oost-pact-door", 2: "buurt-bestuurt"},
        ),
    ],
)
def test_wishes_are_noted_per_round(text: str, rounds: dict[int, str | None]) -> None:
    assert reading_of(text).workshops == rounds


def test_a_project_in_a_quote_does_not_count() -> None:
    reading = reading_of(**below("Bezoek in ronde 1 Buurt Bestuurt of Wollefoppengroen.", "Ik kom graag!"))
    assert reading.projects == ()
    assert reading.workshops == {1: None, 2: None}


def test_another_event_has_its_own_projects_and_rounds() -> None:
    text = "Ik kom graag. Ik help al jaren bij het bijenhotel.\nRonde 3: Kas op Noord"
    reading = reading_of(text, event=GARDEN)
    assert reading.projects == ("bij",)
    assert reading.workshops == {1: None, 2: None, 3: "kas"}


def test_a_name_between_two_projects_is_neither() -> None:
    assert reading_of("Ik kom graag. Ik werk mee aan Kaf op Noord.", event=GARDEN).projects == ()


def test_a_project_is_known_by_its_leader() -> None:
    assert reading_of("Ik kom graag. Ik tuinier al lang samen met Henk Visser.", event=GARDEN).projects == (
        "kas",
    )


def test_this_events_projects_are_unknown_to_another() -> None:
    assert reading_of("Ik kom graag. Ik doe mee met Buurt Bestuurt.", event=GARDEN).projects == ()
