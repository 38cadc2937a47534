"""Tables: CSV, TSV and spreadsheets, a block for each row, in which every cell is named by its
column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.rows import Row, Table, tables
from ingest.parsing.sheets import properties, sheets
from ingest.parsing.table_text import RowWriter
from kb.types import Place

_ROWS_PER_PART = 5000


def read(file: File) -> Parsed:
    """Read a table, all visible sheets of it. Raises Unreadable without any row."""
    (whole,) = _read(file, None)
    return whole


def parts(file: File) -> Iterator[Parsed]:
    """The same, some thousand rows at a time. Raises Unreadable without any row."""
    return _read(file, _ROWS_PER_PART)


def _read(file: File, most: int | None) -> Iterator[Parsed]:
    meta = properties(file)
    title = meta.pop("title", "")
    composer = Composer()
    group = rows = 0
    for found in chain.from_iterable(map(tables, sheets(file))):
        for _ in _added(composer, found, group):
            group += 1
            rows += 1
            if rows == most:
                yield composer.parsed("doc", title, meta=meta)
                composer.clear()
                rows = 0
    if not group:
        raise Unreadable("a table without rows")
    if rows:
        yield composer.parsed("doc", title, meta=meta)


def add_table(composer: Composer, found: Table, group: int) -> int:
    """Add the rows of a table, and what stands above it; gives how many rows there were."""
    return sum(1 for _ in _added(composer, found, group))


def _added(composer: Composer, found: Table, group: int) -> Iterator[None]:
    """Add the rows of a table, and what stands above it, one at each step.

    Each row is a group of its own, counted on from `group`: a fact is cited by its row, not by
    those around it.
    """
    above = (found.sheet.name,) if found.sheet.name else ()
    headings = above + found.titles
    for row in found.notes:
        _add(composer, found, _placed(row), None, group, above)
        group += 1
        yield
    caption = " ".join(found.titles or above)
    writers = [
        (columns, RowWriter(found.header[columns], caption, pairs=found.pairs))
        for columns in found.beside
    ]
    for row in found.rows:
        for columns, writer in writers:
            part = _placed(row).part(columns)
            if columns.start is None or part.filled():
                _add(composer, found, part, writer, group, headings)
                group += 1
                yield


def add_notes(composer: Composer, found: Table, group: int) -> None:
    """Add what stands above a table, where it is more than titles."""
    for number, row in enumerate(found.notes, start=group):
        above = (found.sheet.name,) if found.sheet.name else ()
        _add(composer, found, _placed(row), None, number, above)


def _add(
    composer: Composer,
    found: Table,
    row: Row,
    writer: RowWriter | None,
    group: int,
    headings: tuple[str, ...],
) -> None:
    """Add a row of a table; without a writer, one that is text."""
    written = (writer or RowWriter(())).write(row)
    anchor = found.sheet.anchor(row)
    record = written.record if writer else None
    composer.add(written.text, anchor, group, headings, written.places, record=record)


def _placed(row: Row) -> Row:
    """A row with where each cell stands, where it takes several lines."""
    return row if row.first == row.last else replace(row, places=tuple(_places(row)))


def _places(row: Row) -> Iterator[tuple[Place, ...]]:
    """Where each line of each cell stands that is not empty: line breaks in a record are those in
    its cells.
    """
    line = row.first
    for cell in row.cells:
        places: list[Place] = []
        offset = 0
        for piece in cell.split("\n"):
            if piece.strip():
                places.append((offset, line, line))
            offset += len(piece) + 1
            line += 1
        line -= 1
        yield tuple(places)
