"""What readers are given, and what they give: a text, the blocks it is made of, and where each
stands in its source.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BufferedReader
from pathlib import PurePath
from typing import Any

from ingest.errors import Unopenable as Unopenable
from ingest.errors import Unreadable as Unreadable
from kb.anchors import Box
from kb.settings import ReadingSettings
from kb.tables import Record
from kb.types import Anchor, Kind, Place


def open_file(path: str) -> BufferedReader:
    """A file, opened to be read; no link, since one that was put there after the walk may lead
    anywhere.

    Raises OSError.
    """
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_BINARY", 0)
        | getattr(os, "O_CLOEXEC", 0)
    )
    return os.fdopen(os.open(path, flags), "rb")


def malformed_json(error: ValueError) -> Unreadable:
    """Why a JSON text can't be read: where it breaks, in our words, since Python's differ from
    release to release.
    """
    place = (
        f" at line {error.lineno}, column {error.colno}"
        if isinstance(error, json.JSONDecodeError)
        else ""
    )
    return Unreadable(f"malformed JSON{place}")


class File:
    """A file as readers are given it: its name without folders, its bytes, and the metadata given
    for it.

    `location` is where its bytes are: at its path, or where that leads as a link. `earlier` are the
    files of the messages that it answers, where it is a mail, the first of them first. Its text and
    its JSON are worked out when first asked for, once, whoever asks. All raise Unreadable.
    """

    def __init__(
        self,
        name: str,
        data: bytes | None = None,
        *,
        path: str = "",
        target: str = "",
        given: Mapping[str, Any] | None = None,
        settings: ReadingSettings | None = None,
        earlier: Sequence[File] = (),
    ) -> None:
        self.name = name
        self.path = path
        self.location = target or path
        self.given: Mapping[str, Any] = given or {}
        self.settings = settings or ReadingSettings()
        self.earlier = earlier
        if data is not None:
            self.data = data

    @property
    def ending(self) -> str:
        """The file ending in lower case, with its dot; empty for a name without one."""
        return PurePath(self.name).suffix.lower()

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file."""
        try:
            with open_file(self.location) as stream:
                return stream.read()
        except OSError as error:
            raise Unopenable(f"can't be opened: {error.strerror}") from error

    def start(self, length: int) -> bytes:
        """So many of its first bytes, or all there are; the rest is not read."""
        if "data" in self.__dict__:
            return self.data[:length]
        try:
            with open_file(self.location) as stream:
                return stream.read(length)
        except OSError as error:
            raise Unopenable(f"can't be opened: {error.strerror}") from error

    @cached_property
    def text(self) -> str:
        """The text of the file with line feeds as line ends, whatever its encoding."""
        from ingest.parsing.decode import decode

        return decode(self.data)

    @cached_property
    def json(self) -> Any:
        """The JSON value of the file."""
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise malformed_json(error) from error
        except RecursionError:
            raise Unreadable("too deeply nested") from None


@dataclass(frozen=True, slots=True)
class Block:
    """A slice of the text that stands together: a paragraph, list item, table row, speaker turn or
    FAQ entry.

    Blocks with the same `group` may share a passage; a passage never spans two groups. `anchor` is
    set where blocks carry their own place (turns, pages, rows, FAQ entries); else places are
    counted in lines of the text. `places` tells finer where its parts stand; without them all of it
    stands at the anchor. `context` is found with it, and no part of it. `record` are its cells,
    where it is a row of a table. `boxes` are where on a page each of the places is.
    """

    start: int
    end: int
    group: int
    headings: tuple[str, ...] = ()
    anchor: Anchor | None = None
    places: tuple[Place, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    context: str = ""
    record: Record | None = None
    boxes: tuple[Box, ...] = ()

    @property
    def speaker(self) -> str | None:
        """Who says it, where that is known."""
        return self.anchor.speaker if self.anchor else None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A source as its reader understood it. Offsets in blocks count characters of `text`, in places
    of the block's.
    """

    text: str
    blocks: tuple[Block, ...]
    kind: Kind
    title: str = ""
    lang: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


_NO_META: Mapping[str, Any] = {}  # one for all blocks: a table may have a million


class Composer:
    """Puts a Parsed together from pieces of text that do not stand in the source as they are read.

    `add` starts a block; pieces are parted by a blank line, unless it is told what stands between
    them. Empty pieces are left out. The notes to a table are added to the cells that refer to them.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._blocks: list[Block] = []
        self._offset = 0

    def add(
        self,
        text: str,
        anchor: Anchor,
        group: int,
        headings: tuple[str, ...] = (),
        places: tuple[Place, ...] = (),
        meta: Mapping[str, Any] | None = None,
        record: Record | None = None,
        between: str = "\n\n",
        context: str = "",
        boxes: tuple[Box, ...] = (),
    ) -> None:
        """Add a block. `places` count offsets in `text`."""
        if not text.strip():
            return
        if self._pieces:
            self._pieces.append(between)
            self._offset += len(between)
        end = self._offset + len(text)
        block = Block(
            self._offset, end, group, headings, anchor, places, meta or _NO_META, context, record,
            boxes,
        )  # fmt: skip
        self._blocks.append(block)
        self._pieces.append(text)
        self._offset = end

    def add_all(self, parsed: Parsed, group: int, part: str | None = None) -> int:
        """Add the blocks of a document within this one, their groups counted on from `group`; gives
        the next group.

        Blocks anchored in lines keep them, as lines of `part`.
        """
        lines = Lines(parsed.text)
        for block in parsed.blocks:
            text = parsed.text[block.start : block.end]
            anchor = block.anchor or lines.anchor(block.start, block.end)
            places = block.places or (
                () if block.anchor else tuple(lines.places(block.start, block.end))
            )
            whole = replace(anchor, part=part if part is not None else anchor.part)
            own = (places, block.meta, block.record)
            number = group + block.group
            self.add(text, whole, number, block.headings, *own, context=block.context)
        return group + 1 + max((block.group for block in parsed.blocks), default=0)

    def parsed(
        self, kind: Kind, title: str = "", lang: str = "", meta: Mapping[str, Any] | None = None
    ) -> Parsed:
        """What was put together. Raises Unreadable when nothing was."""
        if not self._blocks:
            raise Unreadable("no text in it")
        if any(block.record for block in self._blocks):
            from ingest.table_notes import add_notes

            self._blocks = add_notes(self._pieces, self._blocks)
        text = "".join(self._pieces)
        return Parsed(text, tuple(self._blocks), kind, title, lang, meta or {})

    def __bool__(self) -> bool:
        """Whether anything was added since it began."""
        return bool(self._blocks)

    def clear(self) -> None:
        """Begin anew: what comes next is a further part of the same document."""
        self._pieces.clear()
        self._blocks.clear()
        self._offset = 0


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

    def anchor(self, start: int, end: int, speaker: str | None = None) -> Anchor:
        """The lines of the slice from `start` to `end`."""
        return Anchor("lines", self.number(start), self.number(max(start, end - 1)), speaker)

    def places(self, start: int, end: int) -> Iterator[Place]:
        """Each line of the slice from `start` to `end`, as a place in it."""
        first = self.number(start)
        yield 0, first, first
        for number in range(first + 1, self.number(max(start, end - 1)) + 1):
            yield self.starts[number - 1] - start, number, number


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The slice without the white space around it; empty (end, end) when there is nothing else."""
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return start, end
