"""Stop 1, the wire: the socket under an IMAP connection, its TLS, and what cuts it when it hangs."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]


class Watchdog:
    """Shuts the connection when a stretch of work takes longer than allowed.

    Time-outs of a socket hold for each read: a server that sends a byte a minute never meets one.
    It keeps a duplicate of the socket, which still reaches the line while TLS is being negotiated
    on the original, and whose number cannot be given to another file meanwhile.
    """

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self.seconds = 0.0
        self.fired = False

    def hold(self, line: socket.socket) -> None:
        """This is the line to cut from now on."""
        self.release()
        self._line = line.dup()

    def arm(self, seconds: float) -> None:
        """From now on so many seconds, instead of any earlier limit."""
        self.disarm()
        self.seconds, self.fired = seconds, False
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def disarm(self) -> None:
        """No limit."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def release(self) -> None:
        """Let go of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _fire(self) -> None:
        self.fired = True
        if (line := self._line) is not None:
            with contextlib.suppress(OSError):  # it ended by itself in this very moment
                line.shutdown(socket.SHUT_RDWR)


class _Wire(imaplib.IMAP4):
    """The library's connection, with TLS, TCP_NODELAY and the watchdog in place from the first byte."""

    def __init__(
        self, host: str, port: int, timeout: float, context: ssl.SSLContext | None, watch: Watchdog
    ) -> None:
        self._context, self._watch = context, watch
        super().__init__(host, port, timeout)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout)
        try:
            # Without it each command waits for the acknowledgement of the one before.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A peer that vanished (power, NAT) is noticed while nobody speaks.
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._watch.hold(line)
            return self._context.wrap_socket(line, server_hostname=self.host) if self._context else line
        except BaseException:
            line.close()
            raise


class Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient on that wire: aware times, and silent about what it carries.

    `context`: TLS from the first byte; None: none, or STARTTLS later. `timeout`: for connecting,
    and for each read thereafter.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, timeout: SocketTimeout, watch: Watchdog
    ) -> None:
        self._watch = watch
        super().__init__(host, port, ssl=context is not None, ssl_context=context, timeout=timeout)
        self.normalise_times = False
        # At any debug level the library writes every line of every mail, and formats each of them
        # even where nobody listens.
        self._imap.debug = 0
        self._imap._mesg = _silent

    def _create_IMAP4(self) -> _Wire:  # noqa: N802 - the library's name
        context = self.ssl_context if self.ssl else None
        return _Wire(self.host, self.port, self._timeout.connect, context, self._watch)


def _silent(*_said: object) -> None:
    """Say nothing."""
