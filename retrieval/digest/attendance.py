"""Who is there, as the source tells it: who speaks, and who is named without a word of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from kb.types import Document
from retrieval.digest.parts import Attendee, Line

_KEYS = ("speakers", "attendees", "participants", "present", "与会者", "参会人", "出席")


def attendance(document: Document, lines: Sequence[Line]) -> tuple[Attendee, ...]:
    """Everybody who speaks, by their first line, then whom only the metadata names."""
    letters: dict[str, int] = {}
    first: dict[str, Line] = {}
    for line in lines:
        if line.speaker:
            letters[line.speaker] = letters.get(line.speaker, 0) + len(line.text)
            first.setdefault(line.speaker, line)
    whole = sum(letters.values()) or 1
    speaking = [Attendee(name, letters[name] / whole, line) for name, line in first.items()]
    silent = [Attendee(name, 0.0, None) for name in _named(document) if name not in first]
    return (*speaking, *silent)


def _named(document: Document) -> list[str]:
    """The names in the metadata under what lists those who are there."""
    values = [document.meta.get(key) for key in _KEYS]
    names = [
        name.strip()
        for value in values
        for name in (value if isinstance(value, list) else str(value or "").split(","))
        if isinstance(name, str)
    ]
    return list(dict.fromkeys(name for name in names if name))
