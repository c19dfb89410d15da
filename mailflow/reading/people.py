"""Stop 4, people: whom the mail is about, and how many seats that is.

A name counts where it stands: in a sentence that asks for or gives up a seat, in a list or a table
below it, in a joint signature. The sender counts only where the text says so or nobody else is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailflow.core.contact import fold_name
from mailflow.core.model import Person
from mailflow.reading.roles import Signs
from mailflow.reading.lexicon import NameWords, Role
from mailflow.reading.model import Intent
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

MOST_SEATS = 60  # a larger number in a text is a capacity, a house number, a year
_LABEL = re.compile(
    r"^\s*(?:\d+[.)]\s*)?(?:naam|namen|name|names|deelnemers?|participants?|attendees?|personen|nom|noms|naam deelnemer|"
    r"aanmelding|wie|who)(?:\(s\))?\s*:\s*(.+)$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[-*•·–+]|\d{1,2}[.):]|[a-e]\))\s*(.+)$")
_SELF = frozenset(
    ["ik", "ikzelf", "mezelf", "mijzelf", "ikke", "ondergetekende", "wij", "we", "ons", "i", "myself", "me", "we", "us", "undersigned", "ich", "wir", "mich", "uns", "je", "nous", "mij", "moi", "m'n", "i'm", "i'd", "i'll", "we're", "we'd", "we'll", "im", "'k"]
)
_PLURAL = frozenset(["wij", "we", "ons", "us", "wir", "uns", "nous", "we're", "we'd", "we'll", "onszelf", "ourselves", "onze", "our"])
_NOT_SELF = re.compile(
    r" (?:zelf (?:kom|ga|ben|doe|zal|kan|blijf)[^,]{0,30} niet|zelf niet|ik (?:kom|ga|ben|doe) (?:er )?zelf [^,]{0,20}niet|"
    r"kom zelf niet|ben er zelf niet|not be attending|not attending|won't be (?:attending|coming|there)|not be (?:joining|coming)|"
    r"not (?:coming|come) myself|selbst (?:komme|nehme)[^,]{0,20} nicht|komme selbst nicht|ik blijf thuis|niet voor (?:mijzelf|mezelf|mij)|"
    r"niet ik maar|zelf (?:ga|kom) ik niet) "
)
_SEAT_WORD = (
    "plek plekje plaats plaatsje stoel stoeltje zetel zitje zitplaats kaartje kaart ticket plekken plekjes plaatsen stoelen "
    "stoeltjes zitplaatsen zetels kaarten kaartjes tickets personen persoon pers man deelnemers deelnemer mensen medewerkers "
    "collega's collega seat seats place places spot spots chair chairs people persons person participants delegates "
    "platz platze platzen personen person stuhl stuhle karten karte place places personnes personne stuks leden "
    "vrijwilligers bewoners koppen volwassenen inschrijvingen aanmeldingen aanmelding"
)
_SEATS = frozenset(_SEAT_WORD.split())
_TOGETHER = re.compile(r" (?:met z'n|met zijn|met ons|met onze|met hun|zu|a|z'n|mit) (\S+) ")
_WITH = re.compile(
    r" (?:kom|komt|komen|zijn|waren|come|worden|wordt|graag|ben|voor|reken op|op) (?:\S+ ){0,2}met (\S+)(?: man| personen| mensen| stuks)? "
)
_TOTAL = re.compile(
    r" (?:in totaal|totaal|in total|altogether|insgesamt|au total|samen met|brings us to|that makes|worden met|wordt dus) "
)


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a mail is about and how many seats. `total`: the number is that of the whole party."""

    people: tuple[Person, ...] = ()
    seats: int | None = 1
    total: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """What is known of the writer: the fullest writing of the name, and who signed with them."""

    name: str = ""
    joint: tuple[str, ...] = ()  # all the names of a joint signature, the sender's too


