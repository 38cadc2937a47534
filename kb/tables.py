"""Tables as they are kept beside the passages: named columns, rows of cells, and what a cell holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

CELL_MARK = " · "  # between the cells of a row, as it stands in a passage
_LONGEST_ROW = 300  # characters, up to which a row is one sentence
ValueKind = Literal["", "text", "number", "percent", "money", "date"]
VALUE_KINDS: frozenset[str] = frozenset(get_args(ValueKind))
_CURRENCY = r"[$€£¥￥₩₹]|US\$|HK\$|NT\$|RMB|CNY|USD|EUR|GBP|HKD|SGD|JPY"
_FIGURE = r"\d(?:[\d.,'’\u00a0\u202f ]*\d)?"
_NUMBER = re.compile(rf"[-+−(]?\s?{_FIGURE}(?:[eE][-+]?\d+)?\s?\)?")
_PERCENT = re.compile(rf"[-+−(]?\s?{_FIGURE}\s?[%％‰]\s?\)?")
_MONEY = re.compile(
    rf"[-+−(]?\s?(?:(?:{_CURRENCY})\s?[-−]?{_FIGURE}|{_FIGURE}\s?(?:{_CURRENCY}|元|万元|美元|欧元|港元))\s?\)?"
)
_DATE = re.compile(
    r"(?:19|20)\d\d[-/.年]\s?\d{1,2}(?:[-/.月]\s?\d{1,2}日?|月)?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d\d|\d{1,2}\s?月\s?\d{1,2}\s?[日号]|\d{1,2}:\d{2}(?::\d{2})?"
)
_PATTERNS: dict[ValueKind, re.Pattern[str]] = {
    "date": _DATE,
    "percent": _PERCENT,
    "number": _NUMBER,
    "money": _MONEY,
}
_DIGIT = re.compile(r"\d")
_LONGEST_VALUE = 30


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What a table is called, and the names of its columns; empty for a column without one.

    One header is one table: two are never equal.
    """

    caption: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a table: its cells as they are shown, one for each column."""

    header: Header
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A stored row: its cells, the passage that it is cited by, and where it stands, in the measure
    of that passage's anchor.
    """

    cells: tuple[str, ...]
    passage: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of a document. `kinds` tell what the cells of each column hold, empty for nothing."""

    document: str
    number: int
    caption: str
    columns: tuple[str, ...]
    kinds: tuple[ValueKind, ...]


def value_kind(value: str, likely: ValueKind = "") -> ValueKind:
    """What a cell holds: a date or time, a percentage, an amount of money, a number, or text.
    `likely` is what others of its column hold.
    """
    text = value.strip()
    if not text:
        return ""
    if likely in _PATTERNS and _PATTERNS[likely].fullmatch(text):
        return likely
    if len(text) > _LONGEST_VALUE or not _DIGIT.search(text):
        return "text"
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(text)), "text")


def column_kind(kinds: Iterable[ValueKind]) -> ValueKind:
    """What a column holds whose cells hold `kinds`: one kind, or text where they differ."""
    held = set(kinds) - {""}
    return held.pop() if len(held) == 1 else "text" if held else ""


def is_row(text: str, start: int = 0) -> bool:
    """Whether a row of a table begins there: cells that are parted by bars or middle dots."""
    end = text.find("\n", start)
    return text.startswith("|", start) or CELL_MARK in text[start : end if end >= 0 else len(text)]


def is_row_at(text: str, offset: int) -> bool:
    """Whether the line around an offset is a row of a table, of no more than a sentence's length."""
    begin, end = text.rfind("\n", 0, offset) + 1, text.find("\n", offset)
    line = text[begin : end if end >= 0 else len(text)]
    return len(line) <= _LONGEST_ROW and CELL_MARK in line
