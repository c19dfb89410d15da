"""The power fails at every seam of a round; afterwards nothing is lost, doubled or invented.

First a dry run counts the seams. Then, for each, a new world: the worker is killed there with SIGKILL,
started anew, and the outcome compared with that of the undisturbed run.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import Counter
from datetime import datetime, timedelta
from multiprocessing.connection import wait
from multiprocessing.pool import ThreadPool
from pathlib import Path

from mailflow.office import open_offices
from tests.desk import OPENED, Hands, cancels, configure, deployment, mail, registers, sent, servers, states
from tests.dying import LEXICON, one_round

NOW = OPENED + timedelta(days=3)
LATER = NOW + timedelta(minutes=11)  # past outbox.in_doubt_minutes

# A full house, one that waits, one that leaves, a question, a machine: every kind of step.
MAILS = [
    (registers("Ann Smith"), 0),
    (registers("Bob Jones"), 1),
    (registers("Cas Brown"), 2),
    (cancels("Ann Smith", at=OPENED + timedelta(minutes=3)), 3),
    (mail("Dee White", "What time does it start, and is there parking nearby?"), 4),
    (mail("Eve Black", "I am away.", headers={"Auto-Submitted": "auto-replied"}), 5),
]


# multiprocessing asks after every child whenever one is started or joined, and not thread-safely: two
# threads that ask at once lose an exit status.
_CHILDREN = threading.Lock()


def _round(config: str, now: datetime, at: int | None, pipe) -> None:
    pipe.send(one_round(config, now, at))


def _in_a_process(config: Path, now: datetime, at: int | None) -> list[str] | None:
    """The seams passed; None where it was killed."""
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_round, args=(str(config), now, at, there))
    with _CHILDREN:
        process.start()
    there.close()
    try:
        names = here.recv()
    except EOFError:
        names = None
    wait([process.sentinel])
    with _CHILDREN:
        process.join()
    here.close()
    assert process.exitcode in ((0,) if at is None else (0, -signal.SIGKILL))
    return names


def _world(folder: Path, kill_at: int | None) -> tuple[dict, Counter, list[str] | None, bool]:
    """Roster, answers by Message-ID, the seams passed, whether it was killed while a mail was in doubt."""
    with servers() as up:
        for raw, minute in MAILS:
            up.deliver(raw, OPENED + timedelta(minutes=minute))
        config = configure(folder, up.imap_port, up.smtp_port, capacity=2)
        names = _in_a_process(config, NOW, kill_at)
        doubtful = False
        if kill_at is not None:
            assert names is None, "it was to be killed"
            store = _store(config)
            if store is not None:
                doubtful = store.counts("repair-2030").outbox.sending > 0
                store.close()
            _in_a_process(config, LATER, None)
        opened = open_offices(deployment(config, "demo"), Hands(LATER), lexicon=LEXICON)[0]
        roster = states(opened)
        counts = opened.store.counts(opened.event_id)
        assert counts.pending == 0
        assert counts.seen == len(MAILS)
        assert (counts.outbox.queued, counts.outbox.sending, counts.outbox.failed) == (0, 0, 0)
        box = opened.mailbox()
        box.open(read_only=True)
        assert box.uids_newer_than(0) == set(), "handled mail stays in the folder"
        box.close()
        opened.store.close()
        return roster, Counter((to, kind) for to, kind, _ in sent(up)), names, doubtful


def _store(config: Path):
    from mailflow.adapters.store import open_store

    file = config.parent / "mailflow.db"
    return open_store(f"sqlite:///{file}", migrate=False) if file.exists() else None


def _moments(names: list[str]) -> list[tuple[int, str]]:
    """The seams, counted from 1, each moment once: just before a call is just after the one before it."""
    before = ["", *names]
    return [
        (number, name)
        for number, name in enumerate(names, start=1)
        if not (name.startswith("before ") and before[number - 1].startswith("after "))
    ]


def test_killed_at_every_seam_nothing_is_lost_or_doubled_but_what_was_in_doubt(tmp_path):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.dying"])
    roster, answers, names, _ = _world(tmp_path / "dry", None)
    assert roster == {"ann.smith": ["cancelled"], "bob.jones": ["confirmed"], "cas.brown": ["confirmed"]}
    assert answers == Counter(
        {
            ("ann.smith@home.example", "confirmed"): 1,
            ("bob.jones@home.example", "confirmed"): 1,
            ("cas.brown@home.example", "waitlisted"): 1,
            ("ann.smith@home.example", "cancelled"): 1,
            ("cas.brown@home.example", "promoted"): 1,
            ("dee.white@home.example", "question"): 1,
        }
    )
    assert names is not None
    doubled: list[str] = []
    chosen = _moments(names)
    with ThreadPool(2) as pool:
        worlds = pool.map(lambda moment: _world(tmp_path / str(moment[0]), moment[0]), chosen)
    for (number, name), (again, sent_now, _, doubtful) in zip(chosen, worlds, strict=True):
        where = f"killed at seam {number}, {name}"
        assert again == roster, where
        assert set(sent_now) == set(answers), where
        more = {what: times for what, times in sent_now.items() if times > 1}
        assert all(times == 2 for times in more.values()), where
        assert len(more) <= 1, where
        if more:
            assert doubtful, f"{where}: doubled {more} though nothing was in doubt"
            doubled.append(name)
    # Only the moment between the server's word and its record may double a mail; it must have been met.
    assert set(doubled) == {"after courier.send"}
