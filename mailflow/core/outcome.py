"""Stop 5, in the making: the roster as it will stand, and the effects that bring it there.

Local to one call of `decide`, so the rules can be written in the order in which they are thought.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mailflow.core.effects import Effect, Facts, Limits, Note, Record, Reply, ReplyKind, Review
from mailflow.core.model import InvolvementPolicy, Registration, Roster, SeatState
from mailflow.core.requests import Sender
from mailflow.core.waitlist import position


@dataclass(slots=True)
class Outcome:
    """What has been decided so far."""

    roster: Roster
    effects: list[Effect] = field(default_factory=list)

    def record(self, registration: Registration) -> None:
        """This registration stands so from now on, also for what is decided next."""
        self.roster = self.roster.with_registration(registration)
        self.effects.append(Record(registration))

    def limits(self, limits: Limits) -> None:
        """Capacity and held seats from now on."""
        self.roster = replace(self.roster, capacity=limits.capacity, held=limits.held)
        self.effects.append(limits)

    def note(self, what: str, ref: str = "", words: str = "") -> None:
        """A line for the journal."""
        self.effects.append(Note(what, ref, words))

    def review(self, reason: str, sender: Sender, ref: str = "") -> None:
        """A person must look; at a question, if that is what there is to answer."""
        words = sender.question if reason == "question" and sender.question else sender.words
        self.effects.append(Review(reason, ref, words))

    def answer(self, kind: ReplyKind, sender: Sender, facts: Facts) -> None:
        """The one answer to the mail at hand, in the language it is written in."""
        ref = facts.registration.ref if facts.registration else ""
        language = sender.language or (facts.registration.language if facts.registration else "")
        self.effects.append(
            Reply(kind, sender.address, sender.name, language or self.roster.event.language, facts, ref)
        )

    def tell(self, kind: ReplyKind, registration: Registration, facts: Facts) -> None:
        """A mail of our own accord to a party, in its language."""
        self.effects.append(
            Reply(
                kind,
                registration.address,
                registration.name,
                registration.language,
                facts,
                registration.ref,
                False,
            )
        )

    def asks_involvement(self, registration: Registration) -> bool:
        """True if the party has not said how it is involved and the event wants to know."""
        return self.roster.event.involvement is not InvolvementPolicy.OFF and not registration.involvement

    def rank(self, registration: Registration) -> int | None:
        """The party's position on the waitlist as decided so far."""
        return position(self.roster, registration.ref)


def standing(registration: Registration) -> ReplyKind:
    """The kind of mail that says how a registration stands after seats were asked for."""
    if registration.in_review:
        return ReplyKind.PARTY
    if any(seat.state is SeatState.CONFIRMED for seat in registration.seats):
        return ReplyKind.CONFIRMED
    return ReplyKind.WAITLISTED


def follow(roster: Roster, effects: list[Effect]) -> Roster:
    """The roster as it stands after these effects."""
    for effect in effects:
        if isinstance(effect, Record):
            roster = roster.with_registration(effect.registration)
        elif isinstance(effect, Limits):
            roster = replace(roster, capacity=effect.capacity, held=effect.held)
    return roster
