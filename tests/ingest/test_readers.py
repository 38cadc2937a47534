"""What each reader keeps of a file, and what it says about a file that it can't read."""

from __future__ import annotations

from contextlib import suppress

import pytest

from ingest.parsed import Unreadable
from kb.text import has_words

# --- Markdown -------------------------------------------------------------------------------------

GUIDE = """\
---
title: Pricing for beginners
author: Ines Valcourt
date: 2026-02-19
lang: en
tags: [pricing, saas]
draft: true
notes:
---

# Pricing

Start from what they lose today.

## Costs #

- servers
- support
  - evenings too

### 先算成本

人力最贵。

Discounts
---------

Give none.

# *Later*

```sh
# not a heading
```
"""


def test_front_matter_becomes_title_language_and_metadata(read):
    document = read("guide.md", GUIDE).document
    assert (document.title, document.lang, document.kind) == ("Pricing for beginners", "en", "doc")
    assert document.meta == {
        "author": "Ines Valcourt",
        "date": "2026-02-19",
        "tags": ["pricing", "saas"],
        "draft": "true",
    }


def test_front_matter_is_no_passage(read):
    assert not any("Ines" in text for text in read("guide.md", GUIDE).texts)


def test_passages_keep_their_heading_path(read):
    paths = {passage.text: passage.headings for passage in read("guide.md", GUIDE).passages}
    assert paths == {
        "Start from what they lose today.": ("Pricing",),
        "- servers\n- support\n  - evenings too": ("Pricing", "Costs"),
        "人力最贵。": ("Pricing", "Costs", "先算成本"),
        "Give none.": ("Pricing", "Discounts"),
        "```sh\n# not a heading\n```": ("Later",),
    }


def test_each_passage_has_its_own_language(read):
    langs = {passage.text: passage.lang for passage in read("guide.md", GUIDE).passages}
    assert langs["人力最贵。"] == "zh"
    assert langs["Give none."] == "en"


def test_without_front_matter_the_first_heading_is_the_title(read):
    assert read("a.md", "Hello there.\n\n# Runway\n\nCount months.").document.title == "Runway"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Runway 0123456789abcdef0123456789abcdef.md", "Runway"),
        ("会员手册 0123456789abcdef0123456789abcdef.md", "会员手册"),
        ("0123456789abcdef0123456789abcdef.md", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_ids_of_an_export_are_no_part_of_a_title(read, name, title):
    assert read(name, "Count the months.\n").document.title == title


def test_without_any_heading_the_file_name_is_the_title(read):
    assert read("runway.md", "Count months.").document.title == "runway"


def test_comments_rules_and_bare_images_are_no_passages(read):
    assert read("a.md", "<!-- secret -->\n\n***\n\n![](chart.png)\n\nCount months.").texts == [
        "Count months."
    ]


def test_words_around_an_image_and_its_description_are_kept(read):
    assert "![cash by month](chart.png)" in read("a.md", "![cash by month](chart.png)").texts[0]


@pytest.mark.parametrize("ending", [".markdown", ".mdx", ".MD"])
def test_other_markdown_endings(read, ending):
    assert read(f"a{ending}", "# Runway\n\nCount months.").passages[0].headings == ("Runway",)


def test_a_sidecar_file_goes_over_front_matter_and_given_metadata_over_both(read):
    front = "---\ntitle: Front\nauthor: Front\nregion: front\n---\n\nCount months."
    document = read(
        "a.md", front, sidecar="title: Sidecar\nauthor: Sidecar\n", meta={"title": "Given"}
    ).document
    assert document.title == "Given"
    assert document.meta == {"author": "Sidecar", "region": "front"}


def test_a_declared_language_is_known_by_its_first_part(read):
    assert read("a.md", "---\nlang: zh-Hans\n---\n\n先算账。").document.lang == "zh"


def test_a_sidecar_can_make_markdown_a_transcript(read):
    assert (
        read("talk.md", "**Ines:** Count months.", sidecar="kind: transcript").document.kind
        == "transcript"
    )


def test_front_matter_can_make_markdown_a_transcript(read):
    assert (
        read("talk.md", "---\nkind: transcript\n---\n\n**Ines:** Count months.").document.kind
        == "transcript"
    )


def test_metadata_stays_as_it_is_written(read):
    document = read(
        "a.md", "---\nversion: 1.10\nstart: 19:30\ncode: 010\ncountry: no\n---\n\nCount months."
    ).document
    assert document.meta == {"version": "1.10", "start": "19:30", "code": "010", "country": "no"}


def test_one_impossible_date_does_not_lose_the_title(read):
    assert (
        read("a.md", "---\ntitle: Runway\ndate: 2026-02-30\n---\n\nCount months.").document.title
        == "Runway"
    )


def test_broken_front_matter_is_left_out_and_the_text_kept(read):
    reading = read("a.md", '---\ntitle: "Runway\ntags: [a\n---\n\n# Months\n\nCount them.')
    assert reading.texts == ["Count them."]
    assert (reading.document.title, reading.document.meta) == ("Months", {})


def test_unterminated_front_matter_loses_no_text(read):
    reading = read("a.md", "---\ntitle: Runway\n\n# Months\n\nCount them.")
    assert "Count them." in reading.texts
    assert reading.document.title == "Months"


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nCount months first.\n\n---\n\nThe rest.",
        "---\ntitle: Runway\n\n# Months\n\nCount months first.\n\n---\n\nThe rest.",
    ],
    ids=["opens with a rule", "unterminated"],
)
def test_text_between_rules_is_not_lost(read, text):
    assert "Count months first." in "\n".join(read("a.md", text).texts)


