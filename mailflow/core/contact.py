"""Who is who: addresses and names as keys.

An address is a contact, never proof of one person; a person is a folded name (rules: duplicates).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Providers that deliver `name+anything@` to `name@` (published behaviour); elsewhere it is part of the name.
IGNORES_TAGS = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.nl", "hotmail.nl",
        "msn.com", "icloud.com", "me.com", "mac.com", "fastmail.com", "fastmail.fm", "proton.me",
        "protonmail.com", "pm.me",
    }
)  # fmt: skip

# Providers with millions of unrelated people on one domain: a cap for one organisation says nothing there.
LARGE_PROVIDERS = IGNORES_TAGS | {
    "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "ymail.com", "aol.com", "gmx.net", "gmx.de",
    "gmx.com", "web.de", "t-online.de", "freenet.de", "orange.fr", "wanadoo.fr", "free.fr",
    "laposte.net", "sfr.fr", "hotmail.fr", "hotmail.de", "outlook.fr", "outlook.de", "hotmail.be",
    "telenet.be", "skynet.be", "proximus.be", "ziggo.nl", "home.nl", "hetnet.nl", "kpnmail.nl",
    "kpnplanet.nl", "planet.nl", "xs4all.nl", "upcmail.nl", "chello.nl", "casema.nl", "quicknet.nl",
    "tele2.nl", "zonnet.nl", "online.nl", "solcon.nl", "caiway.nl", "delta.nl", "zeelandnet.nl",
    "btinternet.com", "sky.com", "virginmedia.com", "comcast.net", "verizon.net", "mail.com",
    "zoho.com", "tutanota.com", "yandex.com", "mail.ru",
}  # fmt: skip
_WORDS = re.compile(r"\w+")


def contact_key(address: str) -> str:
    """The address as a key: lower-cased, provider tags dropped where the provider ignores them."""
    local, at, domain = address.strip().casefold().rpartition("@")
    if not at:
        return domain
    domain = domain.rstrip(".")
    if domain in IGNORES_TAGS:
        local = local.split("+", 1)[0] or local
    return f"{local}@{domain}"


@lru_cache(maxsize=16_384)
def fold_name(name: str) -> str:
    """A name as a key: case, accents and runs of space folded; "" for an unnamed guest."""
    plain = name
    if not name.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(_WORDS.findall(plain.casefold()))


def same_person(one: str, other: str) -> bool:
    """True if two names, as written, can be one person's: equal when folded, or the same surname with a
    first name of which one is only the other's initial ("P. Hoekstra", "Piet Hoekstra"), or one of them
    a bare first name that the other starts with ("Piet"). Jan is not Janneke, nor Piet Pieter."""
    a, b = fold_name(one).split(), fold_name(other).split()
    if not a or not b:
        return False
    if a == b:
        return True
    if len(a) == 1 or len(b) == 1:
        return a[0] == b[0]
    if a[-1] != b[-1]:
        return False
    return a[0] == b[0] or (a[0][0] == b[0][0] and 1 in (len(a[0]), len(b[0])))


def is_fuller(one: str, other: str) -> bool:
    """True if the name `one` tells more of the same person than `other`: it has more letters."""
    return len(fold_name(one)) > len(fold_name(other))
