"""Chats as text, and which format a chat is of."""

from __future__ import annotations

import pytest
from chats_made import chat, dumped, said, sent, server, wrote

from ingest.parsed import File
from ingest.readers import chat_text, choose_format, discord, slack, telegram


def chosen(name: str, text: str) -> str:
    return choose_format(File(name, text.encode()), None).reader


# --- which format ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (dumped([wrote(0, "U1", "Hello.")]), "slack"),
        (dumped([wrote(0, "U1", "Hello.")], None), "slack"),
        (server(said(1, 0, "Ines", "Hello.")), "discord"),
        (chat(sent(1, 0, "Ines", "Hello.")), "telegram"),
        (
            dumped(
                {"chats": {"list": [{"name": "A", "messages": [sent(1, 0, "Ines", "Hello.")]}]}}
            ),
            "telegram",
        ),
    ],
)
def test_exports_are_told_apart(text, reader):
    assert chosen("a.json", text) == reader


@pytest.mark.parametrize(
    "value",
    [
        [{"type": "message", "text": "no timestamp"}],
        [{"question": "Why?", "answer": "So."}],
        {"messages": [{"role": "user", "content": "Hello."}]},
        {"guild": {}, "channel": {}, "messages": "none"},
        {"segments": [{"start": 0, "end": 1, "text": "Hello."}]},
        {"kb": "other", "days": {}},
        [],
        {},
        7,
    ],
)
def test_other_json_is_no_chat(value):
    file = File("a.json", dumped(value).encode())
    assert [reader.fits(file) for reader in (slack, discord, telegram)] == [False, False, False]


# --- text -----------------------------------------------------------------------------------------


WECHAT = """\
2026-05-01 12:34:56 苏禾
先算账。

再定价。

2026-05-01 12:35:10 Jo
好的

2026-05-01 14:35:10 Jo
[图片]

2026-05-01 14:36:10 苏禾
收到
"Jo" 撤回了一条消息
"""


COPIED = """\
苏禾 2026/5/1 12:34
先算账

Jo 2026/5/1 12:36
明天 12:30
见

苏禾 2026/5/1 下午1:40
好
"""


DAYS = """\
—————  2026-05-01  —————

苏禾 12:34
先算账

Jo 12:36
好

—————  2026-05-02  —————

苏禾 08:40
早
"""


QQ = """\
消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的QQ群
================================================================
消息对象:产品群
================================================================

2026-05-01 8:34:56 【管理员】苏禾(123456789)
先算账。

2026-05-01 07:00:00 是昨天的记录

2026-05-01 8:35:10 Jo: the one<jo@example.org>
好的

2026-05-01 8:36:10 系统消息(10000)
Jo加入本群。
"""


BRACKETS = """\
[2026-05-01 12:34:56] 苏禾: 先算账：一笔一笔
[2026-05-01 12:35:00] Jo: https://example.org ok
second line
"""


IPHONE = """\
\u200e[01/05/2026, 12:34:56] Founders: \u200eMessages and calls are end-to-end encrypted. No one outside can read them.
[01/05/2026, 12:34:59] Ines: hello
there
\u200e[13/05/2026, 12:34:59] Jo: \u200eimage omitted
[13/05/2026, 12:35:59] ~\u202fJo: ok
"""


ANDROID = """\
5/1/26, 1:34\u202fPM - Messages and calls are end-to-end encrypted. Tap to learn more.
5/1/26, 1:34\u202fPM - Ines joined using this group's invite link
5/1/26, 1:35\u202fPM - Ines: hello
5/2/26, 12:05\u202fAM - Jo: <Media omitted>
5/13/26, 1:40\u202fPM - Jo: yes: indeed
"""


LINE = """\
[LINE] Chat history with Ines
Saved on: 2026/05/02 10:00

2026/05/01(Fri)
12:34\tInes\t"first
second"
12:35\tJo\t[Sticker]
12:36\tJo joined the group.
12:37\tJo\tok
"""


