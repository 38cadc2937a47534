"""Google Keep: a note, as Google Takeout has it in JSON."""

from __future__ import annotations

from typing import Any

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.messages import from_epoch, mapping, mappings, string
from ingest.parsing.nodes import top
from ingest.readers.plain import paragraphs
from kb.types import Anchor

_EDITED = "userEditedTimestampUsec"


def fits(file: File) -> bool:
    """Whether it is a note. Raises Unreadable."""
    if _EDITED not in file.text:
        return False
    return isinstance(file.json, dict) and {_EDITED, "isTrashed"} <= set(file.json)


def read(file: File) -> Parsed:
    """Read a note: its text and its list. Raises Unreadable for one that was thrown away."""
    note = mapping(file.json)
    if note.get("isTrashed") is True:
        raise Unreadable("a note that was thrown away")
    where = {key: (node.first, node.last) for key, node in top(file).children()}
    composer = Composer()
    text = string(note.get("textContent"))
    for start, end in paragraphs(text):
        composer.add(text[start:end], Anchor("lines", *where["textContent"]), 0)
    for item in mappings(note.get("listContent")):
        mark = "[x]" if item.get("isChecked") is True else "[ ]"
        if said := string(item.get("text")):
            anchor = Anchor("lines", *where["listContent"])
            composer.add(f"- {mark} {said}", anchor, 1, between="\n")
    return composer.parsed("doc", string(note.get("title")), meta=_metadata(note))


def _metadata(note: Any) -> dict[str, Any]:
    """When it was last edited, and its labels."""
    edited = note.get(_EDITED)
    at = from_epoch(edited / 1e6) if isinstance(edited, int | float) else None
    labels = [string(label.get("name")) for label in mappings(note.get("labels"))]
    found = {"date": at.date().isoformat() if at else "", "labels": labels}
    return {key: value for key, value in found.items() if value}
