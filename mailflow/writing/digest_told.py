"""The organisers' page, what moves: what happened since the last one, and what stands open now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from mailflow.core.clock import is_at_risk
from mailflow.core.digest import Digest, passed_over
from mailflow.core.ledger import JournalLine
from mailflow.core.model import Registration, SeatState
from mailflow.writing import dates
from mailflow.writing.view import Words
from mailflow.writing.wording import one_line

ROWS = 40  # a table's rows at most; the rest stands in the attachment. Gmail clips a mail at 102 kB
_WORDS = 160  # characters of somebody's words in a table

# Under which heading a line of the journal stands: the first whose pattern is met. What meets none is told
# elsewhere on the page, or is nothing to tell of.
_HEADINGS = {
    "promotions": r"promoted|accepted|added|took \d|a yes after the deadline: seated",
    "cancellations": r"cancelled|rejected|fewer seats|released|refused the offer$|the offer lapsed, off"
    r"|erased|a guest erased|left the waitlist",
    "offers": r"\d+ seat\(s\) offered|refused the offer of|the offer lapsed$|the offer ended|a yes after",
    "alterations": r"capacity |came back,|put on"
    r"|.*(seat\(s\) more|supplied$|supplied;| -> |somebody else comes)",
    "absences": r"an absence notice came",
}
# Part of a line -> the macro that says it, which is given the numbers in it.
_PARTS = (
    (r"cancelled, (\d+) seat\(s\)", "told_cancelled"),
    (r"(accepted|added|cancelled|rejected) by the organiser, (\d+) seat\(s\)", "told_by_hand"),
    (r"(accepted|added) by the organiser, (\d+) seat\(s\), (\d+) of them past the limit", "told_by_hand"),
    (r"(\d+) seat\(s\) more", "told_more"),
    (r"fewer seats: (\d+) -> (\d+)", "told_fewer"),
    (r"(\d+) seat\(s\) offered", "told_offered"),
    (r"(\d+) seat\(s\) offered of (\d+)", "told_offered_part"),
    (r"took (\d+) offered seat\(s\)", "told_took"),
    (r"released after the calendar's decline, (\d+) seat\(s\)", "told_released"),
    (r"released: silent when asked twice, (\d+) seat\(s\)", "told_silent"),
    (r"a guest erased by hand, (\d+) seat\(s\) given up", "told_guest_erased"),
    (r"came back, (\d+) seat\(s\) restored", "told_back"),
)


def told(digest: Digest, heading: str, w: Words, when: Callable[[datetime], str]) -> list[dict[str, Any]]:
    """The lines of the journal that stand under that heading, as table rows."""
    rows = []
    for line in digest.journal:
        if heading_of(line.what) == heading:
            registration = digest.roster.by_ref(line.ref) if line.ref else None
            rows.append(
                {
                    "when": when(line.at),
                    "ref": line.ref,
                    "names": registration.name or registration.address if registration else "",
                    "what": in_words(line, w),
                    "words": one_line(line.words, _WORDS),
                }
            )
    return rows


def heading_of(what: str) -> str | None:
    """The heading that a line of the journal stands under; None for what is not told here."""
    return next((heading for heading, marks in _HEADINGS.items() if re.match(marks, what)), None)


def in_words(line: JournalLine, w: Words) -> str:
    """A journal line in the organiser's language; what is not known is shown as it was written."""
    return "; ".join(_part(part, w) for part in line.what.split("; "))


def _part(part: str, w: Words) -> str:
    for pattern, macro in _PARTS:
        if found := re.fullmatch(pattern, part):
            return str(w[macro](*(int(n) if n.isdigit() else n for n in found.groups())))
    if limit := re.fullmatch(r"capacity (\d+) -> (\d+), held (\d+) -> (\d+) by (.*)", part):
        said = w["told_limits"](*(int(n) for n in limit.groups()[:4]))
        return f"{said} ({w['by'].get(limit[5], limit[5])})"
    if supplied := re.fullmatch(r"(\w+) supplied", part):
        return str(w["told_supplied"](w["changed"].get(supplied[1], supplied[1])))
    if change := re.fullmatch(r"(\w+): (.*) -> (.*)", part):
        label = w["changed"].get(change[1], change[1])
        return f"{label}: {w['old_new']('' if change[2] == '-' else change[2], change[3])}"
    return str(w["told"].get(part, part))


def why_idle(digest: Digest, w: Words) -> str:
    """Why somebody waits although seats are free, in a sentence; "" where nobody does."""
    idle = digest.why_waiting
    if idle is None:
        return ""
    return str(w["why"](idle.reason, idle.free, idle.needs, _named(digest, idle.ref)))


def passed(digest: Digest, w: Words) -> list[dict[str, Any]]:
    """Who was passed over since the last page, and why."""
    return [
        {"ref": one.ref, "names": _named(digest, one.ref), "why": str(w["passed_why"](one.reason, one.needs))}
        for one in passed_over(digest.roster, digest.since)
    ]


def matters(digest: Digest, w: Words, language: str) -> list[dict[str, Any]]:
    """What stands open between us and a party: offers, declines in the calendar, questions to holders, who
    was asked twice and is silent. A heading and its rows each; those that have none are left out."""
    zone = digest.roster.event.timezone

    def by(moment: datetime | None) -> str:
        return dates.brief(moment, language, zone) if moment is not None else ""

    found = {
        "open_offers": _offers(digest, w, by),
        "open_releases": _releases(digest, w, by),
        "open_questions": _questions(digest, w, by),
        "at_risk": [
            _open(r, str(w["seats_n"](len(r.held))))
            for r in digest.roster.registrations
            if is_at_risk(r, digest.now)
        ],
    }
    return [{"title": w[title], **cut(rows)} for title, rows in found.items() if rows]


def _offers(digest: Digest, w: Words, by: Callable[[datetime | None], str]) -> list[dict[str, Any]]:
    return [
        _open(r, str(w["open_offer"](len(r.offered), len(r.offered) + len(r.waiting), by(r.offer.until))))
        for r in sorted(_alive(digest), key=lambda r: r.offer.until if r.offer else digest.now)
        if r.offer
    ]


def _releases(digest: Digest, w: Words, by: Callable[[datetime | None], str]) -> list[dict[str, Any]]:
    rows = []
    for r in _alive(digest):
        leaving = [s for s in r.seats if s.state is SeatState.RELEASE_PENDING]
        if leaving:
            rows.append(_open(r, str(w["open_release"](len(leaving), by(leaving[0].until)))))
    return rows


def _questions(digest: Digest, w: Words, by: Callable[[datetime | None], str]) -> list[dict[str, Any]]:
    return [
        _open(r, str(w["open_question"](r.pending.what, r.pending.coming, r.pending.by, by(r.pending.until))))
        for r in _alive(digest)
        if r.pending
    ]


def _alive(digest: Digest) -> Iterator[Registration]:
    return (r for r in digest.roster.registrations if r.alive)


def _open(registration: Registration, what: str) -> dict[str, Any]:
    return {"ref": registration.ref, "names": registration.name or registration.address, "what": what}


def _named(digest: Digest, ref: str) -> str:
    registration = digest.roster.by_ref(ref)
    return (registration.name or registration.address or ref) if registration else ref


def cut(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A table's rows and how many did not fit."""
    return {"rows": rows[:ROWS], "more": max(0, len(rows) - ROWS), "count": len(rows)}
