"""The configuration: mailflow.toml, events/*.toml, environment and secret files -> one frozen Deployment.

Weakest first: defaults, mailflow.toml, the secrets directory, the environment; and over those an
event's own [mailbox] and [smtp]. Every mistake of every file is collected before anything is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mailflow.config_layers import Layers, above, read_secrets, secret_folder, variable
from mailflow.config_problems import Loc, read_toml, worded
from mailflow.core.model import Event
from mailflow.errors import ConfigError
from mailflow.event_file import EventRead, read_event
from mailflow.setting_values import is_loopback
from mailflow.settings import (
    AlarmSection,
    DigestSection,
    HttpSection,
    LimitsSection,
    LogSection,
    MailboxSection,
    OAuth2Section,
    OutboxSection,
    Settings,
    SmtpSection,
    WorkerSection,
    from_environment,
)


@dataclass(frozen=True, slots=True)
class EventSetup:
    """One event with the mailbox it reads and the server it sends by."""

    event: Event
    mailbox: MailboxSection
    smtp: SmtpSection
    file: Path

    @property
    def mailbox_name(self) -> str:
        """ "user@host/FOLDER": the first part of the ledger's key."""
        return f"{self.mailbox.user}@{self.mailbox.host}/{self.mailbox.folder}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything configured. `root` is the folder above the configuration: relative paths start there."""

    config_dir: Path
    root: Path
    database_url: str = field(repr=False)
    events: tuple[EventSetup, ...]
    oauth2: OAuth2Section
    worker: WorkerSection
    limits: LimitsSection
    outbox: OutboxSection
    digest: DigestSection
    alarm: AlarmSection
    http: HttpSection
    log: LogSection

    @property
    def templates(self) -> Path | None:
        """The organiser's own templates beside the configuration, where there are any."""
        own = self.root / "templates"
        return own if own.is_dir() else None

    def of(self, event_id: str | None = None) -> EventSetup:
        """The setup of that event; of the only one if none is named. Raises ConfigError."""
        ids = ", ".join(s.event.id for s in self.events)
        if event_id is None:
            if len(self.events) == 1:
                return self.events[0]
            raise ConfigError([f"--event: several events are configured; name one of {ids}"])
        for setup in self.events:
            if setup.event.id == event_id:
                return setup
        raise ConfigError([f'--event: no event "{event_id}" is configured; there is {ids}'])

    def missing_passwords(self) -> list[str]:
        """Problem lines for logins that would go without a password. Looking at the ledger needs none."""
        lines = []
        for setup in self.events:
            for table, section in (("mailbox", setup.mailbox), ("smtp", setup.smtp)):
                if section.user and not section.password.get_secret_value():
                    lines.append(
                        f"{self.config_dir / 'mailflow.toml'}:{table}.password: is missing; set "
                        f"MAILFLOW_{table.upper()}__PASSWORD or name a file in {table}.password_file"
                    )
        return list(dict.fromkeys(lines))


def load_event(path: Path) -> Event:
    """The event of one file, its times aware in its own zone. Raises ConfigError with every problem."""
    read = read_event(path)
    problems = [*read.problems]
    for table, keys in (("mailbox", read.mailbox), ("smtp", read.smtp)):
        problems += _settings_problems({table: keys}, partial(_named, str(path)), only_known=True)
    if read.event is None or problems:
        raise ConfigError(list(dict.fromkeys(problems)))
    return read.event


def find(config_dir: Path) -> Path:
    """The folder with mailflow.toml: the one named, or its folder `config` (`mailflow init` makes that)."""
    inner = config_dir / "config"
    return (
        inner
        if not (config_dir / "mailflow.toml").exists() and (inner / "mailflow.toml").exists()
        else config_dir
    )


