"""Before anything is sent: invented mails of every kind, to find a template that would fail.

`mailflow check` writes them all; so do the tests. Who they are about stands in `samples.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

from mailflow.core.digest import Digest, DoubtfulMail, StandingTrouble, bars_by_project, bars_by_workshop
from mailflow.core.ledger import Bucket, FailedMail, JournalLine, LedgerCounts, ReviewItem
from mailflow.core.model import Event, Roster, SeatState
from mailflow.core.waitlist import Idle
from mailflow.errors import MailflowError
from mailflow.writing.compose import compose
from mailflow.writing.digest_mail import alarm_mail, digest_mail
from mailflow.writing.doorlist import door_list, door_mail
from mailflow.writing.samples import ADDRESS, before, registration, replies
from mailflow.writing.templates import Templates


def problems(templates: Templates, event: Event) -> list[str]:
    """What stands in the way of writing this event's mails, a line each: templates that are missing in
    one of its languages, and templates that fail, with the reason. Empty if all is well."""
    wanted = tuple(dict.fromkeys((event.language, *event.languages)))
    found = [f"{lang}/{kind}: a template is missing" for lang, kind in templates.missing(wanted)]
    for language in (*wanted, *sorted({"de", "fr", "en"} - set(wanted))):
        seen: set[str] = set()
        for reply in replies(event, language):
            # Few words hang on the time: the first mail of each kind is written at all of them.
            later = () if reply.kind in seen else (event.starts - timedelta(days=1), event.ends)
            seen.add(reply.kind)
            for now in (before(event), *later):
                try:
                    compose(reply, event, templates, secret=b"check", cause="check", now=now)
                except MailflowError as err:
                    found.append(str(err))
    for page in _pages(event, templates):
        try:
            page()
        except MailflowError as err:
            found.append(str(err))
    return list(dict.fromkeys(found))


def digest(event: Event, *, troubled: bool) -> Digest:
    """A page of the day: a quiet one, or one on which everything stands that can."""
    now = before(event)
    arrival = now - timedelta(hours=9)
    coming = registration(event, SeatState.CONFIRMED, SeatState.WAITLISTED)
    roster = Roster(event, event.capacity, event.held, b"check", (coming,))
    quiet = Digest(
        day=now.date(),
        now=now,
        since=None,
        roster=roster,
        confirmed=1,
        offered=0,
        waitlisted=1,
        cancelled=0,
        new=(coming,),
        journal=(),
        waitlist=(coming,),
        review=(),
        missing_involvement=(),
        failed=(),
        counts=LedgerCounts(),
        unaccounted=0,
        last_good_poll=now,
        by_project=bars_by_project(roster),
        by_workshop=bars_by_workshop(roster),
    )
    if not troubled:
        return quiet
    return replace(
        quiet,
        since=now - timedelta(days=1),
        journal=(JournalLine(arrival, "participant", "cancelled, 1 seat(s)", coming.ref),),
        review=(ReviewItem(1, arrival, "question", coming.ref, "Is er een lift?", ADDRESS),),
        missing_involvement=(coming,),
        failed=(FailedMail(ADDRESS, "confirmed", coming.ref, "550 no such user", arrival),),
        counts=LedgerCounts({Bucket.IGNORED: 1}, {"duplicate": 1}, open_review=1, pending=1),
        unaccounted=1,
        last_good_poll=None,
        why_waiting=Idle("together", 1, 2, coming.ref),
        in_doubt=(DoubtfulMail(ADDRESS, "promoted", coming.ref, arrival),),
        troubles=(StandingTrouble("smtp", "mail.example:465: connection refused", arrival),),
    )


def _pages(event: Event, templates: Templates) -> Iterator[Callable[[], object]]:
    """Each way to make an organisers' mail, as something to try."""
    for language in dict.fromkeys((event.language, *event.languages)):
        spoken = replace(event, language=language)
        for troubled in (False, True):
            page = digest(spoken, troubled=troubled)
            yield partial(digest_mail, page, templates, recipient=ADDRESS, secret=b"check", cause="check")
            yield partial(_door, page.roster, templates, again=troubled)
        for what in ("mailbox", "smtp", "other"):
            yield partial(
                alarm_mail,
                spoken,
                templates,
                recipient=ADDRESS,
                what=what,
                since=before(event),
                now=before(event),
                secret=b"check",
                cause="check",
            )


def _door(roster: Roster, templates: Templates, *, again: bool) -> object:
    return door_mail(
        door_list(roster, templates),
        templates,
        recipient=ADDRESS,
        now=before(roster.event),
        again=again,
        secret=b"check",
        cause="check",
        sheet=b"",
    )
