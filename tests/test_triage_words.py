"""Mails that words alone tell apart: what an answering machine writes, and people who write alike."""

# ruff: noqa: E501 - mails as a table, one a line: subject, text (a bar is a line end)

from __future__ import annotations

import pytest

from mailflow.reading.model import Intent, Kind, Reading
from mailflow.take import _wishes_in_vain
from tests.reader import reading_of


def read(subject: str, text: str) -> Reading:
    answers = "In-Reply-To: <x@dag.example>\n" if subject.startswith("Re:") else ""
    return reading_of(text.replace("|", "\n"), subject=subject, extra=answers)


PEOPLE = [
    ("Auto-reply bug", "The auto-reply is sent twice. Steps to reproduce below."),
    ("TLS report broken", "The TLS report page gives an error when I open it."),
    ("DMARC report question", "Who can explain the DMARC report we got?"),
    ("Re: patch", "Thanks for the patch. I can't merge it until Monday; if you need it sooner, contact Bob."),
    ("Re: Rechnung", "Vielen Dank für die Rechnung. Ich überweise bis Freitag."),
    ("Delivery failure yesterday", "The driver said delivery failure, can you send the parcel again?"),
    ("Re: Termin", "Ich bin am Montag nicht im Haus, passt Ihnen Dienstag?"),
    ("Re: appointment", "I'm out of the office on Monday, does Tuesday work for you?"),
    ("Re: meeting", "Absent: Bob, Ann. Present: all others. Minutes attached."),
    ("Out of office party: please register us", "We are with three.|Jan Pot"),
    ("Out of office party", "Please register us for the party, we are three."),
    ("aanmelding", "My colleague Anna and I will join."),
    (
        "Re: invitation",
        "My colleague Anna and I will join. We are on holiday until the 3rd, so please answer after that.",
    ),
    (
        "Anmeldung",
        "Wir sind zu dritt dabei. Bis zum 3. sind wir im Urlaub, mein Kollege Karl meldet sich mit den Namen.",
    ),
    ("Re: Einladung", "Wir sind zu dritt dabei, meine Kollegin bringt den Kuchen mit."),
    ("Re: uitnodiging", "Ik ben tot en met zondag op vakantie, daarna kom ik graag. Mijn collega Piet ook."),
    ("Re: uitnodiging", "Bedankt voor uw bericht! Ik ben erbij."),
    ("Re: uitnodiging", "Dank voor uw mail. Mijn collega en ik zijn erbij, samen twee stoelen."),
    ("Re: Einladung", "Vielen Dank für Ihre Nachricht. Ich bin gerne dabei."),
    (
        "Re: Einladung",
        "Vielen Dank für Ihre Nachricht, ich bin bis Freitag im Urlaub und am 22. gerne dabei.",
    ),
    ("Re: invitation", "Thank you for your message. I'll be there with my colleague."),
    ("Re: invitation", "Thanks for your email. I am away until Tuesday but would love to join, one seat."),
    (
        "Re: invitation",
        "Thank you for your email, I would like two places please. I am on annual leave until Monday, so I may answer late.",
    ),
    ("Re: invitation", "Merci pour votre message. Je serai présent avec ma collègue."),
    (
        "Re: invitation",
        "Je suis en vacances jusqu'au 3 mars mais je participe volontiers le 22, avec mon collègue Luc.",
    ),
    ("Absence", "Bonjour, je suis absent le 22, mon collègue Luc prend ma place."),
    ("Abwesenheit am 22.", "Leider bin ich am 22. verhindert. Meine Kollegin Eva Horn kommt für mich."),
    ("Afwezig op de 22e", "Helaas moet ik verstek laten gaan, mijn collega neemt mijn stoel over."),
    ("Afwezig: ik haal het niet", "Helaas red ik het niet, de stoel mag naar een ander."),
    ("Op vakantie: toch nog een plek?", "Ik ben tot de 20e op vakantie. Is er daarna nog een plek voor mij?"),
    ("On leave but coming", "I'm on leave until the 20th but I will be there on the 22nd."),
    ("Automatische deuren", "Zijn er automatische deuren? Ik zit in een rolstoel en wil graag komen."),
    ("Automatic doors at the venue?", "I use a wheelchair. Are there automatic doors? Please book me in."),
    (
        "Automatisch antwoord gekregen",
        "Ik kreeg een automatisch antwoord, maar geen bevestiging. Sta ik op de lijst?",
    ),
    (
        "Automatic reply received, am I registered?",
        "I only got an automatic reply. Did my registration come through? I want two seats.",
    ),
    (
        "Automatische Antwort erhalten - bin ich angemeldet?",
        "Ich habe nur eine automatische Antwort bekommen. Bin ich angemeldet?",
    ),
    ("Auto: parkeren", "Waar kan ik mijn auto kwijt? Ik kom met twee mensen."),
    ("Auto reply?", "Is this an auto reply? I just want one seat."),
    ("Read: your invitation, I'm coming", "I read it and I'm in. One chair please."),
    ("Gelezen: leuk, ik kom!", "Gelezen en akkoord, zet mij er maar bij."),
    ("Gelesen und dabei", "Ich habe Ihre Nachricht gelesen und bin dabei."),
    ("Lu : je viens", "J'ai lu votre message et je viens avec plaisir."),
    ("Your request for names", "Here are the names: Ann Berg and Bob Carr. We both come."),
    ("Uw vraag over betrokkenheid", "Ik ben vrijwilliger in het buurthuis."),
    ("Re: Your ticket", "One more ticket for my husband please."),
    ("Ticket #2 for my son", "Could I have a second ticket for my son?"),
    ("Please confirm my seat", "I signed up last week and heard nothing. Please confirm."),
    ("Please confirm", "Can you confirm that my colleague Anna and I are on the list?"),
    ("vakantie", "Ik lees mijn mail pas na mijn vakantie, maar zet mij alvast op de lijst."),
    ("inschrijving", "Ik ben morgen niet op kantoor, dus bel me op mijn mobiel. Graag twee plaatsen."),
    (
        "aanmelding",
        "Graag een plek voor mij.||Jan Pot|Ik ben op maandag niet aanwezig. Voor dringende zaken: mijn collega, tot 17 uur.",
    ),
    (
        "registration",
        "I would like one seat.||Jan Pot|I work part time and am out of the office on Fridays. For urgent matters please contact my colleague until 5 pm.",
    ),
    (
        "Anmeldung",
        "Ich hätte gerne einen Platz.||Jan Topf|Freitags bin ich nicht im Büro. In dringenden Fällen wenden Sie sich bis 12 Uhr an meine Kollegin.",
    ),
    (
        "aanmelding",
        "Een stoel voor mij graag.||--|Jan Pot|Dit bericht is automatisch verzonden vanaf mijn telefoon.",
    ),
    (
        "aanmelding",
        "Een stoel graag, Jan.||Deze e-mail is automatisch gescand op virussen. Beantwoord deze e-mail niet als u niet de geadresseerde bent.",
    ),
    (
        "registration",
        "Two seats, thanks.|Ann||This email and any attachments are confidential. If you received this email because of an error, delete it.",
    ),
    ("registration", "Two of us, thanks.|Ann||This is an automatically added disclaimer."),
    (
        "inschrijving nieuwsbrief",
        "Kunt u mij van de nieuwsbrief halen maar wel op de lijst van de 22e laten staan? To unsubscribe from lists is niet wat ik wil.",
    ),
    ("Re: bevestiging", "Ik ben afwezig tot maandag. Kan mijn collega mijn stoel krijgen?"),
    ("Re: confirmation", "I am on sick leave until March, so please give my chair to my colleague Ann Berg."),
    (
        "Re: confirmation",
        "I'll be out of the office until the 25th, so count me out. Please contact Ann Berg, she may want it.",
    ),
    (
        "Re: Bestätigung",
        "Ich bin bis Monatsende krankgeschrieben und nicht im Büro, bitte streichen Sie mich. Meine Kollegin übernimmt gern.",
    ),
    (
        "Re: confirmation",
        "Je suis en congé maladie jusqu'au 25, merci de me retirer de la liste. Ma collègue est intéressée.",
    ),
    ("Re: confirmación", "Estoy de vacaciones hasta el lunes, pero me apunto con mi colega Ana."),
    ("Re: invito", "Sono in ferie fino a lunedì, ma mi iscrivo volentieri con la mia collega Anna."),
    ("Re: convite", "Estou de férias até segunda, mas quero inscrever-me com a minha colega."),
    ("Re: zaproszenie", "Jestem na urlopie do poniedziałku, ale chcę się zapisać razem z koleżanką."),
    ("Re: inbjudan", "Jag har semester till måndag men kommer gärna, två platser tack."),
    ("Re: davet", "Pazartesiye kadar izindeyim ama katılmak istiyorum, iki kişi."),
    ("Re: приглашение", "Я в отпуске до понедельника, но хочу записаться, нас двое."),
    ("Отпуск", "Я вернусь из отпуска 20-го и приду 22-го. Запишите меня, пожалуйста."),
    ("Otomatik kapılar", "Otomatik kapı var mı? Tekerlekli sandalye ile geliyorum."),
    ("Automatická odpověď přišla", "Přišla mi jen automatická odpověď. Jsem přihlášen?"),
    ("OOO party", "Sign me up for the OOO party!"),
    (
        "Absent collega",
        "Mijn collega is afwezig tot maandag, daarom schrijf ik voor hem: graag een stoel voor Piet Bos.",
    ),
    ("Ausser Haus am Vormittag", "Am Vormittag bin ich ausser Haus, nachmittags komme ich gern."),
    ("geen mail", "Ik heb geen mail van u gekregen. Tot wanneer kan ik mij aanmelden? Het is dringend."),
    ("spoed", "Is het dringend nodig dat mijn collega zich apart aanmeldt? Hij is tot maandag op vakantie."),
    ("Re: herinnering", "Ja, ik kom. Tot donderdag, ik was met vakantie."),
    ("Re: reminder", "Still coming. Was on holiday until yesterday, sorry for the delay."),
    ("Re: Erinnerung", "Bin dabei. War bis gestern im Urlaub, Entschuldigung."),
    ("Re: rappel", "C'est noté, à jeudi. J'étais en vacances jusqu'à hier."),
    ("Undelivered mail?", "My last mail came back as undelivered mail. So again: I want two seats."),
    ("Returned mail", "My first try was returned mail, so once more: please put me on the list."),
    ("vraag", "Is er parkeergelegenheid? Ik kom met de auto, mijn collega met de trein."),
    ("Re: uitnodiging", "Dank voor het bericht. Ik zit die week in Spanje, dus ik sla een keer over."),
    (
        "Re: uitnodiging",
        "Bedankt voor de uitnodiging! Ik ben vrijdag terug van vakantie en schuif donderdag de 22e graag aan.",
    ),
    ("Aanmelding vanaf vakantieadres", "Vanaf de camping: graag een stoel voor mij en mijn man."),
    (
        "Re: invitation",
        "Thank you for your email. Could you tell me until when I can register? It's urgent as my colleague leaves tomorrow.",
    ),
    (
        "Re: invitation",
        "Thanks for the invite. I'm out of town till the 21st, back just in time, so put me down for one.",
    ),
    ("Re: invitation", "I'm on leave that week, sorry. My colleague Tom Reed would like my place."),
    ("Re: invitation", "We're closed until noon on the 22nd, so three of us will come after lunch."),
    (
        "Re: Einladung",
        "Danke für die Einladung! Ich bin bis zum 21. auf Dienstreise, am 22. bin ich aber gern dabei.",
    ),
    (
        "Re: Einladung",
        "Danke für Ihre Mail. Mein Kollege und ich kommen zu zweit, er ist bis Montag im Urlaub.",
    ),
    ("Re: Einladung", "Ich bin an dem Tag leider nicht im Haus und kann nicht teilnehmen."),
    (
        "Re: invitation",
        "Merci pour l'invitation. Ma collègue et moi serons là. Elle est en congé jusqu'à lundi.",
    ),
    ("Re: invitation", "Je serai en déplacement jusqu'au 21, mais présent le 22. Merci de m'inscrire."),
    (
        "Re: invitation",
        "Malheureusement je suis absente ce jour-là. Ma collègue Eva peut-elle venir à ma place ? Elle peut vous contacter jusqu'au 20.",
    ),
    ("Ticket", "Can I have two tickets? Our ticket number from last year was 12."),
    ("Uw bericht", "Uw bericht ontvangen, ik kom. Tot dan!"),
    ("Uw e-mail van 3 november", "Naar aanleiding van uw e-mail schrijf ik mij in voor de bijeenkomst."),
    ("Votre message du 3", "Suite à votre message je m'inscris pour la journée du 22."),
    ("Ihre Nachricht vom 3.", "Auf Ihre Nachricht hin melde ich mich an."),
    (
        "Automatische aanmelding mislukt",
        "Het formulier deed het niet. Kunt u mij handmatig op de lijst zetten?",
    ),
    ("Automated form failed", "The form did not work, please add me by hand."),
    ("Cron", "Please register Cron Berg, that's me."),
    ("Read this please", "I'd like to attend with my wife."),
    ("Confirm", "I confirm that I am coming."),
    ("verlof", "Mijn baas geeft mij verlof, dus ik kan komen! Zet me op de lijst."),
    ("Re: uitnodiging", "Ik ben met pensioen, dus ik heb tijd. Graag een plaats."),
    ("Re: uitnodiging", "Ik werk niet op donderdag, dus ik kan. Schrijf mij in, tot 22 november!"),
    (
        "aanmelding",
        "Ik meld mij aan.||Met vriendelijke groet,|Jan Pot|Werkdagen: ma t/m do. Op vrijdag ben ik niet bereikbaar, bij spoed mijn collega: 010-123.",
    ),
    (
        "registration",
        "Please put me down for one.||Ann Berg|My working days are Monday till Wednesday. Out of office on Thursday and Friday. Urgent? Contact my colleague Tom.",
    ),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_person_who_sounds_like_a_notice_gets_through(subject: str, text: str) -> None:
    reading = read(subject, text)
    assert (reading.kind, reading.may_auto_answer) == (Kind.HUMAN, True), reading.reason


# Where the words and the reader do not agree, nobody is silently left out: a person decides.
DOUBTFUL = [
    ("Réponse automatique reçue", "Je n'ai reçu qu'une réponse automatique. Suis-je inscrit ?"),
    ("Re: bevestiging", "Ben met verlof tot maart, dus die 22e gaat niet lukken. Vraag gerust mijn collega."),
    ("Wir haben Ihre Nachricht erhalten", "Wir haben Ihre Nachricht erhalten und kommen mit drei Personen."),
]


@pytest.mark.parametrize(("subject", "text"), DOUBTFUL)
def test_where_it_stays_open_who_wrote_a_person_decides(subject: str, text: str) -> None:
    reading = read(subject, text)
    assert (reading.kind, reading.may_auto_answer) == (Kind.HUMAN, False)
    assert _wishes_in_vain(reading)


NOTICES = [
    ("Automatisch antwoord: aanmelding", "Ik ben er even niet."),
    ("Automatische reactie op uw mail", "Ik ben terug op maandag."),
    ("Automatisches Antwort: Anmeldung", "Ich bin nicht da."),
    ("Automatische Rückmeldung", "Ich bin nicht da."),
    ("[Auto-Reply] Your mail", "Back Monday."),
    ("(Auto) Your mail", "Back Monday. I am out of the office."),
    ("OOO Re: bevestiging", "Back on Monday."),
    ("Re: OOO: bevestiging", "Back on Monday."),
    ("Auto: Out of office", "Back on Monday."),
    ("AUTO: Jan Pot is out of the office (returning 03/12/2018)", "I am out of the office until 03/12/2018."),
    ("Jan Pot is out of the office", "I am out of the office until Monday."),
    ("Autoreply: confirmation", "I'll be back."),
    ("Automatic reply: Bevestigd: Kennisbijeenkomst", "Thank you. I will answer next week."),
    ("Automatic Reply", "I'm travelling."),
    ("Vacation: Re: your mail", "I'm on vacation until Monday."),
    ("Réponse automatique : inscription", "Je suis absent."),
    ("Réponse d'absence : inscription", "Je suis absent jusqu'à lundi."),
    ("Absence du bureau : Re: inscription", "Je suis absent jusqu'à lundi."),
    ("Respuesta automática: inscripción", "Estoy fuera."),
    ("Fuera de la oficina: Re: inscripción", "Estaré fuera hasta el lunes."),
    ("Risposta automatica: iscrizione", "Sono fuori ufficio."),
    ("Resposta automática: inscrição", "Estou fora."),
    ("Resposta automàtica: inscripció", "Soc fora."),
    ("Odpowiedź automatyczna: zapis", "Jestem na urlopie."),
    ("Automatyczna odpowiedź: zapis", "Jestem na urlopie."),
    ("Răspuns automat: înscriere", "Sunt plecat."),
    ("Autosvar: anmälan", "Jag är ledig."),
    ("Automatiskt svar: anmälan", "Jag är ledig."),
    ("Automatisk svar: påmelding", "Jeg er bortreist."),
    ("Frånvaromeddelande: anmälan", "Jag är ledig."),
    ("Fraværsmelding", "Jeg er ikke på kontoret før mandag."),
    ("Fravær: svar", "Jeg er ikke på kontoret før mandag."),
    ("Automaattinen vastaus: ilmoittautuminen", "Olen lomalla."),
    ("Poissaolo: ilmoittautuminen", "Olen lomalla maanantaihin asti."),
    ("Poissaoloviesti", "Olen lomalla maanantaihin asti."),
    ("Автоответ: запись", "Я в отпуске."),
    ("Автоматический ответ: запись", "Я в отпуске."),
    ("Автоматична відповідь: запис", "Я у відпустці."),
    ("Автовідповідь", "Я у відпустці."),
    ("Automatická odpověď: přihláška", "Jsem na dovolené."),
    ("Automatická odpoveď: prihláška", "Som na dovolenke."),
    ("Automatikus válasz: jelentkezés", "Szabadságon vagyok."),
    ("Otomatik yanıt: kayıt", "İzindeyim."),
    ("Otomatik Yanıt", "İzindeyim."),
    ("OTOMATİK YANIT", "İzindeyim."),
    ("Αυτόματη απάντηση: εγγραφή", "Λείπω."),
    ("自动回复: 报名", "我在休假。"),
    ("自動回覆: 報名", "我在休假。"),
    ("自動応答: 申し込み", "休暇中です。"),
    ("自動返信: 申し込み", "休暇中です。"),
    ("자동 회신: 신청", "휴가 중입니다."),
    ("자동응답: 신청", "휴가 중입니다."),
    ("Automatski odgovor", "Na odmoru sam."),
    ("Samodejni odgovor", "Na dopustu sem."),
    ("Автоматичен отговор", "В отпуск съм."),
    ("תשובה אוטומטית: הרשמה", "אני בחופשה."),
    ("رد تلقائي: تسجيل", "أنا في إجازة."),
    (
        "Re: bevestiging",
        "Ik ben tot en met 3 december afwezig. Voor dringende zaken kunt u mijn collega bellen.",
    ),
    ("Re: bevestiging", "Vielen Dank für Ihre Nachricht, ich bin bis 3. Dezember nicht im Haus."),
    (
        "Re: bevestiging",
        "Bedankt voor uw bericht. Ik ben er t/m vrijdag niet. Dringend? Bel mijn collega op 010-1234567.",
    ),
    ("Re: Bestätigung", "Ich bin bis zum 3.12. nicht im Büro. Dringend? Rufen Sie meine Kollegin an."),
    (
        "Re: Bestätigung",
        "Vielen Dank für Ihre E-Mail. Ich bin derzeit nicht im Büro und ab dem 3.12. wieder erreichbar. Ihre Nachricht wird nicht weitergeleitet.",
    ),
    ("Re: confirmation", "I am out of the office until Monday, for urgent matters contact Ann Berg."),
    (
        "Re: confirmation",
        "Thank you for your email. I am currently on annual leave, returning on Monday 3 December.",
    ),
    (
        "Re: confirmation",
        "Hi, I'm away until 3 December with no access to email. Is it urgent? Please contact my colleague.",
    ),
    (
        "Re: confirmation",
        "I am on maternity leave until March. Do you have questions about a booking? Contact Ann Berg.",
    ),
    (
        "Re: confirmation",
        "Je suis actuellement absent du bureau, de retour le 3 décembre. Une urgence ? Contactez ma collègue.",
    ),
    ("Re: confirmation", "Merci pour votre message. Je suis en congés jusqu'au 3 décembre inclus."),
    (
        "Re: confirmación",
        "Gracias por su mensaje. Estoy de vacaciones hasta el 3 de diciembre. Para asuntos urgentes, contacte con mi compañera.",
    ),
    (
        "Re: conferma",
        "Grazie per il messaggio. Sono fuori ufficio fino al 3 dicembre. Per urgenze contattare la mia collega.",
    ),
    (
        "Re: confirmação",
        "Obrigado pela sua mensagem. Estou de férias até 3 de dezembro. Em caso de urgência, contacte a minha colega.",
    ),
    (
        "Re: potwierdzenie",
        "Dziękuję za wiadomość. Jestem na urlopie do 3 grudnia. W pilnych sprawach proszę o kontakt z koleżanką.",
    ),
    (
        "Re: confirmare",
        "Vă mulțumesc pentru mesaj. Sunt în concediu până la 3 decembrie. Pentru urgențe, contactați colega mea.",
    ),
    (
        "Re: bekräftelse",
        "Tack för ditt mejl. Jag är på semester till och med 3 december. Vid brådskande ärenden kontakta min kollega.",
    ),
    (
        "Re: bekreftelse",
        "Takk for e-posten. Jeg er på ferie til 3. desember. Ved hastesaker, kontakt min kollega.",
    ),
    (
        "Re: bekræftelse",
        "Tak for din mail. Jeg er på ferie til og med 3. december. Ved hastesager kontakt min kollega.",
    ),
    (
        "Re: vahvistus",
        "Kiitos viestistäsi. Olen lomalla 3.12. asti. Kiireellisissä asioissa ota yhteyttä kollegaani.",
    ),
    (
        "Re: подтверждение",
        "Спасибо за письмо. Я в отпуске до 3 декабря. По срочным вопросам обращайтесь к моей коллеге.",
    ),
    (
        "Re: підтвердження",
        "Дякую за лист. Я у відпустці до 3 грудня. З термінових питань звертайтеся до моєї колеги.",
    ),
    (
        "Re: potvrzení",
        "Děkuji za zprávu. Do 3. prosince jsem na dovolené. V naléhavých případech kontaktujte kolegyni.",
    ),
    (
        "Re: potvrdenie",
        "Ďakujem za správu. Do 3. decembra som na dovolenke. V naliehavých prípadoch kontaktujte kolegyňu.",
    ),
    (
        "Re: visszaigazolás",
        "Köszönöm levelét. December 3-ig szabadságon vagyok. Sürgős esetben forduljon kollégámhoz.",
    ),
    (
        "Re: onay",
        "Mesajınız için teşekkürler. 3 Aralık'a kadar izindeyim. Acil durumlarda lütfen meslektaşımla iletişime geçin.",
    ),
    (
        "Re: επιβεβαίωση",
        "Ευχαριστώ για το μήνυμά σας. Βρίσκομαι σε άδεια έως 3 Δεκεμβρίου. Για επείγοντα επικοινωνήστε με τη συνάδελφό μου.",
    ),
    ("Re: 确认", "感谢您的来信。我在休假,12月3日前无法回复。紧急事宜请联系我的同事。"),
    ("Re: 確認", "メールありがとうございます。12月3日まで休暇中です。お急ぎの場合は同僚にご連絡ください。"),
    ("Re: 확인", "메일 감사합니다. 12월 3일까지 휴가 중입니다. 급한 용무는 동료에게 연락해 주세요."),
    (
        "Gelesen: Bestätigung",
        "Ihre Nachricht|An: Jan Pot|Betreff: Bestätigung|Gesendet: Montag|wurde am Montag, 3. Dezember gelesen.",
    ),
    (
        "Read: confirmation",
        "Your message|To: Jan Pot|Subject: confirmation|Sent: Monday|was read on Monday, 3 December.",
    ),
    ("Lu : confirmation", "Votre message|À : Jan Pot|Objet : confirmation|a été lu le lundi 3 décembre."),
    (
        "Gelezen: bevestiging",
        "Uw bericht|Aan: Jan Pot|Onderwerp: bevestiging|is gelezen op maandag 3 december.",
    ),
    ("Letto: conferma", "Il messaggio|A: Jan Pot|Oggetto: conferma|è stato letto il 3 dicembre."),
    ("Leído: confirmación", "El mensaje|Para: Jan Pot|Asunto: confirmación|se leyó el 3 de diciembre."),
    ("Lida: confirmação", "A sua mensagem|Para: Jan Pot|foi lida em 3 de dezembro."),
    ("Läst: bekräftelse", "Meddelandet|Till: Jan Pot|lästes den 3 december."),
    ("Przeczytano: potwierdzenie", "Wiadomość|Do: Jan Pot|została przeczytana 3 grudnia."),
    ("Not read: confirmation", "Your message|To: Jan Pot|was deleted without being read on Monday."),
    (
        "Return Receipt (displayed) - confirmation",
        "This is a Return Receipt for the mail that you sent to jan@pot.example.|Note: This Return Receipt only acknowledges that the message was displayed on the recipient's computer. There is no guarantee that the recipient has read or understood the message contents.",
    ),
    (
        "Leesbevestiging (weergegeven) - bevestiging",
        "Dit is een ontvangstbevestiging voor het bericht dat u hebt verzonden naar jan@pot.example.",
    ),
    (
        "Lesebestätigung: Bestätigung",
        "Dies ist eine Empfangsbestätigung für eine Nachricht, die Sie an jan@topf.example gesendet haben.",
    ),
    (
        "Report Domain: dag.example Submitter: big.example Report-ID: 123",
        "This is a DMARC aggregate report for dag.example generated at Mon Dec 3.",
    ),
    (
        "[Preview] Report domain: dag.example Submitter: Big Mail Report-ID: <1@big.example>",
        "This is an aggregate report from Big Mail.",
    ),
    (
        "Report Domain: dag.example Submitter: big.example Report-ID: <2018.12.3>",
        "This is a TLS report for dag.example.",
    ),
    (
        "Dmarc Aggregate Report Domain: {dag.example} Submitter: {big.example} Date: {2018-12-03}",
        "This is a DMARC Aggregate Report from big.example.",
    ),
    ("TLS-RPT report for dag.example", "This is an aggregate TLS report from mail.example"),
    (
        "complaint about message from 192.0.2.1",
        "This is an email abuse report for an email message received from IP 192.0.2.1 on Mon, 3 Dec.",
    ),
    ("Cron <root@mail> /usr/bin/backup", "rsync: connection refused"),
    ("Cron <jan@host> test -x /usr/sbin/anacron", "run-parts failed"),
    (
        "[Ticket #12345] bevestiging",
        "Thank you for contacting support. Your request has been received and a ticket has been created. We will reply within 24 hours.",
    ),
    (
        "Re: bevestiging [#4711]",
        "Wij hebben uw bericht ontvangen onder nummer 4711 en nemen binnen 2 werkdagen contact met u op.",
    ),
    (
        "Ihre Anfrage [Ticket#2018]",
        "Ihre Anfrage ist bei uns eingegangen. Ihr Ticket hat die Vorgangsnummer 2018.",
    ),
    (
        "Votre demande n° 123",
        "Nous avons bien reçu votre demande. Elle porte le numéro de dossier 123. Nous vous répondrons dans les plus brefs délais.",
    ),
    (
        "Please confirm your message",
        "You sent a message to jan@pot.example. To have it delivered, please click the link below to verify that you are human.",
    ),
    (
        "Re: confirmation",
        "Your message is being held because your address is not in my list of allowed senders. Click the link below to confirm that you are a real person.",
    ),
    ("Verify your email address", "To be added to the list of approved senders, reply to this message."),
    (
        "Nieuwsbrief december",
        "Beste lezer, alles over wonen in de wijk.|U ontvangt deze nieuwsbrief omdat u zich hebt ingeschreven.|Afmelden",
    ),
    (
        "Big autumn sale",
        "Everything must go.|View this email in your browser|Unsubscribe | Manage preferences",
    ),
    (
        "Unser Newsletter",
        "Neues aus dem Viertel.|Wenn Sie keine weiteren E-Mails erhalten möchten, können Sie sich hier abmelden.",
    ),
    (
        "La lettre du quartier",
        "Les nouvelles.|Si vous ne souhaitez plus recevoir nos e-mails, cliquez ici pour vous désabonner.",
    ),
    (
        "Re: Uw aanmelding",
        "Beste afzender,||Momenteel geniet ik van een welverdiende vakantie. Vanaf 7 januari beantwoord ik uw mail weer.||Groet, Ria",
    ),
    (
        "Re: bevestiged",
        "Dank je wel voor je mail. Ik werk niet op woensdag en vrijdag. Je bericht lees ik de eerstvolgende werkdag.",
    ),
    (
        "Re: Confirmed",
        "Hello,||I'm currently out of office and will be back on 7 January 2019. I will have limited access to email during this time. For anything urgent please call the front desk.||Kind regards,|Tom",
    ),
    (
        "Re: Confirmed",
        "Thanks for reaching out! I'm on parental leave through June. In the meantime, reach out to Sam (sam@x.example).",
    ),
    ("Re: Confirmed", "I am attending a conference this week and will respond when I return on Monday."),
    ("Re: Confirmed", "The office is closed for the holidays until January 2. Happy new year!"),
    (
        "Re: Bestätigt",
        "Sehr geehrte Damen und Herren,||ich befinde mich derzeit im Urlaub und bin ab dem 7. Januar wieder für Sie da. Ihre E-Mail wird nicht weitergeleitet.||Mit freundlichen Grüßen|Karin Holm",
    ),
    (
        "Re: Bestätigt",
        "Guten Tag, unsere Praxis ist vom 24.12. bis 2.1. geschlossen. Die Vertretung übernimmt Dr. Horn.",
    ),
    (
        "Re: Bestätigt",
        "Ich bin zurzeit auf Fortbildung und lese meine E-Mails nur unregelmäßig. Brauchen Sie schnell Hilfe? Meine Kollegin hilft Ihnen gern.",
    ),
    (
        "Re: Confirmé",
        "Bonjour,||Je suis actuellement en déplacement et consulterai mes mails à mon retour le 7 janvier. Pour toute urgence, merci de contacter Luc.||Cordialement",
    ),
    (
        "Re: Confirmé",
        "Notre bureau sera fermé du 24 décembre au 2 janvier. Nous traiterons votre demande à notre retour.",
    ),
    ("Re: Confirmado", "Estaré ausente hasta el 7 de enero. Para cualquier urgencia, llame al 600 000 000."),
    (
        "Re: Confermato",
        "Gentile mittente, sono assente dall'ufficio fino al 7 gennaio. Risponderò al mio rientro.",
    ),
    ("Re: Confirmado", "Estou ausente do escritório até 7 de janeiro. Responderei quando regressar."),
    ("Re: Potwierdzone", "Dzień dobry, przebywam na urlopie do 7 stycznia. Odpowiem po powrocie."),
    ("Re: Bekräftat", "Hej! Jag är ledig till den 7 januari. Kontakta gärna växeln vid brådskande ärenden."),
    ("Re: Bekreftet", "Hei, jeg er ute av kontoret frem til 7. januar og svarer når jeg er tilbake."),
    ("Re: Bekræftet", "Hej, jeg holder ferie til og med den 7. januar. Jeg svarer når jeg er tilbage."),
    ("Re: Vahvistettu", "Hei, olen vuosilomalla 7.1. saakka. Vastaan viestiisi palattuani."),
    ("Re: Подтверждено", "Здравствуйте! Я нахожусь в отпуске до 7 января. Отвечу по возвращении."),
    ("Re: Підтверджено", "Вітаю! Я перебуваю у відпустці до 7 січня. Відповім після повернення."),
    ("Re: Potvrzeno", "Dobrý den, jsem mimo kancelář do 7. ledna. Na Váš e-mail odpovím po návratu."),
    ("Re: Potvrdené", "Dobrý deň, som mimo kancelárie do 7. januára. Odpoviem po návrate."),
    (
        "Re: Megerősítve",
        "Jelenleg nem vagyok az irodában, január 7-ig szabadságon vagyok. Visszatérésem után válaszolok.",
    ),
    ("Re: Onaylandı", "Merhaba, 7 Ocak'a kadar yıllık izindeyim. Döndüğümde e-postanızı yanıtlayacağım."),
    (
        "Re: Επιβεβαίωση",
        "Γεια σας, απουσιάζω από το γραφείο έως 7 Ιανουαρίου. Θα απαντήσω με την επιστροφή μου.",
    ),
    ("Re: 已确认", "您好,我目前不在办公室,1月7日回来后回复您。"),
    ("Re: 確認済み", "お世話になっております。1月7日まで不在にしております。戻り次第ご返信いたします。"),
    ("Re: 확인됨", "안녕하세요. 1월 7일까지 부재중입니다. 복귀 후 회신드리겠습니다."),
    ("Out of Office", "Hi. Not here."),
    ("Out of the office Re: Confirmed", "I'm out until Jan 7."),
    ("I am out of the office Re: Confirmed", "See you after Jan 7."),
    ("Abwesend: Re: Bestätigt", "Bis Montag."),
    ("Urlaub", "Ich bin bis 7.1. im Urlaub. Gruß Kai"),
    ("Vakantie", "Ik ben tot 7 januari met vakantie. Groet Kai"),
    (
        "Automatisch antwoord",
        "Ik ben op vakantie en kom 7 januari terug. Aanmelden voor de workshop kan bij mijn collega.",
    ),
    (
        "Automatic reply: Confirmed",
        "I am away. Please register for the workshop with my colleague Ann Berg. We will come back to you.",
    ),
    (
        "Re: Confirmed",
        "I will be away until January 7. If you want to register for the workshop, please contact Ann Berg. If you want to cancel, contact Bob.",
    ),
    (
        "Re: Bevestigd",
        "Ik ben afwezig tot 7 januari. Wilt u zich aanmelden of afmelden? Mail dan naar balie@x.example.",
    ),
    ("Re: Bevestigd", "Ik ben afwezig tot 7 januari. Kunt u niet wachten? Dan kunt u mijn collega bellen."),
    (
        "Re: Bestätigt",
        "Ich bin bis zum 7. Januar nicht erreichbar. Anmeldungen nimmt meine Kollegin Eva Horn entgegen.",
    ),
]


@pytest.mark.parametrize(("subject", "text"), NOTICES)
def test_a_machine_that_says_so_in_words_only_is_not_answered(subject: str, text: str) -> None:
    reading = read(subject, text)
    assert not reading.may_auto_answer
    assert reading.reason
    assert reading.intent is not Intent.REGISTER or reading.kind is Kind.HUMAN


def test_a_party_that_is_called_out_of_office_gets_its_seats() -> None:
    reading = read("Out of office party: please register us", "We are with three.")
    assert (reading.intent, reading.may_auto_answer) == (Intent.REGISTER, True)


@pytest.mark.parametrize(
    "text",
    [
        "I will be away until January 7. If you want to register, please contact Ann Berg. If you want to cancel, contact Bob.",
        "Bedankt voor uw bericht. Ik ben er t/m vrijdag niet. Dringend? Bel mijn collega.",
        "Ich bin bis zum 7. Januar nicht erreichbar. Anmeldungen nimmt meine Kollegin Eva Horn entgegen.",
    ],
)
def test_a_notice_that_speaks_of_signing_up_or_leaving_moves_no_seat(text: str) -> None:
    assert not read("Re: bevestiging", text).may_auto_answer


@pytest.mark.parametrize(
    "text",
    [
        "I have stepped away and will be back on 7 January. Badges are handled by desk@campus.example while I'm gone.",
        "Ich bin bis 26. November im Urlaub. Bitte wenden Sie sich an petra@amt.example.",
        "Je suis absente jusqu'au 26 novembre. Pour toute urgence : petra@ville.example.",
    ],
)
def test_an_absence_that_sends_everybody_to_another_address_is_a_notice(text: str) -> None:
    found = read("Re: Bevestigd", text)
    assert (found.intent, found.may_auto_answer) == (Intent.AUTO_REPLY, False)


@pytest.mark.parametrize(
    "text",
    [
        "Ik ben tot 9 november met vakantie, vragen gaan naar trees@klamp.example. Ik wil er graag bij zijn op de 22e.",
        "Tot 26 november zit ik in Spanje. Mijn zus Trees Bos (trees@bos.example) komt in mijn plaats.",
        "I am on leave until 26 November. Please contact petra@x.example about the seat, she decides for me.",
        "Ik ben met vakantie tot de 26e. Mijn plaats mag naar trees@klamp.example.",
        "Tot 23 november ben ik er niet. Kun je mij afmelden? Vragen aan trees@klamp.example.",
    ],
)
def test_a_person_who_is_away_and_wants_something_is_kept(text: str) -> None:
    assert read("Re: Bevestigd", text).kind is Kind.HUMAN
