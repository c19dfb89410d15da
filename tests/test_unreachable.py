"""What becomes of mail that cannot arrive: reports on ours, complaints, absences, and useless addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailflow.core.envelope import Envelope
from mailflow.core.ledger import Bucket
from mailflow.demo.servers import EmbeddedServers
from mailflow.errors import BadInput
from mailflow.office import Office
from mailflow.reading import away
from mailflow.reading.addresses import addresses, is_usable
from mailflow.reading.model import Mail
from mailflow.writing.message import address as fit_for_a_header
from tests.desk import OPENED, Hands, address, mail, office, registers, sent, servers, states
from tests.reader import LEXICON

MINUTE = timedelta(minutes=1)
ANN = address("Ann Smith")


@pytest.fixture
def running() -> Iterator[EmbeddedServers]:
    with servers() as up:
        yield up


@pytest.fixture
def desk(running: EmbeddedServers, tmp_path: Path) -> Office:
    """An office where Ann Smith has just been given a seat."""
    opened = office(tmp_path, running, Hands())
    running.deliver(registers("Ann Smith"), OPENED)
    opened.round()
    return opened


def reasons(desk: Office) -> dict[str, str]:
    """Open items: reason -> reference."""
    return {item.reason: item.ref for item in desk.store.reviews(desk.event_id)}


def ref_of(desk: Office, who: str) -> str:
    with desk.store.step(desk.event_id) as step:
        return next(r.ref for r in step.roster().registrations if r.contact == who)


def in_words(of: str, text: str, subject: str = "Message status - undeliverable", copy: str = "") -> bytes:
    """A report of a mail system that knows no standard, with the returned mail's header below its words."""
    returned = copy or f"Received: from y\nTo: whoever\nMessage-ID: {of}\nSubject: Confirmed\n"
    return (
        f"From: Mailer-Daemon@y.example\nTo: join@repair.example\nSubject: {subject}\n"
        f"Message-ID: <r@y.example>\n\n{text}\n\n{returned}"
    ).encode()


@pytest.mark.parametrize(
    "text",
    [
        "The message that you sent was undeliverable to the following:\n\tAnn Smith (user not found)\n",
        "Your mail could not be delivered. Nobody of that name works here.\n",
        "Could not deliver your mail from join@repair.example.\n",
    ],
)
def test_a_report_that_names_nobody_gives_up_the_address_that_mail_went_to(
    running: EmbeddedServers, desk: Office, text: str
) -> None:
    running.deliver(in_words(sent(running)[0][2], text), OPENED + MINUTE)
    desk.round()
    (item,) = desk.store.reviews(desk.event_id)
    assert (item.reason, item.sender, item.ref) == ("undeliverable", ANN, ref_of(desk, ANN))
    with desk.store.step(desk.event_id) as step:
        assert step.given_up(ANN)
        assert next(r for r in step.roster().registrations if r.contact == ANN).unreachable
    assert states(desk) == {"ann.smith": ["confirmed"]}


def test_a_report_in_our_thread_that_returns_nothing_counts(running: EmbeddedServers, desk: Office) -> None:
    of = sent(running)[0][2]
    running.deliver(
        (
            "From: Microsoft Exchange <MicrosoftExchange329e71ec88ae@y.example>\nTo: join@repair.example\n"
            f"Subject: Undeliverable: Confirmed\nReferences: <first@home.example> {of}\nIn-Reply-To: {of}\n\n"
            "Delivery has failed to these recipients or groups:\n\nann.smith@home.example\n"
            "The e-mail address you entered couldn't be found.\n#550 5.1.1 RecipNotFound ##\n"
        ).encode(),
        OPENED + MINUTE,
    )
    desk.round()
    assert reasons(desk) == {"undeliverable": ref_of(desk, ANN)}


USELESS = [
    "anna@home..example", "anna@", "@home.example", "undisclosed-recipients:;", "anna@é-.example",
    "anna@\u0663.example", "anna", "<>", "anna@-home.example", "anna@\u00ad.example", "anna@a@b.example",
]  # fmt: skip


