"""An invented event, its people and the shipped templates, for the tests of the writing room."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from mailflow.core.effects import Facts, Reply, ReplyKind
from mailflow.core.envelope import Envelope
from mailflow.core.matters import Offer
from mailflow.core.model import Event, ProgrammeItem, Project, Registration, Roster, Round, Seat, SeatState
from mailflow.writing.compose import compose
from mailflow.writing.templates import Templates
from mailflow.writing.view import reply_view

ZONE = ZoneInfo("Europe/Amsterdam")
SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2031, 5, 1, 8, 0, tzinfo=UTC)
JO = "jo@gemeente-westerdijk.example"

EVENT = Event(
    id="dijkendag-2031",
    name="Dijkendag",
    reference="DD",
    address="aanmelden@dijkendag.example",
    organisers=("organisatie@dijkendag.example",),
    capacity=20,
    starts=datetime(2031, 6, 5, 13, 0, tzinfo=ZONE),
    ends=datetime(2031, 6, 5, 17, 30, tzinfo=ZONE),
    opens=datetime(2031, 4, 7, 9, 0, tzinfo=ZONE),
    timezone="Europe/Amsterdam",
    location="Gemaal De Hoop, Westerdijk",
    programme=(ProgrammeItem("13:00", "Inloop"), ProgrammeItem("14:00", "Wandeling over de dijk")),
    rounds=(Round(1, "14:00"), Round(2, "")),
    projects=(Project("veen", "Veen & Water", "Westerdijk"), Project("kade", "De Kade")),
)

CONFIRMED, WAITLISTED, CANCELLED = SeatState.CONFIRMED, SeatState.WAITLISTED, SeatState.CANCELLED
OFFERED, RELEASE_PENDING, SUBSTITUTED = SeatState.OFFERED, SeatState.RELEASE_PENDING, SeatState.SUBSTITUTED


@cache
def shipped() -> Templates:
    """The templates as they are shipped."""
    folder = Path(__file__).parent.parent / "templates"
    return Templates({p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*.j2")})


def seats(*people: tuple[str, SeatState]) -> tuple[Seat, ...]:
    arrival = datetime(2031, 4, 20, 10, 30, tzinfo=UTC)
    return tuple(
        Seat(n, name, state, arrival, 7, number=n if state is CONFIRMED else None)
        for n, (name, state) in enumerate(people, 1)
    )


def party(*people: tuple[str, SeatState], **also: object) -> Registration:
    """A registration of Jo's with these people."""
    known: dict[str, object] = {
        "ref": "DD-7F3Q",
        "contact": JO,
        "address": JO,
        "name": "Jo van der Meer",
        "language": "nl",
        "arrival": datetime(2031, 4, 20, 10, 30, tzinfo=UTC),
        "uid": 7,
        "seats": seats(*people),
    }
    return Registration(**{**known, **also})  # type: ignore[arg-type]


def offering(registration: Registration, until: datetime, **also: object) -> Registration:
    """That party with its offered seats on offer until then."""
    places = tuple(s.place for s in registration.offered)
    offer = Offer(1, until - timedelta(days=2), until, places, partial=bool(registration.waiting))
    return registration.with_offer(replace(offer, **also))  # type: ignore[arg-type]


def releasing(registration: Registration, until: datetime) -> Registration:
    """That party with its first seat given up by a calendar."""
    return registration.with_seats((registration.seats[0].become(RELEASE_PENDING, NOW, until=until),))


def reply(kind: ReplyKind, facts: Facts | None = None, **also: object) -> Reply:
    facts = facts or Facts()
    known: dict[str, object] = {
        "to": JO,
        "name": "Jo van der Meer",
        "language": "nl",
        "ref": facts.registration.ref if facts.registration else "",
    }
    return Reply(kind, facts=facts, **{**known, **also})  # type: ignore[arg-type]


def sent(one: Reply, event: Event = EVENT, now: datetime = NOW, **also: object) -> Envelope:
    cause = f"imap:1:7:{one.kind}:{one.to}"
    return compose(one, event, shipped(), secret=SECRET, cause=cause, now=now, **also)  # type: ignore[arg-type]


def coded(one: Reply, code: str, event: Event = EVENT) -> tuple[str, str]:
    """Text and HTML of that mail with a code in its last line."""
    templates = shipped()
    context = reply_view(one, event, templates.words("nl"), "nl", NOW) | {"code": code}
    name = f"nl/{one.kind.value}"
    said = templates.blocks(f"{name}.txt.j2", context)
    context |= {"said": said, "subject": said["subject"], "line": "", "line_language": ""}
    return templates.text(f"{name}.txt.j2", context), templates.html(f"{name}.html.j2", context)


def visible(page: str) -> str:
    """What a reader sees of an HTML page, its words only."""
    page = re.sub(r"(?s)<(head|!--).*?(</head>|-->)", " ", page)
    return words_of(unescape(re.sub(r"<[^>]+>", " ", page)))


def words_of(text: str) -> str:
    """Letters and digits, with single spaces between."""
    return " ".join(re.findall(r"\w+", text))


def read(envelope: Envelope) -> EmailMessage:
    """The mail as a mail program reads it."""
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def roster(*registrations: Registration, capacity: int = 20, held: int = 0, event: Event = EVENT) -> Roster:
    return Roster(event, capacity, held, SECRET, registrations)


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)
