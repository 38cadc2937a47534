"""The log of commands, `--verbose` and the page for a bug report: enough to look after kb by, and
nothing that a community entrusted to it.
"""

from __future__ import annotations

import json
import re
import stat

import pytest
from curating import Here

from cli import command_log

SECRETS = ("lantern", "Lantern", "pier", "灯塔", ".md", "Ada", "hunter22")


@pytest.fixture
def community(kb, folder):
    (folder / "lantern.md").write_text(
        "# Lanterns\n\nThe lantern on the pier burns oil.\n", "utf-8"
    )
    (folder / "灯塔.md").write_text("# 灯塔\n\n灯塔在晚上七点点亮。\n", "utf-8")
    here = Here(kb)
    assert here("ingest", folder).code == 0
    return here


def lines(here):
    return [json.loads(line) for line in (here.home / "kb.log").read_text("utf-8").splitlines()]


def test_each_command_is_a_line_without_what_it_was_about(community):
    community("ask", "What does the lantern burn?")
    community("feedback", "add", "last", "down", "--comment", "no", "--by", "Ada Example")
    community("sources", "remove", "no lantern")
    kept = lines(community)
    assert [(line["command"], line["code"]) for line in kept] == [
        ("ingest", 0), ("ask", 0), ("feedback add", 0), ("sources remove", 1),
    ]  # fmt: skip
    assert kept[0]["counts"]["added"] == 2
    assert {"embed", "lexical", "dense", "write", "keep"} <= kept[1]["stages"].keys()
    assert kept[1]["seconds"] >= sum(kept[1]["stages"].values())
    assert kept[3]["error"] == "KbError"
    assert re.fullmatch(r"cli/[a-z_/]+\.py:\d+", kept[3]["place"])
    text = (community.home / "kb.log").read_text("utf-8")
    assert not any(secret in text for secret in (*SECRETS, str(community.home)))
    assert stat.S_IMODE((community.home / "kb.log").stat().st_mode) == 0o600


def test_the_log_goes_on_in_a_new_file_and_keeps_the_last_ones(community, monkeypatch):
    monkeypatch.setattr(command_log, "_LARGEST", 300)
    for _ in range(12):
        community("stats")
    names = {path.name for path in community.home.glob("kb.log*")} - {"kb.log.lock"}
    assert (
        {"kb.log.1", "kb.log.2", "kb.log.3"}
        <= names
        <= {"kb.log", *(f"kb.log.{n}" for n in (1, 2, 3))}
    )
    for path in community.home.glob("kb.log.[0-9]"):
        assert all(json.loads(line)["command"] for line in path.read_text().splitlines())


def test_a_link_in_its_place_is_not_written_through(community, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("mine")
    (community.home / "kb.log").unlink()
    (community.home / "kb.log").symlink_to(other)
    assert community("stats").code == 0
    assert other.read_text() == "mine"


def test_nothing_is_made_where_there_is_no_knowledge_base(kb):
    assert Here(kb)("stats").code == 1
    assert not kb.home.exists()


def test_verbose_tells_on_stderr_how_long_each_stage_took(community, folder):
    searched = community("search", "lantern", "--json", "--verbose")
    assert searched.json["hits"]
    assert "embed " in searched.err
    assert searched.err.count("\n") == 1
    assert community("search", "lantern").err == ""
    assert "store " in community("ingest", folder, "--meta", "a=b", "--verbose").err
    assert "write " in community("ask", "--verbose", "What does the lantern burn?").err


def test_the_page_for_a_bug_report_holds_nothing_of_the_community(community):
    community("ask", "What does the lantern burn?")
    env = {
        "KB_OPENAI_API_KEY": "hunter22",
        "KB_OPENAI_MODEL": "lantern",
        "KB_MIN_CONFIDENCE": "0.2",
    }
    page = community("doctor", "--report", env=env)
    assert page.code == 0
    for part in ("kb 0.", "Python 3.", "chromadb 1.", "documents: 2", "min_confidence = 0.2"):
        assert part in page.out
    assert '"command": "ask"' in page.out
    assert not any(secret in page.out for secret in (*SECRETS, str(community.home)))


def test_the_page_names_what_is_wrong_without_naming_files(community):
    (community.home / "journal.sqlite3").write_bytes(b"rotten" * 1000)
    page = community("doctor", "--report")
    assert page.code == 1
    assert "journal: problem" in page.out
    assert str(community.home) not in page.out
