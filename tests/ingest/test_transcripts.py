"""What the readers of transcripts keep of a file: subtitles, Whisper, Zoom chats, minutes, dialogues, scripts."""

from __future__ import annotations

import json
import re

import pytest

from ingest.parsed import File
from ingest.readers import dialogue, script

# --- subtitles ----------------------------------------------------------------------------------------------------

TWO = "00:01.000 --> 00:02.000\nFirst.\n\n00:02.000 --> 00:03.000\nSecond.\n"


def lines_of(reading) -> list[str]:
    return "\n".join(reading.texts).split("\n")


@pytest.mark.parametrize("first", ["WEBVTT", "WEBVTT ", "WEBVTT\tfounders' night", "\ufeffWEBVTT"])
def test_first_lines_of_webvtt(read, first):
    assert read("a.vtt", f"{first}\n\n{TWO}").texts == ["First.\nSecond."]


@pytest.mark.parametrize("first", ["WEBVTTX", "webvtt", "Hello", " WEBVTT"])
def test_what_is_no_webvtt(refusal, first):
    assert refusal("a.vtt", f"{first}\n\n{TWO}") == "not WebVTT: the file does not begin with WEBVTT"


EXPECTED = {
    "arrows": "text0 text1 text2 text3 text4 text5",
    "header-garbage": "text",
    "header-space": "text",
    "header-tab": "text",
    "header-timings": "text",
    "ids": "text0 text1 text2 text3 text4",
    "newlines": "text0 text1 text2 text3",
    "regions-old": "text0 text1",
    "settings-align": " ".join(f"text{n}" for n in range(13)),
    "settings-multiple": "text0 text1",
    "settings-region": "text0 text1 text2 text3 text4 invalid5 invalid6 invalid7 invalid8",  # the settings, not the cue
    "stylesheets": "text text",
    "timings-60": "text1 text2",
    "timings-negative": "text0 text1 text2 text3",
    "timings-omitted-hours": "text0 text1 text2",
    "timings-too-long": "text0 text1",
    "timings-too-short": "text0 text1",
    "whitespace-chars": "text0 text1 text2",
}
REFUSED = (
    "signature-bom",
    "signature-no-newline",
    "signature-space",
    "signature-tab",
    "signature-timings",
    "timings-eof",
)


@pytest.mark.parametrize("name", EXPECTED)
def test_webvtt_by_its_standard(shared, read_file, name):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-file-parsing"
    assert lines_of(read_file(folder / f"{name}.vtt")) == EXPECTED[name].split()


@pytest.mark.parametrize("name", REFUSED)
def test_webvtt_without_cues_by_its_standard(shared, write, refusal, name):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-file-parsing"
    assert refusal("a.vtt", (folder / f"{name}.vtt").read_bytes()) == "no cues in it"


def test_times_with_garbage_by_the_standard_but_for_commas(shared, read):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-file-parsing"
    cues = (folder / "timings-garbage.vtt").read_text("utf-8")
    assert cues.count("invalid") > 50
    assert read("a.vtt", cues).texts == ["invalid"]
    assert "00:00:00,000 --> 00:00:01,000" in cues


def test_nulls_are_replaced_and_cues_kept(shared, read):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-file-parsing"
    cues = b"\xef\xbb\xbf" + (folder / "nulls.vtt").read_bytes().replace(b"\0", "\ufffd".encode())  # else it is binary
    assert [line.lstrip("\ufffd").replace("\ufffd", "") for line in lines_of(read("a.vtt", cues))] == [
        f"text{n}" for n in range(7)
    ]


