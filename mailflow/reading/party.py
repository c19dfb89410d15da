"""Stop 4, the party: whom a mail is about and how many seats that is."""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.core.model import Person


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a mail is about. `total`: `seats` is said to be the number of the whole party."""

    people: tuple[Person, ...] = ()
    seats: int | None = 1
    total: bool = False
    stays: tuple[str, ...] = ()  # of a party of which others leave: who is said to come all the same
