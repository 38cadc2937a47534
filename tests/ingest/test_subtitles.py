"""WebVTT, SubRip and SBV."""

from __future__ import annotations

import json
import re

import pytest
from transcripts_made import heard

TWO = "00:01.000 --> 00:02.000\nFirst.\n\n00:02.000 --> 00:03.000\nSecond.\n"


def lines_of(reading) -> list[str]:
    return "\n".join(reading.texts).split("\n")


@pytest.mark.parametrize("first", ["WEBVTT", "WEBVTT ", "WEBVTT\tfounders' night", "\ufeffWEBVTT"])
def test_first_lines_of_webvtt(read, first):
    assert read("a.vtt", f"{first}\n\n{TWO}").texts == ["First.\nSecond."]


@pytest.mark.parametrize("first", ["WEBVTTX", "webvtt", "Hello", " WEBVTT"])
def test_what_is_no_webvtt(refusal, first):
    assert (
        refusal("a.vtt", f"{first}\n\n{TWO}") == "not WebVTT: the file does not begin with WEBVTT"
    )


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
    # the settings, not the cue
    "settings-region": "text0 text1 text2 text3 text4 invalid5 invalid6 invalid7 invalid8",
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
    folder = shared / "nasty/webvtt_wpt/wpt-file-parsing"
    assert lines_of(read_file(folder / f"{name}.vtt")) == EXPECTED[name].split()


@pytest.mark.parametrize("name", REFUSED)
def test_webvtt_without_cues_by_its_standard(shared, write, refusal, name):
    folder = shared / "nasty/webvtt_wpt/wpt-file-parsing"
    assert refusal("a.vtt", (folder / f"{name}.vtt").read_bytes()) == "no cues in it"


def test_times_with_garbage_by_the_standard_but_for_commas(shared, read):
    folder = shared / "nasty/webvtt_wpt/wpt-file-parsing"
    cues = (folder / "timings-garbage.vtt").read_text("utf-8")
    assert cues.count("invalid") > 50
    assert read("a.vtt", cues).texts == ["invalid"]
    assert "00:00:00,000 --> 00:00:01,000" in cues


def test_nulls_are_replaced_and_cues_kept(shared, read):
    folder = shared / "nasty/webvtt_wpt/wpt-file-parsing"
    cues = b"\xef\xbb\xbf" + (folder / "nulls.vtt").read_bytes().replace(
        b"\0", "\ufffd".encode()
    )  # else it is binary
    assert [
        line.lstrip("\ufffd").replace("\ufffd", "") for line in lines_of(read("a.vtt", cues))
    ] == [f"text{n}" for n in range(7)]


# Where less is swallowed than by the standard: people write "<" too.
KEPT = {"<c></\nc>x": "cx", "<0": "0", "<0.500": "0500", "<00:\ufffd00:00.500>": "000000500"}


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize("name", ["tags", "text", "timestamps", "tree-building"])
def test_cue_text_by_the_standard(shared, read, name):
    folder = shared / "nasty/webvtt_wpt/wpt-cue-parsing"
    for case in json.loads((folder / f"{name}.json").read_text("utf-8")):
        source = case["text"].rstrip("\n").split("\n\n")[0].replace("\0", "\ufffd")
        nodes = re.findall(r'^\| *"(.*?)"$', case["expectedTree"], re.M | re.S)
        got = read(
            "a.vtt",
            f"\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\n{source}\n\n00:02.000 --> 00:03.000\nend\n",
        ).texts
        assert letters("".join(got)) == KEPT.get(source, letters("".join(nodes))) + "end", source


def test_entities_by_the_standard(shared, read):
    folder = shared / "nasty/webvtt_wpt/wpt-cue-parsing"
    cases = json.loads((folder / "entities.json").read_text("utf-8"))
    for case in cases:
        wanted = re.fullmatch(r'\| "(.*?)"(?:\n\| <span>)?\n', case["expectedTree"], re.S)
        source = case["text"].rstrip("\n")
        got = read(
            "a.vtt",
            f"WEBVTT\n\n00:00.000 --> 00:01.000\na {source}\n\n00:02.000 --> 00:03.000\nend\n",
        ).texts
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
    assert read(
        "a.vtt", f"WEBVTT\n\n00:04.000 --> 00:06.000\n{tag}Count <lang zh>先算账</lang>\n"
    ).said == [(speaker, "Count 先算账")]


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
    text = (
        ROLLING
        if name == "a.vtt"
        else ROLLING.split("\n\n", 1)[1].replace(" align:start position:0%", "")
    )
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
    assert read("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nFirst<br/>second\n").texts == [
        "First\nsecond"
    ]


