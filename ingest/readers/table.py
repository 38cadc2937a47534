"""Tables: CSV, TSV and spreadsheets, a block for each row, in which every cell is named by its
column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.rows import Row, Table, one_line, table
from ingest.parsing.sheets import properties, sheets
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
    for sheet in sheets(file):
        for _ in _added(composer, table(sheet), group):
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
    headings = ((found.sheet.name,) if found.sheet.name else ()) + found.titles
    labels = [_label(name) for name in found.header]
    above = (found.sheet.name,) if found.sheet.name else ()
    for row in found.notes:
        _add(composer, found, row, (), group, above)
        group += 1
        yield
    for row in found.rows:
        _add(composer, found, row, labels, group, headings)
        group += 1
        yield


def add_notes(composer: Composer, found: Table, group: int) -> None:
    """Add what stands above a table, where it is more than titles."""
    for number, row in enumerate(found.notes, start=group):
        _add(composer, found, row, (), number, (found.sheet.name,) if found.sheet.name else ())


def _add(
    composer: Composer,
    found: Table,
    row: Row,
    labels: Sequence[str],
    group: int,
    headings: tuple[str, ...],
) -> None:
    anchor = found.sheet.anchor(row)
    if row.first == row.last:
        named = zip(chain(labels, repeat("")), row.cells, strict=False)
        text = "\n".join([label + value for label, cell in named if (value := cell.strip())])
        composer.add(text, anchor, group, headings)
        return
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    for label, value, line in _named(row, labels):
        places += _lines(label, value, offset, line)
        pieces.append(label + value)
        offset += len(label) + len(value) + 1
    composer.add("\n".join(pieces), anchor, group, headings, tuple(places))


def _named(row: Row, labels: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """(label, value, the line that it begins in) of each cell with something in it."""
    line = row.first
    for column, cell in enumerate(row.cells):
        value = cell.strip()
        if value:
            label = labels[column] if column < len(labels) else ""
            yield label, value, line + cell.count("\n", 0, len(cell) - len(cell.lstrip()))
        line += cell.count("\n")


def _lines(label: str, value: str, offset: int, line: int) -> Iterator[Place]:
    """Where each line of a cell stands that is not empty: line breaks in a record are those in its
    cells.
    """
    yield offset, line, line
    offset += len(label)
    for number, piece in enumerate(value.split("\n")):
        if number and piece.strip():
            yield offset, line + number, line + number
        offset += len(piece) + 1


def _label(name: str) -> str:
    """What stands before a value: its column's name with a colon."""
    flat = one_line(name)
    if not flat or flat[-1] in ":：":
        return f"{flat} " if flat.endswith(":") else flat
    return f"{flat}：" if flat[-1] >= "\u2e80" else f"{flat}: "
