"""Stop 2, HTML -> text as a person sees it: hidden things gone, tables keep their rows.

Each line knows its zone: the client's own marks (a class, an id) tell a quote or a signature better
than any word in it. Which marks, is data (data/quotes.toml). Iterative, so depth costs nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailflow.reading.decode import clean
from mailflow.reading.html_marks import NO_MARKS, HtmlMarks, Zone, names_of
from mailflow.reading.html_table import CELLS, IN_CELLS, is_data

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LONGEST = 1_000_000  # characters of HTML that are read
_DEEPEST = 2_000  # elements open at once; the parser's time grows with the square of their number
_MOST_CONTAINERS = 50  # elements that are searched for a blockquote inside
_NODES = 200_000  # elements and texts that are read

_UNSEEN = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "object", "svg", "select", "textarea",
    "button", "iframe", "audio", "video", "map", "meta", "link", "xml"}
)  # fmt: skip
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "caption"}
)  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "table", "blockquote"})
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})", re.IGNORECASE)
# They hold nothing, or the next of their kind closes them.
_NEVER_DEEP = frozenset(
    {"area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "param", "source", "td", "th", "tr", "wbr"}
)  # fmt: skip
_WORD_LINE = re.compile(r"border:\s*none;\s*border-top:\s*solid [^;]{3,30};\s*padding:\s*3", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_NONE = r"\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:!important\s*)?(?:;|$)"
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|text-indent\s*:\s*-\d{3}"
    rf"|(?:font-size|max-height|(?<![\w-])opacity){_NONE}"
    rf"|(?<![\w-])height{_NONE}(?=.*overflow\s*:\s*hidden)|overflow\s*:\s*hidden.*(?<![\w-])height{_NONE}",
    re.IGNORECASE | re.DOTALL,
)


def to_text(html: str) -> str:
    """The text of an HTML part."""
    return "\n".join(line for line, _ in lines(html)).strip("\n")


def lines(html: str, marks: HtmlMarks = NO_MARKS) -> list[tuple[str, Zone]]:
    """The lines of an HTML part, each with its zone. Cells of a row are separated by a tab."""
    from selectolax.lexbor import LexborHTMLParser

    if not html.strip():
        return []
    html = html[:LONGEST].replace("\x00", "")
    if html.count("<") > _DEEPEST:
        html = html[: _readable(html)]
    root = LexborHTMLParser(html).root
    return _Walk(marks).lines(root) if root is not None else []


def _readable(html: str) -> int:
    """How many characters there are before elements stand open too deep."""
    still_open: dict[str, int] = {}
    depth = 0
    for found in _TAG.finditer(html):
        tag = found[2].casefold()
        if tag in _NEVER_DEEP:
            continue
        if not found[1]:
            still_open[tag] = still_open.get(tag, 0) + 1
            depth += 1
        elif still_open.get(tag):
            still_open[tag] -= 1
            depth -= 1
        if depth > _DEEPEST:
            return found.start()
    return len(html)


class _Walk:
    """One way through the tree, writing lines."""

    def __init__(self, marks: HtmlMarks) -> None:
        self.marks = marks
        self.done: list[tuple[str, Zone]] = []
        self.line: list[str] = []
        self.zones: list[Zone] = [Zone.NEW]
        self.line_zone = Zone.NEW
        self.blank_wanted = False
        self.pre = 0
        self.rest = False
        self.containers = 0
        self.numbers: list[int | None] = []
        self.rows = 0  # rows of data that are open: a paragraph in a cell of one breaks no line

    def lines(self, root: LexborNode) -> list[tuple[str, Zone]]:
        """All lines below `root`, blank ones never two in a row."""
        node: LexborNode | None = root
        closing: list[
            tuple[LexborNode, bool, bool]
        ] = []  # open elements: do they have a zone, room around them
        for _ in range(_NODES):
            if node is None:
                break
            child = None
            tag = node.tag or ""
            if tag == "-text":
                self.text(node.text_content or "")
            elif node.is_element_node and tag not in _UNSEEN:
                attributes = node.attributes
                if not self.hidden(attributes):
                    spaced = tag in _SPACED and not self.is_word_paragraph(tag, attributes)
                    zoned = self.enter(node, tag, attributes, spaced)
                    child = node.first_child
                    if child is not None:
                        closing.append((node, zoned, spaced))
                    else:
                        self.leave(tag, zoned, spaced)
            if child is not None:
                node = child
                continue
            while node is not None and node.next is None and closing:
                node, zoned, spaced = closing.pop()
                self.leave(node.tag or "", zoned, spaced)
            node = node.next if node is not None and (closing or node.next is not None) else None
        self.new_line()
        while self.done and not self.done[-1][0].strip():
            self.done.pop()
        return self.done

    @staticmethod
    def hidden(attributes: dict[str, str | None]) -> bool:
        """Whether a person would not see this element."""
        return "hidden" in attributes or bool(_HIDDEN.search((attributes.get("style") or "")[:2000]))

    def enter(self, node: LexborNode, tag: str, attributes: dict[str, str | None], spaced: bool) -> bool:
        """Open an element; True if it opens a zone."""
        zone = self.zone_of(node, tag, attributes)
        if self.rows and tag in IN_CELLS and zone is None:
            return False
        if tag in _BLOCKS or zone is not None:
            self.new_line()
        if tag == "tr" and (self.rows or is_data(node)):
            self.rows += 1
        if tag == "br" and self.rows:
            self.line.append(" ")
        elif tag == "br":
            self.new_line(forced=True)
        elif tag in CELLS and any(piece.strip() for piece in self.line):
            self.line.append("\t")
        elif tag == "pre":
            self.pre += 1
        elif tag in ("ol", "ul"):
            self.numbers.append(0 if tag == "ol" else None)
        if spaced or tag == "hr":
            self.blank_wanted = True
        if zone is not None:
            self.zones.append(zone)
        if tag == "li":
            self.bullet()
        return zone is not None

    def leave(self, tag: str, zoned: bool, spaced: bool) -> None:
        """Close an element."""
        if self.rows and tag in IN_CELLS and not zoned:
            return
        if tag == "tr" and self.rows:
            self.rows -= 1
        if tag in _BLOCKS or zoned:
            self.new_line()
        if tag == "pre":
            self.pre = max(0, self.pre - 1)
        elif tag in ("ol", "ul") and self.numbers:
            self.numbers.pop()
        if spaced:
            self.blank_wanted = True
        if zoned and len(self.zones) > 1:
            self.zones.pop()

    @staticmethod
    def is_word_paragraph(tag: str, attributes: dict[str, str | None]) -> bool:
        """Word writes every line as a paragraph, and an empty one where a person left a blank line."""
        style = (attributes.get("style") or "").replace(" ", "").casefold()
        return tag == "p" and (
            (attributes.get("class") or "").startswith(("Mso", "x_Mso"))
            or "margin:0" in style
            or "margin-top:0" in style
        )

    def bullet(self) -> None:
        """Begin a list item the way it is shown."""
        if self.numbers and self.numbers[-1] is not None:
            self.numbers[-1] += 1
            self.put(f"{self.numbers[-1]}. ")
        else:
            self.put("- ")

    def zone_of(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> Zone | None:
        """The zone that this element opens, None if it opens none."""
        if not attributes:
            return None
        marks = self.marks
        names = names_of(attributes)
        if marks.has(names, "rests") or (tag == "div" and self.is_header_of_word(node, attributes)):
            self.new_line()
            self.rest = True
        if (
            tag == "blockquote"
            and marks is not NO_MARKS
            and (marks.has(names, "quotes", "containers") or "border-left" in (attributes.get("style") or ""))
        ):
            return Zone.QUOTE
        if marks.has(names, "quotes"):
            return Zone.QUOTE
        if marks.has(names, "containers"):
            self.containers += 1
            inside = self.containers > _MOST_CONTAINERS or node.css_first("blockquote") is not None
            return None if inside else Zone.QUOTE
        return Zone.SIGNATURE if marks.has(names, "signatures") else None

    def is_header_of_word(self, node: LexborNode, attributes: dict[str, str | None]) -> bool:
        """Whether the header fields of the original stand here, under the line that Outlook draws."""
        if self.marks is NO_MARKS or not _WORD_LINE.search((attributes.get("style") or "")[:300]):
            return False
        self.containers += 1
        label = node.css_first("b") if self.containers <= _MOST_CONTAINERS else None
        return label is not None and label.text(deep=True).strip().endswith((":", "：")) and self.has_text

    @property
    def has_text(self) -> bool:
        """Whether something was written above."""
        return any(line.strip() for line, _ in self.done)

    def text(self, text: str) -> None:
        """Write characters, white space as it is shown."""
        if self.pre:
            first, *others = clean(text).split("\n")
            self.put(first)
            for other in others:
                self.new_line(forced=True)
                self.put(other)
            return
        if (text := _SPACE.sub(" ", text)).strip(" "):
            self.put(text.replace("\n", " "))
        elif text and self.line and not self.line[-1].endswith((" ", "\t")):
            self.line.append(" ")

    def put(self, text: str) -> None:
        """Write characters on the line at hand."""
        if not self.line:
            self.line_zone = Zone.QUOTE if self.rest or Zone.QUOTE in self.zones else self.zones[-1]
        self.line.append(text)

    def new_line(self, forced: bool = False) -> None:
        """End the line at hand; `forced` (a <br>) also where it is empty."""
        if not self.line:
            self.blank_wanted = self.blank_wanted or forced
            return
        raw = "".join(self.line)
        line = clean(raw).replace("\n", " ").rstrip()
        if not self.pre:
            line = line.lstrip(" ") if not raw.startswith("\t") else line.lstrip()
        wrote_blank = bool(raw) and not line.strip()  # &nbsp; alone: a blank line a person made
        self.line = []
        if line:
            if self.blank_wanted and self.done and self.done[-1][0]:
                self.done.append(("", self.done[-1][1]))
            self.blank_wanted = False
            self.done.append((line, self.line_zone))
        elif forced or wrote_blank:
            self.blank_wanted = True
