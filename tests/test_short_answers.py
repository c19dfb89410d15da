"""What people answer below our offers and questions, and that a doubt is never taken for a yes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailflow.core.requests import Affirm, FromMail
from mailflow.core.thread import code, message_id
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.understand import read
from tests.reader import EVENT, LEXICON, OURS, bytes_of

SECRET = b"0123456789abcdef0123456789abcdef"
SAYS = {
    "nl": f"Op di 6 nov. 2018 om 10:00 schreef Dag <{EVENT.address}>:",
    "en": f"On Tue, 6 Nov 2018 at 10:00, Dag <{EVENT.address}> wrote:",
    "de": f"Am Di., 6. Nov. 2018 um 10:00 Uhr schrieb Dag <{EVENT.address}>:",
    "fr": f"Le mar. 6 nov. 2018 à 10:00, Dag <{EVENT.address}> a écrit :",
}


def below(kind: str, text: str, language: str = "nl", *, thread: bool = True, quote: bool = True) -> FromMail:
    """What an answer of Sanne's to our mail of that kind asks, with its thread, its quote or both."""
    ours = message_id(SECRET, OURS.domain, kind, "KLV-7F3Q", "cause")
    quoted = (
        f"\n\n{SAYS[language]}\n> Beste Sanne,\n>\n> code: {code(SECRET, kind, 'KLV-7F3Q')}\n"
        if quote
        else ""
    )
    extra = f"In-Reply-To: {ours}\n" if thread else ""
    mail = parse(bytes_of(text + quoted, subject="Re: Dag [KLV-7F3Q]", extra=extra))
    reading = read(mail, EVENT, LEXICON, OURS)
    arrival = datetime(2018, 11, 6, tzinfo=UTC)
    found = request(reading, mail, key="k", arrival=arrival, uid=1, secret=SECRET, ours=OURS)
    assert found is not None
    return found


def meant(found: FromMail) -> str:
    if isinstance(found, Affirm):
        return f"yes {found.seats}" if found.seats else "yes"
    return {"Negate": "no"}.get(type(found).__name__, type(found).__name__.lower())


