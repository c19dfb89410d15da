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
    ("Mijn collega Anna de Boer neemt mijn stoel over.", "Anna de Boer", ME),
    ("Anna de Boer neemt mijn plaats over, ik ben helaas verhinderd.", "Anna de Boer", ME),
    ("Jill Bakker is ziek, haar plaats wordt ingenomen door Anna de Boer.", "Anna de Boer", ("Jill Bakker",)),
    ("Kan Anna de Boer mijn kaartje gebruiken?", "Anna de Boer", ME),
    ("Jill Bakker is ziek. Anna de Boer springt voor haar in.", "Anna de Boer", ("Jill Bakker",)),
    ("Jan Bakker komt niet maar Anna de Boer wel.", "Anna de Boer", ("Jan Bakker",)),
    ("Jan Bakker kan er niet bij zijn, Anna de Boer wel.", "Anna de Boer", ("Jan Bakker",)),
    ("I can't make it; Tom Reed can have my seat.", "Tom Reed", ME),
    ("Instead of Jill Stone, Tom Reed will come.", "Tom Reed", ("Jill Stone",)),
    ("Tom Reed is standing in for Jill Stone.", "Tom Reed", ("Jill Stone",)),
    ("Tom Reed will be filling in for me on the 22nd.", "Tom Reed", ME),
    ("Jill Stone has fallen ill and Tom Reed will replace her.", "Tom Reed", ("Jill Stone",)),
    ("Frau Petra Weiss wird von Anna Meier vertreten.", "Anna Meier", ("Petra Weiss",)),
    ("Ich werde von Anna Meier vertreten.", "Anna Meier", ME),
    ("Bitte den Namen Uwe Berg in Anna Roth ändern.", "Anna Roth", ("Uwe Berg",)),
    ("Je viens à la place de Jean Petit.", WRITER, ("Jean Petit",)),
    ("Mijn vervanger is Joris Tak, te bereiken op joris@tak.example.", "Joris Tak", ME),
    ("Als mijn vervanger komt Joris Tak.", "Joris Tak", ME),
    ("Meine Kollegin Heike Lorenz wird mich vertreten.", "Heike Lorenz", ME),
    (
        "De heer De Ridder is verhinderd. Mevrouw C. Appelman zal hem die middag vervangen.",
        "C. Appelman",
        ("De Ridder",),
    ),
    ("Ma collègue Anne Dupont me remplacera le 22 novembre.", "Anne Dupont", ME),
    ("Mijn plek gaat naar Joris Tak.", "Joris Tak", ME),
    ("Mijn zus Anna neemt mijn plaats in, ik kan niet.", "Anna", ME),
    ("Ik kan helaas niet komen maar ik stuur mijn collega Joris Tak.", "Joris Tak", ME),
    ("I can't be there, so I'm sending Tom Reed.", "Tom Reed", ME),
    ("Leider kann ich nicht kommen, ich schicke meinen Kollegen Uwe Berg.", "Uwe Berg", ME),
    ("Wilt u mijn kaartje op naam van Joris Tak zetten?", "Joris Tak", ME),
    ("Joris Tak mag mijn kaartje hebben.", "Joris Tak", ME),
    ("Joris Tak komt op mijn kaartje.", "Joris Tak", ME),
    ("My seat will be taken by Tom Reed.", "Tom Reed", ME),
    ("Uwe Berg springt für mich ein.", "Uwe Berg", ME),
    ("Mein Platz geht an Uwe Berg.", "Uwe Berg", ME),
    ("Uwe Berg übernimmt meinen Platz.", "Uwe Berg", ME),
    ("Ma place revient à Jean Petit.", "Jean Petit", ME),
    ("Jan Bakker wordt die dag door Anna de Boer vervangen.", "Anna de Boer", ("Jan Bakker",)),
    ("Anna de Boer valt in voor Jan Bakker.", "Anna de Boer", ("Jan Bakker",)),
    ("Ik laat me vervangen door Anna de Boer.", "Anna de Boer", ME),
    ("Graag wijzigen.\n\nWas: Jan Bakker\nWordt: Anna de Boer", "Anna de Boer", ("Jan Bakker",)),
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


@pytest.mark.parametrize(
    "text",
    [
        "Ik vervang de wethouder in de commissie en meld me graag aan.",
        "Als vervanger van de wethouder werk ik aan veiligheid; ik kom graag.",
        "Ik vervang Jan Bakker in de commissie en meld me graag aan.",
        "Ik vervang Jan Bakker tijdens zijn verlof als wijkmanager, schrijf me graag in.",
        "I am filling in for our director Jill Stone this year and would like to attend.",
    ],
)
def test_who_holds_an_office_for_another_registers_alone(text: str) -> None:
    found = reading_of(f"{text}\n\nSanne Meier", subject="bijeenkomst")
    assert (found.intent, [p.name for p in found.people], found.seats) == (Intent.REGISTER, [WRITER], 1)


@pytest.mark.parametrize(
    "text",
    [
        "Ik kan niet komen, groeten aan Anna de Boer.",
        "Ik meld me af, mijn plek mag naar iemand anders.",
        "Ik kan niet komen. Anna de Boer stuurt u nog een mail.",
    ],
)
def test_a_leaving_that_names_another_is_still_one(text: str) -> None:
    found = reading_of(f"{text}\n\nSanne Meier", subject="bijeenkomst")
    assert (found.intent, [p.name for p in found.people]) == (Intent.CANCEL, [WRITER])


def test_a_table_of_was_and_is_names_who_comes_for_whom() -> None:
    table = "Was\tWordt\nDhr. J. Bakker\tMw. Anna de Boer anna@boer.example"
    found = reading_of(f"Wilt u de lijst aanpassen?\n\n{table}\n\nSanne Meier", subject="wisseling")
    assert [(p.name, p.email) for p in found.people] == [("Anna de Boer", "anna@boer.example")]
    assert found.replaces == ("J. Bakker",)
