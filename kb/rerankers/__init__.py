"""Rerankers: a question and some passages in, how well each fits out. None is used unless one is
configured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.backends import RERANKERS
from kb.errors import KbError
from kb.secrets import is_harmless

if TYPE_CHECKING:
    from kb.settings import Settings


class Reranker(Protocol):
    """Reads a question and a passage together, which is slower than comparing vectors, and knows
    better.
    """

    @property
    def name(self) -> str: ...

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage fits, 0 to 1, in the order given. Raises RerankerFailed."""


def open_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, if any. Raises KbError for an unknown one, and where a setting it
    needs is empty.
    """
    name = settings.reranker
    if not name:
        return None
    if name in RERANKERS:
        reranker: Reranker = RERANKERS[name].load()(settings)
        return reranker
    named = f"no reranker is called {name!r}"
    shown = named if is_harmless(name) else "the reranker that is set is unknown"
    raise KbError(shown, f"known rerankers: {', '.join(RERANKERS)}")
