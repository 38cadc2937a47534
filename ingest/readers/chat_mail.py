"""Chats that were sent as e-mail: WeChat's own way to export one, as the mail or as its page.

The shape is that of mails which repositories keep: a line that names the chat, days between rules,
name and time above what is said, and pictures as `[图片: name.jpg(请在附件中查看)]`.
"""

from __future__ import annotations

import re

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing import mail
from ingest.parsing.chat_heads import head_style
from ingest.parsing.page import Page, lines_of
from ingest.parsing.page_parser import parse
from ingest.readers.chat_text import Origins, chat

_NAMED = re.compile("聊天[記记][錄录]|chat history", re.I)
_OPENING = 20_000  # characters of a page, in which it names itself


def fits(file: File) -> bool:
    """Whether the file names itself a chat, and messages with names and times are in it."""
    return bool(_chats(file))


def read(file: File) -> Parsed:
    """Read the chat. Raises Unreadable for a mail or page without one."""
    for title, text, origins in _chats(file):
        return chat(text, title, origins)
    raise Unreadable("no chat: no messages with names and times in it")


def _chats(file: File) -> list[tuple[str, str, Origins]]:
    """(title, text, where its lines stand) of each body of a mail, or of a page, that is a chat."""
    if file.ending != ".eml":
        if not _NAMED.search(file.text[:_OPENING]):
            return []
        page = parse(file.text)
        found = [(page.title, *_lines(page, None))]
    else:
        subject = mail.head_of(file.data).subject
        if not _NAMED.search(subject):
            return []
        bodies = mail.opened(file.data).contents.bodies
        found = [(subject, *_body(body)) for body in bodies]
    return [each for each in found if head_style(each[1])]


def _body(body: mail.Body) -> tuple[str, Origins]:
    if body.is_html:
        return _lines(parse(body.text), body.name)
    return body.text, Origins(range(1, body.text.count("\n") + 2), body.name)


def _lines(page: Page, part: str | None) -> tuple[str, Origins]:
    """The lines of a page, and where they stand in its source."""
    lines = list(lines_of(page.shown))
    return "\n".join(text for _, text, _ in lines), Origins([row for row, _, _ in lines], part)
