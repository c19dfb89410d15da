"""A played story: an event from the opening to the day on which everybody is forgotten.

    python -m tests.story        the days, the digests' first lines, everybody's end

The sample mails of the corpus and made-up ones, some 150, arrive on embedded servers; people answer what
they get (by mail, by the buttons of their calendar, or not at all), and the clock walks from October to
December. Always the same story: its chance is seeded.
"""

from __future__ import annotations

import heapq
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar

from mailflow.adapters.prove import prove
from mailflow.config import load
from mailflow.core.model import Roster
from mailflow.daily import queue_digest
from mailflow.demo.play import OPENED, Hands, plan
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office, open_offices
from mailflow.shipped import config_dir

CAPACITY = 45  # fewer seats than the example's, so that many wait
MADE_UP = 60
DIGEST = time(7, 30)
ROUNDS = (time(13),)  # and every hour in the last days


@dataclass(order=True)
class Due:
    """A mail that somebody will send then."""

    at: datetime
    number: int
    raw: bytes = field(compare=False)


@dataclass
class Story:
    """What happened."""

    office: Office
    delivered: int = 0
    answered: Counter[str] = field(default_factory=Counter)  # kinds of mail that people got
    days: list[str] = field(default_factory=list)  # the digest of each day, in a line
    histories: dict[str, list[str]] = field(default_factory=dict)  # reference -> what happened to it
    broken: list[str] = field(default_factory=list)  # promises, as `db check` found them
    most_seated: int = 0
    before: Roster | None = None  # as it stood when the event was over, before everybody is forgotten


def play(folder: Path, servers: EmbeddedServers) -> Story:
    """The whole story; its ledger stays open in `Story.office`."""
    hands = Hands(OPENED)
    servers.now = hands
    office = open_offices(_deployment(folder, servers), hands)[0]
    story, event = Story(office), office.desk.event
    zone = ZoneInfo(event.timezone)
    people = _People(servers, event.address)
    mails, _ = plan(event, office.desk.lexicon, MADE_UP)
    for number, mail in enumerate(mails):
        heapq.heappush(people.due, Due(mail.arrival, number, mail.raw))
    end = event.ends + timedelta(days=event.retention_days + 1)
    for at in _clock(OPENED.astimezone(zone), end, event.starts, zone):
        while people.due and people.due[0].at <= at:
            due = heapq.heappop(people.due)
            hands.forward(due.at)
            servers.deliver(due.raw, hands())
            story.delivered += 1
            _round(story, hands, people)
        hands.forward(at)
        if at.time() == DIGEST:
            queue_digest(office.desk, office.store, at.date(), hands(), office.health())
            story.days.append(_day(office, at))
        _round(story, hands, people)
        if at.time() == DIGEST and at.weekday() == 0:
            story.broken += prove(office.store, office.event_id, hands())
        if story.before is None and at >= event.ends:
            story.before = office.store.roster(office.event_id)
            for registration in story.before.registrations:
                lines = office.store.journal(office.event_id, ref=registration.ref)
                story.histories[registration.ref] = [f"{line.at:%d %b %H:%M} {line.what}" for line in lines]
    story.broken += prove(office.store, office.event_id, hands())
    return story


