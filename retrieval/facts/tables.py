"""Tables in Markdown, and rows as readers write them (`name: value · name: value`): their rows, and
the cells of a row.
"""

from __future__ import annotations

import re

from kb.tables import CELL_MARK

_ROW = re.compile(r"\s*\|.*\|\s*\Z", re.S)
_RULE = re.compile(r"\s*\|?[\s|:-]*-{2,}[\s|:-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")
_NAME = re.compile(r"([^:：]{1,80}): ")


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
    """Whether it is a row whose cells have the names of their columns before them."""
    return CELL_MARK in text and "\n" not in text.strip() and _NAME.match(text) is not None


def named_cells(row: str) -> list[tuple[str, str]]:
    """(name of the column, cell) of each cell of such a row; no name where it has none."""
    found = []
    for cell in row.strip().split(CELL_MARK):
        name = _NAME.match(cell)
        found.append((name[1], cell[name.end() :]) if name else ("", cell))
    return found
