"""Redaction: a source that was read, with what is to be masked in it masked, and every place in it
as true as before.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from ingest.parsed import Block, Lines, Parsed
from kb.anchors import Anchor
from kb.privacy.redactor import NEVER_MASKED
from kb.tables import Header, Record

if TYPE_CHECKING:
    from kb.privacy.redactor import Redactor
    from kb.privacy.spans import Span

_SHOWN = 2  # characters of each end of a datum that a preview keeps


@dataclass(frozen=True, slots=True)
class MaskedDatum:
    """A datum that was masked: as what, where it stood, and how it begins and ends.

    `where` is the line, page, row or second; empty for titles, metadata and speakers.
    """

    kind: str
    where: str
    preview: str


def redacted(parsed: Parsed, redactor: Redactor, masked: list[MaskedDatum] | None = None) -> Parsed:
    """What was read, masked: its text, and title, headings, speakers, contexts, cells and metadata.

    Offsets are those in the masked text; lines, pages, rows and seconds stay as they are. What is
    masked is added to `masked`.
    """
    text = parsed.text
    found = redactor.spans(text)
    if masked is not None:
        masked += _located(found, parsed)
        masked += masked_beside([parsed.title, parsed.meta, _speakers(parsed)], redactor)
    spans = list(_cut(found, parsed.blocks))
    shifts = _Shifts(text, spans, [redactor.mask(span) for span in spans])
    own = _OwnTexts(redactor)
    blocks = tuple(_block(block, text, shifts, own) for block in parsed.blocks)
    return replace(
        parsed,
        text=shifts.text,
        blocks=blocks,
        title=redactor.text(parsed.title),
        meta=redactor.value(parsed.meta),
    )


def masked_beside(values: Iterable[object], redactor: Redactor) -> Iterator[MaskedDatum]:
    """What is masked in values that stand beside a text, such as metadata."""
    for value in values:
        if isinstance(value, str):
            for span in redactor.spans(value):
                yield MaskedDatum(span.kind, "", preview(value[span.start : span.end]))
        elif isinstance(value, Mapping):
            named = (item for key, item in value.items() if key not in NEVER_MASKED)
            yield from masked_beside(named, redactor)
        elif isinstance(value, list | tuple):
            yield from masked_beside(value, redactor)


def preview(value: str) -> str:
    """How a datum begins and ends, which tells its owner which one it is, and nobody else."""
    shown = _SHOWN if len(value) > 4 * _SHOWN else 1
    ends = value[-shown:] if len(value) > 2 * shown + 1 else ""
    return " ".join(f"{value[:shown]}…{ends}".split())


def _speakers(parsed: Parsed) -> list[str]:
    return list(dict.fromkeys(block.speaker for block in parsed.blocks if block.speaker))


def _located(spans: Iterable[Span], parsed: Parsed) -> Iterator[MaskedDatum]:
    lines = Lines(parsed.text)
    starts = [block.start for block in parsed.blocks]
    in_lines = all(block.anchor is None for block in parsed.blocks)
    for span in spans:
        number = bisect_right(starts, span.start) - 1
        block = parsed.blocks[number] if number >= 0 else None
        where = ""
        if block and block.anchor and span.start < block.end:
            where = _place(block, block.anchor, span.start - block.start).label
        elif in_lines:
            where = lines.anchor(span.start, span.end).label
        yield MaskedDatum(span.kind, where, preview(parsed.text[span.start : span.end]))


def _place(block: Block, anchor: Anchor, offset: int) -> Anchor:
    """The place of an offset of a block, without a speaker's name."""
    at = bisect_right([place[0] for place in block.places], offset) - 1
    begins, ends = block.places[at][1:] if at >= 0 else (anchor.start, anchor.end)
    return replace(anchor, start=begins, end=ends, speaker=None, box=None)