def sender_of(display: str, signature: Sequence[str], body: Sequence[Sentence], words: NameWords) -> Sender:
    """The writer's name from display name, closing lines and "mijn naam is ..."."""
    candidates = [display] if display else []
    joint: tuple[str, ...] = ()
    for line in signature:
        bare = _after_closing(line, words)
        if not bare or is_organisation(bare, words) or len(bare.split()) > 7 or EMAIL.search(bare):
            continue
        if shared := shared_surname(bare, words):
            if not display or any(same(display, n) for n in shared):
                joint = joint or tuple(shared)
                candidates.extend(n for n in shared if not display or same(display, n))
            continue
        found = find(bare, words)
        if found and found[0].start <= 12:
            name = found[0].text
            if not candidates or any(same(name, c) for c in candidates):
                candidates.append(name)
    name = fullest(candidates)
    for sentence in body:
        for phrase in (
            "mijn naam is",
            "my name is",
            "ik ben",
            "i am",
            "i'm",
            "ich bin",
            "je suis",
            "ik heet",
            "mein name ist",
            "naam :",
        ):
            at = sentence.text.casefold().find(phrase)
            if at >= 0:
                introduced = find(sentence.text[at + len(phrase) :][:60], words)
                if introduced and introduced[0].start <= 2 and not is_organisation(introduced[0].text, words):
                    if not name or same(name, introduced[0].text):
                        name = fullest([name, introduced[0].text]) if name else introduced[0].text
    return Sender(name, joint)


def _after_closing(line: str, words: NameWords) -> str:
    """A line of the signature without "Groetjes," before the name."""
    folded = fold(line).replace(" ,", "").strip()
    for closing in sorted(words.closings, key=len, reverse=True):
        if folded == closing:
            return ""
        if folded.startswith(closing + " "):
            return " ".join(line.replace(",", " ").split()[len(closing.split()) :])
    return line.strip()


def party(
    intent: Intent, body: Sequence[Signs], text: str, sender: Sender, words: NameWords, *, not_people: Sequence[str],
    adds: bool = False, replaces: bool = False,
) -> Party:  # fmt: skip
    """Whom it is about. `not_people`: names of projects and organisations found in the text."""
    if intent is Intent.REGISTER:
        return _registering(body, text, sender, words, not_people)
    if intent is Intent.CANCEL:
        return _cancelling(body, sender, words, not_people)
    if intent is Intent.CHANGE:
        return _changing(body, text, sender, words, not_people, adds, replaces)
    return Party((), 0)


def _registering(
    body: Sequence[Signs], text: str, sender: Sender, words: NameWords, not_people: Sequence[str]
) -> Party:
    listed, myself_listed = _listed(text, sender, words, not_people)
    asking = [s for s in body if s[Role.REGISTER] > 0 or s[Role.ADD] >= 1.0] or list(body[:3])
    folded = " ".join(s.sentence.folded for s in body)
    inline: list[Person] = []
    for s in asking:
        if s[Role.REGISTER] >= 1.0 or s[Role.ADD] >= 1.0:
            inline.extend(_in_sentence(s.sentence, words, not_people))
    others = [p for p in _distinct(listed + inline) if not same(p.name, sender.name)]
    if sender.name and not listed and any(same(p.name, sender.name) for p in inline):
        myself_listed = True
    first_person = any(w in _SELF for s in asking if s[Role.REGISTER] > 0 for w in s.sentence.words)
    attends = myself_listed or not others or (first_person and _sender_joins(asking, others, listed))
    if _NOT_SELF.search(folded) and others:
        attends = False
    guests = _guests(asking, words, others)
    people: list[Person] = []
    if attends:
        if sender.joint and (len(sender.joint) > 1) and not others and _is_plural(asking):
            people.extend(Person(n) for n in sender.joint)
        elif sender.name:
            people.append(Person(sender.name))
    people.extend(others)
    people = _with_joint(people, sender)
    base = len(people) + (1 if attends and not sender.name and not sender.joint else 0)
    seats = max(1, base + guests)
    number, total = _number(asking)
    if number and (number >= base):
        seats = number
    return Party(tuple(people), seats, total or bool(number))