def test_a_useless_reply_to_costs_nobody_a_seat(running: EmbeddedServers, tmp_path: Path) -> None:
    desk = office(tmp_path, running, Hands(), capacity=40)
    for n, useless in enumerate(USELESS):
        raw = registers(f"Ann N{n}").replace(b"\r\nTo:", f"\r\nReply-To: {useless}\r\nTo:".encode(), 1)
        running.deliver(raw, OPENED + n * MINUTE)
    received = desk.round().received
    assert received is not None
    assert received.failed == 0
    assert list(states(desk).values()) == [["confirmed"]] * len(USELESS)
    assert {to for to, _, _ in sent(running)} == {address(f"Ann N{n}") for n in range(len(USELESS))}


def test_who_gives_no_address_at_all_is_put_before_a_person(running: EmbeddedServers, tmp_path: Path) -> None:
    desk = office(tmp_path, running, Hands(), capacity=40)
    for n, useless in enumerate(USELESS):
        sender = f"From: {useless}\r\nReply-To: Ann <{useless.strip('<>')}>"
        raw = registers(f"Ann N{n}").replace(
            f"From: Ann N{n} <{address(f'Ann N{n}')}>".encode(), sender.encode()
        )
        running.deliver(raw, OPENED + n * MINUTE)
    received = desk.round().received
    assert received is not None
    assert (received.failed, received.buckets) == (0, {Bucket.REVIEW: len(USELESS)})
    assert all("register" in item.words for item in desk.store.reviews(desk.event_id))
    assert sent(running) == []


def test_a_useless_address_of_a_guest_loses_neither_seat_nor_name(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands(), capacity=40)
    for n, domain in enumerate(("home..example", "x-.example", "..example")):
        who = f"Ann N{n}"
        told = (
            f"Please register me and my colleague Bob Carr <bob@{domain}>.\n\nI volunteer.",
            f"Bob Carr <bob@{domain}> cannot come. Cas Dow <cas@{domain}> takes his place.",
        )
        for k, text in enumerate(told):
            running.deliver(mail(who, f"{text}\n\n{who}\n"), OPENED + (2 * n + k) * MINUTE)
    received = desk.round().received
    assert received is not None
    assert received.failed == 0
    assert [seats.count("confirmed") for seats in states(desk).values()] == [2, 2, 2]


@pytest.mark.parametrize(
    "field",
    [*USELESS, "Ann <ann@home.example>", "a..b@home.example", "ünal@bücher.example", "a@日本.example",
     '"a b"@home.example', "a@ß.example", "a@xn--zz--.example", "a@é--é.example", "a@1.2.3.4"],
)  # fmt: skip
def test_what_is_read_as_an_address_can_be_written_to(field: str) -> None:
    for found in addresses(field):
        assert fit_for_a_header(found.email)
    if not is_usable(field) and "<" not in field and " " not in field:
        with pytest.raises(BadInput):
            fit_for_a_header(field)


def complaint(of: str, kind: str) -> bytes:
    return (
        "From: staff@provider.example\nTo: join@repair.example\nSubject: FW: Confirmed\nMIME-Version: 1.0\n"
        "Message-ID: <fbl@provider.example>\nContent-Type: multipart/report; report-type=feedback-report;"
        f" boundary=b\n\n--b\n\nThis is a report.\n--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: x/1\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\n"
        f"From: join@repair.example\nMessage-ID: {of}\nSubject: Confirmed\n\nHello\n--b--\n"
    ).encode()


@pytest.mark.parametrize(("kind", "told"), [("abuse", True), ("opt-out", True), ("auth-failure", False)])
def test_who_calls_our_mail_spam_gets_no_more_and_keeps_the_seat(
    running: EmbeddedServers, desk: Office, kind: str, told: bool
) -> None:
    running.deliver(complaint(sent(running)[0][2], kind), OPENED + MINUTE)
    desk.round()
    assert reasons(desk) == ({"undeliverable": ref_of(desk, ANN)} if told else {})
    with desk.store.step(desk.event_id) as step:
        assert step.given_up(ANN) is told
    assert states(desk) == {"ann.smith": ["confirmed"]}


def test_a_complaint_about_a_mail_of_somebody_elses_changes_nothing(
    running: EmbeddedServers, desk: Office
) -> None:
    running.deliver(complaint("<mf.confirmed.RCD-1.00.00@repair.example>", "abuse"), OPENED + MINUTE)
    desk.round()
    assert reasons(desk) == {}


