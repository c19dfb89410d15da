"""Who is forgotten leaves no word behind, and what was counted stays."""

# ruff: noqa: PT012 - a step is a block: what it does before it fails is the point

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailflow.adapters.prove import prove
from mailflow.adapters.store import SqlStore, open_store
from mailflow.core.effects import Review
from mailflow.core.ledger import Bucket, JournalLine
from mailflow.core.model import Roster
from mailflow.core.privacy import erased
from mailflow.daily import queue_digest
from mailflow.demo.servers import EmbeddedServers
from mailflow.office import Office
from mailflow.orders import forget
from mailflow.show import seat_rows
from mailflow.writing.spreadsheet import participants_csv
from tests.databases import database_url  # noqa: F401
from tests.desk import OPENED, Hands, close_all, mail, office, registers, sent, servers
from tests.seats import EVENT, NOW, ended, party, seat
from tests.seats import mail as letter

DAY = timedelta(days=1)
ANN = "annabel.smithers@home.example"
HERS = (b"nnabel", b"mithers", b"ockpick", b"solder bench", b"unicycle")


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:  # noqa: F811
    opened = open_store(database_url)
    opened.seed_event(EVENT, NOW)
    yield opened
    opened.close()


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up
    close_all()


def a_house(folder: Path, running: EmbeddedServers) -> tuple[Office, Hands]:
    """Annabel and Bob are registered, Annabel asked and was away, the organisers had a page."""
    clock = Hands(OPENED)
    desk = office(folder, running, clock)
    away = {"Auto-Submitted": "auto-replied"}
    for raw in (
        registers("Annabel Smithers"),
        registers("Bob Jones"),
        mail("Annabel Smithers", "We are from the Lockpick Guild.\n\nMay I bring my unicycle?\n\nAnnabel\n"),
        mail("Annabel Smithers", "I am away on my unicycle.\n\nAnnabel", subject="Away", headers=away),
    ):
        clock.at += timedelta(minutes=1)
        running.deliver(raw, clock.at)
        desk.round()
    queue_digest(desk.desk, desk.store, clock.at.date(), clock.at, desk.health())
    desk.round()
    return desk, clock


def test_a_seat_of_somebody_erased_is_nobodys_guest() -> None:
    gone = erased(party("TLD-1", seat(1, 1), seat(2, 2)))
    roster = Roster(EVENT, 3, 0, b"", (gone,))
    assert [row["name"] for row in seat_rows(roster)] == ["", ""]
    assert "gast van" not in participants_csv(roster)


def bytes_of(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.glob("mailflow.db*"))