def _clock(first: datetime, last: datetime, starts: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = first.date()
    while day <= last.date():
        near = abs((day - starts.date()).days) <= 3
        for at in sorted({DIGEST, *ROUNDS, *(time(h) for h in range(24) if near)}):
            yield datetime.combine(day, at, tzinfo=zone)
        day += timedelta(days=1)


def _round(story: Story, hands: Hands, people: _People) -> None:
    made = story.office.round()
    if made.trouble:
        raise RuntimeError("; ".join(made.trouble))
    roster = story.office.store.roster(story.office.event_id)
    story.most_seated = max(story.most_seated, roster.taken)
    story.answered.update(people.read(hands()))


def _day(office: Office, at: datetime) -> str:
    roster = office.store.roster(office.event_id)
    states = Counter(str(s.state) for _, s in roster.seats())
    counts = office.store.counts(office.event_id)
    return (
        f"{at:%d %b}: {states['confirmed']} confirmed, {states['offered']} offered,"
        f" {states['waitlisted']} waiting, {counts.seen} mails, {counts.open_review} for a person"
    )


class _People:
    """They read what we send, and answer as people do: most of them, and not at once."""

    def __init__(self, servers: EmbeddedServers, to: str) -> None:
        self.due: list[Due] = []
        self._servers, self._to = servers, to
        self._read = 0
        self._chance = random.Random(22)
        self._number = 10_000

    def read(self, now: datetime) -> list[str]:
        """The kinds of what came since; answers stand in `due`."""
        kinds = []
        for _, recipients, content in self._servers.outgoing[self._read :]:
            message = message_from_bytes(content)
            kind = str(message["Message-ID"]).split(".")[1]
            kinds.append(kind)
            self._answer(kind, recipients[0], message, now)
        self._read = len(self._servers.outgoing)
        return kinds

    def _answer(self, kind: str, who: str, message: Message, now: datetime) -> None:
        chance = self._chance.random()
        hours = self._chance.uniform(0.2, 5.0)
        english = message["Content-Language"] == "en"

        def says(dutch: str, words: str, after: float = hours) -> None:
            self._write(who, words if english else dutch, message, now + timedelta(hours=after))

        match kind:
            case "offered" if chance < 0.6:
                says("Ja graag!", "Yes please!")
            case "offered" if chance < 0.75:
                says("Nee, dank u.", "No, thank you.")
            case "verify" if chance < 0.7:
                says("JA", "YES")
            case "reconfirm" if chance < 0.6:
                says("Ja, ik kom.", "Yes, I am coming.")
            case "reconfirm" if chance < 0.75:
                says("Nee, helaas lukt het niet meer.", "No, unfortunately I cannot make it.")
            case "releasing" if chance < 0.3:
                says("TOCH", "STILL", 0.5)
            case "involvement" if chance < 0.5:
                says("Ik ben vrijwilliger in mijn wijk.", "I am a volunteer in my neighbourhood.", 20)
            case "reminder" if chance < 0.05:
                says("Helaas kan ik niet komen.", "Unfortunately I cannot come.")
            case "confirmed" | "promoted" if chance < 0.03:
                self._press(who, "DECLINED", message, now + timedelta(seconds=20))
            case "confirmed" | "promoted" if chance < 0.07:
                self._press(who, "DECLINED", message, now + timedelta(days=2))
            case "confirmed" | "promoted" if chance < 0.25:
                self._press(who, "ACCEPTED", message, now + timedelta(hours=hours))
            case _:
                pass

    def _write(self, who: str, text: str, below: Message, at: datetime) -> None:
        message = EmailMessage(policy=SMTP.clone(max_line_length=998))
        message["From"], message["To"] = who, self._to
        subject = str(make_header(decode_header(below["Subject"])))
        message["Subject"] = f"Re: {' '.join(subject.split())}"
        message["In-Reply-To"] = message["References"] = str(below["Message-ID"])
        message["Message-ID"], message["Date"] = f"<{self._number}@story.example>", at
        message.set_content(f"{text}\n")
        self._post(message.as_bytes(), at)

    def _press(self, who: str, partstat: str, invitation: Message, at: datetime) -> None:
        last = list(invitation.walk())[-1]
        if last.get_content_type() != "text/calendar":
            return
        event = icalendar.Calendar.from_ical(last.get_payload(decode=True)).walk("VEVENT")[0]
        reply = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//story//EN\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
            f"UID:{event['UID']}\r\nSEQUENCE:{event['SEQUENCE']}\r\nDTSTAMP:{at:%Y%m%dT%H%M%SZ}\r\n"
            f"ATTENDEE;PARTSTAT={partstat}:mailto:{who}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        head = (
            f"From: {who}\r\nTo: {self._to}\r\nSubject: {partstat.title()}\r\n"
            f"Message-ID: <{self._number}@story.example>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/calendar; method=REPLY; charset=UTF-8\r\n\r\n"
        )
        self._post((head + reply).encode(), at)

    def _post(self, raw: bytes, at: datetime) -> None:
        heapq.heappush(self.due, Due(at, self._number, raw))
        self._number += 1


def _deployment(folder: Path, servers: EmbeddedServers):
    config = folder / "config"
    shutil.copytree(config_dir(), config)
    for file in (config / "events").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("\ncapacity = 100\n", f"\ncapacity = {CAPACITY}\n"), encoding="utf-8")
    return load(
        config,
        {
            "MAILFLOW_MAILBOX__HOST": servers.host,
            "MAILFLOW_MAILBOX__PORT": str(servers.imap_port),
            "MAILFLOW_MAILBOX__TLS": "none",
            "MAILFLOW_MAILBOX__USER": servers.user,
            "MAILFLOW_MAILBOX__PASSWORD": servers.password,
            "MAILFLOW_SMTP__HOST": servers.host,
            "MAILFLOW_SMTP__PORT": str(servers.smtp_port),
            "MAILFLOW_SMTP__TLS": "none",
            "MAILFLOW_LIMITS__ANSWERS_PER_HOUR": "100000",
            "MAILFLOW_DATABASE__URL": f"sqlite:///{folder / 'mailflow.db'}",
        },
    )


def main() -> None:
    """Play it, and print it."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServers() as servers:
        story = play(Path(folder), servers)
        lines = [*story.days, ""]
        for ref, history in story.histories.items():
            lines += [ref, *(f"  {line}" for line in history)]
        lines += ["", f"{story.delivered} mails came in; what was sent: {dict(story.answered.most_common())}"]
        lines += [f"never more than {story.most_seated} of {CAPACITY} seats taken"]
        lines += [f"broken promises: {story.broken or 'none'}"]
        sys.stdout.write("\n".join(lines) + "\n")
        story.office.store.close()


if __name__ == "__main__":
    main()
