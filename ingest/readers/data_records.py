"""Data of any shape: JSON, JSON lines, YAML and TOML as records, each with the names of its fields.

A mapping is a record. A list of mappings is a table of records, and so is a mapping of mappings that
have keys in common, whose own keys are then a first cell without a name. What is nested is flattened
with the path of its keys; a list of mappings within a record is a table of its own, under the name of
the record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.metadata import as_text
from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.nodes import Node, top
from ingest.parsing.rows import Row
from ingest.parsing.table_text import RowWriter
from kb.types import Anchor, Place

_DEEPEST = 40
_MOST_COLUMNS = 200
_SENTENCE = re.compile(r"\n|[.!?。！？]\s*\Z|.{120}")
_LISTED_TABLE = re.compile(r"^[ \t]*\[\[([^\]]+)\]\]", re.M)
_LONGEST_LIST = 60  # plain values that make one cell
_TITLES = ("title", "name", "标题", "名称", "姓名")
_NAMES = ("name", "title", "id", "姓名", "名称", "标题", "公司", "company", "key")
_LONGEST_TITLE = 100
_ABOUT = frozenset(("title", "lang", "language"))


def fits(file: File) -> bool:
    """True for all but TOML without a list of tables: settings, which are read as they are written."""
    named = (
        Counter(_LISTED_TABLE.findall(file.text)) if file.ending == ".toml" else Counter(("",) * 2)
    )
    return max(named.values(), default=0) > 1


def read(file: File) -> Parsed:
    """Read data. Raises Unreadable without any value in it."""
    whole = top(file)
    draft = _Draft()
    try:
        draft.add(whole, (), 0)
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    about = whole.value if isinstance(whole.value, dict) else {}
    title = next((as_text(about[key]) for key in _TITLES if _is_plain(about.get(key))), "")
    lang = as_text(about.get("lang") or about.get("language") or "")
    return draft.composer.parsed("doc", title[:_LONGEST_TITLE], lang)


@dataclass(slots=True)
class _Fields:
    """A record: its cells by the path of their keys, each with its lines; and the lists of records
    in it, by theirs.
    """

    node: Node
    key: str = ""
    cells: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    lists: list[tuple[str, Node]] = field(default_factory=list)


class _Draft:
    """The rows of what is read so far."""

    def __init__(self) -> None:
        self.composer = Composer()
        self._group = 0

    def add(self, node: Node, headings: tuple[str, ...], depth: int) -> None:
        """Add all that a value holds, under headings."""
        if depth > _DEEPEST:
            raise RecursionError
        if isinstance(node.value, list):
            self._add_list(node, headings, depth)
        elif isinstance(node.value, dict):
            if _is_table(node.value):
                children = node.children()
                self._add_records([_fields(child, key) for key, child in children], headings, depth)
            else:
                self._add_mapping(node, headings, depth)
        elif text := _plain(node.value):
            self._add_text(text, node, headings)

    def _add_list(self, node: Node, headings: tuple[str, ...], depth: int) -> None:
        records: list[_Fields] = []
        for _, child in node.children():
            if isinstance(child.value, dict):
                records.append(_fields(child))
                continue
            self._add_records(records, headings, depth)
            records = []
            flat = isinstance(child.value, list) and all(map(_is_plain, child.value))
            text = _listed(child.value) if flat else _plain(child.value)
            if text:
                self._add_text(text, child, headings)
            elif not flat:
                self.add(child, headings, depth + 1)
        self._add_records(records, headings, depth)

    def _add_mapping(self, node: Node, headings: tuple[str, ...], depth: int) -> None:
        """Add the plain values of a mapping as one record, and what else it holds by its keys."""
        own = _Fields(node)
        nested: list[tuple[str, Node]] = []
        for key, child in node.children():
            if isinstance(child.value, dict | list) and not _is_cell(child.value):
                nested.append((key, child))
            elif text := _cell(child.value):
                own.cells.setdefault(key, []).append((text, child.first, child.last))
        if own.cells and not (nested and set(own.cells) <= _ABOUT):
            self._add_records([own], headings, depth)
        for key, child in nested:
            self.add(child, (*headings, key) if key else headings, depth + 1)

    def _add_records(
        self, records: Sequence[_Fields], headings: tuple[str, ...], depth: int
    ) -> None:
        """Add records as rows of one table, and the lists in each of them below it."""
        if not records:
            return
        paths = list(dict.fromkeys(path for each in records for path in each.cells))[:_MOST_COLUMNS]
        keyed = any(each.key for each in records)
        names = [*[""] * keyed, *(path.replace("_", " ") for path in paths)]
        writer = RowWriter(names, headings[-1] if headings else "")
        for each in records:
            row = _row(each, paths, keyed)
            if row.filled():
                written = writer.write(row)
                self._group += 1
                anchor = Anchor("lines", row.first, row.last)
                own = (written.places, None, written.record)
                self.composer.add(written.text, anchor, self._group, headings, *own)
            name = _name(each)
            for path, node in each.lists:
                below = (*headings, name, path) if name else (*headings, path)
                self.add(node, below, depth + 1)

    def _add_text(self, text: str, node: Node, headings: tuple[str, ...]) -> None:
        self._group += 1
        self.composer.add(text, Anchor("lines", node.first, node.last), self._group, headings)


def _fields(node: Node, key: str = "") -> _Fields:
    """A mapping as a record, what is nested in it flattened."""
    own = _Fields(node, key)
    for path, child in _flattened(node, (), 0):
        if isinstance(child.value, list) and not _is_cell(child.value):
            own.lists.append((path, child))
        elif text := _cell(child.value):
            own.cells.setdefault(path, []).append((text, child.first, child.last))
    return own


def _flattened(node: Node, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, Node]]:
    if depth > _DEEPEST:
        raise RecursionError
    for key, child in node.children():
        within = (*path, " ".join(key.split()))
        if isinstance(child.value, dict):
            yield from _flattened(child, within, depth + 1)
        else:
            yield " ".join(within), child


def _row(record: _Fields, paths: Sequence[str], keyed: bool) -> Row:
    cells: list[str] = []
    places: list[tuple[Place, ...]] = []
    for path in paths:
        held = record.cells.get(path, ())
        cells.append("; ".join(text for text, _, _ in held))
        first = min((begin for _, begin, _ in held), default=record.node.first)
        last = max((end for _, _, end in held), default=record.node.first)
        places.append(((0, first, last),))
    if keyed:
        cells.insert(0, record.key)
        places.insert(0, ((0, record.node.first, record.node.first),))
    lines = [place[1:] for cell, each in zip(cells, places, strict=True) if cell for place in each]
    begin = int(min((first for first, _ in lines), default=record.node.first))
    end = int(max((last for _, last in lines), default=begin))
    return Row(begin, end, cells, places if begin < end else ())


def _name(record: _Fields) -> str:
    """What a record is called: its key, or its name."""
    if record.key:
        return record.key
    lowered = {path.lower(): held[0][0] for path, held in record.cells.items()}
    named = (lowered[name] for name in _NAMES if name in lowered)
    short = (held[0][0] for held in record.cells.values())
    found = next(named, "") or next(short, "")
    return found if len(found) <= _LONGEST_TITLE and "\n" not in found else ""


def _is_table(value: Mapping[Any, Any]) -> bool:
    """Whether each value of a mapping is a record of the same kind: mappings with keys in common."""
    if len(value) < 2 or not all(isinstance(each, dict) and each for each in value.values()):
        return False
    common = set.intersection(*(set(each) for each in value.values()))
    return bool(common) and not any(
        isinstance(each.get(key), dict) for each in value.values() for key in common
    )


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _is_cell(value: Any) -> bool:
    """Whether a list is one cell: few plain values, none of them a sentence."""
    if not isinstance(value, list) or len(value) > _LONGEST_LIST:
        return False
    return all(_is_plain(each) and not _SENTENCE.search(str(each)) for each in value)


def _cell(value: Any) -> str:
    return _listed(value) if isinstance(value, list) else _plain(value)


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(filter(None, map(_plain, values)))


def _plain(value: Any) -> str:
    """A plain value as it is written; empty for none, and for what is no plain value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return re.sub("\r\n?", "\n", value).strip()
    return str(value) if isinstance(value, int | float) else ""
