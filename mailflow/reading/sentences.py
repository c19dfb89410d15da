"""Stop 4, first step: what was typed, cut into sentences and folded for the cues.

Pure text work: no word lists. A sentence ends at . ! ? or an empty line; the lines of a hard-wrapped
paragraph are joined, the lines of a list or a signature are kept apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

MOST = 150  # sentences read of one mail: a longer one is not read further
LONGEST = 700  # characters of one sentence
_MARKS = frozenset({",", ":", "?"})
_QUOTES = str.maketrans("’‘´", "'''")
_TOKEN = re.compile(r"[\w#+]+(?:[.'/@-][\w#]+)*|'\w+|[,:?;()]")
# A point ends a sentence only before white space and not after an initial or a common abbreviation.
_END = re.compile(r"(?<=[.!?…])[\"'”’)]?\s+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|dr|drs|ir|ing|mr|mw|mevr|dhr|prof|st|nr|no|tel|bijv|evt|incl|excl|nl|ca|p\.s|t\.a\.v|"
    r"i\.v\.m|m\.b\.t|d\.w\.z|mrs|ms|okt|nov|dec|sept|jan|feb|bzw|z\.b|[A-Z]\.[A-Z])\.$",
    re.IGNORECASE,
)
_NAME_WITH_MARK = re.compile(r"\b[A-Z]{2,}[!?]$")
_AS = re.compile(r"(?:^|[\s(])(?:a\.s|e\.d|jl|o\.a|z\.s\.m)\.$", re.IGNORECASE)  # these end a sentence too
_ROW = re.compile(r"\S ?\t ?\S|\S \| [^|]*\S \| \S")
_BULLET = re.compile(r"^\s*(?:[-*•·–+]|\d{1,2}[.)]|[a-z]\))\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: as typed (white space reduced to single spaces), and folded for the cues."""

    text: str
    folded: str  # " word word , word ? ": lower case, no accents, single spaces, one at each end
    asks: bool  # ends in a question mark
    line: int = 0  # which line of the text it begins on
    row: bool = False  # a row of a table
    words: tuple[str, ...] = field(init=False)  # the folded words, without punctuation

    def __post_init__(self) -> None:
        words = tuple(w for w in self.folded.split() if w not in _MARKS)
        object.__setattr__(self, "words", words)


def fold(text: str) -> str:
    """Lower case, without accents, words and , : ? kept, one space between, before and after."""
    if not text.isascii():
        text = text.translate(_QUOTES)
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.replace("`", "'")
    tokens = ["," if t in {";", "(", ")"} else t for t in _TOKEN.findall(text.casefold())]
    return f" {' '.join(tokens)} "


def squeeze(text: str) -> str:
    """Every run of white space (no-break spaces too) as one space; none at the ends."""
    return " ".join(text.split())


def _as_shown(piece: str) -> str:
    """As typed, on one line; between the cells of a row a tab is left."""
    return "\t".join(squeeze(cell) for cell in piece.split("\t")) if "\t" in piece else squeeze(piece)


def split(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text in order, empty ones dropped; at most 150."""
    out: list[Sentence] = []
    for number, block in _blocks(text):
        for piece in _pieces(_BULLET.sub("", block)):
            folded = fold(piece)
            if folded.strip():
                asks = piece.rstrip(" \"'”)").endswith("?")
                out.append(Sentence(_as_shown(piece), folded, asks, number, "\t" in piece))
            if len(out) >= MOST:
                return tuple(out)
    return tuple(out)


def _blocks(text: str) -> list[tuple[int, str]]:
    """Lines, with those of a hard-wrapped paragraph joined; with the number of their first line."""
    blocks: list[tuple[int, str]] = []
    open_ = False  # may the next line go on?
    lines = text.split("\n")
    wide = sum(1 for line in lines if 55 <= len(line.rstrip()) <= 80)
    for number, line in enumerate(lines):
        stripped = line.strip()
        if not stripped:
            open_ = False
            continue
        if open_ and "\t" not in stripped and not _BULLET.match(line):
            first, joined = blocks[-1]
            blocks[-1] = (first, f"{joined} {stripped}")
        else:
            blocks.append((number, stripped))
        # A line goes on where it was wrapped by width, or where it plainly breaks off.
        following = next((li for li in lines[number + 1 : number + 2]), "").strip()
        wrapped = len(stripped) >= 50 and wide >= 2 and not stripped.endswith((".", "!", "?", ":", ";"))
        goes_on = (
            bool(following) and following[0].islower() and not stripped.endswith((".", "!", "?", ":", ";"))
        )
        joins = wrapped or (goes_on and len(stripped) > 30)
        open_ = bool(following) and "\t" not in stripped and joins
    return blocks


def _pieces(block: str) -> list[str]:
    """A block cut at the ends of its sentences."""
    out: list[str] = []
    begin = 0
    if _ROW.search(block):
        return [block[:LONGEST]]  # the cells of a row belong together
    for end in _END.finditer(block):
        before = block[begin : end.start()]
        if _ABBREVIATION.search(before[-12:]) and not before.endswith(("!", "?")):
            continue
        if _NAME_WITH_MARK.search(before[-20:]) and block[end.end() : end.end() + 1].islower():
            continue  # "BART! is ..."
        if _AS.search(before[-6:]) and block[end.end() : end.end() + 1].islower():
            continue
        out.append(before)
        begin = end.end()
    out.append(block[begin:])
    short: list[str] = []
    for piece in out:
        while len(piece) > LONGEST:
            cut = piece.rfind(" ", 0, LONGEST)
            cut = cut if cut > 0 else LONGEST
            short.append(piece[:cut])
            piece = piece[cut:]
        short.append(piece)
    return short
