"""Notices: a fact a line, no full stops."""

from __future__ import annotations

import pytest
from web_made import message

from ingest.parsing.notices import is_notice

LABELLED = "【沙龙】如何定价\n时间：12月5日 14:00-16:30\n地点：海曙书房二楼\n票价：早鸟 39 元，现场 59 元\n停车：书房后院\n"
SIGNS = (
    "🔥【融资夜话 第 17 期】🔥\n\n🕖 时间：11月14日 19:00\n🎤 嘉宾：\n   · 周允之，看过 3000 份 BP\n   · 沈慕\n"
    "🎟️ 票价：现场 99 元｜成长会员免费\n"
)
ENGLISH = (
    "Founders Night\nThursday 5 December, 19:00\nDock Hall, Pier 9\nTickets 15 euros at the door, members free\n"
    "Parking behind the hall\n"
)


@pytest.mark.parametrize(
    ("text", "title", "line", "label"),
    [
        (LABELLED, "【沙龙】如何定价", "票价：早鸟 39 元，现场 59 元", "L4"),
        (SIGNS, "【融资夜话 第 17 期】", "🎟️ 票价：现场 99 元｜成长会员免费", "L7"),
        (ENGLISH, "Founders Night", "Tickets 15 euros at the door, members free", "L4"),
    ],
    ids=["labels", "signs", "English"],
)
def test_each_line_is_a_unit_under_the_title(read, text, title, line, label):
    found = {passage.text: passage for passage in read("poster.txt", text).passages}
    assert found[line].headings == (title,)
    assert found[line].anchor.label == label


@pytest.mark.parametrize(("name", "part"), [("poster.md", ""), ("poster.eml", "body · ")])
@pytest.mark.parametrize(
    ("text", "title", "line", "label"),
    [
        (LABELLED, "【沙龙】如何定价", "票价：早鸟 39 元，现场 59 元", "L4"),
        (ENGLISH, "Founders Night", "Tickets 15 euros at the door, members free", "L4"),
    ],
    ids=["labels", "English"],
)
def test_so_it_is_in_a_mail_and_in_markdown(read, name, part, text, title, line, label):
    content = bytes(message(text)) if name.endswith(".eml") else text
    found = {passage.text: passage for passage in read(name, content).passages}
    assert found[line].headings == (title,)
    assert found[line].anchor.label == f"{part}{label}"


def test_what_is_indented_stays_with_its_line(read):
    assert "🎤 嘉宾：\n   · 周允之，看过 3000 份 BP\n   · 沈慕" in read("poster.txt", SIGNS).texts


@pytest.mark.parametrize(
    "text",
    [
        "We count the months that the money lasts, and\nthen we ask the customers what they would\npay"
        " for it; only after that is the time to\nhire anybody for sales.\n",
        "我们先算账上还剩几个月的钱，再去问客户愿意付\n多少，然后才谈招人的事，因为招来的人没有客户\n也卖不出去。\n",
        "Count months.\nThen weeks.\nThen days.\n",
        "One line.\n",
        "",
    ],
)
def test_prose_is_no_notice(text):
    assert not is_notice(text)


def test_a_long_text_costs_no_time():
    assert not is_notice("线\n" * 500_000)


def test_lines_of_a_notice_in_a_message_are_sentences_of_their_own():
    from kb.text import sentences

    for text, line in (
        (LABELLED, "票价：早鸟 39 元，现场 59 元"),
        (SIGNS, "🎟️ 票价：现场 99 元｜成长会员免费"),
    ):
        assert line in [text[start:end] for start, end in sentences(text)]
    card = "Breakfast\n*When:* Friday 08:30\n*Price:* 12 euros, coffee included"
    assert card[slice(*sentences(card)[-1])] == "*Price:* 12 euros, coffee included"
