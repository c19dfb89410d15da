"""Stop 4, where a letter ends: valediction, closing name, telephone lines, disclaimers.

Works on one stretch of lines without quotes. What is found is only cut where something is left:
a mail that consists of a name stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailflow.reading.disclaimer import is_disclaimer
from mailflow.reading.machine_words import fold
from mailflow.reading.name_shape import is_name, is_person, shares

_MOST_LINES = 14  # written lines of a signature block
_LONG_LINE = 140  # characters; a longer line is a sentence, not an address
_DELIMITER = re.compile(r"-- +$")  # RFC 3676 section 4.3: two dashes and a space
_LIKE_DELIMITER = re.compile(r"\s?(?:--|__|[—–])\s*$")
_RULE = re.compile(r"\s*(?:[_=*~-]{3,}|[-=*_~](?: [-=*_~]){2,})\s*$")
_SENTENCE_END = re.compile(r"(?:[.!?)…]|[^\w\s,:;&/'\"-]|\bx+)\s*$")
_INSIDE = re.compile(r"(?<=[.!?)…,])\s+(?=[^\s])")
_ADDRESS = re.compile(
    r"\S@\S|\bwww\.|https?://|\+?\d[\d ()/.-]{7,}|\|| · |•|\bt:|\btel\b|\bm:|\b\d{4}\s?[A-Z]{2}\b|\bKvK\b"
    r"|\[cid:",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EndingWords:
    """The words of data/quotes.toml by which a letter ends."""

    valedictions: frozenset[str]
    weak: frozenset[str]
    longest: int
    devices: re.Pattern[str]
    disclaimers: tuple[str, ...]
    astray: tuple[str, ...]
    legal: tuple[str, ...]
    postscripts: tuple[str, ...]
    speaking: frozenset[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Which lines are signature; `cut`: line `cut_at` in two, its end being signature."""

    lines: tuple[int, ...] = ()
    cut_at: int = -1
    cut: tuple[str, str] | None = None


def from_data(data: Mapping[str, list[str]]) -> EndingWords:
    """The words out of the parsed data/quotes.toml."""
    words = frozenset(fold(w).strip(" .,") for w in data["valedictions"])
    return EndingWords(
        valedictions=words,
        weak=frozenset(fold(w).strip(" .,") for w in data["weak_valedictions"]),
        longest=max(len(w.split()) for w in words),
        devices=re.compile(
            r"[\s\[(<*_-]{0,6}(?:" + "|".join(f"(?:{p})" for p in data["device_lines"]) + ")", re.IGNORECASE
        ),
        disclaimers=tuple(fold(w) for w in data["disclaimers"]),
        astray=tuple(fold(w) for w in data["astray"]),
        legal=tuple(fold(w) for w in data["legal"]),
        postscripts=tuple(fold(w) for w in data["postscripts"]),
        speaking=frozenset(fold(w) for w in data["speaking"]),
    )


def find(lines: Sequence[str], words: EndingWords, sender: str, *, said_before: bool = False) -> Found:
    """The signature in these lines. `said_before`: the sender wrote something above them already."""
    written = [i for i, line in enumerate(lines) if line.strip()]
    taken = {i for i in written if words.devices.match(lines[i][:160])}
    _take_disclaimers(lines, words, taken, said_before)
    left = [i for i in written if i not in taken]
    if len(left) > 1 and _is_rule(lines[left[-1]]) and left[-1] + 1 in taken:
        taken.add(left.pop())  # the rule above what a virus scanner says
    if not left:
        return Found(tuple(sorted(taken)))
    ending: set[int] = set()
    cut: tuple[str, str] | None = None
    cut_at = -1
    for position, i in enumerate(left):
        tail = left[position + 1 :]
        first = position == 0 and not said_before
        if not first and (
            _DELIMITER.match(lines[i]) or (_is_rule(lines[i]) and _is_block(lines, tail, words))
        ):
            # The typed name may stand above the delimiter.
            name = _closing_name(lines, left[:position], words, sender, said_before=said_before)
            ending = {i, *tail, *name}
            break
        if first:
            continue
        kept = _after_valediction(lines, i, tail, words)
        if kept is not None:
            ending = {i, *(j for j in tail if j not in kept)}
            break
    else:
        cut = _cut_last(lines[left[-1]], words)
        cut_at = left[-1] if cut else -1
        if cut is None:
            ending = _closing_name(lines, left, words, sender, said_before=said_before)
        if cut is None and not ending:
            for position in range(1, min(6, len(left))):  # the name stands below: "Groetjes van mij. / Piet"
                cut = _cut_last(lines[left[-1 - position]], words)
                if cut and all(is_name(lines[j]) or _ADDRESS.search(lines[j]) for j in left[-position:]):
                    cut_at, ending = left[-1 - position], set(left[-position:])
                    break
                cut = None
    return Found(tuple(sorted(taken | ending)), cut_at, cut)


