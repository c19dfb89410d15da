"""The organisers' page: what stands open, who was passed over, why seats stay free, in two languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import mailflow.core
from mailflow.core.digest import passed_over
from mailflow.core.ledger import JournalLine
from mailflow.core.matters import Offer, Pending
from mailflow.core.model import Registration, SeatState
from mailflow.core.waitlist import Idle
from mailflow.writing.digest_told import ROWS, heading_of
from tests.test_digest_mail import both, english, page
from tests.writing_samples import CONFIRMED, NOW, WAITLISTED, ago, party, roster, shipped

OFFERED, LEAVING = SeatState.OFFERED, SeatState.RELEASE_PENDING
REASONS = ("manual", "too_late", "together", "late", "owes", "unreachable")


def held(registration: Registration, state: SeatState, **seat: object) -> Registration:
    """The party with its first seat in that state."""
    first = replace(registration.seats[0], state=state, number=1, **seat)  # type: ignore[arg-type]
    return registration.with_seats((first,))


def test_a_page_with_nothing_open_does_not_speak_of_it() -> None:
    w = shipped().words("nl", "digest_words")
    text, shown = both(page(party(("Jo", CONFIRMED))))
    for words in (w["matters_title"], w["passed_title"], w["offers_title"], w["absences_title"]):
        assert str(words).upper() not in text
        assert str(words) not in shown


def test_an_open_offer_stands_there_with_its_deadline() -> None:
    asked = held(party(("Jo", WAITLISTED), ("Sanne", WAITLISTED)), OFFERED)
    asked = replace(asked, offers=(Offer(1, ago(hours=2), NOW + timedelta(hours=22), (1,), partial=True),))
    text, shown = both(page(asked))
    assert "Aangeboden, nog niet beantwoord (1)" in text
    assert "Jo van der Meer [DD-7F3Q]: 1 van 2 plaatsen, tot vr 2 mei 08:00" in text
    assert "1 van 2 plaatsen, tot vr 2 mei 08:00" in shown
    assert "1 of 2 seats, until Fri 2 May 08:00" in both(english(page(asked)))[0]


def test_a_decline_in_the_calendar_is_told_while_a_word_can_still_keep_the_seat() -> None:
    text, _ = both(page(held(party(("Jo", CONFIRMED)), LEAVING, until=NOW + timedelta(hours=1))))
    assert "Afgezegd in de agenda, wordt vrijgegeven (1)" in text
    assert "1 plaats, om do 1 mei 11:00" in text


def test_a_question_to_a_holder_says_what_was_asked_by_whom() -> None:
    question = Pending("substitute", NOW, NOW + timedelta(hours=48), (1,), "Ed Fox", None, "x@y.example")
    text, _ = both(page(replace(party(("Jo", CONFIRMED)), pending=question)))
    assert "iemand anders in de plaats? (Ed Fox), gevraagd door x@y.example, tot za 3 mei 10:00" in text


def test_the_silent_are_at_risk() -> None:
    silent = party(("Jo", CONFIRMED), arrival=ago(days=30))
    silent = silent.tell("reconfirm", ago(days=4)).tell("reconfirm_again", ago(days=1, hours=1))
    text, _ = both(page(silent))
    assert "twee keer gevraagd, geen antwoord (1)" in text
    heard = replace(silent, heard_at=ago(hours=1))
    assert "twee keer gevraagd" not in both(page(heard))[0]


@pytest.mark.parametrize("reason", REASONS)
def test_why_seats_stay_free_is_a_sentence_of_its_own_for_each_reason(reason: str) -> None:
    first = party(("Jo", WAITLISTED))
    said = set()
    for other in REASONS:
        day = page(first, waitlist=(first,), why_waiting=Idle(other, 2, 3, first.ref))
        text, shown = both(day)
        line = next(one for one in text.splitlines() if one.startswith("2 plaatsen vrij, maar"))
        assert line in shown
        assert "2 seats are free, but" in both(english(day))[0]
        said.add(line)
    assert len(said) == len(REASONS)
    assert reason in REASONS


def test_who_was_passed_over_since_the_last_page_is_named_and_why() -> None:
    three = party(*[(who, WAITLISTED) for who in ("Jo", "Sanne", "Piet")], ref="DD-AAAA")
    three = replace(three, seats=tuple(replace(s, arrival=ago(days=9)) for s in three.seats))
    one = party(("Kim", CONFIRMED), ref="DD-BBBB")
    now = one.with_seats((replace(one.seats[0], arrival=ago(days=8), since=ago(hours=3)),))
    assert [(p.ref, p.needs, p.reason) for p in passed_over(roster(three, now), ago(days=1))] == [
        ("DD-AAAA", 3, "size")
    ]
    text, shown = both(page(three, now, waitlist=(three,)))
    assert "[DD-AAAA]: heeft 3 plaatsen nodig; zo veel waren er niet vrij" in text
    assert "zo veel waren er niet vrij" in shown
    before = now.with_seats((replace(now.seats[0], since=ago(days=2)),))
    assert passed_over(roster(three, before), ago(days=1)) == (), "told once"
    ahead = replace(now, seats=(replace(now.seats[0], arrival=ago(days=10)),))
    assert passed_over(roster(three, ahead), ago(days=1)) == (), "who stood before passes nobody over"


def test_an_absence_notice_during_an_offer_is_told() -> None:
    away = party(("Jo", WAITLISTED))
    line = JournalLine(ago(hours=1), "mailflow", "an absence notice came while an offer stands", away.ref)
    text, shown = both(page(away, journal=(line,)))
    assert "Afwezig terwijl er een aanbieding openstaat (1)" in text
    assert "een automatisch afwezigheidsbericht" in shown


def test_an_order_says_who_gave_it() -> None:
    lines = [
        JournalLine(ago(hours=1), "organiser", f"capacity 20 -> 25, held 0 -> 0 by {by}")
        for by in ("organiser", "the event's file")
    ]
    text, _ = both(page(journal=tuple(lines)))
    assert "aantal plaatsen 20 → 25 (door de organisatie)" in text
    assert "aantal plaatsen 20 → 25 (uit het bestand van de bijeenkomst)" in text


def test_what_the_rules_write_into_the_journal_is_told_in_the_organisers_words() -> None:
    """Each line that the rules write and the page shows; none comes out as it was written."""
    written: set[str] = set()
    for path in Path(mailflow.core.__path__[0]).glob("*.py"):
        for said in re.findall(r"note\(\s*f?\"([^\"]+)\"", path.read_text(encoding="utf-8")):
            written.add(re.sub(r"\{[^}]*\}", "1", said))
    shown = {what for what in written if heading_of(what) and not what.startswith("capacity")}
    assert len(shown) > 9, "the search finds nothing any more"
    text, _ = both(page(journal=tuple(JournalLine(ago(hours=1), "clock", what) for what in shown)))
    left = {what for what in shown if f"- {what} (" in text and not what.startswith("asked")}
    assert left == set()


def test_a_long_list_of_offers_is_cut() -> None:
    until = NOW + timedelta(hours=1)
    many = [
        replace(
            held(party((f"Guest {n}", WAITLISTED), ref=f"DD-{n:04}"), OFFERED),
            offers=(Offer(1, NOW, until, (1,)),),
        )
        for n in range(ROWS + 5)
    ]
    text, _ = both(page(*many, capacity=90))
    assert f"Aangeboden, nog niet beantwoord ({ROWS + 5})" in text
    assert "nog 5" in text
