"""Which rows of a table answer a question, and what they add up to."""

from __future__ import annotations

import pytest

from kb.index_words import question_words
from kb.tables import StoredTable, TableRow
from kb.types import Question
from retrieval.answer.table_rows import MOST_ROWS, asked_rows

TIERS = (
    "会员等级与会费",
    ("等级", "年费（元）", "导师时长", "工位"),
    [
        ("种子会员", "980", "1 小时", "无"),
        ("成长会员", "3,600", "3 小时", "有"),
        ("合伙会员", "12,800", "8 小时", "有"),
    ],
)
PROGRAMMES = (
    "Programmes",
    ("Programme", "Equity", "Cash", "City", "Remote?"),
    [
        ("Northwind Labs", "7%", "$125,000", "Harbourton", "no"),
        ("Harbor Forge", "5%", "$60,000", "Fernley", "yes"),
        ("Kite Collective", "6.5%", "$100,000", "Harbourton", "yes"),
    ],
)


def ask(text: str, made):
    caption, columns, cells = made
    table = StoredTable("d", 0, caption, columns, ("text",) * len(columns))
    rows = [TableRow(each, "p", n, n) for n, each in enumerate(cells)]
    lang = "zh" if any("一" <= char <= "鿿" for char in text) else "en"
    question = Question(text, lang, dict.fromkeys(question_words(text), 1.0))
    return asked_rows(question, table, rows, caption)


@pytest.mark.parametrize(
    ("made", "text", "first_cells"),
    [
        (TIERS, "成长会员的年费是多少", ["成长会员"]),
        (TIERS, "各等级的年费分别是多少", ["种子会员", "成长会员", "合伙会员"]),
        (TIERS, "种子会员和合伙会员的导师时长", ["种子会员", "合伙会员"]),
        (PROGRAMMES, "Is Kite remote?", ["Kite Collective"]),
        (PROGRAMMES, "compare Harbor Forge and Kite", ["Harbor Forge", "Kite Collective"]),
        (PROGRAMMES, "which programmes are in Harbourton", ["Northwind Labs", "Kite Collective"]),
    ],
)
def test_the_rows_that_a_question_names_answer_it_or_all(made, text, first_cells):
    asked = ask(text, made)
    assert [row.cells[0] for row in asked.rows] == first_cells
    assert not asked.operation


@pytest.mark.parametrize(
    ("made", "text", "first_cell"),
    [
        (TIERS, "年费最高的是哪一档", "合伙会员"),
        (TIERS, "最便宜的会员是哪种", "种子会员"),
        (TIERS, "导师时长最多的等级", "合伙会员"),
        (PROGRAMMES, "which programme takes the least equity", "Harbor Forge"),
        (PROGRAMMES, "which has the highest cash", "Northwind Labs"),
        (PROGRAMMES, "which programme in Harbourton takes the least equity", "Kite Collective"),
    ],
)
def test_the_greatest_and_the_least_are_of_the_column_that_is_asked_for(made, text, first_cell):
    assert [row.cells[0] for row in ask(text, made).rows] == [first_cell]


@pytest.mark.parametrize(
    ("made", "text", "value"),
    [
        (TIERS, "年费一共多少", "17,380"),
        (PROGRAMMES, "what is the total cash of all programmes", "$285,000"),
        (PROGRAMMES, "average equity of the programmes", "6.167%"),
        (PROGRAMMES, "how many programmes are remote", "2"),
        (PROGRAMMES, "how many programmes are in Harbourton", "2"),
    ],
)
def test_counts_totals_and_averages_keep_the_unit(made, text, value):
    assert ask(text, made).value == value


@pytest.mark.parametrize(
    ("made", "text", "order", "apart"),
    [
        (TIERS, "成长会员和合伙会员哪个年费便宜", ["成长会员", "合伙会员"], "9,200"),
        (TIERS, "合伙会员的导师时长比种子会员多多少", ["合伙会员", "种子会员"], "7 小时"),
        (
            PROGRAMMES,
            "which pays more cash, Kite or Harbor Forge?",
            ["Kite Collective", "Harbor Forge"],
            "$40,000",
        ),
    ],
)
def test_of_two_named_rows_the_higher_or_lower_comes_first(made, text, order, apart):
    asked = ask(text, made)
    assert [row.cells[0] for row in asked.rows] == order
    assert asked.value == apart


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (PROGRAMMES, "does Kite or Harbor Forge take less equity"),  # points of percent
        (TIERS, "种子会员和成长会员哪个工位大"),
        (
            ("Rooms", ("Room", "Seats"), [("Heron", "6"), ("Plover", "6")]),
            "more seats, Heron or Plover",
        ),
    ],
)
def test_no_difference_where_there_is_none_to_tell(made, text):
    asked = ask(text, made)
    assert len(asked.rows) == 2
    assert not asked.operation


TEAMS = (
    "在孵团队",
    ("团队", "周活用户", "月收入（万元）", "现金可撑（月）"),
    [
        ("麦浪", "1240", "18.5", "9"),
        ("纸鸢", "8600", "32.0", "14"),
        ("补鞋匠", "3100", "20", "5"),
        ("合计", "12940", "70.5", ""),
    ],
)

