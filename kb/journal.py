"""The journal: what can't be rebuilt. Questions, answers with what they were made from, and feedback. Append-only."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from kb.errors import KbError
from kb.sqlite import connect, transaction, translated
from kb.types import Exchange, Verdict

MIGRATIONS = (
    """
    CREATE TABLE exchanges (
        id TEXT PRIMARY KEY, at TEXT NOT NULL, question TEXT NOT NULL, status TEXT NOT NULL, confidence REAL NOT NULL,
        answer TEXT NOT NULL, writer TEXT NOT NULL, seconds REAL NOT NULL, terminal TEXT NOT NULL, payload TEXT NOT NULL
    );
    CREATE INDEX exchanges_by_time ON exchanges (at);
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY AUTOINCREMENT, exchange TEXT NOT NULL REFERENCES exchanges (id), value TEXT NOT NULL,
        comment TEXT, correct TEXT, by TEXT, at TEXT NOT NULL
    )
    """,
)


def new_exchange_id() -> str:
    """An id for an exchange: later ones sort after earlier ones."""
    return f"x_{time.time_ns() // 1_000_000:011x}{token_hex(3)}"


def now() -> str:
    """The time as it is journalled: ISO 8601, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_hash(text: str) -> str:
    """A short fingerprint of a passage's text, for receipts."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


class Journal:
    """One SQLite file, synced to disk at every write: what was acknowledged is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = connect(path, MIGRATIONS, synchronous="FULL")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange."""
        with transaction(self._db, self._path) as db:
            db.execute(
                "INSERT INTO exchanges VALUES (?,?,?,?,?,?,?,?,?,?)",
                (
                    exchange.id, exchange.at, exchange.question, exchange.status, exchange.confidence,
                    exchange.answer, exchange.writer, exchange.seconds, exchange.terminal,
                    json.dumps(exchange.payload, ensure_ascii=False),
                ),
            )  # fmt: skip

    def exchanges(self, limit: int) -> list[Exchange]:
        """The newest exchanges, newest first."""
        return [
            _exchange(row) for row in self._read("SELECT * FROM exchanges ORDER BY at DESC, id DESC LIMIT ?", (limit,))
        ]

    def exchange(self, name: str) -> Exchange:
        """The exchange whose id is `name` or, alone of all, begins with it. Raises KbError."""
        rows = self._read("SELECT * FROM exchanges WHERE id = ?", (name,))
        rows = rows or self._read("SELECT * FROM exchanges WHERE substr(id, 1, length(:n)) = :n LIMIT 2", {"n": name})
        if len(rows) != 1:
            raise KbError(f"{'more than one' if rows else 'no'} exchange is called {name}", "see: kb log list")
        return _exchange(rows[0])

    def newest(self, terminal: str) -> Exchange | None:
        """The newest exchange of a terminal, if there is one."""
        rows = self._read("SELECT * FROM exchanges WHERE terminal = ? ORDER BY at DESC, id DESC LIMIT 1", (terminal,))
        return _exchange(rows[0]) if rows else None

    def last(self, terminal: str) -> Exchange:
        """The newest exchange of a terminal. Raises KbError when there is none."""
        newest = self.newest(terminal)
        if newest is None:
            raise KbError("nothing was asked in this terminal yet", "name the exchange instead; see: kb log list")
        return newest

    def add_verdict(
        self, exchange: str, value: Literal["up", "down"], *, comment: str | None, correct: str | None, by: str | None
    ) -> Verdict:
        """Keep a verdict on an exchange."""
        at = now()
        with transaction(self._db, self._path) as db:
            row = db.execute(
                "INSERT INTO verdicts (exchange, value, comment, correct, by, at) VALUES (?,?,?,?,?,?) RETURNING id",
                (exchange, value, comment, correct, by, at),
            ).fetchone()
        return Verdict(row["id"], exchange, value, comment, correct, by, at)

    def verdicts(self, limit: int, exchange: str | None = None) -> list[Verdict]:
        """The newest verdicts, newest first; of one exchange when it is given."""
        query = "SELECT * FROM verdicts WHERE ? IS NULL OR exchange = ? ORDER BY id DESC LIMIT ?"
        return [Verdict(*tuple(row)) for row in self._read(query, (exchange, exchange, limit))]

    def counts(self) -> tuple[int, int]:
        """How many exchanges and verdicts there are."""
        row = self._read("SELECT (SELECT count(*) FROM exchanges), (SELECT count(*) FROM verdicts)")[0]
        return row[0], row[1]

    def check(self) -> list[str]:
        """What SQLite's integrity check finds wrong; empty when sound."""
        found = [str(row[0]) for row in self._read("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def _read(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def _exchange(row: sqlite3.Row) -> Exchange:
    return Exchange(
        row["id"], row["at"], row["question"], row["status"], row["confidence"], row["answer"], row["writer"],
        row["seconds"], row["terminal"], json.loads(row["payload"]),
    )  # fmt: skip
