"""A catalog that has only what a caller may see: each table is hidden behind a view of its name.

SQLite takes an unqualified name for a temporary view before it takes it for a table. So no query of
the catalog can forget the filter, and one that would write fails.
"""

from __future__ import annotations

import sqlite3

from kb.sight import Sight

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
    for table, condition in _CONDITIONS.items():
        db.execute(f"CREATE TEMP VIEW {table} AS SELECT t.* FROM main.{table} t WHERE {condition}")
    db.execute("PRAGMA query_only = ON")
