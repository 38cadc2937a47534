"""The ledger of a home: what is to stay forgotten, receipts of what was, and what was interrupted.

It knows names, paths and contents by hashes under a key of the home, which stands beside them:
whoever has the file can try names out, and can read none.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from secrets import token_bytes
from typing import Any

from kb.erasure.folding import folded_name
from kb.erasure.rules import Entry, Rules, digest
from kb.errors import KbError
from kb.journal.ids import new_name, now
from kb.sqlite import connect, transaction, translated

LEDGER_FILE = "forgotten.sqlite3"
_MIGRATIONS = (
    """
    CREATE TABLE keys (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE entries (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, at TEXT NOT NULL, digests TEXT NOT NULL,
        length INTEGER NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
    );
    CREATE TABLE receipts (id TEXT PRIMARY KEY, at TEXT NOT NULL, receipt TEXT NOT NULL);
    CREATE TABLE unfinished (id TEXT PRIMARY KEY, at TEXT NOT NULL)
    """,
)


class Ledger:
    """One SQLite file; made when something is first forgotten."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = connect(path, _MIGRATIONS, synchronous="FULL")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def key(self) -> bytes:
        """The key under which everything is hashed, made when it is first asked for."""
        if found := self._value("key"):
            return bytes.fromhex(found)
        with transaction(self._db, self._path) as db:
            made = (token_bytes(32).hex(),)
            db.execute("INSERT OR IGNORE INTO keys VALUES ('key', ?)", made)
        return bytes.fromhex(self._value("key"))

    def source(self, names: Iterable[str]) -> Entry:
        """An entry for a source that has these paths, names and content hashes."""
        return self._entry("source", names)

    def person(self, name: str) -> Entry:
        """An entry for a person of that name."""
        folded = folded_name(name)
        entry = self._entry("person", [folded])
        return Entry(entry.id, entry.kind, entry.at, entry.digests, len(folded))

    def author(self, name: str) -> Entry:
        """An entry for an author of that name."""
        return self._entry("author", [folded_name(name)])

    def period(self, since: str, until: str) -> Entry:
        """An entry for a time, from one day to another, both in it; empty for no bound."""
        return Entry(new_name("g"), "period", now(), since=since, until=until)

    def begin(self, entries: Iterable[Entry]) -> str:
        """Keep entries, and that forgetting them has begun, in one step; gives the run's name. What
        is known already is not kept twice.
        """
        run = new_name("g")
        with transaction(self._db, self._path) as db:
            known = {_identity(entry) for entry in self.entries()}
            rows = [_row(entry) for entry in entries if _identity(entry) not in known]
            db.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?)", rows)
            db.execute("INSERT INTO unfinished VALUES (?,?)", (run, now()))
        return run

    def finish(self, run: str, receipt: Mapping[str, Any]) -> None:
        """Keep the receipt of a run that was carried to its end, and of all begun before it."""
        with transaction(self._db, self._path) as db:
            text = json.dumps(receipt, ensure_ascii=False, sort_keys=True)
            db.execute("INSERT INTO receipts VALUES (?,?,?)", (run, now(), text))
            db.execute("DELETE FROM unfinished")

    def is_unfinished(self) -> bool:
        """Whether forgetting was begun and interrupted."""
        return bool(self._read("SELECT 1 FROM unfinished LIMIT 1"))

    def entries(self) -> list[Entry]:
        """All entries, oldest first."""
        return [_stored_entry(row) for row in self._read("SELECT * FROM entries ORDER BY at, id")]

    def receipts(self) -> list[dict[str, Any]]:
        """All receipts, oldest first."""
        rows = self._read("SELECT receipt FROM receipts ORDER BY at, id")
        return [json.loads(row["receipt"]) for row in rows]

    def rules(self, names: Iterable[str] = ()) -> Rules:
        """All entries as rules. `names` are those of persons that are known in plain."""
        entries = self.entries()
        return Rules(self.key if entries else b"", entries, names)

    def lift(self, name: str) -> Entry:
        """Take back the entry whose id is `name` or, alone of all, begins with it: what it names may
        come in again. Raises KbError.
        """
        named = [entry for entry in self.entries() if name and entry.id.startswith(name)]
        if len(named) != 1:
            raise KbError(
                f"{'more than one' if named else 'no'} entry is called {name!r}",
                "see: kb forget --list",
            )
        with transaction(self._db, self._path) as db:
            db.execute("DELETE FROM entries WHERE id = ?", (named[0].id,))
        return named[0]

    def adopt(self, other: Ledger) -> int:
        """Take over the entries of another copy of this ledger, with its key where there is none
        here yet; gives how many were new. Raises KbError for the ledger of another home.
        """
        entries = other.entries()
        if not entries:
            return 0
        with transaction(self._db, self._path) as db:
            db.execute("INSERT OR IGNORE INTO keys VALUES ('key', ?)", (other.key.hex(),))
            if self.key != other.key:
                raise KbError("this ledger of what was forgotten is another home's")
            before = len(self.entries())
            db.executemany(
                "INSERT OR IGNORE INTO entries VALUES (?,?,?,?,?,?,?)", map(_row, entries)
            )
            return len(self.entries()) - before

    def mirror(self, other: Ledger) -> None:
        """Have the key and the entries of another ledger, and no others."""
        with transaction(self._db, self._path) as db:
            db.execute("INSERT OR REPLACE INTO keys VALUES ('key', ?)", (other.key.hex(),))
            db.execute("DELETE FROM entries")
            rows = map(_row, other.entries())
            db.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?,?)", rows)

    def _entry(self, kind: str, names: Iterable[str]) -> Entry:
        key = self.key
        digests = sorted({digest(key, name) for name in names if name})
        return Entry(new_name("g"), kind, now(), tuple(digests))

    def _value(self, name: str) -> str:
        rows = self._read("SELECT value FROM keys WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def _read(self, query: str, values: tuple[str, ...] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def rules_of(home: Path) -> Rules:
    """What the ledger of a home says; nothing where there is none."""
    if not (home / LEDGER_FILE).exists():
        return Rules(b"", ())
    with closing(Ledger(home / LEDGER_FILE)) as ledger:
        return ledger.rules()


def is_unfinished(home: Path) -> bool:
    """Whether forgetting was begun in a home and interrupted."""
    if not (home / LEDGER_FILE).exists():
        return False
    with closing(Ledger(home / LEDGER_FILE)) as ledger:
        return ledger.is_unfinished()


def _identity(entry: Entry) -> tuple[str, ...]:
    return entry.kind, entry.since, entry.until, *entry.digests


def _row(entry: Entry) -> tuple[Any, ...]:
    digests = json.dumps(entry.digests)
    return entry.id, entry.kind, entry.at, digests, entry.length, entry.since, entry.until


def _stored_entry(row: sqlite3.Row) -> Entry:
    digests = tuple(json.loads(row["digests"]))
    found = row["id"], row["kind"], row["at"], digests, row["length"]
    return Entry(*found, row["since"], row["until"])
