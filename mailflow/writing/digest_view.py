"""The organisers' page, what it says: a `Digest` as a verdict, tables and bars, in the event's language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailflow.core.digest import Bar, Digest, DoubtfulMail
from mailflow.core.ledger import Bucket, FailedMail, JournalLine, ReviewItem
from mailflow.core.model import Registration, Roster, SeatState
from mailflow.writing import dates
from mailflow.writing.view import Words, seat_name
from mailflow.writing.wording import one_line

STALE = timedelta(
    minutes=30
)  # a mailbox not read for longer is a trouble (the default of alarm.mailbox_minutes)
ROWS = 40  # a table's rows at most; the rest stands in the attachment. Gmail clips a mail at 102 kB
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
        "why_waiting": _why(digest.why_waiting, w),
        "new": _cut([_party(r, w) | {"when": when(r.arrival)} for r in digest.new]),
        "cancellations": _cut(_told(digest, ("cancelled", "fewer seats"), w, when)),
        "promotions": _cut(_told(digest, ("promoted",), w, when)),
        "alterations": _cut(_told(digest, (), w, when)),
        "waitlist": _cut(
            [
                _party(r, w) | {"position": n, "waits": dates.lasting(digest.now - r.arrival, language)}
                for n, r in enumerate(digest.waitlist, 1)
            ]
        ),
        "review": [_review(item, roster, w) | {"when": when(item.made_at)} for item in digest.review],
        "missing": _cut([_party(r, w) for r in digest.missing_involvement]),
        "failed": _cut([_mail(f, w, when) | {"answer": one_line(f.answer, _WORDS)} for f in digest.failed]),
        "in_doubt": _cut([_mail(m, w, when) for m in digest.in_doubt]),
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


def _why(why: str, w: Words) -> str:
    """ "2:3" -> "2 free, and the first party needs 3"."""
    free, colon, needs = why.partition(":")
    return str(w["why"](int(free), int(needs))) if colon and free.isdigit() and needs.isdigit() else why


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


def _told(digest: Digest, beginnings: tuple[str, ...], w: Words, when: Any) -> list[dict[str, Any]]:
    """Journal lines as table rows: those that begin so, or (none given) every other change."""
    rows = []
    for line in digest.journal:
        begins = line.what.startswith(("cancelled", "fewer seats", "promoted"))
        wanted = line.what.startswith(beginnings) if beginnings else not begins and _is_change(line.what)
        if wanted:
            registration = digest.roster.by_ref(line.ref) if line.ref else None
            rows.append(
                {
                    "when": when(line.at),
                    "ref": line.ref,
                    "names": registration.name or registration.address if registration else "",
                    "what": _what(line, w),
                    "words": one_line(line.words, _WORDS),
                }
            )
    return rows


def _is_change(what: str) -> bool:
    return what.startswith("capacity ") or bool(
        re.search(r"seat\(s\) more|supplied$|supplied;| -> |somebody else comes", what)
    )


def _what(line: JournalLine, w: Words) -> str:
    """A journal line in the organiser's language; what is not known is shown as it was written."""
    said = []
    for part in line.what.split("; "):
        if seats := re.fullmatch(r"cancelled, (\d+) seat\(s\)", part):
            said.append(w["told_cancelled"](int(seats[1])))
        elif more := re.fullmatch(r"(\d+) seat\(s\) more", part):
            said.append(w["told_more"](int(more[1])))
        elif fewer := re.fullmatch(r"fewer seats: (\d+) -> (\d+)", part):
            said.append(w["told_fewer"](int(fewer[1]), int(fewer[2])))
        elif limit := re.fullmatch(r"capacity (\d+) -> (\d+), held (\d+) -> (\d+) by .*", part):
            said.append(w["told_limits"](*(int(n) for n in limit.groups())))
        elif supplied := re.fullmatch(r"(\w+) supplied", part):
            said.append(w["told_supplied"](w["changed"].get(supplied[1], supplied[1])))
        elif change := re.fullmatch(r"(\w+): (.*) -> (.*)", part):
            label = w["changed"].get(change[1], change[1])
            said.append(f"{label}: {w['old_new']('' if change[2] == '-' else change[2], change[3])}")
        else:
            said.append(w["told"].get(part, part))
    return "; ".join(str(one) for one in said)


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


def _cut(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A table's rows and how many did not fit."""
    return {"rows": rows[:ROWS], "more": max(0, len(rows) - ROWS), "count": len(rows)}
