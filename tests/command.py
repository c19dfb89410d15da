"""The `mailflow` command as its users have it: a process of its own, a folder of files, an environment.

    site = Site(folder, dovecot, smtp)
    site.mailflow("poll")              # Ran(status, out, err)
    with site.start("run") as worker:
        until(lambda: smtp.arrived)
        worker.end()

The event is an open day in a railway yard, in Dutch and English; nothing of it stands in the shipped example.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self
from unittest import mock
from zoneinfo import ZoneInfo

from mailflow.cli import execute
from tests.dovecot import Dovecot
from tests.smtp_servers import SmtpServer

ADDRESS = "meedoen@seinhuis.example"
ORGANISERS = ("hanna@seinhuis.example", "Joost@Seinhuis.example")
ZONE = ZoneInfo("Europe/Amsterdam")
PASSWORD = 'p@ss wo"rd\\ 7'  # holds all that must be quoted somewhere
PATIENCE = 30.0
# What `--now` says where nothing else is asked for: a month before the event, a day after the mail.
NOW = "2018-10-20T12:00:00+02:00"
OPENED = datetime(2018, 10, 19, 9, 0, tzinfo=ZONE)

EVENT = """
id = "open-werkplaats"
name = "Open Werkplaats Spoorzone"
reference = "OWS"
address = "{address}"
organisers = {organisers}
capacity = {capacity}
starts = 2018-11-24T10:00:00
ends = 2018-11-24T16:30:00
timezone = "Europe/Amsterdam"
location = "Het Seinhuis, Tilburg"
language = "nl"
languages = ["nl", "en"]
involvement = "{involvement}"

[[programme]]
time = "10:00"
text = "Inloop met koffie"

[[round]]
number = 1
time = "11:00"

[[project]]
id = "draaischijf"
name = "De Draaischijf"
place = "Tilburg"
leaders = ["Wim de Laat"]

