"""What is kept of PDFs, Word documents and PowerPoint presentations, and what is said of those that can't be read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import docx
import pptx
import pytest
from docx.oxml.parser import parse_xml as word_xml
from pdfs import make_pdf, with_more
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml as slide_xml

import ingest.parsing.office

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def headed(reading) -> list[tuple[str, tuple[str, ...], str]]:
    """(label, headings, text) of each passage."""
    return [(passage.anchor.label, passage.headings, passage.text) for passage in reading.passages]


# --- PDF: pages -------------------------------------------------------------------------------------------------


def test_a_passage_of_a_pdf_never_spans_pages(read):
    pdf = make_pdf([["Count the months", "twice."], ["先算账，", "Then the weeks."]])
    assert headed(read("a.pdf", pdf)) == [
        ("p. 1", (), "Count the months\ntwice."),
        ("p. 2", (), "先算账，\nThen the weeks."),
    ]


def test_metadata_of_a_pdf(read):
    info = {
        "Title": "Pricing 定价",
        "Author": "Ines Valcourt",
        "Subject": "Money",
        "Keywords": "a, b",
        "CreationDate": "D:20260219101112+08'00'",
    }
    document = read("a.pdf", with_more(make_pdf([["先算账。"]], lang="zh-CN"), info)).document
    assert (document.title, document.lang) == ("Pricing 定价", "zh")
    assert document.meta == {"author": "Ines Valcourt", "date": "2026-02-19", "subject": "Money", "keywords": "a, b"}


@pytest.mark.parametrize(
    "title", ["untitled", "(anonymous)", "Microsoft Word - plan.doc", "plan.indd", "Slide 1", "文档1", "\0 "]
)
def test_titles_that_programs_make_up_are_none(read, title):
    assert read("runway.pdf", with_more(make_pdf([["Months."]]), {"Title": title})).document.title == "runway"


@pytest.mark.parametrize("title", ["Slide decks", "Title insurance", "Documents that matter", "Version 2.1"])
def test_titles_that_look_alike_are_kept(read, title):
    assert read("runway.pdf", with_more(make_pdf([["Months."]]), {"Title": title})).document.title == title


def test_a_date_that_is_none_is_left_out(read):
    pdf = with_more(make_pdf([["Months."]]), {"CreationDate": "D:20269999", "Author": "unknown"})
    assert read("a.pdf", pdf).document.meta == {}


def test_rare_characters_and_emoji_are_kept(read):
    assert read("a.pdf", make_pdf([["𠮷野家 says yes 😀"]])).texts == ["𠮷野家 says yes 😀"]


def test_pages_without_text_are_told(read):
    reading = read("a.pdf", make_pdf([["One."], [], ["Three."], [], [], ["Six."]]))
    assert [passage.anchor.label for passage in reading.passages] == ["p. 1", "p. 3", "p. 6"]
    assert reading.document.meta == {"pages_without_text": "2, 4-5"}


def test_paragraphs_begin_after_a_short_line_with_a_full_stop(read):
    lines = ["Count the months that the cash will last at the present rate", "and write it down."] * 2
    first, second = read("a.pdf", make_pdf([lines]), chars=100).texts
    assert first == second == "\n".join(lines[:2])


# --- PDF: hyphens and wrapped words -----------------------------------------------------------------------------


def test_a_hyphen_at_the_end_of_a_line_goes_where_the_word_stands_whole_elsewhere(read):
    text = read("a.pdf", make_pdf([["Some founders think of con-", "firming it later.", "They confirm it."]])).texts[0]
    assert text == "Some founders think of confirming\nit later.\n\nThey confirm it."


def test_a_hyphen_stays_where_the_word_has_one_elsewhere(read):
    text = read("a.pdf", make_pdf([["Some founders write long-", "term plans.", "A long-term plan: longterm."]])).texts[
        0
    ]
    assert text == "Some founders write long-term\nplans.\n\nA long-term plan: longterm."


def test_a_hyphen_stays_as_it_stands_where_nothing_is_known(read):
    lines = ["Some founders build chat-", "based products, 2019-", "2020, and 中文-", "混排 too."]
    assert read("a.pdf", make_pdf([lines])).texts == ["\n".join(lines)]


def test_a_chinese_word_that_the_line_end_parts_is_one(read):
    lines = [
        "创业公司在第一年里最要紧的事情是弄清楚自己的客",
        "户到底愿意为什么付钱，愿意付多少，又会不会再来，",
        "然后再定价。",
    ]
    text = read("a.pdf", make_pdf([["定价", *lines, "销售"]])).texts[0]
    assert text == "定价\n" + lines[0] + lines[1] + "\n" + lines[2] + "\n\n销售"


def test_short_chinese_lines_are_never_put_together(read):
    assert read("a.pdf", make_pdf([["深圳", "市场", "客", "户"]])).texts == ["深圳\n市场\n客\n户"]


# --- PDF: what recurs on every page -----------------------------------------------------------------------------


def numbered(count: int, footer: Callable[[int], str], header: Callable[[int], str] = str) -> bytes:
    return make_pdf(
        [[header(n), f"Words {'abcdefghij'[n]} here.", f"More of {n * n}.", footer(n)] for n in range(count)]
    )


@pytest.mark.parametrize(
    "footer",
    [lambda n: str(n + 12), lambda n: f"- {n + 1} -", lambda n: f"Page {n + 1} of 6", lambda n: f"第 {n + 1} 页"],
)
def test_page_numbers_are_left_out(read, footer):
    texts = read("a.pdf", numbered(6, footer, lambda n: "abcdef"[n])).texts
    assert texts == [f"{'abcdef'[n]}\nWords {'abcdef'[n]} here.\n\nMore of {n * n}." for n in range(6)]


def test_headers_and_footers_are_kept_only_once(read):
    def header(n):
        return "Handbook 手册" if n % 2 else f"Founders of Example 2026 | {n + 1}"

    texts = read("a.pdf", numbered(8, lambda n: "Confidential", header)).texts
    assert [("Handbook" in text, "Example" in text, "Confidential" in text) for text in texts] == [
        (False, True, True),
        (True, False, False),
        *[(False, False, False)] * 6,
    ]


def test_first_and_last_lines_that_differ_are_kept(read):
    texts = read("a.pdf", numbered(6, lambda n: f"{n * 7} months", lambda n: f"Lesson {n + 1}")).texts
    assert all(f"Lesson {n + 1}" in text and f"{n * 7} months" in text for n, text in enumerate(texts))


def test_few_pages_keep_all_their_lines(read):
    assert [text[-1] for text in read("a.pdf", numbered(3, lambda n: str(n + 1))).texts] == ["1", "2", "3"]


# --- PDF: the outline as headings -------------------------------------------------------------------------------


def test_bookmarks_are_headings_from_where_their_words_stand(read):
    pages = [
        ["Foreword", "Hello."],
        ["Still hello.", "1 Pricing", "Start low.", "1.1 Costs", "人力最贵。"],
        ["More costs."],
    ]
    outline = [(0, "Foreword", 1, 800), (0, "Pricing", 2, 786), (1, "Costs", 2, 758)]
    assert headed(read("a.pdf", with_more(make_pdf(pages), outline=outline))) == [
        ("p. 1", ("Foreword",), "Foreword\nHello."),
        ("p. 2", ("Foreword",), "Still hello."),
        ("p. 2", ("Pricing",), "1 Pricing\nStart low."),
        ("p. 2", ("Pricing", "Costs"), "1.1 Costs\n人力最贵。"),
        ("p. 3", ("Pricing", "Costs"), "More costs."),
    ]


def test_a_heading_over_two_lines_is_found(read):
    pdf = with_more(make_pdf([["Before.", "定价与", "成本", "人力最贵。"]]), outline=[(0, "定价与成本", 1, 700)])
    assert headed(read("a.pdf", pdf))[1] == ("p. 1", ("定价与成本",), "定价与\n成本\n人力最贵。")


@pytest.mark.parametrize(("height", "first"), [(None, ("Cover",)), (790, ("Cover",)), (300, ())])
def test_a_bookmark_whose_words_are_not_on_the_page_counts_from_its_top_or_from_the_next_page(read, height, first):
    pdf = with_more(make_pdf([["Hello."], ["More."]]), outline=[(0, "Cover", 1, height)])
    assert headed(read("a.pdf", pdf)) == [("p. 1", first, "Hello."), ("p. 2", ("Cover",), "More.")]


def test_text_before_the_first_bookmark_has_no_heading(read):
    pdf = with_more(make_pdf([["Hello."], ["Costs", "More."]]), outline=[(0, "Costs", 2, 800)])
    assert [passage.headings for passage in read("a.pdf", pdf).passages] == [(), ("Costs",)]


# --- PDF: refusals ----------------------------------------------------------------------------------------------


def test_a_pdf_with_a_password_is_refused(refusal):
    pdf = with_more(make_pdf([["Secret."]]), user_password="s", owner_password="t")
    assert refusal("a.pdf", pdf) == "password-protected PDF"


def test_a_pdf_that_only_its_owner_may_change_is_read(read):
    pdf = with_more(make_pdf([["Not so secret."]]), user_password="", owner_password="t")
    assert read("a.pdf", pdf).texts == ["Not so secret."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make_pdf([[], []]), "a PDF without text"),
        (b"%PDF-1.7\nnothing that follows", "a damaged PDF"),
        (make_pdf([["Months."]])[:300], "a damaged PDF"),
        (b"<html>Not found</html>", "not a PDF"),
        (b"", "empty file"),
    ],
)
def test_pdfs_that_are_refused(refusal, content, reason):
    assert refusal("a.pdf", content) == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("019-grayscale-image/grayscale-image.pdf", "a scanned PDF without a text layer"),
        ("007-imagemagick-images/imagemagick-lzw.pdf", "a scanned PDF without a text layer"),
        ("005-libreoffice-writer-password/libreoffice-writer-password.pdf", "password-protected PDF"),
    ],
)
def test_real_pdfs_that_are_refused(shared, refusal, path, reason):
    assert refusal("a.pdf", (shared / "nasty" / "pdf_samples" / path).read_bytes()) == reason


def test_real_outlines(shared, read_file):
    reading = read_file(shared / "nasty" / "pdf_samples" / "006-pdflatex-outline" / "pdflatex-outline.pdf")
    starts = [(p.headings, p.text.split("\n")[0]) for p in reading.passages if re.match(r"\d (Foo|Bar|Baz)\n", p.text)]
    assert starts == [
        ((name,), f"{number} {name}") for number, name in enumerate("Foo Bar Baz Foo Bar Baz Foo Bar Baz".split(), 1)
    ]


# --- Word: making ------------------------------------------------------------------------------------------------

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MORE = (
    f'{W} xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)


def saved(thing) -> bytes:
    out = io.BytesIO()
    thing.save(out)
    return out.getvalue()


def word(*paragraphs: str) -> bytes:
    """A Word document whose body is this XML; what begins without a tag is the text of a paragraph."""
    document = docx.Document()
    for paragraph in paragraphs:
        if paragraph.startswith("<"):
            document.element.body.insert(
                len(document.element.body) - 1, word_xml(paragraph.replace(">", f" {MORE}>", 1))
            )
        else:
            document.add_paragraph(paragraph)
    return saved(document)


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def changed(package: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with each part as `change(name, content)` gives it; None leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def replaced(package: bytes, old: str, new: str) -> bytes:
    return changed(package, lambda _, content: content.replace(old.encode(), new.encode()))


# --- Word: paragraphs and headings ------------------------------------------------------------------------------


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
    document.styles.element.append(word_xml(f'<w:style {W} w:type="paragraph" w:styleId="a9">{style}</w:style>'))
    document.add_heading("Runway", 1)
    document.add_paragraph("Costs")._p.get_or_add_pPr().append(word_xml(f'<w:pStyle {W} w:val="a9"/>'))
    document.add_paragraph("Months.")
    assert read("a.docx", saved(document)).passages[0].headings == ("Runway", "Costs")


def test_a_style_based_on_itself_is_no_heading(read):
    document = docx.Document()
    circle = '<w:name w:val="Round"/><w:basedOn w:val="a9"/>'
    document.styles.element.append(word_xml(f'<w:style {W} w:type="paragraph" w:styleId="a9">{circle}</w:style>'))
    document.add_paragraph("Costs")._p.get_or_add_pPr().append(word_xml(f'<w:pStyle {W} w:val="a9"/>'))
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
    assert stored.meta == {"author": "Ines Valcourt", "date": "2026-02-19", "keywords": "a, b", "subject": "x"}


def test_a_word_document_without_properties_or_styles(read):
    bare = changed(word("Months."), lambda name, content: None if "core" in name or "styles" in name else content)
    document = read("runway.docx", bare).document
    assert (document.title, document.meta) == ("runway", {})


# --- Word: what a paragraph says --------------------------------------------------------------------------------


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
        "in a box" in read("a.docx", word(f"<w:p><w:r><w:pict><v:textbox>{BOX}</v:textbox></w:pict></w:r></w:p>")).texts
    )


def test_the_table_of_contents_is_left_out(read):
    entry = '<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr><w:r><w:t>Costs 3</w:t></w:r></w:p>'
    whole = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        f"<w:sdtContent><w:p>{run('Contents')}</w:p></w:sdtContent></w:sdt>"
    )
    package = word(whole, entry, "Months.")
    style = f'<w:style {W} w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style></w:styles>'
    assert headed(read("a.docx", replaced(package, "</w:styles>", style))) == [("paragraph 3", (), "Months.")]


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


# --- Word: tables -----------------------------------------------------------------------------------------------


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
        ("paragraph 3–4", "| 一月 | 二月"),
        ("paragraph 5–7", "Ines |  | 20"),
        ("paragraph 8–9", "Jo | 30"),
    ]
    assert {passage.headings for passage in passages} == {("Cash",)}


def test_each_cell_of_a_row_has_its_own_paragraph(read):
    document = docx.Document()
    table_of(document, [["Ines", "Jo\nagain"], ["x", "y"]]).cell(0, 1).add_paragraph("苏禾")
    passage = read("a.docx", saved(document)).passages[0]
    assert passage.text == "Ines | Jo\nagain\n苏禾\n\nx | y"
    parts = [(passage.text[offset:][:4].strip(" |\n"), start) for offset, start, _ in passage.places]
    assert parts == [("Ines", 1), ("Jo\na", 2), ("苏禾", 3), ("x", 4), ("y", 5)]


def test_a_table_within_a_table(read):
    document = docx.Document()
    cell = table_of(document, [["a", "b"]]).cell(0, 1)
    inner = cell.add_table(2, 2)
    for number, each in enumerate(inner._cells):
        each.text = str(number)
    assert read("a.docx", saved(document)).texts == ["a | b\n0 | 1\n2 | 3"]


def test_tables_within_tables_however_deep(read):
    xml = f"<w:p>{run('deep')}</w:p>"
    for _ in range(60):
        xml = f"<w:tbl><w:tr><w:tc>{xml}</w:tc></w:tr></w:tbl>"
    assert read("a.docx", word(xml)).texts == ["deep"]


def test_cells_and_rows_where_none_belong(read):
    paragraph = f"<w:p>{run('astray')}</w:p>"
    for xml in (f"<w:tc>{paragraph}</w:tc>", f"<w:tr><w:tc>{paragraph}</w:tc></w:tr>"):
        assert headed(read("a.docx", word(xml))) == [("paragraph 1", (), "astray")]


# --- Word: packages ---------------------------------------------------------------------------------------------

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def test_a_word_document_with_macros(read):
    package = replaced(word("Months."), MAIN, "application/vnd.ms-word.document.macroEnabled.main+xml")
    assert read("a.docm", package).texts == ["Months."]


def test_a_strict_document(read):
    def strict(name: str, content: bytes) -> bytes:
        return re.sub(rb"http://schemas\.openxmlformats\.org/(\w+)/2006/", rb"http://purl.oclc.org/ooxml/\1/", content)

    document = docx.Document()
    document.add_heading("Costs", 1)
    document.add_paragraph("see http://purl.oclc.org/ooxml/officeDocument/math")
    reading = read(
        "a.docx",
        changed(
            saved(document),
            lambda name, content: strict(name, content) if "word/" in name or name == "_rels/.rels" else content,
        ),
    )
    assert headed(reading) == [("paragraph 2", ("Costs",), "see http://purl.oclc.org/ooxml/officeDocument/math")]


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
    bomb = changed(word("Months."), lambda name, content: content + b" " * 2_000_000 if "document" in name else content)
    assert len(bomb) < 100_000
    assert refusal("a.docx", bomb) == "a Word document that unpacks to over 1 MB"


def test_a_package_of_too_many_parts_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(ingest.parsing.office, "_MOST_PARTS", 5)
    assert refusal("a.docx", word("Months.")) == "a Word document of more than 5 parts"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(refusal, encoding):
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><w:document {W}/>'.encode(encoding)
    bomb = changed(word("Months."), lambda name, content: xml if name == "word/document.xml" else content)
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
        refusal(name, changed(package, lambda part, content: None if part == "_rels/.rels" else content))
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


# --- PowerPoint -------------------------------------------------------------------------------------------------


def slide_of(show, title: str, *lines: str):
    slide = show.slides.add_slide(show.slide_layouts[1 if title else 6])
    if title:
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    return slide


P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def test_slides_with_their_titles(read):
    show = pptx.Presentation()
    slide_of(show, "Runway 跑道", "Count the months.", "先算账。")
    slide_of(show, "", "")
    slide_of(show, "The\vend")
    reading = read("a.pptx", saved(show))
    assert headed(reading) == [
        ("slide 1", ("Runway 跑道",), "Runway 跑道\n\nCount the months.\n先算账。"),
        ("slide 3", ("The end",), "The\nend"),
    ]
    assert reading.document.title == "Runway 跑道"


def test_notes_stand_after_the_slide(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.").notes_slide.notes_text_frame.text = "Say it slowly.\n别急。"
    slide_of(show, "Costs")
    assert [(label, text) for label, _, text in headed(read("a.pptx", saved(show), chars=24))] == [
        ("slide 1", "Runway\n\nMonths."),
        ("slide 1", "Say it slowly.\n别急。"),
        ("slide 2", "Costs"),
    ]


def test_shapes_in_their_order_and_the_title_first(read):
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    title = slide.shapes.title
    title.text = "Title"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "in a group"
    group.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "in a group in a group"
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "beside"
    slide.shapes._spTree.append(title._element)
    assert read("a.pptx", saved(show)).texts == ["Title\n\nin a group\n\nin a group in a group\n\nbeside"]


def test_tables_charts_and_lines_of_a_slide(read):
    show = pptx.Presentation()
    slide = slide_of(show, "", "")
    table = slide.shapes.add_table(2, 3, 0, 0, 9, 9).table
    for cell, text in zip(table.iter_cells(), ["Name", "", "钱", "Ines", "two\nlines", ""], strict=True):
        cell.text = text
    data = CategoryChartData()
    data.categories = ["2024", "二〇二五"]
    data.add_series("Cash", (1, 2))
    data.add_series("Debt", (3, 4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data).chart
    chart.chart_title.text_frame.text = "Money"
    assert read("a.pptx", saved(show)).texts == [
        "Name |  | 钱\n\nInes | two\nlines\n\nMoney\nCash | Debt\n2024 | 二〇二五"
    ]


def test_merged_cells_are_read_once(read):
    show = pptx.Presentation()
    table = slide_of(show, "", "").shapes.add_table(1, 3, 0, 0, 9, 9).table
    table.cell(0, 0).text, table.cell(0, 2).text = "wide", "last"
    table.cell(0, 0).merge(table.cell(0, 1))
    assert read("a.pptx", saved(show)).texts == ["wide | last"]


def test_the_words_of_a_diagram(read):
    show = pptx.Presentation()
    slide = slide_of(show, "", "")
    d = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    words = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{word}</a:t></a:r></a:p></d:t></d:pt>" for word in ("Ask", "定价"))
    xml = f'<d:dataModel {P} xmlns:d="{d}"><d:ptLst>{words}</d:ptLst></d:dataModel>'.encode()
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", slide.part.package, xml)
    link = slide.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData")
    slide.shapes._spTree.append(
        slide_xml(
            f'<p:graphicFrame {P}><a:graphic><a:graphicData uri="{d}"><d:relIds xmlns:d="{d}" r:dm="{link}"/>'
            "</a:graphicData></a:graphic></p:graphicFrame>"
        )
    )
    assert read("a.pptx", saved(show)).texts == ["Ask\n定价"]


def test_a_shape_that_stands_there_in_two_forms_is_read_once(read):
    show = pptx.Presentation()
    sup = "<m:oMath><m:r><m:t>10</m:t></m:r><m:sup><m:r><m:t>6</m:t></m:r></m:sup></m:oMath>"
    sums = f"<p:sp><p:txBody><a:p><a:r><a:t>cash </a:t></a:r>{sup}</a:p></p:txBody></p:sp>"
    both = f"<mc:Choice>{sums}</mc:Choice><mc:Fallback>{sums}</mc:Fallback>"
    slide_of(show, "", "").shapes._spTree.append(slide_xml(f"<mc:AlternateContent {P}>{both}</mc:AlternateContent>"))
    assert read("a.pptx", saved(show)).texts == ["cash 10^6"]


def test_footers_dates_and_slide_numbers_are_left_out(read):
    show = pptx.Presentation()
    slide = slide_of(show, "Runway", "Months.")
    for kind in ("ftr", "dt", "sldNum"):
        slide.shapes._spTree.append(
            slide_xml(
                f'<p:sp {P}><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
                "<p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>again</a:t></a:r></a:p></p:txBody></p:sp>"
            )
        )
    assert read("a.pptx", saved(show)).texts == ["Runway\n\nMonths."]


def test_hidden_slides_are_kept(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.")._element.set("show", "0")
    assert read("a.pptx", saved(show)).texts == ["Runway\n\nMonths."]


def test_a_thousand_slides_each_linked_to_the_next(read):
    show = pptx.Presentation()
    slide_of(show, "Runway")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide"
    count = 1100

    def many(name: str, content: bytes) -> bytes | None:
        if name == "ppt/presentation.xml":
            return re.sub(
                rb"<p:sldId [^>]*/>",
                b"".join(b'<p:sldId id="%d" r:id="s%d"/>' % (n + 256, n) for n in range(count)),
                content,
            )
        if name == "ppt/_rels/presentation.xml.rels":
            links = "".join(f'<Relationship Id="s{n}" Type="{kind}" Target="slides/x{n}.xml"/>' for n in range(count))
            return content.replace(b"</Relationships>", links.encode() + b"</Relationships>")
        return content

    out = io.BytesIO(changed(saved(show), many))
    with zipfile.ZipFile(out, "a") as archive:
        slide, links = (archive.read(f"ppt/slides/{name}") for name in ("slide1.xml", "_rels/slide1.xml.rels"))
        for n in range(count):
            archive.writestr(f"ppt/slides/x{n}.xml", slide.replace(b"Runway", b"Runway %d" % n))
            following = f'<Relationship Id="next" Type="{kind}" Target="x{(n + 1) % count}.xml"/></Relationships>'
            archive.writestr(f"ppt/slides/_rels/x{n}.xml.rels", links.replace(b"</Relationships>", following.encode()))
    passages = read("a.pptx", out.getvalue()).passages
    assert [(p.anchor.start, p.text) for p in passages] == [(n + 1, f"Runway {n}") for n in range(count)]


def test_a_slide_show(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.")
    main = "application/vnd.openxmlformats-officedocument.presentationml."
    for name, kind in [
        ("a.ppsx", f"{main}slideshow.main+xml"),
        ("a.pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
    ]:
        assert read(name, replaced(saved(show), f"{main}presentation.main+xml", kind)).texts == ["Runway\n\nMonths."]


def test_metadata_of_a_presentation(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.")
    core = show.core_properties
    core.title, core.author, core.created = "PowerPoint Presentation", "苏禾", datetime(2026, 2, 19, 10)
    core.subject = core.keywords = ""
    document = read("a.pptx", saved(show)).document
    assert (document.title, document.kind) == ("Runway", "doc")
    assert document.meta == {"author": "苏禾", "date": "2026-02-19"}
