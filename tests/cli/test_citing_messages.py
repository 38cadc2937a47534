"""A message of a chat is cited by itself: its own time, author and link, whatever stands beside it."""

from __future__ import annotations

import json

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
    ],
)
def test_the_citation_is_of_the_very_message(kb, folder, name, text, question, at, speaker, url):
    (folder / name).write_text(text)
    kb.embedder = "builtin"  # which reads the sentences, and quotes the one
    assert kb("ingest", folder).code == 0
    (citation, *_) = kb("ask", "--format", "json", "--no-log", question).json["citations"]
    anchor = citation["anchor"]
    assert (anchor["at"], anchor.get("speaker"), citation["url"]) == (at, speaker, url)
