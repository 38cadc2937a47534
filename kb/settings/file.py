"""What a kb.toml sets: in sections, or by the settings' full names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kb.errors import KbError
from kb.settings.composed import SECTIONS, SETTINGS, section_keys
from kb.toml_file import parse

CONFIG_FILE = "kb.toml"
SETTING_NAME = re.compile("[a-z_]{1,40}")  # what a setting may be called, and a key hardly is
_SEE = "see: kb config show"


def settings_in(content: bytes, path: Path) -> dict[str, Any]:
    """The settings in the content of a kb.toml, by their full names, as they stand there.

    Raises KbError: it is no TOML, a section has no such setting, or a setting is set twice.
    """
    values: dict[str, Any] = {}
    table = parse(content, path, "mend the file, or move it away to use the defaults")
    for name, value in _entries(table):
        if name in values:
            raise KbError(
                f"{CONFIG_FILE}: {name} is set twice", "keep it in its section, or by its full name"
            )
        values[name] = value
    return values


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if name in SECTIONS and isinstance(value, dict):
            for key, inner in value.items():
                yield _full_name(name, key), inner
        elif name not in SETTINGS and isinstance(value, dict) and _is_prefix(name, value):
            yield from ((f"{name}_{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _full_name(section: str, key: str) -> str:
    """The setting that a section calls `key`; its full name is understood there too."""
    keys = section_keys(section)
    if key in keys:
        return keys[key]
    if key in keys.values():
        return key
    shown = repr(key) if SETTING_NAME.fullmatch(key) else "of one of the names"
    raise KbError(f"{CONFIG_FILE}: there is no setting {shown} in [{section}]", _SEE)


def _is_prefix(name: str, table: Mapping[str, Any]) -> bool:
    """Whether a table holds settings whose names begin with its own: `model` in `[verify]` is
    `verify_model`.
    """
    return all(f"{name}_{key}" in SETTINGS for key in table)
