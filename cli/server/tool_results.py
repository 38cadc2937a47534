"""What tools give: the contract's JSON and a short text of it, both within a limit of bytes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.types import Answer

LEAST_BYTES = 2000
PASSAGE_URI = "kb://passage/"
EXCHANGE_URI = "kb://exchange/"
_SPARED = ("retrieved", "closest", "hits", "sources", "around")  # lists, the first to go first
_NEEDED = ("citations", "sentences")
_LENGTHS = (4000, 2000, 1000, 500, 250, 100)
_NOTE_BYTES = 300  # kept for what is said of what was left out
_CLIP = 300


@dataclass(frozen=True)
class ToolResult:
    """A result before it is cut to size: the JSON, what makes a text of it, the passages in it."""

    shown: dict[str, Any]
    text: Callable[[dict[str, Any]], str]
    passages: Sequence[str] = ()

    def fitted(self, most: int) -> tuple[dict[str, Any], str, list[str]]:
        """The JSON and the text, each of at most that many bytes, and the passages still in it."""
        shown = fitted(self.shown, most)
        kept = json.dumps(shown, ensure_ascii=False)
        passages = [name for name in dict.fromkeys(self.passages) if f'"{name}"' in kept]
        text, note = self.text(shown), _note(shown.get("left_out"), most)
        room = most - _size_of(note) - sum(len(PASSAGE_URI) + len(name) for name in passages)
        raw = text.encode("utf-8", "replace")
        if len(raw) > room:
            note = note or _note({"text": len(raw) - room}, most)
            text = raw[: max(0, room - _NOTE_BYTES)].decode("utf-8", "ignore").rstrip() + " …"
        return shown, text + note, passages


def fitted(shown: dict[str, Any], most: int) -> dict[str, Any]:
    """The JSON in at most that many bytes. `left_out` says what was left out of which list, and
    how many characters of texts.
    """
    if _size(shown) <= most:
        return shown
    shown = deepcopy(shown)
    left_out: Counter[str] = Counter()
    room = most - _NOTE_BYTES
    for name in _SPARED:
        _drop(shown, name, 1, room, left_out)
    for length in _LENGTHS:
        if _size(shown) <= room:
            break
        left_out["characters"] += _clip_texts(shown, length)
    for name in (*_SPARED, *_NEEDED):
        _drop(shown, name, 0, room, left_out)
    return {**shown, "left_out": {name: count for name, count in left_out.items() if count}}


def _drop(shown: dict[str, Any], name: str, least: int, room: int, left_out: Counter[str]) -> None:
    """Take the last items of a list away until all fits, but for the `least` first."""
    items = shown.get(name)
    if not isinstance(items, list):
        return
    excess = _size(shown) - room
    while excess > 0 and len(items) > least:
        excess -= _size(items.pop()) + 2
        left_out[name] += 1


def _clip_texts(value: Any, length: int) -> int:
    """Cut every text within to that many characters; gives how many went."""
    gone = 0
    places = value.items() if isinstance(value, dict) else enumerate(value)
    for place, item in list(places):
        if isinstance(item, str) and len(item) > length:
            value[place] = item[: length - 1] + "…"
            gone += len(item) - length + 1
        elif isinstance(item, dict | list):
            gone += _clip_texts(item, length)
    return gone


def _size(value: Any) -> int:
    return _size_of(json.dumps(value, ensure_ascii=False))


def _size_of(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _note(left_out: dict[str, int] | None, most: int) -> str:
    if not left_out:
        return ""
    counts = ", ".join(f"{count} {name}" for name, count in left_out.items())
    return f"\n(left out to stay within {most} bytes: {counts}; `get` gives passages by their id)"


def hits_text(shown: dict[str, Any]) -> str:
    """The hits of a search, with their places and ids."""
    lines = [f"confidence {shown['confidence']:.2f}"]
    for hit in shown["hits"]:
        place = f"{hit['title']} — {hit['source']} {hit['anchor']['label']}"
        lines += [f"[{hit['rank']}] {_flat(place)} ({hit['passage']})", f"    {_flat(hit['text'])}"]
    return "\n".join(lines) if shown["hits"] else "nothing fits the question"


def answer_text(answer: Answer, shown: dict[str, Any]) -> str:
    """An answer with its sources, as `kb ask --format plain`, and the id to ask about it."""
    from cli.formats import open_format
    from cli.formats.messages import messages
    from cli.formats.notes import whole

    text = "\n".join(messages(whole(answer), open_format("plain")))
    return f"{text}\n({shown['status']}, confidence {shown['confidence']:.2f}, {shown['id']})"


def exchange_text(shown: dict[str, Any]) -> str:
    """A question with its answer and citations, as it was kept."""
    lines = [f"{shown['id']} {shown['status']}", f"Q: {shown['question']}"]
    lines.append(f"A: {shown.get('answer') or ''}")
    for citation in shown.get("citations", ()):
        place = f"{citation['source']} {citation['anchor']['label']}"
        lines.append(f"[{citation['n']}] {_flat(place)} ({citation['passage']})")
    return "\n".join(lines)


def passage_text(shown: dict[str, Any]) -> str:
    """A passage with those around it."""
    return "\n".join(_passage_lines(shown))


def _passage_lines(shown: dict[str, Any]) -> Iterator[str]:
    yield _flat(f"{shown['title']} — {shown['source']}")
    for piece in shown["around"]:
        mark = "▶" if piece["passage"] == shown["passage"] else " "
        yield f"\n{mark} {_flat(piece['anchor']['label'])} ({piece['passage']})\n{piece['text']}"


def sources_text(shown: dict[str, Any]) -> str:
    """The names and titles of sources."""
    lines = [f"{len(shown['sources'])} of {shown['total']}, from {shown['offset']} on"]
    lines += [
        _flat(f"{row['source']} — {row['title']} ({row['kind']})") for row in shown["sources"]
    ]
    return "\n".join(lines)


def _flat(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CLIP else f"{line[: _CLIP - 1]}…"
