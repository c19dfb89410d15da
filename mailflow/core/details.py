"""Stop 5, details: involvement, organisation, projects, workshop wishes, names; old -> new."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from mailflow.core.contact import fold_name, same_person
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
    return changed, tuple(changes)


def name_guest(
    registration: Registration, people: tuple[Person, ...]
) -> tuple[Registration, tuple[Change, ...]]:
    """Names supplied later or corrected: an unnamed guest gets the name, else the most similar name is
    corrected. A name that fits nobody changes nothing."""
    changes: list[Change] = []
    for person in people:
        if not person.name:
            continue
        seat = _seat_for(registration, person)
        if seat is None or seat.name == person.name:
            continue
        if seat.name and fold_name(person.name) in fold_name(seat.name):
            continue  # "Piet" tells nothing new of "Piet Hoekstra"
        changes.append(Change("name", seat.name, person.name))
        named = replace(seat, name=person.name, email=person.email or seat.email)
        if seat.name and same_person(seat.name, registration.name):
            registration = replace(registration, name=person.name)
        registration = registration.with_seats((named,))
    return registration, tuple(changes)


def _seat_for(registration: Registration, person: Person) -> Seat | None:
    alive = registration.alive
    exact = [s for s in alive if s.name and same_person(s.name, person.name)]
    if exact:
        return exact[0]
    unnamed = [s for s in alive if not s.name]
    if unnamed:
        return unnamed[0]
    scored = sorted(((_likeness(s.name, person.name), s.place, s) for s in alive), reverse=True)
    if scored and scored[0][0] >= SIMILAR and (len(scored) == 1 or scored[1][0] < SIMILAR):
        return scored[0][2]
    return None


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, fold_name(one), fold_name(other), autojunk=False).ratio()


def _project_names(event: Event, ids: tuple[str, ...]) -> str:
    return ", ".join(p.name if (p := event.project(i)) else i for i in ids)


def wishes(event: Event, workshops: tuple[tuple[int, str], ...]) -> str:
    """The workshop wishes in one line: "1: BART!; 2: Spaanse Polder"."""
    return "; ".join(f"{number}: {p.name if (p := event.project(i)) else i}" for number, i in workshops)
