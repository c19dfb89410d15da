"""What the sender typed is told apart from what is quoted below and from the signature."""

# ruff: noqa: E501 - mails as a table, one a line

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mailflow.reading import quotes
from mailflow.reading.model import Parts
from mailflow.reading.parse import parse

DATA = Path(quotes.__file__).parent / "data" / "quotes.toml"
MARKS = quotes.from_toml(DATA.read_text(encoding="utf-8"))

WISH = "Wij komen graag met twee personen."

# name -> (text, what the sender typed)
QUOTED = {
    "gmail nl": (f"{WISH}\n\nOp ma 4 mrt 2019 om 09:12 schreef Team <t@x.example>:\n\n> Beste\n> Komt u?\n", WISH),
    "gmail nl, attribution in two lines": (
        f"{WISH}\n\nOp ma 4 mrt 2019 om 09:12 schreef Het Team van de Bijeenkomst\n<t@x.example>:\n\n> Komt u?\n",
        WISH,
    ),
    "gmail en": (f"{WISH}\n\nOn Mon, Mar 4, 2019 at 9:12 AM Team <t@x.example> wrote:\n> Are you coming?\n", WISH),
    "gmail de": (f"{WISH}\n\nAm Mo., 4. März 2019 um 09:12 Uhr schrieb Team <t@x.example>:\n\n> Kommen Sie?\n", WISH),
    "gmail fr": (f"{WISH}\n\nLe lun. 4 mars 2019 à 09:12, Team <t@x.example> a écrit :\n\n> Venez-vous ?\n", WISH),
    "apple nl": (
        f"{WISH}\n\nVerstuurd vanaf mijn iPhone\n\n> Op 4 mrt. 2019 om 09:12 heeft Team <t@x.example> het volgende "
        "geschreven:\n> \n> Komt u?\n",
        WISH,
    ),
    "apple nl, nothing marked": (
        f"{WISH}\n\nOp 4 mrt. 2019 om 09:12 heeft Team <t@x.example> het volgende geschreven:\n\nKomt u?\n\nTeam",
        WISH,
    ),
    "apple en": (f"{WISH}\n\n> On 4 Mar 2019, at 09:12, Team <t@x.example> wrote:\n> \n> Coming?\n", WISH),
    "thunderbird below": (f"Op 04-03-19 om 09:12 schreef Team:\n> Komt u?\n> Graag bericht.\n\n{WISH}\n", WISH),
    "thunderbird de": (f"{WISH}\n\nAm 04.03.19 um 09:12 schrieb Team:\n> Kommen Sie?", WISH),
    "thunderbird fr": (f"{WISH}\n\nLe 04/03/2019 à 09:12, Team a écrit :\n> Venez-vous ?", WISH),
    "outlook nl": (
        f"{WISH}\n\nVan: Team [mailto:t@x.example]\nVerzonden: maandag 4 maart 2019 9:12\nAan: Jansen, P.\n"
        "Onderwerp: Uitnodiging\n\nKomt u?\n",
        WISH,
    ),
    "outlook en": (f"{WISH}\n\nFrom: Team <t@x.example>\nSent: Monday, March 4\nTo: P\nSubject: Invitation\n\nCome?", WISH),
    "outlook de": (f"{WISH}\n\nVon: Team\nGesendet: Montag, 4. März\nAn: P\nBetreff: Einladung\n\nKommen Sie?", WISH),
    "outlook fr": (f"{WISH}\n\nDe : Team\nEnvoyé : lundi 4 mars\nÀ : P\nObjet : Invitation\n\nVenez-vous ?", WISH),
    "outlook, starred": (f"{WISH}\n\n*Van:* Team\n*Verzonden:* maandag\n*Aan:* P\n*Onderwerp:* U\n\nKomt u?", WISH),
    "outlook on the web": (
        f"{WISH}\n\n________________________________\nVan: Team <t@x.example>\nVerzonden: maandag 4 maart\nAan: P\n"
        "Onderwerp: U\n\nKomt u?",
        WISH,
    ),
    "old outlook": (f"{WISH}\n\n-----Oorspronkelijk bericht-----\nVan: Team\nVerzonden: ma\n\nKomt u?", WISH),
    "outlook express": (f"{WISH}\n\n----- Original Message ----- \nFrom: Team\nTo: P\n\nComing?", WISH),
    "samsung nl": (f"{WISH}\n\n-------- Oorspronkelijk bericht --------\nVan: Team <t@x.example>\nDatum: 04-03\n\nKomt u?", WISH),
    "samsung de": (f"{WISH}\n\n-------- Ursprüngliche Nachricht --------\nVon: Team\nDatum: 04.03.19\n\nKommen Sie?", WISH),
    "sfr": (f"{WISH}\n\n-------- Message d'origine --------\nDe : Team\nDate : 04/03/2019\n\nVenez-vous ?", WISH),
    "forwarded by gmail": (f"{WISH}\n\n---------- Forwarded message ---------\nFrom: Buur <b@x.example>\nDate: ma\n\nKom ook!", WISH),
    "forwarded by apple": (f"{WISH}\n\nBegin doorgestuurd bericht:\n\n> Van: Buur\n> Kom ook!", WISH),
    "notes": (f"{WISH}\n\n----- Doorgestuurd door P Jansen/NL op 04-03-2019 09:12 -----\n\nVan: Team\nKomt u?", WISH),
    "roundcube": (f"{WISH}\n\nTeam schreef op 2019-03-04 09:12:\n> Komt u?\n", WISH),
    "zimbra": (f"{WISH}\n\n----- Oorspronkelijk bericht -----\nVan: \"Team\" <t@x.example>\nAan: p\n\nKomt u?", WISH),
    "groupwise": (f'{WISH}\n\n>>> Team <t@x.example> 4-3-2019 9:12 >>>\nKomt u?', WISH),
    "web.de": (f"{WISH}\n\nGesendet: Montag, 04. März 2019 um 09:12 Uhr\nVon: Team <t@x.example>\nAn: p\nBetreff: E\n\nHallo", WISH),
}  # fmt: skip

