"""Floor 5: what waits for a person."""

from __future__ import annotations

import click

from mailflow import output
from mailflow.call import Call
from mailflow.errors import BadInput


@click.command()
@click.option(
    "--done", "done", metavar="NUMBER", type=int, multiple=True, help="Dealt with; may be repeated."
)
@click.pass_obj
def review(call: Call, done: tuple[int, ...]) -> None:
    """What waits for a person; --done NUMBER takes it off the list."""
    from mailflow.core.ledger import JournalLine

    call.begin_log()
    deployment = call.deployment()
    now = call.clock(deployment)()
    store = call.look(deployment)
    left = set(done)
    for setup in call.setups(deployment) if store else ():
        assert store is not None  # noqa: S101 - for the type checker: the loop is empty without one
        event_id = setup.event.id
        for number in sorted(left):
            with store.step(event_id) as step:
                if step.settle_review(number, now):
                    left.discard(number)
                    step.note(JournalLine(now, "organiser", f"review item {number} dealt with"))
                    output.tell(f"{event_id}: {number} is dealt with")
        rows = [
            (item.id, item.made_at.astimezone(setup.event.starts.tzinfo).strftime("%d %b %H:%M"), item.reason,
             item.ref, item.sender, item.words)
            for item in store.reviews(event_id)
        ]  # fmt: skip
        if rows:
            columns = ("number", "since", "why", "reference", "from", "words")
            output.table(columns, rows, title=f"{event_id}: waits for a person")
        else:
            output.say(f"{event_id}: nothing waits for a person")
    if left:
        numbers = ", ".join(map(str, sorted(left)))
        raise BadInput(f"not on the list: {numbers}; `mailflow review` shows the numbers")
