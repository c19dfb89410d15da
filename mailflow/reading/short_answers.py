"""Stop 4, an answer of a word or two ("2", "wachten", "ja, dat was ik"), and what it says yes or no to.

It means something only below a mail of ours that asked, and then it is certain: the mail asked for that
very word. What is longer, doubtful or contradicts itself is read like any other mail.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailflow.core.effects import ReplyKind
from mailflow.core.requests import Affirm, Cancel, Negate, Register, Sender
from mailflow.reading.model import ShortAnswer
from mailflow.reading.sentences import fold

MOST_WORDS = 14  # with greeting and name
MOST_CHARACTERS = 200
MOST_DOUBTFUL = 60  # words of a text in which a doubt is looked for
NUMBER = "number"
NOTHING = "nothing"  # said in words that are all known, and yet neither this nor that: thanks, "ja nee"
DOUBT = "doubt"  # a longer text whose writer has not made up their mind
BUT = "but"  # ... or says yes, with a condition


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """The content of data/answers.toml, folded."""

    phrases: tuple[tuple[str, str], ...]  # a phrase and what it says; the longest first
    also: Mapping[str, frozenset[str]]  # what may be said besides, and then decides
    weak: frozenset[str]
    nothing: frozenset[str]
    out_of: tuple[str, ...]
    doubt: tuple[str, ...]
    but: tuple[str, ...]
    numbers: Mapping[str, int]


def from_toml(text: str, numbers: Mapping[str, int], seats: Iterable[str]) -> AnswerWords:
    """The words out of the text of data/answers.toml; `numbers` and `seats` are those of names.toml.
    Raises tomllib.TOMLDecodeError or KeyError."""
    data = tomllib.loads(text)
    phrases = {fold(phrase): what for what, some in data["says"].items() for phrase in some}
    return AnswerWords(
        phrases=tuple(sorted(phrases.items(), key=lambda item: (-len(item[0]), item[0]))),
        also={what: frozenset(others) for what, others in data["also"].items()},
        weak=frozenset(data["weak"]["yes"].split()),
        out_of=tuple(fold(phrase) for phrase in data["out_of"]["words"]),
        doubt=tuple(fold(phrase) for phrase in data["doubt"]["phrases"]),
        but=tuple(fold(phrase) for phrase in data["doubt"]["but"]),
        nothing=frozenset([*data["nothing"]["words"].split(), *data["nothing"]["polite"].split(), *seats]),
        numbers=numbers,
    )


def short_answer(text: str, name: str, words: AnswerWords) -> ShortAnswer | None:
    """What a text that is nothing but a short answer says, and of a longer one whether it doubts; None where
    it is read like any other. `name` is the writer's, who may sign with it."""
    tokens = [word for word in fold(text).split() if word not in {",", ":"}]
    asks = "?" in tokens
    tokens = [word for word in tokens if word != "?"]
    left, said = f" {' '.join(tokens)} ", set()
    if not tokens or len(text) > MOST_CHARACTERS or len(tokens) > MOST_WORDS:
        return _doubt(left, len(tokens), words)
    whole = left
    for phrase, what in words.phrases:
        if phrase in left:
            said.add(what)
            while phrase in left:
                left = left.replace(phrase, " , ")
    own = fold(name).split()
    counted = {word: _number(word, words) for word in left.split() if word != ","}
    if any(not n and word not in words.nothing and word not in own for word, n in counted.items()):
        return _doubt(whole, len(tokens), words)
    if asks:
        return ShortAnswer(NOTHING)
    numbers = [n for n in counted.values() if n]
    if len(numbers) == 2 and any(phrase in left for phrase in words.out_of):
        numbers = numbers[:1]  # "2 van de 3"
    if len(set(numbers)) > 1 and 1 in numbers:
        numbers = [n for n in numbers if n != 1]  # "een", "une": an article besides
    if len(set(numbers)) > 1:
        return ShortAnswer(NOTHING)
    if not said and not numbers and not words.weak.isdisjoint(counted):
        said.add("yes")
    says = _one_of(said | ({NUMBER} if numbers else set()), words)
    return ShortAnswer(says or NOTHING, numbers[0] if numbers else None)


