"""Stop 5, in the making: the roster as it will stand, and the effects that bring it there.

Local to one call of `decide`, so the rules can be written in the order in which they are thought.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow.core.contact import contact_key, same_person
from mailflow.core.effects import Effect, Facts, Limits, Note, Record, Reply, ReplyKind, Review
from mailflow.core.model import InvolvementPolicy, Registration, Roster, SeatState
from mailflow.core.requests import Sender
from mailflow.core.waitlist import position

# What puts the event, or the offer of it, into the holder's calendar.
INVITES = frozenset(
    {ReplyKind.CONFIRMED, ReplyKind.PROMOTED, ReplyKind.OFFERED, ReplyKind.TAKEN_OVER, ReplyKind.KEPT}
)


@dataclass(slots=True)
class Outcome:
    """What has been decided so far."""

    roster: Roster
    now: datetime
    effects: list[Effect] = field(default_factory=list)

    def record(self, registration: Registration) -> None:
        """This registration stands so from now on, also for what is decided next.

        Written once where nothing else was decided since: a change of mind within a decision is none.
        """
        self.roster = self.roster.with_registration(registration)
        for index in range(len(self.effects) - 1, -1, -1):
            effect = self.effects[index]
            if isinstance(effect, Record) and effect.registration.ref == registration.ref:
                self.effects[index] = Record(registration)
                return
            if isinstance(effect, (Record, Limits)):
                break
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
        facts = self._with_calendar(kind, sender.contact, facts)
        ref = facts.registration.ref if facts.registration else ""
        language = sender.language or (facts.registration.language if facts.registration else "")
        self.effects.append(
            Reply(kind, sender.address, sender.name, language or self.roster.event.language, facts, ref)
        )

    def tell(self, kind: ReplyKind, registration: Registration, facts: Facts) -> None:
        """A mail of our own accord to a party, in its language; none where it was erased."""
        if not registration.address:
            return
        facts = self._with_calendar(kind, registration.contact, facts)
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

    def _with_calendar(self, kind: ReplyKind, recipient: str, facts: Facts) -> Facts:
        """The facts with the calendar part that goes along to the holder (rules: calendar): a REQUEST where
        a seat is gained or kept, a CANCEL where none is left. Its SEQUENCE is counted here and nowhere else.
        """
        registration = facts.registration and self.roster.by_ref(facts.registration.ref)
        if registration is None or facts.calendar or self.roster.event.calendar == "off":
            return facts
        if contact_key(recipient) != registration.contact:
            return facts
        invitation = registration.invitation
        gained = bool(facts.gained or facts.offered or facts.kept) and kind in INVITES
        if gained and registration.held:
            invitation = replace(invitation, sequence=invitation.sequence + 1, sent_at=self.now, live=True)
            method = "request"
        elif invitation.live and kind is ReplyKind.CANCELLED and facts.lost and _holder_comes(registration):
            # The entry tells how many seats there are.
            invitation = replace(invitation, sequence=invitation.sequence + 1, sent_at=self.now)
            method = "request"
        elif invitation.live and not registration.held:
            invitation = replace(invitation, sequence=invitation.sequence + 1, live=False)
            method = "cancel"
        else:
            return facts
        registration = replace(registration, invitation=invitation)
        self.record(registration)
        return replace(facts, registration=registration, calendar=method, sequence=invitation.sequence)

    def asks_involvement(self, registration: Registration) -> bool:
        """True if the party has not said how it is involved and the event wants to know."""
        return self.roster.event.involvement is not InvolvementPolicy.OFF and not registration.involvement

    def rank(self, registration: Registration) -> int | None:
        """The party's position on the waitlist as decided so far."""
        return position(self.roster, registration.ref)

    def facts(self, registration: Registration | None, sender: Sender | None = None) -> Facts:
        """What any mail about that registration may say, as it stands in the roster now."""
        if registration is not None:
            registration = self.roster.by_ref(registration.ref) or registration
        return Facts(
            registration=registration,
            position=self.rank(registration) if registration else None,
            until=registration.offer.until if registration and registration.offer else None,
            free=self.roster.free,
            understood=sender.words if sender else "",
        )


def _holder_comes(registration: Registration) -> bool:
    """True if a seat is held for the holder, and not for others of the party alone."""
    return any(s.name and same_person(s.name, registration.name) for s in registration.held)


def standing(registration: Registration) -> ReplyKind:
    """The kind of mail that says how a registration stands after seats were asked for."""
    if registration.in_review:
        return ReplyKind.PARTY
    if registration.offer is not None:
        return ReplyKind.OFFERED
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
