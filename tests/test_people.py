"""Whom a mail is about: names in all their writings, who comes along, how many seats."""

# ruff: noqa: E501 - mails and their meaning as tables, one a line

from __future__ import annotations

import pytest

from mailflow.reading import names
from mailflow.reading.writer import writer_of
from tests.reader import LEXICON, below, reading_of

WORDS = LEXICON.names


def people(text: str, **fields: str) -> list[str]:
    return [p.name for p in reading_of(text, **fields).people]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Meulenbelt, Annemiek", "Annemiek Meulenbelt"),
        ("dr. ir. J. van der Berg", "J. van der Berg"),
        ("Oosthoek K.", "K. Oosthoek"),
        ("jan de vries", "Jan de Vries"),
        ("Dijksterhuis, drs. E.M. (Lieke)", "Lieke Dijksterhuis"),
        ("Caoimhe O'Rourke", "Caoimhe O'Rourke"),
    ],
)
def test_a_name_is_cleaned(written: str, meant: str) -> None:
    assert names.clean(written, WORDS) == meant


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Secretariaat", ""),
        ("Gemeente Capelle - M. Schouten", "M. Schouten"),
        ("info@x.example", ""),
        ("ruud", "Ruud"),
        ("Stichting De Brug", ""),
    ],
)
def test_a_display_name_is_a_person_or_not(name: str, person: str) -> None:
    assert names.display_name(name, "x@y.example", WORDS) == person


def test_a_joint_signature_is_written_out_for_both() -> None:
    assert names.shared_surname("Trudy en Gerrit van Dooren", WORDS) == [
        "Trudy van Dooren",
        "Gerrit van Dooren",
    ]


def test_the_fullest_writing_of_the_name_wins() -> None:
    assert writer_of("K. Reitsma", ["Groet,", "Klaas Reitsma"], (), WORDS).name == "Klaas Reitsma"


def test_two_people_of_one_surname_are_two() -> None:
    assert not names.same("Anna de Vries", "Jan de Vries")


@pytest.mark.parametrize(
    ("text", "seats", "who"),
    [
        ("Ik meld mij graag aan.", 1, ["Sanne Meier"]),
        ("Mijn buurvrouw en ik komen graag.", 2, ["Sanne Meier"]),
        ("Mijn collega Ali Demir en ik willen graag komen.", 2, ["Sanne Meier", "Ali Demir"]),
        ("Graag vier plaatsen reserveren.", 4, ["Sanne Meier"]),
        ("Wij komen graag met z'n drieën.", 3, ["Sanne Meier"]),
        ("Hierbij meld ik mevrouw Anna de Boer aan. Zelf kom ik niet.", 1, ["Anna de Boer"]),
        ("Namens onze directeur, de heer T. Smit, meld ik hem aan voor de bijeenkomst.", 1, ["T. Smit"]),
        ("Please register my colleague Priya Shah (priya@shah.example).", 1, ["Priya Shah"]),
    ],
)
def test_a_registration_names_its_party(text: str, seats: int, who: list[str]) -> None:
    reading = reading_of(text)
    assert (reading.seats, [p.name for p in reading.people]) == (seats, who)


def test_a_numbered_list_with_the_undersigned() -> None:
    text = (
        "Graag reserveer ik plaatsen voor:\n\n1. Anna de Boer - beleidsmedewerker\n2. Ali Demir - wijkmanager\n"
        "3. ondergetekende\n\nMet vriendelijke groet,\nSanne Meier"
    )
    reading = reading_of(text)
    assert reading.seats == 3
    assert [p.name for p in reading.people] == ["Sanne Meier", "Anna de Boer", "Ali Demir"]


def test_a_table_of_participants_with_their_addresses() -> None:
    text = (
        "Onderstaande collega's willen graag deelnemen. Zelf kom ik niet.\n\nNaam\tFunctie\tMail\n"
        "Anna de Boer\tadviseur\tanna@boer.example\nAli Demir\twijkmanager\t\n"
    )
    reading = reading_of(text)
    assert [(p.name, p.email) for p in reading.people] == [
        ("Anna de Boer", "anna@boer.example"),
        ("Ali Demir", None),
    ]
    assert reading.seats == 2


def test_no_number_of_the_house_or_the_year_is_a_number_of_seats() -> None:
    assert reading_of("Ik kom graag. Ik woon al 43 jaar op nummer 12 en betaal 7 euro.").seats == 1


def test_a_greeting_names_nobody_to_be_seated() -> None:
    assert people("Beste Marja Kuiper,\n\nIk kom graag.\n\nGroet,\nSanne Meier") == ["Sanne Meier"]


