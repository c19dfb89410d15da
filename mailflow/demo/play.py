"""The main job on embedded servers: mail comes in by SMTP, is read by IMAP, and is answered by SMTP.

The clock is the mails': it stands at each mail's arrival when that mail is read, and the digest goes
out at its hour of each day, so that seven weeks pass in seconds.
"""

from __future__ import annotations

import smtplib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mailflow.config import Deployment, load
from mailflow.core.effects import ReplyKind
from mailflow.core.ledger import Bucket
from mailflow.core.model import Event, Registration
from mailflow.daily import queue_digest
from mailflow.demo.made_up import Known, MadeUp, earlier, goodbye, registrations
from mailflow.demo.servers import AUTHSERV_ID, EmbeddedServers
from mailflow.errors import MailflowError
from mailflow.office import Office, open_offices
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Intent, Kind, Ours
from mailflow.reading.parse import parse
from mailflow.reading.understand import read
from mailflow.receive import Received
from mailflow.shipped import config_dir, sample_mails
from mailflow.take import Taken

FULL_BY = datetime(2018, 11, 5, tzinfo=UTC)
OPENED = datetime(2018, 10, 1, 7, 0, tzinfo=UTC)


class Hands:
    """The clock of the demo: it shows what it was last set to, and never runs back."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Now, aware, in UTC."""
        return self.at

    def forward(self, to: datetime) -> None:
        """Set it to that moment, if it is later."""
        self.at = max(self.at, to.astimezone(UTC))


@dataclass(slots=True)
class Played:
    """What happened, for the screen and the exit status."""

    office: Office
    delivered: int = 0
    samples: int = 0
    made_up: int = 0
    received: Received = field(default_factory=Received)
    most_seated: int = 0
    digests: int = 0
    story: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


Watch = Callable[[int, int, datetime, list[Taken]], None]


def plan(event: Event, lexicon: Lexicon, count: int) -> tuple[list[MadeUp], int]:
    """Every mail of the demo in order of arrival, and how many of them are samples; `count` are made up.

    Who changes or cancels something in the samples is made to have registered before; the rest fill
    the house.
    """
    samples = [MadeUp(_arrival(raw), raw) for raw in (path.read_bytes() for path in sample_mails())]
    before = earlier(list(_known(samples, event, lexicon)), event.address, OPENED)
    before = before[:count]
    fillers = registrations(count - len(before), event.address, OPENED, FULL_BY - timedelta(hours=6))
    mails = sorted([*samples, *before, *fillers], key=lambda mail: mail.arrival)
    return mails, len(samples)


def play(servers: EmbeddedServers, out: Path, count: int, watch: Watch) -> Played:
    """Play the whole story; everything it leaves is in the database in `out`."""
    hands = Hands(OPENED)
    servers.now = hands
    deployment = _deployment(servers, out)
    office = open_offices(deployment, hands)[0]
    mails, samples = plan(office.desk.event, office.desk.lexicon, max(0, count - 1))
    played = Played(office, samples=samples, made_up=len(mails) - samples)
    todo = deque(mails)
    done, left, total = 0, False, len(mails) + min(1, count)
    while todo:
        mail = todo.popleft()
        if count and not left and mail.arrival >= FULL_BY + timedelta(days=1):
            left = True
            if reply := _leaver(servers, office, mail.arrival):
                todo.extendleft((mail, reply))
                played.made_up += 1
                continue
        taken = _one(servers, hands, deployment, played, mail)
        done += 1
        watch(done, total, hands(), taken)
        _tell(played, taken)
    _days(hands, deployment, played, hands() + timedelta(days=1))
    office.deliver(office.courier())
    played.problems += _problems(played)
    return played


def _one(
    servers: EmbeddedServers, hands: Hands, deployment: Deployment, played: Played, mail: MadeUp
) -> list[Taken]:
    """One mail arrives, is read, and what follows is sent."""
    office = played.office
    _days(hands, deployment, played, mail.arrival)
    hands.forward(mail.arrival)
    _send(servers, mail.raw)
    played.delivered += 1
    taken: list[Taken] = []
    result = office.round(watch=taken.append)
    if result.trouble:
        raise MailflowError("; ".join(result.trouble))
    assert result.received is not None, "a round without trouble has read the mailbox"  # noqa: S101
    for one in taken:
        played.received.add(one)
    played.received.failed += result.received.failed
    played.received.unaccounted = result.received.unaccounted
    played.most_seated = max(played.most_seated, office.store.roster(office.event_id).taken)
    return taken


def _days(hands: Hands, deployment: Deployment, played: Played, until: datetime) -> None:
    """The digest of every day whose hour comes before then."""
    office, event = played.office, played.office.desk.event
    zone = ZoneInfo(event.timezone)
    day = hands().astimezone(zone).date()
    while True:
        due = datetime.combine(day, _hour(deployment), tzinfo=zone)
        if due > until:
            return
        if due > hands():
            hands.forward(due)
            played.digests += queue_digest(office.desk, office.store, day, hands(), office.health())
            office.deliver(office.courier())
        day += timedelta(days=1)


