"""Messages of chats, and what their readers make them of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import Any

_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Message:
    """One message and the 1-based lines it stands in, `first` to `last`, of the file or of its
    `part`; where `unit` names something else, such as rows, their numbers.

    `at` is local time as the export has it; only a time of day where the export has no date.
    `thread` is the id of the message it answers, `url` its permalink, `channel` the section of the
    chat that it belongs to, where a file has several. `rows` gives the line of each line of `text`,
    where they stand in lines of their own.
    """

    id: str
    author: str
    at: datetime | time | None
    text: str
    first: int
    last: int
    part: str | None = None
    thread: str | None = None
    url: str | None = None
    channel: str = ""
    rows: tuple[int, ...] = ()
    unit: str | None = None


def in_order(messages: Iterable[Message]) -> list[Message]:
    """The messages in order of time; as they come where some have none."""
    listed = list(messages)
    times = [each.at for each in listed if isinstance(each.at, datetime)]
    if len(times) < len(listed) or len({at.tzinfo is None for at in times}) > 1:
        return listed
    return [each for _, _, each in sorted(zip(times, range(len(times)), listed, strict=True))]


def from_epoch(seconds: Any) -> datetime | None:
    """The UTC time of an epoch, given as a number or as its digits."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def from_iso(text: Any) -> datetime | None:
    """The time that an ISO 8601 text tells."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def with_files(text: str, names: Iterable[str]) -> str:
    """A message's text, with a line for each file that came with it."""
    return "\n".join(
        filter(
            None, (text.strip(), *(f"[file: {one_line(file)}]" for file in names if file.strip()))
        )
    )


def labelled(label: str, value: str) -> str:
    """A field of a card as one line, such as `Fee: 15 euros`."""
    label = one_line(label).rstrip(":：")
    return f"{label}: {value}" if label and value else label or value


def string(value: Any) -> str:
    """A JSON value where it is a string, without the white space around it; else nothing."""
    return value.strip() if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON value where it is a mapping; else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a JSON value that is a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


@lru_cache(maxsize=4096)  # each of a chat's authors is asked for at each message
def name(text: str) -> str:
    """A name on one line, cut where it is too long to be one."""
    return one_line(text)[:_LONGEST_NAME].strip()


def one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())
