"""The played story keeps every promise: nothing lost, no seat twice, and in the end everybody forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailflow.core.model import SeatState
from mailflow.demo.servers import EmbeddedServers
from tests import story
from tests.story import CAPACITY, Story


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, Path]]:
    folder = tmp_path_factory.mktemp("story")
    with EmbeddedServers() as servers:
        told = story.play(folder, servers)
        yield told, folder
        told.office.store.close()


def test_every_mail_ends_in_one_bucket_and_no_promise_is_broken(played: tuple[Story, Path]) -> None:
    told, _ = played
    counts = told.office.store.counts(told.office.event_id)
    assert counts.seen == told.delivered
    assert counts.pending == 0
    assert told.broken == []
    assert 0 < told.most_seated <= CAPACITY


def test_every_part_of_a_registrations_life_is_in_it(played: tuple[Story, Path]) -> None:
    told, _ = played
    wanted = {
        "confirmed", "waitlisted", "promoted", "offered", "cancelled", "verify", "reconfirm", "reminder",
        "involvement", "decline_doubted", "releasing",
    }  # fmt: skip
    assert wanted - set(told.answered) == set()


def test_everybodys_history_can_be_told(played: tuple[Story, Path]) -> None:
    told, _ = played
    assert told.before is not None
    assert set(told.histories) == {r.ref for r in told.before.registrations}
    assert all(lines and "registered" in lines[0] for lines in told.histories.values())


def test_at_the_end_everybody_is_forgotten_and_the_counts_stand(played: tuple[Story, Path]) -> None:
    told, folder = played
    assert told.before is not None
    after = told.office.store.roster(told.office.event_id)

    def counted(seats: object) -> dict[str, int]:
        return {state: sum(1 for _, s in seats if s.state == state) for state in SeatState}  # type: ignore[attr-defined]

    assert counted(list(after.seats())) == counted(list(told.before.seats()))
    kept = b"".join(p.read_bytes() for p in folder.glob("mailflow.db*"))
    names = {r.name for r in told.before.registrations if len(r.name) > 5}
    assert names
    found = [name for name in names if name.encode() in kept]
    addresses = {r.contact for r in told.before.registrations if r.contact}
    assert found == []
    assert [a for a in addresses if a.encode() in kept] == []
