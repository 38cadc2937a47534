"""Anchors: where a text stands in its source, for people to reopen it at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

AnchorType = Literal["lines", "page", "time", "faq"]
Place = tuple[int, float, float]
# left, top, right and bottom edge, as shares of the page's width and height from its upper left
Box = tuple[float, float, float, float]


class Voice(NamedTuple):
    """Who speaks from `offset` of a passage on; of a chat message also when, and its permalink."""

    offset: int
    speaker: str | None
    at: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a piece of text stands in its source.

    `lines` and `faq`: 1-based, inclusive source lines. `page`: 1-based pages. `time`: seconds from
    the start. Where a source has no lines or pages, `unit` names what is counted instead: row,
    paragraph, slide, cell. `part` names the piece of the source that it is counted in: a sheet, a
    chapter's file. `entry` names a FAQ entry (its id column, or its number). `at` is when a chat
    message was sent, as `2026-05-01 12:34`; `reviewed` the date on which a FAQ entry was. `box` is
    where on a page that was read as a picture it stands.
    All anchors are for people to reopen the source at.
    """

    type: AnchorType
    start: float
    end: float
    speaker: str | None = None
    entry: str | None = None
    unit: str | None = None
    part: str | None = None
    at: str | None = None
    reviewed: str | None = None
    box: Box | None = None

    @property
    def label(self) -> str:
        """The short form shown to people: `L40–52`, `p. 3`, `00:12:34 · Speaker`, `#7 · L12–14`,
        `Sales · row 4`, `p. 1 · x 5–60% · y 12–15%`.

        Of a FAQ entry, `FAQ · reviewed 2026-05-01`: its lines are nobody's.
        """
        if self.reviewed:
            return f"FAQ · reviewed {self.reviewed}"
        parts = (
            self.part,
            f"#{self.entry}" if self.entry else None,
            self._span(),
            _shown_box(self.box) if self.box else None,
            self.at,
            self.speaker,
        )
        return " · ".join(part for part in parts if part)

    def _span(self) -> str:
        if self.type == "time":
            return clock(self.start)
        span = f"{self.start:g}" if self.start == self.end else f"{self.start:g}–{self.end:g}"
        if self.unit:
            return f"{self.unit} {span}"
        return f"p. {span}" if self.type == "page" else f"L{span}"


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of these."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _shown_box(box: Box) -> str:
    left, top, right, bottom = (round(100 * edge) for edge in box)
    return f"x {left}–{right}% · y {top}–{bottom}%"


def clock(seconds: float) -> str:
    """Seconds as HH:MM:SS."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