def test_an_absence_is_noted_with_its_end(running: EmbeddedServers, desk: Office) -> None:
    text = "I am out of the office until 12 May 2030. For urgent matters contact reception."
    running.deliver(
        mail(
            "Ann Smith",
            text,
            subject="Automatic reply: Confirmed",
            headers={"Auto-Submitted": "auto-replied"},
        ),
        OPENED + MINUTE,
    )
    desk.round()
    lines = [line for line in desk.store.journal(desk.event_id) if "absence" in line.what]
    assert [(line.ref, line.words) for line in lines] == [(ref_of(desk, ANN), "until 2030-05-12")]
    assert reasons(desk) == {}


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("I am away until 12 May.", "2030-05-12"),
        ("I will be back on May 12th, 2030.", "2030-05-12"),
        ("Ik ben afwezig van 3 mei tot en met 12 mei.", "2030-05-12"),
        ("Ik ben er niet t/m 12-05-2030", "2030-05-12"),
        ("Ich bin vom 3.5.2030 bis 12.5.2030 nicht im Büro.", "2030-05-12"),
        ("Je suis absent jusqu'au 12 mai 2030 inclus.", "2030-05-12"),
        ("I am away until 2030-05-12.", "2030-05-12"),
        ("I am away until 5/12/2030.", None),
        ("I am away until 5/30/2030.", "2030-05-30"),
        ("I am away until 3 January.", "2031-01-03"),
        ("I am away until 31 February.", None),
        ("I left on 3 May and nobody reads this.", None),
        ("I am away until Monday, room 12.", None),
        ("Away until further notice.", None),
    ],
)
def test_the_end_of_an_absence_is_told_where_it_is_certain(text: str, end: str | None) -> None:
    found = away.until(Mail(text=text), LEXICON.triage.until, LEXICON.names.grammar.days, OPENED.date())
    assert (found.isoformat() if found else None) == end


def talk(desk: Office, running: EmbeddedServers, texts: list[str], who: str = "Help Desk") -> int:
    """How many answers so many mails of one writer get."""
    for n, text in enumerate(texts):
        running.deliver(mail(who, text, subject="a question"), OPENED + n * MINUTE)
    desk.round()
    return len(sent(running))


def test_three_things_asked_in_a_day_are_answered_and_a_fourth_waits_for_a_person(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands())
    asks = ["When does it start?", "Is there parking?", "May my dog come along?", "Is there a lift?"]
    assert talk(desk, running, asks) == 3
    assert [item.reason for item in desk.store.reviews(desk.event_id)].count("question") == 4
    assert "answers_capped" in reasons(desk)


def test_a_robot_that_sends_our_own_words_back_is_answered_three_times_at_most(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands())
    assert talk(desk, running, ["What is this about?"]) == 1
    answered = 1
    for n in range(1, 12):
        ours = message_from_bytes(running.outgoing[-1][2], policy=policy.default)
        body = ours.get_body(("plain",))
        assert body is not None
        back = mail("Help Desk", body.get_content(), subject=str(ours["Subject"]))
        running.deliver(back.replace(b"<help.desk@home.example.", f"<{n}.".encode()), OPENED + n * MINUTE)
        desk.round()
        if len(sent(running)) == answered:
            break
        answered = len(sent(running))
    assert answered <= 3


def test_tags_of_one_mailbox_share_its_cap_and_the_clocks_mail_is_no_answer(
    running: EmbeddedServers, tmp_path: Path
) -> None:
    desk = office(tmp_path, running, Hands(), capacity=1)
    for n in range(9):
        raw = mail("Ann Smith", f"Is there room for {'abcdefghi'[n] * 3} dogs?", subject="a question")
        running.deliver(raw.replace(b"ann.smith@home", f"ann.smith+{n}@home".encode()), OPENED + n * MINUTE)
    desk.round()
    assert len(sent(running)) == 3
    assert "answers_capped" in reasons(desk)
    with desk.store.step(desk.event_id) as step:
        assert step.answered("Ann.Smith+z@home.example", OPENED) == 3
        assert step.answered("ann.smithson@home.example", OPENED) == 0
        by_clock = Envelope(
            "clock:x:1", "reminder", "", "bob@home.example", "<1@x.example>", b"Subject: x\n\nx"
        )
        step.queue(by_clock, "clock:repair-2030:20300501T080000", OPENED)
        assert step.answered("bob@home.example", OPENED) == 0
