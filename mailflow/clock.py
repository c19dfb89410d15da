"""What time it is: the only place that reads the wall clock.

Everything else is handed a `Clock` (or a time), so that a poll can be run as if it were another day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

Clock = Callable[[], datetime]


def wall() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


def frozen(at: datetime) -> Clock:
    """A clock that stands still at that aware moment; it tells UTC."""
    moment = at.astimezone(UTC)
    return lambda: moment


def ticking(at: datetime) -> Clock:
    """A clock that shows that aware moment now and goes on from there; it tells UTC."""
    ahead = at.astimezone(UTC) - wall()
    return lambda: wall() + ahead


def clock_for(now: datetime | None, zone: tzinfo, *, ticks: bool = False) -> Clock:
    """The clock `--now` asks for; None is the wall clock. A `now` without an offset is local in `zone`."""
    if now is None:
        return wall
    aware = now if now.tzinfo is not None else now.replace(tzinfo=zone)
    return ticking(aware) if ticks else frozen(aware)
