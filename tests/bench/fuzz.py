"""`uv run python -m tests.bench.fuzz [HOW_MANY] [SEED]`: mutated mails, read to the last decision.

Each is a mail of tests/corpus with bytes flipped, cut out, doubled, spliced with those of another mail, or
cut off. Nothing may raise, and nothing may take long: the slowest is printed, and what fails is written to
the folder `fuzz-finds` for tests/corpus/odd.
"""

# ruff: noqa: T201 - a script: its tables are its answer
from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

from mailflow.reading.understand import read_bytes
from tests.reader import CORPUS, EVENT, LEXICON, OURS

FINDS = Path("fuzz-finds")
LONGEST = 1.0  # seconds of CPU
_SWALLOWED = re.compile(r"\(\w+(?:Error|Exception|Exhausted)\)")  # what parse and read_bytes say of one
_SPLICES = (
    b"\r\n\r\n", b"\x00", b"\xff\xfe", b"=?utf-8?Q?=\n?=", b"--\n", b"\n.\n", b"From: \n", b"<" * 50,
    b"(" * 50,
    b"Content-Type: multipart/mixed; boundary=\n", b"Content-Transfer-Encoding: base64\n", b"\xe2\x80\xae",
    b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"\nbegin 644 x\n",
)  # fmt: skip


def mutated(raw: bytes, others: list[bytes], drawn: random.Random) -> bytes:
    """The mail with up to eleven accidents."""
    mail = bytearray(raw)
    for _ in range(drawn.randrange(1, 12)):
        at = drawn.randrange(len(mail) + 1)
        match drawn.randrange(7):
            case 0 if mail:
                mail[at - 1] ^= 1 << drawn.randrange(8)
            case 1:
                del mail[at : at + drawn.randrange(1, 80)]
            case 2:
                start = drawn.randrange(len(mail) + 1)
                mail[at:at] = mail[start : start + drawn.randrange(300)]
            case 3:
                other = drawn.choice(others)
                start = drawn.randrange(len(other) + 1)
                mail[at:at] = other[start : start + drawn.randrange(600)]
            case 4:
                mail[at:at] = drawn.choice(_SPLICES)
            case 5 if drawn.random() < 0.3:
                mail = mail[:at]
            case _:
                mail[at : at + 1] = bytes([drawn.randrange(256)])
    return bytes(mail)


def main(how_many: int, seed: int) -> int:
    mails = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))]
    drawn = random.Random(seed)
    slowest, failed, kinds = 0.0, 0, Counter[str]()
    for n in range(how_many):
        raw = mutated(drawn.choice(mails), mails, drawn)
        began = time.process_time()
        try:
            reading = read_bytes(raw, EVENT, LEXICON, OURS)
            broken = bool(_SWALLOWED.search(reading.error or ""))
            kinds[f"{reading.kind} {reading.intent}"] += 1
        except Exception as err:  # noqa: BLE001 - this is what is looked for
            print(f"mail {n}: {type(err).__name__}: {err}")
            broken = True
        took = time.process_time() - began
        slowest = max(slowest, took)
        if broken or took > LONGEST:
            failed += 1
            FINDS.mkdir(exist_ok=True)
            (FINDS / f"{seed}-{n}.eml").write_bytes(raw)
    print(f"{how_many} mails, seed {seed}: {failed} failed or took over {LONGEST} s, slowest {slowest:.3f} s")
    print(", ".join(f"{kind} {count}" for kind, count in kinds.most_common(12)))
    return 1 if failed else 0


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:3]]
    sys.exit(main(*(numbers + [10_000, 1][len(numbers) :])))
