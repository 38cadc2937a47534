"""Replies by mail: what is quoted belongs to who wrote it, and what answers it is found with it."""

from __future__ import annotations

import pytest
from web_made import message

ABOVE = "The deposit is 500 euros.\n\n{}"
ENGLISH = {
    "Gmail": ABOVE.format(
        "On Wed, Oct 14, 2026 at 6:03 PM Chen Ke <ke@example.org>\nwrote:\n\n> What is the deposit?\n> Asking for two desks.\n"
    ),
    "Thunderbird, below": (
        "On 14/10/2026 18:03, Chen Ke wrote:\n> What is the deposit?\n> Asking for two desks.\n\n"
        "The deposit is 500 euros.\n"
    ),
    "Outlook": ABOVE.format(
        "-----Original Message-----\nFrom: Chen Ke [mailto:ke@example.org]\nSent: Wednesday, October 14, 2026 6:03 PM\n"
        "To: Jo\nSubject: desks\n\nWhat is the deposit?\nAsking for two desks.\n"
    ),
    "Outlook, ruled": ABOVE.format(
        "________________________________\nFrom: Chen Ke <ke@example.org>\nDate: 14 October 2026\nSubject: desks\n\n"
        "What is the deposit?\nAsking for two desks.\n"
    ),
    "Hotmail": ABOVE.format(
        "Date: Wed, 14 Oct 2026 18:03:00 +0400\nSubject: desks\nFrom: Chen Ke <ke@example.org>\nTo: jo@example.org\n\n"
        "What is the deposit?\nAsking for two desks.\n"
    ),
    "Yahoo": ABOVE.format(
        "--- On Wed, 10/14/26, Chen Ke <ke@example.org> wrote:\n\nWhat is the deposit?\nAsking for two desks.\n"
    ),
    "Apple Mail, forwarded": ABOVE.format(
        "Begin forwarded message:\n\nFrom: Chen Ke <ke@example.org>\nSubject: desks\nDate: 14 October 2026\n\n"
        "What is the deposit?\nAsking for two desks.\n"
    ),
}
CHINESE = {
    "Gmail": "押金 500 元。\n\n陈可 <ke@example.org> 于2026年10月14日周三 18:03写道：\n\n> 押金多少？\n> 我们要两个工位。\n",
    "163": "押金 500 元。\n\n在 2026-10-14 18:03:00，\"陈可\" <ke@example.org> 写道：\n押金多少？\n我们要两个工位。\n",
    "QQ": (
        "押金 500 元。\n\n------------------ 原始邮件 ------------------\n发件人: \"陈可\" <ke@example.org>;\n"
        "发送时间: 2026年10月14日(星期三) 晚上6:03\n收件人: \"吴梓\" <wu@example.org>;\n主题: 工位\n\n押金多少？\n我们要两个工位。\n"
    ),
    "Outlook": "押金 500 元。\n\n发件人：陈可\n日期：2026年10月14日\n主题：工位\n\n押金多少？\n我们要两个工位。\n",
    "below": "2026年10月14日 18:03，陈可 <ke@example.org> 写道：\n> 押金多少？\n> 我们要两个工位。\n\n押金 500 元。\n",
}  # fmt: skip
HTML = (
    '<div>The deposit is 500 euros.</div><div class="gmail_attr">On Wed, Oct 14, 2026 at 6:03 PM Chen Ke '
    "&lt;ke@example.org&gt; wrote:</div><blockquote>What is the deposit?<br>Asking for two desks.</blockquote>"
)


def _in_html(markup: str) -> bytes:
    mail = message(None)
    mail.set_content(markup, subtype="html")
    return bytes(mail)


@pytest.mark.parametrize(
    ("content", "asked_by", "question", "reply"),
    [
        *(
            (bytes(message(text)), "Chen Ke", "What is the deposit?", "The deposit is 500 euros.")
            for text in ENGLISH.values()
        ),
        (_in_html(HTML), "Chen Ke", "What is the deposit?", "The deposit is 500 euros."),
        *(
            (bytes(message(text)), "陈可", "押金多少？", "押金 500 元。")
            for text in CHINESE.values()
        ),
    ],
    ids=[*ENGLISH, "HTML", *(f"Chinese {name}" for name in CHINESE)],
)
def test_a_reply_is_found_with_what_it_quotes(read, content, asked_by, question, reply):
    passages = read("a.eml", content).passages
    (answer,) = (passage for passage in passages if reply in passage.text)
    (quote,) = (passage for passage in passages if question in passage.text)
    assert question not in answer.text
    assert question in answer.context
    assert answer.anchor.speaker is None
    assert answer.meta["asked_by"] == asked_by
    assert (quote.anchor.speaker, quote.meta["author"]) == (asked_by, [asked_by])
    assert "wrote" not in quote.text + answer.text
    assert "写道" not in quote.text + answer.text


def test_each_answer_between_quoted_lines_goes_with_its_question(read):
    text = "On 14 Oct 2026, Chen Ke wrote:\n> What is the deposit?\n\n500 euros.\n\n> And the notice?\n\nTwo weeks.\n"
    found = {passage.text: passage for passage in read("a.eml", bytes(message(text))).passages}
    assert found["500 euros."].context == "What is the deposit?"
    assert found["Two weeks."].context == "And the notice?"
    assert found["And the notice?"].anchor.speaker == "Chen Ke"


def test_what_is_quoted_within_a_quote_belongs_to_its_own_writer(read):
    text = (
        "Fine by me.\n\n在 2026-10-14 18:03，陈可 写道：\n> 押金 500 元。\n> On 13 Oct 2026, Ines wrote:\n"
        ">> What is the deposit?\n"
    )
    said = read("a.eml", bytes(message(text))).said
    assert said == [
        (None, "Fine by me."),
        ("陈可", "押金 500 元。"),
        ("Ines", "What is the deposit?"),
    ]


def test_a_quote_is_cited_at_its_own_lines(read):
    passages = read("a.eml", bytes(message(ENGLISH["Gmail"]))).passages
    assert [passage.anchor.label for passage in passages] == ["body · L1", "body · L6–7 · Chen Ke"]


@pytest.mark.parametrize(
    "text",
    [
        "From: the station, turn left.\nThen go on.",
        "From: Berlin\nTo: Oslo\nDate: 5 May",
        "On Monday the board wrote: no more desks.\nFine.",
        "主题：押金\n金额 500 元。",
        "陈可在 2026 年报里写道：押金不退。\n就这样。",
    ],
)
def test_lines_that_look_like_heads_of_quotes_stay_the_senders(read, text):
    said = read("a.eml", bytes(message(text))).said
    assert {speaker for speaker, _ in said} == {None}
    assert "\n".join(words for _, words in said) == text


def test_a_mail_says_which_one_it_answers(read):
    mail = message(In_Reply_To="<2@example.org>", References="<1@example.org> <2@example.org>")
    meta = read("a.eml", bytes(mail)).document.meta
    assert (meta["in-reply-to"], meta["thread"]) == ("<2@example.org>", "<1@example.org>")
