"""Splitting: blocks of a parsed source become passages of readable size, each an exact slice of the
text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil
from operator import itemgetter
from typing import Any

from ingest.parsed import Block, Lines, Parsed, trimmed
from ingest.ruler import HAN, Ruler
from ingest.talk import Talk, gone_on
from kb.anchors import Box, around
from kb.tables import CELL_MARK, Record
from kb.text import sentences, soft_cut
from kb.types import Anchor, Place, Voice

_ENTRY_LIMIT = 6  # a FAQ entry stays whole up to this many times the size of a passage
_JOINED = ("author",)  # what a passage of several blocks has from all of them
_MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be: the slice [start, end) of the text, where it stands, and what it answers.

    `records` are the rows of tables that begin in it, each with the first and last line, page or
    row that it stands in.
    """

    start: int
    end: int
    headings: tuple[str, ...]
    anchor: Anchor
    places: tuple[Place, ...]
    meta: Mapping[str, Any]
    context: str
    voices: tuple[Voice, ...] = ()
    records: tuple[tuple[Record, float, float], ...] = ()
    boxes: tuple[Box, ...] = ()


def split(parsed: Parsed, passage_chars: int) -> Iterator[Piece]:
    """Pieces of at most about `passage_chars` Latin letters (Chinese characters count 2.5), in
    order.

    Small blocks of one group are packed together; a larger one is cut between sentences, into
    pieces of like size. No piece spans two groups (sections, speaker turns, FAQ entries), but for a
    turn that goes on after an interjection.
    """
    ruler = Ruler(parsed.text)
    lines = Lines(parsed.text)
    talk = Talk(ruler)
    groups = (list(group) for _, group in groupby(parsed.blocks, key=lambda block: block.group))
    for group in gone_on(groups, ruler) if parsed.kind == "transcript" else groups:
        context, asker = ("", None) if _is_message(group[0]) else talk.before(group)
        asked = {"asked_by": asker} if asker else {}
        for blocks, start, end in _pack(group, ruler, passage_chars):
            piece = _piece(parsed, blocks, start, end, lines, context or blocks[0].context)
            yield replace(piece, meta={**piece.meta, **asked}) if asked else piece


def _pack(
    group: Iterable[Block], ruler: Ruler, most: int
) -> Iterator[tuple[list[Block], int, int]]:
    """(blocks, start, end) of each piece of a group."""
    pending: list[Block] = []
    for block in group:
        limit = most * (_ENTRY_LIMIT if block.anchor and block.anchor.type == "faq" else 1)
        # What the reader left out between two blocks, such as a comment, must not come back in with
        # them.
        apart = bool(pending) and not ruler.text[pending[-1].end : block.start].isspace()
        if pending and not apart and ruler.letters(pending[0].start, block.end) <= limit:
            pending.append(block)
            continue
        if pending:
            yield pending, pending[0].start, pending[-1].end
            pending = []
        if ruler.letters(block.start, block.end) <= limit:
            pending = [block]
        else:
            yield from (([block], start, end) for start, end in _cut(block, ruler, limit))
    if pending:
        yield pending, pending[0].start, pending[-1].end


def _cut(block: Block, ruler: Ruler, limit: int) -> Iterator[tuple[int, int]]:
    """A block over the limit, cut between sentences into pieces of like width."""
    start = end = block.start
    for first, last in _sentences(block, ruler, limit):
        so_far, longer, rest = (ruler.letters(start, stop) for stop in (end, last, block.end))
        goal = rest / ceil(rest / limit)
        if end > start and (longer > limit or abs(so_far - goal) < abs(longer - goal)):
            yield start, end
            start = first
        end = last
    if end > start:
        yield start, end


def _sentences(block: Block, ruler: Ruler, limit: int) -> Iterator[tuple[int, int]]:
    """The sentences of a block; one that is wider than a passage comes in pieces."""
    for first, last in sentences(ruler.text[block.start : block.end]):
        start, end = block.start + first, block.start + last
        while ruler.letters(start, end) > limit:
            cut = soft_cut(ruler.text, start, start + max(1, int(limit / HAN)))
            yield start, cut
            start = cut
        if start < end:
            yield start, end


