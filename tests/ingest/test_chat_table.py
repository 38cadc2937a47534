"""Chats as tables: WeChatMsg's CSV and its like."""

from __future__ import annotations

from datetime import datetime

import pytest
from tables_made import workbook

from ingest.parsed import File
from ingest.readers import chat_table

WECHATMSG = """\
localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender
1,4,1,0,0,1792000060,,记账软件有靠谱的吗,2026-10-14 17:47:40,,陈可,wxid_a1
2,4,1,0,0,1792000120,,用青账，每月 35,2026-10-14 17:48:40,,吴梓,wxid_b2
3,4,10000,0,0,1792000121,,吴梓撤回了一条消息,2026-10-14 17:48:41,,,
4,4,3,0,0,1792000130,,<?xml version='1.0'?><msg/>,2026-10-14 17:48:50,,吴梓,wxid_b2
5,4,1,0,1,1792000180,,收到,2026-10-14 17:49:40,,,wxid_me
6,4,49,57,0,1792000900,,,2026-10-14 18:01:40,,吴梓,wxid_b2
"""
DISCORD = """\
AuthorID,Author,Date,Content,Attachments,Reactions
7001,ines,2026-05-01T12:00:00.1230000+00:00,who does the payroll?,,
7002,jo,2026-05-01T12:04:00.0000000+00:00,"Brightbooks,
40 a month",,
7001,ines,2026-05-01T12:05:00.0000000+00:00,thanks,,
"""
CHINESE = """\
时间,发送人,消息内容
2026/5/1 12:00:00,苏禾,场地能停车吗
2026/5/1 12:03:00,陆鸣,地下两层，前两小时免费
2026/5/1 12:04:00,苏禾,好
"""


@pytest.mark.parametrize(
    ("text", "question", "reply", "label"),
    [
        (WECHATMSG, "陈可: 记账软件有靠谱的吗", "吴梓: 用青账，每月 35", "L3–6 · 2026-10-14 17:48"),
        (DISCORD, "ines: who does the payroll?", "jo: Brightbooks,\n40 a month", "L3–5 · 2026-05-01 12:04"),
        (CHINESE, "苏禾: 场地能停车吗", "陆鸣: 地下两层，前两小时免费", "L3–4 · 2026-05-01 12:03"),
    ],
    ids=["WeChatMsg", "DiscordChatExporter", "Chinese columns"],
)  # fmt: skip
def test_a_chat_in_a_table_is_one_conversation(read, text, question, reply, label):
    reading = read("群.csv", text)
    asked, answered = reading.passages
    assert reading.document.kind == "transcript"
    assert asked.text == question
    assert answered.text.startswith(reply)
    assert answered.context == question.partition(": ")[2]
    assert answered.anchor.label == label
    assert answered.meta["asked_by"] == question.partition(":")[0]


def test_ids_of_accounts_are_shown_nowhere(read):
    reading = read("群.csv", WECHATMSG)
    shown = f"{reading.texts} {reading.document.meta} {[p.meta for p in reading.passages]}"
    assert "wxid" not in shown
    assert "TalkerId" not in shown
    assert reading.document.meta["speakers"] == ["陈可", "吴梓", "我"]


def test_notices_pictures_and_empty_messages_are_left_out(read):
    whole = "".join(read("群.csv", WECHATMSG).texts)
    assert "撤回" not in whole
    assert "xml" not in whole


def test_a_quoted_message_is_what_is_answered(read):
    text = (
        "StrTime,NickName,StrContent\n2026-10-14 17:40:00,陈可,年会在哪\n2026-10-14 17:41:00,吴梓,发票怎么开\n"
        '2026-10-14 17:42:00,林婉清,"找财务\n引用：吴梓：发票怎么开"\n2026-10-14 17:43:00,周允之,"海曙书房\n引用：陈可：年会在哪"\n'
    )
    found = {passage.text: passage.context for passage in read("群.csv", text).passages}
    assert found["林婉清: 找财务"] == "发票怎么开"
    assert found["周允之: 海曙书房"] == "年会在哪"


@pytest.mark.parametrize(
    "text",
    [
        "date,author,title,content\n2026-05-01 12:00,Ines,Runway,Count.\n2026-05-02 12:00,Ines,Price,Ask.\n",
        "name,city,notes\nInes,Oslo,seats\nJo,Berlin,desks\n",
        "date,name,text\n2026-05-01,Ines,Count.\n2026-05-02,Ines,Ask.\n",
        "start,end,speaker,text\n0,1,Ines,Count.\n1,2,Jo,Ask.\n",
    ],
)
def test_other_tables_are_no_chats(text):
    assert not chat_table.fits(File("a.csv", text.encode()))


