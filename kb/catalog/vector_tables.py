"""The vectors of passages and headings, by embedder, and which passages wait for theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.catalog.rows import Waiting, digest
from kb.catalog.soundness import is_vector
from kb.catalog.table import Table
from kb.home import Notify, silent

if TYPE_CHECKING:
    from kb.arrays import Vectors


class VectorTables(Table):
    """The part of the catalog that holds vectors. Each write is one transaction."""

    def __init__(self, path: Path, notify: Notify = silent) -> None:
        super().__init__(path, notify)
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
        """How many bytes a vector of that embedder has, as most of some do; 0 while there are none."""
        if not self._vector_bytes.get(embedder):
            some = f"SELECT length(vector) AS size FROM {table} WHERE embedder = ? LIMIT 25"
            most = f"SELECT size FROM ({some}) GROUP BY size ORDER BY count(*) DESC LIMIT 1"
            rows = self._read(most, (embedder,))
            self._vector_bytes[embedder] = int(rows[0][0] or 0) if rows else 0
        return self._vector_bytes[embedder]

    def forget_other_vectors(self, embedder: str) -> None:
        """Drop the vectors of all embedders but this one."""
        with self._write() as db:
            for table in ("vectors", "headings"):
                db.execute(f"DELETE FROM {table} WHERE embedder <> ?", (embedder,))
