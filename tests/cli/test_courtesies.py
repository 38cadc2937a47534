"""Thanks and greetings get a reply: nothing is searched, cited or kept."""

from __future__ import annotations

import pytest

from cli.formats import PLATFORMS


@pytest.fixture
def asked(kb, folder):
    (folder / "rules.md").write_text(
        "# Rules\n\nThe deposit is 500 yuan. 谢谢大家，你好。\n", "utf-8"
    )
    assert kb("ingest", folder).code == 0
    assert kb("ask", "How much is the deposit?").code == 0
    return kb


@pytest.mark.parametrize(
    ("text", "reply"),
    [("谢谢", "不客气！"), ("Thanks a lot!", "You're welcome!"), ("bye", "Goodbye!")],
)
@pytest.mark.parametrize("style", ["text", *PLATFORMS])
def test_a_courtesy_gets_its_reply_and_no_sources(text, reply, style, asked):
    run = asked("ask", text, "--format", style)
    assert (run.code, run.out.strip(), run.err) == (0, reply, "")


def test_programs_get_an_answer_without_citations(asked):
    answer = asked("ask", "你好", "--format", "json").json
    assert answer["status"] == "answered"
    assert (answer["citations"], answer["sentences"], answer["confidence"]) == ([], [], 0.0)
    assert answer["id"].startswith("x_")
    lines = asked("ask", "--stdin", "--jsonl", stdin="hello\nHow much is the deposit?\n").lines
    assert [bool(line["citations"]) for line in lines] == [False, True]


def test_the_journal_keeps_no_courtesy_and_the_conversation_goes_on(asked):
    asked("ask", "thanks!")
    asked("ask", "-c", "谢谢")
    asked("ask", "--stdin", "--jsonl", stdin="hi\n")
    assert [line["question"] for line in asked("log", "list", "--json").lines] == [
        "How much is the deposit?"
    ]
    assert asked("feedback", "add", "last", "up").code == 0