def _sender_joins(asking: Sequence[Signs], others: Sequence[Person], listed: Sequence[Person]) -> bool:
    """Others are named: does the sender come along ("en ik", "met mijn collega"), or only write for them?"""
    for s in asking:
        if re.search(
            r" (?:en|and|und|et|plus) (?:ik|ikzelf|mijzelf|mezelf|ikke|i|me|myself|ich|mich|moi|mij) |"
            r" (?:ik|i|ich|wij|we|wir|je|nous) (?:\S+ ){0,6}(?:met|with|mit|avec|en|and|und|samen) |"
            r" (?:mijzelf|mezelf|ikzelf|myself|ondergetekende|ons|us|wij|we|onszelf|uns|wir|ich|nous) | for me | voor mij | mij (?:\S+ ){0,3}en | me and ",
            s.sentence.folded,
        ):
            return True
        if re.search(
            r" (?:ik|i) (?:kom|kom|ben|wil|will|would|am|zou|doe|schuif|neem|breng|bring) ", s.sentence.folded
        ):
            return not re.search(
                r" (?:aanmelden|opgeven|inschrijven|register|aan te melden|in te schrijven) ",
                s.sentence.folded,
            )
    return False


def _is_plural(asking: Sequence[Signs]) -> bool:
    return any(
        w in _PLURAL or w in {"allebei", "beiden", "both", "samen", "together"}
        for s in asking
        for w in s.sentence.words
    )


def _with_joint(people: list[Person], sender: Sender) -> list[Person]:
    """First names completed by a joint signature: "Gerrit" -> "Gerrit van Dooren"."""
    out: list[Person] = []
    for person in people:
        full = next((n for n in sender.joint if same(n, person.name)), "")
        name = fullest([person.name, full]) if full else person.name
        if not any(fold_name(p.name) == fold_name(name) for p in out):
            out.append(Person(name, person.email))
    return out


def _guests(asking: Sequence[Signs], words: NameWords, named: Sequence[Person]) -> int:
    """Company without a name: "mijn buurvrouw" (not "mijn buurvrouw Ans")."""
    count = 0
    for s in asking:
        if s[Role.REGISTER] <= 0 and s[Role.ADD] <= 0:
            continue
        tokens = s.sentence.folded.split()
        original = s.sentence.text
        for i in range(len(tokens) - 1):
            if tokens[i] in words.own and tokens[i + 1] in words.relations:
                following = re.search(
                    re.escape(tokens[i + 1]) + r"[ ,:(]{1,3}([A-ZÀ-Þ][\w'’-]+)",
                    original,
                    re.IGNORECASE | re.UNICODE,
                )
                if following and following[1][:1].isupper():
                    continue
                if any(i + 1 > 0 and t in {"van", "of", "from"} for t in tokens[i + 2 : i + 3]):
                    pass
                if not s[Role.ADD] and not re.search(
                    rf" (?:en|and|und|et|met|with|plus|mit|avec|\+) {re.escape(tokens[i])} {re.escape(tokens[i + 1])} |"
                    rf" {re.escape(tokens[i])} {re.escape(tokens[i + 1])} (?:en|and|und|et) (?:ik|i|ikzelf|ich|me|mij|moi|mezelf) ",
                    s.sentence.folded,
                ):
                    continue
                count += 1
    return count


def _number(asking: Sequence[Signs]) -> tuple[int | None, bool]:
    """The number of seats asked for, and whether it is said to be a total; None where no number is said."""
    for s in asking:
        total = bool(_TOTAL.search(s.sentence.folded))
        if found := number_in(s.sentence):
            return found, total
    return None, False


_NUMBERS: dict[str, int] = {}


def number_in(sentence: Sentence) -> int | None:
    """The number of seats or people a sentence says, or None."""
    tokens = sentence.folded.split()
    for match in (*_TOGETHER.finditer(sentence.folded), *_WITH.finditer(sentence.folded)):
        if value := _value(match[1]):
            return value
    for i, token in enumerate(tokens[:-1]):
        value = _value(token)
        if value and value <= MOST_SEATS:
            for following in tokens[i + 1 : i + 4]:
                if following in _SEATS:
                    if i and tokens[i - 1] in {"nummer", "nr", "no", "tafel", "kamer", "ronde"}:
                        break
                    return value
                if following in {",", ":", "?"}:
                    break
    return None


