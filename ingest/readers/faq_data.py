"""FAQ as data: JSON, JSON lines or YAML with questions and answers, each entry with the lines that it stands in.

An entry is a mapping with a key for the question and one for the answer, named as the columns of FAQ tables; or a
question as key with its answer as value; or a list of the two. Entries may be nested: the keys above them are their
headings, the plain values beside them their metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from ingest.entries import Entry, Fields, as_faq, fields, plain_value, texts
from ingest.metadata import as_text, yaml_loader
from ingest.parsed import File, Lines, Parsed, Unreadable, trimmed
from ingest.records import records
from kb.types import Anchor

_SPACE = re.compile(r"[ \t\n\r]*")
_NAMED = re.compile(r"faq|q&a|qanda|常见问题|常見問題|问答|問答|答疑", re.I)
_ITEM = re.compile(r"^[ ]*(?:- |\{)", re.M)  # where an item of YAML or JSON lines begins
_DECODER = json.JSONDecoder()
_DEEPEST = 8
_MOST_KEYS = 200
_SAFE_DEPTH = 5000
_LOOKED_AT = 400
_HEAD = 200_000
_LISTS = frozenset("faq faqs items list data entries questions records rows results qa qas 问答 常见问题 问题".split())
_ABOUT = frozenset("title name lang language author date version description url source kind updated".split())


@dataclass(frozen=True, slots=True)
class _Node:
    """A value, its lines, and the values in it, each with its key or, in a list, none."""

    value: Any
    first: int
    last: int
    children: Callable[[], Iterable[tuple[str, _Node]]]


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry, and whether its own keys say that it is one."""

    entry: Entry
    sure: bool


def fits(file: File) -> bool:
    """True when most of what is listed are entries; without keys that say so, when most questions ask."""
    found = _guarded(lambda: list(islice(_walk(_head(file), _Numbers()), _LOOKED_AT)))
    entries = [each for each in found if each]
    if not entries or len(entries) * 2 <= len(found):
        return False
    asking = sum(each.sure or _asks(each.entry.question) for each in entries)
    return asking * 2 > len(entries) or _NAMED.search(file.name) is not None


def read(file: File) -> Parsed:
    """Read a FAQ. Raises Unreadable without any entry."""
    top = _top(file)
    found = [each for each in _guarded(lambda: list(_walk(top, _Numbers()))) if each]
    sure = any(each.sure for each in found)
    entries = [each.entry for each in found if each.sure or not sure or _asks(each.entry.question)]
    about: dict[str, Any] = {}
    if isinstance(top.value, dict):
        more = _holds_more(top.value)
        about = {key: value for key, value in _plain(top.value).items() if key in _ABOUT or (more and not _asks(key))}
    title, lang = about.pop("title", ""), about.pop("lang", "") or about.pop("language", "")
    return as_faq(entries, as_text(title), as_text(lang), about)


# --- what is an entry -------------------------------------------------------------------------------------------


class _Numbers:
    """The number of the entry at hand, and what was made of each set of keys before."""

    def __init__(self) -> None:
        self.last = 0
        self._known: dict[tuple[str, ...], Fields | None] = {}

    def next(self) -> int:
        self.last += 1
        return self.last

    def fields(self, names: tuple[str, ...]) -> Fields | None:
        if names not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[names] = fields(names)
        return self._known[names]


def _walk(
    node: _Node, numbers: _Numbers, above: tuple[str, ...] = (), around: Mapping[str, Any] | None = None, depth: int = 0
) -> Iterator[_Found | None]:
    """What is found in a value; None for a mapping that is no entry and has none in it."""
    if depth > _DEEPEST:
        return
    if isinstance(node.value, dict):
        yield from _in_mapping(node, numbers, above, around or {}, depth)
    elif isinstance(node.value, list):
        for _, child in node.children():
            pair = child.value if isinstance(child.value, list) and len(child.value) == 2 else ()
            if len(pair) == 2 and all(isinstance(each, str) and each.strip() for each in pair):
                yield _entry(pair[0], pair[1:], child, numbers, above, around or {})
            else:
                yield from _walk(child, numbers, above, around, depth + 1)


def _in_mapping(
    node: _Node, numbers: _Numbers, above: tuple[str, ...], around: Mapping[str, Any], depth: int
) -> Iterator[_Found | None]:
    value: dict[Any, Any] = node.value
    columns = numbers.fields(tuple(map(str, value))) if len(value) <= _MOST_KEYS else None
    if columns:
        anchor = Anchor("faq", node.first, node.last)
        own = list(columns.entries(list(value.values()), anchor, numbers.last + 1, above))
        if own:
            numbers.next()
            yield from (_Found(replace(each, meta={**around, **each.meta}) if around else each, True) for each in own)
            return
    more = _holds_more(value)
    trusting = depth == 0 and not more and not columns
    asked = {key for key in map(str, value) if _asks(key) or (trusting and key.lower() not in _ABOUT)}
    if not asked and not more:
        yield None
        return
    beside = {**around, **{key: each for key, each in _plain(value).items() if key not in asked}} if depth else {}
    for key, child in node.children():
        answer = texts(child.value)
        if key in asked and answer:
            yield _entry(key, answer, child, numbers, above, around)
        elif isinstance(child.value, dict | list):
            path = above if not key or key.lower() in _LISTS else (*above, key)
            yield from _walk(child, numbers, path, beside, depth + 1)


