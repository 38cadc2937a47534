"""Tables, FAQ tables and FAQ data, tables of cues: what is kept of them, and what is said of those that can't be read."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest


def workbook(*sheets, hidden=(), merged=(), about=None) -> bytes:
    """A spreadsheet of (name, rows) pairs; `merged` ranges are those of the first."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    for name, value in (about or {}).items():
        setattr(book.properties, name, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def open_document(*sheets: tuple[str, str], entries: str = "") -> bytes:
    """An ODS file of (name, XML of its rows) pairs; `entries` are those of its manifest."""
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets)
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


def labels(reading) -> list[str]:
    return [passage.anchor.label for passage in reading.passages]


def entries(reading) -> list[tuple[str | None, str]]:
    return [(passage.anchor.entry, passage.text) for passage in reading.passages]


# --- tables as text -----------------------------------------------------------------------------------------------

SALES = 'Region,Amount,Remark\nNorth,1200,"late, but paid"\n\n华东,900,先算账\nSouth,,\n'


def test_each_row_says_what_its_cells_mean(read):
    reading = read("sales.csv", SALES, chars=50)
    assert reading.texts == [
        "Region: North\nAmount: 1200\nRemark: late, but paid",
        "Region: 华东\nAmount: 900\nRemark: 先算账",
        "Region: South",
    ]
    assert reading.document.kind == "doc"


def test_each_row_is_a_passage_and_keeps_its_lines(read):
    reading = read("sales.csv", SALES)
    assert reading.texts == [
        "Region: North\nAmount: 1200\nRemark: late, but paid",
        "Region: 华东\nAmount: 900\nRemark: 先算账",
        "Region: South",
    ]
    assert labels(reading) == ["L2", "L4", "L5"]


def test_chinese_columns_have_a_chinese_colon(read):
    assert read("价目.csv", "名称,单价(元)\n年会员,1200\n").texts == ["名称：年会员\n单价(元): 1200"]


def test_a_column_whose_name_ends_in_a_colon_gets_no_other(read):
    assert read("a.csv", "Name:,城市：\nInes,杭州\n").texts == ["Name: Ines\n城市：杭州"]


def test_line_breaks_in_a_columns_name_glue_no_words_and_part_no_chinese(read):
    assert read("a.csv", '"First\nname","城\n市"\nInes,杭州\n').texts == ["First name: Ines\n城市：杭州"]


def test_a_cell_with_line_breaks_is_kept_as_it_is_and_each_line_has_its_own_place(read):
    (passage,) = read("a.csv", 'name,note,more\r\nInes,"\r\none\r\n\r\ntwo",x\r\n').passages
    assert passage.text == "name: Ines\nnote: one\n\ntwo\nmore: x"
    assert passage.anchor.label == "L2–5"
    places = [(passage.text[offset:].split("\n")[0], start, end) for offset, start, end in passage.places]
    assert places == [("name: Ines", 2, 2), ("note: one", 3, 3), ("two", 5, 5), ("more: x", 5, 5)]


def test_cells_beyond_the_header_are_kept_without_a_name(read):
    assert read("a.csv", "a,b\nx,y,z\nv\n").texts == ["a: x\nb: y\nz", "a: v"]


def test_a_title_above_the_header_is_a_heading(read):
    (passage,) = read("a.csv", "Sales 2026,,\n,,\nRegion,Amount,\nNorth,1200,\n").passages
    assert (passage.text, passage.headings, passage.anchor.label) == (
        "Region: North\nAmount: 1200",
        ("Sales 2026",),
        "L4",
    )


def test_a_long_note_above_the_header_is_text(read):
    note = "These numbers are for members only and must never be sent to anyone outside of the group. " * 2
    reading = read("a.csv", f"{note}\nRegion,Amount\nNorth,1200\n")
    assert reading.texts == [note.strip(), "Region: North\nAmount: 1200"]
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
    assert read("a.csv", f"{first}\nx,y,z\n").texts == [first.replace(",", "\n"), "x\ny\nz"]


def test_years_beside_an_empty_corner_do(read):
    assert read("a.csv", ",2023,2024\nRevenue,5,6\n").texts == ["Revenue\n2023: 5\n2024: 6"]