CLOCKS = "12:34\tInes\tfirst\n12:35\tJo\tok\n13:40\tInes\tagain\n"


TEXTS = {
    "wechat": (
        WECHAT,
        [
            ("2026-05-01 12:34", "苏禾: 先算账。\n\n再定价。\n\nJo: 好的"),
            ("2026-05-01 14:36", "苏禾: 收到"),
        ],
    ),
    "copied": (
        COPIED,
        [
            ("2026-05-01 12:34", "苏禾: 先算账\n\nJo: 明天 12:30\n见"),
            ("2026-05-01 13:40", "苏禾: 好"),
        ],
    ),
    "days": (
        DAYS,
        [("2026-05-01 12:34", "苏禾: 先算账\n\nJo: 好"), ("2026-05-02 08:40", "苏禾: 早")],
    ),
    "qq": (
        QQ,
        [
            (
                "2026-05-01 08:34",
                "苏禾: 先算账。\n\n2026-05-01 07:00:00 是昨天的记录\n\nJo: the one: 好的",
            )
        ],
    ),
    "brackets": (
        BRACKETS,
        [("2026-05-01 12:34", "苏禾: 先算账：一笔一笔\n\nJo: https://example.org ok\nsecond line")],
    ),
    "iphone": (
        IPHONE,
        [("2026-05-01 12:34", "Ines: hello\nthere"), ("2026-05-13 12:35", "Jo: ok")],
    ),
    "android": (
        ANDROID,
        [("2026-05-01 13:35", "Ines: hello"), ("2026-05-13 13:40", "Jo: yes: indeed")],
    ),
    "line": (LINE, [("2026-05-01 12:34", "Ines: first\nsecond\n\nJo: ok")]),
    "clocks": (CLOCKS, [("12:34", "Ines: first\n\nJo: ok"), ("13:40", "Ines: again")]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_chats_as_text(read, name):
    text, expected = TEXTS[name]
    assert [
        (passage.anchor.at, passage.text) for passage in read("a.txt", text).passages
    ] == expected


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_chats_as_text_in_other_encodings(read, name, encoding):
    text, expected = TEXTS[name]
    text = text.replace("\u202f", " ").replace("\u200e", "").replace("\n", "\r\n")
    assert [
        (passage.anchor.at, passage.text)
        for passage in read("a.txt", text.encode(encoding)).passages
    ] == expected


def test_numbers_and_addresses_behind_names_are_left_out(read):
    reading = read("a.txt", QQ)
    kept = str(reading.passages) + str(reading.document.meta)
    assert "123456789" not in kept
    assert "example.org" not in kept
    assert reading.document.meta["speakers"] == ["苏禾", "Jo: the one"]


def test_a_qq_chat_goes_by_whom_it_is_with(read):
    reading = read("a.txt", QQ)
    assert (reading.document.title, reading.document.meta["channel"]) == ("产品群", "产品群")
    assert reading.passages[0].headings == ("产品群",)


def test_several_qq_chats_in_one_file_are_sections(read):
    text = f"{QQ}\n{'=' * 64}\n消息对象:二群\n{'=' * 64}\n\n2026-05-01 8:37:00 苏禾(123456789)\n这边也算。\n"
    assert [(passage.headings, passage.text[-5:]) for passage in read("a.txt", text).passages] == [
        (("产品群",), "e: 好的"),
        (("二群",), "这边也算。"),
    ]


def test_a_line_chat_goes_by_whom_it_is_with(read):
    assert read("a.txt", LINE).document.title == "Ines"


def test_the_text_above_a_chat_is_kept_and_may_name_it(read):
    reading = read("a.txt", f"群聊“产品群”的聊天记录\n\n{COPIED}")
    assert reading.document.title == "群聊“产品群”的聊天记录"
    assert reading.texts[0] == "群聊“产品群”的聊天记录"
    assert reading.passages[0].anchor.start == 1
    assert reading.passages[1].anchor.at == "2026-05-01 12:34"


def test_a_chat_that_all_archives_name_alike_goes_by_its_archive():
    file = File("_chat.txt", IPHONE.encode(), path="/home/WhatsApp Chat - Founders.zip/_chat.txt")
    assert chat_text.read(file).title == "WhatsApp Chat - Founders"


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("01/05/2026", "02/05/2026"), "2026-05-01"),  # nothing tells: as most of the world has it
        (("05/31/2026", "06/01/2026"), "2026-05-31"),
        (("31.05.2026", "01.06.2026"), "2026-05-31"),
        (("03/01/2026", "01/02/2026"), "2026-01-03"),  # else time would run backwards
        (("01/02/2026", "01/03/2026", "01/04/2026", "02/01/2026"), "2026-01-02"),
        (("2026/5/1", "2026/5/2"), "2026-05-01"),
        (("1/5/26", "2/5/26"), "2026-05-01"),
    ],
)
def test_days_are_read_as_the_whole_file_suggests(read, dates, first):
    text = "".join(
        f"{date}, 12:34 - {'Ines' if n % 2 else 'Jo'}: hello\n" for n, date in enumerate(dates)
    )
    assert read("a.txt", text).passages[0].anchor.at == f"{first} 12:34"


