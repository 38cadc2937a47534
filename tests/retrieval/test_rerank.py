"""Reranking the first hits, and going on without models that fail."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kb.backends import open_embedder, open_reranker
from kb.settings import Settings
from retrieval.search import search as searching
from retrieval.search.search import embed, rerank
from tests.patience import SOON

QUESTION = "when are lanterns lit"
TEXTS = {
    "p1": "the ferry leaves at dawn",
    "p2": "lanterns float",
    "p3": "lanterns are lit at dusk",
    "p4": "when are lanterns lit",
    "p5": "an orchard",
}
RANKED = [("p1", 0.9), ("p2", 0.8), ("p3", 0.5), ("p4", 0.4), ("p5", 0.1)]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    """No model has failed yet."""
    monkeypatch.setattr(searching, "_resting_until", {})


@pytest.fixture
def settings(models):
    return replace(
        Settings(),
        embedder="openai",
        embedding_url=f"{models.url}/v1",
        embedding_model="tiny",
        reranker="http",
        reranker_url=models.url,
    )


@pytest.fixture
def reranked(settings):
    """`reranked(first=...)`: what becomes of RANKED; notices are kept in `reranked.told`."""
    reranker = open_reranker(settings)
    told = []

    def run(first=3, texts=TEXTS, ranked=RANKED):
        return rerank(reranker, QUESTION, ranked, texts, first=first, notify=told.append)

    run.told = told
    return run


def ids(ranked):
    return [passage_id for passage_id, _ in ranked]


def test_the_first_are_reordered_and_the_others_stay_behind(reranked):
    ranked = reranked()
    assert ids(ranked) == ["p3", "p2", "p1", "p4", "p5"]
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 < score <= 1.0 for score in scores)
    assert ids(reranked(first=30)) == ["p4", "p3", "p2", "p1", "p5"]


def test_equal_scores_keep_their_order(reranked):
    assert ids(reranked(first=2, texts={"p1": "same", "p2": "same"})) == [
        "p1",
        "p2",
        "p3",
        "p4",
        "p5",
    ]


def test_passages_without_a_text_are_left_behind(models, reranked):
    assert ids(reranked(texts={"p2": TEXTS["p2"], "p3": TEXTS["p3"]})) == [
        "p3",
        "p2",
        "p1",
        "p4",
        "p5",
    ]
    assert reranked(texts={}) == RANKED
    assert reranked(ranked=[]) == []
    assert len(models.asked) == 1


def test_others_without_any_score(reranked):
    ranked = reranked(first=1, ranked=[("p3", 0.2), ("p1", 0.0), ("p2", -0.5)])
    assert ids(ranked) == ["p3", "p1", "p2"]
    assert [score for _, score in ranked][1:] == [0.0, 0.0]


def test_a_failing_reranker_is_told_of_once_and_left_alone(models, reranked):
    models.turns = [(404, {"error": "gone"}, {})] * 99
    for _ in range(50):
        assert reranked() == RANKED
    assert len(models.asked) == 1
    (told,) = reranked.told
    assert "404: gone" in told


def test_it_is_tried_again_after_a_while(models, reranked, monkeypatch):
    monkeypatch.setattr(searching, "_REST", 0.2)
    models.turns = [(404, {"error": "gone"}, {})] * 2
    assert reranked() == RANKED
    time.sleep(0.3)
    assert reranked() == RANKED
    time.sleep(0.3)
    assert ids(reranked()) == ["p3", "p2", "p1", "p4", "p5"]
    assert len(reranked.told) == 1


def test_a_dead_server_costs_a_batch_its_timeout_once(models, settings):
    models.stall = 30
    told = []
    embedder = open_embedder(replace(settings, embedding_timeout=0.3))
    began = time.monotonic()
    assert {
        embed(embedder, f"question {number}", told.append) is None for number in range(1000)
    } == {True}
    assert time.monotonic() - began < SOON
    assert len(told) == 1


def test_the_vector_of_a_question(settings):
    told = []
    vector = embed(open_embedder(settings), QUESTION, told.append)
    assert vector is not None
    assert vector.shape == (8,)
    assert told == []


def test_one_model_that_fails_does_not_silence_another(models, settings, reranked):
    models.turns = [(404, {"error": "gone"}, {})]
    assert embed(open_embedder(settings), QUESTION, reranked.told.append) is None
    assert ids(reranked()) == ["p3", "p2", "p1", "p4", "p5"]
