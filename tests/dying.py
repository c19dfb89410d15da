"""A round of the worker that is killed at a chosen seam: the process of `test_crash.py`.

A seam is the moment before or after any call that a journey makes on mailbox, ledger, step, outbox or
courier. Production code has no hook for this: its collaborators arrive as arguments, and here they
arrive wrapped.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mailflow.deliver import deliver
from mailflow.lapse import lapse
from mailflow.office import open_offices
from mailflow.reading.lexicon import Lexicon
from mailflow.receive import receive
from mailflow.shipped import lexicon_sources
from tests.desk import Hands, deployment

# Done once in the server that forks the dying, not in each of them.
LEXICON = Lexicon.from_files(lexicon_sources())
importlib.import_module("alembic.command")
importlib.import_module("sqlalchemy.dialects.sqlite")


class Fuse:
    """Counts the seams and kills this very process, as a power cut would, at number `at`."""

    def __init__(self, at: int | None) -> None:
        self.at = at
        self.count = 0
        self.names: list[str] = []

    def seam(self, name: str) -> None:
        self.count += 1
        self.names.append(name)
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class Wrapped:
    """Anything, with a seam before and after each call."""

    def __init__(self, inner: Any, fuse: Fuse, name: str) -> None:
        self._inner, self._fuse, self._name = inner, fuse, name

    def __getattr__(self, what: str) -> Any:
        found = getattr(self._inner, what)
        if not callable(found):
            return found
        name, fuse = f"{self._name}.{what}", self._fuse
        if what in ("step", "savepoint"):
            return lambda *args: self._block(found, name, *args)

        def call(*args: Any, **more: Any) -> Any:
            fuse.seam(f"before {name}")
            result = found(*args, **more)
            fuse.seam(f"after {name}")
            return result

        return call

    @contextmanager
    def _block(self, found: Any, name: str, *args: Any) -> Iterator[Any]:
        self._fuse.seam(f"before {name}")
        with found(*args) as inner:
            yield Wrapped(inner, self._fuse, name)
            self._fuse.seam(f"before the end of {name}")
        self._fuse.seam(f"after the end of {name}")


def one_round(config: str, now: datetime, at: int | None) -> list[str]:
    """Receive, lapse, deliver, as `mailflow poll` does; the names of the seams passed."""
    fuse = Fuse(at)
    clock = Hands(now)
    opened = open_offices(deployment(Path(config), "demo"), clock, lexicon=LEXICON)[0]
    store = Wrapped(opened.store, fuse, "store")
    mailbox = Wrapped(opened.mailbox(), fuse, "mailbox")
    courier = Wrapped(opened.courier(), fuse, "courier")
    receive(opened.desk, store, mailbox, clock)  # type: ignore[arg-type]
    mailbox.close()
    lapse(opened.desk, store, now)  # type: ignore[arg-type]
    deliver(
        store,  # type: ignore[arg-type]
        courier,  # type: ignore[arg-type]
        opened.event_id,
        now=clock,
        settings=opened.sending,
        jitter=lambda: 0.0,
        sleep=lambda _seconds: None,
    )
    opened.store.close()
    return fuse.names
