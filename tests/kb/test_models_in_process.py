"""Models in this process, by sentence-transformers: tiny ones with random weights where it is
installed.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from kb.backends import open_embedder, open_reranker
from kb.errors import EmbedderFailed, RerankerFailed
from kb.settings import Settings

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] lanterns lit ferry dawn dusk when are the at query : passage".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folders of models: `encoder`, `prompted` with prompts of its own, `cross`, and `classes`,
    which is no reranker.
    """
    pytest.importorskip("torch", reason="the extra gpu is not installed")
    pytest.importorskip("sentence_transformers", reason="the extra gpu is not installed")
    import torch
    import transformers
    from sentence_transformers import SentenceTransformer

    root = tmp_path_factory.mktemp("models")
    (root / "vocab.txt").write_text("\n".join(WORDS))
    tokenizer = transformers.BertTokenizerFast.from_pretrained(root)
    torch.manual_seed(1)
    shape = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    for name, made, labels in (
        ("encoder", transformers.BertModel, 1),
        ("cross", transformers.BertForSequenceClassification, 1),
        ("classes", transformers.BertForSequenceClassification, 3),
    ):
        config = transformers.BertConfig(
            vocab_size=len(WORDS), max_position_embeddings=64, num_labels=labels, **shape
        )
        made(config).save_pretrained(root / name)
        tokenizer.save_pretrained(root / name)
    prompted = SentenceTransformer(str(root / "encoder"), device="cpu")
    prompted.prompts = {"query": "query : ", "document": "passage : "}
    prompted.default_prompt_name = "query"
    prompted.save(str(root / "prompted"))
    return root


def embedder(model, **given):
    return open_embedder(
        replace(Settings(), embedder="sentence-transformers", embedding_model=str(model), **given)
    )


def reranker(model):
    return open_reranker(replace(Settings(), reranker="cross-encoder", reranker_model=str(model)))


def test_passages_and_questions(folder):
    embeds = embedder(folder / "encoder")
    texts = ["lanterns at dusk", "the ferry", "", "dawn " * 5000]
    vectors = embeds.passages(texts)
    assert vectors.shape == (4, 32)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(embeds.question(texts[0]), vectors[0], atol=1e-5)
    assert embeds.dimensions == 32
    assert embeds.passages([]).shape == (0, 32)


def test_dimensions_can_be_cut(folder):
    embeds = embedder(folder / "encoder", embedding_dimensions=16)
    assert embeds.passages(["dusk"]).shape == (1, 16)
    assert embeds.name != embedder(folder / "encoder").name


def test_instructions_are_those_set_or_those_the_model_carries(folder):
    set_ = embedder(
        folder / "encoder", query_instruction="query : ", passage_instruction="passage : "
    )
    carried = embedder(folder / "prompted")
    np.testing.assert_allclose(carried.question("dusk"), set_.question("dusk"), atol=1e-5)
    np.testing.assert_allclose(carried.passages(["dusk"]), set_.passages(["dusk"]), atol=1e-5)
    none = embedder(folder / "prompted", query_instruction="{text}")
    np.testing.assert_allclose(
        none.question("dusk"), embedder(folder / "encoder").question("dusk"), atol=1e-5
    )


def test_what_can_not_be_loaded(folder):
    with pytest.raises(EmbedderFailed, match="not on this machine") as failed:
        embedder(folder / "nowhere").question("dusk")
    assert "hf download" in failed.value.hint
    with pytest.raises(EmbedderFailed, match="can't be loaded"):
        embedder(folder / "encoder", embedding_options='{"colour": "red"}').question("dusk")
    with pytest.raises(RerankerFailed, match="not on this machine"):
        reranker(folder / "nowhere").scores("dusk", ["dawn"])


def test_a_cross_encoder(folder):
    reranks = reranker(folder / "cross")
    scores = reranks.scores("when dusk", ["lanterns at dusk", "the ferry", "", "dawn " * 5000])
    assert len(scores) == 4
    assert all(0.0 < score < 1.0 for score in scores)
    assert reranks.scores("when", []) == []
    with pytest.raises(RerankerFailed, match="no reranker"):
        reranker(folder / "classes").scores("dusk", ["dawn"])


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderFailed, match="sentence-transformers") as failed:
        embedder("some-model").question("dusk")
    assert "founders-kb[gpu]" in failed.value.hint
    with pytest.raises(RerankerFailed, match="sentence-transformers") as unranked:
        reranker("some-model").scores("dusk", ["dawn"])
    assert "founders-kb[gpu]" in unranked.value.hint