def test_who_gives_up_the_seat_of_another_keeps_their_own() -> None:
    assert people("Helaas kan mijn collega Ali Demir er niet bij zijn.") == ["Ali Demir"]


def test_a_replacement_names_the_newcomer_and_takes_no_seat_more() -> None:
    reading = reading_of("In mijn plaats komt Anna de Boer.")
    assert (reading.seats, [p.name for p in reading.people], reading.replaces) == (0, ["Anna de Boer"], ())


def test_we_without_a_number_leaves_the_number_open() -> None:
    reading = reading_of(**below("Uw aanmelding is bevestigd.", "Wij kunnen helaas niet komen."))
    assert reading.seats is None


def test_a_quoted_name_is_nobody() -> None:
    reading = reading_of(**below("Beste Piet Jansen en Truus Bakker, wij nodigen u uit.", "Ik kom graag!"))
    assert [p.name for p in reading.people] == ["Sanne Meier"]


@pytest.mark.parametrize(
    ("said", "seats"),
    [
        ("Graag meld ik mijzelf en twee collega's aan.", 3),
        ("Ik kom samen met vier buren.", 5),
        ("Graag aanmelden: ik plus 2 gasten.", 3),
        ("Ik meld me graag aan, +1.", 2),
        ("Ik kom met mijn vrouw en twee vrienden.", 4),
        ("Wij komen met drie collega's van de gemeente.", 3),
        ("Graag meld ik twee collega's aan: Fatima Amrani en Kees Bos.", 2),
        ("Ik meld mij en twee collega's aan: Fatima Amrani en Kees Bos.", 3),
        ("Please sign up me and two of my colleagues.", 3),
        ("Ich möchte mich und zwei Kollegen anmelden.", 3),
        ("Je souhaite m'inscrire avec deux collègues.", 3),
        ("Graag meld ik me aan. Ik werk al tien jaar met drie collega's aan de wijk.", 1),
    ],
)
def test_company_that_is_counted_and_not_named_takes_a_seat_each(said, seats):
    assert reading_of(said).seats == seats


@pytest.mark.parametrize(
    ("text", "leaves"),
    [
        ("Helaas kan Gijs Molen niet komen. Corrie en ik komen wel.", ["Gijs Molen"]),
        ("Gijs Molen kan niet komen, ik wel.", ["Gijs Molen"]),
        ("Gijs Molen moet afzeggen. Wij met z'n tweeën komen nog steeds.", ["Gijs Molen"]),
        ("Leider kann Gijs Molen nicht kommen. Corrie und ich kommen trotzdem.", ["Gijs Molen"]),
        ("Ik kan niet komen, maar Gijs Molen komt wel.", ["Wilma Wad"]),
        ("Ich kann leider nicht kommen, aber Gijs Molen kommt trotzdem.", ["Wilma Wad"]),
        ("Helaas kan ik niet komen, Gijs Molen ook niet. Corrie Mast komt wel.", ["Wilma Wad", "Gijs Molen"]),
        ("Gijs Molen en Corrie Mast komen niet meer.", ["Gijs Molen", "Corrie Mast"]),
        ("Graag Gijs Molen afmelden.", ["Gijs Molen"]),
        ("Please cancel Gijs Molen.", ["Gijs Molen"]),
        ("Gijs Molen is verhinderd.", ["Gijs Molen"]),
        ("Ik wil Gijs Molen afmelden.", ["Gijs Molen"]),
        ("Hierbij meld ik Gijs Molen en Corrie Mast af.", ["Gijs Molen", "Corrie Mast"]),
        ("Ik kan niet komen en Gijs Molen ook niet.", ["Wilma Wad", "Gijs Molen"]),
        ("Helaas moet ik afzeggen. Ook Gijs Molen komt niet.", ["Wilma Wad", "Gijs Molen"]),
        ("Gijs Molen en Wilma Wad melden zich af.", ["Wilma Wad", "Gijs Molen"]),
        ("Mijn vrouw kan helaas niet komen.", [""]),
        ("Please remove my son from the registration.", [""]),
        ("Mijn zoon is ziek, dus ik kan niet komen.", ["Wilma Wad"]),
        ("Gijs kan helaas niet. Ik kom wel gewoon.", ["Gijs"]),
    ],
)
def test_who_comes_all_the_same_is_not_among_those_who_leave(text: str, leaves: list[str]) -> None:
    reading = reading_of(
        f"{text}\n\nWilma Wad", sender="Wilma Wad <wilma@wad.example>", subject="Re: bevestigd"
    )
    assert (reading.intent, [p.name for p in reading.people]) == ("cancel", leaves)
