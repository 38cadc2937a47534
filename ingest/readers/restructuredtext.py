"""reStructuredText: bibliographic fields, heading paths, and exact slices of the text as written.

Where sections begin and how deep they are follows docutils; a title that it would refuse, for a
level that was left out or an underline that is too short, is still a title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from unicodedata import combining, east_asian_width

from ingest.metadata import as_text, plain_values
from ingest.parsed import Block, File, Lines, Parsed, trimmed
from ingest.parsing import rst_table
from ingest.parsing.table_text import tables_in, with_tables
from ingest.readers.plain import paragraphs

_MARK = r"[!-/:-@\[-`{-~]"
_ADORNMENT = re.compile(rf"({_MARK})\1*[ \t]*\Z")
_EXPLICIT = re.compile(r"\.\.(?:[ \t]+|\Z)")
_TARGET = re.compile(r"\.\.[ \t]+_(?![ \t])(?:`[^`]*`|(?:\\.|[^:\\])+):[ \t]*(\S?)|__(?:[ \t]+|\Z)")
_KEPT = re.compile(
    r"\.\.[ \t]+(?:"
    r"\[(?:\d+|[#*]|#?[^\W_][\w.:+-]*)\](?:[ \t]|\Z)"  # a footnote or citation
    r"|\|(?!\s)[^|]*\|[ \t]+[^\W_][\w.:+-]*[ \t]?::"  # a substitution
    r"|[^\W_](?:[\w.:+-]*[^\W_])?[ \t]?::(?:[ \t]|\Z))"  # a directive
)
_META = re.compile(r"\.\.[ \t]+meta[ \t]?::[ \t]*\Z", re.I)
_BULLET = re.compile(r"[-+*•‣⁃](?:[ \t]+|\Z)")
_ENUMERATOR = re.compile(r"(\()?(?:\d+|#|[a-zA-Z]|[ivxlcdmIVXLCDM]+)(?(1)\)|[.)])(?:[ \t]+|\Z)")
_FIELD = re.compile(r":(?![: \t])((?:[^:\\]|\\.|:(?![ \t`]|\Z))*)(?<![ \t]):(?:[ \t]+|\Z)")
_SIMPLE_TABLE = re.compile(r"=+(?:[ \t]+=+)+[ \t]*\Z")
_SIMPLE_BORDER = re.compile(r"=+[ =]*\Z")
_ROLE = re.compile(r":[a-zA-Z][\w:+.-]{0,60}:(?=`)")
_LINK = re.compile(r"`([^`<>]+)[ \t]<[^`<>]*>`__?")
_EMPHASIS = re.compile(r"(\*\*|\*|``|`)(?=\S)(.{1,300}?)(?<=\S)\1_{0,2}")
_ESCAPE = re.compile(r"\\(.)")
_KEYWORD = re.compile(r"\$[A-Za-z]+:[ \t]*([^$]*?)[ \t]*\$\Z")
_PROSE = frozenset(("abstract", "dedication"))


def read(file: File) -> Parsed:
    """Read reStructuredText."""
    own: dict[str, Any] = {}
    blocks, heading = _blocks(_scan(file.text), own)
    title = as_text(own.pop("title", "")) or heading
    lang = as_text(own.pop("lang", "") or own.pop("language", ""))
    parsed = Parsed(file.text, blocks, "doc", title, lang, plain_values(own))
    return with_tables(parsed, tables_in(parsed, rst_table.find))


@dataclass(frozen=True, slots=True)
class _Part:
    """What the slice [start, end) of the text is. A gap is what is left out; it may hold metadata."""

    kind: Literal["heading", "block", "gap"]
    start: int
    end: int
    style: str = ""
    title: str = ""
    fields: tuple[tuple[str, Any], ...] = ()


def _blocks(parts: Iterable[_Part], own: dict[str, Any]) -> tuple[tuple[Block, ...], str]:
    """The blocks, and the first heading; fields go to `own`. A document of nothing but headings is
    made of them.
    """
    styles: list[str] = []
    path: tuple[str, ...] = ()
    blocks: list[Block] = []
    headings: list[Block] = []
    first_heading = ""
    group = 0
    for part in parts:
        group += part.kind != "block"
        own.update(part.fields)
        if part.kind == "heading":
            if part.style not in styles:
                styles.append(part.style)
            path = (*path[: styles.index(part.style)], part.title)
            headings.append(Block(part.start, part.end, group))
            first_heading = first_heading or part.title
        elif part.kind == "block" and part.start < part.end:
            blocks.append(Block(part.start, part.end, group, path))
    return tuple(blocks or headings), first_heading


# --- the outermost constructs ---------------------------------------------------------------------


def _scan(text: str) -> Iterator[_Part]:
    rows = text.split("\n")
    lines = Lines(text)
    position = 0
    on_top = True  # nothing but titles, comments and fields so far
    literal = False  # the paragraph before ends in `::`
    while position < len(rows):
        row = rows[position]
        if not row.strip():
            position += 1
            continue
        heading = _heading(rows, position)
        kind, end = ("heading", heading.rows) if heading else _construct(rows, position, literal)
        end += position
        start, stop = trimmed(text, lines.offset(position), lines.offset(end))
        if heading:
            yield _Part("heading", start, stop, heading.style, heading.title)
        elif kind in ("comment", "meta"):
            yield _Part(
                "gap",
                start,
                stop,
                fields=_fields(rows[position + 1 : end]) if kind == "meta" else (),
            )
        elif kind == "field" and on_top:
            fields = _fields(rows[position:end])
            yield _Part("gap", start, stop, fields=fields)
            if any(name in _PROSE for name, _ in fields):
                yield _Part("block", start, stop)
        elif kind == "quote":
            yield from (_Part("block", *span) for span in paragraphs(text, start, stop))
        elif kind != "transition":
            yield _Part("block", start, stop)
        on_top = on_top and kind in ("heading", "comment", "meta", "field")
        literal = kind == "text" and text.endswith("::", start, stop)
        position = end


@dataclass(frozen=True, slots=True)
class _Heading:
    title: str
    style: str
    rows: int


def _heading(rows: Sequence[str], position: int) -> _Heading | None:
    row = rows[position].rstrip()
    following = rows[position + 1].rstrip() if position + 1 < len(rows) else ""
    if _ADORNMENT.match(row):
        closing = rows[position + 2].rstrip() if position + 2 < len(rows) else ""
        if (
            following
            and closing == row
            and not _ADORNMENT.match(following)
            and _reaches(row, following)
        ):
            return _Heading(_heading_text(following), row[0] * 2, 3)
        return None
    if (
        not _ADORNMENT.match(following)
        or not _reaches(following, row)
        or _is_more_than_text(rows, position)
    ):
        return None
    return _Heading(_heading_text(row), following[0], 2)


def _reaches(adornment: str, title: str) -> bool:
    """Whether a line is long enough to adorn a title: a short one needs its whole width."""
    return len(adornment) >= 4 or len(adornment) >= sum(
        0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1
        for character in title
    )


def _is_more_than_text(rows: Sequence[str], position: int) -> bool:
    row = rows[position]
    return bool(
        row[0] in " \t"
        or _BULLET.match(row)
        or _is_enumerated(rows, position)
        or _FIELD.match(row)
        or row.startswith((">>> ", "| ", "__ "))
        or _SIMPLE_TABLE.match(row)
        or _EXPLICIT.match(row)
    )


def _is_enumerated(rows: Sequence[str], position: int) -> bool:
    """Whether a list item begins there: its next line is blank, indented or the next item."""
    if not _ENUMERATOR.match(rows[position]):
        return False
    following = rows[position + 1] if position + 1 < len(rows) else ""
    return not following[:1].strip() or _ENUMERATOR.match(following) is not None


def _heading_text(raw: str) -> str:
    bare = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _ROLE.sub("", raw)))
    return " ".join(_ESCAPE.sub(r"\1", bare).split())


def _construct(rows: Sequence[str], position: int, literal: bool) -> tuple[str, int]:
    """What begins there, and how many rows it takes."""
    row = rows[position]
    if row[0] in " \t":
        return "literal" if literal else "quote", _indented(rows, position + 1) - position
    if literal and _ADORNMENT.match(row[0]):
        return "literal", _until_blank(rows, position) - position
    if _EXPLICIT.match(row):
        return _explicit(rows, position)
    if _ADORNMENT.match(row):
        alone = position + 1 == len(rows) or not rows[position + 1].strip()
        return (
            ("transition", 1)
            if alone and len(row.rstrip()) >= 4
            else ("text", _text_rows(rows, position))
        )
    if _SIMPLE_TABLE.match(row):
        return "table", _table_rows(rows, position)
    if _FIELD.match(row):
        return "field", _indented(rows, position + 1) - position
    if _BULLET.match(row) or _is_enumerated(rows, position):
        return "item", _indented(rows, position + 1) - position
    if (
        position + 1 < len(rows)
        and rows[position + 1][:1] in (" ", "\t")
        and rows[position + 1].strip()
    ):
        return "item", _indented(rows, position + 1) - position  # a term with its definition
    return "text", _text_rows(rows, position)


def _explicit(rows: Sequence[str], position: int) -> tuple[str, int]:
    row = rows[position]
    target = _TARGET.match(row)
    if target:
        end = position + 1
        while end < len(rows) and rows[end][:1] in (" ", "\t") and rows[end].strip():
            end += 1
        bare = not target[1] and end == position + 1
        return "comment" if bare else "target", end - position
    if row.rstrip() == ".." and (position + 1 == len(rows) or not rows[position + 1].strip()):
        return "comment", 1  # an empty one takes nothing with it
    kind = "meta" if _META.match(row) else "directive" if _KEPT.match(row) else "comment"
    return kind, _indented(rows, position + 1) - position


def _indented(rows: Sequence[str], position: int) -> int:
    """The end of the blank and indented rows from `position` on."""
    while position < len(rows) and (
        rows[position][:1] in ("", " ", "\t") or not rows[position].strip()
    ):
        position += 1
    return position


def _until_blank(rows: Sequence[str], position: int) -> int:
    while position < len(rows) and rows[position].strip():
        position += 1
    return position


def _text_rows(rows: Sequence[str], position: int) -> int:
    end = position + 1
    while end < len(rows) and rows[end].strip() and rows[end][0] not in " \t":
        end += 1
    return end - position


def _table_rows(rows: Sequence[str], position: int) -> int:
    """A simple table ends at its third border, or at its second before a blank line."""
    borders = 0
    for number in range(position + 1, len(rows)):
        if _SIMPLE_BORDER.match(rows[number]):
            borders += 1
            if borders == 2 or number + 1 == len(rows) or not rows[number + 1].strip():
                return number + 1 - position
    return _until_blank(rows, position) - position


# --- fields ---------------------------------------------------------------------------------------


def _fields(rows: Sequence[str]) -> tuple[tuple[str, Any], ...]:
    """The names and values of a list of fields, however far it is indented."""
    found: list[tuple[str, list[str]]] = []
    for row in map(str.strip, rows):
        match = _FIELD.match(row)
        if match:
            found.append((match[1].lower().split()[0], [row[match.end() :]]))
        elif found:
            found[-1][1].append(row)
    values = ((name, _value(name, [row for row in body if row])) for name, body in found)
    return tuple(
        (name.removesuffix("s") if name == "authors" else name, value)
        for name, value in values
        if value
    )


def _value(name: str, rows: Sequence[str]) -> str | list[str]:
    value = " ".join(rows)
    listed = [row[1:].strip() for row in rows if _BULLET.match(row)]
    if name in ("authors", "keywords", "tags"):
        return listed or [each for part in re.split("[;,；，、]", value) if (each := part.strip())]
    keyword = _KEYWORD.match(value)
    return keyword[1] if keyword else value
