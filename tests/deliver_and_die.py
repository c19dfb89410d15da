"""A process that delivers until its hour has come: `python -m tests.deliver_and_die`, by test_deliver.py.

It imports everything once and forks for each order it reads (one JSON object a line), so that a
hundred deaths take seconds. What the house itself does is not touched: store, courier and the
socket calls below it are watched from outside, and at seam number `die_at` the process is killed.
"""

from __future__ import annotations

import json
import os
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy.dialects.sqlite  # noqa: F401 - here once, else in every child

from mailflow.adapters.courier import CourierSettings, SmtpCourier
from mailflow.adapters.store import open_store
from mailflow.deliver import DeliverSettings, deliver


class Seams:
    """Counts what is passed; at number `die_at` there is no more counting."""

    def __init__(self, die_at: int | None) -> None:
        self.passed: list[str] = []
        self._die_at = die_at

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self(f"before {name}")
            try:
                return call(*args, **kwargs)
            finally:
                self(f"after {name}")

        return watched

    def before(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self(f"before {name}")
            return call(*args, **kwargs)

        return watched


class Watched:
    """Any object, with a seam before and after each of its calls."""

    def __init__(self, thing: object, seams: Seams) -> None:
        self._thing, self._seams = thing, seams

    def __getattr__(self, name: str) -> Any:
        return self._seams.around(name, getattr(self._thing, name))


def live(order: dict[str, Any]) -> None:
    """One run of `deliver`, to its end or to its death; the seams passed go into the file `seams`."""
    seams = Seams(order["die_at"])
    # After a write comes the read of its answer: one seam between them is enough.
    smtplib.SMTP.send = seams.before("writing", smtplib.SMTP.send)  # type: ignore[method-assign]
    smtplib.SMTP.getreply = seams.before("reading", smtplib.SMTP.getreply)  # type: ignore[method-assign]
    store = open_store(order["url"], migrate=False)
    courier = SmtpCourier(CourierSettings("127.0.0.1", order["port"], "none"))
    deliver(
        Watched(store, seams),
        Watched(courier, seams),
        order["event"],
        now=lambda: datetime.fromisoformat(order["now"]),
        settings=DeliverSettings(),
        jitter=lambda: 0.0,
        sleep=lambda _: None,
    )
    store.close()
    Path(order["seams"]).write_text(json.dumps(seams.passed))


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - its answer


if __name__ == "__main__":
    main()
