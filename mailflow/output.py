"""What a command says: the answer on standard output, words for people on standard error.

Tables are drawn on a terminal and plain, tab-separated lines where they are piped; `--json` is one
object a line, ASCII, ended by a line feed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def prepare() -> None:
    """Line feeds as they are, and no name that a terminal cannot show ends a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a test's stand-in has none
        if reconfigure is not None:
            reconfigure(errors="backslashreplace", newline="\n")


def say(line: str = "") -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")


def tell(line: str) -> None:
    """One line for the person at the keyboard; never part of the answer."""
    sys.stderr.write(line + "\n")


def say_json(row: object) -> None:
    """One object, on one line."""
    sys.stdout.write(json.dumps(row, ensure_ascii=True) + "\n")


def on_terminal() -> bool:
    """Whether a person sees standard output."""
    return sys.stdout.isatty()


ROOMY = 120  # columns of a terminal from which a table shows everything


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    whole: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """A table for people, lines of cells for programs.

    On a terminal the columns named in `whole` are never broken, and those in `spare` are left out where
    there is little room; where it is piped every column is there.
    """
    if not on_terminal():
        say("\t".join(columns))
        for row in rows:
            say("\t".join(cell(value) for value in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    drawn = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", header_style="bold")
    shown = [n for n, column in enumerate(columns) if console.width >= ROOMY or column not in spare]
    for n in shown:
        drawn.add_column(columns[n], overflow="fold", no_wrap=columns[n] in whole)
    for row in rows:
        # Text, not markup: what people wrote is never an instruction to the terminal.
        cells = [cell(row[n]) for n in shown]
        drawn.add_row(*(Text(text, style=STYLES.get(text, "")) for text in cells))
    console.print(drawn)


@contextmanager
def counting(what: str) -> Iterator[Callable[[], None]]:
    """A running count on a terminal, gone at the end; the function counts one. Nothing where it is piped."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(pulse_style="green"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda: progress.advance(task)


def cell(value: Any) -> str:
    """A value as one cell: no line breaks, no control characters, nothing for None."""
    text = "" if value is None else str(value)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


STYLES = {
    "ok": "green",
    "problem": "bold red",
    "confirmed": "green",
    "waitlisted": "yellow",
    "offered": "cyan",
    "review": "magenta",
    "cancelled": "dim",
    "removed": "dim",
    "substituted": "dim",
    "closed": "dim",
}
