"""The command line: what is answered where, which exit status, and a whole small event by hand."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from openpyxl import load_workbook

from mailflow import __version__
from mailflow.cli import COMMANDS, execute
from mailflow.demo.servers import EmbeddedServers

CONFIG = Path(__file__).parent.parent / "config"
CORPUS = Path(__file__).parent / "corpus"
ADDRESS = "feest@buurt.example"
NOW = "2026-11-02T12:00:00+01:00"
EVENT = f"""
id = "buurtfeest"
name = "Buurtfeest"
reference = "FEE"
address = "{ADDRESS}"
organisers = ["els@buurt.example"]
capacity = 2
involvement = "off"
starts = 2026-11-19T13:00:00
ends = 2026-11-19T18:00:00
timezone = "Europe/Amsterdam"
"""


@dataclass
class Ran:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Runs one command in an empty folder, with no MAILFLOW_ variable set."""
    for name in [n for n in os.environ if n.startswith("MAILFLOW_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    kept, level, ours = root.handlers[:], root.level, logging.getLogger("mailflow").level

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        status = execute([str(a) for a in arguments])
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    yield command
    root.handlers[:] = kept
    root.setLevel(level)
    logging.getLogger("mailflow").setLevel(ours)


def mailflow(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MAILFLOW_")}
    return subprocess.run(
        [sys.executable, "-m", "mailflow", *map(str, arguments)],
        capture_output=True, text=True, env=environ, timeout=60, **more,  # type: ignore[call-overload]
    )  # fmt: skip


def mail(sender: str, name: str, text: str, subject: str = "aanmelding", **more: str) -> bytes:
    fields = {"From": f"{name} <{sender}>", "To": ADDRESS, "Subject": subject,
              "Date": "Mon, 2 Nov 2026 10:00:00 +0100",
              "Message-ID": f"<{name.split()[0].lower()}.{abs(hash(text))}@{sender.partition('@')[2]}>",
              "MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8", **more}  # fmt: skip
    return ("".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n" + text).encode()


PEOPLE = [
    ("jan@wijk.example", "Jan Bakker"),
    ("mia@wijk.example", "Mia Smit"),
    ("aad@wijk.example", "Aad Vos"),
]


def registration(n: int) -> bytes:
    sender, name = PEOPLE[n]
    return mail(
        sender,
        name,
        f"Beste organisatie,\r\n\r\nGraag meld ik mij aan voor het buurtfeest.\r\n\r\n{name}\r\n",
    )


@pytest.fixture
def house(run: Run, tmp_path: Path) -> Path:
    """A house of two seats, its configuration in ./config; the servers are reached by the environment."""
    (tmp_path / "config" / "events").mkdir(parents=True)
    (tmp_path / "config" / "events" / "feest.toml").write_text(EVENT)
    (tmp_path / "config" / "mailflow.toml").write_text(
        f'[mailbox]\nhost = "imap.nosuch.example"\nuser = "{ADDRESS}"\n[smtp]\nhost = "smtp.nosuch.example"\n'
    )
    return tmp_path


@pytest.fixture
def online(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServers]:
    """The same house, with servers of its own behind it."""
    with EmbeddedServers(ADDRESS, "s3cret") as servers:
        reach(servers, monkeypatch)
        yield servers


def reach(servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch) -> None:
    for table, port in (("MAILBOX", servers.imap_port), ("SMTP", servers.smtp_port)):
        monkeypatch.setenv(f"MAILFLOW_{table}__HOST", servers.host)
        monkeypatch.setenv(f"MAILFLOW_{table}__PORT", str(port))
        monkeypatch.setenv(f"MAILFLOW_{table}__TLS", "none")
    monkeypatch.setenv("MAILFLOW_MAILBOX__PASSWORD", servers.password)


def arrived(servers: EmbeddedServers, *raws: bytes, day: int = 1) -> None:
    for n, raw in enumerate(raws):
        servers.deliver(raw, datetime(2026, 11, day, 10, n, tzinfo=UTC))


# --- usage and errors ------------------------------------------------------------------------------


def test_the_version_is_told_quickly() -> None:
    began = time.monotonic()
    done = mailflow("--version")
    assert (done.stdout, done.returncode) == (f"mailflow {__version__}\n", 0)
    assert time.monotonic() - began < 2


def test_every_command_explains_itself(run: Run) -> None:
    text = run("--help").out
    for command in COMMANDS:
        assert f"\n  {command} " in text
        assert run(command, "--help").status == 0
    assert run("db", "backup", "--help").status == 0


@pytest.mark.parametrize(
    "arguments",
    [["nosuch"], ["parse"], ["status", "--nosuch"], ["list", "--state", "nosuch"], ["--now", "x", "status"],
     ["digest", "--date", "x"], ["demo", "--mails", "-1"], []],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_is_64_and_says_where_to_read_on(run: Run, house: Path, arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (64, "")
    assert "--help" in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_configuration_is_78_with_every_problem_a_line(run: Run, house: Path) -> None:
    (house / "config" / "mailflow.toml").write_text("[mailbox]\nhots = 1\n[worker]\nbatch = 0\n")
    for command in (["status"], ["poll"], ["list", "--json"], ["db", "upgrade"]):
        ran = run(*command)
        assert (ran.status, ran.out) == (78, ""), command
        assert len(ran.err.splitlines()) == 5, ran.err
    ran = run("check")
    assert ran.status == 78
    assert all(line.startswith("problem  configuration: config/") for line in ran.out.splitlines())


def test_the_configuration_is_named_by_option_or_variable(
    run: Run, house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    assert run("list").status == 78
    assert run("list", "--config", house / "config").status == 0
    assert run("--config", house / "config", "list").status == 0
    monkeypatch.setenv("MAILFLOW_CONFIG", str(house / "config"))
    assert run("list").status == 0
    assert run("list", "--config", tmp_path / "nosuch").status == 78


def test_global_options_may_stand_before_and_after_the_command(run: Run, house: Path) -> None:
    for arguments in (["--now", NOW, "status", "--json"], ["status", "--json", "--now", NOW]):
        (row,) = run(*arguments).rows
        assert row["now"] == "2026-11-02T11:00:00+00:00"
    (row,) = run("status", "--json", "--now", "2026-11-02T12:00").rows
    assert row["now"] == "2026-11-02T11:00:00+00:00", "without an offset it is the event's own time"
    assert run("status", "--event", "nosuch").status == 78


def test_a_login_without_a_password_is_not_tried(run: Run, house: Path) -> None:
    ran = run("poll")
    assert ran.status == 78
    assert "mailbox.password: is missing" in ran.err
    assert not (house / "mailflow.db").exists()


def test_a_server_that_cannot_be_reached_is_69(
    run: Run, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_MAILBOX__PASSWORD", "x")
    monkeypatch.setenv("MAILFLOW_MAILBOX__HOST", "127.0.0.1")
    monkeypatch.setenv("MAILFLOW_MAILBOX__PORT", "1")
    ran = run("poll")
    assert ran.status == 69
    assert "127.0.0.1:1" in ran.err
    assert "Traceback" not in ran.err
    ran = run("status", "--json")
    assert ran.status == 69
    assert "127.0.0.1:1" in str(ran.rows[0]["problems"])


def test_a_fault_of_ours_is_70_in_a_line_and_in_full_at_v(
    run: Run, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("with Jan Bakker's words")

    monkeypatch.setattr("mailflow.init_event.init", broken)
    ran = run("init", "x")
    assert ran.status == 70
    assert "a fault of ours: ZeroDivisionError in test_cli.py" in ran.err
    assert "Traceback" not in ran.err
    assert "Bakker" not in ran.err
    assert "Traceback" in run("init", "x", "-v").err


def test_the_reader_of_a_pipe_may_leave() -> None:
    parse = f"{sys.executable} -m mailflow parse --json {CORPUS}/0*.eml | head -1"
    done = subprocess.run(["sh", "-c", parse], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith('{"file"')
    assert done.stderr == ""


# --- parse -----------------------------------------------------------------------------------------


def test_parse_gives_a_line_a_file_and_never_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.eml").write_bytes(b"\xff\x00\x80" * 100)
    (tmp_path / "empty.eml").write_bytes(b"")
    files = [
        CORPUS / "001.eml",
        tmp_path / "odd.eml",
        tmp_path / "empty.eml",
        tmp_path / "nosuch.eml",
        tmp_path,
    ]
    ran = run("parse", "--json", *files)
    assert ran.status == 0
    assert [row["file"] for row in ran.rows] == [str(f) for f in files]
    assert ran.out.isascii()
    fields = ["file", "kind", "intent", "confidence", "language", "seats", "people", "organisation",
              "involvement", "projects", "workshops", "has_question", "may_auto_answer", "reason", "answers",
              "reply_text", "decoded", "error"]  # fmt: skip
    for row in ran.rows:
        assert list(row) == fields
    assert ran.rows[0]["error"] is None
    assert "No such file" in str(ran.rows[3]["error"])
    assert ran.rows[3]["may_auto_answer"] is False


def test_parse_reads_standard_input_and_another_event(tmp_path: Path) -> None:
    event = tmp_path / "feest.toml"
    event.write_text(EVENT + '[[project]]\nid = "moestuin"\nname = "De Moestuin"\n')
    raw = mail(
        "jan@wijk.example", "Jan Bakker", "Ik meld mij aan. Ik ben vrijwilliger bij De Moestuin.\r\n"
    ).decode()
    done = mailflow("parse", "--json", "--event", event, "-", input=raw, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert (row["file"], row["intent"], row["projects"]) == ("-", "register", ["moestuin"])
    done = mailflow("--event", tmp_path / "nosuch.toml", "parse", "-", input=raw, cwd=tmp_path)
    assert done.returncode == 78


def test_parse_for_people_says_what_was_understood(run: Run) -> None:
    ran = run("parse", CORPUS / "001.eml", CORPUS / "002.eml")
    assert ran.status == 0
    assert str(CORPUS / "001.eml") in ran.out
    assert "register" in ran.out
    assert "Piet Hoekstra" in ran.out


# --- before the work -------------------------------------------------------------------------------


def test_init_makes_a_folder_that_check_leads_through(run: Run, tmp_path: Path) -> None:
    ran = run("init", "Buurtfeest 2026")
    assert ran.status == 0
    assert [line[:2] for line in ran.out.splitlines()[1:]] == ["1.", "2.", "3."]
    folder = tmp_path / "Buurtfeest 2026"
    event = folder / "config" / "events" / "buurtfeest-2026.toml"
    assert (folder / "templates" / "nl" / "confirmed.txt.j2").exists()
    assert str(folder) in (folder / "systemd" / "mailflow.service").read_text()
    ran = run("check", "--config", folder / "config")
    assert ran.status == 78
    todo = [line.split(".toml:")[1].split(":")[0] for line in ran.out.splitlines()]
    assert sorted(todo) == ["address", "capacity", "ends", "mailbox.host", "mailbox.user", "name",
                            "organisers", "smtp.host", "starts"]  # fmt: skip
    text = event.read_text()
    filled = {"name": '"Buurtfeest"', "address": f'"{ADDRESS}"', "organisers": '["els@buurt.example"]',
              "capacity": "20", "starts": "2026-11-19T13:00:00", "ends": "2026-11-19T18:00:00"}  # fmt: skip
    for key, value in filled.items():
        start = text.index(f"\n{key} = ") + 1
        text = text[:start] + f"{key} = {value}" + text[text.index("\n", start) :]
    event.write_text(text)
    main = (folder / "config" / "mailflow.toml").read_text()
    (folder / "config" / "mailflow.toml").write_text(main.replace('host = ""', 'host = "127.0.0.1"').replace(
        'user = ""\n# The password', 'user = "x"\n# The password'))  # fmt: skip
    ran = run("check", "--config", folder)
    assert "ok       configuration: " in ran.out
    assert "ok       templates buurtfeest-2026: all render" in ran.out
    assert "problem  password: " in ran.out


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    assert run("init", "feest").status == 0
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    ran = run("init", "feest")
    assert ran.status == 65
    assert "is not overwritten" in ran.err
    (tmp_path / "file").write_text("x")
    assert run("init", "file").status == 65
    (tmp_path / "file").unlink()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_check_says_ok_for_all_that_is_well_and_makes_nothing(
    run: Run, house: Path, online: EmbeddedServers
) -> None:
    ran = run("check", "--send-test", "els@buurt.example")
    assert ran.status == 0, ran.out
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    assert "will be created" in ran.out
    assert not (house / "mailflow.db").exists()
    ((_, recipients, content),) = online.outgoing
    assert recipients == ["els@buurt.example"]
    assert BytesParser(policy=policy.default).parsebytes(content)["Auto-Submitted"] == "auto-generated"


def test_check_names_a_wrong_password_and_a_template_that_fails(
    run: Run, house: Path, online: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILFLOW_MAILBOX__PASSWORD", "wrong")
    ran = run("check")
    assert ran.status == 69
    assert "problem  imap login: " in ran.out
    own = house / "templates" / "nl"
    own.mkdir(parents=True)
    (own / "confirmed.txt.j2").write_text("{{ nosuch }}")
    ran = run("check")
    assert ran.status == 78
    assert "problem  templates buurtfeest: nl/confirmed.txt.j2" in ran.out


# --- a small event by hand -------------------------------------------------------------------------


def test_a_whole_small_event_by_hand(run: Run, house: Path, online: EmbeddedServers) -> None:
    assert run("list").status == 0
    assert run("status", "--json").status == 69

    arrived(online, *(registration(n) for n in range(3)))
    ran = run("poll", "--dry-run", "--now", NOW)
    assert ran.status == 0, ran.err
    assert [line.split("\t")[2] for line in ran.out.splitlines()[1:]] == ["register"] * 3
    assert "confirmed to jan@wijk.example" in ran.out
    assert "waitlisted to aad@wijk.example" in ran.out
    assert not (house / "mailflow.db").exists()
    assert online.outgoing == []

    ran = run("poll", "--now", NOW)
    assert ran.status == 0, ran.err
    assert "buurtfeest: 3 read (3 handled)" in ran.out
    assert len(online.outgoing) == 3

    ran = run("list", "--json")
    assert [(r["name"], r["state"], r["seat"], r["position"]) for r in ran.rows] == [
        ("Jan Bakker", "confirmed", 1, None),
        ("Mia Smit", "confirmed", 2, None),
        ("Aad Vos", "waitlisted", None, 1),
    ]
    assert list(ran.rows[0]) == ["ref", "seat", "state", "name", "contact", "organisation", "involvement",
                                 "projects", "workshops", "language", "arrival", "position"]  # fmt: skip
    assert ran.rows[0]["arrival"] == "2026-11-01T10:00:00+00:00"
    assert [r["name"] for r in run("list", "--json", "--state", "waitlisted").rows] == ["Aad Vos"]
    assert run("list").out.splitlines()[0].split("\t")[0] == "ref"

    ran = run("status", "--json", "--now", NOW)
    (row,) = ran.rows
    assert ran.status == 0, row
    assert list(row) == ["event", "now", "capacity", "held", "confirmed", "offered", "waitlisted",
                         "cancelled", "review", "free", "over", "mails", "outbox", "last_good_poll",
                         "healthy", "problems"]  # fmt: skip
    assert (row["confirmed"], row["waitlisted"], row["free"], row["healthy"]) == (2, 1, 0, True)
    assert row["mails"] == {
        "seen": 3,
        "handled": 3,
        "ignored": 0,
        "review": 0,
        "set_aside": 0,
        "unaccounted": 0,
    }
    assert row["outbox"] == {"queued": 0, "sending": 0, "sent": 3, "failed": 0}
    assert run("status", "--now", "2026-11-03T12:00").status == 69, "the last good poll is a day old"
    assert "2 confirmed" in run("status", "--now", NOW).out

    ref = str(run("list", "--json").rows[0]["ref"])
    ran = run("show", ref.lower())
    assert ran.status == 0
    assert "Jan Bakker" in ran.out
    assert "confirmed: sent" in ran.out
    assert run("show", "FEE-0000").status == 65

    assert run("export", "out.csv").status == 0
    rows = list(csv.reader(io.StringIO((house / "out.csv").read_text("utf-8-sig")), delimiter=";"))
    assert len(rows) == 4
    assert run("export", "out.xlsx").status == 0
    assert load_workbook(house / "out.xlsx").worksheets[0].max_row >= 4
    assert run("export", "out.pdf").status == 65
    assert run("export", "nosuch/out.csv").status == 65

    ran = run("db", "check", "--now", NOW)
    assert (ran.status, ran.out[:3]) == (0, "ok "), ran.out
    assert run("db", "backup", "copy.db").status == 0
    assert run("db", "backup", "copy.db").status == 65
    assert run("db", "upgrade").status == 0

    assert run("poll", "--now", NOW).out.splitlines()[0] == "buurtfeest: 0 read"
    assert len(online.outgoing) == 3


def test_the_digest_is_previewed_without_a_trace_and_sent_once_a_day(
    run: Run, house: Path, online: EmbeddedServers
) -> None:
    arrived(online, registration(0))
    assert run("poll", "--now", NOW).status == 0
    ran = run("digest", "--now", NOW)
    assert ran.status == 0, ran.err
    assert "Jan Bakker" in ran.out
    assert run("digest", "--preview", "page.html", "--now", NOW).status == 0
    assert "Jan Bakker" in (house / "page.html").read_text(encoding="utf-8")
    assert len(online.outgoing) == 1
    for day in ([], ["--date", "2026-11-02"]):
        assert run("digest", "--send", "--now", NOW, *day).status == 0
    assert [recipients for _, recipients, _ in online.outgoing[1:]] == [["els@buurt.example"]]


def test_mail_is_recorded_while_smtp_is_down_and_answered_by_deliver(
    run: Run, house: Path, online: EmbeddedServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived(online, registration(0))
    monkeypatch.setenv("MAILFLOW_SMTP__PORT", "1")
    ran = run("poll", "--now", NOW)
    assert ran.status == 69
    assert "1 read" in ran.out
    assert run("deliver", "--now", NOW).status == 69
    assert [r["state"] for r in run("list", "--json").rows] == ["confirmed"]
    monkeypatch.setenv("MAILFLOW_SMTP__PORT", str(online.smtp_port))
    ran = run("deliver", "--now", "2026-11-02T13:00:00+01:00")
    assert (ran.status, ran.out) == (0, "buurtfeest: 1 sent, 0 again later, 0 refused\n")
    assert len(online.outgoing) == 1


def test_several_events_are_looked_at_together_or_one_by_one(run: Run, house: Path) -> None:
    other = (
        EVENT.replace("buurtfeest", "kermis")
        .replace('"FEE"', '"KER"')
        .replace("capacity = 2", "capacity = 7")
    )
    (house / "config" / "events" / "kermis.toml").write_text(
        other + '[mailbox]\nuser = "kermis@buurt.example"\npassword = "x"\n'
    )
    assert [(r["event"], r["capacity"]) for r in run("status", "--json").rows] == [
        ("buurtfeest", 2),
        ("kermis", 7),
    ]
    assert [r["event"] for r in run("status", "--json", "--event", "kermis").rows] == ["kermis"]
    ran = run("export", "out.csv")
    assert (ran.status, "name one of buurtfeest, kermis" in ran.err) == (78, True)
    assert run("--event", "kermis", "export", "out.csv").status == 0


# --- ingest ----------------------------------------------------------------------------------------


def states(run: Run) -> list[tuple[object, object, object]]:
    return [(r["name"], r["state"], r["arrival"]) for r in run("list", "--json").rows]


def test_a_file_is_ingested_once_at_the_time_its_topmost_received_tells(run: Run, house: Path) -> None:
    received = (
        b"Received: from a by mx.buurt.example;\r\n\tSun, 1 Nov 2026 09:30:00 +0100\r\n"
        b"Received: from b by a; Sun, 1 Nov 2026 03:00:00 +0100\r\n"
    )
    (house / "jan.eml").write_bytes(received + registration(0))
    assert run("ingest", "jan.eml", "--now", NOW).out == "buurtfeest: 1 read (1 handled)\n"
    assert states(run) == [("Jan Bakker", "confirmed", "2026-11-01T08:30:00+00:00")]
    (house / "same.eml").write_bytes((received + registration(0)).replace(b"\r\n", b"\n"))
    assert "1 were there already" in run("ingest", "same.eml", "--now", NOW).out
    assert run("ingest", "nosuch.eml").status == 65
    (row,) = run("status", "--json").rows
    assert row["outbox"] == {"queued": 1, "sending": 0, "sent": 0, "failed": 0}


def test_an_mbox_keeps_its_order_and_a_from_in_the_text_is_no_new_mail(run: Run, house: Path) -> None:
    hidden = registration(0).replace(b"Graag", b">From nu af: graag")
    mbox = b"".join(
        b"From x@y.example Sun Nov  1 08:00:00 2026\n" + raw.replace(b"\r\n", b"\n") + b"\n"
        for raw in (hidden, registration(1), registration(2).replace(b"Graag", b"From here on: graag"))
    )
    (house / "box").write_bytes(mbox)
    ran = run("ingest", "box", "--no-answers", "--now", NOW)
    assert (ran.status, ran.out) == (0, "buurtfeest: 3 read (3 handled)\n")
    assert [s[:2] for s in states(run)] == [
        ("Jan Bakker", "confirmed"),
        ("Mia Smit", "confirmed"),
        ("Aad Vos", "waitlisted"),
    ]
    assert str(states(run)[0][2]) == "2026-11-01T08:00:00+00:00"
    (row,) = run("status", "--json").rows
    assert row["outbox"] == {"queued": 0, "sending": 0, "sent": 0, "failed": 0}


def test_a_maildir_is_ingested_by_the_time_of_its_files_or_the_time_given(run: Run, house: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (house / "Maildir" / folder).mkdir(parents=True)
    for n, folder in enumerate(("new", "cur", "tmp")):
        path = house / "Maildir" / folder / f"{n}.host"
        path.write_bytes(registration(n))
        os.utime(path, (1793520000 - n, 1793520000 - n))
    assert run("ingest", "Maildir", "--now", NOW).out == "buurtfeest: 2 read (2 handled)\n"
    assert [s[0] for s in sorted(states(run), key=lambda s: str(s[2]))] == ["Mia Smit", "Jan Bakker"]
    (house / "late.eml").write_bytes(registration(2))
    assert run("ingest", "late.eml", "--arrival", "2026-11-02T09:00", "--now", NOW).status == 0
    assert states(run)[2] == ("Aad Vos", "waitlisted", "2026-11-02T08:00:00+00:00")
    assert run("ingest", "late.eml", "--arrival", "soon").status == 64


# --- run -------------------------------------------------------------------------------------------


def test_run_answers_by_itself_and_ends_well_at_sigterm(house: Path, online: EmbeddedServers) -> None:
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    worker = subprocess.Popen(
        [sys.executable, "-m", "mailflow", "run", "--now", NOW, "--log", "json"],
        cwd=house, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        arrived(online, registration(0))
        until = time.monotonic() + 20
        while not online.outgoing and time.monotonic() < until and worker.poll() is None:
            time.sleep(0.05)
        assert online.outgoing, (
            worker.stderr.read() if worker.poll() is not None and worker.stderr else "no answer"
        )
    finally:
        worker.terminate()
        out, err = worker.communicate(timeout=30)
    assert (worker.returncode, out) == (0, ""), err
    rows = [json.loads(line) for line in err.splitlines()]
    assert any("running: buurtfeest" in row["message"] for row in rows)
    assert "jan@" not in err
    assert "Bakker" not in err
