"""What the log says of a message that failed: which, of what kind, where; never what stands in it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

from mailflow.errors import MailflowError

log = logging.getLogger(__name__)


def report_fault(key: str, err: Exception, what: str) -> None:
    """Log that the message of that key failed, and where, without a word of it."""
    # What a library's error says may quote the mail, so only its kind is told; our own hold none of it.
    said = f"{type(err).__name__}: {err}" if isinstance(err, MailflowError) else type(err).__name__
    log.error("message %s %s: %s; raised in %s", key, what, said, _place(err))
    for one in _chain(err):  # the way there at DEBUG: lines of code, and no value of any of them
        for frame in traceback.extract_tb(one.__traceback__):
            log.debug("  %s: %s line %s in %s", type(one).__name__, frame.filename, frame.lineno, frame.name)


def _chain(err: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    current: BaseException | None = err
    while current is not None:
        yield current
        current = current.__cause__


def _place(err: Exception) -> str:
    """The deepest line of our own code that led to the first cause: for an error of the database where the
    statement was given, not where its error was put into the words of the house."""
    for one in reversed([*_chain(err)]):
        for frame, line in reversed([*traceback.walk_tb(one.__traceback__)]):
            module = str(frame.f_globals.get("__name__"))
            if module.split(".")[0] == "mailflow":
                return f"{module} line {line}"
    return "no code of ours"