def test_a_header_that_comes_again_is_no_row(read):
    assert read("a.csv", "name,city\nInes,Bern\nname,city\nJo,Bonn\n").texts == [
        "name: Ines\ncity: Bern",
        "name: Jo\ncity: Bonn",
    ]


def test_a_very_wide_table(read):
    header, row = ",".join(f"c{n}" for n in range(300)), ",".join(f"v{n}" for n in range(300))
    assert "".join(read("a.csv", f"{header}\n{row}\n").texts).replace("\n", "") == "".join(
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
    assert read(name, text).texts == ["a: 1,5\nb: x, y"]


def test_a_semicolon_in_prose_is_no_delimiter(read):
    assert read("a.csv", "a,b\nx; y,z; w\nv; u,t\n").texts == ["a: x; y\nb: z; w", "a: v; u\nb: t"]


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ('x,"y" said he', "a: x\nb: y said he"),
        ('x,"y', "a: x\nb: y"),
        ('"x,y', "a: x,y"),
        ('x,5" wide', 'a: x\nb: 5" wide'),
    ],
)
@pytest.mark.parametrize("rest", ["v,w\n", '"v",w\n', 'v,"w"\n', ""])
def test_broken_quotes_cost_no_more_than_themselves(read, broken, kept, rest):
    reading = read("a.csv", f"a,b\n{broken}\n{rest}", chars=10)
    whole = "\n\n".join(read("a.csv", f"a,b\n{broken}\n{rest}").texts)
    assert whole == kept + ("\n\na: v\nb: w" if rest else "")
    assert reading.passages[0].anchor.start == 2
    assert reading.passages[-1].anchor.end == (3 if rest else 2)


def test_lines_after_broken_quotes_are_counted_right(read):
    reading = read("a.csv", 'a,b\n1,"y" z\n2,"two\nlines"\n3,"never closed\n4,x\n')
    places = [(passage.text, place) for passage in reading.passages for place in passage.places]
    found = {text[offset:].split("\n")[0]: line for text, (offset, line, _) in places}
    assert (found["a: 1"], found["a: 2"], found["lines"], found["a: 3"], found["a: 4"]) == (2, 3, 4, 5, 6)


def test_in_a_tsv_with_a_record_on_each_line_a_quote_may_be_just_that(read):
    reading = read("a.tsv", 'who\tsaid\nInes\t"Right, then.\nJo\tSo be it."\n苏禾\t"Say ""yes"" now"\n')
    assert reading.texts == [
        'who: Ines\nsaid: "Right, then.',
        'who: Jo\nsaid: So be it."',
        'who: 苏禾\nsaid: Say "yes" now',
    ]


