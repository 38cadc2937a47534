"""Sentences that could be quoted as an answer."""

from __future__ import annotations

from dataclasses import dataclass

from kb.tables import is_row
from kb.types import Hit


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that could be quoted: its hit, where it starts in the hit's passage, and its index
    words.

    `evidence` is the share of the question that it holds, what it stands under counted in part;
    `score` is what it is worth for the question.
    """

    hit: Hit
    start: int
    text: str
    words: frozenset[str]
    evidence: float
    score: float

    @property
    def is_row(self) -> bool:
        """Whether it is a row of a table."""
        return is_row(self.hit.passage.text, self.start)
