"""Stop 4, second step: what each sentence does for the mail.

A sentence is given its roles by the cues of the lexicon, less what a negation takes away. The cues of
the mail's own language come first; where they say nothing, those of the others are asked: people mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailflow.reading.grammar import Grammar
from mailflow.reading.lexicon import Cues, Hit, Lexicon, Role
from mailflow.reading.sentences import Sentence

_ABOUT_WHOM = frozenset({Role.AND_ME, Role.FOR_OTHERS, Role.STAYS_AWAY, Role.RELATIVE})
_DECIDING = (Role.REGISTER, Role.CANCEL, Role.CHANGE, Role.AUTO, Role.DOUBT, Role.YES, Role.NO)
WEAK = 0.4  # strength of a cue that needs company
_SETTLED = (Role.REGISTER, Role.CANCEL, Role.CHANGE, Role.INVOLVEMENT)
_SURE, _UNLIKELY = 0.5, 0.05  # chances of a role


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model sees of a sentence (features.py). `short`: what counts for the text as a whole too."""

    all: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signs:
    """A sentence and the strength of each of its roles, 0..1."""

    sentence: Sentence
    roles: dict[Role, float] = field(default_factory=dict)
    says_i: bool = False  # speaks of the writer ("ik", "ons")
    says_mine: bool = False  # or of what is the writer's ("mijn")
    says_we: bool = False  # or of the writer and somebody else
    open_question: bool = False  # begins with who, what, when ...: not a polite request
    chances: Mapping[str, float] = field(default_factory=dict)  # by the model; see features.py
    seen: Seen = Seen()

    def likely(self, role: str) -> float:
        """How likely the model holds this role ("register"), or a mail of this intent ("in register")."""
        return self.chances.get(role, 0.0)

    def __getitem__(self, role: Role) -> float:
        return self.roles.get(role, 0.0)

    def settled(self) -> Signs:
        """With the roles that the model is sure of as strong as a strong cue, and those it does not believe
        in as weak: for who looks which sentences take or give up a seat, once the mail's intent is known."""
        roles = dict(self.roles)
        for role in _SETTLED:
            chance = self.likely(role)
            if chance >= _SURE:
                roles[role] = max(1.0, roles.get(role, 0.0))
            elif chance < _UNLIKELY and roles.get(role, 0.0) >= 1.0:
                roles[role] = WEAK
        return replace(self, roles=roles)


_BOUNDARIES = frozenset(
    {",", ":", "?", "maar", "want", "but", "because", "aber", "denn", "mais", "doch", "omdat", "dus", "so"}
)


def clause(folded: str, hit: Hit) -> str:
    """The part of the sentence between the commas and conjunctions around a hit."""
    before = folded[: hit.start].split()
    after = folded[hit.end :].split()
    head: list[str] = []
    for word in reversed(before):
        if word in _BOUNDARIES:
            break
        head.append(word)
    tail: list[str] = []
    for word in after:
        if word in _BOUNDARIES:
            break
        tail.append(word)
    return f" {' '.join(reversed(head))} {folded[hit.start : hit.end].strip()} {' '.join(tail)} "


def _negated(text: str, cues: Cues) -> bool:
    if cues.no_negation:
        text = cues.no_negation.sub(" ", text)
    return any(word in cues.negations for word in text.split())


def _no_real_leaving(sentence: Sentence, folded: str, hit: Hit, unreal: Sequence[Hit], cues: Cues) -> bool:
    """Is the giving up that this cue found denied ("ik meld me niet af"), imagined or long ago?"""
    own = clause(folded, hit)
    if not hit.cue.denies and _negated(own, cues):
        return True
    if sentence.asks and not hit.cue.denies and any(phrase in folded for phrase in cues.possible):
        return True
    return any(
        (u.cue.strong and u.start <= hit.start) or folded[u.start : u.end].strip() in own for u in unreal
    )


_TAKES_OR_GIVES = (Role.REGISTER, Role.CANCEL, Role.CHANGE, Role.REPLACE, Role.ADD)


def signs(sentence: Sentence, cues: Cues, grammar: Grammar) -> Signs:
    """The roles of one sentence in one language."""
    folded = sentence.folded
    if cues.idioms:
        folded = cues.idioms.sub(" ", folded)
    roles: dict[Role, float] = {}
    count: dict[Role, int] = {}
    refused = unmeant = False
    hits = list(cues.find(folded))
    unreal = [hit for hit in hits if hit.cue.role is Role.UNREAL]
    for hit in hits:
        role = hit.cue.role
        strength = 1.0 if hit.cue.strong else WEAK
        if role is Role.REGISTER and _negated(clause(folded, hit), cues):
            refused = refused or hit.cue.strong
            continue
        if role is Role.CANCEL and _no_real_leaving(sentence, folded, hit, unreal, cues):
            unmeant = unmeant or hit.cue.strong
            continue
        roles[role] = max(roles.get(role, 0.0), strength)
        count[role] = count.get(role, 0) + 1
    for role, n in count.items():
        if n > 1 and roles[role] < 1.0:
            roles[role] = min(0.8, roles[role] + 0.2 * (n - 1))
    if refused and Role.CANCEL not in roles:
        roles[Role.CANCEL] = WEAK
    if Role.STAYS in roles and roles[Role.STAYS] >= 1.0 and not roles.get(Role.CANCEL, 0) > 1:
        roles.pop(Role.CANCEL, None)
    if unmeant and Role.REGISTER not in roles:
        roles.pop(Role.DOUBT, None)  # "mocht ik niet kunnen, dan meld ik mij af": no doubt about coming
    elsewhere = roles.get(Role.ELSEWHERE, 0.0)
    for role in _TAKES_OR_GIVES if elsewhere >= 1.0 else (Role.CANCEL,) if elsewhere else ():
        roles.pop(role, None)
    if sentence.asks or (sentence.words and sentence.words[0] in cues.question_words and sentence.asks):
        roles[Role.QUESTION] = max(roles.get(Role.QUESTION, 0.0), 1.0)
    opening = [w for w in sentence.words[:3] if w in cues.open_words]
    said = set(sentence.words)
    return Signs(
        sentence,
        roles,
        says_i=bool(said & grammar.sets.i),
        says_mine=bool(said & grammar.sets.mine),
        says_we=bool(said & grammar.sets.we),
        open_question=bool(opening),
    )


def read_signs(sentences: Iterable[Sentence], lexicon: Lexicon, language: str | None) -> list[Signs]:
    """The roles of every sentence: in the mail's language, else in whichever language says most."""
    grammar = lexicon.names.grammar
    own = lexicon.cues.get(language or "")
    own_name = own.language if own else ""
    others = [(c, lexicon.strange[own_name, c.language]) for c in lexicon.cues.values() if c is not own]
    out = []
    for sentence in sentences:
        found = signs(sentence, own, grammar) if own else Signs(sentence)
        if own is None or not any(s >= 1.0 for role, s in found.roles.items() if role not in _ABOUT_WHOM):
            for cues, strange in others:
                if strange.isdisjoint(sentence.words):
                    continue  # no word of it is of that language alone
                other = signs(sentence, cues, grammar)
                if sum(other.roles.values()) > sum(found.roles.values()) and any(
                    other[r] >= 1.0 for r in _DECIDING
                ):
                    found = other
        out.append(found)
    return out