# Where less is swallowed than by the standard: people write "<" too.
KEPT = {"<c></\nc>x": "cx", "<0": "0", "<0.500": "0500", "<00:\ufffd00:00.500>": "000000500"}


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize("name", ["tags", "text", "timestamps", "tree-building"])
def test_cue_text_by_the_standard(shared, read, name):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-cue-parsing"
    for case in json.loads((folder / f"{name}.json").read_text("utf-8")):
        source = case["text"].rstrip("\n").split("\n\n")[0].replace("\0", "\ufffd")
        nodes = re.findall(r'^\| *"(.*?)"$', case["expectedTree"], re.M | re.S)
        got = read(
            "a.vtt", f"\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\n{source}\n\n00:02.000 --> 00:03.000\nend\n"
        ).texts
        assert letters("".join(got)) == KEPT.get(source, letters("".join(nodes))) + "end", source


def test_entities_by_the_standard(shared, read):
    folder = shared / "nasty" / "webvtt_wpt" / "wpt-cue-parsing"
    cases = json.loads((folder / "entities.json").read_text("utf-8"))
    for case in cases:
        wanted = re.fullmatch(r'\| "(.*?)"(?:\n\| <span>)?\n', case["expectedTree"], re.S)
        source = case["text"].rstrip("\n")
        got = read("a.vtt", f"WEBVTT\n\n00:00.000 --> 00:01.000\na {source}\n\n00:02.000 --> 00:03.000\nend\n").texts
        assert "".join(got) == f"a {wanted[1]}".strip() + "\nend", source
    assert len(cases) > 20


def test_words_behind_a_voice_are_nobodys(read):
    reading = read("a.vtt", "WEBVTT\n\n00:04.000 --> 00:06.000\n<v Ines>Hee!</v> <i>laughter</i>\n")
    assert reading.said == [("Ines", "Hee!"), (None, "laughter")]


@pytest.mark.parametrize(
    ("tag", "speaker"),
    [
        ("<v Ines Example>", "Ines Example"),
        ("<v.loud.first Ines>", "Ines"),
        ("<v\nInes\nExample>", "Ines Example"),
        ("<v 苏禾>", "苏禾"),
        ("<v>", None),
        ("<v.loud>", None),
    ],
)
def test_voices(read, tag, speaker):
    assert read("a.vtt", f"WEBVTT\n\n00:04.000 --> 00:06.000\n{tag}Count <lang zh>先算账</lang>\n").said == [
        (speaker, "Count 先算账")
    ]


ROLLING = """\
WEBVTT
Kind: captions
Language: en

00:00:00.160 --> 00:00:02.310 align:start position:0%
\x20
hello<00:00:00.480><c> everyone</c><00:00:00.960><c.colorCCCCCC> welcome</c>

00:00:02.310 --> 00:00:02.320 align:start position:0%
hello everyone welcome
\x20

00:00:02.320 --> 00:00:04.390 align:start position:0%
hello everyone welcome
to <00:00:02.560><c>this </c><00:00:02.720><c>talk </c>

00:00:04.390 --> 00:00:04.400 align:start position:0%
to this talk
\x20

00:00:09.400 --> 00:00:11.000 align:start position:0%
\x20
yes<00:00:09.600><c> yes</c>

00:00:11.000 --> 00:00:11.010 align:start position:0%
yes yes
\x20

00:00:11.010 --> 00:00:12.000 align:start position:0%
yes yes
yes<00:00:11.600><c> yes</c>

00:00:12.000 --> 00:00:12.010 align:start position:0%
yes yes
\x20
"""


@pytest.mark.parametrize("name", ["a.vtt", "a.srt"])
def test_captions_that_roll_say_each_line_once_when_it_was_said(read, name):
    text = ROLLING if name == "a.vtt" else ROLLING.split("\n\n", 1)[1].replace(" align:start position:0%", "")
    passage = read(name, text).passages[0]
    assert passage.text == "hello everyone welcome\nto this talk\nyes yes\nyes yes"
    assert [(start, end) for _, start, end in passage.places] == [
        (0.16, 2.31),
        (2.32, 4.39),
        (9.4, 11.0),
        (11.01, 12.0),
    ]


def test_people_who_repeat_themselves_are_heard_each_time(read):
    cues = "".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\nThank you.\n\n" for n in range(5))
    assert lines_of(read("a.vtt", f"WEBVTT\n\n{cues}")) == ["Thank you."] * 5


