"""Slack: a day of a channel as its export has it, or a whole channel as `slack_export` puts it
together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.json_walk import Walk, first_items
from ingest.parsing.messages import (
    Message,
    from_epoch,
    in_order,
    labelled,
    mapping,
    mappings,
    string,
    with_files,
)
from ingest.parsing.slack_export import CHANNEL, person, private
from ingest.parsing.threads import as_chat

_SAMPLE = 50
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# What people and apps say; all other kinds of message tell of the channel: who joined, what was
# pinned.
_SAID = frozenset(
    ["", "bot_message", "file_share", "file_comment", "me_message", "thread_broadcast"]
)
_WORKSPACE = re.compile(r"(https://[\w.-]+\.slack\.com)(?:/archives/(\w+))?", re.I)
_ANGLED = re.compile(r"<((?:[@#!]|[a-z][a-z0-9+.-]{1,20}:)[^<>\n]{1,3000})>", re.I)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_FIELD = re.compile(r"\A\*([^*\n]{1,80}?)[:：]?\*[ \t]*\n(.+)", re.S)  # its name in bold above it
_DEEPEST = 6  # lists within quotations within lists


def fits(file: File) -> bool:
    """Whether it is a list of messages as Slack's, or a channel put together from such lists.
    Raises Unreadable.
    """
    walk = Walk(file.text)
    if walk.opens == "{":
        return next(walk.members(), "") == "kb" and walk.value() == CHANNEL
    items = first_items(walk, _SAMPLE)
    return sum(map(_is_message, items)) > len(items) / 2


def _is_message(item: Any) -> bool:
    return (
        isinstance(item, dict) and item.get("type") == "message" and isinstance(item.get("ts"), str)
    )


def read(file: File) -> Parsed:
    """Read a day, or a channel. Raises Unreadable for direct messages, which are private."""
    walk = Walk(file.text)
    if walk.opens == "{":
        return _channel(file, walk)
    path = PurePath(file.path or file.name)
    if private(path.parent.name):
        raise Unreadable("direct messages of a Slack export, which are private")
    is_day = _DAY.fullmatch(path.stem) is not None
    name = path.parent.name if is_day else path.stem
    names: dict[str, str] = {}
    said = list(_messages(walk, names, _links(file, "")))
    title = f"#{name} {path.stem}" if is_day else f"#{name}"
    return as_chat(in_order(_decoded(said, names, {})), title, {"channel": name})


def _channel(file: File, walk: Walk) -> Parsed:
    """A channel with all its days; those that are damaged are left out."""
    about: dict[str, Any] = {}
    names: dict[str, str] = {}
    said: list[Message] = []
    for key in walk.members():
        if key != "days":
            about[key] = walk.value()
            continue
        links = _links(file, string(mapping(about.get("channel")).get("id")))
        for day in walk.members():
            text = string(walk.value())
            try:
                said += list(
                    _messages(Walk(text), names, links, f"{string(about.get('folder'))}/{day}")
                )
            except Unreadable:
                continue
    walk.end()
    channel = mapping(about.get("channel"))
    name = string(channel.get("name"))
    known = {**names, **mapping(about.get("users"))}
    meta = {
        "channel": name,
        "topic": string(channel.get("topic")),
        "purpose": string(channel.get("purpose")),
    }
    return as_chat(
        in_order(_decoded(said, known, mapping(about.get("channels")))), f"#{name}", meta
    )


def _links(file: File, channel: str) -> str:
    """What the permalinks of a channel begin with, where the workspace's address is given and the
    channel known.
    """
    match = _WORKSPACE.match(string(file.given.get("url")))
    channel = channel or (match[2] if match and match[2] else "")
    return f"{match[1]}/archives/{channel}/p" if match and channel else ""


def _messages(
    walk: Walk, names: dict[str, str], links: str, part: str | None = None
) -> Iterator[Message]:
    """What was said, as written, by user ids; `names` takes in the names that stand beside them."""
    for record in walk.records():
        message = mapping(record.value)
        if not _is_message(message) or string(message.get("subtype")) not in _SAID:
            continue
        bot = string(message.get("username")) or string(
            mapping(message.get("bot_profile")).get("name")
        )
        user = string(message.get("user")) or bot or string(message.get("bot_id"))
        if name := person(mapping(message.get("user_profile"))) or bot:
            names.setdefault(user, name)
        ts = string(message.get("ts"))
        thread = string(message.get("thread_ts"))
        files = [
            string(each.get("title")) or string(each.get("name"))
            for each in mappings(message.get("files"))
        ]
        yield Message(
            id=ts,
            author=user,
            at=from_epoch(ts),
            text=with_files(string(message.get("text")) or _apps_text(message), files),
            first=record.first,
            last=record.last,
            part=part,
            thread=thread if thread != ts else None,
            url=string(message.get("permalink"))
            or (links + ts.replace(".", "") if links else None),
        )
    walk.end()


def _apps_text(message: Mapping[str, Any]) -> str:
    """The text of a message that has it in its attachments or blocks only, as those of apps do."""
    pieces: list[Any] = []
    for each in mappings(message.get("attachments")):
        pieces += [each.get("pretext"), each.get("title"), each.get("text") or each.get("fallback")]
        pieces += [
            labelled(string(field.get("title")), string(field.get("value")))
            for field in mappings(each.get("fields"))
        ]
    for each in [] if any(map(string, pieces)) else mappings(message.get("blocks")):
        texts = (each.get("text"), *mappings(each.get("elements")))
        pieces += (
            [_rich(each)]
            if each.get("type") == "rich_text"
            else [mapping(text).get("text") for text in texts]
        )
        fields = (string(field.get("text")) for field in mappings(each.get("fields")))
        pieces += [_FIELD.sub(r"\1: \2", field) for field in fields]
    return "\n".join(filter(None, map(string, pieces)))


def _rich(element: Mapping[str, Any], depth: int = 0) -> str:
    """An element of rich text in Slack's markup."""
    kind = element.get("type")
    if kind == "user":
        return f"<@{string(element.get('user_id'))}>"
    if kind == "link":
        return f"<{string(element.get('url'))}|{string(element.get('text'))}>"
    if isinstance(element.get("text"), str):
        return str(element["text"])
    inner = mappings(element.get("elements")) if depth < _DEEPEST else []
    return ("\n" if kind in ("rich_text", "rich_text_list") else "").join(
        _rich(each, depth + 1) for each in inner
    )


def _decoded(
    said: Iterable[Message], names: Mapping[str, Any], channels: Mapping[str, Any]
) -> Iterator[Message]:
    """The messages with names for ids, and their text without markup."""
    for each in said:
        text = _ANGLED.sub(lambda match: _shown(match[1], names, channels), each.text)
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
        yield replace(each, author=string(names.get(each.author)) or each.author, text=text)


def _shown(angled: str, names: Mapping[str, Any], channels: Mapping[str, Any]) -> str:
    """What stands between angle brackets, as Slack shows it; links with their targets."""
    target, _, label = angled.partition("|")
    mark, rest = target[0], target[1:]
    if mark == "@":
        return f"@{string(names.get(rest)) or label or rest}"
    if mark == "#":
        return f"#{label or string(channels.get(rest)) or rest}"
    if mark == "!":
        return (
            label
            if label and rest.startswith("date^")
            else f"@{label.lstrip('@') or rest.removeprefix('subteam^')}"
        )
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return (
        address
        if label in ("", target, address, address.partition("://")[2])
        else f"{label} ({target})"
    )
