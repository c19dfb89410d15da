"""One file of events/ -> Event, or every mistake in it at once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from mailflow.config_problems import Loc, read_toml, worded
from mailflow.core.contact import fold_name
from mailflow.core.model import Event, ProgrammeItem, Project, Round
from mailflow.settings import EventFile

# Stand-ins for keys that are missing or wrong, so that the rest of the file can still be judged.
_STAND_INS: dict[str, Any] = {
    "id": "stand-in",
    "name": "stand-in",
    "address": "stand-in@event.example",
    "organisers": ["stand-in@event.example"],
    "capacity": 1,
    "starts": datetime(2018, 1, 1, 12),  # noqa: DTZ001 - local, as TOML gives it
    "ends": datetime(2018, 1, 1, 13),  # noqa: DTZ001
    "timezone": "UTC",
}
_TIMES = ("starts", "ends", "opens", "closes")


@dataclass(frozen=True, slots=True)
class EventRead:
    """What came of one event file. `event` is None where there are problems."""

    path: Path
    event: Event | None
    problems: list[str]
    mailbox: dict[str, Any] = field(default_factory=dict, repr=False)  # as written: [mailbox], [smtp]
    smtp: dict[str, Any] = field(default_factory=dict, repr=False)
    id: str | None = None  # as far as readable, to compare with the other files
    reference: str | None = None


def read_event(path: Path) -> EventRead:
    """Read and judge one event file. Never raises for what stands in it."""
    try:
        raw = read_toml(path)
    except ValueError as wrong:
        return EventRead(path, None, [str(wrong)])
    problems: list[str] = []
    parsed, bad = _parsed(raw, path, problems)
    if parsed is None:  # not even the stand-ins helped; what is wrong has been said
        return EventRead(path, None, problems)
    zone = _zone(parsed.timezone, path, problems) if "timezone" not in bad else None
    times = {
        key: _in_zone(getattr(parsed, key), key, zone, path, problems) for key in _TIMES if key not in bad
    }
    _order(times, path, problems)
    if not bad & {"capacity", "held"} and parsed.held > parsed.capacity:
        problems.append(
            f"{path}:held: {parsed.held} is more than the capacity of {parsed.capacity}; keep back fewer"
        )
    _twice(parsed, path, problems)
    event = None
    if not problems:
        event = _event(parsed, times)
    return EventRead(
        path,
        event,
        problems,
        mailbox=parsed.mailbox,
        smtp=parsed.smtp,
        id=None if "id" in bad else parsed.id,
        reference=None if bad & {"id", "reference"} else _reference(parsed),
    )


def _parsed(raw: dict[str, Any], path: Path, problems: list[str]) -> tuple[EventFile | None, set[str]]:
    """The file as a model, its mistakes set aside; and the top-level keys that could not be used."""
    try:
        return EventFile.model_validate(raw), set()
    except ValidationError as wrong:
        problems.extend(worded(wrong, EventFile, lambda _loc: str(path)))
        locs: list[Loc] = [item["loc"] for item in wrong.errors(include_url=False, include_input=False)]
    bad = {str(loc[0]) for loc in locs}
    rest = {key: value for key, value in raw.items() if key not in bad}
    for table in bad & {"project", "round", "programme"}:
        wrong_blocks = {loc[1] for loc in locs if loc[0] == table and len(loc) > 1}
        if wrong_blocks and isinstance(raw[table], list):
            rest[table] = [block for n, block in enumerate(raw[table]) if n not in wrong_blocks]
    try:
        return EventFile.model_validate({**_STAND_INS, **rest}), bad
    except ValidationError:
        return None, bad


def _zone(name: str, path: Path, problems: list[str]) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # ZoneInfoNotFoundError is a KeyError; "" and "../x" are ValueErrors
        from zoneinfo import available_timezones

        near = difflib.get_close_matches(name, available_timezones(), n=1, cutoff=0.5)
        cure = f'did you mean "{near[0]}"?' if near else 'write it as "Europe/Amsterdam"'
        problems.append(f"{path}:timezone: is no time zone that is known; {cure}")
        return None


def _in_zone(
    moment: datetime | None, key: str, zone: ZoneInfo | None, path: Path, problems: list[str]
) -> datetime | None:
    """The moment in the event's zone. A local time that the clocks skip is a problem."""
    if moment is None or zone is None:
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(zone)
    local = moment.replace(tzinfo=zone)
    real = local.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != moment:
        problems.append(
            f"{path}:{key}: {moment:%H:%M} does not exist on {moment:%Y-%m-%d} in {zone.key}: the clocks go "
            f"forward then; write {real:%Y-%m-%dT%H:%M:%S}"
        )
        return None
    return local


