"""The tables of a web page: rows under names of columns, or what only lays out the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.parsing.page import Element, Within
from ingest.parsing.rows import Row
from ingest.parsing.table_header import Named, named_columns, tells_apart
from ingest.parsing.table_text import RowWriter
from kb.types import Place

_LONG_CELL = 1500
_MOST_COLUMNS = 1000
_MOST_FILLED = 20  # cells that spans may stand for, for each cell that is there
_LONGEST_LABEL = 60
_LONGEST_AGAIN = 300


@dataclass(slots=True)
class Cell:
    """A cell of a table: its elements, whether it is a header, how many columns and rows it takes,
    its column.
    """

    elements: list[Element]
    header: bool
    columns: int
    rows: int
    column: int = 0

    @property
    def again(self) -> str:
        """What stands for it in the further columns and rows that it spans."""
        text, _ = self.text()
        return text if len(text) <= _LONGEST_AGAIN else ""

    @property
    def is_layout(self) -> bool:
        """Whether it holds part of a page rather than a value."""
        long = len(self.elements) > 2 and sum(len(each.text) for each in self.elements) > _LONG_CELL
        return long or any(element.within.level or element.row for element in self.elements)

    def text(self) -> tuple[str, tuple[Place, ...]]:
        """Its elements one below the other, and where their parts stand."""
        pieces: list[str] = []
        places: list[Place] = []
        offset = 0
        for element in self.elements:
            places += ((offset + start, first, last) for start, first, last in element.places)
            pieces.append(element.text)
            offset += len(element.text) + 1
        return "\n".join(pieces), tuple(places)


@dataclass(slots=True)
class _Line:
    """A row as it stands in the page: its cells, how many elements of the table come before it, and
    whether it is in the head of the table.
    """

    cells: list[Cell]
    within: Within
    before: int
    head: bool

    @property
    def is_layout(self) -> bool:
        """Whether it only lays out the page."""
        return any(cell.is_layout for cell in self.cells)


@dataclass(slots=True)
class Table:
    """A table: what stands in it outside of cells, the cells of the row at hand, and its rows."""

    elements: list[Element] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    lines: list[_Line] = field(default_factory=list)

    def end_row(self, within: Within, in_head: bool) -> None:
        """Take the cells for a row."""
        cells, self.cells = self.cells, []
        if cells:
            self.lines.append(_Line(cells, within, len(self.elements), in_head))

    def end(self) -> list[Element]:
        """Its elements: rows as `name: value · name: value`, each cell of a row that only lays out
        the page by itself, and what stands between them.
        """
        found: list[Element] = []
        before = 0
        for line, elements in zip(self.lines, self._rows(), strict=True):
            found += self.elements[before : line.before]
            before = line.before
            found += elements
        return found + self.elements[before:]

    def _rows(self) -> Iterator[list[Element]]:
        """The elements of each row."""
        rows = list(_filled(self.lines))
        first = next((at for at, row in enumerate(rows) if len(_begun(row)) > 1), 0)
        named, pairs = self._named(rows, first)
        head = range(first, first + named.rows)
        fitting = (row for row in rows[head.stop :] if len(row.cells) <= len(named.names))
        used = {column for row in fitting for column in row.filled()}
        titles = [row.joined() for row in rows[:first] if row.filled()]
        above = [each.text for each in self.elements[: self.lines[0].before]] if rows else []
        writer = RowWriter(named.names, " ".join((*above, *titles)), pairs=pairs)
        nameless = RowWriter(())
        for at, (line, row) in enumerate(zip(self.lines, rows, strict=True)):
            if at >= head.stop and (not named.names or len(row.cells) <= len(named.names)):
                yield _elements(line, row, writer)
            elif at not in head or not used or not used.issuperset(row.filled()):
                yield _elements(line, row, nameless)
            else:
                yield []

    def _named(self, rows: Sequence[Row], first: int) -> tuple[Named, bool]:
        """The names of the columns in the rows from `first` on, and whether there are none since
        each row is a name with its value.
        """
        count = self._headers(first)
        if not count and self._is_pairs():
            return Named(), True
        if not count and any(line.is_layout for line in self.lines):
            return Named(), False
        named = named_columns(rows[first:], declared=count)
        if not count and not named.pairs and not tells_apart(rows[first:], named.rows):
            return Named(), False
        if any(len(name) > _LONGEST_LABEL for name in named.names):
            return Named(), False
        return named, named.pairs

    def _headers(self, first: int) -> int:
        """How many rows from `first` on are called headers."""
        count = 0
        for line in self.lines[first:]:
            heads = [cell for cell in line.cells if cell.elements or cell.header]
            called = line.head or (bool(heads) and all(cell.header for cell in heads))
            if not called or line.is_layout or (len(line.cells) < 2 and not count):
                break
            count += 1
        return count

    def _is_pairs(self) -> bool:
        """Whether each row is a name, called a header, with its value."""
        cells = [[cell for cell in line.cells if cell.elements] for line in self.lines]
        return all(
            len(line) == 2 and line[0].header and not line[1].header for line in cells if line
        )


def _begun(row: Row) -> list[int]:
    return [column for column in row.filled() if column not in row.across]


def _filled(lines: Sequence[_Line]) -> Iterator[Row]:
    """The rows with what spans several columns or rows in each of them."""
    above: dict[int, tuple[int, Cell]] = {}  # by column: rows still to come, cell
    again: dict[int, str] = {}
    budget = _MOST_FILLED * sum(len(line.cells) for line in lines) + _MOST_COLUMNS
    for line in lines:
        texts: dict[int, str] = {}
        places: dict[int, tuple[Place, ...]] = {}
        across: set[int] = set()
        down: set[int] = set()
        for column, (_, cell) in above.items():
            texts[column] = again[id(cell)]
            down.add(column)
            if column > cell.column:
                across.add(column)
        above = {column: (left - 1, cell) for column, (left, cell) in above.items() if left > 1}
        column = 0
        for cell in line.cells:
            while column in down:
                column += 1
            cell.column = column
            width = cell.columns if column + cell.columns <= _MOST_COLUMNS and budget > 0 else 1
            text, where = cell.text()
            again[id(cell)] = cell.again if cell.rows > 1 or width > 1 else ""
            for each in range(column, column + width):
                texts[each] = text if each == column else again[id(cell)]
                if cell.rows > 1 and budget > 0:
                    above[each] = (cell.rows - 1, cell)
            places[column] = where
            across.update(range(column + 1, column + width))
            column += width
            budget -= width * cell.rows - 1 if width * cell.rows > 1 else 0
        yield _row(texts, places, across, down)


def _row(
    texts: dict[int, str], places: dict[int, tuple[Place, ...]], across: set[int], down: set[int]
) -> Row:
    width = max(texts, default=-1) + 1
    own = [place for each in places.values() for place in each]
    first = min((place[1] for place in own), default=0)
    last = max((place[2] for place in own), default=0)
    beside = ((0, first, first),)  # where a cell is shown that begins in a row above
    cells = [texts.get(column, "") for column in range(width)]
    listed = [places.get(column) or beside for column in range(width)]
    return Row(int(first), int(last), cells, listed, frozenset(across), frozenset(down))


def _elements(line: _Line, row: Row, writer: RowWriter) -> list[Element]:
    """The elements that a row comes to: one, unless it only lays out the page."""
    filled = [cell for cell in line.cells if cell.elements]
    if not filled:
        return []
    names = writer.header.columns
    named = filled[0].column < len(names) and names[filled[0].column]
    if line.is_layout or (len(filled) == 1 and not named and not row.down):
        return [element for cell in filled for element in cell.elements]
    written = writer.write(row)
    if not written.text:
        return []
    within = replace(line.within, items=None, prose=True)
    links = sum(element.links for cell in filled for element in cell.elements)
    return [Element(written.text, written.places, within, links, row=True, record=written.record)]


def span(value: str) -> int:
    """How many columns or rows a cell takes by its attribute; 1 for what is no number below 100."""
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 3 else 1
