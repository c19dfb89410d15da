"""Which of our mails is answered: a Message-ID that carries kind, reference and an HMAC.

`<mf.KIND.REF.NONCE.MAC@domain>`. Only the holder of the event's secret can make one, so its return
in In-Reply-To or References shows that the writer has read our mail (rules: identity). The short
reference in the subject proves nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

_SHAPE = re.compile(
    r"<?mf\.([a-z_]{1,20})\.([A-Za-z0-9-]{1,40})\.([0-9a-f]{16})\.([0-9a-f]{20})@([^<>\s@]+)>?"
)


@dataclass(frozen=True, slots=True)
class Thread:
    """A mail of ours that was answered: its kind, the registration's reference ("" if none)."""

    kind: str
    ref: str
    message_id: str


def _mac(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:20]


def message_id(secret: bytes, domain: str, kind: str, ref: str, cause: str) -> str:
    """The Message-ID (RFC 5322 section 3.6.4, with angle brackets) of the mail with that cause.

    The same cause always gives the same Message-ID, so that a mail sent twice is one mail.
    """
    ref = ref or "0"
    nonce = hashlib.sha256(cause.encode()).hexdigest()[:16]
    return f"<mf.{kind}.{ref}.{nonce}.{_mac(secret, kind, ref, nonce, domain)}@{domain}>"


def find(secret: bytes, domain: str, text: str) -> Thread | None:
    """The last of our own Message-IDs in `text` (a References or In-Reply-To field) whose HMAC is right."""
    for kind, ref, nonce, mac, at in reversed(_SHAPE.findall(text)):
        if at.casefold() == domain.casefold() and hmac.compare_digest(
            mac, _mac(secret, kind, ref, nonce, domain)
        ):
            return Thread(kind, "" if ref == "0" else ref, f"<mf.{kind}.{ref}.{nonce}.{mac}@{at}>")
    return None
