"""Stop 4, first step: what the sender typed, apart from what is quoted below and the signature.

Fails open: in doubt a line is kept as the sender's. Nothing here is about one client or language;
the marks are data (data/quotes.toml), handed in. Linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailflow.reading import header_block, html_text, signature
from mailflow.reading.html_marks import HtmlMarks, Zone
from mailflow.reading.model import Mail, Parts

_LONGEST = 5_000  # lines that are looked at; what lies below is quoted
_QUOTED = re.compile(r"\s{0,3}(?:>|[A-Z]{2,3}>(?=\s))")
_HINT = re.compile(
    r"schreef|geschreven|wrote|writes|said|sent|schrieb|geschrieben|[ée]crit|escri|scritt|scrive|escreveu"
    r"|a scris|skrev|skriver|kirjoitti|napisa|pisze|naps|napís|írta|yazdı|đã viết|писа|пише|έγραψε|写|寫|書き"
    r"|メール|작성|كتب|מאת|писан|@[^\s@]{3,80}:\s*$|GMT[+-]|>>>|>\s*[:：]?\s*$",
    re.I,
)
_EVIDENCE = re.compile(r"\S@\S|\d:\d\d|\b(?:19|20)\d\d\b|>>>")
_RULE = re.compile(r"\s*[_=*~-]{4,}\s*$")
_BLANKS = re.compile(r"\n{3,}")
# Who speaks so tells a story; no mail program does.
_SELF = re.compile(
    r"\bI\b|(?i:\b(?:ik|wij|mijn|ons|ich|wir|mein\w*|je|nous|vous|my|jeg|jag|я|мы)\b)|\b[Mm](?:a|on)\s+[a-zà-ÿ]"
)
_SENTENCE = re.compile(r"[.!?]\s*$")
_MOST_TRIES = 300  # lines that may begin an attribution; a text with more of them is looked at no further
_DASHES = re.compile("[\u2010-\u2015]")
_LONGEST_SEPARATOR = 250  # characters
_LETTER = re.compile(r"[^\W\d_]|>>>|##-")
_TITLE = re.compile(r"\s*-{3,}[^-]{1,60}-{3,}\s*$")
_TIME, _AT = re.compile(r"\d[:.h]\d\d"), re.compile(r"\S@\S")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{4}年")
# "Ik kom graag. On Tue, 6 Nov 2018 ... wrote:": what stands before was typed by the sender.
_ON_A_DAY = r"(?:On|Op|Am|Le|El|Il|Em|Den|På|W dniu)\s+(?:[^\W\d_]{2,10}[.,]{0,2}\s+){0,3}\d"
_INSIDE = re.compile(rf"(?<=\S)(?:---?)?\s+(?={_ON_A_DAY})")
_BEGINNING = re.compile(rf"\s*(?:{_ON_A_DAY}|\d{{1,4}}[-/.]\d)")


class Kind(StrEnum):
    """What a line is."""

    NEW = "new"
    QUOTE = "quote"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class QuoteMarks:
    """The content of data/quotes.toml, compiled."""

    attribution: re.Pattern[str]
    separator: re.Pattern[str]
    headers: header_block.HeaderWords
    endings: signature.EndingWords
    html: HtmlMarks


def from_toml(text: str) -> QuoteMarks:
    """The marks out of the text of data/quotes.toml. Raises tomllib.TOMLDecodeError, KeyError, re.error."""
    data = tomllib.loads(text)
    html = data["html"]
    return QuoteMarks(
        attribution=_any_of(data["attributions"]),
        separator=_any_of(data["separators"]),
        headers=header_block.from_data(data),
        endings=signature.from_data(data),
        html=HtmlMarks(
            **{name: frozenset(html[name]) for name in ("quotes", "containers", "rests", "signatures")}
        ),
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"[\s*]{0,6}(?:" + "|".join(f"(?:{p})" for p in patterns) + ")", re.IGNORECASE)


def of_mail(mail: Mail, marks: QuoteMarks) -> Parts:
    """The parts of a mail's body: its HTML's own marks are used where the text was made from HTML."""
    name = mail.sender.name if mail.sender else ""
    return split(mail.text, marks, html=mail.html if mail.from_html else "", sender=name)


def split(text: str, marks: QuoteMarks, html: str = "", sender: str = "") -> Parts:
    """The body taken apart.

    `html`: the part that the text was made from, for the client's own marks. `sender`: the display
    name, which tells a closing name from other words. The signature begins at the valediction
    ("Met vriendelijke groet,") or, where there is none, at the typed name.
    """
    zoned = html_text.lines(html, marks.html) if html else [(line, Zone.NEW) for line in text.split("\n")]
    looked_at = [shared for line, zone in zoned[:_LONGEST] for shared in _unshared(line, zone, marks)]
    lines = [line for line, _ in looked_at]
    below = [line for line, _ in zoned[_LONGEST:]]
    kinds = [_kind_of(line, zone) for line, zone in looked_at]
    _above_quotes(lines, kinds)
    _quote_below_marks(lines, kinds, marks)
    _cut_signatures(lines, kinds, marks, sender)

    def of_kind(kind: Kind) -> str:
        return _BLANKS.sub(
            "\n\n", "\n".join(line for line, k in zip(lines, kinds, strict=True) if k is kind)
        ).strip("\n ")

    quoted = "\n".join([of_kind(Kind.QUOTE), *below]).strip("\n ")
    return Parts(new=of_kind(Kind.NEW), quoted=quoted, signature=of_kind(Kind.SIGNATURE))


def _kind_of(line: str, zone: Zone) -> Kind:
    if zone is Zone.QUOTE or _QUOTED.match(line):
        return Kind.QUOTE
    return Kind.SIGNATURE if zone is Zone.SIGNATURE else Kind.NEW


def _quote_below_marks(lines: list[str], kinds: list[Kind], marks: QuoteMarks) -> None:
    """Attribution lines, separators and header blocks, and what lies below them."""
    hints = [bool(_HINT.search(line[:400])) for line in lines]
    at = tries = 0
    while at < len(lines):
        marked = lines[at].startswith(">>> ")  # GroupWise's separator looks like a quoted line
        if not lines[at].strip() or (kinds[at] is not Kind.NEW and not marked):
            at += 1
            continue
        if _is_separator(lines[at], marks) or (not marked and header_block.begins(lines, at, marks.headers)):
            start = at
            while start and (not lines[start - 1].strip() or _is_rule(lines[start - 1])):
                start -= 1
            kinds[start:] = [Kind.QUOTE] * (len(kinds) - start)
            return
        tries += any(hints[at : at + 4])
        length = 0 if marked or tries > _MOST_TRIES else _attribution(lines, hints, at, marks)
        follows = _next_written(lines, at + length) if length else None
        told = length and _tells(" ".join(lines[at : at + length]))
        if told and follows is not None and kinds[follows] is not Kind.QUOTE:
            length = 0
        if length and (
            follows is None
            or kinds[follows] is Kind.QUOTE
            or _EVIDENCE.search(" ".join(lines[at : at + length]))
        ):
            kinds[at : at + length] = [Kind.QUOTE] * length
            if follows is not None and kinds[follows] is not Kind.QUOTE:
                # Not a mark on any line below (Outlook for iPhone and the like): all of it is quoted.
                kinds[at:] = [Kind.QUOTE] * (len(kinds) - at)
                return
            at += length
            continue
        at += 1


def _tells(said: str) -> bool:
    """Whether somebody speaks; a moment and an address together are of a program, whatever its names."""
    return _SELF.search(said) is not None and not (
        _DATED.search(said) and _TIME.search(said) and _AT.search(said)
    )


def _is_separator(line: str, marks: QuoteMarks) -> bool:
    line = _DASHES.sub("-", line) if len(line) <= _LONGEST_SEPARATOR else ""
    fits = _LETTER.search(line) is not None
    return fits and marks.separator.match(line) is not None


def _next_written(lines: Sequence[str], at: int) -> int | None:
    return next((i for i in range(at, min(at + 5, len(lines))) if lines[i].strip()), None)


def _attribution(
    lines: Sequence[str], hints: Sequence[bool], at: int, marks: QuoteMarks, most: int = 4
) -> int:
    """How many lines from here, `most` at most, are "on ... somebody wrote:"; 0 if they are not."""
    joined = ""
    hinted = False
    for length in range(1, most + 1):
        if at + length > len(lines) or not lines[at + length - 1].strip() or len(joined) > 400:
            return 0
        joined = f"{joined} {lines[at + length - 1].strip().removeprefix('>').strip()}".strip()
        hinted = hinted or hints[at + length - 1]
        if hinted and marks.attribution.match(joined[:500]):
            return 0 if length > 1 and _is_above(lines, hints, at, length, marks) else length
    return 0


def _is_above(lines: Sequence[str], hints: Sequence[bool], at: int, length: int, marks: QuoteMarks) -> bool:
    """ "Ik kom graag." on the line above an attribution is not part of it."""
    return any(
        _attribution(lines, hints, start, marks, at + length - start) == at + length - start
        for start in range(at + 1, at + length)
        if _BEGINNING.match(lines[start]) or not any(map(_EVIDENCE.search, lines[at:start]))
    )


def _unshared(line: str, zone: Zone, marks: QuoteMarks) -> Iterator[tuple[str, Zone]]:
    """ "Ik kom graag. On Tue, 6 Nov 2018 ... wrote:" as two lines."""
    if zone is Zone.NEW and line.rstrip().endswith((":", "：")) and _HINT.search(line[:400]):
        found = _INSIDE.search(line[:300])
        if found and marks.attribution.match(line[found.end() : 500]):
            yield line[: found.start()], zone
            line = line[found.end() :]
    yield line, zone


def _above_quotes(lines: Sequence[str], kinds: list[Kind]) -> None:
    """Whatever its language: the line above marked quotes that has a date and an address, and ends in a colon
    or in that address, tells whose words they are."""
    for i in range(1, len(lines)):
        if kinds[i] is not Kind.QUOTE or kinds[i - 1] is Kind.QUOTE:
            continue
        last = i - 1
        while last >= 0 and i - last < 4 and not lines[last].strip():
            last -= 1
        if last < 0 or kinds[last] is not Kind.NEW or not lines[last].rstrip().endswith((":", ">", "：")):
            continue
        for first in range(last, max(-1, last - 3), -1):
            said = " ".join(lines[first : last + 1])
            if (
                kinds[first] is not Kind.NEW
                or not lines[first].strip()
                or len(said) > 400
                or _SELF.search(said)
            ):
                break
            if first < last and (_SENTENCE.search(lines[first]) or not _AT.search(said)):
                break
            dated = _DATED.search(said)
            if (dated and (_AT.search(said) or _TIME.search(said))) or (
                _TIME.search(said) and _AT.search(said)
            ):
                kinds[first : last + 1] = [Kind.QUOTE] * (last + 1 - first)
                break


def _is_rule(line: str) -> bool:
    return bool(_RULE.match(line) or _TITLE.match(line))


def _cut_signatures(lines: list[str], kinds: list[Kind], marks: QuoteMarks, sender: str) -> None:
    """Find the signature in each stretch between quotes; a stretch that would be all signature stays."""
    start = 0
    while start < len(lines):
        if kinds[start] is not Kind.NEW:
            start += 1
            continue
        end = start
        while end < len(lines) and kinds[end] is Kind.NEW:
            end += 1
        stretch = lines[start:end]
        said_before = any(kinds[i] is Kind.NEW and lines[i].strip() for i in range(start))
        found = signature.find(stretch, marks.endings, sender, said_before=said_before)
        if found.cut is not None:  # "... graag erbij. Groetjes, Piet" on one line
            head, tail = found.cut
            where = start + found.cut_at
            lines[where : where + 1] = [head, tail]
            kinds[where : where + 1] = [Kind.NEW, Kind.SIGNATURE]
            end += 1
            stretch = lines[start:end]
        for offset in found.lines:
            shift = 1 if found.cut is not None and offset > found.cut_at else 0
            kinds[start + offset + shift] = Kind.SIGNATURE
        start = end
