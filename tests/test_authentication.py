"""Whose word is taken that a From is genuine: our own server's, and only what it said itself."""

# ruff: noqa: E501 - header fields as a table, one a line

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.core.requests import Proof, Sender
from mailflow.core.thread import code, message_id
from mailflow.reading.authentication import is_authentic
from mailflow.reading.model import Ours, Reading
from mailflow.reading.parse import parse
from mailflow.reading.request import request
from mailflow.reading.understand import read
from tests.reader import EVENT, LEXICON
from tests.reader import OURS as SHIPPED

SECRET = b"0123456789abcdef0123456789abcdef"
TRUSTED = "mx.dag.example"


def raw_of(*fields: str, sender: str = "Jo <jo@dorp.example>", text: str = "Ik kom toch niet.") -> bytes:
    head = "".join(f"{field}\n" for field in fields)
    return f"{head}From: {sender}\nTo: {EVENT.address}\nSubject: Dag\nMessage-ID: <1@dorp.example>\n\n{text}\n".encode()


def authentic(*results: str, sender: str = "Jo <jo@dorp.example>", trusted: str = TRUSTED) -> bool:
    return is_authentic(
        parse(raw_of(*(f"Authentication-Results: {r}" for r in results), sender=sender)), trusted
    )


@pytest.mark.parametrize(
    "said",
    [
        "mx.dag.example; dmarc=pass header.from=dorp.example",
        "mx.dag.example; dmarc=pass (p=none dis=none) header.from=dorp.example",
        "MX.Dag.Example; DMARC=Pass",
        '"mx.dag.example"; dmarc=pass',
        "mx.dag.example 1; dkim=pass header.d=dorp.example",
        "mx.dag.example; dkim=pass (2048-bit key; secure) header.d=dorp.example header.i=@dorp.example header.b=ab/3=",
        "mx.dag.example; dkim=pass header.i=jo@dorp.example",
        "mx.dag.example; dkim=pass header.d=mail.dorp.example",
        "mx.dag.example; dkim/1 = pass header.d = dorp.example",
        'mx.dag.example; dkim=pass reason="good signature; really" header.d="dorp.example"',
        "mx.dag.example; spf=pass smtp.mailfrom=bounce@dorp.example",
        "mx.dag.example; spf=pass smtp.mailfrom=dorp.example",
        "mx.dag.example;\n\tdkim=fail header.d=dorp.example;\n\tspf=pass (dag.example: domain of jo@dorp.example\n\tdesignates 192.0.2.1) smtp.mailfrom=jo@dorp.example;\n\tdmarc=none",
        "mx.dag.example; dkim=pass header.d=lijst.example; dkim=pass header.d=dorp.example",
        "(a comment) mx.dag.example (another (nested \\) one)); dmarc=pass",
    ],
)  # fmt: skip
def test_what_our_server_found_genuine_is(said: str) -> None:
    assert authentic(said)


@pytest.mark.parametrize(
    "said",
    [
        "mx.dag.example; none",
        "mx.dag.example",
        "mx.dag.example; dmarc=fail header.from=dorp.example",
        "mx.dag.example; dmarc=pass header.from=elders.example",
        "mx.dag.example; dkim=pass header.d=elders.example",
        "mx.dag.example; dkim=pass",
        "mx.dag.example; dkim=pass header.d=elders.example header.i=jo@dorp.example",
        "mx.dag.example; dkim=pass header.d=elders.example header.d=dorp.example",
        "mx.dag.example; dkim=pass header.d=example",
        "mx.dag.example; dkim=pass header.d=dorp.example.evil.example",
        "mx.dag.example; dkim=pass header.d=evildorp.example",
        "mx.dag.example; dkim=neutral header.d=dorp.example",
        "mx.dag.example; dkim=fail (dkim=pass header.d=dorp.example) header.d=dorp.example",
        'mx.dag.example; dkim=fail reason="; dmarc=pass" header.d=dorp.example',
        "mx.dag.example; dkim=pass header.i=header.d=dorp.example@evil.example",
        "mx.dag.example; spf=pass smtp.mailfrom=jo@elders.example",
        "mx.dag.example; spf=pass smtp.helo=dorp.example",
        "mx.dag.example; spf=pass smtp.mailfrom=",
        'mx.dag.example; spf=pass smtp.mailfrom="jo@dorp.example"@evil.example',
        "mx.dag.example; spf=pass smtp.mailfrom=jo@dorp.example smtp.x=y@evil.example",
        "mx.dag.example; spf=softfail smtp.mailfrom=jo@dorp.example",
        "mx.dag.example; arc=pass header.d=dorp.example; iprev=pass policy.iprev=192.0.2.1",
        "mx.dag.example 2; dmarc=pass",
        "mx.dag.example; dmarc=pass (no end",
        'mx.dag.example; dkim=pass reason="no end header.d=dorp.example',
        "mx.dag.example; dmarc=pass )",
        "mx.elders.example; dmarc=pass header.from=dorp.example",
        "dmarc=pass header.from=dorp.example",
        "xmx.dag.example; dmarc=pass",
        "mx.dag.example.evil.example; dmarc=pass",
        "mx.dag.example; spf=fail (of =?utf-8?q?=29?=; dmarc=pass (x) smtp.mailfrom=a@evil.example",
        "mx.dag.example; spf=fail (of =?utf-8?q?=29_=3B_dmarc=3Dpass_=28?=@evil.example) smtp.mailfrom=evil.example",
        "mx.dag.example; dkim=pass header.d=do\u200brp.example",
    ],
)  # fmt: skip
def test_whatever_else_is_said_is_not(said: str) -> None:
    assert not authentic(said)