def test_quoted_line_breaks_in_a_tsv(read):
    assert read("a.tsv", 'who\tsaid\nInes\t"one\ntwo"\n').texts == ["who: Ines\nsaid: one\ntwo"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_encodings(read, encoding):
    assert read("a.csv", "名称,城市\n苏禾,杭州\n".encode(encoding)).texts == ["名称：苏禾\n城市：杭州"]


def test_a_faq_table_can_be_read_as_an_ordinary_one(read):
    reading = read("faq.csv", "question,answer\nHow?,So.\n", kind="doc")
    assert (reading.texts, reading.document.kind) == (["question: How?\nanswer: So."], "doc")


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
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
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
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/worksheets/a.xml", "w") as stream:
        for _ in range(301):
            stream.write(bytes(1_000_000))
    assert refusal("a.xlsx", out.getvalue()) == "unpacks to more than 300 MB"


def test_an_old_file_whose_sectors_run_in_circles(shared, refusal):
    data = bytearray((shared / "nasty/markitdown/markitdown/tests/test_files/test.xls").read_bytes())
    table = 512 + 512 * int.from_bytes(data[76:80], "little")  # the first table of sectors
    directory = int.from_bytes(data[48:52], "little")
    data[table + 4 * directory : table + 4 * directory + 4] = data[48:52]  # the directory goes on at its own beginning
    assert refusal("a.xls", bytes(data)) == "a damaged spreadsheet"


def test_an_old_file_with_a_password(shared, refusal):
    data = (shared / "nasty/markitdown/markitdown/tests/test_files/test.xls").read_bytes()
    begin = data.index(bytes.fromhex("0908100000060500"))
    assert refusal("a.xls", data[: begin + 20] + b"\x2f\0" + data[begin + 22 :]) == "password-protected spreadsheet"


# --- spreadsheets -------------------------------------------------------------------------------------------------


def test_rows_of_a_sheet_are_anchored_in_its_rows(read):
    data = workbook(
        ("价目", [["Prices 2026"], [], ["Item", "价格"], ["Member", 1200], [], ["学生", 300.5]]),
        ("Notes", [["Who", "What"], ["Ines", "asks"]]),
    )
    reading = read("prices.xlsx", data)
    assert [(p.text, p.headings, p.anchor.label) for p in reading.passages] == [
        ("Item: Member\n价格：1200", ("价目", "Prices 2026"), "价目 · row 4"),
        ("Item: 学生\n价格：300.5", ("价目", "Prices 2026"), "价目 · row 6"),
        ("Who: Ines\nWhat: asks", ("Notes",), "Notes · row 2"),
    ]
    assert reading.passages[0].anchor.type == "lines"


def test_cells_read_as_people_see_them(read):
    values = [1200.0, 0.1 + 0.2, -3, 13800138000, 1e21, True, False, date(2026, 5, 1), datetime(2026, 5, 1, 12, 34, 56)]
    values += [time(9, 5), timedelta(hours=26, minutes=3), "  two\r\nlines ", None, "", "½"]
    data = workbook(("a", [[f"c{n}" for n in range(len(values))], values]))
    assert "\n".join(read("a.xlsx", data).texts).split("\n") == [
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
        "c11: two",
        "lines",
        "c14: ½",
    ]


def test_hidden_sheets_are_left_out(read):
    data = workbook(("Open", [["a", "b"], [1, 2]]), ("Secret", [["a", "b"], [3, 4]]), hidden=("Secret",))
    assert read("a.xlsx", data).texts == ["a: 1\nb: 2"]


def test_a_cell_merged_over_rows_counts_in_each(read):
    data = workbook(
        ("a", [["Plan", "Step"], ["春季", "ask"], [None, "sell"], ["Autumn", "wait"], [None, "rest"]]), merged=["A2:A3"]
    )
    assert read("a.xlsx", data).texts == [
        "Plan: 春季\nStep: ask",
        "Plan: 春季\nStep: sell",
        "Plan: Autumn\nStep: wait",
        "Step: rest",
    ]


def test_a_header_merged_over_rows_is_not_in_each(read):
    rows = [["Plans"], ["Plan", "Step"], [None, "(each)"], ["Autumn", "wait"]]
    assert read("a.xlsx", workbook(("a", rows), merged=["A2:A3"])).texts == ["Step: (each)", "Plan: Autumn\nStep: wait"]


def test_a_table_need_not_begin_in_the_corner(read):
    data = workbook(("a", [[], [None, None, "x", "y"], [None, None, 1, 2], [None, None, 3, 4]]), merged=["C3:C4"])
    assert read("a.xlsx", data).texts == ["x: 1\ny: 2", "x: 1\ny: 4"]


def test_a_spreadsheet_says_its_title_author_and_date(read):
    about = {"title": "Prices & more", "creator": "Ines Valcourt", "modified": datetime(2026, 2, 19, 8, 0)}
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
    assert [(p.text, p.anchor.label) for p in reading.passages] == [("Item: Member\n价格：一千二", "价目 · row 5")]
    assert (reading.document.title, reading.document.meta) == ("Prices 价格", {"author": "Ines", "date": "2026-05-01"})


def test_the_same_sheets_as_xls_and_as_xlsx(shared, read_file):
    folder = shared / "nasty/markitdown/markitdown/tests/test_files"
    old, new = (read_file(folder / name).passages for name in ("test.xls", "test.xlsx"))
    assert [(p.text, p.anchor, p.headings) for p in old] == [(p.text, p.anchor, p.headings) for p in new]
    assert len(old) > 2


# --- FAQ tables ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Question,Answer",
        "  QUESTION ,answers",
        "\ufeffq,a",
        "Q.,A:",
        "Query,Response",
        "question_text,answer_text",
        "questionText,answerText",
        "prompt,reply",
        "问题,答案",
        "【问题】,回答内容,回答",
        "常见问题,解答",
        "提问,答复",
        "标题,内容",
        "用户问题,标准答案",
        "问法,回复",
        "题目,答",
        "問題,回覆",
        "Question (EN),Answer (EN)",
        "英文问题,英文答案",
    ],
)
def test_names_of_the_columns(read, header):
    answer = ",x" if header.count(",") > 1 else ""
    reading = read("a.csv", f"{header}\nHow?{answer},So.\n")
    assert (reading.texts, reading.document.kind) == (["How?\nSo."], "faq")


