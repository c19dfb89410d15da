"""Stop 4, projects: which example projects a text names, and which workshop is wanted in which round.

Everything comes from the event: name, alias, leader, a place that belongs to one project only. Small
misspellings are matched; where two projects are about as near, neither is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from mailflow.core.model import Event
from mailflow.reading.lexicon import Lexicon
from mailflow.reading.sentences import Sentence, fold, split

SHORT = 5  # letters up to which a name of one word must stand out (capitals, "!", a workshop word)
_MISSPELT_FROM = 7  # letters of a name from which a misspelling is still that name and no other word
_WRONG_LETTERS = 2  # of a misspelling
_MOST_KEPT = 20_000  # words remembered
_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A project named in a folded text, and where (characters)."""

    project: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finder:
    """The names of an event's projects, prepared for finding them in folded text."""

    exact: Mapping[str, str]  # letters only -> project id
    near: Mapping[str, tuple[tuple[str, str], ...]]  # first letter -> names long enough to be misspelt
    first: frozenset[str]  # letters with which a name begins
    rounds: tuple[int, ...]
    times: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # round -> its beginning as written
    kept: dict[str, tuple[str, float] | None] = field(default_factory=dict)  # words looked up before

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, event: Event) -> Finder:
        """Made from the event's projects and rounds, once."""
        keys: dict[str, str | None] = {}
        places = [p.place.casefold() for p in event.projects]
        location = fold(event.location)
        for project in event.projects:
            names = [project.name, *project.aliases, *project.leaders]
            own = project.place and places.count(project.place.casefold()) == 1
            if (
                own
                and fold(project.place) not in location
                and len(project.place.split("-")) + project.place.count(" ") > 1
            ):
                names.append(project.place)
            for name in names:
                letters = _LETTERS.sub("", fold(name))
                if letters:
                    # A name two projects share names neither.
                    keys[letters] = project.id if keys.get(letters, project.id) == project.id else None
        times = {}
        for r in event.rounds:
            if found := re.match(r"\s*(\d{1,2})[:.](\d\d)", r.time):
                hour, minute = found.groups()
                forms = [f"{hour}.{minute}", f"{hour}:{minute}", f"{hour} : {minute}"]
                forms += [f"{hour} uur", f"{hour}u", f"{hour}h", f"{hour} uhr"] if minute == "00" else []
                times[r.number] = tuple(f" {form} " for form in forms)
        exact = {letters: project for letters, project in keys.items() if project is not None}
        near: dict[str, tuple[tuple[str, str], ...]] = {}
        for letters, project_id in exact.items():
            if len(letters) >= _MISSPELT_FROM:
                near[letters[0]] = (*near.get(letters[0], ()), (letters, project_id))
        return cls(
            exact=exact,
            near=near,
            first=frozenset(letters[0] for letters in exact),
            rounds=tuple(r.number for r in event.rounds),
            times=times,
        )

    def find(self, sentence: Sentence, wishing: bool) -> list[Mention]:
        """The projects named in the sentence, in order, each place once."""
        words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"[^ ]+", sentence.folded)]
        words = [w for w in words if w[0] not in {",", ":", "?"}]
        parts = [(_LETTERS.sub("", w), s, e) for w, s, e in words]
        found: list[tuple[float, int, int, str]] = []
        for i in range(len(parts)):
            if parts[i][0][:1] not in self.first:
                continue
            joined = ""
            for j in range(i, min(i + 6, len(parts))):
                joined += parts[j][0]
                if len(joined) > 60:
                    break
                best = self._nearest(joined)
                if best and self._stands_out(best, joined, sentence, wishing):
                    found.append((best[1], parts[i][1], parts[j][2], best[0]))
        found.sort(key=lambda f: (-f[0], -(f[2] - f[1])))
        taken: list[Mention] = []
        for _, start, end, project in found:
            if all(end <= m.start or start >= m.end for m in taken):
                taken.append(Mention(project, start, end))
        return sorted(taken, key=lambda m: m.start)

    def _nearest(self, joined: str) -> tuple[str, float] | None:
        """The project whose name is nearest, and how near (1.0 exact); None without a clear gap."""
        if project := self.exact.get(joined):
            return project, 1.0
        alike = self.near.get(joined[:1])
        if not alike or len(joined) < _MISSPELT_FROM - _WRONG_LETTERS:
            return None
        if joined in self.kept:
            return self.kept[joined]
        best: dict[str, float] = {}
        for key, project in alike:
            if abs(len(key) - len(joined)) <= _WRONG_LETTERS:
                near = 1 - _distance(key, joined, _WRONG_LETTERS) / len(key)
                best[project] = max(best.get(project, 0.0), near)
        ranked = sorted(best.items(), key=lambda b: -b[1])
        clear = len(ranked) < 2 or ranked[0][1] - ranked[1][1] >= 0.1
        found = ranked[0] if ranked and ranked[0][1] >= 0.8 and clear else None
        if len(self.kept) < _MOST_KEPT:
            self.kept[joined] = found
        return found

    def _stands_out(self, best: tuple[str, float], joined: str, sentence: Sentence, wishing: bool) -> bool:
        """A short name of one word is also somebody's first name or a common word."""
        if len(joined) > SHORT or wishing:
            return True
        return (
            bool(re.search(rf"\b{re.escape(joined.upper())}\b", sentence.text))
            or f"{joined}!" in sentence.text.casefold()
        )