@pytest.mark.parametrize(
    ("clock", "at"),
    [
        ("上午9:05", "09:05"),
        ("下午1:05", "13:05"),
        ("凌晨12:05", "00:05"),
        ("中午12:05", "12:05"),
        ("1:05 pm", "13:05"),
        ("12:05 AM", "00:05"),
        ("23:05:59", "23:05"),
        ("1:05 p. m.", "13:05"),
    ],
)
def test_halves_of_the_day(read, clock, at):
    text = f"[2026/5/1 {clock}] Ines: hello\n[2026/5/1 {clock}] Jo: hi\n"
    assert read("a.txt", text).passages[0].anchor.at == f"2026-05-01 {at}"


def test_a_name_may_begin_with_a_digit_but_is_no_date(read):
    text = "8号 2026/5/1 12:34\n先算账\n\n5月1日 12:36\n见\n\n2026-05-02 12:36\n也见\n\n8号 2026/5/1 12:37\n好\n"
    assert read("a.txt", text).texts == [
        "8号: 先算账\n\n5月1日 12:36\n见\n\n2026-05-02 12:36\n也见\n\n8号: 好"
    ]


def test_a_day_that_does_not_exist_costs_no_message(read):
    text = "[2026-02-31 12:34:56] Ines: hello\n[2026-03-01 12:34:56] Jo: hi\n"
    assert read("a.txt", text).passages[0].text == "Ines: hello\n\nJo: hi"


@pytest.mark.parametrize(
    "line",
    [
        "今天 12:34 我加入了群聊，大家好",
        "我撤回了一条消息吗？",
        "he said: this message was deleted, why",
        "[图片] 见上",
        "the image omitted a step",
        "我昨天加入了群聊\n大家好",
    ],
)
def test_what_people_say_is_not_mistaken_for_notices(read, line):
    text = f"2026-05-01 12:34:56 苏禾\n{line}\n\n2026-05-01 12:35:10 Jo\n好的\n"
    assert "\n\n".join(read("a.txt", text).texts) == f"苏禾: {line}\n\nJo: 好的"


