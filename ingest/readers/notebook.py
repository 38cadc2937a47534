"""Jupyter notebooks: each cell's text as written, and what its code said when it was short."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ingest.metadata import as_text, plain_values
from ingest.parsed import Block, File, Parsed, Unreadable
from ingest.parsing import markdown_table
from ingest.parsing.page_parser import parse
from ingest.parsing.table_text import tables_in, with_tables
from ingest.readers.code import pieces
from ingest.readers.markdown import sections
from ingest.readers.plain import paragraphs
from kb.tables import Record
from kb.types import Anchor

_LONGEST_OUTPUT = 2_000
_LONGEST_PAGE, _LONGEST_TABLE = 200_000, 10_000
_ANSI = re.compile(
    r"\x1b(?:\[[0-?]{0,40}[ -/]{0,10}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[@-Z\\^_])"
)
_OVERWRITTEN = re.compile(r"^.*\r(?=[^\n])", re.M)  # progress bars write one line many times
_RETURNS = re.compile("\r\n?")
_SHOWN = ("image/", "application/vnd.jupyter.widget")
_PICTURES = frozenset(("png", "jpeg", "svg"))  # in nbformat 3


def read(file: File) -> Parsed:
    """Read a notebook of nbformat 3 or 4. Raises Unreadable."""
    notebook = file.json
    cells = _cells(notebook)
    if not cells:
        raise Unreadable("not a notebook: no cells in it")
    text = _Text(file.settings.passage_chars)
    for number, cell in enumerate(cells, start=1):
        text.cell(number, cell)
    meta = _described(notebook, cells)
    title = as_text(meta.pop("title", "")) or text.first_heading
    return Parsed("\n\n".join(text.pieces), tuple(text.blocks), "doc", title, "", meta)


def _cells(notebook: Any) -> list[Mapping[str, Any]]:
    """The cells of a notebook; in nbformat 3 they are in worksheets."""
    if not isinstance(notebook, dict):
        return []
    sheets = notebook.get("worksheets")
    holders = [notebook, *(sheets if isinstance(sheets, list) else [])]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    return [
        cell if isinstance(cell, dict) else {}
        for each in lists
        if isinstance(each, list)
        for cell in each
    ]


def _described(notebook: Mapping[str, Any], cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    about = notebook.get("metadata")
    if not isinstance(about, dict):
        return {}
    kernel, info = (
        value if isinstance(value := about.get(key), dict) else {}
        for key in ("kernelspec", "language_info")
    )
    language = (
        kernel.get("language")
        or info.get("name")
        or next((c["language"] for c in cells if c.get("language")), "")
    )
    listed = about.get("authors", about.get("author"))
    people = [
        each.get("name") if isinstance(each, dict) else each
        for each in (listed if isinstance(listed, list) else [listed])
    ]
    authors = [name for name in people if isinstance(name, str) and name]
    found = {
        "title": about.get("title"),
        "author": authors[0] if len(authors) == 1 else authors,
        "code": language,
    }
    return plain_values({**found, "code": language.lower() if isinstance(language, str) else ""})


class _Text:
    """Puts the text of a notebook together; blocks are slices of it, and so of their cells."""

    def __init__(self, passage_chars: int) -> None:
        self.pieces: list[str] = []
        self.blocks: list[Block] = []
        self.first_heading = ""
        self._size = passage_chars
        self._offset = 0
        self._group = 0
        self._path: list[tuple[int, str]] = []

    def cell(self, number: int, cell: Mapping[str, Any]) -> None:
        """Add a cell."""
        anchor = Anchor("page", number, number, unit="cell")
        source = _RETURNS.sub("\n", _joined(cell.get("source", cell.get("input"))))
        kind, level = cell.get("cell_type"), cell.get("level")
        self._group += 1
        if kind == "heading":  # of nbformat 3
            self._under(level if isinstance(level, int) else 1, " ".join(source.split()))
        elif kind == "markdown":
            self._markdown(source, anchor)
        elif kind == "code":
            self._add(pieces(source, 0, len(source), self._size), anchor)
            self._end(source)
            for said, record in _shown(cell.get("outputs")):
                self._add([(0, len(said))], anchor, record)
                self._end(said)
        else:
            self._add(paragraphs(source), anchor)
            self._end(source)

    def _markdown(self, source: str, anchor: Anchor) -> None:
        """Add a text with headings; the rows of its tables as named cells."""
        parts = list(sections(source, 0))
        blocks = (Block(*span, number) for number, part in enumerate(parts) for span in part.spans)
        whole = Parsed(source, tuple(blocks), "doc")
        named = with_tables(whole, tables_in(whole, markdown_table.find))
        for number, part in enumerate(parts):
            if part.level:
                self._group += 1
                self._under(part.level, part.path[-1])
            for block in named.blocks:
                if block.group == number:
                    self._add([(block.start, block.end)], anchor, block.record)
        self._end(named.text)

    def _under(self, level: int, heading: str) -> None:
        self._path = [
            *((depth, title) for depth, title in self._path if depth < level),
            (level, heading),
        ]
        self.first_heading = self.first_heading or heading

    def _add(
        self, spans: Iterable[tuple[int, int]], anchor: Anchor, record: Record | None = None
    ) -> None:
        """Add blocks, given as slices of the text that `_end` is then given."""
        path = tuple(title for _, title in self._path)
        self.blocks += (
            Block(
                self._offset + start, self._offset + end, self._group, path, anchor, record=record
            )
            for start, end in spans
            if start < end
        )

    def _end(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self._offset += len(text) + 2


def _joined(value: Any) -> str:
    """A text of a notebook: a string, or a list of its lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _shown(outputs: Any) -> Iterator[tuple[str, Record | None]]:
    """What a cell printed and gave, when it is short; the rows of tables that it shows."""
    rows: list[tuple[str, Record | None]] = []
    others: list[Any] = []
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") if isinstance(output, dict) else None
        page = _joined(data.get("text/html")) if isinstance(data, dict) else ""
        table = parse(page).shown if "<table" in page[:_LONGEST_PAGE] else []
        if any(element.record for element in table):
            rows += ((element.text, element.record) for element in table)
        else:
            others.append(output)
    yield from ((text, None) for text in _said(others))
    if sum(len(text) for text, _ in rows) <= _LONGEST_TABLE:
        yield from rows


def _said(outputs: Any) -> list[str]:
    """What a cell printed and gave, when it is short: no tracebacks, and no descriptions of
    pictures.
    """
    said: list[list[str]] = []
    stream: Any = None  # that the last of them is of; it may come in pieces
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        data = output["data"] if isinstance(output.get("data"), dict) else output
        if any(key.startswith(_SHOWN) or key in _PICTURES for key in data):
            continue
        its = (output.get("name"),) if output.get("output_type") == "stream" else None
        if not its or its != stream:
            said.append([])
        said[-1].append(_joined(data.get("text/plain", data.get("text"))))
        stream = its
    seen = [_as_seen("".join(texts)) for texts in said]
    return [text for text in seen if text] if sum(map(len, seen)) <= _LONGEST_OUTPUT else []


def _as_seen(output: str) -> str:
    """An output without colours, and of lines written over again only the last state."""
    return (
        _OVERWRITTEN.sub("", _ANSI.sub("", output).replace("\r\n", "\n")).replace("\r", "").strip()
    )
