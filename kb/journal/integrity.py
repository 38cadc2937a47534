"""Whether a journal is sound: its file, its JSON, and that what rows refer to is there."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from kb.journal.json_rows import TABLES, Table

_SHOWN = 5

_QUERIES = (
    (
        "verdict without its exchange",
        "SELECT uid FROM verdicts v WHERE NOT EXISTS (SELECT 1 FROM exchanges x WHERE x.id = v.exchange)",
    ),
    (
        "decision without its exchange",
        "SELECT uid FROM decisions d WHERE NOT EXISTS (SELECT 1 FROM exchanges x WHERE x.id = d.exchange)",
    ),
    (
        "decision that undoes one which is not there",
        "SELECT uid FROM decisions d WHERE undoes IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM decisions o WHERE o.uid = d.undoes)",
    ),
    (
        "FAQ entry of which a version is missing",
        # A history may begin at any version: an entry taken from a FAQ file comes without its
        # earlier ones.
        "SELECT DISTINCT entry FROM faq f WHERE version > 1 AND action <> 'add'"
        " AND NOT EXISTS (SELECT 1 FROM faq o WHERE o.entry = f.entry AND o.version = f.version - 1)",
    ),
    (
        "held answer without its exchange",
        "SELECT exchange FROM holds h WHERE NOT EXISTS (SELECT 1 FROM exchanges x WHERE x.id = h.exchange)",
    ),
    (
        "exchange that is held without its draft",
        "SELECT id FROM exchanges x WHERE status = 'held'"
        " AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.exchange = x.id)",
    ),
    ("verdict without a name", "SELECT id FROM verdicts WHERE uid IS NULL"),
)


def problems(db: sqlite3.Connection) -> list[str]:
    """The problems of a journal, one line a kind; empty when it is sound."""
    pages = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    lines = [] if pages == ["ok"] else pages
    for table in TABLES:
        for column in table.json:
            name = " || ' ' || ".join(table.key)
            # What is no text can't be JSON either, and SQLite would not say so.
            query = f"SELECT {name} FROM {table.name} WHERE typeof({column}) <> 'text' OR NOT json_valid({column})"
            lines += _problem(db, f"{table.type} whose {column} is not JSON", query)
        lines += _odd(db, table)
    for noun, query in _QUERIES:
        lines += _problem(db, noun, query)
    broken = {(row[0], row[2]) for row in db.execute("PRAGMA foreign_key_check")} - {
        ("verdicts", "exchanges"),  # told by name above
        ("decisions", "exchanges"),
        ("holds", "exchanges"),
    }
    return [
        *lines,
        *(f"{table} refers to {parent} that are not there" for table, parent in sorted(broken)),
    ]


def _odd(db: sqlite3.Connection, table: Table) -> list[str]:
    """Rows with a value that no kb wrote there, a line for each column."""
    rows = defaultdict(list)
    for row in db.execute(f"SELECT * FROM {table.name}"):
        for column in table.oddities(row):
            rows[column].append(" ".join(str(row[key]) for key in table.key))
    return [
        line
        for column, names in rows.items()
        for line in _named(f"{table.type} whose {column} is not what kb writes", names)
    ]


def _problem(db: sqlite3.Connection, noun: str, query: str) -> list[str]:
    return _named(noun, [str(row[0]) for row in db.execute(query)])


def _named(noun: str, names: list[str]) -> list[str]:
    if not names:
        return []
    some, more = ", ".join(names[:_SHOWN]), len(names) - _SHOWN
    return [f"{noun}: {some} and {more} more" if more > 0 else f"{noun}: {some}"]