def test_numbered_points_are_no_speakers(read):
    cues = "".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\nStep {n}: count.\n\n" for n in range(9))
    assert {speaker for speaker, _ in read("a.vtt", f"WEBVTT\n\n{cues}").said} == {None}


SUBRIPS = {
    "dots for commas": "1\n00:00:01.000 --> 00:00:02.000\nFirst.\n\n2\n00:00:02.000 --> 00:00:03.000\nSecond.\n",
    "no numbers": "00:00:01,000 --> 00:00:02,000\nFirst.\n\n00:00:02,000 --> 00:00:03,000\nSecond.\n",
    "no hours": "1\n00:01,000 --> 00:02,000\nFirst.\n\n2\n00:02,000 --> 00:03,000\nSecond.\n",
    "Windows": "1\r\n00:00:01,000 --> 00:00:02,000\r\nFirst.\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nSecond.\r\n",
    "no blank lines": "1\n00:00:01,000 --> 00:00:02,000\nFirst.\n2\n00:00:02,000 --> 00:00:03,000\nSecond.\n",
    "blank lines everywhere": "1\n\n00:00:01,000 --> 00:00:02,000\n\nFirst.\n\n\n2\n\n00:00:02,000 --> 00:00:03,000\nSecond.\n",
    "tags": "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<font color='#fff'>First</font>.\n\n"
    "2\n00:00:02,000 --> 00:00:03,000\n<i>Second</i>.\n",
}


@pytest.mark.parametrize("text", SUBRIPS.values(), ids=SUBRIPS)
def test_subrip_as_it_is_found(read, text):
    reading = read("a.srt", text)
    assert reading.texts == ["First.\nSecond."]
    assert reading.passages[0].places == ((0, 1.0, 2.0), (7, 2.0, 3.0))


def test_a_blank_line_within_a_cue_of_subrip_loses_no_words(read):
    text = "1\n00:00:01,000 --> 00:00:02,000\nFirst,\n\nand more.\n\n2\n00:00:02,000 --> 00:00:03,000\n42\n"
    assert lines_of(read("a.srt", text)) == ["First,", "and more.", "42"]


def test_a_break_in_subrip(read):
    assert read("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nFirst<br/>second\n").texts == ["First\nsecond"]


def test_sbv(read):
    reading = read("a.sbv", "0:00:01.000,0:00:04.000\n苏禾：先算账[br]再定价\n\n0:00:05.000,0:00:06.500\n陆鸣：好\n")
    assert reading.said == [("苏禾", "先算账\n再定价"), ("陆鸣", "好")]
    assert [(p.anchor.start, p.anchor.end) for p in reading.passages] == [(1.0, 4.0), (5.0, 6.5)]


def test_cues_that_overlap_are_in_order_of_their_beginnings(read):
    cues = "00:05.000 --> 00:09.000\n<v Jo>Later\n\n00:01.000 --> 00:07.000\n<v Ines>Sooner\n"
    assert read("a.vtt", f"WEBVTT\n\n{cues}").said == [("Ines", "Sooner"), ("Jo", "Later")]


# --- Whisper ------------------------------------------------------------------------------------------------------


def whisper(**value) -> str:
    return json.dumps(value, ensure_ascii=False)


def heard(reading) -> list[tuple[float, float, str | None, str]]:
    return [(p.anchor.start, p.anchor.end, p.anchor.speaker, p.text) for p in reading.passages]


def test_whisper(read):
    segments = [
        {"id": 0, "start": 0.5, "end": 2.0, "text": " Count months."},
        {"start": 2, "end": 3, "text": "先算账。"},
    ]
    reading = read("a.json", whisper(text=" Count months.先算账。", segments=segments, language="en"))
    assert heard(reading) == [(0.5, 3.0, None, "Count months.\n先算账。")]
    assert reading.passages[0].places == ((0, 0.5, 2.0), (14, 2.0, 3.0))
    assert (reading.document.kind, reading.document.lang) == ("transcript", "en")


