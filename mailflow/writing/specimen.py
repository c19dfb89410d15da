"""Before anything is sent: one invented mail of every kind, to find a template that would fail.

`mailflow check` renders them all; so do the tests. The people are invented and live on `.example`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.core.effects import Change, Facts, Reply, ReplyKind
from mailflow.core.model import Event, Registration, Seat, SeatState
from mailflow.errors import MailflowError
from mailflow.writing.compose import compose
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
    return list(dict.fromkeys(found))


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
