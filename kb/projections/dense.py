"""The dense projection: a Chroma collection of the catalog's vectors.

Chroma is driven through the compiled engine that its client wraps: importing the client's package
costs 0.6 to 1.5 s in every process, most of a cold search; the engine loads in 0.03 s. The folder
is an ordinary Chroma folder, which `chromadb.PersistentClient` opens too (a test holds that). The
engine's calls are not promised to stay, hence the narrow version bound on chromadb in
pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.catalog.rows import Entry
from kb.projections import Scored, translated
from kb.sqlite import run_script

if TYPE_CHECKING:
    from kb.arrays import Vectors

_COLLECTION = "passages"
_WHERE = ("default_tenant", "default_database")
_BATCH = 1000  # Chroma refuses more than 5,461 rows at once and is fastest around 1,000
_PAGE = 5000
# Less effort in building and more in searching than HNSW's defaults stores faster and finds more of
# the true nearest (`python -m tests.bench.ingest`). Two as thresholds write the vector files in
# every call: what is left in Chroma's log would be written by whoever reads next, several at a
# time, and tear.
_HNSW = '{"space": "cosine", "ef_construction": 40, "ef_search": 1000, "batch_size": 2, "sync_threshold": 2}'
_CONFIGURATION = f'{{"hnsw": {_HNSW}, "embedding_function": {{"type": "legacy"}}}}'
_OPEN_INDEXES = 4
# Chroma notes in a table of its own that it was opened: a row that nobody reads, at every opening.
# Without it, who only reads writes nothing, so that the file can be held against its hash, and read
# on a full disk.
_STILL = (
    "CREATE TRIGGER IF NOT EXISTS kb_unchanged_by_readers BEFORE INSERT ON acquire_write"
    " BEGIN SELECT RAISE(IGNORE); END"
)
_UNKNOWN_ID = (
    "Error finding id"  # what a search among ids says when the collection lacks one of them
)


class Dense:
    """Vectors of passages, searched by cosine."""

    name = "dense"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with translated(self.name):
            import chromadb_rust_bindings as engine

            folder.mkdir(parents=True, exist_ok=True)
            database = engine.SqliteDBConfig(
                hash_type=engine.MigrationHash.MD5,
                migration_mode=engine.MigrationMode.Apply,
                url=str(folder / "chroma.sqlite3"),
            )
            self._engine: Any = engine.Bindings(
                allow_reset=False,
                sqlite_db_config=database,
                persist_path=str(folder),
                hnsw_cache_size=_OPEN_INDEXES,
            )
            collection = self._engine.create_collection(
                _COLLECTION, _CONFIGURATION, None, None, True, *_WHERE
            )
            self._collection = str(collection.id)

    def apply(self, puts: Sequence[Entry], deletes: Sequence[str]) -> None:
        """Upsert and delete. Chroma's own log makes each batch durable."""
        with translated(self.name):
            for begin in range(0, len(deletes), _BATCH):
                self._engine.delete(
                    self._collection,
                    list(deletes[begin : begin + _BATCH]),
                    None,
                    None,
                    None,
                    *_WHERE,
                )
            for begin in range(0, len(puts), _BATCH):
                batch = puts[begin : begin + _BATCH]
                ids, vectors = [entry.id for entry in batch], [entry.vector for entry in batch]
                for _ in range(
                    2 if len(batch) == 1 else 1
                ):  # one row alone does not reach the threshold
                    self._engine.upsert(self._collection, ids, vectors, None, None, None, *_WHERE)

    def search(self, vector: Vectors, limit: int, within: Collection[str] | None = None) -> Scored:
        """The passages nearest to `vector` by cosine, only among the ids `within` when given."""
        if within is not None and not within:
            return []
        with translated(self.name):
            try:
                return self._query(vector, limit, within)
            except Exception as error:
                if within is None or _UNKNOWN_ID not in str(error):
                    raise
            # The catalog may be ahead, while another process is ingesting.
            known = self._engine.get(
                self._collection, list(within), None, None, 0, None, [], *_WHERE
            ).ids
            return self._query(vector, limit, known) if known else []

    def _query(self, vector: Vectors, limit: int, within: Collection[str] | None) -> Scored:
        ids = list(within) if within is not None else None
        nearest = self._engine.query(
            self._collection, ids, [vector.tolist()], limit, None, None, ["distances"], *_WHERE
        )
        return [
            (pid, 1.0 - distance)
            for pid, distance in zip(nearest.ids[0], nearest.distances[0], strict=True)
        ]

    def held(self, ids: Sequence[str]) -> list[str]:
        """Those of the ids that the collection has."""
        known: list[str] = []
        with translated(self.name):
            for begin in range(0, len(ids), _BATCH):
                batch = list(ids[begin : begin + _BATCH])
                known += self._engine.get(
                    self._collection, batch, None, None, 0, None, [], *_WHERE
                ).ids
        return known

    def ids(self) -> set[str]:
        """The ids of all passages held."""
        with translated(self.name):
            ids: set[str] = set()
            while page := self._engine.get(
                self._collection, None, None, _PAGE, len(ids), None, [], *_WHERE
            ).ids:
                ids.update(page)
            return ids

    def count(self) -> int:
        """How many passages are held."""
        with translated(self.name):
            return int(self._engine.count(self._collection, *_WHERE))

    def close(self) -> None:
        """Let go of the engine, and with it of all files, which readers leave as they are from now
        on.
        """
        self._engine = None
        with translated(self.name):
            run_script(self._folder / "chroma.sqlite3", _STILL)
