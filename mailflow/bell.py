"""Floor 4: how the threads of the service wake each other, and when they leave a failing server alone."""

from __future__ import annotations

import threading
import time

from mailflow.errors import LoginRefused

LOGIN_REFUSED_SECONDS = 600.0  # an account is locked sooner than a password is mended


class Bell:
    """Rung by anybody, answered by one worker; several rings before the answer are one."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._quiet_until = 0.0
        self.watched_at = time.monotonic()  # when the worker was last seen waiting here, or set out to work

    def ring(self) -> None:
        """Ask the worker to look now."""
        self._rung.set()

    def hush(self, seconds: float) -> None:
        """Let no ring through for so long (a server that just failed is not asked again at once)."""
        self._quiet_until = time.monotonic() + seconds

    def seen(self) -> None:
        """The worker is at it, and lives."""
        self.watched_at = time.monotonic()

    def wait(self, stop: threading.Event) -> bool:
        """Block until rung and not hushed: True; False once `stop` is set."""
        while not stop.is_set():
            self.seen()
            if self._rung.wait(timeout=0.5):
                quiet = self._quiet_until - time.monotonic()
                if quiet > 0:
                    stop.wait(min(quiet, 0.5))
                    continue
                self._rung.clear()
                return not stop.is_set()
        return False


class Backoff:
    """Seconds to leave a failing server alone: doubling from one to `longest`; nought after a success."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._failures = 0

    def failed(self, err: Exception) -> float:
        """One more failure; how long to wait now."""
        self._failures += 1
        if isinstance(err, LoginRefused):
            return LOGIN_REFUSED_SECONDS
        return min(2.0 ** (self._failures - 1), self._longest)

    def succeeded(self) -> None:
        """Begin anew."""
        self._failures = 0
