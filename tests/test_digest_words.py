"""The organisers' page, its words: changes, waitlist, bars and reasons as people name them."""

from __future__ import annotations

from dataclasses import replace

from mailflow.core.ledger import Bucket, JournalLine, LedgerCounts, OutboxCounts
from mailflow.core.waitlist import Idle
from mailflow.writing.digest_mail import alarm_mail
from mailflow.writing.digest_view import ignored
from tests.test_digest_mail import both, page
from tests.writing_samples import (
    CANCELLED,
    CONFIRMED,
    EVENT,
    NOW,
    SECRET,
    WAITLISTED,
    ago,
    html,
    party,
    plain,
    read,
    shipped,
)


def test_every_reason_the_rules_give_has_a_name_and_something_to_do() -> None:
    for language in ("nl", "en"):
        w = shipped().words(language, "digest_words")
        from_decide = ("question", "unclear", "party", "not_found", "same_name", "undeliverable")
        for reason in (*from_decide, "other_address", "limit", "answers_capped", "set_aside"):
            assert w["review"][reason]
            assert w["review_do"][reason]


def test_what_happened_since_the_last_page_is_told_in_the_organisers_language() -> None:
    registration = party(("Jo van der Meer", CANCELLED), ("Sanne", CONFIRMED))
    told = [
        ("cancelled, 1 seat(s)", "1 plaats afgemeld"),
        ("promoted from the waitlist", "nu bevestigd"),
        ("fewer seats: 3 -> 2", "van 3 naar 2 plaatsen"),
        ("2 seat(s) more; organisation: - -> Waterschap", "2 plaatsen erbij; Organisatie: Waterschap"),
        (
            "organisation: Wij -> Waterschap; involvement supplied",
            "Wij → Waterschap; betrokkenheid opgegeven",
        ),
        ("somebody else comes on the same seat", "iemand anders komt op dezelfde plaats"),
        ("capacity 20 -> 25, held 0 -> 0 by organiser", "aantal plaatsen 20 → 25"),
    ]
    lines = tuple(JournalLine(ago(hours=3), "participant", what, "DD-7F3Q") for what, _ in told)
    quiet = JournalLine(ago(hours=3), "mailflow", "digest queued")
    text, shown = both(page(registration, new=(registration,), journal=(*lines, quiet)))
    for _, said in told:
        assert said in text
        assert said in shown
    assert "Nieuw aangemeld (1)" in text
    assert "Afgemeld (2)" in text
    assert "Gewijzigd (4)" in text
    assert "queued" not in text


def test_the_waitlist_stands_in_order_with_the_time_each_has_waited() -> None:
    first = party(("Jo", WAITLISTED), ref="DD-AAAA", arrival=ago(days=3, hours=2))
    second = party(("Sanne", WAITLISTED), ("", WAITLISTED), ref="DD-BBBB", arrival=ago(hours=5))
    text, shown = both(
        page(first, second, waitlist=(first, second), why_waiting=Idle("together", 1, 2, "DD-AAAA"))
    )
    assert "1. Jo [DD-AAAA], 1 plaats, wacht 3 dagen" in text
    assert "2. Sanne, gast van Jo van der Meer [DD-BBBB], 2 plaatsen, wacht 5 uur" in text
    assert "1 plaats vrij, maar het eerste gezelschap op de lijst heeft er 2 nodig." in text
    assert "wacht 3 dagen" in shown


def test_bars_count_the_seats_by_project_and_by_round() -> None:
    one = party(("Jo", CONFIRMED), ("", CONFIRMED), ref="DD-A", projects=("veen",), workshops=((1, "kade"),))
    two = party(("Sanne", CONFIRMED), ref="DD-B")
    text, shown = both(page(one, two))
    assert "  2  Veen & Water" in text
    assert "  1  geen project genoemd" in text
    assert "  2  De Kade" in text.partition("RONDE 1 (14:00)")[2]
    assert "RONDE 2" not in text, "nobody wished anything for it"
    assert shown.count('bgcolor="#24558c"') == 3
    assert "<img" not in shown


def test_what_was_ignored_is_counted_by_a_reason_people_know() -> None:
    w = shipped().words("nl", "digest_words")
    reasons = {
        "duplicate": 1,
        "null return path": 2,
        "Auto-Submitted: auto-replied": 3,
        "the first lines tell of an absence": 1,
        "mailing list (list-id)": 4,
        "marked as spam (x-spam-flag)": 5,
        "our own mail came back (loop header)": 6,
        "something new": 7,
    }
    found = {one["why"]: one["count"] for one in ignored(reasons, w)}
    assert sum(found.values()) == sum(reasons.values())
    assert found[w["ignored"]["auto_reply"]] == 4
    assert found[w["ignored"]["machine"]] == 7
    text, _ = both(
        page(counts=LedgerCounts({Bucket.IGNORED: 29}, reasons, outbox=OutboxCounts(sent=12, failed=1)))
    )
    assert "  4  automatische antwoorden" in text
    assert "29 e-mails: 0 verwerkt, 29 niet beantwoord" in text
    assert "12 verstuurd, 0 in de wachtrij, 1 geweigerd" in text


def test_an_alarm_says_what_since_when_and_what_to_do() -> None:
    def alarm(what: str, language: str) -> tuple[str, str]:
        mail = alarm_mail(
            replace(EVENT, language=language),
            shipped(),
            recipient="o@dijkendag.example",
            what=what,
            since=ago(hours=3),
            now=NOW,
            secret=SECRET,
            cause="alarm:x",
        )
        message = read(mail)
        assert mail.kind == "alarm"
        assert message["auto-submitted"] == "auto-generated"
        assert message["subject"].split(":")[0] == "ALARM"
        assert [part.defects for part in message.walk()] == [[], [], []]
        return plain(message), html(message)

    for text in alarm("mailbox", "nl"):
        assert "De postbus is onbereikbaar" in text
        assert "Sinds donderdag 1 mei 2031 om 07:00 uur, dat is nu 3 uur." in text
        assert "mailflow check" in text
    assert "Mail cannot be sent." in alarm("smtp", "en")[0]
    assert "schijf vol <99%>" in alarm("schijf vol <99%>", "nl")[0]
    assert "schijf vol &lt;99%&gt;" in alarm("schijf vol <99%>", "nl")[1]
