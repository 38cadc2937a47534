"""Re-embedding: every passage gets a vector of the configured embedder, then both projections are built anew."""

from __future__ import annotations

from collections.abc import Callable

from kb.embedders import embedded_text, open_embedder
from kb.knowledge import KnowledgeBase
from kb.projections import PROJECTIONS

_BATCH = 1000


def reindex(kb: KnowledgeBase, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Re-embed and rebuild under the one-writer lock; the old indexes serve until the new ones are whole.

    Gives the number of passages.
    """
    embedder = open_embedder(kb.settings)
    with kb.home.writing(kb.notify):
        kb.index.catch_up()
        ids = sorted(kb.catalog.passage_ids())
        for begin in range(0, len(ids), _BATCH):
            found = kb.catalog.passages_with_titles(ids[begin : begin + _BATCH])
            vectors = embedder.passages([embedded_text(title, p.headings, p.text, p.context) for p, title in found])
            kb.catalog.set_vectors([passage.id for passage, _ in found], vectors, embedder.name)
            progress(begin + len(found), len(ids))
        for name in PROJECTIONS:
            kb.index.rebuild(name)
    return len(ids)
