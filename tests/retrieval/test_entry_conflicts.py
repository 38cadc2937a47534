"""Questions that plainly ask for different things never match, and a figure written otherwise is
the same figure.
"""

from __future__ import annotations

import pytest

from kb.glossary import glossary
from retrieval.question.same_question import conflicts


@pytest.fixture(scope="module")
def known(glossary_folder):
    return glossary([glossary_folder])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Who leads the lantern circle?", "When does the lantern circle meet?"),
        ("灯笼小组由谁带？", "灯笼小组什么时候聚？"),
        ("How much is a desk?", "Where is the desk?"),
        ("What did the 2023 fair cost?", "What did the 2024 fair cost?"),
        ("3 个月的会员多少钱？", "3 年的会员多少钱？"),
        ("Can a group have 1,000 members?", "Can a group have 10,000 members?"),
        ("灯笼会的会费多少钱？", "灯笼会的会费可以分期付吗？"),
        ("How much is the lantern circle's fee?", "灯笼会的会费可以分期付吗？"),
        ("Where does the lantern circle meet?", "How often does the lantern circle meet?"),
        (
            "What is the largest grant of the harbour fund?",
            "What is the minimum grant that the harbour fund gives?",
        ),
        ("港湾基金最多资助多少钱？", "What is the minimum grant of the harbour fund?"),
        ("Is tea free at the boathouse?", "Is parking free at the boathouse?"),
        ("船坞可以带狗进来吗？", "船坞可以带小孩进来吗？"),
        ("When does my boathouse close?", "When does the kitchen close?"),
    ],
)
def test_different_things_are_asked(known, asked, answered):
    assert conflicts(asked, answered, known)
    assert conflicts(answered, asked, known)


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
        ("How much is the membership price?", "How much is the membership fee?"),
        ("Is parking at the boathouse free?", "Is parking free at the boathouse?"),
        ("Is parkking free at the boathouse?", "Is parking free at the boathouse?"),  # misspelt
        ("灯笼会的会费可以分几次付吗？", "灯笼会的会费可以分期付吗？"),
        ("灯笼会的资料存在哪里，安全吗？", "灯笼会的资料存在什么地方？"),
        ("Can you tell me who leads the lantern circle?", "Who leads the lantern circle?"),
        ("灯笼会什么时候聚？", "How often does the lantern circle meet?"),
    ],
)
def test_the_same_may_be_asked(known, asked, answered):
    assert not conflicts(asked, answered, known)
    assert not conflicts(answered, asked, known)
