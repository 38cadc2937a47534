"""Metadata of sources: front matter, sidecar files, `--meta`. Plain values only: stored as they are, filtered on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIDECAR = ".meta.yaml"
_LONGEST = 2000


def from_yaml(text: str) -> dict[str, Any]:
    """A YAML mapping as metadata; broken YAML, or anything but a mapping, is no metadata."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:_LONGEST]
