"""Stop 4, the weights: a linear model as a table of text, made by tests/training, read without any library.

A table gives each feature (a string) a weight for some of its outputs. What a set of features comes
to is their sum: nothing else happens here, and it takes time in proportion to the number of features.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import mul

Row = tuple[float, ...]
# A sentence has a hundred features and each of them a weight for every output. So the weights of a feature
# are packed into one whole number, 24 bits for each, lifted so that none is negative: one addition then
# adds them all. 2**24 holds the sum of 1,000 features.
_BITS = 24
_LIFT = 1 << 13
_MASK = (1 << _BITS) - 1
MOST_FEATURES = 1_000  # that can be summed at once


@dataclass(frozen=True, slots=True)
class Weights:
    """One table. `rows` holds each feature's weights as text; those that were met are kept as numbers."""

    outputs: tuple[str, ...]
    bias: tuple[float, ...]
    scale: int  # weights stand as whole numbers of 1 / scale
    rows: Mapping[str, str]
    kept: dict[str, Row] = field(default_factory=dict)
    packed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Weights:
        """Out of the text of a table (see `written`). Raises ValueError where it is none."""
        head, second, *lines = text.split("\n")
        scale, *outputs = head.split("\t")
        biases = second.split("\t")
        if not scale.isdigit() or not outputs or len(biases) != len(outputs):
            raise ValueError("a table of weights begins with its scale, its outputs and a bias for each")
        bias = tuple(int(b) / int(scale) for b in biases)
        rows = dict(line.split("\t", 1) for line in lines if line)
        return cls(tuple(outputs), bias, int(scale), rows)

    def row(self, feature: str) -> Row | None:
        """The weights of a feature, one for each output; None for one that the table does not know."""
        row = self.kept.get(feature)
        if row is None and (text := self.rows.get(feature)):
            full = [0.0] * len(self.outputs)
            for pair in text.split(" "):
                place, _, weight = pair.partition("=")
                full[int(place)] = int(weight) / self.scale
            row = self.kept[feature] = tuple(full)
        return row

    def weight(self, feature: str, output: str) -> float:
        """The weight of one feature for one output."""
        row = self.row(feature)
        return row[self.outputs.index(output)] if row else 0.0

    def sums(self, features: Iterable[str], value: float) -> list[float]:
        """The sum for each output, every feature counting for `value`; at most 1,000 features count."""
        packed, rows = self.packed, self.rows
        known = [packed.get(f) or self._pack(f) for f in features if f in rows][:MOST_FEATURES]
        total, lifted = sum(known), _LIFT * len(known)
        share = value / self.scale
        return [
            bias + share * ((total >> shift & _MASK) - lifted)
            for bias, shift in zip(self.bias, range(0, _BITS * len(self.bias), _BITS), strict=True)
        ]

    def _pack(self, feature: str) -> int:
        row = self.row(feature) or ()
        whole = [max(-_LIFT, min(_LIFT - 1, round(w * self.scale))) + _LIFT for w in row]
        packed = self.packed[feature] = sum(w << _BITS * i for i, w in enumerate(whole))
        return packed

    def weighted(self, features: Mapping[str, float]) -> list[float]:
        """The sum for each output, every feature counting for the value it has."""
        kept, rows = self.kept, self.rows
        known = [
            (row, value)
            for f, value in features.items()
            if value and f in rows and (row := kept.get(f) or self.row(f))
        ]
        if len(self.bias) == 1:
            return [self.bias[0] + sum(row[0] * value for row, value in known)]
        values = [v for _, v in known]
        columns = zip(*(row for row, _ in known), strict=True)
        products = (sum(map(mul, column, values)) for column in columns) if known else repeat(0.0)
        return [b + p for b, p in zip(self.bias, products, strict=False)]


def written(
    outputs: Sequence[str], bias: Sequence[float], rows: Mapping[str, Sequence[float]], scale: int
) -> str:
    """A table as text: the scale and the outputs, their bias, then a line a feature, in order, noughts left
    out. Weights are rounded to 1 / scale."""
    lines = ["\t".join((str(scale), *outputs)), "\t".join(str(round(b * scale)) for b in bias)]
    for feature in sorted(rows):
        pairs = [(i, round(w * scale)) for i, w in enumerate(rows[feature])]
        if kept := " ".join(f"{i}={w}" for i, w in pairs if w):
            lines.append(f"{feature}\t{kept}")
    return "\n".join(lines) + "\n"


def likely(score: float) -> float:
    """The probability that a score stands for (logistic)."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def shares(scores: Sequence[float]) -> list[float]:
    """The probabilities of scores of which one only can be true (softmax)."""
    most = max(scores)
    powers = [math.exp(s - most) for s in scores]
    total = sum(powers)
    return [p / total for p in powers]
