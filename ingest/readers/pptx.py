"""PowerPoint: each slide under its title, shape by shape in the order that screen readers take,
then its notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ingest.parsed import Composer, File, Parsed
from ingest.parsing.office import ALTERNATIVES, A, chosen, damaged, open_package, said
from ingest.parsing.rows import Row
from ingest.parsing.table_header import is_pairs, named_columns
from ingest.parsing.table_text import written_rows
from kb.tables import Record
from kb.types import Anchor

if TYPE_CHECKING:
    from pptx.parts.slide import SlidePart

_WHAT = "a PowerPoint presentation"
_TYPES = {
    "officeDocument": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "slide": "application/vnd.openxmlformats-officedocument.presentationml.slide+xml",
    **dict.fromkeys(("notesSlide", "chart", "diagramData"), "application/xml"),
}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_R = f"{{{_RELATIONS}}}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = ("title", "ctrTitle")
_REPEATED = ("dt", "ftr", "hdr", "sldNum", "sldImg")  # on every slide, or on every page of notes
_LONGEST_HEADING = 200
_LONGEST_AGAIN = 300  # characters of a cell that stands in all columns and rows that it spans
_TRUE = ("1", "true")


def read(file: File) -> Parsed:
    """Read a PowerPoint presentation."""
    from pptx import Presentation

    package = open_package(file, _WHAT, _TYPES)
    with damaged(_WHAT):
        slides = [slide.part for slide in Presentation(package.stream).slides]
        trees = [part.slide.element for part in slides]
    composer, title = Composer(), package.title
    for number, (part, tree) in enumerate(zip(slides, trees, strict=True), 1):
        shapes = sorted(_shapes(tree), key=lambda shape: _placeholder(shape) not in _TITLES)
        heading = _title(shapes)
        title = title or heading
        place = (
            Anchor("page", number, number, unit="slide"),
            number,
            (heading,) if heading else (),
        )
        for text, record in _texts(shapes, part):
            composer.add(text, *place, record=record)
    return composer.parsed("doc", title, package.lang, package.meta)


def _title(shapes: Sequence[Any]) -> str:
    """The title of a slide, which stands first if there is one."""
    has_title = shapes and _placeholder(shapes[0]) in _TITLES
    title = " ".join(_paragraphs(shapes[0]).split()) if has_title else ""
    return title if len(title) <= _LONGEST_HEADING else ""


def _texts(shapes: Sequence[Any], part: SlidePart) -> Iterator[tuple[str, Record | None]]:
    """The text of each shape of a slide, and of its notes; with the cells of a row of a table."""
    for shape in shapes:
        if shape.tag == f"{_P}sp":
            yield _paragraphs(shape), None
        else:
            yield from _table(shape)
            yield from ((text, None) for text in _framed(shape, part))
    notes = _related(part, f"{_RELATIONS}/notesSlide")
    if notes is not None:
        yield from ((_paragraphs(shape), None) for shape in _shapes(notes))


def _shapes(parent: Any) -> Iterator[Any]:
    """The shapes and frames (tables, charts, diagrams) in an element, those within groups too."""
    for child in parent:
        if child.tag in (f"{_P}sp", f"{_P}graphicFrame"):
            if _placeholder(child) not in _REPEATED:
                yield child
        elif child.tag == ALTERNATIVES:
            yield from _shapes(chosen(child))
        elif child.tag in (f"{_P}cSld", f"{_P}spTree", f"{_P}grpSp"):
            yield from _shapes(child)


def _placeholder(shape: Any) -> str:
    """The type of placeholder that a shape is; empty for what is none, or a plain one."""
    found = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return "" if found is None else found.get("type", "")


def _paragraphs(element: Any) -> str:
    """The paragraphs anywhere in an element, one a line."""
    return "\n".join(filter(None, (said(paragraph)[0] for paragraph in element.iter(f"{A}p"))))


def _table(frame: Any) -> Iterator[tuple[str, Record]]:
    """The rows of a table."""
    rows: list[Row] = []
    above: list[str] = []
    for row in frame.iter(f"{A}tr"):
        cells: list[str] = []
        across: set[int] = set()
        down: set[int] = set()
        for column, cell in enumerate(row.iter(f"{A}tc")):
            text = _paragraphs(cell)
            if cell.get("hMerge") in _TRUE and cells:
                across.add(column)
                text = text or cells[-1][:_LONGEST_AGAIN]
            if cell.get("vMerge") in _TRUE and column < len(above):
                down.add(column)
                text = text or above[column][:_LONGEST_AGAIN]
            cells.append(text)
        above = cells
        rows.append(Row(0, 0, cells, (), frozenset(across), frozenset(down)))
    rows = [row for row in rows if row.filled()]
    headed = frame.find(f".//{A}tblPr[@firstRow='1']") is not None and len(rows) > 1
    known = headed and not is_pairs(rows) and not named_columns(rows).rows
    for _, written in written_rows(rows, declared=1 if known else 0):
        yield written.text, written.record


def _framed(frame: Any, part: SlidePart) -> Iterator[str]:
    """The words of a chart, or those of a diagram."""
    for link in frame.iter(f"{_C}chart"):
        chart = _related(part, link.get(f"{_R}id", ""))
        if chart is not None:
            yield _chart(chart)
    for link in frame.iter(f"{_D}relIds"):
        diagram = _related(part, link.get(f"{_R}dm", ""))
        if diagram is not None:
            yield "\n".join(filter(None, map(_paragraphs, diagram.iter(f"{_D}t"))))


def _chart(chart: Any) -> str:
    """Titles, the names of series, and those of categories, which all series share."""
    lines = [_paragraphs(title) for title in chart.iter(f"{_C}title")]
    for path in (f"{_C}ser/{_C}tx", f"{_C}ser[1]/{_C}cat"):
        values = (
            value.text for found in chart.iterfind(f".//{path}") for value in found.iter(f"{_C}v")
        )
        lines.append(" | ".join(filter(None, values)))
    return "\n".join(filter(None, lines))


def _related(part: SlidePart, link: str) -> Any:
    """The XML of a part that a slide belongs with, by the id or the type of their relation; None if
    there is none.
    """
    from pptx.oxml import parse_xml

    with damaged(_WHAT):
        try:
            related = part.part_related_by(link) if "/" in link else part.related_part(link)
        except KeyError:
            return None
        return parse_xml(related.blob)
