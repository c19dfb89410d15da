"""A party that is seated, said anew in an answer to ours: who stays, who leaves, how many, by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.core import thread
from mailflow.core.effects import Record
from mailflow.core.model import Person
from mailflow.core.requests import Affirm, Amend, Cancel, Enquire, FromMail, Register
from mailflow.reading.request import request
from mailflow.reading.understand import read
from tests.house import Story, roster
from tests.reader import EVENT, LEXICON, OURS, mail_of

SECRET = b"s" * 32
WRITER = "Wietske Postma <wietske@terp.example>"


def asked(text: str, kind: str = "confirmed") -> FromMail | None:
    """What is asked by that text below a mail of ours of that kind ("": below none)."""
    ours = thread.message_id(SECRET, OURS.domain, kind, "KLV-7F3Q", "c1")
    below = f"In-Reply-To: {ours}\nReferences: {ours}\n" if kind else ""
    subject = "Re: Kennisbijeenkomst" if kind else "Aanmelding"
    mail = mail_of(text, sender=WRITER, subject=subject, extra=below)
    reading = read(mail, EVENT, LEXICON, OURS)
    at = datetime(2018, 10, 1, tzinfo=UTC)
    return request(reading, mail, key="k", arrival=at, uid=1, secret=SECRET, ours=OURS)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Jorn kan toch niet, Elske en ik komen wel.", ["Jorn"]),
        ("Elske en ik komen gewoon, alleen Jorn is helaas verhinderd.", ["Jorn"]),
        ("Jorn heeft griep. Hij komt dus niet, Elske en ik wel.", ["Jorn"]),
        ("Jorn moet helaas afzeggen, wij komen met z'n tweeën.", ["Jorn"]),
        ("Ik kan zelf niet, maar Jorn en Elske komen wel.", ["Wietske Postma"]),
        ("Jorn en Elske komen, ik helaas niet.", ["Wietske Postma"]),
        ("Jorn komt niet en Elske en ik wel.", ["Jorn"]),
        ("Een van ons drieën valt af: Jorn.", ["Jorn"]),
        ("Jorn can't make it any more, I'm still coming.", ["Jorn"]),
        ("Only Jorn has to drop out; the rest of us will be there.", ["Jorn"]),
        ("I can't come myself but Jorn and Elske are still coming.", ["Wietske Postma"]),
        ("Leider kann Jorn nicht kommen, Elske und ich sind dabei.", ["Jorn"]),
        ("Jorn ne peut pas venir, mais Elske et moi serons là.", ["Jorn"]),
    ],
)
def test_who_cannot_come_leaves_and_who_still_comes_stays(text: str, who: list[str]) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Cancel), found
    assert [p.name for p in found.people] == who
    assert found.seats == len(who)


@pytest.mark.parametrize(
    "text",
    [
        "Als Jorn niet kan, kom ik alleen.",  # not yet
        "Ik kan niet wachten, Jorn en ik komen graag!",
        "Jorn en ik komen, maar niet met de auto.",
        "Geen probleem, Jorn en ik komen gewoon.",
        "Komt Jorn niet, of komt hij wel?",
    ],
)
def test_no_seat_is_given_up_for_a_denial_of_something_else(text: str) -> None:
    assert not isinstance(asked(text + "\n\nWietske"), Cancel)


def test_somebody_unknown_who_can_come_is_a_question_not_a_lost_seat() -> None:
    story = Story(roster(3))
    story.registers("wietske", 1)
    story.answers("wietske", Cancel, "confirmed", 1, (), stays=("Tjalling",))
    assert story.states("wietske") == ["confirmed"]
    assert story.kinds == [("unclear", "wietske")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("We komen toch maar met vijf.", 5),
        ("Wij komen met drie personen.", 3),
        ("Wij worden met z'n vieren.", 4),
        ("Maak er maar drie van.", 3),
        ("We will be three after all.", 3),
        ("There will be only two of us.", 2),
        ("Please make it four.", 4),
        ("Dann kommen wir nur zu dritt.", 3),
        ("Nous serons trois finalement.", 3),
    ],
)
def test_we_come_with_so_many_is_the_whole_party(text: str, number: int) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Register), found
    assert (found.seats, found.total) == (number, True)


@pytest.mark.parametrize(
    "text",
    [
        "We komen met 1 auto.",
        "We komen met de trein van twee uur.",
        "We will be 20 minutes late.",
        "Wir kommen mit 2 Hunden.",
        "Nous serons là à 14 heures.",
        "We zijn met vijf buurtbewoners een moestuin begonnen.",
    ],
)
def test_other_things_that_are_counted_are_no_party(text: str) -> None:
    found = asked(text + "\n\nWietske")
    assert not (isinstance(found, Register) and found.total), found


def test_a_yes_with_a_number_to_do_you_still_come_keeps_so_many() -> None:
    found = asked("Ja, wij komen met z'n tweeën.\n\nWietske", "reconfirm")
    assert isinstance(found, Affirm)
    assert found.seats == 2
    story = Story(roster(4))
    story.registers("wietske", 3, "Wietske", "Jorn", "Elske")
    story.answers("wietske", Affirm, "reconfirm", 3)
    assert story.kinds == [("kept", "wietske")]
    story.answers("wietske", Affirm, "reconfirm", 2)
    assert sorted(story.states("wietske")) == ["cancelled", "confirmed", "confirmed"]


@pytest.mark.parametrize(
    "text",
    [
        "De namen van mijn gasten zijn Okke Rijpma en Nynke Faber.",
        "Mijn vrienden heten Okke Rijpma en Nynke Faber.",
        "Hierbij nog de namen: Okke Rijpma en Nynke Faber.",
        "My guests are called Okke Rijpma and Nynke Faber.",
        "The names of my two guests: Okke Rijpma, Nynke Faber",
        "Die Namen meiner Gäste sind Okke Rijpma und Nynke Faber.",
        "Mes invités s'appellent Okke Rijpma et Nynke Faber.",
    ],
)
def test_names_supplied_later_are_those_of_the_guests(text: str) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Amend), found
    assert [p.name for p in found.people] == ["Okke Rijpma", "Nynke Faber"]
    assert not found.seats


@pytest.mark.parametrize(
    "text",
    [
        "Can I bring my dog? And is there parking?",
        "Could I come with my wife instead?",
        "Mag mijn dochter ook mee?",
        "Is er een lift in het gebouw?",
    ],
)
def test_a_question_below_an_offer_takes_no_seat(text: str) -> None:
    assert isinstance(asked(text + "\n\nWietske", "offered"), Enquire)


def test_a_question_beside_a_yes_takes_the_seat() -> None:
    found = asked("Graag! Is er parkeergelegenheid?\n\nWietske", "offered")
    assert isinstance(found, Register)
    assert found.has_question


def test_company_without_a_name_is_added_to_who_is_seated() -> None:
    found = asked("Ik kom met mijn vrouw.\n\nWietske")
    assert isinstance(found, Register)
    story = Story(roster(3))
    story.registers("wietske")
    story.answers("wietske", Register, "confirmed", found.seats, found.people)
    assert story.states("wietske") == ["confirmed", "confirmed"]
    assert any(isinstance(e, Record) for e in story.effects)


@pytest.mark.parametrize("kind", ["confirmed", ""])
@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Jorn komt niet.", "Jorn"),
        ("Jorn can't make it.", "Jorn"),
        ("Elske is ziek en moet afzeggen.", "Elske"),
        ("Jorn is ziek. Daarom meld ik me af.", "Wietske Postma"),
    ],
)
def test_who_is_said_not_to_come_is_not_the_writer(text: str, who: str, kind: str) -> None:
    found = asked(text + "\n\nWietske", kind)
    assert isinstance(found, Cancel)
    assert [p.name for p in found.people] == [who]


def test_a_stranger_who_does_not_come_costs_nobody_a_seat() -> None:
    story = Story(roster(3))
    story.registers("wietske", 2, "Wietske", "Elske")
    story.answers("wietske", Cancel, "confirmed", 1, (Person("Jorn"),))
    assert story.states("wietske") == ["confirmed", "confirmed"]
    assert story.kinds == [("unclear", "wietske")]


@pytest.mark.parametrize(
    "text",
    [
        "Graag ook Okke Rijpma aanmelden.",
        "Please also register Okke Rijpma.",
        "Ich möchte auch meinen Nachbarn Okke Rijpma anmelden.",
        "Kunt u ook mijn buurman inschrijven: Okke Rijpma.",
    ],
)
def test_somebody_named_to_be_registered_too_is_added(text: str) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Amend), found
    assert ([p.name for p in found.people], found.seats) == (["Okke Rijpma"], 1)


@pytest.mark.parametrize(
    "text", ["Er komen nog 2 mensen bij.", "Two more people would like to join us.", "Noch 2 Personen bitte."]
)
def test_so_many_more_are_so_many_more_in_a_new_mail_too(text: str) -> None:
    found = asked(text + "\n\nWietske Postma", "")
    assert isinstance(found, Register), found
    assert found.more == 2
    story = Story(roster(4))
    story.registers("wietske", 1, "Wietske Postma")
    more = Register(story.sender("wietske"), found.seats, found.people, more=found.more)
    story.happens(more)
    assert story.states("wietske") == ["confirmed"] * 3


def test_who_comes_back_later_than_two_hours_after_cancelling_is_a_new_arrival() -> None:
    story = Story(roster(2))
    story.registers("wietske", 2, "Wietske", "Jorn")
    story.answers("wietske", Cancel, "confirmed")
    gone = story.of("wietske").ref
    story.passes(hours=3)
    token = story.token("wietske", "cancelled")
    story.happens(Amend(token, 2, (Person("Wietske"), Person("Jorn"))))
    assert story.kinds == [("confirmed", "wietske")]
    assert story.of("wietske").ref != gone
    assert story.states("wietske") == ["confirmed", "confirmed"]


def test_a_detail_from_somebody_who_cancelled_seats_nobody() -> None:
    story = Story(roster(2))
    story.registers("wietske")
    story.answers("wietske", Cancel, "confirmed")
    story.passes(hours=3)
    story.happens(Amend(story.token("wietske", "cancelled"), organisation="Terp"))
    assert story.kinds == [("not_found", "wietske")]


def test_who_can_come_after_all_is_added() -> None:
    found = asked("Jorn can come after all!\n\nWietske", "cancelled")
    assert isinstance(found, Amend)
    assert ([p.name for p in found.people], found.seats) == (["Jorn"], 1)


def test_both_is_the_party_only_where_it_is_coming_that_is_spoken_of() -> None:
    found = asked("We would like to come after all, both of us.\n\nWietske", "cancelled")
    assert isinstance(found, Register)
    assert (found.seats, found.total) == (2, True)
    other = asked("We both work for the council.\n\nWietske")
    assert not (isinstance(other, Register) and other.total)


@pytest.mark.parametrize("text", ["Two of us have to cancel.", "Twee van ons kunnen helaas niet komen."])
def test_some_of_a_party_are_not_all_of_it(text: str) -> None:
    found = asked(text + "\n\nWietske")
    assert isinstance(found, Cancel)
    assert (found.seats, len(found.people)) == (2, 2)
    story = Story(roster(3))
    story.registers("wietske", 3, "Wietske", "Jorn", "Elske")
    story.answers("wietske", Cancel, "confirmed", found.seats, found.people)
    assert story.states("wietske") == ["confirmed"] * 3  # who? it is asked
    assert story.kinds == [("unclear", "wietske")]
