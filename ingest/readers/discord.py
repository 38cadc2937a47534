"""Discord: a channel as DiscordChatExporter writes it to JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ingest.parsed import File, Parsed
from ingest.parsing.json_walk import Walk, first_items
from ingest.parsing.messages import (
    Message,
    from_iso,
    in_order,
    labelled,
    mapping,
    mappings,
    string,
    with_files,
)
from ingest.parsing.records import Record
from ingest.parsing.threads import as_chat

_SAID = ("Default", "Reply")  # all other types tell who joined, what was pinned


def fits(file: File) -> bool:
    """Whether it is a mapping with a server, a channel, and messages with authors. Raises
    Unreadable.
    """
    head = file.text[:10_000]
    if '"guild"' not in head or '"channel"' not in head:
        return False
    walk = Walk(file.text)
    for key in walk.members():
        if key == "messages":
            return walk.opens == "[" and all(
                "author" in mapping(each) for each in first_items(walk, 1)
            )
    return False


def read(file: File) -> Parsed:
    """Read a channel."""
    about: dict[str, Any] = {}
    said: list[Message] = []
    walk = Walk(file.text)
    for key in walk.members():
        if key == "messages":
            said += _messages(walk, mapping(about.get("guild")), mapping(about.get("channel")))
        else:
            about[key] = walk.value()
    walk.end()
    name = string(mapping(about.get("channel")).get("name"))
    meta = {
        "channel": name,
        "category": string(mapping(about.get("channel")).get("category")),
        "server": string(mapping(about.get("guild")).get("name")),
    }
    return as_chat(in_order(said), f"#{name}" if name else "", meta)


def _messages(
    walk: Walk, guild: Mapping[str, Any], channel: Mapping[str, Any]
) -> Iterator[Message]:
    links = _links(string(guild.get("id")), string(channel.get("id")))
    for record in walk.records():
        message = mapping(record.value)
        if message.get("type") in _SAID:
            yield _message(record, message, string(channel.get("id")), links)


def _message(record: Record, message: Mapping[str, Any], channel: str, links: str) -> Message:
    author = mapping(message.get("author"))
    number = string(message.get("id"))
    reference = mapping(message.get("reference"))
    here = message.get("type") == "Reply" and string(reference.get("channelId")) in ("", channel)
    files = [string(each.get("fileName")) for each in mappings(message.get("attachments"))]
    return Message(
        id=number,
        author=string(author.get("nickname")) or string(author.get("name")),
        at=from_iso(message.get("timestamp")),
        text=with_files(_text(message), files),
        first=record.first,
        last=record.last,
        thread=string(reference.get("messageId")) if here else None,
        url=links + number if links and number.isdigit() else None,
    )


def _text(message: Mapping[str, Any]) -> str:
    """What it says; of one that only passes on another message, or shows cards as bots do, what
    those say.
    """
    said = string(message.get("content")) or string(
        mapping(message.get("forwardedMessage")).get("content")
    )
    if said:
        return said
    pieces: list[Any] = []
    for each in mappings(message.get("embeds")):
        pieces += [each.get("title"), each.get("description")]
        pieces += [
            labelled(string(field.get("name")), string(field.get("value")))
            for field in mappings(each.get("fields"))
        ]
    return "\n".join(filter(None, map(string, pieces)))


def _links(guild: str, channel: str) -> str:
    """What the permalinks of a channel begin with. Direct messages are in no server: the exporter
    gives it as 0.
    """
    if not (guild.isdigit() and channel.isdigit()):
        return ""
    return f"https://discord.com/channels/{'@me' if guild == '0' else guild}/{channel}/"
