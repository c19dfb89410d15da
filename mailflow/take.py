"""Stops 2 to 6 for the messages at hand: parse, triage, understand; in one transaction decide and record.

Shared by the three ways a message comes in: a poll, `ingest`, and the rehearsal that is undone.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailflow.core.contact import contact_key
from mailflow.core.decide import decide
from mailflow.core.effects import Effect, Erase, Limits, Record, Reply, Review
from mailflow.core.ledger import Bucket, Handled, JournalLine, Slot
from mailflow.core.model import Roster
from mailflow.core.outcome import follow
from mailflow.core.requests import CalendarReply, Chatter, FromMail, Undeliverable
from mailflow.errors import MailflowError, TemporaryFailure, Unreadable
from mailflow.ports import Step
from mailflow.reading import second_look
from mailflow.reading.model import Intent, Kind, Mail, Reading
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.triage import SPAM
from mailflow.reading.understand import as_json, read
from mailflow.record import Cause, Desk, carry_out

log = logging.getLogger(__name__)

_REMEMBERED = timedelta(days=14)  # reports that failed for now, longer ago than this, count no more
ATTEMPTS = 3  # then a message is set aside (rules I8)

WISHES = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE, Intent.QUESTION, Intent.UNCLEAR})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message at hand: its place in the ledger, its arrival, its bytes (None: could not be fetched)."""

    slot: Slot
    arrival: datetime
    raw: bytes | None
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one message."""

    handled: Handled
    reading: Reading
    effects: tuple[Effect, ...] = ()
    queued: tuple[Reply, ...] = ()
    answers_ours: bool = False  # it came below a mail of ours, with our token


@dataclass(frozen=True, slots=True)
class Understood:
    """A message after stop 4. `failure`: why it could not be read, None where it could."""

    message: Incoming
    mail: Mail
    reading: Reading
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that could not be taken in, and why; without personal data."""

    message: Incoming
    subject: str
    why: str


def understand(desk: Desk, message: Incoming) -> Understood:
    """Parse and read, before any transaction is open; never raises."""
    if message.attempts > ATTEMPTS:
        return Understood(message, Mail(), Reading(), "it stopped the worker three times")
    if message.raw is None:
        return Understood(message, Mail(), Reading(), "it could not be fetched")
    try:
        if len(message.raw) > desk.max_message_bytes:
            raise Unreadable(f"larger than {desk.max_message_bytes} octets")
        mail = parse(message.raw)
        return Understood(message, mail, read(mail, desk.event, desk.lexicon, desk.ours))
    except Unreadable as err:
        return Understood(message, Mail(), Reading(), str(err))
    except Exception as err:  # noqa: BLE001 - the one place, reading: a bad message fails alone
        _report(message, err, "could not be read")
        return Understood(message, Mail(), Reading(), type(err).__name__)


def take(
    desk: Desk, step: Step, understood: Sequence[Understood], now: datetime, *, silent: bool = False
) -> tuple[list[Taken], list[Failed]]:
    """Decide on each message in its own savepoint: one bad message rolls back alone. What came of those
    that are final now, and which failed (they are tried again, or are among the final ones, set aside)."""
    done: list[Taken] = []
    failed: list[Failed] = []
    roster = step.roster()
    for one in understood:
        slot, failure = one.message.slot, one.failure
        if step.is_final(slot):  # another process was faster, between our listing and this lock
            continue
        if failure is None:
            try:
                with step.savepoint():
                    taken, after = _take(desk, step, roster, one, now, silent=silent)
                roster = after
                done.append(taken)
                continue
            except TemporaryFailure:  # the database's fault, not this message's
                raise
            except Exception as err:  # noqa: BLE001 - the one place, recording: it rolls back alone
                _report(one.message, err, "failed")
                failure = type(err).__name__
        failed.append(Failed(one.message, one.mail.subject[:200], failure))
        if one.message.attempts >= ATTEMPTS:
            done.append(_set_aside(step, one, failure, now))
    return done, failed


def _report(message: Incoming, err: Exception, what: str) -> None:
    # What a library's error says may quote the mail, so only its kind is told; our own hold none of it.
    said = f"{type(err).__name__}: {err}" if isinstance(err, MailflowError) else type(err).__name__
    log.error("message %s %s: %s; raised in %s", message.slot.key, what, said, _place(err))
    for one in _chain(err):  # the way there at DEBUG: lines of code, and no value of any of them
        for frame in traceback.extract_tb(one.__traceback__):
            log.debug("  %s: %s line %s in %s", type(one).__name__, frame.filename, frame.lineno, frame.name)


