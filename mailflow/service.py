"""Floor 4: `mailflow run`, unattended. The scheduler rings bells; two workers an event answer them.

The reader reads (rounds of `receive`), the postman sends (`deliver`), each in a thread of its own, so
that a slow mail server keeps nobody's mail unread. IDLE rings the reader's bell earlier; polling is
the truth. The clock is APScheduler with a memory store: nothing in it is worth keeping, since what is
due is read from the ledger each time.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailflow import systemd
from mailflow.bell import Backoff, Bell
from mailflow.config import Deployment
from mailflow.daily import digest_is_queued, is_kept, queue_digest
from mailflow.errors import LoginRefused, MailflowError, ServerUnreachable
from mailflow.office import Office

log = logging.getLogger(__name__)

POSTMAN_SECONDS = 15  # how often the outbox is looked at for what was deferred
DIGEST_SECONDS = 5  # how often it is asked whether the digest's hour has come: by then it is on its way
LONGEST_BACKOFF_SECONDS = 300.0
PING_TIMEOUT_SECONDS = 10.0
# How long the message at hand may take to be finished at the end. Servers that answer need a second; the
# service manager kills after two minutes.
PARTING_SECONDS = 15.0
# A poll is cut after 15 minutes and one mail after 7: who is longer at it hangs, and is started anew by
# the service manager's watchdog.
STUCK_SECONDS = 1800.0


class Shift:
    """One event's workers and the bells between them."""

    def __init__(self, office: Office, deployment: Deployment, stop: threading.Event) -> None:
        self.office = office
        self.deployment = deployment
        self.stop = stop
        self.post = Bell()
        self.mail = Bell()
        self.began_at = office.clock()
        self._mailbox = office.mailbox()
        self._listener = office.mailbox()
        self.threads = [
            threading.Thread(
                target=self._guarded, args=(work,), name=f"{office.event_id}:{name}", daemon=True
            )
            for name, work in (("reader", self._read), ("postman", self._send), ("listener", self._listen))
            if name != "listener" or office.setup.mailbox.idle
        ]

    def start(self) -> None:
        """Begin to work; both bells ring once."""
        for thread in self.threads:
            thread.start()
        self.mail.ring()
        self.post.ring()

    def _asked(self, bell: Bell) -> Callable[[], bool]:
        """Whether to stop, asked between two pieces of work; asking shows that the worker lives."""

        def asked() -> bool:
            bell.seen()
            return self.stop.is_set()

        return asked

    def lives(self) -> bool:
        """False once a worker is gone, or has been at one piece of work longer than any deadline allows."""
        oldest = min(self.mail.watched_at, self.post.watched_at)
        stuck = time.monotonic() - oldest > STUCK_SECONDS
        return all(thread.is_alive() for thread in self.threads) and not stuck

    def interrupt(self) -> None:
        """Wake what waits on the network; the message at hand is finished first."""
        self._listener.interrupt()
        self._mailbox.interrupt()

    def _guarded(self, work: Callable[[], None]) -> None:
        """A worker that dies of our own fault takes the service down, loudly, so that it is started anew."""
        try:
            work()
        except Exception:
            log.exception("event %s: a worker failed; stopping, to be started anew", self.office.event_id)
            self.stop.set()
            raise

    def _read(self) -> None:
        office, backoff = (
            self.office,
            Backoff(min(LONGEST_BACKOFF_SECONDS, self.deployment.worker.poll_seconds)),
        )
        while self.mail.wait(self.stop):
            try:
                received = office.receive(
                    self._mailbox, stop=self._asked(self.mail), watch=lambda _: self.post.ring()
                )
                backoff.succeeded()
                if received.total or received.failed:
                    log.info(
                        "event %s: %d read, %d answered, %d to try again",
                        office.event_id, received.total, received.answers, received.failed,
                    )  # fmt: skip
                if received.complete:
                    self._ping()
            except MailflowError as err:
                self._mailbox.close()
                self.mail.hush(backoff.failed(err))
                self.mail.ring()
                log.warning("event %s: %s", office.event_id, err)
                if isinstance(err, ServerUnreachable):
                    self._alarm()
            else:
                self._due()
        self._mailbox.close()

    def _due(self) -> None:
        try:
            if self.office.lapse():
                self.post.ring()
            for trouble in self.office.purge_mailbox():
                log.warning("event %s: %s", self.office.event_id, trouble)
        except MailflowError as err:
            log.warning("event %s: %s", self.office.event_id, err)

    def _send(self) -> None:
        office, backoff = self.office, Backoff(LONGEST_BACKOFF_SECONDS)
        courier = office.courier()
        while self.post.wait(self.stop):
            try:
                # Paced by the bell of the end: at one mail a minute nobody waits a minute for a stop.
                delivered = office.deliver(courier, stop=self._asked(self.post), sleep=self.stop.wait)
            except MailflowError as err:
                self.post.hush(backoff.failed(err))
                self.post.ring()
                log.warning("event %s: %s", office.event_id, err)
                continue
            if delivered.sent or delivered.failed or delivered.deferred:
                log.info(
                    "event %s: %d sent, %d again later, %d refused",
                    office.event_id, delivered.sent, delivered.deferred, delivered.failed,
                )  # fmt: skip
            if delivered.trouble:
                cause = LoginRefused if delivered.login_refused else ServerUnreachable
                self.post.hush(backoff.failed(cause(delivered.trouble)))
                self.post.ring()  # again as soon as that is over, not only when somebody writes
                log.warning("event %s: %s", office.event_id, delivered.trouble)
            else:
                backoff.succeeded()

    def _listen(self) -> None:
        """IDLE on a connection of its own: a hint to look now, never the only way."""
        backoff = Backoff(LONGEST_BACKOFF_SECONDS)
        while not self.stop.is_set():
            try:
                self._listener.open(read_only=True)
                backoff.succeeded()
                while not self.stop.is_set():
                    if self._listener.wait(float(self.deployment.worker.poll_seconds)):
                        self.mail.ring()
                    # A new SELECT tells the listener what has come meanwhile, and that the line lives.
                    self._listener.open(read_only=True)
            except MailflowError as err:
                self._listener.close()
                log.debug("event %s: listening again soon: %s", self.office.event_id, err)
                self.mail.ring()
                self.stop.wait(backoff.failed(err))
        self._listener.close()

    def _alarm(self) -> None:
        """Tell the organisers once the last good poll is older than `alarm.mailbox_minutes`."""
        office = self.office
        try:
            since = office.alarm()
        except MailflowError as err:  # the database may be away as well: asked again after the next failure
            log.warning("event %s: alarm: %s", office.event_id, err)
            return
        if since is not None:
            log.error("event %s: the mailbox has not been read since %s", office.event_id, since.isoformat())
            self.post.ring()

    def _ping(self) -> None:
        """Tell the dead man's switch that a round went well; its silence is what alarms."""
        url = self.deployment.alarm.ping_url
        if not url:
            return
        try:
            with urllib.request.urlopen(url, timeout=PING_TIMEOUT_SECONDS):  # noqa: S310 - http(s) only, checked when read
                pass
        except (OSError, urllib.error.URLError, ValueError) as err:
            log.warning("alarm.ping_url could not be called: %s", type(err).__name__)

    def tick(self) -> None:
        """What goes to the organisers by the clock, whether or not the mailbox can be read."""
        self.digest()
        try:
            if self.office.doorlist():
                self.post.ring()
        except MailflowError as err:
            log.warning("event %s: door list: %s", self.office.event_id, err)

    def digest(self) -> None:
        """The organisers' page of today in the event's zone, if its hour has come; once, whoever asks."""
        office, now = self.office, self.office.clock()
        local = now.astimezone(ZoneInfo(office.desk.event.timezone))
        if local.time() < self.deployment.digest.at or not is_kept(office.desk.event, now):
            return
        try:
            if digest_is_queued(office.desk.event, office.store, local.date()):
                return
            if queue_digest(office.desk, office.store, local.date(), now, office.health()):
                log.info("event %s: digest of %s queued", office.event_id, local.date().isoformat())
                self.post.ring()
        except MailflowError as err:
            log.warning("event %s: digest: %s", office.event_id, err)


