"""Metadata of sources: front matter, sidecar files, `--meta`. Plain values only: stored as they
are, filtered on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ingest.parsed import Parsed
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
    flawed = _NEVER_STORED.search(parsed.text) is not None
    blocks = tuple(
        replace(
            block,
            record=replace(block.record, cells=sound_value(block.record.cells))
            if flawed and block.record
            else block.record,
            headings=sound_value(block.headings),
            anchor=block.anchor
            and replace(
                block.anchor,
                speaker=sound_value(block.anchor.speaker),
                entry=sound_value(block.anchor.entry),
                part=sound_value(block.anchor.part),
                at=sound_value(block.anchor.at),
            ),
            meta=sound_value(block.meta),
        )
        for block in parsed.blocks
    )
    return Parsed(
        sound_value(parsed.text),
        blocks,
        parsed.kind,
        sound_value(parsed.title),
        sound_value(parsed.lang),
        plain_values(sound_value(parsed.meta)),
    )


def sound_value(value: Any) -> Any:
    """A value with such characters replaced in all of its texts."""
    if isinstance(value, str):
        return _NEVER_STORED.sub("\ufffd", value)
    if isinstance(value, tuple | list):
        return type(value)(sound_value(item) for item in value)
    if isinstance(value, Mapping):
        return {sound_value(key): sound_value(item) for key, item in value.items()}
    return value


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST]
