"""Between stops 4 and 5: a Reading becomes the request that `decide` understands."""

from __future__ import annotations

from datetime import datetime

from mailflow.core import thread
from mailflow.core.contact import contact_key
from mailflow.core.requests import (
    Affirm,
    Amend,
    CalendarReply,
    Cancel,
    Chatter,
    Enquire,
    FromMail,
    Negate,
    Proof,
    Register,
    Sender,
    Substitute,
    Unclear,
    Undeliverable,
)
from mailflow.reading.model import Address, Asked, Intent, Kind, Mail, Ours, Reading


def request(
    reading: Reading, mail: Mail, *, key: str, arrival: datetime, uid: int, secret: bytes, ours: Ours
) -> FromMail | None:
    """What the mail asks of the roster; None where nothing may follow from it (a machine's mail, or one
    that may not be answered): `reading.reason` says why.

    `arrival` is INTERNALDATE, aware; `secret` the event's, for recognising our own Message-IDs.
    """
    sender = _sender(reading, mail, key, arrival, uid, secret, ours)
    if reading.kind is Kind.BOUNCE:
        ours_back = thread.find(secret, ours.domain, reading.failed_message_id)
        if ours_back is None:
            return None
        return Undeliverable(
            sender,
            reading.failed_recipient,
            ours_back.message_id,
            permanent=reading.failed_permanently,
            arrived=reading.arrived,
        )
    if reading.calendar is not None and reading.calendar.partstat:
        return _calendar(sender, reading)
    if reading.kind is not Kind.HUMAN or not reading.may_auto_answer:
        return None
    return _from_person(sender, reading)


def _sender(
    reading: Reading, mail: Mail, key: str, arrival: datetime, uid: int, secret: bytes, ours: Ours
) -> Sender:
    address = mail.answer_to() or Address("", "")
    if mail.sender and ours.address and contact_key(address.email) == contact_key(ours.address):
        address = mail.sender  # a Reply-To that names us: an answer there would come back to ourselves
    found = thread.find(secret, ours.domain, f"{mail.in_reply_to} {mail.references}")
    return Sender(
        key=key,
        contact=contact_key(address.email),
        address=address.email,
        name=_name(reading, mail, address),
        language=reading.language,
        arrival=arrival,
        uid=uid,
        words=reading.words,
        question=reading.question,
        message_id=mail.message_id,
        thread=found,
        proof=Proof.TOKEN if found else Proof.NONE,
    )


def _calendar(sender: Sender, reading: Reading) -> CalendarReply:
    calendar = reading.calendar
    assert calendar is not None  # noqa: S101 - the caller looked
    stamped = None
    if calendar.stamped:
        try:
            stamped = datetime.fromisoformat(calendar.stamped)
        except ValueError:
            stamped = None  # an unreadable DTSTAMP orders nothing
    return CalendarReply(
        sender,
        calendar.partstat,
        calendar.attendee,
        calendar.uid,
        calendar.sequence,
        stamped,
        calendar.comment,
    )


def _from_person(sender: Sender, reading: Reading) -> FromMail:
    workshops = tuple(sorted((n, p) for n, p in reading.workshops.items() if p))
    match reading.intent:
        case Intent.REGISTER if reading.answers == "yes" and reading.asked is Asked.OFFER:
            return Affirm(sender)
        case Intent.REGISTER:
            return Register(
                sender, max(1, reading.seats or 1), reading.people, reading.total, reading.organisation,
                reading.involvement, reading.projects, workshops, reading.has_question,
            )  # fmt: skip
        case Intent.CANCEL if reading.answers == "no":
            return Negate(sender)
        case Intent.CANCEL:
            return Cancel(sender, reading.seats, reading.people, reading.has_question)
        case Intent.CHANGE if reading.replaces is not None and reading.people:
            return Substitute(
                sender, reading.people, reading.replaces, reading.organisation, reading.involvement,
                reading.has_question,
            )  # fmt: skip
        case Intent.CHANGE:
            return Amend(
                sender, reading.seats or 0, reading.people, reading.organisation, reading.involvement,
                reading.projects, workshops, reading.has_question,
            )  # fmt: skip
        case Intent.QUESTION:
            return Enquire(sender)
        case Intent.OTHER if reading.answers == "yes":
            return Affirm(sender)
        case Intent.OTHER | Intent.AUTO_REPLY | Intent.BOUNCE:
            return Chatter(sender)
        case Intent.UNCLEAR:
            if reading.answers == "yes":
                return Affirm(sender)
            if reading.answers == "no":
                return Negate(sender)
            return Unclear(sender, reading.reason or "")


def _name(reading: Reading, mail: Mail, address: Address) -> str:
    """What to call the writer: the name as understood, else the display name, else the one person of it."""
    if reading.writer:
        return reading.writer
    name = (mail.sender.name if mail.sender else "") or address.name
    if (not name or "@" in name) and len(reading.people) == 1:
        return reading.people[0].name
    return "" if "@" in name else name