ANSWERS = [
    ('offered', 'nl', '2', 'yes 2'),
    ('offered', 'nl', 'twee graag', 'yes 2'),
    ('offered', 'nl', '2 plaatsen', 'yes 2'),
    ('offered', 'nl', 'Hallo,\\\n\\\n2 graag.\\\n\\\nGroeten,\\\nSanne', 'yes 2'),
    ('offered', 'nl', 'we nemen er 2', 'yes 2'),
    ('offered', 'nl', 'WACHTEN', 'no'),
    ('offered', 'nl', 'wachten aub', 'no'),
    ('offered', 'nl', 'We wachten liever.', 'no'),
    ('offered', 'nl', 'ja graag', 'yes'),
    ('offered', 'nl', 'Ja graag! Tot dan.', 'yes'),
    ('offered', 'nl', 'Helaas, dat lukt niet meer', 'no'),
    ('offered', 'nl', 'We nemen ze allebei', 'yes'),
    ('offered', 'nl', 'Heel graag, ik kom!', 'yes'),
    ('offered', 'nl', 'Fijn, ik neem de plaats graag aan.', 'yes'),
    ('offered', 'nl', 'Wat een goed nieuws, natuurlijk wil ik die plek', 'yes'),
    ('offered', 'nl', 'Nee bedankt, geef de plaats maar aan een ander.', 'no'),
    ('offered', 'nl', 'Sorry, inmiddels heb ik iets anders op die dag.', 'no'),
    ('offered', 'nl', 'Bij nader inzien kan ik niet.', 'no'),
    ('offered', 'en', 'Yes please', 'yes'),
    ('offered', 'en', "We'll take both", 'yes'),
    ('offered', 'en', 'two please', 'yes 2'),
    ('offered', 'en', 'WAIT please', 'no'),
    ('offered', 'en', "I'd love to take the seat, thank you!", 'yes'),
    ('offered', 'en', 'Unfortunately that no longer works for me', 'no'),
    ('offered', 'en', 'No thanks, please give it to someone else', 'no'),
    ('offered', 'en', 'Thank you, I accept.', 'yes'),
    ('offered', 'de', 'Ja, sehr gerne!', 'yes'),
    ('offered', 'de', 'Zwei bitte', 'yes 2'),
    ('offered', 'de', 'WARTEN', 'no'),
    ('offered', 'de', 'Ich nehme den Platz gerne an', 'yes'),
    ('offered', 'de', 'Leider geht es nicht mehr', 'no'),
    ('offered', 'de', 'Nein danke, ich habe schon etwas anderes vor', 'no'),
    ('offered', 'fr', 'Oui avec plaisir', 'yes'),
    ('offered', 'fr', "deux s'il vous plaît", 'yes 2'),
    ('offered', 'fr', 'ATTENDRE', 'no'),
    ('offered', 'fr', "Malheureusement ce n'est plus possible", 'no'),
    ('offered', 'fr', 'Je prends la place, merci', 'yes'),
    ('releasing', 'nl', 'TOCH', 'yes'),
    ('releasing', 'nl', 'ik kom toch', 'yes'),
    ('releasing', 'nl', 'Dat was een vergissing, ik kom gewoon!', 'yes'),
    ('releasing', 'nl', 'Foutje van mijn agenda, ik kom wel', 'yes'),
    ('releasing', 'en', 'STILL', 'yes'),
    ('releasing', 'en', 'I pressed the wrong button, I am still coming', 'yes'),
    ('releasing', 'de', 'DOCH bitte', 'yes'),
    ('releasing', 'de', 'Das war ein Versehen, ich komme doch', 'yes'),
    ('releasing', 'fr', 'QUAND MÊME', 'yes'),
    ('releasing', 'fr', "C'était une erreur, je viens", 'yes'),
    ('decline_doubted', 'nl', 'AFMELDEN', 'cancel'),
    ('decline_doubted', 'nl', 'Klopt, ik kan helaas niet komen', 'cancel'),
    ('decline_doubted', 'en', 'cancel please', 'cancel'),
    ('decline_doubted', 'de', 'Abmelden', 'cancel'),
    ('decline_doubted', 'fr', 'ANNULER', 'cancel'),
    ('verify', 'nl', 'JA', 'yes'),
    ('verify', 'nl', 'ja dat klopt', 'yes'),
    ('verify', 'nl', 'Ja, dat was ik.\\\nSanne', 'yes'),
    ('verify', 'nl', 'Nee, dat was ik niet!', 'no'),
    ('verify', 'nl', 'Nee, daar weet ik niets van', 'no'),
    ('verify', 'en', 'Yes, that was me', 'yes'),
    ('verify', 'en', 'OK', 'yes'),
    ('verify', 'en', 'No, I did not ask for this', 'no'),
    ('verify', 'de', 'Ja, das war ich', 'yes'),
    ('verify', 'de', 'NEIN', 'no'),
    ('verify', 'fr', 'OUI', 'yes'),
    ('verify', 'fr', "Non, ce n'était pas moi", 'no'),
    ('reconfirm', 'nl', 'Ja', 'yes'),
    ('reconfirm', 'nl', 'Ja hoor, ik kom nog steeds', 'yes'),
    ('reconfirm', 'nl', 'Nee', 'no'),
    ('reconfirm', 'nl', 'Nee, ik kan helaas toch niet', 'no'),
    ('reconfirm', 'en', 'Yes, I am still coming', 'yes'),
    ('reconfirm', 'en', "I'll be there!", 'yes'),
    ('reconfirm', 'de', 'Ja, ich komme noch', 'yes'),
    ('reconfirm', 'de', 'Nein, leider nicht', 'no'),
    ('reconfirm', 'fr', 'Oui, je viens toujours', 'yes'),
    ('reminder', 'fr', 'Non, je ne peux plus venir', 'no'),
    ('reminder', 'nl', 'Ik kom niet meer, sorry', 'no'),
    ('reminder', 'nl', 'Ik ben er!', 'yes'),
    ('lapsed', 'nl', 'Ja graag alsnog', 'yes'),
    ('promoted', 'nl', 'Nee', 'cancel'),
    ('confirmed', 'nl', 'AFMELDEN', 'cancel'),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "language", "text", "said"), ANSWERS)
