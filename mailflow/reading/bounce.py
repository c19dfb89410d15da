"""Stops 3 and 4, what became of a mail of ours: delivery reports (RFC 3464, 6522) and those in words only.

`is_report` tells the gate which mails are reports. `read` looks for the standard form first; then in
the texts of Exchange, qmail, Exim, Postfix, sendmail and the large providers; last, flufl.bounce is
asked, whose word is a second opinion. No report changes anything unless it names a Message-ID of
ours: that is judged elsewhere. The words are data ([reports] in data/triage.toml), handed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from mailflow.core.contact import contact_key
from mailflow.reading.model import Mail

_LONGEST = 50_000  # characters of text that are read
_TECHNICAL = 4_000  # characters in which a reply code or a bare address is looked for
_HEAD = 1_500  # characters in which a report says what it is
_FIRST_LINES = 4  # lines with text in which one says so that no mail system seems to have sent


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
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")
_ADDRESS_ALONE = re.compile(r"(?m)^[ \t>*<-]*[^\s<>@]{1,64}@[^\s<>@]{1,253}>?:?[ \t]*$")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ -](?!\d{3}\b)")
_HEADERS = re.compile(r"(?im)^[ \t>]*(?:received: from |return-path: ?<|message-id: ?<)")
_ERROR_CODE = re.compile(r"(?<![\d.+])[45]\d\d[ -](?:#?\d\.\d|[A-Za-z<#])")  # no telephone number
_MESSAGE_ID = re.compile(r"(?im)^[ \t>]*Message-ID:[ \t]*(?:\n[ \t]+)?(<[^<>\s]{1,500}>)")
_FULL = re.compile(
    r"(?i)\b(?:over ?quota|quota (?:is )?exceeded|space not enough|full mailbox|(?:postvak|mailbox) is vol"
    r"|postfach voll|(?:mailbox|mail ?box|inbox|storage) (?:is |was )?full"
    r"|exceeded (?:his|her|their|its|the) (?:storage|quota))"
)
_EXPIRED = re.compile(r"(?i)expired|too long|given up|giving up")
_UNKNOWN = re.compile(r"(?i)unknown|no such|not found|does ?n[o']t exist|invalid (?:user|recipient|address)")
_ADDRESS_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")


@dataclass(frozen=True, slots=True)
class BounceWords:
    """The words of delivery reports in many languages, as patterns (see `from_data`)."""

    failed: re.Pattern[str]
    delayed: re.Pattern[str]
    copies: re.Pattern[str]  # lines below which the returned mail begins
    daemons: re.Pattern[str]  # beginnings of the local part of what sends nothing but reports
    senders: re.Pattern[str]  # beginnings of a mail system's local part
    subjects: re.Pattern[str]  # beginnings of a report's subject
    persons: re.Pattern[str]  # what no mail system says


def from_data(data: Mapping[str, Sequence[str]]) -> BounceWords:
    """Out of the section [reports] of data/triage.toml. Raises KeyError, re.error."""

    def any_of(name: str, before: str = "") -> re.Pattern[str]:
        return re.compile(f"{before}(?:{'|'.join(data[name])})", re.IGNORECASE | re.MULTILINE)

    return BounceWords(
        failed=any_of("failed"),
        delayed=any_of("delayed"),
        copies=any_of("copies", r"^[ \t>|]*"),
        daemons=any_of("daemons", r"\A"),
        senders=any_of("senders", r"\A"),
        persons=any_of("persons"),
        subjects=any_of("subjects", r"\A(?:\[[^\]]{0,60}\]\s*)*"),
    )


def is_report(mail: Mail, words: BounceWords) -> bool:
    """Whether this is a delivery report: by its parts, or by what its first lines say where the sender, the
    return path or the form of the mail is a mail system's too. A person who tells of a report is none."""
    if mail.delivery_status or mail.all("x-failed-recipients"):
        return True
    if mail.content_type == "multipart/report" and mail.report_type == "delivery-status":
        return True
    if mail.calendar:  # a person pressed a button
        return False
    titled = words.subjects.search(mail.subject[:_HEAD]) is not None
    technical = any(
        pattern.search(mail.text[:_TECHNICAL]) for pattern in (_ERROR_CODE, _STATUS, _ADDRESS_ALONE)
    )
    by_system = _by_system(mail, words)
    if not by_system and not technical and not titled:
        return False  # nearly all that people write
    text = _own_text(mail, words)
    head = text[:_HEAD]
    told = bool(words.failed.search(head) or words.delayed.search(head))
    if by_system:
        return (
            told or titled or (mail.sender is not None and words.daemons.match(mail.sender.email) is not None)
        )
    if not told or words.persons.search(head):
        return False
    if _perhaps_by_system(mail, words):
        return titled or technical
    first_lines = "\n".join([line for line in head.split("\n") if line.strip()][:_FIRST_LINES])
    begins = words.failed.search(first_lines) or words.delayed.search(first_lines)
    returned = (
        bool(mail.returned)
        or "message/rfc822" in mail.part_types
        or bool(_HEADERS.search(mail.text[:_LONGEST]))
    )
    asks = "?" in first_lines  # no mail system does
    return bool(begins) and titled + returned + technical >= 2 and not mail.in_reply_to and not asks


