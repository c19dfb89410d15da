"""`mailflow status`, `list`, `show`, `export`: look, and change nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mailflow import output
from mailflow import show as pictures
from mailflow.call import Call
from mailflow.core.model import Roster, SeatState
from mailflow.errors import BadInput

if TYPE_CHECKING:
    from mailflow.adapters.store import SqlStore
    from mailflow.config import Deployment, EventSetup

STATES = [*(state.value for state in SeatState), "review"]


@click.command()
@click.option("--json", "as_lines", is_flag=True, help="One object an event.")
@click.pass_obj
def status(call: Call, as_lines: bool) -> int:
    """Seats, mails, outbox, and whether all is well (exit 69 if not)."""
    call.begin_log()
    deployment = call.deployment()
    now = call.clock(deployment)()
    store = call.look(deployment)
    healthy = True
    for setup in call.setups(deployment):
        row = _status(deployment, setup, store, now)
        healthy = healthy and bool(row["healthy"])
        if as_lines:
            output.say_json(row)
        else:
            pictures.status(row, ZoneInfo(setup.event.timezone))
    return 0 if healthy else 69


def _status(
    deployment: Deployment, setup: EventSetup, store: SqlStore | None, now: datetime
) -> dict[str, object]:
    from mailflow.health import status_of

    alarm = deployment.alarm.mailbox_minutes
    return status_of(setup, roster_of(setup, store), store, now, alarm_minutes=alarm)


def roster_of(setup: EventSetup, store: SqlStore | None) -> Roster:
    """The event as it stands; empty where there is no ledger yet."""
    event = setup.event
    return store.roster(event.id) if store else Roster(event, event.capacity, event.held, b"")


@click.command("list")
@click.option("--json", "as_lines", is_flag=True, help="One object a seat.")
@click.option("--state", type=click.Choice(STATES), help="Only seats in that state.")
@click.pass_obj
def list_(call: Call, as_lines: bool, state: str | None) -> None:
    """Every seat: who has it, who waits, who gave it up."""
    call.begin_log()
    deployment = call.deployment()
    store = call.look(deployment)
    for setup in call.setups(deployment):
        roster = roster_of(setup, store)
        rows = [row for row in pictures.seat_rows(roster) if state in (None, row["state"])]
        if as_lines:
            for row in rows:
                output.say_json(row)
        else:
            pictures.seats(roster.event, rows)
    if store is None:
        output.tell("there is no database yet: `mailflow poll` or `mailflow run` makes it")


@click.command()
@click.argument("ref")
@click.pass_obj
def show(call: Call, ref: str) -> None:
    """The history of registration REF, with the words that caused it."""
    call.begin_log()
    deployment = call.deployment()
    store = call.look(deployment)
    wanted = ref.strip().strip("[]").upper()
    for setup in call.setups(deployment) if store else ():
        registration = roster_of(setup, store).by_ref(wanted)
        if registration is not None and store is not None:
            pictures.registration(
                setup.event,
                registration,
                store.journal(setup.event.id, ref=wanted),
                store.messages_of(wanted, setup.event.id),
                store.mails_of(wanted, setup.event.id),
            )
            return
    raise BadInput(f"there is no registration {wanted!r}; `mailflow list` shows them all")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(call: Call, file: Path) -> None:
    """Write all seats into FILE (.csv or .xlsx)."""
    call.begin_log()
    deployment = call.deployment()
    (setup,) = call.setups(deployment) if call.event else [deployment.of()]
    roster = roster_of(setup, call.look(deployment))
    kind = file.suffix.casefold()
    if kind == ".xlsx":
        from mailflow.writing.spreadsheet import participants_xlsx

        content = participants_xlsx(roster)
    elif kind == ".csv":
        from mailflow.writing.spreadsheet import participants_csv

        content = participants_csv(roster).encode("utf-8")
    else:
        raise BadInput(f"{file}: name a file that ends in .csv or .xlsx")
    try:
        file.write_bytes(content)
    except OSError as err:
        raise BadInput(f"{file}: cannot be written ({err.strerror}); check the path and its rights") from err
    output.tell(f"{file}: {sum(1 for _ in roster.seats())} seats")
