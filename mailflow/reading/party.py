"""Stop 4, the party: whom a mail is about and how many seats that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailflow.core.contact import fold_name
from mailflow.core.model import Person


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a mail is about. `total`: `seats` is said to be the number of the whole party."""

    people: tuple[Person, ...] = ()
    seats: int | None = 1
    total: bool = False
    stays: tuple[str, ...] = ()  # of a party of which others leave: who is said to come all the same

    def without(self, names: Sequence[str]) -> Party:
        """The party less those of it who are called so, and their seats."""
        gone = {fold_name(n) for n in names}
        people = tuple(p for p in self.people if fold_name(p.name) not in gone)
        fewer = len(self.people) - len(people)
        return replace(self, people=people, seats=self.seats and max(1, self.seats - fewer))