def _by_system(mail: Mail, words: BounceWords) -> bool:
    """Whether anything but words says that a mail system wrote this."""
    # A bounce address in the return path is nobody's sign: what people send by web forms has one as well.
    paths = [value.strip("<> \t") for value in mail.all("return-path")]
    return (
        (mail.content_type == "multipart/report" and mail.report_type == "")
        or (mail.sender is not None and words.daemons.match(mail.sender.email) is not None)
        or any(not path or words.daemons.match(path) for path in paths)
    )


def _perhaps_by_system(mail: Mail, words: BounceWords) -> bool:
    if not mail.from_addresses or (mail.sender is not None and words.senders.match(mail.sender.email)):
        return True
    return any(not value.casefold().startswith("no") for value in mail.all("auto-submitted"))


def _own_text(mail: Mail, words: BounceWords) -> str:
    """The report's own words, above the mail it returns."""
    copy = words.copies.search(mail.text[:_LONGEST])
    return mail.text[: copy.start() if copy and mail.text[: copy.start()].strip() else _LONGEST]


def read(mail: Mail, words: BounceWords) -> BounceReport | None:
    """The report in this mail, about its first failed recipient; None where it is none. Never raises."""
    if not is_report(mail, words):
        return None
    return _standard(mail, words) or _in_words(mail, words) or _second_opinion(mail, words)


def original_message_id(mail: Mail, words: BounceWords) -> str:
    """The Message-ID of the mail that a report returns, with angle brackets; "" if none is found."""
    for text in (mail.returned, mail.delivery_status):
        found = _MESSAGE_ID.search(text)
        if found:
            return found.group(1)
    copy = words.copies.search(mail.text[:_LONGEST])
    found = _MESSAGE_ID.search(mail.text[: 2 * _LONGEST], copy.start() if copy else 0)
    if found:
        return found.group(1)
    if not _by_system(mail, words) and not mail.delivery_status:
        return ""
    # Some systems return nothing, but answer in the thread.
    return next(iter(re.findall(r"<[^<>\s]{1,500}>", mail.in_reply_to or mail.references)), "")


def _standard(mail: Mail, words: BounceWords) -> BounceReport | None:
    """message/delivery-status: one block for the message, one for each recipient (RFC 3464 section 2)."""
    found: list[BounceReport] = []
    for block in re.split(r"\n\s*\n", mail.delivery_status[:_LONGEST]):
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
                fate=_fate(action, status, diagnostic),
                message_id=original_message_id(mail, words),
                status=(_STATUS.search(status) or _STATUS.search(diagnostic) or [""])[0],
                diagnostic=diagnostic[:300],
            )
        )
    order = (Fate.PERMANENT, Fate.DELAYED, Fate.DELIVERED)
    worst = min(found, key=lambda r: order.index(r.fate), default=None)
    arrived = frozenset(r.recipient for r in found if r.fate is Fate.DELIVERED and r.recipient)
    return replace(worst, arrived=arrived) if worst else None


