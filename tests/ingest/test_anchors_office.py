"""Every passage is findable at its anchor: PDFs are reopened with pypdf, Office files as zip
archives of XML.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import docx
import pptx
import pytest
from docx.oxml.parser import parse_xml
from lxml import etree
from pdfs import make_pdf, with_more
from pypdf import PdfReader, PdfWriter

from kb.tables import CELL_MARK

ENGLISH = "Count the months of cash twice before you hire. Ask what customers lose today, then price it! Is it enough?"
CHINESE = "先算账，再定价。客户能省多少钱？先问清楚再说。别急着降价，股权要分期兑现！"
PER_FORMAT = 200

sizes = pytest.mark.parametrize("chars", [40, 900])


def said(number: int) -> str:
    """One of many texts, all different, in one language or the other."""
    return f"{CHINESE}第{number}条。" if number % 3 == 0 else f"{ENGLISH} Rule {number}."


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))


def sampled(passages: list) -> list:
    return passages[:: -(-len(passages) // PER_FORMAT)]


# --- PDF: the words of a page, as pypdf has them --------------------------------------------------

# Samples in which pypdf puts words in another order or leaves characters out: there only the words
# are compared.
OTHERWISE = {
    "habibi.pdf",
    "habibi-oneline-cmap.pdf",
    "habibi-rotated.pdf",
    "multicolumn.pdf",
    "crazyones-pdfa.pdf",
}


def pages_of(path: Path) -> list[str]:
    return [letters(page.extract_text()) for page in PdfReader(path).pages]


def assert_on_pages(pages: list[str], passages: list, in_order: bool = True) -> None:
    for passage in passages:
        anchor = passage.anchor
        assert (anchor.type, anchor.unit, anchor.start) == ("page", None, anchor.end)
        page = pages[int(anchor.start) - 1]
        text = letters(passage.text)
        whole = text in page if in_order else Counter(text) <= Counter(page)
        # of rows of a table the names of columns stand there once
        assert whole or all(is_named_on(page, cell) for cell in cells_of(passage.text)), text


def cells_of(text: str) -> list[str]:
    """The cells of the rows that a passage holds."""
    return [cell for line in text.split("\n") if line for cell in line.split(CELL_MARK)]


def is_named_on(page: str, cell: str) -> bool:
    """Whether a page has the name and the value of a cell; a caption or unnamed cell as it is."""
    name, _, value = cell.partition(": ")
    return letters(name) in page and letters(value) in page


def assert_all_is_read(pages: list[str], passages: list, left_out: int = 0) -> None:
    """All letters of each page are in its passages, but for a few."""
    for number, page in enumerate(pages, 1):
        read = Counter(
            letters("".join(passage.text for passage in passages if passage.anchor.start == number))
        )
        assert (Counter(page) - read).total() <= left_out, f"page {number}"


def guide(count: int) -> list[list[str]]:
    """Pages with a running header, a page number, a heading and paragraphs in both languages."""

    def wrapped(text: str) -> Iterator[str]:
        width = 36 if "，" in text else 84
        for start in range(0, len(text), width):
            yield text[start : start + width]

    pages = []
    for number in range(count):
        body = [line for n in range(6) for line in wrapped(said(number * 6 + n))]
        pages.append(
            [
                "A founder's guide 创业指南",
                f"Chapter {'abcdefghij'[number % 10]}",
                *body,
                str(number + 1),
            ]
        )
    return pages


@sizes
def test_generated_pdf(write, read_file, chars):
    path = write("guide.pdf", make_pdf(guide(30)))
    pages = pages_of(path)
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= 200 or chars == 900
    assert_on_pages(pages, sampled(passages))
    assert_all_is_read(pages, passages, left_out=len(letters("A founder's guide 创业指南30")))
    assert {passage.anchor.start for passage in passages} == set(range(1, 31))


def test_generated_pdf_with_an_outline(write, read_file):
    pages = guide(12)
    outline = [(0, f"Chapter {'abcdefghij'[n % 10]}", n + 1, 786) for n in range(0, 12, 3)]
    path = write("guide.pdf", with_more(make_pdf(pages), outline=outline))
    passages = read_file(path).passages
    assert_on_pages(pages_of(path), passages)
    for passage in passages:
        chapter = (int(passage.anchor.start) - 1) // 3 * 3
        header_only = (
            passage.text == "A founder's guide 创业指南"
        )  # kept once, above the first chapter
        assert passage.headings == (
            () if header_only else (f"Chapter {'abcdefghij'[chapter % 10]}",)
        )


def pdf_samples(shared) -> list[Path]:
    found = [
        *(shared / "nasty/pdf_samples").glob("*/*.pdf"),
        *(shared / "nasty/markitdown/markitdown/tests/test_files").glob("*.pdf"),
    ]
    readable = [
        path for path in sorted(found) if "password" not in path.name and "".join(pages_of(path))
    ]
    assert len(readable) > 20
    return readable


@sizes
def test_real_pdfs(shared, read_file, chars):
    for path in pdf_samples(shared):
        pages = pages_of(path)
        passages = read_file(path, chars=chars).passages
        if "habibi" in path.name:  # pypdf has other characters for the Arabic ones
            assert all(1 <= passage.anchor.start <= len(pages) for passage in passages)
            continue
        assert_on_pages(pages, sampled(passages), in_order=path.name not in OTHERWISE)
        once = (
            len(pages) >= 4
        )  # page numbers, and the words that imagemagick-images.pdf repeats, are left out
        assert_all_is_read(pages, passages, left_out=len("Background") if once else 0)


def test_real_pdfs_put_together(shared, write, read_file):
    writer = PdfWriter()
    for path in pdf_samples(shared):
        if path.name not in OTHERWISE:
            writer.append(path, import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    path = write("all.pdf", out.getvalue())
    pages = pages_of(path)
    passages = read_file(path, chars=300).passages
    assert len(passages) >= 100
    assert_on_pages(pages, sampled(passages))


# --- Word: the paragraphs of document.xml ---------------------------------------------------------

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
UNSEEN = ("del", "moveFrom", "rt")


def paragraphs(path: Path, part: str = "document") -> list[etree._Element]:
    """All w:p elements of a part, as anyone would count them."""
    with zipfile.ZipFile(path) as archive:
        xml = archive.read(f"word/{part}.xml").replace(
            b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()
        )
    return list(etree.fromstring(xml).iter(f"{W}p"))


def seen(paragraph: etree._Element) -> Iterator[str]:
    """The texts in a paragraph, without those of paragraphs in text boxes on it, and without what
    is deleted.
    """
    for text in paragraph.iter(f"{W}t", f"{M}t"):
        around = list(text.iterancestors())
        nearest = next(element for element in around if element.tag == f"{W}p")
        inside = around[: around.index(nearest)]
        if nearest is paragraph and not any(
            element.tag in [W + name for name in UNSEEN] for element in inside
        ):
            yield text.text or ""


def is_read(paragraph: etree._Element) -> bool:
    """Whether a paragraph is not the older form of another, nor in a table of contents."""
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return not any(element.tag.endswith("}Fallback") for element in paragraph.iterancestors()) and (
        style is None or not style.get(f"{W}val").startswith("TOC")
    )


def without_names(part: str) -> str:
    """A row of a table without the names of its columns: they stand in the header, which
    `assert_all_paragraphs_are_read` finds.
    """
    return " ".join(re.sub(r"\A.*: ", "", cell) for cell in re.split(" · |\n", part))


def header_names(found: list[etree._Element]) -> str:
    """The letters of the first rows of tables, which may name columns."""
    rows = (next(each.iterancestors(f"{W}tr"), None) for each in found)
    first = (row for row in rows if row is not None and row.getprevious().tag != f"{W}tr")
    return letters("".join("".join(row.itertext()) for row in first))


def assert_in_paragraphs(found: list[etree._Element], passage) -> None:
    """Each part of the text stands in its paragraph; of a row of a table, what stands after the
    names of columns.
    """
    anchor, places = passage.anchor, passage.places
    assert (anchor.type, anchor.unit) == ("lines", "paragraph")
    assert (min(p[1] for p in places), max(p[2] for p in places)) == (anchor.start, anchor.end)
    assert places[0][0] == 0
    for (offset, first, last), following in zip(
        places, [*[p[0] for p in places[1:]], None], strict=True
    ):
        assert first == last
        part = passage.text[offset:following]
        assert letters(part) or set(part) <= set(" |\n")
        paragraph = letters("".join(seen(found[int(first) - 1])))
        held = letters(part) in paragraph or letters(without_names(part)) in paragraph
        # A passage may end with a name, and what is merged stands under each of its names.
        merged = {letters(re.sub(r"\A.*: ", "", cell)) for cell in part.split(" · ")}
        cells = all(cell in paragraph for cell in merged)
        ends_in_name = part.rstrip().endswith(":") or letters(part) in header_names(found)
        # What goes on from the row above has an empty paragraph of its own.
        assert held or cells or ends_in_name or not paragraph, f"paragraph {first}: {part}"


def assert_all_paragraphs_are_read(found: list[etree._Element], passages: list) -> None:
    """All words are in passages or in the headings above them."""
    read = letters("\n".join(passage.text for passage in passages))
    headings = {letters(heading) for passage in passages for heading in passage.headings}
    for paragraph in filter(is_read, found):
        said = letters("".join(seen(paragraph)))
        assert said in read or said in headings, said


def handbook(count: int) -> docx.Document:
    """Headings, paragraphs of several runs, lists, tables, text boxes, and what was changed, in
    both languages.
    """
    document = docx.Document()
    number = 0
    for section in range(count):
        document.add_heading(f"Section {section} 第{section}章", 1 + section % 3)
        for _ in range(5):
            number += 1
            paragraph = document.add_paragraph(style=None if number % 4 else "List Bullet")
            text = said(number)
            for start in range(0, len(text), 7):
                paragraph.add_run(text[start : start + 7])
        table = document.add_table(4, 3)
        for cell in table._cells:
            number += 1
            cell.text = "" if number % 5 == 0 else f"{'钱' if number % 2 else 'cash'} {number}"
        box = (
            '<w:p xmlns:w="{w}" xmlns:mc="{mc}"><w:r><w:t>Around {n}</w:t><mc:AlternateContent><mc:Choice>{box}</mc:Choice>'
            "<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t> put in {n}</w:t></w:r></w:ins></w:p>"
        )
        inner = f"<w:txbxContent><w:p><w:r><w:t>Box {section}: {said(section)}</w:t></w:r></w:p></w:txbxContent>"
        xml = box.format(
            w=W[1:-1],
            mc="http://schemas.openxmlformats.org/markup-compatibility/2006",
            n=section,
            box=inner,
        )
        document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))
    return document


def saved(thing) -> bytes:
    out = io.BytesIO()
    thing.save(out)
    return out.getvalue()


@sizes
def test_generated_word_document(write, read_file, chars):
    path = write("handbook.docx", saved(handbook(50)))
    found = paragraphs(path)
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= 200 or chars == 900
    for passage in sampled(passages):
        assert_in_paragraphs(found, passage)
    assert_all_paragraphs_are_read(found, passages)


@sizes
def test_real_word_documents(shared, read_file, refusal, chars):
    files = sorted((shared / "nasty").rglob("*.docx"))
    assert len(files) > 60
    read = 0
    for path in files:
        found = paragraphs(path)
        if not any(letters("".join(seen(paragraph))) for paragraph in filter(is_read, found)):
            assert refusal("empty.docx", path.read_bytes()) == "no text in it"
            continue
        passages = read_file(path, chars=chars).passages
        main = [passage for passage in passages if passage.anchor.part is None]
        for passage in main:
            assert_in_paragraphs(found, passage)
        for passage in passages:
            if passage.anchor.part:
                assert_in_paragraphs(paragraphs(path, passage.anchor.part), passage)
        assert_all_paragraphs_are_read(found, passages)
        read += 1
    assert read > 50


# --- PowerPoint: the texts of a slide and of its notes --------------------------------------------

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def slides_of(path: Path) -> list[str]:
    """What the XML of each slide says, in the order of the presentation, and of its notes and
    charts.
    """
    with zipfile.ZipFile(path) as archive:

        def links(part: str) -> dict[str, str]:
            folder, _, name = part.rpartition("/")
            rels = f"{folder}/_rels/{name}.rels"
            xml = etree.fromstring(archive.read(rels)) if rels in archive.namelist() else ()
            return {
                link.get("Id"): "ppt/" + re.sub(r"^(\.\./|/ppt/)", "", link.get("Target"))
                for link in xml
            }

        def text(part: str) -> str:
            return "".join(archive.read(part).decode("utf-8").split("<", 1)[1:])

        order = etree.fromstring(archive.read("ppt/presentation.xml")).iter(f"{P}sldId")
        main = links("ppt/presentation.xml")
        slides = []
        for each in order:
            slide = main[each.get(f"{R}id")]
            others = [
                part
                for part in links(slide).values()
                if re.search("/(notesSlides|charts|diagrams)/[^/]*$", part)
            ]
            slides.append("".join(re.sub(r"<[^>]*>", "", text(part)) for part in (slide, *others)))
    return [letters(slide) for slide in slides]


def assert_on_slides(slides: list[str], passages: list) -> None:
    for passage in passages:
        assert (passage.anchor.type, passage.anchor.unit) == ("page", "slide")
        assert passage.anchor.start == passage.anchor.end
        slide = slides[int(passage.anchor.start) - 1]
        for line in re.split(r"\n| · ", passage.text):
            name, _, value = line.partition(": ")
            named = bool(value) and letters(name) in slide and letters(value) in slide
            assert letters(line) in slide or named, line


def talk(count: int) -> pptx.Presentation:
    show = pptx.Presentation()
    for number in range(count):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number} 幻灯片"
        slide.placeholders[1].text = "\n".join(said(number * 4 + n) for n in range(3))
        for cell in slide.shapes.add_table(2, 2, 0, 0, 9, 9).table.iter_cells():
            cell.text = f"cell 格 {number}"
        slide.shapes.add_group_shape().shapes.add_textbox(
            0, 0, 9, 9
        ).text_frame.text = f"group {number}"
        if number % 2:
            slide.notes_slide.notes_text_frame.text = said(number * 4 + 3)
    order = show.slides._sldIdLst
    order.insert(0, order[-1])  # so that the files' numbers are not those of the slides
    return show


@sizes
def test_generated_presentation(write, read_file, chars):
    path = write("talk.pptx", saved(talk(50)))
    slides = slides_of(path)
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= 200 or chars == 900
    assert_on_slides(slides, passages)
    assert {passage.anchor.start for passage in passages} == set(range(1, 51))
    for number in range(1, 51):
        whole = letters(
            "".join(passage.text for passage in passages if passage.anchor.start == number)
        )
        wanted = (number - 2) % 50
        assert all(letters(said(wanted * 4 + n)) in whole for n in range(4 if wanted % 2 else 3))
        assert letters(f"Slide {wanted} 幻灯片") in whole
        assert f"group{wanted}" in whole
        assert whole.count(letters(f"cell 格 {wanted}")) >= 4


@sizes
def test_real_presentation(shared, read_file, chars):
    path = shared / "nasty/markitdown/markitdown/tests/test_files/test.pptx"
    slides = slides_of(path)
    passages = read_file(path, chars=chars).passages
    assert_on_slides(slides, passages)
    presentation = pptx.Presentation(str(path))
    for number, slide in enumerate(presentation.slides, 1):
        whole = letters(
            "".join(passage.text for passage in passages if passage.anchor.start == number)
        )
        for shape in slide.shapes:
            if shape.has_text_frame:
                assert letters(shape.text_frame.text) in whole
