"""Which message of a chat answers which."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ingest.parsing import replies
from ingest.parsing.messages import Message
from kb.asking import asks

NOON = datetime(2026, 5, 1, 12)


def said(*turns: str) -> list[Message]:
    """Messages a minute apart, each written as `Author: text`."""
    pairs = (turn.split(": ", 1) for turn in turns)
    return [
        Message(str(n), author, NOON + timedelta(minutes=n), text, n, n)
        for n, (author, text) in enumerate(pairs)
    ]


def answered(messages: list[Message]) -> list[int | None]:
    return replies.answered(messages, [asks(each.text) for each in messages])


@pytest.mark.parametrize(
    ("turns", "links"),
    [
        (("甲: 商标找谁便宜", "乙: 知行，一个类别 600"), [None, 0]),
        (("A: anyone know a bookkeeper", "B: Bluestone, 900 a month", "C: or Harbour"), [None, 0, 0]),
        (
            ("甲: 电子签哪个便宜", "乙: 周四的停车怎么走", "丙: 电子签用青签，一年 2400", "丁: 停车走地下二层"),
            [None, None, 0, 1],
        ),
        (
            ("A: which payroll tool do you use", "B: is the venue open on Sunday", "C: payroll: Brightbooks",
             "D: the venue opens at nine on Sunday"),
            [None, None, 0, 1],
        ),
        (("甲: 发票怎么开", "乙: 年会在哪", "丙: @甲 找财务"), [None, None, 0]),
        (("A: when is demo day", "B: who brings the cake", "C: @A the 5th"), [None, None, 0]),
        (("甲: 早", "乙: 早"), [None, None]),
    ],
)  # fmt: skip
def test_an_answer_is_linked_to_its_question(turns, links):
    assert answered(said(*turns)) == links


def test_a_question_waits_no_longer_than_two_days():
    before, after = said("甲: 商标找谁", "乙: 知行")
    late = Message("9", "乙", NOON + timedelta(days=3), "知行", 9, 9)
    assert answered([before, late]) == [None, None]
    assert answered([before, after]) == [None, 0]


def test_a_long_chat_takes_time_in_proportion():
    import time

    def seconds(count: int) -> float:
        turns = (
            f"P{n % 50}: {'有人知道' if n % 7 == 0 else ''}第 {n} 条 消息 说 点 什么 都 好"
            for n in range(count)
        )
        began = time.process_time()
        answered(said(*turns))
        return time.process_time() - began

    seconds(200)
    assert seconds(8000) < 12 * seconds(2000)


def test_words_of_a_hostile_length_are_harmless():
    turns = said(f"甲: {'@' * 100_000}有人知道吗", f"乙: {'知' * 100_000}", "丙: 好")
    assert answered(turns)[0] is None
