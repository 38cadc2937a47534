"""Fusing the two legs: scores, not ranks.

Reciprocal rank fusion with a weaker leg drags the better one down; a convex sum of scores scaled per question does not
(Bruch et al. 2023, https://arxiv.org/abs/2210.11934, and the figures of `python -m tests.bench.retrieval`).
"""

from __future__ import annotations

from collections.abc import Mapping


def fuse(lexical: Mapping[str, float], dense: Mapping[str, float], dense_weight: float) -> list[tuple[str, float]]:
    """Convex sum of both legs' scores, each scaled by its best, best first. A leg that found nothing weighs nothing.

    A passage missing from a leg scores 0 there; cosines below 0 count as 0.
    """
    weight = dense_weight if lexical else 1.0
    fused: dict[str, float] = {}
    for leg, share in ((lexical, 1.0 - weight), (dense, weight)):
        best = max(leg.values(), default=0.0)
        for passage_id, score in leg.items():
            if best > 0.0 and score > 0.0:
                fused[passage_id] = fused.get(passage_id, 0.0) + share * score / best
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))