[[project]]
id = "wagenmakerij"
name = "De Wagenmakerij"
place = "Oss"
"""


@dataclass(frozen=True)
class Ran:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Site:
    """One deployment: a folder with `config/`, an environment, and the servers that it names."""

    folder: Path
    mailbox: Dovecot
    smtp: SmtpServer
    capacity: int = 100
    involvement: str = "off"
    extra: str = ""  # more of mailflow.toml
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.event = self.folder / "config" / "events" / "werkplaats.toml"
        self.event.parent.mkdir(parents=True, exist_ok=True)
        organisers = json.dumps(ORGANISERS)
        self.event.write_text(
            EVENT.format(
                address=ADDRESS, organisers=organisers, capacity=self.capacity, involvement=self.involvement
            )
        )
        self.settings = self.folder / "config" / "mailflow.toml"
        self.settings.write_text(
            f'[mailbox]\nhost = "127.0.0.1"\nport = {self.mailbox.port}\ntls = "none"\nuser = "{ADDRESS}"\n\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {self.smtp.port}\ntls = "none"\n{self.extra}'
        )
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAILFLOW_")}
        self.environ = clean | {"MAILFLOW_MAILBOX__PASSWORD": self.mailbox.password} | self.environ

    @property
    def database(self) -> Path:
        """Where the ledger stands."""
        return self.folder / "mailflow.db"

    def mailflow(self, *arguments: str, now: str = NOW, timeout: float = 90.0, **more: Any) -> Ran:
        """Run one command to its end, as if it were then ("": now)."""
        done = subprocess.run(
            self._command(arguments, now), cwd=self.folder, env=self.environ, capture_output=True,
            timeout=timeout, **more,
        )  # fmt: skip
        ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ran.err, ran.err
        return ran

    def start(self, *arguments: str, now: str = NOW, **environ: str) -> Worker:
        """Start one that goes on, with these variables too; to be used in a `with` block."""
        return Worker(self._command(arguments, now), self.folder, self.environ | environ)

    def look(self, *arguments: str, now: str = NOW) -> Ran:
        """The same as `mailflow`, but inside this process: for looking, where a process of its own would
        show nothing more and take a second."""
        root, ours = logging.getLogger(), logging.getLogger("mailflow")
        kept = root.handlers[:], root.level, ours.level
        config = ["--config", str(self.folder / "config")]
        with (
            mock.patch.dict(os.environ, self.environ, clear=True),
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            status = execute([*config, "--now", now, *arguments])
        root.handlers[:] = kept[0]
        root.setLevel(kept[1])
        ours.setLevel(kept[2])
        return Ran(status, out.getvalue(), err.getvalue())

    def is_sound(self) -> bool:
        """Whether `db check` finds the promises kept."""
        ran = self.look("db", "check")
        assert ran.status == 0, ran.out + ran.err
        return True

    def status(self, now: str = NOW) -> dict[str, Any]:
        """What `status --json` says of the event."""
        (row,) = self.look("status", "--json", now=now).rows
        return row

    def seats(self, state: str = "", now: str = NOW) -> list[dict[str, Any]]:
        """What `list --json` says."""
        return self.look("list", "--json", *(["--state", state] if state else []), now=now).rows

    def deliver(self, raw: bytes, arrival: datetime = OPENED, **more: Any) -> Path:
        """Put a mail into the mailbox."""
        return self.mailbox.deliver(raw, arrival, **more)

    def left(self) -> int:
        """How many mails are in the INBOX."""
        return self._count(self.mailbox.maildir)

    def handled(self) -> int:
        """How many mails are in the handled folder."""
        return self._count(self.mailbox.maildir / ".Mailflow.Handled")

    @staticmethod
    def _count(folder: Path) -> int:  # by name: a mail may be moved in the very moment it is looked at
        return sum(len(list((folder / sub).glob("*"))) for sub in ("cur", "new"))

    def _command(self, arguments: Iterable[str], now: str) -> list[str]:
        return [sys.executable, "-m", "mailflow", *(["--now", now] if now else []), *arguments]


class Worker:
    """A `mailflow` that works on until it is told to stop."""

    def __init__(self, command: list[str], folder: Path, environ: dict[str, str]) -> None:
        self._said = folder / f"worker-{len(list(folder.glob('worker-*')))}.log"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environ, stdout=said, stderr=said, start_new_session=True
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.kill()

    @property
    def log(self) -> str:
        """What it said so far."""
        return self._said.read_text(errors="replace")

    def says(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until it has said that. Fails where it ends before."""
        until(lambda: words in self.log or not self.runs, seconds, lambda: self.log)
        assert words in self.log, self.log

    @property
    def runs(self) -> bool:
        """Whether it is still there."""
        return self.process.poll() is None

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(how)
        status = self.process.wait(seconds)
        assert "Traceback" not in self.log, self.log
        return status

    def kill(self) -> None:
        """End it as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def until(
    condition: Callable[[], object], seconds: float = PATIENCE, why: Callable[[], object] = lambda: ""
) -> float:
    """Wait until that holds; how long it took. Fails, with `why()`, where it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {why()}"
        time.sleep(0.02)
    return time.monotonic() - began


# --- what people write -----------------------------------------------------------------------------

FIRST = (
    "Anouk", "Bram", "Carlijn", "Daan", "Evi", "Floris", "Geertje", "Hidde", "Ilse", "Jurre",
    "Karlijn", "Luuk", "Merel", "Niels", "Oona", "Pim", "Roos", "Sjoerd", "Tess", "Wouter",
)  # fmt: skip
LAST = ("Verhagen", "van Dongen", "Smulders", "de Kort", "Brekelmans", "van der Meijden")
FIRST_ABROAD = (
    "Alice", "Brian", "Chloe", "Derek", "Emily", "Frank", "Grace", "Harold", "Irene", "Jack",
    "Kathleen", "Liam", "Molly", "Nathan", "Olivia", "Peter", "Rachel", "Simon", "Tracy", "Victor",
)  # fmt: skip
LAST_ABROAD = ("Ashworth", "Barlow", "Chadwick", "Dawson", "Ellison", "Fletcher")

