"""Any embedding class of llama-index as an embedder."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from model_server import vector

from kb.backends import open_embedder
from kb.errors import EmbedderFailed, KbError
from kb.settings import Settings

MOCK = "llama_index.core.embeddings:MockEmbedding"


@cache
def letters():
    """A class that counts letters, and has its limits. Its library takes seconds to import."""
    from llama_index.core.embeddings import BaseEmbedding

    class Letters(BaseEmbedding):
        limit: int = 10_000
        api_key: str = ""

        def _get_text_embedding(self, text):
            if text == "boom":
                raise RuntimeError("the model\nfell over")
            if len(text) > self.limit:
                raise ValueError(f"This model's maximum context length is {self.limit} tokens")
            return vector(text)

        def _get_query_embedding(self, query):
            print("asking")  # noqa: T201
            return self._get_text_embedding(f"? {query}")

        async def _aget_query_embedding(self, query):
            return self._get_query_embedding(query)

    return Letters


@pytest.fixture
def embedder(monkeypatch):
    module = types.ModuleType("somebodys_embeddings")
    module.Letters = letters()
    module.Nothing = dict
    monkeypatch.setitem(sys.modules, "somebodys_embeddings", module)

    def make(model="somebodys_embeddings:Letters", **given):
        return open_embedder(
            replace(Settings(), embedder="llama_index", embedding_model=model, **given)
        )

    return make


def unit(text):
    row = np.array(vector(text))
    return row / np.linalg.norm(row)


def test_its_own_classes(embedder):
    embeds = embedder(MOCK, embedding_options='{"embed_dim": 4}')
    np.testing.assert_allclose(embeds.passages(["a", "b"]), np.full((2, 4), 0.5))
    assert embeds.question("a").shape == (4,)
    assert embeds.dimensions == 4


def test_passages_and_questions(embedder, capsys):
    embeds = embedder()
    np.testing.assert_allclose(
        embeds.passages(["abc", "xyz"]), [unit("abc"), unit("xyz")], atol=1e-6
    )
    np.testing.assert_allclose(embeds.question("abc"), unit("? abc"), atol=1e-6)
    assert capsys.readouterr().out == ""
    assert embeds.passages([]).shape == (0, 8)


def test_instructions_are_added_only_where_they_are_set(embedder):
    embeds = embedder(passage_instruction="ppp ")
    np.testing.assert_allclose(embeds.passages(["abc"]), [unit("ppp abc")], atol=1e-6)
    assert embeds.name != embedder().name


def test_texts_too_long_are_cut(embedder):
    embeds = embedder(embedding_options=json.dumps({"limit": 100}))
    vectors = embeds.passages(["abc", "z" * 400, "xyz"])
    np.testing.assert_allclose(vectors[[0, 2]], [unit("abc"), unit("xyz")], atol=1e-6)
    assert vectors[1] @ unit("z" * 80) > 0.99


def test_secrets_are_no_part_of_the_name_but_options_are(embedder):
    plain = embedder().name
    assert plain == "llama_index:somebodys_embeddings:Letters"
    assert embedder(embedding_options='{"api_key": "k-1"}').name == plain
    assert embedder(embedding_options='{"limit": 5}').name != plain


@pytest.mark.parametrize(
    ("model", "options", "told"),
    [
        ("no_such_package.embeddings:Some", "", "no module no_such_package"),
        ("somebodys_embeddings:Missing", "", "has no Missing"),
        ("somebodys_embeddings:Nothing", "", "no embedding class"),
        ("somebodys_embeddings:Letters", '{"limit": "many"}', "can't be made"),
    ],
)
def test_classes_that_are_none(embedder, model, options, told):
    with pytest.raises(EmbedderFailed, match=told):
        embedder(model, embedding_options=options).question("a")


def test_a_class_that_fails(embedder):
    with pytest.raises(EmbedderFailed, match="RuntimeError: the model fell over"):
        embedder().passages(["a", "boom"])


def test_dimensions_are_checked(embedder):
    with pytest.raises(EmbedderFailed, match="8 numbers, not of 9"):
        embedder(embedding_dimensions=9).passages(["a"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"model": "Letters"}, "MODULE:CLASS"),
        ({"model": ""}, "needs a model"),
        ({"embedding_options": "limit=5"}, "not JSON"),
        ({"embedding_options": "[5]"}, "not a table"),
    ],
)
def test_settings_that_are_wrong(embedder, given, told):
    with pytest.raises(KbError, match=told):
        embedder(**given)
