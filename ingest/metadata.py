"""Metadata of sources: front matter, sidecar files, `--meta`. Plain values only: stored as they are, filtered on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.types import KINDS, Kind

SIDECAR = ".meta.yaml"
_LONGEST = 2000


def from_yaml(text: str) -> dict[str, Any]:
    """A YAML mapping as metadata; broken YAML, or anything but a mapping, is no metadata."""
    import yaml

    # Everything stays as it is written: a version 1.10 is no number, a country called no is no truth value.
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        value = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return {}
    return plain_values(value) if isinstance(value, dict) else {}


def plain_values(mapping: Mapping[Any, Any]) -> dict[str, Any]:
    """Strings, and lists of strings; dates and numbers as they are written; nested values are left out."""
    kept: dict[str, Any] = {}
    for key, value in mapping.items():
        if isinstance(value, list | tuple):
            items = [
                _scalar(item) for item in value[:100] if not isinstance(item, list | tuple | dict) and item is not None
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


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST]