def _value(token: str) -> int | None:
    if token.isdigit():
        return int(token) if 0 < int(token) <= MOST_SEATS else None
    return NUMBER_WORDS.get(token)


NUMBER_WORDS = {
    "een": 1, "one": 1, "ein": 1, "eine": 1, "einen": 1, "une": 1, "un": 1, "a": 1,
    "twee": 2, "two": 2, "zwei": 2, "deux": 2, "tweeen": 2, "zweit": 2, "tweetjes": 2, "tweeden": 2, "deux": 2,
    "drie": 3, "three": 3, "drei": 3, "trois": 3, "drieen": 3, "dritt": 3, "drietjes": 3,
    "vier": 4, "four": 4, "quatre": 4, "vieren": 4, "viert": 4, "viertjes": 4,
    "vijf": 5, "five": 5, "funf": 5, "cinq": 5, "vijven": 5, "zes": 6, "six": 6, "sechs": 6, "zessen": 6,
    "zeven": 7, "seven": 7, "sieben": 7, "zevenen": 7, "acht": 8, "eight": 8, "achten": 8, "negen": 9, "nine": 9,
    "neun": 9, "tien": 10, "ten": 10, "zehn": 10, "tienen": 10, "elf": 11, "eleven": 11, "twaalf": 12, "twelve": 12,
    "zestien": 16,
}  # fmt: skip


def _in_sentence(sentence: Sentence, words: NameWords, not_people: Sequence[str]) -> list[Person]:
    """The people a sentence names; a single capitalised word only after a relation or a title."""
    out: list[Person] = []
    for found in find(sentence.text, words):
        if not _is_person(found.text, words, not_people):
            continue
        before = fold(sentence.text[: found.start]).split()
        single = len(found.text.split()) == 1
        if single and not (
            before
            and (
                before[-1] in words.relations
                or before[-1] in {"en", "and", "und", "et", ",", ":", "met", "with", "van", "voor", "for"}
            )
        ):
            continue
        if before[-2:] and before[-1] in {
            "in",
            "te",
            "uit",
            "bij",
            "op",
            "aan",
            "naar",
            "at",
            "from",
            "beste",
            "dear",
            "dag",
            "hallo",
        }:
            continue
        email = EMAIL.search(sentence.text[found.end : found.end + 80])
        between = sentence.text[found.end : found.end + email.start()] if email else ""
        out.append(
            Person(
                found.text,
                email.group()
                if email and not re.search(r"[;.]|\ben\b|\band\b|[A-Z]{1}[a-z]+ [A-Z]", between)
                else None,
            )
        )
    return out


def _is_person(name: str, words: NameWords, not_people: Sequence[str]) -> bool:
    folded = fold_name(name)
    if not folded or is_organisation(name, words) or any(c.isdigit() for c in name):
        return False
    return not any(folded in n or n in folded for n in (fold_name(x) for x in not_people) if n)