def _distance(one: str, other: str, most: int) -> int:
    """Edit distance, or a number above `most` as soon as it must be larger."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a != b)))
        if min(row) > most:
            return most + 99
    return row[-1]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted per round, and which sentences speak of projects."""

    rounds: Mapping[int, str]
    sentences: frozenset[int]  # that choose a workshop, by index
    naming: frozenset[int]  # that name a project, for whatever reason


def wishes(sentences: Iterable[Sentence], finder: Finder, lexicon: Lexicon) -> Wishes:
    """The workshop wanted per round, and which sentences speak of workshops rather than of involvement."""
    wanted: dict[int, str] = {}
    about: set[int] = set()
    naming: set[int] = set()
    pending: int | None = None  # "Ronde 1" alone on a line, the project on the next
    columns: dict[int, int] = {}  # of a table whose head names the rounds
    for index, sentence in enumerate(sentences):
        if sentence.row and (chosen := _by_columns(sentence, columns, finder, lexicon)):
            wanted = {**chosen, **wanted}  # of several people the first says it for all
            naming.add(index)
            about.add(index)
            continue
        marks = _marks(sentence.folded, finder, lexicon)
        wishing = bool(marks) or any(w in sentence.folded for c in lexicon.cues.values() for w in c.wishes)
        mentions = finder.find(sentence, wishing)
        if not mentions:
            pending = marks[0][0] if len(marks) == 1 and len(sentence.words) <= 4 else None
            continue
        if pending and not marks and len(sentence.words) <= 8:
            marks = [(pending, 0, 0)]
            wishing = True
        pending = None
        naming.add(index)
        if wishing:
            about.add(index)
        new = [m for m in mentions if not _given_up(sentence.folded, m, lexicon)] or mentions
        for number, project in _assign(marks, new, sentence.folded):
            wanted[number] = project
    return Wishes(wanted, frozenset(about), frozenset(naming))


def _by_columns(row: Sentence, columns: dict[int, int], finder: Finder, lexicon: Lexicon) -> dict[int, str]:
    """The project per round in this row of a table. A head ("Naam, Ronde 1, Ronde 2") fills `columns`."""
    cells = [next(iter(split(cell)), None) for cell in row.text.split("\t")]
    heads = {at: _marks(cell.folded, finder, lexicon) for at, cell in enumerate(cells) if cell}
    if not any(cell and finder.find(cell, True) for cell in cells):
        columns.update({at: marks[0][0] for at, marks in heads.items() if len(marks) == 1})
        return {}
    found = {n: finder.find(c, True) for at, n in columns.items() if at < len(cells) and (c := cells[at])}
    return {number: mentions[0].project for number, mentions in found.items() if mentions}


def _marks(folded: str, finder: Finder, lexicon: Lexicon) -> list[tuple[int, int, int]]:
    """(round, start, end) of each round named, in order; the longest words win."""
    found: list[tuple[int, int, int]] = []
    for cues in lexicon.cues.values():
        for number, phrases in cues.rounds.items():
            if number not in finder.rounds:
                continue
            for phrase in (*phrases, *finder.times.get(number, ())):
                at = folded.find(phrase)
                while at >= 0:
                    found.append((number, at + 1, at + len(phrase) - 1))
                    at = folded.find(phrase, at + 1)
    found.sort(key=lambda f: -(f[2] - f[1]))
    taken: list[tuple[int, int, int]] = []
    for number, start, end in found:
        if all(end <= s or start >= e for _, s, e in taken):
            taken.append((number, start, end))
    return sorted(taken, key=lambda t: t[1])


def _given_up(folded: str, mention: Mention, lexicon: Lexicon) -> bool:
    """ "niet X", "in plaats van X", "van X naar Y": the old choice is named and must lose."""
    before = " " + " ".join(folded[: mention.start].split()[-4:]) + " "
    after = folded[mention.end :]
    for cues in lexicon.cues.values():
        for phrase in cues.old:
            for filler in ("", "de ", "the "):
                if before.endswith(f"{phrase}{filler}"):
                    if phrase in (" van ", " from ", " von "):
                        return any(f" {to} " in after for to in ("naar", "to", "nach", "zu"))
                    return True
    return False


def _assign(marks: list[tuple[int, int, int]], mentions: list[Mention], folded: str) -> list[tuple[int, str]]:
    """Each round with the project it goes with: the order of the sentence says which way round."""
    if not marks:
        return []
    if (len(mentions) == 1 and " beide ronde" in folded) or " both round" in folded:
        return [(n, mentions[0].project) for n, _, _ in marks]
    out: list[tuple[int, str]] = []
    mark_first = marks[0][1] < mentions[0].start
    free = list(mentions)
    for i, (number, start, end) in enumerate(marks):
        if mark_first:
            limit = marks[i + 1][1] if i + 1 < len(marks) else len(folded)
            candidates = [m for m in free if end <= m.start < limit]
            choice = candidates[0] if candidates else None
        else:
            limit = marks[i - 1][2] if i else 0
            candidates = [m for m in free if limit <= m.start and m.end <= start]
            choice = candidates[-1] if candidates else None
        if choice:
            free.remove(choice)
            out.append((number, choice.project))
    if not out and len(marks) == 1 and mentions:
        out.append((marks[0][0], mentions[0].project))
    return out


def named(sentences: Iterable[tuple[int, Sentence]], finder: Finder) -> tuple[str, ...]:
    """The projects named in these sentences, each once, in order."""
    out: dict[str, None] = {}
    for _, sentence in sentences:
        for mention in finder.find(sentence, False):
            out.setdefault(mention.project)
    return tuple(out)
