"""What the catalog takes and gives, and its rows, written and read: the only place that knows their
columns.

A row that is read may be damaged. A passage's id is the hash of its document, headings and text, so
that a changed digit is known; all else is held to its shape.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, cast

from kb.catalog.stored_values import (
    anchor_cell,
    dump,
    places_cell,
    read_anchor,
    read_boxes,
    read_places,
    read_voices,
    stored_json,
    typed,
    whole,
)
from kb.index_words import IndexWords
from kb.revisions import Revision
from kb.tables import StoredTable, TableRow
from kb.text import normalise
from kb.types import KINDS, Document, Kind, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.arrays import Vectors


ENTRY = 9  # the column of `passages` that tells whether what is indexed stayed the same
_ID = re.compile(r"p_([0-9a-f]{16})(?:-\d+)?")
UNKNOWN = -1  # as the size and time of a file: none has it, so that it is read again
_UNIT = 0.01  # how far the squared length of a unit vector may be from 1
UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


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
class Relocation:
    """A file that moved: its path before and now, and the source name that it has now."""

    old_path: str
    new_path: str
    source: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from: its id, source name and absolute path."""

    document: str
    source: str
    path: str


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
    revisions: tuple[tuple[str, ...], ...] = ()


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
    revisions: Sequence[Revision] = (),
) -> Stored:
    """The form in which `replace` takes a document. `table_rows` are (number of the table, ordinal,
    row).
    """
    rows = tuple(_passage_row(passage, entry_key(document.title, passage)) for passage in passages)
    cells = tuple(
        (document.id, number, ordinal, dump(row.cells), row.passage, row.start, row.end)
        for number, ordinal, row in table_rows
    )
    facets = tuple(facet_rows(document, passages))
    links = tuple((document.id, link.later, link.earlier, link.kind) for link in revisions)
    return Stored(document, rows, facets, tuple(tables), cells, links)


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
    speakers = ((p.id, {"speaker": p.anchor.speaker}) for p in passages if p.anchor.speaker)
    metadata = ((p.id, p.meta) for p in passages if p.meta)
    for owner, meta in [(document.id, {**document.meta, **own}), *speakers, *metadata]:
        for key, value in meta.items():
            for item in value if isinstance(value, list) else [value]:
                yield facet(key, item), owner


def entry_key(title: str, passage: Passage) -> str:
    """The hash of what is indexed of a passage, to decide whether the projections have its present
    text.
    """
    indexed = "\0".join((title, *passage.headings, passage.text, passage.context))
    return blake2b(indexed.encode(), digest_size=12).hexdigest()


def _passage_row(passage: Passage, key: str) -> tuple[Any, ...]:
    return (
        passage.id, passage.document, passage.ordinal, passage.text, dump(passage.headings), passage.lang,
        anchor_cell(passage.anchor), places_cell(passage), dump(passage.meta), key,
        passage.context, dump(passage.voices),
    )  # fmt: skip


def document_row(document: Document, fingerprint: Fingerprint, now: str) -> tuple[Any, ...]:
    """A row of `documents`, ingested at `now`."""
    return (
        document.id, document.source, document.path, document.title, document.kind, document.lang, dump(document.meta),
        fingerprint.size, fingerprint.mtime_ns, fingerprint.content, fingerprint.recipe, now,
    )  # fmt: skip


class DamagedRow(Exception):
    """A row that is damaged. `document` is the id of its document, `about` names the row and the
    fault.
    """

    def __init__(self, document: str, about: str) -> None:
        super().__init__(about)
        self.document = document


def passage_key(document: str, headings: tuple[str, ...], text: str) -> str:
    """The part of a passage's id that is the hash of its text."""
    hashed = "\0".join((document, *headings, text)).encode("utf-8", "replace")
    return blake2b(hashed, digest_size=8).hexdigest()


