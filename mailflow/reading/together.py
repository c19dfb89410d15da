"""Stop 4, third step: what a mail's sentences say when they are seen together."""

from __future__ import annotations

from collections.abc import Set

from mailflow.reading.lexicon import Role
from mailflow.reading.roles import Signs

LETTER = 100  # words from which a mail is a letter, in which much may be said of others
BARE = 3  # words of a yes that says nothing else
SHORT = 7  # words up to which an answer to a question of ours can be a bare yes or no
_SAYS = 0.3  # chance from which a sentence gives up a seat
_OR = (" , of ", " , or ", " , oder ", " , ou ")


def speaks_of_self(body: list[Signs], *roles: Role) -> bool:
    """Does a sentence that takes, gives up or changes a seat say so of the writer?"""
    return any(s.says_i or s.says_mine for s in body if any(s[r] >= 1.0 for r in roles))


def asks(s: Signs) -> bool:
    """True where a person has to answer this sentence: a polite request for a seat is no question."""
    if s[Role.QUESTION] < 1.0 or s[Role.NO_QUESTION] >= 1.0:
        return False
    requests = max(s[Role.REGISTER], s[Role.CANCEL], s[Role.CHANGE], s[Role.ADD])
    return requests < 1.0 or s[Role.DOUBT] >= 1.0


def asks_openly(s: Signs) -> bool:
    """A question that begins with who, what, when ... or with "is": no polite request."""
    return s.sentence.asks and (s.open_question or any(o in s.sentence.folded for o in _OR))


def only_asks(body: list[Signs]) -> bool:
    """Is everything that is said a question?"""
    return bool(body) and all(s.sentence.asks for s in body)


def is_of_the_writer(s: Signs) -> bool:
    return s[Role.RELATIVE] < 1.0 and s[Role.STAYS_AWAY] < 1.0 and s.says_i


def is_doubt(s: Signs) -> bool:
    """Is it coming, or not coming, that is in doubt here?"""
    return s[Role.DOUBT] >= 1.0 or (s[Role.DOUBT] > 0 and s[Role.REGISTER] > 0)


def is_of_others(body: list[Signs], registers: list[Signs]) -> bool:
    """Newsletters and letters say much of signing up: is none of it said of the writer?"""
    if any(s.says_i or s.says_mine or s.says_we for s in registers):
        return False
    words = sum(len(s.sentence.words) for s in body)
    return words > LETTER or any(s[Role.OTHER] >= 1.0 for s in body)


def only_thanks(body: list[Signs], words: int) -> bool:
    """ "Bedankt!" below a question is no answer to it."""
    return words <= SHORT and all(s[Role.THANKS] >= 1.0 and s[Role.INVOLVEMENT] < 1.0 for s in body)


def is_nothing_else(body: list[Signs], words: int) -> bool:
    """ "Ja graag": no word of it says more."""
    more = (Role.THANKS, Role.INVOLVEMENT, Role.CANCEL, Role.CHANGE, Role.ADD, Role.NO)
    return words <= BARE and not any(asks(s) or any(s[r] >= 1.0 for r in more) for s in body)


def comes_after_all(body: list[Signs], relations: Set[str]) -> bool:
    """Does who seems to leave also say that nothing changes ("the course is off, so I just come")? Not where
    it is somebody else who leaves ("my husband cannot; I still come")."""
    gives = [s for s in body if s.likely(Role.CANCEL) >= _SAYS]
    of_others = any(not relations.isdisjoint(s.sentence.words) or s.says_we for s in gives)
    stays = (s for s in body if s[Role.STAYS] >= 1.0 and s not in gives)
    return not of_others and any(s.says_i or len(s.sentence.words) <= SHORT for s in stays)
