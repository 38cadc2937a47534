"""The journal as JSON lines: out in full, and in from another journal without losing or doubling
anything.

The first line tells the format, `{"format": "kb-journal", "version": 1}`; each further line is a
row with its `type`; the last one tells how many there were, `{"type": "end", "rows": N}`, so that a
file that was cut off is seen. What refers to another row comes after it. Rows stay what they are: a
row that is known already is left alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kb.errors import KbError
from kb.home import Notify, silent
from kb.journal.json_rows import TABLES, BadRow, Table
from kb.journal.masked_writes import masked_row
from kb.sqlite import transaction, translated

if TYPE_CHECKING:
    from kb.privacy.redactor import Redactor

FORMAT = "kb-journal"
VERSION = 1
_LONGEST_LINE = 256_000_000  # bytes; an answer of megabytes is journalled as it is
_TOLD = 20
_EXPORT_AGAIN = "copy the whole file, or export again"
_KINDS = {table.type: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did, by type of row: how many were `added`, `known` already, and `refused` for
    a conflict.
    """

    added: Mapping[str, int]
    known: Mapping[str, int]
    refused: Mapping[str, int]


class Transfer:
    """Export and import. Shares the journal's connection."""

    def __init__(
        self, db: sqlite3.Connection, path: Path, redactor: Redactor | None = None
    ) -> None:
        self._db = db
        self._path = path
        self._redactor = redactor

    def rows(self) -> Iterator[dict[str, Any]]:
        """The lines of an export, as of now, whatever is written meanwhile. Raises KbError at a row
        that is damaged.
        """
        yield {"format": FORMAT, "version": VERSION}
        count = 0
        with translated(self._path):
            self._db.execute("BEGIN")  # one moment of the journal, and no lock
            try:
                for table in TABLES:
                    for row in self._db.execute(
                        f"SELECT * FROM {table.name} ORDER BY {table.order}"
                    ):
                        count += 1
                        yield self._shown(table, row)
            finally:
                self._db.execute("ROLLBACK")
        yield {"type": "end", "rows": count}

    def _shown(self, table: Table, row: sqlite3.Row) -> dict[str, Any]:
        try:
            return table.shown(row)
        except ValueError as error:
            name = " ".join(str(row[key]) for key in table.key)
            raise KbError(
                f"the {table.type} {name} is damaged: {error}", "see: kb journal check"
            ) from error

    def take(self, lines: Iterable[bytes], notify: Notify = silent) -> Taken:
        """Add the rows of an export that are not here yet, all of them or, with a KbError naming
        the line, none.

        An exchange, verdict or decision is known by its name, a FAQ entry by its version, a case by
        its run. A FAQ entry that both journals changed differently stays as it is here, from that
        version on; that is told, and the promotions that made the other's versions are kept out
        with them.
        """
        with transaction(self._db, self._path):
            return _Import(self._db, notify, self._redactor).take(lines)


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a binary stream, none of which is read beyond what a line may have."""
    return iter(lambda: stream.readline(_LONGEST_LINE), b"")


class _Import:
    """One import, within a transaction."""

    def __init__(self, db: sqlite3.Connection, notify: Notify, redactor: Redactor | None) -> None:
        self._db = db
        self._notify = notify
        self._redactor = redactor
        self._added: Counter[str] = Counter()
        self._known: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._conflicting: set[str] = set()
        self._kept_out: set[tuple[str, int]] = set()  # versions of these
        self._promoted: dict[
            str, tuple[str, int]
        ] = {}  # by decision that was added, the version that it made
        self._called: dict[str, str] = {}  # by the file's name of a verdict, its name here
        self._rows: int | None = (
            None  # since the head of an export; None where none has begun, or it has ended
        )

    def take(self, lines: Iterable[bytes]) -> Taken:
        number = 0
        for number, raw in enumerate(lines, start=1):
            if not raw.strip():
                continue
            try:
                self._line(_parsed(raw))
            except BadRow as error:
                raise KbError(
                    f"line {number}: {error}; nothing was imported", error.hint
                ) from error
        if not number:
            raise KbError(
                "there is nothing to import: the file is empty",
                "make one with: kb journal export FILE",
            )
        if self._rows is not None:
            raise KbError(f"cut off: {_cut(self._rows)}; nothing was imported", _EXPORT_AGAIN)
        self._take_back_promotions()
        return Taken(+self._added, self._known, self._refused)

    def _take_back_promotions(self) -> None:
        """A promotion whose version was kept out is not one here. Versions come after decisions in
        a file.
        """
        for uid, promotion in self._promoted.items():
            if promotion in self._kept_out:
                count = self._db.execute(
                    "DELETE FROM decisions WHERE uid = ? OR undoes = ?", (uid, uid)
                ).rowcount
                self._added["decision"] -= count
                self._refused["decision"] += count

    def _line(self, row: dict[str, Any]) -> None:
        # Several exports one after the other are an export too.
        if self._rows is None or "format" in row:
            self._begin(row)
        elif row.get("type") == "end":
            self._end(row)
        else:
            self._rows += 1
            self._row(masked_row(row, self._redactor) if self._redactor else row)

    def _begin(self, row: Mapping[str, Any]) -> None:
        _check_head(row)
        if self._rows is not None:
            raise BadRow(f"the export before it is cut off: {_cut(self._rows)}", _EXPORT_AGAIN)
        self._rows = 0

    def _end(self, row: Mapping[str, Any]) -> None:
        if row != {"type": "end", "rows": self._rows}:
            raise BadRow(
                f"not the end of what came before, {self._rows} rows: lines are missing",
                _EXPORT_AGAIN,
            )
        self._rows = None

    def _row(self, row: dict[str, Any]) -> None:
        table = _KINDS.get(str(row.get("type")))
        if table is None:
            raise BadRow(
                f"type must be one of {', '.join(_KINDS)}, not {str(row.get('type'))[:40]!r}"
            )
        if table.type == "decision":
            self._name_as_here(row.get("detail"))
        values = table.values(row)
        known = self._found(table, values)
        if known is not None:
            if known == row or (table.type == "faq" and _begins(known, row)):
                self._known[table.type] += 1
            else:
                self._refuse(table, values, known)
        elif self._belongs(table, values):
            marks = ",".join("?" * len(values))
            self._db.execute(
                f"INSERT INTO {table.name} ({','.join(values)}) VALUES ({marks})",
                list(values.values()),
            )
            self._added[table.type] += 1
            if table.type == "decision" and row["kind"] == "promoted":
                self._promoted[row["uid"]] = (
                    row["detail"]["entry"],
                    row["detail"]["version"],
                )

    def _name_as_here(self, detail: Any) -> None:
        """What a decision answers: a bot's verdict that both journals took has another name here."""
        verdicts = detail.get("heard") if isinstance(detail, dict) else None
        if isinstance(verdicts, list):
            detail["heard"] = [self._called.get(str(verdict), verdict) for verdict in verdicts]

    def _found(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The row that is here under the same name."""
        wanted = " AND ".join(f"{key} = ?" for key in table.key)
        query = f"SELECT * FROM {table.name} WHERE {wanted}"
        row = self._db.execute(query, [values[key] for key in table.key]).fetchone()
        if (
            row is None and values.get("client") is not None
        ):  # a chat bot's verdict, imported on both sides
            row = self._db.execute(
                "SELECT * FROM verdicts WHERE client = ?", (values["client"],)
            ).fetchone()
            if row is None:
                return None
            self._called[values["uid"]] = row["uid"]
            return {**table.shown(row), "uid": values["uid"], "at": values["at"]}
        return None if row is None else table.shown(row)

    def _refuse(
        self, table: Table, values: Mapping[str, Any], present: Mapping[str, Any] | None = None
    ) -> None:
        """Count and report a row that is kept out: it differs from the one `present` here, or its
        predecessor is missing.
        """
        self._refused[table.type] += 1
        name = " ".join(str(values[key]) for key in table.key)
        notice = f"the {table.type} {name} is another one here, and stays"
        if table.type == "faq":
            notice = f"version {values['version']} of the FAQ entry {values['entry']} is another one here, and stays;"
            if present is None:
                notice = (
                    f"of the FAQ entry {values['entry']}, the file lacks what came before"
                    f" version {values['version']};"
                )
            notice += " that one and later ones of the file are kept out"
        if values.get("entry") not in self._conflicting and self._refused.total() <= _TOLD:
            self._notify(notice)
        if table.type == "faq":
            self._conflicting.add(values["entry"])
            self._kept_out.add((values["entry"], values["version"]))

    def _belongs(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Whether a new row goes in: what it refers to is here. Raises BadRow where that is
        missing.
        """
        if table.type in ("verdict", "decision", "hold"):
            self._need("exchanges", "id", values["exchange"], "exchange")
        if table.type in ("hold_decision", "delivery"):
            self._need("holds", "exchange", values["exchange"], "held answer")
        if values.get("undoes") is not None:
            self._need(table.name, "uid", values["undoes"], "decision")
        return table.type != "faq" or self._continues(table, values)

    def _continues(self, table: Table, values: Mapping[str, Any]) -> bool:
        """Whether a version that is not here yet may be inserted. Raises BadRow where the one
        before it is missing.

        A history may begin at any version, but not after versions that are here.
        """
        entry, version = values["entry"], values["version"]
        query = "SELECT max(version), total(version = ?) FROM faq WHERE entry = ?"
        newest, follows = self._db.execute(query, (version - 1, entry)).fetchone()
        begins = values["action"] == "add" or version == 1
        if entry in self._conflicting or (begins and newest is not None and newest < version):
            self._refuse(table, values)
            return False
        if not begins and not follows:
            raise BadRow(f"version {version - 1} of the FAQ entry {entry} is missing")
        return True

    def _need(self, table: str, column: str, name: str, noun: str) -> None:
        if (
            self._db.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (name,)).fetchone()
            is None
        ):
            raise BadRow(
                f"refers to the {noun} {name[:60]}, which is neither here nor in an earlier line"
            )


def _begins(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether two versions of an entry are one, which a history begins with in only one of the
    journals.
    """
    return {known["action"], row["action"]} == {"add", "edit"} and {
        **known,
        "action": row["action"],
    } == row


def _cut(rows: int) -> str:
    return f"{rows} {'row' if rows == 1 else 'rows'} and no end"


def _parsed(raw: bytes) -> dict[str, Any]:
    """A line as an object. Raises BadRow."""
    if len(raw) >= _LONGEST_LINE:
        raise BadRow(f"longer than {_LONGEST_LINE:,} bytes")
    try:
        row = json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number)
        if not isinstance(row, dict):
            raise BadRow("not a JSON object")
        json.dumps(row, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeError:
        raise BadRow("not valid Unicode") from None
    except (ValueError, RecursionError):
        raise BadRow("not valid JSON") from None
    return row


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _check_head(row: Mapping[str, Any]) -> None:
    version = row.get("version")
    if row.get("format") != FORMAT or not isinstance(version, int):
        raise BadRow(
            "not the first line of a journal export",
            'it begins with {"format": "kb-journal", "version": 1}',
        )
    if version > VERSION:
        raise BadRow(
            f"written by a newer kb (format {version}; this one reads {VERSION})", "upgrade kb"
        )
