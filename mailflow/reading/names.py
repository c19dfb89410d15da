"""Stop 4, names: how the names of people look, in text, signature and address headers.

No list of first names: a name is known by its shape (capitals, initials, particles) and by what it is
not (a greeting, a weekday, an organisation). Titles are dropped, "Surname, First" is turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from mailflow.core.contact import fold_name
from mailflow.reading.lexicon import Name, NameWords
from mailflow.reading.sentences import squeeze

_WORD = re.compile(r"[^\W\d_]\.(?:-?[^\W\d_]\.)*|['’]?[^\W\d_][\w'’ʼ`-]*\.?")
_INITIALS = re.compile(r"^(?:[^\W\d_]\.-?)+$|^[A-Z]{1,3}$")
_BRACKETS = re.compile(r"[(\[{<][^)\]}>]*[)\]}>]?")
_CALLED = re.compile(r"\(([^\W\d_]{2,20})\)")
_AROUND = re.compile(r"^[\s\"'“”„`.,;:*_|/-]+|[\s\"'“”„`,;:*_|/-]+$")
_SHORTENED = re.compile(r"(?:i|we|you|he|she|they|it|that|there|here)['’ʼ]\w{1,2}", re.IGNORECASE)
_TOKENS = re.compile(r"[\w.'’-]+")
_JOINED = re.compile(r"\s(?:en|and|und|et|&|\+)\s")
_JOINTS = re.compile(r"\s+(?:en|and|und|et|&|\+)\s+|\s*,\s*")
EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")
_OWNS = re.compile(r"['’ʼ]s?$")  # "Tess Kuip's registration"
_PLACE_BEHIND = frozenset({"te", "uit", "from", "aus", "vanuit"})  # "Leendert Kooijman te Strijen"
_MOST_FOUND = 2_000  # lines that are remembered
MOST_WORDS = 7  # of one name


@lru_cache(maxsize=32_768)
def fold_word(word: str) -> str:
    """A word as the lists hold it."""
    return fold_name(word.rstrip(".")).replace(" ", "") if word.strip("'’") else ""


def _is_capital(word: str) -> bool:
    bare = word.lstrip("'’")
    return bare[:1].isupper() or (len(bare) > 2 and bare[1] in "'’" and bare[2].isupper())


def _particle_follows(text: str, at: int, words: NameWords) -> bool:
    following = _WORD.search(text, at)
    return following is not None and _is_particle(following.group(), words)


def _is_initial(word: str) -> bool:
    return word.endswith(".") and bool(_INITIALS.match(word)) and word[0].isupper()


def _is_particle(word: str, words: NameWords) -> bool:
    return word.casefold().replace("’", "'").rstrip(".") in words.particles


def find(text: str, words: NameWords, *, lower: bool = False, is_name: bool = False) -> list[Name]:
    """The names in one line or sentence, in order; looked for once.

    With `lower` a run of small letters counts too; with `is_name` the first word is not taken for the
    beginning of a sentence: both for a line that is probably a name.
    """
    asked = (text, lower, is_name)
    known = words.found.get(asked)
    if known is None:
        if len(words.found) >= _MOST_FOUND:
            words.found.clear()
        known = words.found[asked] = tuple(_find(text, words, lower=lower, is_name=is_name))
    return list(known)


def _find(text: str, words: NameWords, *, lower: bool, is_name: bool) -> list[Name]:
    found: list[Name] = []
    run: list[re.Match[str]] = []
    begin = _WORD.search(text)
    first_at = begin.start() if begin else -1

    def close() -> None:
        while len(run) > 1 and (
            (
                not is_name
                and run[0].start() == first_at
                and not _is_initial(run[0].group())
                and fold_word(run[0].group()) in words.common
            )
            or fold_word(run[0].group()) in words.relations
        ):
            del run[0]  # "Zet Gerrie Mostert op de lijst"
        while run and not (
            _is_capital(run[-1].group()) or (lower and not _is_particle(run[-1].group(), words))
        ):
            run.pop()
        while run and fold_word(run[-1].group()) in words.not_names:
            run.pop()
        if run and len(run) <= MOST_WORDS:
            kept = [
                m.group().rstrip(".") if len(m.group()) > 3 and not _INITIALS.match(m.group()) else m.group()
                for m in run
            ]
            name = clean(_OWNS.sub("", " ".join(kept)), words)
            if name:
                found.append(Name(name, run[0].start(), run[-1].end()))
        run.clear()

    last_end = 0
    for match in _WORD.finditer(text):
        word = match.group()
        if _SHORTENED.fullmatch(word):
            close()
            last_end = match.end()
            continue
        between = text[last_end : match.start()]
        if run and (between.strip(" \t\xa0") or ("\t" in between and len(run) > 1)):
            close()
        folded = fold_word(word)
        is_title = folded in words.titles
        wanted = _is_capital(word) or (lower and not is_title)
        if is_title:
            pass  # "Jansen MSc": dropped, the run goes on
        elif (
            (
                wanted
                and (folded not in words.not_names or _is_initial(word) or (run and _INITIALS.match(word)))
            )
            or (run and _is_particle(word, words) and not _parts(word, run, text[match.end() :], words))
            or (not run and wanted and _is_particle(word, words))
        ):
            run.append(match)
        else:
            close()
        last_end = match.end()
        if word.endswith(".") and not _INITIALS.match(word) and not is_title and len(word) > 3:
            close()  # a full stop
    close()
    return found


def _parts(word: str, run: Sequence[re.Match[str]], after: str, words: NameWords) -> bool:
    """Does this small word stand between two names ("change Uwe Berg in Anna Roth"), rather than in one ("Jan
    op den Akker", "Van der Berg in 't Veld", "von und zu Stein")?"""
    if fold_word(word) == "und":
        return fold_word(run[-1].group()) != "von"
    if word not in words.grammar.sets.prepositions or sum(_is_capital(m.group()) for m in run) < 2:
        return False
    following = _WORD.match(after.lstrip())
    return following is None or not _is_particle(following.group(), words)


def clean(name: str, words: NameWords) -> str:
    """A name without titles and brackets, turned round, with capitals; "" where nothing is left."""
    called = _CALLED.search(name)
    name = _BRACKETS.sub(" ", name)
    name = _without_place(name)
    name = _AROUND.sub("", squeeze(name))
    surname, comma, first = name.partition(",")
    if comma:
        rest = first.strip().partition(",")[0].strip()
        if rest and len(rest.split()) <= 4 and not any(c.isdigit() for c in rest):
            name = f"{rest} {surname.strip()}"
        else:
            name = surname.strip()
    parts = [p for p in name.split() if not _is_title(p, words)]
    if not parts:
        return ""
    if len(parts) == 2 and _INITIALS.match(parts[1]) and "." in parts[1] and not _INITIALS.match(parts[0]):
        parts = parts[::-1]  # "Oosthoek K."
    if called and len(parts) > 1 and _INITIALS.match(parts[0]) and not _is_title(called[1], words):
        parts[0] = called[1]  # "J.M. Jansen (Joke)"
    if all(not _is_capital(p) for p in parts) or (len(name) > 3 and name.isupper() and len(parts) > 1):
        parts = [_capitalised(p, words) for p in parts]
    return " ".join(parts)


def _without_place(name: str) -> str:
    """A name that is whole (two words in capitals) before it is said where somebody lives."""
    parts = name.split()
    for i, part in enumerate(parts):
        if part in _PLACE_BEHIND and i >= 2 and _is_capital(parts[0]) and _is_capital(parts[i - 1]):
            return " ".join(parts[:i])
    return name


def _is_title(word: str, words: NameWords) -> bool:
    folded = fold_word(word)
    return folded in words.titles and not (len(folded) <= 2 and word.isupper() and "." not in word)


def _capitalised(word: str, words: NameWords) -> str:
    if _is_particle(word, words):
        return word.casefold()
    return "-".join(p[:1].upper() + p[1:].lower() for p in word.split("-"))


@lru_cache(maxsize=4096)
def _folded(name: str) -> tuple[str, ...]:
    """The words of a name as a key; a list of people is compared each with each."""
    return tuple(fold_name(name).split())


def same(one: str, other: str) -> bool:
    """Can both be the same person? First names or initials and surnames must not contradict."""
    a, b = _folded(one), _folded(other)
    if not a or not b:
        return False
    if a == b:
        return True
    short, long = sorted((a, b), key=lambda x: (len(x), sum(map(len, x))))
    if len(short) == 1:
        word = short[0]
        return word in long if len(word) > 1 else long[0].startswith(word)
    cut = len(short) > 1 == len(short[-1]) and long[-1].startswith(short[-1])  # "Dylan P."
    if short[-1] not in long and not (cut and len(short[0]) > 1):
        return False
    one_first, other_first = short[0], long[0]
    return (
        one_first.startswith(other_first)
        or other_first.startswith(one_first)
        or len(one_first) == 1 == len(other_first)
    )


def fullest(names: Iterable[str]) -> str:
    """Of several writings of one name the one that says most; the first where they say the same."""
    return max(names, key=lambda n: (_weight(n), 0), default="")


def _weight(name: str) -> int:
    """How much of a name is written out: letters of words longer than an initial."""
    return sum(len(w) for w in fold_name(name).split() if len(w) > 1) * 2 + len(name.split())


def shared_surname(line: str, words: NameWords) -> list[str]:
    """ "Trudy en Gerrit van Dooren" -> both in full; [] where the line is not of that form."""
    line = _AROUND.sub("", squeeze(line))
    if not _JOINED.search(line):
        return []
    parts = _JOINTS.split(line)
    if not 2 <= len(parts) <= 5 or any(not p or len(p.split()) > MOST_WORDS for p in parts):
        return []
    names = [clean(p, words) for p in parts]
    if any(not n or any(c.isdigit() for c in n) or not _is_capital(n) for n in names):
        return []
    everything = [fold_word(w) for n in names for w in n.split() if not _is_particle(w, words)]
    if any(
        w in words.not_names or w in words.relations or w in words.grammar.sets.family for w in everything
    ):
        return []
    last = names[-1].split()
    if len(last) > 1:
        surname = " ".join(last[1:])
        names = [n if len(n.split()) > 1 else f"{n} {surname}" for n in names[:-1]] + [names[-1]]
    return names


def is_organisation(text: str, words: NameWords) -> bool:
    """Does a word of it belong to organisations rather than to people?"""
    folded = [fold_word(w) for w in _TOKENS.findall(text)]
    return any(
        w in words.organisation_first
        or w in words.organisation_holds
        or (len(w) > 6 and w.endswith(words.organisation_endings))
        for w in folded
    )


def is_person(name: str, words: NameWords, not_people: Sequence[str]) -> bool:
    """No organisation, no project, no place, no number: what is left may be a person."""
    folded = fold_name(name)
    if not folded or is_organisation(name, words) or any(c.isdigit() for c in name):
        return False
    return not any(_within(folded, n) for n in map(fold_name, not_people) if n)


def _within(name: str, other: str) -> bool:
    """Is one of two folded names the other, or whole words of it? A project of one word is no first name:
    Bart-Jan is a person where BART is none."""
    if name == other:
        return True
    if f" {name} " in f" {other} ":
        return True
    return " " in other and f" {other} " in f" {name} "


def display_name(name: str, email: str, words: NameWords) -> str:
    """The person in a From header; "" where it names an address, an office or an organisation."""
    if "@" in name or not name.strip():
        return ""
    bare = re.split(r"\s+[-–|/]\s+|\s*\|\s*|\s+(?:via|namens|on behalf of)\s+", name)[0]
    bare = clean(bare, words)
    if not bare or is_organisation(bare, words):
        person = [clean(p, words) for p in re.split(r"\s+[-–|/]\s+|[()]", name)]
        bare = next((p for p in person if len(p.split()) >= 2 and not is_organisation(p, words)), "")
    folded = fold_name(bare).split()
    if not folded or any(w in words.grammar.sets.office for w in folded) or any(c.isdigit() for c in bare):
        return ""
    local = fold_name(email.partition("@")[0])
    if bare == bare.lower() or (bare.isupper() and len(bare) > 3):
        bare = " ".join(_capitalised(w, words) for w in bare.split())
    return "" if fold_name(bare) == local and "." in bare and " " not in name.strip() else bare
