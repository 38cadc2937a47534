"""The chats of Zoom meetings."""

from __future__ import annotations

from transcripts_made import RECORDED, heard


def test_the_chat_of_a_recording(read):
    reading = read("chat.txt", RECORDED)
    assert heard(reading) == [
        (132, 150, "Ines Example", "gm\nHere is the plan:\nhttps://example.org/plan"),
        (150, 180, "苏禾 | 算账", '先算账\nI reacted to the market with "calm"'),
    ]
    assert reading.document.kind == "transcript"
    assert reading.document.meta["speakers"] == ["Ines Example", "苏禾 | 算账"]


SAVED = """\
2024-05-01 12:34:56 From Ines Example to Everyone:
\tCount the months.
\tThen the weeks.
2024-05-01 12:35:10 来自 苏禾 发送至 所有人:
\t先算账
2024-05-01 12:35:50 From 苏禾 To Everyone:
\tReplying to "Count the months."
\t
\t再定价
"""


HIDDEN = """\
2024-05-01 12:36:00 From Ines Example to Jo (Direct Message):
\tour secret
\tof two lines
2024-05-01 12:36:01 From Ines Example to Jo:
\tour secret
2024-05-01 12:36:02 来自 苏禾 发送至 陆鸣（私信）:
\t秘密 secret
2024-05-01 12:36:02 来自 苏禾发送至陆鸣：
\t秘密 secret
2024-05-01 12:36:03 From Jo: Acme to Ines (Direct Message):
\tour secret
2024-05-01 12:36:04 From Jo to Hosts and panelists:
\tour secret
2024-05-01 12:36:05 From Jo to Ines
\tour secret
2024-05-01 12:36:06 From Jo (Direct Message):
\tour secret
"""


def test_a_saved_chat_stands_in_its_lines_with_its_moments(read):
    reading = read("meeting_saved_chat.txt", SAVED)
    assert [(p.anchor.label, p.text) for p in reading.passages] == [
        ("L2–3 · 2024-05-01 12:34 · Ines Example", "Count the months.\nThen the weeks."),
        ("L5–9 · 2024-05-01 12:35 · 苏禾", "先算账\n\n再定价"),
    ]
    assert reading.passages[1].places == ((0, 5, 5), (5, 9, 9))


def test_private_messages_are_left_out(read, refusal):
    assert "secret" in HIDDEN
    assert not any("secret" in text for text in read("chat.txt", SAVED + HIDDEN + SAVED).texts)
    assert refusal("chat.txt", HIDDEN) == "nothing is said to everyone in it"


def test_older_saved_chats(read):
    text = (
        "12:58:22\t From  Ines Example : hello all\nsecond line\n"
        "17:59:57\t From  Ines Example  to  Jo(Privately) : our secret\nmore secret\n"
        "18:00:15\t From  Jo  to  Everyone : time to go: now\n"
    )
    assert [(p.anchor.label, p.text) for p in read("chat.txt", text).passages] == [
        ("L1–2 · 12:58 · Ines Example", "hello all\nsecond line"),
        ("L5 · 18:00 · Jo", "time to go: now"),
    ]


def test_times_from_the_start_in_a_saved_chat(read):
    text = "00:12:34 From Ines to Everyone:\n\tHello\n01:12:40 From Jo to Everyone:\n\tHi\n"
    assert heard(read("chat.txt", text)) == [(754, 4360, "Ines", "Hello"), (4360, 4360, "Jo", "Hi")]


def test_a_log_is_no_chat(read):
    assert (
        read("a.log", "00:00:01\tINFO:\tstarted\n00:00:02\tINFO:\tstopped\n").document.kind == "doc"
    )


def test_a_saved_chat_knows_what_is_answered(read):
    text = (
        "2024-05-01 12:34:56 From Ines Example to Everyone:\n\tanyone know a bookkeeper\n"
        "2024-05-01 12:35:10 From 苏禾 to Everyone:\n\tBluestone, 900 a month\n"
    )
    reply = read("meeting_saved_chat.txt", text).passages[1]
    assert (reply.context, reply.meta["asked_by"]) == ("anyone know a bookkeeper", "Ines Example")
