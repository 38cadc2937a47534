"""What was forgotten, kept out of what is read: refused whole, or taken out of its texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ingest.errors import Unreadable
from ingest.parsed import Block, Parsed
from kb.erasure.edits import Edits
from kb.erasure.passages import masked_anchor, together
from kb.erasure.rules import Rules
from kb.privacy.spans import FORGOTTEN
from kb.tables import Header, Record

_GAP = re.compile(r"\s*")
_NOT_BREAK = re.compile(r"[^\n]")


class Forgotten(Unreadable):
    """A source that was forgotten, and is not to be read until that is lifted."""

    def __init__(self, date: str) -> None:
        super().__init__(f"forgotten on {date}; see: kb forget --list")


def without_forgotten(parsed: Parsed, rules: Rules) -> Parsed:
    """What was read without the turns of forgotten speakers and times, and with a mask in place of
    each forgotten name. What is counted in lines stays in its lines.
    """
    if not rules.changes_texts:
        return parsed
    gone: list[Block] = []
    left: list[Block] = []
    for block in parsed.blocks:
        (gone if _is_gone(block, rules) else left).append(block)
    if any(block.anchor is None for block in parsed.blocks):
        text, cuts = _emptied(parsed.text, gone), []
    else:
        text, cuts = parsed.text, [_with_gap(block, parsed.text) for block in gone]
    edits = Edits(text, cuts, rules.spans(text), FORGOTTEN)
    unsaid = together(parsed.text[block.start : block.end] for block in gone)
    headers: dict[int, Header] = {}
    return replace(
        parsed,
        text=edits.text,
        blocks=tuple(_block(block, edits, rules, unsaid, headers) for block in left),
        title=rules.masked(parsed.title),
        meta=rules.masked_value(dict(parsed.meta)),
    )


def _is_gone(block: Block, rules: Rules) -> bool:
    return rules.is_speaker(block.speaker) or bool(
        block.anchor and rules.in_period(block.anchor.at)
    )


def _with_gap(block: Block, text: str) -> tuple[int, int]:
    """The slice of a block with what parts it from the next one."""
    gap = _GAP.match(text, block.end)
    return block.start, gap.end() if gap else block.end


def _emptied(text: str, blocks: Iterable[Block]) -> str:
    """A text with spaces in the place of blocks, in as many lines as before."""
    pieces, at = [], 0
    for block in blocks:
        start = max(at, block.start)
        pieces += [text[at:start], _NOT_BREAK.sub(" ", text[start : block.end])]
        at = max(start, block.end)
    return "".join((*pieces, text[at:]))


def _block(
    block: Block,
    edits: Edits,
    rules: Rules,
    unsaid: str,
    headers: dict[int, Header],
) -> Block:
    start, end = edits.moved(block.start), min(edits.moved(block.end), len(edits.text))
    is_unsaid = bool(block.context) and block.context in unsaid
    return replace(
        block,
        start=start,
        end=end,
        headings=tuple(map(rules.masked, block.headings)),
        anchor=block.anchor and masked_anchor(block.anchor, rules),
        places=tuple(
            (edits.moved(block.start + at) - start, first, last) for at, first, last in block.places
        ),
        meta=rules.masked_value(dict(block.meta)),
        context="" if is_unsaid else rules.masked(block.context),
        record=block.record and _record(block.record, rules, headers),
    )


def _record(record: Record, rules: Rules, headers: dict[int, Header]) -> Record:
    """A row with names masked. One header is one table, so it is masked once."""
    before = record.header
    if id(before) not in headers:
        columns = tuple(map(rules.masked, before.columns))
        headers[id(before)] = Header(rules.masked(before.caption), columns)
    return Record(headers[id(before)], tuple(map(rules.masked, record.cells)))