def _hour(deployment: Deployment) -> time:
    return deployment.digest.at


def _send(servers: EmbeddedServers, raw: bytes) -> None:
    """As the sender's own mail server would: over SMTP, with the line ends SMTP demands."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    with smtplib.SMTP(servers.host, servers.smtp_port, timeout=30) as line:
        line.sendmail("sender@mailbox.example", [servers.user], lines)


def _arrival(raw: bytes) -> datetime:
    """When our own server took it in: the date of the topmost Received (RFC 5321 section 4.4), else Date."""
    head = message_from_bytes(raw)
    stamped = str(head["Received"] or head["Date"])
    return parsedate_to_datetime(stamped.rpartition(";")[2].strip())


def _known(samples: list[MadeUp], event: Event, lexicon: Lexicon) -> Iterator[Known]:
    """Who, in the sample mails, changes or gives up what they must have asked for before."""
    seen: set[str] = set()
    for sample in samples:
        mail = parse(sample.raw)
        reading = read(mail, event, lexicon, Ours(event.address))
        who = mail.answer_to()
        if who is None or reading.kind is not Kind.HUMAN or who.email.casefold() in seen:
            continue
        seen.add(who.email.casefold())
        touches = reading.intent in (Intent.CANCEL, Intent.CHANGE)
        if not touches:
            continue
        leaving = tuple(p.name for p in reading.people) if reading.intent is Intent.CANCEL else ()
        people = tuple(n for n in (reading.replaces or leaving) if n)
        yield Known(who.name, who.email, people, max(1, len(people)), sample.arrival)


def _leaver(servers: EmbeddedServers, office: Office, at: datetime) -> MadeUp | None:
    """A confirmed participant who replies to our own confirmation that they cannot come."""
    roster = office.store.roster(office.event_id)
    for _sender, recipients, content in servers.outgoing:
        registration = next((r for r in roster.registrations if r.address in recipients and _whole(r)), None)
        if registration is not None and b"Subject:" in content and _kind(content) == ReplyKind.CONFIRMED:
            event = office.desk.event
            zoned = at.astimezone(ZoneInfo(event.timezone))
            return goodbye(registration.name, registration.address, event.address, zoned, content)
    return None


def _whole(registration: Registration) -> bool:
    return len(registration.held) == len(registration.seats) == 1 and registration.language == "nl"


def _kind(content: bytes) -> str:
    return str(message_from_bytes(content)["Message-ID"]).strip("<").split(".")[1]


def _tell(played: Played, taken: list[Taken]) -> None:
    """What is worth telling of these: a seat given up, and who got it."""
    for one in taken:
        gone = next((e for e in one.queued if e.kind is ReplyKind.CANCELLED), None)
        got = next((e for e in one.queued if e.kind is ReplyKind.PROMOTED), None)
        if gone is not None and got is not None:
            how = "replies to our confirmation that it" if one.answers_ours else "writes that it"
            played.story.append(
                f"{one.handled.arrival:%d %B}: {gone.ref} {how} cannot come;"
                f" {got.ref}, first on the list, gets the seat and is told."
            )


def _problems(played: Played) -> list[str]:
    """Why this demo did not go well; empty if every mail is accounted for."""
    office = played.office
    counts = office.store.counts(office.event_id)
    problems = []
    if counts.seen != played.delivered or counts.pending:
        problems.append(
            f"{played.delivered} mails were delivered and {counts.seen - counts.pending} accounted for"
        )
    if played.received.unaccounted:
        problems.append(f"{played.received.unaccounted} mails in the mailbox are unaccounted for")
    if counts.buckets.get(Bucket.SET_ASIDE):
        problems.append(f"{counts.buckets[Bucket.SET_ASIDE]} mails were set aside")
    if played.most_seated > office.desk.event.capacity:
        problems.append(f"{played.most_seated} seats were given of {office.desk.event.capacity}")
    if counts.outbox.queued or counts.outbox.sending or counts.outbox.failed:
        problems.append(f"answers were not sent: {counts.outbox}")
    return problems


def _deployment(servers: EmbeddedServers, out: Path) -> Deployment:
    """The shipped example, with the embedded servers for a mailbox and a relay."""
    environ = {
        "MAILFLOW_MAILBOX__HOST": servers.host,
        "MAILFLOW_MAILBOX__PORT": str(servers.imap_port),
        "MAILFLOW_MAILBOX__TLS": "none",
        "MAILFLOW_MAILBOX__USER": servers.user,
        "MAILFLOW_MAILBOX__PASSWORD": servers.password,
        "MAILFLOW_MAILBOX__TRUSTED_AUTHSERV_ID": AUTHSERV_ID,
        "MAILFLOW_SMTP__HOST": servers.host,
        "MAILFLOW_SMTP__PORT": str(servers.smtp_port),
        "MAILFLOW_SMTP__TLS": "none",
        "MAILFLOW_LIMITS__ANSWERS_PER_HOUR": "100000",
        "MAILFLOW_DATABASE__URL": f"sqlite:///{out / 'mailflow.db'}",
    }
    deployment = load(config_dir(), environ)
    return replace(deployment, root=out)
