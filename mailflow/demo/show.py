"""`mailflow demo`: the main job on embedded servers, on the screen and in a folder.

What the folder holds at the end: every answer (.eml), the last digest (.html, .txt), the participants
(.xlsx), the database.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING

from mailflow.core.digest import seat_counts
from mailflow.core.ledger import Bucket
from mailflow.core.waitlist import waitlist
from mailflow.demo.play import Played, Watch, play
from mailflow.demo.servers import EmbeddedServers
from mailflow.errors import BadInput
from mailflow.take import Taken
from mailflow.writing.spreadsheet import participants_xlsx

if TYPE_CHECKING:
    from rich.console import Console

MARK = ".mailflow-demo"  # a folder that holds it was made by a demo and may be made anew
MAILS = 75  # made up by default: the house is full by 5 November 2018, and some wait

MEANING = {
    Bucket.HANDLED: "acted on and answered",
    Bucket.REVIEW: "answered, and a person must look",
    Bucket.IGNORED: "machines, lists, thanks: counted, not answered",
    Bucket.SET_ASIDE: "could not be read: a person must look",
}


def demo(out: Path, count: int, *, keep: bool, console: Console, screen: Console) -> bool:
    """Play it, show it, leave it in `out`; True if every mail is accounted for.

    `console` takes the answer, `screen` the progress. `keep`: the servers stay up until Ctrl-C.
    Raises BadInput where `out` holds something else than an earlier demo.
    """
    began = time.monotonic()
    _make_room(out)
    with EmbeddedServers() as servers:
        with _progress(screen) as watch:
            played = play(servers, out, count, watch)
        _write(played, out)
        _summary(played, out, console, time.monotonic() - began)
        if keep:
            _stay(servers, console)
    played.office.store.close()
    return not played.problems


def _make_room(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()):
        if not (out / MARK).exists():
            raise BadInput(f"{out} holds something else: name another folder with --out")
        shutil.rmtree(out)
    elif out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder with --out")
    try:
        (out / "answers").mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text("made by mailflow demo; it may be made anew\n", encoding="utf-8")
    except OSError as err:
        raise BadInput(f"{out} cannot be written ({err.strerror}): name another folder with --out") from err


@contextmanager
def _progress(screen: Console) -> Iterator[Watch]:
    """A bar on a terminal with what came of the mail at hand; nothing when piped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.fields[day]:>11}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}"),
    )
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=None, day="", what="")

        def watch(done: int, total: int, now: datetime, taken: list[Taken]) -> None:
            said = "; ".join(_line(one) for one in taken)
            bar.update(task, completed=done, total=total, day=f"{now:%d %b %Y}", what=said)

        yield watch


def _line(one: Taken) -> str:
    answers = ", ".join(str(reply.kind) for reply in one.queued)
    return f"{one.reading.intent} -> {answers or one.handled.reason or one.handled.bucket}"


def _write(played: Played, out: Path) -> None:
    office = played.office
    event, store = office.desk.event, office.store
    digest = b""
    numbered = enumerate(store.outbox_contents(event.id), start=1)
    for number, (kind, _to, message_id, _state, content) in numbered:
        if (
            not content
        ):  # a page that the organisers have had for a day: its copy tells of everybody, and goes
            continue
        ref = message_id.strip("<").split(".")[2]
        name = f"{number:04}-{kind}" + (f"-{ref}" if ref not in ("", "0") else "")
        (out / "answers" / f"{name}.eml").write_bytes(content)
        digest = content if kind == "digest" else digest
    # The last page the organisers were sent, as they got it.
    page = message_from_bytes(digest, policy=policy.default)
    for subtype, suffix in (("html", "html"), ("plain", "txt")):
        body = page.get_body((subtype,))
        (out / f"digest.{suffix}").write_text(body.get_content() if body else "", encoding="utf-8")
    (out / "participants.xlsx").write_bytes(participants_xlsx(store.roster(event.id)))


def _summary(played: Played, out: Path, console: Console, seconds: float) -> None:
    from rich.table import Table

    office = played.office
    event, store = office.desk.event, office.store
    roster, counts = store.roster(event.id), store.counts(event.id)
    seats = seat_counts(roster)
    kinds = Counter(kind for kind, *_ in store.outbox_contents(event.id))

    console.print(f"\n[bold]{event.name}[/bold]", highlight=False)
    console.print(
        f"{played.delivered} mails came in by SMTP ({played.samples} samples, {played.made_up} made up), from"
        f" 1 October to {office.clock():%d %B %Y}; read by IMAP, answered by SMTP in {seconds:.0f} s.\n",
        highlight=False,
    )
    table = Table("what came of them", "mails", title_justify="left")
    for bucket, meaning in MEANING.items():
        table.add_row(meaning, str(counts.buckets.get(bucket, 0)))
    table.add_row("unaccounted", str(played.received.unaccounted + counts.pending))
    console.print(table)
    table = Table("seats", "", title_justify="left")
    table.add_row("confirmed", f"{seats['confirmed']} of {roster.capacity}")
    table.add_row("most at any time", f"{played.most_seated} of {roster.capacity}")
    table.add_row("waiting", f"{seats['waitlisted']} in {len(waitlist(roster))} parties")
    table.add_row("cancelled or replaced", str(seats["cancelled"]))
    table.add_row("for a person to decide", str(seats["review"]))
    console.print(table)
    table = Table("answers sent", "mails", title_justify="left")
    for kind, number in kinds.most_common():
        table.add_row(kind, str(number))
    table.add_row("in all", str(counts.outbox.sent))
    console.print(table)
    for line in played.story:
        console.print(line, highlight=False)
    console.print(
        f"\nLook into {out}/: answers/*.eml open in any mail program, digest.html is what the organisers"
        " read each day, participants.xlsx their list, mailflow.db the ledger.",
        highlight=False,
    )
    if played.problems:
        for problem in played.problems:
            console.print(f"[bold red]problem:[/bold red] {problem}", highlight=False)
    else:
        console.print(
            "[bold green]0 unaccounted[/bold green]: every mail ended in one place.", highlight=False
        )


def _stay(servers: EmbeddedServers, console: Console) -> None:
    console.print(
        f"\nThe mailbox stays up: IMAP {servers.host} port {servers.imap_port}, no TLS, user {servers.user},"
        f" password {servers.password}. Ctrl-C ends it.",
        highlight=False,
    )
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("")
