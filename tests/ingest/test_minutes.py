"""Minutes: names and times in text."""

from __future__ import annotations

import pytest
from transcripts_made import ENGLISH, heard, labels

STYLES = {
    "Feishu": "说话人 1 00:03\n大家好。\n\n苏禾 01:10\n先算账，\n再定价。\n\n说话人 1 01:20\n好。\n",
    "Tencent": "说话人 1(00:00:03):\n大家好。\n苏禾(00:01:10):\n先算账，\n再定价。\n说话人 1(00:01:20):\n好。\n",
    "on one line": "说话人 1（00:00:03）：大家好。\n苏禾（00:01:10）：先算账，\n再定价。\n说话人 1（00:01:20）：好。\n",
    "in brackets": "[00:00:03] 说话人 1: 大家好。\n[00:01:10] 苏禾: 先算账，\n再定价。\n[00:01:20] 说话人 1: 好。\n",
    "time first": "00:00:03 说话人 1\n大家好。\n00:01:10 苏禾\n先算账，\n再定价。\n00:01:20 说话人 1\n好。\n"
    "00:01:30 苏禾\n好。\n",
    "spoken": "说话人 1 3秒\n大家好。\n苏禾 1分10秒\n先算账，\n再定价。\n说话人 1 1分20秒\n好。\n",
    "pasted": "说话人 1 00:00:03大家好。\n苏禾 00:01:10\n先算账，\n再定价。\n说话人 1 00:01:20好。\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_minutes(read, text):
    reading = read("minutes.txt", text)
    assert heard(reading)[:2] == [
        (3, 70, "说话人 1", "大家好。"),
        (70, 80, "苏禾", "先算账，\n再定价。"),
    ]
    assert reading.passages[2].anchor.label == "00:01:20 · 说话人 1"
    assert reading.document.kind == "transcript"


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
def test_english_minutes(read, text):
    assert heard(read("minutes.txt", text)) == [
        (3, 3723, "Ines Example", "Hello all."),
        (3723, 3723, "Jo", "Count,\nthen sell."),
    ]


def test_ranges_with_the_name_below(read):
    text = "".join(
        f"0:0:{n}.5 --> 0:0:{n}.9\n{name}\n{said}\n\n"
        for n, name, said in [
            (1, "Ines Example", "Hello."),
            (3, "Jo", "Hi.\nAll well?"),
            (5, "Ines Example", "Yes."),
        ]
    )
    assert heard(read("minutes.txt", text)) == [
        (1.5, 1.9, "Ines Example", "Hello."),
        (3.5, 3.9, "Jo", "Hi.\nAll well?"),
        (5.5, 5.9, "Ines Example", "Yes."),
    ]


def test_names_above_the_times(read):
    text = (
        "Ines Example\n0:03\nHello.\n\nJo\n0:10\nHi.\n\nInes Example\n0:20\nSo?\n\nJo\n0:23\nNo.\n"
    )
    assert heard(read("minutes.txt", text)) == [
        (3, 10, "Ines Example", "Hello."),
        (10, 20, "Jo", "Hi."),
        (20, 23, "Ines Example", "So?"),
        (23, 23, "Jo", "No."),
    ]


def test_names_before_what_is_said_in_parts_with_a_time(read):
    text = "Team sync - Transcript\n\n00:00:00\n\nInes: Hello.\nJo: Hi: all.\n\n00:05:00\n\nInes: More.\nJo: Yes.\n"
    reading = read("minutes.txt", text)
    assert heard(reading) == [
        (0, 300, "Ines", "Hello."),
        (0, 300, "Jo", "Hi: all."),
        (300, 300, "Ines", "More."),
        (300, 300, "Jo", "Yes."),
    ]
    assert reading.document.title == "Team sync - Transcript"


def test_times_alone(read):
    text = "".join(f"0:{n:02}\nLine {n}.\n" for n in range(0, 50, 5))
    passage = read("talk.txt", text).passages[0]
    assert passage.anchor.speaker is None
    assert passage.places[2] == (16, 10.0, 15.0)


def test_what_whisper_prints(read):
    text = "[00:00.000 --> 00:04.000]  Hello there.\n[00:04.000 --> 00:08.000]  Again.\n[00:08.000 --> 00:09.500]  先算账。\n"
    assert read("talk.txt", text).passages[0].places == ((0, 0, 4), (13, 4, 8), (20, 8, 9.5))


def test_subtitles_saved_as_text(read):
    text = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nLine.\n\n" for n in (1, 2, 3))
    assert heard(read("talk.txt", text)) == [(1, 3.9, None, "Line.\nLine.\nLine.")]


HEAD = "季度复盘\n2026年6月5日 下午 3:00|1小时 8分钟 33秒\n\n关键词:\n定价、现金流\n\n时长: 01:08:33\n\n文字记录:\n"


def test_what_stands_above_the_minutes_is_kept_in_its_lines(read):
    reading = read("minutes.txt", HEAD + STYLES["Feishu"])
    assert (reading.passages[0].anchor.label, reading.passages[0].text) == ("L1–9", HEAD.strip())
    assert heard(reading)[1] == (3, 70, "说话人 1", "大家好。")
    assert reading.document.title == "季度复盘"
    assert reading.document.meta["date"] == "2026-06-05"
    assert reading.document.meta["keywords"] == ["定价", "现金流"]


def test_a_duration_above_the_minutes_is_no_turn(read):
    reading = read("minutes.txt", "Founders' night\n53:44\n\n" + ENGLISH["Otter"])
    assert labels(reading)[0] == ("L1–2", "Founders' night\n53:44")
    assert [each[0] for each in heard(reading)[1:]] == [3, 3723]


def test_a_title_above_the_minutes(read):
    reading = read("minutes.txt", "季度复盘\n\n" + STYLES["Feishu"])
    assert (reading.document.title, heard(reading)[0]) == (
        "季度复盘",
        (3, 70, "说话人 1", "大家好。"),
    )


def test_a_line_that_ends_with_a_time_of_day_opens_no_turn(read):
    text = "Ines 0:03\nWe met.\nIt starts at 10:30\nDon't be late.\n\nJo 0:20\nFine.\n\nInes 0:25\nGood.\n"
    assert read("minutes.txt", text).said[0] == (
        "Ines",
        "We met.\nIt starts at 10:30\nDon't be late.",
    )


NO_MINUTES = {
    "schedule": "Opening 10:00\nInes speaks about runway.\n\nLunch 12:00\nIn the hall.\n\nTalk 13:00\nJo speaks.\n",
    "recipe": "Prep time: 5:00\nChop all of it and wait.\n\nCook time: 12:00\nStir it well, and serve it.\n",
    "log": "12:00:01 server started\n12:00:02 listening\n12:00:03 stopped\n",
    "chat of the day": "苏禾  12:34:56\n先算账\n\n陆鸣  12:35:01\n好\n苏禾  12:36:01\n嗯\n",
    "prose": "We met at 0:05 and left.\n\nAt 0:10 we came back, and at\n0:15 it began.\n\nNothing more was said about it.\n",
    "two times": "Notes on a run.\n\nBest lap\n1:05\nlast year, and this year\n1:03\nso it goes.\n",
}


@pytest.mark.parametrize("text", NO_MINUTES.values(), ids=NO_MINUTES)
def test_what_is_no_transcript_for_a_few_times(read, text):
    assert all(passage.anchor.type != "time" for passage in read("notes.txt", text).passages)


@pytest.mark.parametrize(
    "form",
    [
        ("Ines Example (00:25:10):", "(00:26:50):", "Jo Lind (00:27:30):"),
        ("苏禾 (00:25:10)：", "(00:26:50)：", "陆鸣 (00:27:30)："),
        ("Ines Example 25:10", "26:50", "Jo Lind 27:30"),
    ],
)
def test_a_time_alone_goes_on_with_the_speaker_before(read, form):
    lines = [f"{head}\nPart {n} of what is said.\n" for n, head in enumerate(form)]
    text = f"{form[2].replace('27:30', '24:00')}\nHello there.\n\n" + "\n".join(lines)
    speaker = form[0].split(" (")[0].split(" 25")[0]
    said = "Part 0 of what is said.\nPart 1 of what is said."
    assert heard(read("talk.txt", text))[1] == (1510, 1650, speaker, said)