def read_passage(row: sqlite3.Row) -> Passage:
    """The passage of a row of `passages`. Raises DamagedRow."""
    passage_id, document = str(row["id"]), str(row["document"])
    try:
        text, headings = typed(row["text"], str), read_headings(row["headings"])
        known = None if "is_covered" in row.keys() else _ID.fullmatch(passage_id)  # noqa: SIM118
        if known and known[1] != passage_key(document, headings, text):
            raise ValueError("its text is not what was ingested")
        return Passage(
            passage_id, document, whole(row["ordinal"]), text, headings, typed(row["lang"], str),
            read_anchor(row["anchor"]), read_places(row["places"]), stored_json(row["meta"], dict),
            typed(row["context"], str), read_voices(row["voices"]), read_boxes(row["places"]),
        )  # fmt: skip
    except UNREADABLE as error:
        raise DamagedRow(document, f"{passage_id}: {fault(error)}") from error


def read_document(row: sqlite3.Row) -> Document:
    """The document of a row of `documents`. Raises DamagedRow."""
    document = str(row["id"])
    try:
        kind = row["kind"]
        if kind not in KINDS:
            raise ValueError("its kind is none")
        source, path, title, lang = (
            typed(row[name], str) for name in ("source", "path", "title", "lang")
        )
        meta = stored_json(row["meta"], dict)
        return Document(document, source, path, title, cast(Kind, kind), lang, meta)
    except UNREADABLE as error:
        raise DamagedRow(document, f"{row['source']}: {fault(error)}") from error


@lru_cache(maxsize=4096)  # the passages of a section share theirs, and a question looks at hundreds
def read_headings(stored: str) -> tuple[str, ...]:
    """The headings of a passage, from its column. Raises ValueError or TypeError."""
    return tuple(typed(heading, str) for heading in stored_json(stored, list))


def read_standing(row: sqlite3.Row) -> tuple[str, tuple[str, tuple[str, ...], bool]]:
    """The passage's id and its value in `Catalog.standing`. Raises DamagedRow."""
    try:
        headings, lang, also = read_headings(row["headings"]), row["lang"], str(row["also"])
        names = section_names(str(row["title"]), headings, row["ordinal"], also)
        return row["id"], (typed(lang, str), names, bool(headings))
    except UNREADABLE as error:
        raise DamagedRow(row["document"], f"{row['id']}: {fault(error)}") from error


def read_fingerprint(row: sqlite3.Row) -> Fingerprint:
    """The fingerprint of a row of `documents`; where it is damaged, one that no file has."""
    try:
        if isinstance(stored_json(row["recipe"], dict).get("meta", {}), dict):
            return Fingerprint(
                str(row["id"]),
                int(row["size"]),
                int(row["mtime_ns"]),
                row["content"],
                row["recipe"],
            )
    except UNREADABLE:
        pass
    return Fingerprint(str(row["id"]), UNKNOWN, UNKNOWN, "", "{}")


def read_state(row: sqlite3.Row) -> ProjectionState:
    """The state of a row of `projections`. Raises DamagedRow."""
    try:
        files = stored_json(row["files"], dict)
        for look in files.values():
            whole(look["size"])
        names = typed(row["generation"], str), typed(row["embedder"], str)
        return ProjectionState(names[0], whole(row["applied"]), files, names[1])
    except UNREADABLE as error:
        raise DamagedRow("", "what serves as an index") from error


def is_vector(stored: Any, size: int) -> bool:
    """Whether a cell holds a vector: that many bytes, any number where it is 0, of length 1."""
    import numpy as np

    if not isinstance(stored, bytes) or len(stored) % 4 or len(stored) != (size or len(stored)):
        return False
    vector = np.frombuffer(stored, np.float32)
    return bool(abs(float(vector @ vector) - 1.0) < _UNIT)


def fault(error: Exception) -> str:
    """What is wrong with a damaged row, for its DamagedRow."""
    known = isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError)
    return str(error) if known else "what is stored beside its text can't be read"
