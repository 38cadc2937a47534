"""The cells of the journal's rows, checked for their type, so that a damaged one gives one clear
error at once.
"""

from __future__ import annotations

import json
import sqlite3
from math import isfinite
from typing import Any

from kb.errors import KbError


class DamagedCell(KbError):
    """A value that no kb wrote."""

    def __init__(self, row: sqlite3.Row, column: str) -> None:
        name = next((str(row[key]) for key in ("id", "uid", "entry") if key in row.keys()), "a row")  # noqa: SIM118
        super().__init__(
            f"the journal is damaged: {column} of {name} can't be read",
            "kb journal check tells all that is; restore journal.sqlite3 from a backup",
        )


def text(row: sqlite3.Row, column: str) -> str:
    """A text. Raises DamagedCell."""
    value = row[column]
    if not isinstance(value, str):
        raise DamagedCell(row, column)
    return value


def text_or_none(row: sqlite3.Row, column: str) -> str | None:
    """A text or nothing. Raises DamagedCell."""
    return None if row[column] is None else text(row, column)


def number(row: sqlite3.Row, column: str) -> float:
    """A finite number. Raises DamagedCell."""
    value = row[column]
    if not isinstance(value, int | float) or not isfinite(value):
        raise DamagedCell(row, column)
    return value


def whole(row: sqlite3.Row, column: str) -> int:
    """A whole number. Raises DamagedCell."""
    value = row[column]
    if not isinstance(value, int):
        raise DamagedCell(row, column)
    return value


def table(row: sqlite3.Row, column: str) -> dict[str, Any]:
    """A JSON object. Raises DamagedCell."""
    value = _json(row, column)
    if not isinstance(value, dict):
        raise DamagedCell(row, column)
    return value


def listed(row: sqlite3.Row, column: str, kind: type) -> list[Any]:
    """A JSON list of one kind of values. Raises DamagedCell."""
    value = _json(row, column)
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise DamagedCell(row, column)
    return value


def _json(row: sqlite3.Row, column: str) -> Any:
    try:
        return json.loads(text(row, column))
    except (ValueError, RecursionError) as error:
        raise DamagedCell(row, column) from error
