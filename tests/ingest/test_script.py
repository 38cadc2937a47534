"""Lists of who said what."""

from __future__ import annotations

import json

import pytest
from transcripts_made import heard, labels

from ingest.parsed import File
from ingest.readers import script


def test_who_when_and_what(read):
    items = [
        {"who": "Ines", "sec": 1.5, "line": "Count months."},
        {"who": "苏禾", "sec": 4, "line": "先算账。"},
    ]
    reading = read(
        "talk.json",
        json.dumps({"title": "Night", "language": "en", "date": "2026-05-01", "lines": items}),
    )
    assert heard(reading) == [(1.5, 4, "Ines", "Count months."), (4, 4, "苏禾", "先算账。")]
    assert (reading.document.title, reading.document.lang, reading.document.kind) == (
        "Night",
        "en",
        "transcript",
    )
    assert reading.document.meta == {"speakers": ["Ines", "苏禾"], "date": "2026-05-01"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"start": 3, "end": 60}, {"start": 70, "end": 75.5}),
        (
            {"start_time": "00:00:03", "end_time": "1:00"},
            {"start_time": "00:01:10", "end_time": "01:15.5"},
        ),
        ({"start_ms": 3000, "end_ms": 60000}, {"start_ms": 70000, "end_ms": 75500}),
        ({"startMs": "3000", "endMs": "60000"}, {"startMs": "70000", "endMs": "75500"}),
        ({"start": 3000, "end": 60000}, {"start": 70000, "end": 75500}),  # nobody speaks so slowly
        ({"timestamp": "3", "end": "60s"}, {"timestamp": "70.0", "end": "75.5"}),
        ({"开始时间": "00:03", "结束时间": "01:00"}, {"开始时间": "01:10", "结束时间": "01:15.5"}),
    ],
)
def test_times_however_they_are_written(read, first, second):
    said = "We count the months first, and then the weeks; " * 2
    items = [{"speaker": "Ines", "text": said, **first}, {"speaker": "Jo", "text": said, **second}]
    assert [each[:3] for each in heard(read("talk.json", json.dumps(items)))] == [
        (3, 60, "Ines"),
        (70, 75.5, "Jo"),
    ]


def test_times_of_a_long_file_in_milliseconds(read):
    items = [{"who": "Ines", "t": 500 + 90_000 * n, "text": "So."} for n in range(30)]
    anchor = read("talk.json", json.dumps(items)).passages[0].anchor
    assert (anchor.start, anchor.end) == (0.5, 2610.5)


@pytest.mark.parametrize(
    "keys", [("speaker", "text"), ("role", "content"), ("说话人", "内容"), ("author", "utterance")]
)
@pytest.mark.parametrize("name", ["talk.jsonl", "talk.yaml"])
def test_without_times_the_items_lines(read, name, keys):
    said = [("Ines", "So?"), ("苏禾", "先算账。"), ("Ines", "And?"), ("苏禾", "再定价。")]
    items = [dict(zip(keys, each, strict=True)) for each in said]
    if name == "talk.jsonl":
        text, places = "\n".join(json.dumps(item) for item in items), ["L1", "L2", "L3", "L4"]
    else:
        text = "".join(f"- {keys[0]}: {who}\n  {keys[1]}: {what}\n" for who, what in said)
        places = ["L1–2", "L3–4", "L5–6", "L7–8"]
    assert labels(read(name, text)) == [
        (f"{place} · {who}", what) for place, (who, what) in zip(places, said, strict=True)
    ]


@pytest.mark.parametrize(
    "moment",
    ["2026-05-01T12:34:56Z", "2026-05-01 12:34", 1777638896, 1777638896000, "1777638896.1"],
)
def test_messages_with_a_date_stand_in_their_lines(read, moment):
    items = [
        {"author": {"name": "Ines"}, "timestamp": moment, "content": said}
        for said in ("Hello.", "Hi.")
    ]
    reading = read("chat.json", "[\n" + ",\n".join(map(json.dumps, items)) + "\n]")
    assert labels(reading) == [("L2–3 · 2026-05-01 12:34 · Ines", "Hello.\n\nHi.")]


@pytest.mark.parametrize(
    "items",
    [
        [{"question": "Why?", "answer": "So.", "text": "x", "who": "Ines", "sec": 1}],
        [{"name": "Tideline", "content": "a company"}, {"name": "Acme", "content": "another"}],
        [{"time": "2026-05-01T12:34:56Z", "level": "info", "text": "started"}] * 3,
        [{"who": "Ines"}, {"who": "Jo"}],
        [1, 2, 3],
        {"a": 1},
    ],
)
def test_what_is_no_script(items):
    assert not script.fits(File("a.json", json.dumps(items).encode()))


def test_asked_for_a_transcript_in_data_without_one(refusal):
    assert refusal("a.json", "[1, 2]", kind="transcript") == "no list of who said what in it"


def test_items_without_a_time_follow_the_one_before(read):
    items = [
        {"who": "Ines", "sec": 5, "line": "First."},
        {"who": "Ines", "line": "Second."},
        {"who": "Jo", "sec": 9, "line": "So."},
    ]
    assert heard(read("talk.json", json.dumps(items))) == [
        (5, 9, "Ines", "First.\nSecond."),
        (9, 9, "Jo", "So."),
    ]


def test_a_long_silence_ends_a_passage(read):
    cues = "".join(
        f"00:0{m}:00.000 --> 00:0{m}:0{s}.000\n{said}\n\n"
        for m, s, said in [(0, 4, "One."), (0, 9, "Two."), (5, 2, "Three.")]
    )
    assert [(p.text, p.anchor.label) for p in read("talk.vtt", f"WEBVTT\n\n{cues}").passages] == [
        ("One.\nTwo.", "00:00:00"),
        ("Three.", "00:05:00"),
    ]


def test_subtitles_saved_as_text_are_subtitles(read):
    reading = read(
        "talk.txt", "WEBVTT\n\nNOTE not said\n\n00:01.000 --> 00:02.000\n<v Ines>Count months.\n"
    )
    assert [(p.text, p.anchor.speaker, p.anchor.start) for p in reading.passages] == [
        ("Count months.", "Ines", 1.0)
    ]
    numbered = read(
        "more.txt",
        "1\n00:00:01,000 --> 00:00:02,000\nJo: Why?\n\n2\n00:00:02,000 --> 00:00:03,000\nInes: 先算账。\n",
    )
    assert numbered.document.kind == "transcript"
    assert [p.anchor.speaker for p in numbered.passages] == ["Jo", "Ines"]


def test_a_chat_as_data_knows_what_is_answered(read):
    items = [
        {"author": "陈可", "time": "2026-05-01 12:00", "text": "商标找谁便宜"},
        {"author": "吴梓", "time": "2026-05-01 12:02", "text": "青禾代理，一个类别 600"},
        {"author": "陈可", "time": "2026-05-01 12:03", "text": "谢谢"},
        {"author": "吴梓", "time": "2026-05-01 12:04", "text": "不客气"},
    ]
    reply = read("chat.json", json.dumps(items)).passages[1]
    assert (reply.context, reply.meta["asked_by"]) == ("商标找谁便宜", "陈可")
    assert reply.anchor.at == "2026-05-01 12:02"
