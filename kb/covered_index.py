"""The projections as a caller sees them from whom personal data are kept: what is covered finds
nothing.

They hold the words of what is covered, so that a search for the end of a number would tell whether
somebody has it. Words that a hit has under a cover are left out of the question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from kb.catalog import Catalog
from kb.projections import Scored
from kb.types import Ways
from kb.visible_index import VisibleIndex

if TYPE_CHECKING:
    from kb.arrays import Vectors

_SAMPLE = 16  # passages with a word, of which one must show it


class CoveredIndex(VisibleIndex):
    """Searches as `index` does, but for words that `stored` has and `covered` has not."""

    def __init__(self, index: VisibleIndex, stored: Catalog, covered: Catalog) -> None:
        self.__dict__.update(index.__dict__)
        self._stored = stored
        self._covered = covered

    def search_words(
        self,
        question: Collection[str | Ways],
        limit: int,
        within: Collection[str] | None,
        boosts: Mapping[str, float] | None = None,
    ) -> Scored:
        """The lexical leg: (passage id, BM25 score), best first. No hit has a word of the question
        under a cover: such words are left out, and it is searched again.
        """
        words = list(question)
        while words:
            hits = super().search_words(words, limit, within, boosts)
            under = self._under_cover([pid for pid, _ in hits])
            shown = [rest for word in words if (rest := _without(word, under))]
            if shown == words:
                return hits
            words = shown
        return []

    def search_vector(self, vector: Vectors, limit: int, within: Collection[str] | None) -> Scored:
        """The dense leg: (passage id, cosine), best first. Vectors can't be told from what is
        covered in their texts, so passages with a cover are found by their words alone.
        """
        hits = super().search_vector(vector, limit, within)
        ids = [pid for pid, _ in hits]
        stored, shown = self._stored.entries(ids), self._covered.entries(ids)
        return [
            (pid, score)
            for pid, score in hits
            if pid in shown and pid in stored and shown[pid].words == stored[pid].words
        ]

    def document_frequency(self, question: Collection[str]) -> dict[str, int]:
        """The number of visible passages that hold each index word; 0 where all that were looked at
        have it under a cover.
        """
        frequency = super().document_frequency(question)
        for word, held in frequency.items():
            if held and not self._is_shown(word):
                frequency[word] = 0
        return frequency

    def _is_shown(self, word: str) -> bool:
        holders = [pid for pid, _ in super().search_words([word], _SAMPLE, None)]
        entries = self._covered.entries(holders)
        return any(word in _words(entry.words) for entry in entries.values())

    def _under_cover(self, ids: Collection[str]) -> set[str]:
        """The index words that any of these passages has under its cover alone."""
        shown = self._covered.entries(ids)
        return {
            word
            for pid, entry in self._stored.entries(ids).items()
            if pid in shown and entry.words != shown[pid].words
            for word in _words(entry.words) - _words(shown[pid].words)
        }


def _words(words: Collection[str]) -> set[str]:
    return {word for part in words for word in part.split()}


def _without(item: str | Ways, words: set[str]) -> str | Ways:
    """A word of a question, or its ways without those that have one of `words`; empty for none."""
    if isinstance(item, str):
        return "" if item in words else item
    return {way: weight for way, weight in item.items() if words.isdisjoint(way)}
