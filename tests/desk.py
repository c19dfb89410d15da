"""A whole office on embedded servers, for tests of the journeys: real IMAP, real SMTP, a real database."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from mailflow.config import Deployment, load
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office, open_offices

OPENED = datetime(2030, 5, 1, 8, 0, tzinfo=UTC)

EVENT_FILE = """
id = "repair-2030"
name = "Repair Café Day"
reference = "RCD"
address = "join@repair.example"
organisers = ["team@repair.example"]
capacity = {capacity}
starts = 2030-06-01T09:00:00
ends = 2030-06-01T17:00:00
timezone = "Europe/Amsterdam"
location = "The Old Tram Shed, Utrecht"
language = "en"
languages = ["nl", "en"]

[[round]]
number = 1
time = "10:00"

[[project]]
id = "solder"
name = "Solder bench"
place = "Utrecht"
"""

SETTINGS = """
[mailbox]
host = "127.0.0.1"
port = {imap_port}
tls = "none"
user = "join@repair.example"
trusted_authserv_id = "mx.repair.example"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
"""


@dataclass
class Hands:
    """A clock that shows what it is set to."""

    at: datetime = OPENED

    def __call__(self) -> datetime:
        return self.at


def configure(folder: Path, imap_port: int, smtp_port: int, capacity: int = 3, extra: str = "") -> Path:
    """A configuration folder for an event of that size on these ports."""
    config = folder / "config"
    (config / "events").mkdir(parents=True, exist_ok=True)
    settings = SETTINGS.format(imap_port=imap_port, smtp_port=smtp_port)
    (config / "mailflow.toml").write_text(settings + extra, encoding="utf-8")
    (config / "events" / "repair.toml").write_text(EVENT_FILE.format(capacity=capacity), encoding="utf-8")
    return config


def deployment(config: Path, password: str) -> Deployment:
    """That folder, read."""
    return load(config, {"MAILFLOW_MAILBOX__PASSWORD": password})


_OPENED: list[Office] = []


def close_all() -> None:
    """Close the ledger of every office that `office` opened."""
    while _OPENED:
        _OPENED.pop().store.close()


def office(folder: Path, servers: EmbeddedServers, clock: Hands, capacity: int = 3, **desk: object) -> Office:
    """An office at work on these servers; `desk` are fields of its desk."""
    config = configure(folder, servers.imap_port, servers.smtp_port, capacity)
    opened = open_offices(deployment(config, servers.password), clock)[0]
    opened.desk = replace(opened.desk, **desk)  # type: ignore[arg-type]
    _OPENED.append(opened)
    return opened


def servers() -> EmbeddedServers:
    """Embedded servers with the event's mailbox."""
    return EmbeddedServers("join@repair.example", "demo")


def mail(
    who: str,
    text: str,
    *,
    subject: str = "Registration",
    reply_to: str = "",
    message_id: str = "",
    at: datetime = OPENED,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A plain mail from "First Last <first@home.example>"; `who` is "First Last"."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    message["Authentication-Results"] = "mx.repair.example; dmarc=pass"  # our own server looked
    message["From"] = f"{who} <{address(who)}>"
    message["To"] = "join@repair.example"
    message["Subject"] = subject
    message["Date"] = at
    message["Message-ID"] = message_id or f"<{address(who)}.{zlib.crc32(f'{who}{text}{at}'.encode()):x}>"
    if reply_to:
        message["In-Reply-To"] = reply_to
        message["References"] = reply_to
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def address(who: str) -> str:
    """The address `mail` gives to that name."""
    return f"{who.replace(' ', '.').casefold()}@home.example"


def registers(who: str, *, at: datetime = OPENED) -> bytes:
    """A registration that states an involvement."""
    text = f"Please register me for the Repair Café Day.\n\nI volunteer at the solder bench.\n\n{who}\n"
    return mail(who, text, at=at)


def cancels(who: str, *, at: datetime = OPENED + timedelta(days=1), reply_to: str = "") -> bytes:
    """A cancellation."""
    text = f"Unfortunately I cannot come after all. Please cancel my registration.\n\n{who}\n"
    return mail(who, text, at=at, subject="cancel", reply_to=reply_to)


def sent(servers: EmbeddedServers) -> list[tuple[str, str, str]]:
    """(recipient, kind, Message-ID) of what left, in order."""
    rows = []
    for _, recipients, content in servers.outgoing:
        message_id = str(message_from_bytes(content)["Message-ID"])
        rows.append((recipients[0], message_id.split(".")[1], message_id))
    return rows


def states(opened: Office) -> dict[str, list[str]]:
    """Contact -> states of the seats, in the order of the roster."""
    roster = opened.store.roster(opened.event_id)
    return {r.contact.split("@")[0]: [str(s.state) for s in r.seats] for r in roster.registrations}
