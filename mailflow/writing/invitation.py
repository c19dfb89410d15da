"""Stop 6, the calendar's part: an answer as the entry that it puts into a calendar, or takes out of it.

An iTIP message (RFC 5546 section 3.2) of one VEVENT, as a part of the mail that tells the same in words
(RFC 6047). Written by hand, as `message.py` is: the same entry is the same bytes at every attempt.

Times are in UTC (RFC 5545 section 3.3.5, form 2). One meeting at one instant needs no rules of a zone, and
a VTIMEZONE is where calendars differ: Outlook goes by its own table of Windows names, Google by the TZID
and not by the rules, Apple by the rules. All of them, and Thunderbird, read "Z" and show the reader's own
time; summer and winter cannot be mixed up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

from mailflow.core import thread
from mailflow.core.effects import Reply
from mailflow.core.model import Event, Registration, SeatState
from mailflow.writing import dates
from mailflow.writing.message import CalendarPart
from mailflow.writing.wording import greeted, one_line

LINE = 75  # octets (RFC 5545 section 3.1)
_CONFIRMED = frozenset({SeatState.CONFIRMED, SeatState.RELEASE_PENDING})
_IN_MAILTO = "!$'*+-/=_.~"  # of a local part, what a URI leaves as it is (RFC 6068 section 2)

_WORDS = {
    "nl": {
        "offer": "Aanbod tot {until}: {name}",
        "offer_open": "Aanbod: {name}",
        "seat": "1 plaats",
        "seats": "{n} plaatsen",
        "confirmed": "Bevestigd: {seats}.",
        "offered": "Aangeboden tot {until}: {seats}.",
        "offered_open": "Aangeboden: {seats}.",
        "accept": "Aannemen: beantwoord onze e-mail met ja, of accepteer deze uitnodiging.",
        "leave": "Kunt u niet komen? Beantwoord onze e-mail, of wijs deze uitnodiging af.",
        "leave_by_mail": "Kunt u niet komen? Beantwoord onze e-mail.",
        "gone": "Deze plaats is vervallen.",
        "reference": "Kenmerk: {ref}",
    },
    "en": {
        "offer": "Offer until {until}: {name}",
        "offer_open": "Offer: {name}",
        "seat": "1 seat",
        "seats": "{n} seats",
        "confirmed": "Confirmed: {seats}.",
        "offered": "Offered until {until}: {seats}.",
        "offered_open": "Offered: {seats}.",
        "accept": "To accept: reply yes to our e-mail, or accept this invitation.",
        "leave": "Unable to come? Reply to our e-mail, or decline this invitation.",
        "leave_by_mail": "Unable to come? Reply to our e-mail.",
        "gone": "This seat has been given up.",
        "reference": "Reference: {ref}",
    },
    "de": {
        "offer": "Angebot bis {until}: {name}",
        "offer_open": "Angebot: {name}",
        "seat": "1 Platz",
        "seats": "{n} Plätze",
        "confirmed": "Bestätigt: {seats}.",
        "offered": "Angeboten bis {until}: {seats}.",
        "offered_open": "Angeboten: {seats}.",
        "accept": "Annehmen: Antworten Sie auf unsere E-Mail mit Ja oder nehmen Sie diese Einladung an.",
        "leave": "Sie können nicht kommen? Antworten Sie auf unsere E-Mail oder lehnen Sie die Einladung ab.",
        "leave_by_mail": "Sie können nicht kommen? Antworten Sie auf unsere E-Mail.",
        "gone": "Dieser Platz ist entfallen.",
        "reference": "Zeichen: {ref}",
    },
    "fr": {
        "offer": "Proposition jusqu’au {until} : {name}",
        "offer_open": "Proposition : {name}",
        "seat": "1 place",
        "seats": "{n} places",
        "confirmed": "Confirmé : {seats}.",
        "offered": "Proposé jusqu’au {until} : {seats}.",
        "offered_open": "Proposé : {seats}.",
        "accept": "Pour accepter : répondez oui à notre e-mail, ou acceptez cette invitation.",
        "leave": "Vous ne pouvez pas venir ? Répondez à notre e-mail, ou refusez cette invitation.",
        "leave_by_mail": "Vous ne pouvez pas venir ? Répondez à notre e-mail.",
        "gone": "Cette place n’est plus réservée.",
        "reference": "Référence : {ref}",
    },
}


def invitation(
    reply: Reply, event: Event, *, secret: bytes, domain: str, language: str, now: datetime
) -> CalendarPart | None:
    """The calendar part that goes along with `reply`, None where none does. `now` is aware.

    Strings of `reply` are taken as already scrubbed; `reply.to` as an address that `message.address` passed.
    """
    registration, asked = reply.facts.registration, reply.facts.calendar
    if registration is None or asked not in ("request", "cancel") or event.calendar == "off":
        return None
    published = event.calendar == "publish"  # a copy for the calendar, which nobody is asked to answer
    cancels = asked == "cancel"
    method = "CANCEL" if cancels else "PUBLISH" if published else "REQUEST"
    name = one_line(event.name)
    words = _WORDS.get(language, _WORDS["en"])
    deadline = _deadline(reply, event, language)
    offered = sum(1 for s in registration.seats if s.state is SeatState.OFFERED)
    summary = name
    if offered and not cancels:
        summary = words["offer" if deadline else "offer_open"].format(until=deadline, name=name)
    status = "CANCELLED" if cancels else "CONFIRMED" if _confirmed(registration) else "TENTATIVE"
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//mailflow//mailflow//EN",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{thread.calendar_uid(secret, domain, registration.ref)}",
        f"SEQUENCE:{reply.facts.sequence}",
        f"DTSTAMP:{_utc(now)}",
        f"ORGANIZER;CN={_parameter(name)}:{_mailto(event.address)}",
    ]
    if not published:
        # RFC 5546 section 3.2.2: who is invited, alone; nobody sees who else comes.
        asks = (
            ";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
            if not cancels
            else ";ROLE=REQ-PARTICIPANT"
        )
        cn = _parameter(greeted(reply.name) or reply.to)
        lines.append(f"ATTENDEE;CUTYPE=INDIVIDUAL{asks};CN={cn}:{_mailto(reply.to)}")
    lines += [
        f"DTSTART:{_utc(event.starts)}",
        f"DTEND:{_utc(event.ends)}",
        f"SUMMARY:{_text(summary)}",
    ]
    if location := one_line(event.location):
        lines.append(f"LOCATION:{_text(location)}")
    described = "\n".join(_described(registration, deadline, words, cancels=cancels, published=published))
    lines += [
        f"DESCRIPTION:{_text(described)}",
        f"STATUS:{status}",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return CalendarPart(method, "".join(f"{folded(line)}\r\n" for line in lines))


def _confirmed(registration: Registration) -> int:
    return sum(1 for seat in registration.seats if seat.state in _CONFIRMED)


def _deadline(reply: Reply, event: Event, language: str) -> str:
    """Until when the open offer stands, as it is read; "" if there is none."""
    registration = reply.facts.registration
    offer = registration.offer if registration else None
    until = offer.until if offer else reply.facts.until
    return dates.at(until, language, event.timezone) if until else ""


def _described(
    registration: Registration, deadline: str, words: dict[str, str], *, cancels: bool, published: bool
) -> Iterator[str]:
    """The entry's own words: how many seats, how to give them up, the reference."""

    def seats(number: int) -> str:
        return words["seat"] if number == 1 else words["seats"].format(n=number)

    offered = len(registration.offered)
    if cancels:
        yield words["gone"]
    else:
        if confirmed := _confirmed(registration):
            yield words["confirmed"].format(seats=seats(confirmed))
        if offered:
            yield words["offered" if deadline else "offered_open"].format(
                until=deadline, seats=seats(offered)
            )
        if offered and not published:
            yield words["accept"]
        yield words["leave_by_mail" if published else "leave"]
    yield words["reference"].format(ref=registration.ref)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A value of type TEXT (RFC 5545 section 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _parameter(text: str) -> str:
    """A parameter's value in quotes. No quote can stand in it (RFC 5545 section 3.2), and what RFC 6868
    writes for one is shown as it stands by Outlook: it becomes an apostrophe."""
    return '"' + one_line(text).replace('"', "'") + '"'


def _mailto(address: str) -> str:
    """The address as a URI (RFC 6068)."""
    local, _, domain = address.rpartition("@")
    return f"mailto:{quote(local, safe=_IN_MAILTO)}@{domain}"


def folded(line: str) -> str:
    """The line in pieces of at most 75 octets, none of which ends inside a character."""
    pieces, piece, length = [], "", 0
    for character in line:
        octets = len(character.encode())
        if length + octets > LINE:
            pieces.append(piece)
            piece, length = "", 1  # the space that begins the next line
        piece += character
        length += octets
    return "\r\n ".join([*pieces, piece])
