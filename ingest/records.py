"""Records: the items of a JSON, JSON lines or YAML list, each with the lines that it stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.metadata import check_depth, yaml_loader
from ingest.parsed import File, Lines, Unreadable

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Record:
    """An item of a list, and its 1-based lines in the file."""

    value: Any
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Records:
    """The items of a file's list, and the plain values that stand beside it, where a mapping is around it."""

    items: tuple[Record, ...]
    beside: Mapping[str, Any] = field(default_factory=dict)


def records(file: File) -> Records:
    """The list that a file holds: the whole of it, or the longest list of mappings in the mapping that it is.

    JSON values keep their types; YAML scalars are strings as written. Raises Unreadable.
    """
    if file.ending in (".yaml", ".yml"):
        return _yaml(file.text)
    if file.ending == ".jsonl":
        return _json_lines(file.text)
    try:
        return _json(file.text)
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    except ValueError as error:
        raise Unreadable(f"malformed JSON: {error}") from error


def _json(text: str) -> Records:
    lines = Lines(text)
    position = _skip(text, 0)
    if text[position : position + 1] == "[":
        items, end = _list(text, position, lines)
        _nothing_after(text, end)
        return Records(items)
    if text[position : position + 1] != "{":
        _, end = _DECODER.raw_decode(text, position)
        _nothing_after(text, end)
        return Records(())
    longest: tuple[Record, ...] = ()
    beside: dict[str, Any] = {}
    for key, start in _members(text, position):
        if text[start] == "[":
            items, _ = _list(text, start, lines)
            if len(items) > len(longest) and isinstance(items[0].value, dict):
                longest = items
        else:
            beside[key], _ = _DECODER.raw_decode(text, start)
    return Records(longest, beside)


def _members(text: str, position: int) -> Iterator[tuple[str, int]]:
    """(key, where its value begins) for each member of the object that begins at `position`."""
    position = _skip(text, position + 1)
    while text[position : position + 1] != "}":
        key, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if text[position : position + 1] != ":" or not isinstance(key, str):
            raise json.JSONDecodeError("Expecting a key and ':'", text, position)
        position = _skip(text, position + 1)
        yield key, position
        _, position = _DECODER.raw_decode(text, position)
        position = _after_item(text, position, "}")
    _nothing_after(text, position + 1)


def _list(text: str, position: int, lines: Lines) -> tuple[tuple[Record, ...], int]:
    """The items of the array that begins at `position`, and where it ends."""
    items: list[Record] = []
    position = _skip(text, position + 1)
    while text[position : position + 1] != "]":
        value, end = _DECODER.raw_decode(text, position)
        items.append(Record(value, lines.number(position), lines.number(end - 1)))
        position = _after_item(text, end, "]")
    return tuple(items), position + 1


def _after_item(text: str, position: int, closing: str) -> int:
    position = _skip(text, position)
    mark = text[position : position + 1]
    if mark == ",":
        return _skip(text, position + 1)
    if mark != closing:
        raise json.JSONDecodeError(f"Expecting ',' or '{closing}'", text, position)
    return position


def _nothing_after(text: str, position: int) -> None:
    if _skip(text, position) != len(text):
        raise json.JSONDecodeError("Extra data", text, position)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def _json_lines(text: str) -> Records:
    items: list[Record] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                items.append(Record(json.loads(line), number, number))
            except ValueError as error:
                raise Unreadable(f"malformed JSON in line {number}") from error
            except RecursionError:
                raise Unreadable(f"too deeply nested in line {number}") from None
    return Records(tuple(items))


def _yaml(text: str) -> Records:
    import yaml

    loader = yaml_loader()(text)
    try:
        check_depth(text)
        node = loader.get_single_node()
        if isinstance(node, yaml.SequenceNode):
            return Records(tuple(_yaml_record(loader, item) for item in node.value))
        if isinstance(node, yaml.MappingNode):
            lists = [value for _, value in node.value if isinstance(value, yaml.SequenceNode)]
            chosen = max(lists, key=lambda each: len(each.value), default=None)
            beside = {
                key.value: value.value
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
            }
            return Records(tuple(_yaml_record(loader, item) for item in chosen.value) if chosen else (), beside)
        return Records(())
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        place = getattr(error, "problem_mark", None)
        raise Unreadable("malformed YAML" + (f" at line {place.line + 1}" if place else "")) from error
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    finally:
        loader.dispose()


def _yaml_record(loader: Any, node: Any) -> Record:
    last = node.end_mark.line + (node.end_mark.column > 0)
    return Record(
        loader.construct_object(node, deep=True), node.start_mark.line + 1, max(last, node.start_mark.line + 1)
    )
