"""Word documents: paragraphs under their headings, rows of tables, text boxes, notes.

Word files have neither lines nor pages, so anchors count paragraphs: all w:p elements of the part,
in their order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.office import ALTERNATIVES, UNREAD, W, chosen, damaged, open_package, said
from ingest.parsing.rows import Row
from ingest.parsing.table_text import Written, written_rows
from kb.types import Anchor, Place

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement as Element

_WHAT = "a Word document"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_TYPES = {
    "officeDocument": f"{_WORD}document.main+xml",
    "styles": f"{_WORD}styles+xml",
    "footnotes": f"{_WORD}footnotes+xml",
    "endnotes": f"{_WORD}endnotes+xml",
}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PARAGRAPH, _TABLE = f"{W}p", f"{W}tbl"
_BLOCKS = (_PARAGRAPH, _TABLE)
_CONTENTS_GALLERY = "Table of Contents"
_HEADING_NAME = re.compile(r"(?:heading|标题|標題) ?([1-9])", re.I)
_CONTENTS_NAME = re.compile(r"toc ?[1-9]", re.I)
_LONGEST_HEADING = 200
_MOST_COLUMNS = 63  # of a table, as in Word
_LONGEST_AGAIN = 300  # characters of a cell that stands in all columns and rows that it spans
_CAPTIONS = ("caption", "题注", "題注")
_NUMBER = "number"
_TITLE, _CONTENTS = 0, -1  # besides the levels of headings, 1 to 9

Line = list[tuple[str, int]]  # pieces of text, each with the number of its paragraph


def read(file: File) -> Parsed:
    """Read a Word document."""
    from docx import Document as open_document

    package = open_package(file, _WHAT, _TYPES)
    with damaged(_WHAT):
        document = open_document(package.stream)
        body = document.element.body
        roots = {kind: _root(document, kind) for kind in ("styles", "footnotes", "endnotes")}
    if body is None:
        raise Unreadable("no text in it")
    draft = _Draft(_levels(roots["styles"]))
    draft.add_body(body)
    for part in ("footnotes", "endnotes"):
        draft.add_notes(roots[part], part)
    return draft.composer.parsed("doc", package.title or draft.title, package.lang, package.meta)


def _root(document: Document, kind: str) -> Element | None:
    """The XML of a part that belongs to the document; None if it has none."""
    from docx.oxml.parser import parse_xml

    try:
        return parse_xml(document.part.part_related_by(_RELATIONS + kind).blob)
    except KeyError:
        return None


# --- styles ---------------------------------------------------------------------------------------


def _levels(styles: Element | None) -> Mapping[str, int]:
    """The styles of headings, of the title and of entries of the table of contents, by their id."""
    known = (
        {}
        if styles is None
        else {style.get(f"{W}styleId", ""): style for style in styles.iter(f"{W}style")}
    )
    levels = {key: _level_of_style(key, known) for key in known}
    return {key: level for key, level in levels.items() if level is not None}


def _level_of_style(key: str, known: Mapping[str, Element]) -> int | None:
    for _ in range(20):  # a style may be based on another, in a file gone wrong on itself
        if key not in known:
            return None
        style = known[key]
        name = _value(style, "name")
        if name.lower() in ("title", "标题", "標題"):
            return _TITLE
        if _CONTENTS_NAME.fullmatch(name):
            return _CONTENTS
        outline = _value(style, "pPr", "outlineLvl")
        if outline.isdecimal():
            return _level(outline)
        if match := _HEADING_NAME.fullmatch(name):
            return int(match[1])
        key = _value(style, "basedOn")
    return None


def _level(outline: str) -> int | None:
    return int(outline) + 1 if len(outline) == 1 and outline != "9" else None  # 9 is text


def _value(element: Element, *path: str) -> str:
    """The w:val of an element further in; empty if there is none."""
    found = element.find("/".join(W + name for name in path))
    return "" if found is None else found.get(f"{W}val", "")


# --- text -----------------------------------------------------------------------------------------


def _children(parent: Element, tags: Collection[str]) -> Iterator[Element]:
    """The elements with one of these tags in an element, or in what stands around them, such as
    content controls.
    """
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag == ALTERNATIVES:
            yield from _children(chosen(child), tags)
        elif (
            child.tag not in UNREAD
            and _value(child, "sdtPr", "docPartObj", "docPartGallery") != _CONTENTS_GALLERY
        ):
            yield from _children(child, tags)


def _count(root: Element) -> None:
    """Write the number of each paragraph into its element, which takes less memory than to hold on
    to them all.
    """
    for number, paragraph in enumerate(root.iter(_PARAGRAPH), 1):
        paragraph.set(_NUMBER, str(number))


def _piece(paragraph: Element, text: str) -> Line:
    return [(text, int(paragraph.get(_NUMBER, "")))] if text else []


def _lines(container: Element) -> Iterator[Line]:
    """The paragraphs and rows in an element, text boxes too."""
    for child in _children(container, _BLOCKS):
        if child.tag == _TABLE:
            for _, written in _written(child):
                yield _pieces(written)
        else:
            text, boxes = said(child)
            yield _piece(child, text)
            for box in boxes:
                yield from _lines(box)


def _pieces(written: Written) -> Line:
    """A row in pieces, each with the number of its paragraph."""
    ends = [offset for offset, _, _ in written.places[1:]] + [len(written.text)]
    return [
        (written.text[offset:end], int(first))
        for (offset, first, _), end in zip(written.places, ends, strict=True)
    ]


def _written(table: Element, caption: str = "") -> Iterator[tuple[Row, Written]]:
    """The rows of a table as they are written."""
    rows = [row for row in _rows(table) if row.filled()]
    declared = 0
    for row in _children(table, (f"{W}tr",)):
        if row.find(f"{W}trPr/{W}tblHeader") is None:
            break
        declared += 1
    return written_rows(rows, caption, declared if 1 < declared < len(rows) else 0)


def _rows(table: Element) -> Iterator[Row]:
    """The rows of a table: what is merged over several columns or rows stands in each of them."""
    above: dict[int, str] = {}  # the cells of the row above, by column
    for row in _children(table, (f"{W}tr",)):
        texts: list[str] = []
        places: list[tuple[Place, ...]] = []
        across: set[int] = set()
        down: set[int] = set()
        texts += [""] * _span(row, f"{W}trPr/{W}gridBefore")
        places += [()] * len(texts)
        for cell in _children(row, (f"{W}tc",)):
            line = _joined(filter(None, _lines(cell)), "\n")
            column, width = len(texts), _span(cell, f"{W}tcPr/{W}gridSpan") or 1
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merged is not None and merged.get(f"{W}val", "continue") != "restart"
            text = "".join(piece for piece, _ in line)
            if goes_on and not text and (text := above.get(column, "")):
                down.update(range(column, column + width))
                number = int(next(cell.iter(_PARAGRAPH)).get(_NUMBER, "0"))
                line = [(text, number)]
            across.update(range(column + 1, column + width))
            texts += [text] * width if len(text) <= _LONGEST_AGAIN else [text] + [""] * (width - 1)
            places += [_places(line)] * width
        above = {at: text for at, text in enumerate(texts) if len(text) <= _LONGEST_AGAIN}
        numbers = [place[1] for each in places for place in each] or [0]
        first, last = int(min(numbers)), int(max(numbers))
        yield Row(first, last, texts, places, frozenset(across), frozenset(down))


def _span(element: Element, path: str) -> int:
    """How many columns an element takes, by a number further in; 0 where it does not say."""
    found = element.find(path)
    value = "" if found is None else found.get(f"{W}val", "")
    return min(int(value), _MOST_COLUMNS) if value.isdecimal() and len(value) < 4 else 0


def _places(line: Line) -> tuple[Place, ...]:
    places: list[Place] = []
    offset = 0
    for text, number in line:
        places.append((offset, number, number))
        offset += len(text)
    return tuple(places)


def _joined(lines: Iterable[Line], mark: str) -> Line:
    """Lines as one, with `mark` between them; what it would end with is left out."""
    out: Line = []
    between = ""
    for line in lines:
        for text, number in line:
            if out:
                out[-1] = (out[-1][0] + between, out[-1][1])
            out.append((text if out else between + text, number))
            between = ""
        between += mark
    return out


class _Draft:
    """What is read so far, and the headings that it is under."""

    def __init__(self, levels: Mapping[str, int]) -> None:
        self.composer = Composer()
        self.title = ""
        self._levels = levels
        self._path: list[tuple[int, str]] = []
        self._group = 0
        self._bare: Line = []  # the heading that nothing stands under yet

    def add_body(self, body: Element) -> None:
        """Add all of the main part."""
        _count(body)
        caption = ""
        for child in _children(body, _BLOCKS):
            if child.tag == _TABLE:
                self._add_table(child, caption)
                continue
            text, boxes = said(child)
            caption = text if _value(child, "pPr", "pStyle").lower() in _CAPTIONS else ""
            level = self._level(child)
            line = _piece(child, text) if level != _CONTENTS else []
            if not line or level is None or len(text) > _LONGEST_HEADING:
                self._add_all([line])
            else:
                self._open(level, line)
            for box in boxes:
                self._add_all(_lines(box))
        self._close()

    def add_notes(self, root: Element | None, part: str) -> None:
        """Add all notes of a part, under no heading."""
        self._path = []
        self._group += 1
        if root is not None:
            _count(root)
            self._add_all(_lines(root), part)

    def _level(self, paragraph: Element) -> int | None:
        outline = _value(paragraph, "pPr", "outlineLvl")
        return (
            _level(outline)
            if outline.isdecimal()
            else self._levels.get(_value(paragraph, "pPr", "pStyle"))
        )

    def _open(self, level: int, line: Line) -> None:
        """Begin a section."""
        if self._path and self._path[-1][0] >= level:
            self._close()
        heading = " ".join(line[0][0].split())
        self.title = self.title or heading
        self._path = [
            *((depth, title) for depth, title in self._path if depth < level),
            (level, heading),
        ]
        self._group += 1
        self._bare = line

    def _close(self) -> None:
        """A heading with nothing under it is text, so that its words are found."""
        if self._bare:
            self._path = self._path[:-1]
            self._group += 1
            self._add_all([self._bare])

    def _add_table(self, table: Element, caption: str) -> None:
        """Add the rows of a table, each as a block."""
        headings = tuple(title for _, title in self._path)
        for row, written in _written(table, caption):
            if written.text.strip():
                anchor = Anchor("lines", row.first, row.last, unit="paragraph")
                own = (written.places, None, written.record)
                self.composer.add(written.text, anchor, self._group, headings, *own)
                self._bare = []

    def _add_all(self, lines: Iterable[Line], part: str | None = None) -> None:
        """Add lines, each as a block."""
        headings = tuple(title for _, title in self._path)
        for line in lines:
            places = _places(line)
            text = "".join(piece for piece, _ in line)
            if text:
                anchor = Anchor("lines", places[0][1], places[-1][2], unit="paragraph", part=part)
                self.composer.add(text, anchor, self._group, headings, places)
                self._bare = []
