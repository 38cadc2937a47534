"""`kb audit`: every door leaves a line, without content, and a broken chain is told of."""

from __future__ import annotations

import json
import sqlite3

import pytest
from curating import Here
from holding import ALWAYS, hold, write_rules

from kb.audit import AuditLog

SECRETS = ("lantern", "Lantern", "pier", "harbour", "灯塔", ".md")


@pytest.fixture
def here(kb):
    return Here(kb)


@pytest.fixture
def community(here, folder):
    (folder / "lantern.md").write_text(
        "# Lanterns\n\nThe lantern on the pier burns oil.\n", "utf-8"
    )
    (folder / "灯塔.md").write_text("# 灯塔\n\n灯塔在晚上七点点亮。\n", "utf-8")
    assert here("ingest", folder).code == 0
    return here


def acts(here, *options):
    return [line["act"] for line in lines(here, *options)]


def lines(here, *options):
    listed = here("audit", "list", "--json", *options).out
    return [json.loads(line) for line in listed.splitlines()]


def test_what_changes_something_leaves_a_line_and_what_does_not_none(community, folder):
    here = community
    here("ingest", folder)  # nothing has changed
    here("ask", "What does the lantern burn?")
    here("feedback", "add", "last", "down", "--comment", "the pier is closed")
    here(
        "feedback", "resolve", "last", "--as", "promote", "--answer", "Oil.", "--by", "Ada Example"
    )
    here("feedback", "resolve", "last", "--as", "undo", "--by", "Ada Example")
    here("feedback", "resolve", "last", "--as", "skip")
    added = here("faq", "add", "--question", "Where is the lantern?", "--answer", "On the pier.")
    entry = added.out.split()[1].rstrip(":")
    here("faq", "edit", entry, "--answer", "On the harbour's pier.", "--by", "Bo Sample")
    here("faq", "remove", entry)
    here("token", "add", "Lantern bot", "--can", "ask")
    here("token", "revoke", "Lantern bot")
    here("sources", "remove", "lantern.md")
    for what in (("journal", "export"), ("feedback", "export"), ("faq", "export")):
        assert here(*what).code == 0
    assert acts(here) == [
        *("ingest", "decide", "undo", "faq-add", "faq-edit", "faq-remove"),
        *("token-add", "token-revoke", "remove", "export", "export", "export"),
    ]
    kept = lines(here)
    assert [line["by"] for line in kept if line["act"] in ("decide", "undo", "faq-edit")] == [
        "Ada Example", "Ada Example", "Bo Sample",
    ]  # fmt: skip
    assert kept[0]["detail"] == {"added": 2, "updated": 0, "removed": 0, "moved": 0}
    assert [line["detail"]["what"] for line in kept[-3:]] == ["journal", "feedback", "faq"]
    for line in kept:
        assert not any(secret in str(line["detail"]) for secret in SECRETS)
    assert acts(here, "--act", "token-add") == ["token-add"]
    assert not acts(here, "--since", "2999-01-01")
    assert here("audit", "verify").code == 0


def test_an_answer_is_shown_with_what_was_done_about_it(community):
    community("ask", "What does the lantern burn?")
    community("feedback", "resolve", "last", "--as", "fine", "--by", "Ada Example")
    name = community("show", "last", "--json").json["id"]
    shown = community("show", name, "--json").json
    assert [(line["act"], line["by"], line["detail"]["kind"]) for line in shown["audit"]] == [
        ("decide", "Ada Example", "fine")
    ]
    assert "burns oil" in shown["answer"]
    assert "Ada Example" in community("show", name).out.splitlines()[-1]


def test_what_a_person_decides_about_held_answers_leaves_a_line(community):
    write_rules(community, ALWAYS)
    name = hold(community, "What does the lantern burn?")
    community("review", "approve", name, "--by", "Ada Example")
    community("review", "undo", name, "--by", "Ada Example")
    community("review", "decline", name, "--note", "Ask the keeper.", "--by", "Bo Sample")
    kept = lines(community, "--act", "decide") + lines(community, "--act", "undo")
    assert [(line["by"], line["detail"].get("kind")) for line in kept] == [
        ("Ada Example", "approved"), ("Bo Sample", "declined"), ("Ada Example", None),
    ]  # fmt: skip
    assert {line["detail"]["exchange"] for line in kept} == {name}


def test_a_changed_line_is_named_and_exits_with_1(community):
    head = community("audit", "verify", "--json").json["head"]
    community("token", "add", "bot", "--can", "ask")
    assert community("audit", "verify", "--head", head).code == 0
    with sqlite3.connect(community.home / "audit.sqlite3") as db:
        db.execute("UPDATE acts SET detail = '{}' WHERE n = 1")
    db.close()
    found = community("audit", "verify")
    assert (found.code, "line 1" in found.out) == (1, True)
    assert "audit log" in community("doctor").out
    assert community("audit", "verify", "--json").json["line"] == 1


def test_a_log_that_was_written_anew_is_found_by_a_noted_head(community):
    head = community("audit", "verify", "--json").json["head"]
    for path in community.home.glob("audit.*"):
        path.unlink()
    AuditLog(community.home).append("ingest", "Di Example", {"added": 2})
    assert community("audit", "verify").code == 0
    assert community("audit", "verify", "--head", head).code == 1


def test_what_can_not_be_logged_is_done_and_told_of(community):
    (community.home / "audit.sqlite3").write_bytes(b"rotten" * 1000)
    removed = community("sources", "remove", "lantern.md")
    assert removed.code == 0
    assert "not in the audit log" in removed.err
    assert community("audit", "verify").code == 1
