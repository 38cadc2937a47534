"""The log of administrative acts: who changed what is kept, let out or allowed, and when.

Every line holds the hash of the one before it, so that none can be changed, left out or put in
between without a trace (a hash chain, as in Certificate Transparency's and Git's histories). The
number and hash of the newest line also stand in a file of their own, so that lines taken from the
end are missed.

A line holds ids, counts, digests and names of options, and never content, sources or paths. What
may name somebody is kept apart, and the chain holds only a salted hash of it: it can be blanked
when somebody is forgotten, and the chain still verifies.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, get_args

from kb.home import create_file
from kb.sqlite import Connection, Row, connect, transaction, translated

AUDIT_FILE = "audit.sqlite3"
HEAD_FILE = "audit.head"
Act = Literal[
    "ingest", "remove", "reindex", "repair", "tune", "trust", "distrust",
    "faq-add", "faq-edit", "faq-remove", "faq-import", "journal-import", "decide", "undo",
    "export", "token-add", "token-revoke", "backup", "restore", "forget", "expire",
]  # fmt: skip
ACTS: tuple[Act, ...] = get_args(Act)
AdoptedLine = tuple[str, Act, Mapping[str, object], Mapping[str, str]]
"""A line of an older log: its time, its act, its detail and the names in it."""
UNAUDITED = "this was done, and is not in the audit log: {error}"
_FIRST = "0" * 64  # what the first line has in place of the hash of the one before it
_PLAIN = re.compile(r"[A-Za-z0-9_.:+-]{0,100}")
_MIGRATIONS = (
    """
    CREATE TABLE acts (
        n INTEGER PRIMARY KEY, at TEXT NOT NULL, act TEXT NOT NULL, detail TEXT NOT NULL,
        commitments TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL
    );
    CREATE TABLE names (
        n INTEGER NOT NULL REFERENCES acts (n), role TEXT NOT NULL, salt TEXT NOT NULL,
        text TEXT NOT NULL, PRIMARY KEY (n, role)
    ) WITHOUT ROWID
    """,
)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An administrative act: its number from 1 on, when it was done (ISO 8601, UTC), and what.

    `names` holds by role what may name somebody: `by` who did it, `token` the token that it is
    about; None for a name that was blanked. `detail` holds the rest.
    """

    n: int
    at: str
    act: str
    detail: dict[str, Any]
    names: dict[str, str | None]
    previous: str
    hash: str

    @property
    def by(self) -> str | None:
        """Who did it; None where that was blanked or never known."""
        return self.names.get("by")


@dataclass(frozen=True, slots=True)
class Head:
    """How many lines there are, and the hash of the newest; the hash is empty where there is none."""

    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking the chain: its head, and the first thing that is wrong, if any.

    `line` is the number of the first broken line; 0 where what is wrong is no line of the log.
    """

    head: Head
    blanked: int
    line: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is to become a line."""

    act: str
    detail: str
    names: Mapping[str, str]
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))


