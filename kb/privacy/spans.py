"""Spans: where personal data stand in a text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


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