FEES = ("Tiers", ("Tier", "Fee per year ($)"), [("Spark", "50"), ("Beacon", "90")])
ROOMS = ("Rooms", ("Room", "Seats", "Desks"), [("Heron", "6", "8"), ("Curlew", "12", "16")])


@pytest.mark.parametrize(
    ("made", "text", "first_cells"),
    [
        (TEAMS, "有几个团队月入超过二十万", ["纸鸢"]),
        (TEAMS, "哪些团队月收入在20万以上", ["纸鸢", "补鞋匠"]),
        (TEAMS, "哪几家周活用户不到三千五", ["麦浪", "补鞋匠"]),
        (TIERS, "哪些等级的年费低于5000元", ["种子会员", "成长会员"]),
        (
            PROGRAMMES,
            "how many programmes give more than 80k in cash?",
            ["Northwind Labs", "Kite Collective"],
        ),
        (
            PROGRAMMES,
            "which programmes take at most 6.5% equity",
            ["Harbor Forge", "Kite Collective"],
        ),
    ],
)
def test_rows_within_a_bound_are_listed_and_counted(made, text, first_cells):
    asked = ask(text, made)
    assert [row.cells[0] for row in asked.rows] == first_cells
    assert (asked.operation, asked.value) == ("count", str(len(first_cells)))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (TIERS, "年费超过5000元的会员有什么要求吗"),  # no row is asked for
        (TEAMS, "有几个团队超过5"),  # of what, is not said
        (ROOMS, "which rooms have more than 10 seats or desks"),  # two columns have such figures
        (PROGRAMMES, "which programmes give more than 80 hours"),
        (TIERS, "哪些讲师的导师时长超过2小时"),  # the table lists no speakers
        (FEES, "which tiers cost over $60 a month"),  # fees of a year
        (TIERS, "哪些等级的年费低于100元"),  # none: rather shown as they are
    ],
)
def test_without_a_plain_bound_no_rows_are_counted(made, text):
    asked = ask(text, made)
    assert asked is None or asked.operation != "count" or asked.column == ""


@pytest.mark.parametrize(
    "cells",
    [
        [("a", "12 weeks"), ("b", "3 months")],  # of two units
        [("a", "120"), ("b", "none")],  # not all numbers
        [("a", "100 + 50"), ("b", "120")],
        [("a", "$40"), ("b", "€50")],
        [("a", "(1,200)"), ("b", "300")],
        [("a", "-$40"), ("b", "$50")],
        [("a", "1,5"), ("b", "2")],
        [("a", "7"), ("b",)],
    ],
)
def test_nothing_is_computed_that_the_table_does_not_plainly_hold(cells):
    asked = ask("which one has the longest length", ("Courses", ("Course", "Length"), cells))
    assert len(asked.rows) == 2
    assert not asked.operation


def test_a_total_that_the_table_holds_is_not_computed_again():
    made = ("Income", ("Month", "Dues"), [("May", "100"), ("June", "200"), ("Total", "301")])
    assert not ask("what are the dues in total", made).operation


def test_figures_of_a_range_of_rows_are_averaged_over_all_of_them():
    months = ("January", "February", "March", "April")
    made = ("Events", ("Month", "Events"), [(m, str(n)) for n, m in enumerate(months)])
    assert ask("how many events on average, from January to March?", made).value == "1"


def test_of_many_rows_none_is_picked_without_a_name():
    many = ("Prices", ("Item", "Price"), [(f"item {n}", str(n)) for n in range(MOST_ROWS + 1)])
    assert ask("what are the prices", many) is None
    assert [row.cells[0] for row in ask("the highest price", many).rows] == [f"item {MOST_ROWS}"]


def test_of_one_named_row_nothing_is_computed():
    asked = ask("which programme in Fernley takes the most equity", PROGRAMMES)
    assert [row.cells[0] for row in asked.rows] == ["Harbor Forge"]
    assert not asked.operation


def test_a_row_of_totals_is_not_counted():
    made = ("Rooms", ("Room", "Seats"), [("Heron", "6"), ("Curlew", "12"), ("Total", "18")])
    assert ask("how many rooms are there", made).value == "2"


def test_nothing_is_computed_from_the_named_rows_of_a_table_too_long_to_look_through():
    """Only the rows that were found are known to have the name: others may have it too."""
    rows = [(f"member {n}", "Fernley" if n % 2 else "Harbourton", "5") for n in range(300)]
    table = StoredTable("d", 0, "Members", ("Member", "City", "Fee"), ("text",) * 3)
    stored = [TableRow(cells, f"p{n}", n, n) for n, cells in enumerate(rows)]
    text = "how many members are in Fernley"
    question = Question(text, "en", dict.fromkeys(question_words(text), 1.0))
    asked = asked_rows(question, table, stored, "Members", {"p1", "p2", "p3"})
    assert asked is None or not asked.operation
