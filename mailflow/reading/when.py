"""Stop 4, the day: does a mail speak of the event's day, or only of another?

"Count me in for dinner on Friday" is no seat at an event on a Thursday. Pure: the days are the event's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mailflow.core.model import Event
from mailflow.reading.grammar import Days
from mailflow.reading.sentences import fold

_ORDINAL = re.compile(r"(\d{1,2})(?:e|ste|de|st|nd|rd|th|er|\.)?$")
_NUMERIC = re.compile(r"(\d{1,2})(?:[-/](\d{1,2})(?:[-/]\d{2,4})?|\.(\d{1,2})\.\d{2,4})$")
_LONGEST = 31  # days of an event that are told apart
_OWN_WORD = 6  # letters of a word of the event's name that is its own
_NEAR = 3  # words before a day that say what it is for


def other_day(said: Iterable[str], everything: str, event: Event, days: Days) -> bool:
    """True where the folded sentences `said` name days, none of them the event's, and nothing in the
    folded text `everything` names the event or its day."""
    own = _days_of(event)
    named = [day for sentence in said for day in _named(sentence, days)]
    if not named or any(_fits(day, own) for day in named):
        return False
    if any(_fits(day, own) for day in _named(everything, days)):
        return False
    return not any(len(w) >= _OWN_WORD and f" {w} " in everything for w in fold(event.name).split())


def _days_of(event: Event) -> list[date]:
    zone = ZoneInfo(event.timezone)
    first, last = event.starts.astimezone(zone).date(), event.ends.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range(min((last - first).days, _LONGEST) + 1)]


def _named(folded: str, days: Days) -> Iterator[tuple[int, int] | int]:
    """Each day named: (day, month), or a weekday."""
    words = folded.split()
    for i, word in enumerate(words):
        if days.not_to_come.intersection(words[max(0, i - _NEAR) : i]):
            continue
        if word in days.weekdays:
            yield days.weekdays[word]
        elif word in days.months:
            beside = [*words[max(0, i - 1) : i], *words[i + 1 : i + 2]]
            number = next((int(m[1]) for w in beside if (m := _ORDINAL.match(w))), 0)
            if 0 < number <= 31:
                yield number, days.months[word]
        elif found := _NUMERIC.match(word):
            day, month = int(found[1]), int(found[2] or found[3])
            if 0 < day <= 31 and 0 < month <= 12:
                yield day, month


def _fits(named: tuple[int, int] | int, own: list[date]) -> bool:
    if isinstance(named, int):
        return any(day.weekday() == named for day in own)
    # 3/14 is the fourteenth of March to some.
    return any((day.day, day.month) in (named, named[::-1]) for day in own)
