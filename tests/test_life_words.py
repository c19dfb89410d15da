"""What the mails of a registration's whole life say: offers, calendars, identity, the clock, privacy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailflow.core.effects import Facts, ReplyKind
from mailflow.core.matters import Invitation, OfferState, Pending
from mailflow.core.model import InvolvementPolicy, Registration, SeatState
from tests.writing_samples import (
    CANCELLED,
    CONFIRMED,
    EVENT,
    JO,
    NOW,
    OFFERED,
    SUBSTITUTED,
    WAITLISTED,
    coded,
    html,
    offering,
    party,
    plain,
    read,
    releasing,
    reply,
    sent,
    visible,
    words_of,
)

UNTIL = datetime(2031, 5, 3, 8, 0, tzinfo=UTC)
SPOKEN = "zaterdag 3 mei 2031 om 10:00 uur"


def said(kind: ReplyKind, facts: Facts, now: datetime = NOW, **also: object) -> tuple[str, str]:
    """Subject and text of that mail; what the text says, the page says too."""
    event = also.pop("event", EVENT)
    message = read(sent(reply(kind, facts, **also), event, now))  # type: ignore[arg-type]
    text = plain(message)
    assert all(words_of(line) in visible(html(message)) for line in text.splitlines())
    return message["subject"], text


def offered(*people: tuple[str, SeatState]) -> Registration:
    return offering(party(*people), UNTIL)


def test_an_offer_says_until_when_and_how_to_answer_and_that_nothing_is_confirmed() -> None:
    one = offered(("Jo", OFFERED))
    subject, text = said(ReplyKind.OFFERED, Facts(one, offered=one.offered, until=UNTIL), in_reply_to=False)
    assert subject == "Plaats vrij, antwoord vóór za 3 mei 10:00 uur: Dijkendag [DD-7F3Q]"
    assert text.startswith("Wij houden een plaats voor u vast; die is nog niet bevestigd.\n")
    assert f"Komt u? Antwoord dan vóór {SPOKEN} met JA. Komt u niet? Antwoord dan NEE" in text
    assert "Jo (aangeboden)" in text
    subject, text = said(ReplyKind.OFFERED, Facts(one, until=UNTIL), language="en")
    assert subject == "Seat free, reply before Sat 3 May 10:00: Dijkendag [DD-7F3Q]"
    assert "Reply YES before Saturday 3 May 2031 at 10:00." in text


def test_an_offer_of_some_seats_says_how_many_of_how_many_and_what_becomes_of_the_rest() -> None:
    some = offered(("Jo", OFFERED), ("Sanne", OFFERED), ("Ahmed", WAITLISTED))
    subject, text = said(ReplyKind.OFFERED, Facts(some, 1, offered=some.offered))
    assert subject.startswith("2 plaatsen vrij, antwoord vóór za 3 mei 10:00 uur:")
    assert text.startswith("2 van uw 3 plaatsen zijn vrij; er is nog niets bevestigd.\n")
    assert f"Antwoord dan vóór {SPOKEN} met het cijfer 2." in text
    assert "De andere plaats blijft vooraan op de wachtlijst." in text
    assert "Antwoord dan WACHTEN." in text
    assert "NEE" not in text, "to some of the seats it could mean two things"
    assert "Ahmed (wachtlijst)" in text
    _, text = said(ReplyKind.OFFERED, Facts(some, 1), language="en")
    assert "Reply with the number 2 before" in text
    assert "Reply WAIT." in text


@pytest.mark.parametrize(
    ("until", "dutch", "english"),
    [
        ("2031-03-29T09:00", "zaterdag 29 maart 2031 om 10:00 uur", "Saturday 29 March 2031 at 10:00"),
        ("2031-03-30T08:00", "zondag 30 maart 2031 om 10:00 uur", "Sunday 30 March 2031 at 10:00"),
        ("2031-10-25T08:00", "zaterdag 25 oktober 2031 om 10:00 uur", "Saturday 25 October 2031 at 10:00"),
        ("2031-10-26T09:00", "zondag 26 oktober 2031 om 10:00 uur", "Sunday 26 October 2031 at 10:00"),
        ("2031-10-25T22:30", "zondag 26 oktober 2031 om 00:30 uur", "Sunday 26 October 2031 at 00:30"),
        (
            "2031-10-26T00:30",
            "zondag 26 oktober 2031 om 02:30 uur (zomertijd)",
            "Sunday 26 October 2031 at 02:30 (summer time)",
        ),
        (
            "2031-10-26T01:30",
            "zondag 26 oktober 2031 om 02:30 uur (wintertijd)",
            "Sunday 26 October 2031 at 02:30 (winter time)",
        ),
    ],
)
def test_a_deadline_is_told_by_weekday_in_the_events_zone_also_when_the_clocks_change(
    until: str, dutch: str, english: str
) -> None:
    moment = datetime.fromisoformat(until).replace(tzinfo=UTC)
    one = offering(party(("Jo", OFFERED)), moment)
    going = releasing(party(("Jo", CONFIRMED)), moment)
    for language, spoken in (("nl", dutch), ("en", english)):
        for kind, registration in (
            (ReplyKind.OFFERED, one),
            (ReplyKind.STATUS, one),
            (ReplyKind.RELEASING, going),
        ):
            _, text = said(kind, Facts(registration), language=language)
            assert spoken in text, (kind, text)
        _, text = said(ReplyKind.VERIFY, Facts(party(("Jo", CONFIRMED)), until=moment), language=language)
        assert spoken in text


def test_a_deadline_follows_the_zone_of_the_event() -> None:
    event = replace(EVENT, timezone="America/New_York")
    _, text = said(ReplyKind.OFFERED, Facts(offered(("Jo", OFFERED))), event=event)
    assert "zaterdag 3 mei 2031 om 04:00 uur" in text


@pytest.mark.parametrize(
    "kind",
    [
        ReplyKind.WAITLISTED,
        ReplyKind.CONFIRMED,
        ReplyKind.STATUS,
        ReplyKind.CANCELLED,
        ReplyKind.CHANGED,
        ReplyKind.QUESTION,
        ReplyKind.UNCLEAR,
        ReplyKind.KEPT,
    ],
)
def test_every_other_mail_says_that_an_offer_stands_open_and_until_when(kind: ReplyKind) -> None:
    one = offered(("Jo", OFFERED))
    _, text = said(kind, Facts(one, until=UNTIL))
    assert f"Het aanbod van 1 plaats staat open tot {SPOKEN}; die is nog niet bevestigd. Antwoord JA" in text
    some = offered(("Jo", OFFERED), ("Sanne", WAITLISTED))
    _, text = said(kind, Facts(some, until=UNTIL))
    assert "Antwoord 1 om die plaats te nemen, of WACHTEN" in text
    _, text = said(kind, Facts(one, until=UNTIL), language="de", in_reply_to=True)
    assert "The offer stands" not in text
    assert "Das Angebot gilt bis Samstag, 3. Mai 2031 um 10:00 Uhr." in text.partition("---")[0]
    for over in (OfferState.ACCEPTED, OfferState.DECLINED, OfferState.LAPSED, OfferState.ENDED):
        past = offering(party(("Jo", CONFIRMED)), UNTIL, state=over)
        assert "aanbod van" not in said(kind, Facts(past, until=None))[1]


@pytest.mark.parametrize("kind", [ReplyKind.STATUS, ReplyKind.CHANGED, ReplyKind.QUESTION, ReplyKind.UNCLEAR])
def test_every_other_mail_says_that_a_calendar_gave_the_seat_up_and_until_when_it_stays(
    kind: ReplyKind,
) -> None:
    _, text = said(kind, Facts(releasing(party(("Jo", CONFIRMED), ("Sanne", CONFIRMED)), UNTIL)))
    assert f"In de agenda is afgezegd voor Jo. Op {SPOKEN} komt die plaats vrij" in text
    assert "TOCH" in text
    assert "Jo (afgezegd in de agenda)" in text
    assert "Sanne (bevestigd)" in text


def test_a_status_calls_no_seat_confirmed_that_a_calendar_has_just_given_up() -> None:
    subject, text = said(ReplyKind.STATUS, Facts(releasing(party(("Jo", CONFIRMED)), UNTIL)))
    assert subject.startswith("Nog van u, maar afgezegd in de agenda:")
    assert "uw plaats is bevestigd" not in text


def test_a_declined_offer_is_told_as_such() -> None:
    gone = party(("Jo", OFFERED))
    gone = gone.with_seats(tuple(s.become(CANCELLED, NOW) for s in gone.seats))
    subject, text = said(ReplyKind.CANCELLED, Facts(gone, lost=gone.seats))
    assert subject.startswith("Aanbod afgeslagen:")
    assert "het aanbod vervalt en u staat niet meer op de wachtlijst" in text
    plainly = party(("Jo", CANCELLED))
    subject, text = said(ReplyKind.CANCELLED, Facts(plainly, lost=plainly.seats))
    assert subject.startswith("Afgemeld:")
    assert "aanbod" not in text


def test_a_lapsed_offer_is_told_without_reproach_and_with_the_way_back() -> None:
    wait = party(("Jo", WAITLISTED), ("Sanne", WAITLISTED))
    subject, text = said(ReplyKind.LAPSED, Facts(wait, 4, until=UNTIL), in_reply_to=False)
    assert subject.startswith("Aanbod verlopen:")
    assert text.startswith("Het aanbod is verlopen; u staat weer op de wachtlijst, op plek 4.\n")
    assert "Dat kan gebeuren." in text
    assert "Antwoord dan alsnog JA." in text
    off = party(("Jo", SeatState.REMOVED))
    _, text = said(ReplyKind.LAPSED, Facts(off, off_the_list=True, until=UNTIL), in_reply_to=False)
    assert text.startswith("Het aanbod is verlopen; u staat niet meer op de wachtlijst.\n")
    assert "Beantwoord dan deze e-mail; wij behandelen dat als een nieuwe aanmelding." in text
    assert "weer op de wachtlijst" not in text


def test_a_calendar_decline_gives_the_seat_up_at_a_told_hour_unless_a_word_keeps_it() -> None:
    going = releasing(party(("Jo", CONFIRMED), ("Sanne", CONFIRMED)), UNTIL)
    subject, text = said(ReplyKind.RELEASING, Facts(going))
    assert subject.startswith("1 plaats komt om 10:00 uur vrij:")
    assert f"een afzegging voor Jo. Op {SPOKEN} komt de plaats vrij voor iemand anders." in text
    assert "Antwoord dan vóór 10:00 uur met TOCH, dan houdt u uw plaats." in text
    assert "Aan de andere plaats verandert niets." in text
    _, text = said(ReplyKind.RELEASING, Facts(releasing(party(("Jo", CONFIRMED)), UNTIL)), language="en")
    assert "Reply STILL before 10:00" in text
    assert "the other seat" not in text


def test_a_decline_that_nobody_can_have_meant_changes_nothing_and_asks_once() -> None:
    one = party(("Jo", CONFIRMED))
    subject, text = said(ReplyKind.DECLINE_DOUBTED, Facts(one, kept=one.seats))
    assert subject.startswith("Eén vraag over uw agenda:")
    assert text.startswith("Uw agenda zei nee, maar uw plaats staat nog.\n")
    assert "Kunt u echt niet komen? Antwoord dan AFMELDEN." in text


def test_the_holder_is_asked_what_was_asked_in_their_name_by_the_seats_it_is_about() -> None:
    two = party(("Jo", CONFIRMED), ("Sanne", CONFIRMED), name="Jo")
    two = replace(two, pending=Pending("cancel", NOW, UNTIL, (2,), by="iemand@elders.example"))
    lost = two.seats[1:]
    _, text = said(ReplyKind.VERIFY, Facts(two, lost=lost, wish="cancel"), in_reply_to=False)
    assert text.startswith("Heeft u dit gevraagd? Er is nog niets gewijzigd.\n")
    assert "gevraagd om deze plaats af te melden: Sanne." in text
    assert f"Antwoord dan vóór {SPOKEN} met JA." in text
    assert "u mag ook NEE antwoorden" in text
    assert "Zonder uw ja verandert er niets." in text
    assert "elders.example" not in text
    facts = Facts(two, lost=lost, wish="substitute", coming="Noor Bakker", until=UNTIL)
    assert "om de plaats van Sanne te geven aan Noor Bakker." in said(ReplyKind.VERIFY, facts)[1]
    facts = Facts(two, lost=two.seats, wish="forget", until=UNTIL, understood="wis alles van die sukkel")
    _, text = said(ReplyKind.VERIFY, facts)
    assert "al uw gegevens te wissen. De plaatsen van Jo en Sanne vervallen dan ook." in text
    assert "sukkel" not in text, "what somebody else wrote is not mailed on"


def test_who_asked_in_anothers_name_learns_nothing_of_the_registration() -> None:
    two = party(("Jo van der Meer", CONFIRMED), ("Sanne", CONFIRMED), organisation="Waterschap")
    facts = Facts(two, lost=two.seats, coming="Noor", leaving="Sanne", until=UNTIL)
    subject, text = said(ReplyKind.HOLDER_ASKED, facts, name="Piet")
    assert subject.startswith("Wij vragen het eerst na:")
    assert "er is nog niets gewijzigd" in text
    for secret in ("Jo", "Sanne", "Noor", "Waterschap", "Kenmerk", "10:00"):
        assert secret not in text


def test_a_substitute_is_told_whose_seat_it_is_and_how_to_give_it_up() -> None:
    now = replace(party(("Noor", CONFIRMED), organisation="Waterschap"), contact="noor@x.example")
    facts = Facts(now, gained=now.seats, leaving="Jo")
    to = {"to": "noor@x.example", "name": "Noor", "in_reply_to": False}
    subject, text = said(ReplyKind.TAKEN_OVER, facts, **to)
    assert subject.startswith("Bevestigd, u komt in plaats van een ander:")
    assert text.startswith("De plaats van Jo is nu van u.\n")
    assert "Gemaal De Hoop, Westerdijk" in text
    assert "Wandeling over de dijk" in text
    assert "Antwoord dan AFMELDEN" in text
    assert "Waterschap" not in text, "that was the other's"
    waiting = replace(now, seats=party(("Noor", WAITLISTED)).seats)
    subject, text = said(ReplyKind.TAKEN_OVER, Facts(waiting, 2, leaving="Jo"), **to)
    assert subject.startswith("Wachtlijst,")
    assert "heeft nog geen plaats" in text.partition("\n")[0]


def test_the_one_replaced_is_told_who_comes_and_what_to_do_if_that_is_wrong() -> None:
    after = party(("Jo", SUBSTITUTED), ("Noor Bakker", CONFIRMED))
    subject, text = said(ReplyKind.HANDED_OVER, Facts(after, coming="Noor Bakker"), in_reply_to=False)
    assert subject.startswith("Uw plaats is overgedragen:")
    assert text.startswith("Noor Bakker komt in uw plaats; u heeft zelf geen plaats meer.\n")
    assert "Klopt dit niet? Beantwoord dan meteen deze e-mail" in text
    assert "Op naam van" not in text


def test_a_name_with_a_link_in_it_is_not_mailed_on() -> None:
    one = party(("Jo", CONFIRMED))
    for kind in (ReplyKind.VERIFY, ReplyKind.HANDED_OVER, ReplyKind.TAKEN_OVER):
        facts = Facts(one, wish="substitute", coming="www.winst.example/x", leaving="www.winst.example/x")
        assert "winst" not in said(kind, facts)[1]


def test_the_involvement_is_asked_for_without_doubt_about_the_seat() -> None:
    _, text = said(ReplyKind.INVOLVEMENT, Facts(party(("Jo", CONFIRMED))), in_reply_to=False)
    assert "Eén zin als antwoord op deze e-mail is genoeg." in text
    assert "uw plaats staat vast" in text
    owes = replace(EVENT, involvement=InvolvementPolicy.REQUIRE)
    _, text = said(ReplyKind.INVOLVEMENT, Facts(party(("Jo", WAITLISTED)), 3), event=owes)
    assert "tot dan heeft u geen plaats" in text
    assert "staat vast" not in text


def test_do_you_still_come_threatens_only_where_the_silent_are_released() -> None:
    one, two = Facts(party(("Jo", CONFIRMED))), Facts(party(("Jo", CONFIRMED), ("", CONFIRMED)), again=True)
    subject, text = said(ReplyKind.RECONFIRM, one, in_reply_to=False)
    assert subject.startswith("Komt u nog?")
    assert "Antwoord dan JA." in text
    assert "Ook zonder antwoord houdt u uw plaats" in text
    subject, text = said(ReplyKind.RECONFIRM, two, in_reply_to=False)
    assert subject.startswith("Nog eens gevraagd, komt u?")
    assert "Ook zonder antwoord houdt u uw plaatsen" in text
    strict = replace(EVENT, release_silent=True)
    _, text = said(ReplyKind.RECONFIRM, replace(one, until=UNTIL), event=strict)
    assert "Ook zonder antwoord" not in text
    assert f"Horen wij vóór {SPOKEN} niets van u, dan gaat uw plaats naar iemand op de wachtlijst." in text


def test_the_reminder_says_first_how_to_cancel_then_when_where_programme_and_wishes() -> None:
    coming = party(("Jo", CONFIRMED), organisation="Waterschap", workshops=((1, "veen"),))
    subject, text = said(ReplyKind.REMINDER, Facts(coming), EVENT.starts - timedelta(hours=22))
    assert subject.startswith("Morgen:")
    assert text.startswith("Kunt u morgen toch niet komen? Antwoord dan nu AFMELDEN.\n")
    order = [text.index(w) for w in ("AFMELDEN", "Wanneer:", "Waar:", "14:00  Wandeling", "Workshopwens 1")]
    assert order == sorted(order)
    assert "Waterschap" not in text
    subject, text = said(ReplyKind.REMINDER, Facts(coming), EVENT.starts - timedelta(days=3))
    assert subject.startswith("Herinnering:")
    assert "morgen" not in text


def test_who_still_waits_when_signing_up_closes_hears_that_there_is_no_seat_and_where_they_stand() -> None:
    _, text = said(ReplyKind.STILL_WAITING, Facts(party(("Jo", WAITLISTED)), 5), in_reply_to=False)
    assert text.startswith("De aanmelding is gesloten; u staat nog op de wachtlijst en heeft geen plaats.\n")
    assert "plek 5" in text
    assert "hoort u dat meteen per e-mail" in text


def test_what_we_know_is_told_in_full_to_the_holder() -> None:
    known = party(
        ("Jo van der Meer", CONFIRMED),
        ("Sanne", WAITLISTED),
        ("Ahmed", CANCELLED),
        organisation="Waterschap",
        involvement="ik woon er",
        projects=("veen",),
        workshops=((1, "kade"),),
        together=True,
        late=True,
        heard_at=UNTIL,
        invitation=Invitation(0, UNTIL, True),
    )
    known = offering(known, UNTIL, state=OfferState.DECLINED, places=(2,))
    sanne = replace(known.seats[1], email="sanne@kantoor.example")
    known = known.with_seats((sanne,))
    _, text = said(ReplyKind.KNOWN, Facts(known))
    for fact in (
        "Naam: Jo van der Meer",
        JO,
        "Taal: Nederlands",
        "Waterschap",
        "ik woon er",
        "Veen & Water",
        "De Kade (14:00)",
        "Jo van der Meer (bevestigd, nummer 1)",
        "Sanne (wachtlijst, sanne@kantoor.example)",
        "Ahmed (afgemeld)",
        "Aangemeld: zondag 20 april 2031 om 12:30 uur",
        f"Laatste bericht van u: {SPOKEN}",
        "samen komen, of geen van allen",
        "aangemeld na de sluiting",
        f"1 plaats, tot {SPOKEN} (afgeslagen)",
        "Op zaterdag 5 juli 2031 wissen wij dit allemaal",
        "“verwijder mijn gegevens”",
    ):
        assert fact in text, fact
    _, text = said(ReplyKind.KNOWN, Facts(known), to="sanne@kantoor.example", name="Sanne")
    assert "sanne@kantoor.example" in text
    assert JO not in text, "another's address is not theirs to know"


def test_who_has_no_registration_hears_that_only_the_mails_are_kept_and_until_when() -> None:
    subject, text = said(ReplyKind.KNOWN, Facts())
    assert subject.startswith("Wat wij van u weten:")
    assert text.startswith("Op dit e-mailadres staat geen aanmelding.\n")
    assert "Wij bewaren alleen de e-mails die u ons stuurde en onze antwoorden daarop." in text
    assert "Op zaterdag 5 juli 2031" in text


def test_an_erasure_tells_how_many_seats_are_given_up_what_remains_and_no_name() -> None:
    two = party(("Jo van der Meer", CANCELLED), ("Sanne", CANCELLED))
    for registration in (None, two):
        facts = Facts(registration, lost=two.seats, understood="wis mijn gegevens")
        _, text = said(ReplyKind.ERASED, facts, name="")
        assert text.startswith("Uw gegevens zijn gewist.\n")
        assert "De 2 plaatsen die op uw naam stonden, zijn daarmee vervallen." in text
        assert "Wat blijft, zijn aantallen" in text
        for gone in ("Jo", "Sanne", "wis mijn"):
            assert gone not in text
    assert "postbus van de organisatie" in text
    clean = replace(EVENT, purge_mailbox=True)
    assert "postbus van de organisatie" not in said(ReplyKind.ERASED, Facts(), event=clean)[1]


def test_the_code_is_the_last_line_of_a_mail_to_the_party_and_of_no_other() -> None:
    code = "offered.DD-7F3Q.abcdefgh23456789"
    here = party(("Jo", CONFIRMED))
    strangers = {ReplyKind.HOLDER_ASKED, ReplyKind.HANDED_OVER, ReplyKind.ERASED}
    for kind in ReplyKind:
        text, page = coded(reply(kind, Facts(here)), code)
        if kind in strangers:
            assert "code:" not in text + page, kind
            continue
        assert text.endswith(
            f"Laat deze laatste regel staan als u antwoordt; zo weten wij dat u het bent.\ncode: {code}\n"
        )
        assert visible(page).endswith(words_of(f"zo weten wij dat u het bent. code: {code}"))
        text, page = coded(reply(kind, Facts(here)), "")
        assert "code:" not in text + page
        assert "laatste regel" not in text + page


def test_the_line_in_the_readers_own_language_tells_the_deadline_in_that_language() -> None:
    one = offered(("Jo", OFFERED))
    for language, spoken in (
        ("de", "Samstag, 3. Mai 2031 um 10:00 Uhr"),
        ("fr", "samedi 3 mai 2031 à 10 h 00"),
    ):
        for kind in (ReplyKind.OFFERED, ReplyKind.VERIFY, ReplyKind.STATUS):
            _, text = said(kind, Facts(one, until=UNTIL), language=language)
            assert spoken in text.partition("---")[0], (language, kind)
