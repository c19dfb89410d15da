"""`mailflow run`, `poll`, `deliver`, `digest`, `ingest`: the work, unattended or by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from mailflow import output
from mailflow.call import Call, moment
from mailflow.errors import BadInput, ConfigError, TemporaryFailure

if TYPE_CHECKING:
    from mailflow.clock import Clock
    from mailflow.config import Deployment
    from mailflow.office import Office
    from mailflow.take import Failed, Taken


def offices_of(call: Call, deployment: Deployment, *, ticks: bool = False) -> list[Office]:
    """The offices that the call asks for, closed at its end."""
    from mailflow.office import open_offices

    clock: Clock = call.clock(deployment, ticks=ticks)
    offices = open_offices(deployment, clock, call.event)
    for office in offices:
        click.get_current_context().call_on_close(office.store.close)
    return offices


def _with_passwords(deployment: Deployment) -> None:
    """A login that cannot succeed is not tried: some servers lock an account that fails too often."""
    missing = deployment.missing_passwords()
    if missing:
        raise ConfigError(missing)


@click.command()
@click.pass_obj
def run(call: Call) -> None:
    """Work unattended: read, decide, answer, send the daily digest.

    Until SIGTERM or SIGINT; the message at hand is finished first.
    """
    from mailflow import service

    deployment = call.deployment()
    call.begin_log(deployment.log.format, deployment.log.level)
    _with_passwords(deployment)
    service.run(offices_of(call, deployment, ticks=True), deployment)


@click.command()
@click.option(
    "--dry-run", is_flag=True, help="Rehearse: say what would be done; send, write and move nothing."
)
@click.pass_obj
def poll(call: Call, dry_run: bool) -> int:
    """One round: read, decide, what is due by the clock, send. For cron."""
    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    _with_passwords(deployment)
    if not dry_run:
        return max(_round(office) for office in offices_of(call, deployment))
    from mailflow import rehearsal

    with rehearsal.offices(deployment, call.clock(deployment), call.event) as offices:
        for office in offices:
            _rehearse(office)
    return 0


def _round(office: Office) -> int:
    with output.counting(f"{office.event_id}: reading") as tick:
        done = office.round(watch=lambda _taken: tick())
    received, delivered = done.received, done.delivered
    if received is not None and received.elsewhere:
        output.say(f"{office.event_id}: nothing read: another process is reading this mailbox")
    elif received is not None:
        parts = [f"{count} {bucket}" for bucket, count in received.buckets.items() if count]
        if received.failed:
            parts.append(f"{received.failed} failed, tried again or set aside")
        output.say(f"{office.event_id}: {received.total} read" + (f" ({', '.join(parts)})" if parts else ""))
    if delivered is not None:
        line = f"{office.event_id}: {delivered.sent} sent"
        line += f", {delivered.deferred} again later" if delivered.deferred else ""
        output.say(line + (f", {delivered.failed} refused" if delivered.failed else ""))
    for trouble in done.trouble:
        output.tell(f"mailflow: {output.cell(trouble)}")
    return 69 if done.trouble else 0


def _rehearse(office: Office) -> None:
    from mailflow.rehearsal import rehearse

    mailbox = office.mailbox()
    try:
        taken, failed = rehearse(office.desk, office.store, mailbox, office.clock)
    finally:
        mailbox.close()
    zone = ZoneInfo(office.desk.event.timezone)
    rows = [*(_would(one, zone) for one in taken), *(_would_fail(one, zone) for one in failed)]
    output.table(
        ("uid", "arrival", "intent", "outcome", "answer", "subject"),
        sorted(rows, key=lambda row: (row[1], row[0])),  # in order of arrival
        title=f"{office.event_id}: what a poll would do",
        whole=("uid", "arrival", "intent"),
        spare=("arrival",),
    )
    output.tell(f"{office.event_id}: {len(rows)} mails; nothing was sent, written or moved")


def _would_fail(one: Failed, zone: ZoneInfo) -> tuple[int, str, str, str, str, str]:
    message = one.message
    arrival = _minute(message.arrival, zone)
    return message.slot.uid, arrival, "", f"would fail, to be tried again: {one.why}", "", one.subject


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _would(one: Taken, zone: ZoneInfo) -> tuple[int, str, str, str, str, str]:
    handled = one.handled
    arrival = _minute(handled.arrival, zone)
    answers = ", ".join(f"{reply.kind} to {reply.to}" for reply in one.queued)
    outcome = f"{handled.bucket} {handled.reason}".strip()
    return handled.slot.uid, arrival, str(one.reading.intent), outcome, answers, handled.subject


@click.command()
@click.pass_obj
def deliver(call: Call) -> int:
    """Send what is due in the outbox."""
    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    _with_passwords(deployment)
    status = 0
    for office in offices_of(call, deployment):
        delivered = office.deliver(office.courier())
        counts = f"{delivered.sent} sent, {delivered.deferred} again later, {delivered.failed} refused"
        output.say(f"{office.event_id}: {counts}")
        if delivered.trouble:
            output.tell(f"mailflow: {output.cell(delivered.trouble)}")
            status = 69
    return status


@click.command()
@click.option(
    "--date",
    "day",
    metavar="D",
    help="The day it is for (2018-11-05); today in the event's zone if left out.",
)
@click.option(
    "--preview", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html", help="Write it there."
)
@click.option("--send", is_flag=True, help="Send it to the organisers; once a day, whoever asks.")
@click.pass_obj
def digest(call: Call, day: str | None, preview: Path | None, send: bool) -> int:
    """The organisers' page of the day: shown, written as HTML, or sent."""
    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    if send:
        _with_passwords(deployment)
    wanted = _day(day)
    if preview and len(call.setups(deployment)) > 1:
        raise BadInput("several events are configured: name one by --event")
    if preview or not send:
        from mailflow import rehearsal

        with rehearsal.offices(deployment, call.clock(deployment), call.event) as offices:
            for office in offices:
                _preview(office, wanted or _today(office), preview)
    if not send:
        return 0
    return max(_send_digest(office, wanted or _today(office)) for office in offices_of(call, deployment))


