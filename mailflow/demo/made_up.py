"""The made-up mails of the demo: always the same ones, as real programs would write them."""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from importlib.resources import files
from typing import Any

BUSY_HOURS = (8, 9, 9, 10, 10, 11, 13, 14, 15, 16, 19, 20, 21)
IN_ENGLISH = 0.15
TOGETHER = 0.2
AT_WORK = 0.4
WITH_HTML = 0.4


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One mail and when it arrives (aware)."""

    arrival: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who in the sample mails speaks of an earlier registration."""

    name: str
    email: str
    people: tuple[str, ...]
    seats: int
    before: datetime


def _words() -> dict[str, Any]:
    return tomllib.loads(files("mailflow.demo").joinpath("made_up.toml").read_text("utf-8"))


def registrations(count: int, address: str, first: datetime, last: datetime) -> list[MadeUp]:
    """`count` registrations that arrive between these two moments, in order of arrival."""
    chance, words = random.Random(20181122), _words()  # noqa: S311 - the same mails each time, nothing secret
    people = _people(chance, words)
    mails = [
        _registration(chance, words, people, address, _moment(chance, first, last)) for _ in range(count)
    ]
    return sorted(mails, key=lambda mail: mail.arrival)


def earlier(known: Sequence[Known], address: str, first: datetime) -> list[MadeUp]:
    """The earlier registrations of the people in the sample mails who cancel or change one."""
    chance, words = random.Random(5), _words()  # noqa: S311 - as above
    mails = []
    for who in known:
        arrival = _moment(chance, first, max(first + timedelta(days=1), who.before - timedelta(days=1)))
        arrival = min(arrival, who.before - timedelta(minutes=5))
        names = list(who.people) or [who.name]
        if len(names) == 1 and who.seats <= 1:
            lines = [words["earlier"]["one"]]
        else:
            rest = who.seats - len(names)
            listed = [f"- {name}" for name in names] + ["- een collega"] * max(0, rest)
            lines = [words["earlier"]["many"], "", *listed]
        body = "\n".join(
            ["Beste organisatie,", "", *lines, "", "Met vriendelijke groet,", who.name or names[0], ""]
        )
        mails.append(MadeUp(arrival, _mail(who.name, who.email, address, "Aanmelding", body, arrival)))
    return sorted(mails, key=lambda mail: mail.arrival)


def goodbye(name: str, email: str, address: str, arrival: datetime, ours: bytes) -> MadeUp:
    """A real reply to a mail of ours, which it quotes, giving up the seat."""
    from email import message_from_bytes, policy

    answered = message_from_bytes(ours, policy=policy.default)
    plain = answered.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in (plain.get_content() if plain else "").splitlines())
    text = _words()["goodbye"]["text"].lstrip("\n").format(name=name)
    body = f"{text}\nOp {arrival:%d-%m-%Y} om {arrival:%H:%M} schreef {answered['From']}:\n{quoted}\n"
    message_id = str(answered["Message-ID"])
    raw = _mail(name, email, address, f"Re: {answered['Subject']}", body, arrival, reply_to=message_id)
    return MadeUp(arrival, raw)


def _people(chance: random.Random, words: dict[str, Any]) -> Iterator[str]:
    """Names that do not repeat, for as long as there are any."""
    names = [f"{first} {last}" for first in words["first"] for last in words["last"]]
    chance.shuffle(names)
    yield from names


def _registration(
    chance: random.Random, words: dict[str, Any], people: Iterator[str], address: str, arrival: datetime
) -> MadeUp:
    said = words["en"] if chance.random() < IN_ENGLISH else words["nl"]
    name = next(people)
    org = chance.choice(words["organisations"]) if chance.random() < AT_WORK else None
    email = f"{_local(name)}@{org['domain'] if org else chance.choice(words['providers'])}"
    place = chance.choice(words["places"])
    if chance.random() < TOGETHER:
        wish = chance.choice(said["together"]).format(self=name, other=next(people))
    else:
        wish = chance.choice(said["alone"])
    about = [chance.choice(said["involvement"]).format(place=place)]
    if org:
        about.append(chance.choice(said["working_for"]).format(org=org["name"]))
    signed = [chance.choice(said["farewells"]), name, *([org["name"]] if org else [])]
    paragraphs = [chance.choice(said["greetings"]), wish, " ".join(about)]
    body = "\n\n".join(paragraphs) + "\n\n" + "\n".join(signed) + "\n"
    subject = chance.choice(said["subjects"])
    html = _as_html(paragraphs, signed) if chance.random() < WITH_HTML else ""
    return MadeUp(arrival, _mail(name, email, address, subject, body, arrival, html=html))


def _mail(
    name: str,
    email: str,
    to: str,
    subject: str,
    body: str,
    arrival: datetime,
    *,
    html: str = "",
    reply_to: str = "",
) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((name, email))
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(arrival)
    message["Message-ID"] = f"<{arrival:%Y%m%d%H%M%S}.{_local(name)}@{email.rpartition('@')[2]}>"
    if reply_to:
        message["In-Reply-To"] = reply_to
        message["References"] = reply_to
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    # Long Message-IDs would be written as encoded words, which is no reference any more.
    return message.as_bytes(policy=SMTP.clone(max_line_length=998))


def _as_html(paragraphs: Sequence[str], signed: Sequence[str]) -> str:
    text = "".join(f"<p>{line}</p>\n" for line in paragraphs)
    return f"<html><body>\n{text}<p>{'<br>'.join(signed)}</p>\n</body></html>\n"


def _moment(chance: random.Random, first: datetime, last: datetime) -> datetime:
    """A moment between the two, at an hour at which people write."""
    days = max(0, (last - first).days)
    day = first + timedelta(days=chance.randint(0, days))
    moment = day.replace(
        hour=chance.choice(BUSY_HOURS), minute=chance.randint(0, 59), second=chance.randint(0, 59)
    )
    return min(max(moment, first), last)


def _local(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ı", "i")).encode("ascii", "ignore").decode()
    return ".".join("".join(c for c in part if c.isalnum()) for part in plain.lower().split())
