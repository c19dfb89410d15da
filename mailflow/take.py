"""Stops 2 to 6 for the messages at hand: parse, triage, understand; in one transaction decide and record.

Shared by the three ways a message comes in: a poll, `ingest`, and the rehearsal that is undone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailflow.core import thread
from mailflow.core.contact import contact_key
from mailflow.core.decide import decide
from mailflow.core.effects import Effect, Erase, Limits, Record, Reply, Review, Settle
from mailflow.core.ledger import Bucket, Handled, JournalLine, Slot
from mailflow.core.model import Person, Roster
from mailflow.core.outcome import follow
from mailflow.core.requests import CalendarReply, Chatter, FromMail, Sender, Undeliverable
from mailflow.errors import TemporaryFailure, Unreadable
from mailflow.faults import report_fault
from mailflow.ports import Step
from mailflow.reading import away, bounce, second_look
from mailflow.reading.addresses import is_usable
from mailflow.reading.as_json import as_json
from mailflow.reading.model import Intent, Kind, Mail, Reading
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.triage import SPAM
from mailflow.reading.understand import read
from mailflow.record import Cause, Desk, carry_out

_REMEMBERED = timedelta(days=14)  # reports that failed for now, longer ago than this, count no more
ATTEMPTS = 3  # failures, after which a message is set aside (rules I8)
# So often it may be in hand when the worker dies. Twice as many: who pulls the plug is seldom the mail, and a
# worker that is killed soon after each start has the same mail in hand each time.
DEATHS = 6

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
    if message.attempts > DEATHS:
        return Understood(message, Mail(), Reading(), f"the worker died {DEATHS} times with it in hand")
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
        report_fault(message.slot.key, err, "could not be read")
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
                report_fault(one.message.slot.key, err, "failed")
                failure = type(err).__name__
        failed.append(Failed(one.message, one.mail.subject[:200], failure))
        if one.message.attempts >= ATTEMPTS:
            done.append(_set_aside(step, one, failure, now))
    return done, failed


def _take(
    desk: Desk, step: Step, roster: Roster, one: Understood, now: datetime, *, silent: bool
) -> tuple[Taken, Roster]:
    """Decide on one message and write all that follows from it."""
    message, mail, slot = one.message, one.mail, one.message.slot
    reading = replace(one.reading, people=tuple(_with_usable_address(p) for p in one.reading.people))
    asked = request(
        reading, mail, key=slot.key, arrival=message.arrival, uid=slot.uid, secret=desk.secret, ours=desk.ours
    )
    asked = asked or _complaint(desk, message, mail)
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
            _note_absence(desk, step, roster, one, now)
    else:
        if isinstance(asked, Undeliverable):
            asked = _looked_up(desk, asked, step, now)
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
        # Also of what is ignored: whoever is forgotten is forgotten there too.
        sender=asked.sender.contact if asked else contact_key(mail.sender.email) if mail.sender else "",
        subject=mail.subject[:200],
        reading=_kept(reading),
        ref=next(
            (e.ref for e in effects if not isinstance(e, (Record, Limits, Erase, Settle)) and e.ref), ""
        ),
    )
    step.finish(handled, now)
    answers_ours = asked is not None and asked.sender.thread is not None
    return Taken(handled, reading, tuple(effects), tuple(queued), answers_ours), follow(roster, effects)


def _note_absence(desk: Desk, step: Step, roster: Roster, one: Understood, now: datetime) -> None:
    """An absence notice changes nothing; until when is noted, and where seats are offered to whoever sent it,
    a person may call."""
    mail = one.mail
    found = roster.of_contact(contact_key(mail.sender.email)) if mail.sender else None
    if found is None:
        return
    lexicon, today = desk.lexicon, one.message.arrival.date()
    back = away.until(mail, lexicon.triage.until, lexicon.names.grammar.days, today)
    what = "an absence notice came while an offer stands" if found.offer else "an absence notice came"
    if found.offer or back:
        words = f"until {back.isoformat()}" if back else ""
        step.note(JournalLine(now, "mailflow", what, found.ref, one.message.slot.key, words))


def _complaint(desk: Desk, message: Incoming, mail: Mail) -> Undeliverable | None:
    """Who calls our mail spam gets no more of it, as if it had come back: a person is told."""
    about = bounce.complaint_about(mail, message.raw or b"")
    ours = thread.find(desk.secret, desk.ours.domain, about)
    if ours is None:
        return None
    slot = message.slot
    who = Sender(slot.key, "", "", "", None, message.arrival, slot.uid, thread=ours)
    return Undeliverable(who, "", ours.message_id, permanent=True)


def _with_usable_address(person: Person) -> Person:
    """Without what the mail gives as their address where nothing can be sent there."""
    return person if person.email is None or is_usable(person.email) else replace(person, email=None)


def _looked_up(desk: Desk, report: Undeliverable, step: Step, now: datetime) -> Undeliverable:
    """The report, about the address that we really wrote to and the registration our mail was about: a
    forged one gives nobody else's up."""
    recipient = contact_key(step.recipient_of(report.message_id))
    since = step.failing_since(recipient, now - _REMEMBERED)
    about = replace(report.sender, thread=thread.find(desk.secret, desk.ours.domain, report.message_id))
    return replace(report, sender=about, recipient=recipient, failing_since=since)


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
