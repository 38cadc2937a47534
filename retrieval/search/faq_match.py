"""Matching FAQ entries: how likely each entry answers the very question that was asked, however it
is worded.

Who asks again what a reviewer has answered, in other words or in the other language, should get
that answer; who asks something else should not. A logistic regression separates the two by what the
question and the entry's own questions have in common, above all by the pieces of each that the
other lacks (see `kb.embedders.late_interaction`), and by the scores of other entries and sources.
`python -m tests.bench.curated --fit` fits its weights on paraphrases and on other questions, of the
same topic and of others; a signal whose weight would have the wrong sign is left out. Questions
that plainly ask for different things, such as who and when, never match. An entry that matches
ranks before all passages; one that does not, behind the best of them, however much of it the
question names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from heapq import nlargest
from itertools import chain
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from kb.catalog.rows import Asked as EntryQuestion
from kb.embedders.built_in import ContextualEmbedder, StaticEmbedder
from kb.embedders.late_interaction import Likeness, alike
from kb.knowledge import KnowledgeBase
from kb.text import language, terms
from kb.types import Hit, Question
from retrieval.question.question import weight
from retrieval.question.same_question import conflicts

if TYPE_CHECKING:
    from kb.arrays import Vectors

_OTHERS = 5
# the cosine of those others, where there are fewer: the mean of what the weights were fitted on
_USUAL = 0.47
_NEAREST = 5  # entries that are looked at besides those that were found as passages
_BEHIND = 0.999  # of the best passage's score: where an entry that does not match stands at most
CHANCE = 0.2  # the score of the best of many passages about something else
_SAME, _STEEP = (
    1.9,
    1.6,
)  # with a cosine of 0.8 no passage counts more than 0.62, with 0.95 than 0.38


@dataclass(frozen=True, slots=True)
class MatchSignals:
    """The signals of a question and one that an entry answers.

    `found` and `rival`: the fused scores of the entry as a passage, and of the best passage of no
    entry (see `_rival`). `foreign`: 1 where the questions are in different languages. `lead`: by
    how much their cosine is above the mean of the `_OTHERS` next entries, since some questions are
    near everything. `least` and `back`: see `kb.embedders.late_interaction.Likeness`; they are low
    where one asks for something that the other does not.
    """

    found: float
    rival: float
    foreign: float
    lead: float
    least: float
    back: float


WEIGHTS = MatchSignals(3.21, -4.14, 1.76, 1.82, 2.18, 2.35)
BIAS = 0.67
MATCHES = 0.5  # the likelihood from which an entry comes first, and its answer is one
# entries' questions whose vectors are not kept, as with another embedder: so many are encoded anew
_ENCODED = 10


def match_likelihoods(
    kb: KnowledgeBase,
    question: Question,
    vector: Vectors | None,
    fused: Sequence[tuple[str, float]],
    within: Collection[str] | None,
) -> dict[str, float]:
    """How likely each candidate entry answers the very question, 0 to 1, by passage id.

    An entry counts by its best question and has its likelihood at its first passage; one that
    matches, at all its passages, since a long answer has several.
    """
    likely_by_passage: dict[str, float] = {}
    for way, signals in candidates(kb, question, vector, fused, within):
        likely = 0.0 if conflicts(question.text, way.question, kb.glossary) else likelihood(signals)
        likely_by_passage[way.passage] = max(likely, likely_by_passage.get(way.passage, 0.0))
    for passage in kb.catalog.passages(
        [pid for pid, likely in likely_by_passage.items() if likely >= MATCHES]
    ).values():
        likely_by_passage |= {
            each.id: likely_by_passage[passage.id]
            for each in kb.catalog.passages_of(passage.document)
        }
    return likely_by_passage


def likelihood(signals: MatchSignals) -> float:
    """How likely an entry with these signals answers the question, 0 to 1."""
    total = BIAS + sum(
        weight * signal for weight, signal in zip(astuple(WEIGHTS), astuple(signals), strict=True)
    )
    return 1.0 / (1.0 + exp(-total))


def entries_first(
    ranked: Sequence[tuple[str, float]], likely: Mapping[str, float]
) -> list[tuple[str, float]]:
    """The ranking with matching entries first, and others behind the best passage."""
    if not likely:
        return list(ranked)
    sure = sorted(
        (pid for pid, each in likely.items() if each >= MATCHES), key=lambda pid: -likely[pid]
    )
    rest = [each for each in ranked if each[0] not in sure]
    top = max((score for _, score in rest), default=0.0)
    best = max((score for pid, score in rest if pid not in likely), default=None)
    if best is not None:
        kept = (
            (pid, min(score, _BEHIND * best) if pid in likely else score) for pid, score in rest
        )
        rest = sorted(kept, key=lambda item: -item[1])
    return [*((pid, top + (1.0 - top) * likely[pid]) for pid in sure), *rest]


def raised_confidence(confidence: float, hits: Sequence[Hit], likely: Mapping[str, float]) -> float:
    """The confidence, raised to the likelihood of a first hit that is a matching entry."""
    first = likely.get(hits[0].passage.id, 0.0) if hits else 0.0
    return max(confidence, first) if first >= MATCHES else confidence


def without_other_entries(hits: Sequence[Hit], likely: Mapping[str, float]) -> list[Hit]:
    """The hits without entries that answer another question, to judge confidence by."""
    return [
        hit
        for hit in hits
        if not hit.passage.anchor.reviewed or likely.get(hit.passage.id, 1.0) >= MATCHES
    ]


def candidates(
    kb: KnowledgeBase,
    question: Question,
    vector: Vectors | None,
    fused: Sequence[tuple[str, float]],
    within: Collection[str] | None,
) -> list[tuple[EntryQuestion, MatchSignals]]:
    """The entries' questions that could be what was asked: those nearest to it, and those of
    entries found as passages. The nearest, by their cosines, come first.
    """
    ways = [way for way in kb.catalog.faq_questions() if within is None or way.passage in within]
    if not ways:
        return []
    cosines = _cosines(kb, {way.question for way in ways}, question.text, vector)
    best: dict[str, float] = {}
    for way in ways:
        best[way.passage] = max(cosines[way.question], best.get(way.passage, -1.0))
    nearest = sorted(best, key=lambda pid: -best[pid])
    scores = dict(fused)
    rival = max((score for pid, score in fused if pid not in best), default=0.0)
    chosen = {*nearest[:_NEAREST], *(pid for pid in best if pid in scores)}
    ways = sorted(
        (way for way in ways if way.passage in chosen), key=lambda way: -cosines[way.question]
    )
    signals = (
        MatchSignals(
            found=scores.get(way.passage, 0.0),
            rival=_rival(rival, cosines[way.question]),
            foreign=float(language(way.question) != question.lang),
            lead=cosines[way.question] - _mean_of_others(best, way.passage),
            least=likeness.least,
            back=likeness.back,
        )
        for way, likeness in zip(ways, _likenesses(kb, question, ways), strict=True)
    )
    return list(zip(ways, signals, strict=True))


def _likenesses(
    kb: KnowledgeBase, question: Question, ways: Sequence[EntryQuestion]
) -> Iterable[Likeness]:
    """The likeness of the question to each of these, with words weighed as in BM25."""
    words_of = [terms(way.question) for way in ways]
    holding = kb.index.document_frequency(list(dict.fromkeys(chain.from_iterable(words_of))))
    passages = kb.index.passages()
    others = [
        (way.question, {word: weight(holding.get(word, 0), passages) for word in own})
        for way, own in zip(ways, words_of, strict=True)
    ]
    return alike(question.text, question.weights, others)


def _mean_of_others(best: Mapping[str, float], own: str) -> float:
    """The mean cosine of the nearest entries other than `own`."""
    nearest = nlargest(_OTHERS, (cosine for pid, cosine in best.items() if pid != own))
    return (sum(nearest) + _USUAL * (_OTHERS - len(nearest))) / _OTHERS


def _rival(score: float, cosine: float) -> float:
    """The score of the best other passage: at least what chance finds, and less the nearer the
    questions are.
    """
    return max(CHANCE, min(score, _SAME - _STEEP * cosine))


def _cosines(
    kb: KnowledgeBase, questions: Collection[str], text: str, vector: Vectors | None
) -> Mapping[str, float]:
    """The cosines of the question with each of `questions` by the built-in encoder, for which the
    weights were fitted.

    Questions that are not encoded count as the least similar one that is.
    """
    encoder = ContextualEmbedder()
    known = kb.catalog.heading_vectors(questions, encoder.name)
    ours = kb.embedder is not None and kb.embedder.name == encoder.name
    asked = vector if ours and vector is not None else encoder.question(text)
    left = [question for question in questions if question not in known]
    if len(left) > _ENCODED:
        rough = StaticEmbedder().passages([text, *left])
        left = [left[row] for row in np.argsort(rough[1:] @ rough[0])[-_ENCODED:]]
    known |= dict(zip(left, encoder.passages(left), strict=True))
    near = np.stack(list(known.values())) @ asked
    return {
        **dict.fromkeys(questions, float(near.min())),
        **dict(zip(known, near.tolist(), strict=True)),
    }
