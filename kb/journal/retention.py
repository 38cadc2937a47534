"""Retention: what is left of exchanges that are older than their owner wants them kept.

Their texts and names go: question, answer, receipt, comments, who asked, judged and decided. What
counts and what is decided stays: that there was a question, its outcome and confidence, verdicts,
decisions with the passage or FAQ entry that they name. An answer that waits for a person, or for
its delivery, is left alone, whatever its age. FAQ entries are no exchanges, and stay.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.errors import KbError
from kb.journal.holds import FINALLY, UNDELIVERED
from kb.journal.ids import TIME_FORMAT
from kb.sqlite import transaction, translated

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.settings.sections import JournalSettings

_ITS_HOLD = "SELECT 1 FROM main.holds h WHERE h.exchange = x.id"
_WAITS = f"EXISTS ({_ITS_HOLD} AND (NOT {FINALLY} OR {UNDELIVERED}))"
# Tables are named in full: the connection may be narrowed to what its caller may see.
# An exchange without a question is one whose texts went before.
_OLD = f"x.at < ? AND x.at >= ? AND x.question <> '' AND NOT {_WAITS}"
_REFERRING = ("verdicts", "decisions", "holds", "faq")
_DECIDED = ("entry", "version", "passage", "text_hash", "source", "heard")
_LATELY = timedelta(days=3)  # in which a question looks, so that it reads few rows
_AT_ONCE = 50
MOST_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Expiry:
    """How many exchanges lost their texts, and how many went whole."""

    anonymised: int = 0
    dropped: int = 0


class Retention:
    """Anonymises and drops old exchanges. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def due(self, before: str, *, drop: bool) -> Expiry:
        """What `expire` would do; nothing is written."""
        with translated(self._path):
            dropped, anonymised = self._sorted(self._old(before, "", -1), drop)
        return Expiry(len(anonymised), len(dropped))

    def expire(self, before: str, *, drop: bool, since: str = "", limit: int = -1) -> Expiry:
        """Anonymise up to `limit` exchanges, the oldest first, that were asked before one time and
        not before another. With `drop`, those that nothing refers to go whole. Raises KbError.
        """
        with translated(self._path):
            if not self._old(before, since, 1):
                return Expiry()  # nobody waits for the lock
            self._db.execute("PRAGMA secure_delete = ON")  # what goes is overwritten in the file
        with transaction(self._db, self._path) as db:
            dropped, anonymised = self._sorted(self._old(before, since, limit), drop)
            for name in dropped:
                db.execute("DELETE FROM main.claims WHERE exchange = ?", (name,))
                db.execute("DELETE FROM main.exchanges WHERE id = ?", (name,))
            for name in anonymised:
                _anonymise(db, name)
        return Expiry(len(anonymised), len(dropped))

    def _old(self, before: str, since: str, limit: int) -> list[str]:
        query = f"SELECT x.id FROM main.exchanges x WHERE {_OLD} ORDER BY x.at LIMIT ?"
        return [row[0] for row in self._db.execute(query, (before, since, limit))]

    def _sorted(self, names: Sequence[str], drop: bool) -> tuple[list[str], list[str]]:
        """Which of these exchanges go whole, and which lose their texts."""
        dropped = [name for name in names if drop and not self._is_referred_to(name)]
        gone = set(dropped)
        return dropped, [name for name in names if name not in gone]

    def _is_referred_to(self, name: str) -> bool:
        return any(
            self._db.execute(
                f"SELECT 1 FROM main.{table} WHERE exchange = ? LIMIT 1", (name,)
            ).fetchone()
            for table in _REFERRING
        )


def cutoff(settings: JournalSettings) -> str:
    """The time before which exchanges are not kept as they are; empty where all are."""
    days = settings.journal_keep_days
    return _written(datetime.now(UTC) - timedelta(days=days)) if days else ""


def expire_some(journal: Journal, settings: JournalSettings, limit: int = _AT_ONCE) -> None:
    """Apply the retention to so many exchanges: after a question, to a few whose time was up lately.
    What was written before stays written where that fails.
    """
    before = cutoff(settings)
    if not before:
        return
    lately = limit == _AT_ONCE
    since = _written(datetime.fromisoformat(before) - _LATELY) if lately else ""
    try:
        drop = bool(settings.journal_drop)
        journal.retention.expire(before, drop=drop, since=since, limit=limit)
    except KbError:
        return  # the next question, `kb ingest` and `kb log expire` try again


def _written(time: datetime) -> str:
    """A time as the journal has it, so that texts can be compared."""
    return time.strftime(TIME_FORMAT)


def _anonymise(db: sqlite3.Connection, name: str) -> None:
    """Take texts and names from an exchange and all that refers to it."""
    blank = "UPDATE main.exchanges SET question = '', answer = '', terminal = '', payload = '{}'"
    db.execute(f"{blank} WHERE id = ?", (name,))
    blank = "UPDATE main.verdicts SET comment = NULL, correct = NULL, by = NULL, client = NULL"
    db.execute(f"{blank} WHERE exchange = ?", (name,))
    for row in db.execute(
        "SELECT id, detail FROM main.decisions WHERE exchange = ?", (name,)
    ).fetchall():
        kept = {key: value for key, value in _table(row["detail"]).items() if key in _DECIDED}
        values = (json.dumps(kept), row["id"])
        db.execute("UPDATE main.decisions SET by = NULL, detail = ? WHERE id = ?", values)
    _anonymise_hold(db, name)
    db.execute("UPDATE main.case_runs SET detail = '{}' WHERE case_id = ?", (name,))
    db.execute("DELETE FROM main.claims WHERE exchange = ?", (name,))


def _anonymise_hold(db: sqlite3.Connection, name: str) -> None:
    hold = db.execute(
        "SELECT reasons, draft FROM main.holds WHERE exchange = ?", (name,)
    ).fetchone()
    if hold is None:
        return
    reasons = [{"kind": reason["kind"]} for reason in json.loads(hold["reasons"])]
    draft = {"status": _table(hold["draft"]).get("status", "abstained"), "answer": ""}
    values = (json.dumps(reasons), json.dumps(draft), name)
    db.execute(
        "UPDATE main.holds SET asker = '', reasons = ?, draft = ? WHERE exchange = ?", values
    )
    query = "SELECT id, detail FROM main.hold_decisions WHERE exchange = ?"
    for row in db.execute(query, (name,)).fetchall():
        detail = _table(row["detail"])
        kept = {"channel": detail["channel"]} if "channel" in detail else {}
        if isinstance(detail.get("answer"), dict):
            kept["answer"] = {"status": detail["answer"].get("status", "answered"), "answer": ""}
        query = "UPDATE main.hold_decisions SET by = NULL, detail = ? WHERE id = ?"
        db.execute(query, (json.dumps(kept), row["id"]))
    db.execute("UPDATE main.deliveries SET reason = '' WHERE exchange = ?", (name,))


def _table(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return value if isinstance(value, dict) else {}
