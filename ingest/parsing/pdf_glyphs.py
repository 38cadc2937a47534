"""The characters of a page of a PDF, each with where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_MOST = 20_000  # characters of a page; more are looked at in no time that anybody waits
_LEVEL = 0.5  # what overlaps by this share of the lower one's height stands side by side
_TOUCH = 0.15  # heights: the most between two characters of a word
_WORD = 0.6  # heights: a wider space parts two pieces of a line


class Glyph(NamedTuple):
    """A character by its number on the page, and its box in points, as wide and high as its font
    has it.
    """

    number: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """How high it is, in points."""
        return self.top - self.bottom

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters side by side without much space between them, and the box around them."""

    glyphs: Sequence[Glyph]
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """How high it is, in points."""
        return self.top - self.bottom


def glyphs(layer: PdfTextPage, text: str, numbers: Iterable[int] = ()) -> list[Glyph]:
    """The characters of a page that can be seen, all or those of some numbers, where its text has
    one for each; else none.
    """
    from ctypes import byref

    from pypdfium2 import raw

    if not 0 < raw.FPDFText_CountChars(layer) == len(text) <= _MOST:
        return []
    box = raw.FS_RECTF()
    here, place = byref(box), raw.FPDFText_GetLooseCharBox
    found: list[Glyph] = []
    for number in numbers or range(len(text)):
        if not text[number].isspace() and place(layer, number, here):
            left, bottom, right, top = box.left, box.bottom, box.right, box.top
            if right > left and top > bottom:
                found.append(Glyph(number, left, bottom, right, top))
    return found


def joined(text: str, its: Sequence[Glyph]) -> str:
    """What some characters of a page say: a line break or space where its text has one between
    them.
    """
    out: list[str] = []
    for at, glyph in enumerate(its):
        if at:
            before = its[at - 1]
            between = text[before.number + 1 : glyph.number]
            if "\n" in between or "\r" in between or not _beside(before, glyph):
                out.append("\n")
            elif between.isspace():
                out.append(" ")
        out.append(text[glyph.number])
    return "".join(out)


def lines(its: Sequence[Glyph]) -> list[list[Segment]]:
    """The lines of a page from the top, each with its segments from left to right."""
    found: list[list[Segment]] = []
    floor = 0.0
    for segment in sorted(_segments(its), key=lambda segment: -segment.top):
        if found and segment.top - floor > _LEVEL * min(segment.height, found[-1][0].top - floor):
            found[-1].append(segment)
            floor = min(floor, segment.bottom)
        else:
            found.append([segment])
            floor = segment.bottom
    return [sorted(line, key=lambda segment: segment.left) for line in found]


def _segments(its: Sequence[Glyph]) -> Iterator[Segment]:
    run: list[Glyph] = []
    for glyph in its:
        if run and not (_beside(run[-1], glyph) and _near(run[-1], glyph)):
            yield _segment(run)
            run = []
        run.append(glyph)
    if run:
        yield _segment(run)


def _segment(run: Sequence[Glyph]) -> Segment:
    return Segment(
        tuple(run),
        min(glyph.left for glyph in run),
        min(glyph.bottom for glyph in run),
        max(glyph.right for glyph in run),
        max(glyph.top for glyph in run),
    )


def _beside(one: Glyph, other: Glyph) -> bool:
    if one.bottom == other.bottom and one.top == other.top:
        return True
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > _LEVEL * min(one.top - one.bottom, other.top - other.bottom)


def gap(one: Glyph, other: Glyph) -> float:
    """The space from a character to one on its right, in points; 0 where that stands elsewhere."""
    return other.left - one.right if _beside(one, other) else 0.0


def side_by_side(one: Glyph, other: Glyph) -> bool:
    """Whether two characters touch, as those of a word do."""
    return _beside(one, other) and -1 < (other.left - one.right) / (one.top - one.bottom) < _TOUCH


def _near(one: Glyph, other: Glyph) -> bool:
    height = max(one.top - one.bottom, other.top - other.bottom)
    # The characters of a ligature have all the same box.
    return one.left - height < other.left < one.right + _WORD * height
