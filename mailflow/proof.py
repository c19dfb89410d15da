"""`mailflow db check`: the promises of the house, proven on what stands in the database. Changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mailflow.core.ledger import LedgerCounts
from mailflow.core.model import Roster, SeatState

if TYPE_CHECKING:
    from mailflow.adapters.store import SqlStore


def broken_promises(roster: Roster) -> list[str]:
    """What contradicts the rules in a roster, a line each; empty where every promise holds."""
    holding = [(registration, seat) for registration, seat in roster.seats() if seat.holds]
    overrides = sum(1 for _, seat in holding if seat.override)
    above = sum(1 for _, seat in holding if not seat.override and (seat.number or 0) > roster.capacity)
    lines = []
    # Seats above a lowered limit stay with their holders; those of an override are the organiser's word.
    if len(holding) - overrides - above > roster.capacity:
        lines.append(
            f"I1: {len(holding)} seats given of {roster.capacity}"
            f" (known reasons: {overrides} overrides, {above} above a lowered limit)"
        )
    numbers = Counter(seat.number for _, seat in holding if seat.number is not None)
    lines += [
        f"seat {number} is held {count} times" for number, count in sorted(numbers.items()) if count > 1
    ]
    for registration, seat in roster.seats():
        who = f"{registration.ref} place {seat.place}"
        if seat.holds and seat.number is None:
            lines.append(f"{who}: {seat.state} without a seat number")
        if not seat.holds and seat.number is not None:
            lines.append(f"{who}: {seat.state} with seat number {seat.number}")
        if seat.state is SeatState.OFFERED and registration.in_review:
            lines.append(f"{who}: offered while a person must decide")
    refs = Counter(registration.ref for registration in roster.registrations)
    lines += [f"{ref}: {count} registrations of one reference" for ref, count in refs.items() if count > 1]
    living = Counter(r.contact for r in roster.registrations if r.alive)
    lines += [f"one contact with {count} living registrations" for count in living.values() if count > 1]
    return lines


def notes(roster: Roster, counts: LedgerCounts) -> list[str]:
    """What is no broken promise and still worth knowing."""
    lines = []
    if roster.over:
        lines.append(f"over the limit by {roster.over}: a lowered capacity, seats held back, or overrides")
    if counts.pending:
        lines.append(f"{counts.pending} messages without an end; the next poll tries them again")
    return lines


def damage(store: SqlStore) -> list[str]:
    """What the database itself finds wrong with its file; empty for PostgreSQL, which looks after that."""
    if store.database.dialect != "sqlite":
        return []
    with store.database.reading() as conn:
        lines = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        lost = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return lines + [f"a row of {row[0]} has lost what it belongs to" for row in lost]