@pytest.mark.parametrize(("named", "lang"), [("english", "en"), ("Chinese", "zh"), ("fr", "fr"), ("zh-TW", "zh")])
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
    words = [("Yes", 0, "S0"), ("yes,", 0.4, "S0"), ("2026", None, None), ("No", 2.5, "S1"), ("no.", 3, "S1")]
    listed = [
        {
            key: word,
            **({} if start is None else {"start": start, "end": start + 0.3}),
            **({"speaker": who} if who else {}),
        }
        for word, start, who in words
    ]
    segment = {"start": 0, "end": 5, "text": " Yes yes, 2026. No no.", "speaker": "S0", "words": listed}
    assert heard(read("a.json", whisper(segments=[segment]))) == [
        (0, 2.5, "S0", "Yes yes, 2026."),
        (2.5, 5, "S1", "No no."),
    ]


def test_the_same_word_by_another_speaker(read):
    words = [{"word": "Yes", "start": n, "end": n + 1, "speaker": f"S{n}"} for n in (0, 1, 2)]
    segment = {"start": 0, "end": 3, "text": "Yes Yes Yes", "words": words}
    assert heard(read("a.json", whisper(segments=[segment]))) == [(n, n + 1, f"S{n}", "Yes") for n in (0, 1, 2)]


def test_words_without_speakers_cut_nothing(read):
    words = [{"word": "a", "start": 0, "end": 1}, {"word": "b", "start": 1, "end": 2}]
    assert heard(read("a.json", whisper(segments=[{"start": 0, "end": 2, "text": "a b", "words": words}]))) == [
        (0, 2, None, "a b")
    ]


def test_whisper_cpp(read):
    items = [
        {
            "timestamps": {"from": "00:00:01,000", "to": "00:00:03,500"},
            "offsets": {"from": 1000, "to": 3500},
            "text": " 先算账",
        },
        {"timestamps": {"from": "00:01:04,250", "to": "00:01:05,500"}, "text": " 再定价", "speaker": "1"},
    ]
    reading = read("a.json", whisper(systeminfo="x", transcription=items, result={"language": "zh"}))
    assert heard(reading) == [(1.0, 3.5, None, "先算账"), (64.25, 65.5, "1", "再定价")]
    assert reading.document.lang == "zh"


def test_chunks_of_a_pipeline(read):
    chunks = [{"timestamp": [0.0, 1.5], "text": " Hello"}, {"timestamp": [1.5, None], "text": " again"}]
    assert read("a.json", whisper(text=" Hello again", chunks=chunks)).passages[0].places == (
        (0, 0, 1.5),
        (6, 1.5, 1.5),
    )


@pytest.mark.parametrize("time", [None, "5", float("nan"), float("inf"), -1, True, [1], {}])
def test_segments_without_a_time_are_left_out(read, time):
    segments = [{"start": time, "end": 6, "text": "Lost."}, {"start": 7, "end": time, "text": "Kept."}]
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
    assert refusal("a.json", content, kind="transcript").startswith(("malformed JSON", "too deeply nested"))


# --- Zoom chats ---------------------------------------------------------------------------------------------------

RECORDED = """\
00:02:12\tInes Example:\tgm\r
00:02:15\tInes Example:\tHere is the plan:\nhttps://example.org/plan\r
00:02:30\t苏禾 | 算账:\tReplying to "Here is the plan..."\n\n先算账\r
00:02:31\tJo:\tReacted to "gm" with 👍\r
00:02:32\tJo:\tReacted to "Here is\nthe ..." with ❤️\r
00:02:33\tJo:\tReacted to Here is the plan... with "👍"\r
00:02:34\tJo:\tHeeft gereageerd op "Here is the plan..." met 👍\r
00:02:35\tJo:\tRemoved a 👍 reaction from "gm"\r
00:03:00\t苏禾 | 算账:\tI reacted to the market with "calm"\r
"""


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
    assert read("a.log", "00:00:01\tINFO:\tstarted\n00:00:02\tINFO:\tstopped\n").document.kind == "doc"


