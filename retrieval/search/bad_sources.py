"""Passages that a reviewer called a bad source: they are still found, but rank behind what fits
nearly as well.

A mark belongs to a text: it does not count any more once its passage has another. A mark on a FAQ
entry also belongs to a question: the entry may be right, and only have been taken for the answer to
another question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kb.catalog import Catalog
from kb.embedders.built_in import ContextualEmbedder
from kb.faq import standing
from kb.journal.faq_entries import worded
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Hit

# what is left of a stale passage's score: it stays the best only where nothing else holds half as
# much
STALE = 0.5


def stale_passage_ids(catalog: Catalog, marks: Mapping[str, str], ids: Collection[str]) -> set[str]:
    """The ids of the passages that are marked and have not changed since. `marks` has the text hash
    that was marked, by passage id.
    """
    named = [pid for pid in ids if pid in marks] if marks else []
    if not named:
        return set()
    found = catalog.passages(named)
    return {pid for pid, passage in found.items() if marks[pid] in ("", text_hash(passage.text))}


def misfits(kb: KnowledgeBase, question: str, entries: Collection[str]) -> set[str]:
    """The passages of FAQ entries that reviewers called a bad source for a question that asks the
    same as this one.

    An entry is a misfit where the question is at least as near to one that it was marked for as to
    any of its own. `entries` are the passage ids to look at.
    """
    entry_marks = [each for each in kb.misfits if each.passage in entries]
    found: set[str] = set()
    for entry, marks in standing(kb.catalog, entry_marks).items():
        own = {passage.id for passage in kb.catalog.passages_of(entry)}
        wrong = {worded(mark.question) for mark in marks}
        right = {
            worded(way.question) for way in kb.catalog.faq_questions() if way.passage in own
        } - wrong
        if _nearness(question, wrong) >= _nearness(question, right):
            found |= own
    return found


def _nearness(question: str, others: Collection[str]) -> float:
    """The best cosine of a question with others by the built-in encoder; -1 without others."""
    if not others:
        return -1.0
    encoder = ContextualEmbedder()
    return float((encoder.passages(sorted(others)) @ encoder.question(worded(question))).max())


def with_stale_demoted(
    kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], misfits: Collection[str] = ()
) -> list[tuple[str, float]]:
    """(passage id, score), best first, with the scores of stale passages lowered; the others keep
    their order.

    `misfits` are passages that count as stale for this question.
    """
    stale = stale_passage_ids(kb.catalog, kb.stale, [pid for pid, _ in ranked]).union(misfits)
    kept = [each for each in ranked if each[0] not in stale]
    for pid, score in ranked:
        if pid in stale:
            left = score * STALE
            better = (place for place in range(len(kept) - 1, -1, -1) if kept[place][1] >= left)
            kept.insert(next(better, -1) + 1, (pid, left))
    return kept


def with_stale_marks(
    kb: KnowledgeBase, hits: Sequence[Hit], misfits: Collection[str] = ()
) -> tuple[Hit, ...]:
    """The hits, with those of stale passages marked as such."""
    stale = stale_passage_ids(kb.catalog, kb.stale, [hit.passage.id for hit in hits]).union(misfits)
    return tuple(replace(hit, stale=True) if hit.passage.id in stale else hit for hit in hits)
