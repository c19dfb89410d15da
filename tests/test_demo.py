"""`mailflow demo`: what a new user sees and finds, from an empty folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import openpyxl
import pytest

SEATS = 100


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    ran = subprocess.run(
        [sys.executable, "-m", "mailflow", "demo"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder / "mailflow-demo", ran.stdout


def test_it_tells_that_every_mail_is_accounted_for_and_the_house_was_never_overfull(played):
    _, said = played
    assert "0 unaccounted" in said
    most = re.search(r"most at any time\D+(\d+) of 100", said)
    assert most is not None
    assert int(most.group(1)) == SEATS
    assert "replies to our confirmation that it cannot come" in said


def test_every_answer_opens_in_a_mail_program(played):
    folder, _ = played
    answers = sorted((folder / "answers").glob("*.eml"))
    assert len(answers) > 150
    for path in answers:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert not message.defects, path.name
        assert message["Auto-Submitted"] in ("auto-replied", "auto-generated")
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert "{{" not in plain.get_content() + html.get_content()


def test_the_participants_the_page_and_the_ledger_say_the_same(played):
    folder, _ = played
    sheet = openpyxl.load_workbook(folder / "participants.xlsx").active
    cells = [str(value) for row in sheet.iter_rows(values_only=True) for value in row]
    assert sum(value in ("bevestigd", "confirmed") for value in cells) == SEATS
    assert "100" in (folder / "digest.txt").read_text(encoding="utf-8")
    assert "<html" in (folder / "digest.html").read_text(encoding="utf-8")


def test_played_again_it_replaces_what_it_made_and_nothing_else(tmp_path):
    mine = tmp_path / "mailflow-demo"
    mine.mkdir()
    (mine / "letters.txt").write_text("mine", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "mailflow", "demo", "--mails", "3"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 65
    assert (mine / "letters.txt").read_text(encoding="utf-8") == "mine"
    assert json.dumps(ran.stderr).count("\\n") == 1