# --- minutes ------------------------------------------------------------------------------------------------------

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
    assert heard(reading)[:2] == [(3, 70, "说话人 1", "大家好。"), (70, 80, "苏禾", "先算账，\n再定价。")]
    assert reading.passages[2].anchor.label == "00:01:20 · 说话人 1"
    assert reading.document.kind == "transcript"


ENGLISH = {
    "Otter": "Ines Example  0:03  \nHello all.\n\nJo  1:02:03\nCount,\nthen sell.\n\nTranscribed by https://otter.ai\n",
    "Descript": "Ines Example (00:03):\nHello all.\n\nJo (1:02:03):\nCount,\nthen sell.\n",
    "Rev": "[00:00:03] Ines Example: Hello all.\n[01:02:03] Jo: Count,\nthen sell.\n",
    "Teams, spoken": "Ines Example 0 minutes 3 seconds\nHello all.\nJo 1 hour 2 minutes 3 seconds\nCount,\nthen sell.\n",
}


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
def test_english_minutes(read, text):
    assert heard(read("minutes.txt", text)) == [
        (3, 3723, "Ines Example", "Hello all."),
        (3723, 3723, "Jo", "Count,\nthen sell."),
    ]


def test_ranges_with_the_name_below(read):
    text = "".join(
        f"0:0:{n}.5 --> 0:0:{n}.9\n{name}\n{said}\n\n"
        for n, name, said in [(1, "Ines Example", "Hello."), (3, "Jo", "Hi.\nAll well?"), (5, "Ines Example", "Yes.")]
    )
    assert heard(read("minutes.txt", text)) == [
        (1.5, 1.9, "Ines Example", "Hello."),
        (3.5, 3.9, "Jo", "Hi.\nAll well?"),
        (5.5, 5.9, "Ines Example", "Yes."),
    ]


def test_names_above_the_times(read):
    text = "Ines Example\n0:03\nHello.\n\nJo\n0:10\nHi.\n\nInes Example\n0:20\nSo?\n\nJo\n0:23\nNo.\n"
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
    assert (reading.document.title, heard(reading)[0]) == ("季度复盘", (3, 70, "说话人 1", "大家好。"))


def test_a_line_that_ends_with_a_time_of_day_opens_no_turn(read):
    text = "Ines 0:03\nWe met.\nIt starts at 10:30\nDon't be late.\n\nJo 0:20\nFine.\n\nInes 0:25\nGood.\n"
    assert read("minutes.txt", text).said[0] == ("Ines", "We met.\nIt starts at 10:30\nDon't be late.")


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


# --- dialogues ----------------------------------------------------------------------------------------------------

TALK = """\
---
title: Founders' night
lang: en
---

# Founders' night

Recorded in May.

## Runway

**Ines Example:** Count the months.

Then the weeks.

**Jo** (host): Why?

**Note:** nobody knew.

**Ines Example:** They will.

**Q:** Is it enough?

## Pricing

Words of nobody.

**Ines Example:** 先算账，再定价。
**Jo** (host): Fine.
**Ines Example:** Good.
"""


def labels(reading) -> list[tuple[str, str]]:
    return [(p.anchor.label, p.text) for p in reading.passages]


def test_a_dialogue_in_markdown(read):
    reading = read("talk.md", TALK)
    assert labels(reading) == [
        ("L8", "Recorded in May."),
        ("L12–14 · Ines Example", "Count the months.\n\nThen the weeks."),
        ("L16–18 · Jo", "Why?\n\n**Note:** nobody knew."),
        ("L20 · Ines Example", "They will."),
        ("L22", "**Q:** Is it enough?"),
        ("L26", "Words of nobody."),
        ("L28 · Ines Example", "先算账，再定价。"),
        ("L29 · Jo", "Fine."),
        ("L30 · Ines Example", "Good."),
    ]
    assert reading.passages[1].headings == ("Founders' night", "Runway")
    assert reading.passages[6].headings == ("Founders' night", "Pricing")
    assert (reading.document.title, reading.document.lang, reading.document.kind) == (
        "Founders' night",
        "en",
        "transcript",
    )
    assert reading.document.meta["speakers"] == ["Ines Example", "Jo"]


