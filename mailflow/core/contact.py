"""Who is who: addresses and names as keys.

An address is a contact, never proof of one person; a person is a folded name (rules: duplicates).
"""

from __future__ import annotations

import re
import unicodedata

# Providers that deliver `name+anything@` to `name@` (published behaviour); elsewhere it is part of the name.
IGNORES_TAGS = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "live.nl", "hotmail.nl",
        "msn.com", "icloud.com", "me.com", "mac.com", "fastmail.com", "fastmail.fm", "proton.me",
        "protonmail.com", "pm.me",
    }
)  # fmt: skip


def contact_key(address: str) -> str:
    """The address as a key: lower-cased, provider tags dropped where the provider ignores them."""
    local, at, domain = address.strip().casefold().rpartition("@")
    if not at:
        return domain
    domain = domain.rstrip(".")
    if domain in IGNORES_TAGS:
        local = local.split("+", 1)[0] or local
    return f"{local}@{domain}"


def fold_name(name: str) -> str:
    """A name as a key: case, accents and runs of space folded; "" for an unnamed guest."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold()))


def same_person(one: str, other: str) -> bool:
    """True if two names, as written, can be one person's: equal when folded, or the same surname
    with first names of which one is the other's beginning or initial ("P. Hoekstra", "Piet Hoekstra"),
    or one of them a bare first name that the other starts with ("Piet")."""
    a, b = fold_name(one).split(), fold_name(other).split()
    if not a or not b:
        return False
    if a == b:
        return True
    if len(a) == 1 or len(b) == 1:
        return a[0] == b[0]
    return a[-1] == b[-1] and (a[0].startswith(b[0]) or b[0].startswith(a[0]))
