"""Whether the catalog's rows are as kb wrote them, or damaged.

A passage's id is the hash of its document, headings and text, so that a changed digit is known.
All else is held to its shape.
"""

from __future__ import annotations

import json
import re
import sqlite3
from functools import lru_cache
from hashlib import blake2b
from math import isfinite
from typing import Any, cast, get_args

from kb.catalog.rows import Fingerprint, ProjectionState, section_names
from kb.tables import VALUE_KINDS, StoredTable, TableRow, ValueKind
from kb.types import KINDS, Anchor, AnchorType, Document, Kind, Passage, Place, Voice

_ID = re.compile(r"p_([0-9a-f]{16})(?:-\d+)?")
_ANCHORS = frozenset(get_args(AnchorType))
_WORDS = ("speaker", "entry", "unit", "part", "at", "reviewed")  # of an anchor, or none

UNKNOWN = -1  # as the size and time of a file: none has it, so that it is read again
_UNIT = 0.01  # how far the squared length of a unit vector may be from 1
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, RecursionError)


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
        text, headings = _text(row["text"]), read_headings(row["headings"])
        known = _ID.fullmatch(passage_id)
        if known and known[1] != passage_key(document, headings, text):
            raise ValueError("its text is not what was ingested")
        return Passage(
            passage_id, document, _whole(row["ordinal"]), text, headings, _text(row["lang"]),
            _anchor(row["anchor"]), _places(row["places"]), _table(row["meta"]),
            _text(row["context"]), _voices(row["voices"]),
        )  # fmt: skip
    except _UNREADABLE as error:
        raise DamagedRow(document, f"{passage_id}: {_fault(error)}") from error


def read_document(row: sqlite3.Row) -> Document:
    """The document of a row of `documents`. Raises DamagedRow."""
    document = str(row["id"])
    try:
        kind = row["kind"]
        if kind not in KINDS:
            raise ValueError("its kind is none")
        source, path, title, lang = (
            _text(row[name]) for name in ("source", "path", "title", "lang")
        )
        meta = _table(row["meta"])
        return Document(document, source, path, title, cast(Kind, kind), lang, meta)
    except _UNREADABLE as error:
        raise DamagedRow(document, f"{row['source']}: {_fault(error)}") from error


@lru_cache(maxsize=4096)  # the passages of a section share theirs, and a question looks at hundreds
def read_headings(stored: str) -> tuple[str, ...]:
    """The headings of a passage, from its column. Raises ValueError or TypeError."""
    found = _list(stored)
    return tuple(_text(heading) for heading in found)


def read_standing(row: sqlite3.Row) -> tuple[str, tuple[str, tuple[str, ...], bool]]:
    """(passage id, what `Catalog.standing` gives of it). Raises DamagedRow."""
    try:
        headings, lang, also = read_headings(row["headings"]), row["lang"], str(row["also"])
        names = section_names(str(row["title"]), headings, row["ordinal"], also)
        return row["id"], (_text(lang), names, bool(headings))
    except _UNREADABLE as error:
        raise DamagedRow(row["document"], f"{row['id']}: {_fault(error)}") from error


def read_fingerprint(row: sqlite3.Row) -> Fingerprint:
    """The fingerprint of a row of `documents`; where it is damaged, one that no file has."""
    try:
        if isinstance(_table(row["recipe"]).get("meta", {}), dict):
            return Fingerprint(
                str(row["id"]),
                int(row["size"]),
                int(row["mtime_ns"]),
                row["content"],
                row["recipe"],
            )
    except _UNREADABLE:
        pass
    return Fingerprint(str(row["id"]), UNKNOWN, UNKNOWN, "", "{}")


def read_table(row: sqlite3.Row) -> StoredTable:
    """The table of a row of `tables`. Raises DamagedRow."""
    document = str(row["document"])
    try:
        columns = tuple(map(_text, _list(row["columns"])))
        kinds = tuple(cast(ValueKind, kind) for kind in _list(row["kinds"]) if kind in VALUE_KINDS)
        if len(kinds) != len(columns):
            raise TypeError
        number, caption = _whole(row["number"]), _text(row["caption"])
        return StoredTable(document, number, caption, columns, kinds)
    except _UNREADABLE as error:
        raise DamagedRow(
            document, f"table {row['number']} of {document}: {_fault(error)}"
        ) from error


def read_table_row(row: sqlite3.Row) -> TableRow:
    """The row of a table, from a row of `table_rows`. Raises DamagedRow."""
    document = str(row["document"])
    try:
        cells = tuple(map(_text, _list(row["cells"])))
        first, last = _number(row["first"]), _number(row["last"])
        return TableRow(cells, _text(row["passage"]), first, last)
    except _UNREADABLE as error:
        about = f"a row of table {row['number']} of {document}: {_fault(error)}"
        raise DamagedRow(document, about) from error


def read_state(row: sqlite3.Row) -> ProjectionState:
    """The state of a row of `projections`. Raises DamagedRow."""
    try:
        files = _table(row["files"])
        for look in files.values():
            _whole(look["size"])
        names = _text(row["generation"]), _text(row["embedder"])
        return ProjectionState(names[0], _whole(row["applied"]), files, names[1])
    except _UNREADABLE as error:
        raise DamagedRow("", "what serves as an index") from error


def is_vector(stored: Any, size: int) -> bool:
    """Whether a cell holds a vector: that many bytes, any number where it is 0, of length 1."""
    import numpy as np

    if not isinstance(stored, bytes) or len(stored) % 4 or len(stored) != (size or len(stored)):
        return False
    vector = np.frombuffer(stored, np.float32)
    return bool(abs(float(vector @ vector) - 1.0) < _UNIT)


def _fault(error: Exception) -> str:
    known = isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError)
    return str(error) if known else "what is stored beside its text can't be read"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _maybe_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
        raise TypeError
    return value


def _list(stored: Any) -> list[Any]:
    found = json.loads(_text(stored))
    if not isinstance(found, list):
        raise TypeError
    return found


def _table(stored: Any) -> dict[str, Any]:
    found = json.loads(_text(stored))
    if not isinstance(found, dict):
        raise TypeError
    return found


def _anchor(stored: Any) -> Anchor:
    anchor = Anchor(**_table(stored))
    if anchor.type not in _ANCHORS:
        raise TypeError
    _number(anchor.start)
    _number(anchor.end)
    for name in _WORDS:
        _maybe_text(getattr(anchor, name))
    return anchor


def _places(stored: Any) -> tuple[Place, ...]:
    return tuple(
        (_whole(place[0]), _number(place[1]), _number(place[2])) for place in _list(stored)
    )


def _voices(stored: Any) -> tuple[Voice, ...]:
    return tuple((_whole(voice[0]), _maybe_text(voice[1])) for voice in _list(stored))
