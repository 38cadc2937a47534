"""Copies of a home's stores that show one moment, while others go on writing.

An exchange of the journal cites passages of the catalog, and FAQ entries of the catalog come from
the journal: copied one after the other, the stores might not fit. So a read transaction is begun in
each, which keeps nobody from writing, and begun again where something was committed meanwhile.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from kb.errors import KbError
from kb.sqlite import Reading, connect_for_reading, translated

_LONGEST_WAIT = 60.0  # seconds in which a moment without a commit must come
_PAUSE = 0.005
_COUNTED = {
    "catalog.sqlite3": ("documents", "passages"),
    "journal.sqlite3": ("exchanges", "verdicts"),
}


def copy_stores(stores: Sequence[Path], folder: Path) -> None:
    """Copy these SQLite stores into `folder` as they are at one moment. Raises KbError.

    The copies hold no page that is not in use any more, so what was deleted is not in them.
    """
    with ExitStack() as stack:
        for store, connection in zip(stores, _at_one_moment(stores, stack), strict=True):
            with translated(store):
                _copy(connection, folder / store.name)


def schema(store: Path) -> int:
    """How many migrations a store has had."""
    with translated(store), closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def row_counts(folder: Path) -> dict[str, int]:
    """How much the copies of the stores hold, by table; what is not there is left out."""
    counts = {}
    for name, tables in _COUNTED.items():
        if not (folder / name).exists():
            continue
        with translated(folder / name), closing(sqlite3.connect(folder / name)) as connection:
            for table in tables:
                counts[table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return counts


def _at_one_moment(stores: Sequence[Path], stack: ExitStack) -> list[Reading]:
    """A read transaction on each store, all of them of one moment. Raises KbError."""
    readers, watchers = _opened(stores, stack), _opened(stores, stack)
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        before = _versions(stores, watchers)
        for store, reader in zip(stores, readers, strict=True):
            with translated(store):
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if _versions(stores, watchers) == before:
            return readers
        if time.monotonic() > deadline:
            raise KbError(
                "the knowledge base changes too fast to be copied", "run the same command again"
            )
        for reader in readers:
            reader.execute("ROLLBACK")
        time.sleep(_PAUSE)


def _opened(stores: Sequence[Path], stack: ExitStack) -> list[Reading]:
    opened = []
    for store in stores:
        with translated(store):
            opened.append(stack.enter_context(closing(connect_for_reading(store))))
    return opened


def _versions(stores: Sequence[Path], watchers: Sequence[Reading]) -> list[int]:
    """Numbers that change with each commit of another connection."""
    versions = []
    for store, watcher in zip(stores, watchers, strict=True):
        with translated(store):
            versions.append(watcher.execute("PRAGMA data_version").fetchone()[0])
    return versions


def _copy(source: sqlite3.Connection, target: Path) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        copy.execute("VACUUM")
