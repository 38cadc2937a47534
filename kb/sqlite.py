"""SQLite as both stores use it: WAL, append-only migrations, one kind of error."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Literal

from kb.errors import Covered, DiskFull, KbError, is_disk_full
from kb.home import ensure_file

VERSION = sqlite3.sqlite_version
COVERED = "kb: covered"  # what a trigger says that keeps marks from being stored
Connection = sqlite3.Connection
Row = sqlite3.Row
_LONGEST_WAIT = 60.0
_FULL = "no space left"
_TEXT = partial(str, encoding="utf-8", errors="replace")  # rotten bytes must not fail all rows
_UNWRITABLE = "kb needs to write there: check the permissions of folder and file, or use a copy"


class Reading(sqlite3.Connection):
    """A read-only connection to a store; `reason` says why it can't be written."""

    reason = ""


def connect(
    path: Path, migrations: Sequence[str], synchronous: Literal["NORMAL", "FULL"]
) -> sqlite3.Connection:
    """Open `path`, applying the migrations it lacks, each in one transaction. Raises KbError.

    Where nothing can be written, or no room is left to, the store is opened for reading: a
    `Reading` connection, to one that holds nothing where none was made yet.
    """
    if str(path) != ":memory:":
        ensure_file(path)  # SQLite gives its further files the mode of this one
        _refuse_links(path)
    with translated(path):
        try:
            return _opened(path, migrations, synchronous)
        except sqlite3.OperationalError as error:
            if not _is_unwritable(error):
                raise
            reason = _FULL if is_disk_full(error) else "it is read-only here"
        return _opened_for_reading(path, migrations, reason)


def _refuse_links(path: Path) -> None:
    """SQLite would write through a link beside a store, into a file that is not kb's."""
    for ending in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.is_symlink():
            raise KbError(
                f"{beside} is a link, and kb did not make it", "remove it; then: kb doctor"
            )