def _listed(
    text: str, sender: Sender, words: NameWords, not_people: Sequence[str]
) -> tuple[list[Person], bool]:
    """People in a list, a table or after "Naam:", and whether the sender is one of them ("ikzelf")."""
    people: list[Person] = []
    myself = False
    lines = text.split("\n")
    rows = [line for line in lines if line.count("\t") or line.count("|") >= 1]
    for line in lines:
        item = _ITEM.match(line) or _LABEL.match(line)
        is_row = len(rows) >= 2 and line in rows
        if not item and not is_row:
            continue
        content = item[1] if item else line
        cells = [c.strip() for c in re.split(r"\t|\s*\|\s*", content.strip(" |")) if c.strip()]
        if not cells:
            continue
        head = cells[1] if len(cells) > 1 and re.fullmatch(r"\d{1,3}\.?", cells[0]) else cells[0]
        folded = fold(head).strip()
        if any(
            folded == u or folded.startswith(u + " ,") or folded.startswith(u + " (")
            for u in words.undersigned
        ):
            myself = True
            continue
        shared = shared_surname(head, words) if _LABEL.match(line) else []
        names = shared or [f.text for f in find(head, words) if f.start <= 10][:1]
        if _LABEL.match(line) and not names:
            names = [clean(head, words)] if 1 < len(head.split()) <= 5 else []
        for name in names:
            if _is_person(name, words, not_people) and (len(name.split()) > 1 or item):
                if fold_word(name) in words.not_names:
                    continue
                email = EMAIL.search(line)
                people.append(Person(name, email.group() if email else None))
    if len(people) == 1 and not any(_LABEL.match(line) for line in lines) and not rows and not myself:
        people = people if "\n" in text else []
    return people, myself


def _distinct(people: Sequence[Person]) -> list[Person]:
    out: list[Person] = []
    for person in people:
        twin = next((i for i, p in enumerate(out) if same(p.name, person.name)), None)
        if twin is None:
            out.append(person)
        else:
            kept = out[twin]
            out[twin] = Person(fullest([kept.name, person.name]), kept.email or person.email)
    return out


def _cancelling(body: Sequence[Signs], sender: Sender, words: NameWords, not_people: Sequence[str]) -> Party:
    giving = (
        [s for s in body if s[Role.CANCEL] >= 1.0]
        or [s for s in body if s[Role.CANCEL] > 0]
        or list(body[:2])
    )
    named = _distinct([p for s in giving for p in _in_sentence(s.sentence, words, not_people)])
    others = [p for p in named if not same(p.name, sender.name)]
    first = any(w in _SELF for s in giving for w in s.sentence.words)
    plural = any(
        w in {"wij", "we", "ons", "us", "wir", "uns", "nous", "onszelf"}
        for s in giving
        for w in s.sentence.words
    )
    people: list[Person] = []
    with_me = any(
        re.search(
            r" (?:en|and|und|et) (?:ik|mij|ikzelf|i|me|ich|mich|moi|ondergetekende|myself) ",
            s.sentence.folded,
        )
        for s in giving
    )
    if sender.name and (not others or with_me):
        people.append(Person(sender.name))
    if plural and sender.joint and not others:
        people = [Person(n) for n in sender.joint]
    people.extend(others)
    number = next((n for s in giving if (n := number_in(s.sentence))), None)
    guests = (
        sum(1 for s in giving for _ in re.finditer(r" (?:en|and) (?:mijn|m'n|my) ", s.sentence.folded))
        if not others
        else 0
    )
    if number and number >= len(people):
        return Party(tuple(people), number)
    if plural and len(people) < 2 and not guests:
        return Party(tuple(people) if first else (), None)
    return Party(tuple(people), max(1, len(people) + guests))


def _changing(
    body: Sequence[Signs], text: str, sender: Sender, words: NameWords, not_people: Sequence[str], adds: bool, replaces: bool
) -> Party:  # fmt: skip
    coming = [s for s in body if s[Role.ADD] >= 1.0 or s[Role.REPLACE] >= 1.0 or s[Role.CHANGE] >= 1.0]
    listed, _ = _listed(text, sender, words, not_people)
    named = _distinct(listed + [p for s in coming for p in _in_sentence(s.sentence, words, not_people)])
    others = [p for p in named if not same(p.name, sender.name)]
    if replaces:
        return Party(tuple(others[:1]) or _self(sender), 0)
    if adds:
        number, total = _number(coming)
        guests = _guests(coming, words, others)
        if number and total and number > len(others):
            return Party(tuple(others), max(len(others), number - 1), False)
        seats = max(len(others) + guests, number or 0)
        if others or seats:
            return Party(tuple(others) or _self(sender), seats)
    return Party(_self(sender), 0)


def _self(sender: Sender) -> tuple[Person, ...]:
    return (Person(sender.name),) if sender.name else ()
