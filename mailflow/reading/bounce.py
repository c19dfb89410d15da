"""Stop 4, what became of a mail of ours: delivery reports (RFC 3464, 6522) and those in words only.

The standard form is read first; then the texts of Exchange, qmail, Exim, Postfix, sendmail and the
large providers; last, flufl.bounce is asked, whose word is a second opinion. No report changes
anything unless it names a Message-ID of ours: that is judged elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mailflow.core.contact import contact_key
from mailflow.reading.model import Mail

_LONGEST = 50_000  # characters of text that are read


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

    @property
    def permanent(self) -> bool:
        """Whether the address is to be given up."""
        return self.fate is Fate.PERMANENT


_FIELD = re.compile(r"(?m)^([A-Za-z][A-Za-z-]{1,40})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ -](?!\d{3}\b)")
_MESSAGE_ID = re.compile(r"(?im)^[ \t>]*Message-ID:[ \t]*(?:\n[ \t]+)?(<[^<>\s]{1,500}>)")
# Below such a line the returned mail begins.
_COPY_WORDS = (
    r"-{2,}[^\n]{0,20}(?:below this line|this is a copy|copy of (?:the|your) message|original message)",
    r"-{2,}[^\n]{0,20}(?:undelivered message|returned message|the header of the original|message d'origine)",
    r"-{2,}[^\n]{0,20}(?:oorspronkelijke? bericht|urspr.ngliche nachricht)",
    r"original message headers:|oorspronkelijke berichtkoppen:|en-t.tes de message d'origine",
    r"urspr.ngliche nachrichtenkopfzeilen:|return-path:",
)
# The sentence above the address, by program and language. The first address after it is the recipient.
_FAILED_WORDS = (
    r"wasn't able to deliver|could ?n[o']t be delivered|could not deliver",
    r"unable to deliver|not able to deliver",
    r"delivery (?:to|has|of) .{0,80}fail|failed permanently|permanent (?:fatal )?error|permanent failure",
    r"undeliverable|undelivered|address(?:es)? failed|does(?: not|n't) exist|user unknown",
    r"unknown user|no such user",
    r"no mailbox here|wasn't found at|couldn't be found|rejected your message|was rejected|has been rejected",
    r"mailbox (?:is )?(?:full|unavailable)|over quota|quota exceeded|returned to sender|delivery failure",
    r"bezorging aan .{0,80}mislukt|(?:kan|kon|konden) niet (?:worden )?(?:bezorgd|afgeleverd)",
    r"niet (?:worden )?bezorgd|onbestelbaar|is niet gevonden|niet afgeleverd|bestaat niet",
    r"zustellung .{0,80}fehlgeschlagen|nicht (?:zugestellt|zustellbar)|konnte nicht|unzustellbar",
    r".chec de la remise|n'a pas (?:pu )?.t. (?:remis|distribu)|non remis|impossible de remettre",
)
_DELAYED_WORDS = (
    r"\bdelayed\b|has not (?:yet )?been delivered|not been delivered yet|still being retried",
    r"will (?:continue|keep) (?:trying|to try|retrying)|warning message only|do not need to resend",
    r"temporar(?:y|ily) (?:error|failure|problem|delayed|unavailable)|no action is required",
    r"vertraagd|nog niet (?:bezorgd|afgeleverd)|wordt (?:later )?opnieuw geprobeerd",
    r"verz.gert|noch nicht zugestellt|retard.|pas encore .t. remis",
)
_COPY = re.compile("(?im)^(?:" + "|".join(_COPY_WORDS) + ")")
_SAYS_FAILED = re.compile("(?i)" + "|".join(_FAILED_WORDS))
_SAYS_DELAYED = re.compile("(?i)" + "|".join(_DELAYED_WORDS))
_ADDRESS_FIELDS = ("final-recipient", "original-recipient", "x-actual-recipient")


def read(mail: Mail) -> BounceReport | None:
    """The report in this mail, about its first failed recipient; None where it is none. Never raises."""
    report = _standard(mail) or _in_words(mail)
    if report is None and _may_be_report(mail):
        report = _second_opinion(mail)
    return report


def original_message_id(mail: Mail) -> str:
    """The Message-ID of the mail that a report returns, with angle brackets; "" if none is found."""
    for text in (mail.returned, mail.delivery_status):
        found = _MESSAGE_ID.search(text)
        if found:
            return found.group(1)
    copy = _COPY.search(mail.text[:_LONGEST])
    found = _MESSAGE_ID.search(mail.text[: 2 * _LONGEST], copy.start() if copy else 0)
    if found:
        return found.group(1)
    # Some systems return nothing, but answer in the thread.
    return next(iter(re.findall(r"<[^<>\s]{1,500}>", mail.in_reply_to or mail.references)), "")


def _standard(mail: Mail) -> BounceReport | None:
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
                message_id=original_message_id(mail),
                status=(_STATUS.search(status) or _STATUS.search(diagnostic) or [""])[0],
                diagnostic=diagnostic[:300],
            )
        )
    order = (Fate.PERMANENT, Fate.DELAYED, Fate.DELIVERED)
    return min(found, key=lambda r: order.index(r.fate), default=None)


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
    code = _STATUS.search(status) or _STATUS.search(diagnostic)
    return bool(
        code and code.group(1) == "4" and not re.search(r"expired|too long|days|given up", diagnostic, re.I)
    )


def _recipient(value: str) -> str:
    found = _ADDRESS.search(value.partition(";")[2] or value)
    return contact_key(found.group()) if found else ""


def _may_be_report(mail: Mail) -> bool:
    """Whether anything but words suggests a report: nobody is asked about a person's mail."""
    local = mail.sender.email.rpartition("@")[0].casefold() if mail.sender else "mailer-daemon"
    null_path = any(value.replace(" ", "") == "<>" for value in mail.all("return-path"))
    report = mail.content_type == "multipart/report" and mail.report_type in ("", "delivery-status")
    return (
        report
        or bool(mail.all("x-failed-recipients"))
        or local.startswith(
            ("mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "bounce", "mdaemon")
        )
        or (null_path and bool(_SAYS_FAILED.search(mail.subject) or _SAYS_DELAYED.search(mail.subject)))
    )


def _in_words(mail: Mail) -> BounceReport | None:
    """Reports without the standard part: qmail, Exim, old Postfix and Exchange, providers' own."""
    named = _ADDRESS.search(mail.first("x-failed-recipients"))
    if not _may_be_report(mail):
        return None
    copy = _COPY.search(mail.text[:_LONGEST])
    text = mail.text[: copy.start() if copy and copy.start() > 40 else _LONGEST]
    failed = _SAYS_FAILED.search(text) or _SAYS_FAILED.search(mail.subject)
    delayed = _SAYS_DELAYED.search(text[:1500]) or _SAYS_DELAYED.search(mail.subject)
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
    line = next((line for line in text.split("\n") if _STATUS.search(line) or _REPLY_CODE.search(line)), "")
    return BounceReport(
        contact_key(recipient),
        fate,
        original_message_id(mail),
        status.group() if status else "",
        line.strip()[:300],
    )


def _second_opinion(mail: Mail) -> BounceReport | None:
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
    return BounceReport(contact_key(address), Fate.PERMANENT, original_message_id(mail))
