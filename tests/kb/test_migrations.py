"""Stores that an older kb left: each opens, keeps what it held, and is never left half migrated."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing

import pytest

from kb.access import Access
from kb.audit import AuditLog
from kb.catalog import Catalog
from kb.errors import KbError
from kb.journal import Journal
from kb.posts import Posts
from kb.sqlite import connect
from tests.conftest import Cli
from tests.older_stores import STORES, killed_at, make_older, older_home

QUESTION = "How many days for a refund?"
EARLIER = [(name, number) for name, all_ in STORES.items() for number in range(1, len(all_))]
STILL_OPEN = [(name, len(all_)) for name, all_ in STORES.items()]


@pytest.fixture(scope="module")
def present(tmp_path_factory):
    """`kb` on a home of today with something in every store; change nothing in it."""
    root = tmp_path_factory.mktemp("present")
    (root / "sources").mkdir()
    (root / "sources" / "refunds.md").write_text("# Refunds\n\nRefunds within 14 days.\n")
    (root / "sources" / "rooms.csv").write_text("room,keeper\nharbour,Ada Example\n")
    kb = Cli(root / "home")
    for words in (("ingest", "-q", root / "sources"), ("ask", QUESTION),
                  ("feedback", "add", "last", "up"), ("token", "add", "helper", "--can", "ask"),
                  ("faq", "add", "--question", "Who has the keys?", "--answer", "Ada Example.")):  # fmt: skip
        assert kb(*words).code == 0
    with closing(Posts(kb.home)) as posts:
        posts.keep(["m1"], "x_1")
    return kb


def holdings(home):
    """What a home holds, as the stores of today read it."""
    with closing(Catalog(home / "catalog.sqlite3")) as catalog:
        documents = [document.source for document in catalog.documents()]
        texts = sorted(p.text for p in catalog.passages(catalog.passage_ids()).values())
    with closing(Journal(home / "journal.sqlite3")) as journal:
        exchanges = [(x.id, x.question, x.answer) for x in journal.exchanges()]
        verdicts = [(v.exchange, v.value) for v in journal.verdicts()]
        assert journal.check() == []
    with closing(Access(home)) as access:
        tokens = [(token.name, token.rights) for token in access.tokens()]
    with closing(Posts(home)) as posts:
        post = posts.exchange("m1")
    acts = [line.act for line in AuditLog(home).lines()]
    return documents, texts, exchanges, verdicts, tokens, post, acts


@pytest.mark.parametrize(("name", "number"), EARLIER)
class TestEarlier:
    def test_it_keeps_what_it_held(self, present, tmp_path, name, number):
        home = older_home(present.home, tmp_path, name, number)
        assert holdings(home) == holdings(present.home)

    def test_it_answers_and_is_sound_after_one_repair(self, present, tmp_path, name, number):
        kb = Cli(older_home(present.home, tmp_path, name, number))
        run = kb("ask", "--format", "json", QUESTION)
        assert (run.code, "14 days" in run.json["answer"]) == (0, True), run.err
        assert kb("doctor", "--repair").code == 0
        assert kb("doctor", "--json").json["healthy"]


@pytest.mark.parametrize(("name", "newest"), STILL_OPEN)
def test_one_of_a_newer_kb_is_refused_by_name(present, tmp_path, name, newest):
    path = tmp_path / name
    make_older(present.home / name, path, STORES[name])
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {newest + 1}")
    before = path.read_bytes()
    with pytest.raises(KbError, match=rf"{re.escape(name)} was written by a newer kb"):
        connect(path, STORES[name], "FULL")
    assert path.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.parametrize("name", ["catalog.sqlite3", "journal.sqlite3"])
def test_a_migration_that_is_killed_at_any_statement_is_done_by_the_next(present, tmp_path, name):
    home = older_home(present.home, tmp_path, name, 1)
    whole = (home / name).read_bytes()
    statement = 0
    while True:
        statement += 1
        (home / name).write_bytes(whole)
        for ending in ("-wal", "-shm"):
            (home / f"{name}{ending}").unlink(missing_ok=True)
        if not killed_at(home / name, STORES[name], statement):
            break
        with closing(connect(home / name, STORES[name], "FULL")) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(STORES[name])
        if statement % 7 == 0:
            assert holdings(home) == holdings(present.home)
    assert statement > 20
