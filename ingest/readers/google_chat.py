"""Google Chat: the messages of a space, as Google Takeout has them in `messages.json`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.json_walk import Walk, first_items
from ingest.parsing.messages import Message, in_order, mapping, mappings, string, with_files
from ingest.parsing.threads import as_chat

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WRITTEN = re.compile(  # newer exports have a narrow space before AM and PM
    r"\w+, (\w{3})\w* (\d{1,2}), (\d{4}) at (\d{1,2}):(\d\d):(\d\d)\s([AP])M UTC"
)


def fits(file: File) -> bool:
    """Whether it is a list of messages with creators. Raises Unreadable."""
    if '"creator"' not in file.text or '"created_date"' not in file.text:
        return False
    walk = Walk(file.text)
    for key in walk.members():
        if key == "messages":
            return any("creator" in mapping(each) for each in first_items(walk, 1))
    return False


def read(file: File) -> Parsed:
    """Read a space. Raises Unreadable for direct messages, which are private."""
    folder = PurePath(file.path or file.name).parent.name
    if folder.startswith("DM "):
        raise Unreadable("direct messages of Google Chat, which are private")
    said: list[Message] = []
    walk = Walk(file.text)
    for key in walk.members():
        if key == "messages":
            said += _messages(walk)
    walk.end()
    return as_chat(in_order(said))


def _messages(walk: Walk) -> Iterator[Message]:
    first_of: dict[str, str] = {}
    for record in walk.records():
        message = mapping(record.value)
        author = mapping(message.get("creator"))
        number = string(message.get("message_id")) or f"L{record.first}"
        topic = string(message.get("topic_id")) or number
        quoted = string(mapping(message.get("quoted_message_metadata")).get("message_id"))
        opening = first_of.setdefault(topic, number)
        files = (
            string(each.get("original_name")) for each in mappings(message.get("attached_files"))
        )
        yield Message(
            id=number,
            author=string(author.get("name")),
            at=_moment(string(message.get("created_date"))),
            text=with_files(string(message.get("text")), files),
            first=record.first,
            last=record.last,
            thread=quoted or (opening if opening != number else None),
        )


def _moment(written: str) -> datetime | None:
    """`Tuesday, May 12, 2026 at 3:17:52 PM UTC`, whatever the locale of this process."""
    match = _WRITTEN.fullmatch(written)
    if match is None or match[1].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[1].lower()) + 1
    hour = int(match[4]) % 12 + 12 * (match[7] == "P")
    try:
        return datetime(
            int(match[3]), month, int(match[2]), hour, int(match[5]), int(match[6]), tzinfo=UTC
        )
    except ValueError:
        return None