# --- plain text -----------------------------------------------------------------------------------


def test_plain_text_keeps_its_paragraphs_apart(read):
    reading = read("memo.txt", "Count months.\nThen weeks.\n \n\n先算账。\n", chars=30)
    assert reading.texts == ["Count months.\nThen weeks.", "先算账。"]
    assert [passage.anchor.label for passage in reading.passages] == ["L1–2", "L5"]
    assert (reading.document.title, reading.document.kind) == ("memo", "doc")


def test_markdown_marks_in_plain_text_are_text(read):
    reading = read("memo.txt", "# 1 priority\n\nCount months.")
    assert reading.texts == ["# 1 priority\n\nCount months."]
    assert reading.passages[0].headings == ()


# --- encodings ------------------------------------------------------------------------------------

BILINGUAL = "定价从客户那头算起。\nStart from the customer’s loss.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-32"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(read, encoding, ending):
    reading = read("memo.txt", BILINGUAL.replace("\n", ending).encode(encoding))
    assert reading.texts == [BILINGUAL.strip()]
    assert reading.passages[0].anchor.label == "L1–2"


@pytest.mark.parametrize("name", ["talk.srt", "faq.csv", "guide.md"])
def test_every_format_is_read_in_gb18030_and_utf16(read, name):
    content = {
        "talk.srt": "1\n00:00:01,000 --> 00:00:02,000\n先算账。\n",
        "faq.csv": "问题,答案\n怎么定价？,先算账。\n",
        "guide.md": "# 定价\n\n先算账。\n",
    }[name]
    for encoding in ("gb18030", "utf-16"):
        assert "先算账。" in read(name, content.encode(encoding)).texts[0]


def test_western_text_is_read_where_it_can_be_no_chinese(read):
    assert read("memo.txt", "Prix différents à négocier.".encode("cp1252")).texts == [
        "Prix différents à négocier."
    ]


def test_an_apostrophe_of_windows_makes_no_chinese(read):
    assert read("memo.txt", "We don’t sell. It’s hard.".encode("cp1252")).texts == [
        "We don’t sell. It’s hard."
    ]


def test_one_broken_byte_does_not_garble_the_rest(read):
    broken = "先算账，再定价。".encode()[:-1] + "\n\n客户能省多少钱，先问清楚。".encode()
    assert "客户能省多少钱，先问清楚。" in "\n".join(read("memo.txt", broken).texts)


