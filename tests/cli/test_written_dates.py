"""Questions that write a date, a time or an amount otherwise than the sources do."""

from __future__ import annotations

import pytest

SOURCES = {
    "kpi.csv": "日期,项目,MRR,新增付费\n"
    + "".join(
        f"2026-{month:02}-01,{project},{base + 1000 * month},{month + 3}\n"
        for month in range(1, 13)
        for project, base in (("折光科技", 30004), ("云朵校园", 52004))
    ),
    "日程.csv": "日期,活动,嘉宾\n2026-03-07,早餐会,沈慕\n2026-07-03,午餐会,吴梓\n2026-07-12,夜话,陈可\n2026-12-07,年会筹备,高远\n",
    "大事记.md": "# 大事记\n\n2026-07-15 青禾搬到恒鑫大厦。\n\n2026-04-07 第一次路演，来了 40 人。\n\n2026/9/1 小程序上线。\n",
    "office.md": "# Office\n\n## Moves\n\nThe office moves again on 3 May 2027.\n\n## Rent\n\nThe rent of the hall is 12,000 euros a quarter.\n\n## Doors\n\nThe side door opens at 18:30.\n",
    "节目单.md": "# 节目单\n\n七月二十日晚上七点半 开场，主持人李禾。\n\n八月三日下午两点 圆桌，主持人周远。\n",
}


@pytest.fixture
def asked(kb, folder):
    for name, text in SOURCES.items():
        (folder / name).write_text(text, "utf-8")
    assert kb("ingest", folder).code == 0
    return lambda question: kb("ask", "--no-log", "--format", "json", question).json


def test_any_writing_finds_the_row_or_line_of_that_date(asked):
    expected = {
        "云朵校园7月MRR": "59004",
        "云朵校园2026年7月的MRR是多少": "59004",
        "MRR of 云朵校园 in July 2026": "59004",
        "折光科技5月份新增付费多少": "2026-05-01",
        "7月3号的嘉宾是谁": "吴梓",
        "who is the guest on July 12": "陈可",
        "十二月七日有什么活动": "年会筹备",
        "7月15号发生了什么": "恒鑫大厦",
        "2026年9月1日什么上线": "小程序",
        "when does the office move again, is it 2027-05-03": "3 May 2027",
        "7月20号开场的主持人是谁": "李禾",
        "8月3日圆桌主持人是谁": "周远",
    }
    first = {
        question: (asked(question)["citations"] or [{"quote": ""}])[0]["quote"]
        for question in expected
    }
    missed = {
        question: first[question]
        for question, needed in expected.items()
        if needed not in first[question]
    }
    assert missed == {}
