"""Stops 3 and 4, what became of a mail of ours: delivery reports (RFC 3464, 6522) and those in words only.

`is_report` tells the gate which mails are reports. `read` looks for the standard form first; then in
the texts of Exchange, qmail, Exim, Postfix, sendmail and the large providers; last, flufl.bounce is
asked, whose word is a second opinion. No report changes anything unless it names a Message-ID of
ours: that is judged elsewhere. The words are data ([reports] in data/triage.toml), handed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from mailflow.core.contact import contact_key
from mailflow.reading.bounce_signs import (
    HEAD,
    LONGEST,
    STATUS,
    BounceWords,
    from_data,
    is_report,
    own_text,
)
from mailflow.reading.model import Mail

__all__ = [
    "BounceReport",
    "BounceWords",
    "Fate",
    "complaint_about",
    "from_data",
    "is_report",
    "original_message_id",
    "read",
]


class Fate(StrEnum):
    """What happened to the mail."""

    PERMANENT = "permanent"  # it will never arrive
    DELAYED = "delayed"  # it is tried again, or failed for now
    DELIVERED = "delivered"  # it arrived, or was handed on


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What a report says. `recipient`: address as a key, "" if unknown; `message_id`: that of our mail."""

    recipient: str
    fate: Fate
    message_id: str = ""
    status: str = ""  # enhanced status code (RFC 3463), "" if none is given
    diagnostic: str = ""  # the server's own words, one line
    arrived: frozenset[str] = frozenset()  # addresses that the report says it reached

    @property
    def permanent(self) -> bool:
        """Whether the address is to be given up."""
        return self.fate is Fate.PERMANENT


_FIELD = re.compile(r"(?m)^([A-Za-z][A-Za-z-]{1,40})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)")
# In running text an address ends where Chinese or Japanese begins. Letters of scripts that put spaces
# between words belong to it (RFC 6531), and between angle brackets every letter does.
_LETTERS = "A-Za-z0-9\u00c0-\u024f\u0370-\u052f\u0590-\u06ff\u0900-\u0dff"
_ADDRESS = re.compile(
    r"(?<=<)[^\s<>@\"(),:;\[\\\]]{1,64}@[^\s<>@\"(),:;\[\\\]/]{1,253}(?=>)"
    rf"|[{_LETTERS}!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@[{_LETTERS}.-]{{1,253}}[{_LETTERS}]"
)
_IN_FIELD = re.compile(r"[^\s<>@;\"]{1,64}@[^\s<>@;\",]{1,253}[^\s<>@;\",.)]")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # utf-8-addr-xtext (RFC 6533 section 3)
_XTEXT = re.compile(r"\+(2B|3D|40)")  # what is left of xtext (RFC 3461 section 4)
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ -](?!\d{3}\b)")
_MESSAGE_ID = re.compile(r"(?im)^[ \t>]*Message-ID:[ \t]*(?:\n[ \t]+)?(<[^<>\s]{1,500}>)")
_IN_THREAD = re.compile(r"<[^<>\s]{1,500}>")
_EXPIRED = re.compile(r"(?i)expired|too long|given up|giving up")
_UNKNOWN = re.compile(r"(?i)unknown|no such|not found|does ?n[o']t exist|invalid (?:user|recipient|address)")
_ADDRESS_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")


def read(mail: Mail, words: BounceWords) -> BounceReport | None:
    """The report in this mail, about its first failed recipient; None where it is none. Never raises."""
    if not is_report(mail, words):
        return None
    found = _standard(mail, words) or _in_words(mail, words)
    if found is None or not found.recipient:
        found = _second_opinion(mail, words) or found
    # Whom our mail went to is in the outbox: a report that names nobody is about that address.
    return found


_COMPLAINT = re.compile(rb"(?im)^feedback-type:[ \t]*(?:abuse|opt-out)")


def complaint_about(mail: Mail, raw: bytes) -> str:
    """The Message-ID of the mail that somebody called spam (ARF, RFC 5965); "" if this is no complaint.
    Reports on forged mail (RFC 6591) look the same but for their type, and complain of nobody."""
    if "message/feedback-report" not in mail.part_types or not _COMPLAINT.search(raw):
        return ""
    found = _MESSAGE_ID.search(mail.returned)
    return found.group(1) if found else ""


def original_message_id(mail: Mail, words: BounceWords) -> str:
    """The Message-ID of the mail that a report returns, with angle brackets; those of its thread where it
    returns none; "" if none is found."""
    for text in (mail.returned, mail.delivery_status):
        found = _MESSAGE_ID.search(text)
        if found:
            return found.group(1)
    copy = words.copies.search(mail.text[:LONGEST])
    found = _MESSAGE_ID.search(mail.text[: 2 * LONGEST], copy.start() if copy else 0)
    if found:
        return found.group(1)
    # Exchange and others return nothing, but answer in the thread: ours stands among these, the parent last.
    return " ".join(_IN_THREAD.findall(f"{mail.references} {mail.in_reply_to}"))


