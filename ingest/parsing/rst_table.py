"""Tables in reStructuredText: grids, simple tables between lines of `===`, and the directives
list-table, csv-table and table.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from ingest.parsed import Block, Lines
from ingest.parsing.rows import LONGEST_CELL, Row
from ingest.parsing.table_text import SourceTable
from kb.types import Place

_GRID = re.compile(r"[ \t]*\+(?:[-=]+\+)+[ \t]*\Z")
_PART_RULE = re.compile(r"[-=+]+\Z")
_SIMPLE = re.compile(r"[ \t]*=+(?:[ \t]+=+)+[ \t]*\Z")
_SIMPLE_END = re.compile(r"[ \t]*=+[ =]*\Z")
_DIRECTIVE = re.compile(r"[ \t]*\.\.[ \t]+(list-table|csv-table|table)[ \t]?::[ \t]*(.*)")
_OPTION = re.compile(r"[ \t]+:([\w-]+):[ \t]*(.*)")
_BULLET = re.compile(r"[ \t]*(?:\*[ \t]+-|([ \t])-)(?:[ \t]+|\Z)")
_FILLER = "\0"  # after a character that is two columns wide
_LONGEST_AGAIN = 300


def find(text: str, block: Block, lines: Lines) -> Iterator[SourceTable]:
    """The table that a block of a text is, or holds."""
    raw = text[block.start : block.end]
    if "==" not in raw and "+-" not in raw and "-table" not in raw:
        return
    listed, first = raw.split("\n"), lines.number(block.start)
    directive = _DIRECTIVE.match(listed[0])
    kind, caption = (directive[1], directive[2].strip()) if directive else ("table", "")
    if kind == "table":
        yield from _drawn(listed, first, block.start, caption)
        return
    options, begin = _options(listed)
    if kind == "list-table":
        rows = list(_listed(listed[begin:], first + begin))
    else:
        rows = list(_separated(listed, begin, first))
    declared = int(options.get("header-rows", "0") or 0) if rows else 0
    if "header" in options:
        names = next(csv.reader([options["header"]], skipinitialspace=True), [])
        at = next(at for at, line in enumerate(listed) if ":header:" in line)
        rows, declared = [Row(first + at, first + at, names), *rows], 1
    if rows:
        start = block.start + (len(listed[0]) if caption else 0)
        yield SourceTable(start, block.end, tuple(rows), declared, caption)


def _options(listed: Sequence[str]) -> tuple[dict[str, str], int]:
    """The options of a directive, and the number of the line at which its content begins."""
    options: dict[str, str] = {}
    at = 1
    while at < len(listed) and (match := _OPTION.match(listed[at])):
        options[match[1]] = match[2].strip()
        at += 1
    return options, at


def _listed(listed: Sequence[str], first: int) -> Iterator[Row]:
    """The rows of a list of lists."""
    cells: list[tuple[str, int]] = []
    for number, line in enumerate(listed, start=first):
        match = _BULLET.match(line)
        if match and match[1] is None and cells:
            yield _row(cells)
            cells = []
        if match:
            cells.append((line[match.end() :].strip(), number))
        elif line.strip() and cells:
            text, begin = cells[-1]
            cells[-1] = (f"{text}\n{line.strip()}".strip(), begin if text else number)
    if cells:
        yield _row(cells)


def _row(cells: Sequence[tuple[str, int]]) -> Row:
    begin, end = cells[0][1], max(line + text.count("\n") for text, line in cells)
    places = [_lines(text, line) for text, line in cells]
    return Row(begin, end, [text for text, _ in cells], places)


def _lines(text: str, line: int) -> tuple[Place, ...]:
    places: list[Place] = []
    offset = 0
    for number, piece in enumerate(text.split("\n"), start=line):
        places.append((offset, number, number))
        offset += len(piece) + 1
    return tuple(places)


def _separated(listed: Sequence[str], begin: int, first: int) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader((line.strip() for line in listed[begin:]), skipinitialspace=True)
    before = begin
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(first + before, first + begin + reader.line_num - 1, cells)
            before = begin + reader.line_num
    except csv.Error:
        return


# --- tables that are drawn ------------------------------------------------------------------------


def _drawn(listed: list[str], first: int, start: int, caption: str) -> Iterator[SourceTable]:
    begin = next(
        (at for at, line in enumerate(listed) if _GRID.match(line) or _SIMPLE.match(line)), None
    )
    if begin is None:
        return
    simple = _SIMPLE.match(listed[begin]) is not None
    end = begin + 1
    while end < len(listed) and (listed[end].strip() or simple):
        end += 1
    if simple:
        borders = [at for at in range(begin, end) if _SIMPLE_END.match(listed[at])]
        if len(borders) < 2:
            return
        end = borders[min(2, len(borders) - 1)] + 1
        rows, declared = _simple(listed, borders[:3], first)
    else:
        rows, declared = _Grid(listed[begin:end], first + begin).rows()
    if rows:
        offset = start + sum(len(line) + 1 for line in listed[:begin])
        stop = start + sum(len(line) + 1 for line in listed[:end]) - 1
        yield SourceTable(offset, stop, tuple(rows), declared, caption)


def _simple(listed: Sequence[str], borders: Sequence[int], first: int) -> tuple[list[Row], int]:
    """The rows of a simple table, and how many are its header. A line without a first cell goes on
    with the row above.
    """
    edges = [(match.start(), match.end()) for match in re.finditer("=+", listed[borders[0]])]
    rows: list[list[tuple[str, int]]] = []
    declared = 0
    for at in range(borders[0] + 1, borders[-1]):
        line = _wide(listed[at])
        if at in borders:
            declared = len(rows)
        elif line.strip() and not re.fullmatch(r"[- ]+", line):
            ends = [begin for begin, _ in edges[1:]] + [len(line)]
            cells = [
                (_narrow(line[begin:end]), first + at)
                for (begin, _), end in zip(edges, ends, strict=True)
            ]
            if cells[0][0] or not rows:
                rows.append(cells)
            else:
                rows[-1] = [
                    (f"{text}\n{more}".strip("\n") if more else text, number)
                    for (text, number), (more, _) in zip(rows[-1], cells, strict=True)
                ]
    return [_row(row) for row in rows], declared if len(borders) > 2 else 0


class _Grid:
    """A table that is drawn: its lines, those that have borders in them, and the edges of columns."""

    def __init__(self, listed: Sequence[str], first: int) -> None:
        lines = [_wide(line) for line in listed]
        width = max(map(len, lines))
        self.lines = [line.ljust(width) for line in lines]
        self.first = first
        self.borders = [
            at
            for at, line in enumerate(self.lines)
            if line.lstrip()[:1] == "+" or "+-" in line or "-+" in line
        ]
        marks = (enumerate(self.lines[at]) for at in self.borders)
        self.edges = sorted({at for line in marks for at, mark in line if mark == "+"})
        self._open: dict[int, tuple[int, str]] = {}  # by column: the border that ends it, its text

    def rows(self) -> tuple[list[Row], int]:
        """The rows, and how many are the header; none where it is not drawn through."""
        header = next((at for at in self.borders[1:] if "=" in self.lines[at]), 0)
        rows: list[Row] = []
        declared = 0
        for top, bottom in pairwise(self.borders):
            if bottom > top + 1:
                row = self._row(top, bottom)
                if row is None:
                    return [], 0
                rows.append(row)
                declared = len(rows) if bottom <= header else declared
        return [row for row in rows if row.filled()], declared

    def _row(self, top: int, bottom: int) -> Row | None:
        columns = len(self.edges) - 1
        begin, last = self.first + top + 1, self.first + bottom - 1
        beside: tuple[Place, ...] = ((0, begin, begin),)
        texts, places = [""] * columns, [beside] * columns
        across: set[int] = set()
        down: set[int] = set()
        column = 0
        while column < columns:
            end, text = self._open.get(column, (0, ""))
            if end > top:
                texts[column] = text
                down.add(column)
                column += 1
                continue
            cell = _cell(self.lines, self.borders, self.edges, top, column)
            if cell is None:
                return None
            right, end = cell
            texts[column], places[column] = self._text(top, end, column, right)
            again = texts[column] if len(texts[column]) <= _LONGEST_AGAIN else ""
            for each in range(column, right):
                texts[each] = again if each > column else texts[each]
                self._open[each] = (end, again)
            across.update(range(column + 1, right))
            column = right
        return Row(begin, last, texts, places, frozenset(across), frozenset(down))

    def _text(self, top: int, end: int, left: int, right: int) -> tuple[str, tuple[Place, ...]]:
        within = slice(self.edges[left] + 1, self.edges[right])
        inside = [_narrow(line[within]) for line in self.lines[top + 1 : end]]
        skipped = next((at for at, line in enumerate(inside) if line), 0)
        text = "\n".join(filter(None, inside))
        return text, _lines(text, self.first + top + 1 + skipped)


def _cell(
    lines: Sequence[str], borders: Sequence[int], edges: Sequence[int], top: int, column: int
) -> tuple[int, int] | None:
    """The column and the line that end the cell which begins below a border, at an edge."""
    below = lines[top + 1]
    right = next((at for at in range(column + 1, len(edges)) if below[edges[at]] in "|+"), None)
    if right is None or below[edges[column]] not in "|+":
        return None
    for at in range(bisect_right(borders, top), len(borders)):
        border = borders[at]
        if _PART_RULE.match(lines[border][edges[column] + 1 : edges[right]]):
            return right, border
    return None


def _wide(line: str) -> str:
    """A line with two characters for each that is two columns wide."""
    if line.isascii():
        return line
    return "".join(each + _FILLER if east_asian_width(each) in "WF" else each for each in line)


def _narrow(cell: str) -> str:
    return cell.replace(_FILLER, "").strip()
