"""The outline of a PDF: its bookmarks, and where on their pages the headings stand that they name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.parsing.pdf_properties import CONTROL

if TYPE_CHECKING:
    from pypdfium2 import PdfBookmark, PdfDocument

_XYZ, _FIT_WIDTH = 1, 3  # PDFium's modes of destinations that tell how far down the page they are
_LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A bookmark: its heading path, and whether it may well point to the top of its page."""

    path: tuple[str, ...]
    top: bool


def outline(pdf: PdfDocument) -> Mapping[int, Sequence[Mark]]:
    """The bookmarks of each page, in their order."""
    marks: defaultdict[int, list[Mark]] = defaultdict(list)
    path: tuple[str, ...] = ()
    for bookmark in pdf.get_toc():
        path = (*path[: bookmark.level], _bookmark_title(bookmark))
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if target and index is not None and 0 <= index < len(pdf) and path[-1]:
            mode, position = target.get_view()
            height = {_XYZ: position[1:2], _FIT_WIDTH: position[:1]}.get(mode) or [0.0]
            top = height[0] <= 0 or height[0] > 0.8 * pdf.get_page_size(index)[1]
            marks[index + 1].append(Mark(tuple(filter(None, path)), top))
    return marks


def _bookmark_title(bookmark: PdfBookmark) -> str:
    try:
        return " ".join(CONTROL.sub(" ", bookmark.get_title()).split())[:_LONGEST_HEADING]
    except UnicodeError:
        return ""


def sections(
    text: str, marks: Sequence[Mark], path: tuple[str, ...]
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The (start, end, heading path) of each section on a page: from where its heading is found.

    One that is not found, since it is a picture or worded otherwise, counts from the top of the
    page if it seems to be there; else the next page has its heading.
    """
    places = _headings_of(text) if marks else {}
    start, found = 0, 0
    for mark in marks:
        candidates = places.get(_heading_key(mark.path[-1]), ())
        nearest = bisect_left(candidates, found)
        if nearest < len(candidates):
            offset = candidates[nearest]
            if text[start:offset].strip():
                yield start, offset, path
                start = offset
            path, found = mark.path, offset + 1
        elif mark.top and not found:
            path = mark.path
    yield start, len(text), path


def _headings_of(text: str) -> Mapping[str, Sequence[int]]:
    """Where there may be headings: what one to three lines say, with the offsets at which they
    begin.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        for count in (1, 2, 3):
            key = _heading_key(" ".join(lines[number : number + count])[: 2 * _LONGEST_HEADING])
            if not places[key] or places[key][-1] != offset:
                places[key].append(offset)
        offset += len(line) + 1
    return places


def _heading_key(text: str) -> str:
    """What is compared of a heading: its letters, as outlines may have its number or not; all of it
    without any.
    """
    return re.sub(r"[\W\d_]+", "", text).casefold() or re.sub(r"\W+", "", text)
