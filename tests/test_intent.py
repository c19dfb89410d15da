"""What a mail wants, sentence by sentence; in doubt it says so."""

from __future__ import annotations

import pytest

from mailflow.reading.model import Intent
from tests.reader import below, reading_of

CONFIRMED = (
    "Uw aanmelding is bevestigd. Wilt u iemand toevoegen of toch afmelden, beantwoord dan dit bericht."
)
OFFER = "Er is een plaats vrij gekomen. Wilt u hem hebben?"
INVITED = "Wij nodigen u uit. Aanmelden kan door op dit bericht te antwoorden."


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hierbij meld ik mij aan voor de bijeenkomst.", Intent.REGISTER),
        ("Kunt u mij inschrijven voor de 22e?", Intent.REGISTER),
        ("Ik kom graag.", Intent.REGISTER),
        ("Wilt u twee plaatsen voor ons vrijhouden?", Intent.REGISTER),
        ("I would like to attend.", Intent.REGISTER),
        ("Please put me down for two seats.", Intent.REGISTER),
        ("Hiermit melde ich mich an.", Intent.REGISTER),
        ("Je voudrais m'inscrire.", Intent.REGISTER),
        ("Helaas kan ik er toch niet bij zijn.", Intent.CANCEL),
        ("Wilt u mij van de deelnemerslijst halen?", Intent.CANCEL),
        ("Ik trek mijn aanmelding in.", Intent.CANCEL),
        ("Unfortunately I cannot make it on Thursday.", Intent.CANCEL),
        ("Ich muss leider absagen, ich kann nicht kommen.", Intent.CANCEL),
        ("In mijn plaats komt mijn collega Anna Vos.", Intent.CHANGE),
        ("Kunt u mijn naam corrigeren? Het moet Meijer zijn.", Intent.CHANGE),
        ("Tot wanneer kan men zich aanmelden?", Intent.QUESTION),
        ("Is de zaal toegankelijk voor een rolstoel?", Intent.QUESTION),
    ],
)
def test_plain_words_are_understood(text: str, intent: Intent) -> None:
    assert reading_of(f"Goedendag,\n\n{text}\n\nMet vriendelijke groet,\nSanne Meier").intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "Misschien kom ik ook, dat hangt van mijn rooster af. Tot wanneer kan ik beslissen?",
        "Ik overweeg te komen. Is er parkeergelegenheid?",
        "Before I sign up: is the meeting in English?",
        "Wij weten nog niet of wij komen. Zijn er kosten aan verbonden?",
    ],
)
def test_perhaps_is_a_question_and_takes_no_seat(text: str) -> None:
    reading = reading_of(text)
    assert (reading.intent, reading.seats) == (Intent.QUESTION, 0)


def test_a_negation_takes_no_seat() -> None:
    assert reading_of("Ik kom niet.").intent is not Intent.REGISTER


def test_a_word_inside_not_only_is_no_negation() -> None:
    assert reading_of("Niet alleen ik, ook mijn buurman Ali Demir komt graag mee.").intent is Intent.REGISTER


def test_a_text_that_wants_nothing_of_us_takes_no_seat() -> None:
    reading = reading_of("De lantaarnpaal op de hoek brandt alweer een week.")
    assert reading.intent in {Intent.UNCLEAR, Intent.OTHER}
    assert reading.seats == 0


def test_thanks_below_a_confirmation_asks_nothing() -> None:
    assert reading_of(**below(CONFIRMED, "Hartelijk dank, tot dan!")).intent is Intent.OTHER


def test_a_bare_yes_below_an_offer_is_told_as_a_yes() -> None:
    reading = reading_of(**below(OFFER, "Ja graag!"))
    assert (reading.answers, reading.intent) == ("yes", Intent.REGISTER)


def test_a_bare_no_below_an_offer_is_told_as_a_no() -> None:
    assert reading_of(**below(OFFER, "Nee, dank u.")).answers == "no"


def test_a_bare_yes_below_an_invitation_registers() -> None:
    reading = reading_of(**below(INVITED, "Ja, graag!", "Re: Uitnodiging"))
    assert (reading.intent, reading.answers) == (Intent.REGISTER, "yes")


def test_what_is_quoted_never_cancels() -> None:
    reading = reading_of(
        **below("U kunt zich afmelden. Ik kan niet komen.", "Dank voor de bevestiging, top!")
    )
    assert reading.intent is not Intent.CANCEL


def test_an_addition_below_our_confirmation_is_a_change() -> None:
    reading = reading_of(**below(CONFIRMED, "Mijn collega Anna Vos komt ook mee."))
    assert (reading.intent, reading.seats) == (Intent.CHANGE, 1)


def test_the_answer_to_our_question_for_involvement_is_a_change() -> None:
    reading = reading_of(
        **below("Wat is uw betrokkenheid bij het onderwerp?", "Ik ben wijkagent in Zevenkamp.")
    )
    assert reading.intent is Intent.CHANGE
    assert reading.involvement == "Ik ben wijkagent in Zevenkamp."


def test_a_subject_alone_is_enough() -> None:
    assert reading_of("", subject="Aanmelding voor 22 november").intent is Intent.REGISTER


def test_a_registration_with_a_question_is_both() -> None:
    reading = reading_of("Ik meld mij graag aan. Is er een lift in het gebouw?")
    assert (reading.intent, reading.has_question) == (Intent.REGISTER, True)


def test_asking_for_a_confirmation_is_no_question() -> None:
    reading = reading_of("Ik meld mij graag aan. Kunt u dit bevestigen?")
    assert (reading.intent, reading.has_question) == (Intent.REGISTER, False)


def test_the_organisers_talking_among_themselves_seats_nobody() -> None:
    text = "Maarten, de stand: 71 aangemeld, reken op 80 broodjes. Zie je dinsdag."
    reading = reading_of(text, sender="Els <els@kennisbijeenkomst.example>")
    assert reading.intent is Intent.OTHER


def test_a_very_long_text_takes_little_time() -> None:
    import time

    begun = time.perf_counter()
    reading_of("ik kom graag niet met mijn collega en wij " * 20_000)
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize(
    "text",
    [
        "Schrijf mij uit.",
        "Schrijft u ons allebei maar weer uit.",
        "Zet mij maar niet meer op de lijst.",
        "Ik zie er bij nader inzien vanaf.",
        "Ne comptez plus sur moi.",
        "My colleague cannot come.",
    ],
)
def test_a_verb_that_means_the_contrary_by_its_last_word_gives_a_seat_up(text: str) -> None:
    found = reading_of(f"{text}\n\nWilma Wad", sender="Wilma Wad <wilma@wad.example>", subject="Re: ja")
    assert str(found.intent) == "cancel"


@pytest.mark.parametrize("text", ["Schrijf mij in.", "Comptez sur moi.", "Zet mij maar op de lijst."])
def test_and_without_it_asks_for_one(text: str) -> None:
    found = reading_of(f"{text}\n\nWilma Wad", sender="Wilma Wad <wilma@wad.example>", subject="Bijeenkomst")
    assert str(found.intent) == "register"