def run(offices: list[Office], deployment: Deployment) -> None:
    """Work until SIGTERM or SIGINT; the message at hand is finished. Raises RuntimeError if a worker died."""
    from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

    stop = threading.Event()
    asked = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        asked.set()
        stop.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    shifts = [Shift(office, deployment, stop) for office in offices]
    # Coalesced, one at a time, and late rather than never: with the default grace of a second a digest
    # noticed four seconds late was dropped.
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600}
    )
    for shift in shifts:
        _schedule(scheduler, shift, deployment)
        shift.start()
    scheduler.start()
    systemd.notify("READY=1")
    log.info("running: %s", ", ".join(o.event_id for o in offices))
    pulse = systemd.watchdog_seconds() or 5.0
    while not stop.wait(pulse):
        if all(shift.lives() for shift in shifts):
            systemd.notify("WATCHDOG=1")
    systemd.notify("STOPPING=1")
    log.info("stopping: the message at hand is finished first")
    scheduler.shutdown(wait=True)
    for shift in shifts:
        shift.interrupt()
    _part(shifts)
    for number, handler in previous.items():
        signal.signal(number, handler)
    if not asked.is_set():
        raise RuntimeError("a worker failed; see the log")


def _part(shifts: list[Shift]) -> None:
    """Let every worker come to its end, but none wait for a silent server: what it had in hand stands in
    the ledger as begun, and is taken up by the next start as after a crash."""
    end = time.monotonic() + PARTING_SECONDS
    for shift in shifts:
        for thread in shift.threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                log.warning("%s: a server does not answer; left without its word", thread.name)


def _schedule(scheduler: object, shift: Shift, deployment: Deployment) -> None:
    from apscheduler.schedulers.base import BaseScheduler  # type: ignore[import-untyped]

    assert isinstance(scheduler, BaseScheduler)  # noqa: S101 - for the type checker: the library is untyped
    name = shift.office.event_id
    scheduler.add_job(shift.mail.ring, "interval", seconds=deployment.worker.poll_seconds, id=f"{name}:poll")
    scheduler.add_job(shift.post.ring, "interval", seconds=POSTMAN_SECONDS, id=f"{name}:deliver")
    # Asked all the time rather than once at its hour: a service that was down at 07:30 catches up, and
    # the hour is judged in the event's zone by the same clock as all else. The cause makes it one a day.
    scheduler.add_job(
        shift.tick,
        "interval",
        seconds=DIGEST_SECONDS,
        id=f"{name}:digest",
        next_run_time=datetime.now(UTC),
    )
