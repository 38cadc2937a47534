"""What readers give: a text, the blocks it is made of, and where each stands in its source."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.types import Anchor, Cue, Kind


class Unreadable(Exception):
    """A file that can't be read, with the reason that the user sees."""


class Unopenable(Unreadable):
    """A file that can't be read for now: nothing about what is in it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A slice of the text that stands together: a paragraph, list item, table, speaker turn or FAQ entry.

    Blocks with the same `group` may share a passage; a passage never spans two groups.
    `anchor` is set where blocks carry their own place (turns, FAQ entries); else places are counted in lines.
    """

    start: int
    end: int
    group: int
    headings: tuple[str, ...] = ()
    anchor: Anchor | None = None
    cues: tuple[Cue, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source as its reader understood it. Offsets in blocks (and in their cues) count characters of `text`."""

    text: str
    blocks: tuple[Block, ...]
    kind: Kind
    title: str = ""
    lang: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


class Lines:
    """Turns offsets of a text into 1-based line numbers."""

    def __init__(self, text: str) -> None:
        self.starts = [0]
        self.length = len(text)
        position = text.find("\n")
        while position != -1:
            self.starts.append(position + 1)
            position = text.find("\n", position + 1)

    def number(self, offset: int) -> int:
        """The line that the character at `offset` stands in."""
        return bisect_right(self.starts, offset)

    def offset(self, line: int) -> int:
        """Where the 0-based `line` begins; the end of the text for lines past it."""
        return self.starts[line] if line < len(self.starts) else self.length

    def anchor(self, start: int, end: int) -> Anchor:
        """The lines of the slice from `start` to `end`."""
        return Anchor("lines", self.number(start), self.number(max(start, end - 1)))


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The slice without the white space around it; empty (end, end) when there is nothing else."""
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
