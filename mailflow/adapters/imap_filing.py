"""Stop 6, acknowledging: what is recorded goes to the handled or the review folder, and out of the way.

The ledger knows already: a server that refuses to move a message costs tidiness, never a mail.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from imapclient import DELETED, IMAPClient  # type: ignore[import-untyped]

from mailflow.adapters.imap_fetch import Reader, in_sets
from mailflow.adapters.imap_folders import Folders
from mailflow.adapters.imap_session import Session, out_of_step, said
from mailflow.core.ledger import Bucket
from mailflow.errors import ServerUnreachable

log = logging.getLogger(__name__)

# UIDs in one MOVE, COPY or STORE: 200 of ten digits stay far below any server's line limit.
MARKED_AT_ONCE = 200

# Where a server can neither move nor expunge by UID, a message is told apart by one of these.
HANDLED_KEYWORD = "$MailflowHandled"
REVIEW_KEYWORD = "$MailflowReview"

TO_REVIEW = frozenset({Bucket.REVIEW, Bucket.SET_ASIDE})


class Filing:
    """Moves messages out of the folder selected on one connection. `keywords`: the folder keeps new ones."""

    def __init__(self, session: Session, folders: Folders, reader: Reader, *, keywords: bool) -> None:
        self._session, self._folders, self._reader, self._keywords = session, folders, reader, keywords

    def mark(self, uids: Iterable[int], bucket: Bucket) -> dict[int, str]:
        """As `ImapMailbox.mark` says."""
        settings = self._session.settings
        review = bucket in TO_REVIEW
        folder = settings.review_folder if review else settings.handled_folder
        keyword = REVIEW_KEYWORD if review else HANDLED_KEYWORD
        refused: dict[int, str] = {}
        for some in in_sets(sorted(set(uids)), MARKED_AT_ONCE):
            try:
                self._mark(some, folder, keyword)
            except ServerUnreachable as err:
                if not self._session.connected:  # lost, no refusal
                    raise
                log.warning("mailbox: %d messages stay in the folder: %s", len(some), err)
                refused |= dict.fromkeys(some, str(err))
        return refused

    def _mark(self, uids: list[int], folder: str, keyword: str) -> None:
        client = self._session.client
        if self._offers("MOVE") or self._offers("UIDPLUS"):
            self._to_folder(client, uids, folder)
        elif self._keywords:
            with self._session.speaking("marking"):
                client.add_flags(uids, [keyword], silent=True)

    def _to_folder(self, client: IMAPClient, uids: list[int], wanted: str) -> None:
        """Move these; on the first refusal again with what is still there and a folder made sure of."""
        folder = self._folders.ensure(wanted)
        with self._session.speaking("moving"):
            try:
                self._move(client, uids, folder)
                return
            except IMAPClient.Error as err:
                if out_of_step(err):
                    raise
                log.info("mailbox: a move was refused (%s); once more with what is there", said(err))
        left = self._reader.search("UID", ",".join(map(str, uids)))
        if left:
            folder = self._folders.ensure(wanted, again=True)
            with self._session.speaking("moving"):
                self._move(client, left, folder)

    def _move(self, client: IMAPClient, uids: list[int], folder: str) -> None:
        if self._offers("MOVE"):
            client.move(uids, folder)  # RFC 6851
            return
        client.copy(uids, folder)
        try:
            client.add_flags(uids, [DELETED], silent=True)
            client.uid_expunge(uids)  # RFC 4315: these UIDs, never what another client has deleted
        except IMAPClient.Error as err:
            if out_of_step(err):
                raise
            # They are where they belong. Another try would make another copy, in each round one more.
            log.warning("mailbox: copied, but also left in the folder: removing was refused (%s)", said(err))

    def _offers(self, capability: str) -> bool:
        with self._session.speaking("asking for capabilities"):
            return bool(self._session.client.has_capability(capability))
