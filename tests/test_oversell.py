"""Many processes, few seats: nothing is sold twice, nobody waits for ever, a kill leaves no half thing."""

# ruff: noqa: F811 - a fixture imported by name is also the argument's name

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.adapters.engine import make_engine, parse_url
from mailflow.adapters.prove import prove
from mailflow.core.ledger import Bucket, OutboxCounts
from mailflow.errors import InvariantBroken
from tests.databases import database_url  # noqa: F401
from tests.rivals import HOUSE, READING, die_in_a_step, open_house, register_then_deliver, take_one
from tests.seats import NOW, ended, mail, party, seat, slot

PROCESSES, MAILS = 4, 40
_spawn = multiprocessing.get_context("spawn")


def test_four_processes_fill_a_house_of_100_seats_and_not_one_more(database_url: str) -> None:
    store = open_house(database_url)
    start, sent = _spawn.Barrier(PROCESSES), _spawn.Queue()
    workers = [
        _spawn.Process(target=register_then_deliver, args=(database_url, 1 + n * MAILS, MAILS, start, sent))
        for n in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    causes = [sent.get(timeout=60) for _ in range(PROCESSES * MAILS)]
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    roster = store.roster(HOUSE.id)
    held = sorted(s.number or 0 for _, s in roster.seats() if s.holds)
    assert held == list(range(1, 101))
    assert sum(1 for r in roster.registrations if r.waiting) == PROCESSES * MAILS - 100
    assert len(set(causes)) == PROCESSES * MAILS, "no mail is taken by two couriers"
    assert store.counts(HOUSE.id).outbox == OutboxCounts(sent=PROCESSES * MAILS)
    # Here the processes race, so who comes first is not who arrived first: only that line is not proven.
    assert [line for line in prove(store, HOUSE.id, NOW) if not line.startswith("I2")] == []
    store.close()


def test_two_processes_that_read_the_same_mailbox_handle_each_mail_once(database_url: str) -> None:
    store = open_house(database_url)
    refused: list[InvariantBroken] = []

    def read() -> None:
        for uid in range(1, 16):
            try:
                take_one(store, uid)
            except InvariantBroken as err:
                refused.append(err)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(refused) == 30
    assert all("handled already" in str(err) for err in refused)
    assert store.roster(HOUSE.id).taken == 15
    assert store.counts(HOUSE.id).buckets[Bucket.HANDLED] == 15
    assert store.counts(HOUSE.id).outbox == OutboxCounts(queued=15)
    assert prove(store, HOUSE.id, NOW) == []
    store.close()


def test_a_kill_in_the_middle_of_a_step_leaves_only_the_counted_attempt(
    database_url: str, tmp_path: Path
) -> None:
    store = open_house(database_url)
    written = tmp_path / "written"
    worker = _spawn.Process(target=die_in_a_step, args=(database_url, str(written)))
    worker.start()
    deadline = time.monotonic() + 30
    while not written.exists():
        assert time.monotonic() < deadline, "the worker never came to its step"
        time.sleep(0.01)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join(10)
    assert store.roster(HOUSE.id).registrations == ()
    assert store.counts(HOUSE.id).outbox == OutboxCounts()
    assert store.pending(HOUSE.id, slot(1).mailbox, 77) == {1: 1}, "the poison count survives"
    take_one(store, 1)  # the lock died with its holder: the next one takes the mail in
    assert store.roster(HOUSE.id).taken == 1
    assert prove(store, HOUSE.id, NOW) == []
    store.close()


# -- the proof itself ---------------------------------------------------------------------------------


def test_a_sound_house_is_proven_and_each_broken_promise_is_named(database_url: str) -> None:
    store = open_house(database_url)
    for uid in range(1, 4):
        take_one(store, uid)
    assert prove(store, HOUSE.id, NOW) == []
    with store.step(HOUSE.id) as step:
        step.record(party("TLD-8", seat(1, 8)))  # seated and never told
        step.finish(ended(9, reading=READING), NOW)  # a person's mail without an answer
        for kind in ("confirmed", "status"):  # and one with two
            step.queue(mail(f"twice:{kind}", kind=kind, ref="TLD-1"), slot(1).key, NOW)
    for _ in range(7):
        store.attempt(HOUSE.id, [(slot(10), NOW)], NOW)
    lines = prove(store, HOUSE.id, NOW)
    assert len(lines) == 4
    for words in (
        "TLD-8 holds seats and was never told",
        "was not answered",
        "answers, not one",
        "not set aside",
    ):
        assert any(words in line for line in lines), (words, lines)
    store.close()


def test_the_proof_sees_who_was_passed_over_and_who_should_be_seated(database_url: str) -> None:
    store = open_house(database_url)
    early, late = NOW, NOW + timedelta(hours=1)
    with store.step(HOUSE.id) as step:
        step.record(party("TLD-1", seat(1, None, arrival=early), arrival=early))
        step.record(party("TLD-2", seat(1, 1, arrival=late), arrival=late))
        for ref in ("TLD-1", "TLD-2"):
            step.queue(mail(ref, ref=ref), "m", NOW)
    passed, due = sorted(prove(store, HOUSE.id, NOW))[::-1]
    assert "TLD-2 got 1 seats past TLD-1" in passed
    assert "99 seats are free and TLD-1 needs 1" in due
    store.close()


@pytest.mark.parametrize(("capacity", "held"), [(2, 0), (100, 98)])
def test_a_house_over_its_limit_by_order_is_no_broken_promise(
    database_url: str, capacity: int, held: int
) -> None:
    store = open_house(database_url)
    for uid in range(1, 4):
        take_one(store, uid)
    with store.step(HOUSE.id) as step:
        step.limits(capacity, held)
    assert store.roster(HOUSE.id).over == 1
    assert prove(store, HOUSE.id) == []
    store.close()


def test_the_proof_does_not_lean_on_the_constraints(database_url: str) -> None:
    store = open_house(database_url)
    for uid in range(1, 4):
        take_one(store, uid)
    engine = make_engine(parse_url(database_url))
    with engine.begin() as conn:  # a hand in the tables, with the constraint out of its way
        conn.exec_driver_sql("DROP INDEX seat_number_held_once")
        conn.exec_driver_sql("UPDATE seat SET number = 2 WHERE number = 3")
        conn.exec_driver_sql("UPDATE seat SET granted_limit = 2")
        conn.exec_driver_sql("UPDATE event SET capacity = 2")
    engine.dispose()
    lines = prove(store, HOUSE.id)
    assert any(line.startswith("I1: 3 seats are taken") for line in lines)
    assert any(line.startswith("seat 2 is held twice: registration TLD-2") for line in lines)
    assert len(lines) == 2
    store.close()
