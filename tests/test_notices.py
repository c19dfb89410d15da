"""Notices of absence and receipts that no header gives away, and people who speak of absence: told apart.

The words of a notice withhold an answer, never a record: who asks for something with them is a person.
"""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

import pytest

from mailflow.reading.model import Intent, Kind
from tests.reader import reading_of

PEOPLE = [
    ("Out of office party: please register us", "We'd love to come, two of us. Anna Bos and Piet Bos."),
    (
        "aanmelding",
        "Ik ben op vakantie tot en met 12 november maar meld me graag aan. Bij vragen kunt u contact opnemen met mijn collega. Anna Bos",
    ),
    ("aanmelding", "Ik ben tot maandag afwezig, maar wil graag komen op 22 november. Anna Bos"),
    ("Registration", "My colleague Anna and I will join. We are on holiday until Monday."),
    (
        "Anmeldung",
        "Wir sind zu dritt dabei. Bis Montag bin ich im Urlaub, dringende Fragen bitte an meine Kollegin.",
    ),
    (
        "aanmelding",
        "Graag aanwezig op de bijeenkomst, ik ben wijkagent. Vrijdag ben ik niet op kantoor, dringende zaken via mijn collega.",
    ),
    ("Automatische sluitdeuren", "Ik doe graag mee, ik onderzoek automatische deuren in portieken."),
    ("Autoreply?", "Ik kreeg uw automatische antwoord. Ik kom graag."),
    (
        "Inscription",
        "Je serai absente jusqu'au 10 mais je participe volontiers le 22. Merci de contacter ma collègue si besoin.",
    ),
    ("Vacation: can I still register", "I'll be back on the 12th and would love to attend with my husband."),
    ("Read: de uitnodiging", "Gelezen en ik kom! Anna Bos"),
    ("Uw bericht", "Dank voor uw bericht, ik ben erbij. Anna Bos"),
    (
        "Aanmelding",
        "Bedankt voor uw mail. Ik ben er graag bij.\n\n--\nAnna Bos\nIk werk op ma, di en do. Op andere dagen ben ik niet bereikbaar; neem dan contact op met het secretariaat.",
    ),
    (
        "Aanmelding",
        "Ik ben erbij, groet Anna Bos\n\nLet op: tot 1 december ben ik met verlof; mijn collega Jan neemt waar.",
    ),
    ("deelname", "Ik doe mee.\n\nDit bericht is automatisch gegenereerd door de handtekeningserver."),
    ("Absence: inscription", "Bonjour, je m'inscris. Anna"),
    (
        "I am away but coming",
        "Hi, I am away until the 20th but I will be at the event on the 22nd. Kind regards Anna",
    ),
    ("afwezig: nee, ik kom!", "Ik had me afgemeld maar ik kom toch."),
    ("Ticket #", "Can I get two places please"),
    ("Anmeldung", "Vielen Dank für Ihre Nachricht. Ich bin dabei und bringe eine Kollegin mit."),
    ("Aanmelding", "Ik zit nu in het buitenland en ben beperkt bereikbaar, maar zet me alvast op de lijst."),
    (
        "Sign up",
        "I am currently on parental leave but would like to attend. My colleague Tom can be reached in my absence if you need anything.",
    ),
]

