"""The review of held answers: key by key in a pseudo-terminal, and by commands for scripts."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest
from holding import (
    ALWAYS,
    DENTIST,
    FERRY,
    FERRY_AGAIN,
    KEEPER,
    LANTERNS,
    LIGHTHOUSE,
    SEVEN,
    hold,
    write_rules,
)
from typist import Typist

from kb.journal import Journal

NEXT = "any other key goes on"


@pytest.fixture
def sit(kb):
    """A reviewer sits down at a terminal of their own."""
    opened = []

    def start(**env):
        opened.append(Typist(kb, "review", env=env))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def editor(tmp_path):
    """An editor that changes what it is given: `editor(old, new)` gives its EDITOR."""

    def make(old, new):
        script = tmp_path / "editor.py"
        script.write_text(
            "import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\n"
            f"path.write_text(path.read_text('utf-8').replace({old!r}, {new!r}), 'utf-8')\n"
        )
        return {"EDITOR": f"{sys.executable} {script}", "VISUAL": ""}

    return make


def shown(kb, name):
    return kb("show", name, "--json").json


class TestKeys:
    def test_the_oldest_first_each_with_its_sources_and_what_was_decided_before(self, harbour, sit):
        first = hold(harbour, FERRY, "--asker", "Ada Example")
        second = hold(harbour, FERRY_AGAIN)
        reviewer = sit()
        page = reviewer.decide("a", NEXT)
        assert first in page
        assert "every answer of this channel is looked at" in page
        assert "asked by Ada Example" in page
        assert SEVEN in page
        assert "harbour.md" in page
        reviewer.press("n")
        page = reviewer.decide("d", "note to the asker")
        assert second in page
        assert "asked before: when does the ferry" in page
        reviewer.write("Ask at the quay.")
        reviewer.see("no more held answers")
        reviewer.press("n")
        assert "nothing to review" in reviewer.end()[1]
        assert shown(harbour, first)["hold"]["state"] == "approved"
        assert shown(harbour, first)["hold"]["by"] == "ines"
        assert SEVEN in shown(harbour, first)["answer"]
        assert shown(harbour, second)["answer"] == "Ask at the quay."

    def test_an_edited_answer_is_checked_and_keeps_what_still_stands(self, harbour, sit, editor):
        name = hold(harbour, FERRY)
        reviewer = sit(**editor(SEVEN, "nine in the evening"))
        reviewer.decide("e", "let it out all the same?")
        reviewer.press("n")
        reviewer.see("what you wrote is kept")
        reviewer.decide("q")
        reviewer.end()
        assert shown(harbour, name)["hold"]["state"] == "waiting"
        reviewer = sit(**editor("The ferry", "Our ferry"))
        reviewer.decide("e", NEXT)
        reviewer.press("n")
        reviewer.see("no more held answers")
        reviewer.press("n")
        reviewer.end()
        edited = shown(harbour, name)
        assert edited["hold"]["state"] == "edited"
        assert edited["answer"].startswith("Our ferry to Cold Island leaves at seven")
        assert [sentence["supported"] for sentence in edited["sentences"]] == [True]
        assert edited["citations"][0]["source"] == "harbour.md"
        assert SEVEN in edited["citations"][0]["quote"]

    def test_one_key_makes_an_answer_an_entry_and_undo_takes_both_back(self, harbour, sit):
        name = hold(harbour, LANTERNS)
        reviewer = sit()
        reviewer.decide("a", NEXT)
        reviewer.press("f")
        reviewer.see("promoted: FAQ entry")
        assert LANTERNS in harbour("faq", "list").out
        reviewer.see("no more held answers")
        reviewer.press("u")
        assert name in reviewer.decide("s", "skipped")
        reviewer.end()
        assert shown(harbour, name)["hold"]["state"] == "waiting"
        assert LANTERNS not in harbour("faq", "list").out
        assert KEEPER not in harbour("show", name).out

    def test_two_reviewers_see_different_answers(self, harbour, sit):
        names = [hold(harbour, question) for question in (FERRY, LANTERNS)]
        one = sit()
        one.see(names[0])
        other = sit()
        other.see(names[1])
        one.decide("q")
        other.decide("q")
        assert (one.end()[0], other.end()[0]) == (0, 0)

    def test_who_decides_second_is_told_who_was_first(self, harbour, sit):
        name = hold(harbour, FERRY)
        reviewer = sit()
        reviewer.see(name)
        assert harbour("review", "decline", name, "--by", "Bo Sample").code == 0
        reviewer.decide("a", "Bo Sample has decided meanwhile: declined")
        reviewer.end()
        assert shown(harbour, name)["hold"]["state"] == "declined"

    def test_feedback_comes_behind_what_is_held(self, harbour, sit):
        answered = harbour("ask", FERRY, "--format", "json").json["id"]
        assert harbour("feedback", "add", answered, "down", "--comment", "too late").code == 0
        held = hold(harbour, LANTERNS)
        reviewer = sit()
        assert held in reviewer.decide("s", "skipped")
        assert "voted down" in reviewer.decide("f", "that was all")
        reviewer.press("q")
        assert reviewer.end()[0] == 0


class TestScripts:
    def test_without_a_terminal_it_names_the_commands_for_scripts(self, harbour):
        hold(harbour, FERRY)
        run = harbour("review")
        assert run.code == 2
        assert "kb review list" in run.err

    def test_an_approved_answer_is_a_candidate_until_it_is_an_entry(self, harbour):
        name = hold(harbour, FERRY)
        assert harbour("review", "approve", name, "--by", "Ada Example").code == 0
        (line,) = harbour("review", "list", "--all", "--json").lines
        assert (line["state"], line["by"], line["faq"]) == ("approved", "Ada Example", "candidate")
        assert harbour("feedback", "resolve", name, "--as", "promote").code == 0
        (line,) = harbour("review", "list", "--all", "--json").lines
        assert line["faq"].startswith("f_")
        run = harbour("ask", FERRY_AGAIN, "--format", "json")
        assert run.json["citations"][0]["anchor"]["type"] == "faq"

    def test_what_is_not_in_the_sources_is_told_and_marked(self, harbour):
        name = hold(harbour, FERRY)
        text = "It leaves at seven. [1] The captain is Ada Example. [1]"
        run = harbour("review", "edit", name, "--text", text)
        assert run.code == 0
        assert "not in the sources: The captain is Ada Example." in run.err
        edited = shown(harbour, name)
        assert edited["status"] == "unsupported"
        assert [each["supported"] for each in edited["sentences"]] == [True, False]

    def test_what_the_rules_forbid_is_not_written_either(self, harbour):
        name = hold(harbour, FERRY)
        rules = harbour.home / "community.toml"
        rules.write_text(f'{rules.read_text()}[rules]\nforbidden_words = ["crowns"]\n')
        run = harbour("review", "edit", name, "--text", "It costs four crowns. [1]")
        assert run.code == 1
        assert "forbidden word crowns" in run.err
        assert shown(harbour, name)["hold"]["state"] == "waiting"

    def test_a_decision_names_who_waits_with_the_same_question(self, harbour):
        first, other = hold(harbour, FERRY), hold(harbour, LANTERNS)
        same = [hold(harbour, FERRY), hold(harbour, FERRY_AGAIN)]
        run = harbour("review", "approve", first)
        assert run.code == 0
        assert [line.split(",")[0].split()[-1] for line in run.err.splitlines()] == same
        assert "the same is asked in" not in harbour("review", "decline", other).err

    def test_a_decision_is_made_once_and_can_be_taken_back(self, harbour):
        name = hold(harbour, LIGHTHOUSE)
        assert harbour("review", "approve", name, "--by", "Ada Example").code == 0
        run = harbour("review", "decline", name)
        assert run.code == 1
        assert "Ada Example has decided" in run.err
        assert harbour("review", "undo", name, "--by", "Bo Sample").code == 1
        assert harbour("review", "undo", name, "--by", "Bo Sample", "--again").code == 0
        assert shown(harbour, name)["hold"]["state"] == "waiting"
        assert "六点" not in harbour("show", name).out
        assert harbour("review", "decline", name, "--note", "请私下询问。").code == 0
        assert "请私下询问。" in harbour("show", name).out

    def test_a_held_answer_that_was_voted_down_comes_to_the_feedback(self, harbour):
        name = hold(harbour, FERRY)
        harbour("review", "approve", name)
        harbour("feedback", "add", name, "down")
        with closing(Journal(harbour.home / "journal.sqlite3")) as journal:
            from retrieval.feedback.review_queue import queue

            (case,) = queue(journal, "ines")
            assert (case.exchange.id, case.why) == (name, "downvoted")
            assert SEVEN in case.exchange.answer

    def test_in_chinese(self, harbour):
        name = hold(harbour, LIGHTHOUSE)
        run = harbour("review", "list", env={"KB_LANG": "zh"})
        assert "等待审核" in run.out
        run = harbour("review", "approve", name, env={"KB_LANG": "zh"})
        assert run.out.startswith("已批准：")

    def test_a_disclaimer_is_no_part_of_the_entry_that_comes_of_an_answer(self, harbour):
        rules = '[rules]\ndisclaimers = ["Members wrote this, not lawyers."]\n'
        write_rules(harbour, ALWAYS + rules)
        name = hold(harbour, FERRY)
        assert harbour("review", "approve", name, "--faq").code == 0
        assert "Members wrote this" in shown(harbour, name)["answer"]
        (entry,) = harbour("faq", "list", "--json").json
        assert SEVEN in entry["answer"]
        assert "Members wrote this" not in entry["answer"]

    def test_a_refusal_becomes_no_entry_and_still_waits(self, harbour):
        name = hold(harbour, DENTIST)
        assert harbour("review", "approve", name, "--faq").code == 2
        assert shown(harbour, name)["hold"]["state"] == "waiting"