def _opened(
    path: Path, migrations: Sequence[str], synchronous: Literal["NORMAL", "FULL"]
) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LONGEST_WAIT, isolation_level=None)
    try:
        connection.row_factory, connection.text_factory = sqlite3.Row, _TEXT
        done = _version(connection, path, len(migrations))  # before anything is changed in it
        _refuse_programs(connection, path)
        _use_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # 32 MB: fewer, larger syncs
        if done < len(migrations):
            _migrate(connection, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    """How many migrations a store has had. Raises KbError for one that is not ours, or too new."""
    connection.execute("BEGIN")  # what another first command does meanwhile is seen whole, or not
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    done = int(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.execute("COMMIT")
    if done == 0 and tables:
        raise KbError(
            f"{path} is some other program's database", "move it away, or choose another --home"
        )
    if done > newest:
        raise KbError(
            f"{path.name} was written by a newer kb", "upgrade kb, or choose another --home"
        )
    return done


def _opened_for_reading(path: Path, migrations: Sequence[str], reason: str) -> Reading:
    """A store where nothing can be written. Raises KbError, and SQLite's errors."""
    connection = connect_for_reading(path) if _has_content(path) else _reading(":memory:")
    connection.row_factory, connection.text_factory = sqlite3.Row, _TEXT
    done = _version(connection, path, len(migrations))
    _refuse_programs(connection, path)
    if not done:  # nothing was stored in it before room ran out
        connection = _reading(":memory:")
        connection.row_factory, connection.text_factory = sqlite3.Row, _TEXT
        _migrate(connection, migrations)
    connection.reason = reason
    connection.execute("PRAGMA query_only = ON")
    if 0 < done < len(migrations):
        raise KbError(
            f"{path.name} was written by an older kb, and can't be brought up to date: {reason}",
            "use it once where it can be written, or use a copy",
        )
    return connection


def connect_for_reading(path: Path) -> Reading:
    """A read-only connection to a store as it is, also where nothing can be written. Raises KbError,
    and SQLite's errors.

    SQLite shares a log with its writers, through a file that it may be unable to make. Where that
    file is, all is as usual. Where no log is, nobody writes, and none is needed. A log that was
    left behind holds what was committed last: it is read in a copy of both.
    """
    uri, log = path.absolute().as_uri(), path.with_name(f"{path.name}-wal")
    try:
        connection = _reading(f"{uri}?mode=ro")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection
    except sqlite3.OperationalError:
        if not _has_content(log):
            return _reading(f"{uri}?mode=ro&immutable=1")
    try:
        with TemporaryDirectory(prefix="kb-log-", ignore_cleanup_errors=True) as folder:
            for origin in (path, log):
                copyfile(origin, Path(folder) / origin.name)
            copy = _reading(":memory:")
            with closing(sqlite3.connect(Path(folder) / path.name)) as copied:
                copied.backup(copy)
            return copy
    except OSError as error:
        raise KbError(
            f"{path} can't be read where nothing can be written: {error.strerror}",
            "set TMPDIR to a folder with some room",
        ) from error


def _reading(uri: str) -> Reading:
    return sqlite3.connect(
        uri, timeout=_LONGEST_WAIT, isolation_level=None, factory=Reading, uri=True
    )


def _is_unwritable(error: sqlite3.OperationalError) -> bool:
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN) or is_disk_full(error)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def run_script(path: Path, script: str) -> None:
    """Run statements on a database that an engine of ours made, such as Chroma's."""
    with closing(sqlite3.connect(path, timeout=_LONGEST_WAIT)) as connection:
        connection.executescript(script)


def connect_as_is(path: Path) -> sqlite3.Connection:
    """Open a store, whatever its tables are, without bringing it up to date. Raises KbError."""
    with translated(path):
        connection = sqlite3.connect(path, timeout=_LONGEST_WAIT, isolation_level=None)
        connection.row_factory, connection.text_factory = sqlite3.Row, _TEXT
        _refuse_programs(connection, path)
        return connection


def rewrite(path: Path) -> None:
    """Write a store anew, so that nothing that was deleted from it is left in the file or in its
    log. Raises KbError, also where another program is reading it.
    """
    with closing(sqlite3.connect(path, timeout=_LONGEST_WAIT)) as connection, translated(path):
        connection.execute("VACUUM")
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if is_busy:
        raise KbError(
            f"another program is reading {path}, and what was deleted is still in its log",
            "stop it, such as by kb serve stop; then: kb doctor --repair",
        )


def _refuse_programs(connection: sqlite3.Connection, path: Path) -> None:
    """Keep a planted schema from acting. Raises KbError for one with what SQLite would run."""
    connection.execute("PRAGMA trusted_schema = OFF")
    programs = "type IN ('trigger', 'view') OR sql LIKE 'CREATE VIRTUAL%'"
    if connection.execute(f"SELECT count(*) FROM sqlite_master WHERE {programs}").fetchone()[0]:
        raise KbError(
            f"{path} holds triggers, views or virtual tables, which kb makes none of",
            "somebody else changed it: restore a backup, or move it away and ingest again",
        )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Turn a new database to WAL. SQLite does not wait for the lock that this takes: two first
    commands may want it.
    """
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two first commands at once must not both migrate
    try:
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        for number, script in enumerate(migrations[done:], start=done + 1):
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """One write transaction: all or nothing, also when the process is killed inside it."""
    if isinstance(connection, Reading):
        if connection.reason == _FULL:
            raise DiskFull()
        raise KbError(f"{path} can't be written: {connection.reason}", _UNWRITABLE)
    with translated(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that users can act on."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite's own message, quoting what is rotten
        raise KbError(f"{path} can't be used: its schema is damaged", _way_back(path)) from error
    except sqlite3.Error as error:
        if is_disk_full(error):
            raise DiskFull() from error
        if str(error) == COVERED:
            raise Covered() from error
        hint = _way_back(path)
        if "locked" in str(error):
            hint = "another program holds it; try again"
        elif "readonly" in str(error) or "unable to open" in str(error):
            hint = _UNWRITABLE
        raise KbError(f"{path} can't be used: {error}", hint) from error


def _way_back(path: Path) -> str:
    if path.name.startswith(("journal", "audit")):
        return "restore it from a backup"
    return "move it away and ingest the sources again"
