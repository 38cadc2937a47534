"""The catalog's SQLite file: its transactions, the outbox of changes that the projections follow, and
the vectors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kb.catalog.rows import (
    DamagedRow,
    ProjectionState,
    Waiting,
    digest,
    is_vector,
    read_state,
)
from kb.catalog.schema import MIGRATIONS
from kb.catalog.stored_values import dump
from kb.catalog.visible_rows import narrow
from kb.home import Notify, silent
from kb.sqlite import Reading, connect, transaction, translated

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.sight import Sight


_AT_ONCE = 900  # ids in one statement
T = TypeVar("T")


class Table:
    """The catalog's open SQLite file. The first damaged row is reported to `notify`.

    With a sight it has only what that leaves to see, and can't be written.
    """

    def __init__(self, path: Path, notify: Notify = silent, sight: Sight | None = None) -> None:
        self._path = path
        self._notify = notify
        self._is_told = False
        self._db = connect(path, MIGRATIONS, synchronous="NORMAL")
        self._is_narrowed = sight is not None
        if sight is not None:
            with translated(path):
                narrow(self._db, sight)

    @property
    def read_only(self) -> bool:
        """True where the file was opened on a read-only or full disk."""
        return isinstance(self._db, Reading)

    @property
    def data_version(self) -> int:
        """A number that changes whenever somebody else has written to the file."""
        return int(self._read("PRAGMA data_version")[0][0])

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
            batch = listed[begin : begin + _AT_ONCE]
            yield from self._read(f"{query} ({','.join('?' * len(batch))})", [*first, *batch])

    def _sound(self, read: Callable[[sqlite3.Row], T], rows: Iterable[sqlite3.Row]) -> list[T]:
        """The values that `read` makes of the rows, without damaged ones."""
        values = []
        for row in rows:
            try:
                values.append(read(row))
            except DamagedRow as damage:
                if not self._is_told:
                    self._is_told = True
                    self._notify(
                        f"the catalog is damaged, and what can't be trusted is left out ({damage});"
                        " mend it with: kb doctor --repair"
                    )
        return values


class Outbox(Table):
    """The part of the catalog that the projections follow. Each write is one transaction."""

    def projection(self, name: str) -> ProjectionState | None:
        """The state of a projection, once it was built; None also where it is damaged."""
        query = "SELECT generation, applied, files, embedder FROM projections WHERE name = ?"
        return next(iter(self._sound(read_state, self._read(query, (name,)))), None)

    def set_projection(self, name: str, state: ProjectionState, *, whole: bool = False) -> None:
        """Let a generation serve, and drop the outbox rows and waiting passages that it made
        obsolete.

        One that is `whole`, built anew rather than brought up to date, has every vector of its
        embedder.
        """
        values = (name, state.generation, state.applied, dump(state.files), state.embedder)
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO projections VALUES (?,?,?,?,?)", values)
            if db.execute("SELECT count(*) FROM projections").fetchone()[0] > 1:
                db.execute("DELETE FROM outbox WHERE seq <= (SELECT min(applied) FROM projections)")
            if state.embedder:
                db.execute("DELETE FROM waiting WHERE filled <= ?", (state.applied,))
            if state.embedder and whole:
                with_vector = "SELECT passage FROM vectors WHERE embedder = ?"
                db.execute(
                    f"DELETE FROM waiting WHERE passage IN ({with_vector})", (state.embedder,)
                )

    def outbox(self, after: int, limit: int) -> list[tuple[int, str, bool]]:
        """Up to `limit` rows (seq, passage id, whether only its vector is new) after `after`."""
        query = "SELECT seq, passage, only_vector FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        return [(row[0], row[1], bool(row[2])) for row in self._read(query, (after, limit))]

    def last_seq(self) -> int:
        """The number of the newest outbox row ever written."""
        rows = self._read("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        return rows[0][0] if rows else 0

    def pending(self) -> int:
        """Outbox rows that some projection lacks."""
        rows = self._read(
            "SELECT count(*) FROM outbox WHERE seq > (SELECT coalesce(min(applied), 0) FROM projections)"
        )
        return int(rows[0][0])

    def serving(self) -> str:
        """The embedder whose vectors the dense index holds; empty before there is one."""
        state = self.projection("dense")
        return state.embedder if state else ""


class VectorTables(Table):
    """The part of the catalog that holds vectors. Each write is one transaction."""

    def __init__(self, path: Path, notify: Notify = silent, sight: Sight | None = None) -> None:
        super().__init__(path, notify, sight)
        self._vector_bytes: dict[str, int] = {}

    def fill(self, ids: Sequence[str], vectors: Vectors, embedder: str) -> None:
        """Give passages that wait for them the vectors of the serving embedder."""
        with self._write() as db:
            for pid, vector in zip(ids, vectors, strict=True):
                db.execute(
                    "INSERT OR REPLACE INTO vectors VALUES (?,?,?)",
                    (pid, embedder, vector.tobytes()),
                )
                row = db.execute("INSERT INTO outbox (passage, only_vector) VALUES (?, 1)", (pid,))
                db.execute("UPDATE waiting SET filled = ? WHERE passage = ?", (row.lastrowid, pid))

    def stop_waiting(self, ids: Collection[str]) -> None:
        """Let these passages wait no more: they can't be read, or are not there."""
        if ids:
            with self._write() as db:
                db.executemany("DELETE FROM waiting WHERE passage = ?", [(pid,) for pid in ids])

    def unfilled(self, limit: int) -> list[str]:
        """Up to `limit` passages without a vector of the serving embedder, in the order of
        ingestion.
        """
        query = "SELECT passage FROM waiting WHERE filled IS NULL ORDER BY rowid LIMIT ?"
        return [row[0] for row in self._read(query, (limit,))]

    def unfilled_count(self) -> int:
        """How many passages have no vector of the serving embedder."""
        return int(self._read("SELECT count(*) FROM waiting WHERE filled IS NULL")[0][0])

    def waiting(self, size: int) -> Waiting:
        """What the dense index lacks, with sketches of `size` bytes; passages of an older kb have
        none.
        """
        import numpy as np

        query = "SELECT passage, sketch FROM waiting WHERE length(sketch) = ?"
        rows = self._read(query, (size,))
        sketches = np.frombuffer(b"".join(row[1] for row in rows), np.int8).reshape(len(rows), size)
        return Waiting([row[0] for row in rows], sketches)

    def waiting_ids(self) -> set[str]:
        """The passages that the dense index lacks."""
        return {row[0] for row in self._read("SELECT passage FROM waiting")}

    def keep_vectors(self, ids: Sequence[str], vectors: Vectors, embedder: str) -> None:
        """Put aside vectors of an embedder that does not serve yet."""
        with self._write() as db:
            db.executemany(
                "INSERT OR REPLACE INTO vectors SELECT id, ?, ? FROM passages WHERE id = ?",
                [
                    (embedder, vector.tobytes(), pid)
                    for pid, vector in zip(ids, vectors, strict=True)
                ],
            )

    def keep_headings(self, headings: Sequence[str], vectors: Vectors, embedder: str) -> None:
        """Keep the vectors of headings under the digests of their texts."""
        rows = [
            (digest(text), embedder, vector.tobytes())
            for text, vector in zip(headings, vectors, strict=True)
        ]
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO headings VALUES (?,?,?)", rows)

    def heading_vectors(self, headings: Collection[str], embedder: str) -> dict[str, Vectors]:
        """The vectors that these headings have of an embedder, each float32 of shape (d,)."""
        import numpy as np

        texts = {digest(text): text for text in headings}
        rows = self._select(
            "SELECT digest, vector FROM headings WHERE embedder = ? AND digest IN",
            texts,
            (embedder,),
        )
        size = self._size_of("headings", embedder)
        sound = (row for row in rows if is_vector(row["vector"], size))
        return {texts[row["digest"]]: np.frombuffer(row["vector"], np.float32) for row in sound}

    def forget_other_headings(self, headings: Collection[str]) -> None:
        """Drop the vectors of all headings but these."""
        kept = {digest(text) for text in headings}
        known = {row[0] for row in self._read("SELECT DISTINCT digest FROM headings")}
        with self._write() as db:
            gone = [(name,) for name in known - kept]
            db.executemany("DELETE FROM headings WHERE digest = ?", gone)

    def without_vector(self, embedder: str) -> list[str]:
        """The passages that have no vector of that embedder."""
        query = (
            "SELECT p.id FROM passages p LEFT JOIN vectors v ON v.passage = p.id AND v.embedder = ?"
            " WHERE v.passage IS NULL ORDER BY p.rowid"
        )
        return [row[0] for row in self._read(query, (embedder,))]

    def vectors(self, ids: Collection[str], embedder: str) -> dict[str, Vectors]:
        """The vectors that these passages have of an embedder, each float32 of shape (d,)."""
        import numpy as np

        rows = self._select(
            "SELECT passage, vector FROM vectors WHERE embedder = ? AND passage IN",
            ids,
            (embedder,),
        )
        size = self._size_of("vectors", embedder)
        sound = (row for row in rows if is_vector(row["vector"], size))
        return {row["passage"]: np.frombuffer(row["vector"], np.float32) for row in sound}

    def _size_of(self, table: str, embedder: str) -> int:
        """The bytes of a vector of that embedder, by the most frequent length of 25; 0 while there
        are none.
        """
        if not self._vector_bytes.get(embedder):
            sample = f"SELECT length(vector) AS size FROM {table} WHERE embedder = ? LIMIT 25"
            most = f"SELECT size FROM ({sample}) GROUP BY size ORDER BY count(*) DESC LIMIT 1"
            rows = self._read(most, (embedder,))
            self._vector_bytes[embedder] = int(rows[0][0] or 0) if rows else 0
        return self._vector_bytes[embedder]

    def forget_other_vectors(self, embedder: str) -> None:
        """Drop the vectors of all embedders but this one."""
        with self._write() as db:
            for table in ("vectors", "headings"):
                db.execute(f"DELETE FROM {table} WHERE embedder <> ?", (embedder,))
