"""What became of a mail of ours: whose, which, and for good or for now."""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailflow.reading import bounce
from mailflow.reading.bounce import Fate
from mailflow.reading.parse import parse
from tests.reader import LEXICON

CORPUS = Path(__file__).parent / "corpus"
OURS = "<mf.confirmed.K-1@dag.example>"


def report(
    status: str, *, returned: str = f"Message-ID: {OURS}\nSubject: x", kind: str = "text/rfc822-headers"
) -> bytes:
    return (
        "From: MAILER-DAEMON@x.example\nSubject: Delivery Status Notification\nMIME-Version: 1.0\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n{status}\n"
        f"--b\nContent-Type: {kind}\n\n{returned}\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "recipient", "fate"),
    [
        ("Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.1.1", "jan@pot.example", Fate.PERMANENT),
        ("Final-Recipient: rfc822;Jan@Pot.example\nAction: Failed\nStatus: 5.1.1 (none)", "jan@pot.example", Fate.PERMANENT),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.2.2", "jan@pot.example", Fate.DELAYED),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 4.2.2\nDiagnostic-Code: smtp; try again in a few days", "jan@pot.example", Fate.DELAYED),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; your relay is listed", "jan@pot.example", Fate.DELAYED),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: delayed\nStatus: 4.4.1", "jan@pot.example", Fate.DELAYED),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: relayed\nStatus: 2.0.0", "jan@pot.example", Fate.DELIVERED),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: delivered\nStatus: 2.0.0", "jan@pot.example", Fate.DELIVERED),
        (
            "Original-Recipient: rfc822;alias@pot.example\nFinal-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.1.1",
            "alias@pot.example",
            Fate.PERMANENT,
        ),
        ("Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 4.7.1", "jan@pot.example", Fate.DELAYED),
        (
            "Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 4.4.7\nDiagnostic-Code: smtp; message expired",
            "jan@pot.example",
            Fate.PERMANENT,
        ),
        (
            "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\n"
            "Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.0.0",
            "jan@pot.example",
            Fate.PERMANENT,
        ),
    ],
)  # fmt: skip
def test_a_standard_report_says_who_and_for_how_long(status: str, recipient: str, fate: Fate) -> None:
    found = bounce.read(parse(report(status)), LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == (recipient, fate, OURS)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers"])
def test_the_returned_part_names_our_mail(kind: str) -> None:
    status = "Final-Recipient: rfc822; jan@pot.example\nAction: failed\nStatus: 5.1.1"
    found = bounce.read(parse(report(status, kind=kind)), LEXICON.triage.reports)
    assert found is not None
    assert found.message_id == OURS


COPY = f"\n\nReturn-Path: <aanmelden@dag.example>\nTo: jan@pot.example\nMessage-ID: {OURS}\n\nHallo"
TEXTS = {
    "qmail": (
        "failure notice",
        "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver your message to the following "
        "addresses.\nThis is a permanent error; I've given up.\n\n<jan@pot.example>:\nSorry, no mailbox here by that name. "
        "(#5.1.1)\n\n--- Below this line is a copy of the message." + COPY,
        Fate.PERMANENT,
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered "
        "to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  jan@pot.example\n"
        "    SMTP error from remote mail server after RCPT TO:<jan@pot.example>:\n    550 5.1.1 User unknown\n\n"
        "------ This is a copy of the message, including all the headers. ------" + COPY,
        Fate.PERMANENT,
    ),
    "exim, delayed": (
        "Warning: message 1abc delayed 24 hours",
        "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours.\n\n"
        "  jan@pot.example\n    Delay reason: Connection timed out\n\nNo action is required on your part." + COPY,
        Fate.DELAYED,
    ),
    "postfix": (
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host x.example.\n\nI'm sorry to have to inform you that your message could not\nbe "
        "delivered to one or more recipients.\n\n<jan@pot.example>: host y.example[192.0.2.1] said: 550 5.1.1 User unknown"
        + COPY,
        Fate.PERMANENT,
    ),
    "exchange nl": (
        "Onbestelbaar: uw plaats",
        "Bezorging aan de volgende geadresseerden of groepen is mislukt:\n\njan@pot.example\nHet opgegeven e-mailadres is niet "
        "gevonden.\n\nDiagnostische gegevens voor beheerders:\nRemote Server returned '550 5.1.10 RESOLVER.ADR.NotFound'\n\n"
        "Oorspronkelijke berichtkoppen:" + COPY,
        Fate.PERMANENT,
    ),
    "exchange de": (
        "Unzustellbar: Ihr Platz",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\njan@pot.example\nDie Nachricht "
        "konnte nicht zugestellt werden.\n550 5.1.1 User unknown" + COPY,
        Fate.PERMANENT,
    ),
    "google": (
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to jan@pot.example because the address couldn't be found, or is "
        "unable to receive mail.\n\nThe response was: 550 5.1.1 The email account that you tried to reach does not exist." + COPY,
        Fate.PERMANENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_a_report_in_words_is_read_as_well(case: str) -> None:
    subject, text, fate = TEXTS[case]
    raw = f"From: MAILER-DAEMON@x.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}".encode()
    found = bounce.read(parse(raw), LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == ("jan@pot.example", fate, OURS)


# How reports say it, where neither a status part nor the sender's name gives them away.
SAYS = {
    "es": "No se pudo entregar su mensaje a los siguientes destinatarios:",
    "pt": "Não foi possível entregar a mensagem aos seguintes destinatários:",
    "it": "Impossibile il recapito del messaggio ai seguenti destinatari:",
    "sv": "Ditt meddelande kunde inte levereras till följande mottagare:",
    "da": "Meddelelsen kunne ikke leveres til følgende modtagere:",
    "fi": "Viestiä ei voitu toimittaa seuraaville vastaanottajille:",
    "pl": "Nie można dostarczyć wiadomości do następujących odbiorców:",
    "cs": "Zprávu nelze doručit následujícím příjemcům:",
    "ru": "Ваше сообщение не может быть доставлено следующим получателям:",
    "tr": "İletiniz aşağıdaki alıcılara teslim edilemedi:",
    "zh": "您的邮件无法送达以下收件人:",
    "ja": "次の宛先に配信できませんでした:",
    "fr": "Votre message n'a pas pu être remis aux destinataires suivants :",
    "en": "Your message could not be delivered to the following recipients:",
}


@pytest.mark.parametrize("language", SAYS)
@pytest.mark.parametrize("head", ["From: MAILER-DAEMON@y.example", "From: post@y.example\nReturn-Path: <>"])
def test_a_report_is_one_in_every_language(head: str, language: str) -> None:
    body = f"{SAYS[language]}\n\n  jan@pot.example\n\n550 5.1.1 <jan@pot.example>\n\nReceived: from x{COPY}"
    mail = parse(f"{head}\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n{body}".encode())
    found = bounce.read(mail, LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == ("jan@pot.example", Fate.PERMANENT, OURS)


def test_a_report_from_a_gateway_without_a_name_is_one() -> None:
    body = (
        "Could not deliver message to the following recipient(s):\n\nFailed Recipient: jan@pot.example\n"
        "Reason: Remote host said: 550 unknown user\n\n   -- The header and top 20 lines of the message follow --"
        + COPY
    )
    found = bounce.read(
        parse(f"From: gateway@y.example\nSubject: Delivery Failure\n\n{body}".encode()),
        LEXICON.triage.reports,
    )
    assert found is not None
    assert (found.recipient, found.message_id) == ("jan@pot.example", OURS)


def test_a_field_may_name_the_recipient() -> None:
    raw = b"From: x@x.example\nX-Failed-Recipients: jan@pot.example\nSubject: x\n\nuser unknown"
    found = bounce.read(parse(raw), LEXICON.triage.reports)
    assert found is not None
    assert found.recipient == "jan@pot.example"


def test_no_mail_of_a_person_is_a_report() -> None:
    for line in (CORPUS / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        found = bounce.read(parse((CORPUS / label["file"]).read_bytes()), LEXICON.triage.reports)
        assert (found is not None) == (label["intent"] == "bounce"), label["file"]


@pytest.mark.parametrize(
    "text",
    [
        "De mail aan jan@pot.example is niet bezorgd, kunt u die opnieuw sturen?",
        "My mail to jan@pot.example was rejected.",
        "Mijn mailbox is vol, dus mijn aanmelding kon niet worden bezorgd. Graag alsnog een plaats!",
        "Leider konnte ich nicht früher schreiben. Bitte tragen Sie mich ein.\n\njan@pot.example",
        "Ik kreeg dit terug, klopt het adres? Ik kom graag.\n\nUndelivered: 550 5.1.1\n<jan@pot.example>",
    ],
)
def test_a_person_who_speaks_of_a_bounce_is_none(text: str) -> None:
    assert (
        bounce.read(
            parse(f"From: piet@x.example\nSubject: onbestelbaar\n\n{text}".encode()), LEXICON.triage.reports
        )
        is None
    )


@pytest.mark.parametrize(
    "head",
    [
        "Return-Path: <bounces+123-ab=dag.example@mailer.example>",
        "Return-Path: <prvs=1234ab=jan@pot.example>",
        "In-Reply-To: <mf.confirmed.K-1@dag.example>",
        "X-Forwarded-To: x@dag.example",
        "Subject: Niet bezorgd: aanmelding",
        "Subject: Mail returned - registration",
        "Auto-Submitted: no",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "Ich konnte nicht früher antworten. Bitte tragen Sie mich ein.",
        "Mijn oude adres bestaat niet meer, u kunt mij nu hier bereiken. Ik kom graag.",
        "My earlier mail was rejected by your server, so once more: please register me.",
        "Het lukt niet om op de site in te schrijven, de pagina is niet gevonden. Kan het zo?",
        "Je n'ai pas pu être remis en contact avec vous. Inscrivez-moi, merci.",
        "Mijn trein is vaak vertraagd, maar ik kom graag met 2 personen.\n\nTel. 020 555 12 34\njan@pot.example",
        "My train is often delayed, but I will be there.\n\n-----Original Message-----\nFrom: x\n\nYou are invited.",
        "Leider konnte meine Mail nicht zugestellt werden: ich komme gern.\n\njan@pot.example\n030 555 12 34",
    ],
)
def test_a_person_with_trouble_is_no_mail_system(text: str, head: str) -> None:
    subject = "" if head.startswith("Subject") else "Subject: 22 november\n"
    for sender in ("jan@pot.example", "system.administrator@pot.example", "delivery.jan@pot.example"):
        mail = parse(f"From: Jan Pot <{sender}>\n{head}\n{subject}\n{text}\n\nJan Pot\n".encode())
        assert not bounce.is_report(mail, LEXICON.triage.reports)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: MAILER-DAEMON@x.example\n\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\xff",
        b"Subject: \xff\xfe\nFrom: postmaster@x.example\n\nfailed",
    ],
)
def test_a_broken_report_never_raises(raw: bytes) -> None:
    bounce.read(parse(raw), LEXICON.triage.reports)
