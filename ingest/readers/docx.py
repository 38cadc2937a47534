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
            yield from _rows(child)
        else:
            text, boxes = said(child)
            yield _piece(child, text)
            for box in boxes:
                yield from _lines(box)


def _rows(table: Element) -> Iterator[Line]:
    """The rows of a table, as lines."""
    for row in _children(table, (f"{W}tr",)):
        yield _joined(
            [_joined(filter(None, _lines(cell)), "\n") for cell in _children(row, (f"{W}tc",))],
            " | ",
        )


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
        for child in _children(body, _BLOCKS):
            if child.tag == _TABLE:
                self._add_all(_rows(child))
                continue
            text, boxes = said(child)
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

    def _add_all(self, lines: Iterable[Line], part: str | None = None) -> None:
        """Add lines, each as a block."""
        headings = tuple(title for _, title in self._path)
        for line in lines:
            places: list[Place] = []
            offset = 0
            for text, number in line:
                places.append((offset, number, number))
                offset += len(text)
            if offset:
                anchor = Anchor("lines", places[0][1], places[-1][2], unit="paragraph", part=part)
                self.composer.add(
                    "".join(text for text, _ in line), anchor, self._group, headings, tuple(places)
                )
                self._bare = []
