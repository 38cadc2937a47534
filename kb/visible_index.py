"""The projections as a caller sees them who must not see every passage.

They hold all passages, whoever they are for. So what a search finds is held against the ids that
the caller may see, which come from its catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from kb.index import Index
from kb.projections import Scored
from kb.types import Ways

if TYPE_CHECKING:
    from kb.arrays import Vectors

_FEW = 1000  # ids that an engine filters by in about 2 ms; of 10,000 it takes 40
_WIDER = 4  # times as many hits as are wanted are looked through before an engine filters
_SAMPLE = 100  # passages with a word, of which it is looked at how many the caller may see

Search = Callable[[int, Collection[str] | None], Scored]
"""A search for so many passages, within these ids or, with None, all."""


class VisibleIndex(Index):
    """Searches `index`, which stays open with it, among `visible` passages only."""

    def __init__(self, index: Index, visible: Collection[str]) -> None:
        self.__dict__.update(index.__dict__)
        self._visible = frozenset(visible)

    def search_words(
        self,
        question: Collection[str | Ways],
        limit: int,
        within: Collection[str] | None,
        boosts: Mapping[str, float] | None = None,
    ) -> Scored:
        """The lexical leg: (passage id, BM25 score), best first."""
        search = super().search_words
        return self._among(limit, within, lambda most, ids: search(question, most, ids, boosts))

    def search_vector(self, vector: Vectors, limit: int, within: Collection[str] | None) -> Scored:
        """The dense leg: (passage id, cosine), best first."""
        search = super().search_vector
        return self._among(limit, within, lambda most, ids: search(vector, most, ids))

    def document_frequency(self, question: Collection[str]) -> dict[str, int]:
        """The number of visible passages that hold each index word: 0 where none does, exact up to
        a sample's size, and about as many beyond.
        """
        everywhere = super().document_frequency(question)
        return {word: self._visible_count(word, held) for word, held in everywhere.items()}

    def passages(self) -> int:
        """How many passages the caller may see."""
        return len(self._visible)

    def _visible_count(self, word: str, held: int) -> int:
        if not held:
            return 0
        sample = super().search_words([word], _SAMPLE, None)
        seen = sum(pid in self._visible for pid, _ in sample)
        if len(sample) < _SAMPLE:
            return seen
        if not seen:
            return len(super().search_words([word], _SAMPLE, self._visible))
        return max(seen, round(held * seen / len(sample)))

    def _among(self, limit: int, within: Collection[str] | None, search: Search) -> Scored:
        """The best of what the caller may see: the engine's own filter where that leaves few ids or
        what is hidden takes most places, else what is visible of more hits.
        """
        ids = self._visible if within is None else self._visible.intersection(within)
        if len(ids) > _FEW:
            wide = search(_WIDER * limit, None)
            seen = [(pid, score) for pid, score in wide if pid in ids]
            if len(seen) >= limit or len(wide) < _WIDER * limit:
                return seen[:limit]
        return search(limit, ids)