@pytest.mark.parametrize(
    "header", ["question_1,question_2", "answer,remark", "name,city", "Question,Remark", "问题数,答题数"]
)
def test_columns_that_make_no_faq(read, refusal, header):
    text = f"{header}\nHow?,So.\n"
    assert read("a.csv", text).document.kind == "doc"
    assert refusal("a.csv", text, kind="faq") == (
        f"a table without a question and an answer column (it has: {header.replace(',', ', ')})"
    )


def test_the_surer_name_goes_before_the_other(read):
    (passage,) = read("a.csv", "title,content,question,answer\nHelp,All of it,How?,So.\n").passages
    assert (passage.text, passage.meta) == ("How?\nSo.", {"title": "Help", "content": "All of it"})


def test_pairs_of_columns_in_two_languages_are_entries_each(read):
    header = "编号,问题（中文）,Question (EN),答案（中文）,Answer (EN),分类"
    reading = read("a.csv", f"{header}\nf-1,怎么加入？,How to join?,填表。,By form.,入会\n,只有中文？,,是的。,,\n")
    assert [(p.text, p.lang, p.anchor.label, p.meta) for p in reading.passages] == [
        ("怎么加入？\n填表。", "zh", "#f-1 · L2", {"分类": "入会", "lang": "zh"}),
        ("How to join?\nBy form.", "en", "#f-1 · L2", {"分类": "入会", "lang": "en"}),
        ("只有中文？\n是的。", "zh", "#2 · L3", {"lang": "zh"}),
    ]


def test_chinese_and_english_names_side_by_side_are_two_languages(read):
    assert read("a.csv", "问题,答案,Question,Answer\n怎么？,这样。,How?,So.\n").texts == ["怎么？\n这样。", "How?\nSo."]


def test_one_answer_for_a_question_in_two_languages(read):
    (passage,) = read("a.csv", "question_en,question_zh,answer\nHow?,怎么？,So.\n").passages
    assert (passage.text, passage.meta) == ("How?\nSo.", {"question_zh": "怎么？"})


@pytest.mark.parametrize("header", ["问题,answer,title,content", "title,Question (EN),content,答案"])
def test_sure_names_in_two_languages_go_before_others_in_one(read, header):
    row = [
        "How?" if "问题" in name or "Question" in name else "So." if name in ("answer", "答案") else "x"
        for name in header.split(",")
    ]
    assert read("a.csv", f"{header}\n{','.join(row)}\n").texts == ["How?\nSo."]


def test_tags_are_a_list_and_nothing_else_is(read):
    (passage,) = read("a.csv", 'question,answer,Tags,关键词,places\nHow?,So.,"a, b；c",甲、乙,"x, y"\n').passages
    assert passage.meta == {"tags": ["a", "b", "c"], "关键词": ["甲", "乙"], "places": "x, y"}


@pytest.mark.parametrize("name", ["aliases", "Similar questions", "相似问题", "相似问1"])
def test_other_ways_to_ask_are_kept_with_the_entry(read, name):
    (passage,) = read("a.csv", f'question,answer,{name}\nHow?,So.,"In what way?；怎样？\nBy what?"\n').passages
    assert passage.text == "How?\nSo."
    assert passage.meta == {"also_asked": ["In what way?", "怎样？", "By what?"]}


