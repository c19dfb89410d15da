"""Floor 4: after the days of keeping, what was handled goes from the mailbox too (`purge_mailbox`)."""

from __future__ import annotations

from datetime import datetime, timedelta

from mailflow.adapters.erase import hidden
from mailflow.adapters.mailbox import ImapMailbox, Purged
from mailflow.adapters.store import SqlStore
from mailflow.core.ledger import JournalLine
from mailflow.errors import Unreadable
from mailflow.reading.parse import parse

PURGED_EVERY = timedelta(days=1)  # mail comes in after the event, too


def purge(store: SqlStore, mailbox: ImapMailbox, event_id: str, now: datetime) -> Purged:
    """Delete what the ledger knows to be handled, and nothing else: where it came in by its UID, in the
    handled and the review folder where Message-ID and content are those of a mail that was handled there.

    What could not be read stays, for a person. Raises ServerUnreachable.
    """
    validity = mailbox.open()
    known = store.known_mails(event_id, mailbox.name)

    def handled(raw: bytes) -> bool:
        try:
            mail = parse(raw)
        except Unreadable:
            return False
        return (hidden(mail.message_id), mail.content_hash) in known

    done = mailbox.purge(store.final_rows(event_id, mailbox.name, validity), handled)
    if done.deleted:
        how = "deleted from the mailbox" if done.expunged else "marked in the mailbox as deleted"
        with store.step(event_id) as step:
            step.note(JournalLine(now, "clock", f"{done.deleted} mails {how}: the days of keeping are over"))
    return done
