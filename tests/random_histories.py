"""Random histories of an event in a house of 1 to 6 seats: everything that can be asked, in any order.

At 100 seats a random history never fills the house and bugs survive; at 1 to 6 they do not. The checks
of every step are in `promises.py`. A history is made by picking from lists, so the same code is driven by
a seeded random number here, and by hypothesis, which shortens what fails, in `test_invariants.py`.

    python -m tests.random_histories --histories 100000 --seed 1
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mailflow.core.contact import contact_key
from mailflow.core.decide import decide
from mailflow.core.effects import Effect, Reply
from mailflow.core.model import Event, InvolvementPolicy, Person, Promotion, Roster
from mailflow.core.outcome import follow
from mailflow.core.requests import (
    Accept,
    Add,
    Affirm,
    Amend,
    AskKnown,
    CalendarReply,
    CallOff,
    Cancel,
    Chatter,
    Enquire,
    Forget,
    FromMail,
    Negate,
    Proof,
    PutOnList,
    Register,
    Reject,
    Replace,
    Request,
    Room,
    Sender,
    SetLimits,
    Substitute,
    TimePassed,
    Unclear,
    Undeliverable,
)
from mailflow.core.thread import Thread
from tests.house import EVENT
from tests.promises import Happened, Promises

T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]

ZONE = ZoneInfo("Europe/Amsterdam")
OPENING = datetime(2030, 10, 22, 9, 0, tzinfo=UTC)  # the clock goes back in the night to 27 October
STEPS = 28

PEOPLE = {
    "ann@home.example": "Ann Aalbers",
    "bea@home.example": "Bea Blom",
    "cas@home.example": "Cas Crum",
    "dirk@home.example": "Dirk Dam",
    "eva@home.example": "Eva Engel",
    "finn@home.example": "Finn Fok",
}
WRITERS = tuple(PEOPLE)
GUESTS = (
    *(Person(name, address) for address, name in PEOPLE.items()),
    *(Person(name) for name in PEOPLE.values()),
    *(Person(name) for name in ("Gast Een", "Gast Twee", "Ann", "A. Aalbers", "")),
    Person("Gast Drie", "gast@away.example"),
)
MINUTES = [timedelta(minutes=m) for m in (0, 1, 1, 5, 14, 20, 60, 119)]
HOURS = [timedelta(hours=h) for h in (1, 2, 3, 9, 13, 25, 49)]


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of ours, as whoever answers it has it before them."""

    kind: str
    ref: str
    to: str
    calendar: str
    sequence: int


def an_event(pick: Pick[Any]) -> Event:
    """An event of any size and policy, that starts within eleven days."""
    day = OPENING.astimezone(ZONE) + timedelta(days=pick([2, 4, 5, 8, 11]))
    starts = day.replace(hour=pick([7, 9, 13, 13, 20]))
    return replace(
        EVENT,
        capacity=pick([1, 1, 2, 2, 3, 3, 4, 5, 6]),
        held=pick([0, 0, 0, 1]),
        starts=starts,
        ends=starts + timedelta(hours=4),
        max_party=pick([2, 4, 4]),
        opens=pick([None, None, None, OPENING + timedelta(hours=1)]),
        closes=pick([None, None, starts - timedelta(days=1), OPENING + timedelta(hours=8)]),
        involvement=pick(list(InvolvementPolicy)),
        promotion=pick([*Promotion, Promotion.BY_TIME, Promotion.BY_TIME]),
        calendar=pick(["request", "request", "publish", "off"]),
        substitution=pick(["free", "free", "via_waitlist", "organiser"]),
        reconfirm_days=pick([7, 2, 1, 0]),
        release_silent=pick([False, True]),
        retention_days=pick([1, 30]),
    )