def _today(office: Office) -> date:
    return office.clock().astimezone(ZoneInfo(office.desk.event.timezone)).date()


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date; write it as 2018-11-05", param_hint="--date"
        ) from None


def _preview(office: Office, day: date, file: Path | None) -> None:
    from mailflow.daily import gather_digest
    from mailflow.writing.digest_mail import digest_html, digest_text

    page = gather_digest(office.store, office.event_id, day, office.clock(), office.health())
    if file is None:
        output.say(digest_text(page, office.desk.templates))
        return
    html = digest_html(page, office.desk.templates)
    try:
        file.write_text(html, encoding="utf-8", newline="\n")
    except OSError as err:
        raise BadInput(f"{file}: cannot be written ({err.strerror}); check the path and its rights") from err
    output.tell(f"{file}: written")


def _send_digest(office: Office, day: date) -> int:
    from mailflow.daily import queue_digest

    queued = queue_digest(office.desk, office.store, day, office.clock(), office.health())
    delivered = office.deliver(office.courier())
    made = f"digest of {day.isoformat()} " + (f"for {queued} organisers" if queued else "was made before")
    output.say(f"{office.event_id}: {made}; {delivered.sent} mails sent")
    if delivered.trouble:
        output.tell(f"mailflow: {output.cell(delivered.trouble)}")
        return 69
    return 0


@click.command()
@click.argument("source", metavar="FILE/MBOX/MAILDIR/-", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--arrival", metavar="ISO8601", help="When it arrived; else the file tells.")
@click.option("--no-answers", is_flag=True, help="Record, but answer nobody (a back-log answered by hand).")
@click.pass_obj
def ingest(call: Call, source: Path, arrival: str | None, no_answers: bool) -> int:
    """Feed mail that did not come by IMAP: a file, mbox, Maildir or -."""
    from mailflow.ingest import messages
    from mailflow.receive import take_in

    deployment = call.deployment()
    call.begin_log(deployment.log.format)
    setup = deployment.of(call.event)
    zone = ZoneInfo(setup.event.timezone)
    at = moment(arrival) if arrival else None
    at = at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at
    (office,) = offices_of(Call(call.config, setup.event.id, call.now, call.verbose, call.log), deployment)
    incoming = messages(source, at, office.clock)
    with output.counting("reading") as tick:
        received = take_in(
            office.desk, office.store, incoming, office.clock, silent=no_answers, watch=lambda _taken: tick()
        )
    parts = [f"{count} {bucket}" for bucket, count in received.buckets.items() if count]
    skipped = len(incoming) - received.total - received.failed
    output.say(
        f"{office.event_id}: {received.total} read"
        + (f" ({', '.join(parts)})" if parts else "")
        + (f", {skipped} were there already" if skipped > 0 else "")
    )
    if received.failed:
        raise TemporaryFailure(
            f"{received.failed} mails failed; run the same command again to try them again"
        )
    return 0
