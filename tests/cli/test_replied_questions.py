"""A question that stands in a chat, a thread or a recording is never its own answer: its reply is."""

from __future__ import annotations

import json

import pytest

WECHAT = """2026-11-03 09:00:00 甲-阿斌
公司注册地址可以用住宅吗

2026-11-03 09:12:00 乙-小满
杭州可以，要居委会盖章；上海不行

2026-11-03 15:20:00 丙-Lily
Does anyone know a good accountant who speaks English?

2026-11-03 15:31:00 丁-Wen
Try Helen at Bluestone, 900 a month, she did our audit too
"""
SLACK = [
    {"type": "message", "user": "U1", "ts": "1792000000.0", "text": "which lawyer do you use for term sheets"},
    {"type": "message", "user": "U2", "ts": "1792000300.0", "thread_ts": "1792000000.0", "text": "Okoro & Finch, 250 an hour, two days"},
    {"type": "message", "user": "U3", "ts": "1792000400.0", "text": "The lift is broken until Friday"},
]  # fmt: skip
RECORDING = """WEBVTT

00:00:05.000 --> 00:00:09.000
<v Maya Chen>So how did you find your first ten customers?

00:00:10.000 --> 00:00:16.000
<v Tobias Lind>We stood outside three bakeries for a week and wrote down every order.
"""
SOURCES = {
    "群聊.txt": WECHAT,
    "general.slack.json": json.dumps(SLACK),
    "talk.vtt": RECORDING,
}


@pytest.fixture
def asked(kb, folder):
    for name, text in SOURCES.items():
        (folder / name).write_text(text, "utf-8")
    assert kb("ingest", folder).code == 0
    return lambda question: kb("ask", "--no-log", "--format", "json", question).json


@pytest.mark.parametrize(
    ("question", "reply", "never"),
    [
        ("公司注册地址能用住宅吗", "居委会盖章", "可以用住宅吗"),
        ("Does anyone know an accountant who speaks English", "Helen at Bluestone", "anyone know"),
        ("which lawyer is used for term sheets", "Okoro & Finch", "which lawyer do you"),
        ("how did Tobias find the first ten customers", "three bakeries", "So how did"),
    ],
)
def test_the_reply_is_quoted_and_the_question_is_not(asked, question, reply, never):
    answer = asked(question)
    assert answer["status"] == "answered"
    assert reply in answer["answer"]
    assert never not in answer["answer"]


def test_a_question_without_a_reply_is_no_answer(kb, folder):
    (folder / "群聊.txt").write_text(
        "2026-11-03 09:00:00 甲-阿斌\n办公室搬家有推荐的公司吗\n\n"
        "2026-11-05 18:00:00 丙-Lily\n明天停电\n\n2026-11-05 18:01:00 丁-Wen\n收到\n",
        "utf-8",
    )
    kb("ingest", folder)
    run = kb("ask", "--no-log", "--format", "json", "办公室搬家推荐哪家公司")
    assert run.code == 3
    assert "推荐的公司吗" not in run.json["answer"]


@pytest.mark.parametrize(
    ("name", "text", "question", "told", "never"),
    [
        (
            "群聊.txt",
            "2026-11-04 10:00:00 甲-阿斌\n打印机修好了，搬到了三楼茶水间。谁有多余的A4纸？\n\n"
            "2026-11-04 10:20:00 乙-小满\n我抽屉里有两包\n",
            "打印机搬到哪里了",
            "三楼茶水间",
            "谁有多余",
        ),
        (
            "export.csv",
            "localId,Type,CreateTime,StrContent,StrTime,NickName,Sender\n"
            "1,1,1792000060,新的门禁密码周五生效。有人要领备用卡吗？,2026-10-14 17:47:40,丙,a1\n"
            "2,1,1792000120,我要一张,2026-10-14 17:48:40,丁,b2\n",
            "门禁密码什么时候生效",
            "周五",
            "有人要领",
        ),
        (
            "chat.txt",
            "04/11/2026, 10:00 - Ana: The projector went to the cellar store. Who has the remote?\n"
            "04/11/2026, 10:20 - Bo: On my desk\n",
            "where is the projector",
            "cellar store",
            "Who has",
        ),
    ],
)
def test_who_asks_and_tells_is_quoted_for_what_they_tell(
    kb, folder, name, text, question, told, never
):
    (folder / name).write_text(text, "utf-8")
    kb.embedder = "builtin"
    assert kb("ingest", folder).code == 0
    answer = kb("ask", "--no-log", "--format", "json", question).json["answer"]
    assert told in answer
    assert never not in answer
