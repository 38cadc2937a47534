"""The similarity of questions: how likely each pair of them asks the same, within a language and
across two; and clusters of them.

A logistic regression over two signals, with weights of its own for pairs across languages. `python
-m tests.bench.gaps` fits them and prints their figures on held-back questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.embedders.built_in import ContextualEmbedder
from kb.glossary import Glossary
from kb.text import language, terms, words
from kb.types import TRUSTED, Phrase
from retrieval.facts.translation import widen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]
    Mask = NDArray[np.bool_]

WITHIN = (9.44, 4.78, -5.80)
ACROSS = (14.54, 9.31, -5.52)
# questions as many as these count against what the ones at hand tell of words and of their common
# topic
_FEW = 20
_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class SimilaritySignals:
    """The signals for each pair of questions, each of shape (n, n).

    `cosine`: of their vectors by the built-in contextual encoder, less the mean of all. `overlap`:
    the share of their words, weighed by idf among these questions, that the other has too, or a
    translation of. `across`: whether they are in different languages.
    """

    cosine: Matrix
    overlap: Matrix
    across: Mask


def likeness(questions: Sequence[str], glossary: Glossary | None) -> Matrix:
    """The log odds that two questions ask the same, shape (n, n), symmetric."""
    found = signals(questions, glossary)
    within, across = (w[0] * found.cosine + w[1] * found.overlap + w[2] for w in (WITHIN, ACROSS))
    return np.where(found.across, across, within).astype(np.float32)


def signals(questions: Sequence[str], glossary: Glossary | None) -> SimilaritySignals:
    """The signals of all pairs. Without a glossary, words have no translations."""
    langs = np.array([language(question) for question in questions])
    return SimilaritySignals(
        _cosines(questions), _overlaps(questions, glossary), langs[:, None] != langs[None, :]
    )


def _cosines(questions: Sequence[str]) -> Matrix:
    """The cosines of all pairs, shape (n, n), less the mean: one topic is close together."""
    vectors = ContextualEmbedder().passages(questions)
    apart = vectors - vectors.mean(0) * (len(questions) / (len(questions) + _FEW))
    apart = np.asarray(
        apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9), np.float32
    )
    found: Matrix = apart @ apart.T
    return found


def _overlaps(questions: Sequence[str], glossary: Glossary | None) -> Matrix:
    holding: dict[str, set[int]] = defaultdict(set)
    for number, question in enumerate(questions):
        for word in words(question):
            holding[word].add(number)
    covered = np.zeros((len(questions), len(questions)), np.float32)
    for number, question in enumerate(questions):
        total = 0.0
        ways = _ways(question, glossary)
        for word in terms(question):
            having = holding[word].union(*(_holding(way, holding) for way in ways.get(word, ())))
            weight = _weight(len(having), len(questions))
            covered[number, list(having)] += weight
            total += weight
        covered[number] /= total or 1.0
    found: Matrix = (covered + covered.T) * np.float32(0.5)
    return found


def _ways(question: str, glossary: Glossary | None) -> Mapping[str, Collection[Phrase]]:
    """The trusted translations of each word of a question."""
    ways: dict[str, set[Phrase]] = defaultdict(set)
    for groups in widen(question, _LANGUAGES, glossary).values() if glossary else ():
        for group in groups:
            for word in group.of:
                ways[word].update(way for way, weight in group.ways.items() if weight >= TRUSTED)
    return ways


def _holding(way: Phrase, holding: Mapping[str, set[int]]) -> set[int]:
    """The numbers of the questions that have all words of a phrase."""
    return set.intersection(*(holding.get(word, set()) for word in way))


def _weight(count: int, questions: int) -> float:
    """The idf of a word that `count` of the questions have, smoothed for few questions."""
    return float(np.log(1 + (questions + _FEW - count + 0.5) / (count + 0.5 + 0.01 * _FEW)))


# --- clusters -------------------------------------------------------------------------------------

# log odds from which two groups are one, on average over their pairs; chosen by tests.bench.gaps
SAME = 1.25


def clusters(likeness: Matrix, least: float = SAME) -> list[list[int]]:
    """The rows of a symmetric similarity matrix of shape (n, n) in clusters, which are merged as
    long as their average similarity is at least `least`, so that no single pair ties two together.

    By the nearest-neighbour chain of Benzécri (1982): the same clusters as from merging the most
    similar pair first, in quadratic time. Clusters, and the rows within each, come in the order of their first rows.
    """
    near = likeness.astype(np.float64)
    np.fill_diagonal(near, -np.inf)
    members = {row: [row] for row in range(len(near))}
    left = dict.fromkeys(members)  # those that may still be merged, in order
    chain: list[int] = []
    while left:
        chain = chain or [next(iter(left))]
        last = chain[-1]
        nearest = int(near[last].argmax())
        before = chain[-2] if len(chain) > 1 else -1
        if near[last, nearest] < least:  # averages only fall, so nothing will ever be like it
            chain.pop()
            _remove(near, last, left)
        elif before >= 0 and near[last, before] >= near[last, nearest]:
            del chain[-2:]
            one, other = len(members[last]), len(members[before])
            near[last] = near[:, last] = (one * near[last] + other * near[before]) / (one + other)
            near[last, last] = -np.inf
            members[last] += members.pop(before)
            _remove(near, before, left)
        else:
            chain.append(nearest)
    return sorted(sorted(rows) for rows in members.values())


def _remove(near: np.ndarray, row: int, left: dict[int, None]) -> None:
    """Exclude a row from further merging."""
    near[row] = near[:, row] = -np.inf
    del left[row]
