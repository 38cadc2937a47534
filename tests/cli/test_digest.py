"""`kb digest`: a recording or a chat in lines of its own, each led to its place."""

from __future__ import annotations

import pytest

MEETING = """WEBVTT

00:01.000 --> 00:09.000
<v Ada Example>Welcome to the harbour meeting, today we settle the lantern festival budget.

00:10.000 --> 00:15.000
<v Ada Example>How much does the lantern stage cost this year?

00:16.000 --> 00:24.000
<v Bo Sample>The stage costs 900 crowns, and the harbour office pays half of that.

00:25.000 --> 00:32.000
<v Ada Example>We decided to rent the small lantern stage from the harbour office.

00:33.000 --> 00:40.000
<v Bo Sample>We decided against fireworks, the harbour office does not allow them.

00:41.000 --> 00:48.000
<v Bo Sample>I'll send the lantern contract to the harbour office by tomorrow.

00:49.000 --> 00:58.000
<v Ada Example>Who brings the spare lantern batteries to the harbour?
"""
SIDECAR = """title: Lantern meeting
date: 2026-05-04
url: https://video.example.org/lantern
speakers: [Ada Example, Bo Sample, Cyd Specimen]
"""
CHINESE = """WEBVTT

00:01.000 --> 00:06.000
<v 甲某>灯会的舞台今年要花多少钱？

00:07.000 --> 00:12.000
<v 乙某>舞台要九百元，码头办公室承担一半的费用。

00:13.000 --> 00:20.000
<v 甲某>我们最终决定租码头办公室的小舞台。

00:21.000 --> 00:27.000
<v 乙某>会后我来联系码头办公室，明天把舞台合同发过去。
"""


@pytest.fixture
def club(kb, folder):
    """`kb` on a home with two recordings and a page."""
    (folder / "lantern.vtt").write_text(MEETING)
    (folder / "lantern.vtt.meta.yaml").write_text(SIDECAR)
    (folder / "dengui.vtt").write_text(CHINESE)
    (folder / "dengui.vtt.meta.yaml").write_text("title: 灯会\ndate: 2026-06-01\n")
    assert kb("ingest", "-q", folder).code == 0
    return kb


def digest(kb, *arguments):
    """The digests that `kb digest --json` gives."""
    run = kb("digest", *arguments, "--json")
    assert run.code == 0, run.err
    return run.json


def lines_of(shown):
    """All lines of a digest as JSON."""
    for name in ("chapters", "decisions", "open_questions", "actions", "quotes"):
        yield from shown[name]
    for each in shown["answers"]:
        yield from (each["question"], *each["answer"])


def test_outcomes_and_tasks_are_told_with_their_seconds(club):
    (shown,) = digest(club, "lantern.vtt")
    outcomes = {each["outcome"]: each for each in shown["decisions"]}
    assert outcomes["decided"]["text"].startswith("We decided to rent the small lantern stage")
    assert outcomes["decided"]["anchor"]["start"] == 25.0
    assert outcomes["rejected"]["text"].startswith("We decided against fireworks")
    assert outcomes["rejected"]["anchor"]["start"] == 33.0
    (task,) = shown["actions"]
    assert (task["who"], task["day"], task["anchor"]["start"]) == ("Bo Sample", "2026-05-05", 41.0)
    assert task["due"] == "by tomorrow"


def test_questions_come_with_what_somebody_else_answered(club):
    (shown,) = digest(club, "lantern.vtt")
    (answered,) = shown["answers"]
    assert answered["question"]["text"] == "How much does the lantern stage cost this year?"
    assert answered["answer"][0]["text"].startswith("The stage costs 900 crowns")
    assert answered["answer"][0]["anchor"]["speaker"] == "Bo Sample"
    assert [each["text"] for each in shown["open_questions"]] == [
        "Who brings the spare lantern batteries to the harbour?"
    ]


def test_everybody_whom_the_source_names_is_listed(club):
    (shown,) = digest(club, "lantern.vtt")
    people = {each["name"]: each for each in shown["attendance"]}
    assert list(people) == ["Ada Example", "Bo Sample", "Cyd Specimen"]
    assert people["Bo Sample"]["first"]["anchor"]["start"] == 16.0
    assert (people["Cyd Specimen"]["share"], people["Cyd Specimen"]["first"]) == (0.0, None)