# --- files that can't be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md", b"", "empty file"),
        ("a.txt", b" \r\n\t", "empty file"),
        pytest.param(
            "a.txt",
            b"\xef\xbb\xbf",
            "empty file",
        ),
        ("a.md", b"---\ntitle: Runway\n---\n", "no text in it"),
        ("a.txt", b"--- ... ***", "no text in it"),
        ("a.txt", bytes(range(256)) * 4, "binary content, not text"),
        ("a.md", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary content, not text"),
        ("a.csv", b"PK\x03\x04\x14\0\x06\0", "binary content, not text"),
        ("a.txt", "先算账。".encode("utf-16")[:-1], "broken UTF-16"),
        (
            "a.vtt",
            b"00:01.000 --> 00:02.000\nHello.\n",
            "not WebVTT: the file does not begin with WEBVTT",
        ),
        ("a.vtt", b"WEBVTT\n\nNOTE nothing yet\n", "no cues in it"),
        ("a.srt", b"Hello.\n", "no cues in it"),
        ("a.csv", b"question,answer\n", "a FAQ table without entries"),
        ("a.csv", b"question,answer\nWhy?,\n,Because.\n", "a FAQ table without entries"),
        ("a.pages", b"Hello.", "no reader for .pages files: save it as .docx or .pdf"),
        ("纪要.wps", b"Hello.", "no reader for .wps files: save it as .docx or .pdf"),
        ("b.DOC", b"Hello.", "no reader for .doc files: save it as .docx or .pdf"),
        ("账.et", b"Hello.", "no reader for .et files: save it as .xlsx or .csv"),
        ("deck.key", b"Hello.", "no reader for .key files: save it as .pptx or .pdf"),
        ("minutes", b"Hello.", "no reader for files without an ending"),
    ],
)
def test_the_reason_for_skipping_a_file(refusal, name, content, reason):
    assert reason in refusal(name, content)


def test_a_kind_that_a_format_can_not_be(refusal):
    assert (
        refusal("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n", kind="faq")
        == ".vtt files can't be read as faq"
    )


def test_asked_for_a_faq_in_a_file_without_questions(refusal):
    assert refusal("a.md", "Count months.", kind="faq") == "no questions found in it"


# --- subtitles ------------------------------------------------------------------------------------


def vtt(*cues: str) -> str:
    """A WebVTT file in which each cue lasts one second: the first from 1 to 2 s."""
    return "WEBVTT\n\n" + "".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{cue}\n\n" for n, cue in enumerate(cues, start=1)
    )


def srt(*cues: str) -> str:
    """The same as SubRip."""
    return "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\n{cue}\n\n"
        for n, cue in enumerate(cues, start=1)
    )


WEBVTT = """\
WEBVTT - Founders' night
Language: zh

STYLE
::cue { color: red }

NOTE
not said

intro
00:01.500 --> 00:03.250 align:start position:0%
<v Ines Valcourt>先算账 <00:00:02.000><i>再定价</i> &amp; 再卖。</v>

100:00:04.000 --> 100:00:05.000
<v Ines Valcourt>完了。
谢谢。
"""
SUBRIP = """\
1
00:00:01,500 --> 00:00:03,250 X1:40
{\\an8}<font color=red>Count</font> <b>months</b>.

2
01:00:04,000 --> 01:00:05,000
Thanks.
"""


def test_webvtt_as_it_is_meant(read):
    reading = read("talk.vtt", WEBVTT)
    assert reading.said == [
        ("Ines Valcourt", "先算账 再定价 & 再卖。"),
        ("Ines Valcourt", "完了。\n谢谢。"),
    ]
    first, last = reading.passages  # hours lie between
    assert (first.anchor.type, first.anchor.start, first.anchor.end) == ("time", 1.5, 3.25)
    assert (last.anchor.start, last.places) == (360004.0, ((0, 360004.0, 360005.0),))
    assert (reading.document.kind, reading.document.lang) == ("transcript", "zh")


def test_subrip_as_it_is_meant(read):
    reading = read("talk.srt", SUBRIP)
    assert reading.texts == ["Count months.", "Thanks."]
    assert [(p.anchor.start, p.anchor.end) for p in reading.passages] == [
        (1.5, 3.25),
        (3604.0, 3605.0),
    ]
    assert reading.passages[0].anchor.label == "00:00:01"


def test_title_and_speakers_come_from_a_sidecar(read):
    document = read(
        "talk.vtt", vtt("Hello."), sidecar="title: Founders' night\nspeakers: [Ines]\nlang: en\n"
    ).document
    assert (document.title, document.lang, document.meta) == (
        "Founders' night",
        "en",
        {"speakers": ["Ines"]},
    )


