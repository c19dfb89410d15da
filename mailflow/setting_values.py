"""The kinds of value a configuration may hold, each with what is said when it is something else.

A message completes the sentence "this key ..."; it never repeats what was typed, which may be a secret.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt, StrictStr

LANGUAGES = ("nl", "en", "de", "fr")


def is_loopback(host: str) -> bool:
    """Whether that name or address can only be this machine."""
    name = host.strip("[]").rstrip(".").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _address(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    local, at, domain = value.rpartition("@")
    # Names that only a private network or a test has are no mistake here.
    private = domain == "localhost" or domain.endswith((".localhost", ".local", ".test", ".invalid"))
    try:
        validate_email(
            f"{local}{at}private.example" if private else value,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except EmailNotValidError as wrong:
        # The library's words end in a full stop and may quote what was typed.
        raise ValueError(f'is no mail address: {str(wrong).rstrip(".")}; write it as "name@domain"') from None
    return value


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; fill it in")
    if any(not c.isprintable() for c in value):
        raise ValueError("holds a line break or control character; write it on one line")
    return value


def _reference(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,11}", value):
        raise ValueError('may hold letters and digits only, 12 at most, such as "KLV"')
    return value.upper()


def _one_line(value: str) -> str:
    if any(not c.isprintable() for c in value):
        raise ValueError("holds a line break or control character; write it on one line")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        raise ValueError('may hold letters, digits and dashes only, such as "buurtfeest-2026"')
    return value


def _moment(value: object) -> object:
    """TOML has times of its own; text in ISO 8601 is understood as well."""
    if value == "":
        raise ValueError("is empty; write it as 2018-11-22T13:00:00")
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("is no date and time; write it as 2018-11-22T13:00:00") from None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        raise ValueError(f"is a date without a time; write it as {value.isoformat()}T13:00:00")
    raise ValueError("is no date and time; write it as 2018-11-22T13:00:00")


def _moment_or_none(value: object) -> object:
    return None if value in ("", None) else _moment(value)


def _clock_time(value: object) -> object:
    if isinstance(value, time):
        return value.replace(tzinfo=None)
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d\d", value):
        hour, minute = (int(part) for part in value.split(":"))
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise ValueError('is no clock time; write it as "07:30"')


def _auth(value: str) -> str:
    # Refused until it works: a login that silently falls back to a password would be worse.
    if value == "oauth2":
        raise ValueError('is "oauth2", which comes with a later version; use "password" for now')
    if value != "password":
        raise ValueError('should be "password"')
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"is no language mailflow writes; choose from {', '.join(LANGUAGES)}")
    return value


def _envelope_sender(value: str) -> str:
    return value if value in ("", "<>") else _address(value)


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg2"):
        raise ValueError("names another driver; write postgresql+psycopg://user@host/name")
    if scheme == "postgresql+psycopg" or (
        scheme == "sqlite" and rest[:1] == "/" and rest not in ("/", "/:memory:")
    ):
        return value
    raise ValueError("names no database; write sqlite:///mailflow.db or postgresql+psycopg://user@host/name")


def _web_address(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s/]+\S*", value):
        raise ValueError('is no web address; write it as "https://..."')
    return value


Line = Annotated[StrictStr, AfterValidator(_one_line)]
Filled = Annotated[StrictStr, AfterValidator(_filled)]
Address = Annotated[StrictStr, AfterValidator(_filled), AfterValidator(_address)]
Slug = Annotated[StrictStr, AfterValidator(_filled), AfterValidator(_slug)]
WebAddress = Annotated[StrictStr, AfterValidator(_web_address)]
EnvelopeSender = Annotated[StrictStr, AfterValidator(_envelope_sender)]
Reference = Annotated[StrictStr, AfterValidator(_reference)]
DatabaseUrl = Annotated[StrictStr, AfterValidator(_filled), AfterValidator(_database_url)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
MomentOrNone = Annotated[datetime | None, BeforeValidator(_moment_or_none)]
ClockTime = Annotated[time, BeforeValidator(_clock_time)]
Language = Annotated[StrictStr, AfterValidator(_language)]
Positive = Annotated[StrictInt, Field(ge=1)]
Count = Annotated[StrictInt, Field(ge=0)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Tls = Literal["implicit", "starttls", "none"]
Auth = Annotated[StrictStr, AfterValidator(_auth)]