def test_whoever_is_forgotten_by_hand_leaves_no_word_in_the_file_and_the_counts_stay(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = a_house(tmp_path, running)
    before = desk.store.counts(desk.event_id)
    kept = bytes_of(tmp_path)
    assert all(word in kept for word in (b"nnabel", b"mithers", b"ockpick", b"unicycle"))
    forget(desk.desk, desk.store, ANN.title(), clock.at)
    assert running.outgoing[-1][1] != [ANN]
    desk.round()
    assert (sent(running)[-1][0], sent(running)[-1][1]) == (ANN, "erased"), "her last mail left first"
    after = desk.store.counts(desk.event_id)
    assert (after.buckets, after.seen) == (before.buckets, before.seen)
    assert after.outbox.sent == before.outbox.sent + 1
    assert prove(desk.store, desk.event_id, clock.at) == []
    kept = bytes_of(tmp_path)
    assert [word for word in HERS[:3] + HERS[4:] if word in kept] == []
    assert b"bob.jones@home.example" in kept
    assert [r.address for r in desk.store.roster(desk.event_id).registrations] == [
        "",
        "bob.jones@home.example",
    ]


def test_who_asks_by_mail_is_forgotten_with_the_mail_that_asks(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = a_house(tmp_path, running)
    clock.at += DAY
    running.deliver(mail("Annabel Smithers", "Please delete all my data.\n\nAnnabel\n"), clock.at)
    desk.round()
    assert sent(running)[-1][:2] == (ANN, "erased")
    kept = bytes_of(tmp_path)
    assert [word for word in HERS[:3] + HERS[4:] if word in kept] == []


def test_a_copy_of_a_forgotten_mail_is_still_a_copy(running: EmbeddedServers, tmp_path: Path) -> None:
    desk, clock = a_house(tmp_path, running)
    forget(desk.desk, desk.store, ANN, clock.at)
    running.deliver(registers("Annabel Smithers"), clock.at)
    desk.round()
    assert desk.store.counts(desk.event_id).reasons["duplicate"] == 1
    assert len(desk.store.roster(desk.event_id).registrations) == 2


def test_after_the_days_of_keeping_everybody_is_forgotten_at_every_tick_anew(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk, clock = a_house(tmp_path, running)
    clock.at = desk.desk.event.ends + timedelta(days=desk.desk.event.retention_days, hours=1)
    desk.round()
    running.deliver(mail("Cleo Unlikely", "Can I still register, on my unicycle?\n\nCleo\n"), clock.at)
    desk.round()
    desk.round()
    assert sent(running)[-1][0] == "cleo.unlikely@home.example"
    kept = bytes_of(tmp_path)
    assert [word for word in (*HERS, b"Jones", b"bob.", b"nlikely") if word in kept] == []
    assert prove(desk.store, desk.event_id, clock.at) == []
    assert desk.store.roster(desk.event_id).taken == 2, "two came"


def written(store: SqlStore) -> None:
    """Ann and Ben, a mail of each on its way, a page, and a place that Ann had from Ben."""
    with store.step(EVENT.id) as step:
        step.record(party("TLD-1", seat(1, 1), contact="ann@home.example", address="Ann@home.example"))
        step.record(party("TLD-2", seat(1, 2), contact="ben@home.example", address="ben@home.example"))
        step.queue(letter("one:Ann@home.example", ref="TLD-1"), "a", NOW)
        step.queue(letter("two:ben@home.example", to="ben@home.example", ref="TLD-2"), "b", NOW)
        step.queue(letter("digest:x", to="team@tools.example", kind="digest"), "c", NOW)
        step.finish(ended(1, message_id="<ann@home.example>", sender="ann@home.example", subject="Ann"), NOW)
        step.finish(
            ended(2, Bucket.IGNORED, sender="ben@home.example", subject="about ann@home.example"), NOW
        )
        step.note(
            JournalLine(NOW, "participant", "organisation: Guild of Ann -> -", "TLD-1", "", "Ann's words")
        )
        step.note(JournalLine(NOW, "participant", "fewer seats: 3 -> 2", "TLD-1"))
        step.note(JournalLine(NOW, "participant", "registered, 1 seat(s)", "TLD-2", "", "Ben's words"))
        step.review(Review("question", "TLD-1", "Ann asks"), "ann@home.example", "a", NOW)
        step.review(Review("question", "TLD-2", "Ben asks"), "ben@home.example", "b", NOW)


def forgets(store: SqlStore, contact: str, *refs: str) -> None:
    with store.step(EVENT.id) as step:
        for ref in refs:
            registration = step.roster().by_ref(ref)
            assert registration is not None
            step.record(erased(registration))
        step.erase(contact, NOW)


def test_a_mail_on_its_way_goes_out_first_and_is_blanked_then(store: SqlStore) -> None:
    written(store)
    forgets(store, "ann@home.example", "TLD-1")
    claimed = store.claim(EVENT.id, NOW)
    assert claimed is not None
    assert claimed.envelope.recipient == "Ann@Home.example"
    assert "ann" not in claimed.envelope.cause.casefold(), "its cause held the address"
    store.settle_deferred(claimed.id, "451 Ann is busy", NOW)
    again = store.claim(EVENT.id, NOW)
    assert again is not None
    assert again.envelope.content == claimed.envelope.content
    store.settle_sent(again.id, "250 Ann@Home.example", NOW)
    first, *_ = store.outbox_contents(EVENT.id)
    assert first[:2] == ("confirmed", "")
    assert (first[3], first[4]) == ("sent", b"")
    (kept,) = store.mails_of("TLD-1", EVENT.id)
    assert (kept.recipient, kept.answer) == ("", "")


def test_only_theirs_is_blanked(store: SqlStore) -> None:
    written(store)
    forgets(store, "ann@home.example", "TLD-1")
    assert [(i.ref, i.words) for i in store.reviews(EVENT.id)] == [("TLD-2", "Ben asks")]
    lines = [(line.what, line.words) for line in store.journal(EVENT.id)]
    assert lines == [
        ("organisation: erased", ""),
        ("fewer seats: 3 -> 2", ""),
        ("registered, 1 seat(s)", "Ben's words"),
    ]
    with store.step(EVENT.id) as step:
        assert step.seen_before("<ann@home.example>", "") is not None
        assert step.given_up("ann@home.example") is False
    to = {(row[1], row[3]) for row in store.outbox_contents(EVENT.id)}
    assert {recipient.casefold() for recipient, _ in to} >= {"ben@home.example", "ann@home.example"}, (
        "Ann's is still on its way"
    )


def test_what_fails_to_be_recorded_forgets_nobody(store: SqlStore) -> None:
    written(store)
    with store.step(EVENT.id) as step:
        with pytest.raises(RuntimeError), step.savepoint():
            step.erase("ann@home.example", NOW)
            raise RuntimeError("on purpose")
        with step.savepoint():
            step.note(JournalLine(NOW, "mailflow", "another message"))
    assert [i.words for i in store.reviews(EVENT.id)] == ["Ann asks", "Ben asks"]


def test_a_mail_that_was_erased_cannot_be_sent_again(store: SqlStore) -> None:
    written(store)
    claimed = store.claim(EVENT.id, NOW)
    assert claimed is not None
    store.settle_failed(claimed.id, "550 no", NOW)
    forgets(store, "ann@home.example", "TLD-1")
    assert store.failed_mails(EVENT.id) == []
    assert not store.requeue_failed(EVENT.id, claimed.id)


def test_the_copy_of_a_page_is_kept_for_a_day(store: SqlStore) -> None:
    written(store)
    while (claimed := store.claim(EVENT.id, NOW)) is not None:
        store.settle_sent(claimed.id, "250 ok", NOW)

    def page() -> bytes:
        return next(c for kind, _, _, _, c in store.outbox_contents(EVENT.id) if kind == "digest")

    for later, kept in ((DAY / 2, True), (DAY * 2, False)):
        with store.step(EVENT.id) as step:
            step.erase_pages(NOW + later)
        assert bool(page()) is kept
    assert store.queued_causes(EVENT.id, ["digest:x"]) == {"digest:x"}, "it does not go out twice"


def test_a_place_taken_over_is_forgotten_with_both(store: SqlStore) -> None:
    handed = replace(party("TLD-1", seat(1, 1)), contact="new@home.example", address="new@home.example")
    with store.step(EVENT.id) as step:
        step.record(handed)
        step.queue(letter("h:ann", ref="TLD-1", kind="handed_over"), "a", NOW)
        step.queue(letter("t:new", to="new@home.example", ref="TLD-1", kind="taken_over"), "a", NOW)
    while (claimed := store.claim(EVENT.id, NOW)) is not None:
        store.settle_sent(claimed.id, "250 ok", NOW)
    forgets(store, "ann@home.example")
    rows = {kind: (to, content) for kind, to, _, _, content in store.outbox_contents(EVENT.id)}
    assert rows == {"handed_over": ("", b""), "taken_over": ("new@home.example", b"")}


def test_an_answer_to_somebody_else_that_names_the_address_is_blanked(store: SqlStore) -> None:
    about = b"To: cas@home.example\r\n\r\nWe read: together with Ann@home.=\r\nexample"
    with store.step(EVENT.id) as step:
        step.queue(replace(letter("cas", to="cas@home.example"), content=about), "a", NOW)
        step.queue(letter("dot", to="dot@home.example"), "b", NOW)
    while (claimed := store.claim(EVENT.id, NOW)) is not None:
        store.settle_sent(claimed.id, "250 ok", NOW)
    forgets(store, "ann@home.example")
    kept = {to: content for _, to, _, _, content in store.outbox_contents(EVENT.id)}
    assert kept["cas@home.example"] == b""
    assert kept["dot@home.example"] != b""
