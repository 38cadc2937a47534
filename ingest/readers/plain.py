"""Plain text: paragraphs are what blank lines part; of a notice, lines are units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.parsed import Block, File, Parsed, trimmed
from ingest.parsing.notices import is_notice, units

_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def read(file: File) -> Parsed:
    """Read plain text."""
    return Parsed(file.text, tuple(plain_blocks(file.text)), "doc")


def plain_blocks(text: str, headings: tuple[str, ...] = ()) -> Iterator[Block]:
    """The blocks of a text below `headings`: its paragraphs in one group, or each line of a notice
    in its own.
    """
    if is_notice(text):
        for group, unit in enumerate(units(text)):
            yield Block(unit.start, unit.end, group, (*headings, *unit.titles))
    else:
        yield from (Block(start, end, 0, headings) for start, end in paragraphs(text))


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
