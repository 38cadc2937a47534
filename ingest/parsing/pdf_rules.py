"""The rules drawn on a page of a PDF, and the grids of cells that they make."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

# In points, 72 to the inch.
_STRAIGHT = 0.5  # the most that the ends of a rule lie off its direction
_SHORTEST = 4.0
_SAME = 3.0  # rules this near to each other are one; the two edges of a thick one are
# What a page with more of these shows is a drawing; looking at it all would take long.
_MOST_OBJECTS, _MOST_SEGMENTS, _MOST_PAIRS = 20_000, 4_000, 40_000
_MOST_COLUMNS, _MOST_CELLS = 60, 5_000


class Rule(NamedTuple):
    """A straight line along one axis: where it lies on the other one, and from where to where."""

    at: float
    low: float
    high: float


class Cell(NamedTuple):
    """A cell by its first and last row and column, from 0, all included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The edges of columns from the left on and of rows from the bottom up, in points, and the cells
    between them, which may span several.
    """

    across: Sequence[float]
    down: Sequence[float]
    cells: Sequence[Cell]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.down) - 1

    @property
    def columns(self) -> int:
        """How many columns it has."""
        return len(self.across) - 1

    def place(self, x: float, y: float) -> tuple[int, int] | None:
        """The row, from the top, and the column that a point lies in; None outside."""
        column, row = bisect_left(self.across, x) - 1, bisect_left(self.down, y) - 1
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return None
        return self.rows - 1 - row, column


def grids(page: PdfPage) -> list[Grid]:
    """The grids of at least two rows and two columns on a page."""
    level, upright = (_joined(rules) for rules in _rules(page))
    if len(level) < 2 or not upright or len(level) * len(upright) > _MOST_PAIRS:
        return []
    found = (_grid(*group) for group in _groups(level, upright))
    return [grid for grid in found if grid is not None]


def _rules(page: PdfPage) -> tuple[list[Rule], list[Rule]]:
    """The level and the upright edges of all that is drawn on a page."""
    level: list[Rule] = []
    upright: list[Rule] = []
    for (x, y), (to_x, to_y) in _edges(page):
        if abs(y - to_y) <= _STRAIGHT and abs(x - to_x) >= _SHORTEST:
            level.append(Rule((y + to_y) / 2, min(x, to_x), max(x, to_x)))
        elif abs(x - to_x) <= _STRAIGHT and abs(y - to_y) >= _SHORTEST:
            upright.append(Rule((x + to_x) / 2, min(y, to_y), max(y, to_y)))
    return level, upright


Point = tuple[float, float]


def _edges(page: PdfPage) -> Iterator[tuple[Point, Point]]:
    """The straight edges of the paths on a page; none where there are very many."""
    from pypdfium2 import raw

    handle, kind, get = page.raw, raw.FPDFPageObj_GetType, raw.FPDFPage_GetObject
    count = raw.FPDFPage_CountObjects(handle)
    if count > _MOST_OBJECTS:
        return
    objects = [get(handle, at) for at in range(count)]
    paths = [each for each in objects if kind(each) == raw.FPDF_PAGEOBJ_PATH]
    if sum(max(0, raw.FPDFPath_CountSegments(path)) for path in paths) > _MOST_SEGMENTS:
        return
    for path in paths:
        yield from _edges_of(path)


def _edges_of(path: Any) -> Iterator[tuple[Point, Point]]:
    from ctypes import byref, c_float

    from pypdfium2 import raw

    turn = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, turn)
    x, y = c_float(), c_float()
    first = before = (0.0, 0.0)
    for number in range(raw.FPDFPath_CountSegments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        raw.FPDFPathSegment_GetPoint(segment, byref(x), byref(y))
        here = (
            turn.a * x.value + turn.c * y.value + turn.e,
            turn.b * x.value + turn.d * y.value + turn.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            first = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield before, here
        if raw.FPDFPathSegment_GetClose(segment):
            yield here, first
        before = here


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Rules with those that lie on one line and touch put together."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules):
        if lines and rule.at - lines[-1][0].at <= _SAME:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    joined: list[Rule] = []
    for line in lines:
        at = sum(rule.at for rule in line) / len(line)
        low = high = float("-inf")
        for rule in sorted(line, key=lambda rule: rule.low):
            if rule.low - high <= _SAME and joined:
                high = max(high, rule.high)
                joined[-1] = Rule(at, low, high)
            else:
                _, low, high = rule
                joined.append(Rule(at, low, high))
    return joined


def _groups(
    level: Sequence[Rule], upright: Sequence[Rule]
) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """The rules that touch one another, whether at once or by others."""
    rules = [*level, *upright]
    group = list(range(len(rules)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for one, across in enumerate(level):
        for other, down in enumerate(upright, len(level)):
            if (
                across.low - _SAME <= down.at <= across.high + _SAME
                and down.low - _SAME <= across.at <= down.high + _SAME
            ):
                group[root(one)] = root(other)
    its: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for number, rule in enumerate(rules):
        its.setdefault(root(number), ([], []))[number >= len(level)].append(rule)
    yield from its.values()


def _grid(level: Sequence[Rule], upright: Sequence[Rule]) -> Grid | None:
    if len(level) < 2 or not upright:
        return None
    across = _positions(upright, level)
    down = _positions(level, upright)
    rows, columns = len(down) - 1, len(across) - 1
    if not (1 < columns <= _MOST_COLUMNS and rows > 1 and rows * columns <= _MOST_CELLS):
        return None
    # Of each cell, whether there is a rule on its right and one below it.
    beside = _walls(upright, across, down)
    below = {(row, column) for column, row in _walls(level, down, across)}
    return Grid(across, down, list(_cells(rows, columns, beside, below)))


def _positions(rules: Sequence[Rule], others: Sequence[Rule]) -> list[float]:
    """Where rules of one direction lie; those of the other end there too, where a table is open."""
    ends = min(rule.low for rule in others), max(rule.high for rule in others)
    kept: list[float] = []
    for at in sorted([*(rule.at for rule in rules), *ends]):
        if not kept or at - kept[-1] > 2 * _SAME:
            kept.append(at)
    return kept


def _walls(
    rules: Sequence[Rule], positions: Sequence[float], others: Sequence[float]
) -> set[tuple[int, int]]:
    """(number of the strip between `others`, number of the position) wherever a rule lies."""
    walls: set[tuple[int, int]] = set()
    for rule in rules:
        number = min(range(len(positions)), key=lambda n: abs(positions[n] - rule.at))
        for strip, (low, high) in enumerate(pairwise(others)):
            if rule.low <= (low + high) / 2 <= rule.high:
                walls.add((strip, number))
    return walls


def _cells(
    rows: int, columns: int, beside: set[tuple[int, int]], below: set[tuple[int, int]]
) -> Iterator[Cell]:
    """The cells, from the top: each reaches to the next rule on its right and below it. `beside` and
    `below` count rows, and their edges, from the bottom.
    """
    free = {(row, column) for row in range(rows) for column in range(columns)}
    for row in range(rows):
        for column in range(columns):
            if (row, column) not in free:
                continue
            right = column
            while (row, right + 1) in free and (rows - 1 - row, right + 1) not in beside:
                right += 1
            bottom = row
            span = range(column, right + 1)
            while all((bottom + 1, at) in free for at in span) and not any(
                (rows - 1 - bottom, at) in below for at in span
            ):
                bottom += 1
            free -= {(r, at) for r in range(row, bottom + 1) for at in span}
            yield Cell(row, column, bottom, right)
