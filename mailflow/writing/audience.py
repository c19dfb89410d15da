"""Stop 6, to whom what is said: which kinds of mail show a party's details, and to which address."""

from __future__ import annotations

from mailflow.core.contact import contact_key
from mailflow.core.effects import Reply, ReplyKind
from mailflow.core.model import SeatState

# Who may still hope to come is told the programme; a mail about a place not (yet) given keeps to the point.
WITH_PROGRAMME = frozenset(
    {
        ReplyKind.CONFIRMED,
        ReplyKind.PROMOTED,
        ReplyKind.QUESTION,
        ReplyKind.TAKEN_OVER,
        ReplyKind.REMINDER,
    }
)
# These say what came of the mail, in counts, also where they go to an address the party never gave.
TELLS_AN_EFFECT = frozenset(
    {
        ReplyKind.CONFIRMED,
        ReplyKind.WAITLISTED,
        ReplyKind.PROMOTED,
        ReplyKind.CANCELLED,
        ReplyKind.CHANGED,
        ReplyKind.INCOMPLETE,
        ReplyKind.PARTY,
        ReplyKind.OFFERED,
        ReplyKind.LAPSED,
        ReplyKind.RELEASING,
        ReplyKind.DECLINE_DOUBTED,
        ReplyKind.KEPT,
        ReplyKind.TAKEN_OVER,
    }
)
# These go to somebody who is not, or no longer, of the party, whatever their address: no details.
TO_NO_PARTY = frozenset({ReplyKind.HOLDER_ASKED, ReplyKind.HANDED_OVER, ReplyKind.ERASED})
# A word about one matter: what else is noted would bury it. To a substitute it is another's besides.
WITHOUT_DETAILS = frozenset(
    {
        ReplyKind.LAPSED,
        ReplyKind.RELEASING,
        ReplyKind.DECLINE_DOUBTED,
        ReplyKind.KEPT,
        ReplyKind.VERIFY,
        ReplyKind.TAKEN_OVER,
        ReplyKind.INVOLVEMENT,
        ReplyKind.RECONFIRM,
        ReplyKind.STILL_WAITING,
    }
)
# What somebody else may have written is not mailed on, nor what is erased.
WITHOUT_THEIR_WORDS = TO_NO_PARTY - {ReplyKind.HOLDER_ASKED} | {
    ReplyKind.VERIFY,
    ReplyKind.TAKEN_OVER,
    ReplyKind.KNOWN,
}
# These speak of the offer or the release themselves, or of something that leaves no room for it.
OWN_OFFER = TO_NO_PARTY | {ReplyKind.OFFERED, ReplyKind.VERIFY, ReplyKind.KNOWN}
OWN_RELEASE = TO_NO_PARTY | {ReplyKind.RELEASING, ReplyKind.VERIFY, ReplyKind.KNOWN}


def belongs(reply: Reply) -> bool:
    """True if the mail goes to the party itself: its contact, or the address of one of its people.

    A From is easily forged and the answer goes to the Reply-To: anybody else is told what came of
    their mail, but no name and no detail of a registration."""
    registration = reply.facts.registration
    if registration is None or reply.kind in TO_NO_PARTY:
        return False
    # Whose place another has taken is of the party no more.
    people = {s.email for s in registration.seats if s.email and s.state is not SeatState.SUBSTITUTED}
    return contact_key(reply.to) in {contact_key(a) for a in (*people, registration.address)} | {
        registration.contact
    }
