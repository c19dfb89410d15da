"""Stop 4, the context: which of our mails is answered, and whether a colleague writes."""

from __future__ import annotations

import re

from mailflow.core.model import Event
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Asked, Mail, Ours, Parts
from mailflow.reading.sentences import fold

REPLY = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|doorst|betr)\s*(?:\[\d\])?\s*:\s*)+", re.IGNORECASE
)
_FORWARD = re.compile(r"^\s*(?:fw|fwd|wg|doorst|tr)\s*:", re.IGNORECASE)
# Where a program drops the thread, the code in the last line of our mail tells its kind.
_OURS = re.compile(r"<mf\.([a-z_]{1,20})\.")
_CODE = re.compile(
    r"\bcode:[\s\u00a0]*([a-z_]{1,20})\.[A-Za-z0-9-]{1,40}\.[2-9a-z]{16}(?![2-9a-z])", re.IGNORECASE
)
_BY_KIND = {
    "confirmed": Asked.CONFIRMATION, "promoted": Asked.CONFIRMATION, "changed": Asked.CONFIRMATION,
    "cancelled": Asked.CONFIRMATION, "status": Asked.CONFIRMATION, "waitlisted": Asked.WAITLIST,
    "incomplete": Asked.INVOLVEMENT, "party": Asked.NUMBER, "question": Asked.INVITATION,
    "not_found": Asked.INVITATION, "early": Asked.INVITATION,
}  # fmt: skip
# These ask one thing, whatever else stands in them: their kind says more than their words.
_ONE_QUESTION = {
    "offered": Asked.OFFER, "lapsed": Asked.OFFER, "releasing": Asked.REMINDER, "reconfirm": Asked.REMINDER,
    "reminder": Asked.REMINDER, "decline_doubted": Asked.CONFIRMATION, "verify": Asked.CONFIRMATION,
    "kept": Asked.CONFIRMATION, "holder_asked": Asked.CONFIRMATION, "taken_over": Asked.CONFIRMATION,
    "handed_over": Asked.CONFIRMATION, "involvement": Asked.INVOLVEMENT, "still_waiting": Asked.WAITLIST,
    "known": Asked.CONFIRMATION, "erased": Asked.INVITATION,
}  # fmt: skip


def is_colleague(mail: Mail, ours: Ours, event: Event) -> bool:
    """Written by an organiser, or from an address of the mailbox's own domain?"""
    address = mail.sender.email.casefold() if mail.sender else ""
    return address in {o.casefold() for o in event.organisers} or (
        bool(ours.domain) and address.rpartition("@")[2] == ours.domain
    )


_IN_QUOTE = (Asked.INVOLVEMENT, Asked.NUMBER, Asked.OFFER)
_ALL = (*_IN_QUOTE, Asked.WAITLIST, Asked.REMINDER, Asked.CONFIRMATION)


def which_asked(mail: Mail, parts: Parts, lexicon: Lexicon, ours: Ours, event: Event) -> Asked:
    """Which of our mails is answered, as far as the mail shows: quoted text, subject, Message-ID.

    What somebody else wrote and is forwarded or quoted can be an invitation, never a mail of ours.
    """

    def first(text: str, kinds: tuple[Asked, ...]) -> Asked | None:
        for kind in kinds:
            if any(phrase in text for c in lexicon.cues.values() for phrase in c.asked.get(kind, ())):
                return kind
        return None

    bare = REPLY.sub("", mail.subject)
    is_reply = bare != mail.subject.strip()
    by_code = _CODE.search(mail.text)
    if not (is_reply or parts.quoted or mail.in_reply_to or by_code):
        return Asked.NOTHING
    forwarded = bool(_FORWARD.match(mail.subject))
    by_id = _newest(mail) or by_code
    if by_id and not forwarded and by_id[1].casefold() in _ONE_QUESTION:
        return _ONE_QUESTION[by_id[1].casefold()]
    head = parts.quoted[:500].casefold()
    from_us = (
        bool(by_id)
        or (bool(ours.address) and ours.address.casefold() in head)
        or event.name.casefold() in head
    )
    subject, quoted = fold(bare), fold(parts.quoted[:3000])
    found: Asked | None = None
    invites = is_reply and first(subject, (*_ALL, Asked.INVITATION)) is Asked.INVITATION
    if invites and not by_id:
        return Asked.INVITATION  # it may ask how many come and how they are involved, like any of ours
    if from_us and not forwarded:
        found = (
            first(quoted, _IN_QUOTE) or (first(subject, _ALL) if is_reply else None) or first(quoted, _ALL)
        )
    elif is_reply and not forwarded:
        found = first(subject, _ALL)
    if found is None and by_id:
        found = _BY_KIND.get(by_id[1].casefold(), Asked.CONFIRMATION)
    return found or first(f"{subject}{quoted}", (Asked.INVITATION,)) or Asked.NOTHING


def _newest(mail: Mail) -> re.Match[str] | None:
    """The newest Message-ID of ours that is answered: References name the thread's first mail first."""
    found = [*_OURS.finditer(f"{mail.references} {mail.in_reply_to}")]
    return found[-1] if found else None