def test_a_language_may_be_named(read):
    passages = read("a.csv", "问题,答案,语言\nWie?,So.,de\nHow?,So.,English\n怎么？,这样。,中文\n").passages
    assert [p.meta["lang"] for p in passages] == ["de", "en", "zh"]


def test_a_title_above_a_faq_table_is_a_heading(read):
    (passage,) = read("a.csv", "Help for members,\nquestion,answer\nHow?,So.\n").passages
    assert passage.headings == ("Help for members", "How?")


def test_the_header_may_stand_below_other_rows(read):
    (passage,) = read("a.csv", "Exported,2026-05-01\nBy,Ines\nid,question,answer\n7,How?,So.\n").passages
    assert (passage.text, passage.anchor.label) == ("How?\nSo.", "#7 · L4")


def test_a_note_above_a_faq_table_is_kept(read):
    note = "Not legal advice. " * 12
    assert read("a.csv", f"{note}\nquestion,answer\nHow?,So.\n").texts == [note.strip(), "How?\nSo."]


def test_a_spreadsheet_of_questions(read):
    data = workbook(
        (
            "会员",
            [
                ["常见问题"],
                ["序号", "问题", "答案", "分类"],
                [1, "怎么加入？", "填表。\n再付款。", "入会"],
                [],
                [2, "能退吗？", "能。", None],
            ],
        ),
        ("Contacts", [["Name", "City"], ["Ines", "Bern"]]),
        ("English", [["Q", "A"], ["How?", "So."]]),
        ("Old", [["Q", "A"], ["Who?", "They."]]),
        hidden=("Old",),
    )
    reading = read("faq.xlsx", data)
    assert [(p.text, p.headings, p.anchor.label, p.meta) for p in reading.passages] == [
        ("怎么加入？\n填表。\n再付款。", ("常见问题", "怎么加入？"), "会员 · #1 · row 3", {"分类": "入会"}),
        ("能退吗？\n能。", ("常见问题", "能退吗？"), "会员 · #2 · row 5", {}),
        ("Name: Ines\nCity: Bern", ("Contacts",), "Contacts · row 2", {}),
        ("How?\nSo.", ("How?",), "English · #1 · row 2", {}),
    ]
    assert [p.anchor.type for p in reading.passages] == ["faq", "faq", "lines", "faq"]
    assert reading.document.kind == "faq"


def test_questions_beyond_the_first_sheet_are_entries_when_asked_for(read):
    data = workbook(("Contacts", [["Name", "City"], ["Ines", "Bern"]]), ("FAQ", [["Q", "A"], ["How?", "So."]]))
    assert read("a.xlsx", data).document.kind == "doc"
    assert entries(read("a.xlsx", data, kind="faq")) == [(None, "Name: Ines\nCity: Bern"), ("1", "How?\nSo.")]


def test_a_spreadsheet_without_questions_asked_for_a_faq(refusal):
    data = workbook(("a", [["Name", "City"], ["Ines", "Bern"]]))
    assert refusal("a.xlsx", data, kind="faq") == (
        "a table without a question and an answer column (it has: Name, City)"
    )


def test_real_questions_in_a_spreadsheet(shared, read_file):
    reading = read_file(shared / "nasty/docling/xlsx/sources/xlsx_06_edge_cases_.xlsx")
    assert ("AI 3", "What types of data will the AI process?\nThe AI processes code data") in entries(reading)
    assert {p.anchor.part for p in reading.passages} == {"missing_header_head", "Attached_left", "Diagonal"}


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        ('Why?,"Because" I say\nHow?,So.\n', [("1", "Why?\nBecause I say", "L2"), ("2", "How?\nSo.", "L3")]),
        ('A?,"1\n2"\nWhy?,"Because" I say\n', [("1", "A?\n1\n2", "L2–3"), ("2", "Why?\nBecause I say", "L4")]),
        ('Why?,"Because\nHow?,So.\n', [("1", "Why?\nBecause", "L2"), ("2", "How?\nSo.", "L3")]),
    ],
)
def test_broken_quotes_in_a_faq_table(read, broken, kept):
    passages = read("faq.csv", f"question,answer\n{broken}").passages
    assert [(p.anchor.entry, p.text, p.anchor.label.split(" · ")[1]) for p in passages] == kept


