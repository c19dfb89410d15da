"""The few errors of the house, each with one response.

Adapters translate what their libraries raise into these (`raise ... from err`); nothing above
them sees an exception of imaplib, smtplib or sqlalchemy.
"""

from __future__ import annotations


class MailflowError(Exception):
    """Any error of mailflow's own; its text is one line for a person: what is wrong, what to do."""


class ConfigError(MailflowError):
    """The configuration cannot be used. Carries every problem at once; exit status 78."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class BadInput(MailflowError):
    """What a person gave (a file, a date, a reference) cannot be used; exit status 65."""


class TemporaryFailure(MailflowError):
    """Try again later; nothing is lost meanwhile; exit status 75 where a command must stop for it."""


class ServerUnreachable(TemporaryFailure):
    """A server did not answer, or its answer could not be trusted (certificate); exit status 69."""


class DatabaseUnreachable(TemporaryFailure):
    """The database is down, restarts, or refused our login; nothing can be noted in it meanwhile.

    No kin of ServerUnreachable: that one is noted in the database as the mailbox's or the SMTP server's
    trouble, and this one can be noted nowhere. Exit status 69.
    """


class LoginRefused(ServerUnreachable):
    """A server refused our name and password: stop and alarm, never hammer; exit status 69."""


class FolderMissing(ServerUnreachable):
    """The mailbox has no folder of the configured name; exit status 69."""


class DeliveryDeferred(TemporaryFailure):
    """One mail was not taken for now (4yz, a dropped line): again later with the same Message-ID.

    `answer` is the server's last word; `in_doubt` is true where the mail may have been taken
    (the line dropped between the end of DATA and the reply).
    """

    def __init__(self, answer: str, *, in_doubt: bool = False) -> None:
        super().__init__(answer)
        self.answer = answer
        self.in_doubt = in_doubt


class PermanentFailure(MailflowError):
    """Will not succeed by trying again: settle it and tell the organisers."""


class DeliveryRefused(PermanentFailure):
    """One mail was refused for good (5yz). `answer` is the server's last word."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class Unreadable(MailflowError):
    """A message cannot be read at all (too large, too deep): it is set aside, visible, not lost."""


class InvariantBroken(MailflowError):
    """The database refused a change that breaks a promise (a seat sold twice); exit status 70."""
