"""Records: the items of a JSON, JSON lines or YAML list, each with the lines that it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.parsed import File
from ingest.parsing.nodes import top


@dataclass(frozen=True, slots=True)
class Record:
    """An item of a list, and its 1-based lines in the file."""

    value: Any
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Records:
    """The items of a file's list, and what stands beside it, where a mapping is around it."""

    items: tuple[Record, ...]
    beside: Mapping[str, Any] = field(default_factory=dict)


def records(file: File) -> Records:
    """The list that a file holds: the whole of it, or the longest list of mappings in the mapping
    that it is.

    Raises Unreadable.
    """
    whole = top(file)
    if isinstance(whole.value, dict):
        lists = [(key, node) for key, node in whole.children() if isinstance(node.value, list)]
        lists = [
            (key, node) for key, node in lists if node.value and isinstance(node.value[0], dict)
        ]
        key, chosen = max(lists, key=lambda each: len(each[1].value), default=("", None))
        beside = {
            str(name): value for name, value in whole.value.items() if chosen is None or name != key
        }
        items = chosen.children() if chosen else ()
        return Records(
            tuple(Record(node.value, node.first, node.last) for _, node in items), beside
        )
    children = whole.children() if isinstance(whole.value, list) else ()
    return Records(tuple(Record(node.value, node.first, node.last) for _, node in children))