def _order(times: dict[str, datetime | None], path: Path, problems: list[str]) -> None:
    def before(first: str, second: str, what: str) -> None:
        one, other = times.get(first), times.get(second)
        if one is not None and other is not None and not one.astimezone(UTC) < other.astimezone(UTC):
            problems.append(f"{path}:{second if second == 'ends' else first}: {what}")

    before("starts", "ends", "is not after starts; an event ends later than it starts")
    before("opens", "closes", "is not before closes; sign-up opens first and closes later")
    before("opens", "starts", "is not before starts; sign-up opens before the event begins")


def _twice(parsed: EventFile, path: Path, problems: list[str]) -> None:
    """Projects that cannot be told apart, and rounds of the same number."""
    seen: set[str] = set()
    for project in parsed.project:
        if project.id in seen:
            problems.append(f'{path}:project: two projects have the id "{project.id}"; give each its own')
        seen.add(project.id)
    called: dict[str, list[int]] = defaultdict(list)
    for n, project in enumerate(parsed.project):
        for name in (project.name, *project.aliases):
            folded = fold_name(name)
            if n not in called[folded]:
                called[folded].append(n)
            if len(called[folded]) == 2 and called[folded][-1] == n:
                other = parsed.project[called[folded][0]].id
                problems.append(
                    f'{path}:project: "{name}" is a name or alias of both "{other}" and "{project.id}"; '
                    "a name may point to one project only"
                )
    numbers = [r.number for r in parsed.round]
    problems.extend(
        f"{path}:round: two rounds have the number {n}; number them from 1"
        for n in sorted({n for n in numbers if numbers.count(n) > 1})
    )


def _reference(parsed: EventFile) -> str:
    return parsed.reference or ("".join(c for c in parsed.id if c.isalnum())[:4] or "REF").upper()


def _event(parsed: EventFile, times: dict[str, datetime | None]) -> Event:
    starts, ends = times["starts"], times["ends"]
    assert starts is not None  # noqa: S101 - required, and no problem was found
    assert ends is not None  # noqa: S101
    languages = dict.fromkeys((*parsed.languages, parsed.language))  # the event's own is always among them
    return Event(
        id=parsed.id,
        name=parsed.name,
        reference=_reference(parsed),
        address=parsed.address,
        organisers=tuple(dict.fromkeys(parsed.organisers)),
        capacity=parsed.capacity,
        held=parsed.held,
        max_party=parsed.max_party,
        starts=starts,
        ends=ends,
        timezone=parsed.timezone,
        opens=times["opens"],
        closes=times["closes"],
        location=parsed.location,
        language=parsed.language,
        languages=tuple(languages),
        involvement=parsed.involvement,
        promotion=parsed.promotion,
        calendar=parsed.calendar,
        substitution=parsed.substitution,
        reconfirm_days=parsed.reconfirm_days,
        release_silent=parsed.release_silent,
        retention_days=parsed.retention_days,
        purge_mailbox=parsed.purge_mailbox,
        programme=tuple(ProgrammeItem(p.time, p.text) for p in parsed.programme),
        rounds=tuple(Round(r.number, r.time) for r in sorted(parsed.round, key=lambda r: r.number)),
        projects=tuple(Project(p.id, p.name, p.place, p.leaders, p.aliases, p.text) for p in parsed.project),
    )
