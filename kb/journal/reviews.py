"""What reviewers decided about exchanges. A later decision supersedes an earlier one, and an undone
one never was.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from kb.errors import KbError
from kb.journal import cells
from kb.journal.ids import is_name, new_name, now
from kb.sqlite import transaction, translated
from kb.types import Decided, Decision

CLAIM_SECONDS = 900.0  # as long as a reviewer may look at an exchange before another is shown it


class Overtaken(KbError):
    """Another reviewer decided meanwhile. `decision` is theirs."""

    def __init__(self, decision: Decision) -> None:
        by, decided = decision.by or "somebody", decision.kind
        super().__init__(f"{by} has decided meanwhile: {decided}", "look at it once more")
        self.decision = decision


class Undone(KbError):
    """The decision was undone before."""

    def __init__(self) -> None:
        super().__init__("this decision was undone before")


@dataclass(frozen=True, slots=True)
class Misfit:
    """A reviewer's mark that a FAQ entry does not answer a question; `at` is its time.

    `text_hash` is that of the entry's `passage` when it was marked.
    """

    entry: str
    passage: str
    text_hash: str
    question: str
    at: str


class Reviews:
    """The decisions, and who looks at what now. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def decide(
        self,
        exchange: str,
        kind: Decided,
        *,
        by: str | None,
        detail: Mapping[str, Any] | None = None,
        seen: int | None = None,
    ) -> Decision:
        """Keep a decision. `seen` is the newest decision on the exchange that the reviewer knew of,
        0 for none.

        Raises Overtaken when there is a newer one than that; with `seen` None nothing is compared.
        """
        from kb.journal.audit_lines import audit

        with self.deciding(exchange, seen) as db:
            decision = insert(db, exchange, kind, by, detail or {})
        audit(self._path, decision)
        return decision

    @contextmanager
    def deciding(self, exchange: str, seen: int | None) -> Iterator[sqlite3.Connection]:
        """One transaction for a decision and all that follows from it; no other reviewer can decide
        meanwhile.
        """
        with transaction(self._db, self._path) as db:
            if seen is not None:
                query = (
                    "SELECT * FROM decisions WHERE exchange = ? AND id > ? AND kind <> 'skip'"
                    " ORDER BY id DESC LIMIT 1"
                )
                newer = db.execute(query, (exchange, seen)).fetchone()
                if newer:
                    raise Overtaken(_decision(newer))
            yield db

    def history(self, exchange: str | None = None) -> list[Decision]:
        """Every decision, oldest first, undone ones and what undid them among them; of one exchange
        when given.
        """
        # An import brings earlier decisions later.
        query = "SELECT * FROM decisions WHERE ? IS NULL OR exchange = ? ORDER BY at, id"
        rows = self._read(query, (exchange, exchange))
        return [_decision(row) for row in rows]

    def standing(self, exchange: str | None = None) -> list[Decision]:
        """The decisions that were not undone, oldest first: of one exchange when given."""
        history = self.history(exchange)
        undone = {decision.undoes for decision in history if decision.undoes}
        return [
            decision
            for decision in history
            if decision.kind != "undo" and decision.uid not in undone
        ]

    def newest(self, exchange: str) -> int:
        """The number of the newest decision on an exchange, for `decide`; 0 for none."""
        return int(
            self._read(
                "SELECT coalesce(max(id), 0) FROM decisions WHERE exchange = ?", (exchange,)
            )[0][0]
        )

    def count(self) -> int:
        """How many decisions there are, undone ones and what undid them among them."""
        return int(self._read("SELECT count(*) FROM decisions")[0][0])

    def newest_of_all(self) -> dict[str, int]:
        """What `newest` gives, by exchange, of all on which there is a decision."""
        rows = self._read("SELECT exchange, max(id) AS newest FROM decisions GROUP BY exchange")
        return {row["exchange"]: row["newest"] for row in rows}

    def stale(self, exchange: str = "") -> dict[str, str]:
        """The passages that a standing decision calls a bad source, each with the hash of the text
        that was meant.

        Those of FAQ entries only as far as it was said of this exchange: see
        `misfits`.
        """
        meant = (mark for mark in self.marks() if mark.exchange == exchange or not _entry(mark))
        return {
            mark.detail["passage"]: mark.detail.get("text_hash", "")
            for mark in meant
            if mark.detail.get("passage")
        }

    def misfits(self) -> list[Misfit]:
        """The marks that a FAQ entry does not answer a question, oldest first.

        Such an entry is no source for that question, and remains one for its own.
        """
        marks = [mark for mark in self.marks() if _entry(mark)]
        query = (
            "SELECT coalesce(json_extract(payload, '$.rewritten'), question) FROM exchanges"
            " WHERE id = ? AND question <> ''"
        )
        return [
            Misfit(
                _entry(mark),
                mark.detail["passage"],
                mark.detail.get("text_hash", ""),
                str(row[0]),
                mark.at,
            )
            for mark in marks
            for row in self._read(query, (mark.exchange,))
        ]

    def marks(self) -> list[Decision]:
        """The decisions that call a passage a bad source and were not undone, oldest first: every
        search asks.
        """
        query = (
            "SELECT * FROM decisions WHERE kind = 'bad_source'"
            " AND uid NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL) ORDER BY id"
        )
        return [_decision(row) for row in self._read(query)]

    # --- claims -----------------------------------------------------------------------------------

    def claim(self, exchange: str, reviewer: str) -> bool:
        """Take an exchange to look at; False while somebody else does. `reviewer` is a name of
        `new_claimant`.
        """
        moment = time.time()
        with transaction(self._db, self._path) as db:
            row = db.execute(
                "SELECT reviewer, at FROM claims WHERE exchange = ?", (exchange,)
            ).fetchone()
            another = row and row["reviewer"] != reviewer and moment - row["at"] < CLAIM_SECONDS
            if another and not is_gone(row["reviewer"]):
                return False
            db.execute("INSERT OR REPLACE INTO claims VALUES (?,?,?)", (exchange, reviewer, moment))
        return True

    def release(self, reviewer: str) -> None:
        """Give back all that a reviewer has taken."""
        with transaction(self._db, self._path) as db:
            db.execute("DELETE FROM claims WHERE reviewer = ?", (reviewer,))

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def insert(
    db: sqlite3.Connection,
    exchange: str,
    kind: Decided,
    by: str | None,
    detail: Mapping[str, Any],
    undoes: str | None = None,
) -> Decision:
    """Keep a decision within a transaction that somebody else began."""
    row = db.execute(
        "INSERT INTO main.decisions (uid, exchange, kind, by, at, detail, undoes)"
        " VALUES (?,?,?,?,?,masked_json(?),?) RETURNING *",
        (new_name("r"), exchange, kind, by, now(), json.dumps(detail, ensure_ascii=False), undoes),
    ).fetchone()
    return _decision(row)


