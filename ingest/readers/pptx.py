"""PowerPoint: each slide under its title, shape by shape in the order that screen readers take,
then its notes; of a slide with nothing but pictures, what is recognised in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.parsed import Composer, File, Parsed
from ingest.parsing import recognition
from ingest.parsing.office import ALTERNATIVES, A, chosen, damaged, open_package, said
from ingest.parsing.picture_page import add_page, page_ranges
from ingest.parsing.rows import Row
from ingest.parsing.slide_pictures import P, R, SlidePictures
from ingest.parsing.table_header import is_pairs, named_columns
from ingest.parsing.table_text import written_rows
from kb.tables import Record
from kb.text import has_words
from kb.types import Anchor

if TYPE_CHECKING:
    from pptx.parts.slide import SlidePart

Text = tuple[str, Record | None]
_WHAT = "a PowerPoint presentation"
_TYPES = {
    "officeDocument": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    "slide": "application/vnd.openxmlformats-officedocument.presentationml.slide+xml",
    **dict.fromkeys(("notesSlide", "chart", "diagramData"), "application/xml"),
}
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_TITLES = ("title", "ctrTitle")
_REPEATED = ("dt", "ftr", "hdr", "sldNum", "sldImg")  # on every slide, or on every page of notes
_LONGEST_HEADING = 200
_LONGEST_AGAIN = 300  # characters of a cell that stands in all columns and rows that it spans
_TRUE = ("1", "true")


def read(file: File) -> Parsed:
    """Read a PowerPoint presentation at once."""
    show, composer = _opened(file), Composer()
    for _ in _filled(composer, show):
        pass
    return composer.parsed("doc", show.title, show.lang, show.meta)


def parts(file: File) -> Iterator[Parsed]:
    """Read a PowerPoint presentation, up to each slide that is recognised at a time: limits count
    for each. Raises Unreadable for one without text.
    """
    show, composer = _opened(file), Composer()
    read_any = False
    for _ in _filled(composer, show):
        yield composer.parsed("doc", show.title, show.lang, show.meta)
        composer.clear()
        read_any = True
    if composer or not read_any:
        yield composer.parsed("doc", show.title, show.lang, show.meta)


@dataclass(frozen=True, slots=True)
class _Slide:
    """A slide: its number, the name of its part, its XML, its title, and the texts on it and in its
    notes, each with its cells where it is a row of a table.
    """

    number: int
    name: str
    tree: Any
    title: str
    texts: Sequence[Text]
    notes: Sequence[Text]

    @property
    def all_texts(self) -> list[Text]:
        """The texts on it, then those in its notes."""
        return [*self.texts, *self.notes]

    @property
    def is_bare(self) -> bool:
        """Whether nothing is written on it."""
        return not any(has_words(text) for text, _ in self.texts)


@dataclass(frozen=True, slots=True)
class _Show:
    """A presentation: its slides, its pictures, which slides (from 1) are to be recognised, and what
    it says of itself.
    """

    slides: Sequence[_Slide]
    pictures: SlidePictures
    recognised: frozenset[int]
    title: str
    lang: str
    meta: Mapping[str, str]


def _opened(file: File) -> _Show:
    from pptx import Presentation

    package = open_package(file, _WHAT, _TYPES)
    with damaged(_WHAT):
        show = Presentation(package.stream)
        size = int(show.slide_width or 0), int(show.slide_height or 0)
        slides = [_slide(n, slide.part) for n, slide in enumerate(show.slides, 1)]
        pictures = SlidePictures(file, _WHAT, *size)
        bare = [slide.number for slide in slides if slide.is_bare and pictures.on(slide.tree)]
    if bare and not any(has_words(text) for slide in slides for text, _ in slide.all_texts):
        recognition.require("slides that are pictures")
    available = recognition.is_available()
    meta = dict(package.meta)
    if bare and not available:
        meta["pages_without_text"] = page_ranges(bare)
    title = package.title or next((slide.title for slide in slides if slide.title), "")
    shown = frozenset(bare if available else ())
    return _Show(slides, pictures, shown, title, package.lang, meta)


def _filled(composer: Composer, show: _Show) -> Iterator[None]:
    """Fill the composer with the slides; stops after each that was recognised and holds text."""
    group = 0
    for slide in show.slides:
        anchor = Anchor("page", slide.number, slide.number, unit="slide")
        group += 1
        if slide.number in show.recognised:
            for page in show.pictures.recognised(slide.name, slide.tree):
                group = add_page(composer, page, anchor, group)
                if page.lines:
                    yield
        headings = (slide.title,) if slide.title else ()
        for text, record in slide.all_texts:
            composer.add(text, anchor, group, headings, record=record)


def _slide(number: int, part: SlidePart) -> _Slide:
    tree = part.slide.element
    shapes = sorted(_shapes(tree), key=lambda shape: _placeholder(shape) not in _TITLES)
    texts, notes = list(_texts(shapes, part)), list(_notes(part))
    return _Slide(number, str(part.partname).lstrip("/"), tree, _title(shapes), texts, notes)


def _title(shapes: Sequence[Any]) -> str:
    """The title of a slide, which stands first if there is one."""
    has_title = shapes and _placeholder(shapes[0]) in _TITLES
    title = " ".join(_paragraphs(shapes[0]).split()) if has_title else ""
    return title if len(title) <= _LONGEST_HEADING else ""


def _texts(shapes: Sequence[Any], part: SlidePart) -> Iterator[Text]:
    """The text of each shape of a slide, with the cells of a row of a table."""
    for shape in shapes:
        if shape.tag == f"{P}sp":
            yield _paragraphs(shape), None
        else:
            yield from _table(shape)
            yield from ((text, None) for text in _framed(shape, part))


def _notes(part: SlidePart) -> Iterator[Text]:
    """The notes to a slide."""
    notes = _related(part, f"{_RELATIONS}/notesSlide")
    if notes is not None:
        yield from ((_paragraphs(shape), None) for shape in _shapes(notes))


def _shapes(parent: Any) -> Iterator[Any]:
    """The shapes and frames (tables, charts, diagrams) in an element, those within groups too."""
    for child in parent:
        if child.tag in (f"{P}sp", f"{P}graphicFrame"):
            if _placeholder(child) not in _REPEATED:
                yield child
        elif child.tag == ALTERNATIVES:
            yield from _shapes(chosen(child))
        elif child.tag in (f"{P}cSld", f"{P}spTree", f"{P}grpSp"):
            yield from _shapes(child)


def _placeholder(shape: Any) -> str:
    """The type of placeholder that a shape is; empty for what is none, or a plain one."""
    found = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
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
        chart = _related(part, link.get(f"{R}id", ""))
        if chart is not None:
            yield _chart(chart)
    for link in frame.iter(f"{_D}relIds"):
        diagram = _related(part, link.get(f"{R}dm", ""))
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