def _standard(mail: Mail, words: BounceWords) -> BounceReport | None:
    """message/delivery-status: one block for the message, one for each recipient (RFC 3464 section 2)."""
    found: list[BounceReport] = []
    for block in re.split(r"\n\s*\n", mail.delivery_status[:LONGEST]):
        fields = {name.casefold(): " ".join(value.split()) for name, value in reversed(_FIELD.findall(block))}
        action = (re.findall(r"[a-z]+", fields.get("action", "").casefold()) or [""])[0]
        status = fields.get("status", "")
        if not action and not status and not any(f in fields for f in _ADDRESS_FIELDS):
            continue
        recipients = [_recipient(fields[f]) for f in _ADDRESS_FIELDS if f in fields]
        diagnostic = fields.get("diagnostic-code", "")
        found.append(
            BounceReport(
                # The recipient that we wrote to, where the report tells it apart from where it ended up.
                recipient=next((r for r in (*recipients[1:2], *recipients) if r), ""),
                fate=_fate(action, status, diagnostic, words),
                message_id=original_message_id(mail, words),
                status=(STATUS.search(status) or STATUS.search(diagnostic) or [""])[0],
                diagnostic=diagnostic[:300],
            )
        )
    order = (Fate.PERMANENT, Fate.DELAYED, Fate.DELIVERED)
    worst = min(found, key=lambda r: order.index(r.fate), default=None)
    arrived = frozenset(r.recipient for r in found if r.fate is Fate.DELIVERED and r.recipient)
    return replace(worst, arrived=arrived) if worst else None


def _fate(action: str, status: str, diagnostic: str, words: BounceWords) -> Fate:
    if action in ("delivered", "relayed", "expanded"):
        return Fate.DELIVERED
    if action == "delayed":
        return Fate.DELAYED
    code = STATUS.search(status) or STATUS.search(diagnostic)
    if action == "failed":
        # "failed" is the end of this mail; a full mailbox or a greylisting is not the end of the address.
        return Fate.DELAYED if _is_for_now(status, diagnostic, words) else Fate.PERMANENT
    return {"2": Fate.DELIVERED, "4": Fate.DELAYED}.get(code.group(1) if code else "", Fate.PERMANENT)


def _is_for_now(status: str, diagnostic: str, words: BounceWords) -> bool:
    """What says something of the mail, the mailbox's size or our relay, and nothing of the address."""
    code = STATUS.search(status) or STATUS.search(diagnostic)
    if code and code.group(1) == "4":
        return code.group() != "4.4.7" and not _EXPIRED.search(diagnostic)
    if code and code.group(2) in ("3", "7"):  # the other system, its policy
        return not _UNKNOWN.search(diagnostic)
    return bool(code and code.group() in ("5.2.2", "5.2.3")) or words.full.search(diagnostic) is not None


def _recipient(value: str) -> str:
    """The address of a field "type; address": the type may be rfc822, utf-8 (RFC 6533) or missing."""
    text = _HEX.sub(_letter, value.partition(";")[2] or value)
    if "@" not in text or text.casefold().count("+2b") + text.count("+3D"):
        text = _XTEXT.sub(lambda m: chr(int(m[1], 16)), text)
    found = _IN_FIELD.search(text)
    return _key(found.group()) if found else ""


def _letter(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if 0x20 < number < 0xD800 or 0xE000 <= number <= 0x10FFFF else ""


def _key(address: str) -> str:
    """The address as a key, without what a report writes around it ("smtp=jan@pot.example")."""
    return contact_key(re.sub(r"(?i)^['`\"]*(?:smtp=|rfc822=|mailto:)?", "", address))


def _in_words(mail: Mail, words: BounceWords) -> BounceReport | None:
    """Reports without the standard part: qmail, Exim, old Postfix and Exchange, providers' own."""
    named = _ADDRESS.search(mail.first("x-failed-recipients"))
    text = own_text(mail, words)
    failed = words.failed.search(text) or words.failed.search(mail.subject) or words.full.search(text)
    delayed = words.delayed.search(text[:HEAD]) or words.delayed.search(mail.subject)
    if named is None and not failed and not delayed:
        return None
    said_at = failed.start() if failed and failed.string is text else 0
    recipient = named.group() if named else _named(mail, text, said_at)
    status = STATUS.search(text)
    code = _REPLY_CODE.search(text)
    temporary = (status and status.group(1) == "4") or (not status and code and code.group(1)[0] == "4")
    fate = Fate.DELAYED if delayed and (temporary or not failed or not (status or code)) else Fate.PERMANENT
    if fate is Fate.PERMANENT and _is_for_now(status.group() if status else "", text[:HEAD], words):
        fate = Fate.DELAYED
    line = next((line for line in text.split("\n") if STATUS.search(line) or _REPLY_CODE.search(line)), "")
    return BounceReport(
        _key(recipient) if recipient else "",
        fate,
        original_message_id(mail, words),
        status.group() if status else "",
        line.strip()[:300],
    )


def _named(mail: Mail, text: str, said_at: int) -> str:
    """The first address that stands after what says that it failed, else before it; "" for none. Not that of
    who reports, nor one the report is sent to: ours, since it is our mail."""
    sender = mail.sender.email.casefold() if mail.sender else ""
    others = {sender, *(a.email.casefold() for a in mail.recipients)}

    def of(part: str) -> str:
        found = (a for a in _ADDRESS.findall(part) if a.casefold() not in others)
        return next((a for a in found if not a.casefold().startswith("postmaster@")), "")

    return of(text[said_at:]) or of(text)


def _second_opinion(mail: Mail, words: BounceWords) -> BounceReport | None:
    """flufl.bounce's reading of the same words; it raises on some real mails and is then not counted."""
    from email.message import Message

    from flufl.bounce import scan_message

    try:
        message = Message()
        message["From"] = mail.sender.email if mail.sender else "mailer-daemon@localhost"
        message["Subject"] = " ".join(mail.subject.split())
        message.set_payload(mail.text[:LONGEST], "utf-8")
        found = sorted(scan_message(message))
    except Exception:  # noqa: BLE001 - a second opinion that fails is no opinion
        return None
    if not found:
        return None
    address = found[0].decode("utf-8", "replace") if isinstance(found[0], bytes) else str(found[0])
    return BounceReport(contact_key(address), Fate.PERMANENT, original_message_id(mail, words))
