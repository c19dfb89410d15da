"""The weights: what their file looks like, what they do, and that they can be made again."""

from __future__ import annotations

import random

import pytest

from mailflow import shipped
from mailflow.reading.weights import Weights, likely, shares, written
from tests.reader import LEXICON, reading_of

TABLE = written(["one", "two"], [0.5, -1.0], {"a b": [1.24, 0.0], "C": [-0.3, 2.0]}, 10)


def test_a_table_is_read_back_as_it_was_written() -> None:
    table = Weights.of(TABLE)
    assert (table.outputs, table.bias) == (("one", "two"), (0.5, -1.0))
    assert (table.row("a b"), table.row("C"), table.row("unknown")) == ((1.2, 0.0), (-0.3, 2.0), None)


def test_what_a_table_does_not_know_counts_for_nothing() -> None:
    table = Weights.of(TABLE)
    assert table.sums(["unknown"], 1.0) == [0.5, -1.0]
    assert table.weighted({"unknown": 3.0}) == [0.5, -1.0]


def test_sums_are_those_of_plain_addition() -> None:
    table = LEXICON.decider.sentences
    features = random.Random(7).sample(sorted(table.rows), 400)
    rows = [table.row(f) or () for f in features]
    plain = [b + 0.05 * sum(row[i] for row in rows) for i, b in enumerate(table.bias)]
    assert table.sums(features, 0.05) == pytest.approx(plain)


@pytest.mark.parametrize("text", ["", "\n", "one\ttwo\n1\n", "10\tone\n1\t2\n", "10\n1\n"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - int() says it in its own words
        Weights.of(text)


def test_the_shipped_weights_are_small_and_know_no_event() -> None:
    tables = {n: t for n, t in shipped.lexicon_sources().items() if n.endswith(".tsv")}
    assert sum(map(len, tables.values())) < 3_000_000
    named = ("middelland", "afrikaanderwijk", "wollefoppengroen", "kennisbijeenkomst")
    assert not [word for word in named for text in tables.values() if word in text.casefold()]


def test_chances_add_up() -> None:
    assert sum(shares([1.0, 2.0, -300.0])) == pytest.approx(1.0)
    assert (likely(0.0), likely(1e9), likely(-1e9)) == (0.5, pytest.approx(1.0), pytest.approx(0.0))


def test_reading_twice_gives_the_same() -> None:
    text = "Ik kom graag met twee collega's. Is er een lift?"
    assert reading_of(text) == reading_of(text)


def test_the_weights_can_be_made_again() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: uv run --group train pytest")
    from tests.training.__main__ import check

    assert check() == 0
