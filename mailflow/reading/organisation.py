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
from mailflow.reading.names import EMAIL, fold_word, same
from mailflow.reading.sentences import Sentence, squeeze

_SPLIT = re.compile(r"\s*[|•·]\s*|\s+[-–—/]\s+|\t+|\s*,\s+")
_WORD = re.compile(r"[\w&.'’!+-]+")
_PHONE = re.compile(r"\+?\d[\d\s().-]{6,}")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
LONGEST = 9  # words of an organisation's name


def from_signature(lines: Sequence[str], words: NameWords) -> str | None:
    """The organisation in the lines below the text, or None."""
    for line in lines:
        if found := labelled(line, words.grammar.phrases.organisation_labels):
            return squeeze(found)
    department = None  # of the organisation, which may stand below it
    for line in lines:
        for piece in _SPLIT.split(line):
            piece = squeeze(piece).strip(" .,;:*_")
            if not piece or EMAIL.search(piece) or _PHONE.search(piece) or "www." in piece or len(piece) > 80:
                continue
            if found := in_text(piece, words):
                if fold_word(found.split()[0]) not in words.grammar.sets.departments:
                    return found
                department = department or found
    return department


def of_the_domain(lines: Sequence[str], address: str) -> str | None:
    """A piece of the signature that is spelled like the name of the writer's domain, small words and dashes
    aside: "Woonkade" below a mail from i.schouten@woonkade.example. Never guessed: it stands there."""
    domain = address.rpartition("@")[2].rpartition(".")[0].rpartition(".")[2]
    wanted = _NO_LETTER.sub("", fold_name(domain))
    for line in lines:
        for piece in (squeeze(p).strip(" .,;:*_-") for p in _SPLIT.split(line)):
            if len(wanted) > 2 and piece[:1].isupper() and _NO_LETTER.sub("", fold_name(piece)) == wanted:
                return piece
    return None


def named_below(lines: Sequence[str], writer: str, words: NameWords) -> str | None:
    """A line of the signature, in capitals and without a word of an organisation, that is not the writer's
    name, a function or a place behind a comma: "Sanne Meier / Straatwijs"."""
    seen_name = False
    for line in lines:
        pieces = [squeeze(p).strip(" .,;:*_-") for p in _SPLIT.split(line)]
        for piece in pieces[:2]:
            tokens = piece.split()
            if writer and tokens and same(writer, piece):
                seen_name = True
                continue
            if not 2 <= len(tokens) <= 5 or any(c.isdigit() or c in "@:/" for c in piece):
                continue
            small = [
                w
                for w in tokens
                if not w[:1].isupper() and fold_name(w) not in words.grammar.sets.inside_names
            ]
            own_line = len(pieces) == 1 or piece == pieces[0]
            if not seen_name or small or not own_line or not tokens[0][:1].isupper():
                continue
            if any(fold_word(w) in words.not_names or fold_word(w) in words.common for w in tokens):
                continue
            return piece
    return None


def at_the_end(text: str, writer: str, words: NameWords) -> str | None:
    """The last line "Sanne Meier, Bureau Noord", where it was not told apart as a signature."""
    last = text.rstrip().rpartition("\n")[2]
    last = re.split(r"(?<=[.!?])\s+", last)[-1]
    pieces = [squeeze(p).strip(" .,;:*_-") for p in re.split(r"\s*[|•·,]\s*|\s+[-–—/]\s+", last)]
    if len(pieces) < 2 or len(last.split()) > 12 or not writer or not same(writer, pieces[0]):
        return None
    return next((found for piece in pieces[1:] if (found := in_text(piece, words))), None)


def anywhere(sentences: Sequence[Sentence], words: NameWords) -> str | None:
    """The organisation whose name begins a sentence, or stands in one about the writer: the last resort."""
    for sentence in sentences:
        found = in_text(sentence.text, words)
        if found and len(found.split()) > 1 and sentence.text.startswith(found):
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


def _is_telling(folded: str, words: NameWords) -> bool:
    """Does this word say that a name is an organisation's?"""
    return (
        folded in words.organisation_first
        or folded in words.organisation_holds
        or (len(folded) > 6 and folded.endswith(words.organisation_endings))
    )


def belonging(sentences: Sequence[Sentence], words: NameWords) -> str | None:
    """An organisation behind a small word of belonging, in a sentence about the writer or those who come:
    "als beheerder bij Woonstichting X los ik ...", "Als coördinator van Winkelcentrum Y overleg ik ...".

    Only one that begins with a word of organisations and a capital: "van de gemeente" is whom they deal with.
    """
    for sentence in sentences:
        if words.grammar.sets.i.isdisjoint(sentence.words) and words.grammar.sets.others.isdisjoint(
            sentence.words
        ):
            continue
        tokens = list(_WORD.finditer(sentence.text))
        for before, article, token in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
            at = article
            if fold_name(before.group()) not in words.grammar.sets.belonging:
                continue
            if fold_name(article.group()) in words.grammar.sets.articles and token is not None:
                at = token
            if not at.group()[:1].isupper() or not _is_telling(fold_word(at.group()), words):
                continue
            rest = sentence.text[at.start() :]
            if (found := in_text(rest, words)) and rest.startswith(found) and len(found.split()) > 1:
                return found
    return None


def in_text(text: str, words: NameWords) -> str | None:
    """The first run of words in `text` that looks like an organisation's name, or None."""
    tokens = list(_WORD.finditer(text))
    for i, token in enumerate(tokens):
        folded = fold_word(token.group())
        first = folded in words.organisation_first
        telling = _is_telling(folded, words)
        capital = token.group()[:1].isupper()
        if not (first or capital) or (not telling and folded in words.passed_over):
            continue
        end, has = i, telling
        j = i + 1
        while j < len(tokens) and j - i < LONGEST:
            between = text[tokens[j - 1].end() : tokens[j].start()]
            word = tokens[j].group()
            if between.strip() or "\n" in between:
                break
            if (
                word[:1].isupper()
                or word[:1].isdigit()
                or word == "&"
                or fold_word(word) in words.organisation_holds
            ):
                end = j
                has = has or word == "&" or _is_telling(fold_word(word), words)
            elif fold_name(word) not in words.grammar.sets.inside_names and word.casefold() not in {
                "&",
                "'t",
            }:
                break
            j += 1
        if has and end > i:
            return squeeze(text[token.start() : tokens[end].end()]).rstrip(".,") or None
    return None
