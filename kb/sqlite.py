"""SQLite as both stores use it: WAL, append-only migrations, one kind of error."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from kb.errors import DiskFull, KbError, is_disk_full
from kb.permissions import ensure_file

_LONGEST_WAIT = 60.0


def connect(path: Path, migrations: Sequence[str], synchronous: Literal["NORMAL", "FULL"]) -> sqlite3.Connection:
    """Open `path`, applying the migrations it lacks, each in one transaction. Raises KbError."""
    if str(path) != ":memory:":
        ensure_file(path)  # SQLite gives its further files the mode of this one
    with translated(path):
        connection = sqlite3.connect(path, timeout=_LONGEST_WAIT, isolation_level=None)
        connection.row_factory = sqlite3.Row
        _refuse_programs(connection, path)
        _use_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # 32 MB: fewer, larger syncs while ingesting
        connection.execute("BEGIN")  # what another first command does meanwhile is seen whole or not at all
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("COMMIT")
        if done == 0 and tables:
            raise KbError(f"{path} is some other program's database", "move it away, or choose another --home")
        if done > len(migrations):
            raise KbError(f"{path.name} was written by a newer kb", "upgrade kb, or choose another --home")
        if done < len(migrations):
            _migrate(connection, migrations)
    return connection


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
    """Turn a new database to WAL. SQLite does not wait for the lock that this takes: two first commands may want it."""
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
    except sqlite3.Error as error:
        if is_disk_full(error):
            raise DiskFull() from error
        hint = (
            "restore it from a backup"
            if path.name.startswith("journal")
            else "move it away and ingest the sources again"
        )
        if "locked" in str(error):
            hint = "another program holds it; try again"
        elif "readonly" in str(error) or "unable to open" in str(error):
            hint = "kb needs to write there: check the permissions of folder and file, or use a copy"
        raise KbError(f"{path} can't be used: {error}", hint) from error
