"""Between stops 6 and 7: one mail of ours, in its final bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail to one recipient, as it will leave, now or at any later attempt (rules I6).

    `cause` is trigger:kind:recipient and unique in the outbox: asked for twice, it is sent once.
    `content` is the complete message with CRLF line ends.
    """

    cause: str
    kind: str
    sender: str  # envelope sender (MAIL FROM); empty for the null return path
    recipient: str
    message_id: str
    content: bytes
    ref: str = ""


def words_of(content: bytes) -> str:
    """What a mail of ours says: its subject and its plain text."""
    message = message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",))
    return f"{message['Subject']}\n{body.get_content() if body else ''}"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An envelope taken from the outbox for sending: in state `sending`, its attempt counted."""

    id: int
    envelope: Envelope
    attempts: int  # this one included
    first_tried_at: datetime | None
