"""What bots have heard and posted: which events were answered, and which message gave which answer.

Platforms deliver events twice, and people react to answers weeks later. No text is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kb.sqlite import connect, transaction, translated

POSTS_FILE = "posts.sqlite3"
_EVENT_DAYS = 7  # platforms give up delivering an event after hours
_MIGRATIONS = (
    """
    CREATE TABLE events (id TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
    CREATE INDEX events_by_time ON events (at);
    CREATE TABLE posts (
        message TEXT PRIMARY KEY, exchange TEXT NOT NULL, at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
)


class Posts:
    """The events and messages of bots in one SQLite file. One object a thread."""

    def __init__(self, home: Path) -> None:
        self._path = home / POSTS_FILE
        self._db = connect(self._path, _MIGRATIONS, synchronous="FULL")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def first_time(self, event: str) -> bool:
        """Note an event; false where it was noted before, by whichever process."""
        now = datetime.now(UTC)
        with transaction(self._db, self._path) as db:
            old = (now - timedelta(days=_EVENT_DAYS)).isoformat()
            db.execute("DELETE FROM events WHERE at < ?", (old,))
            done = db.execute("INSERT OR IGNORE INTO events VALUES (?,?)", (event, now.isoformat()))
            return done.rowcount > 0

    def keep(self, messages: Iterable[str], exchange: str) -> None:
        """Keep that these messages are the answer of an exchange."""
        at = datetime.now(UTC).isoformat()
        with transaction(self._db, self._path) as db:
            rows = [(message, exchange, at) for message in messages]
            db.executemany("INSERT OR REPLACE INTO posts VALUES (?,?,?)", rows)

    def exchange(self, message: str) -> str | None:
        """The exchange whose answer a message is, if it is one."""
        with translated(self._path):
            row = self._db.execute(
                "SELECT exchange FROM posts WHERE message = ?", (message,)
            ).fetchone()
        return str(row["exchange"]) if row else None
