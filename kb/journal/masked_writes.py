"""What the journal keeps is masked as it is written: SQL functions stand around each value that
people wrote.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.privacy.redactor import Redactor

# the columns of all tables that hold what people wrote, as exports name them
_WRITTEN = (
    "question", "answer", "payload", "comment", "correct", "detail", "also", "sources", "draft",
    "reasons",
)  # fmt: skip


def provide(db: sqlite3.Connection, redactor: Redactor | None) -> None:
    """Give a connection the functions `masked(text)` and `masked_json(text)`."""

    def masked(text: str | None) -> str | None:
        return redactor.text(text) if redactor and text else text

    def masked_json(text: str | None) -> str | None:
        if not redactor or not text:
            return text
        value = json.loads(text)
        changed = redactor.value(value)
        return text if changed is value else json.dumps(changed, ensure_ascii=False)

    db.create_function("masked", 1, masked, deterministic=True)
    db.create_function("masked_json", 1, masked_json, deterministic=True)


def masked_row(row: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """A row of an export, masked as it would have been when it was written here."""
    return {key: redactor.value(row[key]) if key in _WRITTEN else row[key] for key in row}
