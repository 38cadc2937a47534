"""Confidence: how likely the first hits hold an answer to the question, from the scores of
searching and reading.

A logistic regression over a few signals, each about 0 to 1, that mean the same for every question
and knowledge base. Its weights are fitted by `python -m tests.bench.confidence` on questions whose
paragraph is there, and on the same with it, or its whole article, left out. With what reading
tells, they are fitted together with its own, by `python -m tests.bench.late_interaction`. Both are
fitted on questions in the words of their paragraph; what the cosine tells of questions in other
words is by `python -m tests.bench.nearness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache
from itertools import chain
from math import exp

from kb.embedders.built_in import ContextualEmbedder, StaticEmbedder
from kb.index_words import findable_words
from kb.text import flat, sentences, shingles, words
from kb.types import Hit, Passage, Question
from retrieval.search.fusion import MOST_WORDS, LegScores

# --- sentences and words of passages, which several signals share ---------------------------------

Words = tuple[str, ...]


@lru_cache(maxsize=1024)  # the same passages are the first for many questions of a batch
def sentence_words(text: str) -> tuple[Words, ...]:
    """The index words of each sentence of `text`, markup aside, in order."""
    shown = flat(text)
    return tuple(tuple(findable_words(shown[start:end])) for start, end in sentences(shown))


def passage_words(text: str) -> Words:
    """The index words of `text`, markup aside, in order."""
    return tuple(chain.from_iterable(sentence_words(text)))


@lru_cache(maxsize=1024)
def surrounding_words(title: str, headings: tuple[str, ...], context: str) -> frozenset[str]:
    """The index words of what a passage stands under: title, headings, the question it answers."""
    return frozenset(findable_words("\n".join((title, *headings, context))))


def coverages(question: Question, title: str, passage: Passage) -> list[tuple[float, float]]:
    """Each sentence's share of the question, 0 to 1: alone, and with its headings."""
    around = surrounding_words(title, passage.headings, passage.context)
    return [
        (question.coverage(own), question.coverage(around.union(own)))
        for own in sentence_words(passage.text)
    ]


# --- the likelihood of an answer ------------------------------------------------------------------

FIRST_HITS = 5


@dataclass(frozen=True, slots=True)
class ConfidenceSignals:
    """The signals of the first hits: of each the best, but `near` is that of the first hit.

    `sentence` and `with_headings`: the share of the question, by the weight of its words or their
    translations, that one sentence holds, alone and together with its title and headings. `pairs`:
    the share of its adjacent words that are adjacent there. `words`: the BM25 score over the most
    that the question could score. `lead`: by how much that is above the next hit's. `near`: the
    cosine of the question and the hit's best sentence, by the static table. `cosine`: of the
    passage, by the embedder.
    """

    sentence: float
    with_headings: float
    pairs: float
    words: float
    lead: float
    near: float
    cosine: float


WEIGHTS = ConfidenceSignals(2.23, 2.07, 1.59, 1.44, 6.48, 3.14, 0.81)
BIAS = -5.79
# What a cosine by the built-in encoder adds, and the one at which it adds nothing. Between
# paragraphs of one article it tells little, but much where question and answer share few words.
NEARNESS = 3.0
NEAR = 0.47


def confidence(question: Question, hits: Sequence[Hit], scores: LegScores, *, reads: bool) -> float:
    """How likely the hits hold an answer, 0 to 1. `scores` are those of the legs for the
    same question.

    `reads`: whether the built-in encoder also reads the hits; `python -m tests.bench.latency`
    measures how long that takes.
    """
    if not hits or not question.weights:
        return 0.0
    values: tuple[float, ...] = astuple(signals(question, hits, scores))
    if reads:
        from kb.embedders.late_interaction import read, weights

        total = float(weights().answered @ (*values, *read(question, hits).signals, 1.0))
        if scores.cosines and scores.embedder == ContextualEmbedder.name:
            total += NEARNESS * (values[-1] - NEAR)
    else:
        total = BIAS + sum(
            weight * signal for weight, signal in zip(astuple(WEIGHTS), values, strict=True)
        )
    return 1.0 / (1.0 + exp(-total))


def signals(question: Question, hits: Sequence[Hit], scores: LegScores) -> ConfidenceSignals:
    """The signals of the first hits, of which there is at least one."""
    first = hits[:FIRST_HITS]
    ceiling = max(scores.ceiling, 1e-9)
    by_words = (
        max(leg.get(hit.passage.id, 0.0) for leg in (scores.words, scores.translated))
        for hit in first
    )
    lexical = sorted((min(MOST_WORDS, score / ceiling) for score in by_words), reverse=True)
    asked = shingles(words(question.text))
    coverage = [
        coverages(question, hit.document.title, hit.passage) or [(0.0, 0.0)] for hit in first
    ]
    return ConfidenceSignals(
        max(own for each in coverage for own, _ in each),
        max(with_headings for each in coverage for _, with_headings in each),
        max(len(asked & shingles(passage_words(hit.passage.text))) for hit in first)
        / max(1, len(asked)),
        lexical[0],
        lexical[0] - (lexical[1] if len(lexical) > 1 else 0.0),
        _near(
            question,
            first[0],
            max(range(len(coverage[0])), key=lambda number: sum(coverage[0][number])),
        ),
        max(scores.cosines.get(hit.passage.id, 0.0) for hit in first),
    )


def _near(question: Question, hit: Hit, number: int) -> float:
    """The cosine of question and sentence by the static table, which takes far less time."""
    shown = flat(hit.passage.text)
    spans = sentences(shown)[number : number + 1]
    one, other = StaticEmbedder().passages(
        [question.text, *(shown[start:end] for start, end in spans or [(0, 0)])]
    )
    return max(0.0, float(one @ other))
