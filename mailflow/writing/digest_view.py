"""The organisers' page, what it says: a `Digest` as a verdict, tables and bars, in the event's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailflow.core.digest import Bar, Digest, DoubtfulMail
from mailflow.core.ledger import Bucket, FailedMail, ReviewItem
from mailflow.core.model import Registration, Roster, SeatState
from mailflow.writing import dates
from mailflow.writing.digest_told import cut, matters, passed, told, why_idle
from mailflow.writing.view import Words, seat_name
from mailflow.writing.wording import one_line

STALE = timedelta(
    minutes=30
)  # a mailbox not read for longer is a trouble (the default of alarm.mailbox_minutes)
_WORDS = 160  # characters of somebody's words in a table

# What the gate and the reader write as the reason why a mail was not answered -> what a person calls it.
# The first that is met in the reason holds.
_IGNORED = (
    ("duplicate", ("duplicate",)),
    ("vanished", ("vanished",)),
    ("own", ("our own",)),
    ("bounce", ("bounce", "delivery", "return path", "failed-recipients", "a report", "mail system")),
    ("spam", ("spam", "dmarc")),
    ("list", ("list", "bulk", "unsubscribe", "feedback-id", "precedence", "newsletter", "campaign")),
    ("auto_reply", ("auto", "vacation", "absence", "receipt", "no-reply", "oof")),
    ("chatter", ("other", "chatter", "thanks", "human")),
)


def digest_view(digest: Digest, w: Words, language: str) -> dict[str, Any]:
    """The context of the digest's templates. Strings of `digest` are taken as already scrubbed."""
    roster, event, zone = digest.roster, digest.roster.event, digest.roster.event.timezone

    def when(moment: datetime) -> str:
        return dates.short(moment, language, zone)

    troubles = _troubles(digest, w, language)
    tone = "bad" if troubles else "look" if _attention(digest) else "good"
    return {
        "event": event,
        "language": language,
        "w": w,
        "day": dates.day(datetime.combine(digest.day, time(12), ZoneInfo(zone)), language, zone),
        "made": when(digest.now),
        "since": dates.at(digest.since, language, zone) if digest.since else "",
        "starts": dates.at(event.starts, language, zone),
        "days_left": (event.starts - digest.now).days if event.starts > digest.now else 0,
        "started": digest.now >= event.starts,
        "tone": tone,
        "troubles": troubles,
        "attention": _attention(digest),
        "confirmed": digest.confirmed,
        "offered": digest.offered,
        "waitlisted": digest.waitlisted,
        "cancelled": digest.cancelled,
        "capacity": roster.capacity,
        "held": roster.held,
        "free": roster.free,
        "over": roster.over,
        "meter": _meter(digest),
        "why_waiting": why_idle(digest, w),
        "passed_over": cut(passed(digest, w)),
        "matters": matters(digest, w, language),
        "absences": cut(told(digest, "absences", w, when)),
        "new": cut([_party(r, w) | {"when": when(r.arrival)} for r in digest.new]),
        "cancellations": cut(told(digest, "cancellations", w, when)),
        "promotions": cut(told(digest, "promotions", w, when)),
        "offers": cut(told(digest, "offers", w, when)),
        "alterations": cut(told(digest, "alterations", w, when)),
        "waitlist": cut(
            [
                _party(r, w) | {"position": n, "waits": dates.lasting(digest.now - r.arrival, language)}
                for n, r in enumerate(digest.waitlist, 1)
            ]
        ),
        "review": [_review(item, roster, w) | {"when": when(item.made_at)} for item in digest.review],
        "missing": cut([_party(r, w) for r in digest.missing_involvement]),
        "failed": cut([_mail(f, w, when) | {"answer": one_line(f.answer, _WORDS)} for f in digest.failed]),
        "in_doubt": cut([_mail(m, w, when) for m in digest.in_doubt]),
        "standing": [
            {"name": _called(t.what, w), "since": when(t.since), "text": one_line(t.text, _WORDS)}
            for t in digest.troubles
        ],
        "projects": _bars(digest.by_project, roster),
        "rounds": [
            {
                "number": number,
                "time": next((r.time for r in event.rounds if r.number == number), ""),
                "bars": _bars(bars, roster),
            }
            for number, bars in digest.by_workshop
            if any(bar.count for bar in bars)
        ],
        "ignored": ignored(digest.counts.reasons, w),
        "seen": digest.counts.seen,
        "handled": digest.counts.buckets.get(Bucket.HANDLED, 0),
        "skipped": digest.counts.buckets.get(Bucket.IGNORED, 0),
        "reviewed": digest.counts.buckets.get(Bucket.REVIEW, 0),
        "aside": digest.counts.buckets.get(Bucket.SET_ASIDE, 0),
        "pending": digest.counts.pending,
        "unaccounted": digest.unaccounted,
        "outbox": digest.counts.outbox,
        "polled": dates.at(digest.last_good_poll, language, zone) if digest.last_good_poll else "",
        "stale": is_stale(digest),
    }