def _piece(
    parsed: Parsed, blocks: list[Block], start: int, end: int, lines: Lines, context: str
) -> Piece:
    start, end = _trimmed(parsed.text, start, end)
    first = blocks[0]
    if first.anchor is None:
        return Piece(start, end, first.headings, lines.anchor(start, end), (), first.meta, context)
    if first.anchor.type == "faq":  # an entry is cited whole
        return Piece(start, end, first.headings, first.anchor, (), first.meta, context)
    places = tuple(place for block in blocks for place in _places_within(block, start, end))
    begins, ends = min(place[1] for place in places), max(place[2] for place in places)
    anchor, speaker = first.anchor, _speaker(blocks)
    if (anchor.start, anchor.end, anchor.speaker) != (begins, ends, speaker):
        anchor = replace(anchor, start=begins, end=ends, speaker=speaker)
    boxes = tuple(
        box for block in blocks if block.boxes for box in _boxes_within(block, start, end)
    )
    if boxes:
        anchor = replace(anchor, box=around(boxes))
    return Piece(
        start,
        end,
        first.headings,
        anchor,
        places,
        _meta(blocks),
        context,
        tuple(_voices(blocks, start)),
        tuple(_records(blocks, start)),
        boxes,
    )


def _is_message(block: Block) -> bool:
    """Whether a block is a message of a chat or a mail, whose reader knows what it answers."""
    return block.anchor is not None and (block.anchor.at is not None or "author" in block.meta)


def _meta(blocks: Sequence[Block]) -> Mapping[str, Any]:
    """The metadata of the first block, with what the others have in lists, such as their authors."""
    meta = blocks[0].meta
    if len(blocks) == 1:
        return meta
    several = {key for block in blocks[1:] for key in block.meta if key in _JOINED}
    joined = {
        key: list(dict.fromkeys(value for block in blocks for value in block.meta.get(key, ())))
        for key in several
    }
    return {**meta, **{key: values[:_MOST_VALUES] for key, values in joined.items()}}


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The slice without space around it, or the mark between two cells where a row was cut."""
    start, end = trimmed(text, start, end)
    mark = CELL_MARK.strip()
    if text.startswith(f"{mark} ", start, end):
        start += 2
    if text.endswith(f" {mark}", start, end):
        end -= 2
    return trimmed(text, start, end)


def _records(blocks: Sequence[Block], start: int) -> Iterator[tuple[Record, float, float]]:
    for block in blocks:
        if block.record is not None and block.anchor is not None and block.start >= start:
            yield block.record, block.anchor.start, block.anchor.end


def _speaker(blocks: Sequence[Block]) -> str | None:
    """Who says most of it; of messages of several people nobody."""
    if len(blocks) == 1:
        return blocks[0].speaker
    if _is_message(blocks[0]) and len({block.speaker for block in blocks}) > 1:
        return None
    said: Counter[str | None] = Counter()
    for block in blocks:
        said[block.speaker] += block.end - block.start
    return said.most_common(1)[0][0]


def _voices(blocks: Sequence[Block], start: int) -> Iterator[Voice]:
    """From where on who speaks, or which message it is, by offsets from `start`; nothing where it
    is one and the same.
    """
    if len(blocks) == 1:
        return
    spoken = [
        Voice(max(0, block.start - start), block.speaker, block.anchor.at, block.meta.get("url"))
        for block in blocks
        if block.anchor
    ]
    changes = [
        voice
        for number, voice in enumerate(spoken)
        if not number or voice[1:] != spoken[number - 1][1:]
    ]
    yield from changes if len(changes) > 1 else ()


def _places_within(block: Block, start: int, end: int) -> Iterator[Place]:
    """The places of a block that the slice touches, with offsets counted from the slice's start."""
    assert block.anchor is not None
    places = block.places or ((0, block.anchor.start, block.anchor.end),)
    shift = start - block.start
    touched = places[_touched(places, shift, end - block.start)]
    return ((max(0, offset - shift), begins, ends) for offset, begins, ends in touched)


def _boxes_within(block: Block, start: int, end: int) -> Sequence[Box]:
    """The boxes of the places that `_places_within` gives."""
    return block.boxes[_touched(block.places, start - block.start, end - block.start)]


def _touched(places: Sequence[Place], start: int, end: int) -> slice:
    """Which of the places hold something of the slice [start, end) of their block."""
    if len(places) == 1:
        return slice(0, 1)
    first = max(0, bisect_right(places, start, key=itemgetter(0)) - 1)
    return slice(first, bisect_left(places, end, key=itemgetter(0)))
