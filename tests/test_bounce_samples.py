"""Reports as the mail systems of the world word them, and people who write about reports."""

# ruff: noqa: E501 - mails as a table

from __future__ import annotations

import pytest

from mailflow.reading import bounce
from mailflow.reading.bounce import Fate
from mailflow.reading.model import Kind, Ours
from mailflow.reading.parse import parse
from mailflow.reading.triage import triage
from tests.reader import LEXICON

OURS = "<mf.confirmed.K-1.0011223344556677.00112233445566778899@dag.example>"
WE = Ours(address="aanmelden@dag.example")
HEADERS = f"Return-Path: <aanmelden@dag.example>\nReceived: from dag.example (dag.example [192.0.2.7]) by mx.y.example\nFrom: Dag <aanmelden@dag.example>\nTo: jan@pot.example\nSubject: Bevestigd\nMessage-ID: {OURS}\n"
GONE, LATER = Fate.PERMANENT, Fate.DELAYED

# name: (sender, subject, text, fate). Each is about jan@pot.example and returns our mail's header.
TEXTS: dict[str, tuple[str, str, str, Fate]] = {
    "qmail 1.03": ("MAILER-DAEMON@y.example", "failure notice", "Hi. This is the qmail-send program at y.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<jan@pot.example>:\n192.0.2.9 does not like recipient.\nRemote host said: 550 5.1.1 <jan@pot.example>: Recipient address rejected\nGiving up on 192.0.2.9.\n\n--- Below this line is a copy of the message.\n\n", GONE),
    "qmail, no such domain": ("MAILER-DAEMON@y.example", "failure notice", "Hi. This is the qmail-send program at y.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<jan@pot.example>:\nSorry, I couldn't find any host named pot.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\n", GONE),
    "qmail, too long in the queue": ("MAILER-DAEMON@y.example", "failure notice", "Hi. This is the qmail-send program at y.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<jan@pot.example>:\nI'm not going to try again; this message has been in the queue too long.\n\n--- Below this line is a copy of the message.\n\n", GONE),
    "netqmail, in Japanese": ("MAILER-DAEMON@y.example", "failure notice", "これは y.example の qmail-send プログラムです。\n申し訳ありませんが、以下の宛先にメールを配送できませんでした。\nこれは永続的なエラーです。\n\n<jan@pot.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n", GONE),
    "exim 4": ("Mailer-Daemon@y.example", "Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  jan@pot.example\n    host mx.pot.example [192.0.2.9]\n    SMTP error from remote mail server after RCPT TO:<jan@pot.example>:\n    550-5.1.1 The email account that you tried to reach does not exist.\n\n------ This is a copy of the message, including all the headers. ------\n\n", GONE),
    "exim, all hosts failing": ("Mailer-Daemon@y.example", "Mail delivery failed: returning message to sender", "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its recipients.\nThis is a permanent error. The following address(es) failed:\n\n  jan@pot.example\n    retry timeout exceeded\n\n", GONE),
    "exim, warning": ("Mailer-Daemon@y.example", "Warning: message 1aBcDe-000123-Xy delayed 24 hours", "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on y.example.\n\nThe message identifier is:     1aBcDe-000123-Xy\nThe address to which the message has not yet been delivered is:\n\n  jan@pot.example\n    Delay reason: SMTP timeout while connected to mx.pot.example\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals.\n\n", LATER),
    "exim, frozen": ("Mailer-Daemon@y.example", "Message frozen", "Message 1aBcDe-000123-Xy has been frozen (delivery error message).\nThe sender is <aanmelden@dag.example>.\n\nThe following address(es) have yet to be delivered:\n\n  jan@pot.example: Unrouteable address\n\n", GONE),
    "postfix 2": ("MAILER-DAEMON@y.example", "Undelivered Mail Returned to Sender", "This is the mail system at host y.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients. It's attached below.\n\nFor further assistance, please send mail to postmaster.\n\n<jan@pot.example>: host mx.pot.example[192.0.2.9] said: 550 5.1.1\n    <jan@pot.example>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)\n\n", GONE),
    "postfix 1, old words": ("MAILER-DAEMON@y.example", "Undelivered Mail Returned to Sender", "This is the Postfix program at host y.example.\n\nI'm sorry to have to inform you that the message returned\nbelow could not be delivered to one or more destinations.\n\n\t\t\tThe Postfix program\n\n<jan@pot.example>: unknown user: \"jan\"\n\n", GONE),
    "postfix, delayed": ("MAILER-DAEMON@y.example", "Delayed Mail (still being retried)", "This is the mail system at host y.example.\n\n####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####################################################################\n\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<jan@pot.example>: connect to mx.pot.example[192.0.2.9]:25: Connection timed out\n\n", LATER),
    "sendmail 8": ("MAILER-DAEMON@y.example", "Returned mail: see transcript for details", "The original message was received at Mon, 3 Jun 2030 09:00:00 +0200\nfrom dag.example [192.0.2.7]\n\n   ----- The following addresses had permanent fatal errors -----\n<jan@pot.example>\n    (reason: 550 5.1.1 <jan@pot.example>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to mx.pot.example.:\n>>> DATA\n<<< 550 5.1.1 <jan@pot.example>... User unknown\n550 5.1.1 <jan@pot.example>... User unknown\n\n", GONE),
    "sendmail 5": ("MAILER-DAEMON@y.example", "Returned mail: User unknown", "   ----- Transcript of session follows -----\n550 <jan@pot.example>... User unknown\n\n   ----- Unsent message follows -----\n", GONE),
    "sendmail, four hours": ("MAILER-DAEMON@y.example", "Warning: could not send message for past 4 hours", "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\nThe original message was received at Mon, 3 Jun 2030 09:00:00 +0200\nfrom dag.example [192.0.2.7]\n\n   ----- Transcript of session follows -----\n<jan@pot.example>... Deferred: Connection refused by mx.pot.example.\nWarning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n\n", LATER),
    "sendmail, host unknown": ("MAILER-DAEMON@y.example", "Returned mail: Host unknown (Name server: pot.example: host not found)", "   ----- The following addresses had permanent fatal errors -----\n<jan@pot.example>\n\n   ----- Transcript of session follows -----\n550 5.1.2 <jan@pot.example>... Host unknown (Name server: pot.example: host not found)\n\n", GONE),
    "exchange 5.5": ("postmaster@y.example", "Undeliverable: Bevestigd", "Your message\n\n  To:      jan@pot.example\n  Subject: Bevestigd\n  Sent:    Mon, 3 Jun 2030 09:00:00 +0200\n\ndid not reach the following recipient(s):\n\njan@pot.example on Mon, 3 Jun 2030 09:01:00 +0200\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=nl;a= ;p=y;l=MAIL0306030900\n    MSEXCH:IMS:Y:Y:MAIL 0 (000C05A6) Unknown Recipient\n\n", GONE),
    "exchange 2003": ("System Administrator <postmaster@y.example>", "Undeliverable: Bevestigd", "Your message did not reach some or all of the intended recipients.\n\n      Subject:\tBevestigd\n      Sent:\t3-6-2030 9:00\n\nThe following recipient(s) could not be reached:\n\n      jan@pot.example on 3-6-2030 9:01\n            The e-mail account does not exist at the organization this message was sent to.  Check the e-mail address, or contact the recipient directly to find out the correct address.\n            <mx.y.example #5.1.1>\n\n", GONE),
    "exchange 2010": ("Microsoft Exchange <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@y.example>", "Undeliverable: Bevestigd", "Delivery has failed to these recipients or groups:\n\njan@pot.example<mailto:jan@pot.example>\nThe e-mail address you entered couldn't be found. Please check the recipient's e-mail address and try to resend the message.\n\nDiagnostic information for administrators:\n\nGenerating server: y.example\n\njan@pot.example\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nOriginal message headers:\n\n", GONE),
    "office 365": ("postmaster@y.example", "Undeliverable: Bevestigd", "[http://products.office.example/logo.png]\nYour message to jan@pot.example couldn't be delivered.\njan wasn't found at pot.example.\naanmelden \tOffice 365 \tjan\nAction Required \t\tRecipient\n\nUnknown To address\n\nHow to Fix It\nThe address may be misspelled or may not exist.\n\nOriginal Message Details\nSender Address:\taanmelden@dag.example\nRecipient Address:\tjan@pot.example\n\nError Details\nReported error:\t550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient jan@pot.example not found by SMTP address lookup\n\nOriginal Message Headers\n\n", GONE),
    "office 365, our address first": ("postmaster@y.example", "Undeliverable: Bevestigd", "The following message to <jan@pot.example> was undeliverable.\nSender: aanmelden@dag.example\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'5.1.1 recipient unknown'\n\n", GONE),
    "exchange fr": ("Microsoft Exchange <postmaster@y.example>", "Non remis : Bevestigd", "Échec de la remise pour ces destinataires ou groupes :\n\njan@pot.example\nL'adresse de messagerie que vous avez entrée est introuvable.\n\nInformations de diagnostic pour les administrateurs :\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\nEn-têtes de message d'origine :\n\n", GONE),
    "exchange es": ("Microsoft Exchange <postmaster@y.example>", "No se puede entregar: Bevestigd", "Error de entrega a estos destinatarios o grupos:\n\njan@pot.example\nNo se encontró la dirección de correo electrónico que especificó.\n\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n\n", GONE),
    "notes": ("Postmaster@y.example", "DELIVERY FAILURE: User jan (jan@pot.example) not listed in Domino Directory", "Your message\n\n  Subject: Bevestigd\n\nwas not delivered to:\n\n  jan@pot.example\n\nbecause:\n\n  User jan (jan@pot.example) not listed in Domino Directory\n\n", GONE),
    "notes, from our side": ("Mail Router <postmaster@y.example>", "DELIVERY FAILURE: 550 5.1.1 unknown", "Uw bericht\n\n  Onderwerp: Bevestigd\n\nis niet bezorgd bij:\n\n  jan@pot.example\n\nwegens:\n\n  550 5.1.1 unknown\n\n", GONE),
    "groupwise": ("Mailer-Daemon@y.example", "Message status - undeliverable", "The message that you sent was undeliverable to the following:\n\tjan@pot.example (user not found)\n\nPossibly truncated original message follows:\n\n", GONE),
    "gmail": ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)", "Delivery to the following recipient failed permanently:\n\n     jan@pot.example\n\nTechnical details of permanent failure: \nGoogle tried to deliver your message, but it was rejected by the server for the recipient domain pot.example by mx.pot.example. [192.0.2.9].\n\nThe error that the other server returned was:\n550 5.1.1 <jan@pot.example>: Recipient address rejected\n\n----- Original message -----\n\n", GONE),
    "gmail, incomplete": ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Delay)", "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to jan@pot.example. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n\nThe response was:\n\nThe recipient server did not accept our requests to connect.\n\n", LATER),
    "gmail nl": ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)", "** Adres niet gevonden **\n\nJe bericht is niet bezorgd bij jan@pot.example omdat het adres niet is gevonden of geen e-mails kan ontvangen.\n\nDe reactie was:\n\n550 5.1.1 The email account that you tried to reach does not exist.\n\n", GONE),
    "gmail de": ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)", "** Adresse nicht gefunden **\n\nIhre Nachricht wurde nicht an jan@pot.example zugestellt, weil die Adresse nicht gefunden wurde oder keine E-Mails empfangen kann.\n\n", GONE),
    "yahoo": ("MAILER-DAEMON@yahoo.example", "Failure Notice", "Sorry, we were unable to deliver your message to the following address.\n\n<jan@pot.example>:\n554: delivery error: dd This user doesn't have a yahoo.example account (jan@pot.example) [0] - mta1.example\n\n--- Below this line is a copy of the message.\n\n", GONE),
    "aol": ("MAILER-DAEMON@aol.example", "Mail Delivery Problem", "Your mail to the following recipients could not be delivered because they are not accepting mail from aanmelden@dag.example:\n\tjan@pot.example\n\n", GONE),
    "aol, older": ("MAILER-DAEMON@aol.example", "Returned mail: User unknown", "The original message was received at Mon, 3 Jun 2030\n\n*** ATTENTION ***\n\nYour e-mail is being returned to you because there was a problem with its\ndelivery.  The address which was undeliverable is listed in the section\nlabeled: \"----- The following addresses had permanent fatal errors -----\".\n\n   ----- The following addresses had permanent fatal errors -----\n<jan@pot.example>\n\n", GONE),
    "mimecast": ("postmaster@y.example", "[Postmaster] Email Delivery Failure", "We were unable to deliver your message. Please see the details below.\n\nEmail Delivery Failure\n\nThe following recipients were rejected by the destination server:\n\njan@pot.example\n\nInvalid Recipient - https://community.mimecast.example/docs/DOC-1369#550 [abc123]\n\n", GONE),
    "zimbra": ("MAILER-DAEMON@zimbra.y.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", "This is the mail system at host zimbra.y.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<jan@pot.example>: host zimbra.y.example[192.0.2.9] said: 552 5.2.2 Over quota (in reply to end of DATA command)\n\n", LATER),
    "kerio": ("Mail Delivery Subsystem <postmaster@y.example>", "Delivery Status Notification (Failure)", "Hello!\n\nThis is an automated message from Kerio Connect at y.example.\n\nYour message with the following headers could not be delivered:\n\nRecipient: jan@pot.example\nStatus: failed\nReason: 550 5.1.1 User unknown\n\n", GONE),
    "mdaemon": ("MDaemon at y.example <MDaemon@y.example>", "Permanent Delivery Failure", "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more unsuccessful delivery attempts the attached message has\nbeen removed from the mail queue on this server.\n\nYOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!\n\nFailed address: jan@pot.example\n\n--- Session Transcript ---\n 09:00:00: <-- 550 No such user here\n--- End Transcript ---\n\n", GONE),
    "mdaemon, for now": ("MDaemon@y.example", "Transient Delivery Failure", "The attached message had TRANSIENT delivery errors!\n\nThis is a warning message only.  Delivery will be attempted again.\n\nFailed address: jan@pot.example\n\n", LATER),
    "imail": ("postmaster@y.example", "Undeliverable Mail", "Unknown user: jan@pot.example\n\nOriginal message follows.\n\n", GONE),
    "imail, user": ("Postmaster <postmaster@y.example>", "Undeliverable Mail", "User mailbox exceeds allowed size: jan@pot.example\n\nOriginal message follows.\n\n", LATER),
    "mercury": ("postmaster@y.example", "Delivery failure notification", "With reference to your message with the subject:\n   \"Bevestigd\"\n\nThe local mail transport system has reported the following problems\nit encountered while trying to deliver your message:\n\n-------------------------------------------------------------------\n*** jan@pot.example\n550 Requested action not taken: mailbox unavailable\n-------------------------------------------------------------------\n\n", GONE),
    "sms gateway": ("MAILER-DAEMON@sms.y.example", "Undeliverable Message", "To:      jan@pot.example\nSubject: Bevestigd\n\nThe message could not be delivered to the subscriber: invalid number.\n\n", GONE),
    "carrier": ("messagingsystem@carrier.y.example", "Message could not be delivered", "Message could not be delivered to mobile.\n\nRecipient: jan@pot.example\nError: No valid recipients for this MM\n\n", GONE),
    "mail.ru": ("mailer-daemon@corp.mail.example", "Mail failure.", "Это письмо создано автоматически сервером Mail.Example, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n**********************\n\njan@pot.example\nuser not found\n\n**********************\n\n", GONE),
    "yandex": ("mailer-daemon@yandex.example", "Недоставленное сообщение", "Это письмо отправлено почтовым сервером yandex.example.\n\nК сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может\nбыть отправлено одному или нескольким адресатам. Технические подробности можно найти ниже.\n\nПожалуйста, не отвечайте на это сообщение.\n\n<jan@pot.example>: host mx.pot.example[192.0.2.9] said: 550 5.7.1 No such user! (in reply to RCPT TO command)\n\n", GONE),
    "rambler": ("MAILER-DAEMON@rambler.example", "Сообщение не доставлено", "Ваше сообщение не было доставлено следующим получателям:\n\njan@pot.example: почтовый ящик переполнен\n\n", LATER),
    "qq": ("PostMaster@qq.example", "来自qq.example的退信", "很抱歉您发送的邮件被退回，以下是该邮件的相关信息：\n\n被退回邮件 主题：Bevestigd\n无法发送到 jan@pot.example\n退信原因 收件人邮件地址（jan@pot.example）不存在，邮件无法送达。\nhost mx.pot.example[192.0.2.9] said: 550 Mailbox not found.\n\n", GONE),
    "163": ("Postmaster@163.example", "系统退信", "抱歉，您的邮件被退回来了……\n\n原邮件信息：\n时间：2030-06-03\n主题：Bevestigd\n收件人：jan@pot.example\n退信原因：\nUser not found: jan@pot.example\n\n", GONE),
    "docomo": ("MAILER-DAEMON@docomo.example", "Mail System Error - Returned Mail", "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n<jan@pot.example>: 550 Unknown user jan@pot.example\n\n", GONE),
    "softbank": ("MAILER-DAEMON@softbank.example", "Undelivered Mail Returned to Sender", "このメールはメールシステムより自動的に送信されています。\n送信先のメールアドレスが見つかりませんでした。\n\n<jan@pot.example>\n\n", GONE),
    "biglobe": ("postmaster@biglobe.example", "配信不能通知", "宛先不明のため、メールを配信できませんでした。\n宛先: jan@pot.example\n理由: 550 5.1.1 User unknown\n\n", GONE),
    "naver": ("mailer@naver.example", "[발송실패 안내] jan@pot.example 으로 메일이 전송되지 못했습니다.", "메일 전송 실패 안내\n\n받는사람: jan@pot.example\n실패 원인: 존재하지 않는 메일 주소입니다.\n550 5.1.1 No such user\n\n", GONE),
    "gmx": ("GMX Mailer Daemon <mailer-daemon@gmx.example>", "Mail delivery failed: returning message to sender", "Diese Nachricht wurde automatisch erstellt.\n\nIhre Nachricht konnte einem oder mehreren Empfängern nicht zugestellt werden.\n\nDie folgende Adresse ist betroffen:\n\njan@pot.example\nSMTP-Fehler vom Empfangsserver: 550 Requested action not taken: mailbox unavailable\n\n", GONE),
    "t-online": ("Mailer-Daemon@t-online.example", "Mail konnte nicht zugestellt werden", "|------------------------- Message log follows: -------------------------|\n no valid recipients were found for this message\n|------------------------- Failed addresses follow: ---------------------|\n <jan@pot.example> ... unknown user\n|------------------------- Message text follows: ------------------------|\n", GONE),
    "orange": ("mailer-daemon@orange.example", "Non remis : Bevestigd", "Bonjour,\n\nVotre message n'a pas pu être remis au destinataire suivant :\n\njan@pot.example\n\nRaison : la boîte aux lettres du destinataire est pleine.\n\n", LATER),
    "libero": ("postmaster@libero.example", "Mancato recapito: Bevestigd", "Il messaggio non è stato recapitato ai seguenti destinatari:\n\njan@pot.example\n550 utente sconosciuto\n\n", GONE),
    "uol": ("MAILER-DAEMON@uol.example", "Mensagem não entregue", "A mensagem enviada para jan@pot.example não pôde ser entregue.\nMotivo: usuário inexistente.\n\n", GONE),
    "wp": ("mailer-daemon@wp.example", "Zwrot wiadomości", "Wiadomość nie została dostarczona do następującego adresata:\n\n<jan@pot.example>\nKonto nie istnieje.\n\n", GONE),
    "seznam": ("mailer-daemon@seznam.example", "Nedoručitelná zpráva", "Vaše zpráva nebyla doručena následujícímu příjemci:\n\njan@pot.example\n550 Schránka neexistuje\n\n", GONE),
    "courier": ("Courier Mail Server <postmaster@y.example>", "NOTICE: mail delivery status.", "This is a delivery status notification from y.example,\nrunning the Courier mail server, version 0.75.\n\nThe original message was received on Mon, 3 Jun 2030 09:00:00 +0200\nfrom dag.example\n\n---------------------------------------------------------------------------\n\n                           UNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be delivered:\n\n<jan@pot.example>:\n    mx.pot.example [192.0.2.9]:\n>>> RCPT TO:<jan@pot.example>\n<<< 550 User unknown.\n\n---------------------------------------------------------------------------\n", GONE),
    "smartermail": ("System Administrator <noreply@y.example>", "Delivery Failure", "Could not deliver message to the following recipient(s):\n\nFailed Recipient: jan@pot.example\nReason: Remote host said: 550 5.1.1 The email account that you tried to reach does not exist\n\n   -- The header and top 20 lines of the message follows --\n\n", GONE),
    "iplanet": ("Internet Mail Delivery <postmaster@y.example>", "Delivery Notification: Delivery has failed", "This report relates to a message you sent with the following header fields:\n\n  Message-id: {id}\n  From: Dag <aanmelden@dag.example>\n  To: jan@pot.example\n  Subject: Bevestigd\n\nYour message cannot be delivered to the following recipients:\n\n  Recipient address: jan@pot.example\n  Reason: Illegal host/domain name found\n\n", GONE),
    "pmdf": ("PMDF e-Mail Interconnect <postmaster@y.example>", "Delivery Notification: Delivery has been delayed", "Your message is being returned; it has been enqueued and undeliverable for 2 hours to the following recipients. It will be retried:\n\n  Recipient address: jan@pot.example\n  Reason: unable to deliver this message after 2 hours\n\n", LATER),
    "barracuda": ("postmaster@spam.y.example", "**Message you sent blocked by our bulk email filter**", "Your message to: jan@pot.example\nwas blocked by our Spam Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:\n\nSubject: Bevestigd\n\n", LATER),
    "sophos": ("postmaster@y.example", "Message delivery failed", "The following message could not be delivered:\n\nRecipients:\n  jan@pot.example\nSender: aanmelden@dag.example\n\nReason: 550 5.1.1 <jan@pot.example>: Recipient address rejected: undeliverable address\n\n", GONE),
    "hmailserver": ("mailer-daemon@y.example", "Message undeliverable: Bevestigd", "Your message did not reach some or all of the intended recipients.\n\n   Sent: Mon, 3 Jun 2030 09:00:00 +0200\n   Subject: Bevestigd\n\nThe following recipient(s) could not be reached:\n\njan@pot.example\n   Error Type: SMTP\n   Error Description: No mail servers appear to exists for the recipient's address.\n   Additional information: Please check that you have not misspelled the recipient's email address.\n\nhMailServer\n\n", GONE),
    "argosoft": ("Mail Server <MAILER-DAEMON@y.example>", "Returned mail", "Could not deliver the message to the following recipients:\n\njan@pot.example\n\nThe reason: mailbox does not exist\n\n", GONE),
    "surgemail": ("postmaster@y.example", "Failed mail: 550 no such user", "Your message cannot be delivered to the following recipient:\n<jan@pot.example> 550 no such user\n\n", GONE),
    "proofpoint": ("MAILER-DAEMON@pphosted.y.example", "Undeliverable: Bevestigd", "Your message was not delivered because the recipient's address was rejected.\n\nRecipient: <jan@pot.example>\nReason: 5.1.1 - User unknown\n\n", GONE),
    "icloud": ("Mail Delivery System <MAILER-DAEMON@icloud.example>", "Undelivered Mail Returned to Sender", "This is the mail system at host st1.icloud.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<jan@pot.example>: host mx.pot.example[192.0.2.9] said: 552 5.2.2 <jan@pot.example>: user is over quota (in reply to RCPT TO command)\n\n", LATER),
    "ionos": ("Mail Delivery System <mailer-daemon@kundenserver.example>", "Undelivered Mail Returned to Sender", "Diese Nachricht wurde automatisch von der Mail-Software erstellt.\n\nDie von Ihnen versandte Nachricht konnte nicht ausgeliefert werden.\n\njan@pot.example:\nSMTP error from remote server for RCPT TO command, host: mx.pot.example (192.0.2.9) reason: 550 5.1.1 unknown\n\n--- The header of the original message is following. ---\n\n", GONE),
}  # fmt: skip


