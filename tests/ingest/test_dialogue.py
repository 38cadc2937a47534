"""Dialogues in Markdown and text."""

from __future__ import annotations

import pytest
from transcripts_made import ENGLISH, RECORDED, heard, labels

from ingest.parsed import File
from ingest.readers import dialogue

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
    text = (
        "Ines: Hello.\nJo: Hi: all.\nInes: More\nof it.\n\nAnd more.\nJo: See https://example.org\n"
    )
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
    said = [
        ("Ines", "00:00:12", "So?"),
        ("陆鸣", "00:00:15", "先算账。"),
        ("Ines", "01:00:00", "And?"),
    ]
    text = "# Night\n\nRecorded.\n\n## One\n\n" + "".join(
        turn.format(*each) + "\n\n" for each in said
    )
    reading = read("talk.md", text)
    assert labels(reading)[0] == ("L3", "Recorded.")
    assert heard(reading)[1:] == [
        (12, 15, "Ines", "So?"),
        (15, 3600, "陆鸣", "先算账。"),
        (3600, 3600, "Ines", "And?"),
    ]
    assert reading.passages[1].headings == ("Night", "One")
    assert reading.document.title == "Night"


NO_DIALOGUES = {
    "notes": "# Guide\n\n**Note:** one.\n\n**Tip:** two.\n\n**Note:** three.\n\n**Tip:** four.\n",
    "pros and cons": "**Pros:** cheap.\n\n**Cons:** slow.\n\n**Pros:** known.\n\n**Cons:** old.\n\n**Pros:** x.\n\n**Cons:** y.\n",
    "reference": "".join(
        f"## Field {n}\n\n**Kind:** text\n\n**Shape:** round\n\n" for n in range(9)
    ),
    "people": "".join(
        f"## Ines {n}\n\n**Company:** Tideline\n\n**Stage:** Seed\n\n" for n in range(9)
    ),
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
    reading = read(
        "talk.md", "**Ines:** Count months.\n\nJo Farrow: Why?\n", sidecar="kind: transcript"
    )
    assert reading.said == [("Ines", "Count months."), ("Jo Farrow", "Why?")]


def test_speakers_in_a_sidecar_are_believed(read):
    text = (
        "Words before. " * 20
        + "\n\n2b founder: So?\n\nJo: Well.\n\n2b founder: Then?\n\nJo: Good.\n"
    )
    assert "2b founder" in dict(read("talk.txt", text, sidecar="speakers: [2b founder, Jo]").said)


def test_a_chat_or_minutes_are_no_dialogues(read):
    assert read("chat.txt", RECORDED).passages[0].anchor.type == "time"
    assert read("minutes.txt", ENGLISH["Descript"]).passages[0].anchor.type == "time"


def test_no_guide_of_the_real_ones_is_a_dialogue(shared):
    guides = [
        path
        for folder in ("docs", "faq")
        for path in (shared / folder).rglob("*")
        if path.suffix in (".md", ".mdx")
    ]
    assert len(guides) > 100
    assert [path.name for path in guides if dialogue.fits(File(path.name, path.read_bytes()))] == []


def test_every_real_interview_is_a_dialogue(shared):
    interviews = list((shared / "transcripts/changelog/founderstalk").glob("*.md"))
    assert len(interviews) == 50
    assert [
        path.name for path in interviews if not dialogue.fits(File(path.name, path.read_bytes()))
    ] == []


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
    reading = read_file(shared / f"transcripts/bitcoin/{path}")
    assert len({speaker for speaker, _ in reading.said} - {None}) == speakers
