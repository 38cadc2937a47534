"""A catalog that has only what a caller may see: each table is hidden behind a view of its name.

SQLite takes an unqualified name for a temporary view before it takes it for a table. So no query of
the catalog can forget the filter, and one that would write fails.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from kb.sight import Sight

if TYPE_CHECKING:
    from kb.privacy.cover import Cover

_DOCUMENT = "EXISTS (SELECT 1 FROM temp.visible_documents v WHERE v.id = {})"
_PASSAGE = "EXISTS (SELECT 1 FROM temp.passages v WHERE v.id = {})"
_CONDITIONS = {
    "documents": _DOCUMENT.format("t.id"),
    "passages": f"{_DOCUMENT.format('t.document')}"
    " AND t.id NOT IN (SELECT id FROM temp.hidden_passages)",
    "facets": f"{_DOCUMENT.format('t.owner')} OR {_PASSAGE.format('t.owner')}",
    "vectors": _PASSAGE.format("t.passage"),
    "waiting": _PASSAGE.format("t.passage"),
    "outbox": _PASSAGE.format("t.passage"),
    "tables": _DOCUMENT.format("t.document"),
    "table_rows": _PASSAGE.format("t.passage"),
    "revisions": f"{_PASSAGE.format('t.later')} AND {_PASSAGE.format('t.earlier')}",
    "skips": "false",
}

# the columns that hold what people wrote, for those from whom personal data are kept
_COVERED = {
    "documents": {"title": "kb_covered(t.title)", "meta": "kb_covered_json(t.meta)"},
    "passages": {
        "text": "kb_covered(t.text)",
        "context": "kb_covered(t.context)",
        **{name: f"kb_covered_json(t.{name})" for name in ("headings", "anchor", "meta", "voices")},
    },
    "facets": {"facet": "kb_covered(t.facet)"},
    "tables": {"caption": "kb_covered(t.caption)", "columns": "kb_covered_json(t.columns)"},
    "table_rows": {
        "cells": "kb_covered_cells(t.cells,"
        " (SELECT p.text FROM main.passages p WHERE p.id = t.passage))"
    },
}


def narrow(db: sqlite3.Connection, sight: Sight) -> None:
    """Let a connection to a catalog see no more than `sight` does, for as long as it is open."""
    db.execute("PRAGMA temp_store = MEMORY")  # also where no disk can be written
    db.execute("PRAGMA query_only = OFF")
    for name, ids in (
        ("visible_documents", sight.documents or ()),
        ("hidden_passages", sight.hidden_passages),
    ):
        db.execute(f"CREATE TEMP TABLE {name} (id TEXT PRIMARY KEY) WITHOUT ROWID")
        db.execute("BEGIN")
        db.executemany(f"INSERT INTO temp.{name} VALUES (?)", [(each,) for each in ids])
        db.execute("COMMIT")
    if sight.cover is not None:
        _provide(db, sight.cover)
    for table, condition in _CONDITIONS.items():
        columns = "t.*" if sight.cover is None else _covered_columns(db, table)
        db.execute(
            f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table} t WHERE {condition}"
        )
    db.execute("PRAGMA query_only = ON")


def _provide(db: sqlite3.Connection, cover: Cover) -> None:
    """Give a connection the functions that the columns of `_COVERED` go through."""
    db.create_function("kb_covered", 1, cover.stored, deterministic=True)
    db.create_function("kb_covered_json", 1, cover.json, deterministic=True)
    db.create_function("kb_covered_cells", 2, cover.cells, deterministic=True)


def _covered_columns(db: sqlite3.Connection, table: str) -> str:
    """The columns of a table's view, covered where people wrote them. Passages say so in a column
    more, since the hash in an id is that of the text without a cover.
    """
    names = [row[1] for row in db.execute(f"PRAGMA main.table_info({table})")]
    covered = _COVERED.get(table, {})
    columns = [f"{covered[name]} AS {name}" if name in covered else f"t.{name}" for name in names]
    return ", ".join([*columns, *(["true AS is_covered"] if table == "passages" else [])])