# How other languages say "on ... somebody wrote", begin the header of a quoted mail, and title the original.
WROTE = {
    "es": "El lun, 4 mar 2019 a las 9:12, Equipo (<t@x.example>) escribió:",
    "ca": "El dl., 4 de març 2019, 9:12, Equip <t@x.example> va escriure:",
    "it": "Il giorno lun 4 mar 2019 alle ore 09:12 Team <t@x.example> ha scritto:",
    "pt": "Em seg., 4 de mar. de 2019 às 09:12, Equipe <t@x.example> escreveu:",
    "ro": "Pe lun., 4 mar. 2019 la 09:12, Echipa <t@x.example> a scris:",
    "sv": "Den mån 4 mars 2019 kl 09:12 skrev Team <t@x.example>:",
    "no": "man. 4. mar. 2019 kl. 09:12 skrev Team <t@x.example>:",
    "da": "Den man. 4. mar. 2019 kl. 09.12 skrev Team <t@x.example>:",
    "fi": "ma 4. maalisk. 2019 klo 9.12 Team (t@x.example) kirjoitti:",
    "pl": "pon., 4 mar 2019 o 09:12 Team <t@x.example> napisał(a):",
    "cs": "po 4. 3. 2019 v 9:12 odesílatel Team <t@x.example> napsal:",
    "hr": "pon, 4. ožu 2019. u 09:12 Team <t@x.example> je napisao:",
    "hu": "Team <t@x.example> ezt írta (időpont: 2019. márc. 4., H, 9:12):",
    "tr": "Team <t@x.example>, 4 Mar 2019 Pzt, 09:12 tarihinde şunu yazdı:",
    "ru": "пн, 4 мар. 2019 г. в 09:12, Team <t@x.example>:",
    "ru, thunderbird": "04.03.2019 9:12, Team пишет:",
    "uk": "пн, 4 бер. 2019 р. о 09:12 Team <t@x.example> пише:",
    "el": "Στις Δευ, 4 Μαρ 2019 στις 9:12 π.μ., ο χρήστης Team <t@x.example> έγραψε:",
    "vi": "Vào Th 2, 4 thg 3, 2019 vào lúc 09:12 Team <t@x.example> đã viết:",
    "zh": "Team <t@x.example> 于2019年3月4日周一 上午9:12写道：",
    "ja": "2019年3月4日(月) 9:12 Team <t@x.example>:",
    "ko": "2019년 3월 4일 (월) 오전 9:12, Team <t@x.example>님이 작성:",
    "yandex": '04.03.2019, 09:12, "Team" <t@x.example>:',
    "in no language that is known": "Zuzuz 04.03.2019 zu 09:12 Team <t@x.example> zuzazu:",
}
FIELDS = {
    "es": "De: Equipo\nEnviado el: lunes, 4 de marzo de 2019 9:12\nPara: P\nAsunto: cita",
    "it": "Da: Team\nInviato: lunedì 4 marzo 2019 09:12\nA: P\nOggetto: invito",
    "pt": "De: Equipe\nEnviado: segunda-feira, 4 de março de 2019 09:12\nPara: P\nAssunto: convite",
    "sv": "Från: Team\nSkickat: den 4 mars 2019 09:12\nTill: P\nÄmne: inbjudan",
    "no": "Fra: Team\nSendt: mandag 4. mars 2019 09:12\nTil: P\nEmne: invitasjon",
    "da": "Fra: Team\nSendt: 4. marts 2019 09:12\nTil: P\nEmne: invitation",
    "fi": "Lähettäjä: Team\nLähetetty: maanantai 4. maaliskuuta 2019 9.12\nVastaanottaja: P\nAihe: kutsu",
    "pl": "Od: Team\nWysłano: poniedziałek, 4 marca 2019 09:12\nDo: P\nTemat: zaproszenie",
    "cs": "Od: Team\nOdesláno: pondělí 4. března 2019 9:12\nKomu: P\nPředmět: pozvánka",
    "ru": "От: Team\nОтправлено: 4 марта 2019 г. 9:12\nКому: P\nТема: приглашение",
    "uk": "Від: Team\nНадіслано: 4 березня 2019 р. 9:12\nКому: P\nТема: запрошення",
    "tr": "Kimden: Team\nGönderildi: 4 Mart 2019 Pazartesi 09:12\nKime: P\nKonu: davet",
    "zh": "发件人: Team\n发送时间: 2019年3月4日 9:12\n收件人: P\n主题: 邀请",
    "ja": "差出人: Team\n送信日時: 2019年3月4日 9:12\n宛先: P\n件名: ご案内",
    "a moment and an address": "Date: Mon, 4 Mar 2019 09:12:00 +0100\nTo: p@x.example",
}
TITLES = {
    "da": "-----Oprindelig meddelelse-----", "no": "-----Opprinnelig melding-----", "sv": "-----Ursprungligt meddelande-----",
    "fi": "-----Alkuperäinen viesti-----", "es": "-----Mensaje original-----", "it": "-----Messaggio originale-----",
    "pt": "-----Mensagem original-----", "pl": "-----Oryginalna wiadomość-----", "cs": "-----Původní zpráva-----",
    "ru": "-----Исходное сообщение-----", "tr": "-----Özgün İleti-----", "zh": "-----原始邮件-----", "ja": "-----元のメッセージ-----",
    "android": "---- Team wrote ----", "k-9": "-------- On 4 Mar 2019, 09:12, Team wrote --------",
}  # fmt: skip

