"""Every writer, embedder and reranker that a setting can name is one row that leads to its class."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from kb.backends import (
    EMBEDDERS,
    RERANKERS,
    WRITERS,
    Backend,
    open_embedder,
    open_reranker,
    open_writer,
)
from kb.embedders import Embedder
from kb.settings import Settings, load

ROWS = [*WRITERS.items(), *EMBEDDERS.items(), *RERANKERS.items()]
GIVEN = {
    "openai_url": "http://127.0.0.1:9/v1",
    "transformers_model": "some-model",
    "llama_index_class": "a:B",
    "embedding_model": "a:B",
    "reranker_url": "http://127.0.0.1:9/rerank",
    "reranker_model": "some-model",
}


@pytest.mark.parametrize(("name", "backend"), ROWS)
def test_a_row_leads_to_what_it_names(name: str, backend: Backend):
    assert callable(backend.load())


@pytest.mark.parametrize("name", WRITERS)
def test_a_writer_is_made_by_its_name(name):
    writer = open_writer(Settings(writer=name, **GIVEN))
    assert writer.name.partition(":")[0] == name
    assert callable(writer.write)
    assert callable(writer.check)


@pytest.mark.parametrize("name", EMBEDDERS)
def test_an_embedder_is_made_by_its_name(name):
    embedder: Embedder = open_embedder(Settings(embedder=name, **GIVEN))
    assert embedder.name
    assert callable(embedder.passages)
    assert callable(embedder.question)


@pytest.mark.parametrize("name", RERANKERS)
def test_a_reranker_is_made_by_its_name(name):
    reranker = open_reranker(Settings(reranker=name, **GIVEN))
    assert reranker.name
    assert callable(reranker.scores)


@pytest.mark.parametrize("name", [name for name, row in WRITERS.items() if row.needs])
def test_auto_picks_the_writer_whose_setting_is_filled(name):
    needs = WRITERS[name].needs
    assert needs in {f.name for f in fields(Settings)}
    assert Settings(**{needs: GIVEN[needs]}).chosen_writer == name


def test_auto_goes_by_the_order_of_the_rows():
    filled = {row.needs: "x" for row in WRITERS.values() if row.needs}
    first = next(name for name, row in WRITERS.items() if row.needs)
    assert Settings(**filled).chosen_writer == first


def test_a_row_is_known_to_settings_and_to_their_help(monkeypatch, tmp_path):
    about = {f.name: f.metadata["about"] for f in fields(Settings)}
    for name in WRITERS:
        assert re.search(rf"\b{name}\b", about["writer"])
        assert load(tmp_path, {"KB_WRITER": name}).settings.writer == name
    for name in EMBEDDERS:
        assert load(tmp_path, {"KB_EMBEDDER": name}).settings.embedder == name
    for name in RERANKERS:
        assert name in about["reranker"]


def test_the_names_are_known_without_loading_a_backend():
    code = (
        "import sys, kb.settings;"
        "print(*[name for name in sys.modules"
        " if name.startswith(('kb.writers', 'kb.embedders', 'kb.rerankers'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