def test_initials_stand_for_the_name_that_they_came_with(read):
    text = "Ines Example (IE): So?\n\n苏禾（SH）：先算账。\n\nIE: Then?\n\nSH：再定价。\n\nIE: Good.\n\n问：谁问的？\n"
    assert read("talk.md", text).said == [
        ("Ines Example", "So?"),
        ("苏禾", "先算账。"),
        ("Ines Example", "Then?"),
        ("苏禾", "再定价。"),
        ("Ines Example", "Good."),
        (None, "问：谁问的？"),
    ]


def test_initials_of_speakers_in_the_front_matter(read):
    text = "---\nspeakers: [Ines Example, Jo Farrow]\n---\n\nIE: So?\n\nJF: Well.\n\nIE: Then?\n\nJF: Good.\n"
    reading = read("talk.md", text)
    assert [speaker for speaker, _ in reading.said] == ["Ines Example", "Jo Farrow"] * 2
    assert reading.document.meta["speakers"] == ["Ines Example", "Jo Farrow"]


def test_initials_of_two_speakers_stand_for_neither(read):
    text = "---\nspeakers: [Ines Example, Ida Eder]\n---\n\nIE: So?\n\nJo: Well.\n\nIE: Then?\n\nJo: Good.\n"
    assert [speaker for speaker, _ in read("talk.md", text).said] == ["IE", "Jo"] * 2


@pytest.mark.parametrize("name", ["talk.md", "talk.markdown", "talk.txt"])
def test_lines_of_one_paragraph_are_turns(read, name):
    text = "Ines: Hello.\nJo: Hi: all.\nInes: More\nof it.\n\nAnd more.\nJo: See https://example.org\n"
    assert labels(read(name, text)) == [
        ("L1 · Ines", "Hello."),
        ("L2 · Jo", "Hi: all."),
        ("L3–6 · Ines", "More\nof it.\n\nAnd more."),
        ("L7 · Jo", "See https://example.org"),
    ]


def test_a_name_on_a_line_of_its_own(read):
    text = "**Ines:**\nSo?\n\n**Jo:**\n\nWell,\nno.\n\n**Ines:**\nThen?\n\n**Jo:**\nGood.\n"
    reading = read("talk.md", text)
    assert labels(reading)[:2] == [("L2 · Ines", "So?"), ("L6–7 · Jo", "Well,\nno.")]
    assert reading.passages[1].places == ((0, 6, 6), (6, 7, 7))


def test_parts_of_a_turn_with_their_own_times_share_a_passage(read):
    text = "# Night\n\n**Ines (0:03):** So.\n\n**Ines (0:05):** Then.\n\n## Two\n\n**Ines (0:09):** Now.\n"
    assert heard(read("talk.md", text)) == [(3, 9, "Ines", "So.\nThen."), (9, 9, "Ines", "Now.")]


@pytest.mark.parametrize(
    "turn",
    [
        "**{}:** {}",
        "**{}**: {}",
        "__{}:__ {}",
        "- **{}:** {}",
        "> {}: {}",
        "{}: {}",
        "*{}:* {}",
        "**{}：**{}",
        "{}：{}",
    ],
)
def test_ways_to_write_a_turn(read, turn):
    said = [("Ines", "So?"), ("陆鸣", "先算账。"), ("Ines", "And?"), ("陆鸣", "再定价。")]
    assert read("talk.md", "".join(turn.format(*each) + "\n\n" for each in said)).said == said


