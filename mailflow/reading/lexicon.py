"""Stop 4, its words: all word lists of reading in one object, made from the texts of the data files.

A cue is a pattern over folded words (the notation stands at the top of data/nl.toml). Every cue is
filed under a word that must be there, so a sentence meets only the few cues it could match; gaps are
bounded, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mailflow.core.model import Event
from mailflow.reading import language, machine_words, privacy, quotes, short_answers
from mailflow.reading.concepts import Concepts, names_of
from mailflow.reading.grammar import Grammar
from mailflow.reading.language import Languages
from mailflow.reading.machine_words import TriageWords
from mailflow.reading.patterns import any_of, compiled, needs
from mailflow.reading.privacy import PrivacyWords
from mailflow.reading.quotes import QuoteMarks
from mailflow.reading.short_answers import AnswerWords
from mailflow.reading.weights import Weights


class Role(StrEnum):
    """What a sentence does for the mail."""

    REGISTER = "register"
    CANCEL = "cancel"
    CHANGE = "change"
    REPLACE = "replace"  # one comes in another's place
    ADD = "add"  # somebody more comes
    QUESTION = "question"
    NO_QUESTION = "no_question"  # a joke, or "could you confirm?"
    DOUBT = "doubt"  # perhaps, if, considering
    EARLIER = "earlier"  # speaks of a registration that exists
    UNREAL = (
        "unreal"  # giving up is only imagined ("mocht ik ..."), or was long ago; weak: in its clause only
    )
    ELSEWHERE = "elsewhere"  # about a newsletter, somebody's birthday: not our event; weak: no cancelling
    STAYS = "stays"  # says that something remains as it was
    THANKS = "thanks"
    OTHER = "other"  # sales, minutes, invoices: nothing of ours
    AUTO = "auto"  # a machine's words
    YES = "yes"
    NO = "no"
    INVOLVEMENT = "involvement"
    AND_ME = "and_me"  # the writer is one of those it speaks of
    FOR_OTHERS = "for_others"  # the writer writes for somebody else
    STAYS_AWAY = "stays_away"  # the writer does not come along
    RELATIVE = "relative"  # "my father would like to come"

    __hash__ = str.__hash__  # that of Enum is written in Python, and roles are looked up all the time


@dataclass(frozen=True, slots=True)
class Cue:
    """One pattern of one role; `strong` decides by itself."""

    role: Role
    strong: bool
    source: str
    regex: re.Pattern[str]
    needs: tuple[frozenset[str], ...] = ()  # of each of these one word must be there too
    denies: bool = False  # holds a negation itself ("kom niet"): another one does not turn it round


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a folded sentence, and where."""

    cue: Cue
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one language."""

    language: str
    filed: Mapping[str, tuple[Cue, ...]]
    unfiled: tuple[Cue, ...]
    question_words: frozenset[str]
    open_words: frozenset[str]  # of those, the ones that never begin a polite request
    negations: frozenset[str]
    no_negation: re.Pattern[str] | None
    idioms: re.Pattern[str] | None  # that say no and mean yes ("niet wachten"): they are not read
    possible: tuple[str, ...]  # "kan ik": a question that begins so asks what may be, gives up nothing
    rounds: Mapping[int, tuple[str, ...]]  # " first round " by number, folded
    wishes: tuple[str, ...]  # words of a sentence that chooses a workshop
    old: tuple[str, ...]  # what stands before a choice that is given up
    asked: Mapping[str, tuple[str, ...]]  # words of our own mails, by what they ask

    def find(self, folded: str) -> Iterator[Hit]:
        """Every cue that matches the folded sentence, at its first place."""
        said = set(folded.split())
        for cue in self._possible_in(said):
            if found := cue.regex.search(folded):
                yield Hit(cue, found.start(), found.end())

    def _possible_in(self, said: set[str]) -> Iterator[Cue]:
        """The cues all of whose words are there, each once."""
        seen: set[int] = set()
        for word in sorted(said & self.filed.keys()):
            for cue in self.filed[word]:
                if id(cue) not in seen:
                    seen.add(id(cue))
                    for options in cue.needs:
                        if options.isdisjoint(said):
                            break
                    else:
                        yield cue
        yield from self.unfiled


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a text, cleaned, and where its first and last character stood."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NameWords:
    """What names of people and organisations look like."""

    titles: frozenset[str]
    particles: frozenset[str]
    not_names: frozenset[str]
    closings: frozenset[str]
    undersigned: frozenset[str]
    relations: frozenset[str]
    seats: frozenset[str]  # words behind a number that make it a number of seats
    own: frozenset[str]
    organisation_first: frozenset[str]
    organisation_holds: frozenset[str]
    organisation_endings: tuple[str, ...]
    organisation_before: tuple[str, ...]
    not_lines: frozenset[str]
    grammar: Grammar
    common: frozenset[str]  # words that begin a sentence with a capital and are no name
    passed_over: frozenset[str]  # words with which no organisation's name begins
    found: dict[tuple[str, bool, bool], tuple[Name, ...]] = field(default_factory=dict)  # looked for before


@dataclass(frozen=True, slots=True)
class Decider:
    """The trained part: what words mean, and the weights of sentences, whole texts, mails, statements and
    people."""

    concepts: Concepts
    sentences: Weights
    texts: Weights
    mails: Weights
    statements: Weights
    people: Weights


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All reading data. Made once, at floor 4, and handed in."""

    cues: Mapping[str, Cues]  # by language
    strange: Mapping[tuple[str, str], frozenset[str]]  # words with cues in the second and none in the first
    names: NameWords
    triage: TriageWords
    quotes: QuoteMarks
    languages: Languages
    answers: AnswerWords
    privacy: PrivacyWords
    decider: Decider
    kept: dict[Event, Mapping[str, str]] = field(default_factory=dict)

    def names_of(self, event: Event) -> Mapping[str, str]:
        """The words of the event's own names, worked out once."""
        if event not in self.kept:
            self.kept[event] = names_of(event, self.decider.concepts, self.names.common)
        return self.kept[event]

    @classmethod
    def from_files(cls, sources: Mapping[str, str]) -> Lexicon:
        """Made from file name -> TOML text; opens no file.

        A file with a `language` holds the cues of that language; `names.toml` what names look like,
        `triage.toml`, `quotes.toml` and `languages.toml` the words of the stops before; `answers.toml` short
        answers, `privacy.toml` wishes about what we keep; `concepts.toml`,
        `sentences.tsv`, `texts.tsv`, `mails.tsv`, `statements.tsv`, `people.tsv` what the trained part needs.
        Raises tomllib.TOMLDecodeError, KeyError or ValueError where a file is not what it should be.
        """
        tables = {name: tomllib.loads(text) for name, text in sources.items() if name.endswith(".toml")}
        languages = language.from_toml(sources["languages.toml"])
        numbers = {w: int(n) for n, line in tables["names.toml"]["numbers"].items() for w in line.split()}
        cues = {
            table["language"]: _cues(table, numbers)
            for table in tables.values()
            if isinstance(table.get("language"), str)
        }
        grammar = Grammar.of(tables["grammar.toml"], numbers)
        seats = tables["names.toml"]["people"]["seats"].split()
        common = frozenset(languages.words) | {word for c in cues.values() for word in c.filed}
        return cls(
            cues=cues,
            strange={
                (a, b): frozenset(cues[b].filed.keys() - (cues[a].filed.keys() if a else set()))
                for a in ("", *cues)
                for b in cues
            },
            names=_name_words(tables["names.toml"], grammar, common),
            triage=machine_words.from_toml(sources["triage.toml"]),
            quotes=quotes.from_toml(sources["quotes.toml"]),
            languages=languages,
            answers=short_answers.from_toml(sources["answers.toml"], numbers, seats),
            privacy=privacy.from_toml(sources["privacy.toml"], numbers),
            decider=Decider(
                Concepts.of(sources["concepts.toml"]),
                Weights.of(sources["sentences.tsv"]),
                Weights.of(sources["texts.tsv"]),
                Weights.of(sources["mails.tsv"]),
                Weights.of(sources["statements.tsv"]),
                Weights.of(sources["people.tsv"]),
            ),
        )


