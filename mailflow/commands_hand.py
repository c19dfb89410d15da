"""The organiser's hand on registrations: accept, waitlist, cancel, reject, substitute, add."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from mailflow import output
from mailflow.call import Call
from mailflow.commands_orders import one_office, say_mails
from mailflow.errors import BadInput

if TYPE_CHECKING:
    from mailflow.core.requests import ByHand, Room
    from mailflow.office import Office

_refs = click.argument("refs", metavar="REF...", nargs=-1, required=True)
_held = click.option("--held", is_flag=True, help="Give out seats that are held back.")
_over = click.option("--over", is_flag=True, help="Go past the limit, if need be; every digest shows it.")


def _room(held: bool, over: bool) -> Room:
    from mailflow.core.requests import Room

    if held and over:
        raise BadInput("--held or --over, not both")
    return Room.HELD if held else Room.OVER if over else Room.FREE


def _each(call: Call, refs: tuple[str, ...], order: Callable[[str, str], ByHand]) -> int:
    """The order for each reference, in a step of its own; 65 where one was not carried out."""
    office = one_office(call)
    status = 0
    for ref in dict.fromkeys(r.strip().upper() for r in refs):
        try:
            _carry(office, lambda key, ref=ref: order(key, ref), ref)  # type: ignore[misc]
        except BadInput as err:
            output.tell(f"mailflow: {err}")
            status = 65
    return status


def _carry(office: Office, order: Callable[[str], ByHand], what: str) -> None:
    """Carry it out, and say how the registration stands now."""
    from mailflow.orders import carry

    now = office.clock()
    done = carry(
        office.desk, office.store, order(f"order:{office.event_id}:{now:%Y%m%dT%H%M%S.%f}:{what}"), now
    )
    for after in done.after.registrations:
        if after != done.before.by_ref(after.ref):
            states = ", ".join(f"{s.name or 'guest'} {s.state}" for s in after.seats)
            output.say(f"{office.event_id}: {after.ref}: {states}")
    if done.after.over:
        output.say(f"{office.event_id}: OVER THE LIMIT BY {done.after.over}")
    say_mails(done)


@click.command()
@_refs
@_held
@_over
@click.pass_obj
def accept(call: Call, refs: tuple[str, ...], held: bool, over: bool) -> int:
    """Give the parties REF all the seats they asked for: late, too large, waiting or offered.

    The order of the waitlist does not count, the limit does. The mails leave with the next `poll`, `deliver`
    or `run`.
    """
    from mailflow.core.requests import Accept

    room = _room(held, over)
    return _each(call, refs, lambda key, ref: Accept(key, ref, room))


@click.command()
@_refs
@click.pass_obj
def waitlist(call: Call, refs: tuple[str, ...]) -> int:
    """Put the parties REF, on which you had to decide, on the waitlist, where they arrived."""
    from mailflow.core.requests import PutOnList

    return _each(call, refs, PutOnList)


@click.command()
@_refs
@click.option("--person", metavar="NAME", default="", help="Only this person of the party.")
@click.pass_obj
def cancel(call: Call, refs: tuple[str, ...], person: str) -> int:
    """Cancel the parties REF. They are told; who waits moves up."""
    from mailflow.core.requests import CallOff

    return _each(call, refs, lambda key, ref: CallOff(key, ref, person))


@click.command()
@_refs
@click.pass_obj
def reject(call: Call, refs: tuple[str, ...]) -> int:
    """Give the parties REF, who have no seat yet, none. They are told."""
    from mailflow.core.requests import Reject

    return _each(call, refs, Reject)


@click.command()
@click.argument("ref", metavar="REF")
@click.argument("name", metavar="NAME")
@click.option("--email", metavar="ADDRESS", help="Of who comes: they are told, and hold the seat then.")
@click.option("--leaving", metavar="NAME", default="", help="Whose seat, where the party has several.")
@click.pass_obj
def substitute(call: Call, ref: str, name: str, email: str | None, leaving: str) -> None:
    """Let NAME come in the place of the person of REF. The seat stays."""
    from mailflow.core.model import Person
    from mailflow.core.requests import Replace

    person = Person(_name(name), _address(email) if email else None)
    ref = ref.strip().upper()
    _carry(one_office(call), lambda key: Replace(key, ref, person, leaving), ref)


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.argument("name", metavar="NAME")
@click.option("--language", metavar="CODE", help="In which NAME is written to; else the event's.")
@_held
@_over
@click.pass_obj
def add(call: Call, address: str, name: str, language: str | None, held: bool, over: bool) -> None:
    """Give NAME a seat, and tell them at ADDRESS. A party of that address grows by it."""
    from mailflow.core.contact import contact_key
    from mailflow.core.requests import Add

    room, name, address = _room(held, over), _name(name), _address(address)
    office = one_office(call)
    known = office.desk.event.languages
    if language is not None and language not in known:
        raise BadInput(f"{language}: mails are written in {', '.join(known)}")
    spoken, now = language or office.desk.event.language, office.clock()
    _carry(office, lambda key: Add(key, address, contact_key(address), name, spoken, now, room), "add")


def _name(name: str) -> str:
    """The name on one line. Raises BadInput where there is none."""
    plain = " ".join(name.split())
    if not plain or not plain.isprintable() or len(plain) > 100:
        raise BadInput("NAME is the name of a person, up to 100 characters")
    return plain


def _address(address: str) -> str:
    from mailflow.writing import message

    return message.address(address)  # raises BadInput
