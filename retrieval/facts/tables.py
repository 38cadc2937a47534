"""Tables in Markdown: their rows, and the cells of a row."""

from __future__ import annotations

import re

_ROW = re.compile(r"\s*\|.*\|\s*\Z", re.S)
_RULE = re.compile(r"\s*\|?[\s|:-]*-{2,}[\s|:-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")


def is_row(text: str) -> bool:
    """Whether it is a row of a Markdown table."""
    return _ROW.match(text) is not None


def rules_off(text: str) -> bool:
    """Whether it is the line under the head of a Markdown table."""
    return _RULE.match(text) is not None


def cells(row: str) -> list[str]:
    """The cells of a row, as written."""
    return [cell.strip() for cell in _BAR.split(row.strip().strip("|"))]
