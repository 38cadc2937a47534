"""Nodes: the values in JSON, JSON lines, YAML and TOML, each with the lines that it stands in.

JSON values keep their types; YAML scalars are strings as written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ingest.metadata import check_depth, yaml_loader
from ingest.parsed import File, Lines, Unreadable, trimmed

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_LINES_OF_JSON = re.compile(r"\s*\{[^\n]*\}[ \t]*\n\s*\{[^\n]*\}[ \t]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Node:
    """A value, its lines, and the values in it, each with its key or, in a list, none."""

    value: Any
    first: int
    last: int
    children: Callable[[], Iterable[tuple[str, Node]]]


def top(file: File) -> Node:
    """The value that a file holds. Raises Unreadable."""
    if file.ending in (".yaml", ".yml"):
        return _yaml(file.text)
    if file.ending == ".toml":
        from ingest.parsing.toml_nodes import toml_node

        return toml_node(file.text)
    if file.ending == ".jsonl":
        return _list_of(list(_json_lines(file.text)))
    try:
        value = file.json
    except Unreadable:
        if not _LINES_OF_JSON.match(file.text):
            raise
        return _list_of(list(_json_lines(file.text)))
    lines = Lines(file.text)
    return Node(
        value, 1, len(lines.starts), partial(_in_json, file.text, lines, _after_space(file.text, 0))
    )


def _list_of(nodes: Sequence[Node]) -> Node:
    items = [("", node) for node in nodes]
    last = nodes[-1].last if nodes else 1
    return Node([node.value for node in nodes], 1, last, lambda: items)


def _json_lines(text: str) -> Iterator[Node]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield _on_one_line(json.loads(line), number)
            except ValueError as error:
                raise Unreadable(f"malformed JSON in line {number}") from error
            except RecursionError:
                raise Unreadable(f"too deeply nested in line {number}") from None


def _on_one_line(value: Any, line: int) -> Node:
    def children() -> Iterator[tuple[str, Node]]:
        items = value.items() if isinstance(value, dict) else (("", each) for each in value)
        return ((key, _on_one_line(each, line)) for key, each in items)

    return Node(value, line, line, children)


def _in_json(text: str, lines: Lines, position: int) -> Iterator[tuple[str, Node]]:
    """The values in the list or mapping at `position` of sound JSON."""
    keyed = text[position] == "{"
    position = _after_space(text, position + 1)
    while text[position] not in "]}":
        begin, key = position, ""
        if keyed:
            key, position = _DECODER.raw_decode(text, position)
            position = _after_space(text, _after_space(text, position) + 1)
        start = position
        value, position = _DECODER.raw_decode(text, start)
        yield (
            key,
            Node(
                value,
                lines.number(begin),
                lines.number(position - 1),
                partial(_in_json, text, lines, start),
            ),
        )
        position = _after_space(text, position)
        if text[position] == ",":
            position = _after_space(text, position + 1)


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def _yaml(text: str) -> Node:
    import yaml

    try:
        check_depth(text)
        loader = yaml_loader()(text)
        lines = Lines(text)
        seen: set[int] = set()
        nodes: list[Node] = []
        while loader.check_node():
            node = loader.get_node()
            nodes.append(_yaml_node(text, lines, loader, node, node, seen))
        if not nodes:
            raise Unreadable("no text in it")
        return nodes[0] if len(nodes) == 1 else _list_of(nodes)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        place = getattr(error, "problem_mark", None)
        raise Unreadable(
            "malformed YAML" + (f" at line {place.line + 1}" if place else "")
        ) from error
    except RecursionError:
        raise Unreadable("too deeply nested") from None


def _yaml_node(text: str, lines: Lines, loader: Any, begin: Any, node: Any, seen: set[int]) -> Node:
    """A node of YAML, which begins where `begin` does: its key, if it has one."""
    value = loader.construct_object(node, deep=True)  # first: it refuses what holds itself
    start = begin.start_mark.index
    _, end = trimmed(text, start, min(len(text), _end(node)))
    children = partial(_in_yaml, text, lines, loader, node, seen)
    return Node(value, lines.number(start), lines.number(max(start, end - 1)), children)


def _in_yaml(
    text: str, lines: Lines, loader: Any, node: Any, seen: set[int]
) -> Iterator[tuple[str, Node]]:
    """The values in a list or mapping, but for aliases of lists and mappings: those stand
    elsewhere.
    """
    for each in node.value:
        key, child = each if isinstance(each, tuple) else (None, each)
        if isinstance(child.value, list):
            if id(child) in seen:
                continue
            seen.add(id(child))
        name = str(key.value) if key and isinstance(key.value, str) else ""
        yield name, _yaml_node(text, lines, loader, key or child, child, seen)


def _end(node: Any) -> int:
    """Where a node ends. What the parser says of lists and mappings is where the next thing begins."""
    end = int(node.start_mark.index)
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        key, node = last if isinstance(last, tuple) else (last, last)
        end = max(end, int(key.start_mark.index))
    return max(end, int(node.end_mark.index))
