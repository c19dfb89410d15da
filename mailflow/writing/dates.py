"""Dates and clock times as people read them, in the event's zone and the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = {
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
}
MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_AT = {"nl": "om", "en": "at", "de": "um", "fr": "à"}
# Said behind a clock time that comes twice, in the night that the clocks go back: (first, second).
_TWICE = {
    "nl": ("zomertijd", "wintertijd"),
    "en": ("summer time", "winter time"),
    "de": ("Sommerzeit", "Winterzeit"),
    "fr": ("heure d’été", "heure d’hiver"),
}
_UNITS = {
    "nl": (("dag", "dagen"), ("uur", "uur"), ("minuut", "minuten")),
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes")),
    "de": (("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten")),
    "fr": (("jour", "jours"), ("heure", "heures"), ("minute", "minutes")),
}


def _language(language: str) -> str:
    return language if language in WEEKDAYS else "en"


def day(moment: datetime, language: str, timezone: str) -> str:
    """Weekday and date: "donderdag 22 november 2018". `moment` is aware."""
    local = moment.astimezone(ZoneInfo(timezone))
    language = _language(language)
    weekday = WEEKDAYS[language].split()[local.weekday()]
    month = MONTHS[language].split()[local.month - 1]
    if language == "de":
        return f"{weekday}, {local.day}. {month} {local.year}"
    number = "1er" if language == "fr" and local.day == 1 else str(local.day)
    return f"{weekday} {number} {month} {local.year}"


def clock(moment: datetime, timezone: str) -> str:
    """The time of day, 24 hours: "13:00"."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%H:%M}"


def _oclock(text: str, language: str) -> str:
    match _language(language):
        case "nl":
            return f"{text} uur"
        case "de":
            return f"{text} Uhr"
        case "fr":
            return text.replace(":", " h ")
        case _:
            return text


def at(moment: datetime, language: str, timezone: str) -> str:
    """Date and time: "donderdag 22 november 2018 om 13:00 uur"."""
    return f"{day(moment, language, timezone)} {_AT[_language(language)]} {hour(moment, language, timezone)}"


def hour(moment: datetime, language: str, timezone: str) -> str:
    """The time of day as it is said: "13:00 uur"; where that time comes twice, which of the two."""
    local = moment.astimezone(ZoneInfo(timezone))
    said = _oclock(clock(moment, timezone), language)
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return said
    return f"{said} ({_TWICE[_language(language)][local.fold]})"


def short(moment: datetime, language: str, timezone: str) -> str:
    """Day, month and time as a table has room for: "5 nov 14:32"."""
    local = moment.astimezone(ZoneInfo(timezone))
    month = MONTHS[_language(language)].split()[local.month - 1]
    if _language(language) != "fr":  # juin and juillet begin alike
        month = "mrt" if month == "maart" else month[:3]
    return f"{local.day} {month} {local:%H:%M}"


def brief(moment: datetime, language: str, timezone: str) -> str:
    """Weekday, day, month and time as a subject has room for: "ma 5 nov 14:32"."""
    weekday = WEEKDAYS[_language(language)].split()[moment.astimezone(ZoneInfo(timezone)).weekday()]
    weekday = {"en": weekday[:3], "fr": f"{weekday[:3]}."}.get(_language(language), weekday[:2])
    return f"{weekday} {short(moment, language, timezone)}"


def days_until(moment: datetime, now: datetime, timezone: str) -> int:
    """How many midnights lie between now and then, in that zone: 1 is tomorrow."""
    zone = ZoneInfo(timezone)
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


def span(starts: datetime, ends: datetime, language: str, timezone: str) -> str:
    """From when until when; the date is said once where it is one day."""
    zone = ZoneInfo(timezone)
    if starts.astimezone(zone).date() == ends.astimezone(zone).date():
        times = f"{clock(starts, timezone)}–{clock(ends, timezone)}"
        return f"{day(starts, language, timezone)}, {_oclock(times, language)}"
    return f"{at(starts, language, timezone)} – {at(ends, language, timezone)}"


def lasting(duration: timedelta, language: str) -> str:
    """How long, in the largest whole unit: "3 dagen", "5 uur", "1 minuut"."""
    minutes = max(0, int(duration.total_seconds() // 60))
    language = _language(language)
    for number, unit in zip((minutes // 1440, minutes // 60, minutes), _UNITS[language], strict=True):
        if number or unit is _UNITS[language][-1]:
            return f"{number} {unit[number != 1]}"
    raise AssertionError("the last unit always answers")