def test_an_answer_in_a_persons_own_words_is_understood(
    kind: str, language: str, text: str, said: str
) -> None:
    """A no may be said in full, as a cancellation; to an offer or a question it comes to the same."""
    accepted = {said} | ({"cancel"} if said == "no" else set())
    assert meant(below(kind, text, language)) in accepted
    assert meant(below(kind, text, language, quote=False)) in accepted


@pytest.mark.parametrize(("kind", "language", "text", "said"), [a for a in ANSWERS if len(a[2]) < 12])
def test_a_short_one_is_understood_by_the_code_in_the_quote_alone(
    kind: str, language: str, text: str, said: str
) -> None:
    assert meant(below(kind, text, language, thread=False)) in {said} | (
        {"cancel"} if said == "no" else set()
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("offered", "Misschien, ik laat het morgen weten"),
        ("offered", "Kan ik hier nog over nadenken?"),
        ("offered", "Dank voor het bericht"),
        ("offered", "Hoe laat begint het?"),
        ("offered", "ja nee"),
        ("offered", "2?"),
        ("offered", "2 of 3"),
        ("offered", "wachten, of nee, toch 2"),
        ("offered", "Helaas kan mijn man niet, ik wel"),
        ("verify", "ja en nee"),
        ("verify", "Wie heeft dit gevraagd?"),
        ("verify", "Ja, maar alleen voor mij"),
        ("verify", "Yes please send me the programme"),
        ("reconfirm", "Ik weet het nog niet"),
        ("reconfirm", "ja, maar met 1 persoon minder"),
        ("reconfirm", "2"),
        ("releasing", "Dank je wel"),
    ],
)
def test_a_doubt_is_no_yes_and_no_no(kind: str, text: str) -> None:
    assert meant(below(kind, text)) in {"unclear", "enquire"}


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("releasing", "nee, ik kom toch", "yes"),
        ("releasing", "nee, toch niet", "no"),
        ("decline_doubted", "Nee, ik kom gewoon", "yes"),
        ("releasing", "Klopt, ik kan niet", "cancel"),
        ("offered", "2 van de 3", "yes 2"),
        ("offered", "ja, één plaats graag", "yes 1"),
        ("offered", "nee, wachten", "no"),
        ("offered", "Natuurlijk, noteer mij maar!", "yes"),
        ("offered", "Doe maar, graag", "yes"),
    ],
)
def test_of_two_words_the_one_that_decides_is_heard(kind: str, text: str, said: str) -> None:
    assert meant(below(kind, text)) == said


def test_who_takes_an_offer_and_asks_for_more_does_not_lose_the_question() -> None:
    found = below("offered", "Ja graag, maar kan er nog iemand bij?")
    assert meant(found) == "register"
    assert found.has_question  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["2", "WACHTEN", "TOCH", "JA"])
def test_a_word_means_nothing_below_a_mail_that_did_not_ask_for_it(text: str) -> None:
    assert meant(below("question", text)) not in {"yes 2", "cancel"}
    forged = bytes_of(
        text,
        subject="Re: Dag",
        extra="In-Reply-To: <mf.offered.KLV-7F3Q.0123456789abcdef.01234567890123456789@x.example>\n",
    )
    mail = parse(forged)
    found = request(
        read(mail, EVENT, LEXICON, OURS),
        mail,
        key="k",
        arrival=datetime(2018, 11, 6, tzinfo=UTC),
        uid=1,
        secret=SECRET,
        ours=OURS,
    )
    assert found is not None
    assert found.sender.thread is None
    assert not (isinstance(found, Affirm) and found.seats)
