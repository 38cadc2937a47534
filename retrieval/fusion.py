"""Fusing the legs: each passage's evidence, on scales that mean the same for every question, weighed together.

Reciprocal rank fusion with a weaker leg drags the better one down. Here nothing is ranked, and nothing is scaled by
what else was found: BM25 is divided by the most that the question's words could score, so it tells how much of the
question's weight a passage holds; a cosine is what it is. So a leg that has little to say for a question says little:
with few of a paraphrase's words anywhere, the encoder decides; with names and numbers found, words do. The weights are
a logistic regression of "is this the right passage" on the evidence (`python -m tests.bench.fusion`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp

SATURATION = 2.2  # BM25 with k1 = 1.2: the most that a word can score, in units of its idf


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the legs found for one question, by passage id.

    `words` and `translated` are BM25 scores of the question's own words and of their translations, `ceiling` the most
    that its words could score; `cosines` are of the embedder's vectors, `sketched` of the static table's.
    """

    words: Mapping[str, float]
    translated: Mapping[str, float]
    ceiling: float
    cosines: Mapping[str, float]
    sketched: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each leg's evidence counts."""

    words: float = 5.0
    translated: float = 1.5
    cosine: float = 6.0
    sketched: float = 4.0
    offset: float = -4.0


def fuse(evidence: Evidence, weights: Weights) -> list[tuple[str, float]]:
    """(passage id, score in 0..1), best first."""
    found = {*evidence.words, *evidence.translated, *evidence.cosines, *evidence.sketched}
    ceiling = max(evidence.ceiling, 1e-9)
    scored = {
        pid: _logistic(
            weights.words * min(1.0, evidence.words.get(pid, 0.0) / ceiling)
            + weights.translated * min(1.0, evidence.translated.get(pid, 0.0) / ceiling)
            + weights.cosine * max(0.0, evidence.cosines.get(pid, 0.0))
            + weights.sketched * max(0.0, evidence.sketched.get(pid, 0.0))
            + weights.offset
        )
        for pid in found
    }
    return sorted(scored.items(), key=lambda item: (-item[1], item[0]))


def _logistic(evidence: float) -> float:
    return 1.0 / (1.0 + exp(-evidence))
