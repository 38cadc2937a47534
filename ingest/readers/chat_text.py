"""Chats as text: what WeChat, QQ, WhatsApp and LINE export, or what is copied from them.

Each writes the head of a message in its own way, all through a file. Numbers and addresses that
stand in brackets behind a name are left out: they are nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import dropwhile, pairwise
from pathlib import PurePath

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.chat_heads import (
    CHAT_WITH,
    INVISIBLE,
    LONGEST_LINE,
    MARKS,
    MOST_ABOVE,
    Day,
    HeadStyle,
    author_in,
    day_in,
    head_style,
    is_about,
)
from ingest.parsing.messages import Message
from ingest.parsing.quotes import Quotes
from ingest.parsing.threads import as_chat

# --- lines that are no message --------------------------------------------------------------------

_TITLE = re.compile(r".{0,60}(?:聊天[記记][錄录]|トーク履歴|[Cc]hat (?:history|with)).{0,60}")
# What WeChat's mail goes on with.
_RECEIPT = re.compile(r"(?:如下)?[，,]?(?:请查收)?[。.:：]?\Z")
_SYSTEM_NAMES = frozenset(["系统消息", "系統消息"])
_QUOTES = tuple('"“「')  # around the name in a notice
_SYSTEM = re.compile(
    r"[\"“「]?.{0,60}?[\"”」]?[ \t]?"
    r"(?:撤回了一条消息|撤回了一則訊息|已收回訊息|(?:已经)?加入了?(?:本群|群聊)。?|退出了?(?:本群|群聊)。?|被移出(?:本群|群聊)"
    r"|修改群名为.{1,60}|拍了拍.{1,60}|邀请.{1,80}加入了?群聊|通过扫描.{1,80}加入群聊|以上是打招呼的内容"
    r"|joined using (?:this group's|a|your) (?:invite|group) link\.?"
    r"|This message was deleted\.?|You deleted this message\.?"
    r"|Messages and calls are end-to-end encrypted\..{0,200}|unsent a message\.?|がメッセージの送信を取り消しました)"
)
_MEDIA = re.compile(
    rf"{MARKS}(?:\[(?:图片|圖片|照片|表情|动画表情|動畫表情|语音|語音|视频|影片|贴图|貼圖|闪照|拍一拍|名片|写真|スタンプ"
    r"|動画|ボイスメッセージ|Photos?|Stickers?|Videos?|Image|Voice(?: message)?)(?:[:：][^\[\]\n]{1,120})?\]\s?"
    r"|<(?:Media omitted|Medien ausgeschlossen|Médias omis|Multimedia omitido|省略影音内容|省略多媒体文件)>"
    r"|(?:image|video|audio|sticker|GIF|Contact card|document) omitted)+",
    re.I,
)


def fits(file: File) -> bool:
    """Whether the heads of messages are what gives the text its form."""
    return head_style(file.text) is not None


# --- reading it -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A message as it is gathered, line by line: (number, text). Without `clock`: what no message's
    head is above.
    """

    first: int
    channel: str = ""
    name: str = ""
    day: Day | None = None
    clock: time | None = None
    half: str = ""
    system: bool = False
    lines: list[tuple[int, str]] = field(default_factory=list)


def read(file: File) -> Parsed:
    """Read a chat. Raises Unreadable for a text that is none."""
    folder = (
        PurePath(file.path).parent.name.removesuffix(".zip")
        if PurePath(file.name).stem == "_chat"
        else ""  # WhatsApp calls every chat so, and its archive by its name
    )
    return chat(file.text, folder)


def chat(text: str, title: str = "", origins: Origins | None = None) -> Parsed:
    """The chat that a text holds, called `title` where it says no name itself. `origins` tells where
    its lines stand, if not in a file of that text.

    Raises Unreadable for a text that is none.
    """
    style = head_style(text)
    if style is None:
        raise Unreadable("no chat: no messages with names and times in it")
    said: list[tuple[Message, Day | None]] = []
    halves: set[str] = set()
    for draft in _drafts(text, style):
        halves.add(draft.half)
        if message := _message(draft):
            said.append((message, draft.day))
    order = _order(dict.fromkeys(day for _, day in said if day), halves)
    channels = list(dict.fromkeys(message.channel for message, _ in said if message.channel))
    name = channels[0] if len(channels) == 1 else ""
    quotes = Quotes()
    dated = (
        replace(
            _without_quote(message, quotes),
            at=_moment(message.at, day, order),
            channel="" if name else message.channel,
        )
        for message, day in said
    )
    placed = map(origins.placed, dated) if origins else dated
    above = _title([message for message, _ in said[:MOST_ABOVE]])
    return as_chat(placed, name or above or title, {"channel": name})


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the lines of a text stand in their source: the number of each there, and the `part` of
    the source.
    """

    rows: Sequence[int]
    part: str | None = None

    def placed(self, message: Message) -> Message:
        """A message with the lines of its source."""
        first, last = self.rows[message.first - 1], self.rows[message.last - 1]
        rows = tuple(self.rows[row - 1] for row in message.rows)
        return replace(message, first=first, last=last, rows=rows, part=self.part)


def _drafts(text: str, style: HeadStyle) -> Iterator[_Draft]:
    """Each message, and what stands above and between them."""
    draft = _Draft(1)
    day: Day | None = None
    channel = above = ""
    started = False
    for number, line in _numbered(text):
        match = style.head(line, above)
        above = line
        if match:
            started = True
            yield draft
            draft = _opened(match, number, day, channel)
        elif found := style.date(line):
            yield draft
            day, draft = found, _Draft(number, channel)
        elif style.is_header(line) or (not started and is_about(style, line)):
            if chat := CHAT_WITH.fullmatch(line):
                channel = author_in(next(filter(None, chat.groups()), ""))
            yield draft
            draft = _Draft(number, channel)
        else:
            draft.lines.append((number, line))
    yield draft


def _opened(match: re.Match[str], number: int, day: Day | None, channel: str) -> _Draft:
    found = match.groupdict()
    half = re.sub(r"[.\s]", "", found["before"] or found["after"] or "").lower()
    hour = int(found["hour"])
    if hour < 12 and half in ("pm", "下午", "晚上", "午後"):
        hour += 12
    elif hour == 12 and half in ("am", "上午", "凌晨", "午前"):
        hour = 0
    name = author_in(found["name"])
    return _Draft(
        first=number,
        channel=channel,
        name=name,
        day=day_in(match) or day,
        clock=time(hour, int(found["minute"]), int(found["second"] or 0)),
        half=half,
        system=not found["name"] or name in _SYSTEM_NAMES,
        lines=[(number, found["text"])] if "text" in found else [],
    )


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text with their numbers, one at a time."""
    start, number = 0, 1
    while (end := text.find("\n", start)) != -1:
        yield number, text[start:end]
        start, number = end + 1, number + 1
    yield number, text[start:]


