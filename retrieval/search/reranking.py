"""Reranking: the first hits in the order of a model that reads question and passage together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kb.home import Notify
from kb.rerankers import Reranker
from retrieval.search.fallback import attempt

_FLOOR = 0.01


def rerank(
    reranker: Reranker,
    question: str,
    ranked: Sequence[tuple[str, float]],
    texts: Mapping[str, str],
    *,
    first: int,
    notify: Notify,
) -> list[tuple[str, float]]:
    """(passage id, score), best first: the `first` ones by the reranker, the others behind them as
    they stood.

    `texts` holds what the reranker reads of each passage; one without is left behind. The scores of
    both lie between 0 and 1: those of the reranker from 0.01 up, the others below. A reranker that
    fails leaves all as it was.
    """
    asked = [passage_id for passage_id, _ in ranked[:first] if passage_id in texts]
    if not asked:
        return list(ranked)
    scores = attempt(
        reranker.name, lambda: reranker.scores(question, [texts[each] for each in asked]), notify
    )
    if scores is None:
        return list(ranked)
    chosen = set(asked)
    fresh = [
        (each, _FLOOR + (1.0 - _FLOOR) * score) for each, score in zip(asked, scores, strict=True)
    ]
    others = [(each, score) for each, score in ranked if each not in chosen]
    best = max((score for _, score in others), default=0.0)
    behind = [
        (each, _FLOOR * max(score, 0.0) / best if best > 0.0 else 0.0) for each, score in others
    ]
    return [*sorted(fresh, key=lambda pair: -pair[1]), *behind]
