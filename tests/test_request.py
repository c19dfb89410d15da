"""What a mail asks of us besides a seat: what we keep of its writer, and to have that erased."""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.core.requests import Cancel, Enquire, Forget, FromMail, Register, Unclear
from mailflow.reading.request import request
from mailflow.reading.understand import read
from tests.reader import EVENT, LEXICON, OURS, below, mail_of


def asked(text: str, subject: str = "") -> FromMail | None:
    mail = mail_of(text, subject=subject)
    arrival = datetime(2018, 11, 6, tzinfo=UTC)
    return request(
        read(mail, EVENT, LEXICON, OURS), mail, key="k", arrival=arrival, uid=1, secret=b"s", ours=OURS
    )


def kind(found: FromMail | None) -> str:
    return type(found).__name__.lower()


WISHES = [
    ('askknown', 'Welke gegevens heeft u van mij?'),
    ('askknown', 'Wat weten jullie van mij?'),
    ('askknown', 'Kunt u mij laten weten welke persoonsgegevens u van mij bewaart?'),
    ('askknown', 'Op grond van de AVG verzoek ik u om inzage in mijn persoonsgegevens.'),
    ('askknown', 'Ik wil graag weten wat jullie over mij hebben opgeslagen.'),
    ('askknown', 'Graag ontvang ik een overzicht van al mijn gegevens die u verwerkt.'),
    ('askknown', 'What data do you hold about me?'),
    ('askknown', 'What do you know about me?'),
    ('askknown', 'Under the GDPR I request a copy of all my personal data.'),
    ('askknown', 'This is a subject access request.'),
    ('askknown', 'Could you tell me which information you have stored about me?'),
    ('askknown', 'Welche Daten haben Sie von mir gespeichert?'),
    ('askknown', 'Ich bitte um Auskunft über meine personenbezogenen Daten nach Art. 15 DSGVO.'),
    ('askknown', 'Was wissen Sie über mich?'),
    ('askknown', 'Quelles données avez-vous sur moi ?'),
    ('askknown', "J'exerce mon droit d'accès au titre du RGPD."),
    ('askknown', 'Que savez-vous de moi ?'),
    ('askknown', 'Wat heb je allemaal van mij opgeslagen?'),
    ('askknown', 'Welche Informationen speichern Sie über mich?'),
    ('forget', 'Verwijder mijn gegevens'),
    ('forget', 'Wilt u mijn gegevens verwijderen?'),
    ('forget', 'Graag al mijn persoonsgegevens wissen.'),
    ('forget', 'Ik wil dat jullie alle gegevens van mij verwijderen.'),
    ('forget', 'Kunnen jullie alles over mij verwijderen?'),
    ('forget', 'Please delete my data'),
    ('forget', 'Please erase all my personal data from your systems.'),
    ('forget', 'Could you remove all information you have about me?'),
    ('forget', 'I want to exercise my right to be forgotten.'),
    ('forget', 'Delete everything you have on me.'),
    ('forget', 'Löschen Sie meine Daten'),
    ('forget', 'Bitte löschen Sie alle meine personenbezogenen Daten.'),
    ('forget', 'Ich möchte, dass Sie meine Daten löschen.'),
    ('forget', 'Hiermit verlange ich die Löschung meiner Daten.'),
    ('forget', 'Supprimez mes données'),
    ('forget', 'Veuillez supprimer toutes mes données personnelles.'),
    ('forget', "Je demande l'effacement de mes données."),
    ('forget', 'Ik beroep me op mijn recht op vergetelheid.'),
    ('forget', 'Vergeet mij maar en verwijder mijn gegevens.'),
    ('forget', 'Ik kom niet. Verwijder ook mijn gegevens.'),
    ('forget', 'Ik meld me af en wil dat mijn gegevens worden verwijderd.'),
    ('forget', 'remove my personal data please'),
    ('forget', 'Haal ons uit uw adressenbestand.'),
    ('forget', 'Please take me out of your database.'),
    ('forget', 'Gooi alles weg wat u van mij heeft.'),
    ('forget', 'Ik wil dat u mijn naam en e-mailadres wist.'),
    ('forget', 'Bitte stornieren und alle Daten löschen.'),
    ('askknown', 'Please send me a copy of the personal data you have on me.'),
    ('askknown', 'Je souhaite consulter mes données.'),
]  # fmt: skip