def _name_words(table: dict[str, Any], grammar: Grammar, common: frozenset[str]) -> NameWords:
    people, organisation = table["people"], table["organisation"]
    return NameWords(
        titles=frozenset(people["titles"].split()),
        particles=frozenset(people["particles"].split()),
        not_names=frozenset(people["not_names"].split()),
        closings=frozenset(people["closings"]),
        undersigned=frozenset(people["undersigned"]),
        relations=frozenset(people["relations"].split()),
        seats=frozenset(people["seats"].split()),
        own=frozenset(people["own"].split()),
        organisation_first=frozenset(organisation["first"].split()),
        organisation_holds=frozenset(organisation["holds"].split()),
        organisation_endings=tuple(organisation["endings"].split()),
        organisation_before=tuple(organisation["before"]),
        not_lines=frozenset(organisation["not_lines"].split()),
        grammar=grammar,
        common=common,
        passed_over=common | set(people["not_names"].split()) | grammar.sets.office | grammar.sets.greetings,
    )


def _cues(table: dict[str, Any], numbers: Mapping[str, int]) -> Cues:
    words = {name: tuple(text.split()) for name, text in table["words"].items()}
    negations = frozenset([*table["negation"]["words"].split(), *words["not"]])
    filed: dict[str, list[Cue]] = {}
    unfiled: list[Cue] = []
    for role in Role:
        for strength in ("strong", "weak"):
            for source in table.get(role, {}).get(strength, ()):
                denies = "<not>" in source or not negations.isdisjoint(re.split(r"[ |_?]+", source))
                regex, needed = compiled(source, words, numbers), needs(source, words)
                cue = Cue(role, strength == "strong", source, regex, needed[1:], denies)
                if not needed:
                    unfiled.append(cue)
                for word in needed[0] if needed else ():
                    filed.setdefault(word, []).append(cue)
    return Cues(
        language=table["language"],
        filed={key: tuple(cues) for key, cues in filed.items()},
        unfiled=tuple(unfiled),
        question_words=frozenset(table["question_words"]["first"].split()),
        open_words=frozenset(table["question_words"]["open"].split()),
        negations=frozenset(table["negation"]["words"].split()),
        no_negation=any_of(table["negation"]["not_these"]),
        idioms=any_of(table["negation"]["idioms"]),
        possible=tuple(f" {phrase} " for phrase in table["question_words"]["possible"]),
        rounds={
            int(number): tuple(f" {phrase} " for phrase in phrases)
            for number, phrases in table["rounds"].items()
            if number.isdigit()
        },
        wishes=tuple(f" {phrase} " for phrase in table["rounds"]["wishes"]),
        old=tuple(f" {phrase} " for phrase in table["rounds"]["old"]),
        asked={kind: tuple(f" {p} " for p in phrases) for kind, phrases in table["asked"].items()},
    )
