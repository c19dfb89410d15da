"""A small event and short ways to say who writes what, for tests of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailflow.core.decide import decide
from mailflow.core.effects import Effect, Reply
from mailflow.core.model import Event, Person, Project, Registration, Roster, Round
from mailflow.core.outcome import follow
from mailflow.core.requests import Proof, Register, Request, Sender, TimePassed
from mailflow.core.thread import Thread

NOON = datetime(2030, 5, 6, 12, 0, tzinfo=UTC)

EVENT = Event(
    id="repair-2030",
    name="Repair Café Day",
    reference="RCD",
    address="join@repair.example",
    organisers=("team@repair.example",),
    capacity=3,
    starts=datetime(2030, 6, 1, 9, 0, tzinfo=UTC),
    ends=datetime(2030, 6, 1, 17, 0, tzinfo=UTC),
    timezone="Europe/Amsterdam",
    language="nl",
    languages=("nl", "en"),
    rounds=(Round(1, "10:00"), Round(2, "14:00")),
    projects=(Project("solder", "Solder bench", "Utrecht"), Project("sew", "Sewing table", "Zeist")),
)


def roster(capacity: int = 3, **changes: object) -> Roster:
    """An empty house of that many seats; `changes` are fields of the event."""
    event = replace(EVENT, capacity=capacity, **changes)  # type: ignore[arg-type]
    return Roster(event, capacity, event.held, b"s" * 32)


class Story:
    """A roster to which mails happen, one an hour, keeping what was done about each."""

    def __init__(self, start: Roster) -> None:
        self.roster = start
        self.now = NOON
        self.uid = 0
        self.effects: list[Effect] = []

    def sender(
        self, who: str, *, name: str | None = None, thread: Thread | None = None, **more: object
    ) -> Sender:
        """`who` writes now; the address is made of the name."""
        self.uid += 1
        self.now += timedelta(hours=1)
        address = who if "@" in who else f"{who.lower()}@home.example"
        return replace(
            Sender(
                key=f"imap:1:{self.uid}",
                contact=address.casefold(),
                address=address,
                name=who.title() if name is None else name,
                language="nl",
                arrival=self.now,
                uid=self.uid,
                words="de woorden",
                message_id=f"<{self.uid}@home.example>",
                thread=thread,
                proof=Proof.AUTHENTICATED,
            ),
            **more,
        )  # type: ignore[arg-type]

    def happens(self, request: Request) -> list[Effect]:
        """Decides and applies; the effects."""
        self.effects = decide(self.roster, request, self.now)
        self.roster = follow(self.roster, self.effects)
        return self.effects

    def registers(self, who: str, seats: int = 1, *names: str, **more: object) -> list[Effect]:
        """`who` asks for seats, for the people named (the writer if none)."""
        people = tuple(Person(n) for n in names) or (Person(who.title()),)
        fields: dict[str, object] = {"involvement": "ik repareer", **more}
        return self.happens(Register(self.sender(who), seats, people, **fields))  # type: ignore[arg-type]

    def of(self, who: str) -> Registration:
        """The last registration of that writer."""
        address = who if "@" in who else f"{who.lower()}@home.example"
        return [r for r in self.roster.registrations if r.contact == address][-1]

    def states(self, who: str) -> list[str]:
        """The states of that writer's seats."""
        return [str(s.state) for s in self.of(who).seats]

    @property
    def replies(self) -> list[Reply]:
        """What the last request had us say."""
        return [e for e in self.effects if isinstance(e, Reply)]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """(kind, name of the recipient before the @) of the last replies."""
        return [(str(r.kind), r.to.split("@")[0]) for r in self.replies]

    def token(self, who: str, kind: str = "confirmed", **more: object) -> Sender:
        """`who` answers our mail of that kind: the token of their registration comes back."""
        thread = Thread(kind, self.of(who).ref, f"<{kind}@repair.example>")
        return self.sender(who, thread=thread, proof=Proof.TOKEN, **more)

    def answers(self, who: str, request: type, kind: str, *args: object, **more: object) -> list[Effect]:
        """`who` answers our mail of that kind with a request of that sort."""
        return self.happens(request(self.token(who, kind), *args, **more))

    def passes(self, *, read: bool = True, **span: float) -> list[Effect]:
        """So much time passes, and the clock asks what is due; all mail until then has been read."""
        self.now += timedelta(**span)
        return self.happens(TimePassed(f"tick{self.uid}:{self.now}", self.now if read else None))

    def is_before_start(self, **span: float) -> None:
        """Now it is so long before the event starts."""
        self.now = self.roster.event.starts - timedelta(**span)

    def told(self, kind: str) -> list[Reply]:
        """The mails of that kind that the last request led to."""
        return [r for r in self.replies if r.kind == kind]
