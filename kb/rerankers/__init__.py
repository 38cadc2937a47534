"""Rerankers: a question and some passages in, how well each fits out. None is used unless one is
configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Reranker(Protocol):
    """Reads a question and a passage together, which is slower than comparing vectors, and knows
    better.
    """

    @property
    def name(self) -> str: ...

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage fits, 0 to 1, in the order given. Raises RerankerFailed."""