# Between the quoted lines, below an announcement of one's own: nothing of the sender's is lost.
KEPT = {
    "inline": ("> Komt u?\nJa.\n> Met hoeveel?\nMet drie.", ["Ja.", "Met drie."]),
    "announces": ("Op 3 november schreef ik u het volgende:\nik kom met twee.", ["ik kom met twee."]),
    "tells": ("Op donderdag schreef mijn buurvrouw zich in.\nZet mij er ook bij.", ["Zet mij er ook bij.", "Op donderdag"]),
    "a form": ("Naam: Jan Pot\nDatum: 22 november\nAan de orde: parkeren", ["Naam: Jan Pot", "parkeren"]),
    "sums": ("Met 3 personen -> of 4.\n- Jan\n- Piet\n- Klaas", ["- Jan", "- Klaas"]),
    "names below a colon": ("Graag inschrijven:\n\nJan Jansen\nPiet de Vries", ["Jan Jansen", "Piet de Vries"]),
    "only a name": ("Piet de Wit", ["Piet de Wit"]),
    "only a greeting": ("Groetjes Yasmin", ["Groetjes Yasmin"]),
    "postscript": ("Ik kom.\n\nGroet,\nPiet\n\nPS: mijn vrouw komt ook", ["Ik kom.", "PS: mijn vrouw komt ook"]),
    "afterthought": ("Ik kom.\n\nGroet,\nPiet\n\nO ja, kunt u mij zeggen of er parkeerplaats is?", ["parkeerplaats"]),
    "thanks first": ("Bedankt, dat is mooi!\nIk kom met twee.", ["Bedankt, dat is mooi!", "Ik kom met twee."]),
    "thanks in a line": ("Dank voor de uitnodiging\nWij komen.", ["Dank voor de uitnodiging", "Wij komen."]),
    "dash in a line": ("Ik kom\n-- met mijn zus --\nen mijn moeder", ["Ik kom", "-- met mijn zus --", "en mijn moeder"]),
    "right above an attribution": (
        "Graag Jan erbij.\nGroet\nAnna Bos <a@x.example> schreef op 4 mrt. 2019 om 09:12 het volgende:\n> Komt u?",
        ["Graag Jan erbij."],
    ),
    "in the line of an attribution": (
        "Graag Jan erbij. On Mon, 4 Mar 2019 at 09:12, Anna <a@x.example> wrote:\n> Komt u?",
        ["Graag Jan erbij."],
    ),
    "of two lines": ("Ik kom.\nMijn zus ook.\nOn Mon, 4 Mar 2019, Anna\n<a@x.example> wrote:\n\n> Komt u?", ["Mijn zus ook."]),
    "via and wrote": ("Ik hoorde via Jan van de dag, waarover hij mij schreef\nen ik kom met 3.", ["ik kom met 3."]),
    "as I wrote": ("Zoals ik u op 5 november 2018 schreef:\nwij komen graag.", ["wij komen graag."]),
    "comme elle a écrit": ("Le 22 novembre, comme ma collègue vous a écrit :\nnous venons.", ["nous venons."]),
    "heeft": ("Op 22 november 2018 heeft onze presentatie succes, meld ons aan:\n\nPiet Jansen", ["meld ons aan", "Piet Jansen"]),
    "skriver": ("Hei,\n\nJeg skriver om møtet 22.11.2018, vi blir tre.\nPer og Kari", ["vi blir tre", "Per og Kari"]),
    "a time above a quote": (
        "Op 22-11-2018 kan ik niet om 14:00, zeg mij dus af.\nOver uw vraag:\n> Komt u nog?",
        ["zeg mij dus af."],
    ),
    "a form with a day": (
        "Aanmelding\n\nDatum: 22-11-2018, 13:30\nVan: De Buurt (info@buurt.example)\nAantal personen: 3",
        ["Aantal personen: 3"],
    ),
    "announces above a quote": ("Op uw vraag of ik kom:\n> Komt u?\nJa.", ["Op uw vraag of ik kom:", "Ja."]),
    "telephone line first": ("Verstuurd vanaf mijn iPhone\n\nIk kom met twee.", ["Ik kom met twee."]),
}  # fmt: skip

