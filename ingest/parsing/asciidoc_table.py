"""Tables in AsciiDoc: cells that begin with a bar, between two lines of `|===`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.parsed import Block, Lines
from ingest.parsing.rows import LONGEST_CELL, Row
from ingest.parsing.table_text import SourceTable
from kb.types import Place

_FENCE = re.compile(r"^([|,:!])={3,}[ \t]*$", re.M)
_CELL = re.compile(
    r"(?:(?:(?<=\s)|^)(?:(?P<times>\d{1,3})\*|(?P<columns>\d{1,3})?(?:\.(?P<rows>\d{1,3}))?(?P<plus>\+))?"
    r"(?:[<^>]|\.[<^>]){0,2}[adehlmsv]?)?(?<!\\)\|",
    re.M,
)
_COLUMNS = re.compile(r'\bcols\s*=\s*(?:"([^"]*)"|([^,\]]*))')
_TITLE = re.compile(r"\.([^ \t.].*)")
_FOOTNOTE = re.compile(r"footnote:[\w-]*\[([^\]]{1,300})\]")
_MOST_COLUMNS = 200
_LONGEST_AGAIN = 300


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    line: int
    columns: int
    rows: int


def find(text: str, block: Block, lines: Lines) -> Iterator[SourceTable]:
    """The table that a block of a text is."""
    opened = _FENCE.search(text, block.start, block.end)
    if not opened or opened[1] == "!":
        return
    closed = _FENCE.search(text, opened.end(), block.end)
    end = closed.start() if closed else block.end
    head = text[block.start : opened.start()]
    if any(line.strip() and line[:1] not in ".[/" for line in head.split("\n")):
        return
    caption = next((match[1] for line in head.split("\n") if (match := _TITLE.match(line))), "")
    first = lines.number(opened.start()) + 1
    body = text[opened.end() + 1 : end]
    if opened[1] == "|" and not re.search(r"\bformat\s*=\s*\"?[ct]sv", head):
        rows = list(_rows(body, first, head))
    else:
        rows = list(_separated(body, first, ":" if opened[1] == ":" else ","))
    if rows:
        titles = [match.end() for match in re.finditer(r"^\.[^ \t.\n][^\n]*\n", head, re.M)]
        start = block.start + (titles[-1] if titles else 0)
        stop = closed.end() if closed else block.end
        yield SourceTable(start, stop, tuple(rows), _header(head, body, rows), caption)


def _header(head: str, body: str, rows: Sequence[Row]) -> int:
    """1 where the first row is the header: it says so, or stands before an empty line."""
    if re.search(r"%header|options\s*=\s*\"?[^\"\]]*\bheader|opts\s*=\s*\"?[^\"\]]*\bheader", head):
        return 1
    implicit = body[:1] not in ("", "\n") and re.match(r"[^\n]+\n[ \t]*\n", body) is not None
    return int(implicit and "noheader" not in head and len(rows) > 1)


def _rows(body: str, first: int, head: str) -> Iterator[Row]:
    cells = list(_cells(body, first))
    width = _width(head, body, cells)
    above: dict[int, tuple[int, _Cell]] = {}
    at = 0
    while at < len(cells):
        texts = [""] * width
        places: list[tuple[Place, ...]] = [()] * width
        across: set[int] = set()
        down: set[int] = set()
        own: list[int] = []
        free = [column for column in range(width) if column not in above]
        for column, (_, cell) in above.items():
            texts[column] = cell.text if len(cell.text) <= _LONGEST_AGAIN else ""
            down.add(column)
        above = {column: (left - 1, cell) for column, (left, cell) in above.items() if left > 1}
        while free and at < len(cells):
            cell, at = cells[at], at + 1
            taken, free = free[: cell.columns], free[cell.columns :]
            for column in taken:
                texts[column] = cell.text
                if cell.rows > 1:
                    above[column] = (cell.rows - 1, cell)
            across.update(taken[1:])
            places[taken[0]] = ((0, cell.line, cell.line),)
            own += (cell.line, cell.line + cell.text.count("\n"))
        if own:
            yield _row(texts, places, own, across, down)


def _row(
    texts: list[str],
    places: list[tuple[Place, ...]],
    own: list[int],
    across: set[int],
    down: set[int],
) -> Row:
    begin, end = min(own), max(own)
    beside = ((0, begin, begin),)
    listed = [place or beside for place in places] if begin < end else []
    return Row(begin, end, texts, listed, frozenset(across), frozenset(down))


def _cells(body: str, first: int) -> Iterator[_Cell]:
    marks = list(_CELL.finditer(body))
    ends = [*(mark.start() for mark in marks[1:]), len(body)][: len(marks)]
    line, counted = first, 0
    for mark, end in zip(marks, ends, strict=True):
        line += body.count("\n", counted, mark.end())
        counted = mark.end()
        raw = body[mark.end() : end]
        begin = line + raw[: len(raw) - len(raw.lstrip())].count("\n")
        text = _FOOTNOTE.sub(r" (\1)", raw.strip()).replace("\\|", "|")
        columns, rows = int(mark["columns"] or 1), int(mark["rows"] or 1)
        cell = _Cell(text, begin, max(1, min(columns, _MOST_COLUMNS)), max(1, rows))
        for _ in range(min(int(mark["times"] or 1), _MOST_COLUMNS)):
            yield cell


def _width(head: str, body: str, cells: Sequence[_Cell]) -> int:
    """How many columns there are: as `cols` says, else as many as the first line has cells."""
    told = _COLUMNS.search(head)
    if told and (value := (told[1] or told[2] or "").strip()):
        count = 0
        for each in re.split(r"[,;]", value):
            times = re.match(r"\s*(\d{1,3})\*", each)
            count += int(times[1]) if times else 1
        count = int(value) if value.isdecimal() and len(value) < 4 and "," not in value else count
        return max(1, min(count, _MOST_COLUMNS))
    begin = cells[0].line if cells else 0
    return max(1, min(sum(cell.columns for cell in cells if cell.line == begin), _MOST_COLUMNS))


def _separated(body: str, first: int, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(body.split("\n"), delimiter=delimiter, skipinitialspace=True)
    before = 0
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(first + before, first + reader.line_num - 1, cells)
            before = reader.line_num
    except csv.Error:
        return
