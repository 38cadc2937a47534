"""What was forgotten, kept out of what is read: refused whole, or taken out of its texts."""

from __future__ import annotations

from dataclasses import replace

from ingest.errors import Unreadable
from ingest.parsed import Block, Parsed
from kb.erasure.edits import Edits
from kb.erasure.passages import masked_anchor
from kb.erasure.rules import Rules
from kb.privacy.spans import FORGOTTEN
from kb.tables import Header, Record


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
    gone = [block for block in parsed.blocks if _is_gone(block, rules)]
    counts_lines = any(block.anchor is None for block in parsed.blocks)
    cuts = [] if counts_lines else [_with_gap(block, parsed) for block in gone]
    emptied = [(block.start, block.end) for block in gone] if counts_lines else []
    text = parsed.text
    for start, end in emptied:
        text = text[:start] + _blank(text[start:end]) + text[end:]
    edits = Edits(text, cuts, rules.spans(text), FORGOTTEN)
    unsaid = [parsed.text[block.start : block.end] for block in gone]
    headers: dict[int, Header] = {}
    left = (block for block in parsed.blocks if block not in gone)
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


def _with_gap(block: Block, parsed: Parsed) -> tuple[int, int]:
    """The slice of a block with what parts it from the next one."""
    text = parsed.text
    return block.start, block.end + len(text[block.end :]) - len(text[block.end :].lstrip())


def _blank(text: str) -> str:
    return "".join(character if character == "\n" else " " for character in text)


def _block(
    block: Block,
    edits: Edits,
    rules: Rules,
    unsaid: list[str],
    headers: dict[int, Header],
) -> Block:
    start, end = edits.moved(block.start), min(edits.moved(block.end), len(edits.text))
    is_unsaid = any(block.context and block.context in turn for turn in unsaid)
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