def test_voice_tags_name_speakers_also_two_in_one_cue(read):
    reading = read(
        "talk.vtt",
        vtt(
            "<v Ines>Ready?</v> <v.loud Jo &amp; Al>We are.</v>",
            "<v Jo &amp; Al>Really.",
            "Applause.",
        ),
    )
    assert reading.said == [
        ("Ines", "Ready?"),
        ("Jo & Al", "We are.\nReally."),
        (None, "Applause."),
    ]
    assert [passage.anchor.start for passage in reading.passages] == [1.0, 1.0, 3.0]


@pytest.mark.parametrize("file", [vtt, srt])
def test_zoom_prefixes_name_speakers(read, file):
    name = f"talk.{file.__name__}"
    reading = read(
        name,
        file("Ines Valcourt: Shall we?", "Jo: Yes.", "Jo: Let's: now.", "Ines Valcourt: Good."),
    )
    assert reading.said == [
        ("Ines Valcourt", "Shall we?"),
        ("Jo", "Yes.\nLet's: now."),
        ("Ines Valcourt", "Good."),
    ]
    assert reading.passages[1].anchor.label == "00:00:02 · Jo"


def test_full_width_colons_name_speakers(read):
    reading = read(
        "talk.srt", srt("苏禾：开始吧。", "陆 Ming：好。", "苏禾 ：先说：账。", "陆 Ming：嗯。")
    )
    assert reading.said == [
        ("苏禾", "开始吧。"),
        ("陆 Ming", "好。"),
        ("苏禾", "先说：账。"),
        ("陆 Ming", "嗯。"),
    ]


def test_a_number_after_a_full_width_colon_is_said_by_that_speaker(read):
    reading = read(
        "talk.srt", srt("苏禾：花了多久？", "陆鸣：3个月。", "苏禾：多少钱？", "陆鸣：2万。")
    )
    assert reading.said == [
        ("苏禾", "花了多久？"),
        ("陆鸣", "3个月。"),
        ("苏禾", "多少钱？"),
        ("陆鸣", "2万。"),
    ]


def test_a_prefix_on_the_first_cue_of_a_turn_is_enough(read):
    reading = read(
        "talk.srt", srt("Ines: Count", "the months,", "then the weeks.", "Jo: Why?", "Ines: Cash.")
    )
    assert reading.said == [
        ("Ines", "Count\nthe months,\nthen the weeks."),
        ("Jo", "Why?"),
        ("Ines", "Cash."),
    ]
    assert (reading.passages[0].anchor.start, reading.passages[0].anchor.end) == (1.0, 4.0)


def test_a_speaker_heard_once_in_a_labelled_file(read):
    assert ("Guest", "Why?") in read(
        "talk.srt", srt("Ines: Hello.", "Guest: Why?", "Ines: Cash.")
    ).said


def test_a_speaker_listed_in_the_metadata_may_be_called_anything(read):
    file = srt("2b founder: Hello.", "There is no more.")
    assert read("talk.srt", file, sidecar="speakers: 2b founder").said == [
        ("2b founder", "Hello.\nThere is no more.")
    ]


@pytest.mark.parametrize(
    "name",
    [
        "Jo Farrow | Tideline",
        "Jo / Tideline",
        "Jo & Al",
        "2b founder",
        "Jo, Tideline",
        "jo@tideline",
    ],
)
def test_names_as_people_write_them_in_zoom(read, name):
    reading = read(
        "talk.vtt", vtt("Ines: Hello.", f"{name}: Hi.", "Ines: Go on.", f"{name}: Cash.")
    )
    assert reading.said == [("Ines", "Hello."), (name, "Hi."), ("Ines", "Go on."), (name, "Cash.")]


@pytest.mark.parametrize("dash", ["", "- "])
def test_two_prefixes_in_one_cue_are_two_turns(read, dash):
    reading = read(
        "talk.srt", srt(f"{dash}Ines: Shall we?\n{dash}Jo: Yes.", "Ines: Good.", "Jo: Fine.")
    )
    assert reading.said == [
        ("Ines", "Shall we?"),
        ("Jo", "Yes."),
        ("Ines", "Good."),
        ("Jo", "Fine."),
    ]


