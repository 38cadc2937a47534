"""Slides that are pictures: those on a slide, drawn on one page as the slide shows them, and what
is recognised there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import ZipFile

from ingest.parsed import File, Unreadable
from ingest.parsing.office import ALTERNATIVES, A, Parts, chosen
from ingest.parsing.picture_file import pictures_in
from ingest.parsing.recognition import Page, recognised

if TYPE_CHECKING:
    from PIL.Image import Image

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_SIDE = 2000  # pixels of the drawn slide's longer side: somewhat more than are recognised
_WHOLE = 100_000  # of what is cut off a picture's sides, in the format's measure


class _Rect(NamedTuple):
    """Left, top, right and bottom edge."""

    left: float
    top: float
    right: float
    bottom: float


class _Frame(NamedTuple):
    """What makes of a length across or down in a group one on the slide."""

    across: float = 1.0
    right: float = 0.0
    down: float = 1.0
    below: float = 0.0

    def moved(self, own: _Rect) -> _Rect:
        """A place in the group, as one on the slide."""
        return _Rect(
            self.across * own.left + self.right,
            self.down * own.top + self.below,
            self.across * own.right + self.right,
            self.down * own.bottom + self.below,
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """A picture on a slide: the id of its relation, where it stands in the format's measure, and
    which part of it is seen, as shares of its width and height.
    """

    link: str
    place: _Rect
    seen: _Rect


class SlidePictures:
    """Reads the pictures of a presentation whose slides are `width` to `height`."""

    def __init__(self, file: File, what: str, width: int, height: int) -> None:
        self._parts = Parts(ZipFile(BytesIO(file.data)), what)
        self._slide = _Rect(0, 0, max(1, width), max(1, height))
        self._scale = _SIDE / max(self._slide)

    def on(self, tree: Any) -> bool:
        """Whether any picture is on the slide with that XML."""
        return next(self._shown(tree), None) is not None

    def recognised(self, name: str, tree: Any) -> Iterator[Page]:
        """What is recognised on a slide, which is the part of that name."""
        links = {
            key: target for key, kind, target in self._parts.relations(name) if kind == "image"
        }
        drawn = self._blank()
        for shown in self._shown(tree):
            with suppress(Unreadable):  # one that is damaged, or a drawing
                data = self._parts.raw(links.get(shown.link, ""))
                _, image = next(pictures_in(data))
                self._draw(image.convert("RGB"), shown, drawn)
        with suppress(Unreadable):  # a slide too narrow to hold text
            yield from recognised(drawn)

    def _shown(self, tree: Any) -> Iterator[_Shown]:
        """The pictures of a slide, those in front last."""
        fill = tree.find(f"{P}cSld/{P}bg/{P}bgPr/{A}blipFill")
        if fill is not None:
            yield from _filled(fill, self._slide)
        shapes = tree.find(f"{P}cSld/{P}spTree")
        yield from () if shapes is None else self._within(shapes, _Frame())

    def _within(self, parent: Any, frame: _Frame) -> Iterator[_Shown]:
        """The pictures in a group, or in what holds all of a slide."""
        for child in parent:
            if child.tag == ALTERNATIVES:
                yield from self._within(chosen(child), frame)
            elif child.tag == f"{P}grpSp":
                yield from self._within(child, _framed(child, frame))
            elif child.tag in (f"{P}pic", f"{P}sp"):
                fill = child.find(f"{P}blipFill")
                fill = child.find(f"{P}spPr/{A}blipFill") if fill is None else fill
                if fill is not None:
                    own = _rect(child.find(f"{P}spPr/{A}xfrm"), "off", "ext")
                    yield from _filled(fill, frame.moved(own) if own else self._slide)

    def _blank(self) -> Image:
        from PIL import Image

        width, height = (max(1, round(edge * self._scale)) for edge in self._slide[2:])
        return Image.new("RGB", (width, height), "white")

    def _draw(self, image: Image, shown: _Shown, drawn: Image) -> None:
        """Draw what of a picture is on the slide; nothing, where it stands beside it."""
        place, seen = shown.place, shown.seen
        left, top = max(place.left, 0.0), max(place.top, 0.0)
        right, bottom = min(place.right, self._slide.right), min(place.bottom, self._slide.bottom)
        size = round((right - left) * self._scale), round((bottom - top) * self._scale)
        if min(size) < 1:
            return
        across = (seen.right - seen.left) / (place.right - place.left)
        down = (seen.bottom - seen.top) / (place.bottom - place.top)
        shares = (
            seen.left + across * (left - place.left),
            seen.top + down * (top - place.top),
            seen.left + across * (right - place.left),
            seen.top + down * (bottom - place.top),
        )
        x, y, until_x, until_y = (min(1.0, max(0.0, share)) for share in shares)
        box = (x * image.width, y * image.height, until_x * image.width, until_y * image.height)
        corner = round(left * self._scale), round(top * self._scale)
        drawn.paste(image.resize(size, box=box), corner)


def _filled(fill: Any, place: _Rect) -> Iterator[_Shown]:
    """The picture that fills a place, if one does."""
    blip = fill.find(f"{A}blip")
    link = "" if blip is None else blip.get(f"{R}embed", "")
    cut = fill.find(f"{A}srcRect")
    left, top, right, bottom = (
        0.0 if cut is None else min(1.0, max(0.0, _number(cut.get(side)) / _WHOLE))
        for side in "ltrb"
    )
    if link and left + right < 1 and top + bottom < 1:
        yield _Shown(link, place, _Rect(left, top, 1 - right, 1 - bottom))


def _rect(place: Any, corner: str, size: str) -> _Rect | None:
    """What a transformation says of where a shape is; None where it leaves that to the layout."""
    off, ext = (None, None) if place is None else (place.find(A + corner), place.find(A + size))
    if off is None or ext is None:
        return None
    left, top = _number(off.get("x")), _number(off.get("y"))
    return _Rect(left, top, left + _number(ext.get("cx")), top + _number(ext.get("cy")))


def _framed(group: Any, outer: _Frame) -> _Frame:
    """The frame of a group that stands in another one."""
    place = group.find(f"{P}grpSpPr/{A}xfrm")
    own, inner = _rect(place, "off", "ext"), _rect(place, "chOff", "chExt")
    if own is None or inner is None or inner.right == inner.left or inner.bottom == inner.top:
        return outer
    across = (own.right - own.left) / (inner.right - inner.left)
    down = (own.bottom - own.top) / (inner.bottom - inner.top)
    corner = outer.moved(_Rect(own.left - across * inner.left, own.top - down * inner.top, 0, 0))
    return _Frame(outer.across * across, corner.left, outer.down * down, corner.top)


def _number(written: str | None) -> float:
    """A length as it is written; 0 where that is no number."""
    try:
        return float(written or "")
    except (ValueError, OverflowError):
        return 0.0
