"""Re-embedding: every passage gets a vector of the configured embedder, then the indexes are built
anew and swapped.
"""

from __future__ import annotations

from kb.backends import open_embedder
from kb.catch_up import Progress, embed
from kb.knowledge import KnowledgeBase

_BATCH = 256


def reindex(kb: KnowledgeBase, progress: Progress = lambda done, total: None) -> int:
    """Re-embed and rebuild under the one-writer lock; the old indexes serve until the new ones are
    whole.

    Vectors that an interrupted run made are kept, and not made again. Gives the number of passages.
    Raises KbError when the embedder fails; what serves then stays as it is.
    """
    embedder = open_embedder(kb.settings)
    with kb.home.writing(kb.notify):
        kb.index.catch_up()
        total = kb.catalog.counts().passages
        missing = kb.catalog.without_vector(embedder.name)
        progress(total - len(missing), total)
        for begin in range(0, len(missing), _BATCH):
            ids, vectors = embed(kb.catalog, embedder, missing[begin : begin + _BATCH])
            kb.catalog.keep_vectors(ids, vectors, embedder.name)
            progress(total - len(missing) + begin + len(ids), total)
        kb.index.rebuild("lexical")
        kb.index.rebuild("dense", embedder.name)
        kb.catalog.forget_other_vectors(embedder.name)
    return total
