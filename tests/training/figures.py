"""What the reader is worth: every hand read by weights that never saw it.

The honest figure for mails of hands that nobody has seen yet: for each file of texts, both models are
fitted on the other files, and the file is read by them. (The word lists were written by people who knew
the texts; the models were not.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from mailflow.reading.features import INTENTS
from mailflow.reading.intent import ASK_BACK, cheapest
from mailflow.reading.weights import Weights, shares
from tests.training.examples import Example
from tests.training.fit import SHARE, held_out, mail_features, mail_weights

Chances = Mapping[str, float]
Features = Mapping[str, float]
_WISHES = {"register", "cancel", "change", "question", "yes", "no"}
DEARER = (0.5, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 3.0)


def left_out(examples: Sequence[Example], kept: Callable[[str], bool] = lambda _: True) -> list[Chances]:
    """The chances of each example's intents, by models of the other hands. `kept`: which features of mails
    the second model may see."""
    weighed = held_out(examples)
    features = [{n: v for n, v in mail_features(e).items() if kept(n)} for e in weighed]
    return by_others(examples, features)


def by_others(examples: Sequence[Example], features: Sequence[Features]) -> list[Chances]:
    """The second model alone: every hand by one fitted on the others."""
    out: list[Chances] = [{}] * len(examples)
    for hand in sorted({e.hand for e in examples}):
        others = [i for i, e in enumerate(examples) if e.hand != hand]
        table = Weights.of(mail_weights([features[i] for i in others], [examples[i] for i in others]))
        for i, e in enumerate(examples):
            if e.hand == hand:
                sums = table.weighted(features[i])
                out[i] = dict(zip(table.outputs, shares(sums), strict=True))
    return out


def likeliest(chances: Chances) -> str:
    return max(chances, key=lambda intent: chances[intent])


def table(examples: Sequence[Example], said: Sequence[str]) -> str:
    """Right and asked, by hand, by language, by intent, and in all."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for e, s in zip(examples, said, strict=True):
        for group in (f"0 {e.hand}", f"1 {e.row['language']}", f"2 {e.intent}", "4 all"):
            groups[group].append(s == e.intent)
        if e.hand not in SHARE:
            groups["3 all but hands of one sort"].append(s == e.intent)
    return "\n".join(
        f"{name[2:]:26} {sum(ok):5}/{len(ok):<5} {share(ok):6.1%}" for name, ok in sorted(groups.items())
    )


def share(ok: Iterable[bool]) -> float:
    ok = list(ok)
    return sum(ok) / len(ok) if ok else 0.0


def right(examples: Sequence[Example], said: Sequence[str]) -> float:
    return share(e.intent == s for e, s in zip(examples, said, strict=True))


def by_cues_alone(examples: Sequence[Example]) -> list[str]:
    """What the word lists alone say of each text."""
    return [
        e.by_cues.answers if e.by_cues.answers and e.intent in {"yes", "no"} else str(e.by_cues.intent)
        for e in examples
    ]


def confusion(examples: Sequence[Example], said: Sequence[str]) -> str:
    """Rows: what it is; columns: what it was taken for."""
    lines = ["".join([" " * 12, *(f"{i[:8]:>9}" for i in INTENTS)])]
    for is_ in INTENTS:
        counts = [
            sum(e.intent == is_ and s == t for e, s in zip(examples, said, strict=True)) for t in INTENTS
        ]
        lines.append(f"{is_:12}" + "".join(f"{n:9}" for n in counts))
    return "\n".join(lines)


def cost_curve(examples: Sequence[Example], chances: Sequence[Chances]) -> str:
    """The dearer a mistake, the more is asked back: right, unclear, and the dangerous mistakes."""
    lines = [" price   right  of decided  unclear  lost  seat for nobody  wrong cancel"]
    wanted = [e.intent for e in examples]
    for dearer in DEARER:
        said = [cheapest(c, dearer) for c in chances]
        pairs = list(zip(wanted, said, strict=True))
        decided = [w == s for w, s in pairs if s != ASK_BACK]
        lost = sum(w in _WISHES and s in {"other", "auto_reply"} for w, s in pairs)
        nobody = sum(s == "register" and w in {"question", "other", "auto_reply", "no"} for w, s in pairs)
        cancelled = sum(s in {"cancel", "no"} and w not in {"cancel", "no"} for w, s in pairs)
        lines.append(
            f"{dearer:6} {share(w == s for w, s in pairs):7.1%} {share(decided):11.1%} "
            f"{said.count(ASK_BACK) / len(said):8.1%} {lost:5} {nobody:16} {cancelled:13}"
        )
    return "\n".join(lines)


def calibration(examples: Sequence[Example], chances: Sequence[Chances]) -> str:
    """How often what is held for so and so likely is right."""
    bins: dict[int, list[bool]] = defaultdict(list)
    for e, c in zip(examples, chances, strict=True):
        best = likeliest(c)
        bins[min(9, int(c[best] * 10))].append(best == e.intent)
    return "\n".join(
        f"held {b / 10:.0%}-{(b + 1) / 10:.0%}: right {share(ok):.0%} of {len(ok)}"
        for b, ok in sorted(bins.items())
    )
