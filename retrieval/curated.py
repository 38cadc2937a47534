"""Curated entries: how likely each is the answer to the very question asked, however it is put.

A reviewer has answered a question; whoever asks it again, in other words or the other language, is to get that answer,
and whoever asks something else is not. A logistic regression tells the two apart by what the question and the entry's
own question, or another way to ask it, have in common. Its weights are fitted by `python -m tests.bench.curated --fit`
on paraphrases and on other questions of the same topics. Entries that don't match are found as any passage is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import chain
from math import exp
from typing import TYPE_CHECKING

from kb.catalog import Asked
from kb.embedders.static import StaticEmbedder
from kb.knowledge import KnowledgeBase
from kb.settings import BUILT_IN
from kb.text import language, terms, words
from kb.types import TRUSTED, Question
from retrieval.weighing import weight

if TYPE_CHECKING:
    from kb.embedders import Vectors

_NEAREST = 5  # entries that are looked at besides those that were found anyway
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Signals:
    """What a question and one that an entry answers have in common.

    `cosine` and `near`: of the two, by the contextual embedder and by the static table. `held`: the share of the asked
    question, by weight of its words or their translations, in the entry's; `holds`: the other way round. `lead`: how
    far the entry, as a passage, was found before the best other source. `ahead`: how far its cosine is above that of
    the next entry. `foreign`: 1 where the two are in different languages. `numbers`: 1 where they name different ones.
    """

    cosine: float
    near: float
    held: float
    holds: float
    lead: float
    ahead: float
    foreign: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to ask an entry's question, and what it has in common with what was asked."""

    asked: Asked
    signals: Signals


WEIGHTS = Signals(0, 0, 0, 0, 0, 0, 0, 0)
BIAS = 0.0
MATCHES = 0.5  # the likelihood from which an entry comes before everything else


def candidates(
    kb: KnowledgeBase,
    question: Question,
    vector: Vectors | None,
    ranked: Sequence[tuple[str, float]],
    within: Collection[str] | None,
) -> list[Candidate]:
    """The ways to ask that could be what was asked: those nearest to it, and those of entries that were found."""
    ways = kb.catalog.curated_questions()
    if within is not None:
        ways = [way for way in ways if way.passage in within]
    if not ways:
        return []
    cosines = _cosines(kb, ways, vector)
    scores = dict(ranked)
    curated = {way.passage for way in ways}
    rival = max((score for pid, score in ranked if pid not in curated), default=0.0)
    best: dict[str, float] = {}
    for way, cosine in zip(ways, cosines, strict=True):
        best[way.passage] = max(cosine, best.get(way.passage, -1.0))
    nearest = sorted(best, key=lambda pid: -best[pid])
    chosen = {*nearest[:_NEAREST], *(pid for pid in curated if pid in scores)}
    looked_at = [(way, cosine) for way, cosine in zip(ways, cosines, strict=True) if way.passage in chosen]
    static = StaticEmbedder().passages([question.text, *(way.question for way, _ in looked_at)])
    near = static[1:] @ static[0]
    telling = _said(question)
    cut = [terms(way.question) for way, _ in looked_at]
    holding = kb.index.document_frequency(list(dict.fromkeys(chain.from_iterable(cut))))
    passages = kb.index.passages()
    found = []
    for (way, cosine), close, own in zip(looked_at, near, cut, strict=True):
        weights = {word: weight(holding.get(word, 0), passages) for word in own}
        next_best = next((best[pid] for pid in nearest if pid != way.passage), 0.0)
        signals = Signals(
            cosine,
            float(close),
            question.coverage(words(way.question)),
            sum(w for word, w in weights.items() if word in telling) / (sum(weights.values()) or 1.0),
            scores.get(way.passage, 0.0) - rival,
            cosine - next_best,
            float(language(way.question) != question.lang),
            float(_numbers(way.question) != _numbers(question.text)),
        )
        found.append(Candidate(way, signals))
    return found


def matches(found: Sequence[Candidate]) -> dict[str, float]:
    """How likely each of the entries, by its passage, answers the very question: by its best way to ask it."""
    told: dict[str, float] = {}
    for each in found:
        told[each.asked.passage] = max(likelihood(each.signals), told.get(each.asked.passage, 0.0))
    return told


def likelihood(signals: Signals) -> float:
    """How likely two questions with these signals ask the same, 0 to 1."""
    total = BIAS + sum(weight * signal for weight, signal in zip(astuple(WEIGHTS), astuple(signals), strict=True))
    return 1.0 / (1.0 + exp(-total))


def lift(ranked: Sequence[tuple[str, float]], matched: Mapping[str, float]) -> list[tuple[str, float]]:
    """The ranking with the entries that match before everything else, the likeliest first."""
    sure = sorted((pid for pid, likely in matched.items() if likely >= MATCHES), key=lambda pid: -matched[pid])
    top = max((score for _, score in ranked), default=0.0)
    lifted = [(pid, top + (1.0 - top) * matched[pid]) for pid in sure]
    return [*lifted, *(each for each in ranked if each[0] not in sure)]


def _cosines(kb: KnowledgeBase, ways: Sequence[Asked], vector: Vectors | None) -> list[float]:
    if kb.embedder is None or vector is None:
        return [0.0] * len(ways)
    known = kb.catalog.heading_vectors({way.question for way in ways}, kb.embedder.name)
    return [float(known[way.question] @ vector) if way.question in known else 0.0 for way in ways]


def _said(question: Question) -> frozenset[str]:
    """The words of the question, and what they are in the other languages."""
    trusted = (way for group in question.otherwise for way, worth in group.ways.items() if worth >= TRUSTED)
    return frozenset(words(question.text)).union(*trusted)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_NUMBER.findall(text))
