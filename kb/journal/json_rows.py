"""The rows of the journal's tables as JSON objects, for export and import."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from math import inf
from typing import Any, get_args

from kb.errors import UsageError
from kb.journal.faq_entries import sound
from kb.journal.held_answers import DeliveryState, HoldDecided
from kb.journal.ids import is_time
from kb.types import Decided, Outcome, Status, Support

_LARGEST = 2**31

Check = Callable[[Any], str]
"""What a value must be, if it isn't that; else nothing."""


class BadRow(Exception):
    """A line of an export that can't be imported, and why."""

    def __init__(self, message: str, hint: str = "mend the line, or export again") -> None:
        super().__init__(message)
        self.hint = hint


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "text"


def _name(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "a name"


def _maybe(check: Check) -> Check:
    def checked(value: Any) -> str:
        problem = "" if value is None else check(value)
        return f"{problem}, or null" if problem else ""

    return checked


def _number(value: Any) -> str:
    fine = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _LARGEST
    return "" if fine else "a number from 0"


def _share(value: Any) -> str:
    return "a number from 0 to 1" if _number(value) or value > 1 else ""


def _version(value: Any) -> str:
    fine = isinstance(value, int) and not isinstance(value, bool) and 1 <= value < _LARGEST
    return "" if fine else "a whole number from 1"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _at(value: Any) -> str:
    return "" if isinstance(value, str) and is_time(value) else "a time like 2026-05-01T12:30:00Z"


def _one_of(names: Collection[str]) -> Check:
    return lambda value: (
        "" if isinstance(value, str) and value in names else f"one of {', '.join(names)}"
    )


def _table(value: Any) -> str:
    return "" if isinstance(value, dict) else "an object"


def _texts(value: Any) -> str:
    return "" if isinstance(value, list) and not any(map(_text, value)) else "a list of texts"


def _payload(value: Any) -> str:
    """An exchange's payload is shown by other commands: what they look for in it must be there."""
    if not isinstance(value, dict):
        return "an object"
    for name, keys in _READ.items():
        if not _objects(value.get(name, []), keys):
            return f"an object whose {name} are complete, each with {', '.join(sorted(keys))}"
        if not all(
            _is_labelled(item["anchor"]) for item in value.get(name, []) if "anchor" in keys
        ):
            return f"an object whose {name} have places"
    if any(_number(item["n"]) or _text(item["quote"]) for item in value.get("citations", [])):
        return "an object whose citations have a number and a quote"
    if not all(_objects(item["values"], {"n", "says"}) for item in value.get("differing", [])):
        return "an object whose differing values are complete"
    return "" if _is_asked(value.get("asked")) else "an object whose asked has k, where and kind"


_READ = {
    "citations": {"n", "source", "title", "passage", "quote", "anchor"},
    "closest": {"source", "title", "passage", "anchor"},
    "retrieved": {"passage", "source", "label"},
    "differing": {"values"},
}


def _is_labelled(anchor: Any) -> bool:
    return isinstance(anchor, dict) and isinstance(anchor.get("label"), str)


def _is_asked(value: Any) -> bool:
    """True where an exchange has all that asking its question again needs."""
    if value is None:
        return True
    if not isinstance(value, dict) or _version(value.get("k") or 1):
        return False
    where = value.get("where") or []
    return isinstance(where, list) and all(
        isinstance(pair, list) and len(pair) == 2 for pair in where
    )


def _decision(row: Mapping[str, Any]) -> str:
    """A decision's detail by its kind: what is undone and marked by it."""
    detail = row["detail"]
    if row["kind"] == "promoted" and (
        _name(detail.get("entry")) or _version(detail.get("version"))
    ):
        return "detail must name the FAQ entry and its version"
    marked = ("passage", "text_hash", "source", "label", "reason")
    if row["kind"] == "bad_source" and any(_text(detail.get(name, "")) for name in marked):
        return "detail must name a passage by texts"
    return ""


def _draft(value: Any) -> str:
    """An answer that is held or let out: what others look for in it must be there."""
    if wrong := _payload(value):
        return wrong
    fine = value.get("status") in get_args(Status) and not _text(value.get("answer"))
    return "" if fine else "an object with the status and text of an answer"


def _reasons(value: Any) -> str:
    fine = _objects(value, {"kind"}) and not any(_name(each["kind"]) for each in value)
    return "" if fine else "a list of reasons, each with its kind"


def _hold_decision(row: Mapping[str, Any]) -> str:
    """What was decided about a held answer, by its kind."""
    detail = row["detail"]
    if row["kind"] == "edited" and (wrong := _draft(detail.get("answer"))):
        return f"the answer in detail must be {wrong}"
    if row["kind"] == "rerouted" and _name(detail.get("channel")):
        return "detail must name the channel"
    return "note in detail must be text" if _text(detail.get("note", "")) else ""


def _entry(row: Mapping[str, Any]) -> str:
    """A version of a FAQ entry: what has no words can't be published."""
    try:
        sound(row["question"], row["also"], row["answer"])
    except UsageError as error:
        return str(error)
    return ""


def _sources(value: Any) -> str:
    named = {field.name for field in fields(Support)}
    fine = isinstance(value, list) and all(
        isinstance(source, dict)
        and "source" in source
        and source.keys() <= named
        and not any(map(_text, source.values()))
        for source in value
    )
    return "" if fine else "a list of sources"


def _objects(value: Any, keys: Collection[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and item.keys() >= set(keys) for item in value
    )


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the journal: its `name` in SQLite, the columns that name a row, in what order rows
    are written.

    `columns` tells of each what it must be; `json` are those kept as JSON; `whole` tells what is
    wrong with a row whose columns are right.
    """

    type: str
    name: str
    key: tuple[str, ...]
    order: str
    columns: Mapping[str, Check]
    json: tuple[str, ...] = ()
    whole: Callable[[Mapping[str, Any]], str] = lambda row: ""

    def shown(self, row: sqlite3.Row) -> dict[str, Any]:
        """A row as it is exported. Raises ValueError where its JSON is damaged."""
        shown: dict[str, Any] = {"type": self.type}
        for name, check in self.columns.items():
            value = row[name]
            if isinstance(value, bytes) or value in (inf, -inf):
                raise ValueError(f"its {name} is no text or number")
            if name in self.json:
                value = json.loads(str(value))
            shown[name] = bool(value) if check is _flag else value
        return shown

    def oddities(self, row: sqlite3.Row) -> list[str]:
        """The columns of a row, but names and JSON, that hold what they must not."""
        plain = (name for name in self.columns if name not in (*self.json, *self.key))
        return [
            name
            for name in plain
            if self.columns[name] is not _flag and self.columns[name](row[name])
        ]

    def values(self, row: dict[str, Any]) -> dict[str, Any]:
        """The columns of an exported row, as SQLite takes them. Raises BadRow.

        Numbers of `row` become what SQLite makes of them, so that it compares with what was
        exported.
        """
        if unknown := row.keys() - self.columns.keys() - {"type"}:
            raise BadRow(f"a row of type {self.type} has no {sorted(unknown)[0][:40]!r}")
        for name, check in self.columns.items():
            if name not in row:
                raise BadRow(f"{name} is missing")
            if wanted := check(row[name]):
                raise BadRow(f"{name} must be {wanted}")
            if check in (_number, _share):
                row[name] = float(row[name])
        if wrong := self.whole(row):
            raise BadRow(wrong)
        return {
            name: json.dumps(row[name], ensure_ascii=False) if name in self.json else row[name]
            for name in self.columns
        }


TABLES = (
    Table(
        "exchange",
        "exchanges",
        ("id",),
        "at, id",
        {
            "id": _name, "at": _at, "question": _text, "status": _one_of(get_args(Outcome)), "confidence": _share,
            "answer": _text, "writer": _text, "seconds": _number, "terminal": _text, "payload": _payload,
        },
        ("payload",),
    ),
    Table(
        "verdict",
        "verdicts",
        ("uid",),
        "id",
        {
            "uid": _name, "exchange": _name, "value": _one_of(("up", "down")), "comment": _maybe(_text),
            "correct": _maybe(_text), "by": _maybe(_text), "at": _at, "client": _maybe(_name),
        },
    ),
    Table(
        "decision",
        "decisions",
        ("uid",),
        "id",
        {
            "uid": _name, "exchange": _name, "kind": _one_of(get_args(Decided)), "by": _maybe(_text), "at": _at,
            "detail": _table, "undoes": _maybe(_name),
        },
        ("detail",),
        _decision,
    ),
    Table(
        "faq",
        "faq",
        ("entry", "version"),
        "seq",
        {
            "entry": _name, "version": _version, "action": _one_of(("add", "edit", "remove")), "question": _text,
            "also": _texts, "answer": _text, "sources": _sources, "exchange": _maybe(_name), "by": _maybe(_text),
            "at": _at,
        },
        ("also", "sources"),
        _entry,
    ),
    Table(
        "case_run",
        "case_runs",
        ("run", "case_id"),
        "id",
        {"run": _name, "case_id": _name, "passed": _flag, "detail": _table, "at": _at},
        ("detail",),
    ),
    Table(
        "hold",
        "holds",
        ("exchange",),
        "at, exchange",
        {
            "exchange": _name, "at": _at, "channel": _name, "asker": _text, "reasons": _reasons,
            "draft": _draft,
        },
        ("reasons", "draft"),
    ),
    Table(
        "hold_decision",
        "hold_decisions",
        ("uid",),
        "id",
        {
            "uid": _name, "exchange": _name, "kind": _one_of(get_args(HoldDecided)), "by": _maybe(_text),
            "at": _at, "detail": _table, "undoes": _maybe(_name),
        },
        ("detail",),
        _hold_decision,
    ),
    Table(
        "delivery",
        "deliveries",
        ("uid",),
        "id",
        {
            "uid": _name, "exchange": _name, "state": _one_of(get_args(DeliveryState)), "by": _text,
            "at": _at, "reason": _text,
        },
    ),
)  # fmt: skip
