"""The tables of a web page: rows under names of columns, or what only lays out the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.parsing.page import Element, Within, together

_LONG_CELL = 1500
_MOST_COLUMNS = 1000
_LONGEST_LABEL = 60


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
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(" ".join(element.text for element in self.elements).split())

    @property
    def is_layout(self) -> bool:
        """Whether it holds part of a page rather than a value."""
        long = len(self.elements) > 2 and sum(len(each.text) for each in self.elements) > _LONG_CELL
        return long or any(element.within.level or element.row for element in self.elements)


@dataclass(slots=True)
class Table:
    """A table: the elements that it comes to, the cells of the row at hand, and what the columns
    are called.

    `header` is the row that names them; `unused` are those of its names that no row has repeated.
    `taken`: how many rows on cells from above reach, by column.
    """

    elements: list[Element] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    header: Element | None = None
    unused: set[str] = field(default_factory=set)
    taken: dict[int, int] = field(default_factory=dict)
    begun: bool = False

    def end_row(self, within: Within, in_head: bool) -> None:
        """Turn the cells into elements: `name: value | name: value` under a header that fits, else
        `value | value`.
        """
        cells, self.cells = self.cells, []
        width = self._put(cells)
        if not any(cell.elements for cell in cells):
            return
        fits = bool(self.labels) and width == len(self.labels)
        names = in_head or (all(cell.header for cell in cells) and (fits or not self.labels))
        if names and len(cells) > 1 and not self.begun:
            self._name(cells, _row(cells, within, {}))
            return
        self.begun = True
        self.elements += _row(cells, within, self.labels if fits else {})
        if fits:
            self.unused -= {self.labels[cell.column] for cell in cells if cell.elements}

    def _name(self, cells: Sequence[Cell], row: list[Element]) -> None:
        """Take the cells of a row for the names of their columns."""
        labels = _labels(cells)
        self.labels = {**self.labels, **labels} if labels else {}
        self.unused = set(filter(None, labels.values()))
        self.header = row[0] if len(row) == 1 else None
        self.elements += row

    def end(self) -> list[Element]:
        """Its elements, without a header that is said in full by its rows."""
        if self.begun and self.header and self.labels and not self.unused:
            self.elements.remove(self.header)
        return self.elements

    def _put(self, cells: Sequence[Cell]) -> int:
        """Give the cells of a row their columns; gives how many there are."""
        column = 0
        above, self.taken = (
            self.taken,
            {each: rows - 1 for each, rows in self.taken.items() if rows > 1},
        )
        for cell in cells:
            while column in above:
                column += 1
            cell.column = column
            cell.columns = cell.columns if column < _MOST_COLUMNS else 1
            column += cell.columns
            if cell.rows > 1:
                self.taken.update(dict.fromkeys(range(cell.column, column), cell.rows - 1))
        return max(column, *(each + 1 for each in above), 0)


def _labels(cells: Sequence[Cell]) -> dict[int, str]:
    """What each column is called; nothing if that is no row of short names."""
    if any(cell.is_layout or len(cell.text) > _LONGEST_LABEL for cell in cells):
        return {}
    named = ((cell, cell.text.rstrip(":：")) for cell in cells)
    return {
        cell.column + each: f"{name}: " if name else ""
        for cell, name in named
        for each in range(cell.columns)
    }


def _row(cells: Sequence[Cell], within: Within, labels: Mapping[int, str]) -> list[Element]:
    """The elements that a row comes to: one, unless it only lays out the page."""
    filled = [cell for cell in cells if cell.elements]
    if any(cell.is_layout for cell in filled) or (
        len(filled) == 1 and not labels.get(filled[0].column)
    ):
        return [element for cell in filled for element in cell.elements]
    named = [labels.get(cell.column, "") for cell in filled]
    row = together([together(cell.elements) for cell in filled], " | ", named)
    return [replace(row, within=replace(within, items=None, prose=True), row=True)]


def span(value: str) -> int:
    """How many columns or rows a cell takes by its attribute; 1 for what is no number below 100."""
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 3 else 1
