"""`mailflow check`: everything that must be well before the first mail, tried out; nothing is changed.

A line each: what, whether it is well, and what was found or the cure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from mailflow import shipped
from mailflow.errors import MailflowError

if TYPE_CHECKING:
    from mailflow.config import Deployment, EventSetup

Line = tuple[str, bool, str]


def lines(deployment: Deployment, setups: list[EventSetup], now: datetime) -> Iterator[Line]:
    """Every line of the check, as it becomes known; servers last. `now` is aware."""
    files = ", ".join(setup.file.name for setup in setups)
    yield "configuration", True, f"{deployment.config_dir} (mailflow.toml, {files})"
    missing = deployment.missing_passwords()
    for problem in missing:
        yield "password", False, problem
    for setup in setups:
        yield event(setup, now)
        yield from templates(deployment, setup)
    yield database(deployment)
    for setup in setups:
        yield from mailbox(deployment, setup)
        yield smtp(setup)


def event(setup: EventSetup, now: datetime) -> Line:
    """What people will be told of it. A date that is past is no mistake, and yet rarely what is meant."""
    one = setup.event
    told = f"{one.capacity} seats, starts {one.starts:%Y-%m-%d %H:%M} ({one.timezone})"
    if now >= one.starts:
        told += "; that is past: who registers is told so"
    elif one.closes is not None and now >= one.closes:
        told += "; sign-up has closed: who registers now is listed as late"
    elif one.opens is not None and now < one.opens:
        told += f"; sign-up opens {one.opens:%Y-%m-%d %H:%M}"
    return f"event {one.id}", True, told


def templates(deployment: Deployment, setup: EventSetup) -> Iterator[Line]:
    """Every template in every language, rendered."""
    from mailflow.writing import specimen
    from mailflow.writing.templates import Templates

    event = setup.event
    what = f"templates {event.id}"
    try:
        found = specimen.problems(Templates(shipped.template_sources(deployment.templates)), event)
    except MailflowError as err:
        found = [str(err)]
    for problem in found:
        yield what, False, problem
    if not found:
        own = deployment.templates
        where = f", own ones from {own}" if own and own != shipped.templates_dir() else ""
        yield what, True, f"all render, in {', '.join(event.languages)}{where}"


def database(deployment: Deployment) -> Line:
    """Whether it opens, is of this version, and could be made where it is not there."""
    from mailflow.adapters.engine import parse_url, sqlite_file
    from mailflow.adapters.store import NoDatabaseYet, open_store

    try:
        url = parse_url(deployment.database_url)
        where = url.render_as_string(hide_password=True)
        file = sqlite_file(url)
        try:
            open_store(deployment.database_url, migrate=False).close()
        except NoDatabaseYet:
            if file is not None and (fault := _unwritable(file.parent)):
                return "database", False, fault
            return "database", True, f"{where}: will be created"
    except MailflowError as err:
        return "database", False, str(err)
    return "database", True, where


def _unwritable(folder: object) -> str | None:
    import os
    from pathlib import Path

    path = Path(str(folder))
    if not path.is_dir():
        return f"the folder {path} does not exist; make it, or name another in database.url"
    if not os.access(path, os.W_OK):
        return f"the folder {path} cannot be written; change its rights, or name another in database.url"
    return None


def mailbox(deployment: Deployment, setup: EventSetup) -> Iterator[Line]:
    """Login, folders and what the IMAP server can do."""
    from mailflow.adapters.mailbox import ImapMailbox
    from mailflow.office import mailbox_settings

    if not setup.mailbox.password.get_secret_value():
        yield f"imap {setup.event.id}", False, "not tried: there is no password"
        return
    tried = ImapMailbox(mailbox_settings(setup, deployment.worker.max_message_bytes)).check()
    for what, well, found in tried:
        yield f"imap {what}", well, found


def smtp(setup: EventSetup) -> Line:
    """Whether the server takes us: TLS, login."""
    from mailflow.adapters.courier import SmtpCourier
    from mailflow.office import courier_settings

    server = setup.smtp
    if server.user and not server.password.get_secret_value():
        return "smtp", False, "not tried: there is no password"
    courier = SmtpCourier(courier_settings(setup))
    try:
        courier.open()
    except MailflowError as err:
        return "smtp", False, str(err)
    finally:
        courier.close()
    login = f"login {server.user}" if server.user else "no login"
    return "smtp", True, f"{server.host}:{server.port_used}, TLS: {server.tls}, {login}"


def send_test(setup: EventSetup, address: str, now: datetime) -> Line:
    """One mail to that address, so that a person sees it arrive."""
    from mailflow.adapters.courier import SmtpCourier
    from mailflow.core.envelope import Envelope
    from mailflow.office import courier_settings
    from mailflow.writing import compose, message

    event = setup.event
    identity = f"<mailflow-test.{now:%Y%m%dT%H%M%S}.{now.microsecond:06d}@{compose.domain(event)}>"
    text = f"This is a test of mailflow for {event.name}.\nIf you read this, mail leaves as it should.\n"
    courier = SmtpCourier(courier_settings(setup))
    try:
        recipient = message.address(address)
        fields = compose.fields_of(
            event, recipient, f"Test: {event.name}", identity, "en", now, auto="auto-generated"
        )
        content = message.build(fields, text, f"<p>{text}</p>", seed=identity)
        sender = {"": event.address, "<>": ""}.get(setup.smtp.envelope_from, setup.smtp.envelope_from)
        courier.open()
        answer = courier.send(Envelope(f"test:{identity}", "test", sender, recipient, identity, content))
    except MailflowError as err:
        return "test mail", False, str(err)
    finally:
        courier.close()
    return "test mail", True, f"taken by the server for {recipient}: {answer}"
