"""The curated FAQ: every version of every entry that reviewers stand behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kb.errors import KbError
from kb.journal.names import new_name, now
from kb.sqlite import transaction, translated
from kb.types import FaqEntry, Support


class Outdated(KbError):
    """Somebody changed the entry meanwhile. `entry` is what it is now."""

    def __init__(self, entry: FaqEntry) -> None:
        super().__init__(
            f"{entry.by or 'somebody'} has changed {entry.id} meanwhile (version {entry.version})", "edit it once more"
        )
        self.entry = entry


class CuratedFaq:
    """Entries by versions; the newest one of each counts. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def add(
        self,
        question: str,
        answer: str,
        *,
        also: Sequence[str] = (),
        sources: Sequence[Support] = (),
        exchange: str | None = None,
        by: str | None = None,
    ) -> FaqEntry:
        """A new entry, its first version. `also` are other ways that its question is asked."""
        with transaction(self._db, self._path) as db:
            return insert(db, new_name("f"), 1, "add", question, also, answer, sources, exchange, by)

    def edit(
        self,
        entry: FaqEntry,
        *,
        question: str,
        answer: str,
        also: Sequence[str],
        sources: Sequence[Support],
        by: str | None,
    ) -> FaqEntry:
        """A further version of what `entry` is. Raises Outdated when it is not its newest version any more."""
        with transaction(self._db, self._path) as db:
            self._check(db, entry)
            return insert(db, entry.id, entry.version + 1, "edit", question, also, answer, sources, entry.exchange, by)

    def remove(self, entry: FaqEntry, by: str | None) -> FaqEntry:
        """Withdraw an entry; its versions stay. Raises Outdated."""
        with transaction(self._db, self._path) as db:
            self._check(db, entry)
            return insert(
                db, entry.id, entry.version + 1, "remove", entry.question, entry.also, entry.answer, entry.sources,
                entry.exchange, by,
            )  # fmt: skip

    def entries(self) -> list[FaqEntry]:
        """The newest version of every entry that was not removed, in the order in which they were first added."""
        query = (
            "SELECT f.* FROM faq f"
            " JOIN (SELECT entry, max(version) AS newest, min(seq) AS first FROM faq GROUP BY entry) n"
            " ON f.entry = n.entry AND f.version = n.newest WHERE f.action <> 'remove' ORDER BY n.first"
        )
        return [_entry(row) for row in self._read(query)]

    def entry(self, name: str) -> FaqEntry:
        """The entry, not removed, whose id is `name` or, alone of all, begins with it. Raises KbError."""
        found = [entry for entry in self.entries() if name and entry.id.startswith(name)]
        found = [entry for entry in found if entry.id == name] or found
        if len(found) != 1:
            raise KbError(f"{'more than one' if found else 'no'} FAQ entry is called {name!r}", "see: kb faq list")
        return found[0]

    def versions(self, entry: str) -> list[FaqEntry]:
        """All versions of an entry, oldest first, a removal among them."""
        return [_entry(row) for row in self._read("SELECT * FROM faq WHERE entry = ? ORDER BY version", (entry,))]

    def check(self, db: sqlite3.Connection, entry: FaqEntry) -> None:
        """Raises Outdated when it is not its newest version any more, within a transaction that somebody else began."""
        self._check(db, entry)

    def _check(self, db: sqlite3.Connection, entry: FaqEntry) -> None:
        row = db.execute("SELECT * FROM faq WHERE entry = ? ORDER BY version DESC LIMIT 1", (entry.id,)).fetchone()
        if row is None or row["version"] != entry.version:
            raise Outdated(_entry(row) if row else entry)

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def insert(
    db: sqlite3.Connection,
    entry: str,
    version: int,
    action: str,
    question: str,
    also: Sequence[str],
    answer: str,
    sources: Sequence[Support],
    exchange: str | None,
    by: str | None,
) -> FaqEntry:
    """Keep a version within a transaction that somebody else began, as a decision's is."""
    row = db.execute(
        "INSERT INTO faq (entry, version, action, question, also, answer, sources, exchange, by, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?) RETURNING *",
        (
            entry, version, action, question, json.dumps(list(also), ensure_ascii=False), answer,
            json.dumps([asdict(each) for each in sources], ensure_ascii=False), exchange, by, now(),
        ),
    ).fetchone()  # fmt: skip
    return _entry(row)


def _entry(row: sqlite3.Row) -> FaqEntry:
    return FaqEntry(
        row["entry"], row["version"], row["action"], row["question"], tuple(json.loads(row["also"])), row["answer"],
        tuple(Support(**each) for each in json.loads(row["sources"])), row["exchange"], row["by"], row["at"],
    )  # fmt: skip


def withdraw(db: sqlite3.Connection, entry: str, version: int, by: str | None) -> FaqEntry | None:
    """Take back what a version of an entry brought, within a transaction that somebody else began.

    The version before it is said again; an entry that had none is removed. Gives the entry where something else is said
    by now, which stays.
    """
    rows = db.execute("SELECT * FROM faq WHERE entry = ? ORDER BY version", (entry,)).fetchall()
    versions = {each.version: each for each in map(_entry, rows)}
    newest, before = versions[max(versions)], versions.get(version - 1)
    if newest.action == "remove":
        return None
    if _said(newest) != _said(versions[version]):
        return newest
    back = before if before and before.action != "remove" else None
    insert(db, entry, newest.version + 1, "edit" if back else "remove", *_said(back or newest), newest.exchange, by)
    return None


def _said(entry: FaqEntry) -> tuple[str, tuple[str, ...], str, tuple[Support, ...]]:
    return entry.question, entry.also, entry.answer, entry.sources
