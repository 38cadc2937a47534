"""Names in the text cells of any SQLite file of ours: masked in place, and looked for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

Row = Mapping[str, str]  # the texts of a row, by column


def mask_cells(
    db: sqlite3.Connection, value: Callable[[Any, Row], Any], text: Callable[[str], str]
) -> int:
    """Put every text cell through `text`, and what is JSON through `value`, with its row, within a
    transaction that somebody else began. Gives how many rows changed.

    A row that would then have another one's key goes.
    """
    changed = 0
    for table in tables(db):
        for rowid, cells in _text_rows(db, table):
            new = {name: _through(cell, cells, value, text) for name, cell in cells.items()}
            if new == cells:
                continue
            changed += 1
            names = ", ".join(f'"{name}" = ?' for name in new)
            query = f'UPDATE OR REPLACE "{table}" SET {names} WHERE rowid = ?'
            db.execute(query, [*new.values(), rowid])
    return changed


def text_cells(db: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Every text of every table, each with the table's name."""
    for table in tables(db):
        for row in db.execute(f'SELECT * FROM "{table}"'):
            yield from ((table, cell) for cell in tuple(row) if isinstance(cell, str))


def tables(db: sqlite3.Connection) -> list[str]:
    """The names of the tables that kb made."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [row[0] for row in db.execute(query)]


def _text_rows(db: sqlite3.Connection, table: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table that have numbers: those without one, such as of posts, hold ids only.
    They may be changed on the way.
    """
    query = f'SELECT rowid AS "kb rowid", * FROM "{table}" WHERE rowid > ? ORDER BY rowid LIMIT 500'
    last = -1
    while True:
        try:
            rows = db.execute(query, (last,)).fetchall()
        except sqlite3.OperationalError:
            return
        if not rows:
            return
        for row in rows:
            last = row["kb rowid"]
            names = (name for name in row.keys() if name != "kb rowid")  # noqa: SIM118
            yield last, {name: row[name] for name in names if isinstance(row[name], str)}


def _through(
    cell: str, row: Row, value: Callable[[Any, Row], Any], text: Callable[[str], str]
) -> str:
    if cell[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            parsed = json.loads(cell)
            new = value(parsed, row)
            return cell if new == parsed else json.dumps(new, ensure_ascii=False)
    return text(cell)
