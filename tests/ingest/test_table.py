"""Tables: CSV, TSV and spreadsheets."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from tables_made import labels, workbook

from ingest.parsed import File
from ingest.readers import table


def open_document(*sheets: tuple[str, str], entries: str = "") -> bytes:
    """An ODS file of (name, XML of its rows) pairs; `entries` are those of its manifest."""
    tables = "".join(
        f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f"{entries}</manifest:manifest>",
        )
        packed.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
        )
        packed.writestr(
            "meta.xml",
            "<m><dc:title>Prices 价格</dc:title><dc:creator>Ines</dc:creator><dc:date>2026-05-01</dc:date></m>",
        )
    return out.getvalue()


def cell(text: str, repeated: int = 1) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeated}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


# --- tables as text -------------------------------------------------------------------------------


SALES = 'Region,Amount,Remark\nNorth,1200,"late, but paid"\n\n华东,900,先算账\nSouth,,\n'


def test_each_row_says_what_its_cells_mean(read):
    reading = read("sales.csv", SALES, chars=60)
    assert reading.texts == [
        "Region: North · Amount: 1200 · Remark: late, but paid",
        "Region: 华东 · Amount: 900 · Remark: 先算账",
        "Region: South",
    ]
    assert reading.document.kind == "doc"


def test_each_row_is_a_passage_and_keeps_its_lines(read):
    reading = read("sales.csv", SALES)
    assert reading.texts == [
        "Region: North · Amount: 1200 · Remark: late, but paid",
        "Region: 华东 · Amount: 900 · Remark: 先算账",
        "Region: South",
    ]
    assert labels(reading) == ["L2", "L4", "L5"]


def test_chinese_columns_have_a_chinese_colon(read):
    assert read("价目.csv", "名称,单价(元)\n年会员,1200\n").texts == [
        "名称: 年会员 · 单价(元): 1200"
    ]


def test_a_column_whose_name_ends_in_a_colon_gets_no_other(read):
    assert read("a.csv", "Name:,城市：\nInes,杭州\n").texts == ["Name: Ines · 城市: 杭州"]


def test_line_breaks_in_a_columns_name_glue_no_words_and_part_no_chinese(read):
    assert read("a.csv", '"First\nname","城\n市"\nInes,杭州\n').texts == [
        "First name: Ines · 城市: 杭州"
    ]


def test_a_cell_with_line_breaks_is_kept_as_it_is_and_each_line_has_its_own_place(read):
    (passage,) = read("a.csv", 'name,note,more\r\nInes,"\r\none\r\n\r\ntwo",x\r\n').passages
    assert passage.text == "name: Ines\nnote: one\n\ntwo\nmore: x"
    assert passage.anchor.label == "L2–5"
    places = [
        (passage.text[offset:].split("\n")[0], start, end) for offset, start, end in passage.places
    ]
    assert places == [("name: Ines", 2, 2), ("note: one", 3, 3), ("two", 5, 5), ("more: x", 5, 5)]


def test_cells_beyond_the_header_are_kept_without_a_name(read):
    assert read("a.csv", "a,b\nx,y,z\nv\n").texts == ["a: x · b: y · z", "a: v"]


def test_a_title_above_the_header_is_a_heading(read):
    (passage,) = read("a.csv", "Sales 2026,,\n,,\nRegion,Amount,\nNorth,1200,\n").passages
    assert (passage.text, passage.headings, passage.anchor.label) == (
        "Region: North · Amount: 1200",
        ("Sales 2026",),
        "L4",
    )


def test_a_long_note_above_the_header_is_text(read):
    note = (
        "These numbers are for members only and must never be sent to anyone outside of the group. "
        * 2
    )
    reading = read("a.csv", f"{note}\nRegion,Amount\nNorth,1200\n")
    assert reading.texts == [note.strip(), "Region: North · Amount: 1200"]
    assert labels(reading) == ["L1", "L3"]


def test_a_column_alone_is_a_list(read):
    passages = read("a.csv", "Industry\nHealth\n教育\n").passages
    assert [(p.text, p.headings, p.anchor.label) for p in passages] == [
        ("Health", ("Industry",), "L2"),
        ("教育", ("Industry",), "L3"),
    ]


def test_a_column_of_prose_keeps_its_commas(read):
    assert read("a.csv", "Remark\nSell.\nAsk them, then sell, then ask.\nWait.\n").texts == [
        "Sell.",
        "Ask them, then sell, then ask.",
        "Wait.",
    ]


@pytest.mark.parametrize("first", ["1,2,3", "2024,5.5%,-3"])
def test_numbers_name_no_columns(read, first):
    assert read("a.csv", f"{first}\nx,y,z\n").texts == [first.replace(",", " · "), "x · y · z"]


def test_years_beside_an_empty_corner_do(read):
    assert read("a.csv", ",2023,2024\nRevenue,5,6\n").texts == ["Revenue · 2023: 5 · 2024: 6"]


def test_a_header_that_comes_again_is_no_row(read):
    assert read("a.csv", "name,city\nInes,Bern\nname,city\nJo,Bonn\n").texts == [
        "name: Ines · city: Bern",
        "name: Jo · city: Bonn",
    ]


def test_a_very_wide_table(read):
    header, row = ",".join(f"c{n}" for n in range(300)), ",".join(f"v{n}" for n in range(300))
    assert " · ".join(read("a.csv", f"{header}\n{row}\n").texts) == " · ".join(
        f"c{n}: v{n}" for n in range(300)
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "a;b\n1,5;x, y\n"),
        ("a.csv", "a\tb\n1,5\tx, y\n"),
        ("a.csv", "a|b\n1,5|x, y\n"),
        ("a.csv", "sep=;\na;b\n1,5;x, y\n"),
        ("a.csv", 'a,b\n"1,5","x, y"\n'),
        ("a.csv", 'a, b\n"1,5", "x, y"\n'),
        ("a.csv", '"a","b"\n"1,5","x, y"'),
        ("a.tsv", "a\tb\n1,5\tx, y\n"),
    ],
)
def test_delimiters(read, name, text):
    assert read(name, text).texts == ["a: 1,5 · b: x, y"]


def test_a_semicolon_in_prose_is_no_delimiter(read):
    assert read("a.csv", "a,b\nx; y,z; w\nv; u,t\n").texts == [
        "a: x; y · b: z; w",
        "a: v; u · b: t",
    ]


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ('x,"y" said he', "a: x · b: y said he"),
        ('x,"y', "a: x · b: y"),
        ('"x,y', "a: x,y"),
        ('x,5" wide', 'a: x · b: 5" wide'),
    ],
)
@pytest.mark.parametrize("rest", ["v,w\n", '"v",w\n', 'v,"w"\n', ""])
def test_broken_quotes_cost_no_more_than_themselves(read, broken, kept, rest):
    reading = read("a.csv", f"a,b\n{broken}\n{rest}", chars=10)
    whole = "\n\n".join(read("a.csv", f"a,b\n{broken}\n{rest}").texts)
    assert whole == kept + ("\n\na: v · b: w" if rest else "")
    assert reading.passages[0].anchor.start == 2
    assert reading.passages[-1].anchor.end == (3 if rest else 2)


def test_lines_after_broken_quotes_are_counted_right(read):
    reading = read("a.csv", 'a,b\n1,"y" z\n2,"two\nlines"\n3,"never closed\n4,x\n')
    places = [(passage.text, place) for passage in reading.passages for place in passage.places]
    found = {
        text[offset:].split("\n")[0].split(" · ")[0]: line for text, (offset, line, _) in places
    }
    assert (found["a: 1"], found["a: 2"], found["lines"], found["a: 3"], found["a: 4"]) == (
        2,
        3,
        4,
        5,
        6,
    )


def test_in_a_tsv_with_a_record_on_each_line_a_quote_may_be_just_that(read):
    reading = read(
        "a.tsv", 'who\tsaid\nInes\t"Right, then.\nJo\tSo be it."\n苏禾\t"Say ""yes"" now"\n'
    )
    assert reading.texts == [
        'who: Ines · said: "Right, then.',
        'who: Jo · said: So be it."',
        'who: 苏禾 · said: Say "yes" now',
    ]


def test_quoted_line_breaks_in_a_tsv(read):
    assert read("a.tsv", 'who\tsaid\nInes\t"one\ntwo"\n').texts == ["who: Ines · said: one two"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings(read, encoding):
    assert read("a.csv", "名称,城市\n苏禾,杭州\n".encode(encoding)).texts == [
        "名称: 苏禾 · 城市: 杭州"
    ]


def test_a_faq_table_can_be_read_as_an_ordinary_one(read):
    reading = read("faq.csv", "question,answer\nHow?,So.\n", kind="doc")
    assert (reading.texts, reading.document.kind) == (["question: How? · answer: So."], "doc")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "name,age\n", "a table without rows"),
        ("a.csv", "name\n", "a table without rows"),
        ("a.csv", ",,\n,,\n", "a table without rows"),
        ("a.csv", "a,b\nx," + "y" * 1_000_001, "a cell of over 1 MB in line 2"),
        ("a.tsv", "a\tb\nx\t" + "y" * 1_000_001, "a cell of over 1 MB in line 2"),
        ("a.xlsx", workbook(("Empty", [])), "a table without rows"),
        ("a.xlsx", workbook(("Header", [["name", "age"]])), "a table without rows"),
        ("a.xlsx", b"not at all", "a damaged spreadsheet"),
        ("a.xlsx", b"PK\x03\x04 and no more", "a damaged spreadsheet"),
        ("a.xlsx", workbook(("a", [["x", "y"], [1, 2]]))[:-200], "a damaged spreadsheet"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a damaged spreadsheet"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a damaged spreadsheet"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "password-protected spreadsheet",
        ),
        ("a.ods", b"", "empty file"),
        (
            "a.ods",
            open_document(("a", ""), entries="<manifest:encryption-data/>"),
            "password-protected spreadsheet",
        ),
    ],
)
def test_the_reason_for_skipping_a_table(refusal, name, content, reason):
    assert refusal(name, content) == reason


def test_a_spreadsheet_that_unpacks_to_more_than_memory_holds(refusal):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/a.xml", "w") as stream,
    ):
        for _ in range(301):
            stream.write(bytes(1_000_000))
    assert refusal("a.xlsx", out.getvalue()) == "unpacks to more than 300 MB"


def test_an_old_file_whose_sectors_run_in_circles(shared, refusal):
    data = bytearray(
        (shared / "nasty/markitdown/markitdown/tests/test_files/test.xls").read_bytes()
    )
    table = 512 + 512 * int.from_bytes(data[76:80], "little")  # the first table of sectors
    directory = int.from_bytes(data[48:52], "little")
    data[table + 4 * directory : table + 4 * directory + 4] = data[
        48:52
    ]  # the directory goes on at its own beginning
    assert refusal("a.xls", bytes(data)) == "a damaged spreadsheet"


def test_an_old_file_with_a_password(shared, refusal):
    data = (shared / "nasty/markitdown/markitdown/tests/test_files/test.xls").read_bytes()
    begin = data.index(bytes.fromhex("0908100000060500"))
    assert (
        refusal("a.xls", data[: begin + 20] + b"\x2f\0" + data[begin + 22 :])
        == "password-protected spreadsheet"
    )


# --- spreadsheets ---------------------------------------------------------------------------------


def test_rows_of_a_sheet_are_anchored_in_its_rows(read):
    data = workbook(
        ("价目", [["Prices 2026"], [], ["Item", "价格"], ["Member", 1200], [], ["学生", 300.5]]),
        ("Notes", [["Who", "What"], ["Ines", "asks"]]),
    )
    reading = read("prices.xlsx", data)
    assert [(p.text, p.headings, p.anchor.label) for p in reading.passages] == [
        ("Item: Member · 价格: 1200", ("价目", "Prices 2026"), "价目 · row 4"),
        ("Item: 学生 · 价格: 300.5", ("价目", "Prices 2026"), "价目 · row 6"),
        ("Who: Ines · What: asks", ("Notes",), "Notes · row 2"),
    ]
    assert reading.passages[0].anchor.type == "lines"


def test_cells_read_as_people_see_them(read):
    values = [
        1200.0,
        0.1 + 0.2,
        -3,
        13800138000,
        1e21,
        True,
        False,
        date(2026, 5, 1),
        datetime(2026, 5, 1, 12, 34, 56),
    ]
    values += [time(9, 5), timedelta(hours=26, minutes=3), "  two\r\nlines ", None, "", "½"]
    data = workbook(("a", [[f"c{n}" for n in range(len(values))], values]))
    assert " · ".join(read("a.xlsx", data).texts).split(" · ") == [
        "c0: 1200",
        "c1: 0.3",
        "c2: -3",
        "c3: 13800138000",
        "c4: 1e+21",
        "c5: true",
        "c6: false",
        "c7: 2026-05-01",
        "c8: 2026-05-01 12:34:56",
        "c9: 09:05:00",
        "c10: 26:03:00",
        "c11: two lines",
        "c14: ½",
    ]


def test_hidden_sheets_are_left_out(read):
    data = workbook(
        ("Open", [["a", "b"], [1, 2]]), ("Secret", [["a", "b"], [3, 4]]), hidden=("Secret",)
    )
    assert read("a.xlsx", data).texts == ["a: 1 · b: 2"]


def test_a_cell_merged_over_rows_counts_in_each(read):
    data = workbook(
        (
            "a",
            [["Plan", "Step"], ["春季", "ask"], [None, "sell"], ["Autumn", "wait"], [None, "rest"]],
        ),
        merged=["A2:A3"],
    )
    assert read("a.xlsx", data).texts == [
        "Plan: 春季 · Step: ask",
        "Plan: 春季 · Step: sell",
        "Plan: Autumn · Step: wait",
        "Step: rest",
    ]


def test_a_header_merged_over_rows_is_not_in_each(read):
    rows = [["Plans"], ["Plan", "Step"], [None, "(each)"], ["Autumn", "wait"]]
    assert read("a.xlsx", workbook(("a", rows), merged=["A2:A3"])).texts == [
        "Plan: Autumn · Step (each): wait",
    ]


def test_a_table_need_not_begin_in_the_corner(read):
    data = workbook(
        ("a", [[], [None, None, "x", "y"], [None, None, 1, 2], [None, None, 3, 4]]),
        merged=["C3:C4"],
    )
    assert read("a.xlsx", data).texts == ["x: 1 · y: 2", "x: 1 · y: 4"]


def test_a_spreadsheet_says_its_title_author_and_date(read):
    about = {
        "title": "Prices & more",
        "creator": "Ines Valcourt",
        "modified": datetime(2026, 2, 19, 8, 0),
    }
    document = read("a.xlsx", workbook(("a", [["x", "y"], [1, 2]]), about=about)).document
    assert document.title == "Prices & more"
    assert document.meta["author"] == "Ines Valcourt"
    assert document.meta["date"][:4].isdigit()


def test_a_program_is_no_author(read):
    assert "author" not in read("a.xlsx", workbook(("a", [["x", "y"], [1, 2]]))).document.meta


def test_open_document_spreadsheets(read):
    rows = (
        f"<table:table-row>{cell('Item')}{cell('价格')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>'
        f"<table:table-row>{cell('Member')}{cell('一千二')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    )
    reading = read("a.ods", open_document(("价目", rows)))
    assert [(p.text, p.anchor.label) for p in reading.passages] == [
        ("Item: Member · 价格: 一千二", "价目 · row 5")
    ]
    assert (reading.document.title, reading.document.meta) == (
        "Prices 价格",
        {"author": "Ines", "date": "2026-05-01"},
    )


def test_the_same_sheets_as_xls_and_as_xlsx(shared, read_file):
    folder = shared / "nasty/markitdown/markitdown/tests/test_files"
    old, new = (read_file(folder / name).passages for name in ("test.xls", "test.xlsx"))
    assert [(p.text, p.anchor, p.headings) for p in old] == [
        (p.text, p.anchor, p.headings) for p in new
    ]
    assert len(old) > 2


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_large_table_in_parts_says_what_it_says_at_once(ending):
    header, rows = ["item", "price"], [[f"lantern {n}", str(n)] for n in range(12_000)]
    if ending == ".csv":
        data = "\n".join(",".join(row) for row in [["Prices"], header, *rows]).encode()
    else:
        data = workbook(
            ("May", [["Prices"], header, *rows[:6000]]), ("June", [header, *rows[6000:]])
        )
    whole, several = (
        table.read(File(f"a{ending}", data)),
        list(table.parts(File(f"a{ending}", data))),
    )
    assert len(several) > 1
    assert "\n\n".join(part.text for part in several) == whole.text
    blocks = [block for part in several for block in part.blocks]
    assert [(b.group, b.headings, b.anchor) for b in blocks] == [
        (b.group, b.headings, b.anchor) for b in whole.blocks
    ]
    assert {(part.title, part.kind, str(part.meta)) for part in several} == {
        (whole.title, whole.kind, str(whole.meta))
    }
