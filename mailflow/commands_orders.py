"""`mailflow capacity`, `hold`, `forget`, `purge`: the organiser's hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mailflow import output
from mailflow.call import Call
from mailflow.commands_work import offices_of

if TYPE_CHECKING:
    from mailflow.core.model import Roster
    from mailflow.office import Office
    from mailflow.orders import Done


@click.command()
@click.argument("seats", metavar="N", type=click.IntRange(min=1))
@click.pass_obj
def capacity(call: Call, seats: int) -> None:
    """Set the capacity to N seats. Who waits moves up at once; nobody loses a seat.

    The mails leave with the next `poll`, `deliver` or `run`.
    """
    _limits(call, capacity=seats)


@click.command()
@click.argument("seats", metavar="N", type=click.IntRange(min=0))
@click.pass_obj
def hold(call: Call, seats: int) -> None:
    """Keep N seats back, in all. Fewer than before: who waits moves up at once.

    The mails leave with the next `poll`, `deliver` or `run`.
    """
    _limits(call, held=seats)


def _limits(call: Call, *, capacity: int | None = None, held: int | None = None) -> None:
    from mailflow.orders import set_limits

    office = one_office(call)
    done = set_limits(office.desk, office.store, office.clock(), capacity=capacity, held=held)
    output.say(f"{office.event_id}: before: {_standing(done.before)}")
    output.say(f"{office.event_id}: now:    {_standing(done.after)}")
    say_mails(done)


def one_office(call: Call) -> Office:
    """The event that the call is about. Raises BadInput where there are several and none is named."""
    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    setup = deployment.of(call.event)
    (office,) = offices_of(Call(call.config, setup.event.id, call.now, call.verbose, call.log), deployment)
    return office


def _standing(roster: Roster) -> str:
    from mailflow.core.digest import seat_counts

    counts = seat_counts(roster)
    line = f"capacity {roster.capacity}, {roster.held} held back, {counts['confirmed']} confirmed, "
    line += f"{counts['offered']} offered, {roster.free} free, {counts['waitlisted']} on the waitlist"
    return line + (f", OVER BY {roster.over}" if roster.over else "")


def say_mails(done: Done) -> None:
    """How many mails follow."""
    if done.mails:
        output.say(f"{done.mails} mails follow, with the next `mailflow poll`, `deliver` or `run`")


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.pass_obj
def forget(call: Call, address: str) -> None:
    """Give up the seats of ADDRESS, and erase what is kept of it.

    In every event, or in the one that --event names. Who gave up a seat is told; who waits moves up.
    """
    from mailflow.orders import forget as forget_by_hand
    from mailflow.writing import message

    message.address(address)  # raises BadInput
    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    for office in offices_of(call, deployment):
        done = forget_by_hand(office.desk, office.store, address, office.clock())
        office.tidy()
        changed = [r for r in done.before.registrations if r != done.after.by_ref(r.ref)]
        gone = [r for r in changed if (a := done.after.by_ref(r.ref)) and not a.contact and r.contact]
        seats = sum(len(r.alive) for r in changed) - sum(
            len(a.alive) for r in changed if (a := done.after.by_ref(r.ref))
        )
        output.say(
            f"{office.event_id}: erased: {len(gone)} registrations, {seats} seats given up;"
            " mails and words of that address are gone, the counts stay"
        )
        say_mails(done)


@click.command()
@click.pass_obj
def purge(call: Call) -> int:
    """Erase who took part, once the days of keeping are over; before that, say when they are.

    With `purge_mailbox` what was handled is deleted from the mailbox, too.

    `poll` and `run` do it by themselves.
    """
    from mailflow.core.privacy import is_erased, kept_until
    from mailflow.orders import purge as erase_all

    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    status = 0
    for office in offices_of(call, deployment):
        event, now = office.desk.event, office.clock()
        due = kept_until(event)
        if now < due:
            local = due.astimezone(ZoneInfo(event.timezone))
            days = f"{event.retention_days} days after the event"
            output.say(f"{event.id}: nothing is erased before {local:%Y-%m-%d %H:%M} ({days})")
            continue
        done = erase_all(office.desk, office.store, now)
        office.tidy()
        erased = sum(1 for r in done.before.registrations if not is_erased(r))
        output.say(f"{event.id}: erased: {erased} registrations, and all mails and words; the counts stay")
        for trouble in office.purge_mailbox(again_after=timedelta()):
            output.tell(f"mailflow: {output.cell(trouble)}")
            status = 69
    return status
