"""Whose figure it is: what one record tells is no support for a sentence about another that differs
in a qualifier.
"""

from __future__ import annotations

import pytest

from kb.text import language
from kb.types import Anchor, Document, Hit, Passage
from retrieval.answer.citations import CitationNumbers
from retrieval.answer.draft_review import review


def hits(*told):
    """Hits of (title, text) or (title, text, headings), ranked in that order."""
    found = []
    for rank, (title, text, *headings) in enumerate(told, start=1):
        lang = language(text)
        document = Document(f"d_{rank}", f"{rank}.md", f"/{rank}.md", title, "doc", lang)
        anchor = Anchor("lines", 1, 1)
        passage = Passage(
            f"p_{rank}_{hash((title, text))}", document.id, 0, text, tuple(headings), lang, anchor
        )
        found.append(Hit(rank, 1.0 / rank, passage, document))
    return found


def shown(rules, draft, found):
    """The sentence of a draft as an answer shows it, and the ranks that it then cites."""
    marks = CitationNumbers(found)
    (sentence,) = [each.sentence for each in review([draft], found, marks, rules) if each.sentence]
    return sentence, [hit.rank for hit in marks.cited]


PAGES = hits(
    ("Basic plan", "The basic plan costs 99 dollars a month."),
    ("Premium plan", "The premium plan costs 199 dollars a month."),
)
TITLES = hits(
    ("Basic plan", "It costs 99 dollars a month."),
    ("Premium plan", "It costs 199 dollars a month."),
)
UNLIKE = hits(
    ("Prices", "The basic plan costs 99 dollars a month."),
    (
        "Upgrading",
        "Teams that take the premium plan are billed 199 dollars on the first of each month.",
    ),
)
SECTIONS = hits(
    ("Prices", "## Basic plan\n\nIt costs 99 dollars.\n\n## Premium plan\n\nIt costs 199 dollars.")
)
TABLE = hits(
    (
        "Rooms",
        "| room | seats | price |\n|---|---|---|\n| garden | 12 | 40 euros |\n| attic | 20 | 60 euros |",
    )
)
COLUMNS = hits(
    ("Rooms", "| | garden room | attic room |\n|---|---|---|\n| price | 40 euros | 60 euros |")
)
LIST = hits(("Prices", "- Basic plan: 99 dollars\n- Premium plan: 199 dollars"))
FIELDS = hits(
    ("prices", "plan: basic\nprice: 99 dollars"), ("prices", "plan: premium\nprice: 199 dollars")
)
SENTENCE = hits(
    ("Prices", "The basic plan costs 99 dollars and the premium plan costs 199 dollars.")
)
LETTERS = hits(("Plan A", "Plan A costs 99 dollars."), ("Plan B", "Plan B costs 199 dollars."))
TIERS = hits(("Tiers", "Tier 2 has 5 seats. Tier 3 has 9 seats."))
MONTHS = hits(("Sales", "In March the shop sold 40 tickets. In April the shop sold 70 tickets."))
COHORTS = hits(("Cohorts", "The 2024 cohort has 12 teams. The 2025 cohort has 18 teams."))
套餐 = hits(("基础套餐", "基础套餐每月99元。"), ("高级套餐", "高级套餐每月199元。"))
课程 = hits(("课程", "第二期课程收费800元，第三期课程收费900元。"))
房间 = hits(("房间", "- 花园会议室：可容纳12人\n- 阁楼会议室：可容纳20人"))
月份 = hits(("活动", "3月活动来了40人，4月活动来了70人。"))

MISTAKEN = [
    ("The premium plan costs 99 dollars a month.", PAGES),
    ("The basic plan costs 199 dollars a month.", PAGES),
    ("99 dollars a month is what the premium plan costs.", PAGES),
    ("Premium plans cost 99 dollars a month.", PAGES),
    ("The premium plan costs 99 dollars a month.", TITLES),
    ("The premium plan costs 99 dollars a month.", UNLIKE),
    ("The premium plan costs 99 dollars.", SECTIONS),
    ("The attic room costs 40 euros.", TABLE),
    ("The attic room costs 40 euros.", COLUMNS),
    ("The premium plan costs 99 dollars.", LIST),
    ("The premium plan costs 99 dollars.", FIELDS),
    ("The premium plan costs 99 dollars.", SENTENCE),
    ("The basic plan costs 199 dollars.", SENTENCE),
    ("Plan B costs 99 dollars.", LETTERS),
    ("Tier 3 has 5 seats.", TIERS),
    ("In April the shop sold 40 tickets.", MONTHS),
    ("The 2025 cohort has 12 teams.", COHORTS),
    ("高级套餐每月99元。", 套餐),
    ("每月99元的是高级套餐。", 套餐),
    ("第三期课程收费800元。", 课程),
    ("阁楼会议室可容纳12人。", 房间),
    ("4月活动来了40人。", 月份),
    (
        "The standard course takes 22 weeks.",
        hits(("标准课程", "标准课程需要18周。"), ("年度课程", "年度课程需要22周。")),
    ),
    (
        "年度课程需要18周。",
        hits(("Courses", "The standard course takes 18 weeks. The annual course takes 22 weeks.")),
    ),
]


