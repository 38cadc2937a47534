"""Chats for the tests of their readers."""

from __future__ import annotations

import json


def dumped(value: object, indent: int | None = 1) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def said(
    number: int, minute: int, author: str, text: str, answers: int | None = None, **more: object
) -> dict:
    """A message of Discord's, so many minutes after noon."""
    message = {
        "id": str(number),
        "type": "Default" if answers is None else "Reply",
        "timestamp": f"2026-05-01T{12 + minute // 60:02}:{minute % 60:02}:30.125+00:00",
        "content": text,
        "author": {"id": "9", "name": author.lower(), "nickname": author, "isBot": False},
        "attachments": [],
        "embeds": [],
        "mentions": [],
    }
    if answers is not None:
        message["reference"] = {"messageId": str(answers), "channelId": "222", "guildId": "111"}
    return {**message, **more}


def server(*messages: dict, **more: object) -> str:
    return dumped(
        {
            "guild": {"id": "111", "name": "Founders"},
            "channel": {
                "id": "222",
                "type": "GuildTextChat",
                "category": "Talk",
                "name": "pricing",
            },
            "messages": messages,
            **more,
        }
    )


PEOPLE = {"U1": "Ines Valcourt", "U2": "苏禾"}


def wrote(ts: float, user: str, text: str, **more: object) -> dict:
    """A message of Slack's; 1777636800 is noon of the first of May 2026 in UTC."""
    named = (
        {"user_profile": {"real_name": PEOPLE[user], "name": user.lower()}}
        if user in PEOPLE
        else {}
    )
    return {
        "type": "message",
        "user": user,
        "ts": f"{1777636800 + ts:.6f}",
        "text": text,
        **named,
        **more,
    }


def sent(number: int, minute: int, author: str | None, text: object, **more: object) -> dict:
    return {
        "id": number,
        "type": "message",
        "date": f"2026-05-01T{12 + minute // 60:02}:{minute % 60:02}:30",
        "date_unixtime": str(1777629600 + minute * 60),
        "from": author,
        "from_id": "user7",
        "text": text,
        "text_entities": [],
        **more,
    }


def chat(*messages: dict, **more: object) -> str:
    return dumped(
        {
            "name": "Pricing 定价",
            "type": "private_supergroup",
            "id": 3,
            "messages": messages,
            **more,
        }
    )