def _cut(spans: Iterable[Span], blocks: Sequence[Block]) -> Iterator[Span]:
    """The spans, each cut where a block begins or ends within it."""
    edges = sorted({edge for block in blocks for edge in (block.start, block.end)})
    for span in spans:
        inner = edges[bisect_left(edges, span.start + 1) : bisect_left(edges, span.end)]
        starts = (span.start, *inner)
        for start, end in zip(starts, (*inner, span.end), strict=True):
            yield span._replace(start=start, end=end)


class _Shifts:
    """A text with masks in the place of spans, and where its offsets have gone."""

    def __init__(self, text: str, spans: Sequence[Span], masks: Sequence[str]) -> None:
        self.spans = spans
        self.masks = [
            mask + "\n" * text.count("\n", span.start, span.end)
            for span, mask in zip(spans, masks, strict=True)
        ]
        self._ends = [span.end for span in spans]
        grown = (
            len(mask) - (span.end - span.start)
            for span, mask in zip(spans, self.masks, strict=True)
        )
        self._grown = list(accumulate(grown, initial=0))
        pieces, position = [], 0
        for span, mask in zip(spans, self.masks, strict=True):
            pieces += [text[position : span.start], mask]
            position = span.end
        self.text = "".join((*pieces, text[position:]))

    def offset(self, offset: int) -> int:
        """Where an offset of the text is now; one within a span is behind its mask."""
        passed = bisect_right(self._ends, offset)
        if passed < len(self.spans) and self.spans[passed].start < offset:
            offset, passed = self.spans[passed].end, passed + 1
        return offset + self._grown[passed]

    def within(self, start: int, end: int) -> range:
        """The numbers of the spans within a slice."""
        return range(bisect_right(self._ends, start), bisect_right(self._ends, end))


class _OwnTexts:
    """Masks what blocks have beside their text; what many share is looked at once."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._texts: dict[str, str] = {}
        self._headers: dict[int, tuple[Header, Header]] = {}

    def text(self, text: str) -> str:
        if text not in self._texts:
            self._texts[text] = self.redactor.text(text)
        return self._texts[text]

    def texts(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.text, texts))

    def header(self, header: Header) -> Header:
        """The masked header of a table: one for one, since each stands for its table."""
        if id(header) not in self._headers:
            caption, columns = self.text(header.caption), self.texts(header.columns)
            same = caption == header.caption and columns == header.columns
            self._headers[id(header)] = (header, header if same else Header(caption, columns))
        return self._headers[id(header)][1]

    def record(self, record: Record, replaced: Sequence[tuple[str, str]]) -> Record:
        """The masked row, with what was replaced in its text replaced in its cells."""
        cells = record.cells
        for written, mask in replaced:
            whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(written)}(?![A-Za-z0-9])")
            cells = tuple(whole.sub(mask, cell) for cell in cells)
        if replaced:
            cells = self.redactor.value(cells)
        return Record(self.header(record.header), cells)


def _block(block: Block, text: str, shifts: _Shifts, own: _OwnTexts) -> Block:
    start, end = shifts.offset(block.start), shifts.offset(block.end)
    changes: dict[str, object] = {"start": start, "end": end}
    numbers = shifts.within(block.start, block.end)
    if block.headings:
        changes["headings"] = own.texts(block.headings)
    if block.context:
        changes["context"] = own.redactor.text(block.context)
    if block.meta:
        changes["meta"] = own.redactor.value(block.meta)
    if numbers and block.places:
        changes["places"] = tuple(
            (shifts.offset(block.start + offset) - start, begins, ends)
            for offset, begins, ends in block.places
        )
    if block.record is not None:
        replaced = [
            (text[shifts.spans[n].start : shifts.spans[n].end], shifts.masks[n]) for n in numbers
        ]
        changes["record"] = own.record(block.record, replaced)
    if (anchor := block.anchor) is not None:
        names = ("speaker", "entry", "part")
        words = {name: getattr(anchor, name) for name in names}
        masked = {name: own.text(word) for name, word in words.items() if word}
        if any(masked[name] != words[name] for name in masked):
            changes["anchor"] = replace(anchor, **masked)  # type: ignore[arg-type]
    return replace(block, **changes)  # type: ignore[arg-type]
