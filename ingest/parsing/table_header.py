"""The header of a table: which of its first rows name the columns, and what the columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from kb.tables import value_kind

if TYPE_CHECKING:
    from ingest.parsing.rows import Row

_YEAR = re.compile(r"(?:19|20)\d\d")
_PLAIN = re.compile(r"[-+(]?[^\w\s]?\d[\d.,\s']*(?:[eE][-+]?\d+)?[%)]?")
_COLONS = (":", "：")
_MOST_PAIRS = 40
_UNSPACED = "\u2e80"  # from here on scripts do without spaces
_MOST_HEADERS = 4
_LONGEST_NAME = 60
_LONGEST_PROSE = 200  # what is longer is no name of a column but text


@dataclass(frozen=True, slots=True)
class Named:
    """What the columns are called, and how many rows say so. `pairs`: there is no header, each row
    is a name with its value.
    """

    names: tuple[str, ...] = ()
    rows: int = 0
    pairs: bool = False


def one_line(cell: str) -> str:
    """A cell on one line; a line break beside a character of a script without spaces leaves none."""
    if "\n" not in cell:
        return " ".join(cell.split())
    text = ""
    for line in cell.split("\n"):
        piece = " ".join(line.split())
        apart = text and piece and text[-1] < _UNSPACED and piece[0] < _UNSPACED
        text += f" {piece}" if apart else piece
    return text


def is_number(cell: str) -> bool:
    """Whether a cell holds a figure, an amount, a date or a time, and no name."""
    text = cell.strip()
    return _PLAIN.fullmatch(text) is not None or value_kind(text) not in ("", "text")


def named_columns(opening: Sequence[Row], known: bool = False, declared: int = 0) -> Named:
    """The names of the columns in the first rows of a table, which begins with the first of them.

    `known`: the first row is the header, whatever the others hold. `declared`: so many rows are,
    since the source says so.
    """
    if declared > 1:
        return Named(_joined(opening[:declared]), declared)
    if not known and not declared and is_pairs(opening):
        return Named(pairs=True)
    if not known and not declared and not _names(opening):
        return Named()
    count = 1 if known else _merged_down(opening) or 1 + _divides(opening)
    names = _joined(opening[:count])
    long = not known and not declared and max(map(len, names)) > _LONGEST_PROSE
    return Named() if long else Named(names, count)


def tells_apart(rows: Sequence[Row], headers: int) -> bool:
    """Whether the first rows must be the header: they have names where all below have values."""
    below = rows[headers:]
    if not headers or len(below) < 2:
        return False
    columns = [column for column in rows[0].filled() if not is_number(rows[0].cells[column])]
    return any(
        all(column < len(row.cells) and is_number(row.cells[column]) for row in below)
        for column in columns
    )


def _merged_down(opening: Sequence[Row]) -> int:
    """How many rows the header takes where some of its names are merged over them; 0 for none."""
    names = set(opening[0].filled())
    count = 1
    for row in opening[1:_MOST_HEADERS]:
        names &= row.down
        if not names:
            break
        count += 1
    return count if 1 < count < len(opening) else 0


def is_pairs(rows: Sequence[Row]) -> bool:
    """Whether each row of two cells is a name with its value: names that end in a colon, or values
    of several kinds, none of which most of them are of.
    """
    if len(rows) < 2 or len(rows) > _MOST_PAIRS:
        return False
    columns = sorted({column for row in rows for column in row.filled()})
    if len(columns) != 2 or any(columns[0] not in row.filled() for row in rows):
        return False
    names, values = (
        [row.cells[at].strip() for row in rows if at < len(row.cells)] for at in columns
    )
    if any(is_number(name) or len(name) > _LONGEST_NAME for name in names):
        return False
    if all(name.endswith(_COLONS) for name in names):
        return True
    kinds = [value_kind(value) for value in values if value]
    first_is_value = bool(values[0]) and value_kind(values[0]) != "text"
    most = max(map(kinds.count, kinds), default=0)
    return len(set(names)) == len(names) > 2 and (
        first_is_value or (len(set(kinds)) > 2 and most * 2 <= len(kinds))
    )


def _names(opening: Sequence[Row]) -> bool:
    """Whether the first row names columns: it is not all numbers, or they stand beside an empty
    corner, as years do.

    Nor does a row like the others: with numbers other than years wherever the rest have numbers.
    """
    columns, below = opening[0].filled(), opening[1:]
    corner = bool(columns) and any(
        row.filled()[:1] and row.filled()[0] < columns[0] for row in below
    )
    numbers = {column: is_number(opening[0].cells[column]) for column in columns}
    if corner or not any(numbers.values()):
        return True
    of_numbers = [
        column
        for column in numbers
        if below and all(column < len(row.cells) and is_number(row.cells[column]) for row in below)
    ]
    alike = bool(of_numbers) and all(numbers[column] for column in of_numbers)
    years = all(
        _YEAR.fullmatch(opening[0].cells[column].strip())
        for column, is_one in numbers.items()
        if is_one
    )
    return not all(numbers.values()) and (years or not alike)


def _divides(opening: Sequence[Row]) -> bool:
    """Whether the second row names parts of the columns that the first one names together.

    The first leaves columns to the right of a name empty, or merges them; the second fills these,
    leaves others empty, and holds no value; below it stand values, or its names come again.
    """
    if len(opening) < 3:
        return False
    first, second = opening[0], opening[1]
    upper = [column for column in first.filled() if column not in first.across]
    lower = [column for column in second.filled() if column not in second.down]
    if not upper or len(lower) < 2:
        return False
    parted = [column for column in lower if column not in upper and column > upper[0]]
    groups = {max(at for at in upper if at < column) for column in parted}
    if not parted or not groups <= set(lower):
        return False
    if any(is_number(second.cells[column]) for column in lower):
        return False
    if any(column in lower for column in upper if column not in groups):
        return False
    names = [second.cells[column].strip() for column in lower]
    if max(map(len, names)) > _LONGEST_NAME:
        return False
    again = len(set(names)) < len(names)
    full = (
        upper[0] == lower[0]
    )  # else the corner of one of them is empty, as in a row of data it isn't
    values = any(
        column < len(row.cells) and is_number(row.cells[column])
        for row in opening[2:]
        for column in lower
    )
    return again or bool(first.across) or (values and not full)


def _joined(rows: Sequence[Row]) -> tuple[str, ...]:
    """The name of each column: what its rows say from top to bottom, once each.

    A name goes on over the empty columns on its right where the row below divides it.
    """
    width = max(len(row.cells) for row in rows)
    parts: list[list[str]] = [[] for _ in range(width)]
    for row, lower in zip_longest(rows, rows[1:]):
        divided = set(lower.filled()) - lower.down if lower else set()
        upper = ""
        for column in range(width):
            cell = one_line(row.cells[column]) if column < len(row.cells) else ""
            upper = cell or (upper if column in divided else "")
            if upper and upper not in parts[column][-1:]:
                parts[column].append(upper)
    return tuple(" ".join(part) for part in parts)
