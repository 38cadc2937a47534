"""Texts in pieces: the clauses of a sentence, the text of a heading, the cells of a table's row."""

from __future__ import annotations

import re

HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)", re.S)
CLAUSE_END = re.compile(r"[;:!?|\n，；：。！？]|[,.](?!\d)")
_ROW = re.compile(r"\s*\|.*\|\s*\Z", re.S)
_RULE = re.compile(r"\s*\|?[\s|:-]*-{2,}[\s|:-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")


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
