"""The journey in, stops 1 to 6: gather, decide, apply; then acknowledge on IMAP.

One ordering carries the promise: record, then acknowledge. Nothing in the mailbox is moved or
flagged before its row, its seats and its answer are committed (rules I9); no transaction is open
while IMAP is spoken to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from mailflow.core.ledger import Bucket, Found, Slot, Watermark
from mailflow.errors import ServerUnreachable, TemporaryFailure
from mailflow.ports import Mailbox, Store
from mailflow.record import Desk
from mailflow.take import DEATHS, Incoming, Taken, take, understand

Clock = Callable[[], datetime]

# Lines lost in a row, with no mail fetched between, after which it is the server and no mail. Three mails
# in a row that break the line, each fetched twice, still leave room for the one that shows it is they.
LOST_LINES = 7


@dataclass(slots=True)
class Received:
    """What one round brought: counts by bucket, failures that are tried again, what is unaccounted for."""

    buckets: dict[Bucket, int] = field(default_factory=dict)
    answers: int = 0
    failed: int = 0
    unaccounted: int = 0
    complete: bool = True  # False: stopped half-way, the rest comes with the next round
    elsewhere: bool = False  # True: another process is reading this mailbox, nothing was done
    refused: str = ""  # why the server does not move what is done; it stands in the ledger all the same

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
    with store.turn(desk.event.id) as mine:
        if not mine:
            return Received(complete=False, elsewhere=True)
        return _round(desk, store, mailbox, clock, stop, watch)


def _round(
    desk: Desk,
    store: Store,
    mailbox: Mailbox,
    clock: Clock,
    stop: Callable[[], bool],
    watch: Callable[[Taken], None],
) -> Received:
    event_id, began, result = desk.event.id, clock(), Received()
    validity = mailbox.open()
    # Recorded before a crash, not yet acknowledged: only the mark is missing.
    unmarked = store.unmarked(event_id, mailbox.name, validity)
    _acknowledge(store, mailbox, event_id, validity, unmarked, began, result)
    listed, last_uid, attempts = _gather(store, mailbox, event_id, validity, began)
    fetching = _Fetching(store, mailbox, event_id, validity)
    fetching.todo.extend(_batches(listed, attempts, desk.batch))
    while fetching.todo:
        if stop():
            result.complete = False
            return result
        messages = fetching.next(clock())
        marks = _record(desk, store, messages, clock(), result, watch) if messages else {}
        # Record, then acknowledge: the commit stands, now the mailbox may know.
        _acknowledge(store, mailbox, event_id, validity, marks, clock(), result)
    if messages := fetching.culprits(clock()):
        marks = _record(desk, store, messages, clock(), result, watch)
        _acknowledge(store, mailbox, event_id, validity, marks, clock(), result)
    known = {f.uid for f in listed}
    open_uids = known | set(store.pending(event_id, mailbox.name, validity))
    present = {f.uid for f in mailbox.found(sorted(open_uids))} if open_uids else set()
    missing = present - store.finished(event_id, mailbox.name, validity, present)
    result.unaccounted = len(missing)
    store.poll_ended(
        event_id, Watermark(mailbox.name, validity, last_uid, began, clock(), unaccounted=result.unaccounted)
    )
    return result


class _Fetching:
    """The batches of a round, fetched; and whose fault it is where the line is lost at it.

    A lost line is no strike against a mail: servers restart. What was asked for goes again, each alone, on
    a new line. Only a mail that loses the line again, in a round in which another one came well, is counted
    as failed, so that one mail that breaks the server's line cannot keep all others from being read.
    """

    def __init__(self, store: Store, mailbox: Mailbox, event_id: str, validity: int) -> None:
        self.todo: deque[list[Found]] = deque()
        self._store, self._mailbox = store, mailbox
        self._event_id, self._validity = event_id, validity
        self._again: set[int] = set()  # these lost the line once
        self._suspects: list[Found] = []  # and these twice
        self._came_well = False
        self._lost: list[ServerUnreachable] = []  # since the last one that came

    def next(self, now: datetime) -> list[Incoming]:
        """The next batch, its attempts counted; none where the line was lost. Raises ServerUnreachable."""
        batch = self.todo.popleft()
        slots, tries = self._attempt(batch, now)
        readable = [f.uid for f in batch if tries[f.uid] <= DEATHS]
        try:
            raws = self._mailbox.fetch(readable) if readable else {}
        except ServerUnreachable as err:
            self._store.take_back_attempt(self._event_id, [slot for slot, _ in slots])
            self._line_lost(batch, err)
            return []
        if raws:
            self._came_well = True
            self._lost.clear()
        return [Incoming(s, arrival, raws.get(s.uid), tries[s.uid]) for s, arrival in slots]

    def culprits(self, now: datetime) -> list[Incoming]:
        """The mails whose own fault it was, at the end of a round, with an attempt counted on each. Raises
        ServerUnreachable where no other mail came well: then it was the server's."""
        if not self._suspects:
            return []
        if not self._came_well:
            raise self._lost[-1]
        slots, tries = self._attempt(self._suspects, now)
        return [Incoming(slot, arrival, None, tries[slot.uid]) for slot, arrival in slots]

    def _attempt(
        self, batch: Sequence[Found], now: datetime
    ) -> tuple[list[tuple[Slot, datetime]], dict[int, int]]:
        # Counted before the work, in a commit of its own: a mail that kills us is found out.
        slots = [(Slot(self._mailbox.name, self._validity, f.uid), f.arrival) for f in batch]
        return slots, self._store.attempt(self._event_id, slots, now)

    def _line_lost(self, batch: list[Found], err: ServerUnreachable) -> None:
        self._lost.append(err)
        twice = [f for f in batch if f.uid in self._again]
        self._suspects += twice
        once = [f for f in batch if f.uid not in self._again]
        self._again |= {f.uid for f in once}
        self.todo.extendleft([f] for f in reversed(once))
        if len(self._lost) >= LOST_LINES or self._mailbox.open() != self._validity:
            raise err


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
    result.failed += len(failed)
    for taken in done:
        result.add(taken)
        watch(taken)
    return {t.handled.slot.uid: t.handled.bucket for t in done}


def _acknowledge(
    store: Store,
    mailbox: Mailbox,
    event_id: str,
    validity: int,
    marks: dict[int, Bucket],
    at: datetime,
    result: Received,
) -> None:
    """Tell the mailbox. What it refuses to move stays unmarked in the ledger and is tried by each round;
    it keeps nobody's mail from being read."""
    for bucket in Bucket:
        uids = sorted(uid for uid, b in marks.items() if b is bucket)
        if uids:
            refused = mailbox.mark(uids, bucket)
            result.refused = next(iter(refused.values()), result.refused)
            store.marked(event_id, mailbox.name, validity, (uid for uid in uids if uid not in refused), at)
