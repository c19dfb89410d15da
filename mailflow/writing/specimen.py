"""Before anything is sent: one invented mail of every kind, to find a template that would fail.

`mailflow check` renders them all; so do the tests. The people are invented and live on `.example`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from mailflow.core.digest import Digest, DoubtfulMail, StandingTrouble, bars_by_project, bars_by_workshop
from mailflow.core.effects import Change, Facts, Reply, ReplyKind
from mailflow.core.ledger import Bucket, FailedMail, JournalLine, LedgerCounts, ReviewItem
from mailflow.core.model import Event, Registration, Roster, Seat, SeatState
from mailflow.errors import MailflowError
from mailflow.writing.compose import compose
from mailflow.writing.digest_mail import alarm_mail, digest_mail
from mailflow.writing.templates import Templates

_ADDRESS = "jo.vandermeer@gemeente-westerdijk.example"


def registration(event: Event, *states: SeatState) -> Registration:
    """A party with a seat of each of these states: the contact, then an unnamed guest, then a colleague."""
    arrival = event.starts - timedelta(days=30)
    names = ("Jo van der Meer", "", "Sanne de Wit", "Ahmed El Amrani")
    seats = tuple(
        Seat(n + 1, names[n % len(names)], state, arrival, 7, number=n + 1 if state == "confirmed" else None)
        for n, state in enumerate(states)
    )
    first = event.projects[0].id if event.projects else "project"
    return Registration(
        ref=f"{event.reference}-7F3Q",
        contact=_ADDRESS,
        address=_ADDRESS,
        name="Jo van der Meer",
        language=event.language,
        arrival=arrival,
        uid=7,
        seats=seats,
        organisation="Gemeente Westerdijk",
        involvement="ik ben gebiedsmanager en werk met bewoners aan een veilige wijk",
        projects=(first,),
        workshops=tuple((r.number, first) for r in event.rounds),
    )


def replies(event: Event, language: str) -> Iterator[Reply]:
    """Every kind of reply, some in more than one situation."""
    confirmed, waitlisted = SeatState.CONFIRMED, SeatState.WAITLISTED
    one = registration(event, confirmed)
    two = registration(event, confirmed, confirmed)
    part = registration(event, confirmed, waitlisted)
    wait = registration(event, waitlisted, waitlisted)
    none = registration(event, SeatState.CANCELLED)
    words = "Kan ik ook met de trein komen?"
    kinds: list[tuple[ReplyKind, Facts]] = [
        (ReplyKind.CONFIRMED, Facts(two, gained=two.seats, first_answer=True, question_passed_on=True)),
        (ReplyKind.CONFIRMED, Facts(_silent(one), gained=one.seats, asks_involvement=True)),
        (ReplyKind.WAITLISTED, Facts(wait, 3, waiting=wait.seats, first_answer=True)),
        (ReplyKind.WAITLISTED, Facts(part, 2, waiting=part.waiting, asks_involvement=True)),
        (ReplyKind.PROMOTED, Facts(two, gained=two.seats)),
        (ReplyKind.CANCELLED, Facts(none, lost=none.seats)),
        (ReplyKind.CANCELLED, Facts(two, lost=none.seats, asks_who=True)),
        (ReplyKind.CHANGED, Facts(two, changes=_changes())),
        (ReplyKind.STATUS, Facts(part, 2)),
        (ReplyKind.STATUS, Facts(wait, 2)),
        (ReplyKind.INCOMPLETE, Facts(_silent(wait), 3, waiting=wait.seats, first_answer=True)),
        (ReplyKind.PARTY, Facts(replace(wait, in_review=True), waiting=wait.seats)),
        (ReplyKind.PARTY, Facts(part, 2, asked=2)),
        (ReplyKind.CANCELLED, Facts(replace(wait, in_review=True), lost=none.seats)),
        (ReplyKind.QUESTION, Facts(free=3, question_passed_on=True, first_answer=True, understood=words)),
        (ReplyKind.QUESTION, Facts(two, question_passed_on=True, understood=words)),
        (ReplyKind.UNCLEAR, Facts(understood=words, first_answer=True)),
        (ReplyKind.UNCLEAR, Facts(two, asks_who=True, understood=words)),
        (ReplyKind.NOT_FOUND, Facts(understood=words, question_passed_on=True)),
        (ReplyKind.EARLY, Facts(understood=words)),
        (ReplyKind.OVER, Facts(understood=words)),
    ]
    for kind, facts in kinds:
        ref = facts.registration.ref if facts.registration else ""
        yield Reply(kind, _ADDRESS, "Jo van der Meer", language, facts, ref, kind is not ReplyKind.PROMOTED)


def problems(templates: Templates, event: Event) -> list[str]:
    """What stands in the way of writing this event's mails, a line each: templates that are missing in
    one of its languages, and templates that fail, with the reason. Empty if all is well."""
    wanted = tuple(dict.fromkeys((event.language, *event.languages)))
    found = [f"{lang}/{kind}: a template is missing" for lang, kind in templates.missing(wanted)]
    for language in (*wanted, *sorted({"de", "fr", "en"} - set(wanted))):
        for reply in replies(event, language):
            for now in (_before(event), event.ends):
                try:
                    compose(reply, event, templates, secret=b"check", cause="check", now=now)
                except MailflowError as err:
                    found.append(str(err))
    for page in _pages(event, templates):
        try:
            page()
        except MailflowError as err:
            found.append(str(err))
    return list(dict.fromkeys(found))


def digest(event: Event, *, troubled: bool) -> Digest:
    """A page of the day: a quiet one, or one on which everything stands that can."""
    now = _before(event)
    arrival = now - timedelta(hours=9)
    coming = registration(event, SeatState.CONFIRMED, SeatState.WAITLISTED)
    roster = Roster(event, event.capacity, event.held, b"check", (coming,))
    quiet = Digest(
        day=now.date(),
        now=now,
        since=None,
        roster=roster,
        confirmed=1,
        offered=0,
        waitlisted=1,
        cancelled=0,
        new=(coming,),
        journal=(),
        waitlist=(coming,),
        review=(),
        missing_involvement=(),
        failed=(),
        counts=LedgerCounts(),
        unaccounted=0,
        last_good_poll=now,
        by_project=bars_by_project(roster),
        by_workshop=bars_by_workshop(roster),
    )
    if not troubled:
        return quiet
    return replace(
        quiet,
        since=now - timedelta(days=1),
        journal=(JournalLine(arrival, "participant", "cancelled, 1 seat(s)", coming.ref),),
        review=(ReviewItem(1, arrival, "question", coming.ref, "Is er een lift?", _ADDRESS),),
        missing_involvement=(coming,),
        failed=(FailedMail(_ADDRESS, "confirmed", coming.ref, "550 no such user", arrival),),
        counts=LedgerCounts({Bucket.IGNORED: 1}, {"duplicate": 1}, open_review=1, pending=1),
        unaccounted=1,
        last_good_poll=None,
        why_waiting="1:2",
        in_doubt=(DoubtfulMail(_ADDRESS, "promoted", coming.ref, arrival),),
        troubles=(StandingTrouble("smtp", "mail.example:465: connection refused", arrival),),
    )


def _pages(event: Event, templates: Templates) -> Iterator[Callable[[], object]]:
    """Each way to make an organisers' mail, as something to try."""
    for language in dict.fromkeys((event.language, *event.languages)):
        spoken = replace(event, language=language)
        for troubled in (False, True):
            page = digest(spoken, troubled=troubled)
            yield partial(digest_mail, page, templates, recipient=_ADDRESS, secret=b"check", cause="check")
        for what in ("mailbox", "smtp", "other"):
            yield partial(
                alarm_mail,
                spoken,
                templates,
                recipient=_ADDRESS,
                what=what,
                since=_before(event),
                now=_before(event),
                secret=b"check",
                cause="check",
            )


def _before(event: Event) -> datetime:
    return event.starts - timedelta(days=20)


def _silent(party: Registration) -> Registration:
    return replace(party, involvement=None, projects=(), workshops=(), organisation=None)


def _changes() -> tuple[Change, ...]:
    return (
        Change("organisation", "", "Gemeente Westerdijk"),
        Change("name", "Sanne Wit", "Sanne de Wit"),
        Change("workshops", "1: BART!", "1: BART!; 2: Spaanse Polder"),
    )