# text, display name -> what stays, what is the signature's first line
SIGNED = {
    "nl": ("Ik kom.\n\nMet vriendelijke groet,\n\nJan Pot\nBeleidsadviseur\nGemeente Oudeveen", "", "Ik kom.", "Met vriendelijke groet,"),
    "nl short": ("Ik kom.\n\nmvg\njan", "", "Ik kom.", "mvg"),
    "nl in one line": ("Ik kom.\n\nGroetjes, Jan", "", "Ik kom.", "Groetjes, Jan"),
    "nl behind the text": ("Zet mij erbij. Groetjes, Jan Pot", "", "Zet mij erbij.", "Groetjes, Jan Pot"),
    "en": ("I will come.\n\nKind regards,\nAnn Lee\nDirector", "", "I will come.", "Kind regards,"),
    "en thanks": ("I will come.\n\nThanks,\nAnn", "Ann Lee", "I will come.", "Thanks,"),
    "de": ("Ich komme.\n\nMit freundlichen Grüßen\nUte Roth", "", "Ich komme.", "Mit freundlichen Grüßen"),
    "de short": ("Ich komme.\n\nLG Ute", "", "Ich komme.", "LG Ute"),
    "fr": ("Je viens.\n\nBien cordialement,\nLuc Petit", "", "Je viens.", "Bien cordialement,"),
    "fr formal": ("Je viens.\n\nVeuillez agréer, Madame, mes salutations distinguées.\nLuc Petit", "", "Je viens.", "Veuillez agréer, Madame, mes salutations distinguées."),
    "delimiter": ("Ik kom.\n-- \nJan Pot\nwww.pot.example", "", "Ik kom.", "--"),
    "name alone": ("Ik kom graag.\n\nJan Pot", "Jan Pot", "Ik kom graag.", "Jan Pot"),
    "name in small letters": ("ik kom graag\njan", "Jan Pot", "ik kom graag", "jan"),
    "telephone": ("Ik kom.\n\nSent from my iPhone", "", "Ik kom.", "Sent from my iPhone"),
    "telephone de": ("Ich komme.\n\nVon meinem iPhone gesendet", "", "Ich komme.", "Von meinem iPhone gesendet"),
    "telephone fr": ("Je viens.\n\nEnvoyé de mon iPhone", "", "Je viens.", "Envoyé de mon iPhone"),
    "android": ("Ik kom.\n\nOutlook voor Android downloaden", "", "Ik kom.", "Outlook voor Android downloaden"),
    "disclaimer": ("Ik kom.\n\nDe informatie in dit bericht is vertrouwelijk.\nNiet verspreiden.", "", "Ik kom.", "De informatie in dit bericht is vertrouwelijk."),
    "list footer": ("Ik kom.\n____________________\nBuurtlijst\nbuurt@lijst.example", "", "Ik kom.", "____________________"),
}  # fmt: skip