def is_stale(digest: Digest) -> bool:
    """True if the mailbox was never read, or not lately."""
    return digest.last_good_poll is None or digest.now - digest.last_good_poll > STALE


def ignored(reasons: Mapping[str, int], w: Words) -> list[dict[str, Any]]:
    """What was not answered and why, in words for people: most first."""
    counts: Counter[str] = Counter()
    for reason, count in reasons.items():
        folded = reason.casefold()
        counts[next((key for key, marks in _IGNORED if any(m in folded for m in marks)), "machine")] += count
    return [{"why": w["ignored"][key], "count": n} for key, n in counts.most_common() if n]


def _troubles(digest: Digest, w: Words, language: str) -> list[str]:
    """What is wrong with the machinery itself: each in one sentence."""
    zone = digest.roster.event.timezone
    found = [
        w["trouble_standing"](_called(t.what, w), dates.at(t.since, language, zone)) for t in digest.troubles
    ]
    if digest.unaccounted:
        found.append(w["trouble_unaccounted"](digest.unaccounted))
    if any(t.what == "mailbox" for t in digest.troubles):
        pass  # said already, with its cause
    elif digest.last_good_poll is None:
        found.append(w["trouble_never"]())
    elif is_stale(digest):
        found.append(w["trouble_stale"](dates.at(digest.last_good_poll, language, zone)))
    if digest.roster.over:
        found.append(w["trouble_over"](digest.roster.over))
    return [str(one) for one in found]


def _attention(digest: Digest) -> int:
    return len(digest.review) + len(digest.failed) + len(digest.in_doubt)


def _called(what: str, w: Words) -> str:
    """A trouble's name in words; one that has none is shown as the ledger knows it."""
    return str(w["alarms"].get(what) or w["trouble_other"](what))


def _mail(mail: FailedMail | DoubtfulMail, w: Words, when: Any) -> dict[str, Any]:
    kind = w["kinds"].get(mail.kind, mail.kind)
    return {"recipient": mail.recipient, "kind": kind, "ref": mail.ref, "when": when(mail.at)}


def _meter(digest: Digest) -> list[dict[str, Any]]:
    """The parts of the house in percent of its width: confirmed, offered, held back, free."""
    roster = digest.roster
    whole = max(roster.capacity, roster.taken + roster.held, 1)
    parts = [
        ("confirmed", digest.confirmed),
        ("offered", digest.offered),
        ("held", roster.held),
        ("free", roster.free),
    ]
    return [
        {"what": what, "count": n, "percent": max(1, round(100 * n / whole))} for what, n in parts if n > 0
    ]


def _party(registration: Registration, w: Words) -> dict[str, Any]:
    alive = registration.alive or registration.seats
    names = list(dict.fromkeys(seat_name(s, registration, w) for s in alive))
    held = sum(1 for s in alive if s.holds)
    state = "review" if registration.in_review else _state(registration)
    return {
        "ref": registration.ref,
        "names": ", ".join(names) or registration.name or registration.address,
        "address": registration.address,
        "count": len(alive),
        "held": held,
        "state": w["states"].get(state, state),
        "organisation": registration.organisation or "",
        "involvement": one_line(registration.involvement or "", _WORDS),
    }


def _state(registration: Registration) -> str:
    if not registration.alive:
        return "cancelled"
    held, waiting = len(registration.held), len(registration.waiting)
    if held and waiting:
        return "partly"
    if any(s.state is SeatState.OFFERED for s in registration.alive):
        return "offered"
    return "confirmed" if held else "waitlisted"


def _review(item: ReviewItem, roster: Roster, w: Words) -> dict[str, Any]:
    registration = roster.by_ref(item.ref) if item.ref else None
    name = registration.name if registration else ""
    return {
        "number": item.id,
        "title": w["review"].get(item.reason, item.reason.replace("_", " ")),
        "who": f"{name} <{item.sender}>" if name and item.sender else name or item.sender,
        "ref": item.ref,
        "words": item.words,
        "do": w["review_do"].get(item.reason, w["review_do"]["unclear"]),
    }


def _bars(bars: Iterable[Bar], roster: Roster) -> list[dict[str, Any]]:
    found = list(bars)
    most = max((bar.count for bar in found), default=0)
    return [
        {
            "label": project.name if (project := roster.event.project(bar.label)) else bar.label,
            "place": project.place if project else "",
            "count": bar.count,
            "percent": round(100 * bar.count / most) if most else 0,
        }
        for bar in found
    ]
