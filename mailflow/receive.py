"""The journey in, stops 1 to 6: gather, decide, apply; then acknowledge on IMAP.

One ordering carries the promise: record, then acknowledge. Nothing in the mailbox is moved or
flagged before its row, its seats and its answer are committed (rules I9); no transaction is open
while IMAP is spoken to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from mailflow.core.ledger import Bucket, Found, Slot, Watermark
from mailflow.errors import TemporaryFailure
from mailflow.ports import Mailbox, Store
from mailflow.record import Desk
from mailflow.take import ATTEMPTS, Incoming, Taken, take, understand

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Received:
    """What one round brought: counts by bucket, failures that are tried again, what is unaccounted for."""

    buckets: dict[Bucket, int] = field(default_factory=dict)
    answers: int = 0
    failed: int = 0
    unaccounted: int = 0
    complete: bool = True  # False: stopped half-way, the rest comes with the next round

    @property
    def total(self) -> int:
        """Messages that ended in a bucket in this round."""
        return sum(self.buckets.values())

    def add(self, taken: Taken) -> None:
        """Count one message."""
        bucket = taken.handled.bucket
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.answers += len(taken.queued)


def _nothing(_taken: Taken) -> None:
    return None


def receive(
    desk: Desk,
    store: Store,
    mailbox: Mailbox,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    watch: Callable[[Taken], None] = _nothing,
) -> Received:
    """One round: every new mail, in order of arrival. Raises ServerUnreachable where the mailbox fails;
    what was committed before stands."""
    event_id, began, result = desk.event.id, clock(), Received()
    validity = mailbox.open()
    # Recorded before a crash, not yet acknowledged: only the mark is missing.
    _acknowledge(store, mailbox, event_id, validity, store.unmarked(event_id, mailbox.name, validity), began)
    listed, last_uid, attempts = _gather(store, mailbox, event_id, validity, began)
    for batch in _batches(listed, attempts, desk.batch):
        if stop():
            result.complete = False
            return result
        slots = [(Slot(mailbox.name, validity, f.uid), f.arrival) for f in batch]
        # The attempt is counted before the work, in a commit of its own: a mail that kills us is found out.
        tries = store.attempt(event_id, slots, clock())
        readable = [f.uid for f in batch if tries[f.uid] <= ATTEMPTS]
        raws = mailbox.fetch(readable) if readable else {}
        messages = [Incoming(s, arrival, raws.get(s.uid), tries[s.uid]) for s, arrival in slots]
        marks = _record(desk, store, messages, clock(), result, watch)
        # Record, then acknowledge: the commit stands, now the mailbox may know.
        _acknowledge(store, mailbox, event_id, validity, marks, clock())
    known = {f.uid for f in listed}
    open_uids = known | set(store.pending(event_id, mailbox.name, validity))
    present = {f.uid for f in mailbox.found(sorted(open_uids))} if open_uids else set()
    missing = present - store.finished(event_id, mailbox.name, validity, present)
    result.unaccounted = len(missing)
    store.poll_ended(
        event_id, Watermark(mailbox.name, validity, last_uid, began, clock(), unaccounted=result.unaccounted)
    )
    return result


def _gather(
    store: Store, mailbox: Mailbox, event_id: str, validity: int, now: datetime
) -> tuple[list[Found], int, dict[int, int]]:
    """All that is new, and what failed before, in order of arrival; the highest UID seen; attempts so far.

    After a change of UIDVALIDITY everything is listed again; copies are known by their content.
    """
    mark = store.watermark(event_id, mailbox.name)
    last_uid = 0
    if mark is not None and mark.uidvalidity == validity:
        last_uid = mark.last_uid
    else:
        # No number given before stands for anything now; what it stood for is listed below a new one.
        store.renumbered(event_id, mailbox.name, validity, now)
    new = {f.uid: f for f in mailbox.newer_than(last_uid)}
    attempts = store.pending(event_id, mailbox.name, validity)
    again = sorted(set(attempts) - set(new))
    if again:
        new |= {f.uid: f for f in mailbox.found(again)}
        store.vanished(event_id, mailbox.name, validity, set(again) - set(new), now)
    finished = store.finished(event_id, mailbox.name, validity, new)
    listed = [f for uid, f in new.items() if uid not in finished]
    listed.sort(key=lambda f: (f.arrival, f.uid))  # UID order is not arrival order
    return listed, max([last_uid, *new]), attempts


def _batches(listed: Sequence[Found], attempts: dict[int, int], size: int) -> Iterator[list[Found]]:
    """Up to `size` mails a commit; one that was tried before goes alone, so that it harms nobody else."""
    batch: list[Found] = []
    for found in listed:
        if found.uid in attempts:
            if batch:
                yield batch
            yield [found]
            batch = []
        else:
            batch.append(found)
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch


def take_in(
    desk: Desk,
    store: Store,
    messages: Iterable[Incoming],
    clock: Clock,
    *,
    silent: bool = False,
    watch: Callable[[Taken], None] = _nothing,
) -> Received:
    """Mail that did not come by IMAP, through the same journey. What is in the ledger already is skipped."""
    result, event_id = Received(), desk.event.id
    for message in sorted(messages, key=lambda m: (m.arrival, m.slot.uid)):
        slot = message.slot
        if store.finished(event_id, slot.mailbox, slot.uidvalidity, [slot.uid]):
            continue
        tries = store.attempt(event_id, [(slot, message.arrival)], clock())
        counted = Incoming(slot, message.arrival, message.raw, tries[slot.uid])
        _record(desk, store, [counted], clock(), result, watch, silent=silent)
    return result


def rehearse(desk: Desk, store: Store, mailbox: Mailbox, clock: Clock) -> list[Taken]:
    """What a poll would do to each new mail, by the very same steps, all undone: nothing is sent,
    written or moved. The mailbox is opened read-only, and no attempt is counted."""
    event_id = desk.event.id
    validity = mailbox.open(read_only=True)
    mark = store.watermark(event_id, mailbox.name)
    last_uid = mark.last_uid if mark is not None and mark.uidvalidity == validity else 0
    new = {f.uid: f for f in mailbox.newer_than(last_uid)}
    again = sorted(set(store.pending(event_id, mailbox.name, validity)) - set(new))
    new |= {f.uid: f for f in mailbox.found(again)} if again else {}
    finished = store.finished(event_id, mailbox.name, validity, new)
    listed = sorted((f for f in new.values() if f.uid not in finished), key=lambda f: (f.arrival, f.uid))
    understood = []
    for batch in _batches(listed, {}, desk.batch):
        raws = mailbox.fetch([f.uid for f in batch])
        slots = [(Slot(mailbox.name, validity, f.uid), f.arrival) for f in batch]
        understood += [understand(desk, Incoming(s, at, raws.get(s.uid))) for s, at in slots]
    done: list[Taken] = []
    with suppress(_Undone), store.step(event_id) as step:
        done, _ = take(desk, step, understood, clock())
        raise _Undone
    return done


class _Undone(Exception):  # noqa: N818 - no error: the way out of a transaction that was only rehearsed
    pass


def _record(
    desk: Desk,
    store: Store,
    messages: Sequence[Incoming],
    now: datetime,
    result: Received,
    watch: Callable[[Taken], None],
    *,
    silent: bool = False,
) -> dict[int, Bucket]:
    """One commit for a batch; uid -> bucket of those that are final."""
    understood = [understand(desk, message) for message in messages]
    try:
        with store.step(desk.event.id) as step:
            done, failed = take(desk, step, understood, now, silent=silent)
    except TemporaryFailure:
        # The database's fault (locked, full, gone), not the messages': it is no strike against them.
        with suppress(TemporaryFailure):
            store.take_back_attempt(desk.event.id, [m.slot for m in messages])
        raise
    result.failed += failed
    for taken in done:
        result.add(taken)
        watch(taken)
    return {t.handled.slot.uid: t.handled.bucket for t in done}


def _acknowledge(
    store: Store, mailbox: Mailbox, event_id: str, validity: int, marks: dict[int, Bucket], at: datetime
) -> None:
    for bucket in Bucket:
        uids = sorted(uid for uid, b in marks.items() if b is bucket)
        if uids:
            mailbox.mark(uids, bucket)
            store.marked(event_id, mailbox.name, validity, uids, at)
