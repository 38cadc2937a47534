"""A page that was read as a picture, as blocks: its paragraphs, or of a poster its lines, each with
where on the page its lines stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import median

from ingest.parsed import Composer
from ingest.parsing.notices import is_notice, units
from ingest.parsing.reading_order import Row, rows
from ingest.parsing.recognition import Page
from kb.anchors import Anchor, Box
from kb.text import HAN

_WRAPPED = re.compile(rf"[{HAN}，、；]\n[{HAN}]")  # where a line break stands for nothing
_FULL = 0.85  # the share of the widest line around that a line fills which the page's edge breaks
_AIRY = 0.75  # heights of a line between two, on a poster
_LEAST_LINES = 3


def add_page(
    composer: Composer, page: Page, anchor: Anchor, group: int, headings: tuple[str, ...] = ()
) -> int:
    """Add what was recognised on a page, which stands at the anchor; gives the next group."""
    lines = rows(page.lines)
    if not lines:
        return group
    text, starts = _joined(lines, ["\n"] * len(lines))
    boxes = [_shares(line.box, page) for line in lines]
    notice = is_notice(text) or _is_poster(lines)
    if not notice:
        text, starts = _joined(lines, _breaks(lines))
    cuts = (
        [(unit.start, unit.end, unit.titles) for unit in units(text)]
        if notice
        else [(start, end, ()) for start, end in _paragraphs(lines, starts, len(text))]
    )
    for start, end, titles in cuts:
        touched = [number for number, place in enumerate(starts) if start <= place < end]
        first, last = anchor.start, anchor.end
        places = tuple((starts[number] - start, first, last) for number in touched)
        own = tuple(boxes[number] for number in touched)
        composer.add(text[start:end], anchor, group, (*headings, *titles), places, boxes=own)
        group += notice
    return group + 1


def page_ranges(numbers: Sequence[int]) -> str:
    """Numbers as people write them: 3, 7-9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _is_poster(lines: Sequence[Row]) -> bool:
    """Whether lines stand so far apart, and end so early, that none goes on in the next."""
    if len(lines) < _LEAST_LINES:
        return False
    widths = [line.box[2] - line.box[0] for line in lines]
    short = sum(width < _FULL * max(widths) for width in widths[:-1])
    return median(line.space for line in lines[1:]) >= _AIRY and 2 * short >= len(lines) - 1


def _joined(lines: Sequence[Row], breaks: Sequence[str]) -> tuple[str, list[int]]:
    """The text of a page, and where in it each line begins: after what breaks it from the line
    before, or after a blank line where space does.
    """
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    for line, mark in zip(lines, breaks, strict=True):
        between = ("\n\n" if line.opens else mark) if pieces else ""
        starts.append(length + len(between))
        pieces.append(between + line.text)
        length += len(pieces[-1])
    return "".join(pieces), starts


def _breaks(lines: Sequence[Row]) -> list[str]:
    """What breaks each line of running text from the one before: nothing within Chinese text."""
    widths = [line.box[2] - line.box[0] for line in lines]
    breaks = ["\n"]
    for number in range(1, len(lines)):
        around_it = max(widths[max(0, number - 4) : number + 3])
        joint = f"{lines[number - 1].text[-1:]}\n{lines[number].text[:1]}"
        full = widths[number - 1] >= _FULL * around_it
        breaks.append("" if full and _WRAPPED.fullmatch(joint) else "\n")
    return breaks


def _paragraphs(
    lines: Sequence[Row], starts: Sequence[int], length: int
) -> Iterator[tuple[int, int]]:
    opening = [start for start, line in zip(starts, lines, strict=True) if line.opens]
    for start, after in zip(opening, [*opening[1:], length + 2], strict=True):
        yield start, after - 2


def _shares(box: Box, page: Page) -> Box:
    """A box as shares of the page's width and height, on the page as it lay before it was turned."""
    left, right = (min(1.0, max(0.0, edge / page.width)) for edge in (box[0], box[2]))
    top, bottom = (min(1.0, max(0.0, edge / page.height)) for edge in (box[1], box[3]))
    sides = {
        0: (left, top, right, bottom),
        90: (1 - bottom, left, 1 - top, right),
        180: (1 - right, 1 - bottom, 1 - left, 1 - top),
        270: (top, 1 - right, bottom, 1 - left),
    }[page.turned]
    rounded = [round(edge, 3) for edge in sides]
    return rounded[0], rounded[1], rounded[2], rounded[3]
