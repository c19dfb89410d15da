"""Between stops 4 and 5: a Reading becomes the request that `decide` understands."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from mailflow.core import thread
from mailflow.core.contact import contact_key
from mailflow.core.effects import ReplyKind
from mailflow.core.requests import (
    Affirm,
    Amend,
    AskKnown,
    CalendarReply,
    Cancel,
    Chatter,
    Enquire,
    Forget,
    FromMail,
    Negate,
    Proof,
    Register,
    Sender,
    Substitute,
    Unclear,
    Undeliverable,
)
from mailflow.reading.authentication import is_authentic
from mailflow.reading.model import Address, Asked, Calendar, Intent, Kind, Mail, Ours, PrivacyWish, Reading
from mailflow.reading.short_answers import is_in_doubt, request_of

BY_CALENDAR = "calendar"  # the kind of thread of an answer that carries our UID and no Message-ID of ours


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
        return _calendar(sender, reading.calendar, secret, ours)
    if reading.kind is not Kind.HUMAN or not reading.may_auto_answer:
        return None
    return _from_person(sender, reading)


def _sender(
    reading: Reading, mail: Mail, key: str, arrival: datetime, uid: int, secret: bytes, ours: Ours
) -> Sender:
    address = mail.answer_to() or Address("", "")
    if mail.sender and ours.address and contact_key(address.email) == contact_key(ours.address):
        address = mail.sender  # a Reply-To that names us: an answer there would come back to ourselves
    # Where a program drops the thread, the code in the last line of our mail is quoted; some programs quote
    # without a mark, so the whole text is looked through.
    found = thread.find(secret, ours.domain, f"{mail.references} {mail.in_reply_to}")
    found = found or thread.find_code(secret, mail.text)
    contact = contact_key(address.email)
    proof = Proof.TOKEN if found else Proof.NONE
    # The server's word is about the From and no other address. It stands above the token: it holds for
    # whichever registration of theirs the writer speaks of.
    if (
        mail.sender
        and contact_key(mail.sender.email) == contact
        and is_authentic(mail, ours.trusted_authserv_id)
    ):
        proof = Proof.AUTHENTICATED
    return Sender(
        key=key,
        contact=contact,
        address=address.email,
        name=_name(reading, mail, address),
        language=reading.language,
        arrival=arrival,
        uid=uid,
        words=reading.words,
        question=reading.question,
        message_id=mail.message_id,
        thread=found,
        proof=proof,
    )


def _calendar(sender: Sender, calendar: Calendar, secret: bytes, ours: Ours) -> CalendarReply:
    stamped = None
    if calendar.stamped:
        try:
            stamped = datetime.fromisoformat(calendar.stamped)
        except ValueError:
            stamped = None  # an unreadable DTSTAMP orders nothing
    ref = _ref_of_uid(calendar.uid, secret, ours)
    if ref:
        known = sender.thread is not None and sender.thread.ref == ref
        sender = replace(
            sender,
            thread=sender.thread if known else thread.Thread(BY_CALENDAR, ref, ""),
            proof=Proof.TOKEN if sender.proof is Proof.NONE else sender.proof,
        )
    return CalendarReply(
        sender,
        calendar.partstat,
        calendar.attendee,
        calendar.uid,
        calendar.sequence,
        stamped,
        calendar.comment,
        calendar.attendee_name,
        ref,
    )


def _ref_of_uid(uid: str, secret: bytes, ours: Ours) -> str:
    """The reference that our UID carries, also where a program changed its case or put something round it
    (a recurrence, another domain); "" where it is none of ours."""
    if ref := thread.ref_of_uid(secret, ours.domain, uid):
        return ref
    found = re.search(rf"mf-([a-z0-9-]{{1,40}})-([0-9a-f]{{20}})@{re.escape(ours.domain)}", uid, re.I)
    if found is None:
        return ""
    spelled = (found[1], found[1].upper(), found[1].lower())
    refs = (
        thread.ref_of_uid(secret, ours.domain, f"mf-{s}-{found[2].lower()}@{ours.domain}") for s in spelled
    )
    return next(filter(None, refs), "")


# They go before a wish to know: who wants a seat or gives one up gets that, a person answers the rest.
_BEFORE_KNOWN = frozenset({Intent.REGISTER, Intent.CANCEL})
# Asks "do you (still) want it?": whoever wants to come says yes to it.
_ASKS = frozenset({ReplyKind.OFFERED, ReplyKind.RELEASING, ReplyKind.RECONFIRM, ReplyKind.REMINDER})

# Those of them that ask it of seats that are confirmed.
_WHETHER = frozenset({ReplyKind.RECONFIRM, ReplyKind.REMINDER})


def _from_person(sender: Sender, reading: Reading) -> FromMail:
    offered = sender.thread is not None and sender.thread.kind == ReplyKind.OFFERED
    if offered and reading.together and reading.intent is not Intent.CANCEL:
        return Negate(sender, together=True)
    if reading.short is not None and (answer := request_of(sender, reading.short)) is not None:
        return answer
    if reading.privacy is PrivacyWish.FORGET:
        if reading.intent in (Intent.REGISTER, Intent.UNCLEAR):
            return Unclear(sender, reading.reason or "asks for a seat, and to be forgotten")
        return Forget(sender)
    if reading.privacy is PrivacyWish.KNOWN and reading.intent not in _BEFORE_KNOWN:
        return AskKnown(sender)
    found = _by_intent(sender, reading)
    if isinstance(found, (Affirm, Negate, Register)) and is_in_doubt(found, reading.short):
        return Unclear(sender, "an answer to our question that is no plain yes or no")
    return found


def _by_intent(sender: Sender, reading: Reading) -> FromMail:
    workshops = tuple(sorted((n, p) for n, p in reading.workshops.items() if p))
    kind = sender.thread.kind if sender.thread else ""
    match reading.intent:
        case Intent.REGISTER if _says_yes(sender, reading):
            several = (reading.seats or 0) > 1 and not reading.people and kind == ReplyKind.OFFERED
            return Affirm(sender, reading.seats if several or reading.total else None)
        case Intent.REGISTER:
            return Register(
                sender, max(1, reading.seats or 1), reading.people, reading.total, reading.organisation,
                reading.involvement, reading.projects, workshops,
                reading.has_question or (kind in _ASKS and "?" in reading.reply_text), reading.together,
                reading.more,
            )  # fmt: skip
        case Intent.CANCEL if reading.answers == "no":
            return Negate(sender)
        case Intent.CANCEL:
            return Cancel(sender, reading.seats, reading.people, reading.has_question, reading.stays)
        case Intent.CHANGE if reading.replaces is not None and reading.people:
            return Substitute(
                sender, reading.people, reading.replaces, reading.organisation, reading.involvement,
                reading.has_question,
            )  # fmt: skip
        case Intent.CHANGE:
            return Amend(
                sender, reading.seats or 0, reading.people, reading.organisation, reading.involvement,
                reading.projects, workshops, reading.has_question, reading.together,
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


def _says_yes(sender: Sender, reading: Reading) -> bool:
    """Does who wants to come say yes to what was asked, and nothing else?"""
    if sender.thread is not None and sender.thread.kind in _ASKS:
        if reading.total and sender.thread.kind not in _WHETHER:
            return False  # how many are to come is more than a yes
        return "?" not in reading.reply_text and not reading.people[1:]
    return reading.answers == "yes" and reading.asked is Asked.OFFER


def _name(reading: Reading, mail: Mail, address: Address) -> str:
    """What to call the writer: the name as understood, else the display name, else the one person of it."""
    if reading.writer:
        return reading.writer
    name = (mail.sender.name if mail.sender else "") or address.name
    if (not name or "@" in name) and len(reading.people) == 1:
        return reading.people[0].name
    return "" if "@" in name else name
