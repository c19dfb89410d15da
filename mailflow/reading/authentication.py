"""Between stops 4 and 5: did our own mail server find that the From is genuine? (RFC 8601)

Anybody can write an Authentication-Results field. Only the one counts that our server put on top, known by
the authserv-id the organiser names; all below the first of that name came in with the mail. In doubt: no.
The sealed results of others (ARC) are not ours and do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from mailflow.reading.model import Mail

FIELD = "authentication-results"
_LONGEST = 20_000  # characters of a field
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s;"=/]+|[;=/]')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Result:
    """A method's result ("dkim", "pass") and its properties ("header.d", "dag.example"), in small letters."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...]

    def all(self, *names: str) -> list[str]:
        """The values of the properties of these names."""
        return [value for name, value in self.properties if name in names]


def is_authentic(mail: Mail, trusted: str) -> bool:
    """True if the server of that authserv-id ("" trusts none) says that the mail's From is genuine: DMARC, or
    an aligned DKIM or SPF (RFC 7489 section 3.1, relaxed), passed."""
    if not trusted.strip() or mail.sender is None:
        return False
    author = _domain(mail.sender.email)
    return bool(author) and any(_vouches(result, author) for result in results(mail, trusted))


def results(mail: Mail, trusted: str) -> list[Result]:
    """The results in the topmost field of that authserv-id; none where it cannot be read in full."""
    for value in mail.all(FIELD):
        tokens = _tokens(value)
        if not tokens:  # it may be our server's own, broken by what it repeats: nothing below it counts
            return []
        if _unquoted(tokens[0]).casefold() == trusted.strip().casefold():
            return [*_results(tokens)]
    return []


def _vouches(result: Result, author: str) -> bool:
    if result.result != "pass":
        return False
    match result.method:
        case "dmarc":  # what it passed for is the From; where the field says which, it must be this one
            said = result.all("header.from")
            return all(_aligned(_domain(value), author) for value in said)
        case "dkim":
            said = result.all("header.d", "header.i")
        case "spf":
            said = result.all("smtp.mailfrom")
            # A local part is its sender's own choice; one that was not quoted could speak of other things.
            if any("@" in value for name, value in result.properties if name != "smtp.mailfrom"):
                return False
        case _:
            return False
    return bool(said) and all(_aligned(_domain(value), author) for value in said)


def _aligned(one: str, other: str) -> bool:
    """The same domain, or one above the other and no top-level domain."""
    shorter, longer = sorted((one, other), key=len)
    return shorter.count(".") >= 1 and (longer == shorter or longer.endswith(f".{shorter}"))


def _domain(value: str) -> str:
    """The domain of an address or the domain itself, in A-labels; "" where it is none."""
    domain = value.rpartition("@")[2].strip().strip(".").casefold()
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return domain if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", domain) else ""


def _tokens(value: str) -> list[str]:
    """Quoted strings, words and the marks ; = / of the field, without its comments; none where a comment or a
    quoted string has no end, as then nobody can say what is inside."""
    plain = _without_comments(value[:_LONGEST]) if len(value) <= _LONGEST else None
    if plain is None:
        return []
    tokens = _TOKEN.findall(plain)
    return [] if '"' in _TOKEN.sub("", plain) else tokens


def _without_comments(value: str) -> str | None:
    """The value with a space for each comment (they nest: RFC 5322, 3.2.2); None where one has no end."""
    out: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\" and (quoted or depth):
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
            out.append(" ")
            continue
        elif character == ")" and not quoted:
            if not depth:
                return None
            depth -= 1
            continue
        if not depth:
            out.append(character)
    return None if depth or quoted else "".join(out)


def _results(tokens: list[str]) -> Iterator[Result]:
    """authserv-id [version] *(";" method ["/" version] "=" result *(property "=" value))."""
    head, *rest = _pieces(tokens)
    if len(head) > 1 and head[1:] != ["1"]:
        return  # of a version that nobody knows yet (RFC 8601 section 2.2)
    for piece in rest:
        if len(piece) > 3 and piece[1] == "/":
            piece = [piece[0], *piece[3:]]
        if len(piece) < 3 or piece[1] != "=":
            continue  # "none"
        yield Result(piece[0].casefold(), piece[2].casefold(), tuple(_properties(piece[3:])))


def _pieces(tokens: list[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for word in tokens:
        if word == ";":
            pieces.append([])
        else:
            pieces[-1].append(word)
    return pieces


def _properties(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Each property with its value: the words between its "=" and the next property's name."""
    at = [i for i, word in enumerate(tokens) if word == "=" and i]
    names = [i - 1 for i in at if "." in tokens[i - 1] or tokens[i - 1].casefold() == "reason"]
    for begin, end in pairwise([*names, len(tokens)]):
        value = "".join(_unquoted(token) for token in tokens[begin + 2 : end])
        yield tokens[begin].casefold(), value.casefold()


def _unquoted(token: str) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1]) if len(token) > 1 and token[0] == '"' else token
