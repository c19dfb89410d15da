"""The log: times, levels and counts for operators. No names, addresses or mail text are put in it."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

# These log what mail says when they are asked for detail; warnings are all they are let through for.
_QUIET = ("imapclient", "sqlalchemy", "alembic", "apscheduler", "mailparser", "asyncio", "pymap", "mail.log")


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        row = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=True)


class TextLines(logging.Formatter):
    """A line a record, for people and the system's journal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(sep=" ", timespec="seconds")
        line = f"{at} {record.levelname:<7} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def to_stderr(kind: str, level: str) -> None:
    """Log to standard error from now on: `kind` "text" or "json", `level` a name such as "INFO"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mailflow").setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
