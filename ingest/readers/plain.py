"""Plain text: paragraphs are what blank lines part; of a notice, lines are units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.parsed import Block, File, Parsed, trimmed
from ingest.parsing.notices import is_notice, units

_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def read(file: File) -> Parsed:
    """Read plain text."""
    if is_notice(file.text):
        found = enumerate(units(file.text))
        blocks = (Block(unit.start, unit.end, group, unit.titles) for group, unit in found)
        return Parsed(file.text, tuple(blocks), "doc")
    return Parsed(
        file.text, tuple(Block(start, end, 0) for start, end in paragraphs(file.text)), "doc"
    )


def paragraphs(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The (start, end) of each paragraph of a text, or of a slice of it."""
    stop = len(text) if end is None else end
    for gap in _GAP.finditer(text, start, stop):
        first, last = trimmed(text, start, gap.start())
        if first < last:
            yield first, last
        start = gap.end()
    first, last = trimmed(text, start, stop)
    if first < last:
        yield first, last
