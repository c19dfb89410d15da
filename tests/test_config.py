"""The configuration: what it gives, and how every mistake in it is named at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailflow.config import load
from mailflow.errors import ConfigError

SHIPPED = Path(__file__).parent.parent / "config"
EVENT = """
id = "buurtfeest"
name = "Buurtfeest"
address = "feest@buurt.example"
organisers = ["els@buurt.example"]
capacity = 20
starts = 2026-11-19T13:00:00
ends = 2026-11-19T18:00:00
timezone = "Europe/Amsterdam"
"""
MAIN = """
[mailbox]
host = "imap.buurt.example"
user = "feest@buurt.example"
[smtp]
host = "smtp.buurt.example"
"""


def write(folder: Path, main: str = MAIN, **events: str) -> Path:
    """A configuration folder; event files by name, one ordinary one if none is given."""
    config = folder / "config"
    (config / "events").mkdir(parents=True, exist_ok=True)
    (config / "mailflow.toml").write_text(main, encoding="utf-8")
    for name, text in (events or {"feest": EVENT}).items():
        (config / "events" / f"{name}.toml").write_text(text, encoding="utf-8")
    return config


def problems(config: Path, **environ: str) -> list[str]:
    """What loading complains of, with the folder's path cut off."""
    with pytest.raises(ConfigError) as wrong:
        load(config, environ)
    return [line.replace(f"{config}{os.sep}", "") for line in wrong.value.problems]


def test_the_shipped_configuration_loads() -> None:
    deployment = load(SHIPPED, {})
    (setup,) = deployment.events
    assert setup.event.id == "leefbaarheid-2018"
    assert deployment.database_url == f"sqlite:///{SHIPPED.resolve().parent / 'mailflow.db'}"
    assert (setup.mailbox.port_used, setup.smtp.port_used) == (993, 465)


def test_the_values_shown_in_the_shipped_file_are_the_defaults(tmp_path: Path) -> None:
    shown, bare = load(SHIPPED, {}), load(write(tmp_path), {})
    for table in ("oauth2", "worker", "limits", "outbox", "digest", "alarm", "http", "log"):
        assert getattr(shown, table) == getattr(bare, table), table
    own = {"host": "", "user": ""}
    ports = {"port": None}
    for table in ("mailbox", "smtp"):
        one, other = getattr(shown.events[0], table), getattr(bare.events[0], table)
        assert one.port_used == other.port_used
        assert one.model_copy(update=own | ports) == other.model_copy(update=own | ports), table


def test_the_required_keys_are_enough(tmp_path: Path) -> None:
    deployment = load(write(tmp_path), {})
    setup = deployment.of()
    assert (setup.event.reference, setup.event.languages, setup.event.held) == ("BUUR", ("nl", "en"), 0)
    assert deployment.root == tmp_path
    assert deployment.worker.max_message_bytes == 26214400


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environ = {"MAILFLOW_MAILBOX__HOST": "::1", "MAILFLOW_MAILBOX__TLS": "none",
               "mailflow_smtp__port": "2525",
               "MAILFLOW_MAILBOX__IDLE": "false", "MAILFLOW_DATABASE__URL": "postgresql+psycopg://m@db/m",
               "MAILFLOW_SMTP__PASSWORD": "007"}  # fmt: skip
    deployment = load(write(tmp_path), environ)
    setup = deployment.of()
    assert (setup.mailbox.host, setup.mailbox.port_used, setup.mailbox.idle) == ("::1", 143, False)
    assert setup.smtp.port_used == 2525
    assert setup.smtp.password.get_secret_value() == "007"
    assert deployment.database_url == "postgresql+psycopg://m@db/m"


def test_unknown_variables_are_not_ours_to_judge(tmp_path: Path) -> None:
    environ = {"MAILFLOW_LOG": "json", "MAILFLOW_MAILBOX": "{", "MAILFLOW_MAILBOX__COLOUR": "red",
               "MAILFLOW_": "", "MAILFLOW_NOSUCH__KEY": "1", "MAILFLOW_WORKER__BATCH__DEEP": "1"}  # fmt: skip
    assert load(write(tmp_path), environ).worker.batch == 50


