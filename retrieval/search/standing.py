"""What stands: a passage that corrects or decides what another says comes before that other one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from kb.knowledge import KnowledgeBase
from kb.types import Hit

_LOOKED_AT = 30  # of the best passages


def with_standing_first(
    kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], within: Collection[str] | None = None
) -> list[tuple[str, float]]:
    """(passage id, score), best first, with what revises one of the first passages right before it,
    where it would come later or not at all. `within` are the passages that may be found.
    """
    first = [pid for pid, _ in ranked[:_LOOKED_AT]]
    later: dict[str, list[str]] = {}
    for link in kb.catalog.revisions_of(first):  # the last first
        if within is None or link.later in within:
            later.setdefault(link.earlier, []).append(link.later)
    if not later:
        return list(ranked)
    order: dict[str, float] = {}
    for pid, score in ranked:
        for revising in later.get(pid, ()):
            order.setdefault(revising, score)
        order.setdefault(pid, score)
    return list(order.items())


def with_revisions(kb: KnowledgeBase, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, each with the last thing that became of it."""
    last = {
        link.earlier: link
        for link in reversed(kb.catalog.revisions_of([hit.passage.id for hit in hits]))
    }
    return tuple(
        replace(hit, revision=last[hit.passage.id]) if hit.passage.id in last else hit
        for hit in hits
    )
