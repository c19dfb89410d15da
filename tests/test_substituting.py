"""Who comes and who leaves, where somebody is sent in another's place."""

from __future__ import annotations

import pytest

from mailflow.reading.model import Intent
from tests.reader import reading_of

ME = ()  # the writer leaves
WRITER = "Sanne Meier"

PHRASES = [
    ("Mijn collega Anna de Boer komt in mijn plaats.", "Anna de Boer", ME),
    ("Anna de Boer komt in plaats van mij.", "Anna de Boer", ME),
    ("In plaats van Jan Bakker komt Anna de Boer.", "Anna de Boer", ("Jan Bakker",)),
    ("Ik ben verhinderd, Anna de Boer vervangt mij.", "Anna de Boer", ME),
    ("Jan Bakker kan niet; Anna de Boer komt in zijn plaats.", "Anna de Boer", ("Jan Bakker",)),
    (
        "Ik ben die dag verhinderd. Kunt u mijn plek overzetten op naam van Kees Vermeulen?",
        "Kees Vermeulen",
        ME,
    ),
    ("Ik kan zelf niet komen en geef mijn plaats aan mevrouw Fatima El Amrani.", "Fatima El Amrani", ME),
    ("Omdat Jan Bakker ziek is, komt Anna de Boer in zijn plaats.", "Anna de Boer", ("Jan Bakker",)),
    ("Niet Jan Bakker maar Anna de Boer komt naar de bijeenkomst.", "Anna de Boer", ("Jan Bakker",)),
    ("Ik kom in plaats van Jan Bakker.", WRITER, ("Jan Bakker",)),
    ("Jan Bakker is verhinderd, ik kom in zijn plaats.", WRITER, ("Jan Bakker",)),
    ("Onze wijkmanager Jan Bakker wordt vervangen door Anna de Boer.", "Anna de Boer", ("Jan Bakker",)),
    ("Anna de Boer will come instead of me.", "Anna de Boer", ME),
    ("I will attend instead of my colleague Jan Bakker.", WRITER, ("Jan Bakker",)),
    ("Tom Reed takes the place of Jill Stone.", "Tom Reed", ("Jill Stone",)),
    ("Unfortunately I can't make it, but Tom Reed will come in my place.", "Tom Reed", ME),
    ("Could you transfer my seat to Tom Reed? I can't come myself.", "Tom Reed", ME),
    ("Tom Reed will replace Jill Stone at the meeting.", "Tom Reed", ("Jill Stone",)),
    ("Jill Stone can't come, so Tom Reed will come in her place.", "Tom Reed", ("Jill Stone",)),
    ("Anna Meier kommt an meiner Stelle.", "Anna Meier", ME),
    ("Anna Meier kommt statt Jan Bakker.", "Anna Meier", ("Jan Bakker",)),
    ("Ich bin verhindert, meine Kollegin Anna Meier vertritt mich.", "Anna Meier", ME),
    ("Anna Dupont viendra à ma place.", "Anna Dupont", ME),
    ("Anna Dupont remplace Jean Petit.", "Anna Dupont", ("Jean Petit",)),
    ("Anna komt in mijn plaats, ik kan helaas niet.", "Anna", ME),
    ("In overleg met Kees Prins vervangt Noor Aldewereld mij.", "Noor Aldewereld", ME),
    ("Wilt u de plaats van Willemien Slot op naam van Joris Tak zetten?", "Joris Tak", ("Willemien Slot",)),
    ("Veuillez remplacer Paul Morin par Inès Roux.", "Inès Roux", ("Paul Morin",)),
    ("Please swap Jill Stone for Tom Reed.", "Tom Reed", ("Jill Stone",)),
]


@pytest.mark.parametrize(("text", "coming", "leaving"), PHRASES, ids=[p[0][:50] for p in PHRASES])
def test_who_comes_and_who_leaves(text: str, coming: str, leaving: tuple[str, ...]) -> None:
    found = reading_of(f"{text}\n\nMet vriendelijke groet,\nSanne Meier", subject="Re: aanmelding")
    assert found.intent is Intent.CHANGE
    assert [p.name for p in found.people] == [coming]
    assert found.replaces == leaving


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Anna de Boer (anna@boer.example) komt in plaats van mij.", "anna@boer.example"),
        (
            "Anna de Boer komt in mijn plaats. Haar adres is a.deboer@gemeente.example.",
            "a.deboer@gemeente.example",
        ),
        ("Ik kom in plaats van Jan Bakker.", "sanne@meier.example"),
    ],
)
def test_the_newcomers_address_goes_along(text: str, email: str) -> None:
    found = reading_of(f"{text}\n\nSanne Meier", subject="Re: aanmelding")
    assert [p.email for p in found.people] == [email]


@pytest.mark.parametrize(
    "text",
    [
        "In plaats van om 13 uur kom ik om 14 uur.",
        "Mijn naam is verkeerd gespeld: Sanne Meyer moet zijn Sanne Meier.",
        "Ik ben Sanne Meier en vervang Jan Bakker als wijkagent; ik meld me graag aan.",
        "Graag in plaats van workshop Spaanse Polder liever BART!",
        "Als ik ziek ben komt Joris Tak misschien in mijn plaats.",
        "If I am ill, Priya Nair may come instead of me.",
    ],
)
def test_what_is_no_exchange_of_people_is_none(text: str) -> None:
    found = reading_of(f"{text}\n\nSanne Meier", subject="Re: aanmelding")
    assert not (found.intent is Intent.CHANGE and found.replaces is not None and len(found.people) == 1)
