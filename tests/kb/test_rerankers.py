"""Rerankers: /rerank of a real HTTP server in the shapes there are, and settings."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kb.backends import open_reranker
from kb.errors import KbError, RerankerFailed
from kb.settings import Settings
from tests.patience import SOON

QUESTION = "when are lanterns lit"
PASSAGES = ["the ferry leaves at dawn", "lanterns are lit at dusk", "lanterns float", "灯笼"]
RIGHT = [0.0, 0.75, 0.25, 0.0]


@pytest.fixture
def reranker(models):
    def make(**given):
        wanted = {"reranker": "http", "reranker_url": f"{models.url}/rerank", **given}
        return open_reranker(replace(Settings(), **wanted))

    return make


def change(**fields):
    def turn(body):
        body["results"][0].update(fields)
        return body

    return turn


def test_none_unless_configured():
    assert open_reranker(Settings()) is None


@pytest.mark.parametrize("takes", [("documents",), ("texts",), ("documents", "texts")])
def test_either_shape(models, reranker, takes):
    models.takes = takes
    reranks = reranker(reranker_model="tiny")
    assert reranks.scores(QUESTION, PASSAGES) == RIGHT
    before = len(models.asked)
    assert reranks.scores(QUESTION, PASSAGES[::-1]) == RIGHT[::-1]
    assert len(models.asked) == before + 1, "the shape is found out once"
    last = models.asked[-1]
    assert last.get("model") == ("tiny" if "documents" in takes else None)


@pytest.mark.parametrize("ending", ["", "/", "/rerank", "/rerank/", "/v1", "/v1/rerank"])
def test_the_url_may_end_in_any_way(models, reranker, ending):
    assert reranker(reranker_url=models.url + ending).scores(QUESTION, PASSAGES) == RIGHT


def test_raw_scores_come_as_shares(models, reranker):
    models.raw = True
    scores = reranker().scores(QUESTION, PASSAGES)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert scores[1] > scores[2] > scores[0] == scores[3]


def test_nothing_to_rerank(models, reranker):
    assert reranker().scores(QUESTION, []) == []
    assert models.asked == []


def test_many_go_in_batches_and_too_many_in_halves(models, reranker):
    models.most = 20
    passages = [f"{text} {number}" for number in range(25) for text in PASSAGES]
    assert reranker().scores(QUESTION, passages) == RIGHT * 25


def test_texts_too_long_are_cut(models, reranker):
    models.longest = 300
    assert reranker().scores(QUESTION, [PASSAGES[1] + " x" * 500, PASSAGES[0]]) == [0.75, 0.0]


def test_odd_texts_are_sent_all_the_same(models, reranker):
    assert len(reranker().scores("lanterns \ud83d", ["", "\ud83d", "lanterns"])) == 3


def test_a_very_long_question_is_cut(models, reranker):
    reranker().scores("why " * 1000, PASSAGES)
    assert len(models.asked[0]["query"]) == 1000


def test_keys(models, reranker):
    reranker(reranker_api_key="k-3").scores(QUESTION, PASSAGES)
    reranker(openai_url="https://models.example.org/v1", openai_api_key="k-1").scores(
        QUESTION, PASSAGES
    )
    assert models.headers[0]["Authorization"] == "Bearer k-3"
    assert "Authorization" not in models.headers[1]


def test_other_names_for_the_results(models, reranker):
    models.turns = [lambda body: {"data": body["results"]}]
    assert reranker().scores(QUESTION, PASSAGES) == RIGHT


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        (lambda body: {"results": body["results"][1:]}, "scored 3 passages of 4"),
        (change(index=7), "scored 4 passages of 4"),
        (change(index="1"), "scored 3"),
        (change(relevance_score=None), "scored 3"),
        (change(relevance_score=float("nan")), "scored 3"),
        (lambda body: {"results": [1, 2, 3, 4]}, "scored 0"),
        (lambda body: {"detail": "fine"}, "scored 0"),
        (lambda body: "fine", "scored 0"),
        (lambda body: b"<html>", "JSON"),
        ((404, {"detail": "no such model"}, {}), "404"),
        ((403, {"error": "no"}, {}), "403"),
    ],
)
def test_answers_that_are_no_use(models, reranker, turn, told):
    models.turns = [turn]
    with pytest.raises(RerankerFailed, match=told):
        reranker().scores(QUESTION, PASSAGES)


def test_a_busy_server_is_asked_again_once(models, reranker):
    models.turns = [(503, {"error": "busy"}, {})]
    assert reranker().scores(QUESTION, PASSAGES) == RIGHT
    models.turns = [(503, {"error": "busy"}, {})] * 9
    with pytest.raises(RerankerFailed, match="busy"):
        reranker().scores(QUESTION, PASSAGES)


def test_a_server_that_says_nothing(models, reranker):
    models.stall = 30
    began = time.monotonic()
    with pytest.raises(RerankerFailed, match=r"within 0\.3 s"):
        reranker(reranker_timeout=0.3).scores(QUESTION, PASSAGES)
    assert time.monotonic() - began < SOON


def test_a_server_that_refuses_whatever_it_gets(models, reranker):
    models.turns = [(400, {"error": "no reranker is loaded"}, {})] * 99
    with pytest.raises(RerankerFailed, match="no reranker is loaded"):
        reranker().scores(QUESTION, PASSAGES)
    assert len(models.asked) < 20


@pytest.mark.parametrize(
    "given",
    [
        {"reranker_url": ""},
        {"reranker": "crystal-ball"},
        {"reranker": "cross-encoder", "reranker_model": ""},
    ],
)
def test_settings_that_are_missing_or_wrong(reranker, given):
    with pytest.raises(KbError) as wrong:
        reranker(**given)
    assert wrong.value.hint
