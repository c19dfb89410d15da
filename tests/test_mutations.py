"""The tests of the rules bite: a rule broken on purpose is seen by its test.

Here a sample of the table; the whole of it is `python -m tests.mutations` (minutes).
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutations import MUTATIONS, Mutation

TESTS = Path(__file__).parent


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.rule)
def test_each_row_breaks_a_rule_that_stands_and_names_a_test_that_stands(mutation: Mutation) -> None:
    compile(mutation.source(), mutation.module, "exec")
    file, _, name = mutation.test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    assert name.partition("[")[0] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_rules_broken_on_purpose_are_seen_by_their_tests() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.mutations", "--quick", "--json", "--every", "8"],
        cwd=TESTS.parent, capture_output=True, text=True, check=True, timeout=600,
    )  # fmt: skip
    told = json.loads(ran.stdout)
    assert told["whole"], "unbroken, the named tests pass"
    assert len(told["rows"]) >= len(MUTATIONS) // 8
    assert [row["rule"] for row in told["rows"] if not row["test_fails"]] == []