def _fate(action: str, status: str, diagnostic: str) -> Fate:
    if action in ("delivered", "relayed", "expanded"):
        return Fate.DELIVERED
    if action == "delayed":
        return Fate.DELAYED
    code = _STATUS.search(status) or _STATUS.search(diagnostic)
    if action == "failed":
        # "failed" is the end of this mail; a full mailbox or a greylisting is not the end of the address.
        return Fate.DELAYED if _is_for_now(status, diagnostic) else Fate.PERMANENT
    return {"2": Fate.DELIVERED, "4": Fate.DELAYED}.get(code.group(1) if code else "", Fate.PERMANENT)


def _is_for_now(status: str, diagnostic: str) -> bool:
    """What says something of the mail, the mailbox's size or our relay, and nothing of the address."""
    code = _STATUS.search(status) or _STATUS.search(diagnostic)
    if code and code.group(1) == "4":
        return code.group() != "4.4.7" and not _EXPIRED.search(diagnostic)
    if code and code.group(2) in ("3", "7"):  # the other system, its policy
        return not _UNKNOWN.search(diagnostic)
    return bool(code and code.group() in ("5.2.2", "5.2.3")) or _FULL.search(diagnostic) is not None


def _recipient(value: str) -> str:
    found = _ADDRESS.search(value.partition(";")[2] or value)
    return _key(found.group()) if found else ""


def _key(address: str) -> str:
    """The address as a key, without what a report writes around it ("smtp=jan@pot.example")."""
    return contact_key(re.sub(r"(?i)^['`\"]*(?:smtp=|rfc822=|mailto:)?", "", address))


def _in_words(mail: Mail, words: BounceWords) -> BounceReport | None:
    """Reports without the standard part: qmail, Exim, old Postfix and Exchange, providers' own."""
    named = _ADDRESS.search(mail.first("x-failed-recipients"))
    text = _own_text(mail, words)
    failed = words.failed.search(text) or words.failed.search(mail.subject)
    delayed = words.delayed.search(text[:_HEAD]) or words.delayed.search(mail.subject)
    if named is None and not failed and not delayed:
        return None
    sender = mail.sender.email.casefold() if mail.sender else ""
    said_at = failed.start() if failed and failed.string is text else 0
    addresses = [a for a in _ADDRESS.findall(text, 0) if a.casefold() != sender]
    after = [
        a
        for a in _ADDRESS.findall(text[said_at:])
        if a.casefold() != sender and not a.casefold().startswith("postmaster@")
    ]
    recipient = named.group() if named else next(iter(after or addresses), "")
    if not recipient:
        return None
    status = _STATUS.search(text)
    code = _REPLY_CODE.search(text)
    temporary = (status and status.group(1) == "4") or (not status and code and code.group(1)[0] == "4")
    fate = Fate.DELAYED if delayed and (temporary or not failed or not (status or code)) else Fate.PERMANENT
    if fate is Fate.PERMANENT and _is_for_now(status.group() if status else "", text[:_HEAD]):
        fate = Fate.DELAYED
    line = next((line for line in text.split("\n") if _STATUS.search(line) or _REPLY_CODE.search(line)), "")
    return BounceReport(
        _key(recipient),
        fate,
        original_message_id(mail, words),
        status.group() if status else "",
        line.strip()[:300],
    )


def _second_opinion(mail: Mail, words: BounceWords) -> BounceReport | None:
    """flufl.bounce's reading of the same words; it raises on some real mails and is then not counted."""
    from email.message import Message

    from flufl.bounce import scan_message

    try:
        message = Message()
        message["From"] = mail.sender.email if mail.sender else "mailer-daemon@localhost"
        message["Subject"] = " ".join(mail.subject.split())
        message.set_payload(mail.text[:_LONGEST], "utf-8")
        found = sorted(scan_message(message))
    except Exception:  # noqa: BLE001 - a second opinion that fails is no opinion
        return None
    if not found:
        return None
    address = found[0].decode("utf-8", "replace") if isinstance(found[0], bytes) else str(found[0])
    return BounceReport(contact_key(address), Fate.PERMANENT, original_message_id(mail, words))