# --- FAQ data -----------------------------------------------------------------------------------------------------

JSON = """\
{
  "title": "Help 帮助",
  "lang": "en",
  "version": 2,
  "items": [
    {"id": 7, "question": ["How?", "In what way?"], "answer": ["So.", "And so."], "tags": ["a", "b"],
     "nested": {"x": 1}},
    {"question": "怎么定价？",
     "answer": "先算账。\\n再问客户。"}
  ]
}
"""
YAML = """\
title: Help 帮助
items:
  - 问题: 怎么定价？
    答案: |
      先算账。

      再问客户。
    分类: 定价

  # the last one
  - {id: x, q: How?, a: So.}
# the end
"""


def test_a_list_of_entries_in_json(read):
    reading = read("help.json", JSON)
    assert [(p.text, p.anchor.label, p.meta) for p in reading.passages] == [
        ("How?\nSo.\nAnd so.", "#7 · L6–7", {"tags": ["a", "b"], "also_asked": ["In what way?"]}),
        ("怎么定价？\n先算账。\n再问客户。", "#2 · L8–9", {}),
    ]
    document = reading.document
    assert (document.title, document.lang, document.kind, document.meta) == ("Help 帮助", "en", "faq", {"version": "2"})


def test_a_list_of_entries_in_yaml(read):
    reading = read("help.yaml", YAML)
    assert [(p.text, p.anchor.label, p.headings, p.meta) for p in reading.passages] == [
        ("怎么定价？\n先算账。\n\n再问客户。", "#1 · L3–8", ("怎么定价？",), {"分类": "定价"}),
        ("How?\nSo.", "#x · L11", ("How?",), {}),
    ]
    assert reading.document.title == "Help 帮助"


def test_json_lines(read):
    reading = read(
        "help.jsonl", '{"prompt": "How?", "response": "So.", "lang": "en"}\n\n{"q": "谁？", "a": "你。", "id": "y"}\n'
    )
    assert [(p.text, p.anchor.label) for p in reading.passages] == [("How?\nSo.", "#1 · L1"), ("谁？\n你。", "#y · L3")]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.json", '{\n"How?": "So.",\n"谁？": ["你。",\n"我。"]\n}', ["L2", "L3–4"]),
        ("a.json", '{"How?": "So.", "谁？":\n"你。\\n我。"}', ["L1", "L1–2"]),
        ("a.yml", "How?: So.\n谁？:\n  - 你。\n  - 我。\n", ["L1", "L2–4"]),
        ("a.json", '[["How?", "So."],\n["谁？", "你。\\n我。"]]', ["L1", "L2"]),
        ("a.yaml", "- [How?, So.]\n- - 谁？\n  - |\n    你。\n    我。\n", ["L1", "L2–5"]),
        ("a.jsonl", '["How?", "So."]\n["谁？", "你。\\n我。"]\n', ["L1", "L2"]),
    ],
)
def test_questions_as_keys_and_pairs(read, name, text, lines):
    reading = read(name, text)
    assert entries(reading) == [("1", "How?\nSo."), ("2", "谁？\n你。\n我。")]
    assert [p.anchor.label.split(" · ")[1] for p in reading.passages] == lines


def test_entries_below_keys_have_those_as_headings(read):
    text = '{"Joining": [{"q": "Who?", "a": "Founders."}],\n "退出": {"faqs": [{"q": "When?", "a": "Any day."}]}}'
    reading = read("help.json", text)
    assert [p.headings for p in reading.passages] == [("Joining", "Who?"), ("退出", "When?")]
    assert labels(reading) == ["#1 · L1", "#2 · L2"]


