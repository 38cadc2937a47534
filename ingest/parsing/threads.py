"""Chats: messages become threads and conversations, and those a transcript. Shared by all readers
of chats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from ingest.parsed import Composer, Parsed, Unreadable
from ingest.parsing.messages import Message, name
from ingest.parsing.replies import answered
from kb.asking import asks, gist, only_asks
from kb.types import Anchor, Place

PAUSE = timedelta(minutes=30)  # a longer one ends a conversation
_DAY = timedelta(days=1)
_ABSENT = "?"  # begins the key of a thread whose first message is not in the export


def as_chat(
    messages: Iterable[Message], title: str = "", meta: Mapping[str, Any] | None = None
) -> Parsed:
    """A transcript with a block for each message. Raises Unreadable without any message.

    A message with all that answer it, and what answers those, is a thread; the rest are
    conversations, which a pause ends and a thread in between does not. A question is a group, and
    what answers it another, which is found with the question; no group runs over two days. Messages
    come in order; `channel` in `meta` is what the chat is called.
    """
    whole = {key: value for key, value in (meta or {}).items() if value}
    chat = name(str(whole.get("channel", "")))
    composer = Composer()
    group = 0
    said = [message for message in messages if message.text.strip()]
    for section, its in _sections(said).items():
        path = tuple(filter(None, (chat, section)))
        for thread in _threads(its):
            for part in _parts(thread):
                group = _add(composer, part, group, path)
    if not said:
        raise Unreadable("no messages in it")
    speakers = list(dict.fromkeys(author for each in said if (author := name(each.author))))
    dates = [each.at.date() for each in said if isinstance(each.at, datetime)]
    found = {"speakers": speakers, "date": min(dates).isoformat() if dates else ""}
    return composer.parsed(
        "transcript", title, "", {**{key: value for key, value in found.items() if value}, **whole}
    )


def _sections(said: Sequence[Message]) -> dict[str, list[Message]]:
    sections: dict[str, list[Message]] = {}
    for each in said:
        sections.setdefault(name(each.channel), []).append(each)
    return sections


# --- threads --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Thread:
    """Messages that belong together; `linked` where they answer one another, and do not merely
    follow each other.
    """

    messages: list[Message]
    linked: bool


def _threads(said: Sequence[Message]) -> list[_Thread]:
    """The threads and conversations, in order of their first messages."""
    keys = _keys(said)
    chains: dict[str, list[Message]] = {}
    for key, each in zip(keys, said, strict=True):
        chains.setdefault(key, []).append(each)
    threads: list[_Thread] = []
    talk: list[Message] = []
    for key, each in zip(keys, said, strict=True):
        chain = chains[key]
        if len(chain) > 1 or key.startswith(_ABSENT):
            threads += [_Thread(chain, linked=True)] if each is chain[0] else []
        elif talk and not _apart(talk[-1].at, each.at):
            talk.append(each)
        else:
            talk = [each]
            threads.append(_Thread(talk, linked=False))
    return threads


def _keys(said: Sequence[Message]) -> list[str]:
    """For each message what names its thread, the same for all messages of one."""
    keys: list[str] = []
    named: dict[str, str] = {}
    targets = answered(said, [asks(each.text) for each in said])
    for number, (each, target) in enumerate(zip(said, targets, strict=True)):
        if target is not None:
            key = keys[target]
        elif each.thread and each.thread != each.id:
            key = named.setdefault(each.thread, f"{_ABSENT}{each.thread}")
        else:
            key = named.get(each.id, str(number))
        named[each.id] = key
        keys.append(key)
    return keys


def answers(said: Sequence[Message]) -> Iterator[tuple[str, str]]:
    """For each message, the gist of the question that it answers and who asked; both empty where it
    answers none.
    """
    for target in answered(said, [asks(each.text) for each in said]):
        asked = None if target is None else said[target]
        yield (gist([asked.text]), name(asked.author)) if asked else ("", "")


def reply_context(earlier: Sequence[Message], reply: Message) -> tuple[str, str]:
    """(what a message is found with, who asked that) of one that answers `earlier` messages, which
    lie apart from it; nobody where the first of them asks nothing.
    """
    *_, part = _parts(_Thread([*earlier, reply], linked=True))
    return part.context or gist([earlier[0].text]), str(part.facts.get("asked_by", ""))


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


# --- what of a thread stands together -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """Messages that may share a passage, what they are found with, and what is known of them."""

    messages: list[Message]
    context: str
    facts: Mapping[str, Any]


def _parts(thread: _Thread) -> Iterator[_Part]:
    """A thread by days and parts of the export, its questions apart from what answers them."""
    messages = thread.messages
    began = {"thread": _time(messages[0])} if thread.linked and len(messages) > 1 else {}
    if not began or not any(asks(each.text) for each in _lead(messages)):
        for number, its in enumerate(_by_day(messages)):
            unanswered = {"turn": "question"} if all(only_asks(each.text) for each in its) else {}
            context = gist([messages[0].text]) if number and began else ""
            yield _Part(its, context, {**began, **unanswered})
        return
    context = first = ""
    for run, asking in _runs(messages):
        role = {"turn": "question"} if asking else {"asked_by": name(messages[0].author)}
        facts = {**began, **role}
        for its in _by_day(run):
            yield _Part(its, context, facts)
        if asking:
            own = gist([each.text for each in run])
            first = first or own
            context = own if own == first else f"{first}\n{own}"


def _lead(messages: Sequence[Message]) -> list[Message]:
    """What the first author says before anybody else does."""
    others = (n for n, each in enumerate(messages) if each.author != messages[0].author)
    return list(messages[: next(others, len(messages))])


def _runs(messages: Sequence[Message]) -> Iterator[tuple[list[Message], bool]]:
    """(messages, whether they ask) of a thread that begins with a question: what asks and is
    answered by another, and what stands between.
    """
    run = _lead(messages)
    yield run, True
    rest = messages[len(run) :]
    replies: list[Message] = []
    for each, following in zip(rest, [*rest[1:], None], strict=False):
        if following and following.author != each.author and asks(each.text):
            if replies:
                yield replies, False
            yield [each], True
            replies = []
        else:
            replies.append(each)
    if replies:
        yield replies, False


def _by_day(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """The messages, apart where a day or a part of the export ends."""
    its: list[Message] = []
    for each in messages:
        if its and (each.part != its[-1].part or _another_day(its[-1].at, each.at)):
            yield its
            its = []
        its.append(each)
    if its:
        yield its


def _another_day(before: datetime | time | None, after: datetime | time | None) -> bool:
    if not (isinstance(before, datetime) and isinstance(after, datetime)):
        return False
    return before.date() != after.date()


# --- passages -------------------------------------------------------------------------------------


def _add(composer: Composer, part: _Part, group: int, path: tuple[str, ...]) -> int:
    """Add the messages of a part as blocks of one group; gives the next group."""
    for each in part.messages:
        text, places = _with_places(each)
        author, at = name(each.author) or None, _shown(each.at) or None
        lines = Anchor("lines", each.first, each.last, author)
        anchor = replace(lines, unit=each.unit, part=each.part, at=at)
        facts = {
            "author": [author] if author else [],
            "time": at.replace(" ", "T") if at else "",
            "url": each.url,
            "channel": path[-1] if path else "",
            **part.facts,
        }
        meta = {key: value for key, value in facts.items() if value}
        composer.add(text, anchor, group, path, places, meta, context=part.context)
    return group + 1


def _with_places(message: Message) -> tuple[str, tuple[Place, ...]]:
    """A message as a passage has it, its author first, and where each of its lines stands."""
    author = name(message.author)
    text = f"{author}: {message.text}" if author else message.text
    places: list[Place] = []
    offset = 0
    for number, (line, row) in enumerate(zip(text.split("\n"), message.rows, strict=False)):
        places.append((offset, row if number else message.first, row))
        offset += len(line) + 1
    return text, tuple(places)


def _time(message: Message) -> str:
    """`2026-05-01T12:34`, or `12:34`."""
    return "T".join(_shown(message.at).split())


def _shown(at: datetime | time | None) -> str:
    """`2026-05-01 12:34`, or `12:34`."""
    if at is None:
        return ""
    return at.isoformat(" ")[:16] if isinstance(at, datetime) else at.isoformat("minutes")
