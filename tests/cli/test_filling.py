"""Passages are searchable as soon as they are stored; their vectors come after, and nothing stops
them for good.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest
from homes import problems

from tests.conftest import ROOT, Cli
from tests.patience import PATIENCE


@pytest.fixture
def interrupted(tmp_path):
    """`kb` whose first ingest was killed when it had stored everything and had begun to fill in
    vectors.
    """
    kb = Cli(tmp_path / "home", embedder="builtin")
    running = kb.start("ingest", ROOT / "corpora")
    deadline = time.monotonic() + PATIENCE
    while _waiting(kb) < 200:
        assert running.poll() is None, "the ingest ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    running.kill()
    running.communicate()
    return kb


def _waiting(kb):
    try:
        with closing(
            sqlite3.connect(f"file:{kb.home / 'catalog.sqlite3'}?mode=ro", uri=True)
        ) as db:
            return db.execute("SELECT count(*) FROM waiting").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_what_waits_is_found_and_the_next_ingest_goes_on(interrupted):
    kb = interrupted
    before = kb("stats", "--json").json
    assert before["pending"] > 0
    hits = kb("search", "--json", "录播课买了不满意能退吗？").json["hits"]
    assert hits[0]["source"] == "faq/community-faq.md"
    run = kb("ingest", "--json", ROOT / "corpora")
    assert run.code == 0
    assert run.json["waiting"] == 0
    assert kb("stats", "--json").json["pending"] == 0
    assert problems(kb) == {}


@pytest.mark.slow
def test_a_knowledge_base_that_is_only_asked_fills_in_too(interrupted):
    left = [interrupted("stats", "--json").json["pending"] for _ in range(2)]
    while left[-1]:
        left.append(interrupted("stats", "--json").json["pending"])
        assert left[-1] < left[-2]  # each command does some
    assert problems(interrupted) == {}


@pytest.mark.slow
def test_the_vectors_of_another_embedder_come_by_reindexing(interrupted):
    kb = interrupted
    assert kb("reindex").code == 0
    quick = {"KB_EMBEDDER": "static"}
    assert "run: kb reindex" in kb("doctor", env=quick).out
    before = kb("search", "--json", "first users", env=quick).json["hits"]
    assert before  # what serves goes on serving
    assert kb("reindex", env=quick).code == 0
    assert kb("stats", "--json", env=quick).json["embedder"] == "static-1"
    assert kb("doctor", env=quick).code == 0
    assert kb("search", "--json", "first users", env=quick).json["hits"]
