"""Stop 5, one for another: the seat stays, the person changes; nothing is released (rules: substitution).

The old person's row becomes `substituted`. Where the newcomer's address is given and it is the
contact's own seat, the newcomer holds the registration from then on, under the same reference.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.contact import contact_key, fold_name, same_person
from mailflow.core.details import who_is
from mailflow.core.effects import Change, Facts, ReplyKind
from mailflow.core.growing import offer_or_seat, seats_for
from mailflow.core.identity import belongs, holder, is_certain, verify
from mailflow.core.leaving import give_up, not_found
from mailflow.core.matters import Invitation
from mailflow.core.model import Person, Registration, Roster, Seat, SeatState
from mailflow.core.outcome import Outcome
from mailflow.core.registering import register
from mailflow.core.requests import Register, Sender, Substitute


def substitute(outcome: Outcome, request: Substitute) -> None:
    """Somebody else comes in a person's place."""
    sender = request.sender
    registration = _whose(outcome.roster, request)
    if registration is None and request.leaving and _is_the_writer(request):
        # In the place of somebody who has none here: they want to come all the same.
        wants = Register(
            sender, 1, request.coming, False, request.organisation, request.involvement,
            has_question=request.has_question,
        )  # fmt: skip
        register(outcome, wants, outcome.now)
        return
    if registration is None:
        not_found(outcome, sender, "wanted to replace somebody in a registration that is not there")
        return
    leaving = _leaving(registration, request)
    coming = request.coming[0] if len(request.coming) == 1 else None
    seated = coming is not None and has_a_seat(outcome, registration, coming)
    if leaving is None or coming is None or seated or outcome.roster.event.substitution == "organiser":
        _ask(outcome, sender, registration)
        return
    if not is_certain(outcome.roster, registration, sender):
        verify(
            outcome, registration, sender, "substitute", (leaving.place,), coming,
            question=request.has_question,
        )  # fmt: skip
        return
    registration, changes = _details(registration, request)
    exchange(outcome, registration, leaving, coming, sender, changes, question=request.has_question)


def exchange(
    outcome: Outcome,
    registration: Registration,
    leaving: Seat,
    coming: Person,
    sender: Sender,
    changes: tuple[Change, ...] = (),
    *,
    question: bool = False,
) -> None:
    """Do it, and tell who asked, who comes (where an address is given) and who leaves."""
    if has_a_seat(outcome, registration, coming):  # since the holder was asked
        _ask(outcome, sender, registration)
        return
    if question:
        outcome.review("question", sender, registration.ref)
    if outcome.roster.event.substitution == "via_waitlist":
        _by_the_list(outcome, registration, leaving, coming, sender, changes, question=question)
        return
    _leaves_the_list(outcome, coming, sender)
    before = registration
    after, moves = swap(outcome, registration, leaving, coming)
    outcome.note("somebody else comes on the same seat", after.ref, sender.words)
    _told(outcome, before, leaving, coming, sender, changes, moves=moves, question=question)


def swap(
    outcome: Outcome, registration: Registration, leaving: Seat, coming: Person
) -> tuple[Registration, bool]:
    """The seat with its new person, recorded; and whether the newcomer holds the registration now."""
    place = max(s.place for s in registration.seats) + 1
    gone = leaving.become(SeatState.SUBSTITUTED, outcome.now)
    newcomer = replace(leaving, place=place, name=coming.name, email=coming.email)
    after = registration.with_seats((gone, newcomer))
    if offer := after.offer:  # an offer stands for the seat, whoever sits on it
        places = tuple(place if p == leaving.place else p for p in offer.places)
        after = after.with_offer(replace(offer, places=places))
    own_seat = len(registration.alive) == 1 or same_person(leaving.name, registration.name)
    moves = bool(coming.email) and own_seat and contact_key(coming.email or "") != registration.contact
    if moves:
        address = coming.email or ""
        after = replace(after, contact=contact_key(address), address=address, name=coming.name)
    elif own_seat and len(registration.alive) == 1:
        after = replace(after, name=registration.name or coming.name)
    after = replace(after, pending=None)
    outcome.record(after)
    return after, moves