class History:
    """One event from its opening on, step by step. Raises AssertionError where a promise is broken."""

    def __init__(self, pick: Pick[Any]) -> None:
        event = an_event(pick)
        self.roster = Roster(event, event.capacity, event.held, b"s" * 32)
        self.now = OPENING
        self.read_until = OPENING - timedelta(days=1)
        self.arrived = self.read_until  # the last mail did
        self.uid = 0
        self.sent: list[Sent] = []
        self.promises = Promises()
        self.told: list[tuple[datetime, Request]] = []  # for whoever looks at a history that failed

    @property
    def is_over(self) -> bool:
        """Everything has been erased, or the last seat was spoken of long ago."""
        return self.now > self.roster.event.ends.astimezone(UTC) + timedelta(days=2)

    def step(self, act: str, pick: Pick[Any]) -> list[Effect]:
        """That happens, and every promise is looked at."""
        request = ACTS[act](self, pick)
        before = self.roster
        self.told.append((self.now, request))
        effects = decide(before, request, self.now)
        self.roster = follow(before, effects)
        self.promises.check(Happened(request, self.now, before, effects, self.roster))
        for reply in effects:
            if isinstance(reply, Reply):
                facts = reply.facts
                sent = Sent(str(reply.kind), reply.ref, contact_key(reply.to), facts.calendar, facts.sequence)
                self.sent.append(sent)
        return effects

    # --- who writes, below which of our mails, and what shows that it is they

    def sender(self, pick: Pick[Any], contact: str = "", kinds: tuple[str, ...] = ()) -> Sender:
        self.now += pick(MINUTES)
        contact = contact or pick(WRITERS)
        thread, proof = self._proof(pick, contact, kinds)
        if thread and pick([True] + [False] * 9):
            contact = pick(WRITERS)  # a mail that was passed on is answered by somebody else
        self.uid += 1
        late = self.now - timedelta(minutes=pick([0, 0, 0, 20, 400]))
        self.arrived = max(late, self.read_until, self.arrived)
        return Sender(
            key=f"imap:1:{self.uid}",
            contact=contact,
            address=pick([contact, contact, contact.title()]),
            name=pick([PEOPLE.get(contact, ""), PEOPLE.get(contact, ""), ""]),
            language="nl",
            arrival=self.arrived,
            uid=self.uid,
            words="de woorden",
            message_id=f"<{self.uid}@home.example>",
            thread=thread,
            proof=proof,
        )

    def _proof(self, pick: Pick[Any], contact: str, kinds: tuple[str, ...]) -> tuple[Thread | None, Proof]:
        how = pick(["server", "server", "token", "token", "token", "token", "none", "none", "another's"])
        if how in ("server", "none"):
            return None, Proof.AUTHENTICATED if how == "server" else Proof.NONE
        mine = how == "token"
        mails = [m for m in self.sent[-40:] if m.ref and (m.to == contact) is mine]
        mails = [m for m in mails if m.kind in kinds][-2:] or mails[-3:]
        if not mails:
            return None, Proof.NONE
        mail = pick(mails)
        return Thread(mail.kind, mail.ref, f"<{mail.kind}@repair.example>"), Proof.TOKEN

    def _party(self, pick: Pick[Any]) -> str:
        """Mostly somebody who takes part, or somebody's guest; else anybody."""
        living = [r for r in self.roster.registrations if r.alive and r.contact]
        if not living or pick([True] + [False] * 6):
            return str(pick(WRITERS))
        registration = pick(living)
        guests = [contact_key(s.email) for s in registration.alive if s.email]
        return str(pick([registration.contact] * 4 + guests))

    def _names(self, pick: Pick[Any], contact: str) -> tuple[Person, ...]:
        """Names, mostly those of that contact's party; often none."""
        own = self.roster.of_contact(contact)
        known = [Person(s.name) for s in own.alive if s.name] if own else []
        return tuple(pick(known * 3 + [pick(GUESTS)]) for _ in range(pick([0, 0, 0, 1, 1, 2])))

    def _open(self) -> list[str]:
        """The contacts of parties in whose case something stands open."""
        return [
            r.contact
            for r in self.roster.registrations
            if r.contact and (r.offer or r.pending or any(s.until for s in r.seats))
        ]

    # --- what can be asked

    def registers(self, pick: Pick[Any]) -> FromMail:
        new = [w for w in WRITERS if self.roster.of_contact(w) is None]
        sender = self.sender(pick, pick([*new, *self._open(), pick(WRITERS)]))
        seats, details = pick([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 0]), self._details(pick)
        return Register(sender, seats, _people(pick), total=pick([True, False]), **details)

    def amends(self, pick: Pick[Any]) -> FromMail:
        sender = self.sender(pick, self._party(pick))
        return Amend(sender, pick([0, 0, 1, 2]), self._names(pick, sender.contact), **self._details(pick))

    def _details(self, pick: Pick[Any]) -> dict[str, Any]:
        return {
            "involvement": pick(["ik repareer", "ik repareer", None]),
            "has_question": pick([False, False, False, True]),
        }

    def cancels(self, pick: Pick[Any]) -> FromMail:
        sender = self.sender(pick, self._party(pick))
        if pick([True, False]):
            return Cancel(sender, has_question=pick([False, True]))
        return Cancel(sender, pick([None, 1, 1, 2, 3]), self._names(pick, sender.contact))

    def substitutes(self, pick: Pick[Any]) -> FromMail:
        sender = self.sender(pick, self._party(pick))
        names = [(p.name,) for p in self._names(pick, sender.contact) if p.name]
        leaving = pick([(), *names, (pick(GUESTS).name or "Gast Een",)])
        return Substitute(sender, (pick(GUESTS),), leaving, **self._details(pick))

    def affirms(self, pick: Pick[Any]) -> FromMail:
        kinds = ("offered", "verify", "releasing", "reconfirm", "lapsed", "reminder")
        sender = self.sender(pick, pick([*self._open(), self._party(pick)]), kinds)
        return Affirm(sender, pick([None, None, None, 1, 2]))

    def negates(self, pick: Pick[Any]) -> FromMail:
        kinds = ("offered", "verify", "releasing", "reconfirm", "reminder")
        return Negate(self.sender(pick, pick([*self._open(), self._party(pick)]), kinds))

    def replies_by_calendar(self, pick: Pick[Any]) -> FromMail:
        invited = [m for m in self.sent if m.calendar == "request"]
        partstat = pick(["DECLINED", "DECLINED", "DECLINED", "ACCEPTED", "ACCEPTED", "TENTATIVE", "COUNTER"])
        if not invited or pick([True] + [False] * 7):  # without our UID
            sender = self.sender(pick)
            return CalendarReply(sender, partstat, sender.contact, "foreign")
        mail = pick(invited[-8:])
        sequence = pick([mail.sequence, mail.sequence, max(m.sequence for m in invited if m.ref == mail.ref)])
        who = pick(["holder", "holder", "holder", "alias", "stranger"])
        contact = {"holder": mail.to, "alias": "alias@work.example", "stranger": "zoe@away.example"}[who]
        name = {"holder": "", "alias": PEOPLE.get(mail.to, ""), "stranger": "Zoe Zand"}[who]
        sender = replace(self.sender(pick, contact), contact=contact, address=contact, name=name)
        return CalendarReply(
            replace(sender, thread=None, proof=Proof.TOKEN),
            partstat,
            contact,
            "ours",
            sequence,
            pick([None, sender.arrival, sender.arrival, sender.arrival - timedelta(hours=3)]),
            attendee_name=name,
            ref=mail.ref,
            invited_at=pick([None, None, sender.arrival - timedelta(minutes=10)]),
        )

    def comes_back(self, pick: Pick[Any]) -> FromMail:
        """A mail of ours was not delivered."""
        sender = self.sender(pick, "mailer@server.example")
        mails = self.sent[-5:]
        mail = pick(mails) if mails else Sent("", "", pick(WRITERS), "", 0)
        return Undeliverable(sender, mail.to, "<x>", permanent=pick([True, True, False]))

    def time_passes(self, pick: Pick[Any]) -> Request:
        """Minutes to days, or just before or after what falls due."""
        event = self.roster.event
        starts, ends = event.starts.astimezone(UTC), event.ends.astimezone(UTC)
        due = [starts - timedelta(hours=72), starts - timedelta(hours=3), starts]
        if self.now >= starts:
            due = [ends + timedelta(days=event.retention_days)]
        for registration in self.roster.registrations:
            due += [o.until for o in registration.offers[-1:]]
            due += [s.until for s in registration.seats if s.until]
            due += [registration.pending.until] if registration.pending else []
        ahead = [at for at in due if at > self.now]
        way = pick(["span", "minutes", "due", "due"])
        if way == "due" and ahead:
            soonest = min(ahead) if pick([True, True, True, False]) else pick(ahead)
            self.now = max(self.now, soonest + timedelta(minutes=pick([-1, 0, 1, 1])))
        else:
            self.now += pick(MINUTES if way == "minutes" else HOURS)
        earlier = max(self.read_until, self.now - timedelta(hours=pick([1, 30])))
        read = pick([self.now, self.now, self.now, self.now, None, earlier])
        if read is not None:
            self.read_until = max(self.read_until, read)
        return TimePassed(f"tick{self.now}", read)

    def limits_change(self, pick: Pick[Any]) -> Request:
        if pick([True, True, False]):
            return SetLimits("k", capacity=max(0, self.roster.capacity + pick([-2, -1, 1, 1, 2])))
        return SetLimits("k", held=pick([0, 1, 2]))

    def an_organiser_acts(self, pick: Pick[Any]) -> Request:
        """An order by hand, mostly about a party that lives."""
        self.now += pick(MINUTES)
        key = f"order:{len(self.told)}"
        living = [r for r in self.roster.registrations if r.alive and r.contact]
        order = pick(["accept", "accept", "accept", "waitlist", "cancel", "reject", "substitute", "add"])
        room = pick([Room.FREE, Room.FREE, Room.HELD, Room.OVER])
        if order == "add" or not living:
            contact = pick(WRITERS)
            return Add(key, contact, contact, pick(GUESTS).name or "Gast", "nl", self.now, room)
        party = pick(living)
        person = pick([s.name for s in party.alive] + [""])
        if order == "accept":
            return Accept(key, party.ref, room)
        if order == "waitlist":
            return PutOnList(key, pick([r for r in living if r.in_review] or [party]).ref)
        if order == "cancel":
            return CallOff(key, party.ref, person)
        if order == "reject":
            return Reject(key, party.ref)
        return Replace(key, party.ref, pick([p for p in GUESTS if p.name]), person)


