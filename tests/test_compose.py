"""Each answer: what it says, to whom, and that no sender's words can break out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailflow.core.effects import Change, Facts, Reply, ReplyKind
from mailflow.core.matters import OfferState
from mailflow.core.model import SeatState
from mailflow.core.thread import find
from mailflow.writing.view import reply_view
from mailflow.writing.wording import FORBIDDEN
from tests.writing_samples import (
    CONFIRMED,
    EVENT,
    JO,
    NOW,
    OFFERED,
    SECRET,
    SUBSTITUTED,
    coded,
    html,
    offering,
    party,
    plain,
    read,
    releasing,
    reply,
    seats,
    sent,
    shipped,
)

ODD = st.sampled_from(
    [
        "",
        "Jo",
        "Zoë Wünsche-d’Ärc",
        "{{7*7}}",
        "{% raw %}{{ config }}",
        "<script>alert(1)</script>",
        "a\r\nBcc: all@everybody.example",
        "naam\u202emoc.live\u202c",
        "x\x00y\x07\x1b[31m",
        "=?utf-8?q?Subject=3A?=",
        "--=_a0",
        ".",
        "\ud800 half",
        "e" * 5000,
        "\u2028\u2029 nieuw\x85",
        "李小龍 👩‍🌾",
        'O\'Neil & "Sons"; <jo@x.example>,',
        "From here on",
    ]
)
ANY = ODD | st.text(max_size=60)


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    states = draw(st.lists(st.sampled_from(list(SeatState)), max_size=4))
    moment = st.none() | st.integers(-900, 9000).map(lambda hours: NOW + timedelta(hours=hours))
    until = draw(moment)
    registration = party(
        *((draw(ANY), state) for state in states),
        name=draw(ANY),
        organisation=draw(st.none() | ANY),
        involvement=draw(st.none() | ANY),
        projects=tuple(draw(st.lists(st.sampled_from(["veen", "kade", "gone"]) | ANY, max_size=2))),
        workshops=((1, "veen"),) if draw(st.booleans()) else (),
        in_review=draw(st.booleans()),
        thread=draw(st.sampled_from(["", "<a@b.example>", "junk\r\nX: y"])),
        heard_at=draw(moment),
        together=draw(st.booleans()),
        late=draw(st.booleans()),
    )
    if until and draw(st.booleans()):
        registration = offering(registration, until, state=draw(st.sampled_from(list(OfferState))))
    some = st.lists(st.sampled_from(registration.seats), max_size=4) if states else st.just([])
    facts = Facts(
        registration=registration if draw(st.booleans()) else None,
        position=draw(st.none() | st.integers(1, 300)),
        gained=tuple(draw(some)),
        waiting=tuple(draw(some)),
        lost=tuple(draw(some)),
        changes=(Change(draw(ANY), draw(ANY), draw(ANY)),) if draw(st.booleans()) else (),
        asks_involvement=draw(st.booleans()),
        asks_who=draw(st.booleans()),
        question_passed_on=draw(st.booleans()),
        first_answer=draw(st.booleans()),
        free=draw(st.integers(0, 20)),
        understood=draw(ANY),
        offered=tuple(draw(some)),
        kept=tuple(draw(some)),
        until=draw(moment),
        calendar=draw(st.sampled_from(["", "request", "cancel"])),
        wish=draw(st.sampled_from(["", "cancel", "substitute", "forget"])),
        coming=draw(ANY),
        leaving=draw(ANY),
        off_the_list=draw(st.booleans()),
        again=draw(st.booleans()),
    )
    return Reply(
        draw(st.sampled_from(list(ReplyKind))),
        draw(
            st.sampled_from(
                [JO, "ander@adres.example", '"o d d"@x.example', "a..b@x.example", "x@[192.0.2.1]"]
            )
        ),
        draw(ANY),
        draw(st.sampled_from(["nl", "en", "de", "fr", "pl", "", "NL", "en-GB"])),
        facts,
        draw(st.sampled_from(["", "DD-7F3Q"])),
        draw(st.booleans()),
    )


class Tags(HTMLParser):
    """The elements and their attributes' names, and whether they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag} | {f"{tag}@{name}" for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(page: str) -> set[str]:
    reader = Tags()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader.seen


