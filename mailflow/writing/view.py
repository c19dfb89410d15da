"""Stop 6, what a template may say: a `Reply` and its event as names, counts, dates and lines.

All that depends on a language's small words is taken from `words.j2`; what is decided here is only
what may be shown to whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mailflow.core.contact import contact_key
from mailflow.core.effects import Change, Reply, ReplyKind
from mailflow.core.model import Event, InvolvementPolicy, Promotion, Registration, Seat
from mailflow.writing import dates
from mailflow.writing.wording import greeted

Words = Mapping[str, Any]

# Who may still hope to come is told the programme; a mail about a place not (yet) given keeps to the point.
_WITH_PROGRAMME = frozenset({ReplyKind.CONFIRMED, ReplyKind.PROMOTED, ReplyKind.QUESTION})
# These say what came of the mail, in counts, also where they go to an address the party never gave.
_TELLS_AN_EFFECT = frozenset(
    {
        ReplyKind.CONFIRMED,
        ReplyKind.WAITLISTED,
        ReplyKind.PROMOTED,
        ReplyKind.CANCELLED,
        ReplyKind.CHANGED,
        ReplyKind.INCOMPLETE,
        ReplyKind.PARTY,
    }
)


def reply_view(reply: Reply, event: Event, w: Words, language: str, now: datetime) -> dict[str, Any]:
    """The context of a reply's templates. Strings of `reply` are taken as already scrubbed."""
    facts = reply.facts
    registration, own = facts.registration, belongs(reply)
    alive = registration.alive if registration and (own or reply.kind in _TELLS_AN_EFFECT) else ()
    held = sum(1 for s in alive if s.holds)
    waiting = 0 if registration and registration.in_review else len(alive) - held
    seats = alive if own else ()
    why = _why_waiting(reply, event) if waiting else ""
    zone = event.timezone

    def named(some: Iterable[Seat]) -> list[str]:
        return [seat_name(s, registration, w) for s in some] if registration else []

    return {
        "event": event,
        "kind": reply.kind.value,
        "language": language,
        "w": w,
        "ref": reply.ref,
        "name": greeted(reply.name),
        "known": own,
        "registered": registration is not None,
        "standing": _standing(registration, held, waiting) if alive else "none",
        "held": held,
        "waiting": waiting,
        "party": len(alive),
        "seats": [
            {"name": seat_name(s, registration, w), "state": _state(s, registration)}
            for s in seats
            if registration is not None
        ],
        "gained": named(facts.gained),
        "queued": named(facts.waiting),
        "lost": named(facts.lost),
        "position": facts.position if alive else None,
        "rows": noted(registration, event, w) if registration and seats else [],
        "changes": [_change(change, w) for change in facts.changes] if own else [],
        "asks_involvement": facts.asks_involvement,
        "asks_who": facts.asks_who,
        "asked": facts.asked,
        "why": why,
        # Who owes something waits with all their seats, who asked for more with the new ones.
        "fresh": waiting if why == "owes" else len(_fresh(reply)),
        "passed_on": facts.question_passed_on,
        "first_answer": facts.first_answer,
        "understood": facts.understood,
        "free": facts.free,
        "day": dates.day(event.starts, language, zone),
        "when": dates.span(event.starts, event.ends, language, zone),
        "opens": dates.at(event.opens, language, zone) if event.opens else "",
        "too_early": event.opens is not None and now < event.opens,
        "wants_involvement": event.involvement is not InvolvementPolicy.OFF,
        "closed": event.closes is not None and now >= event.closes,
        "started": now >= event.starts,
        "ended": now >= event.ends,
        "kept_until": dates.day(event.ends + timedelta(days=event.retention_days), language, zone),
        "programme": event.programme if reply.kind in _WITH_PROGRAMME else (),
        "wishes": bool(registration and seats and registration.workshops),
    }


def belongs(reply: Reply) -> bool:
    """True if the mail goes to the party itself: its contact, or the address of one of its people.

    A From is easily forged and the answer goes to the Reply-To: anybody else is told what came of
    their mail, but no name and no detail of a registration."""
    registration = reply.facts.registration
    if registration is None:
        return False
    to = contact_key(reply.to)
    known = {registration.contact, contact_key(registration.address)}
    known |= {contact_key(s.email) for s in registration.seats if s.email}
    return to in known


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
    return rows


def _standing(registration: Registration | None, held: int, waiting: int) -> str:
    if registration is None:
        return "none"
    if registration.in_review and not held:
        return "review"
    return {(True, True): "both", (True, False): "held", (False, True): "waiting"}.get(
        (held > 0, waiting > 0), "none"
    )


def _state(seat: Seat, registration: Registration) -> str:
    """The seat's state as its people know it: what a person decides about waits on no list."""
    return "review" if registration.in_review and not seat.holds else seat.state.value


def _fresh(reply: Reply) -> tuple[Seat, ...]:
    """The seats that this mail put on the waitlist; where it put none there, those that wait."""
    facts = reply.facts
    return facts.waiting or (facts.registration.waiting if facts.registration else ())


def _why_waiting(reply: Reply, event: Event) -> str:
    """Why those seats wait: late, owes (its involvement), by_hand or ahead (seats are free), together
    (some are, not enough), full."""
    registration, free, wanted = reply.facts.registration, reply.facts.free, _fresh(reply)
    if registration is None:
        return ""
    # By the arrival of the mail, as the list is made: who was in time and was read later is not late.
    if registration.late or (event.closes and any(s.arrival >= event.closes for s in wanted)):
        return "late"
    if event.involvement is InvolvementPolicy.REQUIRE and not registration.involvement:
        return "owes"
    if free >= len(wanted):
        return "by_hand" if event.promotion is Promotion.MANUAL else "ahead"
    return "together" if free else "full"


def _change(change: Change, w: Words) -> dict[str, str]:
    label = w["changed"].get(change.what, change.what)
    old, new = change.old, change.new
    if change.what == "workshops":  # "1: BART!; 2: Spaanse Polder"
        old, new = (re.sub(r"(?:^|(?<=; ))(\d+): ", rf"{w['round']} \1: ", text) for text in (old, new))
    return {"label": label, "old": old, "new": new}