def test_a_chinese_recording_has_the_same_parts(club):
    (shown,) = digest(club, "dengui.vtt")
    assert [each["text"] for each in shown["decisions"]] == ["我们最终决定租码头办公室的小舞台。"]
    (task,) = shown["actions"]
    assert (task["who"], task["due"], task["day"]) == ("乙某", "明天", "2026-06-02")
    (answered,) = shown["answers"]
    assert answered["answer"][0]["text"] == "舞台要九百元，码头办公室承担一半的费用。"


def test_every_line_stands_word_for_word_in_the_passage_that_it_names(club):
    for shown in digest(club, "*"):
        lines = list(lines_of(shown))
        assert lines
        for line in lines:
            passage = club("show", line["passage"], "--json").json
            assert any(line["text"] in piece["text"] for piece in passage["around"])


def test_markdown_links_each_line_to_its_second(club):
    run = club("digest", "lantern.vtt")
    assert "# Lantern meeting (2026-05-04)" in run.out
    assert (
        "- Bo Sample · by tomorrow (2026-05-05): I'll send the lantern contract to the harbour"
        " office by tomorrow. ([00:00:41 · Bo Sample](<https://video.example.org/lantern#t=41>))"
    ) in run.out


def test_a_mail_begins_with_its_subject_and_has_the_links(club):
    run = club("digest", "lantern.vtt", "--format", "mail")
    assert run.out.startswith("Subject: Digest: Lantern meeting (2026-05-04)\n\n")
    assert "https://video.example.org/lantern#t=25" in run.out


def test_a_chat_message_is_short_and_calls_nobody(kb, folder):
    said = "\n\n".join(
        f"{n // 60:02d}:{n % 60:02d}.000 --> {n // 60:02d}:{n % 60:02d}.900\n"
        f"<v Ada Example>We decided that @everyone brings lantern number {n} to the harbour."
        for n in range(300)
    )
    (folder / "calls.vtt").write_text(f"WEBVTT\n\n{said}\n")
    assert kb("ingest", "-q", folder).code == 0
    out = kb("digest", "calls.vtt", "--format", "chat").out
    assert "lantern number" in out
    assert "@everyone" not in out
    assert len(out.rstrip("\n")) <= 2000


def test_since_keeps_what_was_said_on_that_day_or_later(club):
    assert {each["source"] for each in digest(club, "--since", "2026-05-01")} == {
        "lantern.vtt",
        "dengui.vtt",
    }
    assert [each["source"] for each in digest(club, "--since", "2026-06-01")] == ["dengui.vtt"]
    run = club("digest", "--since", "2026-07-01")
    assert run.code == 1
    assert "no source tells of anything since 2026-07-01" in run.err


def test_without_a_source_or_a_day_it_says_what_it_needs(club):
    assert club("digest").code == 2
    run = club("digest", "nowhere.vtt")
    assert (run.code, "no source is called nowhere.vtt" in run.err) == (1, True)


def test_faq_candidates_wait_for_a_reviewer_and_are_proposed_once(club):
    question = "How much does the lantern stage cost this year?"
    assert club("digest", "lantern.vtt", "--faq").code == 0
    waiting = club("review", "list", "--json").json  # one JSON object a line
    assert waiting["question"] == question
    assert club("faq", "list", "--json").json == []
    again = club("digest", "lantern.vtt", "--faq")
    assert "1 were proposed before" in again.err
    assert club("review", "list", "--json").json["exchange"] == waiting["exchange"]
    name = waiting["exchange"]
    assert club("review", "approve", name, "--faq", "--by", "Mira").code == 0
    (entry,) = club("faq", "list", "--json").json
    assert entry["question"] == question
    assert "900 crowns" in entry["answer"]


def test_other_audiences_get_no_word_of_it(kb, folder):
    (folder / "lantern.vtt").write_text(MEETING)
    (folder / "lantern.vtt.meta.yaml").write_text(SIDECAR + "audience: team\n")
    assert kb("ingest", "-q", folder).code == 0
    run = kb("digest", "lantern.vtt", "--audience", "public")
    assert (run.code, run.out) == (1, "")
    assert kb("digest", "lantern.vtt", "--audience", "team").code == 0
