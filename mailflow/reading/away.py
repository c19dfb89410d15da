"""Stop 4, an absence notice: until when is somebody away? Noted for a person, and nothing else follows.

Told only where it is certain: a day with its month, shortly behind a word that says "until" or "back".
3/4 is the third of April to some and the fourth of March to others, and so is nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from mailflow.reading.grammar import Days
from mailflow.reading.machine_words import fold
from mailflow.reading.model import Mail

_READ = 1_500  # characters of the notice
_BEFORE = 40  # characters before a day in which the word stands
_LONG_PAST = 14  # days; a day of no year that lies further back is next year's
_ISO = re.compile(r"(?<![\d-])(20\d\d)-(\d\d?)-(\d\d?)(?![\d-])")
_NUMERIC = re.compile(r"(?<![\d./-])(\d\d?)([./-])(\d\d?)(?:\2(20\d\d|\d\d))?(?![\d/-])")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|e|ste|de|st|nd|rd|th|er)? (?:of )?([^\W\d_]{3,12})\.?(?:,? (20\d\d))?"
)
_MONTH_FIRST = re.compile(r"\b([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?(?!\d)(?:,? (20\d\d))?")


def until(mail: Mail, words: Sequence[str], days: Days, today: date) -> date | None:
    """The last day named behind one of the folded `words`; None where none can be told."""
    text = fold(f"{mail.subject[:300]} . {mail.text[:_READ]}")
    found = [
        day
        for at, day in _days(text, days, today)
        if any(f" {word.strip()}" in f" {text[max(0, at - _BEFORE) : at]}" for word in words)
    ]
    return max(found, default=None)


def _days(text: str, days: Days, today: date) -> Iterator[tuple[int, date]]:
    """Every day of the text that has a day and a month, and where it stands."""
    read: list[tuple[int, int, int, str | None]] = []
    for m in _ISO.finditer(text):
        read.append((m.start(), int(m[3]), int(m[2]), m[1]))
    for m in _NUMERIC.finditer(text):
        day, month = int(m[1]), int(m[3])
        if m[2] == "/" and max(day, month) <= 12 and day != month:
            continue
        if month > 12:
            day, month = month, day
        if m[4] or m[2] != ".":
            read.append((m.start(), day, month, m[4]))
    for m in _NAMED.finditer(text):
        read.append((m.start(), int(m[1]), days.months.get(m[2], 0), m[3]))
    for m in _MONTH_FIRST.finditer(text):
        read.append((m.start(), int(m[2]), days.months.get(m[1], 0), m[3]))
    for at, day, month, year in read:
        named = _date(day, month, year, today)
        if named is not None:
            yield at, named


def _date(day: int, month: int, year: str | None, today: date) -> date | None:
    try:
        if year:
            return date(int(year) % 100 + 2000, month, day)
        this = date(today.year, month, day)
        return this if (today - this).days <= _LONG_PAST else date(today.year + 1, month, day)
    except ValueError:
        return None
