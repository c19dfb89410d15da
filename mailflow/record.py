"""Stop 6: carry out effects inside one transaction: rows, answers in their final bytes, journal.

The change and the mail that announces it are written together or not at all (rules I6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

from mailflow.core.contact import LARGE_PROVIDERS
from mailflow.core.effects import Effect, Erase, Limits, Note, Record, Reply, ReplyKind, Review, Settle
from mailflow.core.ledger import JournalLine
from mailflow.core.model import Event
from mailflow.ports import Step
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Ours
from mailflow.writing.compose import compose
from mailflow.writing.message import address
from mailflow.writing.templates import Templates

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_OF_ONE_KIND = (
    3  # answers a day of one kind about one registration; who asks a fourth thing waits for a person
)
# Answers of whatever kind after which all is as it was: two machines can go on so, a person does not.
_CHANGES_NOTHING = tuple(
    kind.value
    for kind in (
        ReplyKind.QUESTION, ReplyKind.UNCLEAR, ReplyKind.NOT_FOUND, ReplyKind.STATUS, ReplyKind.KNOWN,
        ReplyKind.ERASED, ReplyKind.EARLY, ReplyKind.OVER, ReplyKind.HOLDER_ASKED, ReplyKind.VERIFY,
    )
)  # fmt: skip
# What answers a registration and gives no seat; one that tells of a seat is outside every cap anyway.
_FIRST_ANSWERS = frozenset({ReplyKind.EARLY, ReplyKind.OVER, ReplyKind.PARTY, ReplyKind.INCOMPLETE})


@dataclass(frozen=True, slots=True)
class Desk:
    """What the journeys need to work for one event: how to read, how to write, within which limits."""

    event: Event
    lexicon: Lexicon
    templates: Templates
    ours: Ours
    secret: bytes = field(repr=False)
    envelope_from: str | None = None
    batch: int = 50
    max_message_bytes: int = 26_214_400
    answers_per_address_per_day: int = 5
    answers_per_domain_per_day: int = 20


@dataclass(frozen=True, slots=True)
class Cause:
    """What effects follow from: a message (its key, Message-ID, References), or the clock or a hand."""

    key: str
    who: str  # participant, organiser, clock, mailflow
    sender: str = ""  # address as a key
    message_id: str = ""
    references: str = ""
    answerable: bool = True  # False: the gate holds direct answers back, unless a seat was lost or gained
    silent: bool = False  # True: the message itself gets no answer (a back-log answered by hand)


def carry_out(desk: Desk, step: Step, effects: Sequence[Effect], cause: Cause, now: datetime) -> list[Reply]:
    """Write every effect; the replies that were put in the outbox."""
    queued: list[Reply] = []
    for effect in effects:
        match effect:
            case Record():
                step.record(effect.registration)
            case Limits():
                step.limits(effect.capacity, effect.held)
            case Review():
                step.review(effect, effect.about or cause.sender, cause.key, now)
            case Note():
                step.note(JournalLine(now, cause.who, effect.what, effect.ref, cause.key, effect.words))
            case Settle():
                step.settle_about(effect.ref, effect.reason, now)
            case Erase():
                step.erase(effect.contact, now)
            case Reply():
                if _queue(desk, step, effect, cause, now):
                    queued.append(effect)
            case _:
                assert_never(effect)
    return queued


def _queue(desk: Desk, step: Step, reply: Reply, cause: Cause, now: datetime) -> bool:
    recipient = address(reply.to)  # as the outbox knows it: caps count the same address however it is spelled
    withheld = _withheld(desk, step, reply, recipient, cause, now)
    if withheld:
        step.note(
            JournalLine(now, "mailflow", f"answer {reply.kind} withheld: {withheld}", reply.ref, cause.key)
        )
        return False
    first = step.answered(recipient, EVER) == 0
    reply = replace(reply, facts=replace(reply.facts, first_answer=first))
    envelope = compose(
        reply,
        desk.event,
        desk.templates,
        secret=desk.secret,
        cause=f"{cause.key}:{reply.kind}:{recipient.casefold()}",
        now=now,
        in_reply_to=cause.message_id,
        references=cause.references,
        envelope_from=desk.envelope_from,
    )
    if _may_be_withheld(reply, cause) and step.said_before(envelope, now - DAY):
        step.review(Review("answers_capped", reply.ref), cause.sender, cause.key, now)
        same = f"answer {reply.kind} withheld: the same words were sent within a day"
        step.note(JournalLine(now, "mailflow", same, reply.ref, cause.key))
        return False
    return step.queue(envelope, cause.key, now)


def _may_be_withheld(reply: Reply, cause: Cause) -> bool:
    """Not what tells of somebody else's seat, of a seat gained or lost, or that a question was passed on."""
    return bool(reply.in_reply_to) and not reply.facts.tells_of_a_seat and not reply.facts.question_passed_on


def _withheld(desk: Desk, step: Step, reply: Reply, recipient: str, cause: Cause, now: datetime) -> str:
    """Why this answer is not sent; "" if it is. What tells of a seat, and first answers, always go;
    nothing goes to an address that does not exist."""
    if step.given_up(recipient):
        return "mail to this address came back for good"
    if not reply.in_reply_to:  # somebody else's seat: they hear of it, also from a silent back-log
        return ""
    if cause.silent:
        return "told to send nothing"
    if reply.facts.tells_of_a_seat:
        return ""
    if not cause.answerable:
        return "not for an automatic answer"
    if not reply.facts.question_passed_on:  # a question is answered each time, within the cap
        if reply.kind is ReplyKind.STATUS and reply.ref and step.status_mails(reply.ref, now - DAY):
            return "the same status was sent within a day"
        if reply.kind is ReplyKind.OVER and step.answered(recipient, desk.event.starts):
            return "told before that the event is over"
    capped = _capped(desk, step, reply, recipient, now)
    if capped:
        # Whatever is at the other end, a person would have stopped: two machines may be talking.
        step.review(Review("answers_capped", reply.ref), cause.sender, cause.key, now)
    return capped


def _capped(desk: Desk, step: Step, reply: Reply, recipient: str, now: datetime) -> str:
    """Which cap holds, "" for none: they end a talk of two machines even where every detector fails."""
    day_ago = now - DAY
    if step.answered(recipient, day_ago) >= desk.answers_per_address_per_day:
        return f"{desk.answers_per_address_per_day} answers a day to one address"
    if step.answered_so(recipient, str(reply.kind), reply.ref, day_ago) >= _OF_ONE_KIND:
        return f"{_OF_ONE_KIND} answers of one kind a day to one address"
    if step.answered_with(recipient, _CHANGES_NOTHING, now - HOUR) >= _OF_ONE_KIND:
        return f"{_OF_ONE_KIND} answers an hour that change nothing"
    domain = recipient.rpartition("@")[2].casefold()
    first_to_a_registration = reply.kind in _FIRST_ANSWERS and step.answered(recipient, EVER) == 0
    if domain in LARGE_PROVIDERS or first_to_a_registration:
        return ""
    if step.answered_domain(domain, day_ago) >= desk.answers_per_domain_per_day:
        return f"{desk.answers_per_domain_per_day} answers a day to one domain"
    return ""
