"""Stop 4, what is understood where nobody wrote a text: a machine's mail, and a calendar's answer."""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.model import Person
from mailflow.reading import bounce, names
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Address, Calendar, Intent, Kind, Mail, Reading, Verdict

MOST_COMMENT = 300  # characters of a calendar's comment that are kept


def machine_mail(reading: Reading, mail: Mail, verdict: Verdict, lexicon: Lexicon) -> Reading:
    """A machine's mail: which sort, and nothing more."""
    if verdict.kind is Kind.BOUNCE:
        report = bounce.read(mail, lexicon.triage.reports)
        if report and report.fate is bounce.Fate.DELIVERED:  # it arrived: nothing follows
            report = None
        return replace(
            reading,
            intent=Intent.BOUNCE,
            confidence=0.95,
            language=None,
            failed_recipient=report.recipient if report else "",
            failed_message_id=report.message_id if report else "",
            failed_permanently=bool(report and report.permanent),
            arrived=report.arrived if report else frozenset(),
        )
    if verdict.kind in {Kind.AUTO_REPLY, Kind.HUMAN}:
        return replace(reading, kind=Kind.AUTO_REPLY, intent=Intent.AUTO_REPLY, confidence=0.95)
    if verdict.kind is Kind.LIST:
        return replace(reading, intent=Intent.OTHER, confidence=0.9)
    reason = verdict.reason or ""
    silent = any(
        word in reason for word in ("complaint", "DMARC", "TLS", "bulk", "Precedence", "Feedback", "spam")
    )
    return replace(reading, intent=Intent.OTHER if silent else Intent.AUTO_REPLY, confidence=0.8)


def calendar_answer(reading: Reading, mail: Mail, calendar: Calendar, lexicon: Lexicon) -> Reading:
    """An iTIP REPLY: a decline gives up the attendee's one seat; the note, if any, is what was typed."""
    sender = mail.sender or Address("", "")
    shown = names.display_name(sender.name, sender.email, lexicon.names)
    called = names.display_name(calendar.attendee_name, calendar.attendee, lexicon.names)
    if shown and called and not names.same(shown, called):
        shown = ""
    name = names.fullest([called, shown])
    reading = replace(
        reading, calendar=calendar, confidence=0.95, words=calendar.comment[:MOST_COMMENT], writer=name
    )
    if calendar.partstat == "DECLINED":
        people_ = (Person(name),) if name else ()
        return replace(reading, intent=Intent.CANCEL, seats=1, people=people_)
    return replace(reading, intent=Intent.OTHER)
