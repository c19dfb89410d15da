"""The house guards itself: floors, templates, the README, size, purity, declared imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from pydantic import BaseModel

from mailflow import shipped
from mailflow.cli import COMMANDS
from mailflow.config import load_event
from mailflow.config_problems import model_at
from mailflow.core.effects import ReplyKind
from mailflow.settings import EventFile, Settings
from mailflow.writing import specimen
from mailflow.writing.templates import PAGES, Templates

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mailflow"
# Alembic runs these files by path; importing one is running it.
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "migrations" not in p.parts)
JOURNEYS = {
    "receive", "deliver", "lapse", "daily", "doorlist", "orders", "record", "take", "faults", "ports",
}  # fmt: skip
COMMAND_LINE = {"cli", "__main__"}
STDLIB = sys.stdlib_module_names


def name_of(path: Path) -> str:
    """mailflow/core/decide.py -> mailflow.core.decide."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The room a module of ours belongs to."""
    parts = module.split(".")
    if len(parts) == 1:
        return "package"
    if parts[1] in {"core", "reading", "writing", "adapters"}:
        return parts[1]
    if parts[1] == "errors":
        return "errors"
    if parts[1] in JOURNEYS:
        return "journeys"
    if parts[1] in COMMAND_LINE or parts[1].startswith("commands_"):
        return "command line"
    return "floor 4"


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it; `from mailflow import x` as mailflow.x."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            module = node.module or ""
            for alias in node.names:
                below = ROOT.joinpath(*module.split("."))
                is_module = (below / f"{alias.name}.py").exists() or (
                    below / alias.name / "__init__.py"
                ).exists()
                yield f"{module}.{alias.name}" if module.split(".")[0] == "mailflow" and is_module else module


# What a room may import of ours, and of others. None: anything.
OWN = {
    "core": {"core"},
    "errors": set[str](),
    "reading": {"reading", "core", "errors"},
    "writing": {"writing", "core", "errors"},
    "adapters": {"adapters", "core", "errors", "reading"},
    "journeys": {"journeys", "core", "errors", "reading", "writing"},
    "floor 4": {"floor 4", "journeys", "adapters", "reading", "writing", "core", "errors", "package"},
    "command line": {"command line", "floor 4", "journeys", "adapters", "reading", "writing", "core",
                     "errors", "package"},
    "package": set[str](),
}  # fmt: skip
OTHERS: dict[str, set[str] | None] = {
    "core": set(),
    "errors": set(),
    "reading": {"mailparser", "selectolax", "icalendar", "email_validator", "flufl", "tnefparse", "striprtf"},
    "writing": {"jinja2", "markupsafe", "icalendar", "xlsxwriter", "email_validator"},
    "adapters": {"imapclient", "sqlalchemy", "alembic", "psycopg"},
    "journeys": set(),
    "floor 4": None,
    "command line": None,
    "package": set(),
}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_go_down(path: Path) -> None:
    room = room_of(name_of(path))
    for module in imports_of(path):
        top = module.split(".")[0]
        if top == "mailflow":
            assert room_of(module) in OWN[room], f"{room} may not import {module}"
        elif top not in STDLIB:
            allowed = OTHERS[room]
            assert allowed is None or top in allowed, f"{room} may not import {module}"


def test_adapters_know_the_types_of_reading_but_neither_the_rules_nor_each_other() -> None:
    families = {"mailbox": "imap", "courier": "smtp", "tls": "all", "__init__": "all"}

    def family(module: str) -> str:
        name = module.split(".")[2] if module.count(".") > 1 else "__init__"
        return families.get(name) or (name.split("_")[0] if name.startswith(("imap_", "smtp_")) else "store")

    for path in MODULES:
        if room_of(name_of(path)) != "adapters":
            continue
        for module in imports_of(path):
            if module.startswith("mailflow.reading"):
                assert module == "mailflow.reading.model", f"{name_of(path)} imports {module}"
            assert module != "mailflow.core.decide", f"{name_of(path)} imports the rules"
            if module.startswith("mailflow.adapters"):
                one, other = family(name_of(path)), family(module)
                assert other in (one, "all"), f"{name_of(path)} ({one}) imports {module} ({other})"


def test_nobody_imports_the_command_line() -> None:
    for path in MODULES:
        if room_of(name_of(path)) != "command line":
            assert not [m for m in imports_of(path) if room_of(m) == "command line"], name_of(path)


