"""What a process does that shares a database with others; apart from the tests, so that it starts fast."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailflow.adapters.store import SqlStore, open_store
from mailflow.core.ledger import Bucket
from mailflow.core.waitlist import free_numbers
from tests.seats import EVENT, NOW, ended, mail, party, seat, slot

HOUSE = replace(EVENT, capacity=100, involvement="off")
READING = '{"kind": "human", "intent": "register"}'


def open_house(url: str) -> SqlStore:
    store = open_store(url)
    store.seed_event(HOUSE, NOW)
    return store


def take_one(store: SqlStore, uid: int) -> None:
    """What the journey does with a mail that registers one person, in one step."""
    ref, arrival = f"TLD-{uid}", NOW + timedelta(seconds=uid)
    store.attempt(HOUSE.id, [(slot(uid), arrival)], NOW)
    with store.step(HOUSE.id) as step, step.savepoint():
        number = next(iter(free_numbers(step.roster(), 1)), None)
        step.record(party(ref, seat(1, number, arrival=arrival, uid=uid), arrival=arrival, uid=uid))
        kind = "confirmed" if number else "waitlisted"
        step.queue(mail(f"{slot(uid).key}:{kind}", kind=kind, ref=ref), slot(uid).key, NOW)
        step.finish(ended(uid, Bucket.HANDLED, reading=READING, ref=ref), NOW)


def register_then_deliver(url: str, first: int, many: int, start: Any, sent: Any) -> None:
    """One process: opens the database for itself, takes its mails in, then sends what is in the outbox."""
    store = open_house(url)
    start.wait(60)
    for uid in range(first, first + many):
        take_one(store, uid)
    start.wait(60)
    while claimed := store.claim(HOUSE.id, NOW):
        sent.put(claimed.envelope.cause)
        store.settle_sent(claimed.id, "250 ok", NOW)
    store.close()


def die_in_a_step(url: str, written: str) -> None:
    """Write half of what belongs together, say so, and wait to be killed."""
    store = open_house(url)
    store.attempt(HOUSE.id, [(slot(1), NOW)], NOW)
    with store.step(HOUSE.id) as step:
        step.record(party("TLD-1", seat(1, 1)))
        step.queue(mail("half", ref="TLD-1"), slot(1).key, NOW)
        Path(written).touch()
        time.sleep(60)
