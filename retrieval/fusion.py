"""Fusing the legs: each passage's evidence, on scales that mean the same for every question, summed.

Reciprocal rank fusion with a weaker leg drags the better one down. Here nothing is ranked, and nothing is scaled by
what else was found: BM25 is divided by the most that the question's words could score, so it tells how much of the
question's weight a passage holds; a cosine is what it is. So a leg that has little to say for a question says little:
with few of a paraphrase's words anywhere, the encoder decides; with names and numbers found, words do. In a passage of
another language than the question's, words are names and chance, and count as little as translations do. Words that
stand together in one sentence are worth more than the same words apart, so the first passages are read by sentences.
The weights come from `python -m tests.bench.fusion`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

SATURATION = 2.2  # BM25 with k1 = 1.2: the most that a word can score, in units of its idf


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the legs found for one question, by passage id.

    `words` and `translated` are BM25 scores of the question's own words and of their translations, `ceiling` the most
    that its words could score; `cosines` are of the embedder's vectors, `headings` of those of the heading that a
    passage stands under, `sketched` of the static table's. `sentences` tells of the first passages how much of the
    question, 0 to 1, their best sentence holds. `foreign` are passages in another language than the question's.
    `matched` are the curated entries that were looked at, with how likely each answers the very question.
    """

    words: Mapping[str, float]
    translated: Mapping[str, float]
    ceiling: float
    cosines: Mapping[str, float]
    headings: Mapping[str, float]
    sketched: Mapping[str, float]
    foreign: Collection[str]
    sentences: Mapping[str, float] = field(default_factory=dict)
    matched: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each leg's evidence counts."""

    words: float = 2.5
    foreign_words: float = 0.5
    translated: float = 0.6
    cosine: float = 1.6
    heading: float = 1.4
    sketched: float = 0.8
    sentence: float = 1.3
    foreign_sentence: float = 0.15
    sharpness: float = 1.5  # above 1: half the words are less than half as much evidence


MOST_WORDS = 1.2  # of the ceiling: fields that count more than the body can raise a score above it
_CHANCE = 0.4  # the cosine that a heading about something else reaches


def fuse(evidence: Evidence, weights: Weights) -> list[tuple[str, float]]:
    """(passage id, score), best first. A score is the share, 0 to 1, of the most that there could be of evidence."""
    ceiling = max(evidence.ceiling, 1e-9)
    most = weights.words + weights.sentence + weights.cosine + weights.heading
    scored: dict[str, float] = {}
    for pid in {*evidence.words, *evidence.translated, *evidence.cosines, *evidence.sketched}:
        said, put = (min(MOST_WORDS, leg.get(pid, 0.0) / ceiling) for leg in (evidence.words, evidence.translated))
        held = evidence.sentences.get(pid, 0.0)
        if pid in evidence.foreign:
            lexical = max(weights.foreign_words * said, weights.translated * put) + weights.foreign_sentence * held
        else:
            lexical = weights.words * said**weights.sharpness + weights.sentence * held**weights.sharpness
        dense = weights.cosine * evidence.cosines.get(pid, 0.0)
        if pid in evidence.sketched:
            dense = weights.sketched * evidence.sketched[pid]
        under = weights.heading * max(0.0, evidence.headings.get(pid, 0.0) - _CHANCE) / (1.0 - _CHANCE)
        total = lexical + max(0.0, dense) + under
        scored[pid] = total / most
    ranked = sorted(scored.items(), key=lambda item: (-item[1], item[0]))
    return [(pid, min(1.0, score)) for pid, score in ranked]
