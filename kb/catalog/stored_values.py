"""Values in the catalog's columns, written and held to their shape when they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from types import NoneType
from typing import Any, cast, get_args

from kb.anchors import Anchor, AnchorType, Box, Place, Voice
from kb.types import Passage

_ANCHOR_FIELDS = tuple(field.name for field in fields(Anchor))
_ANCHORS = frozenset(get_args(AnchorType))
_WORDS = ("speaker", "entry", "unit", "part", "at", "reviewed")  # of an anchor, or none

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(value: Any) -> str:
    """JSON as it is stored: without spaces, letters of any script as they are."""
    if isinstance(value, tuple):  # most are empty, and to encode that takes ten times as long
        return _encode(value) if value else "[]"
    return _encode(dict(value) if isinstance(value, Mapping) else value)


def anchor_cell(anchor: Anchor) -> str:
    """An anchor as its column keeps it: what it has, by name."""
    known = ((name, getattr(anchor, name)) for name in _ANCHOR_FIELDS)
    return dump({name: value for name, value in known if value is not None})


def places_cell(passage: Passage) -> str:
    """The places of a passage as their column keeps them, each with its box where it has one."""
    if not passage.boxes:
        return dump(passage.places)
    return dump([(*place, box) for place, box in zip(passage.places, passage.boxes, strict=True)])


def typed(value: Any, *types: type) -> Any:
    """The value. Raises TypeError where it is none of the types."""
    if not isinstance(value, types) or isinstance(value, bool):
        raise TypeError
    return value


def whole(value: Any) -> int:
    """The value as a number of things. Raises TypeError where it is none."""
    if typed(value, int) < 0:
        raise TypeError
    return int(value)


def number(value: Any) -> float:
    """The value as a finite number. Raises TypeError where it is none."""
    if not isfinite(typed(value, int, float)):
        raise TypeError
    return cast(float, value)


def stored_json(stored: Any, kind: type) -> Any:
    """The list or dictionary in a column of JSON. Raises TypeError, ValueError."""
    return typed(json.loads(typed(stored, str)), kind)


def read_anchor(stored: Any) -> Anchor:
    """The anchor of a passage, from its column. Raises TypeError, ValueError."""
    known = stored_json(stored, dict)
    anchor = Anchor(**{**known, "box": _box(known["box"])} if "box" in known else known)
    if anchor.type not in _ANCHORS:
        raise TypeError
    number(anchor.start)
    number(anchor.end)
    for name in _WORDS:
        typed(getattr(anchor, name), str, NoneType)
    return anchor


def read_places(stored: Any) -> tuple[Place, ...]:
    """The places of a passage, from their column. Raises TypeError, ValueError, LookupError."""
    return tuple(
        (whole(place[0]), number(place[1]), number(place[2])) for place in stored_json(stored, list)
    )


def read_boxes(stored: Any) -> tuple[Box, ...]:
    """The boxes of a passage's places, from the same column; none where the places have none.
    Raises as `read_places`.
    """
    if not stored.endswith("]]]"):  # most have none, and are read by the hundred for a question
        return ()
    return tuple(_box(place[3]) for place in stored_json(stored, list))


def _box(stored: Any) -> Box:
    left, top, right, bottom = map(number, typed(stored, list))
    return left, top, right, bottom


def read_voices(stored: Any) -> tuple[Voice, ...]:
    """Who speaks in a passage, from their column. Raises TypeError, ValueError."""
    return tuple(
        Voice(whole(voice[0]), *(typed(part, str, NoneType) for part in voice[1:]))
        for voice in stored_json(stored, list)
    )
