"""Tables in Markdown: rows between bars under a line that rules off their header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from ingest.parsed import Block, Lines
from ingest.parsing.rows import Row
from ingest.parsing.table_text import SourceTable

_RULE = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_BAR = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(r"[ \t>]*(?:```|~~~)")
_LEAD = re.compile(r"(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]))*[ \t]*")


def find(text: str, block: Block, lines: Lines) -> Iterator[SourceTable]:
    """The tables in a block of a text, those in items of lists and quotations too."""
    if text.find("|", block.start, block.end) < 0 or "-" not in text[block.start : block.end]:
        return
    listed = text[block.start : block.end].split("\n")
    first = lines.number(block.start)
    starts = list(accumulate((len(line) + 1 for line in listed), initial=block.start))
    fenced = False
    at = 0
    while at < len(listed):
        fenced ^= _FENCE.match(listed[at]) is not None
        if not fenced and at and _begins(listed[at - 1], listed[at]):
            end = at + 1
            while end < len(listed) and "|" in listed[end] and not _RULE.match(listed[end]):
                end += 1
            begin, stop = starts[at - 1], starts[end] - 1
            yield SourceTable(begin, stop, tuple(_rows(listed, at - 1, end, first)), 1)
            at = end
        else:
            at += 1


def _begins(head: str, rule: str) -> bool:
    return (
        "|" in rule
        and "|" in head
        and _RULE.match(rule) is not None
        and len(_cells(head)) == len(_cells(rule))
    )


def _rows(listed: list[str], begin: int, end: int, first: int) -> Iterator[Row]:
    """The header and the rows below its rule, from one line of a block to another."""
    for at in (begin, *range(begin + 2, end)):
        row = Row(first + at, first + at, _cells(listed[at]))
        if row.filled():
            yield row


def _mark(line: str) -> str:
    """What stands before a row: the mark of a quotation or of a list."""
    match = _LEAD.match(line)
    return match[0] if match else ""


def _cells(line: str) -> list[str]:
    bare = line[len(_mark(line)) :].strip()
    bare = bare.removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(bare)]
