"""The catalog's tables. A migration is only ever added: a catalog of any age opens."""

from __future__ import annotations

MIGRATIONS = (
    """
    CREATE TABLE documents (
        id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
        kind TEXT NOT NULL, lang TEXT NOT NULL, meta TEXT NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, content TEXT NOT NULL, recipe TEXT NOT NULL,
        ingested_at TEXT NOT NULL
    );
    CREATE TABLE passages (
        id TEXT PRIMARY KEY, document TEXT NOT NULL REFERENCES documents (id),
        ordinal INTEGER NOT NULL, text TEXT NOT NULL, headings TEXT NOT NULL, lang TEXT NOT NULL,
        anchor TEXT NOT NULL, cues TEXT NOT NULL, meta TEXT NOT NULL, entry TEXT NOT NULL
    );
    CREATE INDEX passages_by_document ON passages (document, ordinal);
    CREATE TABLE vectors (passage TEXT PRIMARY KEY, embedder TEXT NOT NULL, vector BLOB NOT NULL);
    CREATE TABLE facets (facet TEXT NOT NULL, owner TEXT NOT NULL, PRIMARY KEY (facet, owner)) WITHOUT ROWID;
    CREATE INDEX facets_by_owner ON facets (owner);
    CREATE TABLE skips (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, recipe TEXT NOT NULL,
        source TEXT NOT NULL, reason TEXT NOT NULL
    );
    CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, passage TEXT NOT NULL);
    CREATE TABLE projections (
        name TEXT PRIMARY KEY, generation TEXT NOT NULL, applied INTEGER NOT NULL, files TEXT NOT NULL
    )
    """,
    "ALTER TABLE passages RENAME COLUMN cues TO places",
    # Vectors come later than their passages, and while embedders change there are two of some.
    """
    DROP TABLE vectors;
    CREATE TABLE vectors (
        passage TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (passage, embedder)
    );
    CREATE TABLE headings (
        digest TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (digest, embedder)
    );
    CREATE TABLE waiting (passage TEXT PRIMARY KEY, sketch BLOB, filled INTEGER);
    INSERT INTO waiting (passage) SELECT id FROM passages;
    ALTER TABLE outbox ADD COLUMN only_vector INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE projections ADD COLUMN embedder TEXT NOT NULL DEFAULT '';
    ALTER TABLE passages ADD COLUMN context TEXT NOT NULL DEFAULT '';
    ALTER TABLE passages ADD COLUMN voices TEXT NOT NULL DEFAULT '[]';
    DELETE FROM projections
    """,
    "DELETE FROM projections WHERE name = 'lexical'",  # it has words for dates and amounts now
    # The rows of tables, so that a whole table can be asked for; a passage has the text of each.
    """
    CREATE TABLE tables (
        document TEXT NOT NULL, number INTEGER NOT NULL, caption TEXT NOT NULL, columns TEXT NOT NULL,
        kinds TEXT NOT NULL, PRIMARY KEY (document, number)
    ) WITHOUT ROWID;
    CREATE TABLE table_rows (
        document TEXT NOT NULL, number INTEGER NOT NULL, ordinal INTEGER NOT NULL, cells TEXT NOT NULL,
        passage TEXT NOT NULL, first REAL NOT NULL, last REAL NOT NULL, PRIMARY KEY (document, number, ordinal)
    ) WITHOUT ROWID
    """,
    # Which passage corrects or decides what an earlier one of its document says.
    """
    CREATE TABLE revisions (
        document TEXT NOT NULL, later TEXT NOT NULL, earlier TEXT NOT NULL, kind TEXT NOT NULL,
        PRIMARY KEY (document, later, earlier)
    ) WITHOUT ROWID
    """,
)