AWAY = [
    (
        "Afwezig",
        "Ik ben afwezig tot en met 12 november. Voor dringende zaken kunt u contact opnemen met mijn collega Jan.",
    ),
    ("Re: Bevestigd", "Ik ben tot maandag niet op kantoor. Met vriendelijke groet, Jan"),
    ("Automatisch antwoord: Bevestigd", "Ik ben er weer op maandag. Dringend? Bel 06-12345678."),
    ("Automatische Antwort", "Ich bin bis zum 12.11. nicht im Haus. Dringend? Rufen Sie Frau Meier an."),
    (
        "Abwesenheit",
        "Vielen Dank für Ihre Nachricht, ich bin bis 3.12. nicht im Haus. Ihre E-Mail wird nicht weitergeleitet.",
    ),
    ("Risposta automatica", "Sono fuori ufficio fino al 12 novembre. Per urgenze contattare il collega."),
    (
        "Respuesta automática",
        "Estaré fuera de la oficina hasta el 12 de noviembre. Para asuntos urgentes contacte con mi compañera.",
    ),
    ("Fora do escritório", "Estou ausente até 12 de novembro. Em caso de urgência contacte a minha colega."),
    ("Resposta automática: Confirmado", "Estou de férias até dia 12."),
    ("Nieobecność", "Przebywam na urlopie do 12 listopada. W pilnych sprawach proszę o kontakt z koleżanką."),
    ("Autosvar", "Jag är på semester till den 12 november. Vid brådskande ärenden kontakta min kollega."),
    ("Fraværende", "Jeg er på ferie til 12. november. Kontakt min kollega hvis det haster."),
    ("Fravær", "Jeg er ikke til stede før mandag. Ved hastesaker kontakt kollega."),
    ("Poissaolo", "Olen lomalla 12.11. asti. Kiireellisissä asioissa ottakaa yhteyttä kollegaani."),
    ("Автоответ", "Я в отпуске до 12 ноября. По срочным вопросам обращайтесь к моей коллеге."),
    ("Автовідповідь", "Я у відпустці до 12 листопада. З термінових питань звертайтесь до колеги."),
    (
        "Otomatik Yanıt: Onay",
        "12 Kasım'a kadar ofis dışında olacağım. Acil durumlarda meslektaşımla iletişime geçin.",
    ),
    ("Ofis dışında", "12 Kasım'a kadar izindeyim."),
    ("自動応答", "11月12日まで不在にしております。お急ぎの場合は同僚までご連絡ください。"),
    ("自动回复", "我在11月12日之前不在办公室。如有急事请联系我的同事。"),
    ("부재중 자동 응답", "11월 12일까지 부재중입니다. 급한 용무는 동료에게 연락 주십시오."),
    ("Nepřítomnost", "Jsem na dovolené do 12. listopadu. V naléhavých případech kontaktujte kolegu."),
    ("Házon kívül", "November 12-ig szabadságon vagyok. Sürgős esetben forduljon kollégámhoz."),
    ("Absent din birou", "Sunt în concediu până pe 12 noiembrie. Pentru urgențe contactați colega mea."),
    (
        "Εκτός γραφείου",
        "Θα απουσιάζω μέχρι τις 12 Νοεμβρίου. Για επείγοντα επικοινωνήστε με τη συνάδελφό μου.",
    ),
    ("Mimo kanceláriu", "Som na dovolenke do 12. novembra. V súrnych prípadoch kontaktujte kolegu."),
    ("[Auto-Reply] Re: Bevestigd", "I am travelling and will get back to you."),
    ("Bevestigd (Auto)", "I am out until Monday."),
    ("OOO Re: Bevestigd", "Back Monday. Call Tom."),
    ("Read: Bevestigd", "Your message was read on Monday 5 November 2018 10:12."),
    ("Gelezen: Bevestigd", "Uw bericht aan Jan is gelezen op maandag 5 november 2018."),
    ("Gelesen: Bevestigd", "Ihre Nachricht wurde am Montag gelesen."),
    ("Lu : Bevestigd", "Votre message a été lu le lundi 5 novembre."),
    ("Letto: Bevestigd", "Il messaggio è stato letto in data lunedì."),
    ("Re: Bevestigd", "Thank you for your email. I am currently on maternity leave. Please contact Tom."),
    ("Bedankt voor je bericht", "Bedankt voor je mail. Ik ben met zwangerschapsverlof en lees geen mail."),
    ("Réponse automatique : Bevestigd", "Je suis absent jusqu'au 12. Urgent ? Appelez le 06."),
    ("Re: Bevestigd", "Goedendag, onze praktijk is gesloten van 1 t/m 12 november. Voor spoed belt u 112."),
    (
        "Re: Bevestigd",
        "Dank für Ihre Mail. Ich befinde mich derzeit im Urlaub und bin ab dem 12.11. wieder für Sie da.",
    ),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_person_who_speaks_of_absence_is_answered(subject: str, text: str) -> None:
    found = reading_of(text, subject=subject)
    assert found.kind is Kind.HUMAN
    assert found.may_auto_answer


@pytest.mark.parametrize(("subject", "text"), AWAY)
def test_a_notice_in_whatever_language_takes_no_seat_and_gets_no_answer(subject: str, text: str) -> None:
    found = reading_of(text, subject=subject, extra="In-Reply-To: <1@dag.example>\n")
    assert not found.may_auto_answer
    assert found.intent not in (Intent.REGISTER, Intent.CANCEL, Intent.CHANGE)


def test_who_asks_for_something_under_the_words_of_a_notice_is_registered() -> None:
    found = reading_of(
        "We'd love to come, two of us.\n\nAnna Bos", subject="Out of office party: please register us"
    )
    assert (found.intent, found.may_auto_answer) == (Intent.REGISTER, True)