UNLABELLED = [
    "It was hard.",
    "Nobody slept.",
    "We counted.",
    "然后定价。",
    "It helped.",
    "Really.",
    "就这样。",
    "So we stayed.",
]


@pytest.mark.parametrize(
    "cues",
    [
        ("One thing: we ran out.", "Then: silence."),
        ("Remember: count.", "Remember: twice."),
        ("See https://example.org now.", "It starts at 10:30 sharp.", "Ratio 3:1."),
        ("首先：算账。", "总结：先算账。"),
        pytest.param(
            ("One thing: we ran out.", "One thing: count."),
        ),
        pytest.param(
            ("我的看法：先算账。", "我的看法：再卖。"),
        ),
    ],
)
def test_in_a_file_without_speakers_a_colon_is_text(read, cues):
    everything = [*cues, *UNLABELLED]
    assert read("talk.srt", srt(*everything)).said == [(None, "\n".join(everything))]


@pytest.mark.parametrize("cue", ["One rule: count.", "It costs 10:1 now."])
def test_in_a_labelled_file_a_turn_goes_on_through_a_colon(read, cue):
    reading = read("talk.srt", srt("Ines: Hello", "and welcome.", cue, "Jo: Right.", "Ines: Next."))
    assert reading.said[0] == ("Ines", f"Hello\nand welcome.\n{cue}")


@pytest.mark.parametrize("cue", ["Listen: count.", "规则很简单：先算账。"])
def test_where_the_metadata_lists_the_speakers_there_are_no_others(read, cue):
    said = read(
        "talk.srt",
        srt("Ines: Hello.", cue, "Jo: Right.", "Ines: Next."),
        sidecar="speakers: [Ines, Jo]",
    ).said
    assert {speaker for speaker, _ in said} <= {"Ines", "Jo", None}
    assert any(cue in text for _, text in said)


def test_a_cue_with_a_malformed_time_is_left_out_and_no_other(read):
    file = srt("First.", "Second.", "Third.").replace("00:00:02,000 -->", "00:00:02,000 ->")
    reading = read("talk.srt", file)
    assert reading.texts == ["First.\nThird."]
    assert reading.passages[0].places == ((0, 1.0, 2.0), (7, 3.0, 4.0))


def test_a_cue_that_ends_before_it_begins_is_kept_at_its_beginning(read):
    anchor = read("talk.vtt", "WEBVTT\n\n00:05.000 --> 00:02.000\nHello.\n").passages[0].anchor
    assert (anchor.start, anchor.end) == (5.0, 5.0)


def test_cues_out_of_order_stand_within_their_passage(read):
    passage = read(
        "talk.srt",
        "1\n00:00:09,000 --> 00:00:11,000\nLater.\n\n2\n00:00:03,000 --> 00:00:05,000\nSooner.\n",
    ).passages[0]
    assert all(
        passage.anchor.start <= start <= end <= passage.anchor.end
        for _, start, end in passage.places
    )


def test_cues_without_a_blank_line_between_them(read):
    reading = read(
        "talk.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nFirst.\n00:02.000 --> 00:03.000\nSecond.\n"
    )
    assert reading.texts == ["First.\nSecond."]


def test_cue_numbers_are_never_text(read):
    file = "1\n00:00:01,000 --> 00:00:02,000\nFirst.\n2\n00:00:02,000 --> 00:00:03,000\nSecond.\n"
    assert read("talk.srt", file).texts == ["First.\nSecond."]


def test_less_than_and_greater_than_are_text_in_subrip(read):
    said = "If churn is <5% and margin >70%, raise."
    assert read("talk.srt", srt(said)).texts == [said]


def test_windows_line_ends_in_subtitles(read):
    assert read(
        "talk.srt", srt("Ines: First,\nsecond.", "Ines: Third.").replace("\n", "\r\n")
    ).texts == ["First,\nsecond.\nThird."]


# --- FAQ in Markdown and plain text ---------------------------------------------------------------

HEADED = """\
---
title: 社区问答
lang: zh
---

# 常见问题

## 谁可以加入？

在创业的人。

## 会费多少？

一千二。

### 减免

学生三百。

## **能退吗？**

三十天内。
"""


def entries(reading) -> list[tuple[str | None, str]]:
    return [(passage.anchor.entry, passage.text) for passage in reading.passages]


