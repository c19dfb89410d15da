"""`uv run python -m tests.bench.reader`: what reading a mail costs, in CPU time of one run on one machine.

Each mail of tests/corpus is read several times and the best time counts. Beside it stands a naive reader
(`email` with its default policy, subject and body), so that machines can be compared: times are noise,
ratios are not. Then mails that are made to keep a reader busy, at 50, 100 and 200 kB: a reader whose time
grows with the length of a mail, and not with its square, has about the same figure per kB in each column.
"""

# ruff: noqa: T201 - a script: its tables are its answer
from __future__ import annotations

import email
import email.policy
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable

from mailflow.reading import quotes
from mailflow.reading.parse import parse
from mailflow.reading.triage import triage
from mailflow.reading.understand import read_bytes
from tests.reader import CORPUS, EVENT, LEXICON, OURS, bytes_of

ROUNDS = 7
SIZES = (50, 100, 200)  # kB
HOSTILE: dict[str, str] = {
    "one word": "a",
    "words": "aap noot mies ",
    "lines": "\n",
    "sentences": "Ik kom graag met mijn collega. ",
    "one sentence": "ik kom niet met mijn collega en wij ",
    "questions": "kom ik? ",
    "names": "Jan Jansen, ",
    "names in lines": "Jan Jansen\n",
    "addresses": "jan@huis.example ",
    "at signs": "@",
    "colons": "naam: ",
    "commas": ",",
    "numbers": "12 ",
    "quote marks": "> ",
    "quoted lines": "> ik kom niet\n",
    "dashes": "-- \n",
    "table rows": "Jan\tJansen\tbewoner\n",
    "base64": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=\n",
    "brackets": "(",
    "open tags": "<div>",
    "table of HTML": "<tr><td>Jan</td><td>Jansen</td></tr>",
    "quotes of HTML": "<blockquote>",
    "entities": "&amp;",
}


def naive(raw: bytes) -> None:
    """What one would write first."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    part = message.get_body(("plain", "html"))
    _ = (message["from"], message["subject"], part.get_content() if part else "")


def cpu(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The best of several runs, in ms of CPU time."""
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - begun)
    return best / 1e6


def of_size(kind: str, kilobytes: int) -> bytes:
    """A hostile mail of about that size; a piece that begins with < makes an HTML mail."""
    piece = HOSTILE[kind]
    text = piece * (kilobytes * 1000 // len(piece))
    raw = bytes_of(text)
    return raw.replace(b"text/plain", b"text/html") if piece.startswith(("<", "&")) else raw


def ordinary() -> None:
    """The corpus: the whole, its stops, and the naive reader beside it."""
    raws = [p.read_bytes() for p in sorted(CORPUS.glob("*.eml"))]
    mails = [parse(raw) for raw in raws]

    def whole(raw: bytes) -> object:
        LEXICON.names.found.clear()  # what was found in this very mail the last time
        return read_bytes(raw, EVENT, LEXICON, OURS)

    for raw in raws:
        whole(raw)  # words and weights that were met before are remembered, as in a worker that runs
    times = sorted(cpu(lambda raw=raw: whole(raw)) for raw in raws)  # type: ignore[misc]
    first = [statistics.median(cpu(lambda raw=raw: naive(raw)) for raw in raws)]  # type: ignore[misc]
    parts = {
        "parse": [cpu(lambda raw=raw: parse(raw)) for raw in raws],  # type: ignore[misc]
        "triage": [cpu(lambda m=m: triage(m, OURS, LEXICON.triage)) for m in mails],  # type: ignore[misc]
        "quotes": [cpu(lambda m=m: quotes.of_mail(m, LEXICON.quotes)) for m in mails],  # type: ignore[misc]
    }
    median = statistics.median(times)
    print(f"{len(raws)} mails of the corpus, ms of CPU each")
    print(f"  median {median:.2f}   90 % {times[len(times) * 9 // 10]:.2f}   slowest {times[-1]:.2f}")
    for name, values in parts.items():
        print(f"  of that {name:7} {statistics.median(values):.2f}")
    print(f"  naive reader  {first[0]:.2f}: reading takes {median / first[0]:.1f} times as long as that")
    tracemalloc.start()
    for raw in raws:
        whole(raw)
    print(f"  memory while reading them: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB at most")
    tracemalloc.stop()


def hostile() -> None:
    """The mails that are made to keep a reader busy."""
    print("\nhostile mails, ms of CPU at " + ", ".join(f"{s} kB" for s in SIZES))
    slowest = (0.0, "")
    for kind in HOSTILE:
        times = []
        for size in SIZES:
            raw = of_size(kind, size)
            times.append(cpu(lambda raw=raw: read_bytes(raw, EVENT, LEXICON, OURS), 2))  # type: ignore[misc]
        slowest = max(slowest, (times[-1], kind))
        print(f"  {kind:16} " + " ".join(f"{t:8.1f}" for t in times))
    print(f"  slowest of all: {slowest[0]:.0f} ms ({slowest[1]})")


if __name__ == "__main__":
    ordinary()
    hostile()
    sys.exit(0)
