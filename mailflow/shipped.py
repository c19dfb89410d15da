"""What comes with the program: templates, configuration, sample mails, reading data.

In a checkout they stand beside the package; in a wheel under `mailflow/_shipped` (pyproject.toml). The
reading data is part of the package in both.
"""

from __future__ import annotations

from pathlib import Path

from mailflow.errors import BadInput

_PACKAGE = Path(__file__).resolve().parent
# Where each stands in a checkout; in a wheel it is a folder of that name.
_IN_A_CHECKOUT = {"templates": "templates", "config": "config", "corpus": "tests/corpus"}


def folder(name: str) -> Path:
    """The shipped folder: "templates", "config" or "corpus". Raises BadInput where it is missing."""
    for place in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / _IN_A_CHECKOUT[name]):
        if place.is_dir():
            return place
    raise BadInput(f"this installation lacks its {name}; install mailflow anew")


def templates_dir() -> Path:
    """The shipped templates: <language>/<kind>.txt.j2 and so on."""
    return folder("templates")


def config_dir() -> Path:
    """The shipped, commented configuration."""
    return folder("config")


def event_file() -> Path:
    """The event that is shipped as an example, and read by where no other is named."""
    return next(iter(sorted((config_dir() / "events").glob("*.toml"))))


def sample_mails() -> list[Path]:
    """The sample mails, in order of arrival: those with a number of three digits for a name."""
    return sorted(folder("corpus").glob("[0-9][0-9][0-9].eml"))


def template_sources(own: Path | None = None) -> dict[str, str]:
    """Every template, by its path below the templates folder; one of the same path in `own` wins.

    Raises BadInput for a template that cannot be read.
    """
    sources: dict[str, str] = {}
    for root in (templates_dir(), *([own] if own else [])):
        for path in sorted(root.rglob("*.j2")):
            try:
                sources[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as err:
                raise BadInput(f"{path}: cannot be read as UTF-8 text ({type(err).__name__})") from err
    return sources


def lexicon_sources() -> dict[str, str]:
    """The word lists and weights of reading: file name -> text."""
    data = sorted((_PACKAGE / "reading" / "data").iterdir())
    return {p.name: p.read_text(encoding="utf-8") for p in data if p.suffix in {".toml", ".tsv"}}
