"""Passages that a reviewer called a bad source: found still, but behind what says nearly as much.

A mark is meant for a text. Once its passage says something else, it says nothing of it any more.
One on an entry of the curated FAQ is meant for the question too: the entry may be right, and taken
for an answer to what nobody asked it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kb.catalog import Catalog
from kb.embedders.contextual import ContextualEmbedder
from kb.faq import standing
from kb.journal.faq_entries import worded
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Hit

# what is left of a stale passage's score: it stays the best only where nothing else holds half as
# much
STALE = 0.5


def stale_among(catalog: Catalog, marks: Mapping[str, str], ids: Collection[str]) -> set[str]:
    """Those of the passages that are marked and say still what they said; `marks` has, by id, the
    hash of that.
    """
    named = [pid for pid in ids if pid in marks] if marks else []
    if not named:
        return set()
    found = catalog.passages(named)
    return {pid for pid, passage in found.items() if marks[pid] in ("", text_hash(passage.text))}


def misfits(kb: KnowledgeBase, question: str, entries: Collection[str]) -> set[str]:
    """Those of the passages, all of `entries`, that reviewers called bad sources for what asks the
    same as `question`.

    That is what is as near to a question that they said so of as to any that the entry has.
    """
    said = [each for each in kb.misfits if each.passage in entries]
    found: set[str] = set()
    for entry, marks in standing(kb.catalog, said).items():
        own = {passage.id for passage in kb.catalog.passages_of(entry)}
        wrong = {worded(mark.question) for mark in marks}
        right = {
            worded(way.question) for way in kb.catalog.faq_questions() if way.passage in own
        } - wrong
        if _nearness(question, wrong) >= _nearness(question, right):
            found |= own
    return found


def _nearness(question: str, others: Collection[str]) -> float:
    """The best cosine of a question with others, of the built-in encoder as in `retrieval.search.faq_match`;
    -1 with none.
    """
    if not others:
        return -1.0
    encoder = ContextualEmbedder()
    return float((encoder.passages(sorted(others)) @ encoder.question(worded(question))).max())


def demoted(
    kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], misfits: Collection[str] = ()
) -> list[tuple[str, float]]:
    """(passage id, score), best first, with a part of their score left to stale ones; the others
    keep their order.

    `misfits`: what is as good as stale for this question.
    """
    stale = stale_among(kb.catalog, kb.stale, [pid for pid, _ in ranked]).union(misfits)
    kept = [each for each in ranked if each[0] not in stale]
    for pid, score in ranked:
        if pid in stale:
            left = score * STALE
            better = (place for place in range(len(kept) - 1, -1, -1) if kept[place][1] >= left)
            kept.insert(next(better, -1) + 1, (pid, left))
    return kept


def marked(
    kb: KnowledgeBase, hits: Sequence[Hit], misfits: Collection[str] = ()
) -> tuple[Hit, ...]:
    """The hits, stale ones told as such."""
    stale = stale_among(kb.catalog, kb.stale, [hit.passage.id for hit in hits]).union(misfits)
    return tuple(replace(hit, stale=True) if hit.passage.id in stale else hit for hit in hits)