def _take_disclaimers(lines: Sequence[str], words: EndingWords, taken: set[int], said_before: bool) -> None:
    """Paragraphs that a mail server added: something of the sender's stands above."""
    said = said_before
    inside = False
    above_blank = True
    for i, line in enumerate(lines):
        if not line.strip():
            inside, above_blank = False, True
            continue
        starts = said and is_disclaimer(line, words.disclaimers, words.astray, words.legal)
        if inside or (starts and (above_blank or len(line) > 60)):
            taken.add(i)
            inside = True
        elif i not in taken:
            said = True
        above_blank = False


def _after_valediction(
    lines: Sequence[str], i: int, tail: Sequence[int], words: EndingWords
) -> set[int] | None:
    """None if line i is no valediction; else those lines of the tail that are the sender's text again."""
    strength = _valediction(lines[i], words)
    if not strength:
        return None
    if (
        strength == "weak"
        and not (tail and is_name(lines[tail[0]]) and len(tail) <= 8)
        and "," not in lines[i]
    ):
        return None
    kept: set[int] = set()
    paragraph: list[int] = []
    block = 0
    paragraphs: list[list[int]] = []
    for j in tail:
        if paragraph and any(not lines[k].strip() for k in range(paragraph[-1] + 1, j)):
            paragraphs.append(paragraph)
            paragraph = []
        paragraph.append(j)
    if paragraph:
        paragraphs.append(paragraph)
    for number, lines_of in enumerate(paragraphs):
        block += len(lines_of)
        begins = fold(lines[lines_of[0]][:40])
        words_of = {w.strip(".,!?;:()\"'") for j in lines_of for w in fold(lines[j]).split()[:60]}
        postscript = any(re.match(re.escape(p) + r"(?![a-z])", begins) for p in words.postscripts)
        # The first paragraph below the valediction is the name; later ones may be an afterthought.
        speaks = number > 0 and bool(words_of & words.speaking) and _is_prose(lines, lines_of)
        if postscript or speaks or (number > 0 and block > _MOST_LINES and _is_prose(lines, lines_of)):
            kept.update(lines_of)
    if (
        paragraphs
        and len(paragraphs[0]) > 1
        and _is_prose(lines, paragraphs[0][1:])
        and not is_name(lines[paragraphs[0][0]])
    ):
        return None  # a sentence that begins like a valediction
    return kept


def _valediction(line: str, words: EndingWords) -> str:
    """ "strong", "weak" or "": whether the line is a valediction, alone or with a name behind it."""
    if len(line) > 90 or "?" in line:
        return ""
    folded = fold(line).strip(" *_~-–—>•\t")
    tokens = folded.split()
    for length in range(min(words.longest, len(tokens)), 0, -1):
        head = " ".join(tokens[:length])
        bare = head.strip(" .,!;:-–—")
        if bare not in words.valedictions:
            continue
        rest = tokens[length:]
        rest_text = " ".join(line.split()[-len(rest) :]) if rest else ""
        ended = head[-1] in ",.!;:-–—"
        weak = bare in words.weak
        if not rest:
            return "weak" if weak else "strong"
        if any(c.isdigit() for c in rest_text):
            continue
        if weak:
            return "weak" if ended and len(rest) <= 5 and is_name(rest_text) else ""
        if (ended and len(rest) <= 6) or len(rest) <= 3 or (is_name(rest_text) and len(rest) <= 6):
            return "strong"
        if bare.split()[-1] in ("van", "uit", "from", "aus") and len(rest) <= 8:
            return "strong"
        if head.rstrip(",").endswith(("agreer", "recevez")):
            return "strong"
    return ""