def take_back(db: sqlite3.Connection, decision: Decision, by: str | None) -> Decision:
    """Undo a decision within a transaction that somebody else began. Raises Undone when that was
    done before.
    """
    if db.execute("SELECT 1 FROM decisions WHERE undoes = ?", (decision.uid,)).fetchone():
        raise Undone
    return insert(db, decision.exchange, "undo", by, {}, undoes=decision.uid)


def _entry(mark: Decision) -> str:
    """The FAQ entry that a mark is on; empty for another source."""
    name = str(mark.detail.get("source", "")).removeprefix("faq/")
    return name if is_name("f", name) and mark.detail.get("passage") else ""


def _decision(row: sqlite3.Row) -> Decision:
    kind = cells.text(row, "kind")
    if kind not in get_args(Decided):
        raise cells.DamagedCell(row, "kind")
    detail = cells.table(row, "detail")
    if kind == "promoted" and not {"entry", "version"} <= detail.keys():
        raise cells.DamagedCell(row, "detail")
    if kind == "bad_source" and not isinstance(detail.get("passage", ""), str):
        raise cells.DamagedCell(row, "detail")
    return Decision(
        cells.whole(row, "id"), cells.text(row, "uid"), cells.text(row, "exchange"),
        cast(Decided, kind), cells.text_or_none(row, "by"), cells.text(row, "at"), detail,
        cells.text_or_none(row, "undoes"),
    )  # fmt: skip


# --- claimants: processes, by names that tell others whether they still run -----------------------

_UNKNOWN = "-"


def new_claimant() -> str:
    """A name for a claimant in this process: `s_... HOST PID BORN`."""
    return f"{new_name('s')} {_host()} {os.getpid()} {_born(os.getpid())}"


def is_gone(claimant: str) -> bool:
    """Whether it was a process of this host that lives no longer. Of other hosts' nothing is known."""
    match claimant.split():
        case [_, host, pid, born] if host == _host() and pid.isdecimal():
            return not _lives(int(pid), born)
    return False


def _lives(pid: int, born: str) -> bool:
    if os.name != "posix":
        return True  # elsewhere os.kill ends what it is to ask for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # somebody else's process
    return _born(pid) in (born, _UNKNOWN)


def _born(pid: int) -> str:
    """When a process began, as Linux counts, as numbers are given again; `dead` once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "dead" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return _UNKNOWN


def _host() -> str:
    """The host's name, and which numbering of processes: containers may share the name."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return "".join((platform.node() + space).split())
