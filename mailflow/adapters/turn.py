"""Stop 1, whose turn it is: one round of reading for each event at a time, whatever processes there are.

Attempts on a mail are counted before the work, so that one that kills its worker is found out. Two live
workers on the same mail would count against it just so: the second one stands back.

The turn belongs to the process, not to the database: the system gives it back when the process dies.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from mailflow.adapters.engine import house_errors, make_engine, sqlite_file
from mailflow.errors import TemporaryFailure

# The server finds out within a minute that the host of a worker lost its power; left to itself it keeps
# the turn for two hours. Settings of this one session.
_SOON_NOTICED = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")


@contextmanager
def turn(url: sa.URL, event_id: str) -> Iterator[bool]:
    """True while this block has the event's turn; False, at once, where somebody else has it, also
    another thread of this process. Never waits.

    SQLite: a lock on a file beside the database, which stays there, empty. PostgreSQL: an advisory lock of
    a session of its own, without any open transaction; a session that is cut loses it. Raises
    TemporaryFailure where the file cannot be locked, and house errors.
    """
    file = sqlite_file(url)
    if file is None:
        with _session_lock(url, event_id) as mine:
            yield mine
        return
    beside = file.with_name(f"{file.name}.{event_id}.turn")
    try:
        number = _opened(beside)
        mine = _lock(number)
    except OSError as err:
        raise TemporaryFailure(
            f"{beside} cannot be locked ({err.strerror}): put it on a local disk where this user may write"
        ) from err
    try:
        yield mine
    finally:
        os.close(number)  # and with it the lock


def _opened(beside: Path) -> int:
    # Never removed: who waits for a file that is gone, and who makes it anew, would both have the turn.
    try:
        return os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:  # made by another user, an administrator by hand; to read it is enough
        return os.open(beside, os.O_RDONLY)


def _lock(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # Not lockf: that one is lost as soon as any thread closes another handle on the file.
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter is Windows' word for it
        return False
    except OSError:
        os.close(number)
        raise
    return True


@contextmanager
def _session_lock(url: sa.URL, event_id: str) -> Iterator[bool]:
    key = int.from_bytes(
        hashlib.sha256(f"mailflow turn {event_id}".encode()).digest()[:8], "big", signed=True
    )
    engine = make_engine(url, migrating=True).execution_options(isolation_level="AUTOCOMMIT")
    conn = None
    try:
        with house_errors(url):
            conn = engine.connect()
            for setting in _SOON_NOTICED:
                conn.exec_driver_sql(f"SET {setting}")
            mine = bool(conn.execute(sa.select(sa.func.pg_try_advisory_lock(key))).scalar_one())
        yield mine
        if mine:
            # The session ends in any case; this is for a pooler that keeps it open.
            with suppress(sa.exc.SQLAlchemyError):  # cut meanwhile: then the turn is given back already
                conn.execute(sa.select(sa.func.pg_advisory_unlock(key)))
    finally:
        if conn is not None:
            with suppress(sa.exc.SQLAlchemyError):
                conn.close()
        engine.dispose()