def _chain(err: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    current: BaseException | None = err
    while current is not None:
        yield current
        current = current.__cause__


def _place(err: Exception) -> str:
    """The deepest line of our own code that led to the first cause: for an error of the database where the
    statement was given, not where its error was put into the words of the house."""
    for one in reversed([*_chain(err)]):
        for frame, line in reversed([*traceback.walk_tb(one.__traceback__)]):
            module = str(frame.f_globals.get("__name__"))
            if module.split(".")[0] == "mailflow":
                return f"{module} line {line}"
    return "no code of ours"


def _take(
    desk: Desk, step: Step, roster: Roster, one: Understood, now: datetime, *, silent: bool
) -> tuple[Taken, Roster]:
    """Decide on one message and write all that follows from it."""
    message, mail, reading = one.message, one.mail, one.reading
    slot = message.slot
    asked = request(
        reading, mail, key=slot.key, arrival=message.arrival, uid=slot.uid, secret=desk.secret, ours=desk.ours
    )
    effects: list[Effect] = []
    queued: list[Reply] = []
    if step.seen_before(mail.message_id, mail.content_hash):
        bucket, reason = Bucket.IGNORED, "duplicate"
    elif asked is None and _wishes_in_vain(reading):
        # Held back by the gate, and still a person who wants something: no machine decides, a person looks.
        bucket, reason = Bucket.REVIEW, "held_back"
        sender = mail.sender.email.casefold() if mail.sender else ""
        step.review(Review(reason, words=f"{reading.reason}: {reading.words}"), sender, slot.key, now)
    elif asked is None:
        bucket, reason = Bucket.IGNORED, reading.reason or str(reading.kind)
        if reading.kind is Kind.AUTO_REPLY:
            _note_absence(step, roster, mail, slot, now)
    else:
        if isinstance(asked, Undeliverable):
            asked = _looked_up(asked, step, now)
        elif isinstance(asked, CalendarReply) and asked.ref:
            asked = replace(asked, invited_at=step.invited_at(asked.ref, now))
        if not isinstance(asked, Undeliverable) and step.given_up(asked.sender.contact):
            step.writes_again(asked.sender.contact, now)
        effects = decide(roster, asked, now)
        cause = Cause(
            key=slot.key,
            who="participant",
            sender=asked.sender.contact,
            message_id=mail.message_id,
            references=mail.references,
            answerable=reading.may_auto_answer,
            silent=silent,
        )
        queued = carry_out(desk, step, effects, cause, now)
        bucket, reason = _bucket(asked, effects)
    handled = Handled(
        slot=slot,
        arrival=message.arrival,
        bucket=bucket,
        reason=reason,
        message_id=mail.message_id,
        content_hash=mail.content_hash,
        sender=asked.sender.contact if asked else "",
        subject=mail.subject[:200],
        reading=_kept(reading),
        ref=next((e.ref for e in effects if not isinstance(e, (Record, Limits, Erase)) and e.ref), ""),
    )
    step.finish(handled, now)
    answers_ours = asked is not None and asked.sender.thread is not None
    return Taken(handled, reading, tuple(effects), tuple(queued), answers_ours), follow(roster, effects)


def _note_absence(step: Step, roster: Roster, mail: Mail, slot: Slot, now: datetime) -> None:
    """An absence notice changes nothing; where seats are offered to whoever sent it, a person may call."""
    away = roster.of_contact(contact_key(mail.sender.email)) if mail.sender else None
    if away is not None and away.offer is not None:
        what = "an absence notice came while an offer stands"
        step.note(JournalLine(now, "mailflow", what, away.ref, slot.key))


def _looked_up(report: Undeliverable, step: Step, now: datetime) -> Undeliverable:
    """The report, about the address that we really wrote to: a forged one gives nobody else's up."""
    recipient = contact_key(step.recipient_of(report.message_id))
    since = step.failing_since(recipient, now - _REMEMBERED)
    return replace(report, recipient=recipient, failing_since=since)


def _wishes_in_vain(reading: Reading) -> bool:
    """True for a person's mail that may not be answered and is not spam, yet asks for something; and for
    one of which words alone leave open who wrote it."""
    spam = (reading.reason or "").startswith(SPAM)
    if second_look.undecided(reading):
        return True
    return reading.kind is Kind.HUMAN and reading.intent in WISHES and not spam


def _bucket(asked: FromMail, effects: Sequence[Effect]) -> tuple[Bucket, str]:
    reviews = [e.reason for e in effects if isinstance(e, Review)]
    if reviews:
        return Bucket.REVIEW, reviews[0]
    answered = any(isinstance(e, Reply) and e.in_reply_to for e in effects)
    if isinstance(asked, (Chatter, CalendarReply)) and not answered:
        return Bucket.IGNORED, "other"
    return Bucket.HANDLED, ""


def _set_aside(step: Step, one: Understood, failure: str, now: datetime) -> Taken:
    """Three strikes: visible, not lost; it goes to the mailbox's review folder for a person."""
    message, mail = one.message, one.mail
    sender = mail.sender.email.casefold() if mail.sender else ""
    step.review(Review("set_aside", words=failure), sender, message.slot.key, now)
    handled = Handled(
        message.slot,
        message.arrival,
        Bucket.SET_ASIDE,
        failure,
        mail.message_id,
        mail.content_hash,
        sender,
        mail.subject[:200],
    )
    step.finish(handled, now)
    return Taken(handled, one.reading)


def _kept(reading: Reading) -> str:
    """The reading as the ledger keeps it: without the mail's whole text, which stays in the mailbox."""
    row = as_json(reading, "")
    for large in ("file", "decoded"):
        row.pop(large, None)
    row["reply_text"] = str(row.get("reply_text", ""))[:2000]
    return json.dumps(row, ensure_ascii=True)