def _message(draft: _Draft) -> Message | None:
    """The message, if anybody says anything in it: no picture alone, nothing that the app tells."""
    lines = [
        (row, line.rstrip())
        for row, line in draft.lines
        if line[:1] not in _QUOTES or not _is_notice(line)
    ]
    while lines and not lines[-1][1]:
        lines.pop()
    lines = list(dropwhile(lambda each: not each[1], lines))
    text = "\n".join(line for _, line in lines).strip(INVISIBLE)
    if draft.system or not text or _is_notice(text):
        return None
    if "\n" in text and text[0] == text[-1] == '"':  # so LINE writes what runs over several lines
        text = text[1:-1]
    return Message(
        id=str(draft.first),
        author=draft.name,
        at=draft.clock,
        text=text,
        first=draft.first if draft.clock else lines[0][0],
        last=lines[-1][0],
        thread=None
        if draft.clock
        else f"above {draft.first}",  # what no one says belongs to no conversation
        channel=draft.channel,
        rows=tuple(row for row, _ in lines),
    )


def _without_quote(message: Message, quotes: Quotes) -> Message:
    """The message without the one that it quotes, which it answers."""
    target, start, end = quotes.answered(message.text) if message.at else (None, 0, 0)
    if target:
        own = message.text[start:end]
        above = message.text.count("\n", 0, start) + len(own) - len(own.lstrip("\n"))
        rows = message.rows[above:]
        message = replace(message, text=own.strip(), thread=target, rows=rows)
    if message.at:
        quotes.note(message.author, message.text, message.id)
    return message


def is_placeholder(text: str) -> bool:
    """Whether it stands for a picture or the like, which the app left out."""
    return len(text) <= LONGEST_LINE and _MEDIA.fullmatch(text) is not None


def _is_notice(text: str) -> bool:
    """Whether it is what the app tells, or stands for what it left out."""
    return len(text) <= LONGEST_LINE and bool(_SYSTEM.fullmatch(text) or _MEDIA.fullmatch(text))


def _order(days: Iterable[Day], halves: Collection[str]) -> str:
    """In which order year, month and day are written: the one in which most are days, and time goes
    on.
    """
    written = list(days)
    orders = ["dmy", "mdy", "ymd"]
    if any(halves):
        orders = ["mdy", "dmy", "ymd"] if all(map(str.isascii, halves)) else ["ymd", "mdy", "dmy"]

    def failures(order: str) -> tuple[int, int]:
        dates = [_date(day, order) for day in written]
        known = [each for each in dates if each]
        return len(dates) - len(known), sum(after < before for before, after in pairwise(known))

    return min(orders, key=failures)


def _date(day: Day, order: str) -> date | None:
    """A day, read in that order of year, month and day."""
    parts = dict(zip("ymd" if len(day[0]) == 4 else order, map(int, day), strict=True))
    try:
        return date(parts["y"] + 2000 * (parts["y"] < 100), parts["m"], parts["d"])
    except ValueError:
        return None


def _moment(clock: datetime | time | None, day: Day | None, order: str) -> datetime | time | None:
    known = _date(day, order) if day else None
    return datetime.combine(known, clock) if known and isinstance(clock, time) else clock


def _title(first: Iterable[Message]) -> str:
    """What the text above all messages calls the chat."""
    above = (line for message in first if message.at is None for line in message.text.split("\n"))
    found = next(
        (line for line in above if len(line) <= LONGEST_LINE and _TITLE.fullmatch(line)), ""
    )
    return _RECEIPT.sub("", found.strip("—–─=- \t"))