OUR_FIELDS = {
    "from", "reply-to", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
    "x-mailflow-loop", "content-language", "in-reply-to", "references", "mime-version", "content-type",
}  # fmt: skip
OUR_TAGS = {
    "html", "head", "meta", "title", "style", "body", "table", "tr", "td", "p", "h1", "h2", "br", "span",
    "strong", "div", "html@lang", "td@lang", "table@role",
}  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(one=replies(), days=st.integers(-40, 60), parent=ANY, chain=ANY)
def test_every_answer_reads_back_without_a_defect_whatever_people_write(
    one: Reply, days: int, parent: str, chain: str
) -> None:
    envelope = sent(one, now=EVENT.starts + timedelta(days=days), in_reply_to=parent, references=chain)
    content = envelope.content
    assert not set(content.replace(b"\r\n", b"")) & set(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    message = read(envelope)
    assert [part.defects for part in message.walk() if part.defects] == []
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a message is no dict
    assert sorted(names) == sorted(set(names) & OUR_FIELDS)
    assert [h.defects for h in message.values() if hasattr(h, "defects") and h.defects] == []
    text, page = plain(message), html(message)
    for shown in (message["subject"], text, page):
        assert not FORBIDDEN.search(shown)
        assert "e" * 301 not in shown
    assert {t for t in tags(page) if "@" not in t or t in OUR_TAGS} <= OUR_TAGS
    assert not any(tag.partition("@")[2].startswith(("on", "href", "src")) for tag in tags(page))


def test_a_template_in_a_name_stays_text() -> None:
    registration = party(("{{7*7}}", CONFIRMED), name="{{7*7}}", organisation="{% include 'x' %}")
    message = read(sent(reply(ReplyKind.CONFIRMED, Facts(registration), name="{{7*7}}")))
    for shown in (plain(message), html(message)):
        assert "Beste {{7*7}}," in shown
    assert "{% include 'x' %}" in plain(message)


def test_the_header_fields_are_those_of_an_answer() -> None:
    one = reply(ReplyKind.CONFIRMED, Facts(party(("Jo", CONFIRMED))))
    message = read(sent(one, in_reply_to="<m1@x.example>", references="<m0@x.example>"))
    assert message["from"] == message["reply-to"] == "Dijkendag <aanmelden@dijkendag.example>"
    assert message["to"] == JO
    assert message["auto-submitted"] == "auto-replied"
    assert message["x-auto-response-suppress"] == "All"
    assert message["x-mailflow-loop"] == "dijkendag-2031"
    assert message["content-language"] == "nl"
    assert message["in-reply-to"] == "<m1@x.example>"
    assert message["references"] == "<m0@x.example> <m1@x.example>"
    assert message["date"] == "Thu, 01 May 2031 10:00:00 +0200"
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_message_id_leads_back_to_the_registration_and_never_changes() -> None:
    one = reply(ReplyKind.CONFIRMED, Facts(party(("Jo", CONFIRMED))))
    first, again = sent(one), sent(one)
    assert first == again
    thread = find(SECRET, "dijkendag.example", first.message_id)
    assert thread is not None
    assert (thread.kind, thread.ref) == ("confirmed", "DD-7F3Q")
    assert read(first)["message-id"] == first.message_id


def test_a_promotion_is_a_mail_of_our_own_on_the_partys_own_thread() -> None:
    registration = party(("Jo", CONFIRMED), thread="<jo1@westerdijk.example>")
    one = reply(ReplyKind.PROMOTED, Facts(registration, gained=registration.seats), in_reply_to=False)
    message = read(sent(one, in_reply_to="<who-cancelled@other.example>", references="<z@other.example>"))
    assert message["auto-submitted"] == "auto-generated"
    assert message["in-reply-to"] == message["references"] == "<jo1@westerdijk.example>"
    assert "other.example" not in sent(one, in_reply_to="<who@other.example>").content.decode()
    assert message["subject"] == "Alsnog bevestigd: Dijkendag [DD-7F3Q]"


def test_nobody_but_the_party_is_told_its_details() -> None:
    """A forged From with a Reply-To elsewhere must not fetch somebody's registration."""
    registration = party(
        ("Jo van der Meer", CONFIRMED),
        ("Sanne de Wit", OFFERED),
        organisation="Waterschap",
        involvement="ik woon er",
        workshops=((1, "veen"),),
    )
    everybody = registration.seats
    facts = Facts(
        offering(releasing(registration, NOW), NOW),
        changes=(Change("name", "Jo van der Meer", "X"),),
        gained=everybody,
        lost=everybody,
        waiting=everybody,
        offered=everybody,
        kept=everybody,
        until=NOW,
        understood="wie komt er?",
    )
    for kind in ReplyKind:
        one = reply(kind, facts, to="nieuwsgierig@elders.example", name="X")
        shown = plain(read(sent(one))) + html(read(sent(one))) + "".join(coded(one, "x.DD-7F3Q.abc"))
        # An organiser's own template may say whatever is in the context.
        view = reply_view(one, EVENT, shipped().words("nl"), "nl", NOW)
        shown += str({name: said for name, said in view.items() if name not in ("event", "w")})
        for secret in ("Jo van der Meer", "Sanne", JO, "Waterschap", "ik woon er", "Veen", "x.DD-7F3Q.abc"):
            assert secret not in shown, (kind, secret)
    own = plain(read(sent(reply(ReplyKind.STATUS, facts))))
    assert "Waterschap" in own


def test_who_has_been_replaced_is_told_nothing_of_the_party_any_more() -> None:
    people = seats(("Sanne de Wit", SUBSTITUTED), ("Jo van der Meer", CONFIRMED))
    sanne = "sanne@kantoor.example"
    registration = party(organisation="Waterschap")
    registration = replace(registration, seats=(replace(people[0], email=sanne), people[1]))
    for kind in ReplyKind:
        text = plain(read(sent(reply(kind, Facts(registration), to=sanne, name="Sanne"))))
        assert "Waterschap" not in text, kind
        assert "Jo van der Meer" not in text, kind


def test_a_person_of_the_party_is_told_its_details() -> None:
    people = seats(("Jo van der Meer", CONFIRMED), ("Sanne de Wit", CONFIRMED))
    registration = replace(party(), seats=(people[0], replace(people[1], email="Sanne@kantoor.example")))
    text = plain(read(sent(reply(ReplyKind.STATUS, Facts(registration), to="sanne@kantoor.example"))))
    assert "Jo van der Meer" in text
