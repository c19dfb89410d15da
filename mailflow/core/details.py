"""Stop 5, details: involvement, organisation, projects, workshop wishes, names; old -> new."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from mailflow.core.contact import fold_name, is_fuller, same_person
from mailflow.core.effects import Change
from mailflow.core.model import Event, Person, Registration, Seat
from mailflow.core.requests import Amend, Register

SIMILAR = 0.6  # "Jamila Bouzit" and "Djamila Bouzid" are 0.89; two other people's names rarely pass 0.5


def apply_details(
    event: Event, registration: Registration, request: Register | Amend
) -> tuple[Registration, tuple[Change, ...]]:
    """The registration with the details the mail states, and what that changed. The unsaid stays."""
    changes: list[Change] = []
    changed = registration

    def note(what: str, old: str, new: str) -> None:
        changes.append(Change(what, old, new))

    if request.organisation and request.organisation != registration.organisation:
        note("organisation", registration.organisation or "", request.organisation)
        changed = replace(changed, organisation=request.organisation)
    if request.involvement and request.involvement != registration.involvement:
        note("involvement", registration.involvement or "", request.involvement)
        changed = replace(changed, involvement=request.involvement)
    if request.projects and set(request.projects) - set(registration.projects):
        merged = tuple(dict.fromkeys((*registration.projects, *request.projects)))
        note("projects", _project_names(event, registration.projects), _project_names(event, merged))
        changed = replace(changed, projects=merged)
    if request.workshops:
        wished = dict(registration.workshops) | dict(request.workshops)
        merged_wishes = tuple(sorted(wished.items()))
        if merged_wishes != registration.workshops:
            note("workshops", wishes(event, registration.workshops), wishes(event, merged_wishes))
            changed = replace(changed, workshops=merged_wishes)
    if request.together and not registration.together:
        note("together", "", "yes")
        changed = replace(changed, together=True)
    return changed, tuple(changes)


def fill_guests(
    registration: Registration, people: tuple[Person, ...]
) -> tuple[Registration, tuple[Change, ...], list[Person]]:
    """Names for unnamed guests. The registration with them, what changed, and the people named in the
    mail who have no seat in it yet. A fuller writing of a name that is known replaces it."""
    changes: list[Change] = []
    new: list[Person] = []
    for person in people:
        if not person.name:
            continue
        seats = who_is(person.name, registration.alive)
        unnamed = [s for s in registration.alive if not s.name]
        if not seats and not unnamed:
            new.append(person)
        elif not seats:
            changes.append(Change("name", "", person.name))
            registration = _renamed(registration, unnamed[0], person)
        elif len(seats) == 1 and is_fuller(person.name, seats[0].name):
            changes.append(Change("name", seats[0].name, person.name))
            registration = _renamed(registration, seats[0], person)
    return registration, tuple(changes), new


def correct_names(
    registration: Registration, people: list[Person]
) -> tuple[Registration, tuple[Change, ...], list[Person]]:
    """Names corrected: the one seat whose name is most like it takes the new writing. The registration,
    what changed, and those whose name is like nobody's."""
    changes: list[Change] = []
    unplaced: list[Person] = []
    for person in people:
        scored = sorted(
            ((_likeness(s.name, person.name), s.place, s) for s in registration.alive), reverse=True
        )
        clear = scored and scored[0][0] >= SIMILAR and (len(scored) == 1 or scored[1][0] < SIMILAR)
        if not clear:
            unplaced.append(person)
            continue
        seat = scored[0][2]
        changes.append(Change("name", seat.name, person.name))
        registration = _renamed(registration, seat, person)
    return registration, tuple(changes), unplaced


def who_is(name: str, seats: tuple[Seat, ...]) -> list[Seat]:
    """The seats of whom that can be the name: those written just so, else those it may stand for."""
    exact = [s for s in seats if s.name and fold_name(s.name) == fold_name(name)]
    return exact or [s for s in seats if s.name and same_person(s.name, name)]


def _renamed(registration: Registration, seat: Seat, person: Person) -> Registration:
    if seat.name and same_person(seat.name, registration.name):
        registration = replace(registration, name=person.name)
    return registration.with_seats((replace(seat, name=person.name, email=person.email or seat.email),))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, fold_name(one), fold_name(other), autojunk=False).ratio()


def _project_names(event: Event, ids: tuple[str, ...]) -> str:
    return ", ".join(p.name if (p := event.project(i)) else i for i in ids)


def wishes(event: Event, workshops: tuple[tuple[int, str], ...]) -> str:
    """The workshop wishes in one line: "1: BART!; 2: Spaanse Polder"."""
    return "; ".join(f"{number}: {p.name if (p := event.project(i)) else i}" for number, i in workshops)
