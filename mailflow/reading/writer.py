"""Stop 4, the writer: the fullest writing of the name in header, closing lines and text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.core.contact import fold_name
from mailflow.reading.lexicon import NameWords
from mailflow.reading.names import (
    EMAIL,
    clean,
    find,
    fold_word,
    fullest,
    is_organisation,
    same,
    shared_surname,
)
from mailflow.reading.sentences import Sentence, fold

MOST_BEHIND = 4  # words of a surname with its particles
_CALLED_BETWEEN = re.compile(
    r"(?:\b[A-Z]\.[ ]?){1,5}\((\w{2,20})\) ?(?=[A-Z]|[a-z]{1,4} )"
)  # "L. (Liesbeth) Kramer"
_A_WORD = re.compile(r"[^\W\d_][\w'’-]+")


@dataclass(frozen=True, slots=True)
class Writer:
    """Who wrote; `joint`: all the names of a joint signature, the writer's too; `office`: from an office's
    address, or signed for one, as a secretary does who writes of others."""

    name: str = ""
    joint: tuple[str, ...] = ()
    office: bool = False

    def is_called(self, name: str) -> bool:
        """Can that be the writer's own name?"""
        return bool(self.name) and same(self.name, name)


def writer_of(
    display: str, signature: Sequence[str], body: Sequence[Sentence], words: NameWords, email: str = ""
) -> Writer:
    """The writer by display name, signature, last words and "mijn naam is ..."; fields may be empty."""
    joint = tuple(shared_surname(display, words)) if display else ()
    display = joint[0] if joint else display
    names = [display] if display else []

    def consider(name: str) -> None:
        if not names or any(same(name, n) for n in names):
            names.append(name)

    def consider_joint(shared: list[str]) -> None:
        nonlocal joint
        if sum(len(n.split()) for n in shared) > sum(len(n.split()) for n in joint):
            joint = tuple(shared)  # "Kees & Jannie" in the header, "Kees en Jannie Vlasblom" below

    for line in signature:
        bare = _CALLED_BETWEEN.sub(r"\1 ", after_closing(line, words))
        if not bare or is_organisation(bare, words) or len(bare.split()) > 8 or EMAIL.search(bare):
            continue
        shared = shared_surname(bare, words)
        if _is_firm(shared, display):
            continue
        if shared and (not display or any(same(display, n) for n in shared)):
            consider_joint(shared)
            consider(next((n for n in shared if not display or same(display, n)), shared[0]))
            continue
        found = find(bare, words, is_name=True) or (
            find(bare, words, lower=True, is_name=True) if len(bare.split()) <= 4 else []
        )
        for name in found[:1]:
            known = any(same(name.text, n) for n in names) or (not names and _in_address(name.text, email))
            if name.start <= 12 and (bare[name.start].isupper() or known):
                consider(name.text)
    closed = after_closing(body[-1].text, words) if body else ""
    if body and (shared := shared_surname(closed, words)) and closed != body[-1].text:
        if not display or any(same(display, n) for n in shared):
            consider_joint(shared)  # "Groeten, Henk van Doorn en Willy Baks" in one line
            consider(next((n for n in shared if not display or same(display, n)), shared[0]))
    elif body and len(body[-1].words) <= 6:
        last = body[-1]
        shared = shared_surname(last.text, words)
        if shared and (not display or any(same(display, n) for n in shared)):
            consider_joint(shared)
        found = find(last.text, words, lower=len(last.words) <= 3, is_name=True)
        last_words = [n.text for n in found[:1] if n.start <= 6 and fold_word(n.text) not in words.common]
        for said in last_words:
            if any(same(said, n) for n in names) or len(said.split()) > 1:
                consider(said)
    introductions = tuple(f" {p} " for p in words.grammar.phrases.introductions)
    for sentence in body:
        for found_name in find(sentence.text, words):
            if not fold(sentence.text[: found_name.start]).endswith(introductions):
                continue
            name_text = found_name.text
            if is_organisation(name_text, words):
                continue
            if any(same(name_text, n) for n in names) or (not names and len(name_text.split()) > 1):
                names.append(name_text)
    called = fullest(names)
    if len(called.split()) == 1:
        called = _with_surname(called, [*signature, *(s.text for s in body)], words)
    return Writer(called, joint)


def _with_surname(name: str, lines: Sequence[str], words: NameWords) -> str:
    """ "Hidde" in the header, "... schrijf me in. hidde roest (welpen)" in the text: the name in full, where
    it ends a line or stands before a bracket or a comma; in small letters too."""
    for line in lines:
        for piece in re.split(r"[,;:.!?()|\[\]]\s*|\s[-–/]\s", line):
            tokens = piece.split()
            folded = [fold_word(w) for w in tokens]
            if fold_word(name) not in folded:
                continue
            at = len(folded) - 1 - folded[::-1].index(fold_word(name))
            behind = tokens[at + 1 :]
            if not 1 <= len(behind) <= MOST_BEHIND or not all(_A_WORD.fullmatch(w) for w in behind):
                continue
            surname = [w for w in behind if w.casefold() not in words.particles]
            if len(surname) == 1 and fold_word(surname[0]) not in words.common | words.not_names:
                return clean(
                    " ".join(tokens[at:]).lower() if surname[0].islower() else " ".join(tokens[at:]), words
                )
    return name


def _is_firm(shared: Sequence[str], display: str) -> bool:
    """ "Verhulst & Koppelaar, architecten" below a mail of Anna Verhulst: surnames, not people."""
    surname = fold_name(display).split()[1:]
    return bool(surname) and any(fold_name(name) == surname[-1] for name in shared)


def _in_address(name: str, email: str) -> bool:
    """ "femke de bruin" and femkedb@...: a word of the name begins the address."""
    local = email.partition("@")[0].casefold()
    return any(len(word) > 2 and local.startswith(word) for word in fold_name(name).split())


def after_closing(line: str, words: NameWords) -> str:
    """A line of the signature without "Groetjes," before the name."""
    folded = fold(line).replace(" ,", "").strip()
    for closing in sorted(words.closings, key=len, reverse=True):
        if folded == closing:
            return ""
        if folded.startswith(f"{closing} "):
            return " ".join(line.replace(",", " ").split()[len(closing.split()) :])
    return line.strip()