def _entry(
    question: str,
    answer: Sequence[str],
    node: _Node,
    numbers: _Numbers,
    above: tuple[str, ...],
    around: Mapping[str, Any],
) -> _Found:
    anchor = Anchor("faq", node.first, node.last, entry=str(numbers.next()))
    return _Found(Entry(question.strip(), "\n".join(answer).strip(), anchor, around, above), False)


def _asks(text: str) -> bool:
    return text.rstrip().endswith(("?", "？"))


def _holds_more(value: Mapping[Any, Any]) -> bool:
    """Whether there is a mapping in it, or a list of more than plain values."""
    return any(isinstance(each, dict) or (isinstance(each, list) and not texts(each)) for each in value.values())


def _plain(value: Mapping[Any, Any]) -> dict[str, Any]:
    """The plain values of a mapping, by their keys in lower case."""
    found = {str(key).strip().lower(): plain_value(each) for key, each in value.items()}
    return {key: each for key, each in found.items() if each}


# --- where it stands --------------------------------------------------------------------------------------------


def _guarded(work: Callable[[], list[Any]]) -> list[Any]:
    try:
        return work()
    except RecursionError:
        raise Unreadable("too deeply nested") from None


def _top(file: File) -> _Node:
    """The whole of a file. Raises Unreadable."""
    if file.ending in (".yaml", ".yml"):
        return _yaml(file.text)
    if file.ending == ".jsonl":
        items = [("", _on_one_line(record.value, record.first)) for record in records(file).items]
        return _Node([node.value for _, node in items], 1, len(items), lambda: items)
    try:
        value = file.json
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    lines = Lines(file.text)
    return _Node(value, 1, len(lines.starts), partial(_in_json, file.text, lines, _after_space(file.text, 0)))


def _head(file: File) -> _Node:
    """The beginning of a long file, where it can be read without the rest; else the whole. Raises Unreadable."""
    if file.ending == ".json" or len(file.text) <= _HEAD:
        return _top(file)
    cuts = [match.start() for match in _ITEM.finditer(file.text, 1, _HEAD)]
    if not cuts:
        return _top(file)
    try:
        return _top(File(file.name, file.text[: cuts[-1]].encode("utf-8", "replace")))
    except Unreadable:
        return _top(file)


def _on_one_line(value: Any, line: int) -> _Node:
    def children() -> Iterator[tuple[str, _Node]]:
        items = value.items() if isinstance(value, dict) else (("", each) for each in value)
        return ((key, _on_one_line(each, line)) for key, each in items)

    return _Node(value, line, line, children)


def _in_json(text: str, lines: Lines, position: int) -> Iterator[tuple[str, _Node]]:
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
        yield key, _Node(value, lines.number(begin), lines.number(position - 1), partial(_in_json, text, lines, start))
        position = _after_space(text, position)
        if text[position] == ",":
            position = _after_space(text, position + 1)


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def _yaml(text: str) -> _Node:
    import yaml

    try:
        loader = yaml_loader()(text)
        if sum(map(text.count, ("[", "{", "- ", "? "))) > _SAFE_DEPTH:
            _refuse_deep(yaml_loader()(text))
        node = loader.get_single_node()
        if node is None:
            raise Unreadable("no text in it")
        return _yaml_node(text, Lines(text), loader, node, node, set())
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        place = getattr(error, "problem_mark", None)
        raise Unreadable("malformed YAML" + (f" at line {place.line + 1}" if place else "")) from error
    except RecursionError:
        raise Unreadable("too deeply nested") from None


def _refuse_deep(loader: Any) -> None:
    """Raise Unreadable for nesting at which the compiled parser would run out of stack, and crash."""
    import yaml

    depth = 0
    while (event := loader.get_event()) is not None:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _SAFE_DEPTH:
            raise Unreadable("too deeply nested")


def _yaml_node(text: str, lines: Lines, loader: Any, begin: Any, node: Any, seen: set[int]) -> _Node:
    """A node of YAML, which begins where `begin` does: its key, if it has one."""
    value = loader.construct_object(node, deep=True)  # first: it refuses what holds itself
    start = begin.start_mark.index
    _, end = trimmed(text, start, min(len(text), _end(node)))
    children = partial(_in_yaml, text, lines, loader, node, seen)
    return _Node(value, lines.number(start), lines.number(max(start, end - 1)), children)


def _in_yaml(text: str, lines: Lines, loader: Any, node: Any, seen: set[int]) -> Iterator[tuple[str, _Node]]:
    """The values in a list or mapping, but for aliases of lists and mappings: those stand elsewhere."""
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
