"""How the cases that feedback made came out, run by run: what passed before must not fail now."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kb.journal.ids import new_name, now
from kb.sqlite import transaction, translated


class CaseRuns:
    """The outcome of every case in every run. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def keep(self, outcomes: Mapping[str, tuple[bool, Mapping[str, Any]]]) -> str:
        """Keep a run: whether each case passed, and its details. Gives the run's name."""
        run, at = new_name("e"), now()
        rows = [
            (run, case, int(passed), json.dumps(detail, ensure_ascii=False), at)
            for case, (passed, detail) in outcomes.items()
        ]
        with transaction(self._db, self._path) as db:
            db.executemany(
                "INSERT INTO main.case_runs (run, case_id, passed, detail, at)"
                " VALUES (?,?,?,masked_json(?),?)",
                rows,
            )
        return run

    def past(self, cases: Sequence[str]) -> dict[str, tuple[bool, bool]]:
        """Whether each of the cases passed when it was last run, and in any run; those never run
        are missing.
        """
        query = "SELECT case_id, passed FROM case_runs ORDER BY at, id"
        wanted = set(cases)
        known: dict[str, tuple[bool, bool]] = {}
        with translated(self._path):
            for row in self._db.execute(query):
                if row["case_id"] in wanted:
                    ever = known.get(row["case_id"], (False, False))[1]
                    known[row["case_id"]] = bool(row["passed"]), ever or bool(row["passed"])
        return known
