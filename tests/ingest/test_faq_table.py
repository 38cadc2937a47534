"""FAQ tables."""

from __future__ import annotations

import pytest
from tables_made import entries, workbook


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
    "header",
    ["question_1,question_2", "answer,remark", "name,city", "Question,Remark", "问题数,答题数"],
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
    reading = read(
        "a.csv",
        f"{header}\nf-1,怎么加入？,How to join?,填表。,By form.,入会\n,只有中文？,,是的。,,\n",
    )
    assert [(p.text, p.lang, p.anchor.label, p.meta) for p in reading.passages] == [
        ("怎么加入？\n填表。", "zh", "#f-1 · L2", {"分类": "入会", "lang": "zh"}),
        ("How to join?\nBy form.", "en", "#f-1 · L2", {"分类": "入会", "lang": "en"}),
        ("只有中文？\n是的。", "zh", "#2 · L3", {"lang": "zh"}),
    ]


def test_chinese_and_english_names_side_by_side_are_two_languages(read):
    assert read("a.csv", "问题,答案,Question,Answer\n怎么？,这样。,How?,So.\n").texts == [
        "怎么？\n这样。",
        "How?\nSo.",
    ]


def test_one_answer_for_a_question_in_two_languages(read):
    (passage,) = read("a.csv", "question_en,question_zh,answer\nHow?,怎么？,So.\n").passages
    assert (passage.text, passage.meta) == ("How?\nSo.", {"question_zh": "怎么？"})


@pytest.mark.parametrize(
    "header", ["问题,answer,title,content", "title,Question (EN),content,答案"]
)
def test_sure_names_in_two_languages_go_before_others_in_one(read, header):
    row = [
        "How?"
        if "问题" in name or "Question" in name
        else "So."
        if name in ("answer", "答案")
        else "x"
        for name in header.split(",")
    ]
    assert read("a.csv", f"{header}\n{','.join(row)}\n").texts == ["How?\nSo."]


def test_tags_are_a_list_and_nothing_else_is(read):
    (passage,) = read(
        "a.csv", 'question,answer,Tags,关键词,places\nHow?,So.,"a, b；c",甲、乙,"x, y"\n'
    ).passages
    assert passage.meta == {"tags": ["a", "b", "c"], "关键词": ["甲", "乙"], "places": "x, y"}


@pytest.mark.parametrize("name", ["aliases", "Similar questions", "相似问题", "相似问1"])
def test_other_ways_to_ask_are_kept_with_the_entry(read, name):
    (passage,) = read(
        "a.csv", f'question,answer,{name}\nHow?,So.,"In what way?；怎样？\nBy what?"\n'
    ).passages
    assert passage.text == "How?\nSo."
    assert passage.meta == {"also_asked": ["In what way?", "怎样？", "By what?"]}


def test_a_language_may_be_named(read):
    passages = read(
        "a.csv", "问题,答案,语言\nWie?,So.,de\nHow?,So.,English\n怎么？,这样。,中文\n"
    ).passages
    assert [p.meta["lang"] for p in passages] == ["de", "en", "zh"]


def test_a_title_above_a_faq_table_is_a_heading(read):
    (passage,) = read("a.csv", "Help for members,\nquestion,answer\nHow?,So.\n").passages
    assert passage.headings == ("Help for members", "How?")


def test_the_header_may_stand_below_other_rows(read):
    (passage,) = read(
        "a.csv", "Exported,2026-05-01\nBy,Ines\nid,question,answer\n7,How?,So.\n"
    ).passages
    assert (passage.text, passage.anchor.label) == ("How?\nSo.", "#7 · L4")


def test_a_note_above_a_faq_table_is_kept(read):
    note = "Not legal advice. " * 12
    assert read("a.csv", f"{note}\nquestion,answer\nHow?,So.\n").texts == [
        note.strip(),
        "How?\nSo.",
    ]


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
        (
            "怎么加入？\n填表。\n再付款。",
            ("常见问题", "怎么加入？"),
            "会员 · #1 · row 3",
            {"分类": "入会"},
        ),
        ("能退吗？\n能。", ("常见问题", "能退吗？"), "会员 · #2 · row 5", {}),
        ("Name: Ines · City: Bern", ("Contacts",), "Contacts · row 2", {}),
        ("How?\nSo.", ("How?",), "English · #1 · row 2", {}),
    ]
    assert [p.anchor.type for p in reading.passages] == ["faq", "faq", "lines", "faq"]
    assert reading.document.kind == "faq"


def test_questions_beyond_the_first_sheet_are_entries_when_asked_for(read):
    data = workbook(
        ("Contacts", [["Name", "City"], ["Ines", "Bern"]]), ("FAQ", [["Q", "A"], ["How?", "So."]])
    )
    assert read("a.xlsx", data).document.kind == "doc"
    assert entries(read("a.xlsx", data, kind="faq")) == [
        (None, "Name: Ines · City: Bern"),
        ("1", "How?\nSo."),
    ]


def test_a_spreadsheet_without_questions_asked_for_a_faq(refusal):
    data = workbook(("a", [["Name", "City"], ["Ines", "Bern"]]))
    assert refusal("a.xlsx", data, kind="faq") == (
        "a table without a question and an answer column (it has: Name, City)"
    )


def test_real_questions_in_a_spreadsheet(shared, read_file):
    reading = read_file(shared / "nasty/docling/xlsx/sources/xlsx_06_edge_cases_.xlsx")
    assert (
        "AI 3",
        "What types of data will the AI process?\nThe AI processes code data",
    ) in entries(reading)
    assert {p.anchor.part for p in reading.passages} == {
        "missing_header_head",
        "Attached_left",
        "Diagonal",
    }


@pytest.mark.parametrize(
    ("broken", "kept"),
    [
        (
            'Why?,"Because" I say\nHow?,So.\n',
            [("1", "Why?\nBecause I say", "L2"), ("2", "How?\nSo.", "L3")],
        ),
        (
            'A?,"1\n2"\nWhy?,"Because" I say\n',
            [("1", "A?\n1\n2", "L2–3"), ("2", "Why?\nBecause I say", "L4")],
        ),
        ('Why?,"Because\nHow?,So.\n', [("1", "Why?\nBecause", "L2"), ("2", "How?\nSo.", "L3")]),
    ],
)
def test_broken_quotes_in_a_faq_table(read, broken, kept):
    passages = read("faq.csv", f"question,answer\n{broken}").passages
    assert [(p.anchor.entry, p.text, p.anchor.label.split(" · ")[1]) for p in passages] == kept
