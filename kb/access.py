"""Who may ask a server of a knowledge base: tokens, hashed.

A token is 256 random bits, so its SHA-256 is as safe to keep as a slow hash would be, and quick to
look up. Its text is shown once, when it is made.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, cast, get_args

from kb.audit import Act, AdoptedLine, AuditLog
from kb.errors import KbError
from kb.sqlite import Reading, connect, transaction, translated

Right = Literal["ask", "search", "feedback", "review", "admin"]
RIGHTS: tuple[Right, ...] = get_args(Right)
ACCESS_FILE = "access.sqlite3"
_OLDER_ACTS: dict[str, Act] = {"token added": "token-add", "token revoked": "token-revoke"}
_PREFIX = "kb_"  # so that scanners for leaked secrets know one
_MIGRATIONS = (
    """
    CREATE TABLE tokens (
        name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, rights TEXT NOT NULL,
        channel TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT
    );
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL,
        act TEXT NOT NULL, detail TEXT NOT NULL
    )
    """,
    "ALTER TABLE tokens ADD COLUMN audiences TEXT NOT NULL DEFAULT '[]'",
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. Times are ISO 8601, UTC; `channel` is where its answers are given.

    `audiences` are those whose sources it sees: none of its own for the channel's, else the home's
    default (`kb.audience`).
    """

    name: str
    rights: tuple[Right, ...]
    channel: str
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None
    audiences: tuple[str, ...] = ()

    def is_valid(self, now: str) -> bool:
        """Whether it opens anything at that time."""
        return not self.revoked_at and (self.expires_at is None or now < self.expires_at)


class Access:
    """The tokens of a home, in one SQLite file. What is done to them stands in the audit log.

    One object a thread, as for the other stores.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / ACCESS_FILE
        self._db = connect(self._path, _MIGRATIONS, synchronous="FULL")
        self._audit_log = AuditLog(home)
        self._hand_over()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add(
        self,
        name: str,
        rights: Sequence[Right],
        *,
        channel: str,
        expires_at: str | None,
        by: str,
        audiences: Sequence[str] = (),
    ) -> str:
        """Make a token and give its text, which is kept nowhere. Raises KbError for a name in use."""
        text = _PREFIX + secrets.token_urlsafe(32)
        with transaction(self._db, self._path) as db:
            former = db.execute("SELECT * FROM tokens WHERE name = ?", (name,)).fetchone()
            if former and former["revoked_at"]:
                raise KbError(
                    f"{name} was the name of a token that is revoked now",
                    "whoever has a name sees what was asked under it: choose a new one",
                )
            if former:
                raise KbError(
                    f"a token is called {name} already", f"take it back: kb token revoke {name}"
                )
            db.execute(
                "INSERT INTO tokens VALUES (?,?,?,?,?,?,NULL,?)",
                (
                    name,
                    _digest(text),
                    " ".join(rights),
                    channel,
                    _now(),
                    expires_at,
                    json.dumps(list(audiences), ensure_ascii=False),
                ),
            )
        self._audit_log.append("token-add", by, *_audited(name, rights, channel, expires_at))
        return text

    def revoke(self, name: str, by: str) -> None:
        """Have a token open nothing any more. Raises KbError where no valid one has that name."""
        with transaction(self._db, self._path) as db:
            done = db.execute(
                "UPDATE tokens SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
                (_now(), name),
            )
            if not done.rowcount:
                raise KbError(f"no token in use is called {name}", "see: kb token list")
        self._audit_log.append("token-revoke", by, {}, {"token": name})

    def tokens(self) -> list[Token]:
        """All tokens there ever were, oldest first."""
        with translated(self._path):
            rows = self._db.execute("SELECT * FROM tokens ORDER BY created_at, name").fetchall()
        return [_token(row) for row in rows]

    def is_open(self) -> bool:
        """Whether no token was ever made, so that whoever reaches this machine's own address may
        do everything. Revoking the last token locks, and does not open.
        """
        with translated(self._path):
            return self._db.execute("SELECT 1 FROM tokens LIMIT 1").fetchone() is None

    def token(self, text: str) -> Token | None:
        """The valid token of that text; None for an unknown, expired or revoked one."""
        with translated(self._path):
            row = self._db.execute(
                "SELECT * FROM tokens WHERE hash = ?", (_digest(text),)
            ).fetchone()
        token = _token(row) if row else None
        return token if token and token.is_valid(_now()) else None

    def _hand_over(self) -> None:
        """Move the lines that an older kb kept here to the audit log."""
        if isinstance(self._db, Reading):
            return
        with translated(self._path):
            rows = self._db.execute("SELECT * FROM audit ORDER BY id").fetchall()
        if not rows:
            return
        self._audit_log.adopt([_older_line(row) for row in rows])
        with transaction(self._db, self._path) as db:
            db.execute("DELETE FROM audit")


def _audited(
    name: str, rights: Sequence[str], channel: str, expires_at: str | None
) -> tuple[dict[str, object], dict[str, str]]:
    """The detail and the names of the audit line of a new token."""
    names = {"token": name, "channel": channel}
    return {"can": list(rights), "expires": expires_at}, names


def _older_line(row: Any) -> AdoptedLine:
    """A line of the log that stood beside the tokens before there was an audit log."""
    try:
        detail = json.loads(row["detail"])
    except ValueError:  # it was damaged: what is left of the line is kept
        detail = {}
    name, act = str(detail.get("name", "")), _OLDER_ACTS.get(row["act"])
    if act == "token-add":
        rest = [right for right in RIGHTS if right in detail.get("can", ())]
        kept, names = _audited(name, rest, detail.get("channel") or "", detail.get("expires"))
    else:
        kept, names = {}, {"token": name}
    return row["at"], act or "token-revoke", kept, {"by": row["who"], **names}


def _token(row: Any) -> Token:
    rights = tuple(cast(Right, right) for right in row["rights"].split() if right in RIGHTS)
    times = (row["created_at"], row["expires_at"], row["revoked_at"])
    audiences = tuple(map(str, json.loads(row["audiences"])))
    return Token(row["name"], rights, row["channel"], *times, audiences)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
