"""A wire with a meter and a pair of scissors: a TCP relay in front of a real server."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Relay:
    """Passes everything on to `port` on this machine.

    `received` counts the octets the server sent; `stall_after` many, it falls silent and keeps the
    line open; `cut` ends every line at once.
    """

    def __init__(self, port: int, *, stall_after: int | None = None) -> None:
        self._to = port
        self.stall_after = stall_after
        self.received = 0
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(5)
        self._door.close()
        for one in self._open:
            one.close()

    def cut(self) -> None:
        """End all lines that are open now."""
        for one in list(self._open):  # one that is opened because of it is not among them
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self._to))
                self._open += [near, far]
                self._start(self._pump, near, far, False)
                self._start(self._pump, far, near, True)

    def _pump(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if from_server:
                    self.received += len(data)
                    if self.stall_after is not None and self.received > self.stall_after:
                        self._ended.wait()
                        return
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
