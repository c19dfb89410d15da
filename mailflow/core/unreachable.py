"""Stop 5, a mail of ours that came back: the seat stands, the address is given up, a person is told.

Given up means: no mail goes there any more until it writes again or an organiser takes the item off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mailflow.core.contact import LARGE_PROVIDERS
from mailflow.core.effects import Review
from mailflow.core.offers import end
from mailflow.core.outcome import Outcome
from mailflow.core.requests import Undeliverable

GAVE_UP = "undeliverable"  # the reason of the item that stands open while an address is given up
FAILED_FOR_NOW = "a mail could not be delivered for now"
NOT_FOR_GOOD = timedelta(hours=48)  # for so long a full mailbox or a server that is down is waited for


def undeliverable(outcome: Outcome, request: Undeliverable, now: datetime) -> None:
    """What follows from a report on a mail of ours."""
    ref = request.sender.thread.ref if request.sender.thread else ""
    if not request.recipient:
        outcome.note("a report came on a mail that did not leave from here", ref)
        return
    if request.recipient in request.arrived:
        outcome.note("a mail arrived; a copy of it elsewhere did not", ref)
        return
    since = request.failing_since
    for_good = request.permanent or (since is not None and now - since >= NOT_FOR_GOOD)
    if not for_good:
        outcome.note(FAILED_FOR_NOW, ref, request.recipient)
        return
    outcome.note("a mail could not be delivered", ref, request.recipient)
    for registration in outcome.roster.registrations:
        if registration.alive and registration.contact == request.recipient:
            registration = replace(registration, unreachable=True)
            outcome.record(registration)
            end(outcome, registration)  # an offer that nobody gets holds no seat
    domains = (r.address.rpartition("@")[2] for r in outcome.roster.registrations)
    meant = likely_meant(request.recipient, domains)
    words = f"{request.recipient} ({meant}?)" if meant else request.recipient
    outcome.effects.append(Review(GAVE_UP, ref, words, request.recipient))


def likely_meant(address: str, domains: Iterable[str] = ()) -> str:
    """The address with its domain mended, where one letter tells it from a large provider's or from one
    that others registered with; "" where nothing is that near."""
    local, _, domain = address.casefold().rpartition("@")
    known = LARGE_PROVIDERS | {d.casefold() for d in domains}
    if not local or not domain or domain in LARGE_PROVIDERS:
        return ""
    near = sorted(d for d in known if d != domain and _one_slip(domain, d))
    return f"{local}@{near[0]}" if near else ""


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter too many, missing, wrong, or two swapped tell them apart."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), None)
    if at is None:
        return len(typed) != len(meant)
    rest, wanted = typed[at:], meant[at:]
    swapped = rest[1:2] + rest[:1] + rest[2:] == wanted
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
