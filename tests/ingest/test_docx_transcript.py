"""Transcripts as Word documents."""

from __future__ import annotations

import pytest
from office_made import word
from transcripts_made import heard

TENCENT = (
    "投资人闭门会",
    "2026年10月22日 下午 7:30 | 1小时 02分钟",
    "周允之  00:12",
    "我们今年看了四百个项目。",
    "钱多多  01:05",
    "那 AI 应用你们还看吗？",
    "周允之  01:20",
    "看，但是要求毛利。",
    "郑一帆  02:44",
    "我觉得教育赛道被低估了。",
)
FEISHU = (
    "说话人 1 00:00:03",
    "大家好，今天聊定价。",
    "说话人 2 00:00:15",
    "先算账。",
    "说话人 1 00:00:40",
    "好。",
)
OTTER = (
    "Speaker 1  0:03",
    "Welcome to the tax clinic.",
    "Ines Example  0:15",
    "File the return by June.",
    "Speaker 1  0:40",
    "Thank you.",
)
NBSP = "\u00a0\u00a0\u00a0"
BROKEN = (
    f"<w:p><w:r><w:t>Ines Example{NBSP}0:03</w:t><w:br/><w:t>Count the months.</w:t></w:r></w:p>"
)
TEAMS = (
    BROKEN,
    BROKEN.replace("Ines Example", "Jo Lind").replace("0:03", "0:20").replace("months", "weeks"),
    BROKEN.replace("0:03", "0:41").replace("months", "days"),
)


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        (TENCENT, (164, 164, "郑一帆", "我觉得教育赛道被低估了。")),
        (FEISHU, (15, 40, "说话人 2", "先算账。")),
        (OTTER, (15, 40, "Ines Example", "File the return by June.")),
        (TEAMS, (20, 41, "Jo Lind", "Count the weeks.")),
    ],
    ids=["Tencent Meeting", "Feishu", "Otter", "Teams"],
)
def test_turns_have_their_speaker_and_time(read, paragraphs, said):
    reading = read("talk.docx", word(*paragraphs))
    assert reading.document.kind == "transcript"
    assert said in heard(reading)


def test_what_stands_above_the_first_turn_keeps_its_paragraph(read):
    reading = read("talk.docx", word(*TENCENT))
    assert reading.document.title == "投资人闭门会"
    assert reading.document.meta["speakers"] == ["周允之", "钱多多", "郑一帆"]
    assert ("paragraph 2", TENCENT[1]) in [(p.anchor.label, p.text) for p in reading.passages]


def test_a_document_with_times_in_it_stays_a_document(read, refusal):
    agenda = word("Agenda", "We meet at 12:30 in the hall.", "Lunch is at 13:15.", "Bring a pen.")
    assert read("plan.docx", agenda).document.kind == "doc"
    assert refusal("plan.docx", agenda, kind="transcript") == "no turns with a name or a time in it"