WEFLOW = [
    ["会话信息"],
    ["微信ID", "70001@chatroom", None, "昵称", "滨江创业者"],
    ["导出工具", "WeFlow", "导出版本", "0.0.2", "平台", "wechat"],
    [
        "序号",
        "时间",
        "发送者昵称",
        "发送者微信ID",
        "发送者备注",
        "群昵称",
        "发送者身份",
        "消息类型",
        "内容",
    ],
    [
        1,
        "2026-10-14 18:03:00",
        "阿可",
        "wxid_a1",
        "陈可",
        None,
        "陈可",
        "文本消息",
        "记账软件有靠谱的吗",
    ],
    [2, "2026-10-14 18:04:00", "阿可", "wxid_a1", "陈可", None, "陈可", "图片消息", "[图片]"],
    [
        3,
        "2026-10-14 18:05:00",
        "吴梓",
        "wxid_b2",
        None,
        None,
        "吴梓",
        "文本消息",
        "用青账，每月 35",
    ],
]
QQ = [
    ["序号", "时间", "发送者", "消息类型", "消息内容", "是否撤回", "资源数量"],
    [1, "2026/10/14 18:03:00", "陈可", "文本消息", "记账软件有靠谱的吗", "否", 0],
    [2, "2026/10/14 18:04:00", "陈可", "文本消息", "[图片: a1.jpg]", "否", 1],
    [3, "2026/10/14 18:05:00", "吴梓", "回复消息", "用青账，每月 35", "否", 0],
]
ENGLISH = [
    ["Sender", "Sent at", "Message"],
    ["Ines", datetime(2026, 10, 14, 18, 3), "who does the payroll?"],
    ["Ines", datetime(2026, 10, 14, 18, 4), " "],
    ["Jo", datetime(2026, 10, 14, 18, 5), "Brightbooks, 40 a month"],
]


@pytest.mark.parametrize(
    ("rows", "question", "reply", "row"),
    [
        (WEFLOW, "陈可: 记账软件有靠谱的吗", "吴梓: 用青账，每月 35", 7),
        (QQ, "陈可: 记账软件有靠谱的吗", "吴梓: 用青账，每月 35", 4),
        (ENGLISH, "Ines: who does the payroll?", "Jo: Brightbooks, 40 a month", 4),
    ],
    ids=["WeFlow", "QQ Chat Exporter", "English, with dates as dates"],
)
def test_a_chat_in_a_spreadsheet_is_read_as_one_in_csv(read, rows, question, reply, row):
    reading = read("群.xlsx", workbook(("记录", rows)))
    asked, answered = reading.passages
    assert (asked.text, answered.text) == (question, reply)
    assert answered.context == question.partition(": ")[2]
    assert answered.anchor.label.startswith(f"记录 · row {row} · 2026-10-14 18:05")
    assert "wxid" not in f"{reading.texts} {reading.document.meta}"


def test_each_sheet_of_a_spreadsheet_may_hold_a_chat(read):
    chats = {"meetup": ENGLISH, "记录": QQ, "统计": [["发送者", "条数"], ["陈可", 2]]}
    reading = read("chats.xlsx", workbook(*chats.items()))
    assert {passage.anchor.part for passage in reading.passages} == {"meetup", "记录"}
    assert reading.document.meta["speakers"] == ["Ines", "陈可", "Jo", "吴梓"]


def test_a_column_that_names_the_chat_parts_them(read):
    rows = "时间,发送者,聊天,类型,内容\n2026-10-14 18:03,陈可,活动组,文本,场地能停车吗\n"
    rows += "2026-10-14 18:04,Jo,财务组,文本,发票周五前交\n2026-10-14 18:05,吴梓,活动组,文本,地下两层免费\n"
    reading = read("群.csv", rows)
    assert {(p.headings, p.text) for p in reading.passages} == {
        (("活动组",), "陈可: 场地能停车吗"),
        (("活动组",), "吴梓: 地下两层免费"),
        (("财务组",), "Jo: 发票周五前交"),
    }


def test_a_spreadsheet_of_other_records_is_no_chat(read):
    rows = [
        ["Owner", "Date", "Amount"],
        ["Ines", "2026-10-14 18:03", 3],
        ["Jo", "2026-10-15 18:03", 4],
    ]
    assert read("sales.xlsx", workbook(("Sales", rows))).document.kind == "doc"
