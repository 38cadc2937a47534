"""Our retriever behind llama-index's interface."""

from __future__ import annotations

from pathlib import Path

from ingest.pipeline import ingest
from kb.home import Home
from kb.knowledge import open_knowledge_base
from kb.settings import load


def test_llama_index_programs_get_the_same_hits(tmp_path: Path):
    (tmp_path / "vesting.md").write_text(
        "---\ncourse: equity\n---\n# Vesting\n\nShares vest over four years with a cliff.\n"
    )
    home = Home(tmp_path / "home")
    kb = open_knowledge_base(home, load(home.path, {}).settings, create=True)
    ingest(kb, [tmp_path])

    from retrieval.llama import KbRetriever

    (node,) = KbRetriever(kb, limit=3).retrieve("how long do shares vest?")
    assert "four years" in node.text
    assert node.metadata["source"] == "vesting.md"
    assert node.metadata["course"] == "equity"
    assert node.metadata["anchor"]["type"] == "lines"
    assert node.score is not None
