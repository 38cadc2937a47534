"""Questions over a table are answered from the table, and what is computed says from which rows."""

from __future__ import annotations

import pytest

from tests.conftest import Cli

FEES = """# 会员手册

## 会员等级与会费

分三档会员，会费按自然年收取。

| 等级 | 年费（元） | 工位 |
|---|---|---|
| 种子会员 | 980 | 无 |
| 成长会员 | 3,600 | 每周 2 天 |
| 合伙会员 | 12,800 | 固定工位 |
"""
MENTORS = """导师:
  - 姓名: 阿禾
    方向: 销售
    每月名额: 4
  - 姓名: 林乔
    方向: 合同
    每月名额: 6
  - 姓名: 周岚
    方向: 融资
    每月名额: 2
"""
VISITS = """# Visits

| Month | Newcomers | Left | Dues ($) |
|---|---|---|---|
| January | 18 | 5 | 4,120 |
| February | 9 | 7 | 1,980 |
| June | 16 | 8 | 3,860 |
"""
ROOMS = "Room,Seats,Price per day\nHeron,6,$40\nCurlew,12,$90\nPlover,30,$210\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    (folder / "会员手册.md").write_text(FEES, "utf-8")
    (folder / "rooms.csv").write_text(ROOMS, "utf-8")
    (folder / "导师.yaml").write_text(MENTORS, "utf-8")
    (folder / "visits.md").write_text(VISITS, "utf-8")
    kb = Cli(folder / "home", embedder="builtin")
    assert kb("ingest", *sorted(folder.glob("*.*"))).code == 0
    return kb


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("三档会员的年费分别是多少", ["980", "3,600", "12,800"]),
        ("会费多少钱？", ["980", "3,600", "12,800"]),
        ("what is the price of Heron and of Plover per day", ["$40", "$210"]),
    ],
)
def test_each_row_that_is_asked_for_is_quoted_with_its_names(home, question, figures):
    answer = home("ask", "--format", "json", "--no-log", question).json
    rows = [sentence["text"] for sentence in answer["sentences"]]
    assert answer["status"] == "answered"
    assert len(rows) == len(figures)
    assert all(figure in row for row, figure in zip(rows, figures, strict=True))


def test_what_is_computed_comes_first_with_the_rows_below(home):
    answer = home("ask", "--format", "json", "--no-log", "average price of the rooms per day").json
    lead, *rows = answer["sentences"]
    assert "$113.33" in lead["text"]
    assert lead["supported"]
    assert lead["citations"]
    assert len(rows) == 3


def test_the_dearest_is_named_alone(home):
    answer = home(
        "ask", "--format", "json", "--no-log", "which room has the highest price per day"
    ).json
    assert "Plover" in answer["answer"]
    assert "Heron" not in answer["answer"]


def test_the_row_is_cited_where_it_stands(home):
    answer = home("ask", "--format", "json", "--no-log", "what is the price of Curlew per day").json
    (citation,) = answer["citations"]
    assert citation["anchor"]["start"] == 3
    assert "$90" in citation["quote"]


def test_what_a_reviewer_answered_stands_before_what_a_table_adds_up_to(home):
    question = "what is the average price of the rooms per day"
    assert "$113.33" in home("ask", "--format", "json", "--no-log", question).json["answer"]
    answer = "Ask the desk: prices change in May."
    assert home("faq", "add", "--question", question, "--answer", answer).code == 0
    assert (
        home("ask", "--format", "json", "--no-log", question).json["answer"].startswith(answer[:12])
    )


@pytest.mark.parametrize(
    ("question", "first", "other", "apart"),
    [
        ("合伙会员的年费比成长会员贵多少", "合伙会员", "成长会员", "9,200"),
        ("林乔和周岚，谁每月名额多？", "林乔", "周岚", "高出 4"),
        ("is Curlew or Heron cheaper per day?", "Heron", "Curlew", "$50"),
        ("did fewer newcomers come in February or in June", "February", "June", "7"),
    ],
)
def test_two_rows_are_compared_and_both_are_shown(home, question, first, other, apart):
    answer = home("ask", "--format", "json", "--no-log", question).json
    lead, *rows = [sentence["text"] for sentence in answer["sentences"]]
    assert answer["status"] == "answered"
    assert first in lead
    assert apart in lead
    assert [first in row for row in rows] == [True, False]
    assert other in rows[1]


def test_what_the_table_does_not_tell_of_two_rows_is_not_computed(home):
    run = home("ask", "--format", "json", "--no-log", "林乔和周岚谁年纪大")
    assert "更高" not in run.json["answer"]


@pytest.mark.parametrize(
    ("question", "row"),
    [("哪一个等级的年费最低", "种子会员"), ("in which month were the dues highest", "January")],
)
def test_which_of_a_column_has_the_most(home, question, row):
    answer = home("ask", "--format", "json", "--no-log", question).json
    assert [row in s["text"] for s in answer["sentences"][1:]] == [True]