@pytest.mark.parametrize(
    "turn",
    [
        "**{0} ({1}):** {2}",
        "{0} ({1}): {2}",
        "{0}: {1}\n\n{2}",
        "[{1}] **{0}:** {2}",
        "- [{1}] **{0}:** {2}",
        "- **{0}** ({1}): {2}",
        "**{0}** {1}\n{2}",
        "**{0}:** {1}\n{2}",
    ],
)
def test_ways_to_write_a_turn_with_its_time(read, turn):
    said = [("Ines", "00:00:12", "So?"), ("陆鸣", "00:00:15", "先算账。"), ("Ines", "01:00:00", "And?")]
    text = "# Night\n\nRecorded.\n\n## One\n\n" + "".join(turn.format(*each) + "\n\n" for each in said)
    reading = read("talk.md", text)
    assert labels(reading)[0] == ("L3", "Recorded.")
    assert heard(reading)[1:] == [(12, 15, "Ines", "So?"), (15, 3600, "陆鸣", "先算账。"), (3600, 3600, "Ines", "And?")]
    assert reading.passages[1].headings == ("Night", "One")
    assert reading.document.title == "Night"


NO_DIALOGUES = {
    "notes": "# Guide\n\n**Note:** one.\n\n**Tip:** two.\n\n**Note:** three.\n\n**Tip:** four.\n",
    "pros and cons": "**Pros:** cheap.\n\n**Cons:** slow.\n\n**Pros:** known.\n\n**Cons:** old.\n\n**Pros:** x.\n\n**Cons:** y.\n",
    "reference": "".join(f"## Field {n}\n\n**Kind:** text\n\n**Shape:** round\n\n" for n in range(9)),
    "people": "".join(f"## Ines {n}\n\n**Company:** Tideline\n\n**Stage:** Seed\n\n" for n in range(9)),
    "FAQ": "Q: Why?\nA: Because.\n\nQ: Who?\nA: Ines.\n\nQ: When?\nA: Now.\n",
    "one name": "Ines: one.\n\nInes: two.\n\nInes: three.\n\nInes: four.\n\nInes: five.\n",
    "mostly prose": "Words. " * 200 + "\n\nInes: So?\n\nJo: Well.\n\nInes: Then?\n\nJo: Good.\n",
    "中文说明": "**说明：** 一。\n\n**示例：** 二。\n\n**说明：** 三。\n\n**示例：** 四。\n\n**说明：** 五。\n",
    "code": "```yaml\nInes: a\n\n" + "Ines: c\nJo: d\n\n" * 5 + "Jo: e\n```\n",
    "steps and tips": "".join(
        f"**Setup:** Take number {n} of the parts out of the box, and keep the box for later.\n\n"
        f"**Tip:** Ask somebody to hold it.\n\n**Teardown:** Put number {n} back into the box that you kept.\n\n"
        for n in range(9)
    ),
}


@pytest.mark.parametrize("text", NO_DIALOGUES.values(), ids=NO_DIALOGUES)
@pytest.mark.parametrize("name", ["guide.md", "guide.txt"])
def test_what_is_no_dialogue(read, name, text):
    if name == "guide.txt" and text.startswith(("```", "##")):
        pytest.skip("plain text has no code or headings")
    reading = read(name, text)
    assert reading.document.kind != "transcript"
    assert {passage.anchor.speaker for passage in reading.passages} == {None}


def test_who_says_that_it_is_a_transcript_is_believed(read):
    reading = read("talk.md", "**Ines:** Count months.\n\nJo Farrow: Why?\n", sidecar="kind: transcript")
    assert reading.said == [("Ines", "Count months."), ("Jo Farrow", "Why?")]


def test_speakers_in_a_sidecar_are_believed(read):
    text = "Words before. " * 20 + "\n\n2b founder: So?\n\nJo: Well.\n\n2b founder: Then?\n\nJo: Good.\n"
    assert "2b founder" in dict(read("talk.txt", text, sidecar="speakers: [2b founder, Jo]").said)


