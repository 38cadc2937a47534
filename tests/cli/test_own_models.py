"""Embedders and rerankers of the user's own, on the command line."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def served(models):
    """The environment in which the server embeds and reranks."""
    return {
        "KB_EMBEDDER": "openai",
        "KB_EMBEDDING_URL": f"{models.url}/v1",
        "KB_EMBEDDING_MODEL": "tiny",
        "KB_EMBEDDING_API_KEY": "k-embedding",
        "KB_RERANKER": "http",
        "KB_RERANKER_URL": models.url,
    }


@pytest.fixture
def lanterns(kb, folder, served):
    """`kb` with two notes, embedded by the server."""
    (folder / "lanterns.md").write_text("# Lanterns\n\nLanterns are lit at dusk by the keeper.\n")
    (folder / "ferries.md").write_text("# Ferries\n\nThe ferry leaves at dawn.\n")
    run = kb("ingest", folder, env=served)
    assert run.code == 0, run.err
    return kb


def findings(run):
    return {check["part"]: check["problem"] for check in run.json["checks"]}


def test_passages_are_embedded_by_the_server(lanterns, models, served):
    sent = [text for asked in models.asked for text in asked["input"]]
    assert any("Lanterns are lit at dusk" in text for text in sent)
    assert models.headers[0]["Authorization"] == "Bearer k-embedding"
    assert lanterns("stats", "--json", env=served).json["embedder"] == "openai:tiny"
    hits = lanterns("search", "--json", "when are lanterns lit?", env=served).json["hits"]
    assert hits[0]["source"] == "lanterns.md"


def test_doctor_tries_both(lanterns, models, served):
    run = lanterns("doctor", "--json", env=served)
    assert run.code == 0
    assert findings(run).keys() >= {"embedder", "reranker"}
    models.turns = [(404, {"detail": "no such model"}, {})] * 2
    run = lanterns("doctor", "--json", env=served)
    assert run.code == 1
    assert "no such model" in findings(run)["embedder"]
    assert "no such model" in findings(run)["reranker"]
    assert "embedding_url" in findings(run)["embedder"]


def test_doctor_says_what_is_not_set(lanterns, served):
    run = lanterns(
        "doctor", "--json", env={**served, "KB_EMBEDDING_MODEL": "", "KB_RERANKER": "crystal-ball"}
    )
    assert run.code == 1
    assert "KB_EMBEDDING_MODEL" in findings(run)["embedder"]
    assert "crystal-ball" in findings(run)["reranker"]


def test_options_may_be_a_table_and_are_not_shown(kb, folder):
    (folder / "pier.md").write_text("# Pier\n\nThe pier is made of oak.\n")
    kb.home.mkdir(mode=0o700)
    (kb.home / "kb.toml").write_text(
        'embedder = "llama_index"\nembedding_model = "llama_index.core.embeddings:MockEmbedding"\n'
        '[embedding_options]\nembed_dim = 6\nmodel_name = "quite secret"\n'
    )
    from_file = {"KB_EMBEDDER": ""}
    assert kb("ingest", folder, env=from_file).code == 0
    assert kb("search", "--json", "pier", env=from_file).json["hits"]
    shown = kb("config", "show", env=from_file).out
    assert "quite secret" not in shown
    assert "(set)" in shown


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"KB_EMBEDDING_BATCH": "0"}, "above 0"),
        ({"KB_EMBEDDING_DIMENSIONS": "-3"}, "below 0"),
        ({"KB_RERANKER_HITS": "many"}, "must be a whole number"),
        ({"KB_RERANKER_TIMEOUT": "inf"}, "must be a number, not 'inf'"),
    ],
)
def test_settings_out_of_range(kb, settings, told):
    run = kb("config", "show", env=settings)
    assert run.code == 1
    assert told in run.err
    assert json.dumps(run.out) == '""'


@pytest.mark.parametrize("written", ["inf", "8.7", "true", "[8]"])
def test_what_is_no_whole_number_in_a_file_is_refused_and_not_rounded(kb, written):
    kb.home.mkdir(mode=0o700)
    (kb.home / "kb.toml").write_text(f"hits = {written}\n")
    run = kb("config", "show")
    assert (run.code, run.out) == (1, "")
    assert "hits must be a whole number" in run.err
