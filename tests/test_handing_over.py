"""One for another, played through reading and rules: who hands over, who takes over, what each is told."""

from __future__ import annotations

import pytest

from mailflow.core.model import Person
from mailflow.core.requests import Substitute
from mailflow.reading.names import find
from tests.house import Story, roster
from tests.reader import LEXICON
from tests.test_restated import WRITER, asked


@pytest.mark.parametrize(
    "text",
    [
        "Mijn plek mag naar Bram Hiemstra.",
        "My seat can go to Bram Hiemstra.",
        "Mein Platz kann an Bram Hiemstra gehen.",
    ],
)
def test_a_seat_that_goes_to_somebody_named_is_not_given_up(text: str) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Substitute)
    assert [p.name for p in found.coming] == ["Bram Hiemstra"]
    assert found.leaving == ()


@pytest.mark.parametrize(
    "text", ["Mijn plaats mag naar de volgende op de wachtlijst.", "Geef mijn plek maar aan iemand anders."]
)
def test_a_seat_for_nobody_named_is_given_up(text: str) -> None:
    assert not isinstance(asked(text + "\n\nWietske"), Substitute)


@pytest.mark.parametrize(
    "text",
    [
        "Ik kom in de plaats van Bram Hiemstra, dat is zo afgesproken.",
        "I am coming instead of Bram Hiemstra.",
        "Ich komme anstelle von Bram Hiemstra.",
        "Je viens à la place de Bram Hiemstra.",
    ],
)
def test_who_comes_in_anothers_place_asks_for_one_seat_and_it_is_that_one(text: str) -> None:
    found = asked(text + "\n\nWietske Postma", "")
    assert isinstance(found, Substitute)
    assert found.coming == (Person("Wietske Postma", WRITER.split("<")[1].rstrip(">")),)
    assert found.leaving == ("Bram Hiemstra",)


def test_the_holder_is_asked_when_the_newcomer_writes() -> None:
    story = Story(roster(2))
    story.registers("bram")
    coming = (Person("Wietske", "wietske@home.example"),)
    story.happens(Substitute(story.sender("wietske"), coming, ("Bram",)))
    assert sorted(story.kinds) == [("holder_asked", "wietske"), ("verify", "bram")]
    assert story.states("bram") == ["confirmed"]


def test_who_comes_for_somebody_without_a_seat_here_registers() -> None:
    story = Story(roster(2))
    coming = (Person("Wietske", "wietske@home.example"),)
    story.happens(Substitute(story.sender("wietske"), coming, ("Bram Hiemstra",)))
    assert story.kinds == [("confirmed", "wietske")]
    assert story.states("wietske") == ["confirmed"]


def test_who_hands_a_registration_over_hears_that_they_have_no_seat_any_more() -> None:
    story = Story(roster(2))
    story.registers("bram")
    story.answers("bram", Substitute, "confirmed", (Person("Wietske", "wietske@home.example"),))
    assert story.kinds == [("handed_over", "bram"), ("taken_over", "wietske")]
    told = story.replies[0].facts
    assert (told.leaving, told.coming) == ("Bram", "Wietske")
    assert all(r.facts.tells_of_a_seat for r in story.replies)  # no cap holds it back (rules I11)


def test_und_joins_two_people_and_stands_in_few_names() -> None:
    def names(text: str) -> list[str]:
        return [n.text for n in find(text, LEXICON.names)]

    assert names("Greta Holm, Lars Holm und Ida Holm") == ["Greta Holm", "Lars Holm", "Ida Holm"]
    assert names("Karl von und zu Liebenau") == ["Karl von und zu Liebenau"]
