"""Curated entries: how likely each is the answer to the very question asked, however it is put.

A reviewer has answered a question; whoever asks it again, in other words or the other language, is
to get that answer, and whoever asks something else is not. A logistic regression tells the two
apart by what the question and the entry's own question, or another way to ask it, have in common,
above all by the pieces of each that the other lacks (see `kb.embedders.late_interaction`), and by what other
entries and sources hold. Its weights are fitted by `python -m tests.bench.curated --fit` on
paraphrases, and on questions of the same and other topics; a signal that would count the wrong way
is left out. Questions that plainly ask for different things, such as who and when, never match. An
entry that matches comes before all passages; one that doesn't, behind the best of them, however
much of it the question names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from heapq import nlargest
from itertools import chain
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from kb.catalog.rows import Asked
from kb.embedders.contextual import ContextualEmbedder
from kb.embedders.late_interaction import alike
from kb.embedders.static import StaticEmbedder
from kb.knowledge import KnowledgeBase
from kb.text import language, terms
from kb.types import Hit, Question
from retrieval.question.same_question import conflicts
from retrieval.question.weights import weight

if TYPE_CHECKING:
    from kb.embedders import Vectors

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
class Signals:
    """What a question and one that an entry answers have in common, and how the entry does among
    the sources.

    `found` and `rival`: the fused scores of the entry as a passage, and of the best passage that is
    no entry (see `_rival`). `foreign`: 1 where the two are in different languages. `lead`: how far
    their cosine is above the mean of the `_OTHERS` entries that are nearest otherwise: some
    questions are near everything. `least` and `back`: see `kb.embedders.late_interaction.Likeness`; what one
    asks and the other doesn't has no match.
    """

    found: float
    rival: float
    foreign: float
    lead: float
    least: float
    back: float


WEIGHTS = Signals(3.21, -4.14, 1.76, 1.82, 2.18, 2.35)
BIAS = 0.67
MATCHES = 0.5  # the likelihood from which an entry comes first, and its answer is one
# entries' questions whose vectors are not kept, as with another embedder: so many are encoded anew
_ENCODED = 10


def matched(
    kb: KnowledgeBase,
    question: Question,
    vector: Vectors | None,
    fused: Sequence[tuple[str, float]],
    within: Collection[str] | None,
) -> dict[str, float]:
    """How likely each entry that could answers the very question: by its best way to ask it.

    By its first passage, and of one that matches, by all of them: an answer may be too long for
    one.
    """
    told: dict[str, float] = {}
    for way, signals in candidates(kb, question, vector, fused, within):
        likely = 0.0 if conflicts(question.text, way.question, kb.glossary) else likelihood(signals)
        told[way.passage] = max(likely, told.get(way.passage, 0.0))
    for passage in kb.catalog.passages(
        [pid for pid, likely in told.items() if likely >= MATCHES]
    ).values():
        told |= {each.id: told[passage.id] for each in kb.catalog.passages_of(passage.document)}
    return told


def likelihood(signals: Signals) -> float:
    """How likely an entry with these signals answers the question, 0 to 1."""
    total = BIAS + sum(
        weight * signal for weight, signal in zip(astuple(WEIGHTS), astuple(signals), strict=True)
    )
    return 1.0 / (1.0 + exp(-total))


def order(
    ranked: Sequence[tuple[str, float]], likely: Mapping[str, float]
) -> list[tuple[str, float]]:
    """The ranking with the entries that match before everything else, and none of the others first."""
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


def trusted(confidence: float, hits: Sequence[Hit], likely: Mapping[str, float]) -> float:
    """The confidence, given that of the first hits: an entry that surely matches is an answer."""
    first = likely.get(hits[0].passage.id, 0.0) if hits else 0.0
    return max(confidence, first) if first >= MATCHES else confidence


def telling(hits: Sequence[Hit], likely: Mapping[str, float]) -> list[Hit]:
    """The hits that may tell that there is an answer: not entries that answer something else."""
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
) -> list[tuple[Asked, Signals]]:
    """The ways to ask that could be what was asked: those nearest to it, and those of entries found
    as passages.

    The nearest, by their cosines, come first.
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
    looked_at = sorted(
        (way for way in ways if way.passage in chosen), key=lambda way: -cosines[way.question]
    )
    cut = [terms(way.question) for way in looked_at]
    holding = kb.index.document_frequency(list(dict.fromkeys(chain.from_iterable(cut))))
    passages = kb.index.passages()
    found = []
    telling = [{word: weight(holding.get(word, 0), passages) for word in own} for own in cut]
    others = [(way.question, weights) for way, weights in zip(looked_at, telling, strict=True)]
    likenesses = alike(question.text, question.weights, others)
    for way, likeness in zip(looked_at, likenesses, strict=True):
        cosine = cosines[way.question]
        signals = Signals(
            found=scores.get(way.passage, 0.0),
            rival=_rival(rival, cosine),
            foreign=float(language(way.question) != question.lang),
            lead=cosine - _others(best, way.passage),
            least=likeness.least,
            back=likeness.back,
        )
        found.append((way, signals))
    return found


def _others(best: Mapping[str, float], own: str) -> float:
    """The mean cosine of the nearest entries but one."""
    nearest = nlargest(_OTHERS, (cosine for pid, cosine in best.items() if pid != own))
    return (sum(nearest) + _USUAL * (_OTHERS - len(nearest))) / _OTHERS


def _rival(score: float, cosine: float) -> float:
    """What the best passage tells against an entry: chance finds something, and nothing outdoes the
    same question.
    """
    return max(CHANCE, min(score, _SAME - _STEEP * cosine))


def _cosines(
    kb: KnowledgeBase, questions: Collection[str], text: str, vector: Vectors | None
) -> Mapping[str, float]:
    """Of the built-in encoder, whatever embedder finds the passages: the weights are of these.

    Those that are not encoded are as far as the furthest that is.
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
