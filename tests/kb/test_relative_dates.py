"""Dates that lean on the day on which something is said."""

from __future__ import annotations

import pytest

from kb.index_words import date_groups, findable_words
from kb.relative_dates import relative_dates

SAID = "2026-11-30"  # a Monday


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("上周三谁来了", ["2026-11-25"]),
        ("下周三改到几点", ["2026-12-09"]),
        ("本周四的导师日", ["2026-12-03"]),
        ("下星期天", ["2026-12-13"]),
        ("昨天", ["2026-11-29"]),
        ("明天开会，大后天放假", ["2026-12-01", "2026-12-03"]),
        ("月底前交表", ["2026-11-30"]),
        ("下个月15号", ["2026-12-15"]),
        ("上个月的营收", ["2026-10"]),
        ("上季度", ["2026 Q3"]),
        ("去年的年费", ["2025"]),
        ("去年5月3日", ["2025-05-03"]),
        ("明年三月", ["2027-03"]),
        ("who spoke yesterday", ["2026-11-29"]),
        ("next Thursday's speaker", ["2026-12-10"]),
        ("last Thursday", ["2026-11-26"]),
        ("what happened last week", ["2026-W48"]),
        ("two weeks ago", ["2026-11-16"]),
        ("last March", ["2026-03"]),
        ("last month's revenue", ["2026-10"]),
        ("by the end of this month", ["2026-11-30"]),
        ("this quarter", ["2026 Q4"]),
        ("the fee this year", ["2026"]),
        # what leans on nothing, or on something else
        ("12月底", []),
        ("每月底", []),
        ("先天后天", []),
        ("周五见", []),
        ("the last of us at this table", []),
    ],
)
def test_what_is_meant_depends_on_the_day(text, meant):
    assert [date.written for date in relative_dates(text, SAID)] == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11", ["2025", "2026-10"]),
        ("2026", ["2025"]),
        ("", []),
        ("12:30", []),
    ],
)
def test_nothing_is_made_up_of_a_day_that_is_not_known(said, meant):
    text = "去年, last month and yesterday"
    assert [date.written for date in relative_dates(text, said)] == meant


def test_a_question_is_resolved_as_well_as_what_it_looks_for():
    (group,) = date_groups("昨天谁来了", "2026-11-26")
    held = set(findable_words("2026年11月25日 沈慕来了"))
    assert any(set(way) <= held for way in group.ways)
    held = set(findable_words("本周三沈慕来", said="2026-11-23"))
    assert any(set(way) <= held for way in group.ways)
    held = set(findable_words("本周三沈慕来", said="2026-11-16"))
    assert not any(set(way) <= held for way in group.ways)


def test_a_week_is_found_by_any_of_its_days():
    (group,) = date_groups("what was decided last week", SAID)
    assert any(set(way) <= set(findable_words("27 November 2026")) for way in group.ways)
    assert not any(set(way) <= set(findable_words("30 November 2026")) for way in group.ways)