# Subject, greeting, what they want, how they end; their name follows.
DUTCH = (
    ("Aanmelding", "Beste organisatie,", "Graag meld ik mij aan voor de open werkplaats.",
     "Met vriendelijke groet,"),
    ("Open Werkplaats Spoorzone", "Hallo,",
     "Ik kom graag naar de Open Werkplaats op 24 november. Wilt u mij inschrijven?", "Groeten,"),
    ("aanmelden", "L.S.,", "Hierbij schrijf ik mij in voor de bijeenkomst van 24 november.", ""),
    ("Inschrijving 24 november", "Beste Hanna,",
     "Ik wil me graag inschrijven voor de dag in het Seinhuis.", "Hartelijke groet,\n"),
    ("Aanmelding open dag", "Goedemiddag,",
     "Kunt u mij aanmelden voor de open werkplaats? Alvast bedankt.", "Vriendelijke groet,"),
    ("Ik doe mee", "Dag,", "Ik meld mij hierbij aan als deelnemer.", "mvg,"),
)  # fmt: skip
ENGLISH = (
    ("Registration", "Dear organisers,", "I would like to register for the open day.", "Kind regards,"),
    ("Sign-up Open Werkplaats", "Hello,", "Please sign me up for the open workshop on 24 November.",
     "Best wishes,"),
    ("registration 24 November", "Hi,",
     "I'd love to attend on 24 November. Please put me down for one seat.", "Thanks,"),
    ("Attending", "Dear Sir or Madam,", "I hereby register for the event.", "Yours sincerely,"),
    ("Open day", "Good morning,",
     "Could you please register me for the event in Tilburg? Many thanks.", "Regards,"),
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One of 240 invented people; the odd ones write English."""

    number: int

    @property
    def abroad(self) -> bool:
        """Whether they write English."""
        return self.number % 2 == 1

    @property
    def name(self) -> str:
        """First and last name, no two the same."""
        firsts, lasts = (FIRST_ABROAD, LAST_ABROAD) if self.abroad else (FIRST, LAST)
        half = self.number // 2
        return f"{firsts[half % 20]} {lasts[half // 20]}"

    @property
    def address(self) -> str:
        """Their address."""
        return self.name.replace(" ", ".").lower() + "@home.example"

    def mail(
        self, text: str = "", *, subject: str = "", date: datetime = OPENED, answers: bytes | None = None
    ) -> bytes:
        """Their mail: a registration, or that text; `answers`: a reply to that mail of ours."""
        wordings = ENGLISH if self.abroad else DUTCH
        usual, greeting, wish, ending = wordings[self.number // 2 % len(wordings)]
        words = f"{greeting}\n\n{wish}\n\n{ending}\n{self.name}\n"
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = f"{self.name} <{self.address}>"
        message["To"] = ADDRESS
        message["Subject"] = subject or usual
        message["Date"] = date
        message["Message-ID"] = f"<{zlib.crc32(text.encode()):08x}.{self.address}>"
        if answers is not None:
            ours = message_from_bytes(answers, policy=policy.default)
            message["In-Reply-To"] = message["References"] = str(ours["Message-ID"])
        message.set_content(text or words)
        return message.as_bytes()


PEOPLE = tuple(Person(number) for number in range(240))


# --- what they get ---------------------------------------------------------------------------------


def subjects(smtp: SmtpServer) -> dict[str, list[str]]:
    """Who got what: recipient -> the subjects of all mails taken, in order."""
    found: dict[str, list[str]] = {}
    for one in list(smtp.arrived):
        found.setdefault(one.recipient, []).append(str(read(one.content)["Subject"]))
    return found


def read(content: bytes) -> EmailMessage:
    """A mail of ours, parsed as a mail program does."""
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def message_ids(smtp: SmtpServer, recipient: str) -> Counter[str]:
    """The Message-IDs that recipient got, and how often each."""
    taken = [read(one.content) for one in list(smtp.arrived) if one.recipient == recipient]
    return Counter(str(message["Message-ID"]) for message in taken)