CLIENTS = Path(__file__).parent / "corpus" / "quotes"
LABELLED = [json.loads(line) for line in (CLIENTS / "labels.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("label", LABELLED, ids=[label["file"] for label in LABELLED])
def test_what_was_typed_is_found_whatever_the_mail_program(label: dict[str, str]) -> None:
    parts = quotes.of_mail(parse((CLIENTS / label["file"]).read_bytes()), MARKS)
    assert (parts.new, bool(parts.quoted)) == (label["new"], True)


@pytest.mark.parametrize("case", QUOTED)
def test_what_is_quoted_below_is_not_the_senders_text(case: str) -> None:
    text, wish = QUOTED[case]
    parts = quotes.split(text, MARKS)
    assert parts.new == wish
    assert parts.quoted


@pytest.mark.parametrize("language", WROTE)
def test_an_attribution_is_one_in_every_language(language: str) -> None:
    parts = quotes.split(f"{WISH}\n\n{WROTE[language]}\n\n> Komt u?\n> Groet", MARKS)
    assert (parts.new, parts.quoted[:5]) == (WISH, WROTE[language][:5])


@pytest.mark.parametrize("language", FIELDS)
def test_header_fields_are_so_in_every_language(language: str) -> None:
    assert quotes.split(f"{WISH}\n\n{FIELDS[language]}\n\nKomt u?\n", MARKS).new == WISH


@pytest.mark.parametrize("language", TITLES)
def test_a_title_above_the_original_is_known(language: str) -> None:
    assert quotes.split(f"{WISH}\n\n{TITLES[language]}\n\nKomt u?\n", MARKS).new == WISH


@pytest.mark.parametrize("case", KEPT)
def test_in_doubt_the_senders_text_is_kept(case: str) -> None:
    text, wanted = KEPT[case]
    new = quotes.split(text, MARKS).new
    for piece in wanted:
        assert piece in new


@pytest.mark.parametrize("case", SIGNED)
def test_a_letters_end_is_the_signature(case: str) -> None:
    text, sender, new, first = SIGNED[case]
    parts = quotes.split(text, MARKS, sender=sender)
    assert parts.new == new
    assert parts.signature.split("\n")[0].strip() == first


HTML = {
    "gmail": "<div dir=ltr>Ik kom.</div><br><div class='gmail_quote'><div class='gmail_attr'>Op ma 4 mrt schreef Team:</div>"
    "<blockquote class='gmail_quote'>Komt u?</blockquote></div>",
    "gmail forward": "<div>Ik kom.</div><div class='gmail_quote'><div class='gmail_attr'>---------- Forwarded message"
    "</div>Van: Buur<br>Komt u?</div>",
    "outlook web": "<div>Ik kom.</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>Van:</b> Team</div>"
    "<div>Komt u?</div>",
    "outlook web, quoted once more": "<div>Ik kom.</div><div id='x_divRplyFwdMsg'>Van: Team</div><p>Komt u?</p>",
    "apple": "<div>Ik kom.</div><blockquote type='cite'><div>Op 4 mrt schreef Team:</div><p>Komt u?</p></blockquote>",
    "thunderbird": "<p>Ik kom.</p><div class='moz-cite-prefix'>Op 4 maart schreef Team:</div><blockquote type='cite'>"
    "Komt u?</blockquote>",
    "yahoo": "<div>Ik kom.</div><div id='yahoo_quoted_12' class='yahoo_quoted'>Komt u?</div>",
    "proton": "<div>Ik kom.</div><div class='protonmail_quote'>Komt u?</div>",
    "new outlook": "<div>Ik kom.</div><div id='mail-editor-reference-message-container'><div>Komt u?</div></div>",
}  # fmt: skip


MARKED = ["class=x_x_gmail_quote", "class=ydp5f3yahoo_quoted", "id=ydp123yahoo_quoted_77", "class=gmail-m_-12gmail_quote",
    "id=m_-12divRplyFwdMsg", "id=x_appendonsend", "class=ecxgmail_quote", "class=aolmail_quote", "id=elided",
    "id=divRpF123", "class=quoted-plain-text", "class=history_container"]  # fmt: skip


@pytest.mark.parametrize("mark", MARKED)
def test_a_mark_is_known_whatever_webmail_writes_before_it(mark: str) -> None:
    parts = quotes.split("", MARKS, html=f"<div>Ik kom.</div><div {mark}><p>Komt u?</p></div>")
    assert (parts.new, parts.quoted) == ("Ik kom.", "Komt u?")


def test_below_the_line_that_outlook_draws_all_is_quoted_in_any_language() -> None:
    line = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
    html = f"<p>Ik kom.</p><div style='{line}'><p><b>Zuz:</b> Team<br><b>Zaz:</b> x</p></div><p>Komt u?</p>"
    assert quotes.split("", MARKS, html=html).new == "Ik kom."


FORMS = [
    "Ik meld me aan.\n\nVan: afdeling Wonen\nAan: de organisatie\nDatum: 22 november\n\nWij komen met 3.",
    "Hallo,\n\nNaam: Jan Pot\nDatum: 22 november\nVan: gemeente Oudeveen\nAan: ronde 2\nOnderwerp: aanmelding\nAantal: 3",
    "Graag inschrijven:\nVon: Stadt Neu\nDatum: 22. November\nAn: Workshop 2\nPersonen: 3",
    "Date : 22 novembre\nDe : Association du Quartier\nPour : 3 personnes\nNom : Luc Petit",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_persons_own_form_is_no_header_of_a_quoted_mail(form: str) -> None:
    assert quotes.split(form, MARKS, sender="Jan Pot").new == form


@pytest.mark.parametrize(
    "fields",
    [
        "Van: Team\nAan: Jan\nOnderwerp: Uitnodiging\nDatum: 4 maart 2019",
        "Van: Team <t@x.example>\nDatum: 4 maart 2019\nAan: Jan",
        "Date: Mon, 4 Mar 2019 09:12:00 +0100\nFrom: t@x.example\nTo: jan@pot.example",
        "From: Team\nTo: Jan\nSubject: Re: day",
        "____________________\nVon: Team <t@x.example>\nGesendet: Montag, 4. März",
    ],
)
def test_header_fields_without_a_word_for_sent_are_known_too(fields: str) -> None:
    assert quotes.split(f"{WISH}\n\n{fields}\n\nKomt u?", MARKS).new == WISH


UNMARKED = [
    "Wiadomość napisana przez Team <t@x.example> w dniu 4 mar 2019, o godz. 09:12:",
    "2019/03/04 9:12、Team <t@x.example>のメール:",
    "2019. 3. 4. 오전 9:12, Team <t@x.example> 작성:",
    "On Mon, Mar 4, 2019, at 9:12 AM, Team wrote:",
    "On Mon, Mar 4, 2019 at 9:12 AM Team of the Day <\nt@x.example> wrote:",
    "4 Mar 2019, 09:12 by t@x.example:",
    "Zitat von Team <t@x.example>:",
    "In a message dated 3/4/2019 9:12:00 AM, t@x.example writes:",
    "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
    "--- Reply above this line ---",
    "Anfang der weitergeleiteten Nachricht:",
]


@pytest.mark.parametrize("line", UNMARKED)
def test_below_an_attribution_all_is_quoted_without_a_mark_on_any_line(line: str) -> None:
    assert quotes.split(f"{WISH}\n\n{line}\n\nKomt u?\nWij ook.", MARKS).new == WISH


DEVICES = """Vanaf mijn iPad verzonden|Get BlueMail for Android|(Sent from my iPhone)|Vom Handy gesendet
Envoyé via BlueMail|Provenance : Courrier pour Windows|Enviado do meu iPhone|Obtener Outlook para Android
Inviato dal mio Galaxy|Scarica Outlook per Android|Wysłane z iPhone'a|Pobierz aplikację Outlook dla systemu Android
Skickat från min iPhone|Sendt fra min iPhone|Hent Outlook til Android|Lähetetty iPhonesta|Odesláno z iPhonu
Отправлено с iPhone|Скачать Outlook для Android|Надіслано з iPhone|iPhone'umdan gönderildi|发自我的iPhone
从我的 iPhone 发送|取得 Outlook for Android|iPhoneから送信|Please excuse brevity, sent from phone""".replace(
    "\n", "|"
).split("|")


@pytest.mark.parametrize("line", DEVICES)
def test_what_a_telephone_adds_is_no_text_in_any_language(line: str) -> None:
    assert quotes.split(f"{WISH}\n\n{line}\n", MARKS).new == WISH


@pytest.mark.parametrize(
    "said",
    [
        "Met mijn zus heb ik de aanmelding verstuurd.",
        "Von Frau Roth haben wir die Liste gesendet",
        "From my team three people come.",
        "Saludos a todos los que vienen, nosotros somos tres.",
        "Reply to my question please: is lunch above or below?",
    ],
)
def test_a_sentence_that_sounds_like_a_telephones_or_a_greeting_stays(said: str) -> None:
    assert said in quotes.split(f"Hallo allen, een zin.\n\n{said}\n\nMet drie mensen graag.", MARKS).new


ENDS = """Un saludo|Cordiali saluti,|Atenciosamente,|Pozdrawiam|Z poważaniem,|Med vänliga hälsningar|Med vennlig hilsen
Venlig hilsen|Ystävällisin terveisin|S pozdravem|С уважением,|З повагою,|Saygılarımla,|Cu stimă,|Με εκτίμηση,""".replace(
    "\n", "|"
)


@pytest.mark.parametrize("end", ENDS.split("|"))
def test_a_letter_ends_so_in_other_languages(end: str) -> None:
    assert quotes.split(f"{WISH}\n\n{end}\nNella Aho", MARKS).new == WISH


def test_a_last_word_with_a_full_stop_is_no_name() -> None:
    assert quotes.split("Komt u met drie?\n\nAkkoord.", MARKS).new.endswith("Akkoord.")


@pytest.mark.parametrize("case", HTML)
def test_the_clients_own_marks_in_html_tell_the_quote(case: str) -> None:
    parts = quotes.split("", MARKS, html=HTML[case])
    assert parts.new == "Ik kom."
    assert "Komt u?" in parts.quoted


def test_answers_between_blockquotes_are_kept() -> None:
    html = (
        "<div class='gmail_quote'><blockquote class='gmail_quote'>Komt u?</blockquote><div>Ja, met drie.</div>"
        "<blockquote class='gmail_quote'>Welke ronde?</blockquote><div>De eerste.</div></div>"
    )
    assert quotes.split("", MARKS, html=html).new.replace("\n\n", "\n") == "Ja, met drie.\nDe eerste."


def test_a_marked_signature_is_no_text() -> None:
    html = "<div>Ik kom.</div><div class='gmail_signature'>Jan Pot<br>Oudeveen</div>"
    assert quotes.split("", MARKS, html=html) == Parts(new="Ik kom.", signature="Jan Pot\nOudeveen")


def test_a_plain_indented_blockquote_is_the_senders_own() -> None:
    assert (
        "Jan Pot"
        in quotes.split("", MARKS, html="<p>Graag plaatsen voor</p><blockquote>Jan Pot</blockquote>").new
    )


@pytest.mark.parametrize(
    "text",
    [
        "On On On wrote wrote\n" * 20_000,
        "Op " * 300_000 + "schreef",
        "From: a\nTo: b\nX: c\n" * 50_000,
        "Ik kom.\n\n" + "Met vriendelijke groet,\nPiet, ik kom graag.\n\n" * 30_000,
        "a" * 1_000_000,
        "> a\n" * 250_000,
        "On x\nwrote\n" * 3_000,
        "wrote:\n" * 3_000,
    ],
    ids=[
        "attributions",
        "one line",
        "labels",
        "valedictions",
        "no space",
        "quoted",
        "torn attributions",
        "wrote",
    ],
)
def test_hostile_text_takes_no_longer_than_its_length(text: str) -> None:
    started = time.perf_counter()
    quotes.split(text, MARKS)
    assert time.perf_counter() - started < 3
