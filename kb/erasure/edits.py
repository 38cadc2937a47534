"""Edits of a text: slices cut out or masked, and where offsets of the text are afterwards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Span = tuple[int, int]


class Edits:
    """What is done to one text: the slices `cuts` go, of the rest those of `masks` become `mask`.

    Both are in order, and none overlaps another of its kind.
    """

    def __init__(self, text: str, cuts: Sequence[Span], masks: Sequence[Span], mask: str) -> None:
        self._cuts = cuts
        self._cut_ends = [end for _, end in cuts]
        # A name that was broken over two lines keeps its break: lines are counted.
        kept = [
            (start, end, mask + "\n" * text.count("\n", start, end))
            for start, end in masks
            if not self.is_cut(start, end)
        ]
        edits = sorted([*kept, *((*span, "") for span in cuts)])
        pieces: list[str] = []
        self._starts, self._shifts = [0], [0]
        at = 0
        for start, end, instead in edits:
            pieces += [text[at:start], instead]
            self._starts.append(end)
            self._shifts.append(self._shifts[-1] + len(instead) - (end - start))
            at = end
        pieces.append(text[at:])
        self.text = "".join(pieces).rstrip() if cuts else "".join(pieces)
        self._edits = edits
        self._begins = [start for start, _, _ in edits]

    def __bool__(self) -> bool:
        return bool(self._edits)

    def is_cut(self, start: int, end: int) -> bool:
        """Whether a slice of the text as it was lies in, or reaches into, what is cut out."""
        number = bisect_right(self._cut_ends, start)
        return number < len(self._cuts) and self._cuts[number][0] < end

    def moved(self, offset: int) -> int:
        """Where an offset of the text is now; within a mask, where that begins."""
        number = bisect_right(self._begins, offset) - 1
        if number >= 0 and offset < self._edits[number][1]:
            start = self._edits[number][0]
            return start + self._shifts[number]
        return offset + self._shifts[bisect_right(self._starts, offset) - 1]
