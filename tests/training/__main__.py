"""`uv run --group train python -m tests.training COMMAND`: weights, figures, curve or check.

weights  fits the five models on all texts and writes their tables into mailflow/reading/data (2 minutes)
figures  reads every hand by weights of the others: the tables of the README (5 minutes)
curve    the same with a part of the texts
check    a small sample: fitted twice, the same bytes; a hand that was left out is read well enough
"""

# ruff: noqa: T201 - a script: its tables are its answer
from __future__ import annotations

import sys
from pathlib import Path

import mailflow
from mailflow.reading.features import INTENTS
from mailflow.reading.lexicon import Lexicon
from tests.training import figures
from tests.training.examples import TABLES, Example, examples, lexicon_to_train, rows
from tests.training.fit import (
    held_out,
    mail_features,
    mail_weights,
    people_weights,
    sentence_weights,
    statement_weights,
    text_weights,
)

DATA = Path(mailflow.__file__).parent / "reading" / "data"


def main(command: str) -> int:
    commands = {"weights": weights, "figures": all_figures, "curve": curve, "check": check}
    if command not in commands:
        print(__doc__)
        return 64
    return commands[command]()


def weights() -> int:
    """All tables, from all texts."""
    lexicon = lexicon_to_train()
    made = examples(rows(), lexicon)
    tables = fitted(made, lexicon)
    for name, text in tables.items():
        (DATA / name).write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(made)} texts; {sum(map(len, tables.values()))} bytes of weights")
    return 0


def fitted(made: list[Example], lexicon: Lexicon) -> dict[str, str]:
    """The tables, by the name of their file."""
    weighed = held_out(made)
    mails = mail_weights([mail_features(e) for e in weighed], made)
    made_of = (
        sentence_weights(made),
        text_weights(made),
        mails,
        statement_weights(weighed),
        people_weights(weighed, lexicon),
    )
    return dict(zip(TABLES, made_of, strict=True))


def all_figures() -> int:
    """Everything the README tells of the reader's model."""
    made = examples(rows(), lexicon_to_train())
    weighed = held_out(made)
    features = [mail_features(e) for e in weighed]
    chances = figures.by_others(made, features)
    said = [figures.likeliest(c) for c in chances]
    print(figures.table(made, said))
    print("\n" + figures.confusion(made, said))
    print("\nhow sure, how right\n" + figures.calibration(made, chances))
    print("\nthe price of being wrong\n" + figures.cost_curve(made, chances))
    print("\nwithout a part of it")
    print(f"{'word lists alone':30} {figures.right(made, figures.by_cues_alone(made)):.1%}")
    bare = examples(rows(), lexicon_to_train(), cues=False)
    without = figures.left_out(bare, lambda name: not name.startswith(("cue", "says")))
    print(
        f"{'model without word lists':30} {figures.right(made, [figures.likeliest(c) for c in without]):.1%}"
    )
    for name, parts in (
        ("without their conclusion", ("says",)),
        ("without sentences' roles", tuple(f"{i} " for i in INTENTS if i not in {"other", "auto_reply"})),
        ("without kinds of sentence", ("in ",)),
        ("without the whole text", ("whole ",)),
    ):
        kept = [{n: v for n, v in f.items() if not n.startswith(parts)} for f in features]
        rest = [figures.likeliest(c) for c in figures.by_others(made, kept)]
        print(f"{name:30} {figures.right(made, rest):.1%}")
    print(f"{'all of it':30} {figures.right(made, said):.1%}")
    return 0


def curve() -> int:
    """Every second, fourth ... text of each hand to learn from; read is always the same."""
    made = examples(rows(), lexicon_to_train())
    for step in (8, 4, 2, 1):
        part = made[::step]
        chances = figures.left_out(part)
        print(f"{len(part):5} texts: {figures.right(part, [figures.likeliest(c) for c in chances]):.1%}")
    return 0


def check() -> int:
    """For the tests: the same texts give the same bytes, and what was left out is read well enough."""
    sample = [r for r in rows() if r[0] in {"english", "nl-residents", "nl-varied", "near-misses"}][::2]
    lexicon = lexicon_to_train()
    made = examples(sample, lexicon)
    first, second = fitted(made, lexicon), fitted(examples(sample, lexicon), lexicon)
    share = figures.right(made, [figures.likeliest(c) for c in figures.left_out(made)])
    print(f"{len(made)} texts, the same bytes twice: {first == second}, left out and right: {share:.1%}")
    return 0 if first == second and share >= 0.75 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
