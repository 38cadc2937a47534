"""A table is the same records in every format, each cell under the name of its column, with the note
that it refers to, at the place where it stands: the files are reopened here without our readers.
"""

from __future__ import annotations

import io
import json
import re
import zipfile

import openpyxl
import pypdf
import pytest
from lxml import etree
from table_formats import COLUMNS, FORMATS, NOTE, ROWS

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def unmarked(cell: str) -> str:
    """A cell without the mark of its note, which each format has in its own way."""
    return re.sub(r"[\[^*1\]]+\Z", "", cell) if cell.startswith("¥98") else cell


@pytest.mark.parametrize("name", FORMATS)
def test_one_table_is_the_same_records_in_every_format(read, catalog, name):
    reading = read(name, FORMATS[name])
    (table, *others) = [
        each for each in catalog.tables_of(reading.document.id) if any(each.columns)
    ]
    assert others == []
    assert table.columns == COLUMNS
    rows = [row for row in catalog.rows_of(table) if sum(map(bool, row.cells)) > 1]
    assert [tuple(map(unmarked, row.cells)) for row in rows] == [
        tuple(map(unmarked, row)) for row in ROWS
    ]
    assert table.kinds[1:2] + table.kinds[3:] == ("percent", "date")
    texts = {passage.id: passage.text for passage in reading.passages}
    for row in rows:
        for column, cell in zip(COLUMNS, row.cells, strict=True):
            assert f"{column}: {cell}" in texts[row.passage]
    assert f"({NOTE})" in texts[rows[1].passage]
    assert [f"{table.columns[0]}: {rows[0].cells[0]} · " in text for text in texts.values()].count(
        True
    )


def places(name: str) -> dict[int, str]:
    """What stands in each line, row, paragraph or slide of a file."""
    data = FORMATS[name]
    if name.endswith((".xlsx", ".ods")):
        if name.endswith(".ods"):
            xml = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("content.xml"))
            rows = [each for each in xml.iter() if str(each.tag).endswith("}table-row")]
            return {n: "".join(row.itertext()) for n, row in enumerate(rows, 1)}
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        shown = {0.07: "7.00%", 1500000.5: "¥1,500,000.50", 0.125: "12.50%", 98: "¥98.00"}
        return {
            number: " ".join(str(shown.get(cell, cell))[:13] for cell in row if cell is not None)
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        }
    if name.endswith(".docx"):
        xml = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))
        return {n: "".join(p.itertext()) for n, p in enumerate(xml.iter(f"{W}p"), 1)}
    if name.endswith(".pptx"):
        slide = etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("ppt/slides/slide1.xml"))
        return {1: "".join(slide.itertext())}
    if name.endswith(".ipynb"):
        return {1: json.loads(data)["cells"][0]["source"]}
    if name.endswith(".pdf"):
        return {1: pypdf.PdfReader(io.BytesIO(data)).pages[0].extract_text()}
    text = data.decode()
    if name.endswith(".eml"):
        import email
        import email.policy

        message = email.message_from_bytes(data, policy=email.policy.default)
        text = message.get_body(("html",)).get_content()
    return dict(enumerate(text.split("\n"), 1))


