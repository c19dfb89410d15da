"""Floor 4: all that one event needs to work, built from the configuration."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.adapters.courier import SmtpCourier
from mailflow.adapters.mailbox import ImapMailbox, MailboxSettings
from mailflow.adapters.smtp_line import CourierSettings
from mailflow.adapters.store import SqlStore, open_store
from mailflow.config import Deployment, EventSetup
from mailflow.core.ledger import Watermark
from mailflow.core.privacy import kept_until
from mailflow.daily import Health, queue_alarm
from mailflow.deliver import Delivered, DeliverSettings, deliver
from mailflow.doorlist import queue_doorlist
from mailflow.errors import ServerUnreachable, TemporaryFailure
from mailflow.lapse import adopt_limits, lapse
from mailflow.purge import PURGED_EVERY, purge
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.model import Ours
from mailflow.receive import Received, receive
from mailflow.record import Desk
from mailflow.shipped import lexicon_sources, template_sources
from mailflow.take import Taken
from mailflow.writing.templates import Templates

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

MAILBOX_TROUBLE = "mailbox"
FILING_TROUBLE = "filing"  # mail is read, but the server does not move it out of the way
SMTP_TROUBLE = "smtp"


@dataclass(slots=True)
class Round:
    """What one round did. `trouble`: what could not be done, a line each, for a person."""

    received: Received | None
    delivered: Delivered | None
    trouble: tuple[str, ...] = ()


@dataclass(slots=True)
class Office:
    """One event at work."""

    setup: EventSetup
    desk: Desk
    store: SqlStore
    sending: DeliverSettings
    clock: Clock
    alarm_minutes: int = 30

    @property
    def event_id(self) -> str:
        """The event's id."""
        return self.desk.event.id

    def mailbox(self) -> ImapMailbox:
        """A new, not yet connected mailbox."""
        return ImapMailbox(mailbox_settings(self.setup, self.desk.max_message_bytes))

    def courier(self) -> SmtpCourier:
        """A new, not yet connected courier."""
        return SmtpCourier(courier_settings(self.setup))

    def receive(
        self,
        mailbox: ImapMailbox,
        *,
        stop: Callable[[], bool] = lambda: False,
        watch: Callable[[Taken], None] = lambda _taken: None,
    ) -> Received:
        """One round of reading. Keeps note of a mailbox in trouble and raises, and of refused moves.

        Where another process is at it nothing is done (`Received.elsewhere`)."""
        try:
            received = receive(self.desk, self.store, mailbox, self.clock, stop=stop, watch=watch)
        except ServerUnreachable as err:
            self.store.set_trouble(self.event_id, MAILBOX_TROUBLE, str(err), self.clock())
            raise
        if received.elsewhere:  # who reads it keeps note of it
            return received
        if received.refused:
            self.store.set_trouble(self.event_id, FILING_TROUBLE, received.refused, self.clock())
        cured = {MAILBOX_TROUBLE} if received.refused else {MAILBOX_TROUBLE, FILING_TROUBLE}
        for trouble in self.store.troubles(self.event_id):
            if trouble.what in cured:
                self.store.clear_trouble(self.event_id, trouble.what)
        return received

    def lapse(self) -> int:
        """What is due by the clock; how many mails follow."""
        follow = lapse(self.desk, self.store, self.clock(), self._read_until())
        self.tidy()
        return follow

    def tidy(self) -> None:
        """Where somebody was forgotten, the file is written anew. Put off while another process is at it."""
        try:
            self.store.rewrite()
        except TemporaryFailure as err:
            log.info("event %s: what was erased leaves the file later: %s", self.event_id, err)

    def doorlist(self) -> int:
        """The list for the door, if its time has come and it says something new; how many mails follow."""
        return queue_doorlist(self.desk, self.store, self.clock())

    def _read_until(self) -> datetime | None:
        """Before when all mail has been handled: the beginning of the last good poll, unless a mail it found
        is still to be tried again. None: nobody knows, and no deadline may pass (rules: the watermark)."""
        mark = self.store.watermark(self.event_id, self.setup.mailbox_name)
        if mark is None or self.store.pending(self.event_id, mark.mailbox, mark.uidvalidity):
            return None
        return mark.began_at

    def deliver(
        self,
        courier: SmtpCourier,
        *,
        stop: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], object] = time.sleep,
    ) -> Delivered:
        """Send what is due. Keeps note of a server in trouble, until it is there again and takes part in
        a run: a mail it refuses or puts off shows that as well as one it takes."""
        delivered = deliver(
            self.store, courier, self.event_id,
            now=self.clock, settings=self.sending, jitter=random.random, sleep=sleep, stop=stop,
        )  # fmt: skip
        if delivered.trouble:
            self.store.set_trouble(self.event_id, SMTP_TROUBLE, delivered.trouble, self.clock())
        elif delivered.reached:
            self.store.clear_trouble(self.event_id, SMTP_TROUBLE)
        self.tidy()
        return delivered

    def round(self, *, watch: Callable[[Taken], None] = lambda _taken: None) -> Round:
        """One whole round, as `mailflow poll` does it: read, decide, what is due by the clock, send.

        A mailbox that cannot be reached keeps nobody from being answered, nor the other way round.
        """
        trouble: list[str] = []
        received: Received | None = None
        mailbox = self.mailbox()
        try:
            received = self.receive(mailbox, watch=watch)
            trouble += [received.refused] if received.refused else []
        except ServerUnreachable as err:
            trouble.append(str(err))
            self.alarm()
        finally:
            mailbox.close()
        self.lapse()
        self.doorlist()
        trouble += self.purge_mailbox()
        delivered = self.deliver(self.courier())
        if delivered.trouble:
            trouble.append(delivered.trouble)
        return Round(received, delivered, tuple(trouble))

    def alarm(self) -> datetime | None:
        """The mailbox cannot be read. Once the last good poll is older than `alarm.mailbox_minutes` the
        organisers are told, once a day: since when, where a mail to them was queued; else None."""
        now, mark = self.clock(), self.health().watermark
        stands = (t.since for t in self.store.troubles(self.event_id) if t.what == MAILBOX_TROUBLE)
        since = mark.ended_at if mark and mark.ended_at else next(stands, now)
        if now - since < timedelta(minutes=self.alarm_minutes):
            return None
        return since if queue_alarm(self.desk, self.store, MAILBOX_TROUBLE, since, now) else None

    def purge_mailbox(self, *, again_after: timedelta = PURGED_EVERY) -> list[str]:
        """Where the event wants it and the days of keeping are over, what was handled is deleted from the
        mailbox, once a day. What stood in the way, for a person."""
        event, now = self.desk.event, self.clock()
        done = f"{self.setup.mailbox_name}#purged"
        mark = self.store.watermark(self.event_id, done)
        if not event.purge_mailbox or now < kept_until(event):
            return []
        if mark is not None and mark.ended_at is not None and now - mark.ended_at < again_after:
            return []
        try:
            with closing(self.mailbox()) as mailbox, self.store.turn(self.event_id) as mine:
                if mine:
                    purge(self.store, mailbox, self.event_id, now)
                    self.store.poll_ended(self.event_id, Watermark(done, 0, 0, now, now))
        except ServerUnreachable as err:
            return [str(err)]
        return []

    def health(self) -> Health:
        """What the last poll left behind."""
        mark = self.store.watermark(self.event_id, self.setup.mailbox_name)
        return Health(mark.unaccounted if mark else 0, mark)


