"""The organisers' mails: the page of the day, and the alarm. `Digest` -> final bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailflow.core.digest import Digest
from mailflow.core.envelope import Envelope
from mailflow.core.model import Event
from mailflow.core.thread import message_id
from mailflow.writing import dates, message
from mailflow.writing.compose import domain, fields_of
from mailflow.writing.digest_view import digest_view
from mailflow.writing.templates import Templates
from mailflow.writing.wording import one_line, scrub

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def digest_mail(
    digest: Digest,
    templates: Templates,
    *,
    recipient: str,
    secret: bytes,
    cause: str,
    envelope_from: str | None = None,
    attachments: bytes | None = None,
) -> Envelope:
    """The page of the day for one organiser, with the participants as a workbook (`attachments`, the
    bytes of `participants_xlsx`). `cause` (digest:EVENT:DATE:RECIPIENT) is its key in the outbox."""
    event = digest.roster.event
    context = _context(digest, templates)
    name = f"{context['w']['attachment']}-{message.one_token(event.id)}-{digest.day.isoformat()}.xlsx"
    return organisers_mail(
        "digest",
        event,
        templates,
        context,
        recipient=recipient,
        secret=secret,
        cause=cause,
        now=digest.now,
        envelope_from=envelope_from,
        attachments=(message.Attachment(name, XLSX, attachments),) if attachments else (),
    )


def digest_text(digest: Digest, templates: Templates) -> str:
    """The page of the day as text."""
    context = _context(digest, templates)
    return templates.text(f"{context['language']}/digest.txt.j2", context)


def digest_html(digest: Digest, templates: Templates) -> str:
    """The page of the day as one HTML file that needs nothing else."""
    context = _context(digest, templates)
    return templates.html(f"{context['language']}/digest.html.j2", context)


def alarm_mail(
    event: Event,
    templates: Templates,
    *,
    recipient: str,
    what: str,
    since: datetime,
    now: datetime,
    secret: bytes,
    cause: str,
    envelope_from: str | None = None,
) -> Envelope:
    """Tells an organiser that something has not worked since then. `what`: "mailbox", "smtp", or
    the trouble in words; `since` and `now` are aware."""
    language = language_of(event, templates)
    w = words(templates, language)
    what = one_line(what)
    context = {
        "event": event,
        "language": language,
        "w": w,
        "tone": "bad",
        "what": w["alarms"].get(what, what),
        "do": w["alarm_do"].get(what, w["alarm_do"]["other"]),
        "since": dates.at(since, language, event.timezone),
        "lasting": dates.lasting(now - since, language),
        "now": dates.at(now, language, event.timezone),
    }
    return organisers_mail(
        "alarm",
        event,
        templates,
        titled("alarm", templates, context),
        recipient=recipient,
        secret=secret,
        cause=cause,
        now=now,
        envelope_from=envelope_from,
    )


def organisers_mail(
    kind: str,
    event: Event,
    templates: Templates,
    context: dict[str, Any],
    *,
    recipient: str,
    secret: bytes,
    cause: str,
    now: datetime,
    envelope_from: str | None,
    attachments: tuple[message.Attachment, ...] = (),
) -> Envelope:
    """A mail of that kind to an organiser; `context` is what its templates say."""
    to = message.address(recipient)
    language = context["language"]
    identity = message_id(secret, domain(event), kind, "", cause)
    # Nobody asked for it: auto-generated (RFC 3834 section 5).
    fields = fields_of(event, to, context["subject"], identity, language, now, auto="auto-generated")
    content = message.build(
        fields,
        templates.text(f"{language}/{kind}.txt.j2", context),
        templates.html(f"{language}/{kind}.html.j2", context),
        seed=identity,
        attachments=attachments,
    )
    sender = event.address if envelope_from is None else envelope_from
    return Envelope(cause, kind, sender, to, identity, content)


def _context(digest: Digest, templates: Templates) -> dict[str, Any]:
    language = language_of(digest.roster.event, templates)
    clean: Digest = scrub(digest)
    return titled("digest", templates, digest_view(clean, words(templates, language), language))


def titled(kind: str, templates: Templates, context: dict[str, Any]) -> dict[str, Any]:
    """The context with the subject that the kind's text template says."""
    said = templates.blocks(f"{context['language']}/{kind}.txt.j2", context)
    return context | {"subject": said["subject"]}


def language_of(event: Event, templates: Templates) -> str:
    """The language in which the organisers are written to."""
    return event.language if templates.speaks(event.language, "digest") else "en"


def words(templates: Templates, language: str) -> dict[str, Any]:
    """The small words of the organisers' mails."""
    return {**templates.words(language), **templates.words(language, "digest_words")}
