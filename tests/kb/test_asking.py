"""Whether somebody asks, without a question mark."""

from __future__ import annotations

import pytest

from kb.asking import asks, gist


@pytest.mark.parametrize(
    "text",
    [
        "公司注册地址可以用住宅吗",
        "求推荐靠谱的记账公司",
        "法大大和青签哪个便宜，我们一年 300 份合同",
        "有没有人用过共享办公",
        "高企认定的截止时间有人知道吗",
        "社保代缴找谁",
        "想问下大家 办公室押金一般几个月",
        "anyone know a good accountant in Utrecht",
        "hi all, what do you use for payroll",
        "looking for recommendations for a lawyer",
        "is there parking at the venue",
        "Has the date moved",
        "那么请孙校长给大家谈一谈这个问题",
        "don't we have a spare key",
        "你是明天到对吧",
        "Why?",
        "行吗？",
    ],
)
def test_a_question_is_known_without_its_mark(text):
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "收到",
        "杭州可以，要居委会盖章；上海不行",
        "会议室改到 3 楼",
        "什么之类的都可以带",
        "我们怎么都行。",
        "thanks, that helps",
        "Try Helen at Bluestone, 900 a month",
        "I know what they charge.",
        "The printer is jammed, don't feed it",
        "那换到三楼吧，时间照旧",
        "",
    ],
)
def test_a_statement_is_none(text):
    assert not asks(text)


def test_the_gist_is_what_is_asked_and_what_leads_to_it():
    assert (
        gist(["我们 MRR 刚到 6 万。", "第一个销售什么时候招"])
        == "我们 MRR 刚到 6 万。 第一个销售什么时候招"
    )
    long = "We count the months. " * 30
    assert gist([f"{long}Who sets prices? Thanks."]).endswith("Who sets prices?")
    assert len(gist([f"{long}Who sets prices?"])) <= 200