@pytest.mark.parametrize(("wish", "text"), WISHES)
def test_who_asks_what_we_keep_or_to_be_forgotten_is_understood(wish: str, text: str) -> None:
    assert kind(asked(text)) == wish


@pytest.mark.parametrize("text", [
    'Haal mij van de lijst',
    'Please remove me from the list',
    'Verwijder mij van de deelnemerslijst',
    'Please unsubscribe me and remove me from your list',
    'Graag verwijderd worden van de verzendlijst',
    'Ik meld me aan. Hier zijn mijn gegevens: Jan, 06-12345678',
    'Welke gegevens hebben jullie nog van mij nodig?',
    'Hebben jullie al mijn gegevens binnen?',
    'Ik kom graag. Mijn gegevens mogen na afloop verwijderd worden.',
    'If you are not the intended recipient, please delete this message and all data.',
    'Wat gebeurt er met mijn gegevens?',
    'Jullie hoeven mijn gegevens niet te verwijderen',
    'Please do not delete my data.',
    'Kunt u mij meer informatie over de dag sturen?',
    'What information do you have about parking for me?',
    'Wij verwerken gegevens conform de AVG. In onze privacyverklaring leest u welke gegevens wij van u bewaren.',
    'Als ik me afmeld, verwijdert u dan mijn gegevens?',
    'Ich möchte meine Daten ändern: neue Adresse',
    'Ik werk met open data over de wijk en wil graag komen',
    'Please delete my previous message and sign me up for two',
    'Vergeet mij niet op de lijst te zetten!',
    'Vergeet me niet!',
    "Please don't forget me",
    'Wat weten we van de wijk?',
    'Hoe lang bewaart u mijn gegevens?',
    'Mijn collega wil weten of jullie zijn gegevens hebben',
    'Supprimez-moi de la liste',
    'Entfernen Sie mich bitte von der Liste',
    'Ik wil mijn informatie over het project graag delen en meld me aan',
    'Wilt u mijn oude e-mailadres verwijderen en dit gebruiken?',
    'Please remove my colleague from the list, details below',
    'Will my data be deleted afterwards?',
    'Worden mijn gegevens automatisch gewist?',
    'Haal mijn naam en adres van de lijst',
])  # fmt: skip
def test_no_other_word_about_data_or_lists_is_taken_for_such_a_wish(text: str) -> None:
    assert kind(asked(text)) not in {"forget", "askknown"}


def test_what_is_quoted_or_stands_in_a_disclaimer_is_no_wish() -> None:
    assert not isinstance(
        asked(**below("Wilt u dat wij uw gegevens verwijderen? Verwijder mijn gegevens", "Ik kom graag")),
        Forget,
    )
    disclaimer = "Ik kom graag.\n\nMet vriendelijke groet,\nSanne Meier\n\nDISCLAIMER: delete my data and this message if you are not the addressee."
    assert isinstance(asked(disclaimer), Register)


def test_a_wish_in_the_subject_alone_is_one() -> None:
    assert kind(asked("", subject="Verwijder mijn gegevens")) == "forget"


def test_who_wants_a_seat_and_to_be_forgotten_is_asked_which() -> None:
    assert isinstance(asked("Ik kom graag met twee personen. Verwijder al mijn gegevens."), Unclear)


def test_who_wants_a_seat_and_to_know_gets_the_seat_first() -> None:
    assert isinstance(asked("Ik meld me graag aan. Welke gegevens bewaart u van mij?"), Register)


def test_to_be_taken_off_the_list_is_a_cancellation() -> None:
    found = asked("Kunt u mij van de lijst halen? Ik kom niet.")
    assert isinstance(found, Cancel)
    assert not isinstance(found, Enquire)


@pytest.mark.parametrize("text", [
    "U hoeft mijn gegevens niet te wissen.", "Please never delete my data.", "Sie brauchen meine Daten nicht zu löschen.",
])  # fmt: skip
def test_who_wants_nothing_erased_gives_up_no_seat(text: str) -> None:
    assert kind(asked(text)) not in {"cancel", "forget"}
