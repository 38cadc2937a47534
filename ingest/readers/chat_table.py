"""Chats as a table: a column each for who, when and what, as WeChatMsg and DiscordChatExporter
write them to CSV, and WeFlow and QQ Chat Exporter to spreadsheets.

Ids of accounts are left out: where a message has no name, its id's last three characters stand for
one. Rows of other kinds than text, notices of the app and empty ones are passed over. What stands
above the header, such as who exported the chat and when, is no message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.messages import Message, from_epoch, in_order
from ingest.parsing.quotes import Quotes
from ingest.parsing.rows import Row, Sheet, Table, table
from ingest.parsing.sheets import opening, sheets
from ingest.parsing.threads import as_chat
from ingest.readers.chat_text import is_placeholder

_TEXT = "strcontent content message messagetext text msg body 内容 消息 消息内容 聊天内容 文本 正文".split()
_CHAT_ONLY = frozenset("strcontent message messagetext msg 消息 消息内容 聊天内容".split())
_TIME = "strtime datetime timestamp time date createtime sentat sent 时间 发送时间 消息时间 日期 日期时间".split()
_NAME = (
    "remark displayname nickname sendername author authorname from fromname sender user username"
    " name 备注 发送者备注 群昵称 昵称 发送者昵称 发送者 发送人 发送方 发言人 发言者 成员 用户 姓名"
    " 作者 发送者身份".split()
)
_ID = "sender senderid authorid userid fromid wxid 发送者id 发送者微信id 发送者wxid 微信号".split()
_CHAT = "聊天 会话 会话名称 群聊 群名称 群聊名称".split()
_KIND = "type msgtype 类型 消息类型".split()
_MINE = "issender 是否本人".split()
# Of what is no chat: an article has a title, a cue an end, an entry an answer.
_NOT_CHAT = frozenset(
    "title subject question answer end endtime 标题 主题 问题 答案 结束时间".split()
)
_SPOKEN = frozenset(
    ["", "1", "49", "text", "message", "default", "reply"]
    + [f"{kind}{suffix}" for kind in ("文本", "文字", "引用", "回复") for suffix in ("", "消息")]
)
_WXID = re.compile(r"(?:wxid_|gh_)\w+|\d{5,20}(?:@chatroom)?|\w+@(?:chatroom|openim)")
_CLOCK = re.compile(
    r"((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?.{0,14}"
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?(?:\.\d+)?")
_SAMPLE = 50
_MOSTLY, _DISTINCT = 0.8, 0.8


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns are. `names` come in the order in which they are believed; `chat` where
    that of the texts has a name that only chats give it.
    """

    text: int
    times: tuple[int, ...]
    names: tuple[int, ...]
    ids: tuple[int, ...]
    kind: int | None
    mine: int | None
    chat: bool
    channel: int | None


def fits(file: File) -> bool:
    """True for a table with those columns in which people speak at moments, some of them again."""
    found = _table(opening(file))
    columns = _columns(found.header)
    if columns is None:
        return False
    rows = [row for row in islice(found.rows, _SAMPLE) if _is_said(row, columns)]
    moments = sum(_moment(row, columns) is not None for row in rows)
    authors = list(filter(None, (_author(row, columns) for row in rows)))
    again = columns.chat or len(set(authors)) <= max(2, _DISTINCT * len(authors))
    return bool(rows) and min(moments, len(authors)) >= _MOSTLY * len(rows) and again


def read(file: File) -> Parsed:
    """Read a chat, all sheets of it. Raises Unreadable without those columns."""
    said: list[Message] = []
    headers: list[Sequence[str]] = []
    for sheet in sheets(file):
        found = _table(sheet)
        headers.append(found.header)
        if columns := _columns(found.header):
            said += _messages(found, columns)
    if not any(map(_columns, headers)):
        names = ", ".join(name for name in headers[0][:6] if name) or "none"
        raise Unreadable(f"a table without columns for who, when and what (it has: {names})")
    channels = set(filter(None, (message.channel for message in said)))
    name = channels.pop() if len(channels) == 1 else ""
    if name:
        said = [replace(message, channel="") for message in said]
    return as_chat(in_order(said), name, {"channel": name})


def _table(sheet: Sheet) -> Table:
    return table(sheet, lambda cells: _columns(cells) is not None)


def _columns(header: Sequence[str]) -> _Columns | None:
    names = [
        re.sub(r"[\s_\-.]", "", unicodedata.normalize("NFKC", name[:100]).casefold())
        for name in header
    ]

    def places(known: Sequence[str]) -> tuple[int, ...]:
        return tuple(names.index(name) for name in known if name in names)

    text, times, people, ids = (places(known) for known in (_TEXT, _TIME, _NAME, _ID))
    if not (text and times and (people or ids)) or _NOT_CHAT.intersection(names):
        return None
    kind, mine = places(_KIND), places(_MINE)
    channel = next(iter(places(_CHAT)), None)
    chat = names[text[0]] in _CHAT_ONLY or channel is not None
    return _Columns(
        text[0], times, people, ids, next(iter(kind), None), next(iter(mine), None), chat, channel
    )


def _messages(found: Table, columns: _Columns) -> Iterator[Message]:
    quotes = Quotes()
    for row in found.rows:
        if not _is_said(row, columns):
            continue
        text = _cell(row, columns.text)
        author = _author(row, columns)
        number = f"{found.sheet.name or ''} {row.first}"
        target, start, end = quotes.answered(text)
        own = text[start:end].strip()
        quotes.note(author, own, number)
        yield Message(
            id=number,
            author=author,
            at=_moment(row, columns),
            text=own,
            first=row.first,
            last=row.last,
            part=found.sheet.name,
            unit="row" if found.sheet.name is not None else None,
            thread=target,
            channel=_cell(row, columns.channel),
        )


def _is_said(row: Row, columns: _Columns) -> bool:
    """Whether a row holds what a person wrote."""
    kind, text = _cell(row, columns.kind).casefold(), _cell(row, columns.text)
    if kind not in _SPOKEN or not text or text.startswith("<?xml"):
        return False
    return not is_placeholder(text)


def _author(row: Row, columns: _Columns) -> str:
    """The name that stands with a message, but no id of an account."""
    names = (_cell(row, column) for column in columns.names)
    if found := next((name for name in names if name and not _WXID.fullmatch(name)), ""):
        return found
    if _cell(row, columns.mine) == "1":
        return "我"
    ids = (_cell(row, column) for column in (*columns.ids, *columns.names))
    own = next(filter(None, ids), "")
    return f"…{own[-3:]}" if own else ""


def _moment(row: Row, columns: _Columns) -> datetime | None:
    """When a message was sent."""
    for column in columns.times:
        cell = _cell(row, column)
        if match := _CLOCK.fullmatch(cell):
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
            try:
                return datetime(year, month, day, hour, minute, second)
            except ValueError:
                continue
        if _EPOCH.fullmatch(cell):
            whole = float(cell)
            return from_epoch(whole / 1000 if whole > 1e12 else whole)
    return None


def _cell(row: Row, column: int | None) -> str:
    return "" if column is None or column >= len(row.cells) else row.cells[column].strip()
