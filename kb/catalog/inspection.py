"""A look at every stored value of the catalog, and what makes damaged ones come back.

The catalog can't mend a text by itself, but it knows the file that it came from: a document that is
not trusted any more is read again by the next ingest of its folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from kb.catalog.rows import (
    UNKNOWN,
    DamagedRow,
    entry_key,
    facet_rows,
    is_vector,
    read_document,
    read_fingerprint,
    read_passage,
)
from kb.catalog.sql_tables import Table
from kb.catalog.stored_tables import read_table, read_table_row
from kb.text import flat
from kb.types import Document, Passage

# Rows of what only helps along: they can go, and come back by themselves where they are wanted.
_ODD = {
    "skips": "typeof(path) <> 'text' OR typeof(size) <> 'integer' OR typeof(mtime_ns) <> 'integer'"
    " OR typeof(recipe) <> 'text' OR typeof(source) <> 'text' OR typeof(reason) <> 'text'",
    "outbox": "typeof(passage) <> 'text'",
    "tables": "document NOT IN (SELECT id FROM documents)",
    "table_rows": "document NOT IN (SELECT id FROM documents)",
    "revisions": "later NOT IN (SELECT id FROM passages) OR earlier NOT IN (SELECT id FROM passages)"
    " OR document NOT IN (SELECT id FROM documents) OR kind NOT IN ('corrected', 'carried', 'declined')",
    "waiting": "passage NOT IN (SELECT id FROM passages) OR typeof(coalesce(filled, 0)) <> 'integer'",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """A document of which something is not as kb stored it. `path` is empty where it is unknown."""

    document: str
    source: str
    path: str
    about: str


class Inspection(Table):
    """Reads the whole catalog. Methods that write want the one-writer lock to be held."""

    def damages(self) -> list[Damage]:
        """The documents that can't be trusted, each with the first thing that is wrong with it."""
        damages = [
            damage for row in self._read("SELECT * FROM documents") for damage in self._of(row)
        ]
        orphans = self._read(
            "SELECT document, min(id) AS id FROM passages"
            " WHERE document NOT IN (SELECT id FROM documents) GROUP BY document"
        )
        about = "{}: its document is not there"
        damages += [Damage(row["document"], "", "", about.format(row["id"])) for row in orphans]
        return damages

    def _of(self, row: sqlite3.Row) -> Iterator[Damage]:
        """The damages of one document, by its row of `documents`; none when it is sound."""
        name, source, path = (row[key] for key in ("id", "source", "path"))
        known = all(isinstance(value, str) for value in (name, source, path))
        try:
            document = read_document(row)
            if read_fingerprint(row).size == UNKNOWN:
                raise DamagedRow(name, f"{source}: how it was read is not known")
            self._check(document)
        except DamagedRow as damage:
            yield Damage(name, str(source), path if known else "", str(damage))

    def _check(self, document: Document) -> None:
        """Raises DamagedRow for the first thing that is wrong with a document's passages."""
        query = "SELECT * FROM passages WHERE document = ? ORDER BY ordinal"
        rows = self._read(query, (document.id,))
        passages = [read_passage(row) for row in rows]
        if [passage.ordinal for passage in passages] != list(range(len(passages) or 1)):
            raise DamagedRow(document.id, f"{document.source}: not all of its passages are there")
        for row, passage in zip(rows, passages, strict=True):
            if row["entry"] not in _entry_keys(document.title, passage):
                about = f"{passage.id}: its title or context is not what was ingested"
                raise DamagedRow(document.id, about)
        owners = [document.id, *(passage.id for passage in passages)]
        stored = self._select("SELECT facet, owner FROM facets WHERE owner IN", owners)
        if {tuple(row) for row in stored} != set(facet_rows(document, passages)):
            about = f"{document.source}: what it is filtered by is not what was ingested"
            raise DamagedRow(document.id, about)
        self._check_tables(document, passages)

    def _check_tables(self, document: Document, passages: Sequence[Passage]) -> None:
        """Raises DamagedRow for a row of a table that its passages do not say."""
        numbers = {passage.id: passage.ordinal for passage in passages}
        query = "SELECT * FROM tables WHERE document = ?"
        widths = {
            table.number: len(table.columns)
            for table in map(read_table, self._read(query, (document.id,)))
        }
        query = "SELECT * FROM table_rows WHERE document = ?"
        for stored in self._read(query, (document.id,)):
            row = read_table_row(stored)
            first = numbers.get(row.passage)
            sound = first is not None and len(row.cells) <= widths.get(stored["number"], -1)
            if not sound or not _says(passages[first or 0 :], row.cells):
                about = f"{document.source}: a row of a table is not what was ingested"
                raise DamagedRow(document.id, about)

    def damaged_called(self, source: str) -> list[str]:
        """The ids of documents with that source name that can't be trusted."""
        return [damage.document for damage in self.damages() if damage.source == source]

    def distrust(self, documents: Collection[str]) -> None:
        """Have the next ingest read these documents again, even if their files did not change."""
        with self._write() as db:
            db.executemany(
                "UPDATE documents SET size = ?, mtime_ns = ?, content = '',"
                " recipe = iif(json_valid(recipe), recipe, '{}') WHERE id = ?",
                [(UNKNOWN, UNKNOWN, document) for document in documents],
            )

    def odd(self) -> dict[str, int]:
        """By table, how many rows of what only helps along are damaged."""
        queries = (
            (table, f"SELECT count(*) FROM {table} WHERE {odd}") for table, odd in _ODD.items()
        )
        counts = {table: int(self._read(query)[0][0]) for table, query in queries}
        return {table: count for table, count in counts.items() if count}

    def drop_odd(self) -> None:
        """Remove those rows."""
        with self._write() as db:
            for table, odd in _ODD.items():
                db.execute(f"DELETE FROM {table} WHERE {odd}")

    def without_vector(self, embedder: str) -> list[str]:
        """The passages that have no sound vector of the serving embedder, and do not wait for one."""
        query = (
            "SELECT p.id, v.vector FROM passages p LEFT JOIN vectors v"
            " ON v.passage = p.id AND v.embedder = ?"
            " WHERE p.id NOT IN (SELECT passage FROM waiting WHERE filled IS NULL) ORDER BY p.rowid"
        )
        size = self._vector_size(embedder)
        rows = self._db.execute(query, (embedder,))
        return [row["id"] for row in rows if not is_vector(row["vector"], size)]

    def damaged_headings(self, embedder: str) -> list[str]:
        """The digests of headings whose vectors are not sound."""
        size = self._vector_size(embedder)
        rows = self._db.execute(
            "SELECT digest, vector FROM headings WHERE embedder = ?", (embedder,)
        )
        return [row["digest"] for row in rows if not is_vector(row["vector"], size)]

    def let_wait(self, passages: Collection[str], headings: Collection[str], embedder: str) -> None:
        """Drop the vectors of these, so that the passages are given new ones."""
        both = [(name, embedder) for name in passages]
        with self._write() as db:
            db.executemany("DELETE FROM vectors WHERE passage = ? AND embedder = ?", both)
            db.executemany("DELETE FROM waiting WHERE passage = ?", [(name,) for name in passages])
            db.executemany(
                "INSERT INTO waiting (passage) VALUES (?)", [(name,) for name in passages]
            )
            db.executemany(
                "DELETE FROM headings WHERE digest = ? AND embedder = ?",
                [(name, embedder) for name in headings],
            )

    def _vector_size(self, embedder: str) -> int:
        query = (
            "SELECT length(vector) AS size FROM vectors WHERE embedder = ?"
            " GROUP BY size ORDER BY count(*) DESC LIMIT 1"
        )
        rows = self._read(query, (embedder,))
        return int(rows[0][0] or 0) if rows else 0


def _says(passages: Sequence[Passage], cells: Sequence[str]) -> bool:
    """Whether the cells stand in the first of the passages, or go on in those behind it."""
    missing = [_squeezed(cell) for cell in cells if cell not in passages[0].text]
    if not missing:
        return True
    wanted, text = sum(map(len, cells)) + len(passages[0].text), ""
    for passage in passages:
        text += _squeezed(passage.text)
        if len(text) > 4 * wanted:
            break
    return all(cell in text for cell in missing)


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, flat(text)))


def _entry_keys(title: str, passage: Passage) -> tuple[str, ...]:
    """Keys that a passage's entry may have: kb made another before contexts were indexed."""
    if passage.context:
        return (entry_key(title, passage),)
    older = "\0".join((title, *passage.headings, passage.text)).encode()
    return entry_key(title, passage), blake2b(older, digest_size=12).hexdigest()
