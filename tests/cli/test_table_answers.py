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
ROOMS = "Room,Seats,Price per day\nHeron,6,$40\nCurlew,12,$90\nPlover,30,$210\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    (folder / "会员手册.md").write_text(FEES, "utf-8")
    (folder / "rooms.csv").write_text(ROOMS, "utf-8")
    kb = Cli(folder / "home", embedder="builtin")
    assert kb("ingest", folder / "会员手册.md", folder / "rooms.csv").code == 0
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