def load(config_dir: Path, environ: Mapping[str, str]) -> Deployment:
    """Read everything. Raises ConfigError with every problem of every file at once."""
    if not config_dir.is_dir():
        raise ConfigError(
            [f"{config_dir}: there is no such folder; name one by --config DIR or MAILFLOW_CONFIG, "
             "or make one with `mailflow init DIR`"]
        )  # fmt: skip
    config_dir = find(config_dir)
    root = above(config_dir)
    main = config_dir / "mailflow.toml"
    problems: list[str] = []
    reads = _read_events(config_dir, problems)
    try:
        tables = Layers(read_toml(main), main)
    except ValueError as wrong:
        raise ConfigError(list(dict.fromkeys([str(wrong), *problems]))) from None
    tables.lay_over(from_environment(secret_folder(environ, problems)), variable)
    tables.lay_over(from_environment(environ), variable)
    if not reads:
        problems += _settings_problems(tables.values, tables.file_of)

    events: list[EventSetup] = []
    settings: Settings | None = None
    for read in reads:
        own = tables.copy()
        own.lay_over({"mailbox": read.mailbox, "smtp": read.smtp}, partial(_named, str(read.path)))
        problems += own.conflicts()
        read_secrets(own, config_dir, problems)
        found = _settings_problems(own.values, own.file_of)
        problems += found
        if found:
            continue
        settings = Settings(**own.values)
        if read.event is not None:
            events.append(EventSetup(read.event, settings.mailbox, settings.smtp, read.path))
    problems += _same_mailbox(events)
    if problems or settings is None:
        raise ConfigError(list(dict.fromkeys(problems)))
    return Deployment(
        config_dir=config_dir,
        root=root,
        database_url=_absolute(settings.database.url, root),
        events=tuple(events),
        oauth2=settings.oauth2,
        worker=settings.worker,
        limits=settings.limits,
        outbox=settings.outbox,
        digest=settings.digest,
        alarm=settings.alarm,
        http=settings.http,
        log=settings.log,
    )


def _read_events(config_dir: Path, problems: list[str]) -> list[EventRead]:
    folder = config_dir / "events"
    paths = sorted(p for p in folder.glob("*.toml") if not p.name.startswith("."))
    if not paths:
        problems.append(
            f"{folder}: holds no event; `mailflow init DIR` writes a commented one (events/NAME.toml)"
        )
    reads = [read_event(path) for path in paths]
    for name in ("id", "reference"):
        first: dict[str, Path] = {}
        for read in reads:
            value = getattr(read, name)
            if value is None:
                continue
            if value in first:
                problems.append(
                    f'{read.path}:{name}: "{value}" is also that of {first[value]}; give each its own'
                )
            first.setdefault(value, read.path)
    for read in reads:
        problems += read.problems
    return reads


def _settings_problems(
    values: dict[str, Any], file_of: Callable[[Loc], str], *, only_known: bool = False
) -> list[str]:
    """Lines for what is wrong in these tables; `only_known`: other files may fill in the rest."""
    try:
        Settings(**values)
    except ValidationError as wrong:
        lines = worded(wrong, Settings, file_of)
        kinds = [item["type"] for item in wrong.errors(include_url=False, include_input=False)]
        lines = [
            line for line, kind in zip(lines, kinds, strict=True) if not (only_known and kind == "missing")
        ]
    else:
        lines = []
    for table in ("mailbox", "smtp"):
        keys = values.get(table)
        host = keys.get("host") if isinstance(keys, dict) and keys.get("tls") == "none" else None
        if isinstance(host, str) and host and not is_loopback(host):
            lines.append(
                f'{file_of((table, "tls"))}:{table}.tls: "none" sends password and mail unprotected; it is '
                'for a server on this machine only, use "implicit" or "starttls"'
            )
    mailbox = values.get("mailbox")
    keys = mailbox if isinstance(mailbox, dict) else {}
    for key in ("handled_folder", "review_folder"):
        # A mail moved into the folder that is read would be found again for ever.
        if (
            isinstance(keys.get(key), str)
            and keys[key].casefold() == str(keys.get("folder", "INBOX")).casefold()
        ):
            lines.append(
                f"{file_of(('mailbox', key))}:mailbox.{key}: is the folder that is read; name another one"
            )
    return lines


def _named(name: str, _loc: Loc) -> str:
    return name


def _same_mailbox(events: list[EventSetup]) -> list[str]:
    """Each mail belongs to one event: two may not read the same folder."""
    lines, first = [], dict[str, EventSetup]()
    for setup in events:
        other = first.setdefault(setup.mailbox_name.casefold(), setup)
        if other is not setup:
            lines.append(
                f"{setup.file}:mailbox: reads the same folder as {other.file}; give each event a "
                "[mailbox] user or folder of its own"
            )
    return lines


def _absolute(url: str, root: Path) -> str:
    """The database's URL, a relative SQLite file made absolute."""
    relative = url.removeprefix("sqlite:///")
    return f"sqlite:///{root / relative}" if relative != url else url
