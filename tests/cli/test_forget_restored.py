"""What was forgotten after a backup is not back when the backup is restored."""

from __future__ import annotations

import pytest
from homes import problems

PANEL = """WEBVTT

00:00:01.000 --> 00:00:09.000
<v Cy Sample>A term sheet is a page of terms, and we signed ours after 41 days.

00:00:10.000 --> 00:00:19.000
<v Di Example>We paid 5 percent to the agent at the orchard gate.
"""
BRIDGE = "# Bridge\n\nThe zanderloan took nineteen weeks, says the ledger of the quay.\n"
REFUNDS = "# Refunds\n\nMembers get a refund within 14 days of paying. Ask 赵例 of the office.\n"
GONE = ("Cy Sample", "zanderloan", "41 days", "赵例")
QUESTIONS = (
    "How many weeks did it take, says the ledger of the quay?",
    "When did Cy Sample sign?",
    "Whom of 赵例 to ask?",
)
KEPT = "Within how many days do members get a refund?"


@pytest.fixture
def community(kb, folder, tmp_path):
    """`kb` on a home with three sources and four questions, and a data folder of its own."""
    for name, text in (("panel.vtt", PANEL), ("bridge.md", BRIDGE), ("refunds.md", REFUNDS)):
        (folder / name).write_text(text)
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}

    def call(*arguments, home=kb.home):
        return type(kb)(home, kb.embedder)(*arguments, env=data)

    call.home = kb.home
    assert call("ingest", "-q", folder).code == 0
    for question in (*QUESTIONS, KEPT):
        assert call("ask", question).code in (0, 3)
        assert call("feedback", "add", "last", "up", "--comment", "good").code == 0
    return call


def in_bytes(home, text):
    """The files of a home in which a text stands, in UTF-8, UTF-16 or as JSON escapes."""
    forms = [text.encode(), text.encode("utf-16-le"), text.encode("unicode_escape")]
    files = (path for path in home.rglob("*") if path.is_file())
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def forget_all(community):
    """Forget a source and two people after a backup was made."""
    for what in (["bridge.md"], ["--person", "Cy Sample"], ["--person", "赵例"]):
        run = community("forget", *what, "--json")
        assert run.code == 0, run
        assert run.json["probe"] == {"clean": True, "traces": []}


@pytest.mark.parametrize("place", ["the home", "elsewhere"])
def test_no_trace_comes_back_with_an_older_backup(community, tmp_path, place):
    file = tmp_path / "before.kbz"
    assert community("backup", file).code == 0
    assert all(in_bytes(community.home, text) for text in ("Cy Sample", "zanderloan"))
    forget_all(community)
    home = community.home if place == "the home" else tmp_path / "restored"
    force = ["--force"] if place == "the home" else []
    run = community("restore", file, *force, home=home)
    assert run.code == 0, run
    left = {text: files for text in GONE if (files := in_bytes(home, text))}
    assert not left
    said = [
        community(*words, home=home).out
        for words in (
            ["search", "nineteen weeks ledger quay", "--json"],
            ["search", "signed a term sheet", "--json"],
            ["sources", "list", "--json"],
            ["journal", "export"],
            ["log", "list", "--json"],
            ["feedback", "export"],
        )
    ]
    assert not [text for text in GONE if text in "".join(said)]
    assert KEPT in said[3]
    assert "14 days" in community("ask", KEPT, home=home).out
    assert not problems(lambda *words: community(*words, home=home))