def calls(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that is used: datetime.now, os.environ."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


@pytest.mark.parametrize("path", [p for p in MODULES if "core" in p.parts], ids=name_of)
def test_the_core_knows_no_clock_no_system_and_no_chance(path: Path) -> None:
    tops = {module.split(".")[0] for module in imports_of(path)}
    assert not tops & {
        "os",
        "time",
        "random",
        "secrets",
        "logging",
        "socket",
        "sqlite3",
        "io",
        "pathlib",
        "uuid",
    }
    assert "open" not in calls(ast.parse(path.read_text(encoding="utf-8")))


WALL_CLOCK = re.compile(r"\b(datetime|date|dt)\.(now|utcnow|today)$|\btime\.(time|time_ns|localtime|gmtime)$")
ENVIRONMENT = re.compile(r"^os\.(environ|getenv|environb)\b")


def test_time_and_environment_are_passed_in_below_floor_4() -> None:
    for path in MODULES:
        if room_of(name_of(path)) in ("floor 4", "command line"):
            continue
        for used in calls(ast.parse(path.read_text(encoding="utf-8"))):
            assert not WALL_CLOCK.search(used), f"{name_of(path)} reads the wall clock: {used}"
            assert not ENVIRONMENT.search(used), f"{name_of(path)} reads the environment: {used}"


def test_reading_and_writing_open_no_file() -> None:
    for path in MODULES:
        if room_of(name_of(path)) in ("reading", "writing"):
            used = set(calls(ast.parse(path.read_text(encoding="utf-8"))))
            opened = {u for u in used if u == "open" or u.endswith((".read_text", ".read_bytes", ".open"))}
            assert not opened, f"{name_of(path)} opens files: {opened}"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_there_is_a_template_for_every_kind_of_mail(language: str) -> None:
    templates = Templates(shipped.template_sources())
    assert templates.missing([language]) == []
    for kind in (*ReplyKind, *PAGES):
        assert templates.speaks(language, str(kind)), f"{language}/{kind}"


def test_every_template_renders_for_the_shipped_event() -> None:
    event = load_event(shipped.event_file())
    assert specimen.problems(Templates(shipped.template_sources()), event) == []


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def config_keys() -> Iterator[tuple[str, str]]:
    """(table, key) of everything that may stand in mailflow.toml; the event's own as ("", key)."""
    for table in Settings.model_fields:
        section = model_at(Settings, (table,))
        assert section is not None
        yield from ((table, key) for key in section.model_fields)
    for key in EventFile.model_fields:
        yield "", key
        block = model_at(EventFile, (key,))
        if block is not None and issubclass(block, BaseModel) and block is not EventFile:
            yield from ((key, below) for below in block.model_fields)


def test_every_key_of_the_configuration_is_named_in_the_readme() -> None:
    text = readme()
    missing = [
        f"{t}.{k}" for t, k in config_keys() if not re.search(rf"(?<![\w-]){re.escape(k)}(?![\w-])", text)
    ]
    assert missing == []


def test_every_key_stands_in_the_shipped_files() -> None:
    main = (shipped.config_dir() / "mailflow.toml").read_text(encoding="utf-8")
    event = shipped.event_file().read_text(encoding="utf-8")
    for table, key in config_keys():
        text = main if table in Settings.model_fields else event
        assert re.search(rf"^(# )?(\[\[?{key}\]\]?$|{key} =)", text, re.MULTILINE), f"{table}.{key}"


def test_every_command_is_named_in_the_readme() -> None:
    text = readme()
    assert [c for c in COMMANDS if not re.search(rf"mailflow {c}\b", text)] == []


def test_no_source_file_is_longer_than_300_lines() -> None:
    long = {name_of(p): n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > 300}
    assert long == {}


NOTHING_AT_IMPORT = """
import importlib, os, sys
watching = False
def watch(event, args):
    if not watching:
        return
    if event in ("socket.__new__", "socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen"):
        raise RuntimeError(f"{event} at import")
    if event == "open" and isinstance(args[0], (str, bytes)):
        name, mode = os.fsdecode(args[0]), args[1] or ""
        if set(mode) & set("wax+") and "__pycache__" not in name:
            raise RuntimeError(f"writes {name} at import")
        if name.endswith((".toml", ".j2", ".eml", ".db", ".env")):
            raise RuntimeError(f"reads {name} at import")
sys.addaudithook(watch)
for name in sys.argv[1:]:
    # What a library does when it is first imported is its own affair; ours is watched.
    watching = True
    importlib.import_module(name)
    watching = False
print("quiet")
"""


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    names = [name_of(p) for p in MODULES if p.stem != "__main__"]
    done = subprocess.run(
        [sys.executable, "-c", NOTHING_AT_IMPORT, *names], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("quiet\n", 0), done.stderr[-1500:]
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = "import sys, mailflow.cli; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"sqlalchemy", "pydantic", "jinja2", "rich", "imapclient", "alembic", "apscheduler", "icalendar",
             "xlsxwriter", "pymap", "aiosmtpd", "mailparser", "selectolax", "tnefparse",
             "striprtf"}  # fmt: skip
    assert not heavy & set(done.stdout.split())


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(d for group in project["optional-dependencies"].values() for d in group),
    ]
    return {re.split(r"[\[<>=~! ]", line)[0].lower().replace("_", "-") for line in lines}


def test_every_third_party_import_is_declared() -> None:
    known, ours = packages_distributions(), {d.replace(".", "-") for d in declared()}
    undeclared = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for module in imports_of(path):
            top = module.split(".")[0]
            provided = {re.sub(r"[_.]", "-", d.lower()) for d in known.get(top, [])}
            if top not in STDLIB and top != "mailflow" and not provided & ours:
                undeclared.add(f"{name_of(path)}: {module} ({', '.join(provided) or 'not installed'})")
    assert undeclared == set()