def test_a_chat_or_minutes_are_no_dialogues(read):
    assert read("chat.txt", RECORDED).passages[0].anchor.type == "time"
    assert read("minutes.txt", ENGLISH["Descript"]).passages[0].anchor.type == "time"


def test_no_guide_of_the_real_ones_is_a_dialogue(shared):
    guides = [
        path for folder in ("docs", "faq") for path in (shared / folder).rglob("*") if path.suffix in (".md", ".mdx")
    ]
    assert len(guides) > 100
    assert [path.name for path in guides if dialogue.fits(File(path.name, path.read_bytes()))] == []


def test_every_real_interview_is_a_dialogue(shared):
    interviews = list((shared / "transcripts" / "changelog" / "founderstalk").glob("*.md"))
    assert len(interviews) == 50
    assert [path.name for path in interviews if not dialogue.fits(File(path.name, path.read_bytes()))] == []


@pytest.mark.parametrize(
    ("path", "speakers"),
    [
        ("en_paired/tabconf/2021/2021-11-05-jeremy-rubin-andrew-poelstra-covenants.md", 3),
        ("zh/tabconf/2021/2021-11-05-jeremy-rubin-andrew-poelstra-covenants.zh.md", 3),
        ("en_meetups/london-bitcoin-devs/2020-08-19-socratic-seminar-signet.md", 4),
        ("en_meetups/sf-bitcoin-meetup/2020-11-30-socratic-seminar-20.md", 11),
        ("en_meetups/chicago-bitdevs/2020-08-12-socratic-seminar.md", 0),  # made anonymous
    ],
)
def test_real_meetups(shared, read_file, path, speakers):
    reading = read_file(shared / "transcripts" / "bitcoin" / path)
    assert len({speaker for speaker, _ in reading.said} - {None}) == speakers


# --- scripts ------------------------------------------------------------------------------------------------------


def test_who_when_and_what(read):
    items = [{"who": "Ines", "sec": 1.5, "line": "Count months."}, {"who": "苏禾", "sec": 4, "line": "先算账。"}]
    reading = read("talk.json", json.dumps({"title": "Night", "language": "en", "date": "2026-05-01", "lines": items}))
    assert heard(reading) == [(1.5, 4, "Ines", "Count months."), (4, 4, "苏禾", "先算账。")]
    assert (reading.document.title, reading.document.lang, reading.document.kind) == ("Night", "en", "transcript")
    assert reading.document.meta == {"speakers": ["Ines", "苏禾"], "date": "2026-05-01"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"start": 3, "end": 60}, {"start": 70, "end": 75.5}),
        ({"start_time": "00:00:03", "end_time": "1:00"}, {"start_time": "00:01:10", "end_time": "01:15.5"}),
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
    assert [each[:3] for each in heard(read("talk.json", json.dumps(items)))] == [(3, 60, "Ines"), (70, 75.5, "Jo")]


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
    "moment", ["2026-05-01T12:34:56Z", "2026-05-01 12:34", 1777638896, 1777638896000, "1777638896.1"]
)
def test_messages_with_a_date_stand_in_their_lines(read, moment):
    items = [{"author": {"name": "Ines"}, "timestamp": moment, "content": said} for said in ("Hello.", "Hi.")]
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
    assert heard(read("talk.json", json.dumps(items))) == [(5, 9, "Ines", "First.\nSecond."), (9, 9, "Jo", "So.")]


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
    reading = read("talk.txt", "WEBVTT\n\nNOTE not said\n\n00:01.000 --> 00:02.000\n<v Ines>Count months.\n")
    assert [(p.text, p.anchor.speaker, p.anchor.start) for p in reading.passages] == [("Count months.", "Ines", 1.0)]
    numbered = read(
        "more.txt", "1\n00:00:01,000 --> 00:00:02,000\nJo: Why?\n\n2\n00:00:02,000 --> 00:00:03,000\nInes: 先算账。\n"
    )
    assert numbered.document.kind == "transcript"
    assert [p.anchor.speaker for p in numbered.passages] == ["Jo", "Ines"]
