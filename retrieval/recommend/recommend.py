"""Recommendations: the sources that come next, each with the reason why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kb.knowledge import KnowledgeBase
from kb.types import Document, Exchange, Hit
from retrieval.question.question import weigh
from retrieval.recommend.ranking import nearness, next_sources
from retrieval.recommend.reasons import Reason, reason_for_question, reason_for_reader
from retrieval.recommend.source_profiles import Profiles, read_profiles
from retrieval.search.search import search

HISTORY = 50  # exchanges of an asker that are looked at
_HALF = 0.5  # of a question's words, by weight
_HITS = 60  # passages that a question is held against


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A source to read or watch next. `score`: its relevance, the best one's being 1.

    `versions` are the names of the same page in other languages.
    """

    rank: int
    score: float
    document: Document
    reason: Reason
    versions: tuple[str, ...] = ()


def cited(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    """The ids of the documents that these exchanges cite, each once, in their order."""
    names = (
        citation["document"]
        for exchange in exchanges
        for citation in exchange.payload.get("citations", ())
        if isinstance(citation, dict) and isinstance(citation.get("document"), str)
    )
    return tuple(dict.fromkeys(names))


def for_question(
    kb: KnowledgeBase, text: str, limit: int, seen: Collection[str] = ()
) -> tuple[Recommendation, ...]:
    """The sources to read about a question, without the documents that were `seen`.

    Each shares a word with it, or a translation of one; where the sources do not answer the
    question, words that make at least half of its weight: one rare word met by chance tells nothing.
    """
    question = weigh(kb, text)
    results = search(kb, question, limit=_HITS)
    is_answered = results.confidence >= kb.settings.min_confidence
    profiles = read_profiles(kb)
    best: dict[int, tuple[Hit, Reason]] = {}
    for hit in results.hits:
        row = profiles.row_of.get(hit.document.id)
        if row is None or row in best or hit.stale:
            continue
        reason = reason_for_question(question, hit.document, hit.passage)
        if reason.words and (is_answered or reason.share >= _HALF):
            best[row] = hit, reason
    top = max((hit.score for hit, _ in best.values()), default=0.0) or 1.0
    relevance = {row: hit.score / top for row, (hit, _) in best.items()}
    rows = next_sources(profiles, relevance, profiles.rows(seen), limit)
    return tuple(
        _recommendation(profiles, rank, row, relevance[row], best[row][1])
        for rank, row in enumerate(rows, start=1)
    )


def for_reader(
    kb: KnowledgeBase, read: Sequence[str], limit: int, seen: Collection[str] = ()
) -> tuple[Recommendation, ...]:
    """The sources to read after the documents that were `read`, without those and what else was
    `seen`. Only what is nearer to them than the sources of its language are on the whole.
    """
    profiles = read_profiles(kb)
    rows = profiles.rows(read)
    if not rows:
        return ()
    near = nearness(profiles, rows)
    relevance = {row: float(score) for row, score in enumerate(near) if score > 0.0}
    open_rows = set(relevance) - profiles.with_versions([*rows, *profiles.rows(seen)])
    top = max((relevance[row] for row in open_rows), default=1.0)
    relevance = {row: relevance[row] / top for row in open_rows}
    recommendations: list[Recommendation] = []
    for row in next_sources(profiles, relevance, rows, limit):
        reason = reason_for_reader(kb, profiles.sources[row], [profiles.sources[i] for i in rows])
        if reason is not None:
            rank = len(recommendations) + 1
            recommendations.append(_recommendation(profiles, rank, row, relevance[row], reason))
    return tuple(recommendations)


def _recommendation(
    profiles: Profiles, rank: int, row: int, score: float, reason: Reason
) -> Recommendation:
    document = profiles.sources[row].document
    versions = sorted(profiles.with_versions([row]) - {row})
    names = tuple(profiles.sources[each].document.source for each in versions)
    return Recommendation(rank, round(score, 4), document, reason, names)
