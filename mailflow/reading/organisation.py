"""Stop 4, organisation: which one the writer or the participants say they belong to.

Looked for where people write it: a labelled line, the signature, the display name, "namens ...",
"werk bij ...". Never guessed from the domain of an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.core.contact import fold_name
from mailflow.reading.grammar import labelled
from mailflow.reading.lexicon import NameWords
from mailflow.reading.names import EMAIL, fold_word
from mailflow.reading.sentences import Sentence, squeeze

_SPLIT = re.compile(r"\s*[|•·]\s*|\s+[-–—/]\s+|\t+|\s*,\s+")
_WORD = re.compile(r"[\w&.'’!+-]+")
_PHONE = re.compile(r"\+?\d[\d\s().-]{6,}")
LONGEST = 9  # words of an organisation's name


def from_signature(lines: Sequence[str], words: NameWords) -> str | None:
    """The organisation in the lines below the text, or None."""
    for line in lines:
        if found := labelled(line, words.grammar.phrases.organisation_labels):
            return squeeze(found)
    for line in lines:
        for piece in _SPLIT.split(line):
            piece = squeeze(piece).strip(" .,;:*_")
            if not piece or EMAIL.search(piece) or _PHONE.search(piece) or "www." in piece or len(piece) > 80:
                continue
            if found := in_text(piece, words):
                return found
    return None


def from_display_name(name: str, words: NameWords) -> str | None:
    """The organisation in a From header: "M. Schouten (Gemeente Capelle)", "Stichting X - Jan"."""
    if "@" in name:
        return None
    for piece in re.split(r"\s+[-–|/]\s+|[()]|\s+(?:namens|via)\s+", name):
        if found := in_text(squeeze(piece), words):
            return found
    return None


def from_sentences(sentences: Sequence[Sentence], words: NameWords) -> str | None:
    """The organisation the text itself states, or None."""
    for sentence in sentences:
        if found := labelled(sentence.text, words.grammar.phrases.organisation_labels):
            return squeeze(found)
    for sentence in sentences:
        text = sentence.text
        lowered = text.casefold()
        for before in words.organisation_before:
            at = lowered.find(before + " ")
            while at >= 0:
                if at == 0 or not lowered[at - 1].isalnum():
                    rest = re.sub(
                        r"^(?:de|het|the|our|onze|'t)\s+", "", text[at + len(before) + 1 :], flags=re.I
                    )
                    if (found := in_text(rest, words)) and rest.startswith(found):
                        return found
                at = lowered.find(before + " ", at + 1)
    return None


def in_text(text: str, words: NameWords) -> str | None:
    """The first run of words in `text` that looks like an organisation's name, or None."""
    tokens = list(_WORD.finditer(text))
    for i, token in enumerate(tokens):
        folded = fold_word(token.group())
        first = folded in words.organisation_first
        capital = token.group()[:1].isupper()
        if not (first or capital):
            continue
        end, has = i, first or folded in words.organisation_holds
        j = i + 1
        while j < len(tokens) and j - i < LONGEST:
            between = text[tokens[j - 1].end() : tokens[j].start()]
            word = tokens[j].group()
            if between.strip() or "\n" in between:
                break
            if word[:1].isupper() or word[:1].isdigit() or fold_word(word) in words.organisation_holds:
                end = j
                has = (
                    has
                    or fold_word(word) in words.organisation_holds
                    or fold_word(word) in words.organisation_first
                )
            elif fold_name(word) not in words.grammar.sets.inside_names and word.casefold() not in {
                "&",
                "'t",
            }:
                break
            j += 1
        if has and (end > i or (capital and folded in words.organisation_holds)):
            return squeeze(text[token.start() : tokens[end].end()]).rstrip(".,") or None
    return None