def test_sbv(read):
    reading = read(
        "a.sbv",
        "0:00:01.000,0:00:04.000\n苏禾：先算账[br]再定价\n\n0:00:05.000,0:00:06.500\n陆鸣：好\n",
    )
    assert reading.said == [("苏禾", "先算账\n再定价"), ("陆鸣", "好")]
    assert [(p.anchor.start, p.anchor.end) for p in reading.passages] == [(1.0, 4.0), (5.0, 6.5)]


def test_cues_that_overlap_are_in_order_of_their_beginnings(read):
    cues = "00:05.000 --> 00:09.000\n<v Jo>Later\n\n00:01.000 --> 00:07.000\n<v Ines>Sooner\n"
    assert read("a.vtt", f"WEBVTT\n\n{cues}").said == [("Ines", "Sooner"), ("Jo", "Later")]


BELOW_BLANK = """\
WEBVTT

00:00:03.120 --> 00:00:07.400

The grant needs a bank account.

2
00:00:07.900 --> 00:00:12.000

It took Ingrid five weeks
to open one.

NOTE nothing

00:00:13.000 --> 00:00:14.000
Good.
"""
NAMED_ABOVE = """\
WEBVTT

Maya Chen
00:00:03.000 --> 00:00:05.000
How long did it take?

苏禾
00:00:06.000 --> 00:00:08.000
五周。

Maya Chen
00:00:09.000 --> 00:00:10.000
I see.
"""
ZOOM_NUMBERED = NAMED_ABOVE.replace("Maya Chen", '1 "Maya Chen" (7)').replace(
    "苏禾", '2 "苏禾" (8)'
)


def test_text_below_a_blank_line_belongs_to_the_cue(read):
    assert heard(read("talk.vtt", BELOW_BLANK)) == [
        (
            3.12,
            14,
            None,
            "The grant needs a bank account.\nIt took Ingrid five weeks\nto open one.\nGood.",
        )
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "会议.vtt",
            "WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:03.000\r\n\r\n陈可: 开户花了六周。\r\n\r\n"
            "2\r\n00:00:04.000 --> 00:00:06.000\r\n\r\n吴梓: 然后才发工资。\r\n",
        ),
        (
            "会议.srt",
            "1\n00:00:01,000 --> 00:00:03,000\n\n陈可：开户花了六周。\n\n"
            "2\n00:00:04,000 --> 00:00:06,000\n\n吴梓：然后才发工资。\n",
        ),
        (
            "会议.sbv",
            "0:00:01.000,0:00:03.000\n\n陈可: 开户花了六周。\n\n"
            "0:00:04.000,0:00:06.000\n\n吴梓: 然后才发工资。\n",
        ),
    ],
)
def test_so_it_does_in_every_format_of_subtitles(read, name, text):
    assert heard(read(name, text)) == [
        (1, 3, "陈可", "开户花了六周。"),
        (4, 6, "吴梓", "然后才发工资。"),
    ]


@pytest.mark.parametrize("text", [NAMED_ABOVE, ZOOM_NUMBERED])
def test_identifiers_that_are_names_are_speakers(read, text):
    assert heard(read("talk.vtt", text)) == [
        (3, 5, "Maya Chen", "How long did it take?"),
        (6, 8, "苏禾", "五周。"),
        (9, 10, "Maya Chen", "I see."),
    ]


def test_identifiers_that_are_no_names_stay_unseen(read):
    text = NAMED_ABOVE.replace("Maya Chen", "a1b2/3-0").replace("苏禾", "a1b2/4-0")
    assert {speaker for *_, speaker, _ in heard(read("talk.vtt", text))} == {None}