def of(name: str) -> bytes:
    sender, subject, text, _ = TEXTS[name]
    body = text.replace("{id}", OURS)
    return (
        f"From: {sender}\nTo: aanmelden@dag.example\nSubject: {subject}\nMessage-ID: <r1@y.example>\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{body}{HEADERS}\nUw plaats is bevestigd.\n"
    ).encode()


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_of_any_mail_system_is_one_about_our_mail(name: str) -> None:
    mail = parse(of(name))
    assert triage(mail, WE, LEXICON.triage).kind is Kind.BOUNCE
    found = bounce.read(mail, LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == ("jan@pot.example", TEXTS[name][3], OURS)


# Standard reports in less usual forms.
FORMS = {
    "utf-8 address": ("Final-Recipient: utf-8; jürgen@pót.example\nAction: failed\nStatus: 5.1.1", "jürgen@pót.example"),
    "utf-8 address, escaped": (r"Final-Recipient: utf-8; j\x{FC}rgen@pot.example" + "\nAction: failed\nStatus: 5.1.1", "jürgen@pot.example"),
    "a name in another script": ("Original-Recipient: utf-8;用户@例子.example\nFinal-Recipient: rfc822;x@pot.example\nAction: failed\nStatus: 5.1.1", "用户@例子.example"),
    "xtext": ("Original-Recipient: rfc822;jan+2Bdag@pot.example\nFinal-Recipient: rfc822;x@pot.example\nAction: failed\nStatus: 5.1.1", "jan+dag@pot.example"),
    "xtext, all of it": ("Final-Recipient: rfc822;jan+40pot.example\nAction: failed\nStatus: 5.1.1", "jan@pot.example"),
    "a tag that is no xtext": ("Final-Recipient: rfc822;jan+40@pot.example\nAction: failed\nStatus: 5.1.1", "jan+40@pot.example"),
    "angle brackets": ("Final-Recipient: RFC822; <jan@pot.example>\nAction: failed\nStatus: 5.1.1", "jan@pot.example"),
    "no type": ("Final-Recipient: jan@pot.example\nAction: failed\nStatus: 5.1.1", "jan@pot.example"),
    "a user of a system": ("Final-Recipient: RFC822; jan@pot.example\nAction: failed (unknown)\nStatus: 5.0.0 (unspecified)", "jan@pot.example"),
    "x.400": ("Final-Recipient: x400; /S=jan/O=pot/\nOriginal-Recipient: rfc822;jan@pot.example\nAction: failed\nStatus: 5.1.1", "jan@pot.example"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_recipient_is_read_in_every_form_of_the_standard(form: str) -> None:
    status, recipient = FORMS[form]
    raw = (
        "From: MAILER-DAEMON@y.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/report;"
        f" report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n"
        f"Content-Transfer-Encoding: 8bit\n\nReporting-MTA: dns; y.example\n\n{status}\n\n"
        f"--b\nContent-Type: message/global-headers\n\n{HEADERS}\n--b--\n"
    ).encode()
    found = bounce.read(parse(raw), LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == (recipient, GONE, OURS)


@pytest.mark.parametrize("address", ["jürgen@pot.example", "иван@почта.example", "用户@例子.example"])
def test_a_recipient_that_is_not_ascii_is_read_in_words(address: str) -> None:
    _, subject, text, _ = TEXTS["qmail 1.03"]
    body = text.replace("jan@pot.example", address) + HEADERS
    raw = f"From: MAILER-DAEMON@y.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}"
    found = bounce.read(parse(raw.encode()), LEXICON.triage.reports)
    assert found is not None
    assert found.recipient == address


@pytest.mark.parametrize(
    "text",
    [
        "The message that you sent was undeliverable to the following:\n\tJan Pot (user not found)\n\n",
        "Something went wrong with your mail.\n\n",
        "The mail system gave up on your message.\n\n",
    ],
)
def test_a_report_that_names_nobody_is_one_about_our_mail(text: str) -> None:
    """Whom that mail went to is in the outbox."""
    raw = (
        "From: Mailer-Daemon@y.example\nTo: aanmelden@dag.example\nSubject: Message status - undeliverable\n\n"
        + text
        + HEADERS
    )
    mail = parse(raw.encode())
    assert triage(mail, WE, LEXICON.triage).kind is Kind.BOUNCE
    found = bounce.read(mail, LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate, found.message_id) == ("", GONE, OURS)


@pytest.mark.parametrize("field", ["In-Reply-To", "References"])
def test_a_report_may_name_our_mail_by_its_thread_alone(field: str) -> None:
    raw = (
        "From: Microsoft Exchange <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@y.example>\n"
        f"To: aanmelden@dag.example\nSubject: Undeliverable: Bevestigd\n{field}: <other@y.example>\n {OURS}\n"
        "Content-Type: text/plain; charset=utf-8\n\nDelivery has failed to these recipients or groups:\n\n"
        "jan@pot.example\nThe e-mail address you entered couldn't be found.\n\n#550 5.1.1 RecipNotFound ##\n"
    )
    found = bounce.read(parse(raw.encode()), LEXICON.triage.reports)
    assert found is not None
    assert (found.recipient, found.fate) == ("jan@pot.example", GONE)
    assert OURS in found.message_id


# People: what they write, below which subject, and what stands below it.
BACK = f"\n\n-----Original Message-----\nFrom: Mail Delivery System <MAILER-DAEMON@y.example>\nSubject: Undelivered Mail Returned to Sender\n\nThis is the mail system at host y.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<aanmelden@dag.example>: host mx.dag.example[192.0.2.7] said: 550 5.1.1 User unknown\n\n{HEADERS}"
PEOPLE = [
    ("Registration", "My earlier mail came back undeliverable, so again: please register me for the day.\n\nJan Pot"),
    ("Undeliverable: registration", "My earlier mail came back undeliverable, so again: please register me for the day.\n\nJan Pot"),
    ("Fwd: Undelivered Mail Returned to Sender", "I got this when I tried to register. Please put me on the list, with my wife.\n\nJan Pot" + BACK),
    ("FW: Undeliverable: aanmelding", "Zie hieronder, mijn aanmelding kwam terug. Ik meld me hierbij opnieuw aan, 2 personen.\n\nGroet, Jan" + BACK),
    ("Fwd: failure notice", "Hello, does this address work? I'd like two seats please.\n\nJan" + BACK),
    ("WG: Unzustellbar: Anmeldung", "Meine Anmeldung kam zurück, daher noch einmal: ich komme mit zwei Personen.\n\nGruß, Jan" + BACK),
    ("TR: Non remis : inscription", "Mon message m'est revenu. Je vous prie de m'inscrire pour la journée, merci.\n\nJean" + BACK),
    ("aanmelding", "Mijn vorige mail is niet bezorgd, dus nog een keer: graag een plek voor mij.\n\nJan Pot\njan@pot.example"),
    ("Mail delivery failed?", "Hi, I got an error message, delivery has failed to your address. Can you confirm that I am registered?\n\nJan"),
    ("Onbestelbaar", "Ik kreeg een melding dat mijn mail onbestelbaar was. Is mijn aanmelding aangekomen? Jan"),
    ("Anmeldung", "Leider wurde meine erste Mail nicht zugestellt. Hiermit melde ich mich an.\n\nJan Pot\nTel. 030 550 12 34"),
    ("inscription", "Mon premier message n'a pas été remis, voici donc de nouveau mon inscription pour 2 personnes.\n\nJean"),
    ("my seat", "The confirmation you sent to jan@pot.example bounced because that mailbox was full. Please use this address.\n\nJan"),
    ("adres", "Het adres jan@oud.example bestaat niet meer. Wilt u mijn aanmelding op dit adres zetten?\n\nJan Pot"),
    ("Re: Bevestigd", "Your mail to my wife could not be delivered, her address is an@pot.example.\n\nJan"),
    ("returned mail", "My mail was returned to sender twice. Third attempt: please register Jan and An Pot.\n\nJan"),
    ("Delivery failure", "There was a delivery failure with my last mail. I would still like to come, with 3 people.\n\nJan"),
    ("delayed", "My train is delayed, I will arrive an hour later. Please keep my seat.\n\nJan"),
    ("vertraagd", "Mijn antwoord is wat vertraagd, excuses. Ik kom graag met twee personen.\n\nJan"),
    ("Undeliverable mail", "We work on undeliverable mail at the post museum, that is our involvement. Please register two of us.\n\nJan"),
    ("involvement", "I run a mail server: bounces, mailer-daemon, 550 5.1.1, all of it. I'd like to join the mail workshop.\n\nJan"),
    ("workshop", "My project reads delivery reports (RFC 3464). A seat please.\n\nJan\njan@pot.example"),
    ("Zustellung", "Die Zustellung meiner Anmeldung ist fehlgeschlagen (Fehler 550 5.1.1). Bitte tragen Sie uns ein, zwei Personen.\n\nJan"),
    ("Niet bezorgd", "Op 3 juni kreeg ik 'niet bezorgd'. Daarom nu vanaf mijn andere adres: ik kom.\n\nJan"),
    ("Afmelding", "Mijn afmelding kwam terug met de tekst 'user unknown'. Dus nogmaals: ik kan helaas niet komen.\n\nJan"),
    ("cancel", "My cancellation was rejected by your server (550). Once more: I can't come, please give my seat away.\n\nJan"),
    ("Failed to register", "I failed to register on the site: 'address not found'. Can I register by mail? Jan Pot, one seat."),
    ("question", "Message not delivered, it said. Did you get my registration of Monday?\n\nJan"),
    ("Fwd: Delivery Status Notification (Failure)", "see below - please register me\n\nJan" + BACK),
    ("Fwd: Delivery Status Notification (Delay)", "Dit kreeg ik terug. Komt mijn aanmelding nog aan? Anders bij deze: 1 persoon, Jan Pot." + BACK),
    ("No puedo entregar", "Mi mensaje anterior no se pudo entregar. Quiero inscribirme, una persona.\n\nJuan"),
    ("iscrizione", "La mia mail precedente non è stata consegnata. Vorrei iscrivermi, una persona.\n\nGianni"),
    ("tilmelding", "Min tidligere mail kunne ikke leveres. Jeg vil gerne tilmelde mig.\n\nJens"),
    ("anmälan", "Mitt förra mejl kunde inte levereras. Jag vill gärna anmäla mig.\n\nJens"),
    ("zgłoszenie", "Moja poprzednia wiadomość nie została dostarczona. Proszę o zapisanie mnie.\n\nJan"),
    ("регистрация", "Моё прошлое письмо не было доставлено. Прошу записать меня на день.\n\nИван"),
    ("Re: Wachtlijst", "I never received your mail, it was blocked as spam. Yes, I still want the seat.\n\nJan"),
    ("bounce", "An's mail bounces. Can you send her confirmation to me?\n\nJan\n\n550 Main Street\nSpringfield"),
    ("Address changed", "Please note: the account jan@oud.example has been closed. My new address is jan@pot.example. I stay registered.\n\nJan"),
    ("Mailbox full", "My mailbox is full so I did not get your confirmation. Could you send it again?\n\nJan"),
    ("Relay denied", "Our IT says: relay access denied. So I write from home. Two seats please, Jan and An Pot.\n\nJan"),
    ("error", "I get 'Recipient address rejected' on join@dag.example, hence this address. I want to take part.\n\nJan"),
]  # fmt: skip


@pytest.mark.parametrize("thread", ["", f"In-Reply-To: {OURS}\nReferences: {OURS}\n"])
@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_person_who_writes_about_a_report_gets_through(subject: str, text: str, thread: str) -> None:
    mail = parse(
        f"From: Jan Pot <jan@pot.example>\nTo: aanmelden@dag.example\nSubject: {subject}\n{thread}"
        f"Message-ID: <p1@pot.example>\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()
    )
    verdict = triage(mail, WE, LEXICON.triage)
    assert (verdict.kind, verdict.may_auto_answer) == (Kind.HUMAN, True), verdict.reason


@pytest.mark.parametrize("inside", ["message/rfc822", "message/delivery-status"])
def test_a_person_who_attaches_a_report_gets_through(inside: str) -> None:
    """As forwarded by "forward as attachment": a person's words, and the whole report below them."""
    report = of("postfix 2").decode()
    if inside == "message/delivery-status":
        report = (
            "From: MAILER-DAEMON@y.example\nSubject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report;"
            " report-type=delivery-status; boundary=r\n\n--r\n\nSorry.\n--r\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; y.example\n\nFinal-Recipient: rfc822; aanmelden@dag.example\nAction: failed\nStatus: 5.1.1\n\n--r--\n"
        )
    mail = parse(
        (
            "From: Jan Pot <jan@pot.example>\nTo: aanmelden@dag.example\nSubject: Fwd: Undelivered Mail Returned to Sender\n"
            "Message-ID: <p1@pot.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\n"
            "My registration came back, see the attachment. Please register me: two seats.\n\nJan Pot\n"
            f"--m\nContent-Type: message/rfc822\n\n{report}\n--m--\n"
        ).encode()
    )
    verdict = triage(mail, WE, LEXICON.triage)
    assert (verdict.kind, verdict.may_auto_answer) == (Kind.HUMAN, True), verdict.reason
