"""Stop 1, mailbox: the IMAP folder people write to.

Arrival is the server's INTERNALDATE. State lives in the ledger, never in `\\Seen`: other people may
read, move and delete in the same folder. What is done here to a message is one thing, and after the
commit: it is moved to the handled or the review folder.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from mailflow.adapters.imap_fetch import Reader
from mailflow.adapters.imap_filing import Filing
from mailflow.adapters.imap_folders import Folders
from mailflow.adapters.imap_idle import idle, silence, until_rung
from mailflow.adapters.imap_purge import Purged, Purging
from mailflow.adapters.imap_session import (
    Authenticate,
    MailboxSettings,
    Session,
)
from mailflow.core.ledger import Bucket, Found
from mailflow.errors import MailflowError, ServerUnreachable

__all__ = ["ImapMailbox", "MailboxSettings", "Purged"]

log = logging.getLogger(__name__)


class ImapMailbox:
    """One folder of one IMAP account; the `Mailbox` of receive.py.

    `authenticate(client, settings)` logs in where it is not by password. Not for use by several
    threads, `interrupt` apart. Every method but `interrupt` and `close` may raise ServerUnreachable,
    after which `open` connects anew.
    """

    def __init__(self, settings: MailboxSettings, authenticate: Authenticate | None = None) -> None:
        self.settings = settings
        self.name = f"{settings.user}@{settings.host}/{settings.folder}"
        self._session = Session(settings, authenticate)
        self._told: dict[bytes, Any] = {}  # what SELECT said
        self._uidvalidity: int | None = None
        self._highest = 0  # UID listed, or told of by `wait`, or there when the folder was first opened
        self._behind = False  # the folder holds more than that, `wait` has not told yet
        self._interrupted = False
        self._bell: tuple[socket.socket, socket.socket] | None = None

    def open(self, *, read_only: bool = False) -> int:
        """Connect, log in, select the folder; its UIDVALIDITY (0 where the server tells none).

        Open already: the folder is selected anew on the same connection, or on a new one if that is
        dead. The deadline of a poll starts here. Raises ServerUnreachable, LoginRefused,
        FolderMissing, ConfigError (ca_file).
        """
        watch = self._session.watch
        watch.arm(self.settings.poll_deadline)
        if self._bell is None:
            self._bell = socket.socketpair()
        try:
            if self._session.connected:
                # A connection dies of routers and restarts, its folder is renamed or restored under
                # it: that is no failure before a new one fails, too.
                with contextlib.suppress(ServerUnreachable):
                    return self._select(read_only)
                self._session.drop()
            watch.arm(self.settings.poll_deadline)
            self._session.connect()
            self._folders = Folders(self._session)
            return self._select(read_only)
        except MailflowError:
            self.close()
            raise

    def newer_than(self, uid: int) -> list[Found]:
        """Every message with a UID above `uid`, with arrival (UTC) and size, by UID."""
        self._told_of_mail()
        self._behind = False
        uids = self._reader.above(uid)
        self._highest = max((self._highest, *uids))
        return self._reader.listing(uids)

    def found(self, uids: Sequence[int]) -> list[Found]:
        """The same for these UIDs; those that are gone are missing."""
        return self._reader.listing(sorted(set(uids)))

    def uids_newer_than(self, uid: int) -> set[int]:
        """The UIDs above `uid` that are in the folder now (one SEARCH)."""
        return set(self._reader.above(uid))

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The raw messages; one above 64 kB without its attachments' content, see imap_parts.

        Those gone are missing. So are those which are there and which the server fails to give:
        they are named in `unfetched`, and `found` still lists them.
        """
        return self._reader.messages(list(uids))

    @property
    def unfetched(self) -> dict[int, str]:
        """UIDs whose FETCH failed since the folder was opened, and why."""
        return dict(self._reader.unfetched)

    def mark(self, uids: Iterable[int], bucket: Bucket) -> dict[int, str]:
        """Acknowledge: to the review folder for REVIEW and SET_ASIDE, to the handled folder else.

        Those that the server refuses to move (quota, rights) are named with its word, and stay.
        May be done again; a UID that is gone is no error. Without MOVE: COPY, then \\Deleted and
        EXPUNGE of these very UIDs (a crash in between leaves a second copy there). Without UIDPLUS:
        a keyword, for a bare EXPUNGE would take what others have deleted. Without keywords: nothing,
        the ledger knows.
        """
        return Filing(self._session, self._folders, self._reader, keywords=self._keywords).mark(uids, bucket)

    def purge(self, uids: Iterable[int], known: Callable[[bytes], bool]) -> Purged:
        """Delete these of the open folder, and from the handled and the review folder what is `known` by its
        bytes; how many. Another folder is selected then: `open` or `close` follows."""
        purging = Purging(self._session, self._folders, self.settings.max_message_bytes)
        deleted = purging.delete(self.uids_newer_than(0) & set(uids))
        for folder in dict.fromkeys((self.settings.handled_folder, self.settings.review_folder)):
            deleted += purging.delete_known(folder, known)
        return Purged(deleted, purging.expunges)

    def wait(self, seconds: float) -> bool:
        """True as soon as something may have arrived, False after `seconds` or `interrupt`.

        By IDLE where the server has it and `idle` is set, else it only waits. The deadline of a
        poll ends here and begins anew. Raises ServerUnreachable where the connection is dead.
        """
        session, bell = self._session, self._bell
        if bell is None or not session.connected:
            raise ServerUnreachable(f"{session.where}: no connection to wait on")
        try:
            if self._interrupted:
                return False
            if not (self.settings.idle and self._offers("IDLE")):
                session.watch.disarm()
                until_rung(bell[0], seconds)
                return False
            # Starting and ending IDLE is speaking, too: a server that hangs there is cut.
            session.watch.arm(seconds + 2 * self.settings.command_timeout)
            with session.speaking("waiting for mail"):
                # What came since the listing may have been told in passing, with the answer to some
                # command, and IDLE will not tell it again; and some servers tell in IDLE only what
                # comes during it: NOOP makes them tell. (Thrice: the look, too, is a command.)
                session.client._imap.noop()
                for _ in range(3):
                    if not (self._told_of_mail() or self._behind):
                        break
                    self._behind = False
                    if self._look():
                        return True
                rung = idle(session.client, seconds, bell[0])
                if rung:
                    self._look()
                return rung
        finally:
            if self._interrupted:
                self._interrupted = False
                silence(bell[0])
            if session.connected:
                session.watch.arm(self.settings.poll_deadline)

    def interrupt(self) -> None:
        """End the `wait` that is going on, or the next one, at once. From any thread or signal handler."""
        self._interrupted = True
        if (bell := self._bell) is not None:
            with contextlib.suppress(OSError):  # closed in this moment: nobody waits
                bell[1].send(b"!")

    def close(self) -> None:
        """Log out; never raises."""
        self._session.hang_up()
        bell, self._bell = self._bell, None
        for end in bell or ():
            end.close()

    def check(self) -> list[tuple[str, bool, str]]:
        """Try everything that is needed, change nothing: (what, is it well, what was found or the cure).

        Opens and closes a connection of its own accord. Never raises ServerUnreachable.
        """
        lines: list[tuple[str, bool, str]] = []
        try:
            self.open()
            lines.append(("login", True, f"{self._session.where}, TLS: {self.settings.tls}"))
            lines.append(("folder", True, f"{self.settings.folder}, {self._told.get(b'EXISTS', 0)} messages"))
            lines.extend(self._check_folders())
            lines.extend(self._check_features())
        except MailflowError as err:
            lines.append(("mailbox" if lines else "login", False, str(err)))
        finally:
            self.close()
        return lines

    def _check_folders(self) -> Iterator[tuple[str, bool, str]]:
        named = {"handled folder": self.settings.handled_folder, "review folder": self.settings.review_folder}
        for what, name in named.items():
            native = self._folders.native(name)
            yield what, True, native if self._folders.exists(native) else f"{native}: will be created"

    def _check_features(self) -> Iterator[tuple[str, bool, str]]:
        move, plus, keywords = self._offers("MOVE"), self._offers("UIDPLUS"), self._keywords
        yield (
            "MOVE",
            True,
            "offered"
            if move
            else "not offered: "
            + ("copied, then removed by UID" if plus else "handled mail stays in the folder"),
        )
        yield (
            "UIDPLUS",
            True,
            "offered" if plus else "not offered" + ("" if move else ": nothing is expunged"),
        )
        unmarked = "not kept" + ("" if move or plus else ": handled mail cannot be told apart in the folder")
        yield "keywords", True, "kept" if keywords else unmarked
        how = "offered" if self._offers("IDLE") else "not offered: new mail waits for the next poll"
        yield "IDLE", True, how if self.settings.idle else "switched off (idle = false)"

    def _select(self, read_only: bool) -> int:
        self._told = self._folders.select(self.settings.folder, read_only=read_only)
        self._reader = Reader(self._session, self.settings.max_message_bytes)
        uidvalidity, following = self._told.get(b"UIDVALIDITY"), self._told.get(b"UIDNEXT")
        known = uidvalidity if isinstance(uidvalidity, int) else 0
        last = following - 1 if isinstance(following, int) else 0
        if known == self._uidvalidity:
            # What came between two openings, or while the line was dead, is news to who waits.
            self._behind = last > self._highest or not last
        else:
            self._uidvalidity, self._highest, self._behind = known, last, False
        return known

    def _look(self) -> bool:
        """Whether there is mail above what is known; from now on it is."""
        news = self._reader.above(self._highest)
        self._highest = max((self._highest, *news))
        return bool(news)

    def _told_of_mail(self) -> bool:
        """Whether the server told the number of messages since the last time this was asked."""
        return self._session.client._imap.untagged_responses.pop("EXISTS", None) is not None

    def _offers(self, capability: str) -> bool:
        with self._session.speaking("asking for capabilities"):
            return bool(self._session.client.has_capability(capability))

    @property
    def _keywords(self) -> bool:
        permanent = self._told.get(b"PERMANENTFLAGS", ())
        return b"\\*" in permanent
