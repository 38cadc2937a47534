"""`kb replay`: a past question answered again, beside what was answered then."""

from __future__ import annotations

import pytest
from chat_server import said
from curating import Here

RULES = """# Rules

Members who stay silent for ninety days leave the chat group after a private message.

## Guests

Guests pay forty yuan for each meetup.
"""
SILENT = "After how many days do silent members leave the chat group?"


@pytest.fixture
def kb(kb):
    return Here(kb)


@pytest.fixture
def club(kb, folder):
    (folder / "rules.md").write_text(RULES)
    (folder / "club.zh.md").write_text(
        "# 会员守则\n\n会员年费 1200 元，三十天内退会可以全额退款。\n"
    )
    kb("ingest", "-q", folder)
    return kb


def ask(kb, question, *options):
    return kb("ask", question, "--format", "json", *options).json["id"]


def test_when_nothing_changed_it_says_so_and_keeps_nothing(club):
    asked = ask(club, SILENT)
    found = club("replay", "last", "--json")
    assert (found.code, found.err) == (0, "")
    assert (found.json["id"], found.json["changed"], set(found.json["changes"].values())) == (
        asked,
        False,
        {False},
    )
    assert {each["op"] for each in found.json["diff"]} == {"same"}
    assert {each["text"] for each in found.json["passages"]} == {"same"}
    assert {each["state"] for each in found.json["sources"]} == {"same"}
    assert found.json["found_now"] == []
    told = club.started("replay", asked)
    assert f"{asked}  " in told.out
    assert "the same as then" in told.out
    assert len(club("log", "list").out.splitlines()) == 1


def test_a_passage_that_changed_is_shown_with_the_words_that_did(club, folder):
    asked = ask(club, SILENT)
    (folder / "rules.md").write_text(
        RULES.replace("ninety days", "sixty days").replace("private message", "letter")
    )
    club("ingest", "-q", folder)
    found = club("replay", asked, "--json").json
    assert found["changed"]
    assert (
        found["changes"]["answer"],
        found["changes"]["passages"],
        found["changes"]["status"],
    ) == (True, True, False)
    changed = next(each for each in found["passages"] if each["text"] == "changed")
    assert (changed["source"], changed["label"]) == ("rules.md", "L3")
    assert changed["passage_now"] != changed["passage"]
    words = [word for each in found["diff"] for word in each["words"]]
    assert {"op": "removed", "text": "ninety"} in words
    assert {"op": "added", "text": "sixty"} in words
    assert "silent for [-ninety-]{+sixty+} days" in club("replay", asked).out


def test_chinese_is_compared_by_words(club, folder):
    asked = ask(club, "会员年费是多少，退会可以退款吗？")
    (folder / "club.zh.md").write_text(
        "# 会员守则\n\n会员年费 1500 元，十四天内退会可以全额退款。\n"
    )
    club("ingest", "-q", folder)
    told = club("replay", asked).out
    assert "会员年费 [-1200-]{+1500+} 元，" in told
    assert "[-三十天-]{+十四天+}内退会可以全额退款。" in told


def test_a_source_that_is_gone_and_another_that_takes_its_place(club, folder):
    asked = ask(club, SILENT)
    (folder / "rules.md").unlink()
    (folder / "handbook.md").write_text(f"# Handbook\n\nBe kind.\n\n{RULES}")
    club("ingest", "-q", folder)
    found = club("replay", asked, "--json").json
    assert {
        (each["text"], each["source_gone"])
        for each in found["passages"]
        if each["source"] == "rules.md"
    } == {("gone", True)}
    assert [(each["state"], each["source"]) for each in found["sources"]] == [
        ("removed", "rules.md"),
        ("added", "handbook.md"),
    ]
    assert not found["changes"]["answer"]
    told = club("replay", asked).out
    assert "answer: the same" in told
    assert "- [1] rules.md  L3" in told
    assert "gone, with its source" in told
    assert "found only now:\n  + handbook.md" in told


def test_the_same_words_elsewhere_have_moved(club, folder):
    asked = ask(club, SILENT)
    (folder / "rules.md").write_text(
        RULES.replace("# Rules\n", "# Rules\n\nBe kind.\n\n## Silence\n")
    )
    club("ingest", "-q", folder)
    found = club("replay", asked, "--json").json
    assert "moved" in {each["text"] for each in found["passages"]}
    assert [(each["state"], each["label"], each["label_now"]) for each in found["sources"]] == [
        ("moved", "L3", "L7")
    ]


def test_it_is_asked_as_it_was(club):
    club("ask", "How much do students pay for each meetup?")
    asked = ask(club, "and guests?", "-c", "--where", "source=rules.md", "--kind", "doc", "-k", "1")
    found = club("replay", asked, "--json").json
    assert found["asked"] == {"k": 1, "where": [["source", "rules.md"]], "kind": "doc"}
    assert found["rewritten"]
    assert not found["changed"]
    assert f"asked as: {found['rewritten']}" in club("replay", asked).out


def test_another_writer_and_one_that_fails(club, server):
    asked = ask(club, SILENT)
    server.body = said("They leave the chat group after ninety days [1].")
    env = {"KB_OPENAI_URL": server.url, "KB_OPENAI_MODEL": "tiny"}
    found = club("replay", asked, "--writer", "openai", "--json", env=env).json
    assert (found["before"]["writer"], found["after"]["writer"]) == ("extractive", "openai:tiny")
    assert found["changes"]["writer"]
    assert found["changes"]["answer"]
    server.status = 401
    failed = club("replay", asked, "--writer", "openai", env=env)
    assert failed.code == 1
    assert failed.out == ""


def test_wrong_calls(club):
    assert "nothing was asked yet" in club("replay", "last").err
    ask(club, SILENT)
    assert club("replay").code == 2
    wrong = club("replay", "x_nothing")
    assert (wrong.code, wrong.err.splitlines()[0]) == (1, "kb: no exchange is called x_nothing")