def test_question_headings_are_entries_with_all_below_them(read):
    reading = read("faq.md", HEADED)
    assert entries(reading) == [
        ("1", "谁可以加入？\n\n在创业的人。"),
        ("2", "会费多少？\n\n一千二。\n\n### 减免\n\n学生三百。"),
        ("3", "**能退吗？**\n\n三十天内。"),
    ]
    assert [passage.anchor.label for passage in reading.passages] == [
        "#1 · L8–10",
        "#2 · L12–18",
        "#3 · L20–22",
    ]
    assert reading.passages[1].headings == ("常见问题", "会费多少？")
    assert (reading.document.title, reading.document.lang, reading.document.kind) == (
        "社区问答",
        "zh",
        "faq",
    )


ENGLISH = "Q: Who may join?\nA: Founders.\n\nQ: What is due?\nA: Ten.\n\nOr two.\n\nQ: Can I leave?\nA: Yes.\n"
CHINESE = "问：谁能加入？\n答：创始人。\n\n问：多少钱？\n答：一千。\n\n或三百。\n\n问：能退吗？\n答：能。\n"
BOLD = "".join(
    f"**Q{n}:** Number {n}?\n\n**A{n}:** Yes, {n}.\n\nMore of {n}.\n\n" for n in (1, 2, 3)
)


@pytest.mark.parametrize("name", ["help.md", "help.txt"])
@pytest.mark.parametrize(
    ("text", "asked", "last"),
    [
        (
            ENGLISH,
            ["Who may join?", "What is due?", "Can I leave?"],
            ["A: Founders.", "Or two.", "A: Yes."],
        ),
        (CHINESE, ["谁能加入？", "多少钱？", "能退吗？"], ["答：创始人。", "或三百。", "答：能。"]),
        (BOLD, ["Number 1?", "Number 2?", "Number 3?"], ["More of 1.", "More of 2.", "More of 3."]),
    ],
    ids=["en", "zh", "bold"],
)
def test_lines_of_questions_and_answers_are_entries(read, name, text, asked, last):
    reading = read(name, text)
    assert reading.document.kind == "faq"
    assert [passage.anchor.entry for passage in reading.passages] == ["1", "2", "3"]
    assert [passage.text.split("\n")[0] for passage in reading.passages] == asked
    assert [passage.text.split("\n")[-1] for passage in reading.passages] == last
    assert [passage.headings[-1] for passage in reading.passages] == asked


def test_a_file_that_says_faq_in_its_front_matter(read):
    assert (
        read("help.md", "---\nkind: faq\n---\n\n# How do I leave?\n\nWrite to us.\n").document.kind
        == "faq"
    )


def test_asked_for_a_faq_every_section_is_an_entry(read):
    reading = read(
        "help.md", "# Leaving\n\nWrite to us.\n\n# Joining\n\nFill the form.\n", kind="faq"
    )
    assert entries(reading) == [
        ("1", "Leaving\n\nWrite to us."),
        ("2", "Joining\n\nFill the form."),
    ]


def test_one_question_as_a_heading_makes_no_faq(read):
    assert read("guide.md", "# What is runway?\n\nMonths of cash.\n").document.kind == "doc"


def test_an_entry_ends_where_the_next_section_begins(read):
    assert read("faq.md", "## A?\n\nOne.\n\n# Part two\n\n## B?\n\nTwo.\n").texts == [
        "A?\n\nOne.",
        "B?\n\nTwo.",
    ]


def test_a_heading_between_entries_belongs_to_none(read):
    text = "## Joining\n\nQ: Who?\nA: Founders.\n\n## Leaving\n\nQ: When?\nA: Any day.\n"
    assert read("faq.md", text, kind="faq").texts == ["Who?\nA: Founders.", "When?\nA: Any day."]


def test_entries_by_lines_keep_the_headings_above_them(read):
    text = "# Help\n\n## Joining\n\nQ: Who?\nA: Founders.\n\nQ: How?\nA: By form.\n"
    assert [p.headings for p in read("faq.md", text, kind="faq").passages] == [
        ("Help", "Joining", "Who?"),
        ("Help", "Joining", "How?"),
    ]


