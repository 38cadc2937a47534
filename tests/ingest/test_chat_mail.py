"""WeChat chats as they are sent by e-mail: saved as the message, as its page, or as its text."""

from __future__ import annotations

import pytest
from web_made import message

CHAT = """\
微信群"滨江创业者"的聊天记录如下:


—————  2026-10-14  —————


陈可  18:03

记账软件有靠谱的吗

吴梓  18:05

用青账，
每月 35 元

吴梓  18:05

[图片: 2b42dd218faca2fa.jpg(请在附件中查看)]

—————  2026-10-15  —————


林婉清  09:10

[语音]

陈可  09:11

已经开通了
"""
PAIR = CHAT.replace('微信群"滨江创业者"的', "陈可 和 吴梓 在微信上的").replace(
    "如下:", "如下，请查收。"
)


def _mail(text: str) -> bytes:
    return bytes(message(text, Subject='微信群"滨江创业者"的聊天记录'))


def _page(text: str) -> bytes:
    rows = (f"<div>{line.replace('  ', '&nbsp;&nbsp;')}</div>" for line in text.split("\n"))
    return f"<html><body>\n{chr(10).join(rows)}\n</body></html>".encode()


def _mail_as_page(text: str) -> bytes:
    mail = message(None, Subject='微信群"滨江创业者"的聊天记录')
    mail.set_content(_page(text).decode(), subtype="html")
    return bytes(mail)


@pytest.mark.parametrize(
    ("name", "content", "first", "last"),
    [
        ("chat.txt", CHAT.encode(), "L7–9 · 2026-10-14 18:03", "L27–29 · 2026-10-15 09:11"),
        ("chat.eml", _mail(CHAT), "body · L7–9 · 2026-10-14 18:03", "body · L27–29 · 2026-10-15 09:11"),
        ("chat.html", _page(CHAT), "L8–10 · 2026-10-14 18:03", "L28–30 · 2026-10-15 09:11"),
        ("page.eml", _mail_as_page(CHAT), "body · L8–10 · 2026-10-14 18:03", "body · L28–30 · 2026-10-15 09:11"),
    ],
)  # fmt: skip
def test_each_message_has_author_time_and_place(read, name, content, first, last):
    reading = read(name, content)
    assert reading.document.kind == "transcript"
    assert reading.texts == [
        "陈可: 记账软件有靠谱的吗",
        "吴梓: 用青账，\n每月 35 元",
        "陈可: 已经开通了",
    ]
    labels = [passage.anchor.label for passage in reading.passages]
    assert (labels[0], labels[-1]) == (f"{first} · 陈可", f"{last} · 陈可")
    assert reading.passages[1].context == "记账软件有靠谱的吗"
    assert reading.document.meta["channel"] == "滨江创业者"


@pytest.mark.parametrize("name", ["chat.txt", "chat.html"])
def test_a_chat_of_two_is_called_by_their_names(read, name):
    content = PAIR.encode() if name == "chat.txt" else _page(PAIR)
    assert read(name, content).document.title == "陈可 和 吴梓 在微信上的聊天记录"


def test_a_traditional_chinese_chat_is_read_too(read):
    text = CHAT.replace("聊天记录", "聊天記錄").replace("[语音]", "[語音]")
    assert read("chat.txt", text).texts[0] == "陈可: 记账软件有靠谱的吗"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mail.eml", bytes(message("聊天记录见附件。\n", Subject="聊天记录"))),
        (
            "page.html",
            "<title>聊天记录怎么导出</title><p>先打开设置，再导出聊天记录。</p>".encode(),
        ),
    ],
)
def test_a_mail_or_page_about_chats_is_none(read, name, content):
    assert read(name, content).document.kind == "doc"
