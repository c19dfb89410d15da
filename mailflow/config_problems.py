"""How a mistake in the configuration is worded: "file:key: what is wrong, what would be right"."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

# What would be right for a key that must be filled in.
WANTED = {
    "id": 'a short name in small letters, such as id = "buurtfeest-2026"',
    "name": "the name as it stands in mails",
    "address": "the address people write to",
    "organisers": 'the addresses that get the digest, such as ["organisatie@buurtfeest.example"]',
    "capacity": "the number of seats, such as capacity = 100",
    "starts": "the local date and time, such as starts = 2026-11-19T13:00:00",
    "ends": "the local date and time, such as ends = 2026-11-19T18:00:00",
    "timezone": 'such as timezone = "Europe/Amsterdam"',
    "mailbox": "a table [mailbox] with host and user",
    "smtp": "a table [smtp] with host",
    "mailbox.host": 'the IMAP server, such as host = "imap.example.org"',
    "mailbox.user": "the name to log in with, often the address itself",
    "smtp.host": 'the server that takes our mail, such as host = "smtp.example.org"',
    "number": "1 for the first round, 2 for the second",
    "text": "what happens then",
}

_KINDS = {
    "string_type": 'should be text between quotes, such as "..."',
    "int_type": "should be a whole number without quotes",
    "bool_type": "should be true or false, without quotes",
    "tuple_type": 'should be a list, such as ["one", "two"]',
    "list_type": 'should be a list, such as ["one", "two"]',
    "dict_type": "should be a table of its own, its name between [ and ]",
    "model_type": "should be a table of its own, its name between [ and ]",
}

Loc = tuple[int | str, ...]


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables. Raises ValueError with the finished problem line.

    A byte order mark, as Windows editors write it, is no mistake.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(
            f"{path}: there is no such file; `mailflow init DIR` writes a commented one"
        ) from None
    except OSError as wrong:
        raise ValueError(
            f"{path}: cannot be read ({wrong.strerror}); check the path and its rights"
        ) from None
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8; save the file with UTF-8 encoding") from None
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(
            r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", str(wrong), re.DOTALL
        )
        what = found[1] if found else str(wrong)
        line_of = int(found[2]) if found and found[2] else max(1, len(raw.splitlines()))
        column = f", column {found[3]}" if found and found[3] else ""
        raise ValueError(
            f"{path}:{line_of}: not valid TOML{column}: {what[:1].lower()}{what[1:]}; "
            'write key = value, text between straight "quotes", one key a line'
        ) from None


def spelled(loc: Iterable[int | str]) -> str:
    """A place in a file as people say it: project[2].id, counted from 1."""
    out = ""
    for part in loc:
        out += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def worded(error: ValidationError, model: type[BaseModel], file_of: Callable[[Loc], str]) -> list[str]:
    """A line for each mistake; `file_of` tells which file (or variable) a key came from."""
    lines = []
    for item in error.errors(include_url=False, include_input=False):
        loc = item["loc"]
        lines.append(f"{file_of(loc)}:{spelled(loc)}: {_sentence(item['type'], loc, item, model)}")
    return lines


def _sentence(kind: str, loc: Loc, item: Any, model: type[BaseModel]) -> str:
    context = item.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), loc[:-1], model)
    if kind == "missing":
        wanted = WANTED.get(spelled(loc)) or WANTED.get(str(loc[-1]), "fill it in")
        return f"is missing; {wanted}"
    if kind in ("literal_error", "enum"):
        return f"should be one of {context['expected'].replace(chr(39), chr(34))}"
    if kind == "greater_than_equal":
        return f"should be at least {context['ge']}"
    if kind == "less_than_equal":
        return f"should be at most {context['le']}"
    if kind == "too_short":
        return "should name at least one"
    if kind == "value_error":
        return str(context["error"])
    return _KINDS.get(kind, f"cannot be used: {item['msg'].lower()}")


def _unknown(key: str, above: Loc, model: type[BaseModel]) -> str:
    section = model_at(model, above)
    known = list(section.model_fields) if section else []
    near = nearest(key, known)
    if near:
        return f'is no key that mailflow knows; did you mean "{near}"?'
    for table, field in model.model_fields.items():
        kind = field.annotation
        if (
            above != (table,)
            and isinstance(kind, type)
            and issubclass(kind, BaseModel)
            and key in kind.model_fields
        ):
            return f"is not known here; it belongs in the table [{table}]"
    return f"is no key that mailflow knows; here it knows {', '.join(known)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a slip of the finger would have made of, or None."""
    by_folded = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(word.casefold().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The model that describes the table at `loc`, lists of tables included; None if there is none."""
    here: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        field = (
            here.model_fields.get(part) if isinstance(here, type) and issubclass(here, BaseModel) else None
        )
        if field is None:
            return None
        here = field.annotation
        models = [a for a in get_args(here) if isinstance(a, type) and issubclass(a, BaseModel)]
        here = models[0] if models else here
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None
