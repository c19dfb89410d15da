"""Stop 3, the signs of a delivery report: is this one at all?

By its parts, or by what its first lines say where the sender, the return path or the form of the mail
is a mail system's too. A person who tells of a report is none. The words are data ([reports] in
data/triage.toml).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.reading.model import Mail

LONGEST = 50_000  # characters of text that are read
TECHNICAL = 4_000  # characters in which a reply code or a bare address is looked for
HEAD = 1_500  # characters in which a report says what it is
_FIRST_LINES = 4  # lines with text in which one says so that no mail system seems to have sent

_ADDRESS_ALONE = re.compile(r"(?m)^[ \t>*<-]*[^\s<>@]{1,64}@[^\s<>@]{1,253}>?:?[ \t]*$")
_HEADERS = re.compile(r"(?im)^[ \t>]*(?:received: from |return-path: ?<|message-id: ?<)")
_ERROR_CODE = re.compile(r"(?<![\d.+])[45]\d\d[ -](?:#?\d\.\d|[A-Za-z<#])")  # no telephone number
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")


@dataclass(frozen=True, slots=True)
class BounceWords:
    """The words of delivery reports in many languages, as patterns (see `from_data`)."""

    failed: re.Pattern[str]
    delayed: re.Pattern[str]
    full: re.Pattern[str]  # the mailbox is full, or a filter did not like the mail: not the address's end
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
        full=any_of("full"),
        copies=any_of("copies", r"^[ \t>|]*"),
        daemons=any_of("daemons", r"\A"),
        senders=any_of("senders", r"\A"),
        persons=any_of("persons"),
        subjects=any_of("subjects", r"\A(?:\[[^\]]{0,60}\]\s*)*[*=\s]{0,10}"),
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
    titled = words.subjects.search(mail.subject[:HEAD]) is not None
    technical = any(
        pattern.search(mail.text[:TECHNICAL]) for pattern in (_ERROR_CODE, STATUS, _ADDRESS_ALONE)
    )
    systems = by_system(mail, words)
    if not systems and not technical and not titled:
        return False  # nearly all that people write
    text = own_text(mail, words)
    head = text[:HEAD]
    told = any(said.search(head) for said in (words.failed, words.delayed, words.full))
    if systems:
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
        or bool(_HEADERS.search(mail.text[:LONGEST]))
    )
    asks = "?" in first_lines  # no mail system does
    return bool(begins) and titled + returned + technical >= 2 and not mail.in_reply_to and not asks


def by_system(mail: Mail, words: BounceWords) -> bool:
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


def own_text(mail: Mail, words: BounceWords) -> str:
    """The report's own words, above the mail it returns."""
    copy = words.copies.search(mail.text[:LONGEST])
    return mail.text[: copy.start() if copy and mail.text[: copy.start()].strip() else LONGEST]