def _told(
    outcome: Outcome,
    before: Registration,
    leaving: Seat,
    coming: Person,
    sender: Sender,
    changes: tuple[Change, ...],
    *,
    moves: bool,
    question: bool,
) -> None:
    """The answer to who asked; a mail to who comes, with an invitation of their own; and one to who leaves,
    with a CANCEL for the calendar."""
    registration, away, sequence = _invitation_ends(outcome, before, moves=moves)
    facts = replace(outcome.facts(registration), coming=coming.name, leaving=leaving.name)
    answered = replace(
        facts,
        understood=sender.words,
        changes=(Change("name", leaving.name, coming.name), *changes),
        asks_involvement=outcome.asks_involvement(registration),
        question_passed_on=question,
    )
    of_holder = sender.contact == before.contact
    to_holder = replace(facts, calendar=away, sequence=sequence)
    if moves and not of_holder:  # also where the one who leaves has asked for it, as somebody's guest
        outcome.tell(ReplyKind.HANDED_OVER, before, to_holder)
    elif not of_holder and sender.contact != contact_key(leaving.email or ""):
        outcome.tell(ReplyKind.HANDED_OVER, replace(before, address=leaving.email or before.address), facts)
    if coming.email and sender.contact == contact_key(coming.email):
        outcome.answer(ReplyKind.TAKEN_OVER, sender, replace(answered, kept=registration.held))
    else:
        if of_holder:
            answered = replace(answered, calendar=away, sequence=sequence)
        # Who has handed their own registration over is of the party no more: nothing of it is theirs to read.
        gone = moves and of_holder
        outcome.answer(ReplyKind.HANDED_OVER if gone else ReplyKind.CHANGED, sender, answered)
        _tell_newcomer(outcome, registration, coming, facts)


def _invitation_ends(outcome: Outcome, before: Registration, *, moves: bool) -> tuple[Registration, str, int]:
    """The registration as recorded; the calendar part that goes to the old holder, and its SEQUENCE."""
    invitation = before.invitation
    away, sequence = "", invitation.sequence
    if moves and invitation.live and outcome.roster.event.calendar != "off":
        away, sequence = "cancel", sequence + 1
    registration = outcome.roster.by_ref(before.ref)
    assert registration is not None, "it was recorded"  # noqa: S101 - for the type checker
    if moves:  # the old holder's calendar is done with; the newcomer's begins above its SEQUENCE
        registration = replace(registration, invitation=Invitation(sequence))
        outcome.record(registration)
    return registration, away, sequence


def replace_by_hand(outcome: Outcome, before: Registration, leaving: Seat, coming: Person) -> None:
    """The organiser's hand: the holder, whoever comes and whoever leaves are told, by what addresses there
    are. The caller has seen that the newcomer has no seat."""
    for other, seat in _elsewhere(outcome, coming) if coming.email else ():
        give_up(outcome, outcome.roster.by_ref(other.ref) or other, (seat,))
        outcome.note("left the waitlist: comes in another's place", other.ref)
    _, moves = swap(outcome, before, leaving, coming)
    registration, away, sequence = _invitation_ends(outcome, before, moves=moves)
    facts = replace(
        outcome.facts(registration), coming=coming.name, leaving=leaving.name, by_hand="substitute"
    )
    told = replace(facts, calendar=away, sequence=sequence)
    if moves:
        outcome.tell(ReplyKind.HANDED_OVER, before, told)
    else:
        changes = (Change("name", leaving.name, coming.name),)
        outcome.tell(ReplyKind.CHANGED, before, replace(told, changes=changes))
        if leaving.email and contact_key(leaving.email) != before.contact:
            outcome.tell(ReplyKind.HANDED_OVER, replace(before, address=leaving.email), facts)
    _tell_newcomer(outcome, registration, coming, facts)


def _tell_newcomer(outcome: Outcome, registration: Registration, coming: Person, facts: Facts) -> None:
    if coming.email:
        key = contact_key(coming.email)
        to_them = replace(registration, address=coming.email, contact=key, name=coming.name)
        kept = tuple(s for s in registration.held if s.name == coming.name)
        outcome.tell(ReplyKind.TAKEN_OVER, to_them, replace(facts, kept=kept))


