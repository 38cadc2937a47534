"""Splitting: blocks of a parsed source become passages of readable size, each an exact slice of the text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from operator import itemgetter
from typing import Any

from ingest.context import Talk
from ingest.parsed import Block, Lines, Parsed, trimmed
from kb.text import sentences, soft_cut
from kb.types import Anchor, Place

_LETTER, _HAN_CHARACTER = 2, 5  # widths in reading
_ENTRY_LIMIT = 6  # a FAQ entry stays whole up to this many times the size of a passage


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be: the slice [start, end) of the text, where it stands, and what it answers."""

    start: int
    end: int
    headings: tuple[str, ...]
    anchor: Anchor
    places: tuple[Place, ...]
    meta: Mapping[str, Any]
    context: str


def split(parsed: Parsed, passage_chars: int) -> Iterator[Piece]:
    """Pieces of at most about `passage_chars` Latin letters (Chinese characters count 2.5), in order.

    Small blocks of one group are packed together; a larger one is cut between sentences, into pieces of like size. No
    piece spans two groups (sections, speaker turns, FAQ entries).
    """
    ruler = _Ruler(parsed.text, passage_chars)
    lines = Lines(parsed.text)
    talk = Talk(parsed.text, ruler.width, _LETTER)
    for _, group in groupby(parsed.blocks, key=lambda block: block.group):
        turn = list(group)
        context = talk.before(turn)
        for blocks, start, end in _pack(turn, ruler):
            yield _piece(parsed, blocks, start, end, lines, context)


class _Ruler:
    """Measures slices of a text in reading width, in constant time each."""

    def __init__(self, text: str, passage_chars: int) -> None:
        import numpy as np  # here, since a run that finds nothing changed needs none of it

        self.text = text
        self.limit = passage_chars * _LETTER
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        widths = np.where(codes >= 0x2E80, np.uint8(_HAN_CHARACTER), np.uint8(_LETTER))
        self._sums = np.zeros(len(text) + 1, np.int32)  # a text has at most 64 million characters
        np.cumsum(widths, dtype=np.int32, out=self._sums[1:])

    def width(self, start: int, end: int) -> int:
        return int(self._sums[end] - self._sums[start])


def _pack(group: Iterable[Block], ruler: _Ruler) -> Iterator[tuple[list[Block], int, int]]:
    """(blocks, start, end) of each piece of a group."""
    pending: list[Block] = []
    for block in group:
        limit = ruler.limit * (_ENTRY_LIMIT if block.anchor and block.anchor.type == "faq" else 1)
        # What the reader left out between two blocks, such as a comment, must not come back in with them.
        apart = bool(pending) and not ruler.text[pending[-1].end : block.start].isspace()
        if pending and not apart and ruler.width(pending[0].start, block.end) <= limit:
            pending.append(block)
            continue
        if pending:
            yield pending, pending[0].start, pending[-1].end
            pending = []
        if ruler.width(block.start, block.end) <= limit:
            pending = [block]
        else:
            yield from (([block], start, end) for start, end in _cut(block, ruler, limit))
    if pending:
        yield pending, pending[0].start, pending[-1].end


def _cut(block: Block, ruler: _Ruler, limit: int) -> Iterator[tuple[int, int]]:
    """A block over the limit, cut between sentences into pieces of like width."""
    start = end = block.start
    for first, last in _sentences(block, ruler, limit):
        so_far, longer, rest = (ruler.width(start, stop) for stop in (end, last, block.end))
        goal = rest / ceil(rest / limit)
        if end > start and (longer > limit or abs(so_far - goal) < abs(longer - goal)):
            yield start, end
            start = first
        end = last
    if end > start:
        yield start, end


def _sentences(block: Block, ruler: _Ruler, limit: int) -> Iterator[tuple[int, int]]:
    """The sentences of a block; one that is wider than a passage comes in pieces."""
    for first, last in sentences(ruler.text[block.start : block.end]):
        start, end = block.start + first, block.start + last
        while ruler.width(start, end) > limit:
            cut = soft_cut(ruler.text, start, start + max(1, limit // _HAN_CHARACTER))  # the widest
            yield start, cut
            start = cut
        if start < end:
            yield start, end


def _piece(parsed: Parsed, blocks: list[Block], start: int, end: int, lines: Lines, context: str) -> Piece:
    start, end = trimmed(parsed.text, start, end)
    first = blocks[0]
    if first.anchor is None:
        return Piece(start, end, first.headings, lines.anchor(start, end), (), first.meta, context)
    if first.anchor.type == "faq":  # an entry is cited whole
        return Piece(start, end, first.headings, first.anchor, (), first.meta, context)
    places = tuple(place for block in blocks for place in _places_within(block, start, end))
    anchor = replace(first.anchor, start=min(place[1] for place in places), end=max(place[2] for place in places))
    return Piece(start, end, first.headings, anchor, places, first.meta, context)


def _places_within(block: Block, start: int, end: int) -> Iterator[Place]:
    """The places of a block that the slice touches, with offsets counted from the slice's start."""
    assert block.anchor is not None
    places = block.places or ((0, block.anchor.start, block.anchor.end),)
    first = max(0, bisect_right(places, start - block.start, key=itemgetter(0)) - 1)
    last = bisect_left(places, end - block.start, key=itemgetter(0))
    shift = start - block.start
    return ((max(0, offset - shift), begins, ends) for offset, begins, ends in places[first:last])
