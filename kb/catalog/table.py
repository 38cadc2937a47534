"""The base of the catalog's parts: the SQLite file, transactions, and reading of rows without
damaged ones.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from kb.catalog.schema import MIGRATIONS
from kb.catalog.soundness import DamagedRow
from kb.home import Notify, silent
from kb.sqlite import Reading, connect, transaction, translated

_AT_ONCE = 900  # ids in one statement
T = TypeVar("T")


class Table:
    """The catalog's open SQLite file. The first damaged row is reported to `notify`."""

    def __init__(self, path: Path, notify: Notify = silent) -> None:
        self._path = path
        self._notify = notify
        self._is_told = False
        self._db = connect(path, MIGRATIONS, synchronous="NORMAL")

    @property
    def read_only(self) -> bool:
        """True where the file was opened on a read-only or full disk."""
        return isinstance(self._db, Reading)

    def close(self) -> None:
        """Close the file. The catalog can't be used after."""
        self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with transaction(self._db, self._path) as db:
            yield db

    def _read(
        self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()

    def _select(
        self, query: str, ids: Collection[str], first: Sequence[Any] = ()
    ) -> Iterator[sqlite3.Row]:
        listed = list(ids)
        for begin in range(0, len(listed), _AT_ONCE):
            some = listed[begin : begin + _AT_ONCE]
            yield from self._read(f"{query} ({','.join('?' * len(some))})", [*first, *some])

    def _sound(self, read: Callable[[sqlite3.Row], T], rows: Iterable[sqlite3.Row]) -> list[T]:
        """The values that `read` makes of the rows, without damaged ones."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except DamagedRow as damage:
                if not self._is_told:
                    self._is_told = True
                    self._notify(
                        f"the catalog is damaged, and what can't be trusted is left out ({damage});"
                        " mend it with: kb doctor --repair"
                    )
        return found
