"""The heads of messages in chats as text: how a file writes them, and whether it is a chat at all."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

Day = tuple[str, str, str]  # year, month and day as written, in whichever order
_DATE = r"(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
_HALF = "(?:[AaPp]\\.?[ \u202f\u00a0]?[Mm]\\.?|上午|下午|凌晨|早上|中午|晚上|午前|午後)"
_GAP = "[ \u202f\u00a0]?"
_TIME = (
    rf"(?:(?P<before>{_HALF}){_GAP})?(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    rf"(?:{_GAP}(?P<after>{_HALF}))?"
)
MARKS = "[\u200e\u200f\ufeff]*"
_SAYS = (
    r"(?:(?P<name>[^\n:：]{1,60}?)[:：])?(?P<text>[^\n]*)"  # where no name stands, the app says it
)
_HEADS = {
    "brackets": re.compile(rf"{MARKS}\[{_DATE},?[ \t]{_TIME}\][ \t]*{_SAYS}"),
    "dash": re.compile(rf"{MARKS}{_DATE},?[ \t]{_TIME}[ \t]-[ \t]{_SAYS}"),
    "line": re.compile(rf"{_TIME}\t(?:(?P<name>[^\t\n]{{1,60}})\t)?(?P<text>[^\n]*)"),
    "qq": re.compile(rf"{_DATE}[ \t]+{_TIME}[ \t]+(?P<name>\S[^\n]{{0,80}}?)[ \t]*"),
    "wechat": re.compile(
        rf"(?!\d+[-/.年月])(?P<name>[^\s:：][^\n:：]{{0,40}}?)[ \t]+(?:{_DATE}[ \t]+)?{_TIME}[ \t]*"
    ),
}
_ABOVE = ("qq", "wechat")  # a head in a line of its own, above what is said
LONGEST_LINE = 200  # of those that are no message's
INVISIBLE = (
    " \t\u200e\u200f\u202a\u202c\u2068\u2069\ufeff"  # WhatsApp puts these around names and notices
)
_IDENTITY = re.compile(
    r"[ \t]*(?:[(（](?:\d{5,12}|wxid_\w+|[^()（）\s@]+@[^()（）\s@]+)[)）]|<[^<>\s@]+@[^<>\s@]+>)$"
)
_TELEPHONE = re.compile(r"\+?\d[\d \u00a0().-]{6,}\d")
_RANK = re.compile("^(?:【(?:群主|管理员)】|~[ \u202f\u00a0])")
_WEEKDAY = r"(?:星期.|[周週].|[一二三四五六]|[日月火水木金土](?:曜日)?|[A-Z][a-z]{2,8})"
_DATE_LINE = re.compile(
    rf"[ \t—–─=-]*(?:{_WEEKDAY},[ \t]*)?(?=\d{{4}}|\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{4}})"
    r"(?P<a>\d{1,4})[-/.年](?P<b>\d{1,2})[-/.月](?P<c>\d{1,4})日?"
    rf"[ \t]*[（(]?{_WEEKDAY}?[）)]?[ \t—–─=-]*"
)
_RULED = re.compile(r"[ \t]*[—–─=-]{2}.*[—–─=-]{2}[ \t]*")
_QQ_HEADER = re.compile(r"={20,}|消息(?:记录|分组|对象)[（(:：].*")
CHAT_WITH = re.compile(
    r"消息对象[:：](?P<qq>.+)"
    r"|微信群[\"“「](?P<wechat>.+)[\"”」]的聊天[記记][錄录]如下[:：]?"
    r"|\[LINE\] (?:Chat history with (?P<en>.+)|(?P<ja>.+)とのトーク履歴|[與与]?(?P<zh>.+)的聊天[記记][錄录])"
)
_SAVED_ON = re.compile(r"(?:Saved on|保存日時|儲存日期|保存日期)[:：].*")
_SAMPLE = 2000  # lines looked at
MOST_ABOVE = 3  # lines of any kind above the first head
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


@dataclass(frozen=True, slots=True)
class HeadStyle:
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
        if self.form in _ABOVE and len(line) > LONGEST_LINE:
            return None
        match = _HEADS[self.form].fullmatch(line)
        if match is None or (
            self.spaced and above.strip() and not self.date(above) and not self.is_header(above)
        ):
            return None
        if match["second"] and not day_in(match):
            return None  # so minutes of meetings have it, and what is chatted in them
        if (
            self.form == "qq"
            and not _is_marked(match["name"])
            and (self.marked or re.search("[:：]", match["name"]))
        ):
            return None
        return match

    def date(self, line: str) -> Day | None:
        """The day that a line is about, if nothing else stands in it."""
        match = _DATE_LINE.fullmatch(line) if len(line) <= LONGEST_LINE else None
        if match is None or (self.dated and not _RULED.fullmatch(line)):
            return None
        return match["a"], match["b"], match["c"]

    def is_header(self, line: str) -> bool:
        """Whether it is one of the lines that stand above a chat, anywhere in a file."""
        return self.headed and len(line) <= LONGEST_LINE and _QQ_HEADER.fullmatch(line) is not None


def head_style(text: str) -> HeadStyle | None:
    """How the file writes its heads, if it is a chat."""
    lines = text.split("\n", _SAMPLE)[:_SAMPLE]
    return next(filter(None, (_style_of(form, lines) for form in _HEADS)), None)


def _style_of(form: str, lines: Sequence[str]) -> HeadStyle | None:
    headed = form == "qq" and any(map(_QQ_HEADER.fullmatch, lines[:20]))
    heads = _heads(HeadStyle(form, dated=False, headed=headed), lines)
    if len(heads) < 2:
        return None
    marked = (
        form == "qq" and sum(_is_marked(match["name"]) for match in heads.values()) > len(heads) / 2
    )
    below_blank = sum(not lines[number - 1].strip() for number in list(heads)[1:])
    spaced = form in _ABOVE and len(heads) > 2 and below_blank >= _SPACED * (len(heads) - 1)
    style = HeadStyle(form, spaced, marked, all(map(day_in, heads.values())), headed)
    return style if _is_chat(style, _heads(style, lines), lines) else None


def _heads(style: HeadStyle, lines: Sequence[str]) -> dict[int, re.Match[str]]:
    pairs = enumerate(zip(lines, ["", *lines], strict=False))
    return {number: match for number, (line, above) in pairs if (match := style.head(line, above))}


def _is_chat(style: HeadStyle, heads: Mapping[int, re.Match[str]], lines: Sequence[str]) -> bool:
    names = [author_in(match["name"]) for match in heads.values() if match["name"]]
    if len(names) < 2 or not _are_people(names):
        return False
    above = lines[: min(heads)]
    if (
        sum(
            bool(line.strip()) and not style.date(line) and not is_about(style, line)
            for line in above
        )
        > MOST_ABOVE
    ):
        return False
    day_known = any(map(day_in, heads.values())) or any(map(style.date, lines))
    if style.form == "wechat" and not day_known:
        return False
    least = _LEAST_SHARE[style.form] if day_known else _DATELESS_SHARE
    if len(heads) < least * sum(bool(line.strip()) for line in lines):
        return False
    followed = sum(_is_followed(number, heads, lines) for number in heads)
    return style.form not in _ABOVE or followed >= _FOLLOWED * len(heads)


def _is_followed(number: int, heads: Container[int], lines: Sequence[str]) -> bool:
    """Whether something is said below a head: right below, or as WeChat's mails have it, below a
    blank line.
    """
    below = range(number + 1, min(number + 3, len(lines)))
    first = next((row for row in below if lines[row].strip()), None)
    return first is not None and first not in heads


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


def is_about(style: HeadStyle, line: str) -> bool:
    """Whether a line above all messages tells of the chat or of its export."""
    if len(line) > LONGEST_LINE:
        return False
    return bool(style.is_header(line) or CHAT_WITH.fullmatch(line) or _SAVED_ON.fullmatch(line))


def _is_marked(name: str) -> bool:
    return _IDENTITY.search(name) is not None


def author_in(name: str | None) -> str:
    """A name without rank, number and address; of a telephone number in its place, the last three
    figures.
    """
    whole = _RANK.sub("", _IDENTITY.sub("", (name or "").strip(INVISIBLE))).strip()
    return f"…{whole[-3:]}" if _TELEPHONE.fullmatch(whole) else whole


def day_in(match: re.Match[str]) -> Day | None:
    """The day in the head of a message, as written; None where it has only a time."""
    found = match.groupdict()
    return (found["a"], found["b"], found["c"]) if found.get("a") else None