def _people(pick: Pick[Any]) -> tuple[Person, ...]:
    return tuple(pick(GUESTS) for _ in range(pick([0, 0, 0, 1, 2, 3])))


ACTS: dict[str, Callable[[History, Pick[Any]], Request]] = {
    "registers": History.registers,
    "amends": History.amends,
    "cancels": History.cancels,
    "substitutes": History.substitutes,
    "affirms": History.affirms,
    "negates": History.negates,
    "replies by calendar": History.replies_by_calendar,
    "a mail comes back": History.comes_back,
    "time passes": History.time_passes,
    "limits change": History.limits_change,
    "an organiser acts": History.an_organiser_acts,
    "asks": lambda story, pick: Enquire(story.sender(pick, story._party(pick))),
    "asks what is known": lambda story, pick: AskKnown(story.sender(pick, story._party(pick))),
    "wants to be forgotten": lambda story, pick: Forget(story.sender(pick, story._party(pick))),
    "is unclear": lambda story, pick: Unclear(story.sender(pick, story._party(pick)), "?"),
    "says thanks": lambda story, pick: Chatter(story.sender(pick, story._party(pick))),
}
OFTEN = {"registers": 12, "amends": 3, "cancels": 7, "substitutes": 4, "affirms": 7, "negates": 4,
         "replies by calendar": 6, "a mail comes back": 2, "time passes": 12, "limits change": 4,
         "an organiser acts": 3}  # fmt: skip
