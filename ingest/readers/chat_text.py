"""Chats as text: what WeChat, QQ, WhatsApp and LINE export, or what is copied from them.

Each writes the head of a message in its own way, all through a file. Numbers and addresses that
stand in brackets behind a name are left out: they are nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import dropwhile, pairwise
from pathlib import PurePath

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.threads import Message, as_chat

_Day = tuple[str, str, str]  # year, month and day as written, in whichever order

# --- how heads are written ------------------------------------------------------------------------

_DATE = r"(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
_HALF = "(?:[AaPp]\\.?[ \u202f\u00a0]?[Mm]\\.?|上午|下午|凌晨|早上|中午|晚上|午前|午後)"
_GAP = "[ \u202f\u00a0]?"
_TIME = (
    rf"(?:(?P<before>{_HALF}){_GAP})?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    rf"(?:{_GAP}(?P<after>{_HALF}))?"
)
_MARKS = "[\u200e\u200f\ufeff]*"
_SAYS = (
    r"(?:(?P<name>[^\n:：]{1,60}?)[:：])?(?P<text>[^\n]*)"  # where no name stands, the app says it
)
_HEADS = {
    "brackets": re.compile(rf"{_MARKS}\[{_DATE},?[ \t]{_TIME}\][ \t]*{_SAYS}"),
    "dash": re.compile(rf"{_MARKS}{_DATE},?[ \t]{_TIME}[ \t]-[ \t]{_SAYS}"),
    "line": re.compile(rf"{_TIME}\t(?:(?P<name>[^\t\n]{{1,60}})\t)?(?P<text>[^\n]*)"),
    "qq": re.compile(rf"{_DATE}[ \t]+{_TIME}[ \t]+(?P<name>\S[^\n]{{0,80}}?)[ \t]*"),
    "wechat": re.compile(
        rf"(?!\d+[-/.年月])(?P<name>[^\s:：][^\n:：]{{0,40}}?)[ \t]+(?:{_DATE}[ \t]+)?{_TIME}[ \t]*"
    ),
}
_ABOVE = ("qq", "wechat")  # a head in a line of its own, above what is said
_LONGEST_LINE = 200  # of those that are no message's
_INVISIBLE = (
    " \t\u200e\u200f\u202a\u202c\u2068\u2069\ufeff"  # WhatsApp puts these around names and notices
)

_IDENTITY = re.compile(
    r"[ \t]*(?:[(（](?:\d{5,12}|wxid_\w+|[^()（）\s@]+@[^()（）\s@]+)[)）]|<[^<>\s@]+@[^<>\s@]+>)$"
)
_TELEPHONE = re.compile(r"\+?\d[\d \u00a0().-]{6,}\d")
_RANK = re.compile("^(?:【(?:群主|管理员)】|~[ \u202f\u00a0])")

# --- lines that are no message --------------------------------------------------------------------

_WEEKDAY = r"(?:星期.|[周週].|[一二三四五六]|[日月火水木金土](?:曜日)?|[A-Z][a-z]{2,8})"
_DATE_LINE = re.compile(
    rf"[ \t—–─=-]*(?:{_WEEKDAY},[ \t]*)?(?=\d{{4}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}})"
    r"(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
    rf"[ \t]*[（(]?{_WEEKDAY}?[）)]?[ \t—–─=-]*"
)
_RULED = re.compile(r"[ \t]*[—–─=-]{2}.*[—–─=-]{2}[ \t]*")
_QQ_HEADER = re.compile(r"={20,}|消息(?:记录|分组|对象)[（(:：].*")
_CHAT_WITH = re.compile(
    r"消息对象[:：](?P<qq>.+)"
    r"|\[LINE\] (?:Chat history with (?P<en>.+)|(?P<ja>.+)とのトーク履歴|[與与]?(?P<zh>.+)的聊天[記记][錄录])"
)
_SAVED_ON = re.compile(r"(?:Saved on|保存日時|儲存日期|保存日期)[:：].*")
_TITLE = re.compile(r".{0,60}(?:聊天[記记][錄录]|トーク履歴|[Cc]hat (?:history|with)).{0,60}")
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
    rf"{_MARKS}(?:\[(?:图片|圖片|照片|表情|动画表情|動畫表情|语音|語音|视频|影片|贴图|貼圖|闪照|拍一拍|名片|写真|スタンプ"
    r"|動画|ボイスメッセージ|Photos?|Stickers?|Videos?|Image|Voice(?: message)?)\]\s?"
    r"|<(?:Media omitted|Medien ausgeschlossen|Médias omis|Multimedia omitido|省略影音内容|省略多媒体文件)>"
    r"|(?:image|video|audio|sticker|GIF|Contact card|document) omitted)+",
    re.I,
)

# --- whether it is a chat -------------------------------------------------------------------------

_SAMPLE = 2000  # lines looked at
_MOST_ABOVE = 3  # lines of any kind above the first head
_LEAST_SHARE = {
    "brackets": 0.2,
    "dash": 0.2,
    "line": 0.2,
    "qq": 0.05,
    "wechat": 0.05,
}  # of heads among all lines
_DATELESS_SHARE = 0.6
_FOLLOWED = 0.6
_SPACED = 0.5
_MANY = 8
_DISTINCT = 0.7
_NO_NAME = re.compile(
    r"(?:last )?(?:updated|modified|created|published|posted|date|time|start|end|from|to)(?: (?:on|at))?"
    r"|(?:最后)?(?:更新|发布|创建|修改|会议|开始|结束|编辑)?(?:时间|日期|于)"
    r"|(?:.*\W)?(?:info|debug|error|warn|warning|notice|trace|fatal|critical)(?:\W.*)?",
    re.I,
)
_UNLIKE_NAMES = re.compile(r"\d|[。.！!？?；;，,、]$|\S+(?:\s+\S+){3}")


def fits(file: File) -> bool:
    """Whether the heads of messages are what gives the text its form."""
    return _style(file.text) is not None


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file writes the heads of its messages.

    `spaced`: below a blank line. `marked`: with a number or address behind the name. `dated`: the
    day in each head. `headed`: with QQ's lines of `=` and 消息对象 above each chat.
    """

    form: str
    spaced: bool = False
    marked: bool = False
    dated: bool = True
    headed: bool = False

    def head(self, line: str, above: str) -> re.Match[str] | None:
        """The head of a message in a line, given the line above it."""
        if self.form in _ABOVE and len(line) > _LONGEST_LINE:
            return None
        match = _HEADS[self.form].fullmatch(line)
        if match is None or (
            self.spaced and above.strip() and not self.date(above) and not self.is_header(above)
        ):
            return None
        if match["second"] and not _day(match):
            return None  # so minutes of meetings have it, and what is chatted in them
        if (
            self.form == "qq"
            and not _is_marked(match["name"])
            and (self.marked or re.search("[:：]", match["name"]))
        ):
            return None
        return match

    def date(self, line: str) -> _Day | None:
        """The day that a line is about, if nothing else stands in it."""
        match = _DATE_LINE.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if match is None or (self.dated and not _RULED.fullmatch(line)):
            return None
        return match["a"], match["b"], match["c"]

    def is_header(self, line: str) -> bool:
        """Whether it is one of the lines that stand above a chat, anywhere in a file."""
        return self.headed and len(line) <= _LONGEST_LINE and _QQ_HEADER.fullmatch(line) is not None