def _cut_last(line: str, words: EndingWords) -> tuple[str, str] | None:
    """A line whose end is "... Groetjes, Piet": what stands before, and the end."""
    for gap in list(_INSIDE.finditer(line[-200:]))[-4:]:
        where = max(0, len(line) - 200) + gap.end()
        head, tail = line[:where].rstrip(), line[where:]
        if not (head and 1 < len(tail.split()) <= 8):
            continue  # "..., cheers" alone is part of the sentence
        if _valediction(tail, words) == "strong":
            return head, tail
    return None


def _closing_name(
    lines: Sequence[str], left: Sequence[int], words: EndingWords, sender: str, *, said_before: bool
) -> set[int]:
    """A name below the text without a valediction, with what stands below it."""
    start = len(left) - 1
    while (
        start > 0
        and all(lines[k].strip() for k in range(left[start - 1] + 1, left[start]))
        and left[start] - left[start - 1] == 1
    ):
        start -= 1
    for first in _name_starts(lines, left, start, sender):
        block = left[first:]
        above = left[:first]
        if not above and not said_before:
            continue
        if above and lines[above[-1]].rstrip().endswith((":", ",", ";")):
            short = (
                len(above) > 1
                and lines[above[-1]].rstrip().endswith(",")
                and len(lines[above[-1]].split()) <= 4
            )
            if short and block[0] == above[-1] + 1 and shares(lines[block[0]], sender):
                return {above[-1], *block}  # "Dank u zeer," - a valediction that no list knows
            continue  # "Aanmelden:" - the names below are the message
        if above and _is_item(lines[above[-1]]):
            continue
        if above and not _SENTENCE_END.search(lines[above[-1]]):
            # An open line above ("Graag plaatsen voor") may go on with a name, or head a list of names.
            if not shares(lines[block[0]], sender):
                continue
            if len(block) > 1 and block[0] == above[-1] + 1 and len(lines[above[-1]].split()) <= 3:
                continue
        others = block[1:]
        if len(block) > 8 or any(len(lines[j]) > _LONG_LINE or "?" in lines[j] for j in block):
            continue
        if sum(1 for j in others if is_person(lines[j])) > 1 and not shares(lines[block[0]], sender):
            continue  # several names: a list of people
        if any(_SENTENCE_END.search(lines[j]) and len(lines[j].split()) > 6 for j in others):
            continue
        return set(block)
    return set()


def _name_starts(lines: Sequence[str], left: Sequence[int], start: int, sender: str) -> list[int]:
    """Where a closing name may stand: the sender's own name first, else the top of the last paragraph."""
    last = range(max(0, len(left) - 8), len(left))
    known = [p for p in last if is_name(lines[left[p]]) and shares(lines[left[p]], sender)]
    if start > 0 and is_person(lines[left[start]]) and not lines[left[start]].rstrip().endswith("."):
        known.append(start)
    # Name, blank line, organisation: the paragraph above the last may begin with the name.
    return known


def _is_rule(line: str) -> bool:
    return bool(_RULE.match(line) or _LIKE_DELIMITER.match(line))


def _is_block(lines: Sequence[str], tail: Sequence[int], words: EndingWords) -> bool:
    """Whether these lines look like an address block: few, short, nobody speaking."""
    if not tail or len(tail) > _MOST_LINES:
        return False
    return not any(
        len(lines[j]) > _LONG_LINE
        or "?" in lines[j]
        or _is_item(lines[j])
        or (j != tail[-1] and _is_rule(lines[j]))  # one rule among others
        or {w.strip(".,!") for w in fold(lines[j]).split()} & words.speaking
        for j in tail
    )


def _is_prose(lines: Sequence[str], where: Sequence[int]) -> bool:
    text = " ".join(lines[j].strip() for j in where)
    return len(text.split()) >= 4 and not _ADDRESS.search(text)


def _is_item(line: str) -> bool:
    return bool(re.match(r"\s*(?:[-*•–]|\d{1,2}[.)])\s", line))
