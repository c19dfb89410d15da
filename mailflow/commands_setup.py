"""`mailflow demo`, `init`, `check`, `db`: before the work, and around it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailflow import output
from mailflow.call import Call
from mailflow.errors import BadInput, ConfigError, TemporaryFailure

if TYPE_CHECKING:
    from mailflow.checkup import Line

# What a check that failed means for a script: the configuration is to be mended, or a server is.
_CONFIGURED = ("configuration", "password", "templates")


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="mailflow-demo",
    metavar="DIR",
    help="Where everything is left to look at.",
    show_default=True,
)
@click.option("--mails", type=click.IntRange(min=0), metavar="N", help="So many more mails, made up.")
@click.option("--keep", is_flag=True, help="Leave the servers up until Ctrl-C.")
@click.pass_obj
def demo(call: Call, out: Path, mails: int | None, keep: bool) -> int:
    """See it work in a minute: real mail, on servers of its own."""
    from rich.console import Console

    from mailflow.demo import show

    call.begin_log(level="ERROR")
    count = show.MAILS if mails is None else mails
    well = show.demo(out.absolute(), count, keep=keep, console=Console(), screen=Console(stderr=True))
    return 0 if well else 70


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.pass_obj
def init(call: Call, folder: Path) -> None:
    """Make the folder of a new event: configuration, templates, unit."""
    from mailflow import init_event

    call.begin_log()
    steps = init_event.init(folder)
    output.say(f"{folder} is made. The next steps:")
    for step in steps:
        output.say(step)


@click.command()
@click.option("--send-test", metavar="ADDRESS", help="Send one mail there, to see it arrive.")
@click.pass_obj
def check(call: Call, send_test: str | None) -> int:
    """Try everything: configuration, templates, database, IMAP, SMTP. A line each: ok, or the cure."""
    from mailflow import checkup

    call.begin_log(level="ERROR")
    try:
        deployment = call.deployment()
        setups = call.setups(deployment)
    except ConfigError as err:
        for problem in err.problems:
            _print(("configuration", False, problem))
        return 78
    status = 0
    for line in checkup.lines(deployment, setups, call.clock(deployment)()):
        status = max(status, _print(line))
    if send_test:
        now = call.clock(deployment)()
        for setup in setups:
            status = max(status, _print(checkup.send_test(setup, send_test, now)))
    return status


def _print(line: Line) -> int:
    what, well, found = line
    word = "ok" if well else "problem"
    if output.on_terminal():
        word = click.style(word, fg="green" if well else "red", bold=not well) + " " * (9 - len(word))
    output.say(f"{word:<9}{what}: {output.cell(found)}")
    if well:
        return 0
    return 78 if what.split(" ")[0] in _CONFIGURED else 69


@click.group()
def db() -> None:
    """The database: upgrade, backup FILE, check."""


@db.command()
@click.pass_obj
def upgrade(call: Call) -> None:
    """Make the database, or bring it to the newest shape (an SQLite file is copied first)."""
    from mailflow.adapters.store import open_store

    call.begin_log()
    deployment = call.deployment()
    store = open_store(deployment.database_url)
    if store.kept_copy:
        output.say(f"the database is up to date; a copy of the old one is {store.kept_copy}")
    else:
        output.say("the database is up to date")
    store.close()


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(call: Call, file: Path) -> None:
    """Copy the database into FILE while it is in use (SQLite)."""
    call.begin_log()
    store = call.look(call.deployment())
    if store is None:
        raise BadInput("there is no database yet; nothing to copy")
    store.backup(file)
    store.close()
    output.say(f"{file} is written")


@db.command("check")
@click.pass_obj
def db_check(call: Call) -> int:
    """Prove the promises of the house on the database. Exit 70 if one is broken."""
    from mailflow.adapters.prove import prove

    call.begin_log()
    deployment = call.deployment()
    store = call.look(deployment)
    if store is None:
        raise TemporaryFailure("there is no database yet: `mailflow db upgrade` or the first poll makes it")
    broken: list[str] = []
    now = call.clock(deployment)()
    for setup in call.setups(deployment):
        event_id = setup.event.id
        roster = store.roster(event_id)
        found = [f"{event_id}: {line}" for line in prove(store, event_id, now)]
        broken += found
        if roster.over:
            output.say(f"note     {event_id}: over the limit by {roster.over}, as somebody decided")
        if pending := store.counts(event_id).pending:
            output.say(
                f"note     {event_id}: {pending} messages without an end; the next poll tries them again"
            )
        if not found:
            seats = sum(1 for _ in roster.seats())
            output.say(f"ok       {event_id}: every promise holds ({seats} seats looked at)")
    store.close()
    for line in broken:
        output.say(f"problem  {line}")
    return 70 if broken else 0