def _style(text: str) -> _Style | None:
    """How the file writes its heads, if it is a chat."""
    lines = text.split("\n", _SAMPLE)[:_SAMPLE]
    return next(filter(None, (_style_of(form, lines) for form in _HEADS)), None)


def _style_of(form: str, lines: Sequence[str]) -> _Style | None:
    headed = form == "qq" and any(map(_QQ_HEADER.fullmatch, lines[:20]))
    heads = _heads(_Style(form, dated=False, headed=headed), lines)
    if len(heads) < 2:
        return None
    marked = (
        form == "qq" and sum(_is_marked(match["name"]) for match in heads.values()) > len(heads) / 2
    )
    below_blank = sum(not lines[number - 1].strip() for number in list(heads)[1:])
    spaced = form in _ABOVE and len(heads) > 2 and below_blank >= _SPACED * (len(heads) - 1)
    style = _Style(form, spaced, marked, all(map(_day, heads.values())), headed)
    return style if _is_chat(style, _heads(style, lines), lines) else None


def _heads(style: _Style, lines: Sequence[str]) -> dict[int, re.Match[str]]:
    pairs = enumerate(zip(lines, ["", *lines], strict=False))
    return {number: match for number, (line, above) in pairs if (match := style.head(line, above))}


def _is_chat(style: _Style, heads: Mapping[int, re.Match[str]], lines: Sequence[str]) -> bool:
    names = [_author(match["name"]) for match in heads.values() if match["name"]]
    if len(names) < 2 or not _are_people(names):
        return False
    above = lines[: min(heads)]
    if (
        sum(
            bool(line.strip()) and not style.date(line) and not _about(style, line)
            for line in above
        )
        > _MOST_ABOVE
    ):
        return False
    day_known = any(map(_day, heads.values())) or any(map(style.date, lines))
    if style.form == "wechat" and not day_known:
        return False
    least = _LEAST_SHARE[style.form] if day_known else _DATELESS_SHARE
    if len(heads) < least * sum(bool(line.strip()) for line in lines):
        return False
    below = [number + 1 for number in heads if number + 1 < len(lines)]
    followed = sum(bool(lines[number].strip()) and number not in heads for number in below)
    return style.form not in _ABOVE or followed >= _FOLLOWED * len(heads)


def _are_people(names: Sequence[str]) -> bool:
    """Whether these may well be the names of people who talk, not the beginnings of a log's or a
    diary's entries.
    """
    if sum(_NO_NAME.fullmatch(name) is not None for name in names) > len(names) / 10:
        return False
    if len(names) >= _MANY:
        return len(set(names)) <= _DISTINCT * len(names)
    unlike = (name for name in names if _UNLIKE_NAMES.search(name) and not name.startswith("…"))
    return len(set(names)) < len(names) or not any(unlike)