@pytest.mark.parametrize(
    "text",
    [
        "说话人 1 00:01:23\n你好\n\n说话人 2 00:01:30\n好\n",
        "Ines 00:01:23\nHello.\n\nJo 00:01:30\nHi.\n",
        "00:02:12\tInes:\thello\n00:02:15\tJo:\thi\n",
        "09:50:39 From Ines to Everyone:\n\thello\n09:51:00 From Jo to Everyone:\n\thi\n",
        "2026-05-01 12:34:56 started\n2026-05-01 12:34:57 ready\n",
        "2026-05-01 12:34:56 INFO starting\n2026-05-01 12:34:57 INFO ready\n",
        "2026-05-01 12:34:56 ERROR failed\n  at line 3\n2026-05-01 12:34:57 ERROR failed\n  at line 4\n",
        "[2026-05-01 12:34:56] ERROR: failed\n[2026-05-01 12:34:57] INFO: ready\n",
        "[2026-05-01 12:34:56] app.ERROR: failed\n[2026-05-01 12:34:57] app.INFO: ready\n",
        "Q: What is runway?\nA: Months of cash.\n\nQ: Why?\nA: To live.\n",
        "Count months.\n\nMeet at 12:34\nor at 13:30\n",
        "Updated 2026-05-01 12:34\nCount months.\n\nPublished 2026-05-01 12:35\nThen weeks.\n",
        "\n".join(
            f"2026-05-{n:02} 12:34 went to {n} meetings\nand then home\n" for n in range(1, 20)
        ),
        "A text.\n\nOf some\n\nlength, where much\n\nstands above\n\n苏禾 2026/5/1 12:34\n先算账\n\nJo 2026/5/1 12:36\n好\n",
        "12:34\tMilan\n12:50\tRome\n13:10\tNaples\n",
        "苏禾 2026/5/1 12:34\n只有一条\n",
    ],
    ids=lambda text: text[:24],
)
def test_other_texts_are_no_chats(text):
    assert not chat_text.fits(File("a.txt", text.encode()))


def test_real_texts_are_no_chats(shared):
    texts = [*(shared / "transcripts").rglob("*.txt"), *(shared / "nasty").rglob("*.txt")]
    assert len(texts) > 20
    assert [
        path.name
        for path in texts
        if path.stat().st_size and chat_text.fits(File(path.name, path=str(path)))
    ] == []


@pytest.mark.parametrize(
    ("head", "dates"),
    [
        (
            "[LINE] 創業同學會的聊天記錄\n儲存日期：2025/05/20 21:00",
            ("2025/05/14（三）", "2025/05/15（四）"),
        ),
        (
            "[LINE] Chat history with Founders\nSaved on: 05/20/2025 21:00",
            ("Wed, 05/14/2025", "Thu, 05/15/2025"),
        ),
    ],
)
def test_a_short_line_export(read, head, dates):
    text = f"{head}\n\n{dates[0]}\n09:12\t阿宏\t誰有會計師？\n09:15\tInes\tI have one.\n\n{dates[1]}\n10:00\t阿宏\t謝謝！\n"
    reading = read("line.txt", text)
    assert reading.document.kind == "transcript"
    assert reading.document.meta["date"] == "2025-05-14"
    assert [passage.anchor.at for passage in reading.passages] == [
        "2025-05-14 09:12",
        "2025-05-14 09:15",
        "2025-05-15 10:00",
    ]
    assert reading.texts[:2] == ["阿宏: 誰有會計師？", "Ines: I have one."]
    assert reading.passages[1].context == "誰有會計師？"


def test_telephone_numbers_in_place_of_names_are_cut_short(read):
    text = (
        "1/15/25, 9:15 PM - Rosa: Which bank?\n1/15/25, 9:17 PM - Karl Heinz: Banco Azul\n"
        "1/16/25, 8:01 AM - +49 170 1234567: thanks!\n"
    )
    reading = read("chat.txt", text)
    assert reading.document.kind == "transcript"
    assert reading.document.meta["speakers"] == ["Rosa", "Karl Heinz", "…567"]
    assert "1234567" not in "".join(reading.texts)


def test_what_wechat_quotes_is_answered_and_no_part_of_the_reply(read):
    text = (
        "2026-05-01 12:00:00 陈可\n年会在哪\n\n2026-05-01 12:01:00 吴梓\n发票怎么开\n\n"
        "2026-05-01 12:02:00 林婉清\n「陈可：年会在哪」\n- - - - - - - - - - - - - - -\n海曙书房，二楼\n"
    )
    found = {passage.text: passage for passage in read("群.txt", text).passages}
    reply = found["林婉清: 海曙书房，二楼"]
    assert reply.context == "年会在哪"
    assert reply.meta["asked_by"] == "陈可"
    assert [(first, last) for _, first, last in reply.places] == [(7, 10)]
