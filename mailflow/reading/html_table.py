"""Stop 2, tables of HTML: which rows hold data. A paragraph in a cell of such a row breaks no line, so that
a list of participants arrives as rows, whatever a mail program wraps its words in."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

CELLS = frozenset({"td", "th"})
IN_CELLS = frozenset({"p", "div", "center"})  # what a mail program wraps the words of a cell in
_BREAKS = frozenset({"table", "ul", "ol"})
_MOST_BREAKS = 1  # of lines in a cell: a name, and below it an address
_LONGEST_CELL = 120  # characters of a cell of data; more is a column of text
_MOST_CELLS = 20  # of a row of data


def is_data(row: LexborNode) -> bool:
    """Is this row of a table one of data: a few short cells of one paragraph each? Tables also hold whole
    mails, and the columns of signatures."""
    cells = 0
    cell = row.first_child
    while cell is not None:
        if cell.tag in CELLS:
            cells += 1
            if cells > _MOST_CELLS or not _is_cell_of_data(cell):
                return False
        cell = cell.next
    return cells > 1


def _is_cell_of_data(cell: LexborNode) -> bool:
    """No more than one paragraph, nothing in it that itself breaks lines but once, before an address."""
    node = cell.first_child
    paragraphs = breaks = 0
    while node is not None:
        tag = node.tag or ""
        paragraphs += tag in IN_CELLS
        breaks += tag == "br"
        if paragraphs > 1 or tag in _BREAKS or len(node.text(deep=True)) > _LONGEST_CELL:
            return False
        inner = node.first_child if tag in IN_CELLS else None
        while inner is not None:
            if inner.tag in _BREAKS | IN_CELLS:
                return False
            breaks += inner.tag == "br"
            inner = inner.next
        node = node.next
    return not breaks or (breaks <= _MOST_BREAKS and "@" in cell.text(deep=True))
