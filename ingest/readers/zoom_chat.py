"""The chat of a Zoom meeting, as saved beside its recording or by a participant.

Reactions are left out, and so is whatever was not written to everyone. Times of a recording's chat
count from its start and are anchors; a saved chat has the time of day, so its messages stand in
their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import dropwhile

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.messages import Message, from_iso
from ingest.parsing.threads import answers
from ingest.parsing.turns import Utterance, as_transcript
from kb.types import Anchor

_RECORDED = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})\t(?![ ]*From )[ ]*([^\t\n]{1,120}?)[ ]*:?\t(.*)")
_SAVED = re.compile(
    r"(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2}):(\d{2})[ \t]+(?:From|来自|來自|从|從)[ \t]+(.*)",
    re.I,
)
_TO = re.compile(
    r"((?:(?! : ).){1,120}?)(?:[ \t]+(?:to|到|至)[ \t]+|[ \t]*(?:发送至|发送给|发给|傳送至|傳送給)[ \t]*)"
    r"([^:：]{1,120}?)[ \t]*[:：](.*)",
    re.I,
)
_EVERYONE = frozenset(
    "everyone|everyone in meeting|all participants|all panelists and attendees|meeting group chat"
    "|所有人|每个人|每個人|全体|全體|大家|所有参会者|所有與會者".split("|")
)
_PRIVATE = re.compile(r"[(（](?:direct message|privately|私聊|私信|私訊|直接消息)[)）]", re.I)
_EMOJI = r"[\"“]?[^\w\s\"“]\S{0,20}[\"”]?\s*\Z"
_REACTION = re.compile(
    rf"Reacted to .* with {_EMOJI}|Removed an? .{{1,30}} reaction from "
    # in the client's language
    rf"|[^\W\d_][^\"“”\n]{{2,40}} [\"“][^\n]{{1,40}}\.\.\.[\"”] \w{{1,12}} {_EMOJI}",
    re.S,
)
_REPLY = re.compile(
    r"(?:Replying to|回复|回覆) [\"“].*?[\"”]:?[ \t]*(?:\n|\Z)"
    r"|[^\W\d_][^\"“”\n]{2,30} [\"“][^\n]{1,40}\.\.\.[\"”]\n(?=\n)",
    re.S,
)
_LEVELS = frozenset("error warn warning info debug trace fatal notice critical".split())


@dataclass(frozen=True, slots=True)
class _Message:
    """Seconds from the start, or of the day where `saved`. No speaker: not for everyone. `lines`:
    (number, text).
    """

    date: str
    seconds: int
    speaker: str | None
    saved: bool
    lines: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.lines)


def fits(file: File) -> bool:
    """Whether the file begins with a message as Zoom writes it."""
    head = _head(file.text.lstrip().split("\n", 1)[0], 1)
    return head is not None and str(head.speaker).lower() not in _LEVELS


def read(file: File) -> Parsed:
    """Read a chat. Raises Unreadable without a message to everyone."""
    messages = [
        kept
        for message in _messages(file.text)
        if (kept := _without_marks(message)).speaker and kept.text
    ]
    if not messages:
        raise Unreadable("nothing is said to everyone in it")
    if any(each.date for each in messages) or (messages[0].saved and messages[0].seconds >= 3600):
        return _by_lines(messages)
    return as_transcript(
        Utterance(each.seconds, None, each.speaker, each.text) for each in messages
    )


def _messages(text: str) -> Iterator[_Message]:
    """The messages in file order; lines above the first belong to none."""
    message: _Message | None = None
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        head = _head(line, number)
        if head:
            if message:
                yield replace(message, lines=tuple(lines))
            message, lines = head, list(head.lines)
        else:
            lines.append((number, line.strip()))
    if message:
        yield replace(message, lines=tuple(lines))


def _head(line: str, number: int) -> _Message | None:
    """The message that a line begins, if it does."""
    if match := _RECORDED.match(line):
        *clock, speaker, said = match.groups()
        return _Message("", _seconds(clock), speaker, False, ((number, said.strip()),))
    if match := _SAVED.match(line):
        date, *clock, rest = match.groups()
        speaker, said = _sender(rest)
        return _Message(date or "", _seconds(clock), speaker, True, ((number, said.strip()),))
    return None


def _seconds(clock: Sequence[str]) -> int:
    hours, minutes, seconds = map(int, clock)
    return hours * 3600 + minutes * 60 + seconds


def _sender(rest: str) -> tuple[str | None, str]:
    """Who wrote, and what follows the colon; nobody if it was not for everyone, as far as can be
    told.
    """
    if match := _TO.match(rest):
        name, recipient, said = match.groups()
        return (name.strip() if recipient.strip().lower() in _EVERYONE else None), said
    name, colon, said = rest.replace("：", ":").partition(":")
    return (name.strip() if colon and not _PRIVATE.search(name) else None), rest[len(name) + 1 :]


def _without_marks(message: _Message) -> _Message:
    """The message without what Zoom puts in for replies and, as a whole, for reactions, and without
    blank lines.
    """
    lines = tuple(dropwhile(lambda line: not line[1], message.lines))
    text = "\n".join(line for _, line in lines)
    if _REACTION.match(text):
        lines = ()
    elif reply := _REPLY.match(text):
        lines = lines[reply[0].count("\n") :] if reply.end() < len(text) else ()
    return replace(message, lines=tuple((number, line) for number, line in lines if line))


def _by_lines(messages: Iterable[_Message]) -> Parsed:
    composer = Composer()
    group, before = 0, None
    said = list(messages)
    for message, (context, asker) in zip(said, answers(list(map(_as_sent, said))), strict=True):
        group += (message.speaker, context) != before
        before = message.speaker, context
        places, offset = [], 0
        for number, line in message.lines:
            places.append((offset, number, number))
            offset += len(line) + 1
        hours, minutes = divmod(message.seconds // 60, 60)
        at = f"{message.date} {hours:02d}:{minutes:02d}".strip()
        anchor = Anchor("lines", message.lines[0][0], message.lines[-1][0], message.speaker, at=at)
        meta = {"asked_by": asker} if asker else {}
        composer.add(message.text, anchor, group, (), tuple(places), meta, context=context)
    return composer.parsed("transcript", meta=_speakers(messages))


def _as_sent(message: _Message) -> Message:
    """A message as other chats have it."""
    number, last = (message.lines[place][0] for place in (0, -1))
    at = from_iso(message.date)
    sent = at + timedelta(seconds=message.seconds) if at else None
    return Message(str(number), message.speaker or "", sent, message.text, number, last)


def _speakers(messages: Iterable[_Message]) -> dict[str, list[str]]:
    return {
        "speakers": list(dict.fromkeys(message.speaker for message in messages if message.speaker))
    }
