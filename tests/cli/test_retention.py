"""Retention: what is old loses its texts and names; what counts, was decided or waits stays."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from holding import ALWAYS, HARBOUR, write_rules

OLD = "2020-03-01T10:00:00.000000Z"
QUESTION = "How many days do members have for a refund?"
KEEP = "[journal]\nkeep_days = 30\n"


@pytest.fixture
def asked(kb, folder):
    """`kb` on a home with old exchanges, one of them judged, and a new one."""
    (folder / "refunds.md").write_text("# Refunds\n\nMembers get a refund within 14 days.\n")
    assert kb("ingest", "-q", folder).code == 0
    for question in (QUESTION, "refund days for Ada Example?"):
        assert kb("ask", question).code in (0, 3)
    comment = ("--comment", "Bo Sample says so", "--by", "Bo Sample")
    assert kb("feedback", "add", "last", "up", *comment).code == 0
    age(kb)
    assert kb("ask", "how long may a refund take?").code in (0, 3)
    return kb


def age(kb):
    """Let all that was asked so far be of long ago."""
    with closing(sqlite3.connect(kb.home / "journal.sqlite3")) as journal, journal:
        journal.execute("UPDATE exchanges SET at = ?", (OLD,))


def rows(kb, query):
    with closing(sqlite3.connect(kb.home / "journal.sqlite3")) as journal:
        return journal.execute(query).fetchall()


def keep(kb, more=""):
    (kb.home / "kb.toml").write_text(KEEP + more)


def assert_gone(kb, *texts):
    """None of the texts is in any file of the journal."""
    with closing(sqlite3.connect(kb.home / "journal.sqlite3")) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (kb.home / "journal.sqlite3").read_bytes()
    for text in texts:
        assert text.encode() not in content


def test_without_a_setting_all_is_kept(asked):
    run = asked("log", "expire")
    assert run.code == 1
    assert "journal_keep_days" in run.err


def test_what_is_old_loses_texts_and_names_and_still_counts(asked):
    report = ("feedback", "report", "--since", "2020-01-01", "--until", "2020-12-31", "--json")
    before = asked(*report).json
    keep(asked)
    assert asked("log", "expire", "--dry-run", "--json").json["anonymised"] == 2
    done = asked("log", "expire", "--json").json
    assert (done["anonymised"], done["dropped"]) == (2, 0)
    assert_gone(asked, QUESTION, "Ada Example", "Bo Sample")
    assert rows(asked, "SELECT count(*) FROM exchanges WHERE question <> ''") == [(1,)]
    assert rows(asked, "SELECT value, comment, by FROM verdicts") == [("up", None, None)]
    after = asked(*report).json
    for count in ("exchanges", "answered", "abstained", "up", "down", "answer_rate"):
        assert after[count] == before[count]
    assert asked("log", "expire", "--json").json["anonymised"] == 0


def test_every_command_goes_on(asked):
    keep(asked)
    assert asked("log", "expire").code == 0
    for words in (("log", "list"), ("gaps",), ("feedback", "list"), ("review", "list"), ("stats",),
                  ("journal", "check"), ("tune",), ("feedback", "export"), ("doctor",)):  # fmt: skip
        run = asked(*words)
        assert run.code == 0, f"{words}: {run}"
    (old, *_) = (line["id"] for line in reversed(asked("log", "list", "--json").lines))
    assert asked("show", old).code == 0
    exported = asked("journal", "export", "-").out
    fresh = type(asked)(asked.home.with_name("other"))
    assert fresh("journal", "import", "-", stdin=exported).code == 0


def test_those_that_nobody_judged_may_go_whole(asked):
    keep(asked, "drop = 1\n")
    done = asked("log", "expire", "--json").json
    assert (done["anonymised"], done["dropped"]) == (1, 1)
    assert rows(asked, "SELECT count(*) FROM exchanges") == [(2,)]


def test_questions_and_ingests_apply_it(asked, folder):
    keep(asked)
    assert asked("ingest", "-q", folder).code == 0
    assert_gone(asked, QUESTION, "Ada Example")


def test_decisions_still_hold(asked):
    shown = asked("search", "--json", QUESTION).json["hits"][0]["passage"]
    name = rows(asked, f"SELECT id FROM exchanges WHERE at = '{OLD}' LIMIT 1")[0][0]
    resolve = ("feedback", "resolve", name, "--as", "bad-source", "--passage", shown)
    assert asked(*resolve, "--reason", "Cy Sample wrote it").code == 0
    keep(asked)
    assert asked("log", "expire").code == 0
    assert_gone(asked, "Cy Sample")
    ((detail,),) = rows(asked, "SELECT detail FROM decisions")
    assert json.loads(detail)["passage"] == shown


def test_what_waits_for_a_person_stays(kb, folder):
    (folder / "harbour.md").write_text(HARBOUR)
    assert kb("ingest", "-q", folder).code == 0
    write_rules(kb, ALWAYS)
    held = kb("ask", "--channel", "pier", "When are lanterns lit on the north pier?")
    assert held.code == 5
    age(kb)
    keep(kb)
    assert kb("log", "expire", "--json").json["anonymised"] == 0
    assert kb("review", "list").code == 0
    assert rows(kb, "SELECT count(*) FROM exchanges WHERE question <> ''") == [(1,)]