@pytest.mark.parametrize("name", FORMATS)
def test_each_cell_stands_at_the_place_of_its_row(read, catalog, name):
    reading = read(name, FORMATS[name])
    lines = places(name)
    for table in catalog.tables_of(reading.document.id):
        for row in catalog.rows_of(table):
            here = " ".join(lines.get(n, "") for n in range(int(row.start), int(row.end) + 1))
            for cell in map(unmarked, row.cells[1:]):
                assert cell in here


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        (  # two-row headers
            "plan.md",
            "| Team | H1 | | H2 | |\n|---|---|---|---|---|\n| | Goal | Done | Goal | Done |\n| Sales | 5 | 4 | 6 | 7 |\n",
            ["Team: Sales · H1 Goal: 5 · H1 Done: 4 · H2 Goal: 6 · H2 Done: 7"],
        ),
        (
            "a.html",
            "<table><thead><tr><th rowspan=2>城市<th colspan=2>上半年<tr><th>人数<th>收入</thead>"
            "<tr><td>杭州<td>12<td>3.5万</table>",
            ["城市: 杭州 · 上半年 人数: 12 · 上半年 收入: 3.5万"],
        ),
        ("a.csv", ",2025,,2026,\nItem,Plan,Real,Plan,Real\nFees,1,2,3,4\n", [
            "Item: Fees · 2025 Plan: 1 · 2025 Real: 2 · 2026 Plan: 3 · 2026 Real: 4",
        ]),
        (  # several tables, each with its header
            "two.csv",
            "门票\n活动,票价\n沙龙,39\n\n导师\n姓名,城市,次数\n林示,杭州,3\n",
            ["活动: 沙龙 · 票价: 39", "姓名: 林示 · 城市: 杭州 · 次数: 3"],
        ),
        ("three.csv", "Room,Price\nLoft,140\n\nDesk,Monthly,Seats\nOak,90,2\n\nElm,80,1\n", [
            "Room: Loft · Price: 140", "Desk: Oak · Monthly: 90 · Seats: 2", "Desk: Elm · Monthly: 80 · Seats: 1",
        ]),
        ("four.csv", "Event,Start,,Mentor,City\nTalk,9:00,,Ana,Bern\nLunch,12:00,,,\n", [
            "Event: Talk · Start: 9:00", "Mentor: Ana · City: Bern", "Event: Lunch · Start: 12:00",
        ]),
        (  # names with their values
            "a.html",
            "<table><tr><th>Founded<td>2026<tr><th>Deposit<td>500 €</table>",
            ["Founded: 2026", "Deposit: 500 €"],
        ),
        ("about.csv", "名称：,青禾示例社\n押金：,500\n成立：,2024-03-01\n", ["名称: 青禾示例社", "押金: 500", "成立: 2024-03-01"]),
        ("about.csv", "Name,Example Circle\nDeposit,500\nFounded,2024-03-01\nRefund,7%\n", [
            "Name: Example Circle", "Deposit: 500", "Founded: 2024-03-01", "Refund: 7%",
        ]),
        (  # footnotes
            "a.adoc",
            "|===\n|Plan |Price\n\n|Seed |98footnote:[per year]\n|===\n",
            ["Plan: Seed · Price: 98 (per year)"],
        ),
        ("a.html", "<table><tr><th>档位<th>押金<tr><td>成长<td>500<sup>1</sup></table><p><sup>1</sup> 退场时退还</p>", [
            "档位: 成长 · 押金: 500^1 (退场时退还)", "1 退场时退还",
        ]),
        ("a.csv", "Plan,Price\nSeed,98 †\n† per year\n", ["Plan: Seed · Price: 98 † (per year)", "Plan: † per year"]),
        ("a.csv", "Plan,Price,Seats\nSeed,98,\nTeam,198*,2\n* with a desk\nNote: monthly\n", [
            "Plan: Seed · Price: 98", "Plan: Team · Price: 198* (with a desk) · Seats: 2", "* with a desk", "Note: monthly",
        ]),
        (  # a list is no footnote, prose no header
            "a.md",
            "| A | B |\n|---|---|\n| x | 5* |\n\n* one thing\n* another thing\n",
            ["A: x · B: 5*", "* one thing", "* another thing"],
        ),
    ],
)  # fmt: skip
def test_rows_are_named_cells(read, name, text, rows):
    markup = f"<html><body><main>{text}</main></body></html>" if name.endswith("html") else text
    found = [line for each in read(name, markup).texts for line in re.split(r"\n+", each)]
    assert found == rows


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.07, "0.00%", "7.00%"),
        (0.075, "0%", "8%"),
        (1500000.5, '"¥"#,##0.00', "¥1,500,000.50"),
        (-1234.5, '[$€-407] #,##0.00;[Red]-[$€-407] #,##0.00', "-€ 1,234.50"),
        (-5, "#,##0_);(#,##0)", "(5)"),
        (0, '0.0;-0.0;"none"', "none"),
        (7, "000", "007"),
        (1234567, '#,##0,"k"', "1,235k"),
        (12.5, "0.##", "12.5"),
        (0.5, "# ?/?", None),
        (5, "General", None),
        (12345, "0.00E+00", None),
    ],
)  # fmt: skip
def test_numbers_as_a_sheet_shows_them(value, code, shown):
    from ingest.parsing.number_format import shown_number

    assert shown_number(value, code) == shown


def test_dates_as_a_sheet_shows_them(read):
    from datetime import date

    book = openpyxl.Workbook()
    book.active.append(["月份", "日期", "Day"])
    book.active.append([date(2026, 5, 1), date(2026, 5, 1), date(2026, 5, 1)])
    for cell, code in zip(book.active[2], ('yyyy"年"m"月"', "yyyy-mm", "m/d/yyyy"), strict=True):
        cell.number_format = code
    out = io.BytesIO()
    book.save(out)
    assert read("a.xlsx", out.getvalue()).texts == [
        "月份: 2026年5月 · 日期: 2026-05 · Day: 2026-05-01"
    ]


