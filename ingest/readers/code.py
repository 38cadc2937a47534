"""Source code: the text as written, parted at definitions, whose names are the headings.

Python is parted by its own parser. Everything else is read line by line, by indentation: a
definition ends where a line stands no further in than its first one, closing lines aside. What is
no definition, or was not seen to be one, stays in its place between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.parsed import Block, File, Lines, Parsed, Unreadable, trimmed
from ingest.parsing.languages import HOLDERS, LONG, Syntax, syntax
from ingest.readers.plain import paragraphs

if TYPE_CHECKING:
    import ast

_LONGEST_MEAN_LINE = 5_000
_LARGEST_TREE = 500_000  # characters of Python; a tree takes up to three hundred times its source
_DEEPEST = 8  # definitions within definitions
_SEEN = 300  # how far into a line is looked for a definition
_ROOM = 0.8  # of a passage, for lines put together; the rest is for the closing lines after them
_WORD = re.compile(r"[^\W_]")
_IN_NAME = re.compile(r"[\w-]")
_CLOSING = re.compile(r"[\W_]*(?:(?:end|fi|done|esac)\b[\W_]*)?\Z")


def read(file: File) -> Parsed:
    """Read source code. Raises Unreadable when it was not written by hand."""
    text = file.text
    if len(text) > _LONGEST_MEAN_LINE * (text.rstrip("\n").count("\n") + 1):
        raise Unreadable("minified or generated code")
    its = syntax(file.ending)
    name = its.language.name
    rows = text.split("\n")
    parts = _python_parts(text, rows) if name == "python" else None
    parts = list(_parts(rows, its)) if parts is None else parts
    blocks = tuple(_blocks(text, parts, file.settings.passage_chars))
    return Parsed(text, blocks, "doc", file.name, "", {"code": name} if name else {})


@dataclass(frozen=True, slots=True)
class Part:
    """The lines from the 0-based `first` to the next part's: a definition, or what stands between
    two.

    Parts of one `unit` are within one outermost definition, or between the same two.
    """

    first: int
    path: tuple[str, ...]
    unit: int


def _blocks(text: str, parts: Sequence[Part], size: int) -> Iterator[Block]:
    lines = Lines(text)
    group = -1
    unit: int | None = None  # that the group is of; None after a part that is a group of its own
    ends = [part.first for part in parts[1:]] + [len(lines.starts)]
    for part, end in zip(parts, ends, strict=True):
        spans = list(pieces(text, lines.offset(part.first), lines.offset(end), size))
        if not spans:
            continue
        whole = len(spans) == 1
        if part.unit != unit or not whole:
            group += 1
        unit = part.unit if whole else None
        for start, stop in spans:
            yield Block(start, stop, group, part.path)


def pieces(text: str, start: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """A slice of code whole when it is of at most `size` characters; else in paragraphs, or in
    lines.
    """
    start, end = trimmed(text, start, end)
    if end - start <= size:
        if start < end:
            yield start, end
        return
    first = last = start
    for begin, stop in _paragraphs_or_lines(text, start, end, int(size * _ROOM)):
        if begin > first and _WORD.search(
            text, begin, stop
        ):  # else closing brackets: no piece of their own
            yield first, last
            first = begin
        last = stop
    yield first, last


def _paragraphs_or_lines(text: str, start: int, end: int, room: int) -> Iterator[tuple[int, int]]:
    for begin, stop in paragraphs(text, start, end):
        first = begin
        while stop - first > room:
            cut = text.rfind("\n", first, first + room) + 1 or text.find("\n", first, stop) + 1
            if not cut:
                break
            yield first, cut - 1
            first = cut
        yield first, stop


# --- Python ---------------------------------------------------------------------------------------


def _python_parts(text: str, rows: Sequence[str]) -> list[Part] | None:
    """The parts of a module; None when Python's parser won't have it."""
    import ast
    import warnings

    if len(text) > _LARGEST_TREE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    parts = [Part(0, (), 0)]
    for first, path in _definitions(tree.body, (), rows, 0):
        outermost = not path or not parts[-1].path
        parts.append(Part(first, path, parts[-1].unit + outermost))
    return parts


def _definitions(
    body: Sequence[ast.stmt], path: tuple[str, ...], rows: Sequence[str], done: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Where each definition of a body begins, with its leading comments and decorators, and where
    it ends.
    """
    import ast

    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
            while first > done and rows[first - 1].lstrip().startswith("#"):
                first -= 1
            first = max(first, done)
            is_class = isinstance(node, ast.ClassDef)
            inner = (*path, f"{'class' if is_class else 'def'} {node.name}")
            yield first, inner
            if is_class:
                yield from _definitions(node.body, inner, rows, node.lineno)
            yield node.end_lineno or node.lineno, path
        done = node.end_lineno or node.lineno


