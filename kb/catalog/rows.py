"""What the catalog takes and gives, and the form of its rows: the only place that knows their
columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from kb.tables import StoredTable, TableRow, column_kind
from kb.text import IndexWords, normalise
from kb.types import Anchor, Document, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.arrays import Vectors

ENTRY = 9  # the column of `passages` that tells whether what is indexed stayed the same


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The state of a file when it was last read, to decide whether it must be read again: size and
    mtime, then content hash and reading recipe.
    """

    document: str
    size: int
    mtime_ns: int
    content: str
    recipe: str


@dataclass(frozen=True, slots=True)
class SkipRecord:
    """A file that could not be read as it was, and the reason."""

    size: int
    mtime_ns: int
    recipe: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the projections see it: what `index_words` gives of it; a unit-length float32
    vector.

    Each projection is given the part that it needs.
    """

    id: str
    words: IndexWords = ("", "", "", "")
    vector: Vectors | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A document and its passages in the form that the catalog keeps; made by `to_store`, away from
    the writer.
    """

    document: Document
    passages: tuple[tuple[Any, ...], ...]
    facets: tuple[tuple[str, str], ...]
    tables: tuple[StoredTable, ...] = ()
    table_rows: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectionState:
    """The generation that serves, the last outbox row that it has, and how its files look.

    `embedder` names whose vectors it holds; empty for the lexical one.
    """

    generation: str
    applied: int
    files: Mapping[str, Mapping[str, Any]]
    embedder: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Passages that the dense index lacks as yet: their ids, and sketches as rows of an int8
    matrix.
    """

    ids: list[str]
    sketches: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a FAQ entry, and the id of the first passage of its answer."""

    passage: str
    question: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the catalog holds. `faq` counts passages that are FAQ entries."""

    documents: int
    passages: int
    faq: int


def to_store(
    document: Document,
    passages: Sequence[Passage],
    tables: Sequence[StoredTable] = (),
    table_rows: Sequence[tuple[int, int, TableRow]] = (),
) -> Stored:
    """The form in which `replace` takes a document. `table_rows` are (number of the table, ordinal,
    row).
    """
    rows = tuple(_passage_row(passage, entry_key(document.title, passage)) for passage in passages)
    cells = tuple(
        (document.id, number, ordinal, dump(row.cells), row.passage, row.start, row.end)
        for number, ordinal, row in table_rows
    )
    return Stored(document, rows, tuple(facet_rows(document, passages)), tuple(tables), cells)


def merged_tables(tables: Iterable[StoredTable]) -> tuple[StoredTable, ...]:
    """The tables of a document that was prepared in parts: of one that goes on, the kinds of values
    in all parts.
    """
    whole: dict[int, StoredTable] = {}
    for table in tables:
        before = whole.get(table.number)
        if before is not None:
            both = zip_longest(before.kinds, table.kinds)
            names = max(before.columns, table.columns, key=len)
            table = replace(
                table,
                columns=names,
                kinds=tuple(column_kind(each or "" for each in kinds) for kinds in both),
            )
        whole[table.number] = table
    return tuple(whole.values())


def table_row(table: StoredTable) -> tuple[Any, ...]:
    """A row of `tables`."""
    names = (dump(table.columns), dump(table.kinds))
    return (table.document, table.number, table.caption, *names)


def section_names(
    title: str, headings: Sequence[str], ordinal: int, also: str = ""
) -> tuple[str, ...]:
    """What a question may call the section of a passage: its heading, alone and after the one above
    it.

    A title tells which document, but of its passages only the first: so what opens a page has the
    title, and other passages without headings have no name. A FAQ entry is called
    by its question and by the other ways to ask it, `also`, one a line.
    """
    if also:
        return tuple(dict.fromkeys((title, *also.split("\n"))))
    if not headings:
        return (title,) if ordinal == 0 else ()
    above = (title, *headings)[-2]
    return headings[-1], f"{above} {headings[-1]}"


def digest(text: str) -> str:
    """The hash under which the vector of a heading is kept; its text is not."""
    from hashlib import blake2b

    return blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def facet(key: str, value: Any) -> str:
    """`key=value` as it is stored and looked up: one spelling for every way of writing it."""
    return f"{normalise(key).strip()}={normalise(str(value)).strip()}"


def facet_rows(document: Document, passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """(key=value, whose it is) of all that `Catalog.matching` finds a document's passages by."""
    own = {
        "kind": document.kind,
        "lang": document.lang,
        "source": document.source,
        "title": document.title,
    }
    said = ((p.id, {"speaker": p.anchor.speaker}) for p in passages if p.anchor.speaker)
    further = ((p.id, p.meta) for p in passages if p.meta)
    for owner, meta in [(document.id, {**document.meta, **own}), *said, *further]:
        for key, value in meta.items():
            for item in value if isinstance(value, list) else [value]:
                yield facet(key, item), owner


def entry_key(title: str, passage: Passage) -> str:
    """The hash of what is indexed of a passage, to decide whether the projections have its present
    text.
    """
    from hashlib import blake2b

    indexed = "\0".join((title, *passage.headings, passage.text, passage.context))
    return blake2b(indexed.encode(), digest_size=12).hexdigest()


def _passage_row(passage: Passage, key: str) -> tuple[Any, ...]:
    anchor = {
        f.name: value
        for f in fields(Anchor)
        if (value := getattr(passage.anchor, f.name)) is not None
    }
    return (
        passage.id, passage.document, passage.ordinal, passage.text, dump(passage.headings), passage.lang,
        dump(anchor), dump(passage.places), dump(passage.meta), key,
        passage.context, dump(passage.voices),
    )  # fmt: skip


def document_row(document: Document, fingerprint: Fingerprint, now: str) -> tuple[Any, ...]:
    """A row of `documents`, ingested at `now`."""
    return (
        document.id, document.source, document.path, document.title, document.kind, document.lang, dump(document.meta),
        fingerprint.size, fingerprint.mtime_ns, fingerprint.content, fingerprint.recipe, now,
    )  # fmt: skip


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(value: Any) -> str:
    """JSON as it is stored: without spaces, in its own letters."""
    return _encode(dict(value) if isinstance(value, Mapping) else value)
