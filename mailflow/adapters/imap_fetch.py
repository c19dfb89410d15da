"""Stop 1, reading: listings and messages, in sets of UIDs, one broken mail at a time.

Nothing here changes a message: every body is asked for with PEEK (RFC 9051 section 6.4.5).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]

from mailflow.adapters import imap_parts
from mailflow.adapters.imap_session import NOT_UNDERSTOOD, Session, out_of_step
from mailflow.core.ledger import Found

log = logging.getLogger(__name__)

# Up to here a mail is fetched whole: one command for many mails beats many commands.
WHOLE_BYTES = 64 * 1024
# More messages in a command gain nothing, and hold more of them in memory.
MESSAGES_AT_ONCE = 50
# Keeps a command line of ten-digit UIDs below the 8,192 octets every server takes (RFC 7162 section 4).
LISTED_AT_ONCE = 500
SECTIONS_AT_ONCE = 100

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Items = dict[bytes, Any]


def in_sets(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    """The UIDs in sets of at most `size`."""
    for start in range(0, len(uids), size):
        yield list(uids[start : start + size])


class Reader:
    """Reads from the folder selected on one connection."""

    def __init__(self, session: Session, max_message_bytes: int) -> None:
        self._session = session
        self._most = max_message_bytes
        self._sizes: dict[int, int] = {}
        self.unfetched: dict[int, str] = {}  # uid -> why; there, but the server would not give it

    def search(self, *criteria: str) -> list[int]:
        """The UIDs that meet these search keys (RFC 9051 section 6.4.4), ascending."""
        with self._session.speaking("searching"):
            return sorted(set(self._session.client.search(list(criteria))))

    def above(self, uid: int) -> list[int]:
        """The UIDs above `uid` that are in the folder now.

        SEARCH alone shows some servers' state before they looked for new mail; NOOP makes them look
        (RFC 9051 section 6.1.2). `n:*` names the last message even where it is below n: filtered.
        """
        with self._session.speaking("asking for news"):
            self._session.client._imap.noop()
        return [found for found in self.search("UID", f"{uid + 1}:*") if found > uid]

    def listing(self, uids: Sequence[int]) -> list[Found]:
        """Arrival and size of these; those gone are missing.

        Arrival is the INTERNALDATE in UTC. Where a server tells none that can be read: the time in
        the topmost Received field, written by the same server (RFC 5321 section 4.4), else the
        arrival of the neighbour below, else above; alone and without any: 1970, said in the log.
        """
        told: dict[int, Items] = {}
        for some in in_sets(uids, LISTED_AT_ONCE):
            told.update(self._fetch(some, ["INTERNALDATE", "RFC822.SIZE"]))
        arrivals: dict[int, datetime] = {}
        for uid, items in told.items():
            when = items.get(b"INTERNALDATE")
            if isinstance(when, datetime):
                arrivals[uid] = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
            size = items.get(b"RFC822.SIZE")
            self._sizes[uid] = size if isinstance(size, int) else WHOLE_BYTES + 1
        undated = sorted(set(told) - set(arrivals))
        if undated:
            arrivals.update(self._arrivals_otherwise(undated, arrivals))
        return [Found(uid, arrivals[uid], self._sizes[uid]) for uid in sorted(told)]

    def messages(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The raw messages. Those gone are missing; those the server cannot give are missing too,
        and named in `unfetched`."""
        unknown = [uid for uid in uids if uid not in self._sizes]
        if unknown:
            self.listing(unknown)
        got: dict[int, bytes] = {}
        for some in in_sets([uid for uid in uids if uid in self._sizes], MESSAGES_AT_ONCE):
            large = [uid for uid in some if self._sizes[uid] > WHOLE_BYTES]
            got.update(self._whole([uid for uid in some if uid not in large]))
            got.update(self._reduced(large))
        return got

    def _whole(self, uids: list[int]) -> dict[int, bytes]:
        got = self._bodies(uids, "BODY.PEEK[]", b"BODY[]")
        missing = [uid for uid in uids if uid not in got]
        if missing and (broken := self.search("UID", _set(missing))):
            # There, and yet not given: some servers still give the parts of a mail they stumble over.
            got.update(self._headers_only(broken))
        return got

    def _reduced(self, uids: list[int]) -> dict[int, bytes]:
        got: dict[int, bytes] = {}
        header = f"BODY.PEEK[HEADER]<0.{imap_parts.HEADER_LIMIT}>"
        told = self._fetch(uids, [header, "BODYSTRUCTURE"]) if uids else {}
        for uid in uids:
            try:
                items = told.get(uid, {})
                top = imap_parts.structure(items.get(b"BODYSTRUCTURE"))
                items = items | self._sections(uid, imap_parts.sections(top))
                got[uid] = imap_parts.rebuild(top, _header(items), items)
            except imap_parts.StructureError:
                # The server's parser gave up on this mail, or ours on its answer.
                whole = self._whole([uid]) if self._sizes[uid] <= self._most else self._headers_only([uid])
                got.update(whole)
        return got

    def _sections(self, uid: int, wanted: list[str]) -> Items:
        items: Items = {}
        for start in range(0, len(wanted), SECTIONS_AT_ONCE):
            items.update(self._fetch([uid], wanted[start : start + SECTIONS_AT_ONCE]).get(uid, {}))
        return items

    def _headers_only(self, uids: list[int]) -> dict[int, bytes]:
        header = f"BODY.PEEK[HEADER]<0.{imap_parts.HEADER_LIMIT}>"
        return {
            uid: imap_parts.without_body(_header(items))
            for uid, items in self._fetch(uids, [header]).items()
            if _header(items)
        }

    def _bodies(self, uids: list[int], item: str, key: bytes) -> dict[int, bytes]:
        told = self._fetch(uids, [item]) if uids else {}
        return {uid: items[key] for uid, items in told.items() if isinstance(items.get(key), bytes)}

    def _fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, Items]:
        """One FETCH; where it fails as a whole, each UID alone, so that one broken mail costs only itself."""
        client = self._session.client
        with self._session.speaking("fetching"):
            try:
                told: dict[int, Items] = client.fetch(list(uids), list(items))
                return told
            except IMAPClient.Error as err:
                if out_of_step(err):
                    raise
                why = type(err).__name__ + ": refused or not understood"
            except NOT_UNDERSTOOD as err:
                why = type(err).__name__ + ": answer not understood"
        if len(uids) > 1:
            return {uid: got for one in uids for uid, got in self._fetch([one], items).items()}
        self.unfetched[uids[0]] = why
        log.warning("mailbox: UID %s could not be fetched (%s)", uids[0], why)
        return {}

    def _arrivals_otherwise(self, undated: list[int], known: Mapping[int, datetime]) -> dict[int, datetime]:
        found: dict[int, datetime] = {}
        for some in in_sets(undated, LISTED_AT_ONCE):
            told = self._fetch(some, ["BODY.PEEK[HEADER.FIELDS (RECEIVED)]"])
            for uid, items in told.items():
                field = next((v for k, v in items.items() if k.startswith(b"BODY[HEADER.FIELDS")), b"")
                if (when := _received(field)) is not None:
                    found[uid] = when
        dated = {**known, **found}
        below, above = sorted(dated), sorted(dated, reverse=True)
        for uid in undated:
            if uid not in found:
                neighbour = next((n for n in above if n < uid), None) or next(
                    (n for n in below if n > uid), None
                )
                found[uid] = dated[neighbour] if neighbour is not None else EPOCH
                log.warning("mailbox: UID %s has no readable INTERNALDATE; taken as %s", uid, found[uid])
        return found


def _received(field: object) -> datetime | None:
    """The time of the topmost Received field, after its last semicolon; UTC."""
    text = field.decode("latin-1") if isinstance(field, bytes) else ""
    first = ""
    for line in text.splitlines():
        if first and not line[:1].isspace():
            break
        first += line
    try:
        when = parsedate_to_datetime(first.rpartition(";")[2].strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)


def _header(items: Items) -> bytes:
    for key in (b"BODY[HEADER]<0>", b"BODY[HEADER]"):
        if isinstance(value := items.get(key), bytes):
            return value
    return b""


def _set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
