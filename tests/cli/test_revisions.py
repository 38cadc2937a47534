"""Corrections and decisions: the later word is answered with, and the earlier one named as such."""

from __future__ import annotations

import pytest

CHAT = """\
2026-10-12 09:12:33 林婉清
导师日还剩 2 个名额，要的抢

2026-10-12 09:20:00 郑一帆
11月3日的分享会在会议室 5 楼，晚上7点开始

2026-10-13 22:40:05 小满
打印机在前台旁边

2026-11-02 09:50:00 Lily
分享会的会议室改到 3 楼

2026-11-02 09:52:00 小满
收到
"""
MAIL = """\
From: Jo <jo@example.org>
Date: Mon, 2 Nov 2026 10:00:00 +0000
Subject: Spring fair

The spring fair takes place in the Harbour Hall.

Parking is free for members.

Correction: the spring fair takes place in the Market Hall.
"""
MINUTES = """\
# 理事会 2026-03-04

- 提案：会员年费从 3000 元涨到 4000 元。
- 会员年费涨价的提案被否决。
- 提案：大厅周末对会员开放。
- 大厅周末开放的提案一致通过。
"""
THREAD = """\
2026-03-01 09:00:00 Ana
The demo night starts at 18:30 in the loft

2026-03-01 09:30:00 Bo
Please bring your own laptop

2026-03-02 11:00:00 Ana
demo night moved to the cellar, same time
"""
ASKED = """\
2026-02-10 10:00:00 林婉清
社里那台公用服务器的备份放每周日凌晨3点，大家有意见吗

2026-02-10 10:06:00 小满
没意见

2026-03-19 15:02:00 林婉清
备份和压测撞过一次，以后挪到周三凌晨2点半，周日那个停掉
"""
CLOSING = """\
04/09/2026, 17:40 - Ana: I suggest we shut the workshop at 20:00, neighbours complained
04/09/2026, 17:52 - Bo: 20:00 is brutal. 21:00 and no saws after 19:00?
04/09/2026, 17:58 - Cy: Landlord is fine with that. 21:00, saws off at 19:00, starts Monday
"""
BUDGET = """\
2026-06-03 10:20:15 小满
茶歇预算我建议报2000元，够150人

2026-06-03 10:22:40 郑一帆
超标了，免费活动减半

2026-06-03 10:23:02 林婉清
茶歇批1500元
"""
KEY_CARDS = """\
From: Ana <ana@example.org>
To: Bo <bo@example.org>, Cy <cy@example.org>
Subject: Re: what to charge for a lost key card
Date: Wed, 3 Jun 2026 11:05:00 +0000
Content-Type: text/plain; charset=utf-8

Fine, $15 it is, from Monday. I'll put up a sign.

On 3 Jun 2026, Bo wrote:
> A card costs us nine dollars. I'd ask for 15.
>
> On 2 Jun 2026, Cy wrote:
>> People lose their cards. I suggest $25 for each lost card, and no mercy.
"""


