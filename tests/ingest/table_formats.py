"""One table in every format: a header of two rows with merged cells, a cell merged over two rows,
percentages, amounts, dates, and a footnote.
"""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from email.message import EmailMessage

import docx
import openpyxl
import pptx
from pdfs import draw_pdf

COLUMNS = ("档位", "第二季度 目标", "第二季度 实际", "Since")
ROWS = (
    ("成长 Growth", "7.00%", "¥1,500,000.50", "2026-05-01"),
    ("成长 Growth", "12.50%", "¥98.00*", "2026-06-15"),
)
NOTE = "含税 tax included"
HTML = f"""<table><caption>会费 Fees</caption>
<tr><th rowspan=2>档位</th><th colspan=2>第二季度</th><th rowspan=2>Since</th></tr>
<tr><th>目标</th><th>实际</th></tr>
<tr><td rowspan=2>成长 Growth</td><td>7.00%</td><td>¥1,500,000.50</td><td>2026-05-01</td></tr>
<tr><td>12.50%</td><td>¥98.00*</td><td>2026-06-15</td></tr>
</table><p>* {NOTE}</p>"""
MARKDOWN = f"""# 会费

| 档位 | 第二季度 | | Since |
|---|---|---|---|
| | 目标 | 实际 | |
| 成长 Growth | 7.00% | ¥1,500,000.50 | 2026-05-01 |
| 成长 Growth | 12.50% | ¥98.00[^1] | 2026-06-15 |

[^1]: {NOTE}
"""
ASCIIDOC = f"""= 会费

.Fees
|===
.2+|档位 2+|第二季度 .2+|Since
|目标 |实际

.2+|成长 Growth |7.00% |¥1,500,000.50 |2026-05-01
|12.50% |¥98.00* |2026-06-15
|===

{{empty}}* {NOTE}
""".replace("{empty}", "")
RST = (
    f"""会费
====

+-------------+---------------------------+------------+
| 档位        | 第二季度                  | Since      |
|             +-----------+---------------+            |
|             | 目标      | 实际          |            |
+=============+===========+===============+============+
| 成长 Growth | 7.00%     | ¥1,500,000.50 | 2026-05-01 |
|             +-----------+---------------+------------+
|             | 12.50%    | ¥98.00*       | 2026-06-15 |
+-------------+-----------+---------------+------------+

\\* {NOTE}
""".replace("\\* ", "[*] ")
    .replace("98.00* ", "98.00[*]")
    .replace("98.00[*]      |", "98.00[*]     |")
)


