"""The organisers' page: one glance tells whether all is well, and nothing that is wrong is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.core.digest import (
    Digest,
    DoubtfulMail,
    StandingTrouble,
    bars_by_project,
    bars_by_workshop,
    seat_counts,
)
from mailflow.core.ledger import FailedMail, JournalLine, LedgerCounts, ReviewItem
from mailflow.core.model import Registration
from mailflow.writing.digest_mail import digest_html, digest_mail, digest_text
from mailflow.writing.digest_told import ROWS
from mailflow.writing.wording import FORBIDDEN
from tests.writing_samples import (
    CONFIRMED,
    EVENT,
    NOW,
    SECRET,
    ago,
    html,
    party,
    plain,
    read,
    roster,
    shipped,
)

SMTP = StandingTrouble("smtp", "mail.example:465: connection refused", ago(hours=2))
UNHEARD_OF = StandingTrouble("imap login", "refused", ago(hours=2))


def page(*registrations: Registration, capacity: int = 20, **also: object) -> Digest:
    house = roster(*registrations, capacity=capacity)
    counts = seat_counts(house)
    quiet = Digest(
        day=NOW.date(),
        now=NOW,
        since=ago(days=1),
        roster=house,
        confirmed=counts["confirmed"],
        offered=counts["offered"],
        waitlisted=counts["waitlisted"],
        cancelled=counts["cancelled"],
        new=(),
        journal=(),
        waitlist=(),
        review=(),
        missing_involvement=(),
        failed=(),
        counts=LedgerCounts(),
        unaccounted=0,
        last_good_poll=ago(minutes=1),
        by_project=bars_by_project(house),
        by_workshop=bars_by_workshop(house),
    )
    return replace(quiet, **also)  # type: ignore[arg-type]


def both(digest: Digest) -> tuple[str, str]:
    return digest_text(digest, shipped()), digest_html(digest, shipped())


def english(digest: Digest) -> Digest:
    return replace(digest, roster=replace(digest.roster, event=replace(EVENT, language="en")))


def test_a_quiet_day_says_in_its_first_line_that_there_is_nothing_to_do() -> None:
    digest = page(party(("Jo", CONFIRMED)))
    text, shown = both(digest)
    assert text.startswith("Alles loopt goed. U hoeft niets te doen.\n")
    assert "0 niet verantwoord - in orde" in text
    assert "Geen veranderingen." in text
    assert "1 van 20 bevestigd, 19 vrij" in text
    assert "Alles loopt goed" in shown
    assert both(english(digest))[0].startswith("All is well. There is nothing for you to do.\n")


@pytest.mark.parametrize(
    ("trouble", "dutch", "said"),
    [
        ({"unaccounted": 2}, "2 e-mails zijn niet verantwoord", "2 mails are unaccounted for"),
        ({"last_good_poll": None}, "nog nooit gelezen", "has never been read"),
        ({"last_good_poll": ago(hours=3)}, "niet meer gelezen sinds", "has not been read since"),
        (
            {"troubles": (SMTP,)},
            "Mail versturen lukt niet, sinds donderdag 1 mei",
            "cannot be sent, since Thu",
        ),
        ({"troubles": (UNHEARD_OF,)}, "Er is iets mis (imap login), sinds", "wrong (imap login), since"),
    ],
)
def test_trouble_with_the_machinery_is_the_first_line_and_the_subject(
    trouble: dict[str, object], dutch: str, said: str
) -> None:
    digest = page(**trouble)  # type: ignore[arg-type]
    for one, words, shout in ((digest, dutch, "LET OP: "), (english(digest), said, "ATTENTION: ")):
        text, shown = both(one)
        assert text.startswith("!! ")
        assert words in text.split("\n")[0]
        assert words in shown
        mail = digest_mail(one, shipped(), recipient="o@dijkendag.example", secret=SECRET, cause="digest:1")
        assert read(mail)["subject"].startswith(shout)
        assert "Alles loopt goed" not in text


def test_the_cause_of_a_standing_trouble_stands_under_how_the_system_runs() -> None:
    for shown in both(page(troubles=(SMTP,))):
        assert "Mail versturen lukt niet, sinds 1 mei 08:00 (mail.example:465: connection refused)" in shown
    text, _ = both(page(troubles=(StandingTrouble("mailbox", "down", ago(hours=9)),), last_good_poll=None))
    assert text.count("!! ") == 1, "the mailbox is said once"


def test_a_mail_in_doubt_is_named_and_the_day_is_not_called_quiet() -> None:
    doubtful = DoubtfulMail("sanne@x.example", "promoted", "DD-7F3Q", ago(hours=2))
    digest = page(in_doubt=(doubtful,))
    for shown in both(digest):
        assert "Alles loopt goed" not in shown
        assert "Eén zaak vraagt uw aandacht" in shown
        assert "kan ze dubbel krijgen" in shown
        for said in ("sanne@x.example", "DD-7F3Q", "alsnog bevestigd", "1 mei 08:00"):
            assert said in shown, said
    assert "may arrive twice" in both(english(digest))[0]


def test_the_page_of_another_day_says_which_day_and_when_it_was_made() -> None:
    digest = page(day=NOW.date() - timedelta(days=1))
    for shown in both(digest):
        assert "Dagoverzicht woensdag 30 april 2031, stand van 1 mei 10:00" in shown
    mail = digest_mail(digest, shipped(), recipient="o@dijkendag.example", secret=SECRET, cause="digest:1")
    assert "woensdag 30 april 2031" in read(mail)["subject"]
    assert "Daily page Wednesday 30 April 2031, as of 1 May 10:00" in both(english(digest))[0]


def test_a_house_above_its_limit_is_trouble() -> None:
    text, _ = both(page(party(("Jo", CONFIRMED), ("Sanne", CONFIRMED)), capacity=1))
    assert "Er is 1 plaats meer vergeven dan er zijn" in text.split("\n")[0]
    assert "1 boven de grens" in text


def test_what_needs_a_person_is_numbered_with_the_senders_words_and_what_to_do_now() -> None:
    registration = party(("Jo van der Meer", CONFIRMED))
    item = ReviewItem(7, ago(hours=2), "question", "DD-7F3Q", "Is er een <lift>?", "jo@x.example")
    text, shown = both(page(registration, review=(item,)))
    assert text.startswith("Eén zaak vraagt uw aandacht.")
    assert "7. Een vraag aan de organisatie: Jo van der Meer <jo@x.example> [DD-7F3Q]" in text
    assert "“Is er een <lift>?”" in text
    assert "Nu te doen: antwoord de schrijver zelf" in text
    assert "mailflow review --done" in text
    assert "Is er een &lt;lift&gt;?" in shown


def test_mail_that_was_refused_is_named_with_the_servers_words() -> None:
    failed = FailedMail(
        "weg@verhuisd.example", "confirmed", "DD-7F3Q", "550 5.1.1 no such user", ago(hours=1)
    )
    text, shown = both(page(failed=(failed,)))
    for said in ("weg@verhuisd.example", "550 5.1.1 no such user", "bevestiging"):
        assert said in text
        assert said in shown
    assert text.startswith("Eén zaak vraagt uw aandacht.")


def test_a_long_list_is_cut_and_says_how_much_is_left_out() -> None:
    many = tuple(party((f"Mens {n}", CONFIRMED), ref=f"DD-{n:04}") for n in range(ROWS + 5))
    digest = page(*many, new=many, missing_involvement=many, capacity=100)
    text, shown = both(digest)
    assert "en nog 5; zie de bijlage" in text
    assert f"Mens {ROWS}" not in text
    assert len(shown.encode()) < 100_000, "Gmail clips a mail above 102 kB"


def test_the_mail_carries_the_page_and_the_participants() -> None:
    digest = page(party(("Jo", CONFIRMED)))
    cause = "digest:dijkendag-2031:2031-05-01:organisatie@dijkendag.example"
    mail = digest_mail(
        digest,
        shipped(),
        recipient="organisatie@dijkendag.example",
        secret=SECRET,
        cause=cause,
        attachments=b"PK\x03\x04" + bytes(range(256)) * 40,
    )
    assert (mail.cause, mail.kind, mail.recipient) == (cause, "digest", "organisatie@dijkendag.example")
    message = read(mail)
    assert [part.defects for part in message.walk()] == [[], [], [], [], []]
    assert message["auto-submitted"] == "auto-generated"
    assert message["subject"] == "donderdag 1 mei 2031: 1 van 20 bevestigd – Dijkendag"
    assert plain(message) == digest_text(digest, shipped())
    assert html(message).strip() == digest_html(digest, shipped()).strip()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "deelnemers-dijkendag-2031-2031-05-01.xlsx"
    assert attached.get_content()[:6] == b"PK\x03\x04\x00\x01"
    assert mail == digest_mail(
        digest,
        shipped(),
        recipient="organisatie@dijkendag.example",
        secret=SECRET,
        cause=cause,
        attachments=b"PK\x03\x04" + bytes(range(256)) * 40,
    )


@settings(max_examples=40, deadline=None)
@given(words=st.text(max_size=400), name=st.text(max_size=80), reason=st.text(max_size=20))
def test_no_words_of_a_stranger_break_the_page(words: str, name: str, reason: str) -> None:
    registration = party((name, CONFIRMED), name=name, organisation=words, involvement=words)
    item = ReviewItem(1, NOW, reason, "DD-7F3Q", words, name)
    line = JournalLine(NOW, "participant", f"organisation: - -> {words}", "DD-7F3Q", words=words)
    failed = FailedMail(name, reason, "", words, NOW)
    digest = page(registration, new=(registration,), review=(item,), journal=(line,), failed=(failed,))
    mail = digest_mail(digest, shipped(), recipient="o@dijkendag.example", secret=SECRET, cause="c")
    message = read(mail)
    assert [part.defects for part in message.walk()] == [[], [], []]
    assert not FORBIDDEN.search(plain(message) + html(message))
    assert "<b>" not in digest_html(replace(digest, review=(replace(item, words="<b>"),)), shipped())


def test_a_page_for_an_event_in_another_language_is_in_english() -> None:
    digest = page()
    other = replace(digest, roster=replace(digest.roster, event=replace(EVENT, language="de")))
    assert digest_text(other, shipped()).startswith("All is well.")


def test_the_first_page_says_so_far(tmp_path: Path) -> None:
    text, shown = both(page(since=None))
    assert "TOT NU TOE" in text
    saved = tmp_path / "digest.html"
    saved.write_text(shown, "utf-8")
    assert "Tot nu toe" in saved.read_text("utf-8")


def test_the_days_left_are_told_until_the_event_starts() -> None:
    before = page()
    assert "(nog 35 dagen)" in digest_text(before, shipped())
    during = replace(before, now=EVENT.starts + timedelta(hours=1), last_good_poll=EVENT.starts)
    assert "(nog" not in digest_text(during, shipped())
    assert isinstance(before.now, datetime)