def test_an_event_may_have_a_mailbox_and_server_of_its_own(tmp_path: Path) -> None:
    other = EVENT.replace("buurtfeest", "straatfeest") + (
        'reference = "STR"\n[mailbox]\nuser = "straat@buurt.example"\n[smtp]\nport = 587\ntls = "starttls"\n'
    )
    deployment = load(write(tmp_path, feest=EVENT, straat=other), {})
    assert deployment.of("buurtfeest").mailbox.user == "feest@buurt.example"
    setup = deployment.of("straatfeest")
    assert (setup.mailbox.host, setup.mailbox.user) == ("imap.buurt.example", "straat@buurt.example")
    assert (setup.smtp.host, setup.smtp.port_used, setup.smtp.tls) == ("smtp.buurt.example", 587, "starttls")
    with pytest.raises(ConfigError, match="name one of buurtfeest, straatfeest"):
        deployment.of()
    with pytest.raises(ConfigError, match="no event"):
        deployment.of("kerstfeest")


def test_an_event_that_has_all_of_it_leaves_nothing_for_the_main_file(tmp_path: Path) -> None:
    config = write(tmp_path, "", feest=EVENT + MAIN)
    assert load(config, {}).of().smtp.host == "smtp.buurt.example"


@pytest.mark.parametrize("place", ["beside", "above", "full"])
def test_a_password_may_stand_in_a_file(tmp_path: Path, place: str) -> None:
    folder = {"beside": tmp_path / "config", "above": tmp_path, "full": tmp_path / "elsewhere"}[place]
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "imap.secret").write_bytes(b"\xef\xbb\xbfs3cret phrase \r\n")
    name = str(folder / "imap.secret") if place == "full" else "imap.secret"
    config = write(tmp_path, MAIN.replace("[smtp]", f"password_file = '{name}'\n[smtp]"))
    assert load(config, {}).of().mailbox.password.get_secret_value() == "s3cret phrase "


def test_a_password_in_the_environment_wins_over_a_file_named_in_toml(tmp_path: Path) -> None:
    config = write(tmp_path, MAIN.replace("[smtp]", 'password_file = "nosuch"\n[smtp]'))
    setup = load(config, {"MAILFLOW_MAILBOX__PASSWORD": "s3cret"}).of()
    assert setup.mailbox.password.get_secret_value() == "s3cret"
    assert "mailbox.password_file" in problems(config)[0]


