"""`mailflow status`, `list`, `show`, `export`, `doorlist`: look, and change nothing."""

from __future__ import annotations

from collections.abc import Callable
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
    from mailflow.writing.spreadsheet import participants_csv, participants_xlsx

    call.begin_log()
    deployment = call.deployment()
    setup = deployment.of(call.event)
    roster = roster_of(setup, call.look(deployment))
    _write(file, lambda: participants_xlsx(roster), lambda: participants_csv(roster))
    output.tell(f"{file}: {sum(1 for _ in roster.seats())} seats")


def _write(file: Path, xlsx: Callable[[], bytes], csv: Callable[[], str]) -> None:
    """Write the file in the way that its name asks for. Raises BadInput."""
    kind = file.suffix.casefold()
    if kind not in (".xlsx", ".csv"):
        raise BadInput(f"{file}: name a file that ends in .csv or .xlsx")
    content = xlsx() if kind == ".xlsx" else csv().encode("utf-8")
    try:
        file.write_bytes(content)
    except OSError as err:
        raise BadInput(f"{file}: cannot be written ({err.strerror}); check the path and its rights") from err


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write it there: .xlsx, .csv.",
)
@click.pass_obj
def doorlist(call: Call, out: Path | None) -> None:
    """The list for the door: who has which seat, and who waits."""
    from mailflow.shipped import template_sources
    from mailflow.writing.doorlist import door_csv, door_list, door_total, door_xlsx
    from mailflow.writing.templates import Templates

    call.begin_log()
    deployment = call.deployment()
    setup = deployment.of(call.event)
    templates = Templates(template_sources(deployment.templates))
    door = door_list(roster_of(setup, call.look(deployment)), templates)
    if out is not None:
        _write(out, lambda: door_xlsx(door, templates), lambda: door_csv(door, templates))
        output.tell(f"{out}: {door_total(door)}")
        return
    output.table(
        ("seat", "position", "name", "organisation", "project", "note", "ref"),
        (
            (row.seat, row.position, row.name, row.organisation, row.project, row.note, row.ref)
            for row in (*door.coming, *door.waiting)
        ),
        title=setup.event.name,
        whole=("seat", "position", "ref"),
        spare=("note", "ref"),
    )
    output.say(door_total(door))
