"""The truth: documents, their passages and vectors, and the outbox that the projections follow."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from kb.catalog.rows import (
    ENTRY,
    Asked,
    Counts,
    Entry,
    Fingerprint,
    Origin,
    Relocation,
    SkipRecord,
    Stored,
    document_row,
    facet,
    read_document,
    read_fingerprint,
    read_passage,
    read_standing,
    section_names,
)
from kb.catalog.sql_tables import Outbox, VectorTables
from kb.catalog.stored_revisions import StoredRevisions
from kb.catalog.stored_tables import StoredTables, table_row
from kb.index_words import index_words
from kb.types import FAQ_PREFIX, Document, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Catalog(VectorTables, StoredTables, StoredRevisions, Outbox):
    """One SQLite file. Every public write is one transaction; committed means ingested.

    Damaged rows are left out, with one notice: see `soundness`.
    """

    # --- documents --------------------------------------------------------------------------------

    def fingerprints(self, begins: str = "") -> dict[str, Fingerprint]:
        """The fingerprints of all documents whose absolute path begins with `begins`, by path."""
        query = "SELECT path, id, size, mtime_ns, content, recipe FROM documents WHERE path >= ? AND path < ?"
        rows = self._read(query, (begins, f"{begins}\U0010ffff"))
        return {row["path"]: read_fingerprint(row) for row in rows}

    def faq_versions(self) -> dict[str, tuple[int, str]]:
        """The version and date of every FAQ entry in the catalog, by its path."""
        recipe = "iif(json_valid(recipe), recipe, '{}')"
        query = (
            f"SELECT path, json_extract({recipe}, '$.faq'), json_extract({recipe}, '$.at')"
            " FROM documents WHERE path >= ? AND path < ?"
        )
        return {
            path: (version, at)
            for path, version, at in self._read(query, (FAQ_PREFIX, f"{FAQ_PREFIX}\U0010ffff"))
        }

    def documents(self) -> list[Document]:
        """All documents by source name."""
        return self._sound(read_document, self._read("SELECT * FROM documents ORDER BY source"))

    def document(self, document_id: str) -> Document | None:
        """The document with that id, if there is one."""
        rows = self._read("SELECT * FROM documents WHERE id = ?", (document_id,))
        return next(iter(self._sound(read_document, rows)), None)

    def documents_called(self, name: str) -> list[Document]:
        """Documents whose id, source name or path is `name`, else those whose source name ends in
        `/name`.
        """
        rows = self._read("SELECT * FROM documents WHERE ? IN (id, source, path)", (name,))
        rows = rows or self._read(
            "SELECT * FROM documents WHERE substr(source, -length(:n)) = :n", {"n": f"/{name}"}
        )
        return self._sound(read_document, rows)

    def documents_within(self, name: str) -> list[Document]:
        """Documents whose source name lies below `name`, as those of an archive do."""
        rows = self._read(
            "SELECT * FROM documents WHERE substr(source, 1, length(:n)) = :n", {"n": f"{name}/"}
        )
        return self._sound(read_document, rows)

    def languages(self) -> frozenset[str]:
        """The languages that documents are in."""
        return frozenset(row[0] for row in self._read("SELECT DISTINCT lang FROM documents"))

    def sources(self) -> dict[str, str]:
        """Which path owns each source name."""
        return {
            row["source"]: row["path"] for row in self._read("SELECT source, path FROM documents")
        }

    def origins(self) -> list[Origin]:
        """Where every document comes from."""
        return [Origin(*row) for row in self._read("SELECT id, source, path FROM documents")]

    def own_audiences(self) -> dict[str, frozenset[str]]:
        """The audiences that the metadata of documents and of single passages name, by their ids."""
        begins = facet("audience", "")
        query = "SELECT facet, owner FROM facets WHERE facet >= ? AND facet < ?"
        audiences: dict[str, frozenset[str]] = {}
        for row in self._read(query, (begins, f"{begins}\U0010ffff")):
            name = frozenset([row["facet"].removeprefix(begins)])
            audiences[row["owner"]] = audiences.get(row["owner"], frozenset()) | name
        return audiences

    def paths_with(self, key: str, value: str) -> list[str]:
        """The paths of documents whose metadata have that value under a key."""
        query = "SELECT path FROM facets JOIN documents ON id = owner WHERE facet = ? ORDER BY path"
        return [row["path"] for row in self._read(query, (facet(key, value),))]

    def overview(self) -> list[tuple[Document, int, str]]:
        """All documents with their number of passages and when they were last ingested."""
        number = "(SELECT count(*) FROM passages p WHERE p.document = d.id)"
        rows = self._read(f"SELECT d.*, {number} AS passages FROM documents d ORDER BY source")
        return self._sound(
            lambda row: (read_document(row), row["passages"], row["ingested_at"]), rows
        )

    def replace(
        self, new: Stored, fingerprint: Fingerprint, sketches: NDArray[np.int8], now: str
    ) -> None:
        """Put a document with exactly these passages, in one transaction. `sketches`: one row each.

        A passage whose indexed content stayed the same keeps its vector and its place in the
        projections: only changes go into the outbox, and wait for a vector.
        """
        document = new.document
        with self._write() as db:
            db.execute(
                f"INSERT OR REPLACE INTO documents VALUES (?{',?' * 11})",
                document_row(document, fingerprint, now),
            )
            db.execute("DELETE FROM skips WHERE path = ?", (document.path,))
            query = "SELECT id, entry FROM passages WHERE document = ?"
            old = dict(db.execute(query, (document.id,)).fetchall())
            keys = {row[0]: row[ENTRY] for row in new.passages}
            changed = [pid for pid in {**old, **keys} if old.get(pid) != keys.get(pid)]
            _drop(db, document.id, old, without_vectors=changed)
            db.executemany(f"INSERT INTO passages VALUES (?{',?' * 11})", new.passages)
            db.executemany("INSERT OR IGNORE INTO facets VALUES (?,?)", new.facets)
            db.executemany("INSERT INTO tables VALUES (?,?,?,?,?)", map(table_row, new.tables))
            db.executemany("INSERT INTO table_rows VALUES (?,?,?,?,?,?,?)", new.table_rows)
            db.executemany("INSERT INTO revisions VALUES (?,?,?,?)", new.revisions)
            rows = {row[0]: sketch for row, sketch in zip(new.passages, sketches, strict=True)}
            db.executemany(
                "INSERT INTO waiting (passage, sketch) VALUES (?,?)",
                [(pid, rows[pid].tobytes()) for pid in changed if pid in rows],
            )
            db.executemany("INSERT INTO outbox (passage) VALUES (?)", [(pid,) for pid in changed])

    def skips(self) -> dict[str, SkipRecord]:
        """The files that could not be read, by path, so that they are only tried again when they
        changed.
        """
        rows = self._read("SELECT path, size, mtime_ns, recipe, source, reason FROM skips")
        return {row["path"]: SkipRecord(*tuple(row)[1:]) for row in rows}

    def skip(self, path: str) -> SkipRecord | None:
        """Why that file could not be read, if it could not."""
        rows = self._read(
            "SELECT size, mtime_ns, recipe, source, reason FROM skips WHERE path = ?", (path,)
        )
        return SkipRecord(*rows[0]) if rows else None

    def set_skip(self, path: str, record: SkipRecord) -> None:
        """Remember that a file could not be read."""
        values = (path, record.size, record.mtime_ns, record.recipe, record.source, record.reason)
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO skips VALUES (?,?,?,?,?,?)", values)

    def forget_skips(self, paths: Iterable[str]) -> None:
        """Forget files that are gone."""
        with self._write() as db:
            db.executemany("DELETE FROM skips WHERE path = ?", [(path,) for path in paths])

    def touch(self, paths: Iterable[str], size: int, mtime_ns: int) -> None:
        """Record the present size and mtime of files that were found unchanged. A negative time
        stays.
        """
        values = [(size, mtime_ns, path) for path in paths]
        with self._write() as db:
            db.executemany("UPDATE documents SET size = ?, mtime_ns = ? WHERE path = ?", values)
            db.executemany(
                "UPDATE skips SET size = ?, mtime_ns = ? WHERE path = ? AND mtime_ns >= 0", values
            )

    def relocate(self, relocations: Sequence[Relocation]) -> None:
        """Give documents, whose files moved, their new paths and source names, in one transaction.

        They keep their ids and passages, so whatever rests on them still does.
        """
        with self._write() as db:
            documents = []
            for relocation in relocations:
                row = db.execute(
                    "SELECT id, source FROM documents WHERE path = ?", (relocation.old_path,)
                ).fetchone()
                if row is None:  # an archive, whose files move one by one
                    continue
                documents.append((row["id"], relocation))
                aside = f"\0{row['id']}"  # until all are, a new name may still be another's
                db.execute(
                    "UPDATE documents SET path = ?, source = ? WHERE id = ?",
                    (aside, aside, row["id"]),
                )
                old_facet = (facet("source", row["source"]), row["id"])
                db.execute("DELETE FROM facets WHERE facet = ? AND owner = ?", old_facet)
            for document, to in documents:
                db.execute(
                    "UPDATE documents SET path = ?, source = ? WHERE id = ?",
                    (to.new_path, to.source, document),
                )
                new_facet = (facet("source", to.source), document)
                db.execute("INSERT OR IGNORE INTO facets VALUES (?,?)", new_facet)
                db.execute("DELETE FROM skips WHERE path = ?", (to.new_path,))

    def remove(self, document_ids: Iterable[str]) -> None:
        """Take documents out, with all that belongs to them, in one transaction."""
        with self._write() as db:
            for document_id in document_ids:
                gone = [
                    row["id"]
                    for row in db.execute(
                        "SELECT id FROM passages WHERE document = ?", (document_id,)
                    )
                ]
                _drop(db, document_id, gone, without_vectors=gone)
                db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
                db.executemany("INSERT INTO outbox (passage) VALUES (?)", [(pid,) for pid in gone])

    # --- passages ---------------------------------------------------------------------------------

    def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """The passages with these ids that exist."""
        rows = self._select("SELECT * FROM passages WHERE id IN", ids)
        return {passage.id: passage for passage in self._sound(read_passage, rows)}

    def standing(self, ids: Collection[str]) -> dict[str, tuple[str, tuple[str, ...], bool]]:
        """(language, `section_names`, whether they are more than a page's title) of each of these
        passages.

        Latin letters in a page of another script are code and names; they count as the page's
        language.
        """
        query = (
            "SELECT p.id, p.document, p.headings, p.ordinal,"
            " iif(p.lang = 'en' AND d.lang IN ('zh', 'ja', 'ko'), d.lang, p.lang) AS lang,"
            " d.title, iif(d.path GLOB ?, p.context, '') AS also"
            " FROM passages p JOIN documents d ON d.id = p.document WHERE p.id IN"
        )
        rows = self._select(query, ids, (f"{FAQ_PREFIX}*",))
        return dict(self._sound(read_standing, rows))

    def passages_of(self, document_id: str, ordinals: range | None = None) -> list[Passage]:
        """The passages of a document in order, or only those with these ordinals."""
        low, high = (ordinals.start, ordinals.stop) if ordinals is not None else (0, 2**60)
        query = "SELECT * FROM passages WHERE document = ? AND ordinal >= ? AND ordinal < ? ORDER BY ordinal"
        return self._sound(read_passage, self._read(query, (document_id, low, high)))

    def passages_with_titles(self, ids: Collection[str]) -> list[tuple[Passage, str]]:
        """The passages with these ids that exist, each with its document's title."""
        query = "SELECT p.*, d.title FROM passages p JOIN documents d ON d.id = p.document WHERE p.id IN"
        return self._sound(
            lambda row: (read_passage(row), str(row["title"])), self._select(query, ids)
        )

    def passage_ids(self) -> set[str]:
        """The ids of all passages."""
        return {row["id"] for row in self._read("SELECT id FROM passages")}

    def entries(self, ids: Collection[str]) -> dict[str, Entry]:
        """The index entries, without vectors, of the passages among `ids` that exist."""
        return {
            p.id: Entry(p.id, index_words(title, p.headings, p.text, p.context))
            for p, title in self.passages_with_titles(ids)
        }

    def faq_questions(self) -> list[Asked]:
        """The questions of all FAQ entries, in all their wordings."""
        rows = self._read(
            "SELECT p.id, p.context, d.title FROM documents d JOIN passages p ON p.document = d.id AND p.ordinal = 0"
            " WHERE d.path >= ? AND d.path < ?",
            (FAQ_PREFIX, f"{FAQ_PREFIX}\U0010ffff"),
        )
        return [
            Asked(row["id"], way)
            for row in rows
            for way in section_names(str(row["title"]), (), 0, str(row["context"]))
        ]

    def matching(self, where: Sequence[tuple[str, str]]) -> set[str] | None:
        """The ids of passages that have every `key=value` of `where`, compared caselessly. When it is
        empty, None for all, or where the catalog is narrowed to a sight the ids of what that has.

        Keys are `kind`, `lang`, `source`, and any metadata of the document or of the passage
        itself.
        """
        if not where:
            return self.passage_ids() if self._is_narrowed else None
        condition = " AND ".join(
            "EXISTS (SELECT 1 FROM facets WHERE facet = ? AND owner IN (p.document, p.id))"
            for _ in where
        )
        values = [facet(key, value) for key, value in where]
        return {
            row["id"]
            for row in self._read(f"SELECT p.id FROM passages p WHERE {condition}", values)
        }

    def facet_keys(self) -> list[str]:
        """The keys that `matching` knows."""
        return [
            row[0]
            for row in self._read(
                "SELECT DISTINCT substr(facet, 1, instr(facet, '=') - 1) FROM facets"
            )
        ]

    def facet_values(self, key: str, limit: int) -> list[str]:
        """Up to `limit` of the values that passages have under a key."""
        prefix = facet(key, "")
        query = "SELECT DISTINCT facet FROM facets WHERE facet >= ? AND facet < ? LIMIT ?"
        return [
            row[0].removeprefix(prefix)
            for row in self._read(query, (prefix, f"{prefix}\U0010ffff", limit))
        ]

    def counts(self) -> Counts:
        """How many documents, passages and FAQ entries there are."""
        row = self._read(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages),"
            ' (SELECT count(*) FROM passages WHERE anchor LIKE \'{"type":"faq"%\')'
        )[0]
        return Counts(*row)

    def check(self) -> list[str]:
        """What SQLite's integrity check finds wrong; empty when sound."""
        messages = [str(row[0]) for row in self._read("PRAGMA quick_check")]
        return [] if messages == ["ok"] else messages


def _drop(
    db: sqlite3.Connection,
    document_id: str,
    passage_ids: Iterable[str],
    without_vectors: Iterable[str],
) -> None:
    for table in ("vectors", "waiting"):
        db.executemany(
            f"DELETE FROM {table} WHERE passage = ?", [(pid,) for pid in without_vectors]
        )
    for table in ("tables", "table_rows", "revisions"):
        db.execute(f"DELETE FROM {table} WHERE document = ?", (document_id,))
    owned = [(pid,) for pid in passage_ids]
    db.executemany("DELETE FROM facets WHERE owner = ?", [*owned, (document_id,)])
    db.execute("DELETE FROM passages WHERE document = ?", (document_id,))
