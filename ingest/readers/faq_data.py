"""FAQ as data: JSON, JSON lines or YAML with questions and answers, each entry with the lines that
it stands in.

An entry is a mapping with a key for the question and one for the answer, named as the columns of
FAQ tables; or a question as key with its answer as value; or a list of the two. Entries may be
nested: the keys above them are their headings, the plain values beside them their metadata.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ingest.metadata import as_text
from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.entries import CALLED_FAQ, Entry, Fields, as_faq, fields, plain_value, texts
from ingest.parsing.nodes import Node, top
from kb.types import Anchor

_ITEM = re.compile(r"^[ ]*(?:- |\{)", re.M)  # where an item of YAML or JSON lines begins
_DEEPEST = 8
_MOST_KEYS = 200
_LOOKED_AT = 400
_HEAD = 200_000
_LISTS = frozenset(
    "faq faqs items list data entries questions records rows results qa qas 问答 常见问题 问题".split()
)
_ABOUT = frozenset(
    "title name lang language author date version description url source kind updated".split()
)


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry, and whether its own keys say that it is one."""

    entry: Entry
    sure: bool


def fits(file: File) -> bool:
    """True when most of what is listed are entries; without keys that say so, when most questions
    ask.
    """
    found = _guarded(lambda: list(islice(_walk(_head(file), _Numbers()), _LOOKED_AT)))
    entries = [each for each in found if each]
    if not entries or len(entries) * 2 <= len(found):
        return False
    asking = sum(entry.sure or _asks(entry.entry.question) for entry in entries)
    return asking * 2 > len(entries) or CALLED_FAQ.search(file.name) is not None


def read(file: File) -> Parsed:
    """Read a FAQ. Raises Unreadable without any entry."""
    whole = top(file)
    found = [each for each in _guarded(lambda: list(_walk(whole, _Numbers()))) if each]
    sure = any(each.sure for each in found)
    entries = [each.entry for each in found if each.sure or not sure or _asks(each.entry.question)]
    about: dict[str, Any] = {}
    if isinstance(whole.value, dict):
        more = _holds_more(whole.value)
        about = {
            key: value
            for key, value in _plain(whole.value).items()
            if key in _ABOUT or (more and not _asks(key))
        }
    title, lang = about.pop("title", ""), about.pop("lang", "") or about.pop("language", "")
    return as_faq(entries, as_text(title), as_text(lang), about)


# --- what is an entry -----------------------------------------------------------------------------


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
    node: Node,
    numbers: _Numbers,
    above: tuple[str, ...] = (),
    around: Mapping[str, Any] | None = None,
    depth: int = 0,
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
    node: Node, numbers: _Numbers, above: tuple[str, ...], around: Mapping[str, Any], depth: int
) -> Iterator[_Found | None]:
    value: dict[Any, Any] = node.value
    columns = numbers.fields(tuple(map(str, value))) if len(value) <= _MOST_KEYS else None
    if columns:
        anchor = Anchor("faq", node.first, node.last)
        own = list(columns.entries(list(value.values()), anchor, numbers.last + 1, above))
        if own:
            numbers.next()
            yield from (
                _Found(replace(each, meta={**around, **each.meta}) if around else each, True)
                for each in own
            )
            return
    more = _holds_more(value)
    trusting = depth == 0 and not more and not columns
    asked = {
        key for key in map(str, value) if _asks(key) or (trusting and key.lower() not in _ABOUT)
    }
    if not asked and not more:
        yield None
        return
    beside = (
        {**around, **{key: each for key, each in _plain(value).items() if key not in asked}}
        if depth
        else {}
    )
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
    node: Node,
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
    return any(
        isinstance(each, dict) or (isinstance(each, list) and not texts(each))
        for each in value.values()
    )


def _plain(value: Mapping[Any, Any]) -> dict[str, Any]:
    """The plain values of a mapping, by their keys in lower case."""
    found = {str(key).strip().lower(): plain_value(each) for key, each in value.items()}
    return {key: each for key, each in found.items() if each}


def _guarded(work: Callable[[], list[Any]]) -> list[Any]:
    try:
        return work()
    except RecursionError:
        raise Unreadable("too deeply nested") from None


def _head(file: File) -> Node:
    """The beginning of a long file, where it can be read without the rest; else the whole. Raises
    Unreadable.
    """
    if file.ending == ".json" or len(file.text) <= _HEAD:
        return top(file)
    cuts = [match.start() for match in _ITEM.finditer(file.text, 1, _HEAD)]
    if not cuts:
        return top(file)
    try:
        return top(File(file.name, file.text[: cuts[-1]].encode("utf-8", "replace")))
    except Unreadable:
        return top(file)