@pytest.mark.parametrize("name", ["help.yaml", "help.json"])
def test_entries_in_sections_know_what_stands_beside_them(read, name):
    sections = [
        {"category": "Joining", "questions": [{"q": "Who?", "a": "Founders."}]},
        {"category": "退出", "questions": [{"q": "When?", "a": "Any day.", "category": "Leaving"}]},
    ]
    text = json.dumps(sections, ensure_ascii=False, indent=1)
    assert [p.meta for p in read(name, text).passages] == [{"category": "Joining"}, {"category": "Leaving"}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"name": "kb", "version": "1.0"}'),
        ("a.json", '[{"question": "How?"}, {"question": "Who?", "answer": ""}]'),
        ("a.json", '[["12.5", "47.1"], ["12.6", "47.2"]]'),
        ("a.json", '[{"q": "How?", "a": "So."}, {"x": 1}, {"x": 2}]'),
        ("a.json", '{"data": [{"paragraphs": [{"qas": [{"question": "How?", "answers": [{"text": "So"}]}]}]}]}'),
        ("a.yaml", "services:\n  web:\n    image: kb\n    ports: [80]\n"),
    ],
)
def test_data_that_is_no_faq(refusal, name, text):
    assert "of a kind that is not known" in refusal(name, text)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", '{"name": {"x": 1}}', "no question with an answer in it"),
        ("a.json", "3", "no question with an answer in it"),
        ("a.yaml", "# nothing\n", "no text in it"),
        ("a.json", '{"q": "How?", "a": }', "malformed JSON: Expecting value: line 1 column 20 (char 19)"),
        ("a.yaml", "a: b\n- c\n", "malformed YAML at line 2"),
        ("a.yaml", "a: &x [*x]\n", "malformed YAML at line 1"),
        ("a.jsonl", '{"q": 1}\n{]\n', "malformed JSON in line 2"),
        ("a.json", "[" * 100_000, "too deeply nested"),
        ("a.yaml", "- " * 100_000, "too deeply nested"),
        ("a.yaml", "[" * 100_000, "too deeply nested"),
    ],
)
def test_the_reason_for_skipping_data(refusal, name, text, reason):
    assert refusal(name, text, kind="faq") == reason


def test_asked_for_a_faq_every_key_is_a_question(read):
    assert read("a.json", '{"Joining": "By form.", "Leaving": "By mail."}', kind="faq").texts == [
        "Joining\nBy form.",
        "Leaving\nBy mail.",
    ]


def test_pairs_beside_entries_are_none(read):
    text = '{"by": [["Ines", "Jo"]], "items": [{"q": "Who?", "a": "You."}], "How?": "So."}'
    assert sorted(read("a.json", text).texts) == ["How?\nSo.", "Who?\nYou."]


def test_an_alias_in_yaml_is_read_where_it_stands(read):
    reading = read("a.yaml", "one: &all\n  - {q: How?, a: So.}\ntwo: *all\n")
    assert [(p.text, p.anchor.label) for p in reading.passages] == [("How?\nSo.", "#1 · L2")]


# --- one question a file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["question", "问题"])
def test_a_file_with_its_question_in_front(read, key):
    text = f"---\n{key}: 怎么加入？\nid: join\ntags: [a, b]\nlang: zh\n---\n\n填表。\n\n## 之后呢？\n\n付款。\n"
    reading = read("members.md", text)
    (passage,) = reading.passages
    assert passage.text == "填表。\n\n## 之后呢？\n\n付款。"
    assert (passage.headings, passage.anchor.label) == (("怎么加入？",), "#join · L8–12")
    document = reading.document
    assert (document.title, document.kind, document.lang, document.meta) == (
        "怎么加入？",
        "faq",
        "zh",
        {"tags": ["a", "b"]},
    )


@pytest.mark.parametrize("title", ["How to join?", "怎么加入？"])
def test_a_faq_whose_title_asks(read, title):
    reading = read("joining.md", f"---\ntitle: {title}\nkind: faq\n---\nBy form.\n\n## Later\n\nBy mail.\n")
    assert entries(reading) == [("joining", "By form.\n\n## Later\n\nBy mail.")]
    assert reading.passages[0].headings == (title,)


def test_a_faq_whose_title_asks_and_whose_headings_do_too(read):
    text = "---\ntitle: Any questions?\nkind: faq\n---\n\n## How?\n\nSo.\n\n## Who?\n\nYou.\n"
    assert entries(read("help.md", text)) == [("1", "How?\n\nSo."), ("2", "Who?\n\nYou.")]


def test_a_title_that_asks_makes_no_faq_by_itself(read):
    assert read("essay.md", "---\ntitle: Why sell?\n---\n\nBecause.\n").document.kind == "doc"


