"""AsciiDoc: the document header, heading paths, and exact slices of the text as written.

Where a line may begin a block follows Asciidoctor: a heading in the middle of a paragraph is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal
from unicodedata import east_asian_width

from ingest.metadata import plain_values
from ingest.parsed import Block, File, Lines, Parsed, Unreadable, trimmed
from ingest.parsing import asciidoc_table
from ingest.parsing.table_text import tables_in, with_tables
from kb.text import HAN

_PGP = re.compile(
    r"\s*-----BEGIN PGP (?:SIGNATURE|MESSAGE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)-----"
)
_COMMENT = re.compile(r"//(?!/)")
_DELIMITER = re.compile(
    r"(?:/{4,}|-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|~{4,}|--|[|,:!]={3,}|```[\w+#-]*)[ \t]*\Z"
)
_ENTRY = re.compile(r":(!?\w[\w-]*!?):(?:[ \t]+(.*))?\Z")
_ATTRIBUTES = re.compile(r"\[(?:|[\w.#%{,\"'].*|\[(?:|[^\W\d][\w:.-]*(?:,.*)?)\])\][ \t]*\Z")
_TITLE = re.compile(r"\.\.?[^ \t.]")
_SECTION = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)\Z")
_UNDERLINE = re.compile(r"(?:=+|-+|~+|\^+|\++)[ \t]*\Z")
_UNDERLINES = "=-~^+"
_ANCHOR = re.compile(r"\[\[[^\[\]]*\]\]")
_EMPHASIS = re.compile(r"(?<![\w*_`#])([*_`#]{1,2})(?=\S)(.{1,300}?)(?<=\S)\1(?![\w*_`#])")
_BREAK = re.compile(r"(?:'{3,}|<{3,}|-{3}|\*{3}|- - -|\* \* \*)[ \t]*\Z")
_ITEM = re.compile(
    r"[ \t]*(?:(\*{1,6}|\.{1,6}|[-•]|\d+\.|[a-zA-Z]\.|[ivxIVX]+\)|<(?:\d+|\.)>)[ \t]+\S)"
)
_TERM = re.compile(r"(?!//)[ \t]*[^ \t\n].*?(:::?:?|;;)(?:\Z|[ \t]+(\S?))")
_MACRO = re.compile(r"\w[\w-]*::[^\s\[]*\[.*\][ \t]*\Z")
_NAME = rf"(?:[^\W\d_{HAN}][\w.'’-]*|[{HAN}·]{{2,8}})(?: +[^\W_][\w.'’-]*){{0,3}}"
_AUTHOR = re.compile(rf"({_NAME})(?: +<([^<>]*)>)?")
_AUTHORS = re.compile(rf"{_AUTHOR.pattern}(?:; *{_AUTHOR.pattern})*[ \t]*\Z")
_REVISION = re.compile(
    r"(?:v?(\d[\w.-]*)(?:, *|\Z))?(?:(\d[^:]*|[^\W\d]+ \d[^:]*))?(?:: *(\S.*))?\Z"
)
# What a document tells its processor, not its reader.
_SETTING = re.compile(
    r"_.*|(?:toc|sect|icon|imag|id|source-|xref|link|page-|pdf-|hide-|no|show|highlight|table-|web|attribute-|skip-)"
    r".*|.*(?:dir|caption|label|style|refsig|css|theme|highlighter)|doctype|stem|experimental|reproducible|partnums"
)


def read(file: File) -> Parsed:
    """Read AsciiDoc."""
    text = file.text
    if _PGP.match(text):
        raise Unreadable("a PGP signature or key, not AsciiDoc")
    rows = text.split("\n")
    closings = _closings(rows)
    header = _header(rows, closings)
    blocks, heading = _blocks(text, chain(header.heading, _body(rows, header.body, closings)))
    own = header.meta
    title = heading or own.pop("doctitle", "") or own.pop("title", "")
    parsed = Parsed(text, blocks, "doc", title, own.pop("lang", ""), plain_values(own))
    return with_tables(parsed, tables_in(parsed, asciidoc_table.find))


@dataclass(frozen=True, slots=True)
class _Part:
    """What the 0-based lines [first, end) are. A gap is what is left out."""

    kind: Literal["heading", "block", "gap"]
    first: int
    end: int
    level: int = 0
    title: str = ""


def _blocks(text: str, parts: Iterable[_Part]) -> tuple[tuple[Block, ...], str]:
    """The blocks, and the first heading. A document of nothing but headings is made of them."""
    lines = Lines(text)
    levels: list[int] = []
    path: tuple[str, ...] = ()
    blocks: list[Block] = []
    headings: list[Block] = []
    first_heading = ""
    group = 0
    for part in parts:
        group += part.kind != "block"
        start, end = trimmed(text, lines.offset(part.first), lines.offset(part.end))
        if part.kind == "heading":
            levels = [level for level in levels if level < part.level]
            path = (*path[: len(levels)], part.title)
            levels.append(part.level)
            headings.append(Block(start, end, group))
            first_heading = first_heading or part.title
        elif part.kind == "block" and start < end:
            blocks.append(Block(start, end, group, path))
    return tuple(blocks or headings), first_heading


def _closings(rows: Sequence[str]) -> dict[int, int]:
    """For each line that may open a delimited block, the line that closes it."""
    below: dict[str, int] = {}
    pairs: dict[int, int] = {}
    for number in range(len(rows) - 1, -1, -1):
        if rows[number][:1] in "/-.=*_+~|,:!`" and _DELIMITER.match(rows[number]):
            mark = rows[number].rstrip()
            closing = "```" if mark.startswith("```") else mark
            if closing in below:
                pairs[number] = below[closing]
            below[mark] = number
    return pairs


# --- the document header --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Header:
    heading: tuple[_Part, ...]
    meta: dict[str, Any]
    body: int


def _header(rows: Sequence[str], closings: Mapping[int, int]) -> _Header:
    """The title, what the header tells, and the line at which the body begins."""
    found: dict[str, Any] = {}
    position = _entries(rows, 0, closings, found)
    body = position
    while position < len(rows) and (
        _ATTRIBUTES.match(rows[position]) or not rows[position].strip()
    ):
        position = _entries(rows, position + 1, closings, found)
    heading = _heading(rows, position, closings)
    if heading is None or heading.level > 0:
        return _Header((), _described(found), body)
    position = heading.end
    if position < len(rows) and _AUTHORS.match(rows[position]):
        people = _AUTHOR.findall(rows[position])
        found["author"] = [name.rstrip() for name, _ in people]
        found["email"] = [address for _, address in people if address]
        position += 1
        revision = (
            _REVISION.match(rows[position])
            if position < len(rows) and rows[position].strip()
            else None
        )
        if revision:
            named = zip(("revnumber", "revdate", "revremark"), revision.groups(), strict=True)
            found |= {key: value for key, value in named if value}
            position += 1
    while position < len(rows) and rows[position].strip():
        after = _entry(rows, position, found) or _comment(rows, position, closings)
        if not after:
            break
        position = after
    return _Header((heading,), _described(found), position)


def _entries(
    rows: Sequence[str], position: int, closings: Mapping[int, int], found: dict[str, Any]
) -> int:
    """The first line from `position` on that is no attribute, comment or blank line."""
    while position < len(rows):
        after = (
            position + 1
            if not rows[position].strip()
            else _entry(rows, position, found) or _comment(rows, position, closings)
        )
        if not after:
            break
        position = after
    return position


def _entry(rows: Sequence[str], position: int, found: dict[str, Any]) -> int:
    """The line after the attribute entry at `position`, which is added to `found`; 0 when there is
    none.
    """
    match = _ENTRY.match(rows[position])
    if not match:
        return 0
    value = [(match[2] or "").strip()]
    while value[-1].endswith(" \\") and position + 1 < len(rows):
        position += 1
        value[-1] = value[-1].removesuffix("\\").rstrip()
        value.append(rows[position].strip())
    found[match[1]] = " ".join(value)
    return position + 1


def _comment(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> int:
    """The line after the comment at `position`; 0 when there is none."""
    if _COMMENT.match(rows[position]):
        return position + 1
    if rows[position].startswith("////") and position in closings:
        return closings[position] + 1
    return 0


def _described(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in found.items() if value and not _SETTING.fullmatch(name)}
    for name, key in (("revdate", "date"), ("authors", "author")):
        if name in kept:
            kept[key] = kept.pop(name)
    for name in ("author", "email"):
        if isinstance(kept.get(name), list) and len(kept[name]) == 1:
            kept[name] = kept[name][0]
    if "keywords" in kept:
        kept["keywords"] = [
            word for each in re.split("[,，、]", kept["keywords"]) if (word := each.strip())
        ]
    return kept


# --- the body -------------------------------------------------------------------------------------


def _body(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> Iterator[_Part]:
    pending: int | None = None  # where the attribute lines and the title of the next block begin
    while position < len(rows):
        row = rows[position]
        left_out = _comment(rows, position, closings) or _entry(rows, position, {})
        heading = None if left_out else _heading(rows, position, closings)
        if left_out or heading:
            yield from _titles(rows, pending, position)
            pending = None
            yield heading or _Part("gap", position, left_out)
            position = heading.end if heading else left_out
        elif not row.strip() or (_BREAK.match(row) and position not in closings):
            position += 1
        elif _ATTRIBUTES.match(row) or (_TITLE.match(row) and position not in closings):
            pending = position if pending is None else pending
            position += 1
        else:
            for first, end in _block(rows, position, closings):
                yield _Part("block", first if pending is None else pending, end)
                pending, position = None, end
    yield from _titles(rows, pending, position)


def _titles(rows: Sequence[str], pending: int | None, end: int) -> Iterator[_Part]:
    """The title of a block that never came."""
    if pending is not None and any(_TITLE.match(row) for row in rows[pending:end]):
        yield _Part("block", pending, end)


def _heading(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> _Part | None:
    if position >= len(rows):
        return None
    row = rows[position].rstrip()
    match = _SECTION.match(row)
    if match:
        marks, title = match.groups()
        bare = title.removesuffix(marks)
        title = bare if bare.endswith((" ", "\t")) else title
        return _Part("heading", position, position + 1, len(marks) - 1, _heading_text(title))
    if position + 1 == len(rows) or not _UNDERLINE.match(rows[position + 1]):
        return None
    if row[:1] in ("", ".", " ", "\t") or not any(map(str.isalnum, row)):
        return None
    underline = len(rows[position + 1].rstrip())
    wide = len(row) + sum(east_asian_width(character) in "WF" for character in row)
    # A Chinese title is underlined over its width, but a block may begin just there.
    if abs(len(row) - underline) > 1 and (abs(wide - underline) > 1 or position + 1 in closings):
        return None
    level = _UNDERLINES.index(rows[position + 1][0])
    return _Part("heading", position, position + 2, level, _heading_text(row))


def _heading_text(raw: str) -> str:
    return " ".join(_EMPHASIS.sub(r"\2", _ANCHOR.sub("", raw)).split())


def _block(
    rows: Sequence[str], position: int, closings: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """The lines [first, end) of the block at `position`; of each item, when it is a list."""
    if position in closings:
        yield position, closings[position] + 1
    elif _marker(rows[position]):
        yield from _items(rows, position, closings)
    elif _MACRO.match(rows[position]):
        yield position, position + 1
    else:
        yield position, _paragraph_end(rows, position, closings)


def _paragraph_end(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> int:
    position += 1
    while position < len(rows) and rows[position].strip():
        row = rows[position]
        if position in closings or _ATTRIBUTES.match(row) or _COMMENT.match(row):
            break
        position += 1
    return position


def _marker(row: str) -> str:
    """The mark of a list item, the same for all items of its list; empty for other lines."""
    match = _ITEM.match(row)
    if match:
        mark = match[1]
        return mark if mark[0] in "*.-•" else re.sub(r"\w+", "n", mark)
    term = _TERM.match(row)
    return term[1] if term else ""


def _items(
    rows: Sequence[str], position: int, closings: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    """Each item of the outermost list at `position`, with all that is attached to it and nested in
    it.
    """
    outermost = _marker(rows[position])
    first, position = position, _item_end(rows, position, closings)
    while position < len(rows):
        following = position
        while following < len(rows) and not rows[following].strip():
            following += 1
        row = rows[following] if following < len(rows) else ""
        mark = "" if following in closings else _marker(row)
        if mark == outermost:
            yield first, position
            first = following
        elif not mark and row.rstrip() != "+" and not (row[:1] in " \t" and row.strip()):
            break
        position = (
            _attached_end(rows, following + 1, closings)
            if row.rstrip() == "+"
            else _item_end(rows, following, closings)
        )
    yield first, position


def _item_end(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> int:
    """The end of the text of an item; a term's own paragraph or block may come after blank lines."""
    term = None if _ITEM.match(rows[position]) else _TERM.match(rows[position])
    if term and not term[2]:
        following = position + 1
        while following < len(rows) and not rows[following].strip():
            following += 1
        if following < len(rows) and not _starts_anew(rows, following, closings):
            position = following
    position += 1
    while position < len(rows) and rows[position].strip():
        row = rows[position]
        if (
            row.rstrip() == "+"
            or position in closings
            or _marker(row)
            or _ATTRIBUTES.match(row)
            or _COMMENT.match(row)
        ):
            break
        position += 1
    return position


def _starts_anew(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> bool:
    row = rows[position]
    return bool(
        position in closings
        or _marker(row)
        or _ATTRIBUTES.match(row)
        or _TITLE.match(row)
        or _COMMENT.match(row)
        or row.rstrip() == "+"
        or _heading(rows, position, closings)
    )


def _attached_end(rows: Sequence[str], position: int, closings: Mapping[int, int]) -> int:
    """The end of the block that a `+` attaches to an item."""
    while position < len(rows) and (
        _ATTRIBUTES.match(rows[position]) or _TITLE.match(rows[position])
    ):
        if position in closings:
            break
        position += 1
    if position in closings:
        return closings[position] + 1
    if position >= len(rows) or not rows[position].strip():
        return position
    return _item_end(rows, position, closings)
