"""Stop 5, who may speak for a registration: what gives a seat away is done at once only for its own
people, known by our token or by the trusted server's word; else its holder is asked first.

From alone proves nothing (rules: identity). Asking costs a mail; believing could cost somebody a seat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mailflow.core.contact import contact_key, fold_name
from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.matters import Pending
from mailflow.core.model import Person, Registration, Roster
from mailflow.core.outcome import Outcome
from mailflow.core.requests import Proof, Sender

ASKED_FOR = timedelta(hours=48)  # then what was asked in the holder's name is dropped


def holder(roster: Roster, sender: Sender) -> Registration | None:
    """The living registration the sender speaks of: that of the contact address, else the one
    below whose mail (with our token) or under whose seats the address stands; else None."""
    own = roster.of_contact(sender.contact)
    if own is not None:
        return own
    if sender.thread is not None:
        answered = roster.by_ref(sender.thread.ref)
        if answered is not None and answered.alive and answered.contact:  # not one that was erased
            return answered
    return next(
        (
            r
            for r in roster.registrations
            for s in r.alive
            if s.email and contact_key(s.email) == sender.contact
        ),
        None,
    )


def named(roster: Roster, people: tuple[Person, ...]) -> Registration | None:
    """The one living registration in which all those people have seats, each by the same full name; None
    where a name is missing, short, or stands in several. Who writes so is no holder: the holder is asked."""
    wanted = {fold_name(p.name) for p in people}
    if not wanted or not all(len(name.split()) > 1 for name in wanted):
        return None
    found = [r for r in roster.registrations if wanted & {fold_name(s.name) for s in r.alive}]
    one = found[0] if len(found) == 1 else None
    return one if one and wanted <= {fold_name(s.name) for s in one.alive} else None


def belongs(registration: Registration, sender: Sender) -> bool:
    """True if the mail comes from the contact's address or that of a person of the registration."""
    people = {contact_key(s.email) for s in registration.alive if s.email}
    return sender.contact == registration.contact or sender.contact in people


def is_certain(roster: Roster, registration: Registration, sender: Sender) -> bool:
    """True if it is one of the registration's people who writes: by the address, and by our token (of
    this registration or an earlier one of the same contact) or the trusted server's word."""
    if not belongs(registration, sender):
        return False
    if sender.proof is Proof.AUTHENTICATED:
        return True
    if sender.proof is not Proof.TOKEN or sender.thread is None:
        return False
    answered = roster.by_ref(sender.thread.ref)
    return answered is not None and (
        answered.ref == registration.ref or answered.contact == registration.contact
    )


def verify(
    outcome: Outcome,
    registration: Registration,
    sender: Sender,
    what: str,
    places: tuple[int, ...],
    coming: Person | None = None,
    *,
    question: bool = False,
) -> None:
    """Ask the holder whether that was asked for; nothing changes until the yes. Whoever wrote hears that.

    One question at a time: a yes to the first must never do what a second mail, forged perhaps, has asked
    since. Then a person looks; any answer to our mail carries the token, and is done at once.
    """
    pending = Pending(
        what,
        outcome.now,
        outcome.now + ASKED_FOR,
        places,
        coming.name if coming else "",
        coming.email if coming else None,
        sender.address,
    )
    if _asks_another(registration.pending, pending):
        outcome.note(
            f"asked for something else while the holder is asked: {what}", registration.ref, sender.words
        )
        outcome.review("question" if question else "unclear", sender, registration.ref)
        own = sender.contact == registration.contact
        facts = outcome.facts(registration, sender) if own else Facts(understood=sender.words)
        outcome.answer(ReplyKind.UNCLEAR, sender, replace(facts, question_passed_on=True))
        return
    registration = replace(registration, pending=pending)
    outcome.record(registration)
    outcome.note(f"asked the holder first: {what}, {len(places)} seat(s)", registration.ref, sender.words)
    if question:
        outcome.review("question", sender, registration.ref)
    facts = replace(
        outcome.facts(registration, sender),
        lost=tuple(s for s in registration.seats if s.place in places),
        wish=what,
        coming=pending.coming,
        until=pending.until,
        question_passed_on=question,
    )
    if sender.contact == registration.contact:
        outcome.answer(ReplyKind.VERIFY, sender, facts)
        return
    outcome.tell(ReplyKind.VERIFY, registration, replace(facts, question_passed_on=False))
    told = Facts(wish=what, question_passed_on=question, until=pending.until, understood=sender.words)
    outcome.answer(ReplyKind.HOLDER_ASKED, sender, told)


def _asks_another(standing: Pending | None, pending: Pending) -> bool:
    """True where another question is still open than this one."""
    if standing is None or standing.until < pending.asked_at:
        return False
    return standing != replace(pending, asked_at=standing.asked_at, until=standing.until, by=standing.by)
