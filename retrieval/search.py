"""Searching: Question -> Hits. Two legs, one filter, fused, without near-duplicates."""

from __future__ import annotations

import time
from collections.abc import Sequence

from kb.embedders import Embedder
from kb.errors import UsageError
from kb.knowledge import KnowledgeBase
from kb.text import has_words, words
from kb.types import Kind, Results
from retrieval.confidence import confidence, weigh
from retrieval.distinct import distinct
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


def search(
    kb: KnowledgeBase, embedder: Embedder, text: str, *, limit: int, where: Where = (), kind: Kind | None = None
) -> Results:
    """The best `limit` passages for a question, among those that match every key=value of `where` and the kind."""
    began = time.perf_counter()
    question = weigh(text, kb.index, kb.catalog.counts().passages)
    asked_for = [*where, *([("kind", kind)] if kind else [])]
    within = kb.catalog.matching(asked_for)
    if within is not None and not within:
        kb.notify(_nothing_has(kb, asked_for))
    pool = max(_POOL, 3 * limit)
    lexical = dict(kb.index.search_words(question.weights or words(text), pool, within))
    vector = embedder.question(text)
    dense = dict(kb.index.search_vector(vector, pool, within))
    for passage_id, stored in kb.catalog.vectors([pid for pid in lexical if pid not in dense]).items():
        if stored.shape == vector.shape:  # one of an older embedder waits for `kb reindex`
            dense[passage_id] = float(stored @ vector)
    hits = distinct(kb, question, fuse(lexical, dense, kb.settings.dense_weight)[:pool], limit)
    return Results(question, hits, round(confidence(question, hits), 4), time.perf_counter() - began)


def _nothing_has(kb: KnowledgeBase, asked_for: Where) -> str:
    """What to say when no passage matches: what there is to ask for instead."""
    told = f"no passage has {' and '.join(f'{key}={value}' for key, value in asked_for)}"
    for key, value in asked_for:
        if not kb.catalog.matching([(key, value)]):
            there = kb.catalog.facet_values(key, _NAMED + 1)
            kind, names = (f"{key} is", there) if there else ("keys are", sorted(kb.catalog.facet_keys()))
            return f"{told}; {kind} {', '.join(names[:_NAMED])}" + (", …" if len(names) > _NAMED else "")
    return told