_WEIGHTED = tuple(act for act in ACTS for _ in range(OFTEN.get(act, 1)))


@dataclass
class Tally:
    """What a run of many histories came to."""

    histories: int = 0
    steps: int = 0
    seconds: float = 0.0
    asked: Counter[type[Request]] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Broken(AssertionError):
    """A promise is broken, and by what history."""


def one(seed: str, steps: int = STEPS) -> History:
    """The history of that seed. Raises Broken."""
    pick = random.Random(seed).choice
    history = History(pick)
    try:
        for number in range(steps):
            act = "registers" if number < 4 else pick(_WEIGHTED)
            history.step(act, pick)
            if history.is_over:
                break
    except AssertionError as err:
        told = "\n".join(f"  {at:%d %H:%M} {request}" for at, request in history.told)
        raise Broken(f"history {seed!r}, step {len(history.told)}: {err}\n{told}") from err
    return history


def run(histories: int, seed: int) -> Tally:
    """So many histories; what they came to."""
    tally = Tally(histories)
    began = time.process_time()
    for number in range(histories):
        try:
            history = one(f"{seed}:{number}")
            tally.steps += len(history.told)
            tally.asked.update(type(request) for _, request in history.told)
            tally.told.update(mail.kind for mail in history.sent)
        except Broken as err:
            tally.broken.append(str(err))
    tally.seconds = time.process_time() - began
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Random histories against the promises of the rules.")
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=1, help="so many broken histories are printed in full")
    chosen = parser.parse_args(arguments)
    tally = run(chosen.histories, chosen.seed)
    say = sys.stdout.write
    for text in tally.broken[: chosen.show]:
        say(f"{text}\n\n")
    reasons = Counter(text.split("\n")[0].partition(": ")[2] for text in tally.broken)
    for reason, times in reasons.most_common():
        say(f"{times:6} {reason}\n")
    say(
        f"{tally.histories} histories, {tally.steps} steps, seed {chosen.seed}:"
        f" {tally.seconds:.0f} s of one CPU, {len(tally.broken)} broken\n"
    )
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