def mailbox_settings(setup: EventSetup, max_message_bytes: int) -> MailboxSettings:
    """The mailbox's part of the configuration, as the adapter takes it."""
    box = setup.mailbox
    return MailboxSettings(
        host=box.host,
        port=box.port_used,
        tls=box.tls,
        user=box.user,
        password=box.password.get_secret_value(),
        auth=box.auth,
        folder=box.folder,
        handled_folder=box.handled_folder,
        review_folder=box.review_folder,
        ca_file=box.ca_file,
        idle=box.idle,
        max_message_bytes=max_message_bytes,
    )


def courier_settings(setup: EventSetup) -> CourierSettings:
    """The SMTP part of the configuration, as the adapter takes it."""
    smtp = setup.smtp
    return CourierSettings(
        host=smtp.host, port=smtp.port_used, tls=smtp.tls, user=smtp.user,
        password=smtp.password.get_secret_value(), auth=smtp.auth, ca_file=smtp.ca_file,
    )  # fmt: skip


def open_offices(
    deployment: Deployment,
    clock: Clock,
    event_id: str | None = None,
    *,
    store: SqlStore | None = None,
    lexicon: Lexicon | None = None,
) -> list[Office]:
    """An office for each configured event (or the one named), on one ledger, made or migrated first.

    `store` and `lexicon` where they are open or loaded already.

    Raises ConfigError, DatabaseUnreachable, TemporaryFailure, BadInput as `open_store` does.
    """
    setups = [deployment.of(event_id)] if event_id else list(deployment.events)
    store = store or open_store(deployment.database_url)
    lexicon = lexicon or Lexicon.from_files(lexicon_sources())
    templates = Templates(template_sources(deployment.templates))
    offices = []
    for setup in setups:
        office = Office(
            setup,
            desk_of(deployment, setup, lexicon, templates, store.seed_event(setup.event, clock())),
            store,
            DeliverSettings(
                deployment.outbox.in_doubt_minutes,
                deployment.outbox.give_up_hours,
                deployment.limits.answers_per_hour,
                setup.smtp.per_minute,
            ),
            clock,
            deployment.alarm.mailbox_minutes,
        )
        adopt_limits(office.desk, store, clock())
        offices.append(office)
    return offices


def desk_of(
    deployment: Deployment, setup: EventSetup, lexicon: Lexicon, templates: Templates, secret: bytes
) -> Desk:
    """What the journeys need of one event."""
    return Desk(
        event=setup.event,
        lexicon=lexicon,
        templates=templates,
        ours=Ours(setup.event.address, setup.mailbox.own_list_id, setup.mailbox.trusted_authserv_id),
        secret=secret,
        # "" is the event's own address, "<>" the null return path (RFC 5321 section 4.5.5).
        envelope_from={"": None, "<>": ""}.get(setup.smtp.envelope_from, setup.smtp.envelope_from),
        batch=deployment.worker.batch,
        max_message_bytes=deployment.worker.max_message_bytes,
        answers_per_address_per_day=deployment.limits.answers_per_address_per_day,
        answers_per_domain_per_day=deployment.limits.answers_per_domain_per_day,
    )
