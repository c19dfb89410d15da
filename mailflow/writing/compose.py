"""Stop 6, compose: a `Reply` -> the final bytes of one mail, with a Message-ID that never changes.

The header fields are those of RFC 3834 and of practice; each has its reason where it is set.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mailflow.core.effects import Reply
from mailflow.core.envelope import Envelope
from mailflow.core.model import Event
from mailflow.core.thread import code, message_id
from mailflow.writing import message
from mailflow.writing.audience import belongs
from mailflow.writing.invitation import invitation
from mailflow.writing.templates import Templates
from mailflow.writing.view import reply_view
from mailflow.writing.wording import scrub


def compose(
    reply: Reply,
    event: Event,
    templates: Templates,
    *,
    secret: bytes,
    cause: str,
    now: datetime,
    in_reply_to: str = "",
    references: str = "",
    envelope_from: str | None = None,
) -> Envelope:
    """The mail that tells what `reply` says.

    `cause` (trigger:kind:recipient) is the mail's key in the outbox and makes its Message-ID.
    `in_reply_to` and `references` are those fields' values from the mail that is answered: its
    Message-ID, and its References. They are not used for a mail of our own accord (`reply.in_reply_to`
    false), which goes on the party's own thread. `envelope_from`: None is the event's address, "" the
    null return path. `now` is aware. Raises TemplateFaultError for a template that is missing or fails and
    BadInput for an address that is none.
    """
    recipient = message.address(reply.to)
    language, line_language = languages(reply.language, event, templates, reply.kind.value)
    if not reply.in_reply_to:
        in_reply_to = references = reply.facts.registration.thread if reply.facts.registration else ""
    clean: Reply = scrub(reply)
    token = _token_of(reply)
    kind = reply.kind.value
    context = reply_view(clean, event, templates.words(language), language, now)
    context["code"] = code(secret, kind, token) if token else ""
    name = f"{language}/{kind}"
    said = templates.blocks(f"{name}.txt.j2", context, required=("subject", "headline", "lead"))
    subject = f"{said['subject']} [{clean.ref}]" if clean.ref else said["subject"]
    line = templates.line(line_language, kind, context) if line_language else ""
    context |= {"said": said, "subject": subject, "line": line, "line_language": line_language}
    identity = message_id(secret, domain(event), kind, token, cause)
    fields = fields_of(
        event,
        recipient,
        subject,
        identity,
        language,
        now,
        # RFC 3834 section 5: an answer is auto-replied, a mail of our own accord auto-generated.
        auto="auto-replied" if reply.in_reply_to else "auto-generated",
    )
    fields += thread_fields(in_reply_to, references)
    content = message.build(
        fields,
        templates.text(f"{name}.txt.j2", context),
        templates.html(f"{name}.html.j2", context),
        seed=identity,
        calendar=invitation(
            replace(clean, to=recipient),
            event,
            secret=secret,
            domain=domain(event),
            language=language,
            now=now,
        ),
    )
    sender = event.address if envelope_from is None else envelope_from
    return Envelope(cause, kind, sender, recipient, identity, content, reply.ref)


def _token_of(reply: Reply) -> str:
    """The reference that the mail's own tokens carry: only where it goes to that registration's people, so
    that no stranger ever holds a token of somebody else's registration (rules: identity); else ""."""
    registration = reply.facts.registration
    if registration is None or registration.ref != reply.ref:
        return ""
    return reply.ref if belongs(reply) else ""


def languages(asked: str, event: Event, templates: Templates, kind: str) -> tuple[str, str]:
    """The language to answer in, and the reader's own where that is another ("" where it is not, or
    where nobody knows it): an event answers in its languages, else in its own with a line on top."""
    asked = asked.strip().casefold()[:2]
    if asked in event.languages and templates.speaks(asked, kind):
        return asked, ""
    own = event.language if templates.speaks(event.language, kind) else "en"
    return own, "" if asked in ("", own) else asked


def domain(event: Event) -> str:
    """The domain of the event's address, in small letters: that of our Message-IDs and UIDs."""
    return event.address.rpartition("@")[2].casefold()


def fields_of(
    event: Event, recipient: str, subject: str, identity: str, language: str, now: datetime, *, auto: str
) -> list[str]:
    """The header fields every mail of ours carries."""
    own = message.address(event.address)
    return [
        message.mailbox("From", event.name, own),
        # Said though it equals From: some gateways put a list's or a user's address into From.
        message.mailbox("Reply-To", event.name, own),
        # The bare address: a display name would be the sender's own words in a header of ours.
        f"To: {recipient}",
        message.words("Subject", subject),
        message.date(now, event.timezone),
        f"Message-ID: {identity}",
        f"Auto-Submitted: {auto}",
        # Exchange heeds this one, not RFC 3834: no out-of-office, receipt or report comes back.
        "X-Auto-Response-Suppress: All",
        # What comes back with this is our own mail, whatever a relay did to the rest (inbound gate, rule 1).
        f"X-Mailflow-Loop: {message.one_token(event.id)}",
        f"Content-Language: {language}",
    ]


def thread_fields(in_reply_to: str, references: str) -> list[str]:
    """In-Reply-To and References for the answer to that mail (RFC 5322 section 3.6.4)."""
    parents = message.message_ids(in_reply_to)[:1]
    chain = message.references(references, *parents)
    found = [message.ids("In-Reply-To", parents[0])] if parents else []
    return [*found, message.ids("References", chain)] if chain else found
