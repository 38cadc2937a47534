"""What forgetting takes out of the journal: exchanges with all that hangs on them, feedback of
forgotten people, FAQ entries; and names, masked in what stays.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.erasure.rules import Rules
from kb.erasure.text_cells import Row, mask_cells
from kb.sqlite import transaction

_OF_EXCHANGES = ("deliveries", "hold_decisions", "holds", "claims", "decisions", "verdicts")
_FROM_BEFORE = ("continues", "rewritten", "topic")  # what a follow-up has of the question before
_BY = ("verdicts", "decisions", "hold_decisions", "faq")


@dataclass(slots=True)
class JournalChanges:
    """What goes from a journal: ids of exchanges and FAQ entries, names of verdicts and decisions.
    `digests` are keyed hashes of the rows as they were; `masked` counts rows that stay, changed.
    """

    exchanges: set[str] = field(default_factory=set)
    entries: set[str] = field(default_factory=set)
    verdicts: set[str] = field(default_factory=set)
    decisions: set[str] = field(default_factory=set)
    digests: list[str] = field(default_factory=list)
    masked: int = 0

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.entries or self.verdicts or self.decisions)


class JournalErasure:
    """Takes what the rules say out of one journal. `gone` are passages that nothing is left of,
    `renamed` what ids and text hashes of others have become.

    Shares no connection: it is closed with `close`.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        path: Path,
        rules: Rules,
        gone: Collection[str] = (),
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        self._db = db
        self._path = path
        self._rules = rules
        self._gone = gone
        self._renamed = renamed or {}
        self._entries: set[str] = set()
        self._exchanges: set[str] = set()

    def changes(self) -> JournalChanges:
        """What goes; nothing is written."""
        changes = JournalChanges()
        self._entries, self._exchanges = changes.entries, changes.exchanges
        self._find_entries()
        holds = {row["exchange"]: row for row in self._db.execute("SELECT * FROM holds")}
        edited: dict[str, list[Any]] = {}
        for row in self._db.execute("SELECT exchange, detail FROM hold_decisions"):
            answer = _table(row["detail"]).get("answer")
            edited.setdefault(row["exchange"], []).append(answer)
        for row in self._db.execute("SELECT * FROM exchanges"):
            hold = holds.get(row["id"])
            answers = [_table(row["payload"]), *edited.get(row["id"], ())]
            answers += [_table(hold["draft"])] if hold else []
            asker = hold["asker"] if hold else None
            if self._is_gone(row, asker, answers):
                changes.exchanges.add(row["id"])
                changes.digests.append(self._rules.digest(f"{row['id']}\0{row['question']}"))
        self._find_feedback(changes)
        return changes

    def write(self, changes: JournalChanges) -> None:
        """Carry them out, in one transaction, and mask names in all rows that stay."""
        with transaction(self._db, self._path) as db:
            exchanges = [(name,) for name in changes.exchanges]
            for table in _OF_EXCHANGES:
                db.executemany(f"DELETE FROM {table} WHERE exchange = ?", exchanges)
            db.executemany("DELETE FROM exchanges WHERE id = ?", exchanges)
            db.executemany("UPDATE faq SET exchange = NULL WHERE exchange = ?", exchanges)
            cases = [*exchanges, *((name,) for name in changes.entries)]
            db.executemany("DELETE FROM case_runs WHERE case_id = ?", cases)
            for table, names in (("verdicts", changes.verdicts), ("decisions", changes.decisions)):
                db.executemany(f"DELETE FROM {table} WHERE uid = ?", [(name,) for name in names])
            db.executemany("DELETE FROM faq WHERE entry = ?", [(name,) for name in changes.entries])
            self._blank_reviewers(db)
            changes.masked = mask_cells(db, self._kept_value, self._rules.masked)

    def _find_entries(self) -> None:
        """The FAQ entries that rest on what goes, in any version, or on such an entry."""
        rows = self._db.execute("SELECT entry, sources, at FROM faq").fetchall()
        times: dict[str, set[bool]] = {}
        for row in rows:
            times.setdefault(row["entry"], set()).add(self._rules.in_period(row["at"]))
        self._entries.update(entry for entry, within in times.items() if within == {True})
        before = -1
        while before != len(self._entries):
            before = len(self._entries)
            for row in rows:
                if any(self._is_forgotten(item, row["at"]) for item in _list(row["sources"])):
                    self._entries.add(row["entry"])

    def _is_gone(self, row: sqlite3.Row, asker: str | None, answers: Iterable[Any]) -> bool:
        """Whether an exchange goes: when it was asked, by whom, of which source, what it quotes."""
        if self._rules.in_period(row["at"]) or self._rules.is_person(asker):
            return True
        if any(map(self._rules.is_person, row["terminal"].replace("/", ":").split(":"))):
            return True
        for answer in answers:
            if not isinstance(answer, Mapping):
                continue
            where = (answer.get("asked") or {}).get("where") or []
            asked = (value for key, value in where if key == "source")
            if any(self._rules.is_cited(str(value), row["at"]) for value in asked):
                return True
            citations = answer.get("citations") or ()
            if any(self._is_forgotten(item, row["at"]) for item in citations):
                return True
        return False

    def _find_feedback(self, changes: JournalChanges) -> None:
        """The verdicts of forgotten people or times, and decisions about what goes, with what undoes
        them.
        """
        rules = self._rules
        for row in self._db.execute("SELECT uid, by, at FROM verdicts"):
            if rules.is_person(row["by"]) or rules.in_period(row["at"]):
                changes.verdicts.add(row["uid"])
        for row in self._db.execute("SELECT * FROM decisions ORDER BY id"):
            detail = _table(row["detail"])
            goes = row["undoes"] in changes.decisions
            goes = goes or (row["kind"] != "undo" and rules.in_period(row["at"]))
            if (
                goes
                or detail.get("entry") in changes.entries
                or self._is_forgotten(detail, row["at"])
            ):
                changes.decisions.add(row["uid"])

    def _is_forgotten(self, item: Any, at: str) -> bool:
        """Whether what refers to a source or passage, as a citation does that was kept `at` a time,
        refers to what goes.
        """
        if not isinstance(item, Mapping):
            return False
        source = str(item.get("source") or "")
        anchor = item.get("anchor")
        speaker = anchor.get("speaker") if isinstance(anchor, Mapping) else None
        return bool(
            item.get("passage") in self._gone
            or source.removeprefix("faq/") in self._entries
            or self._rules.is_cited(source, at)
            or self._rules.is_person(source)
            or self._rules.is_speaker(speaker)
        )

    def _blank_reviewers(self, db: sqlite3.Connection) -> None:
        """Take forgotten people's names from what they decided, which stands."""
        for table in _BY:
            names = {row[0] for row in db.execute(f"SELECT DISTINCT by FROM {table}")}
            blanked = [(name,) for name in names if self._rules.is_person(name)]
            db.executemany(f"UPDATE {table} SET by = NULL WHERE by = ?", blanked)

    def _kept_value(self, value: Any, row: Row) -> Any:
        """A JSON value of a row that stays: without what refers to what goes, with present ids, and
        with names masked. What a follow-up took over from an exchange that goes, goes too.
        """
        return self._rules.masked_value(self._referring(value, str(row.get("at", ""))))

    def _referring(self, value: Any, at: str) -> Any:
        if isinstance(value, str):
            return self._renamed.get(value, value)
        if isinstance(value, Mapping):
            follows = value.get("continues") in self._exchanges
            kept = (key for key in value if not (follows and key in _FROM_BEFORE))
            return {key: self._referring(value[key], at) for key in kept}
        if isinstance(value, list):
            return [self._referring(item, at) for item in value if not self._is_listed(item, at)]
        return value

    def _is_listed(self, item: Any, at: str) -> bool:
        """Whether an item of a list refers to what goes, by itself or by its name alone."""
        if isinstance(item, str):
            return self._rules.is_cited(item, at)
        return self._is_forgotten(item, at)


def _table(text: Any) -> Mapping[str, Any]:
    """A JSON object; empty where the cell is damaged."""
    value = _parsed(text)
    return value if isinstance(value, dict) else {}


def _list(text: Any) -> list[Any]:
    value = _parsed(text)
    return value if isinstance(value, list) else []


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
