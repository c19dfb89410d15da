"""Text in wrappers is found: signed envelopes, winmail.dat, PGP armour; files in the text are taken out."""

from __future__ import annotations

import base64
import struct
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from mailflow.reading import wrapped
from mailflow.reading.parse import parse

SAID = "Graag een plaats voor één persoon."
ENTITY = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{SAID}\r\n"


def mail(kind: str, payload: bytes) -> bytes:
    head = f"From: Jan Pot <jan@pot.example>\nSubject: 22 november\nMIME-Version: 1.0\nContent-Type: {kind}\n"
    return f"{head}Content-Transfer-Encoding: base64\n\n".encode() + base64.encodebytes(payload)


def signed(content: str) -> bytes:
    """A CMS SignedData that holds the content, by a key made for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jan Pot")])
    now = datetime(2018, 11, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content.encode())
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def winmail(body: bytes) -> bytes:
    """A winmail.dat with nothing but attBody (MS-OXTNEF section 2.1.3.2)."""
    attribute = struct.pack("<BII", 1, 0x0002800C, len(body)) + body
    return struct.pack("<IH", 0x223E9F78, 1) + attribute + struct.pack("<H", sum(body) & 0xFFFF)


@pytest.mark.parametrize(
    "kind", ["application/pkcs7-mime; smime-type=signed-data", "application/x-pkcs7-mime"]
)
def test_the_text_in_a_signed_envelope_is_read(kind: str) -> None:
    found = parse(mail(kind, signed(ENTITY)))
    assert (found.text.strip(), found.attachments, found.error) == (SAID, 0, None)


def test_pieces_of_indefinite_length_are_put_together() -> None:
    whole = ENTITY.encode()
    pieces = b"".join(bytes([0x04, 20]) + whole[i : i + 20].ljust(20) for i in range(0, len(whole), 20))
    oid = bytes.fromhex("06092a864886f70d0107")
    der = b"\x30\x80" + oid + b"\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80" + oid + b"\x01"
    der += b"\xa0\x80\x24\x80" + pieces + bytes(12)
    assert wrapped.signed_content(der).rstrip() == whole.rstrip()


def test_an_encrypted_mail_says_so_and_is_kept() -> None:
    found = parse(mail("application/pkcs7-mime; smime-type=enveloped-data", b"\x30\x82\x01\x00" + bytes(200)))
    assert found.text == ""
    assert "encrypted" in (found.error or "")


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_broken_envelope_is_no_error(cut: int) -> None:
    whole = signed(ENTITY)
    parse(mail("application/pkcs7-mime", whole[:cut]))
    parse(mail("application/pkcs7-mime", whole[:cut] + b"\xff\x80" + whole[cut + 2 :]))


def test_the_text_of_a_winmail_is_read_where_there_is_no_other() -> None:
    assert parse(mail("application/ms-tnef; name=winmail.dat", winmail(b"Graag twee plaatsen.\0"))).text == (
        "Graag twee plaatsen."
    )
    broken = parse(mail("application/ms-tnef", winmail(b"Graag")[:-9]))
    assert (broken.text, broken.attachments) == ("", 1)


def test_armour_around_a_signed_text_falls_off() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nGraag een plaats.\n- -- \nJan\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert wrapped.without_armour(text).strip() == "Graag een plaats.\n-- \nJan"
    assert wrapped.without_armour(text[:60]) == text[:60]


def test_a_uuencoded_file_is_an_attachment() -> None:
    text = "Graag een plaats.\n\nbegin 644 kaart.txt\n#0V%T\n`\nend\n\nJan"
    assert wrapped.without_uuencoded(text) == ("Graag een plaats.\n\n\nJan", 1)
    said = "begin 644 is geen bestand\nmaar een zin"
    assert wrapped.without_uuencoded(said) == (said, 0)


def test_a_wrapper_is_known_by_its_name_where_its_type_is_lost() -> None:
    assert parse(mail("application/octet-stream; name=smime.p7m", signed(ENTITY))).text.strip() == SAID
    found = parse(mail("application/octet-stream; name=WINMAIL.DAT", winmail(b"Graag twee.\0")))
    assert found.text == "Graag twee."


def test_an_armoured_text_that_only_a_key_opens_says_so() -> None:
    head = b"From: jan@pot.example\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"
    assert "encrypted" in (parse(head).error or "")


def test_a_yencoded_file_is_an_attachment() -> None:
    text = "=ybegin line=128 size=10 name=a.txt\nxx\n=yend size=10\nIk kom."
    assert wrapped.without_uuencoded(text) == ("Ik kom.", 1)