# --- lists of records -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            "mentors.json",
            '{"mentors": [\n{"name": "Ines Valcourt", "contact": {"email": "ines@example.org"},\n "topics": ["pricing", "sales"]},\n'
            '{"name": "苏禾", "fee": 1200.5, "note": null}]}',
            [
                ("L2–3", ("mentors",), "name: Ines Valcourt · contact email: ines@example.org · topics: pricing, sales"),
                ("L4", ("mentors",), "name: 苏禾 · fee: 1200.5"),
            ],
        ),
        (
            "赞助.yaml",
            "赞助商:\n  - 名称: 云朵示例\n    金额: 1.2万\n    联系人:\n      姓名: 林示\n  - 名称: Example Bank\n    金额: 30000\n",
            [
                ("L2–5", ("赞助商",), "名称: 云朵示例 · 金额: 1.2万 · 联系人 姓名: 林示"),
                ("L6–7", ("赞助商",), "名称: Example Bank · 金额: 30000"),
            ],
        ),
        (
            "rooms.toml",
            'title = "Rooms"\n[[rooms]]\nname = "Loft"\n[rooms.price]\nday = 140\n\n[[rooms]]\nname = "Cellar"\n',
            [("L3–5", ("rooms",), "name: Loft · price day: 140"), ("L8", ("rooms",), "name: Cellar")],
        ),
        (
            "people.jsonl",
            '{"姓名": "苏禾", "城市": "杭州"}\n{"姓名": "林示", "城市": "上海"}\n',
            [("L1", (), "姓名: 苏禾 · 城市: 杭州"), ("L2", (), "姓名: 林示 · 城市: 上海")],
        ),
        (
            "keyed.yml",
            "loft:\n  seats: 12\n  price: 140\ncellar:\n  seats: 8\n  price: 90\n",
            [("L1–3", (), "loft · seats: 12 · price: 140"), ("L4–6", (), "cellar · seats: 8 · price: 90")],
        ),
        (
            "one.json",
            '{"name": "Example Circle", "seats": 40, "open": true,\n "halls": [{"hall": "North", "chairs": 9}]}',
            [("L1", (), "name: Example Circle · seats: 40 · open: true"), ("L2", ("halls",), "hall: North · chairs: 9")],
        ),
        (
            "sponsors.json",
            '[{"company": "Example Bank", "gifts": [{"what": "Prize", "worth": 500}, {"what": "Lunch", "worth": 90}]}]',
            [
                ("L1", (), "company: Example Bank"),
                ("L1", ("Example Bank", "gifts"), "what: Prize · worth: 500"),
                ("L1", ("Example Bank", "gifts"), "what: Lunch · worth: 90"),
            ],
        ),
        ("texts.json", '["Bring a laptop.",\n "No pets."]', [("L1", (), "Bring a laptop."), ("L2", (), "No pets.")]),
        ("two.yaml", "a: 1\nb: 2\n---\na: 3\n", [("L1–2", (), "a: 1 · b: 2"), ("L4", (), "a: 3")]),
    ],
)  # fmt: skip
def test_data_are_records_with_named_fields(read, name, text, found):
    passages = read(name, text).passages
    assert [(p.anchor.label, p.headings, p.text) for p in passages] == found


def test_records_of_data_are_tables(read, catalog):
    document = read(
        "m.json", '{"mentors": [{"name": "Ines", "fee": 5}, {"name": "Jo", "fee": 7}]}'
    ).document
    (table,) = catalog.tables_of(document.id)
    assert (table.caption, table.columns, table.kinds) == (
        "mentors",
        ("name", "fee"),
        ("text", "number"),
    )
    assert [row.cells for row in catalog.rows_of(table)] == [("Ines", "5"), ("Jo", "7")]


def test_tables_go_with_their_document(read, catalog):
    document = read("a.csv", "Plan,Price\nSeed,98\n").document
    assert len(catalog.tables_of(document.id)) == 1
    read("a.csv", "Plan,Price\nSeed,98\nTeam,198\n")
    (table,) = catalog.tables_of(document.id)
    assert len(catalog.rows_of(table)) == 2
    catalog.remove([document.id])
    assert catalog.tables_of(document.id) == []


def test_spans_that_would_fill_memory_are_not_filled(read):
    cell = "<td colspan=99 rowspan=99>x</td>" * 20
    reading = read("a.html", f"<table>{f'<tr>{cell}</tr>' * 300}</table>")
    assert sum(map(len, reading.texts)) < 2_000_000