# --- every other language -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """An open definition: how far its first line stands in, and whether definitions within it
    count.
    """

    indent: int
    path: tuple[str, ...]
    name: str
    holds: bool


def _parts(rows: Sequence[str], its: Syntax) -> Iterator[Part]:
    unit = 0
    yield Part(0, (), unit)
    for first, path, outermost in _Walk(its).parts(rows):
        unit += outermost
        yield Part(first, path, unit)


class _Walk:
    """Goes through the lines of a file, knowing which definitions it is in."""

    def __init__(self, its: Syntax) -> None:
        self._syntax = its
        self._open: list[_Scope] = []
        self._leading: tuple[int, int] | None = (
            None  # line and indent of the first of the comments just above
        )
        self._until = ""  # what ends the comment or long string that the line is in
        self._closed = False  # the line before closed a definition
        self._ended = True  # the line before ended a statement

    def parts(self, rows: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...], bool]]:
        """(line, path, whether an outermost definition begins or ends) wherever a part begins."""
        for number, row in enumerate(rows):
            head = row[:_SEEN].strip()
            indent = len(row) - len(row.lstrip())
            if not head:
                yield from self._apart()
            elif self._is_leading(row, head):
                self._leading = self._leading or (number, indent)
            elif _CLOSING.match(head):
                self._ended = head.endswith(";")
                self._closed = (
                    head[0] == "}" and bool(self._open) and indent <= self._open[-1].indent
                )
            else:
                if self._closed or not self._open or not self._syntax.passing.match(head):
                    yield from self._line(number, indent, head)
                self._leading, self._closed = None, False
                self._ended = row.rstrip().endswith(";")

    def _is_leading(self, row: str, head: str) -> bool:
        """Whether the line is a comment, or an annotation of what follows."""
        if self._until:
            if self._until in row:
                self._until = ""
            return True
        opened = self._syntax.long.match(head)
        if opened:
            closing = LONG[opened[0]]
            self._until = "" if closing in row[row.index(opened[0]) + len(opened[0]) :] else closing
            return True
        return self._syntax.leading.match(head) is not None

    def _apart(self) -> Iterator[tuple[int, tuple[str, ...], bool]]:
        """A blank line after comments: they lead nothing, but may stand outside of what is open."""
        if self._leading and not self._until and not self._syntax.language.flat:
            number, indent = self._leading
            self._leading = None
            if self._left(indent, "", False):
                yield number, self._path(), not self._open

    def _line(
        self, number: int, indent: int, head: str
    ) -> Iterator[tuple[int, tuple[str, ...], bool]]:
        first = self._leading[0] if self._leading else number
        goes_on = self._syntax.goes_on.match(head) is not None or (
            self._syntax.language.by_statement and not self._ended
        )
        left = self._left(indent, head, goes_on)
        found = self._definition(head)
        if found:
            heading, name = found
            outermost = not self._open
            holds = heading.split(" ")[0] in HOLDERS
            self._open.append(_Scope(indent, (*self._path(), heading), name, holds))
            yield first, self._path(), outermost
        elif left:
            yield first, self._path(), not self._open

    def _left(self, indent: int, head: str, goes_on: bool) -> bool:
        """Whether a line that stands `indent` in is outside of something open, which is closed."""
        before = len(self._open)
        while self._open:
            scope = self._open[-1]
            if indent > scope.indent or (
                indent == scope.indent and (goes_on or _begins_with(head, scope.name))
            ):
                break
            self._open.pop()
        return len(self._open) < before

    def _path(self) -> tuple[str, ...]:
        return self._open[-1].path if self._open else ()

    def _definition(self, head: str) -> tuple[str, str] | None:
        """(heading, name) of the definition that a line begins."""
        if self._open and (not self._open[-1].holds or len(self._open) == _DEEPEST):
            return None
        for pattern in (*self._syntax.definitions, *(self._syntax.members if self._open else ())):
            match = pattern.match(head)
            if match:
                found = match.groupdict()
                if found.get("plain") or found.get("call"):
                    name = found.get("plain") or f"{found['call']}()"
                    return name, name.removesuffix("()")
                name = " ".join(found["name"].replace('"', "").split()).rstrip(":.,")
                name = f"{found['on']}.{name}" if found.get("on") else name
                return f"{found['kind']} {name}".rstrip(), name
        return None


def _begins_with(head: str, name: str) -> bool:
    """Whether a line is the next clause of a definition of that name."""
    return bool(name) and head.startswith(name) and not _IN_NAME.match(head, len(name))
