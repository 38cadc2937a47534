"""A message of a chat is cited by itself: its own time, author and link, whatever stands beside it."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

WECHAT = """\
2026-11-02 09:00:10 阿斌
早

2026-11-02 09:25:40 小满
商标代理青禾，一个类别 600

2026-11-02 09:50:00 Lily
会议室改到 3 楼
"""


def discord() -> str:
    def message(number, minute, author, text, **more):
        return {
            "id": str(number),
            "type": "Default",
            "timestamp": f"2026-09-01T09:{minute:02}:00+00:00",
            "content": text,
            "author": {"id": "7", "name": author, "nickname": author},
            "attachments": [],
            "embeds": [],
            **more,
        }

    card = {"title": "Pitch night", "fields": [{"name": "Fee", "value": "15 euros at the door"}]}
    return json.dumps(
        {
            "guild": {"id": "1", "name": "Harbour Founders"},
            "channel": {"id": "22", "name": "news"},
            "messages": [
                message(100, 0, "Leo", "Coworking passes drop to 90 euros a month."),
                message(101, 5, "calbot", "", embeds=[card]),
                message(102, 6, "Leo", "see you there"),
            ],
        }
    )


def slack() -> str:
    def message(second, user, text):
        ts = f"{1777636800 + second}.000100"
        link = f"https://example.slack.com/archives/C1/p{ts.replace('.', '')}"
        profile = {"real_name": user}
        return {
            "type": "message",
            "user": user,
            "ts": ts,
            "text": text,
            "user_profile": profile,
            "permalink": link,
        }

    said = [
        message(0, "Ines", "The garage closes at 23:15."),
        message(60, "Jo", "The visa clinic moved to Wednesday."),
        message(120, "Ines", "Bring a laptop."),
    ]  # fmt: skip
    return json.dumps(said)


def spreadsheet() -> bytes:
    book = openpyxl.Workbook()
    for row in (
        ("时间", "发送人", "消息内容"),
        ("2026-11-02 09:00:10", "阿斌", "早"),
        ("2026-11-02 09:50:00", "Lily", "会议室改到 3 楼"),
    ):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


MAILBOX = """\
From leo@example.org Tue Sep  1 09:00:00 2026
From: Leo <leo@example.org>
Date: Tue, 1 Sep 2026 09:00:00 +0000
Subject: Passes
Message-ID: <1@example.org>

Coworking passes drop to 90 euros a month.

From kim@example.org Tue Sep  1 09:05:00 2026
From: Kim <kim@example.org>
Date: Tue, 1 Sep 2026 09:05:00 +0000
Subject: Pitch night
Message-ID: <2@example.org>

The fee for pitch night is 15 euros at the door.

"""


def issue() -> str:
    def said(number, minute, author, body):
        return {
            "url": f"https://example.org/a/b/issues/4#{number}",
            "author": {"login": author},
            "createdAt": f"2026-09-01T09:{minute:02}:00Z",
            "body": body,
        }

    replies = [said(2, 5, "jo", "是旧版的问题。"), said(3, 9, "kim", "押金一栏在 2.4 版里补上了。")]
    return json.dumps(
        {**said(1, 0, "leo", "导出少了押金一栏"), "title": "押金", "comments": replies}
    )


@pytest.mark.parametrize(
    ("name", "text", "question", "at", "speaker", "url"),
    [
        ("群.txt", WECHAT, "会议室改到几楼", "2026-11-02 09:50", "Lily", None),
        (
            "news.json",
            discord(),
            "what is the fee for pitch night",
            "2026-09-01 09:05",
            "calbot",
            "https://discord.com/channels/1/22/101",
        ),
        (
            "2026-05-01.json",
            slack(),
            "when is the visa clinic",
            "2026-05-01 12:01",
            "Jo",
            "https://example.slack.com/archives/C1/p1777636860000100",
        ),
        ("群.xlsx", spreadsheet(), "会议室改到几楼", "2026-11-02 09:50", "Lily", None),
        ("list.mbox", MAILBOX, "what is the fee for pitch night", "2026-09-01 09:05", "Kim", None),
        (
            "issue.json",
            issue(),
            "押金一栏在哪一版补上了",
            "2026-09-01 09:09",
            "kim",
            "https://example.org/a/b/issues/4#3",
        ),
    ],
)
def test_the_citation_is_of_the_very_message(kb, folder, name, text, question, at, speaker, url):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    kb.embedder = "builtin"  # which reads the sentences, and quotes the one
    assert kb("ingest", folder).code == 0
    (citation, *_) = kb("ask", "--format", "json", "--no-log", question).json["citations"]
    anchor = citation["anchor"]
    assert (anchor["at"], anchor.get("speaker"), citation["url"]) == (at, speaker, url)
