"""Tables on the pages of a PDF: those whose cells are ruled, and those whose columns are told by
how they stand (`pdf_columns.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from ingest.parsing.pdf_columns import GUTTER, aligned
from ingest.parsing.pdf_glyphs import Glyph, gap, glyphs, joined, lines, side_by_side
from ingest.parsing.pdf_properties import CONTROL
from ingest.parsing.pdf_rules import Cell, Grid, grids
from ingest.parsing.rows import Row
from ingest.parsing.table_header import is_number

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

# One character stands for each table in the text of its page; where a text has these for its own,
# they say nothing, and another one stands for them.
_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD
_NO_MARK = "\ue000"
_MARKS = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")
_HYPHENS = dict.fromkeys((2, 0xFFFE), "-")  # PDFium's, at the end of a line
_BEFORE_VALUE = re.compile(r"\s(?=(?:[A-Z]{2,3}[ ]?)?[^\s\w]{0,3}\d)")
_MOST_VALUES = 500  # of a page, that are looked at to tell whether there may be columns
_NEAR_LINES = 4  # of the text, as a row may take several
_MOST_BESIDE = 40  # values of the rows before
_ALIGNED = 20.0  # points: figures may end at the same place
_LONGEST_CELL = 600  # characters: boxes of longer text are a layout, no table
_LONGEST_AGAIN = 300  # of a cell that stands in all columns and rows that it spans
_MOST_LINES = 12  # of a cell
_SAME_EDGE = 6.0  # points: columns this near to each other are the same on two pages


@dataclass(frozen=True, slots=True)
class PdfTable:
    """The rows of a table, where its columns begin, in points, and how many of its rows are known to
    name the columns.
    """

    rows: tuple[Row, ...]
    edges: tuple[float, ...]
    header: int = 0

    def goes_on(self, after: PdfTable) -> bool:
        """Whether it may be the rest of a table on the page before: its columns are the same, or
        where rules don't tell them, their names.
        """
        if self.header or after.header:
            return bool(self.rows and after.rows) and self.rows[0].cells == after.rows[0].cells
        return len(self.edges) == len(after.edges) and all(
            abs(one - other) <= _SAME_EDGE
            for one, other in zip(self.edges, after.edges, strict=True)
        )

    def with_rest(self, rest: PdfTable) -> PdfTable:
        """The table with the rest of it, whose header is that of this one again, or missing."""
        again = 0
        for own, other in zip(self.rows, rest.rows, strict=False):
            if tuple(own.cells) != tuple(other.cells):
                break
            again += 1
        return replace(self, rows=self.rows + rest.rows[again:])


class Tables:
    """The tables of a document as they are found, page by page."""

    def __init__(self) -> None:
        self._tables: list[PdfTable] = []

    def marked(self, page: PdfPage, layer: PdfTextPage, number: int, text: str) -> str:
        """The text of a page with a mark in place of each of its tables, on a line of its own."""
        text = text if text.isascii() else _MARKS.sub(_NO_MARK, text)
        marks: dict[int, str] = {}
        for table, its in sorted(_tables(page, layer, number, text), key=lambda each: each[1][0]):
            if _FIRST_MARK + len(self._tables) > _LAST_MARK:
                break
            marks |= dict.fromkeys((each.number for each in its), self._next_mark())
            self._tables.append(table)
        return _with_marks(text, marks) if marks else text

    def _next_mark(self) -> str:
        return chr(_FIRST_MARK + len(self._tables))

    def join(self, pages: Sequence[str]) -> None:
        """Put together what goes on at the top of the next page."""
        last = ""
        for page in pages:
            text = page.strip()
            table, rest = self.at(last), self.at(text[:1])
            if table and rest and rest.goes_on(table):
                self._tables[ord(last) - _FIRST_MARK] = table.with_rest(rest)
                self._tables[ord(text[0]) - _FIRST_MARK] = PdfTable((), rest.edges)
                if len(text) == 1:
                    continue  # it may go on once more
            last = text[-1:]

    @staticmethod
    def marks_in(text: str) -> bool:
        """Whether there are tables in the text of a page."""
        return _MARKS.search(text) is not None

    def at(self, text: str) -> PdfTable | None:
        """The table that a text is the mark of."""
        number = ord(text) - _FIRST_MARK if len(text) == 1 else -1
        return self._tables[number] if 0 <= number < len(self._tables) else None


def _with_marks(text: str, marks: Mapping[int, str]) -> str:
    """A text without the characters at some offsets, and the space between them; each mark stands
    where the first of its characters did.
    """
    out: list[str] = []
    position = 0
    shown = set()
    for number in sorted(marks):
        between = text[position:number]
        if not position or between.strip():
            out.append(between)
        if marks[number] not in shown:
            out.append(f"\n\n{marks[number]}\n\n")
            shown.add(marks[number])
        position = number + 1
    return "".join((*out, text[position:]))


def _tables(
    page: PdfPage, layer: PdfTextPage, number: int, text: str
) -> list[tuple[PdfTable, Sequence[Glyph]]]:
    """The tables of a page, each with its characters in the order of the text."""
    from pypdfium2 import raw

    if raw.FPDFPage_GetRotation(page):
        return []
    ruled = grids(page)
    if not ruled and not _may_align(layer, text):
        return []
    text = CONTROL.sub(lambda found: " " * len(found[0]), text.translate(_HYPHENS))
    rest = glyphs(layer, text)
    found: list[tuple[PdfTable, Sequence[Glyph]]] = []
    for grid in ruled:
        inside = [glyph for glyph in rest if grid.place(*glyph.middle)]
        table = _ruled(grid, inside, number, text)
        if table:
            found.append((table, inside))
            taken = {glyph.number for glyph in inside}
            rest = [glyph for glyph in rest if glyph.number not in taken]
    for rows, edges, its in aligned(lines(rest), number, text):
        found.append((PdfTable(rows, edges, 1), its))
    return found


def _may_align(layer: PdfTextPage, text: str) -> bool:
    """Whether there are values below one another with a gutter before them: on most pages there
    are none, and to look at all of their characters takes longer than to read them.
    """
    pairs = [
        (_visible_before(text, space.start()), space.end())
        for space in islice(_BEFORE_VALUE.finditer(text), _MOST_VALUES)
    ]
    if not pairs:
        return False
    its = {each.number: each for each in glyphs(layer, text, [at for pair in pairs for at in pair])}
    edges = [(its[one], its[other]) for one, other in pairs if one in its and other in its]
    values = [
        (text.count("\n", 0, other.number), other.left)
        for one, other in edges
        if gap(one, other) > GUTTER * other.height
    ]
    return any(
        0 < line - above <= _NEAR_LINES and abs(left - begins) <= _ALIGNED
        for number, (line, left) in enumerate(values)
        for above, begins in values[max(0, number - _MOST_BESIDE) : number]
    )


def _visible_before(text: str, offset: int) -> int:
    """The last place before an offset with something else than space, or 0."""
    while offset and text[offset].isspace():
        offset -= 1
    return offset


# --- ruled tables ---------------------------------------------------------------------------------


def _ruled(grid: Grid, inside: Sequence[Glyph], number: int, text: str) -> PdfTable | None:
    """The table in a grid; None where what stands in it is not one cell each: words run over its
    rules, or boxes hold columns and lists of their own.
    """
    owner = {
        (row, at): cell
        for cell in grid.cells
        for row in range(cell.top, cell.bottom + 1)
        for at in range(cell.left, cell.right + 1)
    }
    held: dict[Cell, list[Glyph]] = {}
    for glyph in inside:
        place = grid.place(*glyph.middle)
        if place:
            held.setdefault(owner[place], []).append(glyph)
    if _runs_over(held) or any(map(_is_layout, held.values())):
        return None
    cells = [[""] * grid.columns for _ in range(grid.rows)]
    across: list[set[int]] = [set() for _ in range(grid.rows)]
    down: list[set[int]] = [set() for _ in range(grid.rows)]
    for cell, its in held.items():
        value = joined(text, its)
        if len(value) > _LONGEST_CELL:
            return None
        span = [place for place, its in owner.items() if its is cell]
        for row, at in span if len(value) <= _LONGEST_AGAIN else span[:1]:
            cells[row][at] = value
            across[row] |= {at} if at > cell.left else set()
            down[row] |= {at} if row > cell.top else set()
    rows = [
        Row(number, number, its, (), frozenset(across[at]), frozenset(down[at]))
        for at, its in enumerate(cells)
    ]
    rows = [part for row in rows if row.filled() for part in _parted(row)]
    several = sum(len(set(row.filled()) - row.across) > 1 for row in rows)
    return PdfTable(tuple(rows), tuple(grid.across[:-1])) if several > 1 else None


def _runs_over(held: Mapping[Cell, Sequence[Glyph]]) -> bool:
    """Whether the characters of a word stand in two cells."""
    owner = {glyph.number: (glyph, cell) for cell, its in held.items() for glyph in its}
    for number, (glyph, cell) in owner.items():
        after = owner.get(number + 1)
        if after and after[1] is not cell and side_by_side(glyph, after[0]):
            return True
    return False


def _is_layout(its: Sequence[Glyph]) -> bool:
    """Whether what stands in a cell is in columns itself, or too many lines for one value."""
    inner = lines(its)
    return len(inner) > _MOST_LINES or any(len(line) > 1 for line in inner)


def _parted(row: Row) -> Iterator[Row]:
    """A row, or the rows that stand in one without rules between them: each of its cells has the
    same number of lines, and one has a value on each.
    """
    parts = [cell.split("\n") for cell in row.cells if cell]
    count = len(parts[0])
    values = any(all(map(is_number, cell)) for cell in parts)
    if count < 2 or not values or any(len(part) != count for part in parts):
        yield row
        return
    for at in range(count):
        cells = [cell.split("\n")[at] if cell else "" for cell in row.cells]
        yield Row(row.first, row.last, cells, (), row.across, row.down)
