"""Bytes become mail: whatever they are, whatever they claim to be."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailflow.reading import bounce, calendar_reply, decode, html_text, language, quotes, triage
from mailflow.reading.addresses import addresses
from mailflow.reading.model import Mail, Ours
from mailflow.reading.parse import parse

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.glob("*.eml"))
DATA = Path(triage.__file__).parent / "data"
WORDS = triage.from_toml((DATA / "triage.toml").read_text(encoding="utf-8"))
MARKS = quotes.from_toml((DATA / "quotes.toml").read_text(encoding="utf-8"))
LANGUAGES = language.from_toml((DATA / "languages.toml").read_text(encoding="utf-8"))
OURS = Ours("aanmelden@kennisbijeenkomst.example")
FORBIDDEN = "\x00\x01\x0b\x1b\x7f\x85\u202e\u2066\u200f\ufeff\ud800\udc80"


def of_text(body: bytes, *fields: str) -> Mail:
    head = ["From: Jan Pot <jan@pot.example>", "Subject: hallo", *fields]
    return parse("\r\n".join(head).encode() + b"\r\n\r\n" + body)


def multipart(kind: str, *parts: bytes) -> Mail:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return of_text(body, "MIME-Version: 1.0", f"Content-Type: multipart/{kind}; boundary=b")


def read_all(raw: bytes) -> Mail:
    """Everything that is done with a message before it is understood."""
    mail = parse(raw)
    triage.triage(mail, OURS, WORDS)
    language.guess(quotes.of_mail(mail, MARKS).new, LANGUAGES)
    bounce.read(mail, WORDS.reports)
    calendar_reply.read_reply(mail.calendar)
    return mail


def texts_of(mail: Mail) -> str:
    people = "".join(a.name + a.email for a in (*mail.from_addresses, *mail.reply_to, *mail.recipients))
    return mail.text + mail.subject + people + mail.calendar + "".join(v for _, v in mail.headers)


@pytest.mark.parametrize("line", (CORPUS / "labels.jsonl").read_text(encoding="utf-8").splitlines())
def test_what_somebody_said_of_their_part_in_it_stands_in_the_decoded_text(line: str) -> None:
    label = json.loads(line)
    mail = parse((CORPUS / label["file"]).read_bytes())
    assert mail.error is None
    assert (label["involvement"] or "") in " ".join(mail.text.split())


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("025.eml", "één stoel op de 22e, vóórin"),
        ("060.eml", "Désirée"),
        ("067.eml", "André Vuijk"),
        ("002.eml", "–"),
    ],
)
def test_a_lie_about_the_charset_costs_no_letter(file: str, words: str) -> None:
    assert words in parse((CORPUS / file).read_bytes()).text


@pytest.mark.parametrize(
    ("payload", "label", "text"),
    [
        ("café €".encode(), "utf-8", "café €"),
        ("café €".encode(), "iso-8859-1", "café €"),
        ("café €".encode(), "us-ascii", "café €"),
        ("café".encode("latin-1"), "utf-8", "café"),
        ("‘café’ €".encode("cp1252"), "iso-8859-1", "‘café’ €"),
        ("‘café’ €".encode("cp1252"), "us-ascii", "‘café’ €"),
        ("‘café’ €".encode("cp1252"), None, "‘café’ €"),
        ("prix €".encode("iso8859-15"), "ISO-8859-15", "prix €"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        ("こんにちは①".encode("cp932"), "Shift_JIS", "こんにちは①"),
        ("こんにちは".encode("iso2022_jp"), None, "こんにちは"),
        ("Grüße".encode("utf-16"), "utf-16", "Grüße"),
        ("Привет".encode("cp1251"), "win-1251", "Привет"),
        ("Привет".encode("koi8-r"), "koi8r", "Привет"),
        ("こんにちは".encode("euc-jp"), "x-euc-jp", "こんにちは"),
        ("你好".encode("big5"), "x-x-big5", "你好"),
        ("Grüße".encode("cp850"), "IBM-850", "Grüße"),
        ("Grüße".encode(), '"UTF-8";', "Grüße"),
        ("Grüße".encode(), "x-nonsense", "Grüße"),
        ("Grüße".encode("latin-1"), "idna", "Grüße"),
        ("één twee drie vier é ".encode() * 3 + b"en \xe9", "utf-8", "één twee drie vier é " * 3 + "en é"),
    ],
)  # fmt: skip
def test_the_charset_ladder_reads_what_was_meant(payload: bytes, label: str | None, text: str) -> None:
    assert decode.text_of(payload, label) == text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (b"=?utf-8?Q?Aanmelding_voor_twee?=", "Aanmelding voor twee"),
        (b"=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=", "éé"),
        (b"=?utf-8?B?4oKs?=\r\n =?utf-8?Q?_5?=", "€ 5"),
        (b"=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),  # a character cut in two
        (b"=?iso-8859-1*nl?Q?caf=E9?=", "café"),
        (b"=?utf-8?Q?met spaties erin?=", "met spaties erin"),
        (b"=?utf-8?B?w6k?=", "é"),
        ("één".encode(), "één"),
        ("één".encode("latin-1"), "één"),
        (b"=?nonsense", "=?nonsense"),
        (b"=?utf-8?Q?Aanmelding_=C3=A9?", "Aanmelding é"),
        (b"=?utf-8?B?QWFubWVsZGluZw==", "Aanmelding"),
        (b"=?utf-8?Q?Wie_komt??=", "Wie komt?"),
        (b'=?"utf-8"?Q?=C3=A9?=', "é"),
        (b"=?utf-8?Q?Aan=\r\n meld=C3=A9?=", "Aanmeldé"),
        (b"=?ISO-2022-JP?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
        (b"lang\r\n gevouwen", "lang gevouwen"),
        ("links \u202ethcer".encode(), "links thcer"),
    ],
)
def test_a_subject_is_read_however_it_is_written(field: bytes, text: str) -> None:
    assert parse(b"From: a@b.example\r\nSubject: " + field + b"\r\n\r\nhoi").subject == text


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("jan@pot.example (Jan Pot)", [("Jan Pot", "jan@pot.example")]),
        ('"Pot, Jan" <jan@pot.example>', [("Pot, Jan", "jan@pot.example")]),
        ("Pot, Jan <jan@pot.example>", [("Pot, Jan", "jan@pot.example")]),
        ("=?utf-8?Q?Pot=2C_Jan?= <jan@pot.example>", [("Pot, Jan", "jan@pot.example")]),
        ('"=?utf-8?Q?Zo=C3=AB?=" <z@x.example>', [("Zoë", "z@x.example")]),
        ("jan@pot.example", [("", "jan@pot.example")]),
        ("'jan@pot.example' <jan@pot.example>", [("", "jan@pot.example")]),
        ("a@x.example, B <b@x.example>", [("", "a@x.example"), ("B", "b@x.example")]),
        ("a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        ("Leden: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("Jan Pot", []),
        ("", []),
        ("<jan@pot.example", [("", "jan@pot.example")]),
        ('"Jan" "Pot" <jan@pot.example>', [("JanPot", "jan@pot.example")]),
        ('"a@b.example" <c@d.example>', [("a@b.example", "c@d.example")]),
    ],
)
def test_addresses_are_found_as_people_write_them(field: str, found: list[tuple[str, str]]) -> None:
    assert [
        (a.name.replace(" ", "") if "JanPot" in str(found) else a.name, a.email) for a in addresses(field)
    ] == found


def test_several_senders_are_no_sender() -> None:
    assert parse(b"From: a@x.example, b@x.example\n\nhoi").sender is None
    assert parse(b"Subject: hoi\n\nhoi").sender is None
    assert parse(b"From: a@x.example, A <A@x.example>\n\nhoi").sender is not None


JUNK = [
    b"From: jan@pot.example\nthis is junk\nSubject: hoi\n\nIk kom.",
    b"Received: x\nX Bad Header: y\nFrom: jan@pot.example\nSubject: hoi\n\nIk kom.",
    b"From: jan@pot.example\r\n>From x@y.example Mon\r\nSubject: hoi\r\n\r\nIk kom.",
    b"From: jan@pot.example\nSubject : hoi\n\nIk kom.",
]


@pytest.mark.parametrize("raw", JUNK)
def test_a_line_of_junk_among_the_header_fields_loses_none_of_them(raw: bytes) -> None:
    mail = parse(raw)
    assert (mail.sender and mail.sender.email, mail.subject, mail.text) == (
        "jan@pot.example",
        "hoi",
        "Ik kom.",
    )


@pytest.mark.parametrize(
    ("encoding", "body", "text"),
    [
        ("base64", "Ik kom graag, één stoel en koffie".encode(), "Ik kom graag, één stoel en koffie"),
        ("base64", base64.b64encode(b"Ik kom graag.") + b"\n____\nDe Buurtlijst\n", "Ik kom graag."),
        ('"quoted-printable"', b"=C3=A9=C3=A9n", "één"),
        ("quoted-printable (x)", b"=c3=a9=C3=\n=A9n", "één"),
        ("quoted-printable", b"Ik =  \nkom.", "Ik kom."),
        ("BASE-64", base64.b64encode(b"Ik kom."), "Ik kom."),
    ],
)
def test_a_transfer_encoding_is_undone_as_it_was_meant(encoding: str, body: bytes, text: str) -> None:
    assert of_text(body, f"Content-Transfer-Encoding: {encoding}").text == text


def test_a_text_shown_under_a_files_name_is_the_body_where_there_is_no_other() -> None:
    shown = b"Content-Type: text/plain\r\nContent-Disposition: inline; filename=b.txt\r\n\r\nIk kom."
    assert (multipart("mixed", shown).text, multipart("mixed", shown).attachments) == ("Ik kom.", 0)
    assert (multipart("mixed", b"\r\nHoi.", shown).text, multipart("mixed", shown, shown).attachments) == (
        "Hoi.",
        1,
    )


def test_html_tells_its_charset_where_the_header_does_not() -> None:
    html = b"<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>" + "Привет".encode(
        "cp1251"
    )
    assert of_text(html, "Content-Type: text/html").text == "Привет"


@pytest.mark.parametrize(
    "shell", ["Your email client cannot show this message.", "Dit is een HTML-bericht.", "[image: x]"]
)
def test_a_plain_part_that_only_speaks_of_html_gives_way(shell: str) -> None:
    assert (
        multipart("alternative", b"\r\n" + shell.encode(), b"Content-Type: text/html\r\n\r\n<p>Ik kom.").text
        == "Ik kom."
    )


@pytest.mark.parametrize(
    "style",
    [
        "font-size: 0px !important",
        "opacity:0",
        "max-height:0 !important",
        "height:0;overflow:hidden",
        "text-indent:-9999px",
    ],
)
def test_what_a_style_hides_is_not_read(style: str) -> None:
    assert html_text.to_text(f"<div style='{style}'>weg</div><p>Ik kom.</p>") == "Ik kom."


@pytest.mark.parametrize(
    "style", ["opacity:0.9", "font-size:0.9em", "max-height:0.5in", "line-height:0", "height:0.2in"]
)
def test_what_a_style_only_makes_small_is_read(style: str) -> None:
    assert "ja" in html_text.to_text(f"<div style='{style}'>ja</div>")


def test_enriched_text_is_text() -> None:
    rich = b"Content-Type: text/enriched\r\n\r\n<bold>Ik kom.</bold> a<<b"
    assert multipart("alternative", rich).text == "Ik kom. a<b"


def test_flowed_lines_are_joined_and_quotes_stay_quotes() -> None:
    body = b"Ik kom met \ntwee.\n> Komt \n> u?\n-- \nJan"
    assert (
        of_text(body, "Content-Type: text/plain; format=flowed").text
        == "Ik kom met twee.\n> Komt u?\n-- \nJan"
    )


def test_plain_text_is_taken_where_both_are_there() -> None:
    mail = multipart("alternative", b"\r\nIk kom.", b"Content-Type: text/html\r\n\r\n<p>Ik kom.</p>")
    assert (mail.text, mail.from_html) == ("Ik kom.", False)


def test_an_empty_shell_gives_way_to_the_html() -> None:
    shell = b"\r\nUw programma toont geen HTML."
    rich = b"Content-Type: text/html\r\n\r\n<p>Wij komen met vier mensen van de wijkraad naar de middag.</p>"
    mail = multipart("alternative", shell, rich)
    assert (mail.text, mail.from_html) == ("Wij komen met vier mensen van de wijkraad naar de middag.", True)


def test_a_lists_plain_footer_does_not_hide_the_html() -> None:
    rich = b"Content-Type: text/html\r\n\r\n<p>Wij komen met vier mensen van de wijkraad.</p>"
    assert "vier mensen" in multipart("mixed", rich, b"\r\n____\r\nBuurtlijst").text


def test_text_around_an_inline_picture_is_one_text() -> None:
    picture = b"Content-Type: image/jpeg; name=a.jpg\r\nContent-Disposition: inline\r\n\r\nxx"
    mail = multipart("mixed", b"\r\nIk kom.", picture, b"\r\nMet twee.")
    assert (mail.text, mail.attachments) == ("Ik kom.\nMet twee.", 1)


def test_a_message_inside_is_not_the_senders_text() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\nSubject: oud\r\nMessage-ID: <x@y.example>\r\n\r\nafmelden"
    mail = multipart("mixed", b"\r\nZie bijlage.", inner)
    assert mail.text == "Zie bijlage."
    assert "Message-ID: <x@y.example>" in mail.returned


def test_text_attached_as_a_file_is_an_attachment() -> None:
    file = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=lijst.txt\r\n\r\nnamen"
    mail = multipart("mixed", b"\r\nZie lijst.", file)
    assert (mail.text, mail.attachments) == ("Zie lijst.", 1)


def test_the_same_mail_without_its_attachments_has_the_same_hash() -> None:
    text, file = b"\r\nZie lijst.", b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF"
    assert multipart("mixed", text, file).content_hash == multipart("mixed", text).content_hash
    assert multipart("mixed", text).content_hash != multipart("mixed", b"\r\nZie de lijst.").content_hash


@pytest.mark.parametrize("cut", ["Zm9v", "Zm9v=", "Zm9v!!", "Zm\n9v", "Zm9vYg"])
def test_broken_base64_gives_what_can_be_saved(cut: str) -> None:
    assert of_text(cut.encode(), "Content-Transfer-Encoding: base64").text.startswith("foo")


def test_nothing_that_must_not_be_shown_gets_through() -> None:
    raw = "vóór\x00\x1b[31m\u202e\u2066\u200b\ufeffna".encode()
    mail = of_text(raw, "Content-Type: text/plain; charset=utf-8", "X-Odd: a\x0bb\x85c")
    assert mail.text == "vóór[31mna"
    assert not set(texts_of(mail)) & set(FORBIDDEN)


def test_html_is_read_as_a_person_sees_it() -> None:
    html = (
        "<html><head><title>x</title><style>p{}</style></head><body><div style='display:none'>verborgen</div>"
        "<script>weg()</script><p>Eerste&nbsp;regel<br>tweede</p><table><tr><td>Jan</td><td>voorzitter</td></tr>"
        "<tr><td>Piet</td><td>lid</td></tr></table><ul><li>een</li><li>twee</li></ul><!-- weg --></body>"
    )
    assert html_text.to_text(html) == "Eerste regel\ntweede\n\nJan\tvoorzitter\nPiet\tlid\n\n- een\n- twee"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00",
        b"\n\n",
        b"\xff" * 100,
        b"From",
        b"From:",
        b":\n:\n",
        b"MIME-Version: 1.0\n" * 9,
        b"Content-Type: ;;;\n\nhoi",
        b"Content-Type: multipart/mixed\n\nhoi",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n\nhoi",
        b"Content-Type: multipart/alternative; boundary=b\n\n--b--\n",
        b"Content-Type: text/plain; charset*=utf-8''%FF\n\nhoi",
        b"From: =?utf-8?b?////?= <a@b.example>\n\nhoi",
        b"From a@b Mon Jan\nSubject: x\n\nhoi",
    ],
)
def test_odd_bytes_are_no_reason_to_stop(raw: bytes) -> None:
    assert isinstance(read_all(raw), Mail)


def nested(depth: int) -> bytes:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))
    return b"From: a@b.example\nSubject: diep\n" + parts + b"\nhoi\n"


HOSTILE = {
    "nested 300 deep": nested(300),
    "nested 20,000 deep": nested(20_000),
    "nested, with 200,000 lines": nested(300) + b"a\n" * 200_000,
    "20,000 parts": b"Subject: veel\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nhoi\n" * 20_000,
    "100,000 fields": b"X-A: b\n" * 100_000 + b"Subject: x\n\nhoi",
    "3 MB of text without a space": b"Subject: lang\n\n" + b"a" * 3_000_000,
    "html beyond measure": b"Content-Type: text/html\n\n" + b"<p>hoi</p>" * 150_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_message_beyond_measure_is_saved_as_far_as_it_goes_and_says_so(case: str) -> None:
    started = time.perf_counter()
    mail = parse(HOSTILE[case])
    assert time.perf_counter() - started < 5
    assert mail.error


@pytest.mark.parametrize(
    "raw",
    [
        b"From: " + b"a," * 60_000 + b"b@c.example\n\nhoi",
        b"From: " + b"(" * 60_000 + b"\n\nhoi",
        b"From: " + b'\\"' * 32_000 + b"\n\nhoi",
        b"Subject: " + b"=?utf-8?q?a" * 20_000 + b"\n\nhoi",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; "
        + b'a=";' * 100_000
        + b"\n\nhoi\n",
        b"Content-Type: text/html\n\n" + b"<div>" * 100_000 + b"hoi",
        b"Content-Type: text/html\n\n" + b"<div class=gmail_quote>" * 20_000 + b"<blockquote>hoi",
        b"Content-Type: text/plain; charset=idna\n\n" + b"xn--a." * 5_000,
    ],
    ids=["commas", "comments", "quotes", "encoded words", "parameters", "unclosed", "containers", "codec"],
)
def test_no_message_takes_longer_than_its_length(raw: bytes) -> None:
    started = time.perf_counter()
    read_all(raw)
    assert time.perf_counter() - started < 5


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_mail_never_raises(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(FILES), label="file").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        kind = data.draw(st.sampled_from(["cut", "insert", "overwrite", "remove", "double"]))
        piece = data.draw(st.binary(max_size=20))
        if kind == "cut":
            del raw[at:]
        elif kind == "insert":
            raw[at:at] = piece
        elif kind == "overwrite":
            raw[at : at + len(piece)] = piece
        elif kind == "remove":
            del raw[at : at + data.draw(st.integers(1, 200))]
        else:
            raw[at:at] = raw[max(0, at - 80) : at]
    mail = read_all(bytes(raw))
    assert not set(texts_of(mail)) & set(FORBIDDEN)


@settings(max_examples=100, deadline=None)
@given(
    body=st.binary(max_size=300),
    label=st.sampled_from(["utf-8", "utf-7", "utf-16", "gb2312", "iso-2022-jp", "hz", "x"]),
)
def test_any_bytes_under_any_label_are_text(body: bytes, label: str) -> None:
    encoded = base64.b64encode(body)
    mail = of_text(encoded, f"Content-Type: text/plain; charset={label}", "Content-Transfer-Encoding: base64")
    assert not set(texts_of(mail)) & set(FORBIDDEN)
    mail.text.encode("utf-8")


def test_an_address_nobody_can_write_to_is_none_and_the_from_serves():
    raw = b"From: Ann <ann@home.example>\nReply-To: ann@home..example\nSubject: x\n\nhello\n"
    mail = parse(raw)
    assert mail.reply_to == ()
    answered = mail.answer_to()
    assert answered is not None
    assert answered.email == "ann@home.example"


def test_a_field_of_escaped_quotes_is_read_once_not_once_a_quote():
    steps = {
        n: _calls(b"From: " + b'\\"' * n + b" <ann@home.example>\nSubject: x\n\nhello\n")
        for n in (2000, 8000)
    }
    assert steps[8000] < 8 * steps[2000]


def _calls(raw: bytes) -> float:
    """The best of three readings' CPU time, in seconds."""
    times = []
    for _ in range(3):
        start = time.process_time()
        parse(raw)
        times.append(time.process_time() - start)
    return max(min(times), 1e-3)
