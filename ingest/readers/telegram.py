"""Telegram: a chat as Telegram Desktop exports it to JSON, or the groups and channels of a whole
account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.json_walk import Walk, first_items
from ingest.parsing.messages import (
    Message,
    from_epoch,
    from_iso,
    mapping,
    mappings,
    string,
    with_files,
)
from ingest.parsing.threads import as_chat

_ACCOUNT = ("chats", "left_chats")
_SHARED = (
    "group",
    "channel",
)  # what the types of chats end with that are not between two, or with oneself
_NO_FILE = ("sticker", "animation", "voice_message", "video_message")
_PUBLIC = re.compile(r"https://t\.me/\w+", re.A)


def fits(file: File) -> bool:
    """Whether it is a mapping with Telegram's messages, or with a list of chats that have them.
    Raises Unreadable.
    """
    if '"messages"' not in file.text:
        return False
    walk = Walk(file.text)
    for key in walk.members():
        if key == "messages":
            return any(map(_is_message, first_items(walk, 5)))
        if key in _ACCOUNT:
            return any(
                inner == "messages"
                for _ in _lists(walk)
                for _ in walk.items()
                for inner in walk.members()
            )
    return False


def _lists(walk: Walk) -> Iterator[None]:
    """Stands before the list of chats in that part of an account."""
    for key in walk.members():
        if key == "list":
            yield


def _is_message(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("type") in ("message", "service")
        and "date" in item
        and "id" in item
    )


def read(file: File) -> Parsed:
    """Read a chat; of a whole account, its groups and channels. Raises Unreadable for one of
    private chats only.
    """
    walk = Walk(file.text)
    about: dict[str, Any] = {}
    said: list[Message] = []
    chats = 0
    for key in walk.members():
        if key == "messages":
            said += _messages(walk, "", _links(file))
        elif key in _ACCOUNT:
            for chat, its in _chats(walk, key):
                chats += 1
                said += its if string(chat.get("type")).endswith(_SHARED) else ()
        else:
            about[key] = walk.value()
    walk.end()
    if chats and not said:
        raise Unreadable("only private chats in it: export one by itself to have it read")
    name = string(about.get("name"))
    return as_chat(said, name, {"channel": name})


def _chats(walk: Walk, prefix: str) -> Iterator[tuple[Mapping[str, Any], list[Message]]]:
    """Each chat of a part of an account: what is told of it, and its messages."""
    for _ in _lists(walk):
        for number, _ in enumerate(walk.items()):
            about: dict[str, Any] = {}
            said: list[Message] = []
            for key in walk.members():
                if key == "messages":
                    said += _messages(walk, f"{prefix}/{number}/")
                else:
                    about[key] = walk.value()
            name = string(about.get("name"))
            yield (
                about,
                [
                    replace(each, channel=" / ".join(filter(None, (name, each.channel))))
                    for each in said
                ],
            )


def _links(file: File) -> str:
    """What the permalinks of a public chat begin with, where its address is given: exports don't
    have it.
    """
    match = _PUBLIC.fullmatch(string(file.given.get("url")).rstrip("/"))
    return f"{match[0]}/" if match else ""


def _messages(walk: Walk, prefix: str, links: str = "") -> Iterator[Message]:
    """What was said in a chat. In a forum, whatever answers a topic's opening, or an answer to it,
    is of that topic.
    """
    openings: set[str] = set()
    topics: dict[str, str] = {}
    for record in walk.records():
        message = mapping(record.value)
        number = _number(message.get("id"))
        answered = (
            _number(message.get("reply_to_message_id")) if "reply_to_peer_id" not in message else ""
        )
        if message.get("action") == "topic_created":
            openings.add(number)
            topics[number] = string(message.get("title"))
        elif answered in topics:
            topics[number] = topics[answered]
        if message.get("type") == "message":
            yield Message(
                id=prefix + number,
                author=string(message.get("from")),
                at=from_iso(message.get("date")) or from_epoch(message.get("date_unixtime")),
                text=with_files(_text(message), _files(message)),
                first=record.first,
                last=record.last,
                thread=prefix + answered if answered and answered not in openings else None,
                url=links + number if links and number else None,
                channel=topics.get(number, ""),
            )


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) else ""


def _text(message: Mapping[str, Any]) -> str:
    """What it says, with the targets of links; of a poll, its question and answers."""
    text = message.get("text")
    said = "".join(map(_piece, text)) if isinstance(text, list) else string(text)
    poll = mapping(message.get("poll"))
    asked = [
        string(poll.get("question")),
        *(string(each.get("text")) for each in mappings(poll.get("answers"))),
    ]
    source = string(message.get("forwarded_from"))
    whole = "\n".join(filter(None, (said.strip(), *asked)))
    return f"[forwarded from {source}] {whole}" if source and whole else whole


def _piece(piece: Any) -> str:
    if isinstance(piece, str):
        return piece
    text, target = mapping(piece).get("text"), mapping(piece).get("href")
    if not isinstance(text, str):
        return ""
    return f"{text} ({target})" if isinstance(target, str) and target and target != text else text


def _files(message: Mapping[str, Any]) -> list[str]:
    """The name of the file that came with it; pictures and voices have none that anybody gave them."""
    if message.get("media_type") in _NO_FILE:
        return []
    path = string(message.get("file"))
    description = (
        "" if path.startswith("(") else PurePath(path).name
    )  # in brackets: why it was not exported
    return [string(message.get("file_name")) or string(message.get("title")) or description]
