"""Stop 6, what a template may say: a `Reply` and its event as names, counts, dates and lines.

All that depends on a language's small words is taken from `words.j2`; what is decided here is only
what may be shown to whom.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailflow.core.contact import contact_key
from mailflow.core.effects import Change, Reply, ReplyKind
from mailflow.core.matters import Offer
from mailflow.core.model import Event, InvolvementPolicy, Registration, Seat, SeatState
from mailflow.writing import dates
from mailflow.writing.audience import (
    OWN_OFFER,
    OWN_RELEASE,
    TELLS_AN_EFFECT,
    WITH_PROGRAMME,
    WITHOUT_DETAILS,
    WITHOUT_THEIR_WORDS,
    belongs,
)
from mailflow.writing.standing import (
    deadline,
    fresh,
    offer_until,
    release_until,
    standing,
    state,
    why_waiting,
)
from mailflow.writing.wording import greeted, one_line

Words = Mapping[str, Any]

_TITLE = 50  # characters of the event's name in a subject: what it says before it must stay in sight


def reply_view(reply: Reply, event: Event, w: Words, language: str, now: datetime) -> dict[str, Any]:
    """The context of a reply's templates. Strings of `reply` are taken as already scrubbed.

    `code` is "" here; who composes the mail sets it."""
    facts, kind = reply.facts, reply.kind
    registration, own = facts.registration, belongs(reply)
    alive = registration.alive if registration and (own or kind in TELLS_AN_EFFECT) else ()
    counts = Counter(s.state for s in alive)
    held = counts[SeatState.CONFIRMED] + counts[SeatState.RELEASE_PENDING]
    offered = counts[SeatState.OFFERED]
    waiting = 0 if registration and registration.in_review else counts[SeatState.WAITLISTED]
    seats = alive if own else ()
    rows = _rows(reply, event, w, language) if own else []
    why = why_waiting(reply, event) if waiting else ""
    zone = event.timezone

    def named(some: Iterable[Seat]) -> list[str]:
        return [seat_name(s, registration, w) if own else "" for s in some]

    def names(some: Sequence[Seat]) -> str:
        *all_but_last, last = named(some) or [""]
        if not own:
            return str(w["seats"](len(some)))
        return w["last_and"].join((", ".join(all_but_last), last)) if all_but_last else last

    def at(moment: datetime | None) -> str:
        return dates.at(moment, language, zone) if moment else ""

    def spoken(moment: datetime | None) -> dict[str, str]:
        # For the one line in the reader's language, which need not be that of the mail.
        return {lang: dates.at(moment, lang, zone) if moment else "" for lang in dates.WEEKDAYS}

    releasing = [s for s in alive if s.state is SeatState.RELEASE_PENDING]
    offer = offer_until(reply, alive) if kind not in OWN_OFFER else None
    release = release_until(alive) if kind not in OWN_RELEASE else None
    until = deadline(reply)
    return {
        "event": event,
        "title": one_line(event.name, _TITLE),
        "kind": kind.value,
        "language": language,
        "w": w,
        "ref": "" if kind is ReplyKind.HOLDER_ASKED else reply.ref,
        "code": "",
        "answering": reply.in_reply_to,
        "name": greeted(reply.name),
        "known": own,
        "registered": registration is not None,
        "standing": standing(registration, held, offered, waiting) if alive else "none",
        "held": held,
        "offered": offered,
        "waiting": waiting,
        "party": len(alive),
        "seats": [
            {"name": seat_name(s, registration, w), "state": state(s, registration)}
            for s in seats
            if registration is not None and kind is not ReplyKind.KNOWN
        ],
        "gained": named(facts.gained),
        "gained_names": names(facts.gained),
        "queued": named(facts.waiting),
        "lost": named(facts.lost),
        "lost_names": names(facts.lost),
        "kept": named(facts.kept),
        "kept_names": names(facts.kept),
        "offered_names": names([s for s in alive if s.state is SeatState.OFFERED]),
        "partial": bool(registration and registration.offer and registration.offer.partial),
        "refused": any(s.was is SeatState.OFFERED for s in (*facts.lost, *facts.waiting)),
        "offer_until": at(offer),
        "offer_until_in": spoken(offer),
        "releasing": len(releasing),
        "releasing_names": names(releasing),
        "release_until": at(release),
        "release_until_in": spoken(release),
        "until": at(until),
        "until_in": spoken(until),
        "until_brief": dates.brief(until, language, zone) if until else "",
        "until_hour": dates.hour(until, language, zone) if until else "",
        "calendar": facts.calendar,
        "wish": facts.wish,
        "coming": greeted(facts.coming),
        "leaving": greeted(facts.leaving),
        "off_the_list": facts.off_the_list,
        "again": facts.again,
        "position": facts.position if alive else None,
        "rows": rows,
        "changes": [_change(change, w) for change in facts.changes] if own else [],
        "asks_involvement": facts.asks_involvement,
        "asks_who": facts.asks_who,
        "asked": facts.asked,
        "why": why,
        # Who owes something waits with all their seats, who asked for more with the new ones.
        "fresh": waiting if why == "owes" else len(fresh(reply)),
        "passed_on": facts.question_passed_on,
        "first_answer": facts.first_answer,
        "understood": facts.understood if kind not in WITHOUT_THEIR_WORDS else "",
        "free": facts.free,
        "by_hand": facts.by_hand,
        "day": dates.day(event.starts, language, zone),
        "when": dates.span(event.starts, event.ends, language, zone),
        "tomorrow": dates.days_until(event.starts, now, zone) == 1,
        "opens": at(event.opens),
        "too_early": event.opens is not None and now < event.opens,
        "wants_involvement": event.involvement is not InvolvementPolicy.OFF,
        "closed": event.closes is not None and now >= event.closes,
        "started": now >= event.starts,
        "ended": now >= event.ends,
        "kept_until": dates.day(event.ends + timedelta(days=event.retention_days), language, zone),
        "programme": event.programme
        if kind in WITH_PROGRAMME and (held or kind is not ReplyKind.TAKEN_OVER)
        else (),
        "wishes": bool(rows and registration and registration.workshops and kind is not ReplyKind.KNOWN),
    }


def _rows(reply: Reply, event: Event, w: Words, language: str) -> list[tuple[str, str]]:
    """What is recorded, as far as this kind of mail repeats it; the mail goes to the party itself."""
    registration = reply.facts.registration
    if registration is None or reply.kind in WITHOUT_DETAILS:
        return []
    if reply.kind is ReplyKind.KNOWN:
        return _all_known(reply, registration, event, w, language)
    if not registration.alive:
        return []
    if reply.kind is ReplyKind.REMINDER:
        return noted(replace(registration, name="", organisation="", involvement="", projects=()), event, w)
    return noted(registration, event, w)


def _all_known(
    reply: Reply, registration: Registration, event: Event, w: Words, language: str
) -> list[tuple[str, str]]:
    """All that is kept of the party, old seats included. Another person's address is its holder's to see."""
    to = contact_key(reply.to)
    holder = to in (registration.contact, contact_key(registration.address))
    rows = [(w["name"], registration.name)] if registration.name else []
    rows.append((w["address"], registration.address if holder else reply.to))
    if registration.language:
        rows.append((w["language"], w["languages"].get(registration.language, registration.language)))
    rows += noted(replace(registration, name=""), event, w)
    for seat in registration.seats:
        said = [w["states"][state(seat, registration)]]
        if seat.number:
            said.append(str(w["seat_number"](seat.number)))
        if seat.email and (holder or contact_key(seat.email) == to):
            said.append(seat.email)
        rows.append((w["seat"], f"{seat_name(seat, registration, w)} ({', '.join(said)})"))
    rows.append((w["arrived"], dates.at(registration.arrival, language, event.timezone)))
    if registration.heard_at:
        rows.append((w["heard"], dates.at(registration.heard_at, language, event.timezone)))
    if registration.late:
        rows.append((w["remark"], w["late"]))
    if registration.offers:
        rows.append((w["offers"], "; ".join(_offer(o, event, w, language) for o in registration.offers)))
    if registration.invitation.sent_at:
        rows.append((w["invited"], dates.at(registration.invitation.sent_at, language, event.timezone)))
    return rows


def _offer(offer: Offer, event: Event, w: Words, language: str) -> str:
    until = dates.at(offer.until, language, event.timezone)
    return str(w["one_offer"](len(offer.places), until, w["offer_states"][offer.state.value]))


def seat_name(seat: Seat, registration: Registration | None, w: Words) -> str:
    """The person on that seat; an unnamed first one is the contact, any other a guest of the contact."""
    if seat.name:
        return seat.name
    contact = (registration.name or registration.address) if registration else ""
    return contact if seat.place == 1 else str(w["guest_of"](contact))


def noted(registration: Registration, event: Event, w: Words) -> list[tuple[str, str]]:
    """What is recorded, as label and value: only what was said."""

    def called(project_id: str) -> str:
        project = event.project(project_id)
        return project.name if project else project_id

    times = {r.number: r.time for r in event.rounds}
    seated = {s.name for s in registration.alive}
    rows = [(w["name"], registration.name)] if registration.name and registration.name not in seated else []
    if registration.organisation:
        rows.append((w["organisation"], registration.organisation))
    if registration.involvement:
        rows.append((w["involvement"], str(w["quote"](registration.involvement))))
    if registration.projects:
        label = w["project"] if len(registration.projects) == 1 else w["projects"]
        rows.append((label, ", ".join(called(p) for p in registration.projects)))
    for number, project in registration.workshops:
        time = times.get(number, "")
        rows.append((str(w["wish"](number)), f"{called(project)} ({time})" if time else called(project)))
    if registration.together:
        rows.append((w["wished"], w["together"]))
    return rows


def _change(change: Change, w: Words) -> dict[str, str]:
    label = w["changed"].get(change.what, change.what)
    old, new = change.old, change.new
    if change.what == "together":
        return {"label": w["wished"], "old": "", "new": w["together"]}
    if change.what == "workshops":  # "1: BART!; 2: Spaanse Polder"
        old, new = (re.sub(r"(?:^|(?<=; ))(\d+): ", rf"{w['round']} \1: ", text) for text in (old, new))
    return {"label": label, "old": old, "new": new}
