"""Stop 7, the courier: hands one mail after the other to the SMTP server (RFC 5321).

Each step of a mail is taken by hand (MAIL, RCPT, DATA, content), because what a lost line means
depends on the step: before the final dot the server cannot have the mail, after it nobody knows.
"""

from __future__ import annotations

import re
import unicodedata

from mailflow.adapters.smtp_line import CourierSettings, LineLost, SmtpLine
from mailflow.core.envelope import Envelope
from mailflow.errors import DeliveryDeferred, DeliveryRefused, LoginRefused, ServerUnreachable

__all__ = ["CourierSettings", "SmtpCourier"]

# A server that drops line after line, taking nothing, is not asked a fourth time in one run.
RECONNECTS = 2
# It wants a login, a better one, or TLS before any mail (RFC 4954 section 6, RFC 3207 section 4).
WANTS_LOGIN = frozenset({530, 534, 535, 538})
# What could end an address inside a command, or the command.
_BREAKS_OUT = re.compile(r"[\x00-\x1f\x7f<>\ud800-\udfff]")


class SmtpCourier:
    """The `Courier` of deliver.py: one connection for as many mails as it bears. For one thread."""

    def __init__(self, settings: CourierSettings) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._line: SmtpLine | None = None
        self._taken = 0  # mails the server took over this line
        self._lost = 0  # lines lost in a row with no mail taken

    def open(self) -> None:
        """Connect, secure, log in; nothing while the line stands.

        Raises LoginRefused, and ServerUnreachable for all else: also once `RECONNECTS` new lines
        were lost like the first with no mail taken. `close` forgets that count.
        """
        if self._line is not None:
            return
        if self._lost > RECONNECTS:
            raise ServerUnreachable(
                f"{self._where}: dropped the line {self._lost} times and took no mail; look at its log"
            )
        self._line, self._taken = SmtpLine(self._settings), 0

    def send(self, envelope: Envelope) -> str:
        """Hand over one mail to its one recipient; the server's last word.

        Raises DeliveryRefused (5yz: this mail will never be taken) and DeliveryDeferred (4yz, or
        the line was lost; `in_doubt` where that was after the final dot). Where it is not about
        this mail at all: LoginRefused, ServerUnreachable.
        """
        line = self._line
        if line is None:
            raise ServerUnreachable(f"{self._where}: not connected; open the courier first")
        try:
            with line.no_longer_than(self._settings.send_limit):
                answer = self._transaction(line, envelope)
        except LineLost as lost:
            line.drop()
            self._line = None
            if self._taken and not lost.data_begun:
                # Servers end a line that has idled or has carried its share. Nothing of this mail
                # has left, so it goes over a fresh line at once, and only once: open() starts
                # `_taken` at 0.
                self.open()
                return self.send(envelope)
            self._lost += 1
            raise DeliveryDeferred(str(lost), in_doubt=lost.in_doubt) from lost
        self._taken, self._lost = self._taken + 1, 0
        return answer

    def close(self) -> None:
        """Say QUIT; never raises."""
        if self._line is not None:
            self._line.quit()
        self._line, self._lost = None, 0

    def _transaction(self, line: SmtpLine, envelope: Envelope) -> str:
        content = with_crlf(envelope.content)
        sender, recipient = for_smtp(envelope.sender), for_smtp(envelope.recipient)
        code, said = line.ask(f"MAIL FROM:<{sender}>{self._options(line, sender, recipient, content)}")
        if code // 100 != 2:
            # But for its size (552) this is not about this mail: a sender the server does not
            # like, or a blocked client, would turn the whole outbox into "failed" in a minute.
            raise self._no(code if code in WANTS_LOGIN or code == 552 else 450, said)
        code, said = line.ask(f"RCPT TO:<{recipient}>")
        if code // 100 == 2:
            code, said = line.ask("DATA")
        if code != 354:
            self._begin_anew(line)
            raise self._no(code, said)
        code, said = line.hand_over(content)
        if code // 100 != 2:
            raise self._no(code, said)
        return said

    def _options(self, line: SmtpLine, sender: str, recipient: str, content: bytes) -> str:
        options = f" SIZE={len(content)}" if line.offers("size") else ""
        # Without the offer 8-bit content goes out all the same: the bytes of a mail never change
        # (rules I6), and servers that cannot carry them have died out.
        if not content.isascii() and line.offers("8bitmime"):
            options += " BODY=8BITMIME"
        if not (sender + recipient).isascii() or not content.partition(b"\r\n\r\n")[0].isascii():
            if not line.offers("smtputf8"):
                raise DeliveryRefused(
                    f"{self._where} has no SMTPUTF8: it cannot carry addresses beyond ASCII"
                )
            options += " SMTPUTF8"
        return options

    def _begin_anew(self, line: SmtpLine) -> None:
        try:
            line.ask("RSET")
        except LineLost:  # the word on this mail stands all the same; the next mail gets a new line
            line.drop()
            self._line = None

    def _no(self, code: int, said: str) -> Exception:
        if code in WANTS_LOGIN:
            said = re.sub(r"\S+@\S+", "...", said)  # this one goes to a log, which carries no addresses
            cure = "check smtp.user, password and tls"
            return LoginRefused(f"{self._where}: takes no mail without a login: {said}; {cure}")
        return DeliveryRefused(said) if code // 100 == 5 else DeliveryDeferred(said)


def with_crlf(content: bytes) -> bytes:
    """The content with every line end as CRLF, the last line ended too.

    A bare CR or LF may not travel (RFC 5321 section 2.3.8): servers differ on whether it ends a
    line, which is how one mail becomes two ("SMTP smuggling").
    """
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def for_smtp(address: str) -> str:
    """The address as it stands in a command: a domain beyond ASCII as its A-labels (RFC 5890).

    Raises DeliveryRefused for one that would break out of the command. A local part beyond ASCII
    stays, and needs SMTPUTF8 (RFC 6531); so does a domain that the A-labels of the standard
    library would turn into another one (those with a German eszett).
    """
    local, at, domain = unicodedata.normalize("NFC", address).rpartition("@")
    if _BREAKS_OUT.search(address) or (" " in address and not local.startswith('"')):
        raise DeliveryRefused("not an address that SMTP can carry")
    if domain.isascii():
        return local + at + domain
    try:
        labels = domain.encode("idna")
        same = labels.decode("idna") == domain.lower()
    except UnicodeError as err:
        raise DeliveryRefused("not a domain that exists") from err
    return local + at + (labels.decode("ascii") if same else domain)
