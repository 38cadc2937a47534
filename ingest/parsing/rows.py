"""Rows: the records of CSV and TSV and the rows of spreadsheets, behind one interface, and the
tables they make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from kb.types import Anchor, AnchorType

if TYPE_CHECKING:
    pass

LONGEST_CELL = 1_000_000
_OPENING, _HEADER_WITHIN = 50, 10
_MOST_TITLES, _LONGEST_TITLE = 3, 100
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"[-+(]?[^\w\s]?\d[\d.,\s']*(?:[eE][-+]?\d+)?[%)]?")
_UNSPACED = "\u2e80"  # from here on scripts do without spaces


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty: its cells as text, and its lines in the file, or its number in the
    sheet twice.
    """

    first: int
    last: int
    cells: Sequence[str]

    def filled(self) -> list[int]:
        """The columns with something in them."""
        return [column for column, cell in enumerate(self.cells) if cell and not cell.isspace()]

    def joined(self) -> str:
        """All of its words on one line."""
        return " ".join(one_line(self.cells[column]) for column in self.filled())


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet of that name, or of a text file, which has none. The rows can be gone
    through once.
    """

    name: str | None
    rows: Iterator[Row]

    def anchor(self, row: Row, of: AnchorType = "lines") -> Anchor:
        """Where a row stands."""
        if self.name is None:
            return Anchor(of, row.first, row.last)
        return Anchor(of, row.first, row.last, unit="row", part=self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet as a table: short lines above it, longer ones, the names of its columns (none:
    empty), and its rows.
    """

    sheet: Sheet
    titles: tuple[str, ...]
    notes: tuple[Row, ...]
    header: Sequence[str]
    rows: Iterator[Row]


def table(sheet: Sheet, is_header: Callable[[Sequence[str]], bool] = lambda cells: False) -> Table:
    """The table in a sheet. Its header is the row that `is_header` knows, else the first with two
    cells filled.

    What stands above the header are its titles. One column alone has no header: its first cell is a
    title. A row of nothing but numbers names no columns.
    """
    opening = list(islice(sheet.rows, _OPENING))
    rows = chain(opening, sheet.rows)
    columns = [row.filled() for row in opening]
    several = [number for number, filled in enumerate(columns) if len(filled) > 1]
    known = (number for number in several[:_HEADER_WITHIN] if is_header(opening[number].cells))
    first = next(known, several[0] if several else None)
    if first is None:
        alone = len({filled[0] for filled in columns}) == 1 and not _NUMBER.fullmatch(
            opening[0].joined()
        )
        return Table(
            sheet, *_above(opening[:1] if alone else []), (), islice(rows, int(alone), None)
        )
    header = opening[first].cells
    if not _names(opening, columns, first):
        return Table(sheet, *_above(opening[:first]), (), islice(rows, first, None))
    body = (row for row in islice(rows, first + 1, None) if row.cells != header)
    return Table(sheet, *_above(opening[:first]), [cell.strip() for cell in header], body)


def _names(opening: Sequence[Row], columns: Sequence[Sequence[int]], first: int) -> bool:
    """Whether the row names columns: it is not all numbers, or they stand beside an empty corner,
    as years do.

    Nor does a row like the others: with numbers other than years wherever the rest have numbers.
    """
    corner = any(filled[0] < columns[first][0] for filled in columns[first + 1 :])
    named = {column: _is_number(opening[first], column) for column in columns[first]}
    if corner or not any(named.values()):
        return True
    below = opening[first + 1 :]
    of_numbers = [
        column for column in named if below and all(_is_number(row, column) for row in below)
    ]
    alike = bool(of_numbers) and all(named[column] for column in of_numbers)
    years = all(
        _YEAR.fullmatch(opening[first].cells[column].strip())
        for column, is_one in named.items()
        if is_one
    )
    return not all(named.values()) and (years or not alike)


def _is_number(row: Row, column: int) -> bool:
    return column < len(row.cells) and _NUMBER.fullmatch(row.cells[column].strip()) is not None


def one_line(cell: str) -> str:
    """A cell on one line; a line break beside a character of a script without spaces leaves none."""
    text = ""
    for line in cell.split("\n"):
        piece = " ".join(line.split())
        apart = text and piece and text[-1] < _UNSPACED and piece[0] < _UNSPACED
        text += f" {piece}" if apart else piece
    return text


def _above(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """What stands above a table: as titles where it reads like such, else as rows of their own."""
    titles = tuple(row.joined() for row in rows)
    if len(titles) <= _MOST_TITLES and all(len(title) <= _LONGEST_TITLE for title in titles):
        return titles, ()
    return (), tuple(rows)
