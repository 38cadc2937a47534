"""Chats: messages become threads and conversations, and those a transcript. Shared by all readers
of chats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from ingest.parsed import Composer, Parsed, Unreadable
from kb.types import Anchor, Place

PAUSE = timedelta(minutes=30)  # a longer one ends a conversation
_DAY = timedelta(days=1)
_MOST_AUTHORS = 30  # every passage carries them
_LONGEST_NAME = 120

# --- messages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message and the 1-based lines it stands in, `first` to `last`, of the file or of its
    `part`.

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
            None, (text.strip(), *(f"[file: {_one_line(name)}]" for name in names if name.strip()))
        )
    )


def string(value: Any) -> str:
    """A JSON value where it is a string, without the white space around it; else nothing."""
    return value.strip() if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON value where it is a mapping; else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a JSON value that is a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


# --- threads --------------------------------------------------------------------------------------


def as_chat(
    messages: Iterable[Message], title: str = "", meta: Mapping[str, Any] | None = None
) -> Parsed:
    """A transcript with a block for each message, a group for each thread. Raises Unreadable
    without any message.

    A message with all that answer it, and what answers those, is a thread; the rest are
    conversations, which a pause ends and a thread in between does not. Messages come in order;
    `channel` in `meta` is what the chat is called.
    """
    whole = {key: value for key, value in (meta or {}).items() if value}
    name = _name(str(whole.get("channel", "")))
    composer = Composer()
    group = 0
    said = [message for message in messages if message.text.strip()]
    for section, its in _sections(said).items():
        path = tuple(filter(None, (name, section)))
        for thread in _threads(its):
            group = _add(composer, thread, group, path)
    if not said:
        raise Unreadable("no messages in it")
    speakers = list(dict.fromkeys(author for each in said if (author := _name(each.author))))
    dates = [each.at.date() for each in said if isinstance(each.at, datetime)]
    found = {"speakers": speakers, "date": min(dates).isoformat() if dates else ""}
    return composer.parsed(
        "transcript", title, "", {**{key: value for key, value in found.items() if value}, **whole}
    )


def _sections(said: Sequence[Message]) -> dict[str, list[Message]]:
    sections: dict[str, list[Message]] = {}
    for each in said:
        sections.setdefault(_name(each.channel), []).append(each)
    return sections


def _threads(said: Sequence[Message]) -> list[list[Message]]:
    """The threads and conversations, in order of their first messages."""
    roots = _roots(said)
    chains: dict[str, list[Message]] = {}
    threads: list[list[Message]] = []
    talk: list[Message] = []
    for each in said:
        if each.id in roots:
            root = roots[each.id]
            if root not in chains:
                chains[root] = []
                threads.append(chains[root])
            chains[root].append(each)
        elif talk and not _apart(talk[-1].at, each.at):
            talk.append(each)
        else:
            talk = [each]
            threads.append(talk)
    return threads


def _roots(said: Sequence[Message]) -> dict[str, str]:
    """What the thread of each message that answers, or is answered, began with; it need not be in
    the export.
    """
    answered = {each.id: each.thread for each in said if each.thread and each.thread != each.id}
    roots: dict[str, str] = {}
    for each in answered:
        trail: dict[str, None] = {}
        here = each
        while (
            here in answered and here not in roots and here not in trail
        ):  # damaged exports go in circles
            trail[here] = None
            here = answered[here]
        roots.update(dict.fromkeys(trail, roots.get(here, here)))
    roots.update({root: root for root in set(roots.values())})
    return roots


def _apart(before: datetime | time | None, after: datetime | time | None) -> bool:
    """Whether a pause lies between two times, as far as they can be told apart."""
    if isinstance(before, datetime) and isinstance(after, datetime):
        if (before.tzinfo is None) != (after.tzinfo is None):
            before, after = before.replace(tzinfo=None), after.replace(tzinfo=None)
        return abs(after - before) > PAUSE
    if isinstance(before, time) and isinstance(after, time):
        return (_since_midnight(after) - _since_midnight(before)) % _DAY > PAUSE
    return False


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _add(composer: Composer, thread: Sequence[Message], group: int, path: tuple[str, ...]) -> int:
    """Add a thread's blocks, a group for each part of the export that it runs through; gives the
    next group.
    """
    authors = list(dict.fromkeys(_name(each.author) for each in thread))
    facts = {
        "author": [author for author in authors if author][:_MOST_AUTHORS],
        "time": "T".join(_shown(thread[0].at).split()),
        "url": thread[0].url,
        "channel": path[-1] if path else "",
    }
    meta = {key: value for key, value in facts.items() if value}
    speaker = authors[0] or None if len(authors) == 1 else None
    part = thread[0].part
    for each in thread:
        if each.part != part:
            group, part = group + 1, each.part
        text, places = _with_places(each)
        anchor = Anchor(
            "lines", each.first, each.last, speaker, part=part, at=_shown(each.at) or None
        )
        composer.add(text, anchor, group, path, places, meta)
    return group + 1


def _with_places(message: Message) -> tuple[str, tuple[Place, ...]]:
    """A message as a passage has it, its author first, and where each of its lines stands."""
    author = _name(message.author)
    text = f"{author}: {message.text}" if author else message.text
    places: list[Place] = []
    offset = 0
    for number, (line, row) in enumerate(zip(text.split("\n"), message.rows, strict=False)):
        places.append((offset, row if number else message.first, row))
        offset += len(line) + 1
    return text, tuple(places)


def _shown(at: datetime | time | None) -> str:
    """`2026-05-01 12:34`, or `12:34`."""
    if at is None:
        return ""
    return at.isoformat(" ")[:16] if isinstance(at, datetime) else at.isoformat("minutes")


def _name(text: str) -> str:
    return _one_line(text)[:_LONGEST_NAME].strip()


def _one_line(text: str) -> str:
    return " ".join(text.split())