def _csv(mark: str) -> str:
    rows = [["档位", "第二季度", "", "Since"], ["", "目标", "实际", ""], *ROWS, [f"* {NOTE}"]]
    return "".join(mark.join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def _merged(table, top: int, left: int, bottom: int, right: int, text: str) -> None:
    cell = table.cell(top, left).merge(table.cell(bottom, right)) or table.cell(top, left)
    cell.text = text


def _fill(table) -> None:
    """Fill a table of python-docx or python-pptx, of four rows and columns."""
    for number, row in enumerate(ROWS, start=2):
        for column, text in enumerate(row):
            table.cell(number, column).text = text if column else ""
    table.cell(1, 1).text, table.cell(1, 2).text = "目标", "实际"


def word() -> bytes:
    document = docx.Document()
    table = document.add_table(4, 4)
    _fill(table)
    for area, text in (((0, 0, 1, 0), "档位"), ((0, 1, 0, 2), "第二季度"), ((0, 3, 1, 3), "Since")):
        _merged(table, *area, text)
    _merged(table, 2, 0, 3, 0, "成长 Growth")
    document.add_paragraph(f"* {NOTE}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def powerpoint() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    table = slide.shapes.add_table(4, 4, 0, 0, 9, 9).table
    _fill(table)
    for (top, left, bottom, right), text in (
        ((0, 0, 1, 0), "档位"), ((0, 1, 0, 2), "第二季度"), ((0, 3, 1, 3), "Since"), ((2, 0, 3, 0), "成长 Growth"),
    ):  # fmt: skip
        table.cell(top, left).merge(table.cell(bottom, right))
        table.cell(top, left).text = text
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = f"* {NOTE}"
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def excel() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Fees"
    sheet.append(["档位", "第二季度", None, "Since"])
    sheet.append([None, "目标", "实际", None])
    sheet.append(["成长 Growth", 0.07, 1500000.5, date(2026, 5, 1)])
    sheet.append([None, 0.125, 98, date(2026, 6, 15)])
    sheet.append([f"* {NOTE}"])
    for area in ("A1:A2", "B1:C1", "D1:D2", "A3:A4"):
        sheet.merge_cells(area)
    for row in (3, 4):
        sheet.cell(row, 2).number_format = "0.00%"
        sheet.cell(row, 3).number_format = '"¥"#,##0.00' + ('"*"' if row == 4 else "")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def open_document() -> bytes:
    def cell(text: str, kind: str = "string", spans: str = "") -> str:
        return f'<table:table-cell office:value-type="{kind}" {spans}><text:p>{text}</text:p></table:table-cell>'

    down, across = 'table:number-rows-spanned="2"', 'table:number-columns-spanned="2"'
    covered = "<table:covered-table-cell/>"
    percent, money = 'percentage" office:value="0.07', 'currency" office:value="98'
    rows = (
        cell("档位", spans=down) + cell("第二季度", spans=across) + covered + cell("Since", spans=down),
        covered + cell("目标") + cell("实际") + covered,
        cell("成长 Growth", spans=down) + cell("7.00%", percent) + cell("¥1,500,000.50", money)
        + cell("2026-05-01"),
        covered + cell("12.50%", percent) + cell("¥98.00*", money) + cell("2026-06-15"),
        cell(f"* {NOTE}"),
    )  # fmt: skip
    names = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="Fees">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        packed.writestr("META-INF/manifest.xml", manifest)
        packed.writestr("content.xml", content)
    return out.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Fees"
    message.set_content("The table is lost in plain text.")
    message.add_alternative(f"<html><body>{HTML}</body></html>", subtype="html")
    return message.as_bytes()


def notebook() -> bytes:
    cell = {"cell_type": "markdown", "metadata": {}, "source": MARKDOWN}
    return json.dumps(
        {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


def ruled_pdf() -> bytes:
    """Every cell has rules around it; the two merged ones stand in the middle of theirs."""
    texts = [
        (50, 783, "档位"), (180, 790, "第二季度"), (350, 783, "Since"), (150, 770, "目标"), (230, 770, "实际"),
        (50, 743, "成长 Growth"),
        *((x, 750 - 20 * at, cell) for at, row in enumerate(ROWS) for x, cell in zip((150, 230, 350), row[1:], strict=True)),
        (50, 700, f"* {NOTE}"),
    ]  # fmt: skip
    rules = [
        (40, 805, 450, 805), (140, 785, 340, 785), (40, 765, 450, 765), (140, 745, 450, 745), (40, 725, 450, 725),
        (40, 725, 40, 805), (140, 725, 140, 805), (220, 725, 220, 785), (340, 725, 340, 805), (450, 725, 450, 805),
    ]  # fmt: skip
    return draw_pdf([texts], rules=rules)


def open_pdf() -> bytes:
    """Only how the cells stand shows which belong together."""
    lines = [("", "    第二季度", "", ""), ("档位", "目标", "实际", "Since"), *ROWS]
    texts = [
        (x, 790 - 16 * at, cell)
        for at, row in enumerate(lines)
        for x, cell in zip((50, 150, 200, 350), row, strict=True)
        if cell
    ]
    return draw_pdf([[*texts, (50, 700, f"* {NOTE}")]])


FORMATS = {
    "fees.pdf": ruled_pdf(),
    "open.pdf": open_pdf(),
    "fees.md": MARKDOWN.encode(),
    "fees.adoc": ASCIIDOC.encode(),
    "fees.rst": RST.encode(),
    "fees.html": f"<html><body><main>\n{HTML}</main></body></html>".encode(),
    "fees.eml": mail(),
    "fees.docx": word(),
    "fees.pptx": powerpoint(),
    "fees.xlsx": excel(),
    "fees.ods": open_document(),
    "fees.csv": _csv(",").encode(),
    "fees.tsv": _csv("\t").encode(),
    "fees.ipynb": notebook(),
}