def test_secrets_may_come_as_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mailflow_mailbox__password").write_text("from the folder\n")
    (tmp_path / "run" / "something_else").write_bytes(b"\xff")
    config = write(tmp_path, MAIN.replace("[smtp]", 'password = "from toml"\n[smtp]'))
    for name in ("MAILFLOW_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        setup = load(config, {name: str(tmp_path / "run")}).of()
        assert setup.mailbox.password.get_secret_value() == "from the folder"
    environ = {"MAILFLOW_SECRETS_DIR": str(tmp_path / "run"), "MAILFLOW_MAILBOX__PASSWORD": "nearest"}
    assert load(config, environ).of().mailbox.password.get_secret_value() == "nearest"
    assert "cannot be read" in problems(config, MAILFLOW_SECRETS_DIR=str(tmp_path / "nosuch"))[0]


def test_secrets_never_show(tmp_path: Path) -> None:
    config = write(tmp_path, MAIN.replace("[smtp]", 'password = "hush-hush"\n[smtp]'))
    deployment = load(config, {"MAILFLOW_DATABASE__URL": "postgresql+psycopg://m:hush-hush@db/m"})
    assert "hush-hush" not in repr(deployment) + str(deployment) + str(deployment.of().mailbox.model_dump())
    for main in (
        "[mailbox]\npassword = hush-hush\n",
        MAIN.replace("[smtp]", 'pasword = "hush-hush"\n[smtp]'),
    ):
        (config / "mailflow.toml").write_text(main)
        assert "hush-hush" not in "".join(problems(config))


def test_a_login_without_a_password_is_named_but_looking_at_the_ledger_needs_none(tmp_path: Path) -> None:
    deployment = load(write(tmp_path), {})
    (line,) = deployment.missing_passwords()
    assert "mailbox.password: is missing" in line
    assert "MAILFLOW_MAILBOX__PASSWORD" in line
    assert load(tmp_path / "config", {"MAILFLOW_MAILBOX__PASSWORD": "x"}).missing_passwords() == []


def test_the_folder_that_init_makes_is_found_from_above(tmp_path: Path) -> None:
    write(tmp_path)
    assert load(tmp_path, {}).config_dir == tmp_path / "config"


MISTAKES = [
    (
        '[mailbox]\nhots = "x"',
        'mailflow.toml:mailbox.hots: is no key that mailflow knows; did you mean "host"?',
    ),
    ("[mailbx]\nhost = 'x'", 'mailflow.toml:mailbx: is no key that mailflow knows; did you mean "mailbox"?'),
    (
        "[worker]\nfolder = 'x'",
        "mailflow.toml:worker.folder: is not known here; it belongs in the table [mailbox]",
    ),
    (
        "[worker]\nqqq = 1",
        "is no key that mailflow knows; here it knows poll_seconds, batch, max_message_bytes",
    ),
    (
        "[mailbox]\nuser = 'x'",
        'mailflow.toml:mailbox.host: is missing; the IMAP server, such as host = "imap',
    ),
    ("[mailbox]\nhost = ''", "mailflow.toml:mailbox.host: is empty; fill it in"),
    ('[mailbox]\nport = "993"', "mailflow.toml:mailbox.port: should be a whole number without quotes"),
    ("[mailbox]\nport = 99999", "mailflow.toml:mailbox.port: should be at most 65535"),
    ("[mailbox]\nport = true", "mailflow.toml:mailbox.port: should be a whole number without quotes"),
    ('[mailbox]\nidle = "yes"', "mailflow.toml:mailbox.idle: should be true or false, without quotes"),
    ("[mailbox]\nfolder = 5", 'mailflow.toml:mailbox.folder: should be text between quotes, such as "..."'),
    (
        '[mailbox]\ntls = "ssl"',
        'mailflow.toml:mailbox.tls: should be one of "implicit", "starttls" or "none"',
    ),
    (
        '[mailbox]\nauth = "oauth2"',
        'mailflow.toml:mailbox.auth: is "oauth2", which comes with a later version',
    ),
    (
        '[mailbox]\nhost = "imap.buurt.example"\ntls = "none"',
        'mailflow.toml:mailbox.tls: "none" sends password',
    ),
    (
        '[mailbox]\nhandled_folder = "inbox"',
        "mailflow.toml:mailbox.handled_folder: is the folder that is read",
    ),
    ('[mailbox]\npassword = "a"\npassword_file = "b"', "password is given too; keep one of them"),
    ('[mailbox]\nca_file = "nosuch.pem"', "mailflow.toml:mailbox.ca_file: "),
    ("mailbox = 'imap'", "mailflow.toml:mailbox: should be a table of its own"),
    ('[smtp]\nenvelope_from = "niemand"', "mailflow.toml:smtp.envelope_from: is no mail address"),
    ("[smtp]\nconnections = 0", "mailflow.toml:smtp.connections: should be at least 1"),
    ('[digest]\nat = "25:00"', 'mailflow.toml:digest.at: is no clock time; write it as "07:30"'),
    ('[alarm]\nping_url = "file:///etc/passwd"', "mailflow.toml:alarm.ping_url: is no web address"),
    (
        '[log]\nlevel = "LOUD"',
        'mailflow.toml:log.level: should be one of "DEBUG", "INFO", "WARNING" or "ERROR"',
    ),
    (
        '[database]\nurl = "postgresql://x/y"',
        "mailflow.toml:database.url: names another driver; write postgresql+psy",
    ),
    ('[database]\nurl = "sqlite://"', "mailflow.toml:database.url: names no database"),
    ('[database]\nurl = "sqlite:///:memory:"', "mailflow.toml:database.url: names no database"),
    ("[mailbox]\nhost = imap.example.org", "mailflow.toml:2: not valid TOML"),
    ("[mailbox\n", "mailflow.toml:1: not valid TOML"),
]


@pytest.mark.parametrize(("main", "said"), MISTAKES, ids=[m.splitlines()[-1] for m, _ in MISTAKES])
def test_a_mistake_is_named_with_its_cure(tmp_path: Path, main: str, said: str) -> None:
    found = problems(write(tmp_path, main))
    assert any(said in line for line in found), found
    assert len(found) == len(set(found)), "a mistake is named once"


def test_a_mistake_in_the_environment_is_named_by_its_variable(tmp_path: Path) -> None:
    (line,) = problems(write(tmp_path), MAILFLOW_WORKER__BATCH="many")
    assert line == "MAILFLOW_WORKER__BATCH:worker.batch: should be a whole number without quotes"


def test_a_mistake_in_an_events_own_table_is_named_in_the_events_file(tmp_path: Path) -> None:
    found = problems(write(tmp_path, feest=EVENT + '[mailbox]\nusr = "x"\n[smtp]\nport = "x"\n'))
    assert 'events/feest.toml:mailbox.usr: is no key that mailflow knows; did you mean "user"?' in found
    assert "events/feest.toml:smtp.port: should be a whole number without quotes" in found


def test_all_mistakes_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    config = write(
        tmp_path,
        '[mailbox]\nhots = "x"\n[worker]\nbatch = 0\n',
        een=EVENT.replace("capacity = 20", "capacity = 0"),
        twee="naam = broken",
        drie=EVENT.replace("Europe/Amsterdam", "Europe/Amsterdm"),
    )
    text = "\n".join(problems(config))
    for said in ("mailbox.hots", "mailbox.host: is missing", "mailbox.user: is missing", "smtp: is missing",
                 "worker.batch", "een.toml:capacity", "twee.toml:1: not valid TOML", "drie.toml:timezone",
                 'een.toml:id: "buurtfeest" is also that of'):  # fmt: skip
        assert said in text, said


def test_two_events_may_not_share_id_reference_or_mailbox(tmp_path: Path) -> None:
    text = "\n".join(problems(write(tmp_path, een=EVENT, twee=EVENT.replace('"buurtfeest"', '"buurtbbq"'))))
    assert 'twee.toml:reference: "BUUR" is also that of' in text
    other = EVENT.replace('"buurtfeest"', '"kermis"')
    text = "\n".join(problems(write(tmp_path / "other", een=EVENT, twee=other)))
    assert "twee.toml:mailbox: reads the same folder as" in text


def test_a_folder_that_is_not_there_or_holds_no_event_is_named(tmp_path: Path) -> None:
    assert "there is no such folder" in problems(tmp_path / "nosuch")[0]
    config = write(tmp_path)
    (config / "events" / "feest.toml").unlink()
    assert "holds no event" in problems(config)[0]
    (config / "mailflow.toml").unlink()
    assert any("mailflow.toml: there is no such file" in line for line in problems(config))


def test_an_unreadable_password_file_is_named(tmp_path: Path) -> None:
    main = MAIN.replace("[smtp]", 'password_file = "secret"\n[smtp]')
    config = write(tmp_path, main)
    assert "mailflow.toml:mailbox.password_file: " in problems(config)[0]
    (config / "secret").write_text("\n")
    assert "is empty; write the secret into it" in problems(config)[0]
    (config / "secret").write_bytes(b"\xff\xfe")
    assert "is not text in UTF-8" in problems(config)[0]
    (config / "secret").unlink()
    (config / "secret").mkdir()
    assert "cannot be read" in problems(config)[0]


def test_the_processes_own_environment_is_not_read(tmp_path: Path) -> None:
    config = write(tmp_path)
    code = (
        "from pathlib import Path; from mailflow.config import load; "
        f"print(load(Path({str(config)!r}), {{}}).of().mailbox.host)"
    )
    environ = {**os.environ, "MAILFLOW_MAILBOX__HOST": "elsewhere.example"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "imap.buurt.example\n"
