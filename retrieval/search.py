"""Searching: Question -> Hits. Two legs, one filter, fused, without near-duplicates."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from itertools import islice

from kb.embedders.static import SKETCH_BYTES, SKETCH_SCALE, StaticEmbedder
from kb.errors import UsageError
from kb.knowledge import KnowledgeBase
from kb.text import has_words, shingles, words
from kb.types import Document, Hit, Kind, Passage, Results
from retrieval.confidence import confidence, weigh
from retrieval.fusion import fuse

_NAMED = 12
_POOL = 60
LONGEST_QUESTION = 4000
Where = Sequence[tuple[str, str]]


def check_question(text: str) -> str:
    """The question without space around it. Raises UsageError for one that can't be searched for."""
    question = text.strip()
    if not question:
        raise UsageError("the question is empty", 'ask like this: kb ask "how do I find my first users?"')
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are taken",
            "ask something shorter",
        )
    if not has_words(question):
        raise UsageError("there is no word in the question")
    return question


def search(kb: KnowledgeBase, text: str, *, limit: int, where: Where = (), kind: Kind | None = None) -> Results:
    """The best `limit` passages for a question, among those that match every key=value of `where` and the kind."""
    began = time.perf_counter()
    question = weigh(text, kb.index, kb.catalog.counts().passages)
    asked_for = [*where, *([("kind", kind)] if kind else [])]
    within = kb.catalog.matching(asked_for)
    if within is not None and not within:
        kb.notify(_nothing_has(kb, asked_for))
    pool = max(_POOL, 3 * limit)
    lexical = dict(kb.index.search_words(question.weights or words(text), pool, within))
    dense = _dense(kb, text, pool, within, lexical)
    hits = _distinct(kb, fuse(lexical, dense, kb.settings.dense_weight)[:pool], limit)
    return Results(question, hits, round(confidence(question, hits), 4), time.perf_counter() - began)


def _dense(
    kb: KnowledgeBase, text: str, pool: int, within: Collection[str] | None, others: Collection[str]
) -> dict[str, float]:
    """Cosines of the nearest passages and of those that the other leg found."""
    if kb.embedder is None:
        kb.notify("the embedder was changed; searching by words alone until: kb reindex")
        return {}
    vector = kb.embedder.question(text)
    dense = dict(kb.index.search_vector(vector, pool, within))
    rest = [pid for pid in others if pid not in dense]
    for passage_id, stored in kb.catalog.vectors(rest, kb.embedder.name).items():
        dense[passage_id] = float(stored @ vector)
    return dense | _sketched(kb, text, pool, within)


def _sketched(kb: KnowledgeBase, text: str, pool: int, within: Collection[str] | None) -> dict[str, float]:
    """Cosines, by the static table, of the nearest passages that have no vector in the dense index yet."""
    waiting = kb.catalog.waiting(SKETCH_BYTES)
    if not waiting.ids:
        return {}
    cosines = waiting.sketches.astype("float32") @ StaticEmbedder().question(text) / SKETCH_SCALE
    nearest = ((waiting.ids[row], float(cosines[row])) for row in cosines.argsort()[::-1])
    return dict(islice((each for each in nearest if within is None or each[0] in within), pool))


def _nothing_has(kb: KnowledgeBase, asked_for: Where) -> str:
    """What to say when no passage matches: what there is to ask for instead."""
    told = f"no passage has {' and '.join(f'{key}={value}' for key, value in asked_for)}"
    for key, value in asked_for:
        if not kb.catalog.matching([(key, value)]):
            there = kb.catalog.facet_values(key, _NAMED + 1)
            kind, names = (f"{key} is", there) if there else ("keys are", sorted(kb.catalog.facet_keys()))
            return f"{told}; {kind} {', '.join(names[:_NAMED])}" + (", …" if len(names) > _NAMED else "")
    return told


def _distinct(kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], limit: int) -> tuple[Hit, ...]:
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
