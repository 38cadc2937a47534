"""Tables on the pages of a PDF whose columns are told by how they stand.

Only that is one which has a line of names above a column of nothing but figures, amounts or dates:
lines of two columns of prose stand side by side as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import median

from ingest.parsing.pdf_glyphs import Glyph, Segment, joined
from ingest.parsing.rows import Row
from ingest.parsing.table_header import is_number, one_line

GUTTER = 0.8  # heights of a line: the least space between two columns
_ROW_SPACE = 2.5  # heights of a line: the most from one row to the next
_MOST_NAMES = 3  # rows of names
_MOST_WRAPPED = 2  # further lines of a row
_NEARER = 0.9  # of the space to the next row: the most from a row to a further line of it
_YEAR = re.compile(r"(?:19|20)\d\d")
_NOTED = re.compile(r"[*†‡§]+\Z|\[\d{1,2}\]\Z")
_LEADER = re.compile(r"(?:[.·…] ?){4}")
_LONGEST_VALUE = 40
_HANGING = 24.0  # points that a name may begin left of its column


def aligned(
    page: Sequence[Sequence[Segment]], number: int, text: str
) -> Iterator[tuple[tuple[Row, ...], tuple[float, ...], Sequence[Glyph]]]:
    """The tables among the lines of a page that have no rules around their cells: their rows, first
    the names of the columns, where these begin, and the characters in the order of the text.
    """
    values = [
        [not _has_leader(text, line) and _is_value(text, segment) for segment in line]
        for line in page
    ]
    start = 0
    while start < len(page):
        stop = _end(page, values, start)
        body = page[start:stop]
        columns = _columns([segment for line in body for segment in line])
        names = _names(page, values, start, columns, text) if len(body) > 1 else 0
        if not names or not _value_columns(body, values[start:stop], columns):
            start = max(start + 1, stop)
            continue
        table = [*page[start - names : start], *body]
        rows = tuple(_rows(table, names, columns, number, text))
        its = sorted(
            (glyph for line in table for segment in line for glyph in segment.glyphs),
            key=lambda glyph: glyph.number,
        )
        yield rows, tuple(left for left, _ in columns), its
        start = stop


def _has_leader(text: str, line: Sequence[Segment]) -> bool:
    """Whether dots lead from one part of a line to the next, as in a table of contents."""
    first, last = line[0].glyphs[0].number, line[-1].glyphs[-1].number
    return _LEADER.search(text, first, last + 1) is not None


def _is_value(text: str, segment: Segment) -> bool:
    said = _said(text, segment)
    return len(said) < _LONGEST_VALUE and is_number(_NOTED.sub("", said))


def _said(text: str, segment: Segment) -> str:
    return text[segment.glyphs[0].number : segment.glyphs[-1].number + 1].strip()


def _end(page: Sequence[Sequence[Segment]], values: Sequence[Sequence[bool]], start: int) -> int:
    """Where lines end that have a value after something else and keep to their columns. A line
    without a value goes with them where it is the rest of the one above it and others follow.
    """
    columns: list[tuple[float, float]] = []
    stop = start
    for at in range(start, len(page)):
        if at > start and _space(page[at - 1], page[at]) > _ROW_SPACE:
            break
        both = _columns(page[at], columns)
        if len(both) < max(2, len(columns)):
            break
        columns = both
        if any(values[at][1:]):
            stop = at + 1
        elif at - stop > _MOST_WRAPPED or 2 * len(page[at]) > len(columns):
            break
    return stop


def _space(above: Sequence[Segment], line: Sequence[Segment]) -> float:
    """From one line to the next, in heights of the lower one."""
    height = median(segment.height for segment in line)
    return (max(s.top for s in above) - max(s.top for s in line)) / max(height, 1.0)


def _columns(
    segments: Sequence[Segment], known: Sequence[tuple[float, float]] = ()
) -> list[tuple[float, float]]:
    """From where to where the columns go that segments stand in, and those that are known, with a
    gutter between them.
    """
    if not segments:
        return list(known)
    gutter = GUTTER * median(segment.height for segment in segments)
    columns: list[tuple[float, float]] = []
    for left, right in sorted([*known, *((each.left, each.right) for each in segments)]):
        if columns and left - columns[-1][1] < gutter:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _value_columns(
    body: Sequence[Sequence[Segment]],
    values: Sequence[Sequence[bool]],
    columns: Sequence[tuple[float, float]],
) -> set[int]:
    """The columns after the first that hold values only, in more than a third of the lines."""
    counts = [0] * len(columns)
    others: set[int] = set()
    for line, told in zip(body, values, strict=True):
        for segment, is_one in zip(line, told, strict=True):
            for at in _within(segment, columns):
                counts[at] += is_one
                others |= set() if is_one else {at}
    return {
        at
        for at, count in enumerate(counts)
        if at and at not in others and count > 1 and 3 * count > len(body)
    }


def _within(segment: Segment, columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns that a segment stands in; the nearest one where it is in none."""
    touched = [
        at
        for at, (left, right) in enumerate(columns)
        if min(right, segment.right) - max(left, segment.left) > 0
    ]
    middle = (segment.left + segment.right) / 2
    return touched or [min(range(len(columns)), key=lambda at: abs(sum(columns[at]) / 2 - middle))]


def _names(
    page: Sequence[Sequence[Segment]],
    values: Sequence[Sequence[bool]],
    start: int,
    columns: Sequence[tuple[float, float]],
    text: str,
) -> int:
    """How many lines above the first row name the columns; figures that do are years."""
    count = 0
    named: set[int] = set()
    for at in range(start - 1, max(-1, start - 1 - _MOST_NAMES), -1):
        line = page[at]
        its = [_within(segment, columns) for segment in line]
        groups = count > 0 and all(len(one) > 1 and one[0] > 0 for one in its)
        if _space(line, page[at + 1]) > _ROW_SPACE or (len(line) < 2 and not groups):
            break
        figures = [one for one, is_one in zip(line, values[at], strict=True) if is_one]
        if not all(_YEAR.fullmatch(_said(text, one)) for one in figures) or len(figures) == len(
            line
        ):
            break
        if line[0].left < columns[0][0] - _HANGING or (not count and max(map(len, its)) > 1):
            break
        named.update(*its)
        count += 1
    return count if len(named) >= max(2, len(columns) - 1) else 0


def _rows(
    table: Sequence[Sequence[Segment]],
    names: int,
    columns: Sequence[tuple[float, float]],
    number: int,
    text: str,
) -> Iterator[Row]:
    """The rows of a table, first its names in one. A line of its body without a value goes on with
    the row above it where that is nearer than the one below.
    """
    rows: list[list[str]] = []
    for at, line in enumerate(table):
        cells = [""] * len(columns)
        for segment in line:
            for column in _within(segment, columns):
                cells[column] = f"{cells[column]} {joined(text, segment.glyphs)}".strip()
        goes_on = 0 < at < names or (
            names < at < len(table) - 1
            and not any(_is_value(text, segment) for segment in line[1:])
            and _space(table[at - 1], line) < _NEARER * _space(line, table[at + 1])
        )
        if goes_on:
            pairs = zip(rows[-1], cells, strict=True)
            between = " " if at < names else "\n"
            rows[-1] = [one_line(f"{one}{between}{other}") for one, other in pairs]
        else:
            rows.append(cells)
    for cells in rows:
        yield Row(number, number, cells)
