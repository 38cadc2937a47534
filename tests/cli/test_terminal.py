"""How the program behaves at a terminal: widths, encodings, an empty knowledge base, completion."""

from __future__ import annotations

import json
import re
import unicodedata

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
