"""A mailbox that cannot be read costs nobody a seat, and the organisers hear of it (rules: offers)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from mailflow.cli import execute
from mailflow.core.ledger import Slot
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import MAILBOX_TROUBLE, Office
from mailflow.take import Incoming
from tests.desk import (
    OPENED,
    Hands,
    address,
    cancels,
    close_all,
    mail,
    office,
    registers,
    sent,
    servers,
    states,
)  # fmt: skip

HOUR = timedelta(hours=1)


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


def offered(folder: Path, running: EmbeddedServers) -> tuple[Office, Hands]:
    """A house of one seat, fifty hours before the start: Ann left, Bea has the offer, Cy waits."""
    clock = Hands(OPENED)
    desk = office(folder, running, clock, capacity=1)
    for who in ("Ann Lee", "Bea Jones", "Cy Fir"):
        clock.at += timedelta(minutes=1)
        running.deliver(registers(who, at=clock.at), clock.at)
    desk.round()
    clock.at = desk.desk.event.starts.astimezone(UTC) - 50 * HOUR
    running.deliver(cancels("Ann Lee", at=clock.at), clock.at)
    desk.round()
    assert states(desk)["bea.jones"] == ["offered"]
    return desk, clock


@contextmanager
def unreachable(desk: Office) -> Iterator[None]:
    """Nobody answers where the mailbox was."""
    setup = desk.setup
    desk.setup = replace(setup, mailbox=setup.mailbox.model_copy(update={"port": 1}))
    # The ledger's key of a mailbox is its user, host and folder: it is the same one.
    assert desk.setup.mailbox_name == setup.mailbox_name
    try:
        yield
    finally:
        desk.setup = setup


def test_an_offer_does_not_lapse_while_the_mailbox_is_unreachable_and_the_organisers_are_told(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = offered(tmp_path, running)
    with unreachable(desk):
        clock.at += timedelta(minutes=20)
        assert desk.round().trouble != ()
        assert [kind for _, kind, _ in sent(running)].count("alarm") == 0, "not at once"
        for _ in range(3):
            clock.at += 8 * HOUR
            assert desk.round().trouble != ()
            assert states(desk)["bea.jones"] == ["offered"]
        assert [t.what for t in desk.store.troubles(desk.event_id)] == [MAILBOX_TROUBLE]
        alarms = [to for to, kind, _ in sent(running) if kind == "alarm"]
        assert alarms == ["team@repair.example"] * 2, "once on each of two days"
    desk.round()
    assert states(desk)["bea.jones"] == ["waitlisted"]
    assert states(desk)["cy.fir"] == ["offered"]
    assert desk.store.troubles(desk.event_id) == []


def test_a_yes_that_arrived_in_time_takes_the_seat_though_it_is_read_after_the_deadline(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = offered(tmp_path, running)
    (offer,) = [m for to, kind, m in sent(running) if kind == "offered"]
    with unreachable(desk):
        clock.at += HOUR
        yes = mail("Bea Jones", "Yes please!\n\nBea Jones\n", at=clock.at, reply_to=offer)
        running.deliver(yes, clock.at)
        clock.at += 24 * HOUR
        desk.round()
    desk.round()
    assert states(desk)["bea.jones"] == ["confirmed"]
    assert states(desk)["cy.fir"] == ["waitlisted"]


def test_no_deadline_passes_while_a_mail_is_still_to_be_tried_again(
    running: EmbeddedServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, clock = offered(tmp_path, running)
    clock.at += HOUR
    running.deliver(mail("Bea Jones", "Yes please!\n\nBea Jones\n", at=clock.at), clock.at)
    clock.at += 24 * HOUR
    with monkeypatch.context() as patch:
        patch.setattr("mailflow.take.decide", lambda *_: 1 / 0)
        desk.round()
    assert states(desk)["bea.jones"] == ["offered"]
    desk.round()
    assert states(desk)["bea.jones"] == ["confirmed"]


def test_mail_that_was_fed_by_hand_tells_nothing_of_the_mailbox(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    from mailflow.receive import take_in

    clock = Hands(OPENED)
    desk = office(tmp_path, running, clock, capacity=1)
    fed = [registers("Ann Lee"), registers("Bea Jones")]
    incoming = [Incoming(Slot("ingest", 0, n), clock.at, raw) for n, raw in enumerate(fed, 1)]
    take_in(desk.desk, desk.store, incoming, clock)
    clock.at = desk.desk.event.starts.astimezone(UTC) - 50 * HOUR
    gone = Incoming(Slot("ingest", 0, 3), clock.at, cancels("Ann Lee", at=clock.at))
    take_in(desk.desk, desk.store, [gone], clock)
    assert states(desk)["bea.jones"] == ["offered"]
    clock.at += 30 * HOUR
    desk.lapse()

    def offers() -> list[str]:
        roster = desk.store.roster(desk.event_id)
        return [str(o.state) for r in roster.registrations for o in r.offers]

    assert offers() == ["open"], "nobody has read the mailbox"
    desk.round()
    assert offers() == ["lapsed", "open"], "nobody else waits: it is offered once more"


def test_a_poll_that_cannot_reach_the_mailbox_says_so_and_tells_the_organisers_later(
    running: EmbeddedServers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk, clock = offered(tmp_path, running)
    event = desk.event_id
    desk.store.close()
    file = tmp_path / "config" / "mailflow.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"port = {running.imap_port}", "port = 1", 1), encoding="utf-8")
    monkeypatch.setenv("MAILFLOW_MAILBOX__PASSWORD", running.password)
    late = (clock.at + 24 * HOUR).isoformat()
    assert execute(["--config", str(tmp_path / "config"), "--now", late, "poll"]) == 69
    assert "127.0.0.1:1" in capsys.readouterr().err
    assert [to for to, kind, _ in sent(running) if kind == "alarm"] == ["team@repair.example"]
    assert execute(["--config", str(tmp_path / "config"), "--now", late, "list", "--json"]) == 0
    assert f'"contact": "{address("Bea Jones")}"' in capsys.readouterr().out
    assert states(desk)["bea.jones"] == ["offered"], event
