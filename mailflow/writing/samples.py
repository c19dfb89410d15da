"""Before anything is sent: invented people and what could be told them, every kind in its situations.

They live on `.example`; `specimen.py` writes each of these mails to find a template that would fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.core.effects import Change, Facts, Reply, ReplyKind
from mailflow.core.matters import Invitation, Offer
from mailflow.core.model import HOLDS_A_SEAT, Event, Registration, Seat, SeatState

ADDRESS = "jo.vandermeer@gemeente-westerdijk.example"
_OF_OUR_OWN_ACCORD = frozenset(
    {
        ReplyKind.PROMOTED,
        ReplyKind.LAPSED,
        ReplyKind.VERIFY,
        ReplyKind.TAKEN_OVER,
        ReplyKind.HANDED_OVER,
        ReplyKind.INVOLVEMENT,
        ReplyKind.RECONFIRM,
        ReplyKind.REMINDER,
        ReplyKind.STILL_WAITING,
    }
)


def registration(event: Event, *states: SeatState) -> Registration:
    """A party with a seat of each of these states: the contact, then an unnamed guest, then a colleague."""
    arrival = event.starts - timedelta(days=30)
    names = ("Jo van der Meer", "", "Sanne de Wit", "Ahmed El Amrani")
    seats = tuple(
        Seat(n + 1, names[n % len(names)], state, arrival, 7, number=n + 1 if state in HOLDS_A_SEAT else None)
        for n, state in enumerate(states)
    )
    first = event.projects[0].id if event.projects else "project"
    return Registration(
        ref=f"{event.reference}-7F3Q",
        contact=ADDRESS,
        address=ADDRESS,
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
        *_offers(event),
        *_calendars(event),
        *_identity(event),
        *_clock(event),
        *_by_hand(event),
    ]
    for kind, facts in kinds:
        ref = facts.registration.ref if facts.registration else ""
        unasked = kind in _OF_OUR_OWN_ACCORD or bool(facts.by_hand)
        yield Reply(kind, ADDRESS, "Jo van der Meer", language, facts, ref, not unasked)


def _by_hand(event: Event) -> Iterator[tuple[ReplyKind, Facts]]:
    """What an organiser did."""
    confirmed, waitlisted = SeatState.CONFIRMED, SeatState.WAITLISTED
    two, wait = registration(event, confirmed, confirmed), registration(event, waitlisted, waitlisted)
    off = registration(event, SeatState.CANCELLED)
    gone = registration(event, SeatState.REMOVED, SeatState.REMOVED)
    yield ReplyKind.CONFIRMED, Facts(two, gained=two.seats, by_hand="accept", asks_involvement=True)
    yield ReplyKind.CONFIRMED, Facts(two, gained=two.seats[1:], by_hand="add", first_answer=True)
    yield ReplyKind.PROMOTED, Facts(two, gained=two.seats, by_hand="accept")
    yield ReplyKind.WAITLISTED, Facts(wait, 4, waiting=wait.seats, by_hand="waitlist")
    yield ReplyKind.CANCELLED, Facts(off, lost=off.seats, by_hand="cancel")
    yield ReplyKind.CANCELLED, Facts(two, lost=off.seats, by_hand="cancel")
    yield ReplyKind.CANCELLED, Facts(gone, lost=gone.seats, by_hand="reject")
    renamed = (Change("name", "Jo van der Meer", "Ada Blom"),)
    yield ReplyKind.CHANGED, Facts(two, changes=renamed, by_hand="substitute")


def _offers(event: Event) -> Iterator[tuple[ReplyKind, Facts]]:
    """Offers of one seat, of all and of some of a party's; what becomes of them and is said meanwhile."""
    confirmed, waitlisted, offered = SeatState.CONFIRMED, SeatState.WAITLISTED, SeatState.OFFERED
    until = before(event) + timedelta(days=2)
    kind = ReplyKind.OFFERED
    for states in ((offered,), (offered, offered), (offered, offered, waitlisted), (confirmed, offered)):
        party = _offering(registration(event, *states), until)
        facts = Facts(party, offered=party.offered, until=until, calendar="request")
        yield kind, facts
        yield kind, replace(facts, first_answer=True, asks_involvement=True)
        for also in (
            ReplyKind.STATUS,
            ReplyKind.QUESTION,
            ReplyKind.UNCLEAR,
            ReplyKind.CHANGED,
            ReplyKind.KEPT,
        ):
            yield also, Facts(party, until=until, question_passed_on=True, understood="Misschien")
        yield (
            ReplyKind.CANCELLED,
            Facts(
                party,
                lost=(replace(registration(event, SeatState.CANCELLED).seats[0], place=9),),
                until=until,
            ),
        )
    added = _offering(registration(event, confirmed, offered, waitlisted), until)
    yield ReplyKind.CONFIRMED, Facts(added, 1, gained=added.seats[:1], until=until)
    yield ReplyKind.WAITLISTED, Facts(added, 1, waiting=added.waiting, until=until)
    yield ReplyKind.PARTY, Facts(added, 1, asked=3, until=until)
    wait = registration(event, waitlisted, waitlisted)
    part = registration(event, confirmed, waitlisted)
    gone = registration(event, SeatState.REMOVED)
    for party, off in ((wait, False), (part, False), (gone, True)):
        position = None if off else 4
        yield ReplyKind.LAPSED, Facts(party, position, waiting=party.waiting, until=until, off_the_list=off)
    declined = tuple(s.become(SeatState.CANCELLED, until) for s in registration(event, offered).seats)
    left = replace(part, seats=(replace(part.seats[0], place=5), *declined))
    yield ReplyKind.CANCELLED, Facts(replace(gone, seats=declined), lost=declined)
    yield ReplyKind.CANCELLED, Facts(left, lost=declined)
    back = tuple(replace(s, was=offered) for s in wait.seats)
    yield ReplyKind.WAITLISTED, Facts(wait, 1, waiting=back)
    yield ReplyKind.STATUS, Facts(wait, 1, waiting=back)


