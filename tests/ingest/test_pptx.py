"""PowerPoint slides."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import pptx
from office_made import changed, headed, replaced, saved
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml as slide_xml


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
    group.shapes.add_group_shape().shapes.add_textbox(
        0, 0, 9, 9
    ).text_frame.text = "in a group in a group"
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "beside"
    slide.shapes._spTree.append(title._element)
    assert read("a.pptx", saved(show)).texts == [
        "Title\n\nin a group\n\nin a group in a group\n\nbeside"
    ]


def test_tables_charts_and_lines_of_a_slide(read):
    show = pptx.Presentation()
    slide = slide_of(show, "", "")
    table = slide.shapes.add_table(2, 3, 0, 0, 9, 9).table
    for cell, text in zip(
        table.iter_cells(), ["Name", "", "钱", "Ines", "two\nlines", ""], strict=True
    ):
        cell.text = text
    data = CategoryChartData()
    data.categories = ["2024", "二〇二五"]
    data.add_series("Cash", (1, 2))
    data.add_series("Debt", (3, 4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data).chart
    chart.chart_title.text_frame.text = "Money"
    assert read("a.pptx", saved(show)).texts == [
        "Name · 钱\n\nName: Ines · two lines\n\nMoney\nCash | Debt\n2024 | 二〇二五"
    ]


def test_merged_cells_are_read_once(read):
    show = pptx.Presentation()
    table = slide_of(show, "", "").shapes.add_table(1, 3, 0, 0, 9, 9).table
    table.cell(0, 0).text, table.cell(0, 2).text = "wide", "last"
    table.cell(0, 0).merge(table.cell(0, 1))
    assert read("a.pptx", saved(show)).texts == ["wide · last"]


def test_the_words_of_a_diagram(read):
    show = pptx.Presentation()
    slide = slide_of(show, "", "")
    d = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
    words = "".join(
        f"<d:pt><d:t><a:p><a:r><a:t>{word}</a:t></a:r></a:p></d:t></d:pt>"
        for word in ("Ask", "定价")
    )
    xml = f'<d:dataModel {P} xmlns:d="{d}"><d:ptLst>{words}</d:ptLst></d:dataModel>'.encode()
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", slide.part.package, xml)
    link = slide.part.relate_to(
        part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
    )
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
    slide_of(show, "", "").shapes._spTree.append(
        slide_xml(f"<mc:AlternateContent {P}>{both}</mc:AlternateContent>")
    )
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
            links = "".join(
                f'<Relationship Id="s{n}" Type="{kind}" Target="slides/x{n}.xml"/>'
                for n in range(count)
            )
            return content.replace(b"</Relationships>", links.encode() + b"</Relationships>")
        return content

    out = io.BytesIO(changed(saved(show), many))
    with zipfile.ZipFile(out, "a") as archive:
        slide, links = (
            archive.read(f"ppt/slides/{name}") for name in ("slide1.xml", "_rels/slide1.xml.rels")
        )
        for n in range(count):
            archive.writestr(f"ppt/slides/x{n}.xml", slide.replace(b"Runway", b"Runway %d" % n))
            following = f'<Relationship Id="next" Type="{kind}" Target="x{(n + 1) % count}.xml"/></Relationships>'
            archive.writestr(
                f"ppt/slides/_rels/x{n}.xml.rels",
                links.replace(b"</Relationships>", following.encode()),
            )
    passages = read("a.pptx", out.getvalue()).passages
    assert [(p.anchor.start, p.text) for p in passages] == [
        (n + 1, f"Runway {n}") for n in range(count)
    ]


def test_a_slide_show(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.")
    main = "application/vnd.openxmlformats-officedocument.presentationml."
    for name, kind in [
        ("a.ppsx", f"{main}slideshow.main+xml"),
        ("a.pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"),
    ]:
        assert read(name, replaced(saved(show), f"{main}presentation.main+xml", kind)).texts == [
            "Runway\n\nMonths."
        ]


def test_metadata_of_a_presentation(read):
    show = pptx.Presentation()
    slide_of(show, "Runway", "Months.")
    core = show.core_properties
    core.title, core.author, core.created = (
        "PowerPoint Presentation",
        "苏禾",
        datetime(2026, 2, 19, 10),
    )
    core.subject = core.keywords = ""
    document = read("a.pptx", saved(show)).document
    assert (document.title, document.kind) == ("Runway", "doc")
    assert document.meta == {"author": "苏禾", "date": "2026-02-19"}
