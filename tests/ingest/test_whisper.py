"""Whisper's JSON."""

from __future__ import annotations

import json

import pytest
from transcripts_made import heard


def whisper(**value) -> str:
    return json.dumps(value, ensure_ascii=False)


def test_whisper(read):
    segments = [
        {"id": 0, "start": 0.5, "end": 2.0, "text": " Count months."},
        {"start": 2, "end": 3, "text": "先算账。"},
    ]
    reading = read(
        "a.json", whisper(text=" Count months.先算账。", segments=segments, language="en")
    )
    assert heard(reading) == [(0.5, 3.0, None, "Count months.\n先算账。")]
    assert reading.passages[0].places == ((0, 0.5, 2.0), (14, 2.0, 3.0))
    assert (reading.document.kind, reading.document.lang) == ("transcript", "en")


@pytest.mark.parametrize(
    ("named", "lang"), [("english", "en"), ("Chinese", "zh"), ("fr", "fr"), ("zh-TW", "zh")]
)
def test_the_language_that_whisper_heard(read, named, lang):
    segments = [{"start": 0, "end": 1, "text": "Bon"}]
    assert read("a.json", whisper(segments=segments, language=named)).document.lang == lang


def test_whisper_with_speakers(read):
    segments = [
        {"start": 0, "end": 1, "text": "Hello.", "speaker": "SPEAKER_00"},
        {"start": 1, "end": 2, "text": "Hi.", "speaker": "SPEAKER_01"},
    ]
    reading = read("a.json", whisper(segments=segments))
    assert heard(reading) == [(0, 1, "SPEAKER_00", "Hello."), (1, 2, "SPEAKER_01", "Hi.")]
    assert reading.document.meta["speakers"] == ["SPEAKER_00", "SPEAKER_01"]


@pytest.mark.parametrize("key", ["word", "text"])
def test_a_segment_is_cut_where_its_words_change_speaker(read, key):
    words = [
        ("Yes", 0, "S0"),
        ("yes,", 0.4, "S0"),
        ("2026", None, None),
        ("No", 2.5, "S1"),
        ("no.", 3, "S1"),
    ]
    listed = [
        {
            key: word,
            **({} if start is None else {"start": start, "end": start + 0.3}),
            **({"speaker": who} if who else {}),
        }
        for word, start, who in words
    ]
    segment = {
        "start": 0,
        "end": 5,
        "text": " Yes yes, 2026. No no.",
        "speaker": "S0",
        "words": listed,
    }
    assert heard(read("a.json", whisper(segments=[segment]))) == [
        (0, 2.5, "S0", "Yes yes, 2026."),
        (2.5, 5, "S1", "No no."),
    ]


def test_the_same_word_by_another_speaker(read):
    words = [{"word": "Yes", "start": n, "end": n + 1, "speaker": f"S{n}"} for n in (0, 1, 2)]
    segment = {"start": 0, "end": 3, "text": "Yes Yes Yes", "words": words}
    assert heard(read("a.json", whisper(segments=[segment]))) == [
        (n, n + 1, f"S{n}", "Yes") for n in (0, 1, 2)
    ]


def test_words_without_speakers_cut_nothing(read):
    words = [{"word": "a", "start": 0, "end": 1}, {"word": "b", "start": 1, "end": 2}]
    assert heard(
        read("a.json", whisper(segments=[{"start": 0, "end": 2, "text": "a b", "words": words}]))
    ) == [(0, 2, None, "a b")]


def test_whisper_cpp(read):
    items = [
        {
            "timestamps": {"from": "00:00:01,000", "to": "00:00:03,500"},
            "offsets": {"from": 1000, "to": 3500},
            "text": " 先算账",
        },
        {
            "timestamps": {"from": "00:01:04,250", "to": "00:01:05,500"},
            "text": " 再定价",
            "speaker": "1",
        },
    ]
    reading = read(
        "a.json", whisper(systeminfo="x", transcription=items, result={"language": "zh"})
    )
    assert heard(reading) == [(1.0, 3.5, None, "先算账"), (64.25, 65.5, "1", "再定价")]
    assert reading.document.lang == "zh"


def test_chunks_of_a_pipeline(read):
    chunks = [
        {"timestamp": [0.0, 1.5], "text": " Hello"},
        {"timestamp": [1.5, None], "text": " again"},
    ]
    assert read("a.json", whisper(text=" Hello again", chunks=chunks)).passages[0].places == (
        (0, 0, 1.5),
        (6, 1.5, 1.5),
    )


@pytest.mark.parametrize("time", [None, "5", float("nan"), float("inf"), -1, True, [1], {}])
def test_segments_without_a_time_are_left_out(read, time):
    segments = [
        {"start": time, "end": 6, "text": "Lost."},
        {"start": 7, "end": time, "text": "Kept."},
    ]
    assert heard(read("a.json", whisper(segments=segments))) == [(7, 7, None, "Kept.")]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"text": "Hello."}, "a Whisper result without segments: nothing tells when it was said"),
        (
            {"text": "Hello.", "segments": [], "language": "en"},
            "a Whisper result without segments: nothing tells when it was said",
        ),
        ({"text": "", "segments": [], "language": "en"}, "nothing is said in it"),
        ({"text": "", "segments": [{"start": 0, "end": 1, "text": " "}]}, "nothing is said in it"),
    ],
)
def test_whisper_without_words(refusal, value, reason):
    assert refusal("a.json", json.dumps(value)) == reason


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"text": ' * 100_000])
def test_json_that_is_none(refusal, content):
    assert refusal("a.json", content, kind="transcript").startswith(
        ("malformed JSON", "too deeply nested")
    )
