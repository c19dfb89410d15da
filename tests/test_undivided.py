"""All or nothing: a party that says it comes together or not at all is offered no part of its seats."""

from __future__ import annotations

import pytest

from mailflow.core.model import Promotion
from mailflow.core.requests import Amend, Negate, Register, SetLimits
from tests.house import Story, roster
from tests.reader import reading_of
from tests.test_restated import asked


@pytest.mark.parametrize(
    "text",
    [
        "Wij komen graag met z'n drieën, maar alleen als we alle drie kunnen.",
        "Graag drie plaatsen, alleen als we met z'n drieën tegelijk kunnen komen.",
        "Schrijf ons alleen in als er voor ons allemaal plaats is.",
        "Voor ons is het alles of niets.",
        "We komen samen of helemaal niet.",
        "Wij willen liever niet gesplitst worden.",
        "Alleen als er drie plaatsen zijn, graag.",
        "We'd like to come, but only if all three of us can come.",
        "Only if there is room for both of us, please.",
        "It's all or nothing for us.",
        "Please don't split us up.",
        "Wir kommen gern, aber nur wenn wir alle drei kommen können.",
        "Nur wenn für uns beide Platz ist.",
        "Entweder alle oder keiner.",
        "Bitte nicht getrennt.",
        "Nous viendrons seulement si nous pouvons venir tous les trois.",
        "Uniquement si nous avons tous une place.",
        "C'est tous ou personne.",
    ],
)
def test_it_is_said_in_many_ways(text: str) -> None:
    assert reading_of(text).together


@pytest.mark.parametrize(
    "text",
    [
        "Het hoeft niet alles of niets te zijn, twee plaatsen is ook goed.",
        "Niet alleen als we alle drie kunnen, ook met z'n tweeën komen we.",
        "Als we niet alle drie kunnen, komen we met z'n tweeën.",
        "Wij komen graag met z'n drieën.",
        "Ik kom alleen.",
        "Ik kom alleen als er een lift is.",
        "Splitsen mag, wij zitten graag los van de rest.",
        "Kan dat alleen als we alle drie komen?",
        "U mag ons gerust splitsen.",
        "We can come all day, only if it rains not.",
        "Only one of us can come.",
        "It need not be all or nothing.",
        "I only come if there is parking.",
        "Nicht nur wenn wir alle kommen können.",
        "Ich komme nur, wenn es nicht regnet.",
        "Wir kommen alle zusammen.",
        "Je viens seulement si le train roule.",
        "Nous viendrons tous ensemble.",
    ],
)
def test_what_looks_like_it_is_something_else(text: str) -> None:
    assert not reading_of(text).together


@pytest.mark.parametrize(
    ("text", "seats"),
    [
        ("Please register three of us. It's all or nothing.", 3),
        ("We'd like to come, the three of us.", 3),
        ("Nous aimerions venir à trois, s'il vous plaît.", 3),
        ("Wir alle vier würden gerne kommen.", 4),
        ("Nous aimerions venir à 14 heures, est-ce que je peux m'inscrire ?", 1),
    ],
)
def test_how_many_they_are_is_read_beside_it(text: str, seats: int) -> None:
    assert reading_of(text).seats == seats


def test_below_an_offer_of_a_part_it_is_no_and_below_the_list_a_wish() -> None:
    found = asked("Alleen als we alle drie kunnen.\n\nWietske", "offered")
    assert isinstance(found, Negate)
    assert found.together
    found = asked("Only if all three of us can come, please.\n\nWietske", "waitlisted")
    assert isinstance(found, Amend)
    assert found.together
    assert not found.has_question


def test_a_party_of_all_or_nothing_is_offered_no_part() -> None:
    story = Story(roster(2))
    story.registers("wietske", 3, together=True)
    assert story.kinds == [("waitlisted", "wietske")]
    story.registers("okke", 1)  # who fits may pass
    assert story.states("okke") == ["confirmed"]


def test_said_to_an_offer_of_a_part_it_refuses_that_and_is_kept() -> None:
    story = Story(roster(2))
    story.registers("wietske", 3)
    story.answers("wietske", Negate, "offered", together=True)
    assert story.kinds == [("waitlisted", "wietske")]
    assert story.of("wietske").together
    assert story.of("wietske").offer is None
    assert story.of("wietske").passed == 0


def test_said_later_it_is_noted_and_told_and_a_new_mail_refuses_a_part() -> None:
    story = Story(roster(1))
    story.registers("okke", 1)
    story.registers("wietske", 2)
    story.answers("wietske", Amend, "waitlisted", together=True)
    assert [(str(r.kind), [c.what for c in r.facts.changes]) for r in story.replies] == [
        ("changed", ["together"])
    ]
    other = Story(roster(2))
    other.registers("wietske", 3)
    other.happens(Register(other.sender("wietske"), 3, total=True, together=True))
    assert other.states("wietske") == ["waitlisted"] * 3
    assert other.of("wietske").together


def test_where_all_of_them_are_offered_a_seat_the_condition_is_asked_back() -> None:
    story = Story(roster(1, promotion=Promotion.OFFER))
    story.registers("okke", 1)
    story.registers("wietske", 1)
    story.happens(SetLimits("order", capacity=2))
    assert story.states("wietske") == ["offered"]
    story.answers("wietske", Negate, "offered", together=True)
    assert story.states("wietske") == ["offered"]
