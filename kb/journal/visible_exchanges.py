"""A journal that has only what a caller may see: each table is hidden behind a view of its name.

An exchange is seen by a caller who has every audience under which it was asked, unless it cites what
the caller may not see any more. SQLite takes an unqualified name for a temporary view before it
takes it for a table, so no query can forget that; what writes names the table, as `main.exchanges`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from kb.sight import Sight
from kb.sqlite import COVERED

ASKED_FOR = "audiences"  # in what an exchange was asked with: the audiences of who asked
_NAMES = ("document", "source", "passage")  # the keys under which JSON names what it rests on
_TEXTS = frozenset(["question", "answer", "comment", "correct"])  # columns of what people wrote
_VALUES = frozenset(["payload", "detail", "also", "sources", "draft", "reasons"])  # in JSON
_OF_EXCHANGE = "EXISTS (SELECT 1 FROM temp.exchanges x WHERE x.id = t.exchange)"


def narrow(db: sqlite3.Connection, sight: Sight) -> None:
    """Let a connection to a journal read no more than `sight` leaves, for as long as it is open."""

    def is_asked_within(payload: Any) -> bool:
        """Whether who asked was given no more than the caller is."""
        asked = _value(payload).get("asked") or {}
        names = asked.get(ASKED_FOR) if isinstance(asked, dict) else None
        if not isinstance(names, list):
            return sight.is_shared
        return all(isinstance(name, str) for name in names) and sight.audiences.issuperset(names)

    hidden = sight.hidden | sight.hidden_passages

    def is_visible(value: Any) -> bool:
        """Whether nothing that a cell of JSON names is hidden."""
        return not hidden or hidden.isdisjoint(_names_in(_value(value)))

    db.create_function("kb_asked_within", 1, is_asked_within)
    db.create_function("kb_visible", 1, is_visible)
    db.execute("PRAGMA temp_store = MEMORY")  # also where no disk can be written
    is_writable = not db.execute("PRAGMA query_only").fetchone()[0]
    db.execute("PRAGMA query_only = OFF")
    db.execute("CREATE TEMP TABLE visible_entries (id TEXT PRIMARY KEY) WITHOUT ROWID")
    db.executemany(
        "INSERT INTO temp.visible_entries VALUES (?)", [(name,) for name in sight.entries or ()]
    )
    if sight.cover is not None:
        _refuse_decisions(db)
        db.create_function("kb_covered", 1, sight.cover.stored, deterministic=True)
        db.create_function("kb_covered_json", 1, sight.cover.json, deterministic=True)
    for table, condition in _conditions(sight).items():
        columns = "t.*" if sight.cover is None else _covered_columns(db, table)
        db.execute(
            f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM main.{table} t WHERE {condition}"
        )
    if not is_writable:
        db.execute("PRAGMA query_only = ON")


def _conditions(sight: Sight) -> dict[str, str]:
    """By table, which of its rows are seen. A mark in a payload's text spares reading most."""
    asked = f"instr(t.payload, '\"{ASKED_FOR}\"')"
    unmarked = f"{asked} = 0 OR" if sight.is_shared else f"{asked} > 0 AND"
    held = "NOT EXISTS (SELECT 1 FROM main.{} h WHERE h.exchange = t.id AND NOT kb_visible(h.{}))"
    return {
        "exchanges": f"({unmarked} kb_asked_within(t.payload)) AND kb_visible(t.payload)"
        f" AND {held.format('holds', 'draft')} AND {held.format('hold_decisions', 'detail')}",
        "verdicts": _OF_EXCHANGE,
        "decisions": f"{_OF_EXCHANGE} AND kb_visible(t.detail)",
        "holds": _OF_EXCHANGE,
        "hold_decisions": _OF_EXCHANGE,
        "deliveries": _OF_EXCHANGE,
        "case_runs": "false",  # how answers came out when asked again, which names no audience
        "faq": "true"
        if sight.entries is None
        else "t.entry IN (SELECT id FROM temp.visible_entries) AND kb_visible(t.sources)",
    }


def _refuse_decisions(db: sqlite3.Connection) -> None:
    """Let nobody decide, or change the FAQ, who reads what is covered: it would be stored with its
    marks. What runs out of time is decided as ever.
    """
    own = "WHEN NEW.kind NOT IN ('timed_out', 'rerouted')"
    for table, condition in {"faq": "", "decisions": "", "hold_decisions": own}.items():
        db.execute(
            f"CREATE TEMP TRIGGER covered_{table} BEFORE INSERT ON main.{table} {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{COVERED}'); END"
        )


def _covered_columns(db: sqlite3.Connection, table: str) -> str:
    """The columns of a table's view, covered where people wrote them."""
    names = [str(row[1]) for row in db.execute(f"PRAGMA main.table_info({table})")]
    return ", ".join(
        f"kb_covered(t.{name}) AS {name}"
        if name in _TEXTS
        else f"kb_covered_json(t.{name}) AS {name}"
        if name in _VALUES
        else f"t.{name}"
        for name in names
    )


def _value(cell: Any) -> Any:
    """The JSON in a cell as an object."""
    try:
        value = json.loads(cell)
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {"rows": value}


def _names_in(value: Any) -> Iterator[str]:
    """Every id and name of a document, source or passage in JSON, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key in _NAMES:
                    yield inner
            else:
                yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)
