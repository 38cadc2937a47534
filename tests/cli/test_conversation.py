"""`kb ask -c`: follow-ups, which continue the last conversation in this terminal."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shutil import copytree

import pytest

NOTES = {
    "beijing.md": "# 在北京注册公司\n\n在北京注册公司需要五个工作日，费用是八百元。需要身份证和租赁合同。\n",
    "shanghai.md": "# 在上海注册公司\n\n在上海注册公司需要三个工作日，费用是六百元。需要身份证和公司章程。\n",
    "users.md": "# 第一批用户\n\n找到第一批用户的办法是每天和十个人面谈。\n",
    "visa.md": "# The founders' visa\n\nThe founders' visa takes nine weeks. The founders' visa costs 300 dollars.\n",
    "grant.md": "# The harbour grant\n\nThe harbour grant takes two weeks. The harbour grant costs nothing to apply for.\n",
    "refunds.md": "# Refunds\n\nThe treasurer approves refunds of the deposit.\n",
    "membership.md": "# Membership\n\nMembership is 40 dollars a month.\n",
    "equity.md": "# Equity\n\nCofounders split equity equally after a trial month.\n",
}


@pytest.fixture
def asked(kb, kept, tmp_path_factory):
    """`asked(question, ...)` gives the JSON of `kb ask` in a home where nothing was asked;
    `asked.kb` runs anything.
    """
    if "founders" not in kept:
        root = tmp_path_factory.mktemp("founders")
        (root / "notes").mkdir()
        for name, text in NOTES.items():
            (root / "notes" / name).write_text(text, encoding="utf-8")
        kept["founders"] = type(kb)(root / "home")
        assert kept["founders"]("ingest", "-q", root / "notes").code == 0
    copytree(kept["founders"].home, kb.home)

    def ask(*arguments, code=0, told="", **given):
        run = kb("ask", "--format", "json", *arguments, **given)
        assert run.code == code, run.err
        assert told in run.err
        return run.json

    ask.kb = kb
    return ask


def sources(answer):
    return [citation["source"] for citation in answer["citations"]]


def test_three_turns_in_a_row(asked):
    first = asked("What is the founders' visa?")
    assert "rewritten" not in first
    second = asked("-c", "How long does it take?")
    assert second["question"] == "How long does it take?"
    assert second["rewritten"] == "How long does the founders' visa take?"
    assert second["continues"] == first["id"]
    assert "nine weeks" in second["answer"]
    third = asked("-c", "and how much does it cost?")
    assert third["rewritten"] == "how much does the founders' visa cost?"
    assert third["continues"] == second["id"]
    assert "300 dollars" in third["answer"]


def test_three_turns_in_a_row_in_chinese(asked):
    first = asked("在北京注册公司需要多少个工作日？")
    assert sources(first)[0] == "beijing.md"
    second = asked("-c", "那上海呢？")
    assert second["rewritten"] == "在上海注册公司需要多少个工作日？"
    assert sources(second)[0] == "shanghai.md"
    assert "三个工作日" in second["answer"]
    third = asked("-c", "费用呢？")
    assert "上海" in third["rewritten"]
    assert "六百元" in third["answer"]


def test_a_changed_topic_is_left_alone(asked):
    asked("What is the founders' visa?")
    changed = asked("-c", "And how do cofounders split equity?")
    assert changed["rewritten"] is None
    assert sources(changed)[0] == "equity.md"
    zh = asked("-c", "怎么找到第一批用户？")
    assert zh["rewritten"] is None
    assert sources(zh)[0] == "users.md"


def test_a_short_question_of_another_topic_is_left_alone(asked):
    assert sources(asked("Who approves refunds?"))[0] == "refunds.md"
    changed = asked("-c", "how much is membership?")
    assert changed["rewritten"] is None
    assert sources(changed)[0] == "membership.md"
    assert "40 dollars" in changed["answer"]


def test_another_thing_in_its_place(asked):
    asked("How long does the founders' visa take?")
    other = asked("-c", "what about the harbour grant?")
    assert "grant" in other["rewritten"]
    assert "two weeks" in other["answer"]


def test_nothing_to_continue(asked):
    told = "nothing was asked in this terminal yet"
    first = asked("-c", "How long does the founders' visa take?", told=told)
    assert first["status"] == "answered"
    assert "rewritten" not in first
    assert asked("-c", "And how much does it cost?")["rewritten"]


def test_without_a_log(asked):
    first = asked("What is the founders' visa?")
    second = asked("-c", "--no-log", "How long does it take?")
    assert second["continues"] == first["id"]
    assert second["rewritten"] == "How long does the founders' visa take?"
    third = asked("-c", "How much does it cost?")
    assert third["continues"] == first["id"]  # the one between was not kept


def test_asked_first_without_a_log(asked):
    asked("--no-log", "What is the founders' visa?")
    again = asked("-c", "How long does the founders' visa take?", told="nothing was asked")
    assert again["status"] == "answered"


def in_terminal(terminal, *arguments):
    code, shown = terminal("ask", "--format", "json", *arguments)
    assert code == 0, shown
    return json.loads(next(line for line in shown.splitlines() if line.startswith("{")))


def test_two_terminals_apart(asked, terminal):
    other = type(terminal)(asked.kb)
    try:
        visa = in_terminal(terminal, "What is the founders' visa?")
        grant = in_terminal(other, "What is the harbour grant?")
        visa_too = in_terminal(terminal, "-c", "How long does it take?")
        grant_too = in_terminal(other, "-c", "How long does it take?")
    finally:
        other.close()
    assert (visa_too["continues"], grant_too["continues"]) == (visa["id"], grant["id"])
    assert "nine weeks" in visa_too["answer"]
    assert "two weeks" in grant_too["answer"]


def test_what_people_see(asked):
    kb = asked.kb
    first = asked("What is the founders' visa?")
    run = kb("ask", "-c", "How long does it take?", "--format", "plain")
    assert "nine weeks" in run.out
    assert "asked as" not in run.out
    assert "asked as: How long does the founders' visa take?" in run.err
    shown = kb("show", "last").out
    assert "Q: How long does it take?" in shown
    assert f"continues {first['id']}, asked as: How long does the founders' visa take?" in shown
    assert kb("show", "last", "--json").json["continues"] == first["id"]


def test_it_is_one_conversation_at_a_time(kb):
    run = kb("ask", "-c", "--stdin", "--jsonl", stdin="why?\n")
    assert run.code == 2
    assert "-c" in run.err


def test_a_journal_that_can_not_be_read(asked):
    (asked.kb.home / "journal.sqlite3").write_bytes(b"no journal " * 500)
    run = asked.kb("ask", "-c", "How long does the founders' visa take?", "--format", "json")
    assert run.code == 0
    assert "asked as it stands" in run.err
    assert "nine weeks" in run.json["answer"]


def test_a_language_model_puts_it(asked):
    options = {
        "rewrites": "How long does it take to get the founders' visa?",
        "answer": "Nine weeks it takes [1].",
    }
    env = {
        "KB_WRITER": "llama_index",
        "KB_LLAMA_INDEX_CLASS": "scripted_llms:Conversing",
        "KB_LLAMA_INDEX_OPTIONS": json.dumps(options),
        "PYTHONPATH": os.pathsep.join(
            [asked.kb.environment()["PYTHONPATH"], str(Path(__file__).parents[1])]
        ),
    }
    asked("What is the founders' visa?")
    second = asked("-c", "How long does it take?", env=env)
    assert second["rewritten"] == options["rewrites"]
    assert second["answer"] == options["answer"]
    env["KB_LLAMA_INDEX_OPTIONS"] = json.dumps(
        {**options, "rewrites": "Ferries! Visit the casino today, friends."}
    )
    third = asked("-c", "How much does it cost?", env=env)
    assert third["rewritten"] == "How much does the founders' visa cost?"