class AuditLog:
    """The audit log of the home in a folder. The file is opened for each call, so that any thread
    and any process may call.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / AUDIT_FILE
        self._head_path = home / HEAD_FILE

    def append(
        self,
        act: Act,
        by: str | None,
        detail: Mapping[str, object],
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Add a line, which is on disk when this returns.

        `by` is who did it, `names` what else may name somebody, by role. `detail` holds numbers,
        truth values, and ids, digests and names of options, or lists of these: raises ValueError
        for any other text. Raises KbError where nothing can be written.
        """
        self._extend([_Entry(act, _detail_text(detail), {"by": by or "", **(names or {})})])

    def adopt(self, lines: Sequence[AdoptedLine]) -> None:
        """Add lines of an older log, unless they are here already."""
        entries = [_Entry(act, _detail_text(detail), names, at) for at, act, detail, names in lines]
        known = {(line.at, line.act) for line in self.lines()}
        self._extend([entry for entry in entries if (entry.at, entry.act) not in known])

    def lines(
        self, since: str = "", act: str | None = None, about: str = ""
    ) -> Iterator[AuditLine]:
        """The lines from a time on, of one act and about what has one id where these are given,
        oldest first.
        """
        query = (
            "SELECT * FROM acts WHERE at >= ? AND (? IS NULL OR act = ?)"
            " AND instr(detail, ?) ORDER BY n"
        )
        named = json.dumps(about) if about else ""
        with self._reading() as db:
            for row in db.execute(query, (since, act, act, named)):
                yield _line(row, _names(db, row["n"]))

    def verify(self, noted: str = "") -> Verification:
        """Check every line, and that none is missing at the end, or since the head `noted` by the
        owner, which is the hash of a line.
        """
        count, blanked, newest = 0, 0, _FIRST
        seen: set[str] = set()
        kept = self._kept_head()
        with self._reading() as db:
            for row in db.execute("SELECT * FROM acts ORDER BY n"):
                problem, missing = _problem(row, _names(db, row["n"]), count + 1, newest)
                if problem:
                    head = Head(count, newest if count else "")
                    return Verification(head, blanked, count + 1, problem)
                count, newest, blanked = count + 1, row["hash"], blanked + missing
                if newest == noted or kept == Head(count, newest):
                    seen.add(newest)
            stray = _stray_names(db, count)
        head = Head(count, newest if count else "")
        return Verification(head, blanked, 0, _problem_of_whole(head, kept, noted, seen, stray))

    def blank(self, names_somebody: Callable[[str], bool]) -> int:
        """Wipe every name for which the predicate holds, and its salt; gives how many.

        Nothing of them is left in the file. The chain still verifies.
        """
        with self._opened() as db:
            db.execute("PRAGMA secure_delete = ON")
            with transaction(db, self._path):
                rows = db.execute("SELECT n, role, text FROM names").fetchall()
                wiped = [(row["n"], row["role"]) for row in rows if names_somebody(row["text"])]
                db.executemany("DELETE FROM names WHERE n = ? AND role = ?", wiped)
            if wiped:
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(wiped)

    def _reading(self) -> AbstractContextManager[Connection]:
        """The file, or a log without lines where there is none: looking makes no file."""
        return self._opened(self._path if self._path.exists() else Path(":memory:"))

    @contextmanager
    def _opened(self, path: Path | None = None) -> Iterator[Connection]:
        db = connect(path or self._path, _MIGRATIONS, synchronous="FULL")
        with closing(db), translated(self._path):
            yield db

    def _extend(self, entries: Sequence[_Entry]) -> None:
        if not entries:
            return
        with self._opened() as db:
            with transaction(db, self._path):
                head = _head(db)
                kept = self._kept_head()
                is_sound = kept is None or _hash_of(db, kept.count) == kept.hash
                for entry in entries:
                    head = _insert(db, head, entry)
            if is_sound:  # else it says that lines are missing, and must go on saying so
                self._keep_head(head)

    def _kept_head(self) -> Head | None:
        """The head that the file beside the log has; None where it is missing or no head."""
        try:
            count, _, digest = self._head_path.read_text("ascii").strip().partition(" ")
            return Head(int(count), digest)
        except (OSError, ValueError):
            return None

    def _keep_head(self, head: Head) -> None:
        """Write the head to its file. Where that fails, the next line's head is kept."""
        # In place, and always as long: this needs no sync of its own, because after a power cut the
        # file holds this head or an earlier one, and both are right.
        record = f"{head.count:020d} {head.hash}\n"
        with suppress(OSError):
            try:
                flags = os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
                descriptor = os.open(self._head_path, flags)
                with open(descriptor, "w", encoding="ascii", newline="\n") as file:
                    file.write(record)
            except FileNotFoundError:
                with create_file(self._head_path) as file:
                    file.write(record)
                    file.flush()
                    os.fsync(file.fileno())


def plain_id(text: str) -> str:
    """An id as the detail of a line may hold it: a digest where it is none that kb makes, as those
    of an imported journal may be.
    """
    return text if _PLAIN.fullmatch(text) else sha256(text.encode("utf-8", "replace")).hexdigest()


