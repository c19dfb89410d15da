"""What was asked on the command line, and what a command needs that follows from it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mailflow import logs
from mailflow.clock import Clock, clock_for

if TYPE_CHECKING:
    from mailflow.adapters.store import SqlStore
    from mailflow.config import Deployment, EventSetup


@dataclass(slots=True)
class Call:
    """The global options of one call. The environment is read here, and handed on."""

    config: str | None = None
    event: str | None = None
    now: datetime | None = None
    verbose: int = 0
    log: str | None = None

    @property
    def config_dir(self) -> Path:
        """`--config`, else MAILFLOW_CONFIG, else ./config."""
        return Path(self.config or os.environ.get("MAILFLOW_CONFIG") or "config")

    def begin_log(self, kind: str = "text", level: str = "WARNING") -> None:
        """Log to standard error; the options win over what a command or the configuration asks for."""
        logs.to_stderr(self.log or kind, "DEBUG" if self.verbose else level)

    def deployment(self) -> Deployment:
        """The configuration. Raises ConfigError with every problem."""
        from mailflow.config import load

        return load(self.config_dir, os.environ)

    def setups(self, deployment: Deployment) -> list[EventSetup]:
        """The event named, else all that are configured. Raises ConfigError."""
        return [deployment.of(self.event)] if self.event else list(deployment.events)

    def clock(self, deployment: Deployment, *, ticks: bool = False) -> Clock:
        """The clock that `--now` asks for; without an offset it is local to the (first) event."""
        setups = self.setups(deployment)
        zone = ZoneInfo(setups[0].event.timezone) if setups else UTC
        return clock_for(self.now, zone, ticks=ticks)

    def look(self, deployment: Deployment) -> SqlStore | None:
        """The ledger for looking, made and changed by nothing; None where there is none yet."""
        from mailflow.adapters.store import NoDatabaseYet, open_store

        try:
            store = open_store(deployment.database_url, migrate=False)
        except NoDatabaseYet:
            return None
        click.get_current_context().call_on_close(store.close)
        for setup in deployment.events:
            store.know(setup.event)
        return store


def moment(text: str) -> datetime:
    """ISO 8601; without an offset it is local to the event. A wrong one is wrong usage."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date and time; write it as 2018-11-05T12:00") from None