def _by_the_list(
    outcome: Outcome,
    registration: Registration,
    leaving: Seat,
    coming: Person,
    sender: Sender,
    changes: tuple[Change, ...],
    *,
    question: bool,
) -> None:
    """Where the event wills it so: the seat is given up, and who comes stands at the end of the list."""
    after = give_up(outcome, registration, (leaving,))
    added = seats_for([coming], 1, sender, first_place=len(after.seats) + 1)
    after = after.with_seats(added)
    outcome.record(after)
    outcome.note("a seat was given up, and somebody else asked for one", after.ref, sender.words)
    after = offer_or_seat(outcome, after)
    theirs = [s for s in after.seats if s.place == added[0].place]
    facts = replace(
        outcome.facts(after, sender),
        lost=tuple(s for s in after.seats if s.place == leaving.place),
        waiting=tuple(s for s in theirs if s.state is SeatState.WAITLISTED),
        gained=tuple(s for s in theirs if s.state is SeatState.CONFIRMED),
        changes=changes,
        question_passed_on=question,
    )
    outcome.answer(ReplyKind.CHANGED, sender, facts)


def _ask(outcome: Outcome, sender: Sender, registration: Registration) -> None:
    outcome.note("a replacement that a person must look at", registration.ref, sender.words)
    outcome.review("unclear", sender, registration.ref)
    known = belongs(registration, sender)
    facts = outcome.facts(registration, sender) if known else Facts(understood=sender.words)
    outcome.answer(ReplyKind.UNCLEAR, sender, replace(facts, question_passed_on=True))


def _is_the_writer(request: Substitute) -> bool:
    """True if it is the writer who comes in another's place."""
    return any(
        contact_key(p.email or "") == request.sender.contact or same_person(p.name, request.sender.name)
        for p in request.coming
    )


def _whose(roster: Roster, request: Substitute) -> Registration | None:
    """The registration it speaks of; where the newcomer writes, that of the one person named as leaving."""
    own = holder(roster, request.sender)
    if own is not None and not (_is_the_writer(request) and request.leaving):
        return own
    leaving = {fold_name(name) for name in request.leaving}
    named = {r.ref: r for r, s in roster.seats() if s.alive and fold_name(s.name) in leaving - {""}}
    if len(named) == 1:
        return next(iter(named.values()))
    return own


def _leaving(registration: Registration, request: Substitute) -> Seat | None:
    alive = registration.alive
    if request.leaving:
        named = [s for s in alive if any(same_person(s.name, n) for n in request.leaving)]
        return named[0] if len(named) == 1 else None
    if len(alive) == 1:
        return alive[0]
    own = [s for s in alive if same_person(s.name, request.sender.name)]
    return own[0] if len(own) == 1 else None


def _details(registration: Registration, request: Substitute) -> tuple[Registration, tuple[Change, ...]]:
    changes: list[Change] = []
    if request.organisation and request.organisation != registration.organisation:
        changes.append(Change("organisation", registration.organisation or "", request.organisation))
        registration = replace(registration, organisation=request.organisation)
    if request.involvement and request.involvement != registration.involvement:
        changes.append(Change("involvement", registration.involvement or "", request.involvement))
        registration = replace(registration, involvement=request.involvement)
    return registration, tuple(changes)


def _elsewhere(outcome: Outcome, coming: Person) -> list[tuple[Registration, Seat]]:
    """The living seats of the newcomer in registrations of their own: by the address, else by the name."""
    email = contact_key(coming.email) if coming.email else ""
    return [
        (r, s)
        for r, s in outcome.roster.seats()
        if s.alive
        and (
            (email and email in {r.contact if len(r.alive) == 1 else "", contact_key(s.email or "")})
            or (not email and coming.name and fold_name(s.name) == fold_name(coming.name))
        )
    ]


def has_a_seat(outcome: Outcome, registration: Registration, coming: Person) -> bool:
    """Who has a seat already cannot take another's too, nor can who speaks for a party of their own: of
    one address there is one registration."""
    if who_is(coming.name, registration.alive) or any(s.holds for _, s in _elsewhere(outcome, coming)):
        return True
    own = outcome.roster.of_contact(contact_key(coming.email)) if coming.email else None
    return own is not None and own.ref != registration.ref and len(own.alive) > 1


def _leaves_the_list(outcome: Outcome, coming: Person, sender: Sender) -> None:
    """Who waited for a seat of their own waits no more: they come on this one. An equal name is no proof
    that it is they: then both stand, and a person looks."""
    for registration, seat in _elsewhere(outcome, coming):
        current = outcome.roster.by_ref(registration.ref) or registration
        if not coming.email:
            outcome.note("same name as somebody who comes in another's place", registration.ref)
            outcome.review("same_name", sender, registration.ref)
            continue
        give_up(outcome, current, (seat,))
        outcome.note("left the waitlist: comes in another's place", registration.ref)
