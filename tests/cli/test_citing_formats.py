"""What a user sees of the formats: answers that cite a row, a slide, a turn; filters by what is in
them.
"""

from __future__ import annotations

import io
import json

import pytest

BUDGET = [
    ("Item", "Owner", "Amount"),
    ("Venue rent", "Petra", 900),
    ("Catering", "Yusuf", 450),
    ("Insurance", "Ines", 120),
]


def workbook(rows):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Budget"
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def ask(kb):
    """The JSON answer to a question."""
    return lambda *arguments: kb("ask", "--format", "json", "--no-log", *arguments).json


def labels(answer):
    return [citation["anchor"]["label"] for citation in answer["citations"]]


@pytest.mark.parametrize(
    ("question", "row", "said"),
    [
        ("who is the owner of the catering?", 3, "Yusuf"),
        ("insurance amount?", 4, "120"),
        ("venue rent amount?", 2, "900"),
    ],
)
def test_a_fact_of_a_table_is_cited_by_its_row(kb, folder, ask, question, row, said):
    (folder / "budget.xlsx").write_bytes(workbook(BUDGET))
    (folder / "notes.csv").write_text("City,Seats\nOslo,12\nBerlin,40\nParis,7\n")
    assert kb("ingest", folder).code == 0
    answer = ask(question)
    assert said in answer["answer"]
    assert labels(answer)[0] == f"Budget · row {row}"
    assert said in answer["citations"][0]["quote"]
    (first, *_) = ask("seats in Berlin?")["citations"]
    assert (first["anchor"]["label"], first["anchor"]["type"]) == ("L3", "lines")


def test_a_recording_without_speakers_is_cited_by_the_second_it_was_said(kb, folder, ask):
    segments = [
        (0, 3, "Welcome to demo night."),
        (75, 79, "They sell to forty bakeries."),
        (200, 204, "Thank you all."),
    ]
    talk = {
        "segments": [{"start": a, "end": b, "text": text} for a, b, text in segments],
        "language": "en",
    }
    (folder / "talk.json").write_text(json.dumps(talk))
    (folder / "talk.json.meta.yaml").write_text("url: https://video.example.org/talk\n")
    kb("ingest", folder)
    (citation,) = ask("how many bakeries do they sell to?")["citations"]
    assert citation["anchor"]["label"] == "00:01:15"
    assert citation["url"].endswith("#t=75")


def test_all_that_is_cited_of_a_recording_stands_in_its_quote(kb, folder, ask):
    (folder / "talk.vtt").write_text(
        "WEBVTT\n\n00:00:05.000 --> 00:00:18.000\n<v Noor>We might raise the price of the green plan next year, as hosting got expensive.\n\n"
        "00:00:18.500 --> 00:00:24.000\n<v Noor>So anyway. That is for another evening. But\n\n"
        "00:00:24.500 --> 00:00:30.000\n<v Noor>the price of the green plan is 40 dollars, and it stays so.\n"
    )
    kb("ingest", folder)
    answer = ask("what is the price of the green plan?")
    assert len(answer["sentences"]) > 1
    (citation,) = answer["citations"]
    quote = citation["quote"].replace("\n", " ")
    assert [each["text"] for each in answer["sentences"] if each["text"] not in quote] == []
    assert (citation["anchor"]["start"], citation["anchor"]["end"]) == (5.0, 30.0)


def test_what_one_speaker_said_can_be_asked_for(kb, folder):
    (folder / "talk.md").write_text(
        "**Hana:** How did you find a cofounder?\n\n**Milo:** At the chess club, a cofounder finds you.\n\n"
        "**Hana:** And the second cofounder?\n\n**Milo:** By post, believe it or not.\n"
    )
    kb("ingest", folder)
    hits = kb("search", "--json", "cofounder", "--where", "speaker=Milo").json["hits"]
    assert {hit["anchor"]["speaker"] for hit in hits} == {"Milo"}
    assert kb("search", "--json", "cofounder", "--where", "speakers=Milo").json[
        "hits"
    ]  # the document's own


def test_an_answer_of_a_faq_comes_without_its_mark(kb, folder, ask):
    lines = [
        ("Is there a fee?", "No, but we take 5 percent."),
        ("Who may join?", "Anyone who founds."),
        ("When?", "In May."),
    ]
    (folder / "qa.txt").write_text(
        "".join(f"Q: {question}\nA: {answer}\n\n" for question, answer in lines)
    )
    (folder / "问答.txt").write_text(
        "问：路演多久？\n答：路演八分钟。\n\n问：谁能来？\n答：创始人。\n", "utf-8"
    )
    kb("ingest", folder)
    assert ask("is there a fee?")["answer"] == "No, but we take 5 percent. [1]"
    assert ask("路演多久？")["answer"] == "路演八分钟。 [1]"


def test_formats_lists_readers_and_what_extras_add(kb):
    listed = kb("formats").out
    for told in (
        ".pptx",
        ".ipynb",
        ".zip",
        "llamahub:MODULE:CLASS",
        'pip install "founders-kb[audio]"',
    ):
        assert told in listed


def test_a_filter_that_matches_nothing_says_what_there_is(kb, folder):
    (folder / "faq.csv").write_text(
        "问题,答案,标签\n能退款吗？,七天内可以。,售后\n多少钱？,一千二。,价格\n", "utf-8"
    )
    kb("ingest", folder)
    assert kb("search", "退款", "--where", "标签=售后").out
    assert "标签 is 价格, 售后" in kb("search", "退款", "--where", "标签=退款").err
    assert "keys are " in kb("search", "退款", "--where", "label=退款").err
