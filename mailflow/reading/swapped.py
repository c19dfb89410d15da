"""Stop 4, what a mail comes to where one comes for another: a change, whatever it looked like.

"I cannot come, Tom comes in my place" gives no seat up. Where the structure is not plain, only what would
give a seat up, or was a change anyhow, becomes one.
"""

from __future__ import annotations

from dataclasses import replace

from mailflow.reading.by_cues import REGISTERED, Conclusion
from mailflow.reading.model import Asked, Intent
from mailflow.reading.party import Party
from mailflow.reading.substituting import Exchange
from mailflow.reading.writer import Writer

_MAY_BE_ONE = frozenset({Intent.REGISTER, Intent.CANCEL, Intent.CHANGE, Intent.UNCLEAR})


def may_be_one(decision: Conclusion, asked: Asked) -> bool:
    """Is it worth a look whether this mail speaks of an exchange of people?"""
    return decision.intent in _MAY_BE_ONE or (decision.intent is Intent.OTHER and asked in REGISTERED)


def settled(
    decision: Conclusion, about: Party, swap: Exchange | None, writer: Writer
) -> tuple[Conclusion, Party, Exchange | None]:
    """The decision, whom it is about, and the exchange where it holds."""
    if swap and decision.intent is Intent.REGISTER and swap.of_office:
        # "I replace X on the council" is how somebody is involved; X does not come.
        if writer.is_called(swap.coming[0].name):
            about, swap = about.without(swap.leaving), None
    elif swap and decision.intent not in {Intent.CHANGE, Intent.CANCEL} and not swap.plain:
        swap = None
    if swap is not None:
        return replace(decision, intent=Intent.CHANGE), Party(swap.coming, 0), swap
    if decision.replaces:
        about = Party((), 0)  # somebody for somebody, and it is not clear who: the core asks
    return decision, about, None
