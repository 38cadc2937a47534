"""The text of a row of a table: its cells, each after the name of its column, the same way for
every format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.parsed import Block, Composer, Lines, Parsed, trimmed
from ingest.parsing.rows import Row
from ingest.parsing.table_header import Named, named_columns, one_line
from kb.tables import CELL_MARK, Header, Record
from kb.text import flat
from kb.types import Anchor, Place

_MOST_LINES, _LONGEST_LINE = 3, 120  # of a cell that is shown on one line
_COLONS = ":："
# What stands alone in a row and is no value of the first column: a note, a name with its value.
_REMARK = re.compile(r"\A[^\w\s]|[:：](?!\d)|.{60}", re.S)


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it is written in a passage, where its parts stand, and its cells."""

    text: str
    places: tuple[Place, ...]
    record: Record


class RowWriter:
    """Writes the rows of one table. `pairs`: each row is a name with its value."""

    def __init__(self, names: Sequence[str], caption: str = "", *, pairs: bool = False) -> None:
        bare = tuple(one_line(name).rstrip(_COLONS).rstrip() for name in names)
        self.header = Header(caption, bare)
        self._labels = [f"{name}: " if name else "" for name in bare]
        self._pairs = pairs

    def write(self, row: Row) -> Written:
        """A row that is not empty."""
        cells = [_shown(cell) for cell in row.cells]
        columns = [column for column, cell in enumerate(cells) if cell]
        labels = self._labels + [""] * (len(cells) - len(self._labels))
        if len(columns) == 1 and len(self._labels) > 2 and _REMARK.search(cells[columns[0]]):
            labels = [""] * len(cells)
        elif row.across:
            begun = [column for column in columns if column not in row.across]
            whole = len(begun) == 1 and len(columns) >= len(self._labels)
            labels = [""] * len(cells) if whole else labels
            columns = begun if whole else [each for each in columns if self._is_own(row, each)]
        record = Record(self.header, tuple(cells) + ("",) * (len(self._labels) - len(cells)))
        if self._pairs and len(columns) == 2:
            labels = [""] * len(cells)
            labels[columns[1]] = f"{cells[columns[0]].rstrip(_COLONS).rstrip()}: "
            return Written(*_joined(row, cells, labels, columns[1:], columns[0]), record)
        return Written(*_joined(row, cells, labels, columns), record)

    def _is_own(self, row: Row, column: int) -> bool:
        """Whether a cell is more than one on its left that goes on under the same name."""
        if column not in row.across:
            return True
        names = self.header.columns
        return 0 < column < len(names) and names[column] != names[column - 1]


def _shown(cell: str) -> str:
    """A cell as it is written: a few short lines as one."""
    value = cell.strip()
    if "\n" not in value:
        return value
    lines = value.split("\n")
    short = len(lines) <= _MOST_LINES and len(value) <= _LONGEST_LINE and all(map(str.strip, lines))
    return one_line(value) if short and CELL_MARK not in value else value


def _joined(
    row: Row, cells: Sequence[str], labels: Sequence[str], columns: Sequence[int], begin: int = -1
) -> tuple[str, tuple[Place, ...]]:
    """The cells of some columns after their labels, and where their parts stand. The first label is
    itself the cell of column `begin`, if there is one.
    """
    if not row.places:
        if any("\n" in cells[column] for column in columns):
            pieces = [labels[column] + cells[column] for column in columns]
            return "".join(_between(pieces)), ()
        return CELL_MARK.join([labels[column] + cells[column] for column in columns]), ()
    text: list[str] = []
    places: list[Place] = []
    offset = 0
    pieces = [labels[column] + cells[column] for column in columns]
    for column, piece in zip(columns, _between(pieces), strict=True):
        start = offset + len(piece) - len(cells[column])
        if column == columns[0] and begin >= 0 and row.places[begin]:
            places.append((0, *row.places[begin][0][1:]))
        for at, (own, first, last) in enumerate(_moved(row, column, cells[column])):
            label = start - len(labels[column])
            where = (start + own if at or (places and not text) else label, first, last)
            if not places or places[-1][1:] != where[1:] or (piece[0] == "\n" and not at):
                places.append(where)
        text.append(piece)
        offset += len(piece)
    return "".join(text), _from_start(places)


def _from_start(places: list[Place]) -> tuple[Place, ...]:
    return ((0, *places[0][1:]), *places[1:]) if places else ()


