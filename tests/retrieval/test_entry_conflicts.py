"""Questions that plainly ask for different things never match, and a figure written otherwise is the same figure."""

from __future__ import annotations

import pytest

from retrieval.curated import conflicts


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Who leads the lantern circle?", "When does the lantern circle meet?"),
        ("灯笼小组由谁带？", "灯笼小组什么时候聚？"),
        ("How much is a desk?", "Where is the desk?"),
        ("What did the 2023 fair cost?", "What did the 2024 fair cost?"),
        ("3 个月的会员多少钱？", "3 年的会员多少钱？"),
        ("Can a group have 1,000 members?", "Can a group have 10,000 members?"),
    ],
)
def test_different_things_are_asked(asked, answered):
    assert conflicts(asked, answered)
    assert conflicts(answered, asked)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Can a group have 1,000 members?", "Can a group have 1000 members?"),
        ("群里能超过1万人吗？", "群里能超过10000人吗？"),
        ("３个月的会员多少钱？", "3 个月的会员多少钱？"),
        ("Is the fair in May 2024 open to guests?", "2024年5月的集市对外开放吗？"),
        ("How much is a desk for 3 months?", "How much is a desk?"),  # one may just say more
        ("Which country has the fund?", "Who has the fund?"),  # a country may be either
        ("怎么修改邮箱？", "How do I change my e-mail address?"),
    ],
)
def test_the_same_may_be_asked(asked, answered):
    assert not conflicts(asked, answered)
    assert not conflicts(answered, asked)