@pytest.mark.parametrize(
    "lost", ["Not legal advice.", "Thirty days.", "Write to help@example.org."]
)
def test_a_faq_loses_no_section(read, lost):
    text = "# FAQ\n\nNot legal advice.\n\n## Who may join?\n\nFounders.\n\n## Refund policy\n\nThirty days.\n\n"
    text += "## Contact\n\nWrite to help@example.org.\n"
    assert lost in "\n".join(read("faq.md", text).texts)


def test_words_right_above_the_first_question_are_kept(read):
    assert "Not legal advice." in "\n".join(
        read("faq.md", "Not legal advice.\nQ: Who?\nA: Founders.\n", kind="faq").texts
    )


# --- FAQ tables -----------------------------------------------------------------------------------

TABLE = (
    "ID,Question,Answer,Category,Updated,Lang,Empty\r\n"
    'f-1,"How long, roughly?","Three months.\r\nThen ask ""why"".",cash,2026-01-20,en,\r\n'
    "\r\n"
    ",怎么定价？,先算账。,定价,,zh,\r\n"
    "f-3,Nobody answered?,,cash,,en,\r\n"
    "f-4,Who?,Ines.\r\n"
)


def test_rows_are_entries_with_their_lines(read):
    reading = read("faq.csv", TABLE)
    assert entries(reading) == [
        ("f-1", 'How long, roughly?\nThree months.\nThen ask "why".'),
        ("2", "怎么定价？\n先算账。"),
        ("f-4", "Who?\nInes."),
    ]
    assert [passage.anchor.label for passage in reading.passages] == [
        "#f-1 · L2–3",
        "#2 · L5",
        "#f-4 · L7",
    ]
    assert reading.document.kind == "faq"


def test_further_columns_are_metadata_of_their_entry(read):
    metas = [passage.meta for passage in read("faq.csv", TABLE).passages]
    assert metas == [
        {"category": "cash", "updated": "2026-01-20", "lang": "en"},
        {"category": "定价", "lang": "zh"},
        {},
    ]


def test_the_question_is_the_heading_of_its_entry(read):
    assert [passage.headings for passage in read("faq.csv", TABLE).passages] == [
        ("How long, roughly?",),
        ("怎么定价？",),
        ("Who?",),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faq.csv", "\ufeff问题,答案\n怎么定价？,先算账，再卖。\n"),
        ("faq.csv", "问题;答案\n怎么定价？;先算账，再卖。\n"),
        ("faq.csv", '答案,"问题"\n先算账，再卖。,"怎么定价？"\n'),
        ("faq.tsv", "问题\t答案\n怎么定价？\t先算账，再卖。\n"),
    ],
    ids=["mark", "semicolons", "order", "tabs"],
)
def test_tables_as_programs_write_them(read, name, text):
    assert read(name, text).texts == ["怎么定价？\n先算账，再卖。"]


def test_the_language_column_is_the_language_of_the_entry(read):
    assert (
        read("faq.csv", "question,answer,lang\nWie lange?,Drei Monate.,de\n").passages[0].lang
        == "de"
    )


# --- hostile files, where they are present --------------------------------------------------------


@pytest.mark.parametrize("ending", [".md", ".txt", ".vtt", ".srt", ".csv"])
def test_odd_and_broken_files_are_read_or_skipped_with_a_reason(shared, read_file, ending):
    files = sorted((shared / "nasty").rglob(f"*{ending}"))
    assert files
    for path in files:
        with suppress(
            Unreadable
        ):  # skipped with a reason; anything else would be a traceback to the user
            assert all(map(has_words, read_file(path).texts))


def test_comments_between_paragraphs_do_not_come_back_with_them(read):
    assert read("a.md", "Count months.\n\n<!-- secret -->\n\nThen weeks.\n").texts == [
        "Count months.",
        "Then weeks.",
    ]


def test_common_names_take_their_folders_and_others_do_not(read):
    assert read("faq.csv", "question,answer\nWhat?,So.\n").document.title == "faq"
    assert read("faq-data.csv", "question,answer\nWhat?,So.\n").document.title == "faq-data"


def test_an_empty_file_of_any_kind_is_called_that(refusal):
    for name in ("a.md", "a.pdf", "a.docx", "a.xlsx", "a.epub", "a.json", "a.vtt"):
        assert refusal(name, b"") == "empty file"
