"""Stop 4, the calendar's own answer: an iTIP REPLY (RFC 5546 section 3.2.3) as a Calendar, else None.

A COUNTER (section 3.2.7, "propose a new time") is an answer, too: whatever it says of its sender's
coming, its `partstat` is "COUNTER".

Calendars write what they like: an ORGANIZER may be missing, a time zone be named the Windows way, a
line be folded wrongly. icalendar reads what is sound; what it refuses is read line by line. No time
of the event is needed, so no time zone is ever looked up here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from mailflow.core.contact import contact_key
from mailflow.reading.decode import clean, clean_line
from mailflow.reading.model import Calendar

_LONGEST = 100_000  # characters that are read
_FOLDED = re.compile(r"\n[ \t]")
_LINE = re.compile(
    r"([A-Za-z0-9-]{1,60})((?:;[A-Za-z0-9-]{1,60}=(?:\"[^\"\n]{0,500}\"|[^\";:,\n]{0,500})(?:,[^;:\n]{0,500})?)*):(.*)"
)
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(?:\"([^\"\n]{0,500})\"|([^;:\n]{0,500}))")
_STAMP = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z?$")
_ESCAPED = re.compile(r"\\([\\;,nN])")

_ANSWERS = ("REPLY", "COUNTER")
# What Exchange makes of a UID that is none of its own: the bytes of a GlobalObjectId in hexadecimal, with
# the UID behind "vCal-Uid" ([MS-OXCICAL] section 2.1.3.1.1.20.26, [MS-OXOCAL] section 2.2.1.27).
_GLOBAL_OBJECT_ID = re.compile(r"040000008200E00074C5B7101A82E008((?:[0-9A-F]{2}){20,1000})", re.I)
_INSIDE_IT = b"vCal-Uid\x01\x00\x00\x00"

Line = tuple[str, dict[str, str], str]


def read_reply(calendar_text: str) -> Calendar | None:
    """The answer in this text/calendar content; None where it holds no participant's answer."""
    text = clean(calendar_text[:_LONGEST])
    if "BEGIN:VCALENDAR" not in text.upper():
        return None
    return _by_icalendar(text) or _by_lines(text)


def _by_icalendar(text: str) -> Calendar | None:
    import icalendar

    try:
        found = icalendar.Calendar.from_ical(text)
        method = str(found.get("METHOD", "")).strip().upper()
        if not isinstance(found, icalendar.Calendar) or method not in _ANSWERS:
            return None
        for item in found.walk():
            if item.name not in ("VEVENT", "VTODO", "VJOURNAL"):
                continue
            attendees = item.get("ATTENDEE", [])
            for attendee in attendees if isinstance(attendees, list) else [attendees]:
                comment = item.get("COMMENT", "")
                stamp = item.get("DTSTAMP")
                reply = _reply(
                    method,
                    partstat=str(attendee.params.get("PARTSTAT", "")),
                    attendee=str(attendee),
                    name=str(attendee.params.get("CN", "")),
                    uid=str(item.get("UID", "")),
                    sequence=str(item.get("SEQUENCE", "0")),
                    stamp=_stamp_text(getattr(stamp, "dt", None)),
                    comment=" ".join(str(c) for c in comment) if isinstance(comment, list) else str(comment),
                )
                if reply is not None:
                    return reply
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError):
        return None
    return None


def _by_lines(text: str) -> Calendar | None:
    """The same out of a calendar that icalendar refuses: the first event's lines, one by one."""
    method = ""
    depth: list[str] = []
    event: list[Line] = []
    for line in _FOLDED.sub("", text).split("\n"):
        found = _LINE.match(line[:5_000].strip())
        if found is None:
            continue
        name, value = found.group(1).upper(), found.group(3).strip()
        if name == "BEGIN":
            depth.append(value.upper())
        elif name == "END":
            if event and value.upper() in ("VEVENT", "VTODO"):
                break
            if depth:
                depth.pop()
        elif name == "METHOD":
            method = value.upper()
        elif depth and depth[-1] in ("VEVENT", "VTODO"):
            parameters = {
                key.upper(): quoted or bare for key, quoted, bare in _PARAMETER.findall(found.group(2))
            }
            event.append((name, parameters, value))
    if method not in _ANSWERS:
        return None
    values = {name: value for name, _, value in reversed(event)}
    attendees = ((parameters, value) for name, parameters, value in event if name == "ATTENDEE")
    for parameters, value in attendees:
        stamp = _STAMP.match(values.get("DTSTAMP", ""))
        reply = _reply(
            method,
            partstat=parameters.get("PARTSTAT", ""),
            attendee=value,
            name=parameters.get("CN", ""),
            uid=values.get("UID", ""),
            sequence=values.get("SEQUENCE", "0"),
            stamp="{}-{}-{}T{}:{}:{}+00:00".format(*stamp.groups()) if stamp else "",
            comment=_ESCAPED.sub(
                lambda m: "\n" if m.group(1) in "nN" else m.group(1), values.get("COMMENT", "")
            ),
        )
        if reply is not None:
            return reply
    return None


def _reply(
    method: str, *, partstat: str, attendee: str, name: str, uid: str, sequence: str, stamp: str, comment: str
) -> Calendar | None:
    """The answer, if it is one: a REPLY must say what its attendee's is (RFC 5546 section 3.2.3)."""
    partstat = method if method == "COUNTER" else partstat.strip().upper()
    if not partstat or partstat == "NEEDS-ACTION":
        return None
    address = attendee.strip()
    address = unquote(address[7:]) if address[:7].casefold() == "mailto:" else address
    number = sequence.strip()
    return Calendar(
        partstat=partstat[:40],
        attendee=contact_key(clean_line(address)) if "@" in address else "",
        attendee_name=clean_line(name).strip("\"'")[:200],
        uid=_own_uid(clean_line(uid))[:500],
        sequence=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
        stamped=stamp,
        comment=clean(comment).strip()[:2_000],
    )


def _own_uid(uid: str) -> str:
    """The UID as its maker wrote it."""
    found = _GLOBAL_OBJECT_ID.fullmatch(uid.replace(" ", ""))
    if found is None:
        return uid
    _, marked, inside = bytes.fromhex(found.group(1)).partition(_INSIDE_IT)
    return clean_line(inside.partition(b"\x00")[0].decode("utf-8", "replace")) if marked else uid


def _stamp_text(stamp: object) -> str:
    """DTSTAMP as ISO 8601 UTC, "" if it is none; it must be UTC (RFC 5545 section 3.8.7.2), and often is."""
    if not isinstance(stamp, datetime):
        return ""
    aware = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()