@pytest.mark.parametrize(("said", "found"), MISTAKEN)
def test_a_figure_of_another_thing_is_marked_whatever_is_cited(rules, said, found):
    for marks in [f"[{hit.rank}]" for hit in found] + ["".join(f"[{hit.rank}]" for hit in found)]:
        sentence, _ = shown(rules, f"{said} {marks}", found)
        assert not sentence.supported, marks
        assert sentence.reason


RIGHT = [
    ("The premium plan costs 199 dollars a month.", PAGES, 2),
    ("199 dollars a month is what the premium plan costs.", PAGES, 2),
    ("The plan costs 199 dollars a month.", PAGES, 2),
    ("The premium plan costs 199 dollars a month.", TITLES, 2),
    ("The premium plan costs 199 dollars a month.", UNLIKE, 2),
    ("The attic room has 20 seats and costs 60 euros.", TABLE, 1),
    ("The attic room costs 60 euros.", COLUMNS, 1),
    ("The basic plan costs 99 dollars and the premium plan 199 dollars.", SENTENCE, 1),
    ("The premium plan costs 199 dollars, the basic plan 99 dollars.", LIST, 1),
    ("Plan B costs 199 dollars.", LETTERS, 2),
    ("Tier 3 has 9 seats.", TIERS, 1),
    ("In April the shop sold 70 tickets.", MONTHS, 1),
    ("The 2025 cohort has 18 teams.", COHORTS, 1),
    ("高级套餐每月199元。", 套餐, 2),
    ("每月199元的是高级套餐。", 套餐, 2),
    ("第三期课程收费900元。", 课程, 1),
    ("阁楼会议室可容纳20人。", 房间, 1),
    ("4月活动来了70人。", 月份, 1),
    ("The deluxe plan costs 199 dollars a month.", PAGES, 2),
    (
        "年度课程需要22周。",
        hits(("Courses", "The standard course takes 18 weeks. The annual course takes 22 weeks.")),
        1,
    ),
]


@pytest.mark.parametrize(("said", "found", "rank"), RIGHT)
def test_its_own_figure_in_other_words_is_supported(rules, said, found, rank):
    sentence, cited = shown(rules, f"{said} [{rank}]", found)
    assert sentence.supported, sentence.reason
    assert cited == [rank]


def test_the_reason_names_the_figure_and_quotes_what_is_told_of_the_thing(rules):
    sentence, _ = shown(rules, "The premium plan costs 99 dollars a month. [1]", PAGES)
    assert "99 dollars" in sentence.reason
    assert "“The premium plan costs 199 dollars a month.”" in sentence.reason


def test_a_citation_is_moved_to_the_page_about_the_same_thing_alone(rules):
    sentence, cited = shown(rules, "The premium plan costs 199 dollars a month. [1]", PAGES)
    assert sentence.supported
    assert cited == [2]


def test_two_sources_that_differ_about_one_thing_are_no_mistake(rules):
    found = hits(
        ("Premium plan 2025", "The premium plan costs 99 dollars a month."),
        ("Premium plan 2026", "The premium plan costs 199 dollars a month."),
    )
    sentence, cited = shown(rules, "The premium plan costs 99 dollars a month. [1]", found)
    assert sentence.supported
    assert cited == [1]


@pytest.mark.parametrize(
    ("said", "other"),
    [
        (
            "The premium plan costs 99 dollars a month.",
            ("Basic plan", "The basic plan costs 99 dollars a month."),
        ),
        ("The attic room has 12 seats.", ("Rooms", "The garden room has 12 seats.")),
        ("高级套餐每月99元。", ("基础套餐", "基础套餐每月99元。")),
    ],
)
def test_a_citation_is_never_moved_to_another_thing_where_its_own_is_not_found(rules, said, other):
    found = hits(("Refunds", "A refund takes 14 days."), other)
    sentence, cited = shown(rules, f"{said} [1]", found)
    assert not sentence.supported
    assert cited == [1]
