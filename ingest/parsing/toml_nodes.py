"""The values in TOML, each with the lines that it stands in: tomllib tells none, so the lines of
headers and keys are looked up.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import partial
from typing import Any

from ingest.parsed import Unreadable
from ingest.parsing.nodes import Node

Path = tuple[str | int, ...]
_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([^\[\]#]+?)[ \t]*\]\]?[ \t]*(?:#.*)?\Z")
_KEY = re.compile(
    r"[ \t]*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)[ \t]*="
)
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")


def toml_node(text: str) -> Node:
    """The value of a TOML text. Raises Unreadable."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise Unreadable("malformed TOML" + (f" at line {line[1]}" if line else "")) from error
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    lines = text.split("\n")
    return _node(value, (), _places(lines, value), (1, len(lines)))


def _places(lines: list[str], value: Any) -> dict[Path, tuple[int, int]]:
    """The first and last line of each value, by the path of keys and numbers that leads to it."""
    places: dict[Path, tuple[int, int]] = {}
    counts: dict[Path, int] = {}
    section: Path = ()
    open_paths: list[Path] = []  # what the line before belongs to
    for number, line in enumerate(lines, start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            path = _resolved(_parts(header[2]), counts)
            if header[1] == "[[":
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
            if _held(value, path):
                section, open_paths = path, [path]
        elif key and _held(value, path := (*section, *_parts(key[1]))):
            open_paths = [section, path]
        elif not line.strip() or line.lstrip().startswith("#"):
            continue
        for each in open_paths:
            first, _ = places.get(each, (number, number))
            places[each] = (first, number)
    return places


def _resolved(parts: Path, counts: dict[Path, int]) -> Path:
    """The path that a header names: within a list of tables, the last of them."""
    path: Path = ()
    for at, part in enumerate(parts):
        path = (*path, part)
        if at < len(parts) - 1 and path in counts:
            path = (*path, counts[path])
    return path


def _parts(name: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(name))


def _held(value: Any, path: Path) -> bool:
    for part in path:
        if isinstance(part, int):
            if not isinstance(value, list) or part >= len(value):
                return False
        elif not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _node(
    value: Any, path: Path, places: dict[Path, tuple[int, int]], around: tuple[int, int]
) -> Node:
    first, last = places.get(path, around)
    return Node(_plain(value), first, last, partial(_children, value, path, places, (first, last)))


def _plain(value: Any) -> Any:
    """A value of the types that JSON has: dates and times as they are written."""
    if isinstance(value, dict | list | str | int | float):
        return value
    return str(value)


def _children(
    value: Any, path: Path, places: dict[Path, tuple[int, int]], around: tuple[int, int]
) -> Iterable[tuple[str, Node]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, _node(each, (*path, key), places, around)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield "", _node(each, (*path, number), places, around)
