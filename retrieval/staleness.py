"""Passages that a reviewer called a bad source: found still, but behind what says nearly as much.

A mark is meant for a text. Once its passage says something else, it says nothing of it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from kb.catalog import Catalog
from kb.journal.names import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Hit

STALE = 0.5  # what is left of a stale passage's score: it stays the best only where nothing else holds half as much


def stale_among(catalog: Catalog, marks: Mapping[str, str], ids: Collection[str]) -> set[str]:
    """Those of the passages that are marked and say still what they said; `marks` has, by id, the hash of that."""
    named = [pid for pid in ids if pid in marks] if marks else []
    if not named:
        return set()
    found = catalog.passages(named)
    return {pid for pid, passage in found.items() if marks[pid] in ("", text_hash(passage.text))}


def demoted(kb: KnowledgeBase, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """(passage id, score), best first, with a part of their score left to stale ones; the others keep their order."""
    stale = stale_among(kb.catalog, kb.stale, [pid for pid, _ in ranked])
    kept = [each for each in ranked if each[0] not in stale]
    for pid, score in ranked:
        if pid in stale:
            left = score * STALE
            better = (place for place in range(len(kept) - 1, -1, -1) if kept[place][1] >= left)
            kept.insert(next(better, -1) + 1, (pid, left))
    return kept


def marked(kb: KnowledgeBase, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, stale ones told as such."""
    stale = stale_among(kb.catalog, kb.stale, [hit.passage.id for hit in hits])
    return tuple(replace(hit, stale=True) if hit.passage.id in stale else hit for hit in hits)
