"""Stop 1, its folders: configured names in the server's own words, created where ours are missing."""

from __future__ import annotations

from imapclient import IMAPClient  # type: ignore[import-untyped]

from mailflow.adapters.imap_session import Session, said
from mailflow.errors import FolderMissing, ServerUnreachable

NOT_A_MAILBOX = {b"\\noselect", b"\\nonexistent"}

# So many names are told where a folder is missing; a mailbox may hold thousands.
TOLD = 20


class Folders:
    """The folders of one connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prefix, self._delimiter, self._others = self._namespace()
        self._ready: set[str] = set()

    def native(self, name: str) -> str:
        """The server's name for a configured one: its delimiter for "/", under its personal prefix."""
        if name.upper() == "INBOX":
            return "INBOX"
        own = name.replace("/", self._delimiter) if self._delimiter else name
        if own.startswith((self._prefix, *self._others)):
            return own
        return self._prefix + own

    def exists(self, native: str) -> bool:
        """Whether that folder exists and can be selected."""
        with self._session.speaking("looking for a folder"):
            listed = self._session.client.list_folders("", native)
        return any(name == native and not _flags(flags) & NOT_A_MAILBOX for flags, _, name in listed)

    def select(self, name: str, *, read_only: bool) -> dict[bytes, object]:
        """Select it; what the server told. Raises FolderMissing with the names that exist."""
        native = self.native(name)
        client = self._session.client
        with self._session.speaking("opening the folder"):
            try:
                told: dict[bytes, object] = client.select_folder(native, readonly=read_only)
                return told
            except IMAPClient.AbortError:
                raise
            except IMAPClient.Error:
                listed = client.list_folders()
                there = sorted(found for flags, _, found in listed if not _flags(flags) & NOT_A_MAILBOX)
                if native in there or (native == "INBOX" and any(one.upper() == native for one in there)):
                    raise
        shown = ", ".join(there[:TOLD]) + (f" and {len(there) - TOLD} more" if len(there) > TOLD else "")
        raise FolderMissing(f"{self._session.where}: no folder {native}; there are: {shown or 'none'}")

    def ensure(self, name: str, *, again: bool = False) -> str:
        """The server's name of a folder of ours, created and subscribed if it was missing.

        `again`: look anew, it may have been deleted since. Raises ServerUnreachable.
        """
        native = self.native(name)
        if again or native not in self._ready:
            if not self.exists(native):
                self._create(native)
            self._ready.add(native)
        return native

    def _create(self, native: str) -> None:
        client = self._session.client
        with self._session.speaking("creating a folder"):
            try:
                client.create_folder(native)
            except IMAPClient.AbortError:
                raise
            except IMAPClient.Error as err:
                if not self.exists(native):  # else another process was faster
                    raise ServerUnreachable(
                        f"{self._session.where}: cannot create the folder {native}: {said(err)}"
                    ) from None
            try:
                client.subscribe_folder(native)
            except IMAPClient.AbortError:
                raise
            except IMAPClient.Error:
                return  # mail programs may not show it; nothing of ours depends on that

    def _namespace(self) -> tuple[str, str, tuple[str, ...]]:
        """Personal prefix, delimiter, prefixes of other people's and shared folders (RFC 2342)."""
        client = self._session.client
        with self._session.speaking("asking for the namespace"):
            if client.has_capability("NAMESPACE"):
                personal, *rest = client.namespace()
                others = tuple(prefix for space in rest for prefix, _ in space or () if prefix)
                if personal:
                    prefix, delimiter = personal[0]
                    return prefix or "", delimiter or "", others
            listed = client.list_folders("", "")  # RFC 3501 section 6.3.8: tells the delimiter alone
        delimiter = next((found.decode("ascii") for _, found, _ in listed if found), "")
        return "", delimiter, ()


def _flags(flags: tuple[bytes, ...]) -> set[bytes]:
    return {flag.lower() for flag in flags if isinstance(flag, bytes)}
