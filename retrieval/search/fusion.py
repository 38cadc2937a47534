"""Fusing the legs: each passage's evidence, on scales that mean the same for every question,
summed.

Reciprocal rank fusion with a weaker leg drags the better one down. Here nothing is ranked, and
nothing is scaled by what else was found: BM25 is divided by the most that the question's words
could score, so it tells how much of the question's weight a passage holds; a cosine is what it is.
So a leg that has little to say for a question says little: with few of a paraphrase's words
anywhere, the encoder decides; with names and numbers found, words do. In a passage of another
language than the question's, words are names and chance, and count as little as translations do.
Words that stand together in one sentence are worth more than the same words apart, so the first
passages are read by sentences. The weights come from `python -m tests.bench.fusion`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kb.settings import Settings

Floats = NDArray[np.float64]
SATURATION = 2.2  # BM25 with k1 = 1.2: the most that a word can score, in units of its idf


@dataclass(frozen=True, slots=True)
class LegScores:
    """The scores of one question's legs, by passage id.

    `words` and `translated` are BM25 scores of the question's own words and of their translations,
    `ceiling` the most that its words could score; `cosines` are by the embedder, of passages,
    `headings` of the headings that they stand under, `sketched` by the static table. `sentences`
    has the share of the question, 0 to 1, that the best sentence of each of the first passages
    holds. `foreign` are passages in another language than the question. `matched` has how likely
    each candidate FAQ entry answers the very question. `embedder` is the name of the one whose
    cosines they are.
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
    embedder: str = ""


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """The weight of each signal in the fused score."""

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


def weights_of(settings: Settings) -> FusionWeights:
    """The weights, multiplied by the factors in the settings."""
    usual = FusionWeights()
    return replace(
        usual,
        words=usual.words * settings.fusion_words,
        foreign_words=usual.foreign_words * settings.fusion_words,
        translated=usual.translated * settings.fusion_translated,
        cosine=usual.cosine * settings.fusion_cosine,
        sketched=usual.sketched * settings.fusion_cosine,
        heading=usual.heading * settings.fusion_heading,
        sentence=usual.sentence * settings.fusion_sentence,
        foreign_sentence=usual.foreign_sentence * settings.fusion_sentence,
    )


def boosts_of(settings: Settings) -> dict[str, float]:
    """The factors by which the settings boost fields of the lexical index."""
    return {
        "title": settings.boost_title,
        "headings": settings.boost_headings,
        "context": settings.boost_context,
    }


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """The scores as arrays with a place for each passage of `ids`, on scales that mean the same for
    every question.

    `words_share` and `translated_share`: the share of the question that the passage's words, and
    its translations, make up; `sentence_share`: that of its best sentence. `cosine` is 0 where
    there is `sketched`. `heading`: how similar its heading is to the question, above chance.
    """

    ids: tuple[str, ...]
    words_share: Floats
    translated_share: Floats
    sentence_share: Floats
    cosine: Floats
    sketched: Floats
    heading: Floats
    foreign: NDArray[np.bool_]


def columns(evidence: LegScores) -> ScoreColumns:
    """The columns of all passages that some leg found."""
    ids = tuple(
        sorted({*evidence.words, *evidence.translated, *evidence.cosines, *evidence.sketched})
    )
    ceiling = max(evidence.ceiling, 1e-9)

    def column(leg: Mapping[str, float]) -> Floats:
        return np.array([leg.get(pid, 0.0) for pid in ids], dtype=np.float64)

    sketched = column(evidence.sketched)
    return ScoreColumns(
        ids,
        np.minimum(MOST_WORDS, column(evidence.words) / ceiling),
        np.minimum(MOST_WORDS, column(evidence.translated) / ceiling),
        column(evidence.sentences),
        column(
            {
                pid: cosine
                for pid, cosine in evidence.cosines.items()
                if pid not in evidence.sketched
            }
        ),
        sketched,
        np.maximum(0.0, column(evidence.headings) - _CHANCE) / (1.0 - _CHANCE),
        np.array([pid in evidence.foreign for pid in ids], dtype=np.bool_),
    )


def scores(given: ScoreColumns, weights: FusionWeights) -> Floats:
    """The fused score of each passage: the share of the largest sum that the weights allow."""
    most = max(1e-9, weights.words + weights.sentence + weights.cosine + weights.heading)
    abroad = np.maximum(
        weights.foreign_words * given.words_share, weights.translated * given.translated_share
    )
    abroad += weights.foreign_sentence * given.sentence_share
    at_home = (
        weights.words * given.words_share**weights.sharpness
        + weights.sentence * given.sentence_share**weights.sharpness
    )
    dense = weights.cosine * given.cosine + weights.sketched * given.sketched
    total = (
        np.where(given.foreign, abroad, at_home)
        + np.maximum(0.0, dense)
        + weights.heading * given.heading
    )
    found: Floats = total / most
    return found


def fuse(evidence: LegScores, weights: FusionWeights) -> list[tuple[str, float]]:
    """(passage id, score), best first, with scores between 0 and 1."""
    given = columns(evidence)
    scored = zip(given.ids, scores(given, weights).tolist(), strict=True)
    ranked = sorted(scored, key=lambda item: (-item[1], item[0]))
    return [(pid, min(1.0, score)) for pid, score in ranked]
