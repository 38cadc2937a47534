"""How the program behaves at a terminal: widths, encodings, an empty knowledge base, completion."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

import pytest


def width(line):
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in line
    )


def shown_lines(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;;[^\x1b]*\x1b\\\\", "", text).split("\n")


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("会员分三档，会费按自然年收取，年中加入的会员，会费按剩余月份折算，退会不退费。", "年中加入的会员，会费怎么折算"),
        ("Members who join in the middle of a year pay for the months that are left of it, and no fee is returned.", "what do members pay who join in the middle of a year"),
        ("周三 18:00 在 3 号会议室 room “Lantern” 举行 office hour，报名找 @organiser 或者填写 https://example.org/form 表格。", "office hour 在哪里举行"),
    ],
)  # fmt: skip
def test_no_line_of_an_answer_is_wider_than_the_terminal(
    kb, terminal, folder, text, question, columns
):
    (folder / "notes.md").write_text(text, "utf-8")
    kb("ingest", folder)
    code, shown = terminal("ask", "--no-log", question, env={"COLUMNS": str(columns)})
    assert code == 0
    wide = [line for line in shown_lines(shown) if width(line) > columns and "http" not in line]
    assert wide == []


@pytest.mark.parametrize("columns", [30, 41, 60])
@pytest.mark.parametrize(
    "text",
    [
        "会议室按小时预约，超出的每小时八十元（含投影、白板与茶水），不足一小时按一小时计算，取消要提前半天说。",
        "年の途中で入会した会員の会費は、残りの月数に応じて「月割り」で計算されます。退会しても、返金されません。",
    ],
)
def test_no_line_begins_with_a_mark_that_closes_or_ends_with_one_that_opens(
    kb, terminal, folder, text, columns
):
    (folder / "notes.md").write_text(text, "utf-8")
    kb("ingest", folder)
    passage = kb("search", "--json", text[:12]).json["hits"][0]["passage"]
    for command in (("ask", "--no-log", text[:12]), ("search", text[:12]), ("show", passage)):
        code, shown = terminal(*command, env={"COLUMNS": str(columns)})
        lines = [line.strip() for line in shown_lines(shown)]
        assert code == 0
        assert [
            line
            for line in lines
            if (line and line[0] in "，。、）」") or line.endswith(("（", "「"))
        ] == []
        if command[0] != "search":
            assert max(width(line) for line in lines) <= columns


@pytest.mark.parametrize("columns", [50, 60])
def test_a_table_in_a_narrow_terminal_cuts_nothing_off(kb, terminal, folder, columns):
    (folder / "cards.md").write_text("门禁卡丢了找服务台补办，工本费 30 元。", "utf-8")
    kb("ingest", folder)
    asked = kb("ask", "--format", "json", "门禁卡丢了怎么办").json["id"]
    kb("feedback", "add", asked, "down", "--comment", "应为三十五元", "--by", "林小满")
    for command in (("log", "list"), ("feedback", "list")):
        row = kb(*command).out.split("\t")
        code, shown = terminal(*command, env={"COLUMNS": str(columns)})
        assert code == 0
        assert max(map(width, shown_lines(shown))) <= columns
        assert Counter("".join(row[:2])) <= Counter(shown), "the id, and when or what it was"


def test_sources_of_long_names_leave_room_for_what_else_is_told(kb, terminal, folder):
    name = "a-very-long-name-of-a-folder/with-another-in-it/and-a-file-of-a-long-name-too.md"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("# 归一化\n\nLanterns are lit at dusk.", "utf-8")
    kb("ingest", folder)
    code, shown = terminal("sources", "list", env={"COLUMNS": "80"})
    header, *rows = shown_lines(shown)
    assert code == 0
    assert header.split() == ["source", "kind", "lang", "passages", "title"]
    assert "归一化" in shown
    assert "".join(row[: header.index("kind")].strip() for row in rows) == name
    assert max(map(width, [header, *rows])) <= 80


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5", "utf-16"])
def test_a_piped_question_is_read_in_the_encoding_that_it_has(kb, folder, encoding):
    (folder / "cards.md").write_text("門禁卡遺失請找服務台補辦，工本費 30 元。", "utf-8")
    kb("ingest", folder)
    question = "門禁卡遺失了怎麼辦，要多少工本費？"
    run = kb("ask", "-", "--format", "json", stdin=question.encode(encoding))
    assert run.json["question"] == question
    assert "30" in run.json["answer"]


def test_a_batch_is_read_in_the_encoding_that_it_has(kb, folder):
    (folder / "cards.md").write_text("门禁卡丢了找服务台补办，工本费 30 元。", "utf-8")
    kb("ingest", folder)
    questions = "门禁卡丢了怎么办？\n补办门禁卡的工本费是多少？\n"
    run = kb("ask", "--stdin", "--jsonl", stdin=questions.encode("gbk"))
    asked = [json.loads(line)["question"] for line in run.out.splitlines()]
    assert asked == questions.split()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_batch_of_wide_characters_is_read_line_by_line(kb, folder, encoding):
    (folder / "cards.md").write_text("门禁卡丢了找服务台补办，工本费 30 元。", "utf-8")
    kb("ingest", folder)
    questions = "门禁卡丢了怎么办？\nwho mends a lost card?\n"
    mark = "" if encoding == "utf-16" else "\ufeff"
    run = kb("search", "--stdin", "--jsonl", stdin=(mark + questions).encode(encoding))
    assert [line["question"] for line in run.lines] == questions.splitlines()


@pytest.mark.parametrize(
    ("encoding", "comment"),
    [
        ("gbk", "价格不对，应为三十五元"),
        ("big5", "價格不對，應為三十五元"),
        ("utf-16", "价格不对"),
        ("cp1252", "le café coûte 35 €"),
    ],
)
def test_piped_verdicts_are_read_in_the_encoding_that_they_have(kb, folder, encoding, comment):
    (folder / "cards.md").write_text("门禁卡丢了找服务台补办，工本费 30 元。", "utf-8")
    kb("ingest", folder)
    asked = kb("ask", "--format", "json", "门禁卡丢了怎么办").json["id"]
    verdict = {"id": "1", "exchange": asked, "value": "down", "comment": comment}
    line = json.dumps(verdict, ensure_ascii=False) + "\n"
    assert kb("feedback", "add", "--stdin", "--jsonl", stdin=line.encode(encoding)).code == 0
    assert kb("feedback", "list", "--json").json["comment"] == comment


@pytest.mark.parametrize("command", [("ask", "--no-log"), ("search",)])
def test_an_empty_knowledge_base_says_so(kb, folder, command):
    kb("ingest", folder)
    run = kb(*command, "what does a desk cost")
    assert "is empty; fill it with: kb ingest PATH" in run.err
    (folder / "desks.md").write_text("A desk costs 30 euros.", "utf-8")
    kb("ingest", folder)
    assert "is empty" not in kb(*command, "what does a desk cost").err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(kb, shell):
    script = kb("", env={"_KB_COMPLETE": f"{shell}_source"}).out
    assert "_KB_COMPLETE" in script
    asked = {"COMP_WORDS": "kb so", "COMP_CWORD": "so" if shell == "fish" else "1"}
    run = kb("", env={"_KB_COMPLETE": f"{shell}_complete", **asked})
    assert "sources" in run.out
