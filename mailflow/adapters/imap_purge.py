"""After the days of keeping: what was handled is deleted from the mailbox, by UID, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from imapclient import DELETED  # type: ignore[import-untyped]

from mailflow.adapters.imap_fetch import MESSAGES_AT_ONCE, Reader, in_sets
from mailflow.adapters.imap_filing import MARKED_AT_ONCE
from mailflow.adapters.imap_folders import Folders
from mailflow.adapters.imap_session import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many mails were deleted. `expunged` False: the server cannot remove single mails (no UIDPLUS), so
    they are only marked as deleted; a bare EXPUNGE would take what others have marked."""

    deleted: int
    expunged: bool = True


class Purging:
    """Deletes from folders of one connection, each selected in turn."""

    def __init__(self, session: Session, folders: Folders, max_message_bytes: int) -> None:
        self._session, self._folders, self._most = session, folders, max_message_bytes
        with session.speaking("asking for capabilities"):
            self.expunges = bool(session.client.has_capability("UIDPLUS"))

    def delete(self, uids: Iterable[int]) -> int:
        """Delete these from the folder that is selected; how many."""
        ordered = sorted(set(uids))
        client = self._session.client
        for some in in_sets(ordered, MARKED_AT_ONCE):
            with self._session.speaking("deleting"):
                client.add_flags(some, [DELETED], silent=True)
                if self.expunges:
                    client.uid_expunge(some)  # RFC 4315: these UIDs, never what another client has deleted
        return len(ordered)

    def delete_known(self, folder: str, known: Callable[[bytes], bool]) -> int:
        """Delete from that folder of ours what is `known`, judged by its bytes; how many. A folder that is
        not there holds nothing."""
        if not self._folders.exists(self._folders.native(folder)):
            return 0
        self._folders.select(folder, read_only=False)
        reader = Reader(self._session, self._most)
        theirs: list[int] = []
        for some in in_sets(reader.search("UNDELETED"), MESSAGES_AT_ONCE):
            # A large one comes without its attachments, as it was when it was read.
            theirs += [uid for uid, raw in reader.messages(some).items() if known(raw)]
        return self.delete(theirs)
