"""Footnotes of tables: a cell that ends in a mark, `500*` or `360[^1]`, is followed by the note that
begins with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.parsed import Block

_MARK = (
    r"(?P<{0}>\*{{1,3}}|[†‡§]|[¹²³⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨]|\[\^[^\]\s]{{1,20}}\]|\[(?:[#*]|#?\w{{1,20}})\]_?"
    r"|\^?[(（]\d{{1,2}}[)）]|\^\d{{1,2}}|注\d{{1,2}})"
)
_CELL = re.compile(r"(?<=\S)\s?" + _MARK.format("mark") + r"\Z")
_NOTE = re.compile(
    r"(?:\.\.\s+)?(?:注[:：]\s*)?"
    + _MARK.format("mark").replace(r"\^\d", r"\^?\d")
    + r"\s*[:：.、)]?\s*(?P<note>\S.*)\Z",
    re.S,
)
_WITHIN = 30  # blocks after a table in which its notes may stand
_MOST_NOTES = 40
_LONGEST_NOTE = 300


def add_notes(pieces: list[str], blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the notes of tables in the rows that refer to them. `pieces` are the texts of
    the blocks, with what stands between them; they are changed.
    """
    added: dict[int, list[tuple[str, str]]] = {}
    notes = list(_notes(pieces, blocks))
    marks = Counter(mark for _, mark, _ in notes)
    for number, mark, note in notes:
        if mark == "*" and marks[mark] > 1:
            continue  # a list with stars for bullets
        for row in _rows_before(blocks, number):
            for cell in _cells_marked(blocks[row], mark):
                if added.setdefault(row, []).count((cell, note)) == 0:
                    added[row].append((cell, note))
    if not added:
        return list(blocks)
    moved: list[Block] = []
    shift = 0
    for number, block in enumerate(blocks):
        start = block.start + shift
        for cell, note in added.get(number, ()):
            block = _noted(pieces, 2 * number, block, cell, note)
        end = start + len(pieces[2 * number])
        shift += end - start - (blocks[number].end - blocks[number].start)
        moved.append(replace(block, start=start, end=end))
    return moved


def _notes(pieces: Sequence[str], blocks: Sequence[Block]) -> Iterator[tuple[int, str, str]]:
    """(number of its block, mark, text) of what may be a note to a table before it."""
    last = -_WITHIN
    count = 0
    for number, block in enumerate(blocks):
        alone = block.record is not None and sum(map(bool, block.record.cells)) == 1
        if block.record is not None:
            last = number
        if (block.record is not None and not alone) or number - last > _WITHIN:
            continue
        text = next(filter(None, block.record.cells)) if block.record else pieces[2 * number]
        for line in text.split("\n") if len(text) < 10 * _LONGEST_NOTE else ():
            match = _NOTE.match(line.strip())
            if match and len(match["note"]) <= _LONGEST_NOTE and count < _MOST_NOTES:
                count += 1
                yield number, _key(match["mark"]), match["note"].strip()


def _rows_before(blocks: Sequence[Block], number: int) -> Iterator[int]:
    """The rows of the last table before a block."""
    rows = (at for at in range(number, -1, -1) if blocks[at].record is not None)
    last = next((at for at in rows if at < number), None)
    if last is None:
        return
    record = blocks[last].record
    header = record.header if record else None
    for at in range(last, -1, -1):
        held = blocks[at].record
        if held is not None and held.header is header:
            yield at
        elif held is not None:
            return


def _cells_marked(block: Block, mark: str) -> list[str]:
    cells = block.record.cells if block.record else ()
    filled = [cell for cell in cells if cell]
    if len(filled) < 2:
        return []
    return [
        cell for cell in filled if (match := _CELL.search(cell)) and _key(match["mark"]) == mark
    ]


def _key(mark: str) -> str:
    return mark.strip("^[]()（）_#").removeprefix("^") or mark


def _noted(pieces: list[str], piece: int, block: Block, cell: str, note: str) -> Block:
    """A row with a note after one of its cells."""
    text = pieces[piece]
    match = re.search(rf"(?:\A|\n|: | · ){re.escape(cell)}(?=\Z|\n| · )", text)
    if not match:
        return block
    at = match.end()
    added = f" ({note})"
    pieces[piece] = text[:at] + added + text[at:]
    places = tuple(
        (offset + len(added) if offset >= at else offset, first, last)
        for offset, first, last in block.places
    )
    return replace(block, places=places)