def test_a_question_without_an_answer(refusal):
    assert refusal("a.md", "---\nquestion: How?\n---\n") == "a question without an answer"


# --- tables of cues -------------------------------------------------------------------------------------------------

WHISPER = 'start\tend\ttext\n0\t1500\tCount the months.\n1500\t4250\t"Then count again,\n4250\t5000\t先算账。\n'


def test_whispers_table_is_in_milliseconds(read):
    reading = read("talk.tsv", WHISPER)
    (passage,) = reading.passages
    assert passage.text == 'Count the months.\n"Then count again,\n先算账。'
    assert passage.places == ((0, 0.0, 1.5), (18, 1.5, 4.25), (37, 4.25, 5.0))
    assert reading.document.kind == "transcript"


@pytest.mark.parametrize(
    ("header", "rows", "times"),
    [
        ("start,end,text", ["0.5,2.25,One.", "2.25,63,Two."], [(0.5, 2.25), (2.25, 63)]),
        ("start,end,text", ["1,4,One.", "4,63,Two."], [(1, 4), (4, 63)]),
        ("start,end,text", ["1000,4000,One.", "4000,63000,Two."], [(1, 4), (4, 63)]),
        ("Start (ms),End (ms),Text", ["10,40,One.", "40,63,Two."], [(0.01, 0.04), (0.04, 0.063)]),
        ("start_s,end_s,text", ["1000,2000,One.", "2000,3000,Two."], [(1000, 2000), (2000, 3000)]),
        ("Start,End,Text", ["00:00:01.5,00:00:02,One.", '0:59,"1:00:00,25",Two.'], [(1.5, 2), (59, 3600.25)]),
        ("开始时间,结束时间,文本", ["00:01,00:02,One.", "00:02,00:03,Two."], [(1, 2), (2, 3)]),
        ("begin,stop,transcript", ["1.0,2.0,One.", ",,lost", "2.0,,Two.", "5.0,6.0,Three."], [(1, 2), (2, 5), (5, 6)]),
    ],
)
def test_units_of_time(read, header, rows, times):
    passages = read("talk.csv", "\n".join([header, *rows]), kind="transcript").passages
    assert [place[1:] for passage in passages for place in passage.places] == times


def test_speakers_in_a_table(read):
    text = "发言人,开始时间,结束时间,内容\nInes,00:00:01,00:00:02,先算账。\nInes,00:00:02,00:00:03,再定价。\n苏禾,00:00:03,00:00:04,好。\n"
    reading = read("talk.csv", text)
    assert reading.said == [("Ines", "先算账。\n再定价。"), ("苏禾", "好。")]
    assert reading.document.meta["speakers"] == ["Ines", "苏禾"]


@pytest.mark.parametrize(
    "text",
    [
        "start,end,text\n2026-05-01,2026-05-02,Count months.\n",
        "活动,内容,开始时间,结束时间\n年会,先算账,09:00,10:00\n",
        "start,end,text\n",
    ],
)
def test_plans_are_no_transcripts(read, refusal, text):
    if text.count("\n") > 1:
        assert read("plan.csv", text).document.kind == "doc"
    else:
        assert refusal("plan.csv", text) == "a table without rows"


def test_asked_for_a_transcript_in_a_table_without(refusal):
    assert refusal("a.csv", "name,city\nInes,Bern\n", kind="transcript") == (
        "a table without start, end and text columns (it has: name, city)"
    )
    assert refusal("a.csv", "start,end,text\nx,y,z\n", kind="transcript") == "no cues in it"


def test_a_first_row_like_the_others_is_no_header(read):
    assert read("a.csv", "Oslo,12,4.5\nBerlin,14,3.2\n").texts == ["Oslo\n12\n4.5", "Berlin\n14\n3.2"]
    assert read("a.csv", "City,2025,2026\nOslo,12,4.5\n").texts == ["City: Oslo\n2025: 12\n2026: 4.5"]
    assert read("a.csv", "City,Rooms\nOslo,12\nBerlin,14\n").texts == [
        "City: Oslo\nRooms: 12",
        "City: Berlin\nRooms: 14",
    ]
