"""Distinct hits: those that say something of their own, each naming the sources that say the same."""

from __future__ import annotations

from collections.abc import Sequence

from kb.knowledge import KnowledgeBase
from kb.text import shingles, words
from kb.types import Document, Hit, Passage


def distinct(kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], limit: int) -> tuple[Hit, ...]:
    """The first `limit` hits that say something of their own; near-duplicates are named on the one they repeat.

    Hits that the catalog no longer knows are dropped, so nothing deleted is ever cited.
    """
    passages = kb.catalog.passages([passage_id for passage_id, _ in ranked])
    documents: dict[str, Document] = {}
    kept: list[tuple[Passage, float, frozenset[tuple[str, str]], list[str]]] = []
    for passage_id, score in ranked:
        passage = passages.get(passage_id)
        if passage is None:
            continue
        document = documents.get(passage.document) or kb.catalog.document(passage.document)
        if document is None:
            continue
        documents[document.id] = document
        pairs = shingles(words(passage.text))
        twin = next((also for _, _, other, also in kept if _alike(pairs, other, kb.settings.near_duplicate)), None)
        if twin is not None:
            twin.append(document.source)
        elif len(kept) < limit:
            kept.append((passage, score, pairs, []))
        else:
            break
    return tuple(
        Hit(
            rank,
            round(score, 4),
            passage,
            documents[passage.document],
            _others(also, documents[passage.document].source),
        )
        for rank, (passage, score, _, also) in enumerate(kept, start=1)
    )


def _others(sources: Sequence[str], own: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for source in sources if source != own))


def _alike(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]], threshold: float) -> bool:
    """Whether the Jaccard overlap of two sets of word pairs reaches the threshold."""
    if not one or not other:
        return False
    shared = len(one & other)
    return shared >= threshold * (len(one) + len(other) - shared)