def _between(pieces: Sequence[str]) -> Iterator[str]:
    """The pieces, each with what parts it from the one before: a line break beside a long cell."""
    before = ""
    for number, piece in enumerate(pieces):
        mark = "\n" if "\n" in piece or "\n" in before else CELL_MARK
        yield mark + piece if number else piece
        before = piece


def _moved(row: Row, column: int, shown: str) -> Iterator[Place]:
    """The places of a cell, by offsets in it as it is shown."""
    cell = row.cells[column]
    lead = len(cell) - len(cell.lstrip())
    flattened = "\n" in cell.strip() and "\n" not in shown
    for offset, first, last in row.places[column] if column < len(row.places) else ():
        if flattened:
            yield len(shown) - len(one_line(cell[offset:])), first, last
        else:
            yield max(0, offset - lead), first, last


def written_rows(
    rows: Sequence[Row], caption: str = "", declared: int = 0
) -> Iterator[tuple[Row, Written]]:
    """The rows of a table as they are written. Its header is one of them where a name of it would
    else be lost. `declared`: how many rows the source calls the header, 0 where it does not say.
    """
    several = (at for at, row in enumerate(rows) if len(set(row.filled()) - row.across) > 1)
    first = 0 if declared else next(several, None)
    named = Named() if first is None else named_columns(rows[first:], declared=declared)
    first = first or 0
    end = first + named.rows
    used = {column for row in rows[end:] for column in row.filled()}
    titles = [row.joined() for row in rows[:first]]
    names = [flat(name) for name in named.names]
    writer = RowWriter(names, " ".join(filter(None, (caption, *titles))), pairs=named.pairs)
    nameless = RowWriter(())
    for at, row in enumerate(rows):
        if at >= end:
            yield row, writer.write(row)
        elif at < first or not used or not used.issuperset(row.filled()):
            yield row, nameless.write(row)


# --- tables in texts as written -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table in the slice [start, end) of a text. `declared`: how many rows it calls its header, 0
    where it does not say.
    """

    start: int
    end: int
    rows: tuple[Row, ...]
    declared: int = 0
    caption: str = ""


def with_tables(parsed: Parsed, found: Sequence[SourceTable]) -> Parsed:
    """A text as written with the rows of its tables as blocks of named cells. All blocks get their
    own lines, as rows do not stand in the text as they are written.
    """
    if not found:
        return parsed
    lines = Lines(parsed.text)
    composer = Composer()
    end, waiting = 0, list(reversed(found))
    for block in parsed.blocks:
        position = block.start
        while waiting and waiting[-1].start < block.end:
            inside = waiting.pop()
            end = _add_text(composer, parsed, lines, block, (position, inside.start), end)
            end = _add_rows(composer, inside, block, parsed.text[end : inside.start], end)
            position = max(position, inside.end)
        end = _add_text(composer, parsed, lines, block, (position, block.end), end)
    return composer.parsed(parsed.kind, parsed.title, parsed.lang, parsed.meta)


def _add_text(
    composer: Composer,
    parsed: Parsed,
    lines: Lines,
    block: Block,
    span: tuple[int, int],
    before: int,
) -> int:
    """Add a slice of a block as it is written; gives where it ends, or else `before`."""
    start, end = trimmed(parsed.text, *span)
    if start >= end:
        return before
    composer.add(
        parsed.text[start:end], lines.anchor(start, end), block.group, block.headings,
        tuple(lines.places(start, end)), block.meta, between=parsed.text[before:start] or "\n\n", context=block.context,
    )  # fmt: skip
    return end


def _add_rows(
    composer: Composer, found: SourceTable, block: Block, between: str, before: int
) -> int:
    """Add the rows of a table in a block; gives where it ends."""
    for row, written in written_rows(found.rows, found.caption, found.declared):
        anchor = Anchor("lines", row.first, row.last)
        composer.add(
            written.text, anchor, block.group, block.headings, written.places, block.meta,
            written.record, between if between.strip() else "\n\n",
        )  # fmt: skip
        between, before = "", found.end
    return max(before, found.end)


def tables_in(
    parsed: Parsed, find: Callable[[str, Block, Lines], Iterable[SourceTable]]
) -> list[SourceTable]:
    """The tables that `find` tells in the blocks of a text, in order."""
    lines = Lines(parsed.text)
    return [each for block in parsed.blocks for each in find(parsed.text, block, lines)]