def _calendars(event: Event) -> Iterator[tuple[ReplyKind, Facts]]:
    """A seat that the calendar gave up, or seemed to; one that stays."""
    confirmed, waitlisted = SeatState.CONFIRMED, SeatState.WAITLISTED
    until = before(event) + timedelta(hours=2)
    one, two = registration(event, confirmed), registration(event, confirmed, confirmed)
    for party, seats in ((one, one.seats), (two, two.seats[:1]), (two, two.seats)):
        going = tuple(s.become(SeatState.RELEASE_PENDING, before(event), until=until) for s in seats)
        after = party.with_seats(going)
        yield ReplyKind.RELEASING, Facts(after, until=until)
        yield ReplyKind.STATUS, Facts(after)
        yield ReplyKind.CHANGED, Facts(after, changes=_changes())
        yield ReplyKind.DECLINE_DOUBTED, Facts(party, kept=seats)
        yield ReplyKind.KEPT, Facts(party, kept=seats, calendar="request")
    offered = _offering(registration(event, SeatState.OFFERED), until)
    yield ReplyKind.DECLINE_DOUBTED, Facts(offered, kept=offered.seats, until=until)
    yield ReplyKind.KEPT, Facts(registration(event, waitlisted), 2)
    yield ReplyKind.KEPT, Facts(_silent(registration(event, confirmed, waitlisted)), 2, asks_involvement=True)
    yield ReplyKind.KEPT, Facts(registration(event, SeatState.CANCELLED))


def _identity(event: Event) -> Iterator[tuple[ReplyKind, Facts]]:
    """What is asked of the holder, said to the one who asked, and to those who change places."""
    confirmed, waitlisted = SeatState.CONFIRMED, SeatState.WAITLISTED
    until = before(event) + timedelta(days=2)
    one = registration(event, confirmed)
    two = registration(event, confirmed, confirmed)
    for party in (one, two, registration(event, confirmed, waitlisted)):
        for wish in ("cancel", "substitute", "forget"):
            coming = "Noor Bakker" if wish == "substitute" else ""
            yield ReplyKind.VERIFY, Facts(party, lost=party.seats, until=until, wish=wish, coming=coming)
    yield ReplyKind.HOLDER_ASKED, Facts(understood="Noor komt in de plaats van Jo")
    for states in ((confirmed,), (waitlisted,), (confirmed, waitlisted)):
        party = registration(event, *states)
        facts = Facts(party, 2, gained=party.held, leaving="Ahmed El Amrani", coming="Noor Bakker")
        yield ReplyKind.TAKEN_OVER, replace(facts, calendar="request")
        yield ReplyKind.TAKEN_OVER, replace(facts, leaving="", asks_involvement=True)
    taken = _offering(registration(event, SeatState.OFFERED), until)
    yield ReplyKind.TAKEN_OVER, Facts(taken, leaving="Ahmed El Amrani", until=until)
    yield ReplyKind.HANDED_OVER, Facts(one, coming="Noor Bakker", calendar="cancel")
    yield ReplyKind.HANDED_OVER, Facts()
    invited = replace(taken, heard_at=until, together=True, late=True, invitation=Invitation(0, until, True))
    yield ReplyKind.KNOWN, Facts(invited)
    yield ReplyKind.KNOWN, Facts(registration(event, SeatState.CANCELLED, waitlisted))
    yield ReplyKind.KNOWN, Facts()
    for party in (one, two):
        yield ReplyKind.ERASED, Facts(lost=party.seats)
    yield ReplyKind.ERASED, Facts()


def _clock(event: Event) -> Iterator[tuple[ReplyKind, Facts]]:
    """What the clock has us say of our own accord."""
    confirmed, waitlisted = SeatState.CONFIRMED, SeatState.WAITLISTED
    for states in ((confirmed,), (confirmed, confirmed), (confirmed, waitlisted)):
        party = registration(event, *states)
        position = 2 if party.waiting else None
        yield ReplyKind.INVOLVEMENT, Facts(_silent(party), position, asks_involvement=True)
        yield ReplyKind.REMINDER, Facts(party, position)
        for again in (False, True):
            yield ReplyKind.RECONFIRM, Facts(party, position, again=again)
    wait = registration(event, waitlisted, waitlisted)
    yield ReplyKind.INVOLVEMENT, Facts(_silent(wait), 3, asks_involvement=True)
    yield ReplyKind.REMINDER, Facts(_silent(registration(event, confirmed)), asks_involvement=True)
    for party in (registration(event, waitlisted), wait, registration(event, confirmed, waitlisted)):
        yield ReplyKind.STILL_WAITING, Facts(party, 2)


def before(event: Event) -> datetime:
    """A moment at which everything can still happen."""
    return event.starts - timedelta(days=20)


def _silent(party: Registration) -> Registration:
    return replace(party, involvement=None, projects=(), workshops=(), organisation=None)


def _offering(party: Registration, until: datetime) -> Registration:
    places = tuple(s.place for s in party.offered)
    return party.with_offer(Offer(1, until - timedelta(days=2), until, places, partial=bool(party.waiting)))


def _changes() -> tuple[Change, ...]:
    return (
        Change("organisation", "", "Gemeente Westerdijk"),
        Change("name", "Sanne Wit", "Sanne de Wit"),
        Change("workshops", "1: BART!", "1: BART!; 2: Spaanse Polder"),
    )
