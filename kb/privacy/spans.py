"""Spans: where personal data stand in a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

FORGOTTEN = "[forgotten]"  # stands in the place of who was forgotten
COVER = "•"  # stands for each character of a datum that is kept from a reader
_WITHIN = re.compile(r"[A-Za-z0-9+._/@-]")
_FARTHEST = 300


class Datum(NamedTuple):
    """A personal datum in a text: the slice from `start` to `end`, and the value that counts: of a
    telephone number with its country.
    """

    start: int
    end: int
    value: str


class Span(NamedTuple):
    """A slice of a text that is to be masked, and as what."""

    start: int
    end: int
    kind: str
    value: str


Recogniser = Callable[[str], Iterable[Datum]]
"""Gives the data of one kind in a text, in order."""


class Spans:
    """Spans that don't overlap, in the order of the text: of two that would, the first added."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._spans: list[Span] = []

    def add(self, span: Span) -> None:
        """Add a span, unless something that it covers is taken."""
        at = bisect_left(self._starts, span.start)
        if at and self._spans[at - 1].end > span.start:
            return
        if at < len(self._spans) and self._spans[at].start < span.end:
            return
        self._starts.insert(at, span.start)
        self._spans.insert(at, span)

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)


class Nearby:
    """A recogniser that looks only around what its data never go without, which is found fast:
    `before` and `after` are how many characters it looks at on each side.
    """

    def __init__(
        self, hint: re.Pattern[str], before: int, after: int, recogniser: Recogniser
    ) -> None:
        self._hint, self._before, self._after = hint, before, after
        self._recogniser = recogniser

    def __call__(self, text: str) -> Iterator[Datum]:
        """The data of a text, those of one stretch of it after those of another."""
        for start, end in self._stretches(text):
            for datum in self._recogniser(text[start:end]):
                yield Datum(start + datum.start, start + datum.end, datum.value)

    def _stretches(self, text: str) -> Iterator[tuple[int, int]]:
        """What is looked at, cut within no word or number."""
        first = last = 0
        for match in self._hint.finditer(text):
            if match.end() + self._after <= last:
                continue
            start = max(0, match.start() - self._before)
            while start and _WITHIN.match(text[start - 1]) and match.start() - start < _FARTHEST:
                start -= 1
            end = min(len(text), match.end() + self._after)
            while end < len(text) and _WITHIN.match(text[end]) and end - match.end() < _FARTHEST:
                end += 1
            if start > last:
                if last:
                    yield first, last
                first = start
            last = max(last, end)
        if last:
            yield first, last
