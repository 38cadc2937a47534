"""Metadata of sources: front matter, sidecar files, `--meta`. Plain values only: stored as they
are, filtered on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import is_
from typing import Any

from ingest.parsed import Block, Parsed
from kb.types import KINDS, Kind

SIDECAR = ".meta.yaml"
_LONGEST = 2000
_DEEPEST = 200


def from_yaml(text: str) -> dict[str, Any]:
    """A YAML mapping as metadata; broken YAML, or anything but a mapping, is no metadata."""
    import yaml

    try:
        check_depth(text)
        value = yaml.load(text, Loader=yaml_loader())
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return {}
    return plain_values(value) if isinstance(value, dict) else {}


def yaml_loader() -> Any:
    """The class of loader under which everything stays as it is written: no version 1.10 is a
    number, no no a no.
    """
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def check_depth(text: str) -> None:
    """Raise RecursionError for YAML nested so deep that the compiled loader, which calls itself,
    would crash.

    Newer loaders have a limit of their own, and meet it while they look ahead of what they tell.
    """
    import yaml

    if sum(map(text.count, ("[", "{", "- ", "? ", "\n "))) <= _DEEPEST:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml_loader()):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if depth > _DEEPEST:
                raise RecursionError
    except yaml.MarkedYAMLError as error:
        read = text[: error.problem_mark.index] if error.problem_mark else text
        if read.count("[") + read.count("{") - read.count("]") - read.count("}") > _DEEPEST:
            raise RecursionError from error
        raise


def plain_values(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """Strings, and lists of strings; dates and numbers as they are written; nested values are left
    out.
    """
    kept: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, list | tuple):
            items = [
                _scalar(item)
                for item in value[:100]
                if not isinstance(item, list | tuple | dict) and item is not None
            ]
            if items:
                kept[str(key)] = items
        elif value is not None and not isinstance(value, dict) and _scalar(value):
            kept[str(key)] = _scalar(value)
    return kept


def as_text(value: Any) -> str:
    """A metadata value as one string: of a list, its first item."""
    return str(value[0] if isinstance(value, list) and value else value or "")


def as_kind(value: Any) -> Kind | None:
    """The kind of source that a metadata value names, if it does."""
    return next((kind for kind in KINDS if kind == value), None)


def short_language(value: Any) -> str:
    """A language as its first part in lower case: `zh` for zh-Hans, `en` for en_GB."""
    return as_text(value).replace("_", "-").split("-")[0].strip().lower()


_NEVER_STORED = re.compile("[\x00\ud800-\udfff]")


def sound(parsed: Parsed) -> Parsed:
    """The same with NULs and lone surrogates, which no store takes, replaced one for one: no offset
    changes.
    """
    flawed = not _is_sound(parsed.text)
    return Parsed(
        sound_value(parsed.text),
        tuple(_sound_block(block, flawed) for block in parsed.blocks),
        parsed.kind,
        sound_value(parsed.title),
        sound_value(parsed.lang),
        plain_values(sound_value(parsed.meta)),
    )


def _sound_block(block: Block, flawed: bool) -> Block:
    """A block, itself where nothing in it is to be replaced, as in nearly all. `flawed`: whether
    something is in its text.
    """
    own = block.headings, block.meta
    if (sound := sound_value(own)) is not own:
        block = replace(block, headings=sound[0], meta=sound[1])
    if (anchor := block.anchor) is not None:
        words = anchor.speaker, anchor.entry, anchor.part, anchor.at
        if (sound := sound_value(words)) is not words:
            names = zip(("speaker", "entry", "part", "at"), sound, strict=True)
            block = replace(block, anchor=replace(anchor, **dict(names)))
    if flawed and block.record:
        cells = sound_value(block.record.cells)
        block = replace(block, record=replace(block.record, cells=cells))
    return block


def _is_sound(text: str) -> bool:
    return ("\x00" not in text) if text.isascii() else not _NEVER_STORED.search(text)


def sound_value(value: Any) -> Any:
    """A value with such characters replaced in all of its texts; itself where there are none."""
    if isinstance(value, str):
        return value if _is_sound(value) else _NEVER_STORED.sub("\ufffd", value)
    if isinstance(value, tuple | list):
        items = [sound_value(item) for item in value]
        return value if all(map(is_, items, value)) else type(value)(items)
    if isinstance(value, Mapping):
        pairs = [(sound_value(key), sound_value(item)) for key, item in value.items()]
        same = all(k is key and v is value[key] for (k, v), key in zip(pairs, value, strict=True))
        return value if same else dict(pairs)
    return value


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST]
