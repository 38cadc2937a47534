"""Markdown: front matter, heading paths, and exact slices of the text as written."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ingest.metadata import as_text, from_yaml
from ingest.parsed import Block, File, Lines, Parsed, trimmed
from ingest.parsing import markdown_table
from ingest.parsing.table_text import tables_in, with_tables
from ingest.readers.plain import plain_blocks
from kb.text import flat

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# Lines of code at the top level of MDX.
_CODE = re.compile(
    r"(?:import\s+(?:[^'\";]{0,2000}?\sfrom\s*)?(?:'[^'\n]+'|\"[^\"\n]+\")"
    r"|export\s+(?:(?:const|let|var|type)\s+[\w$]+[^=\n]*=|default\s+(?:(?:async|function|class)\b|[({]"
    r"|[\w$.]+;?[ \t]*$)|(?:async|function|class)\b|[{*])[^\n]*)[ \t]*;?[ \t]*(?:\n|\Z)",
    re.M,
)
# A component of MDX that shows words of its own.
_LABELLED = re.compile(r"<[A-Z][\w.]*\s[^<>]{0,500}?\b(?:title|label|caption|description)=")
_FOOTNOTE = re.compile(r"^\[\^[^\]\s]{1,40}\]:[ \t]*\S[^\n]*(?<=\S)", re.M)
# Yuque's exports: above each heading, in the older ones, and in the addresses of pictures and files.
_YUQUE_ANCHOR = re.compile(r'^<a name="\w{5,8}"></a>[ \t]*\n#', re.M)
_YUQUE_FILES = "https://cdn.nlark.com/yuque/"
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)


def read(file: File) -> Parsed:
    """Read Markdown."""
    text = file.text
    front, body = front_matter(text)
    parts = list(sections(text, body))
    blocks = tuple(
        Block(start, end, group, part.path)
        for group, part in enumerate(parts)
        for start, end in part.spans
    )
    if file.ending == ".mdx":
        blocks = tuple(_without_code(text, blocks))
    if len(blocks) == 1 and not blocks[0].headings:  # one paragraph, which may be a notice
        only = blocks[0]
        shifted = plain_blocks(text[only.start : only.end])
        blocks = tuple(
            replace(each, start=only.start + each.start, end=only.start + each.end)
            for each in shifted
        )
    if not blocks:  # nothing but headings
        blocks = (Block(*trimmed(text, body, len(text)), 0),)
    own = dict(front)
    title = own.pop("title", "") or _title(text, parts)
    lang = as_text(own.pop("lang", "") or own.pop("language", ""))
    parsed = Parsed(text, _with_footnotes(text, blocks), "doc", as_text(title), lang, own)
    return with_tables(parsed, tables_in(parsed, markdown_table.find))


def _title(text: str, parts: Sequence[Section]) -> str:
    """The first heading; none in an export of Yuque, whose files are called after the document and
    have headings for its sections alone.
    """
    path = next((part.path for part in parts if part.path), ("",))
    tops = {part.path[0] for part in parts if part.level == 1}
    if _YUQUE_ANCHOR.search(text) or (_YUQUE_FILES in text and tops != {path[0]}):
        return ""
    return path[0]


def _with_footnotes(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, and footnotes of one word, which CommonMark takes for the targets of links."""
    ends = [block.end for block in blocks]
    noted = list(blocks)
    for match in _FOOTNOTE.finditer(text) if "[^" in text else ():
        at = bisect_right(ends, match.start())
        before = blocks[at - 1] if at else None
        if before and (at == len(blocks) or match.end() <= blocks[at].start):
            noted.append(Block(*match.span(), before.group, before.headings))
    return tuple(sorted(noted, key=lambda block: block.start))


def _without_code(text: str, blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks without import and export lines, each in one line or, of imports, in several."""
    groups_more = 0
    for block in blocks:
        start = _code_end(text, block.start, block.end)
        groups_more += start > block.start  # what is left out must not stand within a passage
        if start < block.end:
            yield replace(block, start=start, group=block.group + groups_more)


def _code_end(text: str, start: int, end: int) -> int:
    while match := _CODE.match(text, start, end):
        if any(
            match[0].count(opening) != match[0].count(closing)
            for opening, closing in ("()", "[]", "{}")
        ):
            break  # goes on over more lines, which may hold words
        start = match.end()
    return start


def front_matter(text: str) -> tuple[dict[str, Any], int]:
    """The metadata at the top, and the offset at which the body begins. Broken YAML counts as no
    metadata.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, 0
    found = from_yaml(match[1] or "")
    if not found and "\n\n" in f"\n{match[1] or ''}":
        return {}, 0  # paragraphs between two rules, or front matter that never ended
    return found, match.end()


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between two headings. `start` is the offset just after its own heading's marks."""

    path: tuple[str, ...]
    level: int
    start: int
    spans: tuple[tuple[int, int], ...]


def sections(text: str, body: int) -> Iterator[Section]:
    """The sections from offset `body` on, in order, each with the (start, end) of its blocks."""
    lines = Lines(text)
    first = lines.number(body) - 1
    path: list[tuple[int, str]] = []
    spans: list[tuple[int, int]] = []
    opened = body
    for token, begin, end in _blocks(_parser().parse(text[body:])):
        start, stop = trimmed(text, lines.offset(first + begin), lines.offset(first + end))
        if start == stop:
            continue
        if token.type == "heading_open":
            yield Section(
                tuple(title for _, title in path), path[-1][0] if path else 0, opened, tuple(spans)
            )
            spans, level = [], int(token.tag[1:])
            path = [
                *((depth, title) for depth, title in path if depth < level),
                (level, _heading_text(text[start:stop])),
            ]
            opened = stop - len(text[start:stop].lstrip("# \t"))
        elif _has_words(text, start, stop):
            spans.append((start, stop))
    yield Section(
        tuple(title for _, title in path), path[-1][0] if path else 0, opened, tuple(spans)
    )


def _blocks(tokens: Sequence[Token]) -> Iterator[tuple[Token, int, int]]:
    """The outermost blocks with their 0-based lines [begin, end); a list stands for nothing, its
    items do.
    """
    for token in tokens:
        if (
            token.map is None
            or token.nesting < 0
            or token.type in ("bullet_list_open", "ordered_list_open")
        ):
            continue
        if token.level == 0 or (token.level == 1 and token.type == "list_item_open"):
            yield token, token.map[0], token.map[1]


def _has_words(text: str, start: int, stop: int) -> bool:
    """Whether a block is more than a rule, a comment or a bare image."""
    return text[start] not in "<-*_!" or bool(
        flat(text[start:stop]) or _LABELLED.search(text, start, stop)
    )


def _heading_text(raw: str) -> str:
    lines = raw.strip().split("\n")
    if len(lines) > 1 and re.fullmatch(r"[ \t]*(=+|-+)[ \t]*", lines[-1]):
        lines = lines[:-1]
    return flat(re.sub(r"[ \t]#+[ \t]*$", "", " ".join(lines).strip().lstrip("#")))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Only blocks are needed; inline parsing is most of the time.
    return MarkdownIt("commonmark").enable("table").disable("inline")