GENUINE, FORGED = "mx.dag.example; dmarc=fail", "mx.dag.example; dmarc=pass header.from=dorp.example"


def test_only_the_topmost_field_of_our_server_counts() -> None:
    assert not authentic(GENUINE, FORGED)
    assert not authentic("mx.dag.example; none", FORGED)
    assert not authentic("mx.dag.example; dmarc=fail (broken", FORGED)
    assert authentic(FORGED, GENUINE)


def test_the_fields_of_other_servers_above_it_do_not_matter() -> None:
    assert authentic("relay.elders.example; dmarc=fail", FORGED)
    assert not authentic("relay.elders.example; dmarc=pass", GENUINE)


def test_sealed_results_of_others_do_not_count() -> None:
    field = f"ARC-Authentication-Results: i=1; {FORGED}"
    assert not is_authentic(parse(raw_of(field)), TRUSTED)


def test_without_a_trusted_server_nothing_is_believed() -> None:
    assert not authentic(FORGED, trusted="")
    assert not authentic("; dmarc=pass", trusted=" ")


def test_a_mail_in_several_names_is_in_nobodys() -> None:
    assert not authentic(FORGED, sender="jo@dorp.example, piet@elders.example")


@pytest.mark.parametrize(
    ("sender", "domain"),
    [("Jo <jo@bücher.example>", "xn--bcher-kva.example"), ("Jo <jo@DORP.example>", "dorp.EXAMPLE"), ("Jo <jo@nl.dorp.example>", "dorp.example")],
)  # fmt: skip
def test_a_domain_is_the_same_however_it_is_spelled(sender: str, domain: str) -> None:
    assert authentic(f"{TRUSTED}; dkim=pass header.d={domain}", sender=sender)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=' ();="\\/.@passdkimheader', max_size=80))
def test_no_local_part_in_a_comment_or_quotes_makes_a_failure_pass(said: str) -> None:
    """What a server repeats of the sender's words is closed in, as RFC 5322 says, by backslashes."""
    closed = "".join(f"\\{c}" if c in '()"\\' else c for c in said)
    assert not authentic(f"{TRUSTED}; spf=fail ({closed}) smtp.mailfrom=evil.example; dkim=none")
    assert not authentic(f'{TRUSTED}; spf=pass smtp.mailfrom="{closed}"@evil.example; dkim=none')


# What that comes to for the sender.


def sender_of(raw: bytes, trusted: str = TRUSTED, secret: bytes = SECRET) -> Sender:
    ours = Ours(SHIPPED.address, trusted_authserv_id=trusted)
    mail = parse(raw)
    reading: Reading = read(mail, EVENT, LEXICON, ours)
    found = request(
        reading, mail, key="k", arrival=datetime(2031, 5, 2, tzinfo=UTC), uid=1, secret=secret, ours=ours
    )
    assert found is not None
    return found.sender


PASSED = f"Authentication-Results: {FORGED}"


def test_a_genuine_from_is_a_proof() -> None:
    assert sender_of(raw_of(PASSED)).proof is Proof.AUTHENTICATED
    assert sender_of(raw_of(PASSED), trusted="").proof is Proof.NONE
    assert sender_of(raw_of()).proof is Proof.NONE


def test_a_genuine_from_proves_nothing_of_the_address_that_is_answered() -> None:
    found = sender_of(raw_of(PASSED, "Reply-To: piet@elders.example"))
    assert (found.contact, found.proof) == ("piet@elders.example", Proof.NONE)
    assert sender_of(raw_of(PASSED, "Reply-To: Jo@Dorp.example")).proof is Proof.AUTHENTICATED


def test_our_message_id_is_a_token_and_names_the_mail_that_is_answered() -> None:
    ours = message_id(SECRET, SHIPPED.domain, "offered", "DD-7F3Q", "cause")
    found = sender_of(raw_of(f"References: <a@b.example> {ours}"))
    assert found.proof is Proof.TOKEN
    assert found.thread is not None
    assert (found.thread.kind, found.thread.ref, found.thread.message_id) == ("offered", "DD-7F3Q", ours)
    assert sender_of(raw_of(f"In-Reply-To: {ours}"), secret=b"another").proof is Proof.NONE


@pytest.mark.parametrize(
    "text",
    [
        "Ik kom toch niet.\n\nOp 1 mei 2031 om 10:00 schreef Dijkendag <a@dag.example>:\n> Beste Jo,\n>\n> code: {}\n",
        "Ik kom toch niet.\n\n-----Oorspronkelijk bericht-----\nVan: Dijkendag\n\nBeste Jo\ncode: {}",
        "Ik kom toch niet.\ncode: {}",
        "Ik kom toch niet.\n\n> > *code:*\u00a0x\n>> Code:  {}",
    ],
    ids=["quoted", "below a rule", "not marked", "twice quoted"],
)
def test_where_the_thread_is_lost_the_code_in_the_quote_is_the_token(text: str) -> None:
    ours = code(SECRET, "confirmed", "DD-7F3Q")
    found = sender_of(raw_of(text=text.format(ours)))
    assert found.proof is Proof.TOKEN
    assert found.thread is not None
    assert (found.thread.kind, found.thread.ref) == ("confirmed", "DD-7F3Q")
    assert (
        sender_of(raw_of(text=text.format(ours[:-1] + ("2" if ours[-1] != "2" else "3")))).proof is Proof.NONE
    )
    assert sender_of(raw_of(text=text.format("DD-7F3Q"))).proof is Proof.NONE
