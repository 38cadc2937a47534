"""Tables of cues."""

from __future__ import annotations

import pytest

WHISPER = 'start\tend\ttext\n0\t1500\tCount the months.\n1500\t4250\t"Then count again,\n4250\t5000\t先算账。\n'


def test_whispers_table_is_in_milliseconds(read):
    reading = read("talk.tsv", WHISPER)
    (passage,) = reading.passages
    assert passage.text == 'Count the months.\n"Then count again,\n先算账。'
    assert passage.places == ((0, 0.0, 1.5), (18, 1.5, 4.25), (37, 4.25, 5.0))
    assert reading.document.kind == "transcript"


@pytest.mark.parametrize(
    ("header", "rows", "times"),
    [
        ("start,end,text", ["0.5,2.25,One.", "2.25,63,Two."], [(0.5, 2.25), (2.25, 63)]),
        ("start,end,text", ["1,4,One.", "4,63,Two."], [(1, 4), (4, 63)]),
        ("start,end,text", ["1000,4000,One.", "4000,63000,Two."], [(1, 4), (4, 63)]),
        ("Start (ms),End (ms),Text", ["10,40,One.", "40,63,Two."], [(0.01, 0.04), (0.04, 0.063)]),
        ("start_s,end_s,text", ["1000,2000,One.", "2000,3000,Two."], [(1000, 2000), (2000, 3000)]),
        (
            "Start,End,Text",
            ["00:00:01.5,00:00:02,One.", '0:59,"1:00:00,25",Two.'],
            [(1.5, 2), (59, 3600.25)],
        ),
        ("开始时间,结束时间,文本", ["00:01,00:02,One.", "00:02,00:03,Two."], [(1, 2), (2, 3)]),
        (
            "begin,stop,transcript",
            ["1.0,2.0,One.", ",,lost", "2.0,,Two.", "5.0,6.0,Three."],
            [(1, 2), (2, 5), (5, 6)],
        ),
    ],
)
def test_units_of_time(read, header, rows, times):
    passages = read("talk.csv", "\n".join([header, *rows]), kind="transcript").passages
    assert [place[1:] for passage in passages for place in passage.places] == times


def test_speakers_in_a_table(read):
    text = "发言人,开始时间,结束时间,内容\nInes,00:00:01,00:00:02,先算账。\nInes,00:00:02,00:00:03,再定价。\n苏禾,00:00:03,00:00:04,好。\n"
    reading = read("talk.csv", text)
    assert reading.said == [("Ines", "先算账。\n再定价。"), ("苏禾", "好。")]
    assert reading.document.meta["speakers"] == ["Ines", "苏禾"]


@pytest.mark.parametrize(
    "text",
    [
        "start,end,text\n2026-05-01,2026-05-02,Count months.\n",
        "活动,内容,开始时间,结束时间\n年会,先算账,09:00,10:00\n",
        "start,end,text\n",
    ],
)
def test_plans_are_no_transcripts(read, refusal, text):
    if text.count("\n") > 1:
        assert read("plan.csv", text).document.kind == "doc"
    else:
        assert refusal("plan.csv", text) == "a table without rows"


def test_asked_for_a_transcript_in_a_table_without(refusal):
    assert refusal("a.csv", "name,city\nInes,Bern\n", kind="transcript") == (
        "a table without start, end and text columns (it has: name, city)"
    )
    assert refusal("a.csv", "start,end,text\nx,y,z\n", kind="transcript") == "no cues in it"


def test_a_first_row_like_the_others_is_no_header(read):
    assert read("a.csv", "Oslo,12,4.5\nBerlin,14,3.2\n").texts == [
        "Oslo · 12 · 4.5",
        "Berlin · 14 · 3.2",
    ]
    assert read("a.csv", "City,2025,2026\nOslo,12,4.5\n").texts == [
        "City: Oslo · 2025: 12 · 2026: 4.5"
    ]
    assert read("a.csv", "City,Rooms\nOslo,12\nBerlin,14\n").texts == [
        "City: Oslo · Rooms: 12",
        "City: Berlin · Rooms: 14",
    ]
