"""The order in which the lines of a page are read, told from where they stand: columns from the top
down, and side by side what is a row of a table or of a programme.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, radians, sin
from statistics import median

from ingest.parsing.recognition import Line
from kb.anchors import Box, around

_LEAST_LINES = 3  # of a column
_FULL = 0.75  # the share of its column's width that the median line of running text fills
_LEAST_WIDTH = 0.2  # of a column, as a share of all of them
_GUTTER = 0.6  # the least width of the space between columns, in heights of a line
_LEVEL = 0.5  # lines that overlap by this share of the lower one's height stand side by side
_APART = 0.4  # so many heights of a line more than the usual space part two paragraphs
_STEEPEST = radians(15)  # what stands at a larger angle was written that way


@dataclass(frozen=True, slots=True)
class Row:
    """What is read at one go: a line, or what stands side by side. `opens` where space or a new
    column parts it from the row before; `space` is that above it, in heights of its line.
    """

    text: str
    box: Box
    opens: bool
    space: float = 0.0


@dataclass(frozen=True, slots=True)
class _Cell:
    """A line, with its box on the page as if that stood straight, and on the page as it is."""

    text: str
    level: Box
    box: Box

    @property
    def height(self) -> float:
        return self.level[3] - self.level[1]


def rows(lines: Sequence[Line]) -> list[Row]:
    """The lines of a page in reading order."""
    if not lines:
        return []
    slope = _slope(lines)
    return list(_read([_cell(line, slope) for line in lines]))


def _slope(lines: Sequence[Line]) -> float:
    """The angle at which the page stands, that of its longer lines, in radians."""
    longest = sorted(lines, key=_length)[-max(3, len(lines) // 2) :]
    angle = median(
        atan2(line.corners[1][1] - line.corners[0][1], line.corners[1][0] - line.corners[0][0])
        for line in longest
    )
    return angle if abs(angle) < _STEEPEST else 0.0


def _length(line: Line) -> float:
    return line.corners[1][0] - line.corners[0][0]


def _cell(line: Line, slope: float) -> _Cell:
    turn, lift = cos(-slope), sin(-slope)
    level = [(x * turn - y * lift, x * lift + y * turn) for x, y in line.corners]
    return _Cell(line.text, _bounds(level), _bounds(line.corners))


def _bounds(corners: Sequence[tuple[float, float]]) -> Box:
    across, down = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _read(cells: Sequence[_Cell]) -> Iterator[Row]:
    """The rows of a region: what stands in columns column by column, the rest from the top down."""
    bands = _bands(cells)
    start = 0
    while start < len(bands):
        stop = _end_of_gutter(bands, start)
        region = [cell for band in bands[start:stop] for cell in band]
        gutter = _gutter(region)
        if gutter is None and stop - start > _LEAST_LINES:
            stop = _end_of_block(bands, start, stop)
            region = [cell for band in bands[start:stop] for cell in band]
            gutter = _gutter(region)
        if gutter is None:
            yield from _paragraphs(bands[start:stop])
        else:
            yield from _read([cell for cell in region if cell.level[2] <= gutter])
            yield from _read([cell for cell in region if cell.level[2] > gutter])
        start = stop


def _bands(cells: Sequence[_Cell]) -> list[list[_Cell]]:
    """Cells that stand side by side, wholly or in part, from the top down."""
    bands: list[list[_Cell]] = []
    floor = 0.0
    for cell in sorted(cells, key=lambda cell: cell.level[1]):
        if bands and floor - cell.level[1] > _LEVEL * min(
            cell.height, floor - bands[-1][0].level[1]
        ):
            bands[-1].append(cell)
            floor = max(floor, cell.level[3])
        else:
            bands.append([cell])
            floor = cell.level[3]
    return bands


def _end_of_gutter(bands: Sequence[Sequence[_Cell]], start: int) -> int:
    """Where the bands from `start` on end that have a space in common, or that have none."""
    held = list(bands[start])
    parted = bool(_spaces(held))
    for stop in range(start + 1, len(bands)):
        if parted:
            held += bands[stop]
            if not _spaces(held):
                return stop
        elif _spaces(bands[stop]):
            return stop
    return len(bands)


def _gutter(cells: Sequence[_Cell]) -> float | None:
    """Where the first column of running text ends, if it and what is beside it are such columns."""
    width = max(cell.level[2] for cell in cells) - min(cell.level[0] for cell in cells)
    for edge in _spaces(cells):
        sides = (
            [cell for cell in cells if cell.level[2] <= edge],
            [cell for cell in cells if cell.level[2] > edge],
        )
        if all(_is_column(side, width) for side in sides):
            return edge
    return None


def _spaces(cells: Sequence[_Cell]) -> list[float]:
    """Where cells end that have a gutter on their right, over the whole height."""
    gap = _GUTTER * median(cell.height for cell in cells)
    edges: list[float] = []
    reach = float("inf")
    for cell in sorted(cells, key=lambda cell: cell.level[0]):
        if cell.level[0] - reach >= gap:
            edges.append(reach)
        reach = max(cell.level[2], reach if reach != float("inf") else cell.level[2])
    return edges


def _is_column(cells: Sequence[_Cell], whole: float) -> bool:
    """Whether cells are lines of running text, which fill their column, or columns of such."""
    left, _, right, _ = around([cell.level for cell in cells])
    if len(cells) < _LEAST_LINES or right - left < _LEAST_WIDTH * whole:
        return False
    inner = _spaces(cells)
    parts = (
        [[cell for cell in cells if low < cell.level[2] <= high] for low, high in _between(inner)]
        if inner
        else [list(cells)]
    )
    return all(_fills(part) for part in parts)


def _between(edges: Sequence[float]) -> Iterator[tuple[float, float]]:
    yield from zip((float("-inf"), *edges), (*edges, float("inf")), strict=True)


def _fills(cells: Sequence[_Cell]) -> bool:
    left, _, right, _ = around([cell.level for cell in cells])
    return median(cell.level[2] - cell.level[0] for cell in cells) >= _FULL * (right - left)


def _end_of_block(bands: Sequence[Sequence[_Cell]], start: int, stop: int) -> int:
    """Where the first space above a band is that parts what is above it from what is below."""
    opens = _openings(bands[start:stop])
    return next((start + number for number in range(1, stop - start) if opens[number]), stop)


def _openings(bands: Sequence[Sequence[_Cell]]) -> list[bool]:
    """Whether each of the bands has more space above it than lines of a paragraph have."""
    spaces = _spaces_above(bands)
    usual = median(spaces[1:] or [0.0])
    return [not number or space > usual + _APART for number, space in enumerate(spaces)]


def _spaces_above(bands: Sequence[Sequence[_Cell]]) -> list[float]:
    """The space above each band, in heights of its lines; none above the first."""
    spaces = [0.0]
    for above, band in pairwise(bands):
        floor = max(cell.level[3] for cell in above)
        height = median(cell.height for cell in band)
        spaces.append((min(cell.level[1] for cell in band) - floor) / max(height, 1.0))
    return spaces


def _paragraphs(bands: Sequence[Sequence[_Cell]]) -> Iterator[Row]:
    """A row for each band, from left to right."""
    for band, opens, space in zip(bands, _openings(bands), _spaces_above(bands), strict=True):
        ordered = sorted(band, key=lambda cell: cell.level[0])
        text = " ".join(cell.text for cell in ordered)
        yield Row(text, around([cell.box for cell in band]), opens, space)