def _about(style: _Style, line: str) -> bool:
    """Whether a line above all messages tells of the chat or of its export."""
    if len(line) > _LONGEST_LINE:
        return False
    return bool(style.is_header(line) or _CHAT_WITH.fullmatch(line) or _SAVED_ON.fullmatch(line))


def _is_marked(name: str) -> bool:
    return _IDENTITY.search(name) is not None


def _author(name: str | None) -> str:
    """A name without rank, number and address; of a telephone number in its place, the last three
    figures.
    """
    whole = _RANK.sub("", _IDENTITY.sub("", (name or "").strip(_INVISIBLE))).strip()
    return f"…{whole[-3:]}" if _TELEPHONE.fullmatch(whole) else whole


def _day(match: re.Match[str]) -> _Day | None:
    found = match.groupdict()
    return (found["a"], found["b"], found["c"]) if found.get("a") else None


# --- reading it -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A message as it is gathered, line by line: (number, text). Without `clock`: what no message's
    head is above.
    """

    first: int
    channel: str = ""
    name: str = ""
    day: _Day | None = None
    clock: time | None = None
    half: str = ""
    system: bool = False
    lines: list[tuple[int, str]] = field(default_factory=list)


def read(file: File) -> Parsed:
    """Read a chat. Raises Unreadable for a text that is none."""
    style = _style(file.text)
    if style is None:
        raise Unreadable("no chat: no messages with names and times in it")
    said: list[tuple[Message, _Day | None]] = []
    halves: set[str] = set()
    for draft in _drafts(file.text, style):
        halves.add(draft.half)
        if message := _message(draft):
            said.append((message, draft.day))
    order = _order(dict.fromkeys(day for _, day in said if day), halves)
    channels = list(dict.fromkeys(message.channel for message, _ in said if message.channel))
    name = channels[0] if len(channels) == 1 else ""
    dated = (
        replace(
            message, at=_moment(message.at, day, order), channel="" if name else message.channel
        )
        for message, day in said
    )
    return as_chat(
        dated,
        name or _title(file, [message for message, _ in said[:_MOST_ABOVE]]),
        {"channel": name},
    )


def _drafts(text: str, style: _Style) -> Iterator[_Draft]:
    """Each message, and what stands above and between them."""
    draft = _Draft(1)
    day: _Day | None = None
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
        elif style.is_header(line) or (not started and _about(style, line)):
            if chat := _CHAT_WITH.fullmatch(line):
                channel = _author(next(filter(None, chat.groups()), ""))
            yield draft
            draft = _Draft(number, channel)
        else:
            draft.lines.append((number, line))
    yield draft


def _opened(match: re.Match[str], number: int, day: _Day | None, channel: str) -> _Draft:
    found = match.groupdict()
    half = re.sub(r"[.\s]", "", found["before"] or found["after"] or "").lower()
    hour = int(found["hour"])
    if hour < 12 and half in ("pm", "下午", "晚上", "午後"):
        hour += 12
    elif hour == 12 and half in ("am", "上午", "凌晨", "午前"):
        hour = 0
    name = _author(found["name"])
    return _Draft(
        first=number,
        channel=channel,
        name=name,
        day=_day(match) or day,
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
    text = "\n".join(line for _, line in lines).strip(_INVISIBLE)
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


def _is_notice(text: str) -> bool:
    """Whether it is what the app tells, or stands for what it left out."""
    return len(text) <= _LONGEST_LINE and bool(_SYSTEM.fullmatch(text) or _MEDIA.fullmatch(text))


def _order(days: Iterable[_Day], halves: Collection[str]) -> str:
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


def _date(day: _Day, order: str) -> date | None:
    """A day, read in that order of year, month and day."""
    parts = dict(zip("ymd" if len(day[0]) == 4 else order, map(int, day), strict=True))
    try:
        return date(parts["y"] + 2000 * (parts["y"] < 100), parts["m"], parts["d"])
    except ValueError:
        return None


def _moment(clock: datetime | time | None, day: _Day | None, order: str) -> datetime | time | None:
    known = _date(day, order) if day else None
    return datetime.combine(known, clock) if known and isinstance(clock, time) else clock


def _title(file: File, first: Iterable[Message]) -> str:
    """What the text above all messages calls the chat; or its archive's name, as all archives have
    a `_chat.txt`.
    """
    above = (line for message in first if message.at is None for line in message.text.split("\n"))
    found = next(
        (line for line in above if len(line) <= _LONGEST_LINE and _TITLE.fullmatch(line)), ""
    )
    folder = (
        PurePath(file.path).parent.name.removesuffix(".zip")
        if PurePath(file.name).stem == "_chat"
        else ""
    )
    return found.strip("—–─=- \t") or folder
