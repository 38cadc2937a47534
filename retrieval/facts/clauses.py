"""Texts in pieces: the clauses of a sentence, the text of a heading, the cells of a table's row."""

from __future__ import annotations

import re

from kb.tables import CELL_MARK

HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)", re.S)
CLAUSE_END = re.compile(r"[;:!?|\n，；：。！？]|[,.](?!\d)")
_ROW = re.compile(r"\s*\|.*\|\s*\Z", re.S)
_RULE = re.compile(r"\s*\|?[\s|:-]*-{2,}[\s|:-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")
_NAME = re.compile(r"([^:：]{1,80}): ")


def clauses(text: str) -> list[str]:
    """The clauses of a text, which end at any punctuation but in a number and within a list."""
    return [clause for clause in CLAUSE_END.split(text) if clause.strip()]


def is_row(text: str) -> bool:
    """Whether it is a row of a Markdown table."""
    return _ROW.match(text) is not None


def rules_off(text: str) -> bool:
    """Whether it is the line under the head of a Markdown table."""
    return _RULE.match(text) is not None


def cells(row: str) -> list[str]:
    """The cells of a row, as written."""
    return [cell.strip() for cell in _BAR.split(row.strip().strip("|"))]


def is_named_row(text: str) -> bool:
    """Whether it is a row as readers write it: `name: value · name: value`."""
    return CELL_MARK in text and "\n" not in text.strip() and _NAME.match(text) is not None


def named_cells(row: str) -> list[tuple[str, str]]:
    """(name of the column, cell) of each cell of such a row; no name where it has none."""
    pairs = []
    for cell in row.strip().split(CELL_MARK):
        name = _NAME.match(cell)
        pairs.append((name[1], cell[name.end() :]) if name else ("", cell))
    return pairs
