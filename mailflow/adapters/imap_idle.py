"""Stop 1, its bell: IDLE (RFC 2177), told from silence, from a stop, and from a dead line.

The library's own `idle_check` answers "nothing" for ever after the connection has ended, and does
not see a line that came in one packet with the server's "+ idling"; so the waiting is done here.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import ssl
import time

from imapclient import IMAPClient  # type: ignore[import-untyped]

# RFC 2177 asks for less than 29 minutes; routers forget a silent connection after ten or less.
RENEW = 9 * 60.0

NEWS = re.compile(rb"\* \d+ EXISTS", re.IGNORECASE)
FAREWELL = re.compile(rb"\* BYE", re.IGNORECASE)


def idle(client: IMAPClient, seconds: float, bell: socket.socket) -> bool:
    """Wait until the server tells of mail (True), `seconds` have passed or `bell` can be read (False).

    Raises what the library raises for a lost connection (IMAP4.abort, OSError).
    """
    ends = time.monotonic() + seconds
    with selectors.DefaultSelector() as ears:
        ears.register(bell, selectors.EVENT_READ)
        ears.register(client.socket(), selectors.EVENT_READ)
        while (left := ends - time.monotonic()) > 0:
            news, rung = _once(client, min(left, RENEW), ears, bell)
            if news or rung:
                return news
    return False


def _once(
    client: IMAPClient, seconds: float, ears: selectors.BaseSelector, bell: socket.socket
) -> tuple[bool, bool]:
    """One IDLE command from start to end: (is there news, has the bell rung)."""
    wire = client._imap
    tag = client._idle_tag = wire._command("IDLE")
    news = rung = False
    # The server may tell something before its "+", and may refuse.
    while (line := wire._get_response()) is not None:
        if wire.tagged_commands[tag]:
            raise IMAPClient.AbortError("IDLE refused")
        news = news or _is_news(line)
    ends = time.monotonic() + seconds
    while not (news or rung) and (left := ends - time.monotonic()) > 0:
        if not _buffered(client):
            ready = {key.fileobj for key, _ in ears.select(left)}
            rung = bell in ready
            # Readable, and yet nothing to read: the end of the connection. (A TLS record without
            # content is None.)
            if client.socket() in ready and _buffered(client) is False:
                raise IMAPClient.AbortError("EOF")
            continue
        news = _is_news(wire._get_response() or b"")
        if wire.tagged_commands[tag]:  # the server ended it by itself
            del wire.tagged_commands[tag]
            return news, rung
    _, told = client.idle_done()
    return news or any(len(one) > 1 and one[1] == b"EXISTS" for one in told), rung


def _buffered(client: IMAPClient) -> bool | None:
    """Whether a line has begun to arrive; None where TLS has something, but nothing for us yet."""
    line = client.socket()
    patience = line.gettimeout()
    line.settimeout(0)
    try:
        return bool(client._imap.file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None
    finally:
        line.settimeout(patience)


def _is_news(line: bytes) -> bool:
    if FAREWELL.match(line):
        raise IMAPClient.AbortError("BYE")
    return bool(NEWS.match(line))


def until_rung(bell: socket.socket, seconds: float) -> None:
    """Wait so long, or until the bell rings."""
    with selectors.DefaultSelector() as ears:
        ears.register(bell, selectors.EVENT_READ)
        ears.select(max(0.0, seconds))


def silence(bell: socket.socket) -> None:
    """Take out what was rung, so that the next wait waits."""
    bell.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        while bell.recv(64):
            pass
