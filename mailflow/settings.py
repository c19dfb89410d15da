"""What may stand in the configuration: every key, its type and default, as pydantic models.

`extra="forbid"` holds on every model, so that a typo is an error and not a silence. Numbers and
truths are strict: `capacity = "100"` and `capacity = true` are mistakes worth naming. How files,
environment and secrets come together is config.py; how a mistake is worded is config_problems.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StrictBool, StrictInt
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from mailflow.core.model import InvolvementPolicy, Promotion
from mailflow.setting_values import (
    Address,
    Auth,
    ClockTime,
    Count,
    DatabaseUrl,
    EnvelopeSender,
    Filled,
    Language,
    Line,
    Moment,
    MomentOrNone,
    Port,
    Positive,
    Reference,
    Slug,
    Tls,
    WebAddress,
)


class Section(BaseModel):
    """One table of a file. Unknown keys are errors; what was typed never stands in an error (secrets)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DatabaseSection(Section):
    url: DatabaseUrl = "sqlite:///mailflow.db"


class ServerSection(Section):
    """What [mailbox] and [smtp] have in common."""

    host: Filled
    user: Line
    password: SecretStr = SecretStr("")
    password_file: Line = ""
    tls: Tls = "implicit"
    port: Port | None = None  # None: the usual one for `tls`
    ca_file: Line = ""
    auth: Auth = "password"

    def _usual_port(self, implicit: int, starttls: int, none: int) -> int:
        return self.port or {"implicit": implicit, "starttls": starttls, "none": none}[self.tls]


class MailboxSection(ServerSection):
    user: Filled
    folder: Filled = "INBOX"
    handled_folder: Filled = "Mailflow/Handled"
    review_folder: Filled = "Mailflow/Review"
    idle: StrictBool = True
    trusted_authserv_id: Line = ""
    own_list_id: Line = ""

    @property
    def port_used(self) -> int:
        """The configured port, or the usual one for `tls`."""
        return self._usual_port(993, 143, 143)


class SmtpSection(ServerSection):
    user: Line = ""
    envelope_from: EnvelopeSender = ""
    connections: Positive = 1
    per_minute: Count = 0

    @property
    def port_used(self) -> int:
        """The configured port, or the usual one for `tls`."""
        return self._usual_port(465, 587, 25)


class OAuth2Section(Section):
    token_url: Line = ""
    client_id: Line = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Line = ""
    refresh_token: SecretStr = SecretStr("")
    refresh_token_file: Line = ""
    scope: Line = ""
    grant: Literal["refresh_token", "client_credentials"] = "refresh_token"


class WorkerSection(Section):
    poll_seconds: Positive = 60
    batch: Annotated[StrictInt, Field(ge=1, le=1000)] = 50
    max_message_bytes: Annotated[StrictInt, Field(ge=1024)] = 26214400


class LimitsSection(Section):
    answers_per_address_per_day: Positive = 5
    answers_per_domain_per_day: Positive = 20
    answers_per_hour: Positive = 600


class OutboxSection(Section):
    in_doubt_minutes: Count = 10
    give_up_hours: Positive = 72


class DigestSection(Section):
    at: ClockTime = time(7, 30)


class AlarmSection(Section):
    mailbox_minutes: Positive = 30
    ping_url: WebAddress = ""


class HttpSection(Section):
    listen: Line = ""


class LogSection(Section):
    format: Literal["text", "json"] = "text"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class ProgrammeBlock(Section):
    time: Line = ""
    text: Filled


class RoundBlock(Section):
    number: Positive
    time: Line = ""


class ProjectBlock(Section):
    id: Slug
    name: Filled
    place: Line = ""
    leaders: tuple[Filled, ...] = ()
    aliases: tuple[Filled, ...] = ()
    text: Line = ""


class EventFile(Section):
    """One file of events/. `mailbox` and `smtp` stay as written: they are merged before they are judged."""

    id: Slug
    name: Filled
    reference: Reference | None = None
    address: Address
    organisers: Annotated[tuple[Address, ...], Field(min_length=1)]
    capacity: Positive
    held: Count = 0
    max_party: Positive = 4
    starts: Moment
    ends: Moment
    timezone: Filled
    opens: MomentOrNone = None
    closes: MomentOrNone = None
    location: Line = ""
    language: Language = "nl"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("nl", "en")
    involvement: InvolvementPolicy = InvolvementPolicy.ASK
    promotion: Promotion = Promotion.BY_TIME
    calendar: Literal["request", "publish", "off"] = "request"
    substitution: Literal["free", "via_waitlist", "organiser"] = "free"
    reconfirm_days: Count = 7
    release_silent: StrictBool = False
    retention_days: Count = 30
    purge_mailbox: StrictBool = False
    programme: tuple[ProgrammeBlock, ...] = ()
    round: tuple[RoundBlock, ...] = ()
    project: tuple[ProjectBlock, ...] = ()
    mailbox: dict[str, Any] = Field(default_factory=dict)
    smtp: dict[str, Any] = Field(default_factory=dict)


class Settings(BaseSettings):
    """mailflow.toml with the environment laid over it and an event's own [mailbox] and [smtp] over that.

    Built from merged tables only (config.py merges, and knows which file each value came from);
    the environment's names and nesting are those of pydantic-settings.
    """

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix="MAILFLOW_",
        env_nested_delimiter="__",
    )

    database: DatabaseSection = DatabaseSection()
    mailbox: MailboxSection
    oauth2: OAuth2Section = OAuth2Section()
    smtp: SmtpSection
    worker: WorkerSection = WorkerSection()
    limits: LimitsSection = LimitsSection()
    outbox: OutboxSection = OutboxSection()
    digest: DigestSection = DigestSection()
    alarm: AlarmSection = AlarmSection()
    http: HttpSection = HttpSection()
    log: LogSection = LogSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in and nothing else: the process's own environment is read in one place only."""
        return (init_settings,)


class _Environment(EnvSettingsSource):
    """The tables that a mapping of variables describes, instead of the process's own environment."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.casefold(): value for name, value in self._variables.items()}


def _section(table: str) -> type[BaseModel] | None:
    field = Settings.model_fields.get(table)
    kind = field.annotation if field is not None else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def known_variable(variable: str) -> tuple[str, str] | None:
    """(table, key) for MAILFLOW_TABLE__KEY, in any case, where there is such a key.

    None for every other variable: those are not ours to judge.
    """
    prefix, _, rest = variable.casefold().partition("_")
    table, _, key = rest.partition("__")
    section = _section(table)
    return (
        (table, key) if prefix == "mailflow" and section is not None and key in section.model_fields else None
    )


def from_environment(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Tables as a TOML file would give them.

    Text becomes the key's own type where it can; where it cannot it stays text, and is named as a mistake.
    """
    tables: dict[str, dict[str, Any]] = _Environment(
        {n: v for n, v in variables.items() if known_variable(n)}
    )()
    for table, keys in tables.items():
        section = _section(table)
        fields = section.model_fields if section is not None else {}
        for key, value in keys.items():
            kind = fields[key].annotation
            if kind is bool and isinstance(value, str):
                keys[key] = _TRUTHS.get(value.strip().casefold(), value)
            elif kind in (int, int | None) and isinstance(value, str) and value.strip().isdecimal():
                keys[key] = int(value)
    return tables


_TRUTHS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