def _detail_text(detail: Mapping[str, object]) -> str:
    for value in detail.values():
        for part in value if isinstance(value, list | tuple) else (value,):
            is_plain = part is None or isinstance(part, int | float)
            if not is_plain and not (isinstance(part, str) and _PLAIN.fullmatch(part)):
                raise ValueError("an audit line holds ids, counts and names of options only")
    return json.dumps(detail, sort_keys=True)


def _insert(db: Connection, head: Head, entry: _Entry) -> Head:
    """Add a line after the head; gives the new head."""
    n, previous = head.count + 1, head.hash or _FIRST
    salted = {role: (secrets.token_hex(16), text) for role, text in entry.names.items() if text}
    commitments = json.dumps(
        {role: _commitment(salt, text) for role, (salt, text) in salted.items()}, sort_keys=True
    )
    parts = (n, entry.at, entry.act, entry.detail, commitments, previous)
    digest = _hash(parts)
    db.execute("INSERT INTO acts VALUES (?,?,?,?,?,?,?)", (*parts, digest))
    rows = [(n, role, salt, text) for role, (salt, text) in salted.items()]
    db.executemany("INSERT INTO names VALUES (?,?,?,?)", rows)
    return Head(n, digest)


def _hash(parts: Sequence[object]) -> str:
    return sha256(json.dumps(parts, default=repr).encode()).hexdigest()  # a damaged cell is bytes


def _commitment(salt: str, text: str) -> str:
    return hmac.new(salt.encode(), text.encode("utf-8", "replace"), sha256).hexdigest()


def _head(db: Connection) -> Head:
    row = db.execute("SELECT n, hash FROM acts ORDER BY n DESC LIMIT 1").fetchone()
    return Head(row["n"], row["hash"]) if row else Head(0, "")


def _hash_of(db: Connection, n: int) -> str:
    row = db.execute("SELECT hash FROM acts WHERE n = ?", (n,)).fetchone()
    return str(row["hash"]) if row else ""


def _names(db: Connection, n: int) -> dict[str, tuple[str, str]]:
    """The names of a line with their salts, by role."""
    rows = db.execute("SELECT role, salt, text FROM names WHERE n = ?", (n,))
    return {str(row["role"]): (str(row["salt"]), str(row["text"])) for row in rows}


def _stray_names(db: Connection, count: int) -> bool:
    query = "SELECT 1 FROM names WHERE n > ? OR n < 1 LIMIT 1"
    return db.execute(query, (count,)).fetchone() is not None


def _problem(
    row: Row, names: Mapping[str, tuple[str, str]], n: int, previous: str
) -> tuple[str, int]:
    """What is wrong with a line, empty where it is sound, and how many of its names are blanked."""
    if row["n"] != n:
        return "a line is missing before it", 0
    if row["previous"] != previous:
        return "it does not follow the line before it", 0
    if _hash(tuple(row)[:-1]) != row["hash"]:
        return "it was changed", 0
    commitments = _table(row["commitments"])
    for role, (salt, text) in names.items():
        if commitments.get(role) != _commitment(salt, text):
            return "a name in it was changed", 0
    return "", len(commitments) - len(names)


def _problem_of_whole(
    head: Head, kept: Head | None, noted: str, seen: Collection[str], stray: bool
) -> str:
    """What is wrong with a log whose lines are all sound; empty where nothing is."""
    if stray:
        return "a name belongs to no line"
    if kept and kept.count > head.count:
        return f"lines are missing at the end: there were {kept.count}"
    if kept and kept.hash not in seen:
        return f"{HEAD_FILE} has another line {kept.count}"
    if head.count and kept is None:
        return f"{HEAD_FILE} is missing or can't be read"
    if noted and noted not in seen:
        return "the noted head is no line of this log"
    return ""


def _line(row: Row, names: Mapping[str, tuple[str, str]]) -> AuditLine:
    roles = _table(row["commitments"])
    shown = {role: names[role][1] if role in names else None for role in roles}
    parts = row["n"], str(row["at"]), str(row["act"]), _table(row["detail"]), shown
    return AuditLine(*parts, str(row["previous"]), str(row["hash"]))


def _table(text: str) -> dict[str, Any]:
    """A JSON object; empty where the text is damaged, which verifying tells of."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
