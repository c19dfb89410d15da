"""Stop 2, the stretches of a body: which of plain text and HTML says what the sender wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailflow.reading import html_text

_LONGEST_LINE = 20_000  # characters of one line; longer ones are cut in two
_SHELL = 400  # characters of a plain part below which the HTML is asked whether it says more
_WORD = re.compile(r"\w+")
_NO_HTML = re.compile(
    r"\bhtml\b|(?:e-?mail|mail)[- ]?(?:client|program|reader|viewer|software)|e-?mailprogramma"
    r"|e-?mail-programm",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of body: plain text, HTML, or both as alternatives."""

    plain: str = ""
    html: str = ""


def text_of(piece: Piece) -> tuple[str, bool]:
    """The plain text; the HTML where there is none, or where the plain part is an empty shell."""
    if not piece.html:
        return piece.plain, False
    if not piece.plain.strip():
        return html_text.to_text(piece.html), True
    if len(piece.plain) < _SHELL:
        from_html = html_text.to_text(piece.html)
        if says_more(from_html, piece.plain) or (from_html.strip() and _is_shell(piece.plain, from_html)):
            return from_html, True
    return piece.plain, False


def _is_shell(plain: str, from_html: str) -> bool:
    """Whether the plain part says nothing but that there is HTML, or nothing at all."""
    said = re.sub(r"\[[^\]]{0,200}\]|&\w{2,6};", " ", plain)
    if not _WORD.search(said):
        return True
    lines = [line for line in said.split("\n") if line.strip()]
    return len(lines) <= 4 and _NO_HTML.search(said) is not None and not _NO_HTML.search(from_html)


def says_more(html: str, plain: str) -> bool:
    """Whether most of what the HTML says is missing from the plain text ("your program shows no HTML")."""
    rich = {w.casefold() for w in _WORD.findall(html)}
    poor = {w.casefold() for w in _WORD.findall(plain)}
    return len(rich) >= 3 and len(rich & poor) < 0.5 * len(rich)


def without_endless_lines(text: str) -> str:
    """The text with lines beyond measure cut."""
    if len(text) <= _LONGEST_LINE:
        return text
    return "\n".join(
        line[i : i + _LONGEST_LINE]
        for line in text.split("\n")
        for i in range(0, len(line) or 1, _LONGEST_LINE)
    )