@pytest.mark.parametrize(
    ("name", "text", "question", "settled", "proposed"),
    [
        ("chat.txt", CLOSING, "what time does the workshop shut", "21:00", "I suggest"),
        ("群.txt", BUDGET, "茶歇的预算是多少", "1500", "2000"),
        ("mail.eml", KEY_CARDS, "what do we charge for a lost key card", "$15", "$25"),
    ],
)
def test_what_came_of_a_proposal_in_a_conversation_answers(
    kb, folder, name, text, question, settled, proposed
):
    (folder / name).write_text(text, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", question).json
    assert settled in answer["answer"]
    assert proposed not in answer["answer"]


@pytest.mark.parametrize(
    ("name", "text", "question", "stands", "earlier"),
    [
        ("群.txt", CHAT, "分享会在几楼", "改到 3 楼", "此前：郑一帆: 11月3日的分享会在会议室 5 楼"),
        ("群.txt", CHAT, "分享会几点开始", "晚上7点", None),
        ("mail.eml", MAIL, "where is the spring fair", "Market Hall", "Earlier: The spring fair"),
        ("纪要.md", MINUTES, "会员年费涨到多少", "否决", "此前：提案：会员年费"),
        ("纪要.md", MINUTES, "大厅周末对会员开放吗", "大厅周末", None),
        ("群.txt", ASKED, "公用服务器几点做备份", "周三凌晨2点半", None),
        ("chat.txt", THREAD, "where is the demo night", "cellar", "Earlier: Ana: The demo night"),
        ("chat.txt", THREAD, "when does the demo night start", "18:30", None),
    ],
)
def test_the_later_word_comes_first(kb, folder, name, text, question, stands, earlier):
    (folder / name).write_text(text, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", question).json
    first, *others = answer["sentences"]
    assert stands in first["text"]
    assert [s["text"] for s in others if s["text"].startswith(("此前", "Earlier"))] == (
        [s["text"] for s in others if s["text"].startswith(earlier)] if earlier else []
    )
    if earlier:
        assert any(s["text"].startswith(earlier) and s["citations"] for s in others)


def test_what_nothing_shows_to_be_changed_is_left_alone(kb, folder):
    (folder / "群.txt").write_text(CHAT.replace("分享会的会议室改到", "早餐会改到"), "utf-8")
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", "分享会在几楼").json
    assert "此前" not in answer["answer"]


@pytest.mark.parametrize(
    ("first", "later", "when", "who", "day", "name"),
    [
        (
            "# 理事会 2026-04-12\n\n屋顶翻修由阿禾负责，8 月 31 日前完工。\n",
            "# 理事会 2026-05-10\n\n屋顶翻修的完工日期由8月31日推迟到9月20日，预算不变。\n",
            "屋顶翻修啥时候完工",
            "屋顶翻修由谁负责",
            "9月20日",
            "阿禾",
        ),
        (
            "# Council 2026-04-12\n\nWren repairs the roof; it is done by 31 August.\n",
            "# Council 2026-05-10\n\nThe roof repair was moved from 31 August to September 20.\n",
            "when is the roof repair done",
            "who repairs the roof",
            "September 20",
            "Wren",
        ),
    ],
)
def test_a_day_that_another_file_changed(kb, folder, first, later, when, who, day, name):
    (folder / "minutes-2026-04-12.md").write_text(first, "utf-8")
    (folder / "minutes-2026-05-10.md").write_text(later, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    sentences = kb("ask", "--format", "json", "--no-log", when).json["sentences"]
    assert day in sentences[0]["text"]
    before = [s["text"] for s in sentences if s["text"].startswith(("此前", "Earlier"))]
    assert len(before) == 1
    # Who does it is not said to have changed.
    answer = kb("ask", "--format", "json", "--no-log", who).json["answer"]
    assert name in answer
    assert not any(word in answer for word in ("此前", "Earlier"))


def test_a_day_beside_a_moved_one_has_not_become_it(kb, folder):
    (folder / "poster.md").write_text(
        "# Fair\n\nThe spring fair is on 3 May in the hall.\n", "utf-8"
    )
    later = "# Notes\n\nThe spring fair was moved to 3 May, tickets until 1 May.\n"
    (folder / "notes.md").write_text(later, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", "when is the spring fair").json["answer"]
    assert "3 May" in answer
    assert "Earlier" not in answer


@pytest.mark.parametrize(
    ("name", "text", "question", "stands"),
    [
        (
            "通知.html",
            "<html><body><p>各位社员：半山仓自 7 月 13 日起关闭，期间请到青禾楼办公。</p>"
            "<p>咖啡机会搬到青禾楼，猫不会搬。</p></body></html>",
            "半山仓关闭期间去哪里办公",
            "青禾楼办公",
        ),
        (
            "纪要.md",
            "# 理事会 2026-03-08\n\n## 一、年费\n\n方屿提议年费涨到 2,680 元。表决：维持现价，赞成 7，弃权 1。\n\n"
            "## 二、补贴\n\n方屿提议补贴提到 350 元。讨论后改为 300 元。表决：赞成 8，弃权 1。\n",
            "年费涨价表决结果如何",
            "维持现价",
        ),
        (
            "minutes.md",
            "# Council 2026-03-10\n\n## Dues\n\nIdris proposed to raise the dues to $560. "
            "Vote: keep the dues as they are, 7 for, 1 abstained.\n\n"
            "## Mentors\n\nSaoirse proposed $70. The sum was changed to $60. "
            "Vote: 8 for, 1 abstained.\n",
            "what was the vote on raising the dues",
            "keep the dues",
        ),
    ],
)
def test_what_is_said_of_something_else_revises_nothing(kb, folder, name, text, question, stands):
    (folder / name).write_text(text, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", question).json["answer"]
    assert stands in answer
    assert not any(word in answer for word in ("此前", "Earlier"))


def test_a_correction_under_a_heading_of_its_own_counts(kb, folder):
    (folder / "fair.md").write_text(
        "# Fair\n\n## Place\n\nThe spring fair takes place in the Harbour Hall.\n\n"
        "## Correction\n\nThe spring fair was moved to the Market Hall.\n",
        "utf-8",
    )
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--format", "json", "--no-log", "where is the spring fair").json
    assert "Market Hall" in answer["sentences"][0]["text"]
    assert "Earlier: The spring fair" in answer["answer"]
