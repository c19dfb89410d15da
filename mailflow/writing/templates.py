"""Stop 6, the words: "nl/confirmed.txt.j2" -> text.

The words of a mail stand once, in the blocks of its text template; the HTML template dresses the
same words, so that the two can never say different things. Templates are handed in as text, may come
from an organiser's own folder, and run in a sandbox; a name that nobody set is an error, not a blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from mailflow.core.effects import ReplyKind
from mailflow.errors import MailflowError
from mailflow.writing.wording import FORBIDDEN, shown

BLOCKS = ("subject", "headline", "lead", "ask", "next")  # what the text template of a reply says
PAGES = ("digest", "alarm", "doorlist")  # the organisers' mails


class TemplateFaultError(MailflowError):
    """A template is missing or fails; its text says which one and why."""


class Templates:
    """All templates of one deployment, each compiled once, at its first use."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        """`sources`: path below the templates folder, with "/", -> text. Nothing is compiled yet."""
        self._sources = dict(sources)
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(self._sources),
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            undefined=StrictUndefined,
            finalize=_printable,
            cache_size=-1,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["paragraphs"] = _paragraphs
        self._words: dict[str, dict[str, Any]] = {}

    @property
    def languages(self) -> frozenset[str]:
        """The languages whole mails can be written in."""
        names = (name.partition("/") for name in self._sources)
        return frozenset(language for language, _, name in names if name == "words.j2")

    def words(self, language: str, of: str = "words") -> Mapping[str, Any]:
        """The small words of that language (`words.j2`): labels, and macros as functions that return
        plain text, so that an HTML template escapes what they were given."""
        name = f"{language}/{of}.j2"
        if name not in self._words:
            module = self._template(name).module
            found = {k: v for k, v in vars(module).items() if isinstance(v, (str, dict, Macro))}
            self._words[name] = {
                k: _plain(v) if isinstance(v, Macro) else v for k, v in found.items() if k[0] != "_"
            }
        return self._words[name]

    def blocks(
        self, name: str, context: Mapping[str, Any], required: Sequence[str] = ("subject",)
    ) -> dict[str, str]:
        """What each block of a text template says, trimmed; a block it does not have says "", which
        is a fault in those `required`."""
        template = self._template(name)
        try:
            said = {
                block: tidy("".join(template.blocks[block](template.new_context(dict(context)))))
                if block in template.blocks
                else ""
                for block in BLOCKS
            }
        except TemplateError as err:
            raise TemplateFaultError(f"{name}: {err}") from err
        silent = [block for block in required if not said[block]]
        if silent:
            raise TemplateFaultError(f"{name}: says nothing in its block {silent[0]}")
        return said

    def text(self, name: str, context: Mapping[str, Any]) -> str:
        """A whole text template: no trailing space, never two blank lines in a row."""
        return tidy(self._render(name, context)) + "\n"

    def html(self, name: str, context: Mapping[str, Any]) -> str:
        """A whole HTML template."""
        return self._render(name, context)

    def line(self, language: str, kind: str, context: Mapping[str, Any]) -> str:
        """The one line in the reader's language on top of an answer in another; in English where that
        language has no lines. Its block `also` is said after that of each kind."""
        known = language if f"{language}/line.txt.j2" in self._sources else "en"
        template = self._template(f"{known}/line.txt.j2")
        if kind not in template.blocks:
            raise TemplateFaultError(f"{known}/line.txt.j2: has no block {kind}")
        try:
            said = [
                "".join(template.blocks[block](template.new_context(dict(context))))
                for block in (kind, "also")
                if block in template.blocks
            ]
        except TemplateError as err:
            raise TemplateFaultError(f"{known}/line.txt.j2: {err}") from err
        return " ".join(" ".join(said).split())

    def speaks(self, language: str, kind: str) -> bool:
        """True if there is a text and an HTML template of that kind in that language."""
        names = (f"{language}/{kind}.txt.j2", f"{language}/{kind}.html.j2", f"{language}/words.j2")
        return all(name in self._sources for name in names)

    def missing(self, languages: Iterable[str]) -> list[tuple[str, str]]:
        """The (language, kind) pairs that have no template, the organisers' mails included."""
        kinds = (*(kind.value for kind in ReplyKind), *PAGES)
        return [(lang, kind) for lang in languages for kind in kinds if not self.speaks(lang, kind)]

    def _template(self, name: str) -> Template:
        try:
            return self._environment.get_template(name)
        except TemplateNotFound as err:
            raise TemplateFaultError(f"{err.name}: there is no such template") from err
        except TemplateError as err:
            raise TemplateFaultError(f"{name}: {err}") from err

    def _render(self, name: str, context: Mapping[str, Any]) -> str:
        template = self._template(name)
        try:
            return template.render(context)
        except TemplateNotFound as err:
            raise TemplateFaultError(f"{name}: there is no template {err.name}") from err
        except TemplateError as err:
            raise TemplateFaultError(f"{name}: {err}") from err


def tidy(text: str) -> str:
    """Lines without trailing space, at most one blank line in a row, none at the ends."""
    lines: list[str] = []
    for line in text.splitlines():
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n")


def _printable(value: Any) -> Any:
    """What any expression of a template prints: never a control character, never "None"."""
    if value is None:
        return ""
    if type(value) is str and FORBIDDEN.search(value):
        return shown(value)
    return value


def _plain(macro: Macro) -> Callable[..., str]:
    def call(*args: Any) -> str:
        return str(macro(*args)).strip()

    return call


def _paragraphs(text: str, style: str = "") -> Markup:
    """Plain text -> <p> elements, escaped; a blank line parts them, a line end becomes <br>."""
    opening = Markup('<p style="{}">').format(style)
    return Markup("").join(
        opening + Markup("<br>").join(escape(line) for line in part.split("\n")) + Markup("</p>")
        for part in text.split("\n\n")
        if part.strip()
    )
