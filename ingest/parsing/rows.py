"""Rows: the records of CSV and TSV, the rows of spreadsheets, and those of the tables in documents,
behind one interface, and the tables they make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from ingest.parsing.table_header import is_number, named_columns, one_line
from kb.types import Anchor, AnchorType, Place

LONGEST_CELL = 1_000_000
_OPENING, _HEADER_WITHIN = 50, 10
_MOST_TITLES, _LONGEST_TITLE = 3, 100


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty: its cells as text, and its lines in the file, or its number in the
    sheet twice.

    `places` tell of each cell where its parts stand, by their offsets in it; without them all of
    the row stands in its lines. A cell that is merged over several columns or rows stands in each of
    them: `across` are the columns that go on with the cell on their left, `down` those that go on
    with the row above.
    """

    first: int
    last: int
    cells: Sequence[str]
    places: Sequence[tuple[Place, ...]] = ()
    across: frozenset[int] = frozenset()
    down: frozenset[int] = frozenset()

    def filled(self) -> list[int]:
        """The columns with something in them."""
        return [column for column, cell in enumerate(self.cells) if cell and not cell.isspace()]

    def part(self, columns: slice) -> Row:
        """Some of its columns."""
        if columns.start is None:
            return self
        start, stop = columns.start, columns.stop
        across, down = (
            frozenset(column - start for column in held if start <= column < stop)
            for held in (self.across, self.down)
        )
        cells, places = self.cells[columns], self.places[columns]
        return Row(self.first, self.last, cells, places, across, down)

    def joined(self) -> str:
        """All of its words on one line."""
        columns = [column for column in self.filled() if column not in self.across]
        return " ".join(one_line(self.cells[column]) for column in columns)


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
    empty), and its rows. `pairs`: each row is a name with its value. `beside`: the columns of each
    table, where several stand side by side.
    """

    sheet: Sheet
    titles: tuple[str, ...]
    notes: tuple[Row, ...]
    header: Sequence[str]
    rows: Iterator[Row]
    pairs: bool = False
    beside: tuple[slice, ...] = (slice(None),)


def table(sheet: Sheet, is_header: Callable[[Sequence[str]], bool] = lambda cells: False) -> Table:
    """The table in a sheet. Its header is the row that `is_header` knows, else the first with two
    cells filled; with the row below it where that divides its columns.

    What stands above the header are its titles. One column alone has no header: its first cell is a
    title. A row of nothing but numbers names no columns.
    """
    opening = list(islice(sheet.rows, _OPENING))
    rows = chain(opening, sheet.rows)
    columns = [row.filled() for row in opening]
    several = [
        number
        for number, filled in enumerate(columns)
        if len(set(filled) - opening[number].across) > 1
    ]
    known = (number for number in several[:_HEADER_WITHIN] if is_header(opening[number].cells))
    first = next(known, several[0] if several else None)
    if first is None:
        alone = len({filled[0] for filled in columns}) == 1 and not is_number(opening[0].joined())
        above = _above(opening[:1] if alone else [])
        return Table(sheet, *above, (), islice(rows, int(alone), None))
    named = named_columns(opening[first:], is_header(opening[first].cells))
    above = _above(opening[:first])
    if not named.rows:
        return Table(sheet, *above, (), islice(rows, first, None), named.pairs)
    body = islice(rows, first + named.rows, None)
    own = _without_repeats(body, opening[first].cells)
    return Table(sheet, *above, named.names, own, beside=_beside(named.names, opening[first:]))


def tables(sheet: Sheet) -> Iterator[Table]:
    """The tables of a sheet: below an empty row another one may begin, with names of its own.

    The rows of one have to be gone through before the next is asked for.
    """
    rows = _Segments(sheet.rows)
    while rows.begin():
        yield table(Sheet(sheet.name, rows.segment()))


def _beside(names: Sequence[str], rows: Sequence[Row]) -> tuple[slice, ...]:
    """The columns of each table, where columns without a name or a value part tables of two columns
    or more.
    """
    used = {column for row in rows for column in row.filled()}
    parts: list[slice] = []
    begin = 0
    for column in range(len(names) + 1):
        if column < len(names) and (names[column] or column in used):
            continue
        if column > begin:
            parts.append(slice(begin, column))
        begin = column + 1
    if len(parts) < 2 or any(part.stop - part.start < 2 for part in parts):
        return (slice(None),)
    return tuple(parts)


class _Segments:
    """The rows of a sheet, cut where another table begins."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._ahead: list[Row] = []

    def begin(self) -> bool:
        """Whether there is another row."""
        return self._fill(1)

    def segment(self) -> Iterator[Row]:
        """The rows up to where the next table begins."""
        last: Row | None = None
        width: set[int] = set()
        while self._fill(1):
            row = self._ahead[0]
            if last and width and row.first > last.last + 1 and self._begins_table(width):
                return
            last = self._ahead.pop(0)
            if len(last.cells) > len(width) and len(filled := last.filled()) > max(1, len(width)):
                width = set(filled)
            yield last

    def _fill(self, count: int) -> bool:
        while len(self._ahead) < count and (row := next(self._rows, None)) is not None:
            self._ahead.append(row)
        return len(self._ahead) >= count

    def _begins_table(self, width: set[int]) -> bool:
        """Whether the rows ahead are names of columns, after a title or not, with values below that
        are of another kind, or fewer or more columns than those of the table before.
        """
        self._fill(_MOST_TITLES + 3)
        block = self._ahead[:1]
        for row in self._ahead[1:]:
            if row.first > block[-1].last + 1:
                break
            block.append(row)
        titles = next(
            (number for number, row in enumerate(block) if len(row.filled()) > 1), len(block)
        )
        if titles > _MOST_TITLES or len(block) < titles + 2:
            return False
        head, below = block[titles : titles + 2]
        names = head.filled()
        if any(is_number(head.cells[column]) for column in names):
            return False
        told = (column < len(below.cells) and is_number(below.cells[column]) for column in names)
        return any(told) or bool(titles and set(names) != width)


def _without_repeats(rows: Iterable[Row], header: Sequence[str]) -> Iterator[Row]:
    return (row for row in rows if row.cells != header)


def _above(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """What stands above a table: as titles where it reads like such, else as rows of their own."""
    titles = tuple(row.joined() for row in rows)
    if len(titles) <= _MOST_TITLES and all(len(title) <= _LONGEST_TITLE for title in titles):
        return titles, ()
    return (), tuple(rows)
