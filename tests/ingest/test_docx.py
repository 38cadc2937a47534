"""Word documents."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import docx
import pptx
import pytest
from docx.oxml.parser import parse_xml as word_xml
from office_made import W, changed, headed, replaced, saved, word

import ingest.parsing.office

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


# --- Word: making ---------------------------------------------------------------------------------


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


# --- Word: paragraphs and headings ----------------------------------------------------------------


def test_paragraphs_of_a_word_document_stand_under_their_headings(read):
    document = docx.Document()
    document.add_heading("Runway 跑道", 0)
    document.add_paragraph("Count the months.")
    document.add_heading("Costs", 1)
    document.add_paragraph("")
    document.add_paragraph("人力最贵。")
    document.add_paragraph("servers", style="List Bullet")
    document.add_heading("Discounts", 2)
    document.add_paragraph("Give none.")
    document.add_heading("Later", 1)
    document.add_paragraph("The end.")
    reading = read("a.docx", saved(document))
    assert headed(reading) == [
        ("paragraph 2", ("Runway 跑道",), "Count the months."),
        ("paragraph 5–6", ("Runway 跑道", "Costs"), "人力最贵。\n\nservers"),
        ("paragraph 8", ("Runway 跑道", "Costs", "Discounts"), "Give none."),
        ("paragraph 10", ("Runway 跑道", "Later"), "The end."),
    ]
    assert reading.document.title == "Runway 跑道"


def test_a_heading_with_nothing_under_it_is_text(read):
    document = docx.Document()
    for text, level in [("One", 1), ("Two", 2), ("Three", 2), ("Four", 1)]:
        document.add_heading(text, level)
    assert headed(read("a.docx", saved(document))) == [
        ("paragraph 2", ("One",), "Two"),
        ("paragraph 3", ("One",), "Three"),
        ("paragraph 4", (), "Four"),
    ]


def test_a_whole_paragraph_in_the_style_of_a_heading_is_text(read):
    document = docx.Document()
    document.add_heading("Count the months. " * 20, 1)
    assert read("a.docx", saved(document)).passages[0].headings == ()


@pytest.mark.parametrize(
    "style",
    [
        '<w:name w:val="heading 2"/>',
        '<w:name w:val="标题 2"/>',
        '<w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr>',
        '<w:name w:val="Chapter"/><w:basedOn w:val="Heading2"/>',
    ],
)
def test_headings_are_known_by_name_outline_level_or_the_style_they_are_based_on(read, style):
    document = docx.Document()
    document.styles.element.append(
        word_xml(f'<w:style {W} w:type="paragraph" w:styleId="a9">{style}</w:style>')
    )
    document.add_heading("Runway", 1)
    document.add_paragraph("Costs")._p.get_or_add_pPr().append(
        word_xml(f'<w:pStyle {W} w:val="a9"/>')
    )
    document.add_paragraph("Months.")
    assert read("a.docx", saved(document)).passages[0].headings == ("Runway", "Costs")


def test_a_style_based_on_itself_is_no_heading(read):
    document = docx.Document()
    circle = '<w:name w:val="Round"/><w:basedOn w:val="a9"/>'
    document.styles.element.append(
        word_xml(f'<w:style {W} w:type="paragraph" w:styleId="a9">{circle}</w:style>')
    )
    document.add_paragraph("Costs")._p.get_or_add_pPr().append(
        word_xml(f'<w:pStyle {W} w:val="a9"/>')
    )
    assert read("a.docx", saved(document)).texts == ["Costs"]


def test_the_outline_level_of_a_paragraph_goes_over_its_style(read):
    heading = '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Costs</w:t></w:r></w:p>'
    text = '<w:p><w:pPr><w:pStyle w:val="Heading1"/><w:outlineLvl w:val="9"/></w:pPr><w:r><w:t>Low.</w:t></w:r></w:p>'
    assert headed(read("a.docx", word(heading, text))) == [("paragraph 2", ("Costs",), "Low.")]


def test_metadata_of_a_word_document(read):
    document = docx.Document()
    document.add_heading("Another title", 0)
    document.add_paragraph("先算账。")
    core = document.core_properties
    core.title, core.author, core.language, core.keywords, core.subject = (
        "Pricing",
        "Ines Valcourt",
        "zh-CN",
        "a, b",
        "x",
    )
    core.created = datetime(2026, 2, 19, 10)
    stored = read("a.docx", saved(document)).document
    assert (stored.title, stored.lang, stored.kind) == ("Pricing", "zh", "doc")
    assert stored.meta == {
        "author": "Ines Valcourt",
        "date": "2026-02-19",
        "keywords": "a, b",
        "subject": "x",
    }


def test_a_word_document_without_properties_or_styles(read):
    bare = changed(
        word("Months."),
        lambda name, content: None if "core" in name or "styles" in name else content,
    )
    document = read("runway.docx", bare).document
    assert (document.title, document.meta) == ("runway", {})


# --- Word: what a paragraph says ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (run("run") + run("way"), "runway"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>", "a\tb\nc-d"),
        (f'<w:hyperlink w:anchor="x">{run("a link")}</w:hyperlink>', "a link"),
        (f'<w:ins w:id="1">{run("put in")}</w:ins><w:del w:id="2"><w:r><w:delText>out</w:delText></w:r></w:del>', "put in"),
        (f'{run("kept")}<w:del w:id="2"><m:oMath><m:r><m:t>out</m:t></m:r></m:oMath></w:del>', "kept"),
        (f'<w:moveTo w:id="1">{run("here")}</w:moveTo><w:moveFrom w:id="2">{run("there")}</w:moveFrom>', "here"),
        (f'<w:r><w:instrText>PAGE</w:instrText></w:r>{run("12")}', "12"),
        (f'<w:fldSimple w:instr="DATE">{run("May")}</w:fldSimple>', "May"),
        (f'<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>{run("seen")}', "seen"),
        ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r>', "seen"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('chosen')}</w:sdtContent></w:sdt>", "chosen"),
        ("<w:r><w:ruby><w:rt><w:r><w:t>kè</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>客</w:t></w:r></w:rubyBase></w:ruby></w:r>", "客"),
        ("<m:oMath><m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:sSup></m:oMath>", "10^6"),
        ("<m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>", "a/b"),
        ("<m:oMath><m:r><m:t>a=b</m:t></m:r></m:oMath><m:oMath><m:r><m:t>c=d</m:t></m:r></m:oMath>", "a=b c=d"),
    ],
)  # fmt: skip
def test_what_a_paragraph_says(read, inside, text):
    assert read("a.docx", word(f"<w:p>{inside}</w:p>")).texts == [text]


BOX = "<w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent>"


def test_a_text_box_is_read_once_after_its_paragraph(read):
    both = f"<mc:AlternateContent><mc:Choice>{BOX}</mc:Choice><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>"
    box = f"<w:p><w:r><w:t>around </w:t>{both}</w:r>{run('it')}</w:p>"
    assert headed(read("a.docx", word("before", box, "after"), chars=10)) == [
        ("paragraph 1", (), "before"),
        ("paragraph 2", (), "around it"),
        ("paragraph 3", (), "in a box"),
        ("paragraph 5", (), "after"),
    ]


def test_an_old_text_box_is_read(read):
    assert (
        "in a box"
        in read(
            "a.docx", word(f"<w:p><w:r><w:pict><v:textbox>{BOX}</v:textbox></w:pict></w:r></w:p>")
        ).texts
    )


def test_the_table_of_contents_is_left_out(read):
    entry = '<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr><w:r><w:t>Costs 3</w:t></w:r></w:p>'
    whole = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent><w:p>{run('Contents')}</w:p></w:sdtContent></w:sdt>"
    )
    package = word(whole, entry, "Months.")
    style = f'<w:style {W} w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style></w:styles>'
    assert headed(read("a.docx", replaced(package, "</w:styles>", style))) == [
        ("paragraph 3", (), "Months.")
    ]


def test_headers_footers_and_comments_are_left_out(read):
    document = docx.Document()
    paragraph = document.add_paragraph("Months.")
    document.sections[0].header.paragraphs[0].text = "header"
    document.sections[0].footer.paragraphs[0].text = "footer"
    document.add_comment(paragraph.runs, text="remark")
    assert read("a.docx", saved(document)).texts == ["Months."]


@pytest.mark.parametrize("kind", ["footnotes", "endnotes"])
def test_notes_follow_the_text_with_their_own_paragraphs(read, kind):
    package = word("Months of cash.", "Weeks.")
    note = kind[:-1]
    notes = (
        f'<w:{kind} {W}><w:{note} w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:{note}>'
        f'<w:{note} w:id="1"><w:p>{run("Of cash, 现金。")}</w:p><w:p>{run("Not of profit.")}</w:p></w:{note}></w:{kind}>'
    )
    link = (
        '<Relationship Id="rN" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'{kind}" Target="{kind}.xml"/></Relationships>'
    )
    out = io.BytesIO(replaced(package, "</Relationships>", link))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(f"word/{kind}.xml", notes)
    assert headed(read("a.docx", out.getvalue(), chars=20)) == [
        ("paragraph 1", (), "Months of cash."),
        ("paragraph 2", (), "Weeks."),
        (f"{kind} · paragraph 2", (), "Of cash, 现金。"),
        (f"{kind} · paragraph 3", (), "Not of profit."),
    ]


# --- Word: tables ---------------------------------------------------------------------------------


def table_of(document, rows: list[list[str]]):
    table = document.add_table(len(rows), len(rows[0]))
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    return table


def test_rows_of_a_table(read):
    document = docx.Document()
    document.add_heading("Cash", 1)
    table_of(document, [["", "一月", "二月"], ["Ines", "", "20"], ["Jo", "30", ""], ["", "", ""]])
    passages = read("a.docx", saved(document), chars=18).passages
    assert [(p.anchor.label, p.text) for p in passages] == [
        ("paragraph 5–7", "Ines · 二月: 20"),
        ("paragraph 8–9", "Jo · 一月: 30"),
    ]
    assert {passage.headings for passage in passages} == {("Cash",)}


def test_each_cell_of_a_row_has_its_own_paragraph(read):
    document = docx.Document()
    rows = [["Who", "With"], ["Ines", "Jo\nagain"], ["x", "y"]]
    table_of(document, rows).cell(1, 1).add_paragraph("苏禾")
    passage = read("a.docx", saved(document)).passages[0]
    assert passage.text == "Who: Ines · With: Jo again苏禾\n\nWho: x · With: y"
    parts = [(passage.text[offset:].split()[0], start) for offset, start, _ in passage.places]
    assert parts == [("Who:", 3), ("With:", 4), ("苏禾", 5), ("Who:", 6), ("With:", 7)]


def test_a_table_within_a_table(read):
    document = docx.Document()
    cell = table_of(document, [["a", "b"]]).cell(0, 1)
    inner = cell.add_table(2, 2)
    for number, each in enumerate(inner._cells):
        each.text = str(number)
    assert read("a.docx", saved(document)).texts == ["a\nb\n0 · 1\n2 · 3"]


def test_tables_within_tables_however_deep(read):
    xml = f"<w:p>{run('deep')}</w:p>"
    for _ in range(60):
        xml = f"<w:tbl><w:tr><w:tc>{xml}</w:tc></w:tr></w:tbl>"
    assert read("a.docx", word(xml)).texts == ["deep"]


def test_cells_and_rows_where_none_belong(read):
    paragraph = f"<w:p>{run('astray')}</w:p>"
    for xml in (f"<w:tc>{paragraph}</w:tc>", f"<w:tr><w:tc>{paragraph}</w:tc></w:tr>"):
        assert headed(read("a.docx", word(xml))) == [("paragraph 1", (), "astray")]


# --- Word: packages -------------------------------------------------------------------------------


MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def test_a_word_document_with_macros(read):
    package = replaced(
        word("Months."), MAIN, "application/vnd.ms-word.document.macroEnabled.main+xml"
    )
    assert read("a.docm", package).texts == ["Months."]


def test_a_strict_document(read):
    def strict(name: str, content: bytes) -> bytes:
        return re.sub(
            rb"http://schemas\.openxmlformats\.org/(\w+)/2006/",
            rb"http://purl.oclc.org/ooxml/\1/",
            content,
        )

    document = docx.Document()
    document.add_heading("Costs", 1)
    document.add_paragraph("see http://purl.oclc.org/ooxml/officeDocument/math")
    reading = read(
        "a.docx",
        changed(
            saved(document),
            lambda name, content: (
                strict(name, content) if "word/" in name or name == "_rels/.rels" else content
            ),
        ),
    )
    assert headed(reading) == [
        ("paragraph 2", ("Costs",), "see http://purl.oclc.org/ooxml/officeDocument/math")
    ]


def test_a_link_to_a_part_that_is_not_there(read):
    link = '<Relationship Id="rX" Type="http://x.example.org/relationships/image" Target="NULL"/></Relationships>'
    assert read("a.docx", replaced(word("Months."), "</Relationships>", link)).texts == ["Months."]


def test_a_part_in_utf_16(read):
    def wide(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        return content.decode().replace("encoding='UTF-8'", "encoding='UTF-16'").encode("utf-16")

    assert read("a.docx", changed(word("先算账。"), wide)).texts == ["先算账。"]


def test_pictures_are_not_even_unpacked(read, monkeypatch):
    monkeypatch.setattr(ingest.parsing.office, "_MOST_BYTES", 500_000)
    out = io.BytesIO(word("Months."))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/image1.bmp", bytes(1_000_000))
    assert read("a.docx", out.getvalue()).texts == ["Months."]


def test_a_package_that_unpacks_to_too_much_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(ingest.parsing.office, "_MOST_BYTES", 1_000_000)
    bomb = changed(
        word("Months."),
        lambda name, content: content + b" " * 2_000_000 if "document" in name else content,
    )
    assert len(bomb) < 100_000
    assert refusal("a.docx", bomb) == "a Word document that unpacks to over 1 MB"


def test_a_package_of_too_many_parts_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(ingest.parsing.office, "_MOST_PARTS", 5)
    assert refusal("a.docx", word("Months.")) == "a Word document of more than 5 parts"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(refusal, encoding):
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><w:document {W}/>'.encode(encoding)
    bomb = changed(
        word("Months."), lambda name, content: xml if name == "word/document.xml" else content
    )
    assert refusal("a.docx", bomb) == "a Word document with XML entities, which none needs"


OFFICE = [
    ("a.docx", "Word document", word("Months.")),
    ("a.pptx", "PowerPoint presentation", saved(pptx.Presentation())),
]


@pytest.mark.parametrize(("name", "what", "package"), OFFICE, ids=["docx", "pptx"])
def test_packages_that_are_refused(refusal, name, what, package):
    assert refusal(name, b"") == "empty file"
    assert refusal(name, OLE) == "password-protected, or in the old binary format"
    assert refusal(name, b"{\\rtf1 Months.}") == f"not a {what}"
    assert refusal(name, package[: len(package) // 2]) == f"a damaged {what}"
    assert refusal(name, replaced(package, "<", "")) == f"a damaged {what}"
    assert (
        refusal(
            name, changed(package, lambda part, content: None if part == "_rels/.rels" else content)
        )
        == f"a damaged {what}"
    )
    assert refusal(name, zipped()) == f"a damaged {what}"


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "Months.")
    return out.getvalue()


def test_a_presentation_is_no_word_document(refusal):
    assert refusal("a.docx", saved(pptx.Presentation())) == "a damaged Word document"


@pytest.mark.parametrize(("name", "package"), [("a.docx", word()), ("a.pptx", OFFICE[1][2])])
def test_nothing_to_read(refusal, name, package):
    assert refusal(name, package) == "no text in it"


def test_a_raised_mark_behind_a_figure_is_no_digit_of_it(read):
    document = docx.Document()
    table = table_of(document, [["Plan", "Price"], ["Seed", "500"], ["Team", "900"]])
    table.cell(1, 1).paragraphs[0].add_run("1").font.superscript = True
    document.add_paragraph("1 with a desk")
    texts = read("a.docx", saved(document), chars=60).texts
    assert texts[0] == "Plan: Seed · Price: 500^1 (with a desk)"