def _doubt(folded: str, length: int, words: AnswerWords) -> ShortAnswer | None:
    if length > MOST_DOUBTFUL:
        return None
    certain = any(folded.startswith(phrase) for phrase, what in words.phrases if what == "yes")
    if not certain and any(phrase in folded for phrase in words.doubt):
        return ShortAnswer(DOUBT)
    return ShortAnswer(BUT) if any(phrase in folded for phrase in words.but) else None


def _number(word: str, words: AnswerWords) -> int:
    if word.isascii() and word.isdigit() and len(word) <= 3:
        return int(word)
    return words.numbers.get(word, 0)


def _one_of(said: set[str], words: AnswerWords) -> str:
    """What is said, of several what decides; "" where nobody knows."""
    if len(said) == 1:
        return next(iter(said))
    deciding = [b for a in said for b in said if a != b and b in words.also.get(a, frozenset())]
    return deciding[0] if len(said) == 2 and len(deciding) == 1 else ""


_ASK = frozenset(
    {ReplyKind.OFFERED, ReplyKind.LAPSED, ReplyKind.RELEASING, ReplyKind.DECLINE_DOUBTED, ReplyKind.VERIFY}
    | {ReplyKind.RECONFIRM, ReplyKind.REMINDER}
)
_SEAT_HELD = frozenset(
    {ReplyKind.CONFIRMED, ReplyKind.WAITLISTED, ReplyKind.CHANGED, ReplyKind.STATUS, ReplyKind.KEPT}
    | {ReplyKind.TAKEN_OVER, ReplyKind.STILL_WAITING, ReplyKind.INVOLVEMENT, ReplyKind.INCOMPLETE}
)


def request_of(sender: Sender, said: ShortAnswer) -> Affirm | Negate | Cancel | None:
    """What that comes to below the mail of ours that is answered; None where it did not ask for it."""
    kind = sender.thread.kind if sender.thread else ""
    match kind, said.says:
        case ReplyKind.OFFERED, "number":
            return Affirm(sender, said.seats)
        case (ReplyKind.OFFERED, "wait" | "no") | ((ReplyKind.VERIFY | ReplyKind.LAPSED), "no"):
            return Negate(sender)
        case ((ReplyKind.OFFERED | ReplyKind.VERIFY | ReplyKind.LAPSED), "yes"):
            return Affirm(sender)
        case ((ReplyKind.RELEASING | ReplyKind.DECLINE_DOUBTED), "stay"):
            return Affirm(sender)
        case ((ReplyKind.RECONFIRM | ReplyKind.REMINDER), ("yes" | "stay")):
            return Affirm(sender)
        case ((ReplyKind.RECONFIRM | ReplyKind.REMINDER), "no"):
            return Negate(sender)
        case ReplyKind.PROMOTED, ("no" | "cancel"):  # how the seat that was given is refused
            return Cancel(sender)
        case ((ReplyKind.DECLINE_DOUBTED | ReplyKind.RELEASING | ReplyKind.RECONFIRM), "cancel"):
            return Cancel(sender)
        case ((ReplyKind.REMINDER | ReplyKind.OFFERED), "cancel"):
            return Cancel(sender)
    return Cancel(sender) if said.says == "cancel" and kind in _SEAT_HELD else None


def is_in_doubt(answer: Affirm | Negate | Register, said: ShortAnswer | None) -> bool:
    """True where a yes or no that was read in other words must not be taken for one: the text doubts, says
    both or nothing, or, below "did you ask for this?", says yes in words that are not plainly that."""
    kind = answer.sender.thread.kind if answer.sender.thread else ""
    if kind not in _ASK:
        return False
    says = said.says if said else ""
    if isinstance(answer, Register):
        return says == NOTHING
    if says == NUMBER and kind != ReplyKind.OFFERED:
        return not (isinstance(answer, Affirm) and answer.seats)  # "yes, the three of us"
    if isinstance(answer, Affirm) and (says == BUT or (kind == ReplyKind.VERIFY and says != "yes")):
        return True
    return says in (NOTHING, DOUBT)
